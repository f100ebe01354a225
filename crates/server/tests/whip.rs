//! WHIP and WHEP over real HTTP: what is answered to whom, and media of aiortc both ways.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;
#[path = "common/http.rs"]
mod http;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use common::{TestClient, TestServer};
use http::{Answer, ask};
use serde_json::{Value, json};
use visavis_protocol::{Rights, RoomName, RoomToken, TokenKey};
use visavis_server::Options;

/// Where `scripts/need.sh test` installs it.
const PYTHON: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/../aiortc/bin/python");
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../e2e/aiortc/whip.py");

const SDP: &str = "application/sdp";
const FRAGMENT: &str = "application/trickle-ice-sdpfrag";
const CREDENTIALS: &str = "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n";
const OTHER_CREDENTIALS: &str = "a=ice-ufrag:xUfW\r\na=ice-pwd:zxjKXaWCBui1P2uYro0UCOQ4\r\n";
const CANDIDATE: &str =
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\n";
const TOKEN: &str = "0123456789abcdef";

async fn post(server: &TestServer, path: &str, body: &str) -> Answer {
    ask(server, &format!("POST {path}"), &[&of_type(SDP)], body).await
}

fn of_type(kind: &str) -> String {
    format!("Content-Type: {kind}")
}

/// An offer of sound and picture that go one way.
fn offer(direction: &str) -> String {
    offer_of(&["audio", "video"].map(|kind| (kind, direction)))
}

fn offer_of(lines: &[(&str, &str)]) -> String {
    let fingerprint = ["AB"; 32].join(":");
    let bundle: String = (0..lines.len()).map(|mid| format!(" {mid}")).collect();
    let head = format!(
        "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE{bundle}\r\na=fingerprint:sha-256 {fingerprint}\r\n"
    );
    let sections = lines.iter().enumerate().map(|(mid, (kind, direction))| {
        let (pt, codec) = match *kind {
            "audio" => (111, "opus/48000/2"),
            "video" => (96, "VP8/90000"),
            unknown => (97, unknown),
        };
        let kind = if *kind == "audio" { "audio" } else { "video" };
        format!(
            "m={kind} 9 UDP/TLS/RTP/SAVPF {pt}\r\nc=IN IP4 0.0.0.0\r\na=rtcp-mux\r\n{CREDENTIALS}a=setup:actpass\r\n\
             a=mid:{mid}\r\na={direction}\r\na=rtpmap:{pt} {codec}\r\n"
        )
    });
    head + &sections.collect::<String>()
}

/// The next message but of who speaks and of who is forwarded, which is of this type.
async fn hears(client: &mut TestClient, kind: &str) -> Value {
    loop {
        let message = client.next().await;
        if message["type"] != "speakers" && message["type"] != "plan" {
            assert_eq!(message["type"], kind, "{message}");
            return message;
        }
    }
}

/// A thousand m-lines that could go both ways, in few bytes.
fn many_lines() -> String {
    let fingerprint = ["AB"; 32].join(":");
    let lines = (0..1000).map(|mid| format!("m=audio 9 X 1\r\na=mid:{mid}\r\na=rtpmap:1 opus/48000/2\r\n"));
    format!("v=0\r\na=fingerprint:sha-256 {fingerprint}\r\n{}", lines.collect::<String>())
}

async fn with_token(change: impl FnOnce(&mut Options)) -> TestServer {
    TestServer::start_with(|options| {
        options.whip_token = vec!["fedcba9876543210".to_owned(), TOKEN.to_owned()];
        change(options);
    })
    .await
}

#[tokio::test]
async fn a_publisher_is_a_participant_until_it_is_deleted() {
    let server = TestServer::start().await;
    let made = post(&server, "/whip/caf%C3%A9?name=Stage", &offer("sendonly")).await;
    assert_eq!((made.status, made.header("content-type")), (201, SDP), "{made:?}");
    assert!(made.body.contains("a=ice-lite") && made.body.contains("a=recvonly"), "{}", made.body);
    assert!(!made.body.contains("a=sendrecv") && made.body.contains("127.0.0.1"), "{}", made.body);
    assert!(made.header("location").starts_with("/whip/caf%C3%A9/"), "{made:?}");
    assert!(made.header("etag").starts_with('"') && made.header("etag").len() > 6, "{made:?}");
    let links: Vec<_> =
        made.headers.iter().filter(|(name, _)| name == "link").map(|(_, link)| &**link).collect();
    assert_eq!(links[0], format!("<stun:{}>; rel=\"ice-server\"", server.address));
    assert!(
        links[1]
            .starts_with(&format!("<turn:{}?transport=udp>; rel=\"ice-server\"; username=", server.address))
    );

    let (mut ada, joined) = server.joined("café", "Ada").await;
    let stage = &joined["participants"][0];
    let forwarded = json!([{"participant": stage["id"], "reason": "whip"}]);
    assert_eq!((&joined["plan"]["forwarded"], &stage["name"]), (&forwarded, &json!("Stage")));
    assert_eq!((&stage["kind"], &stage["state"]["mic"]), (&json!("whip"), &json!(true)));
    assert_eq!((&stage["state"]["camera"], &stage["state"]["screen"]), (&json!(true), &json!(false)));

    let delete = format!("DELETE {}", made.header("location"));
    assert_eq!(ask(&server, &delete, &[], "").await.status, 200);
    let left = hears(&mut ada, "participant-left").await;
    assert_eq!((&left["participant"], &left["reason"]), (&stage["id"], &json!("left")));
    assert_eq!(ask(&server, &delete, &[], "").await.status, 404);
}

