//! Every fixture is read, and what is read is written again as it was. The browser client's tests read the same files.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use visavis_protocol::{ClientFrame, ClientMessage, ErrorCode, ServerFrame};

fn fixtures(side: &str) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(side);
    let mut files: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let text = std::fs::read_to_string(&file).unwrap();
            let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, serde_json::from_str(&text).unwrap())
        })
        .collect()
}

fn list<'a>(fixture: &'a Value, key: &str) -> &'a [Value] {
    fixture[key].as_array().map_or(&[], Vec::as_slice)
}

/// What the frame says, as JSON again.
fn rewritten(frame: &ClientFrame) -> Value {
    let (kind, mut value) = match &frame.message {
        ClientMessage::Hello(body) => ("hello", json!(body)),
        ClientMessage::Join(body) => ("join", json!(body)),
        ClientMessage::Leave(body) => ("leave", json!(body)),
        ClientMessage::Description(body) => ("description", json!(body)),
        ClientMessage::Candidate(body) => ("candidate", json!(body)),
        ClientMessage::State(body) => ("state", json!(body)),
        ClientMessage::Chat(body) => ("chat", json!(body)),
        ClientMessage::React(body) => ("react", json!(body)),
        ClientMessage::Forward(body) => ("forward", json!(body)),
        ClientMessage::Shows(body) => ("shows", json!(body)),
        ClientMessage::Stats(body) => ("stats", json!(body)),
        ClientMessage::Policy(body) => ("policy", json!(body)),
        ClientMessage::Record(body) => ("record", json!(body)),
        ClientMessage::Mute(body) => ("mute", json!(body)),
        ClientMessage::Ask(body) => ("ask", json!(body)),
        ClientMessage::Remove(body) => ("remove", json!(body)),
        ClientMessage::Appoint(body) => ("appoint", json!(body)),
        ClientMessage::Admit(body) => ("admit", json!(body)),
        ClientMessage::End(body) => ("end", json!(body)),
        ClientMessage::Facts(body) => ("facts", json!(body)),
        ClientMessage::Stalled(body) => ("stalled", json!(body)),
        ClientMessage::SwitchReady(body) => ("switch-ready", json!(body)),
        ClientMessage::SwitchGap(body) => ("switch-gap", json!(body)),
        ClientMessage::Costs(body) => ("costs", json!(body)),
        ClientMessage::Peek(body) => ("peek", json!(body)),
        ClientMessage::Ack(body) => ("ack", json!(body)),
        ClientMessage::Ping(body) => ("ping", json!(body)),
    };
    value["type"] = json!(kind);
    if let Some(id) = frame.id {
        value["id"] = json!(id);
    }
    value
}

/// Whether everything in `part` is in `whole` with the same value; what a fixture leaves out may have a default.
fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => part
            .iter()
            .filter(|(key, _)| *key != "unknown")
            .all(|(key, value)| whole.get(key).is_some_and(|found| contains(found, value))),
        (Value::Number(whole), Value::Number(part)) => whole.as_f64() == part.as_f64(),
        _ => whole == part,
    }
}

#[test]
fn every_valid_client_message_is_read_as_its_type_and_loses_nothing() {
    let mut types = BTreeSet::new();
    for (name, fixture) in fixtures("client") {
        for message in list(&fixture, "valid") {
            let frame =
                ClientFrame::parse(&message.to_string()).unwrap_or_else(|error| panic!("{message}: {error}"));
            let again = rewritten(&frame);
            assert_eq!(again["type"], name.as_str());
            assert!(contains(&again, message), "{message} became {again}");
            types.insert(name.clone());
        }
    }
    assert_eq!(types.len(), 27, "every client message has a valid fixture");
}

