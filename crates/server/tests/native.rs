//! The native protocol over real sockets: what a client that behaves badly gets, and that the others do not notice.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use common::{TestClient, TestServer};
use futures_util::SinkExt as _;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

const SDP: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";

/// Until a test is given up that would wait for ever.
const DEADLINE: std::time::Duration = std::time::Duration::from_secs(20);

/// Ada and Bob in one room; Ada knows that Bob came.
async fn two(server: &TestServer) -> ((TestClient, String), (TestClient, String)) {
    let (mut ada, ada_joined) = server.joined("r", "Ada").await;
    let (bob, bob_joined) = server.joined("r", "Bob").await;
    ada.expect("participant-joined").await;
    let id = |joined: &Value| joined["participant"].as_str().unwrap().to_owned();
    ((ada, id(&ada_joined)), (bob, id(&bob_joined)))
}

fn description(to: &str) -> Value {
    json!({"type": "description", "to": to, "description": {"type": "offer", "sdp": SDP}})
}

/// Proves that the two still hear each other.
async fn still_in_touch(ada: &mut TestClient, bob: &mut TestClient, bob_id: &str) {
    ada.request(description(bob_id)).await;
    assert_eq!(bob.expect("description").await["description"]["sdp"], SDP);
}

#[tokio::test]
async fn two_people_meet_and_what_they_say_arrives_in_order() {
    let server = TestServer::start().await;
    let ((mut ada, ada_id), (mut bob, bob_id)) = two(&server).await;
    ada.request(description(&bob_id)).await;
    for number in 0..50 {
        let candidate = json!({"candidate": format!("candidate:{number}"), "sdpMid": "0"});
        ada.request(json!({"type": "candidate", "to": bob_id, "candidate": candidate})).await;
    }
    let received = bob.expect("description").await;
    assert_eq!((received["from"].as_str(), received["seq"].as_u64()), (Some(ada_id.as_str()), Some(2)));
    for number in 0..50 {
        let received = bob.expect("candidate").await;
        assert_eq!(received["candidate"]["candidate"], format!("candidate:{number}"));
        assert_eq!(received["seq"], number + 3);
    }
    let id = ada.request(json!({"type": "candidate", "to": bob_id, "candidate": null})).await;
    assert_eq!(ada.expect_error("too-many-candidates").await["re"], id);
}

#[tokio::test]
async fn welcome_hands_out_stun_and_turn_of_this_very_server() {
    let server = TestServer::start().await;
    let (_, welcome) = server.client_with(json!({})).await;
    let (stun, turn) = (&welcome["ice_servers"][0], &welcome["ice_servers"][1]);
    assert_eq!(stun["urls"], json!([format!("stun:{}", server.address)]));
    assert_eq!(turn["urls"][1], format!("turn:{}?transport=tcp", server.address));
    let user = turn["username"].as_str().unwrap();
    assert!(user.ends_with(welcome["participant"].as_str().unwrap()), "{user}");
}

#[tokio::test]
async fn mistakes_are_answered_and_nobody_else_is_disturbed() {
    let server = TestServer::start().await;
    let ((mut ada, ada_id), (mut bob, bob_id)) = two(&server).await;
    let mut clumsy = server.client().await;
    let id = clumsy.request(description(&ada_id)).await;
    assert_eq!(clumsy.expect_error("not-joined").await["re"], id);
    clumsy.send_text("{\"type\":".to_owned()).await;
    clumsy.expect_error("malformed").await;
    clumsy.request(json!({"type": "dance"})).await;
    clumsy.expect_error("unknown-type").await;
    clumsy.request(json!({"type": "join", "room": "", "name": "x"})).await;
    clumsy.expect_error("invalid").await;
    clumsy.request(json!({"type": "join", "room": "elsewhere", "name": "x"})).await;
    clumsy.expect("joined").await;
    clumsy.request(json!({"type": "join", "room": "r", "name": "x"})).await;
    clumsy.expect_error("already-joined").await;
    clumsy.request(description(&ada_id)).await;
    clumsy.expect_error("unknown-participant").await;
    still_in_touch(&mut ada, &mut bob, &bob_id).await;
}

#[tokio::test]
async fn whoever_closes_the_connection_has_left_and_whoever_only_loses_it_has_not() {
    let server = TestServer::start().await;
    for (code, told) in [
        (Some(CloseCode::Away), "participant-left"),
        (Some(CloseCode::Normal), "participant-left"),
        (Some(CloseCode::Restart), "participant-changed"),
        (None, "participant-changed"),
    ] {
        let ((mut ada, _), (bob, _)) = two(&server).await;
        bob.close(code).await;
        ada.expect(told).await;
        ada.close(Some(CloseCode::Normal)).await;
    }
}