#[tokio::test]
async fn second_sound_and_picture_are_those_of_a_screen() {
    let server = TestServer::start().await;
    let lines = [("audio", "sendrecv"), ("video", "sendonly"), ("video", "sendonly"), ("audio", "sendonly")];
    let made = post(&server, "/whip/r", &offer_of(&lines)).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert!(!made.body.contains("a=sendrecv"), "{}", made.body);
    let (_, joined) = server.joined("r", "Ada").await;
    let state = &joined["participants"][0]["state"];
    for source in ["mic", "camera", "screen", "screen_audio"] {
        assert_eq!(state[source], true, "{source}");
    }
}

#[tokio::test]
async fn what_cannot_be_published_is_refused_with_a_reason() {
    let server = TestServer::start().await;
    let (_ada, _) = direct(&server).await;
    let whole = offer("sendonly");
    let many = many_lines();
    let long = format!("{whole}{}", "a=x\r\n".repeat(14_000));
    let no_keys = whole.replace("a=fingerprint", "a=x");
    let no_mid = whole.replace("a=mid", "a=x");
    let unknown = offer_of(&[("H265/90000", "sendonly")]);
    // Without a word of it, the packetization mode is 0.
    let whole_units = offer_of(&[("H264/90000", "sendonly")]);
    let name = format!("/whip/r?name={}", "x".repeat(200));
    let room = format!("/whip/{}", "r".repeat(129));
    for (path, body, status, hint) in [
        ("/whip/r", "", 400, "neither sound nor pictures"),
        ("/whip/r", "hello", 400, "neither sound nor pictures"),
        ("/whip/r", &*offer("recvonly"), 400, "neither sound nor pictures"),
        ("/whip/r", &*no_keys, 400, "fingerprint"),
        ("/whip/r", &*no_mid, 400, "mid"),
        ("/whip/r", &*many, 400, "two sounds"),
        ("/whip/r", &*long, 413, "65536"),
        ("/whip/r", &*unknown, 400, "codec"),
        ("/whip/r", &*whole_units, 400, "H264 (packetization mode 1)"),
        ("/whip/direct", &*whole, 409, "not forwarded"),
        (&*name, &*whole, 400, "128 bytes"),
        (&*room, &*whole, 400, "128 bytes"),
        ("/whip/r?name=%0a", &*whole, 400, "control characters"),
    ] {
        let answer = post(&server, path, body).await;
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        assert!(answer.body.contains(hint), "{path}: {answer:?}");
    }
    for kind in ["text/plain", "", "application/json", "application/sdpx"] {
        let answer = ask(&server, "POST /whip/r", &[&of_type(kind)], &whole).await;
        assert_eq!(answer.status, 415, "{kind}: {answer:?}");
    }
    let answer =
        ask(&server, "POST /whip/r", &["content-type: Application/SDP; charset=utf-8"], &whole).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    for method in ["GET", "PUT", "PATCH", "DELETE"] {
        assert_eq!(ask(&server, &format!("{method} /whip/r"), &[], "").await.status, 405, "{method}");
    }
    // Nothing that was refused has left anybody behind.
    let (_bob, joined) = server.joined("r", "Bob").await;
    assert_eq!(joined["participants"].as_array().unwrap().len(), 1, "{joined}");
}

