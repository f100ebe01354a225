//! Joining and leaving.

use serde_json::{Value, json};
use visavis_protocol::Limits;

use crate::world::{SOME, World, but, error, join, participant, quiet_plan};

#[test]
fn whoever_makes_a_room_is_its_host_and_gets_its_host_key() {
    let mut world = World::new();
    let (at, id) = world.greet();
    world.ask(at, join("r", "Ada"));
    let joined = json!({
        "type": "joined", "seq": 1, "re": 1, "room": "r", "participant": id, "resume": SOME, "host": true,
        "host_key": SOME, "plan": quiet_plan(), "participants": [], "chat": [],
    });
    assert_eq!(world.heard(at), [joined]);
}

#[test]
fn a_newcomer_sees_the_others_in_the_order_they_came_and_they_see_it() {
    let mut world = World::new();
    let [ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    let (at, id) = world.greet();
    let state = json!({"mic": true, "hand": true});
    world.ask(at, json!({"type": "join", "room": "r", "name": "", "state": state}));
    let joined = json!({
        "type": "joined", "seq": 1, "re": 1, "room": "r", "participant": id, "resume": SOME, "host": false,
        "plan": quiet_plan(), "participants": [but(participant(&ada.id, "Ada"), json!({"host": true})), participant(&bob.id, "Bob")],
        "chat": [],
    });
    assert_eq!(world.heard(at), [joined]);
    let state = json!({"mic": true, "camera": false, "screen": false, "screen_audio": false, "hand": true});
    let newcomer = but(participant(&id, ""), json!({"state": state}));
    let joined = |seq| json!({"type": "participant-joined", "seq": seq, "participant": newcomer});
    assert_eq!(world.heard(ada.at), [joined(3)]);
    assert_eq!(world.heard(bob.at), [joined(2)]);
}

#[test]
fn whoever_leaves_is_told_so_and_the_others_too() {
    let mut world = World::new();
    let [ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    let [elsewhere] = world.enter_all("s", ["Eve"]);
    let re = world.ask(bob.at, json!({"type": "leave"}));
    assert_eq!(world.heard(bob.at), [json!({"type": "left", "seq": 2, "re": re})]);
    let left = json!({"type": "participant-left", "seq": 3, "participant": bob.id, "reason": "left"});
    assert_eq!(world.heard(ada.at), [left]);
    assert_eq!(world.heard(elsewhere.at), [] as [Value; 0]);
    let re = world.ask(bob.at, json!({"type": "leave"}));
    assert_eq!(world.heard(bob.at), [error(3, "not-joined", Some(re))]);
}

#[test]
fn a_client_that_left_may_join_another_room_or_the_same_under_its_id() {
    let mut world = World::new();
    let [ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    for (room, host) in [("s", true), ("r", false)] {
        world.ask(bob.at, json!({"type": "leave"}));
        world.ask(bob.at, json!({"type": "join", "room": room, "name": "Bob"}));
        let heard = world.heard(bob.at);
        assert_eq!(heard[1]["participant"], json!(bob.id));
        assert_eq!((&heard[1]["room"], &heard[1]["host"]), (&json!(room), &json!(host)));
    }
    let back = json!({"type": "participant-joined", "seq": 4, "participant": participant(&bob.id, "Bob")});
    assert_eq!(world.heard(ada.at)[1..], [back]);
}

#[test]
fn a_second_join_is_refused_and_the_first_room_stays() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    for (seq, room) in [(2, "r"), (3, "s")] {
        let re = world.ask(ada.at, json!({"type": "join", "room": room, "name": "Ada"}));
        assert_eq!(world.heard(ada.at), [error(seq, "already-joined", Some(re))]);
    }
    assert_eq!(world.rooms.counts().rooms, 1);
    world.ask(ada.at, json!({"type": "chat", "text": "still here"}));
    assert_eq!(world.heard(ada.at)[0]["type"], "chat");
}

#[test]
fn a_full_room_takes_nobody_until_somebody_leaves_it() {
    let mut world = World::with(Limits { room_participants: 2, ..Limits::default() });
    let [ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    let (at, _) = world.greet();
    let join = json!({"type": "join", "room": "r", "name": "Cyd"});
    world.ask(at, join.clone());
    assert_eq!(world.heard(at), [error(1, "room-full", Some(1))]);
    world.disconnect(bob.at);
    world.ask(at, join.clone());
    assert_eq!(world.heard(at), [error(2, "room-full", Some(2))], "who is lost keeps the place");
    world.ask(ada.at, json!({"type": "leave"}));
    world.ask(at, join);
    assert_eq!(world.heard(at)[0]["type"], "joined");
}

#[test]
fn the_number_of_rooms_is_bounded() {
    let mut world = World::with(Limits { rooms: 2, ..Limits::default() });
    let [ada] = world.enter_all("r", ["Ada"]);
    world.enter_all("s", ["Bob"]);
    let (at, _) = world.greet();
    world.ask(at, json!({"type": "join", "room": "t", "name": "Cyd"}));
    assert_eq!(world.heard(at), [error(1, "too-many-rooms", Some(1))]);
    world.ask(at, json!({"type": "join", "room": "r", "name": "Cyd"}));
    assert_eq!(world.heard(at)[0]["type"], "joined", "rooms that there are stay open");
    assert_eq!(world.heard(ada.at).len(), 1);
}
