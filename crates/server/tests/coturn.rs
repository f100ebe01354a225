//! Debian's `turnutils_uclient` against the real server: a TURN client that is not ours, in every way it has that is a
//! standard. Its `-Z` (both families) is not one: version 4.6.1 asks by a number of an early draft (0x8032).

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, Command, Output, Stdio};

use common::TestServer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use visavis_server::Tls;
use visavis_turn::credentials::User;

const CLIENTS: &str = "4";
const PACKETS_EACH: &str = "20";
/// Packets of all clients.
const PACKETS: &str = "80";

/// A server that lets the client do what it wants: reach peers on loopback, and ask often.
async fn server(listen: &str) -> TestServer {
    let user = User { name: "ada".to_owned(), password: "her password".to_owned() };
    TestServer::start_with(|options| {
        options.listen = vec![listen.parse().unwrap()];
        options.turn_user = vec![user];
        options.turn_secret = Some("a secret of the operator".to_owned());
        options.turn_allow_peer = ["127.0.0.0/8", "::1/128"].map(|range| range.parse().unwrap()).to_vec();
        options.turn_challenges = 10_000;
        options.tls = Tls::SelfSigned;
        options.turn_per_user = 10_000;
        options.turn_per_address = 10_000;
        // A port that is kept for somebody is not open yet. Where the kernel gives ports to programs of its own choice, one of
        // this client's many sockets may have it by then.
        options.relay_ports = 61_000..=65_535;
    })
    .await
}

/// A peer that sends everything back; it ends with this.
struct Peer {
    child: Child,
    address: SocketAddr,
}

