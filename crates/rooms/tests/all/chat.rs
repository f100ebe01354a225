//! The chat of a room.

use serde_json::{Value, json};
use visavis_protocol::Limits;

use crate::world::{START_MS, World, longest_frame};

fn say(world: &mut World, at: visavis_rooms::ConnectionId, text: &str) {
    world.ask(at, json!({"type": "chat", "text": text}));
}

/// The chat that a late joiner gets.
fn history(world: &mut World, room: &str) -> Vec<Value> {
    let (at, _) = world.greet();
    world.ask(at, json!({"type": "join", "room": room, "name": "late"}));
    world.heard(at)[0]["chat"].as_array().unwrap().clone()
}

#[test]
fn a_line_goes_to_everyone_in_the_room_the_sender_too() {
    let mut world = World::new();
    let [ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    let [eve] = world.enter_all("s", ["Eve"]);
    world.pass_secs(2);
    say(&mut world, bob.at, "hi");
    say(&mut world, ada.at, "hello");
    let line = |seq, id, from: &str, name, text| {
        let message = json!({"id": id, "from": from, "name": name, "text": text, "time": START_MS + 2000});
        json!({"type": "chat", "seq": seq, "message": message})
    };
    let lines = |seq| [line(seq, 1, &bob.id, "Bob", "hi"), line(seq + 1, 2, &ada.id, "Ada", "hello")];
    assert_eq!(world.heard(ada.at), lines(3));
    assert_eq!(world.heard(bob.at), lines(2));
    assert_eq!(world.heard(eve.at), [] as [Value; 0]);
}

#[test]
fn a_late_joiner_gets_what_was_said_also_by_who_left_meanwhile() {
    let mut world = World::new();
    let [ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    say(&mut world, ada.at, "one");
    say(&mut world, bob.at, "two");
    world.ask(ada.at, json!({"type": "leave"}));
    let line = |id, from: &str, name, text| json!({"id": id, "from": from, "name": name, "text": text, "time": START_MS});
    assert_eq!(history(&mut world, "r"), [line(1, &ada.id, "Ada", "one"), line(2, &bob.id, "Bob", "two")]);
    assert_eq!(history(&mut world, "s"), [] as [Value; 0]);
}

#[test]
fn the_last_200_lines_are_kept() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    (1..=201).for_each(|number| say(&mut world, ada.at, &format!("line {number}")));
    let kept = history(&mut world, "r");
    assert_eq!((kept.len(), &kept[0]["id"], &kept[199]["id"]), (200, &json!(2), &json!(201)));
}

#[test]
fn at_most_128_kib_of_lines_are_kept() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    (0..40).for_each(|_| say(&mut world, ada.at, &"x".repeat(4096)));
    let kept = history(&mut world, "r");
    let bytes: usize = kept.iter().map(|line| line.to_string().len()).sum();
    assert!(
        bytes <= Limits::default().chat_kept_bytes && kept.len() >= 30,
        "{bytes} bytes in {} lines",
        kept.len()
    );
    assert_eq!(kept.last().unwrap()["id"], 40);
}

#[test]
fn a_chat_ends_with_its_room_and_lives_on_while_it_stands_empty() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    say(&mut world, ada.at, "one");
    world.ask(ada.at, json!({"type": "leave"}));
    world.pass_secs(29);
    world.ask(ada.at, json!({"type": "join", "room": "r", "name": "Ada"}));
    assert_eq!(world.heard(ada.at)[2]["chat"].as_array().unwrap().len(), 1);
    world.ask(ada.at, json!({"type": "leave"}));
    world.pass_secs(30);
    assert_eq!(history(&mut world, "r"), [] as [Value; 0]);
}

#[test]
fn the_chat_kept_takes_no_more_on_the_wire_than_its_bound_whatever_is_said() {
    for text in ["\u{1}".repeat(4096), "\"".repeat(4096), "x".repeat(4096)] {
        let mut world = World::new();
        let [ada] = world.enter_all("r", ["Ada"]);
        world.ask_often(100, ada.at, &json!({"type": "chat", "text": text}));
        let bob = world.enter_raw("r", "Bob");
        let chat = bob["chat"].to_string();
        let bound = world.limits.chat_kept_bytes;
        assert!(chat.len() <= bound && chat.len() > bound * 3 / 4, "{} bytes", chat.len());
    }
}

#[test]
fn the_largest_full_picture_is_within_what_a_client_has_to_take() {
    let (mut world, room, name) = (World::new(), "\u{1}".repeat(128), "\"".repeat(128));
    let ada = world.enter(&room, &name);
    world.ask_often(200, ada.at, &json!({"type": "chat", "text": "\u{1}".repeat(200)}));
    for _ in 2..world.limits.room_participants {
        let member = world.enter(&room, &name);
        world.disconnect(member.at);
    }
    let last = world.enter_raw(&room, &name);
    let (bytes, bound) = (last.to_string().len(), longest_frame(&world.limits));
    assert!(bytes <= bound && bytes > bound * 3 / 4, "{bytes} of {bound}");
    assert_eq!(bound, 190_464, "as the protocol's page has it");
}