#[tokio::test]
async fn a_patch_takes_candidates_and_restarts_ice() {
    let server = TestServer::start().await;
    let made = post(&server, "/whip/r", &offer("sendonly")).await;
    let (at, tag) = (made.header("location"), made.header("etag"));
    let patch = format!("PATCH {at}");
    let current = format!("If-Match: {tag}");
    let with_candidates = format!("{CREDENTIALS}{CANDIDATE}");
    let restart = format!("{OTHER_CREDENTIALS}{CANDIDATE}");
    let stale = "If-Match: \"stale\"";
    let fragment = of_type(FRAGMENT);
    for (headers, body, status) in [
        (&[&*fragment, &*current][..], &*with_candidates, 204),
        (&[&fragment, "If-Match: *"], CANDIDATE, 204),
        (&[&fragment], &with_candidates, 428),
        (&[&fragment], CANDIDATE, 428),
        (&[&fragment, stale], &with_candidates, 412),
        (&[&fragment, stale], &restart, 412),
        (&[&fragment], &restart, 428),
        (&[&fragment, &current], "hello", 400),
        (&[&fragment, &current], "a=ice-ufrag:only\r\n", 400),
        (&["content-type: application/sdp", &current], &with_candidates, 415),
        (&[&fragment, &current], &"a=x\r\n".repeat(14_000), 413),
    ] {
        let answer = ask(&server, &patch, headers, body).await;
        assert_eq!(answer.status, status, "{headers:?} {body:.40}: {answer:?}");
    }
    let restarted = ask(&server, &patch, &[&fragment, "If-Match: *"], &restart).await;
    assert_eq!((restarted.status, restarted.header("content-type")), (200, FRAGMENT), "{restarted:?}");
    assert!(restarted.header("etag") != tag && !restarted.header("etag").is_empty(), "{restarted:?}");
    let ufrag = restarted.header("etag").trim_matches('"');
    assert!(restarted.body.contains(&format!("a=ice-ufrag:{ufrag}\r\n")), "{restarted:?}");
    assert!(
        restarted.body.contains("a=candidate:") && !restarted.body.contains("fingerprint"),
        "{restarted:?}"
    );
    let again = ask(&server, &patch, &[&fragment, &current], &with_candidates).await;
    assert_eq!(again.status, 412, "the ICE session of before is over");
    let nowhere = ask(&server, "PATCH /whip/r/nowhere", &[&fragment, "If-Match: *"], CANDIDATE).await;
    assert_eq!(nowhere.status, 404);
    let elsewhere = at.replace("/whip/r/", "/whip/s/");
    assert_eq!(ask(&server, &format!("DELETE {elsewhere}"), &[], "").await.status, 404);
    let viewer = at.replace("/whip/", "/whep/");
    assert_eq!(ask(&server, &format!("DELETE {viewer}"), &[], "").await.status, 404);
}

#[tokio::test]
async fn with_tokens_every_request_needs_one() {
    let server = with_token(|_| {}).await;
    let sends = offer("sendonly");
    let right = format!("Authorization: Bearer {TOKEN}");
    let sdp = of_type(SDP);
    for wrong in [
        &[&*sdp][..],
        &[&sdp, "Authorization: Bearer 0123456789abcdeX"],
        &[&sdp, "Authorization: Basic eDp5"],
    ] {
        for request in ["POST /whip/r", "POST /whep/r?participant=x", "PATCH /whip/r/x", "DELETE /whep/r/x"] {
            let answer = ask(&server, request, wrong, &sends).await;
            assert_eq!(answer.status, 401, "{request} {wrong:?}");
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{answer:?}");
        }
    }
    let made = ask(&server, "POST /whip/r", &[&sdp, &right], &sends).await;
    assert_eq!(made.status, 201, "{made:?}");
    let delete = format!("DELETE {}", made.header("location"));
    assert_eq!(ask(&server, &delete, &[&right], "").await.status, 200);
}

/// Somebody in a room whose media the server never sees.
#[tokio::test]
async fn a_token_for_a_room_lets_its_bearer_publish_or_watch_there_and_nowhere_else() {
    let key = "hs256:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE".parse::<TokenKey>().unwrap();
    let keys = vec![key.clone()];
    let server = TestServer::start_with(|options| options.token_key = keys).await;
    let sign = |room: &str, rights| {
        let token = RoomToken {
            room: RoomName::new(room).unwrap(),
            name: None,
            rights,
            exp: u64::MAX / 2,
            nbf: None,
        };
        key.sign(&token).unwrap()
    };
    let mut ada = server.client().await;
    ada.request(json!({"type": "join", "room": "r", "name": "Ada", "token": sign("r", Rights::Host)})).await;
    ada.expect("joined").await;
    let mut eve = server.client().await;
    eve.request(json!({"type": "join", "room": "r", "name": "Eve"})).await;
    eve.expect_error("token-refused").await;

    let post = async |path: &str, token: Option<&str>, direction: &str| {
        let (kind, bearer) = (of_type(SDP), format!("Authorization: Bearer {}", token.unwrap_or_default()));
        let headers = [&*kind, &bearer];
        let headers = if token.is_some() { &headers[..] } else { &headers[..1] };
        ask(&server, &format!("POST {path}"), headers, &offer(direction)).await.status
    };
    let (guest, watch, other) = (sign("r", Rights::Guest), sign("r", Rights::Watch), sign("s", Rights::Host));
    for (token, whip, whep) in
        [(None, 401, 401), (Some(&other), 401, 401), (Some(&watch), 401, 201), (Some(&guest), 201, 201)]
    {
        let token = token.map(|token| &**token);
        assert_eq!(post("/whip/r?name=Stage", token, "sendonly").await, whip, "{token:?}");
        assert_eq!(post("/whep/r", token, "recvonly").await, whep, "{token:?}");
    }
}