impl Peer {
    fn start(ip: &str) -> Self {
        let address = UdpSocket::bind((ip, 0)).unwrap().local_addr().unwrap();
        let mut command = program("turnutils_peer");
        command
            .args(["-L", ip, "-p", &address.port().to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Self { child: command.spawn().unwrap(), address }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn program(name: &str) -> Command {
    let there = Command::new(name).arg("-h").stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(there.is_ok(), "{name} is missing: `make test` installs it, or `apt-get install coturn`");
    Command::new(name)
}

/// Runs the client to its end.
fn client(server: SocketAddr, peer: SocketAddr, more: &[&str]) -> Output {
    let mut command = program("turnutils_uclient");
    command.args(["-l", "170", "-z", "5", "-n", PACKETS_EACH, "-m", CLIENTS]).args(more);
    command.args([
        "-p",
        &server.port().to_string(),
        "-r",
        &peer.port().to_string(),
        "-e",
        &peer.ip().to_string(),
    ]);
    command.arg(server.ip().to_string()).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Runs the client in each of these ways, all at once, and sees every packet come back.
async fn runs_clean(listen: &str, ways: &'static [&'static [&'static str]]) {
    let server = server(listen).await;
    let address = server.address;
    let peer = Peer::start(&address.ip().to_string());
    let peer_address = peer.address;
    let runs =
        ways.iter().map(|way| tokio::task::spawn_blocking(move || (way, client(address, peer_address, way))));
    for run in runs.collect::<Vec<_>>() {
        let (way, output) = run.await.unwrap();
        let text = text(&output);
        let all = format!("tot_send_msgs={PACKETS}, tot_recv_msgs={PACKETS}");
        assert!(output.status.success() && text.contains(&all), "{way:?}:\n{text}");
    }
    drop(peer);
    counts_what_was_relayed(address).await;
}

/// All of it is in the metrics.
async fn counts_what_was_relayed(server: SocketAddr) {
    let mut stream = TcpStream::connect(server).await.unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: there\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let value = |name: &str| -> u64 {
        let line = answer.lines().find_map(|line| line.strip_prefix(&format!("visavis_{name} ")));
        line.unwrap_or_else(|| panic!("no {name} in\n{answer}")).parse().unwrap()
    };
    assert!(value("turn_allocated_total") >= CLIENTS.parse().unwrap(), "{answer}");
    assert!(value("turn_to_peers_bytes_total") >= 170 * PACKETS.parse::<u64>().unwrap(), "{answer}");
    assert!(value("turn_to_clients_bytes_total") >= 170 * PACKETS.parse::<u64>().unwrap(), "{answer}");
}

const USER: [&str; 4] = ["-u", "ada", "-w", "her password"];

#[tokio::test(flavor = "multi_thread")]
async fn every_packet_comes_back_over_udp_and_tcp_on_channels_and_in_indications() {
    const WAYS: &[&[&str]] = &[
        &[USER[0], USER[1], USER[2], USER[3]],
        &["-s", USER[0], USER[1], USER[2], USER[3]],
        &["-t", USER[0], USER[1], USER[2], USER[3]],
        &["-t", "-s", USER[0], USER[1], USER[2], USER[3]],
        // Padding over UDP too, DONT-FRAGMENT, and requests more often than is needed.
        &["-D", USER[0], USER[1], USER[2], USER[3]],
        &["-s", "-g", USER[0], USER[1], USER[2], USER[3]],
        &["-G", USER[0], USER[1], USER[2], USER[3]],
    ];
    runs_clean("127.0.0.1:0", WAYS).await;
}

/// Over TLS the client takes what it reads at once for one message, and leaves several uncounted; but it tells how much it reads,
/// which with `-c` is data only.
#[tokio::test(flavor = "multi_thread")]
async fn every_packet_comes_back_over_tls() {
    const CHANNEL_DATA: usize = 4 + 172;
    const INDICATION: usize = 20 + 12 + 4 + 172;
    const WAYS: [(&[&str], usize); 2] = [(&[], CHANNEL_DATA), (&["-s"], INDICATION)];
    let server = server("127.0.0.1:0").await;
    let peer = Peer::start("127.0.0.1");
    let (address, peer_address) = (server.address, peer.address);
    let runs = WAYS.map(|(way, each)| {
        let more = [&["-t", "-S", "-v", "-c"], &USER[..], way].concat();
        (way, each, tokio::task::spawn_blocking(move || client(address, peer_address, &more)))
    });
    for (way, each, run) in runs {
        let output = run.await.unwrap();
        let text = text(&output);
        assert!(output.status.success(), "{way:?}:\n{text}");
        let (_, connected) = text.split_once("Total connect time").unwrap();
        let sizes = connected.lines().filter_map(|line| line.split_once("response received: size="));
        let bytes: usize = sizes.map(|(_, size)| size.trim().parse::<usize>().unwrap()).sum();
        assert_eq!(bytes, PACKETS.parse::<usize>().unwrap() * each, "{way:?}:\n{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clients_reach_each_other_through_their_relays_with_time_limited_credentials() {
    const WAYS: &[&[&str]] = &[
        &["-y", "-u", "ada", "-W", "a secret of the operator"],
        &["-y", "-s", "-u", "ada", "-W", "a secret of the operator"],
        &["-y", "-t", "-u", "ada", "-W", "a secret of the operator"],
    ];
    runs_clean("127.0.0.1:0", WAYS).await;
}

/// Each client connects to the relays of the others (RFC 6062). Its passive way (`-P`) is no test: half of its messages are lost
/// with every server, coturn's too.
#[tokio::test(flavor = "multi_thread")]
async fn connections_are_relayed_to_peers_and_from_them() {
    const WAYS: &[&[&str]] = &[&["-T", USER[0], USER[1], USER[2], USER[3]]];
    runs_clean("127.0.0.1:0", WAYS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ipv6_is_relayed_alike() {
    const WAYS: &[&[&str]] = &[
        &["-x", USER[0], USER[1], USER[2], USER[3]],
        &["-x", "-y", "-t", USER[0], USER[1], USER[2], USER[3]],
    ];
    runs_clean("[::1]:0", WAYS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_requests_are_refused_and_a_good_client_is_not_disturbed() {
    let server = server("127.0.0.1:0").await;
    let peer = Peer::start("127.0.0.1");
    let (address, peer_address) = (server.address, peer.address);
    let with = |more: &'static [&'static str]| {
        tokio::task::spawn_blocking(move || client(address, peer_address, &[&USER[..], more].concat()))
    };
    let (good, bad) = tokio::join!(with(&[]), with(&["-N"]));
    let bad = text(&bad.unwrap());
    assert!(bad.contains("error 400"), "{bad}");
    let good = text(&good.unwrap());
    assert!(good.contains(&format!("tot_recv_msgs={PACKETS}")), "{good}");
    let stranger = client(address, peer_address, &["-u", "ada", "-w", "another password"]);
    assert!(!stranger.status.success(), "{}", text(&stranger));
}