#[tokio::test]
async fn a_frame_over_the_limit_closes_the_connection_with_1009() {
    let server = TestServer::start().await;
    let ((mut ada, _), (mut bob, bob_id)) = two(&server).await;
    let mut greedy = server.client().await;
    greedy.send_text(format!("{{\"type\":\"chat\",\"id\":1,\"text\":\"{}\"}}", "x".repeat(70_000))).await;
    assert_eq!(greedy.closed().await.0, 1009);
    still_in_touch(&mut ada, &mut bob, &bob_id).await;
}

#[tokio::test]
async fn a_binary_frame_closes_the_connection_with_1003() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    client.socket.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    assert_eq!(client.closed().await.0, 1003);
}

#[tokio::test]
async fn a_connection_without_hello_is_closed_with_4001() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    client.request(json!({"type": "leave"})).await;
    client.expect_error("hello-expected").await;
    assert_eq!(client.closed().await.0, 4001);
}

#[tokio::test]
async fn another_protocol_version_is_closed_with_4000() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    client.send(json!({"type": "hello", "protocol": 99, "client": "test"})).await;
    client.expect_error("unsupported-protocol").await;
    assert_eq!(client.closed().await.0, 4000);
}

#[tokio::test]
async fn a_client_that_never_reads_is_cut_off_and_the_others_go_on() {
    let server = TestServer::start().await;
    let ((mut ada, _), (mut deaf, bob_id)) = two(&server).await;
    let long = format!("{SDP}{}", "a=x\r\n".repeat(8_000));
    let flood = json!({"type": "description", "to": bob_id, "description": {"type": "offer", "sdp": long}});
    // Far more than the sockets' buffers and the queue hold together.
    let mut sent = 0;
    let lost = loop {
        ada.request(flood.clone()).await;
        sent += 1;
        assert!(sent < 2000, "nobody noticed");
        ada.send(json!({"type": "ping", "time": sent})).await;
        let answer = ada.next().await;
        if answer["type"] == "participant-changed" {
            break answer;
        }
        assert_eq!(answer["type"], "pong");
    };
    assert_eq!(lost["participant"]["connected"], false);
    // Once it reads again it finds why, behind what was on its way.
    assert_eq!(deaf.closed().await.0, 4002);
    let (mut carol, _) = server.joined("r", "Carol").await;
    carol.request(json!({"type": "chat", "text": "all well"})).await;
    assert_eq!(carol.expect("chat").await["message"]["text"], "all well");
}

#[tokio::test]
async fn a_cut_connection_is_resumed_and_nothing_is_missed() {
    let server = TestServer::start().await;
    let (mut ada, _) = server.joined("r", "Ada").await;
    let (bob, joined) = server.joined("r", "Bob").await;
    ada.expect("participant-joined").await;
    drop(bob);
    assert_eq!(ada.expect("participant-changed").await["participant"]["connected"], false);
    let bob_id = joined["participant"].as_str().unwrap();
    ada.request(description(bob_id)).await;
    let hello = json!({"resume": joined["resume"], "last_seq": 1});
    let (mut bob, welcome) = server.client_with(hello).await;
    assert_eq!((&welcome["resumed"], &welcome["room"]), (&json!(true), &json!("r")));
    assert_eq!(welcome["participant"], bob_id);
    assert_eq!(bob.expect("description").await["seq"], 2);
    assert_eq!(ada.expect("participant-changed").await["participant"]["connected"], true);
}

#[tokio::test]
async fn as_much_as_is_kept_is_replayed_at_once() {
    let server = TestServer::start().await;
    let kept = visavis_protocol::Limits::default().replay_messages;
    let (mut ada, _) = server.joined("r", "Ada").await;
    let (bob, joined) = server.joined("r", "Bob").await;
    ada.expect("participant-joined").await;
    drop(bob);
    ada.expect("participant-changed").await;
    for number in 0..kept {
        ada.request(json!({"type": "chat", "text": number.to_string()})).await;
    }
    let hello = json!({"resume": joined["resume"], "last_seq": 1});
    let (mut bob, welcome) = server.client_with(hello).await;
    assert_eq!(welcome["resumed"], true);
    for number in 0..kept {
        assert_eq!(bob.expect("chat").await["message"]["text"], number.to_string());
    }
}

