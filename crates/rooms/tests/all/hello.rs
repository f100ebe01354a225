//! The first message.

use serde_json::json;

use crate::world::{START_MS, World, error};

#[test]
fn a_newcomer_is_welcomed_with_an_id_of_its_own() {
    let mut world = World::new();
    let at = world.connect();
    world.pass_secs(3);
    world.say(at, json!({"type": "hello", "protocol": 1, "client": "test", "unknown": [1]}));
    let heard = world.heard(at);
    let id = heard[0]["participant"].as_str().unwrap();
    assert!(id.len() == 26 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let welcome = json!({
        "type": "welcome", "protocol": 1, "server": "visavis/test", "participant": id, "room": null,
        "resumed": false, "last_id": 0, "ice_servers": [], "ice_ttl": 0, "time": START_MS + 3000,
    });
    assert_eq!(heard, [welcome]);
    assert_ne!(world.greet().1, id);
}

#[test]
fn another_protocol_version_is_refused_and_closed_with_4000() {
    for protocol in [0, 2] {
        let mut world = World::new();
        let at = world.connect();
        world.say(at, json!({"type": "hello", "protocol": protocol, "client": "test"}));
        let heard = world.heard_raw(at);
        assert_eq!(heard[0]["code"], "unsupported-protocol");
        assert!(heard[0]["message"].as_str().unwrap().ends_with("only 1"), "it says which are spoken");
        assert_eq!(heard[1..], [json!({"close": 4000})]);
        assert_eq!(world.rooms.counts().sessions, 0);
    }
}

#[test]
fn any_other_message_before_hello_is_closed_with_4001() {
    for (message, re) in [
        (json!({"type": "join", "id": 1, "room": "r", "name": ""}), Some(1)),
        (json!({"type": "leave", "id": 1}), Some(1)),
        (json!({"type": "description", "id": 1, "to": "a", "description": {"type": "rollback"}}), Some(1)),
        (json!({"type": "candidate", "id": 1, "to": "a", "candidate": null}), Some(1)),
        (json!({"type": "state", "id": 1, "state": {}}), Some(1)),
        (json!({"type": "chat", "id": 1, "text": "x"}), Some(1)),
        (json!({"type": "ack", "seq": 1}), None),
        (json!({"type": "ping", "time": 1}), None),
    ] {
        let mut world = World::new();
        let at = world.connect();
        world.say(at, message);
        assert_eq!(world.heard(at), [error(1, "hello-expected", re), json!({"close": 4001})]);
    }
}

#[test]
fn an_unreadable_first_message_is_answered_and_closed_with_4001() {
    for (text, code) in [
        ("{", "malformed"),
        (r#"{"type":"dance"}"#, "unknown-type"),
        (r#"{"type":"hello","protocol":1}"#, "invalid"),
    ] {
        let mut world = World::new();
        let at = world.connect();
        world.say_text(at, text);
        assert_eq!(world.heard(at), [error(1, code, None), json!({"close": 4001})]);
    }
}

#[test]
fn the_client_of_a_hello_has_at_most_64_bytes() {
    let mut world = World::new();
    let (fits, too_long) = (world.connect(), world.connect());
    world.say(fits, json!({"type": "hello", "protocol": 1, "client": "é".repeat(32)}));
    world.say(too_long, json!({"type": "hello", "protocol": 1, "client": "x".repeat(65)}));
    assert_eq!(world.heard(fits)[0]["type"], "welcome");
    let heard = world.heard_raw(too_long);
    assert_eq!(heard[0]["code"], "invalid");
    assert!(heard[0]["message"].as_str().unwrap().contains("\"client\""), "the sentence names the member");
    assert_eq!(heard[1..], [json!({"close": 4001})]);
}

#[test]
fn a_second_hello_is_an_error_and_changes_nothing() {
    let mut world = World::new();
    let (at, id) = world.greet();
    let [other] = world.enter_all("r", ["Ada"]);
    for hello in [
        json!({"type": "hello", "protocol": 1, "client": "test"}),
        json!({"type": "hello", "protocol": 9, "client": "test"}),
        json!({"type": "hello", "protocol": 1, "client": "test", "resume": other.secret}),
    ] {
        world.say(at, hello);
    }
    let repeated = [1, 2, 3].map(|seq| error(seq, "hello-repeated", None));
    assert_eq!(world.heard(at), repeated);
    assert_eq!(world.heard(other.at), [] as [serde_json::Value; 0]);
    world.ask(at, json!({"type": "join", "room": "r", "name": ""}));
    assert_eq!(world.heard(at)[0]["participant"], json!(id));
}

#[test]
fn a_ping_is_answered_with_its_time_and_the_highest_number_handled() {
    let mut world = World::new();
    let (at, _) = world.greet();
    world.ask(at, json!({"type": "leave"}));
    world.heard(at);
    world.say(at, json!({"type": "ping", "time": 12.5}));
    assert_eq!(world.heard(at), [json!({"type": "pong", "time": 12.5, "last_id": 1})]);
}
