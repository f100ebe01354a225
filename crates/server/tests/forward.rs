//! The forwarder over real sockets: several media threads, ICE-TCP, a NAT before the server, and datagrams of strangers.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

#[path = "forward/caller.rs"]
mod caller;
mod common;

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use caller::{Caller, until};
use common::TestServer;
use serde_json::json;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// Enough to know that it goes on.
const SOME: u64 = 10;

/// How often something is done: a little in every run, much in `make test-long`.
fn count(some: usize, many: usize) -> usize {
    if std::env::var_os("VISAVIS_TEST_LONG").is_some() { many } else { some }
}

fn all_hear(callers: &[Caller]) -> bool {
    callers.iter().all(|caller| caller.heard >= SOME)
}

/// The counter of that name.
async fn metric(server: &TestServer, name: &str) -> u64 {
    let text = metrics(server).await;
    let line = text.lines().find(|line| line.starts_with(&format!("visavis_sfu_{name} "))).unwrap();
    line.split(' ').nth(1).unwrap().parse().unwrap()
}

async fn metrics(server: &TestServer) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_whose_datagrams_come_in_at_any_thread_hear_each_other() {
    let server = TestServer::start_with(|options| options.media_threads = Some(4)).await;
    let mut callers = Vec::new();
    for number in 0..6 {
        callers.push(Caller::join(&server, &format!("c{number}"), false, None).await);
    }
    Caller::run_until(&mut callers, |callers| callers.iter().all(|caller| caller.connected));
    // Of six, three are heard: all hear somebody but at most one of these three alone.
    Caller::run_until(&mut callers, all_hear);
    assert_eq!(metric(&server, "endpoints").await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_over_tcp_and_one_over_udp_hear_each_other() {
    let server = TestServer::start_with(|options| options.media_threads = Some(3)).await;
    let mut callers =
        [Caller::join(&server, "tcp", true, None).await, Caller::join(&server, "udp", false, None).await];
    Caller::run_until(&mut callers, all_hear);
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_reach_the_server_at_the_address_of_the_nat_before_it() {
    let public = "127.0.0.77".parse().unwrap();
    let server = TestServer::start_with(|options| options.public_ip = vec![public]).await;
    let nat = Arc::new(UdpSocket::bind((public, server.address.port())).unwrap());
    let stop = Arc::new(AtomicBool::new(false));
    let thread = std::thread::spawn({
        let (nat, stop, inside) = (Arc::clone(&nat), Arc::clone(&stop), server.address);
        move || translate(&nat, inside, &stop)
    });
    let mut callers =
        [Caller::join(&server, "a", false, None).await, Caller::join(&server, "b", false, None).await];
    Caller::run_until(&mut callers, all_hear);
    stop.store(true, Ordering::Release);
    nat.send_to(&[], nat.local_addr().unwrap()).unwrap();
    thread.join().unwrap();
}

/// A NAT with one address of its own for the server, and a port of the inside for everyone outside.
fn translate(nat: &Arc<UdpSocket>, inside: SocketAddr, stop: &Arc<AtomicBool>) {
    let mut ports: Vec<(SocketAddr, Arc<UdpSocket>)> = Vec::new();
    let mut buffer = [0; 2048];
    while let Ok((length, from)) = nat.recv_from(&mut buffer) {
        if stop.load(Ordering::Acquire) {
            return;
        }
        let known = ports.iter().find(|(outside, _)| *outside == from).map(|(_, port)| Arc::clone(port));
        let port = known.unwrap_or_else(|| {
            let port = Arc::new(UdpSocket::bind("127.0.0.1:0").unwrap());
            port.connect(inside).unwrap();
            ports.push((from, Arc::clone(&port)));
            let (back, out) = (Arc::clone(&port), Arc::clone(nat));
            std::thread::spawn(move || {
                let mut buffer = [0; 2048];
                while let Ok(length) = back.recv(&mut buffer) {
                    if out.send_to(&buffer[..length], from).is_err() {
                        return;
                    }
                }
            });
            port
        });
        port.send(&buffer[..length]).unwrap();
    }
}

/// The first record of a DTLS handshake (RFC 6347), as far as anybody looks at it before there is an association.
fn client_hello() -> Vec<u8> {
    let mut record = vec![22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60];
    record.extend_from_slice(&[1, 0, 0, 48, 0, 0, 0, 0, 0, 0, 0, 48, 254, 253]);
    record.resize(13 + 60, 7);
    record
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_connect_while_a_stranger_sends_handshakes_and_noise_to_the_port() {
    let server = TestServer::start().await;
    let stop = Arc::new(AtomicBool::new(false));
    let spray = std::thread::spawn({
        let (stop, to) = (Arc::clone(&stop), server.address);
        move || {
            let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
            let mut length = 1;
            while !stop.load(Ordering::Acquire) {
                // A port that cannot take more for the moment is what this is about.
                let _ = socket.send_to(&client_hello(), to);
                let _ = socket.send_to(&vec![u8::try_from(length % 256).unwrap(); length], to);
                length = length % 1500 + 1;
                std::thread::yield_now();
            }
        }
    });
    for _ in 0..count(4, 250) {
        let mut callers = Vec::new();
        for number in 0..4 {
            callers.push(Caller::join(&server, &format!("c{number}"), false, None).await);
        }
        Caller::run_until(&mut callers, |callers| callers.iter().all(|caller| caller.connected));
        for caller in callers {
            // Whoever is gone without a word may come back, and keeps their place until then.
            caller.signaling.close(Some(CloseCode::Normal)).await;
        }
    }
    stop.store(true, Ordering::Release);
    spray.join().unwrap();
    assert_eq!(metric(&server, "failed_endpoints_total").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_from_another_address_or_comes_again_is_not_forwarded() {
    let server = TestServer::start().await;
    let mut callers =
        [Caller::join(&server, "a", false, None).await, Caller::join(&server, "b", false, None).await];
    Caller::run_until(&mut callers, all_hear);
    // Nobody says anything from here on but a stranger, and somebody who repeats.
    let quiet = metric(&server, "received_packets_total").await;
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    let repeated = callers[0].last_sent.clone();
    let way = UdpSocket::bind("127.0.0.1:0").unwrap();
    assert_ne!(way.local_addr().unwrap(), callers[0].local());
    for number in 0..count(200, 20_000) {
        stranger.send_to(&repeated, server.address).unwrap();
        let noise: Vec<u8> =
            (0..number % 1500 + 1).map(|place| u8::try_from((place * 31 + number) % 256).unwrap()).collect();
        stranger.send_to(&noise, server.address).unwrap();
        callers[0].repeat(&repeated);
        callers[0].repeat(&noise_of_rtp(number));
    }
    // A packet that is good comes after all of these, on the same way.
    let heard = callers[1].heard;
    Caller::run_until(&mut callers, |callers| callers[1].heard >= heard + SOME);
    let since = metric(&server, "received_packets_total").await - quiet;
    assert!(since < 150, "{since} packets were taken, of some that the two have sent meanwhile");
    assert_eq!(metric(&server, "failed_endpoints_total").await, 0);
}

/// What looks like a packet of some stream.
fn noise_of_rtp(number: usize) -> Vec<u8> {
    let mut packet = vec![0x80, 111];
    packet.extend((0..number % 1400 + 10).map(|place| u8::try_from((place * 17 + number) % 256).unwrap()));
    packet
}

#[tokio::test]
async fn an_offer_that_cannot_be_answered_gets_an_error_and_the_others_notice_nothing() {
    let server = TestServer::start().await;
    let mut ada = server.client().await;
    ada.request(json!({"type": "join", "room": "r", "name": "Ada", "policy": {"direct": "never"}})).await;
    until(&mut ada, "joined").await;
    let head = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n\
                a=setup:actpass\r\na=fingerprint:sha-256 AA:BB\r\n";
    let line = |mid: usize| {
        format!(
            "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:{mid}\r\na=recvonly\r\na=rtpmap:96 VP8/90000\r\n"
        )
    };
    let many: String = (0..400).map(line).collect();
    for sdp in [
        String::new(),
        "v=0\r\n".to_owned(),
        head.to_owned(),
        format!("{head}m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\n"),
        format!("{head}{many}"),
        format!("{head}{}{}", line(0), line(0)),
        line(0),
    ] {
        let description = json!({"type": "offer", "sdp": sdp});
        let request = json!({"type": "forward", "connection": 1, "description": description, "sources": {}});
        let id = ada.request(request).await;
        let error = ada.expect_error("offer-refused").await;
        assert_eq!(error["re"], id, "{error}");
        assert!(error["message"].as_str().unwrap().len() > 20, "{error}");
    }
    assert_eq!(metric(&server, "endpoints").await, 0);
    assert_eq!(metric(&server, "failed_endpoints_total").await, 0);
    let mut callers =
        [Caller::join(&server, "b", false, None).await, Caller::join(&server, "c", false, None).await];
    Caller::run_until(&mut callers, all_hear);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_leg_is_dead_goes_on_by_the_server_and_that_is_measured() {
    let server = TestServer::start().await;
    let mut callers = Vec::new();
    for name in ["ada", "bob"] {
        callers.push(Caller::join_with("auto", &server, name, false, None).await);
    }
    Caller::run_until(&mut callers, |callers| callers.iter().all(|caller| caller.connected));
    let costs = loop {
        callers[0].signaling.request(json!({"type": "costs", "room": "r"})).await;
        let costs = until(&mut callers[0].signaling, "costs").await;
        let standbys = costs["participants"].as_array().unwrap();
        if standbys.iter().all(|participant| participant["standby"] == true) {
            break costs;
        }
    };
    assert_eq!(costs["plan"]["forwarded"], json!([]));
    // What is sent already, as these two do, is not for anybody.
    assert_eq!(callers.iter().map(|caller| caller.heard).sum::<u64>(), 0);
    let publisher = callers[1].id.clone();
    callers[0].signaling.request(json!({"type": "stalled", "publisher": publisher})).await;
    Caller::run_until(&mut callers, all_hear);
    let mut plan = json!(null);
    for caller in &mut callers {
        plan = until(&mut caller.signaling, "plan").await;
        assert_eq!(plan["forwarded"].as_array().unwrap().len(), 2, "{plan}");
    }
    for switch in plan["switches"].as_array().unwrap() {
        let other = callers.iter_mut().find(|caller| json!(caller.id) != switch["publisher"]).unwrap();
        other.signaling.request(json!({"type": "switch-ready", "switch": switch["id"]})).await;
        other.signaling.request(json!({"type": "switch-gap", "switch": switch["id"], "sound": 20})).await;
    }
    while plan["switches"] != json!([]) {
        plan = until(&mut callers[0].signaling, "plan").await;
    }
    let text = metrics(&server).await;
    assert!(text.contains("visavis_switches_total{outcome=\"committed\"} 2\n"), "{text}");
    assert!(text.contains("visavis_switch_gap_seconds_count{kind=\"sound\"} 2\n"), "{text}");
    let mut costs = json!({"server": {"packets_in": 0}});
    while costs["server"]["packets_in"] == 0 {
        let heard = callers[1].heard;
        Caller::run_until(&mut callers, |callers| callers[1].heard >= heard + 5);
        callers[0].signaling.request(json!({"type": "costs", "room": "r"})).await;
        costs = until(&mut callers[0].signaling, "costs").await;
    }
    assert_eq!(costs["switches"].as_array().unwrap().len(), 2);
}
