//! Whom a relay may not reach, over real sockets; and coturn as a server that is known to be wrong about it, so that the list
//! is known to find one.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

#[expect(dead_code, reason = "made for the tests of the media threads, too")]
#[path = "../src/media/tests/client.rs"]
mod client;
mod common;
#[path = "deny/coturn.rs"]
mod coturn;
#[path = "../../turn/tests/behaviour/special.rs"]
mod special;

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

use client::{Client, Wire};
use common::TestServer;
use coturn::Coturn;
use special::DENIED;
use visavis_turn::Cidr;

/// Far longer than anything takes: a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);
/// Of both servers.
const SECRET: &str = "a secret of the operator";

/// Every address of the list, with the name of its range.
fn denied() -> impl Iterator<Item = (&'static str, IpAddr)> {
    DENIED.iter().flat_map(|(range, ips)| ips.iter().map(move |ip| (*range, ip.parse().unwrap())))
}

/// Relays of both families, whose own addresses are not in the list. What is sent to these leaves the machine neither.
async fn server(opened: &[&str]) -> TestServer {
    TestServer::start_with(|options| {
        options.public_ip = ["127.0.0.77", "fe80::77"].map(|ip| ip.parse().unwrap()).to_vec();
        options.turn_secret = Some(SECRET.to_owned());
        options.turn_challenges = 10_000;
        options.turn_allow_peer = opened.iter().map(|range| range.parse().unwrap()).collect();
    })
    .await
}

/// A client with a relay of this family.
fn allocated(server: SocketAddr, ipv6: bool) -> Client {
    let socket = UdpSocket::bind((server.ip(), 0)).unwrap();
    socket.connect(server).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut client = Client::new(Wire::Udp(socket), SECRET);
    client.allocate(ipv6).unwrap();
    client
}

/// One client for each family.
struct Clients {
    v4: Client,
    v6: Client,
}

impl Clients {
    fn of(server: SocketAddr) -> Self {
        Self { v4: allocated(server, false), v6: allocated(server, true) }
    }

    fn for_peer(&mut self, peer: IpAddr) -> &mut Client {
        if peer.is_ipv4() { &mut self.v4 } else { &mut self.v6 }
    }

    /// What CreatePermission and ChannelBind come to for every address: 403, another code, or nothing.
    fn ask(&mut self) -> Vec<(&'static str, IpAddr, [Option<u16>; 2])> {
        let numbers = 0x4000..;
        let asked = denied().zip(numbers).map(|((range, ip), number)| {
            let (client, peer) = (self.for_peer(ip), SocketAddr::new(ip, 9));
            (range, ip, [client.try_permit(peer).err(), client.try_bind_channel(number, peer).err()])
        });
        asked.collect()
    }
}

/// A socket of this machine that clients try to reach.
fn listening(ip: &str) -> UdpSocket {
    let socket = UdpSocket::bind((ip, 0)).unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}

const INDICATION: &[u8] = b"in an indication";
const CHANNEL: &[u8] = b"on a channel";

