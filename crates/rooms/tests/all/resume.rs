//! Coming back to a session that the server still knows.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{SOME, World, but, error, participant, quiet_plan, types};

const NOTHING: [Value; 0] = [];

fn welcome(world: &World, id: &str, room: Value, resumed: bool, last_id: u64) -> Value {
    json!({
        "type": "welcome", "protocol": 1, "server": "visavis/test", "participant": id, "room": room,
        "resumed": resumed, "last_id": last_id, "ice_servers": [], "ice_ttl": 0, "time": world.unix_ms(),
    })
}

/// That the secret is worth nothing, whoever comes with it.
fn assert_refused(world: &mut World, secret: &str) {
    let at = world.resume(secret, 0);
    let heard = world.heard(at);
    let id = heard[0]["participant"].as_str().unwrap().to_owned();
    assert_eq!(heard, [welcome(world, &id, Value::Null, false, 0), error(1, "resume-refused", None)]);
    world.ask(at, json!({"type": "join", "room": "newcomers", "name": ""}));
    assert_eq!(types(&world.heard(at)), ["joined"], "it joins as a newcomer");
    world.disconnect(at);
}

#[test]
fn a_resume_replays_what_was_missed_with_the_old_numbers() {
    let mut world = World::new();
    let [ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    world.ask(ada.at, json!({"type": "chat", "text": "two"}));
    world.disconnect(bob.at);
    world.ask(ada.at, json!({"type": "chat", "text": "three"}));
    let originals = world.heard(ada.at);
    let again = world.resume(&bob.secret, 1);
    let heard = world.heard(again);
    assert_eq!(heard[0], welcome(&world, &bob.id, json!("r"), true, 1));
    let (two, three) = (&originals[0], &originals[2]);
    assert_eq!(heard[1..], [but(two.clone(), json!({"seq": 2})), but(three.clone(), json!({"seq": 3}))]);
    world.ask(ada.at, json!({"type": "chat", "text": "four"}));
    assert_eq!(world.heard(again)[0]["seq"], 4);
}

#[test]
fn a_resume_that_missed_nothing_replays_nothing() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    world.disconnect(ada.at);
    let again = world.resume(&ada.secret, 1);
    assert_eq!(world.heard(again), [welcome(&world, &ada.id, json!("r"), true, 1)]);
}

