//! Clients of the classic protocol, which the server's edge translates: one connection for each channel.

use serde_json::{Value, json};

use crate::world::{World, but, error, participant};

const NOTHING: [Value; 0] = [];

#[test]
fn a_classic_client_joins_without_hello_and_gets_no_secret() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    let at = world.connect_classic("old-1");
    world.ask(at, json!({"type": "join", "room": "r", "name": "Old"}));
    let heard = world.heard_raw(at);
    assert_eq!(heard.len(), 1);
    assert_eq!((&heard[0]["participant"], &heard[0]["resume"]), (&json!("old-1"), &json!("")));
    let old = but(participant("old-1", "Old"), json!({"kind": "classic"}));
    assert_eq!(world.heard(ada.at), [json!({"type": "participant-joined", "seq": 2, "participant": old})]);
    let again = world.resume("", 0);
    assert_eq!(world.heard(again)[1], error(1, "resume-refused", None));
}

#[test]
fn a_classic_client_is_gone_with_its_connection() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    let at = world.connect_classic("old-1");
    world.ask(at, json!({"type": "join", "room": "r", "name": "Old"}));
    world.heard(ada.at);
    world.disconnect(at);
    let left = json!({"type": "participant-left", "seq": 3, "participant": "old-1", "reason": "lost"});
    assert_eq!(world.heard(ada.at), [left]);
    assert_eq!(world.rooms.counts().sessions, 1);
}

#[test]
fn a_classic_client_may_be_silent() {
    let mut world = World::new();
    let at = world.connect_classic("old-1");
    world.ask(at, json!({"type": "join", "room": "r", "name": "Old"}));
    world.heard(at);
    assert_eq!(world.rooms.poll_timeout(), None);
    world.pass_secs(3600);
    assert_eq!(world.heard(at), NOTHING);
    assert!(world.is_open(at));
}

#[test]
fn a_classic_client_is_in_two_rooms_under_one_id() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    let [bob] = world.enter_all("s", ["Bob"]);
    let places = [("r", &ada), ("s", &bob)].map(|(room, member)| {
        let at = world.connect_classic("old-1");
        world.ask(at, json!({"type": "join", "room": room, "name": "Old"}));
        assert_eq!(world.heard(member.at)[0]["participant"]["id"], "old-1");
        world.heard(at);
        at
    });
    world.ask(bob.at, json!({"type": "candidate", "to": "old-1", "candidate": null}));
    assert_eq!(world.heard(places[0]), NOTHING);
    assert_eq!(world.heard(places[1])[0]["from"], json!(bob.id));
    world.disconnect(places[0]);
    assert_eq!(world.heard(ada.at)[0]["type"], "participant-left");
    assert_eq!(world.heard(bob.at), NOTHING);
}

#[test]
fn one_classic_client_is_in_a_room_once() {
    let mut world = World::new();
    let places = [1, 2].map(|_| world.connect_classic("old-1"));
    for at in places {
        world.ask(at, json!({"type": "join", "room": "r", "name": "Old"}));
    }
    assert_eq!(world.heard(places[0])[0]["host"], true, "whoever makes a room is its host");
    assert_eq!(world.heard(places[1]), [error(1, "already-joined", Some(1))]);
}

#[test]
fn a_classic_client_is_told_when_a_native_one_is_lost_and_gone() {
    let mut world = World::new();
    let at = world.connect_classic("old-1");
    world.ask(at, json!({"type": "join", "room": "r", "name": "Old"}));
    let ada = world.enter("r", "Ada");
    world.heard(at);
    world.disconnect(ada.at);
    world.pass_secs(30);
    let heard = world.heard(at);
    assert_eq!(heard[0]["participant"]["connected"], false);
    assert_eq!(heard[1]["reason"], "lost");
}
