//! Frames that cannot be granted: an `error`, and the connection stays.

use serde_json::{Value, json};

use crate::world::{World, error};

fn code_of(world: &mut World, message: Value) -> (String, String) {
    let (at, _) = world.greet();
    world.ask(at, message);
    let heard = world.heard_raw(at);
    assert_eq!((heard.len(), &heard[0]["re"]), (1, &json!(1)), "{heard:?}");
    assert!(world.is_open(at));
    (heard[0]["code"].as_str().unwrap_or("granted").into(), heard[0]["message"].as_str().unwrap_or("").into())
}

#[test]
fn unreadable_frames_are_answered_and_the_connection_stays() {
    let mut world = World::new();
    let (at, _) = world.greet();
    for (seq, (text, code, re)) in (1..).zip([
        ("", "malformed", None),
        ("[]", "malformed", None),
        (r#"{"id":1}"#, "malformed", None),
        (r#"{"type":"dance"}"#, "unknown-type", None),
        (r#"{"type":"dance","id":1}"#, "unknown-type", Some(1)),
        (r#"{"type":"chat","id":2}"#, "invalid", Some(2)),
        (r#"{"type":"chat","text":"x"}"#, "invalid", None),
    ]) {
        world.say_text(at, text);
        assert_eq!(world.heard(at), [error(seq, code, re)], "{text}");
    }
    world.say(at, json!({"type": "ping", "time": 1}));
    assert_eq!(world.heard(at), [json!({"type": "pong", "time": 1.0, "last_id": 2})]);
}

#[test]
fn every_message_that_needs_a_room_is_refused_without_one() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    for message in [
        json!({"type": "leave"}),
        json!({"type": "description", "to": ada.id, "description": {"type": "rollback"}}),
        json!({"type": "candidate", "to": ada.id, "candidate": null}),
        json!({"type": "state", "state": {"mic": true}}),
        json!({"type": "chat", "text": "x"}),
        json!({"type": "chat", "text": ""}),
    ] {
        assert_eq!(code_of(&mut world, message).0, "not-joined");
    }
    assert_eq!(world.heard(ada.at), [] as [Value; 0]);
}

#[test]
fn a_join_out_of_bounds_is_invalid_and_the_sentence_names_the_member() {
    let mut world = World::new();
    for (room, name, member) in [
        ("", "", "room"),
        (&*"r".repeat(129), "", "room"),
        ("r", &*"n".repeat(129), "name"),
        ("r", "a\nb", "name"),
        ("r", "\u{7f}", "name"),
        ("r", "\u{85}", "name"),
        ("r", "\u{202e}adA", "name"),
        ("r", "Ada\u{2066}", "name"),
    ] {
        let (code, sentence) = code_of(&mut world, json!({"type": "join", "room": room, "name": name}));
        assert_eq!(code, "invalid", "{room:?} {name:?}");
        assert!(sentence.contains(member), "{sentence}");
    }
    assert_eq!(world.rooms.counts().rooms, 0, "a refused join makes no room");
}

#[test]
fn a_join_at_its_bounds_is_granted_and_the_room_is_not_normalised() {
    let mut world = World::new();
    let (composed, decomposed) = ("é".repeat(64), "e\u{301}".repeat(42));
    for room in [&composed, &decomposed] {
        let (at, _) = world.greet();
        world.ask(at, json!({"type": "join", "room": room, "name": "n".repeat(128)}));
        assert_eq!(world.heard(at)[0]["room"], json!(room));
    }
    assert_eq!(world.rooms.counts().rooms, 2);
}

#[test]
fn a_chat_text_has_1_to_4096_bytes() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    for (text, granted) in
        [(String::new(), false), ("é".repeat(2049), false), ("é".repeat(2048), true), ("<b>".into(), true)]
    {
        let id = world.ask(ada.at, json!({"type": "chat", "text": text}));
        let heard = world.heard(ada.at);
        if granted {
            assert_eq!(heard[0]["message"]["text"], json!(text));
        } else {
            assert_eq!(heard, [error(id, "invalid", Some(id))]);
        }
    }
}
