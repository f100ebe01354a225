//! When a room ends.

use serde_json::json;
use visavis_protocol::Limits;

use crate::world::World;

#[test]
fn an_empty_room_ends_after_30_seconds() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    world.ask(ada.at, json!({"type": "leave"}));
    world.pass_just(30, |world| assert_eq!(world.rooms.counts().rooms, 1));
    assert_eq!(world.rooms.counts().rooms, 0);
}

#[test]
fn a_room_that_somebody_came_back_to_does_not_end() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    world.ask(ada.at, json!({"type": "leave"}));
    world.pass_secs(20);
    world.ask(ada.at, json!({"type": "join", "room": "r", "name": "Ada"}));
    world.pass_secs(20);
    world.ask(ada.at, json!({"type": "leave"}));
    world.pass_just(30, |world| assert_eq!(world.rooms.counts().rooms, 1));
    assert_eq!(world.rooms.counts().rooms, 0);
}

#[test]
fn a_room_stays_while_somebody_lost_may_come_back_and_30_seconds_more() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    let key = world.host_key(ada.at);
    world.disconnect(ada.at);
    world.pass_secs(30);
    assert_eq!((world.rooms.counts().sessions, world.rooms.counts().rooms), (0, 1));
    world.pass_just(30, |world| assert_eq!(world.rooms.counts().rooms, 1));
    assert_eq!(world.rooms.counts().rooms, 0);
    assert_eq!(world.rooms.poll_timeout(), None);
    let (at, _) = world.greet();
    world.ask(at, json!({"type": "join", "room": "r", "name": "", "host_key": key}));
    assert_eq!(world.heard(at)[0]["code"], "host-key-refused");
}

#[test]
fn rooms_that_somebody_makes_and_leaves_do_not_keep_others_out() {
    let mut world = World::with(Limits { rooms: 20, ..Limits::default() });
    let [_ada] = world.enter_all("r", ["Ada"]);
    let (eve, _) = world.greet();
    for number in 0..100 {
        world.ask(eve, json!({"type": "join", "room": format!("empty {number}"), "name": ""}));
        world.ask(eve, json!({"type": "leave"}));
        assert!(world.rooms.counts().rooms <= 20);
    }
    world.enter("s", "Bob");
    assert_eq!(world.rooms.counts().rooms, 20);
}

#[test]
fn at_the_limit_the_room_that_was_empty_longest_ends_first() {
    let mut world = World::with(Limits { rooms: 3, ..Limits::default() });
    let [ada, bob, _cyd] = ["a", "b", "c"].map(|room| world.enter(room, ""));
    let key_of_a = world.host_key(ada.at);
    world.ask(bob.at, json!({"type": "leave"}));
    world.pass_secs(1);
    world.ask(ada.at, json!({"type": "leave"}));
    world.enter("d", "");
    world.ask(ada.at, json!({"type": "join", "room": "a", "name": "", "host_key": key_of_a}));
    assert_eq!(world.heard(ada.at).last().unwrap()["host"], true, "a is there as it was");
    world.ask(bob.at, json!({"type": "join", "room": "b", "name": ""}));
    assert_eq!(
        world.heard(bob.at).last().unwrap()["code"],
        "too-many-rooms",
        "b has ended, and none is empty now"
    );
}

#[test]
fn a_room_that_ended_early_begins_a_new_life_when_it_is_made_again() {
    let mut world = World::with(Limits { rooms: 1, ..Limits::default() });
    let ada = world.enter("r", "Ada");
    let key = world.host_key(ada.at);
    world.ask(ada.at, json!({"type": "leave"}));
    let bob = world.enter("s", "Bob");
    world.ask(bob.at, json!({"type": "leave"}));
    world.ask(ada.at, json!({"type": "join", "room": "r", "name": ""}));
    world.pass_secs(40);
    assert_eq!(world.rooms.counts().rooms, 1, "the end that was set for its life before is not its own");
    let (at, _) = world.greet();
    world.ask(at, json!({"type": "join", "room": "r", "name": "", "host_key": key}));
    assert_eq!(world.heard(at)[0]["code"], "host-key-refused");
}

#[test]
fn an_empty_room_makes_place_also_for_one_of_before_a_restart() {
    let mut world = World::with(Limits { rooms: 1, ..Limits::default() });
    let ada = world.enter("r", "Ada");
    world.restart();
    let bob = world.enter("s", "Bob");
    world.ask(bob.at, json!({"type": "leave"}));
    let back = world.resume(&ada.secret, 1);
    assert_eq!(world.heard(back)[0]["room"], "r");
    assert_eq!(world.rooms.counts().rooms, 1);
}
