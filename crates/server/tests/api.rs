//! `/api/rooms` over real HTTP: what is answered to whom, and that it is what `/api/openapi.json` says.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;
#[path = "common/http.rs"]
mod http;

use std::process::Command;

use common::TestServer;
use http::{Answer, ask};
use serde_json::{Value, json};

const KEY: &str = "0123456789abcdef";
/// Where `scripts/need.sh test` installs it.
const SCHEMATHESIS: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/../schemathesis/bin/schemathesis");

async fn server() -> TestServer {
    TestServer::start_with(|options| options.api_key = vec!["fedcba9876543210".to_owned(), KEY.to_owned()])
        .await
}

async fn asks(server: &TestServer, request: &str, body: &Value) -> (u16, Value) {
    let key = format!("Authorization: Bearer {KEY}");
    let Answer { status, body, .. } =
        ask(server, request, &[&key, "Content-Type: application/json"], &body.to_string()).await;
    (status, serde_json::from_str(&body).unwrap_or_default())
}

#[tokio::test]
async fn a_room_is_made_seen_changed_and_ended() {
    let server = server().await;
    let wanted = json!({"room": "team/ü", "policy": {"direct": "never"}});
    let (status, made) = asks(&server, "POST /api/rooms", &wanted).await;
    assert_eq!((status, &made["room"], &made["path"]), (201, &json!("team/ü"), &json!("/r/team%2F%C3%BC")));
    assert_eq!(asks(&server, "POST /api/rooms", &wanted).await.1["code"], "exists");
    let (_, drawn) = asks(&server, "POST /api/rooms", &json!({"hold": 60})).await;
    assert_eq!(drawn["room"].as_str().unwrap().len(), 26);

    let mut ada = server.client().await;
    let join = json!({"type": "join", "room": "team/ü", "name": "Ada", "host_key": made["host_key"]});
    ada.request(join).await;
    assert_eq!(ada.expect("joined").await["host"], true);
    let (bob, joined) = server.joined("team/ü", "Bob").await;
    let room = "/api/rooms/team%2F%C3%BC";
    let (_, detail) = asks(&server, &format!("GET {room}"), &Value::Null).await;
    assert_eq!(
        (&detail["participants"][1]["name"], &detail["plan"]["policy"]["direct"]),
        (&json!("Bob"), &json!("never"))
    );
    let (_, list) = asks(&server, "GET /api/rooms?limit=1", &Value::Null).await;
    assert_eq!((list["rooms"].as_array().unwrap().len(), &list["next"]), (1, &list["rooms"][0]["room"]));
    let after = format!(
        "GET /api/rooms?after={}",
        list["next"].as_str().unwrap().replace('/', "%2F").replace('ü', "%C3%BC")
    );
    assert_eq!(asks(&server, &after, &Value::Null).await.1["rooms"].as_array().unwrap().len(), 1);

    let knock = json!({"direct": "never", "rules": {"entry": "knock"}});
    let (status, detail) = asks(&server, &format!("PUT {room}/policy"), &knock).await;
    assert_eq!((status, &detail["plan"]["policy"]["rules"]["entry"]), (200, &json!("knock")));
    let (status, detail) = asks(&server, &format!("PUT {room}/recording"), &json!({"on": true})).await;
    assert_eq!((status, &detail["plan"]["recording"]), (200, &json!(true)));
    let remove = format!("DELETE {room}/participants/{}", joined["participant"].as_str().unwrap());
    assert_eq!(asks(&server, &remove, &Value::Null).await.0, 204);
    assert_eq!(asks(&server, &remove, &Value::Null).await.0, 404);
    drop(bob);
    assert_eq!(asks(&server, &format!("DELETE {room}"), &Value::Null).await.0, 204);
    assert_eq!(asks(&server, &format!("GET {room}"), &Value::Null).await.1["code"], "not-found");
    loop {
        let message = ada.next().await;
        if message["type"] == "removed" {
            assert_eq!(message["reason"], "ended");
            break;
        }
    }
}

#[tokio::test]
async fn nothing_is_answered_without_a_key_and_there_is_nothing_where_there_are_none() {
    let server = server().await;
    for wrong in [&[][..], &["Authorization: Bearer 0123456789abcdeX"], &["Authorization: Basic eDp5"]] {
        for request in
            ["GET /api/rooms", "POST /api/rooms", "DELETE /api/rooms/r", "GET /api/rooms/r/nothing"]
        {
            let answer = ask(&server, request, wrong, "").await;
            let expected = if request.ends_with("nothing") { 404 } else { 401 };
            assert_eq!(answer.status, expected, "{request} {wrong:?}");
            assert_eq!(answer.header("www-authenticate").starts_with("Bearer"), expected == 401, "{request}");
        }
    }
    assert_eq!(ask(&server, "GET /api/openapi.json", &[], "").await.status, 200);
    let without = TestServer::start().await;
    assert_eq!(asks(&without, "GET /api/rooms", &Value::Null).await.0, 404);
    assert_eq!(ask(&without, "GET /api/openapi.json", &[], "").await.status, 200);
}

#[tokio::test]
async fn what_cannot_be_is_refused_in_words_and_changes_nothing() {
    let server = server().await;
    let long = json!({"room": "x".repeat(20_000)});
    for (request, body, status) in [
        ("POST /api/rooms", json!({"room": ""}), 400),
        ("POST /api/rooms", json!({"room": "x".repeat(129)}), 400),
        ("POST /api/rooms", long, 413),
        ("POST /api/rooms", json!({"rooom": "r"}), 400),
        ("POST /api/rooms", json!([]), 400),
        ("POST /api/rooms", json!({"hold": 0}), 400),
        ("POST /api/rooms", json!({"hold": 1.5}), 400),
        ("POST /api/rooms", json!({"policy": {"direct_max": 13}}), 400),
        ("POST /api/rooms", json!({"policy": {"direct": "only", "rules": {"mic": false}}}), 409),
        ("POST /api/rooms", json!({"policy": {"rules": []}}), 400),
        ("PUT /api/rooms/none/policy", json!([]), 400),
        ("GET /api/rooms?limit=0", Value::Null, 400),
        ("GET /api/rooms?limit=101", Value::Null, 400),
        ("GET /api/rooms/none", Value::Null, 404),
        ("PUT /api/rooms/none/policy", json!({}), 404),
        ("PUT /api/rooms/none/recording", json!({"on": true}), 404),
        ("DELETE /api/rooms/none/participants/x", Value::Null, 404),
    ] {
        let (answered, told) = asks(&server, request, &body).await;
        assert_eq!(answered, status, "{request} {told}");
        assert!(told["message"].as_str().is_some_and(|message| !message.is_empty()), "{request} {told}");
    }
    let (_, list) = asks(&server, "GET /api/rooms", &Value::Null).await;
    assert_eq!(list, json!({"rooms": [], "next": null}));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_what_its_description_says_whatever_is_asked() {
    let server = server().await;
    let url = format!("http://{}/api/openapi.json", server.address);
    // It keeps what it has found in the folder that it runs in.
    let folder = tempfile::tempdir().unwrap();
    let run = move || {
        Command::new(SCHEMATHESIS)
            .current_dir(folder.path())
            .args(["run", &url, "--checks", "all", "--max-examples", "20", "--seed", "1", "--no-color"])
            .args(["-H", &format!("Authorization: Bearer {KEY}")])
            .output()
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    let output = output.expect("schemathesis: scripts/need.sh test installs it");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("Tested: 7"), "{text}");
}
