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
    assert_eq!(types.len(), 11, "every client message has a valid fixture");
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

#[test]
fn a_message_weighs_at_least_half_of_its_frame() {
    for (name, fixture) in fixtures("server") {
        for message in list(&fixture, "valid") {
            let frame = ServerFrame::parse(&message.to_string()).unwrap();
            let bytes = frame.message.to_frame(frame.seq).len();
            assert!(
                frame.message.weight() * 2 >= bytes,
                "{name}: {} for {bytes} bytes",
                frame.message.weight()
            );
        }
    }
}

#[test]
fn the_error_sentence_names_the_member_that_is_wrong() {
    let error = ClientFrame::parse(r#"{"type":"join","id":4,"name":"Ada"}"#).unwrap_err();
    assert!(error.message.contains("`room`"), "{error}");
    assert_eq!(error.re, Some(4));
}
