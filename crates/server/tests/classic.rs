//! The classic protocol, driven by the real npm packages of its clients: what happens is told in `classic/scenarios.js`,
//! what should be seen of it, here.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::path::Path;
use std::process::Command;

use common::TestServer;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const TEXT: &str = "ümläut € 👋🏽 \\ \" \u{7} e\u{301}";

/// Every client in every way that it can connect: the version of socket.io-client, and its transport.
const CLIENTS: [(&str, &str); 6] = [
    ("1", "polling"),
    ("1", "websocket"),
    ("1", "upgrade"),
    ("4", "polling"),
    ("4", "websocket"),
    ("4", "upgrade"),
];

/// Runs a scenario with this client, and tells what it saw.
async fn play(server: &TestServer, scenario: &str, (version, transport): (&str, &str)) -> Value {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/classic");
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../node_modules");
    for package in ["socket.io-client", "socket.io-client-classic"] {
        assert!(
            packages.join(package).exists(),
            "{package} is missing: run \"npm ci\" at the top of the repository"
        );
    }
    let mut node = Command::new("node");
    node.args(["--experimental-websocket", "--no-warnings"]).arg(tests.join("run.js"));
    node.args([scenario, &format!("http://{}", server.address), version, transport]);
    let done = tokio::task::spawn_blocking(move || node.output()).await.unwrap().unwrap();
    let (seen, log) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{scenario} with {version} over {transport}:\n{log}");
    serde_json::from_str(&seen).unwrap_or_else(|error| panic!("{error}: {seen}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_pages_hold_a_call_whatever_their_text_is() {
    let server = TestServer::start().await;
    for client in CLIENTS {
        let seen = play(&server, "call", client).await;
        let (first, second) = (&seen["ids"][0], &seen["ids"][1]);
        let description = |peer: &Value, kind: &str| json!(["sessionDescription", { "peer_id": peer, "session_description": { "type": kind, "sdp": TEXT } }]);
        let candidate = |peer: &Value, line: u8| json!(["iceCandidate", { "peer_id": peer, "ice_candidate": { "candidate": TEXT, "sdpMLineIndex": line } }]);
        let added = |peer: &Value, offers: bool| json!(["addPeer", { "peer_id": peer, "should_create_offer": offers }]);
        let removed = |peer: &Value| json!(["removePeer", { "peer_id": peer }]);
        let by_first = json!([
            added(second, false),
            description(second, "offer"),
            candidate(second, 0),
            removed(second),
            added(second, false),
            removed(second),
        ]);
        let by_second = json!([
            added(first, true),
            description(first, "answer"),
            candidate(first, 1),
            removed(first),
            added(first, true),
        ]);
        assert_eq!(seen["first"], by_first, "{client:?}");
        assert_eq!(seen["second"], by_second, "{client:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn candidates_never_overtake_their_description_nor_each_other() {
    let server = TestServer::start().await;
    let expected: Vec<String> = (0..20)
        .flat_map(|round| {
            let candidates = (0..50).map(move |number| format!("{round} {number}"));
            [round.to_string()].into_iter().chain(candidates)
        })
        .collect();
    for client in CLIENTS {
        let seen = play(&server, "order", client).await;
        assert_eq!(seen["errors"], json!([]), "{client:?}");
        assert_eq!(seen["relayed"], json!([expected, expected]), "{client:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_share_two_channels_are_one_pair_until_the_last_is_left() {
    let server = TestServer::start().await;
    for client in CLIENTS {
        let seen = play(&server, "channels", client).await;
        let expected = json!({
            "removedByThen": 0,
            "first": ["error", "addPeer", "error", "sessionDescription", "removePeer"],
            "second": ["addPeer", "error", "removePeer", "error"],
        });
        assert_eq!(seen, expected, "{client:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_answered_and_a_stranger_hears_nothing_of_it() {
    let server = TestServer::start().await;
    let expected = [
        ["unknown-participant"].repeat(2),
        vec!["already-joined", "not-joined"],
        ["invalid"].repeat(6),
        vec!["unknown-type", "invalid", "too-many-rooms", "unknown-participant"],
    ]
    .concat();
    for client in CLIENTS {
        let seen = play(&server, "refusals", client).await;
        let errors = seen["client"].as_array().unwrap();
        let codes: Vec<_> = errors.iter().filter_map(|error| error["code"].as_str()).collect();
        assert_eq!(codes, expected, "{client:?}");
        assert!(errors.iter().all(|error| error["message"].as_str().is_some_and(|text| !text.is_empty())));
        assert_eq!(seen["stranger"], json!([]), "{client:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_classic_and_a_native_client_see_each_other() {
    let server = TestServer::start().await;
    for client in CLIENTS {
        let seen = play(&server, "mixed", client).await;
        let (classic, native) = (&seen["ids"]["classic"], &seen["ids"]["native"]);
        let participant = json!({
            "id": classic,
            "name": TEXT.replace('\u{7}', ""),
            "kind": "classic",
            "host": false,
            "connected": true,
            "state": { "mic": true, "camera": true, "screen": false, "screen_audio": false, "hand": false },
        });
        assert_eq!(seen["participant"], participant, "{client:?}");
        let relayed = json!([
            { "type": "description", "from": classic, "description": { "type": "offer", "sdp": TEXT }, "seq": 3 },
            { "type": "candidate", "from": classic, "candidate": { "candidate": TEXT, "sdpMLineIndex": 0 }, "seq": 4 },
            { "type": "candidate", "from": classic, "candidate": null, "seq": 5 },
        ]);
        assert_eq!(seen["relayed"], relayed, "{client:?}");
        let heard = json!([
            ["addPeer", { "peer_id": native, "should_create_offer": true }],
            ["sessionDescription", { "peer_id": native, "session_description": { "type": "answer", "sdp": TEXT } }],
            ["iceCandidate", { "peer_id": native, "ice_candidate": { "candidate": TEXT, "sdpMid": "0" } }],
            ["sessionDescription", { "peer_id": native, "session_description": { "type": "offer", "sdp": TEXT } }],
            ["removePeer", { "peer_id": native }],
            ["addPeer", { "peer_id": native, "should_create_offer": false }],
        ]);
        assert_eq!(seen["heard"], heard, "{client:?}");
        assert_eq!(seen["reason"], "lost", "{client:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_goes_over_a_limit_is_sent_away_and_the_others_are_told() {
    let server = TestServer::start().await;
    for client in CLIENTS {
        let seen = play(&server, "abuse", client).await;
        assert_eq!(seen, json!({ "two megabytes": 1, "binary data": 1, "a flood": 1 }), "{client:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_reads_is_gone_for_the_others() {
    let server = TestServer::start().await;
    for transport in ["polling", "websocket"] {
        assert_eq!(play(&server, "deaf", ("4", transport)).await, json!({ "removed": true }), "{transport}");
    }
}

/// Says this on a connection that stays open, and gives the status and the body of the answer.
async fn exchange(connection: &mut TcpStream, request: &str) -> (u16, String) {
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    loop {
        assert_ne!(connection.read_buf(&mut answer).await.unwrap(), 0, "closed after {answer:?}");
        let text = String::from_utf8_lossy(&answer).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length =
            head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0_usize) {
            return (head[9..12].parse().unwrap(), body.to_owned());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_counted_even_those_of_one_connection_and_their_places_come_back() {
    let server = TestServer::start_with(|options| options.max_connections = 4).await;
    let mut connection = TcpStream::connect(server.address).await.unwrap();
    let open = "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: test\r\n\r\n";
    let mut opened = String::new();
    for _ in 0..4 {
        let (status, body) = exchange(&mut connection, open).await;
        assert_eq!(status, 200, "{body}");
        opened = body;
    }
    assert_eq!(exchange(&mut connection, open).await, (503, "the server is full".to_owned()));
    let session: Value = serde_json::from_str(&opened[1..]).unwrap();
    let sid = session["sid"].as_str().unwrap();
    for packet in ["40", "1"] {
        let length = packet.len();
        let post = format!(
            "POST /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\nHost: test\r\nContent-Length: {length}\r\n\r\n{packet}"
        );
        assert_eq!(exchange(&mut connection, &post).await.0, 200);
    }
    // The session's tasks end one after the other, and nothing tells when the last one has.
    while exchange(&mut connection, open).await.0 != 200 {}
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_s_script_is_served_beside_the_protocol() {
    let server = TestServer::start().await;
    let mut connection = TcpStream::connect(server.address).await.unwrap();
    let get = "GET /socket.io/socket.io.js HTTP/1.1\r\nHost: test\r\n\r\n";
    let (status, body) = exchange(&mut connection, get).await;
    assert_eq!(status, 200);
    assert!(body.contains("socket.io"), "{}", &body[..80]);
}