async fn direct(server: &TestServer) -> (TestClient, Value) {
    let mut ada = server.client().await;
    let policy = json!({"direct": "only"});
    ada.request(json!({"type": "join", "room": "direct", "name": "Ada", "policy": policy})).await;
    let joined = ada.expect("joined").await;
    (ada, joined)
}

#[tokio::test]
async fn whom_to_watch_is_an_id_or_a_name_that_one_has() {
    let server = TestServer::start().await;
    let (_ada, _) = direct(&server).await;
    for name in ["One", "Two", "Two"] {
        assert_eq!(post(&server, &format!("/whip/r?name={name}"), &offer("sendonly")).await.status, 201);
    }
    let (mut bob, joined) = server.joined("r", "Bob").await;
    let two = joined["participants"].as_array().unwrap().iter().find(|other| other["name"] == "Two").unwrap();
    let by_id = format!("/whep/r?participant={}", two["id"].as_str().unwrap());
    let receives = offer("recvonly");
    for (path, status) in [("/whep/r?participant=Two", 409), ("/whep/direct", 404)] {
        let answer = post(&server, path, &receives).await;
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        assert!(answer.body.len() > 20, "{path}: {answer:?}");
    }
    // Whether there is such a room cannot be told from the answer.
    let nobody = post(&server, "/whep/r?participant=Three", &receives).await;
    assert!(nobody.status == 404 && nobody.body.contains("no such room, or nobody"), "{nobody:?}");
    for path in ["/whep/empty?participant=One", "/whep/direct?participant=Ada"] {
        let answer = post(&server, path, &receives).await;
        assert_eq!((answer.status, &answer.body), (404, &nobody.body), "{path}");
    }
    let no_mix = post(&server, "/whep/empty", &receives).await;
    assert_eq!(no_mix.body, post(&server, "/whep/direct", &receives).await.body);
    assert_eq!(post(&server, "/whep/r?participant=One", &offer("sendonly")).await.status, 400);
    let many = post(&server, "/whep/r?participant=One", &many_lines()).await;
    assert!(many.status == 400 && many.body.contains("64 m-lines"), "{many:?}");
    for path in ["/whep/r?participant=One", &by_id, "/whep/r"] {
        let made = post(&server, path, &receives).await;
        assert_eq!(made.status, 201, "{path}: {made:?}");
        assert!(made.body.contains("a=sendonly") && !made.body.contains("a=recvonly"), "{}", made.body);
        assert!(made.header("location").starts_with("/whep/r/"), "{made:?}");
        assert_eq!(ask(&server, &format!("DELETE {}", made.header("location")), &[], "").await.status, 200);
    }
    bob.request(json!({"type": "peek", "room": "r"})).await;
    let view = hears(&mut bob, "room").await;
    assert_eq!(view["participants"].as_array().unwrap().len(), 4, "viewers are nobody");
}

#[tokio::test]
async fn a_viewer_is_gone_with_whom_it_watches() {
    let server = TestServer::start().await;
    let made = post(&server, "/whip/r?name=One", &offer("sendonly")).await;
    let viewer = post(&server, "/whep/r?participant=One", &offer("recvonly")).await;
    let delete = format!("DELETE {}", made.header("location"));
    assert_eq!(ask(&server, &delete, &[], "").await.status, 200);
    let patch = format!("PATCH {}", viewer.header("location"));
    // The viewer's end is no answer to anybody, so that it may come a moment later.
    while ask(&server, &patch, &[&of_type(FRAGMENT), "If-Match: *"], CANDIDATE).await.status != 404 {}
}

#[tokio::test]
async fn a_server_that_stops_ends_them_all() {
    let server = TestServer::start().await;
    let made = post(&server, "/whip/r?name=One", &offer("sendonly")).await;
    let server = server.restart().await;
    let delete = format!("DELETE {}", made.header("location"));
    assert_eq!(ask(&server, &delete, &[], "").await.status, 404);
}