#[test]
fn every_invalid_client_message_is_answered_with_its_code() {
    for (name, fixture) in fixtures("client") {
        let cases = list(&fixture, "invalid");
        assert!(!cases.is_empty(), "{name} has invalid cases");
        for case in cases {
            let text = case["text"].as_str().map_or_else(|| case["message"].to_string(), str::to_owned);
            let error = ClientFrame::parse(&text).expect_err(&text);
            let code: ErrorCode = serde_json::from_value(case["code"].clone()).unwrap();
            assert_eq!(error.code, code, "{}: {error}", case["why"]);
            let id = case["message"]["id"].as_u64().filter(|_| code != ErrorCode::Malformed);
            assert_eq!(error.re, id, "{}", case["why"]);
        }
    }
}

#[test]
fn every_server_message_is_written_as_its_fixture_says() {
    for (name, fixture) in fixtures("server") {
        let cases = list(&fixture, "valid");
        assert!(!cases.is_empty(), "{name} has a fixture");
        for message in cases {
            let frame =
                ServerFrame::parse(&message.to_string()).unwrap_or_else(|error| panic!("{message}: {error}"));
            let text = frame.message.to_frame(frame.seq);
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), *message);
        }
    }
}

/// A sentence for people has nothing of how the server is written.
const INSIDES: [&str; 8] = ["u64", "u32", "f64", "struct", "enum", "variant", "sequence", "element"];

#[test]
fn error_sentences_are_in_plain_words() {
    for (_, fixture) in fixtures("client") {
        for case in list(&fixture, "invalid") {
            let text = case["text"].as_str().map_or_else(|| case["message"].to_string(), str::to_owned);
            let sentence = ClientFrame::parse(&text).expect_err(&text).message;
            assert!(!INSIDES.iter().any(|word| sentence.contains(word)), "{sentence}");
        }
    }
}

#[test]
fn the_error_sentence_names_the_member_that_is_wrong() {
    for (text, sentence) in [
        (r#"{"type":"join","id":4,"name":"Ada"}"#, r#""join": "room" is missing"#),
        (r#"{"type":"join","id":4,"name":7,"room":"r"}"#, r#""join": "name" is not a string"#),
        (
            r#"{"type":"join","id":4,"name":"","room":""}"#,
            r#""join": "room": a room's name has 1 to 128 bytes"#,
        ),
        (r#"{"type":"state","id":4,"state":[true]}"#, r#""state": "state" is not an object"#),
        (r#"{"type":"state","id":4,"state":{"mic":1}}"#, r#""state": "mic" is not true or false"#),
        (r#"{"type":"state","id":4.0,"state":{}}"#, r#""state" needs a whole number "id""#),
        (r#"{"type":"ack","seq":-1}"#, r#""ack": "seq" is not a whole number"#),
        (r#"{"type":"ping","time":"1"}"#, r#""ping": "time" is not a number"#),
        (r#"["leave",1]"#, "not a JSON object"),
        (r#"{"id":1}"#, r#""type" is missing"#),
    ] {
        assert_eq!(ClientFrame::parse(text).unwrap_err().message, sentence);
    }
}

#[test]
fn an_error_names_the_request_that_was_refused() {
    let error = ClientFrame::parse(r#"{"type":"join","id":4,"name":"Ada"}"#).unwrap_err();
    assert_eq!(error.re, Some(4));
}

#[test]
fn absent_members_may_be_null_and_of_two_with_one_name_the_last_counts() {
    let text = r#" {"type":"join","id":1,"id":2,"room":"r","name":"","host_key":null,"state":null}"#;
    let frame = ClientFrame::parse(text).unwrap();
    assert_eq!(frame.id, Some(2));
    let ClientMessage::Join(join) = frame.message else { panic!("{frame:?}") };
    assert_eq!((join.host_key, join.state), (None, visavis_protocol::StateUpdate::default()));
}

#[test]
fn no_error_sentence_repeats_what_is_long() {
    let long = "x".repeat(60_000);
    for frame in [
        json!({"type": long}),
        json!({"type": "description", "id": 1, "to": "p", "description": {"type": long}}),
        json!({"type": "chat", "id": 1, "text": {long.clone(): 1}}),
        json!({"type": "hello", "protocol": long, "client": ""}),
    ] {
        assert!(ClientFrame::parse(&frame.to_string()).unwrap_err().message.len() < 200);
    }
}