#[tokio::test]
async fn the_server_restarts_and_takes_everyone_back() {
    let server = TestServer::start().await;
    let (mut ada, ada_joined) = server.joined("r", "Ada").await;
    let (mut bob, bob_joined) = server.joined("r", "Bob").await;
    ada.expect("participant-joined").await;
    let (server, ada_closed, bob_closed) = tokio::join!(server.restart(), ada.closed(), bob.closed());
    assert_eq!((ada_closed.0, bob_closed.0), (1012, 1012));
    let (mut bob, welcome) = server.client_with(json!({"resume": bob_joined["resume"], "last_seq": 1})).await;
    assert_eq!((&welcome["resumed"], &welcome["participant"]), (&json!(false), &bob_joined["participant"]));
    let again = bob.expect("joined").await;
    assert_eq!((&again["room"], &again["host"]), (&json!("r"), &json!(false)));
    assert!(again["settling"].as_u64().unwrap() > 0);
    let (mut ada, _) = server.client_with(json!({"resume": ada_joined["resume"], "last_seq": 2})).await;
    let again = ada.expect("joined").await;
    assert_eq!(again["host"], true);
    assert_eq!(again["participants"][0]["name"], "Bob");
    let back = bob.expect("participant-joined").await;
    assert_eq!(
        (&back["participant"]["id"], &back["participant"]["host"]),
        (&ada_joined["participant"], &json!(true))
    );
}

#[tokio::test]
async fn a_forged_resume_secret_is_refused_and_the_client_may_join_as_a_newcomer() {
    let server = TestServer::start().await;
    let (_ada, joined) = server.joined("r", "Ada").await;
    let mut forged = joined["resume"].as_str().unwrap().to_owned();
    forged.replace_range(20..21, if &forged[20..21] == "A" { "B" } else { "A" });
    let (mut mallory, welcome) = server.client_with(json!({"resume": forged, "last_seq": 0})).await;
    assert_eq!(welcome["room"], Value::Null);
    assert_ne!(welcome["participant"], joined["participant"]);
    mallory.expect_error("resume-refused").await;
    mallory.request(json!({"type": "join", "room": "r", "name": "M"})).await;
    assert_eq!(mallory.expect("joined").await["host"], false);
}

#[tokio::test]
async fn pages_of_foreign_origins_are_refused() {
    let server = TestServer::start().await;
    for origin in ["https://evil.example", "http://127.0.0.1:1"] {
        match server.connect_from(Some(origin)).await {
            Err(Error::Http(response)) => assert_eq!(response.status(), 403, "{origin}"),
            other => panic!("{origin}: {:?}", other.err()),
        }
    }
    let own = format!("http://{}", server.address);
    assert!(server.connect_from(Some(&own)).await.is_ok());
    assert!(server.connect_from(Some("null")).await.is_ok(), "a page opened from disk, on this machine");
}

#[tokio::test]
async fn a_close_is_answered_with_a_close() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    let frame = CloseFrame { code: CloseCode::Normal, reason: "".into() };
    client.socket.close(Some(frame)).await.unwrap();
    assert_eq!(client.closed().await.0, 1000);
}

#[tokio::test]
async fn a_connection_that_does_not_say_what_it_is_ends() {
    let patience = std::time::Duration::from_millis(50);
    let server = TestServer::start_with(|options| options.patience = patience).await;
    let endless_post =
        "POST /socket.io/?EIO=4&transport=polling&sid=nope HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n4";
    for beginning in ["", "GET / HTTP/1.1\r\nHost: x\r\nX-Half: ", "\0\x03", endless_post] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(beginning.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        // The end comes as an end or as a reset, after an answer or without one; it comes.
        let end = tokio::time::timeout(DEADLINE, stream.read_to_end(&mut rest)).await;
        assert!(end.is_ok(), "{beginning:?} is still open");
    }
    let _ = server.client().await;
}

#[tokio::test]
async fn connections_over_the_limit_are_closed_and_their_places_come_back() {
    let server = TestServer::start_with(|options| options.max_connections = 2).await;
    let first = server.client().await;
    let _second = server.client().await;
    assert!(server.connect_from(None).await.is_err());
    drop(first);
    let again = async {
        while server.connect_from(None).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    assert!(tokio::time::timeout(DEADLINE, again).await.is_ok(), "the place did not come back");
}

#[tokio::test]
async fn credentials_without_a_room_are_handed_out_in_moderation() {
    let server = TestServer::start().await;
    let mut statuses = Vec::new();
    for _ in 0..70 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream
            .write_all(b"GET /api/ice HTTP/1.1\r\nHost: call.example\r\nConnection: close\r\n\r\n")
            .await
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        statuses.push(answer[9..12].to_owned());
    }
    assert_eq!(statuses.first().map(String::as_str), Some("200"));
    assert_eq!(statuses.last().map(String::as_str), Some("429"));
}

#[tokio::test]
async fn an_address_without_a_page_leads_back_to_the_start() {
    let server = TestServer::start().await;
    for path in ["/r/a/b", "/nothing", "/assets/nothing.js"] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: call.example\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
        assert!(answer.contains("script-src 'self'; "), "{path}: {answer}");
        assert!(path.starts_with("/assets") || answer.contains("not-found.js"), "{path}: {answer}");
    }
}