#[test]
fn a_client_that_does_not_know_what_arrived_sends_it_again() {
    let mut world = World::new();
    let [ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    world.say(bob.at, json!({"type": "chat", "id": 2, "text": "arrived"}));
    world.disconnect(bob.at);
    let again = world.resume(&bob.secret, 1);
    assert_eq!(world.heard(again)[0]["last_id"], 2);
    world.say(again, json!({"type": "chat", "id": 2, "text": "arrived"}));
    world.say(again, json!({"type": "chat", "id": 3, "text": "lost on the way"}));
    let texts: Vec<Value> = world
        .heard(ada.at)
        .iter()
        .filter(|message| message["type"] == "chat")
        .map(|message| message["message"]["text"].clone())
        .collect();
    assert_eq!(texts, ["arrived", "lost on the way"]);
}

#[test]
fn whoever_missed_too_much_gets_a_full_picture_and_counts_anew() {
    let mut world = World::new();
    let [ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    world.disconnect(bob.at);
    world.heard(ada.at);
    world.ask_often(257, ada.at, &json!({"type": "chat", "text": "x"}));
    let again = world.resume(&bob.secret, 1);
    let mut heard = world.heard(again);
    assert_eq!(heard.remove(0), welcome(&world, &bob.id, json!("r"), false, 0));
    assert_eq!(heard[0]["chat"].as_array_mut().map(std::mem::take).unwrap().len(), 200);
    let joined = json!({
        "type": "joined", "seq": 1, "room": "r", "participant": bob.id, "resume": SOME, "host": false,
        "plan": quiet_plan(), "participants": [but(participant(&ada.id, "Ada"), json!({"host": true}))], "chat": [],
    });
    assert_eq!(heard, [joined]);
    world.say(again, json!({"type": "leave", "id": 1}));
    assert_eq!(world.heard(again), [json!({"type": "left", "seq": 2, "re": 1})]);
}

#[test]
fn the_last_256_messages_are_replayed() {
    let mut world = World::new();
    let [ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    world.disconnect(bob.at);
    world.ask_often(256, ada.at, &json!({"type": "chat", "text": "x"}));
    let again = world.resume(&bob.secret, 1);
    let seqs: Vec<u64> =
        world.heard(again)[1..].iter().map(|message| message["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, (2..258).collect::<Vec<_>>());
}

#[test]
fn at_most_256_kib_are_replayed() {
    let mut world = World::new();
    let [ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    world.disconnect(bob.at);
    let sdp = "x".repeat(60_000);
    let offer = json!({"type": "description", "to": bob.id, "description": {"type": "offer", "sdp": sdp}});
    world.ask_often(4, ada.at, &offer);
    let again = world.resume(&bob.secret, 1);
    assert_eq!(world.heard(again).len(), 5);
    world.disconnect(again);
    world.ask(ada.at, offer);
    let again = world.resume(&bob.secret, 1);
    assert_eq!(types(&world.heard(again)), ["welcome", "joined"]);
}

#[test]
fn a_full_picture_that_never_arrived_is_sent_again() {
    let mut world = World::new();
    let [ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    world.disconnect(bob.at);
    world.ask_often(300, ada.at, &json!({"type": "chat", "text": "x"}));
    let unlucky = world.resume(&bob.secret, 1);
    world.ask(ada.at, json!({"type": "chat", "text": "after the picture"}));
    world.disconnect(unlucky);
    let again = world.resume(&bob.secret, 1);
    let heard = world.heard(again);
    assert_eq!(types(&heard), ["welcome", "joined"], "its last_seq counts messages of before");
    assert_eq!((&heard[0]["resumed"], &heard[1]["seq"]), (&json!(false), &json!(1)));
    let secret = world.secret(again);
    let third = world.resume(&secret, 1);
    assert_eq!(world.heard(third)[0]["resumed"], true, "the newer secret counts as the server does");
}

#[test]
fn the_newer_connection_wins_and_the_others_see_nothing() {
    let mut world = World::new();
    let [ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    let again = world.resume(&bob.secret, 1);
    assert_eq!(world.heard(bob.at), [json!({"close": 4003})]);
    assert_eq!(world.heard(again), [welcome(&world, &bob.id, json!("r"), true, 1)]);
    world.say(bob.at, json!({"type": "leave", "id": 9}));
    world.disconnect(bob.at);
    assert_eq!(world.heard(ada.at), NOTHING);
    world.ask(ada.at, json!({"type": "candidate", "to": bob.id, "candidate": null}));
    assert_eq!(types(&world.heard(again)), ["candidate"]);
    assert_eq!(world.rooms.counts().connections, 2);
}

#[test]
fn errors_of_before_do_not_count_after_a_resume() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    (0..100).for_each(|_| world.say_text(ada.at, "{"));
    let again = world.resume(&ada.secret, 1);
    (0..100).for_each(|_| world.say_text(again, "{"));
    assert!(world.is_open(again));
}

#[test]
fn a_secret_that_the_server_did_not_seal_is_refused() {
    let mut world = World::new();
    let [ada, _bob] = world.enter_all("r", ["Ada", "Bob"]);
    let mut forged = ada.secret.clone().into_bytes();
    forged[40] = if forged[40] == b'A' { b'B' } else { b'A' };
    let host_key = world.host_key(ada.at);
    for secret in ["", "garbage", "AAAA", &"A".repeat(5000), std::str::from_utf8(&forged).unwrap(), &host_key]
    {
        assert_refused(&mut world, secret);
    }
    assert_eq!(world.heard(ada.at), NOTHING);
}

#[test]
fn a_secret_is_worth_nothing_after_leave() {
    let mut world = World::new();
    let [ada, _bob] = world.enter_all("r", ["Ada", "Bob"]);
    world.ask(ada.at, json!({"type": "leave"}));
    assert_refused(&mut world, &ada.secret);
}

#[test]
fn a_secret_of_an_earlier_stay_is_worth_nothing_in_the_next() {
    let mut world = World::new();
    let [ada, _bob] = world.enter_all("r", ["Ada", "Bob"]);
    world.ask(ada.at, json!({"type": "leave"}));
    world.ask(ada.at, json!({"type": "join", "room": "r", "name": "Ada"}));
    world.heard(ada.at);
    assert_refused(&mut world, &ada.secret);
    assert_eq!(world.heard(ada.at), NOTHING);
    let secret = world.secret(ada.at);
    let again = world.resume(&secret, 3);
    assert_eq!(world.heard(again)[0]["resumed"], true);
}

#[test]
fn a_secret_is_worth_nothing_once_the_30_seconds_are_over() {
    let mut world = World::new();
    let [ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    world.disconnect(ada.at);
    world.pass_secs(30);
    assert_refused(&mut world, &ada.secret);
    world.disconnect(bob.at);
    world.pass_secs(60);
    assert_eq!(world.rooms.counts().rooms, 0);
    assert_refused(&mut world, &bob.secret);
}

#[test]
fn a_secret_is_good_for_as_long_as_its_participant_stays() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    for _ in 0..100 {
        world.pass(Duration::from_secs(40));
        world.say(ada.at, json!({"type": "ping", "time": 0}));
    }
    world.disconnect(ada.at);
    let again = world.resume(&ada.secret, 1);
    assert_eq!(world.heard(again)[0]["resumed"], true);
}