#[tokio::test]
async fn pages_of_other_origins_may_where_the_operator_allows_it() {
    let server = with_token(|options| options.allow_origin = vec!["https://friend.example".to_owned()]).await;
    let preflight = ["Origin: https://friend.example", "Access-Control-Request-Method: PATCH"];
    let answer = ask(&server, "OPTIONS /whip/r/x", &preflight, "").await;
    assert_eq!(answer.status, 204, "{answer:?}");
    assert_eq!(answer.header("access-control-allow-origin"), "https://friend.example");
    for (header, names) in [
        ("access-control-allow-methods", ["POST", "PATCH", "DELETE"]),
        ("access-control-allow-headers", ["authorization", "content-type", "if-match"]),
        ("access-control-expose-headers", ["location", "etag", "link"]),
    ] {
        assert!(names.iter().all(|name| answer.header(header).contains(name)), "{header}: {answer:?}");
    }
    let foreign = ask(&server, "OPTIONS /whip/r", &["Origin: https://evil.example"], "").await;
    assert_eq!(foreign.status, 403);
    let own = ask(&server, "OPTIONS /whip/r", &[], "").await;
    assert_eq!((own.status, own.header("accept-post")), (204, SDP), "{own:?}");
    let resource = ask(&server, "OPTIONS /whip/r/x", &[], "").await;
    assert_eq!((resource.status, resource.header("accept-patch")), (204, FRAGMENT), "{resource:?}");
}

#[tokio::test]
async fn an_address_that_offers_too_often_is_told_to_wait() {
    let server = TestServer::start().await;
    let mut answers = Vec::new();
    for _ in 0..70 {
        answers.push(post(&server, "/whip/r", "").await);
    }
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert!((5..=10).contains(&refused.len()), "{}", refused.len());
    assert!(!refused[0].header("retry-after").is_empty());
}

/// A program of aiortc.
struct Aiortc {
    child: Child,
    said: BufReader<ChildStdout>,
}

impl Aiortc {
    fn start(arguments: &[&str]) -> Self {
        assert!(
            Path::new(PYTHON).exists(),
            "aiortc is missing: `make test` installs it, or `scripts/need.sh test`"
        );
        let mut command = Command::new(PYTHON);
        command.arg(SCRIPT).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        Self { child, said }
    }

    /// The next line that it says.
    fn says(&mut self) -> Value {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    /// Lets it end by itself; the last thing it says.
    fn end(mut self) -> Value {
        drop(self.child.stdin.take());
        let last = self.says();
        assert!(self.child.wait().unwrap().success());
        last
    }
}

impl Drop for Aiortc {
    fn drop(&mut self) {
        // It has ended already, unless the test has failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Publishes in this codec, and watches that.
async fn is_published_and_watched(codec: &'static str) {
    let server = TestServer::start().await;
    let address = server.address;
    let (mut ada, _) = {
        let mut client = server.client().await;
        client
            .request(json!({"type": "join", "room": "r", "name": "Ada", "policy": {"direct": "never"}}))
            .await;
        let joined = client.expect("joined").await;
        (client, joined)
    };
    let all = tokio::task::spawn_blocking(move || {
        let mut publisher =
            Aiortc::start(&["publish", &format!("http://{address}/whip/r?name=Stage"), codec]);
        assert_eq!(publisher.says(), json!({"published": true}));
        let mut viewer = Aiortc::start(&["watch", &format!("http://{address}/whep/r?participant=Stage")]);
        assert_eq!(viewer.says(), json!({"watching": true}));
        let watched = viewer.says();
        (watched, viewer.end(), publisher.end())
    });
    let (watched, viewer, publisher) = all.await.unwrap();
    assert_eq!(watched["seen"], json!({"frames": 10, "size": [320, 240], "colour": true}), "{watched}");
    assert!(watched["heard"]["loudest"].as_i64().unwrap() > 4000, "{watched}");
    assert_eq!((viewer, publisher), (json!({"deleted": 200}), json!({"deleted": 200})));
    let came = hears(&mut ada, "participant-joined").await;
    assert_eq!(came["participant"]["name"], "Stage");
    let left = hears(&mut ada, "participant-left").await;
    assert_eq!(left["reason"], "left");
}

#[tokio::test]
async fn what_aiortc_publishes_in_vp8_is_what_aiortc_watches() {
    is_published_and_watched("VP8").await;
}

#[tokio::test]
async fn what_aiortc_publishes_in_h264_is_what_aiortc_watches() {
    is_published_and_watched("H264").await;
}
