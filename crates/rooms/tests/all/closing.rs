//! When the server closes a connection by itself.

use std::time::Duration;

use serde_json::{Value, json};
use visavis_protocol::Limits;

use crate::world::{World, error};

const NOTHING: [Value; 0] = [];

#[test]
fn a_connection_without_hello_is_closed_after_10_seconds() {
    let mut world = World::new();
    let at = world.connect();
    world.pass_just(10, |world| assert_eq!(world.heard(at), NOTHING));
    assert_eq!(world.heard(at), [json!({"close": 4001})]);
    assert_eq!(world.rooms.counts().sessions, 0);
    assert_eq!(world.rooms.poll_timeout(), None);
}

#[test]
fn a_client_that_says_nothing_is_closed_45_seconds_after_its_hello() {
    let mut world = World::new();
    let at = world.connect();
    world.pass_secs(9);
    world.say(at, json!({"type": "hello", "protocol": 1, "client": "test"}));
    world.heard(at);
    world.pass_just(45, |world| assert_eq!(world.heard(at), NOTHING));
    assert_eq!(world.heard(at), [json!({"close": 4004})]);
    assert_eq!(world.rooms.counts().sessions, 0, "it was in no room, so there is nothing to come back to");
}

#[test]
fn every_frame_counts_as_a_sign_of_life() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    for text in
        [r#"{"type":"ping","time":1}"#, r#"{"type":"ack","seq":1}"#, "{", r#"{"type":"leave","id":1}"#]
    {
        world.pass_secs(44);
        world.say_text(ada.at, text);
    }
    world.heard(ada.at);
    world.pass_just(45, |world| assert_eq!(world.heard(ada.at), NOTHING));
    assert_eq!(world.heard(ada.at), [json!({"close": 4004})]);
}

#[test]
fn whoever_was_silent_in_a_room_may_come_back() {
    let mut world = World::new();
    let [ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    world.pass_secs(44);
    world.say(bob.at, json!({"type": "ping", "time": 1}));
    world.pass_secs(1);
    assert_eq!(world.heard(ada.at), [json!({"close": 4004})]);
    assert_eq!(world.heard(bob.at)[1]["participant"]["connected"], false);
    let again = world.resume(&ada.secret, 2);
    assert_eq!(world.heard(again)[0]["resumed"], true);
}

#[test]
fn whoever_came_back_is_listened_for_also_if_the_lost_are_waited_for_longer() {
    let mut world = World::with(Limits { lost: Duration::from_secs(120), ..Limits::default() });
    let [ada] = world.enter_all("r", ["Ada"]);
    world.pass_secs(40);
    world.disconnect(ada.at);
    world.pass_secs(10);
    let again = world.resume(&ada.secret, 1);
    world.heard(again);
    world.pass_just(45, |world| assert_eq!(world.heard(again), NOTHING));
    assert_eq!(world.heard(again), [json!({"close": 4004})]);
}

#[test]
fn errors_are_answered_until_there_were_more_than_100_in_a_row() {
    let mut world = World::new();
    let (at, _) = world.greet();
    for seq in 1..=100 {
        world.say_text(at, "{");
        assert_eq!(world.heard(at), [error(seq, "malformed", None)]);
    }
    world.ask(at, json!({"type": "leave"}));
    assert_eq!(world.heard(at), [error(101, "not-joined", Some(1)), json!({"close": 1008})]);
}

#[test]
fn one_success_among_errors_begins_the_count_anew() {
    let mut world = World::new();
    let (at, _) = world.greet();
    for round in 0..3 {
        (0..100).for_each(|_| world.say_text(at, "{"));
        world.say(at, json!({"type": "ping", "time": round}));
    }
    assert!(world.is_open(at));
    (0..101).for_each(|_| world.say_text(at, "{"));
    assert!(!world.is_open(at));
}

#[test]
fn a_server_with_as_many_connections_as_it_allows_closes_the_next_with_1013() {
    let mut world = World::with(Limits { sessions: 2, ..Limits::default() });
    let (first, _) = world.greet();
    world.connect();
    let third = world.connect();
    assert_eq!(world.heard(third), [json!({"close": 1013})]);
    let classic = world.connect_classic("classic");
    assert_eq!(world.heard(classic), [json!({"close": 1013})]);
    world.disconnect(first);
    world.greet();
}

#[test]
fn a_full_server_takes_back_who_was_lost_but_nobody_new() {
    let mut world = World::with(Limits { sessions: 2, ..Limits::default() });
    let [ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    world.disconnect(ada.at);
    world.disconnect(bob.at);
    let newcomer = world.connect();
    world.say(newcomer, json!({"type": "hello", "protocol": 1, "client": "test"}));
    assert_eq!(world.heard(newcomer), [json!({"close": 1013})]);
    let forger = world.resume("forged", 0);
    assert_eq!(world.heard(forger), [json!({"close": 1013})]);
    let classic = world.connect_classic("classic");
    assert_eq!(world.heard(classic), [json!({"close": 1013})]);
    for member in [ada, bob] {
        let again = world.resume(&member.secret, 0);
        assert_eq!(world.heard(again)[0]["resumed"], true);
    }
    assert_eq!(world.rooms.counts().sessions, 2);
}

#[test]
fn nothing_is_heard_from_a_closed_connection() {
    let mut world = World::new();
    let at = world.connect();
    world.say_text(at, "{");
    world.heard(at);
    world.say(at, json!({"type": "hello", "protocol": 1, "client": "test"}));
    world.disconnect(at);
    assert_eq!(world.heard(at), NOTHING);
}
