//! `seq`, `id` and `ack`.

use serde_json::{Value, json};

use crate::world::{World, error};

const NOTHING: [Value; 0] = [];

#[test]
fn a_request_is_handled_once() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    let chat = |id, text| json!({"type": "chat", "id": id, "text": text});
    world.say(ada.at, chat(5, "five"));
    assert_eq!(world.heard(ada.at)[0]["message"]["text"], "five");
    for (id, text) in [(5, "five"), (5, "other"), (4, "old"), (0, "zero")] {
        world.say(ada.at, chat(id, text));
        assert_eq!(world.heard(ada.at), NOTHING);
    }
    world.say(ada.at, json!({"type": "leave", "id": 5}));
    world.say(ada.at, chat(6, "six"));
    let heard = world.heard(ada.at);
    assert_eq!((heard.len(), &heard[0]["message"]["id"], &heard[0]["seq"]), (1, &json!(2), &json!(3)));
}

#[test]
fn a_refused_request_is_answered_once_as_well() {
    let mut world = World::new();
    let (at, _) = world.greet();
    for (seq, text, code) in [
        (1, r#"{"type":"leave","id":1}"#, "not-joined"),
        (2, r#"{"type":"dance","id":2}"#, "unknown-type"),
        (3, r#"{"type":"chat","id":3}"#, "invalid"),
    ] {
        world.say_text(at, text);
        assert_eq!(world.heard(at), [error(seq, code, Some(seq))]);
        world.say_text(at, text);
        assert_eq!(world.heard(at), NOTHING);
    }
    world.say(at, json!({"type": "ping", "time": 0}));
    assert_eq!(world.heard(at)[0]["last_id"], 3);
}

#[test]
fn seq_has_no_holes_and_welcome_and_pong_have_none() {
    let mut world = World::new();
    let at = world.connect();
    world.say(at, json!({"type": "hello", "protocol": 1, "client": "test"}));
    world.ask(at, json!({"type": "leave"}));
    world.say(at, json!({"type": "ping", "time": 0}));
    world.ask(at, json!({"type": "join", "room": "r", "name": "Ada"}));
    let bob = world.enter("r", "Bob");
    world.say(at, json!({"type": "ping", "time": 0}));
    world.ask(bob.at, json!({"type": "state", "state": {"mic": true}}));
    world.ask(at, json!({"type": "chat", "text": "x"}));
    world.disconnect(bob.at);
    world.ask(at, json!({"type": "leave"}));
    let seqs: Vec<Option<u64>> = world.heard(at).iter().map(|message| message["seq"].as_u64()).collect();
    let expected = [None, Some(1), None, Some(2), Some(3), None, Some(4), Some(5), Some(6), Some(7)];
    assert_eq!(seqs, expected);
}

#[test]
fn an_ack_has_no_answer_and_what_it_names_is_forgotten() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    world.ask_often(4, ada.at, &json!({"type": "chat", "text": "x"}));
    world.heard(ada.at);
    world.say(ada.at, json!({"type": "ack", "seq": 3}));
    world.say(ada.at, json!({"type": "ack", "seq": 2}));
    assert_eq!(world.heard(ada.at), NOTHING);
    world.disconnect(ada.at);
    let again = world.resume(&ada.secret, 2);
    assert_eq!(world.heard(again)[0]["resumed"], false, "3 was acknowledged and is gone");
}

#[test]
fn what_was_not_acknowledged_is_replayed() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    world.ask_often(4, ada.at, &json!({"type": "chat", "text": "x"}));
    world.say(ada.at, json!({"type": "ack", "seq": 3}));
    world.disconnect(ada.at);
    let again = world.resume(&ada.secret, 3);
    let seqs: Vec<Value> = world.heard(again).iter().map(|message| message["seq"].clone()).collect();
    assert_eq!(seqs, [json!(null), json!(4), json!(5)]);
}

#[test]
fn an_ack_of_what_was_never_sent_does_no_harm() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    world.say(ada.at, json!({"type": "ack", "seq": u64::MAX}));
    world.ask(ada.at, json!({"type": "chat", "text": "x"}));
    assert_eq!(world.heard(ada.at)[0]["seq"], 2);
    let again = world.resume(&ada.secret, 1);
    assert_eq!(world.heard(again)[1]["seq"], 2);
    let again = world.resume(&ada.secret, u64::MAX);
    assert_eq!(world.heard(again)[0]["resumed"], false);
}