/// Does all that a client can to reach `ip` at the port of `socket`, and tells what came there.
fn press(client: &mut Client, number: u16, ip: IpAddr, socket: &UdpSocket) -> Vec<Vec<u8>> {
    let peer = SocketAddr::new(ip, socket.local_addr().unwrap().port());
    let _ = client.try_permit(peer);
    let _ = client.try_bind_channel(number, peer);
    client.send(peer, INDICATION);
    client.send_on(number, CHANNEL);
    // An answer may overtake what was received together with its request, but not what was received before.
    client.binding();
    client.binding();
    let mut buffer = [0; 64];
    let mut arrived = Vec::new();
    loop {
        match socket.recv(&mut buffer) {
            Ok(length) => arrived.push(buffer[..length].to_vec()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return arrived,
            Err(error) => panic!("{error}"),
        }
    }
}

/// The ways to this machine's own loopback, and where they end.
const TO_LOOPBACK: [(&str, &str); 6] = [
    ("127.0.0.1", "127.0.0.1"),
    ("127.0.0.2", "127.0.0.2"),
    ("0.0.0.0", "127.0.0.1"),
    ("::1", "::1"),
    ("::", "::1"),
    ("::ffff:127.0.0.1", "127.0.0.1"),
];

#[tokio::test]
async fn every_special_purpose_address_is_refused_with_403() {
    let server = server(&[]).await;
    let address = server.address;
    let answers = tokio::task::spawn_blocking(move || Clients::of(address).ask()).await.unwrap();
    for (range, ip, codes) in answers {
        assert_eq!(codes, [Some(403), Some(403)], "CreatePermission and ChannelBind for {ip} ({range})");
    }
}

#[tokio::test]
async fn an_opened_range_is_permitted_and_nothing_else() {
    let opened = ["169.254.0.0/16", "fc00::/7"];
    let ranges = opened.map(|range| range.parse::<Cidr>().unwrap());
    let server = server(&opened).await;
    let address = server.address;
    let answers = tokio::task::spawn_blocking(move || Clients::of(address).ask()).await.unwrap();
    for (range, ip, codes) in answers {
        let expected = if ranges.iter().any(|range| range.contains(&ip)) { None } else { Some(403) };
        assert_eq!(codes, [expected; 2], "CreatePermission and ChannelBind for {ip} ({range})");
    }
}

#[tokio::test]
async fn nothing_comes_to_the_servers_own_loopback() {
    let server = server(&[]).await;
    let address = server.address;
    let pressing = tokio::task::spawn_blocking(move || {
        let mut clients = Clients::of(address);
        for ((ip, end), number) in TO_LOOPBACK.into_iter().zip(0x4000..) {
            let (socket, peer) = (listening(end), ip.parse().unwrap());
            let arrived = press(clients.for_peer(peer), number, peer, &socket);
            assert_eq!(arrived, Vec::<Vec<u8>>::new(), "{ip}");
        }
    });
    pressing.await.unwrap();
}

/// Without `--public-ip` on loopback, relays themselves are at 127.0.0.1, which is permitted so that they reach each other.
#[tokio::test]
async fn nothing_but_relays_is_reached_at_the_address_of_relays() {
    for ip in ["127.0.0.1", "::1"] {
        let server = TestServer::start_with(|options| {
            options.listen = vec![SocketAddr::new(ip.parse().unwrap(), 0)];
            options.turn_secret = Some(SECRET.to_owned());
            options.turn_challenges = 10_000;
        })
        .await;
        let address = server.address;
        let pressing = tokio::task::spawn_blocking(move || {
            let mut client = allocated(address, address.is_ipv6());
            let arrived = press(&mut client, 0x4000, address.ip(), &listening(ip));
            assert_eq!(arrived, Vec::<Vec<u8>>::new(), "{ip}");
        });
        pressing.await.unwrap();
    }
}

#[tokio::test]
async fn an_opened_loopback_is_reached() {
    let server = server(&["127.0.0.0/8", "::1/128"]).await;
    let address = server.address;
    let pressing = tokio::task::spawn_blocking(move || {
        let mut clients = Clients::of(address);
        for ((ip, end), number) in TO_LOOPBACK.into_iter().zip(0x4000..) {
            let (socket, peer) = (listening(end), ip.parse().unwrap());
            let arrived = press(clients.for_peer(peer), number, peer, &socket);
            let expected: &[&[u8]] = if ip == end { &[INDICATION, CHANNEL] } else { &[] };
            assert_eq!(arrived, expected, "{ip}");
        }
    });
    pressing.await.unwrap();
}

/// The control: the list, asked in the same way, finds a server that lets clients reach special-purpose addresses.
#[tokio::test]
async fn the_list_finds_a_server_that_is_wrong() {
    let answers = tokio::task::spawn_blocking(|| {
        let coturn = Coturn::start();
        Clients::of(coturn.address).ask()
    });
    let answers = answers.await.unwrap();
    let wrong = answers.iter().filter(|(_, _, codes)| codes.contains(&None));
    let mut ranges: Vec<_> = wrong.map(|(range, _, _)| *range).collect();
    ranges.dedup();
    eprintln!("coturn lets clients reach something in {} ranges: {ranges:#?}", ranges.len());
    assert!(ranges.len() >= 10, "{ranges:?}");
    // It is right about some, so that it has been asked properly.
    assert!(answers.iter().any(|(_, _, codes)| *codes == [Some(403); 2]), "{answers:?}");
}
