//! A participant whose connection is lost, as the others see it.

use serde_json::{Value, json};
use visavis_rooms::End;

use crate::world::{World, but, participant};

const NOTHING: [Value; 0] = [];

#[test]
fn a_lost_participant_is_shown_as_not_connected_and_gone_after_30_seconds() {
    let mut world = World::new();
    let [ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    world.disconnect(bob.at);
    let lost = but(participant(&bob.id, "Bob"), json!({"connected": false}));
    let changed = json!({"type": "participant-changed", "seq": 3, "participant": lost});
    assert_eq!(world.heard(ada.at), [changed]);
    let (late, _) = world.greet();
    world.ask(late, json!({"type": "join", "room": "r", "name": "Cyd"}));
    assert_eq!(world.heard(late)[0]["participants"][1], lost);
    world.heard(ada.at);
    world.pass_just(30, |world| assert_eq!(world.heard(ada.at), NOTHING));
    let left = json!({"type": "participant-left", "seq": 5, "participant": bob.id, "reason": "lost"});
    assert_eq!(world.heard(ada.at), [left]);
    assert_eq!(world.rooms.counts().sessions, 2);
}

#[test]
fn whoever_closes_the_connection_has_left_at_once_and_cannot_come_back() {
    let mut world = World::new();
    let [ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    world.end(bob.at, End::Closed);
    let left = json!({"type": "participant-left", "seq": 3, "participant": bob.id, "reason": "left"});
    assert_eq!(world.heard(ada.at), [left]);
    assert_eq!(world.rooms.counts().sessions, 1);
    let again = world.resume(&bob.secret, 1);
    assert_eq!(world.heard(again)[1]["code"], "resume-refused");
}

#[test]
fn the_30_seconds_count_from_the_loss_and_not_from_what_was_heard_before() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    world.pass_secs(12);
    world.disconnect(ada.at);
    world.pass_just(30, |world| assert_eq!(world.rooms.counts().sessions, 1));
    assert_eq!(world.rooms.counts().sessions, 0);
}

#[test]
fn whoever_comes_back_within_30_seconds_is_shown_as_connected_again() {
    let mut world = World::new();
    let [ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    world.disconnect(bob.at);
    world.heard(ada.at);
    world.pass_just(30, |world| {
        world.resume(&bob.secret, 1);
    });
    let changed =
        json!({"type": "participant-changed", "seq": 4, "participant": participant(&bob.id, "Bob")});
    assert_eq!(world.heard(ada.at), [changed]);
}

#[test]
fn a_second_loss_gives_30_seconds_again() {
    let mut world = World::new();
    let [_ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    world.disconnect(bob.at);
    world.pass_secs(20);
    let again = world.resume(&bob.secret, 1);
    world.disconnect(again);
    world.pass_secs(29);
    let third = world.resume(&bob.secret, 1);
    assert_eq!(world.heard(third)[0]["resumed"], true);
}

#[test]
fn what_was_said_to_a_lost_participant_is_replayed() {
    let mut world = World::new();
    let [ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    world.disconnect(bob.at);
    let offer = json!({"type": "offer", "sdp": "v=0"});
    world.ask(ada.at, json!({"type": "description", "to": bob.id, "description": offer}));
    world.ask(ada.at, json!({"type": "candidate", "to": bob.id, "candidate": null}));
    world.ask(ada.at, json!({"type": "state", "state": {"hand": true}}));
    world.pass_secs(10);
    let again = world.resume(&bob.secret, 1);
    let heard = world.heard(again);
    let state = json!({"mic": false, "camera": false, "screen": false, "screen_audio": false, "hand": true});
    let raised = but(participant(&ada.id, "Ada"), json!({"host": true, "state": state}));
    let missed = [
        json!({"type": "description", "seq": 2, "from": ada.id, "description": offer}),
        json!({"type": "candidate", "seq": 3, "from": ada.id, "candidate": null}),
        json!({"type": "participant-changed", "seq": 4, "participant": raised}),
    ];
    assert_eq!(heard[1..], missed);
}

#[test]
fn whoever_is_lost_outside_a_room_is_forgotten_at_once() {
    let mut world = World::new();
    let (at, _) = world.greet();
    world.disconnect(at);
    assert_eq!(world.rooms.counts().sessions, 0);
    assert_eq!(world.rooms.poll_timeout(), None);
}
