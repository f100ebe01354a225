//! The media threads with real sockets on the loopback interface.

mod authority;
mod client;
mod tcp;
mod tls;

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use foldhash::fast::RandomState;
use mio::{Poll, Waker};
use visavis_turn::credentials::Secret;
use visavis_turn::{ClientAddr, Delivery, FiveTuple, ServerAddr, Transport};

use crate::recordings::Recordings;

use super::connection::{Connection, ReadOutcome, Stuck};
use super::mail::{Letter, Mailbox, Speaks};
use super::stream::Stream;
use super::token::Token;
use super::{AdoptError, MediaCounts, MediaHandle, Options, Thread, bind_udp, spawn};
use client::{Client, Wire, receive, relays_both_ways};

/// Media threads.
const THREADS: usize = 2;
const SECRET: &str = "a secret of the operator";
/// Far longer than anything takes: a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);
/// Far longer than that.
const NEVER: Duration = Duration::from_secs(3600);

fn options() -> Options {
    let mut turn = visavis_turn::Options::new("example.org", Secret::new(SECRET));
    turn.allow_peers = ["127.0.0.0/8", "::1/128"].map(|range| range.parse().unwrap()).to_vec();
    Options::new(turn, visavis_sfu::Options::default())
}

/// Media threads, and the address of their shared port.
struct Media {
    handle: MediaHandle,
    listener: TcpListener,
    udp: SocketAddr,
}

impl Media {
    fn on(ip: &str, options: Options) -> Self {
        let free = UdpSocket::bind((ip, 0)).unwrap().local_addr().unwrap();
        let sockets = bind_udp(free, THREADS).unwrap().into_iter().map(|socket| vec![socket]).collect();
        let listener = TcpListener::bind((ip, 0)).unwrap();
        Self { handle: spawn(options, sockets, &Recordings::off("a test")).unwrap().0, listener, udp: free }
    }

    fn udp_client(&self, ip: &str) -> Client {
        let socket = UdpSocket::bind((if ip.contains(':') { "::1" } else { "127.0.0.1" }, 0)).unwrap();
        socket.connect((ip, self.udp.port())).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Client::new(Wire::Udp(socket), SECRET)
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.listener.local_addr().unwrap()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        self.handle.adopt_tcp(self.listener.accept().unwrap().0).unwrap();
        stream
    }

    fn tcp_client(&self) -> Client {
        Client::new(Wire::Tcp(self.connect()), SECRET)
    }
}

fn peer(ip: &str) -> UdpSocket {
    let peer = UdpSocket::bind((ip, 0)).unwrap();
    peer.set_read_timeout(Some(PATIENCE)).unwrap();
    peer
}

/// A connection closed before all was read is reset.
fn is_reset(result: &std::io::Result<usize>) -> bool {
    result.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset)
}

#[test]
fn udp_client_and_peer_exchange_data_through_a_relay() {
    let media = Media::on("127.0.0.1", options());
    relays_both_ways(media.udp_client("127.0.0.1"), &peer("127.0.0.1"));
    media.handle.shutdown();
}

#[test]
fn client_is_told_that_nobody_listens_at_a_peer_s_port_and_others_get_all_that_is_sent() {
    for (ip, port_unreachable) in [("127.0.0.1", (3, 3)), ("::1", (1, 4))] {
        let media = Media::on(ip, options());
        let mut client = media.udp_client(ip);
        let live = peer(ip);
        let closed = peer(ip).local_addr().unwrap();
        client.allocate(closed.is_ipv6()).unwrap();
        client.permit(closed);
        let (kind, code) = port_unreachable;
        for round in 0..3 {
            client.send(closed, b"is anybody there?");
            assert_eq!(client.icmp(), (closed, kind, code));
            client.send(closed, b"again");
            client.send(live.local_addr().unwrap(), &[round]);
            assert_eq!(receive(&live).0, [round]);
            assert_eq!(client.icmp(), (closed, kind, code));
        }
        media.handle.shutdown();
    }
}

#[test]
fn tcp_client_and_peer_exchange_data_through_a_relay() {
    let media = Media::on("127.0.0.1", options());
    relays_both_ways(media.tcp_client(), &peer("127.0.0.1"));
    media.handle.shutdown();
}

#[test]
fn ipv6_client_and_peer_exchange_data_through_a_relay() {
    let media = Media::on("::1", options());
    relays_both_ways(media.udp_client("::1"), &peer("::1"));
    relays_both_ways(media.tcp_client(), &peer("::1"));
    media.handle.shutdown();
}

#[test]
fn socket_for_both_families_serves_each_as_itself() {
    let media = Media::on("::", options());
    relays_both_ways(media.udp_client("127.0.0.1"), &peer("127.0.0.1"));
    relays_both_ways(media.udp_client("::1"), &peer("::1"));
    media.handle.shutdown();
}

#[test]
fn answer_leaves_from_the_address_that_the_request_came_to() {
    let media = Media::on("0.0.0.0", options());
    // The client's socket takes nothing from any other address.
    for ip in ["127.0.0.1", "127.0.0.2", "127.7.7.7"] {
        let mut client = media.udp_client(ip);
        assert_eq!(client.binding(), client.address());
        assert_eq!(client.allocate(false).unwrap().ip(), ip.parse::<IpAddr>().unwrap());
    }
    media.handle.shutdown();
}

#[test]
fn two_clients_talk_through_two_relays() {
    let media = Media::on("127.0.0.1", options());
    let (mut ada, mut bea) = (media.udp_client("127.0.0.1"), media.tcp_client());
    let (from_ada, from_bea) = (ada.allocate(false).unwrap(), bea.allocate(false).unwrap());
    ada.permit(from_bea);
    bea.permit(from_ada);
    ada.send(from_bea, b"hello");
    assert_eq!(bea.data(), (from_ada, b"hello".to_vec()));
    bea.send(from_ada, b"hello to you");
    assert_eq!(ada.data(), (from_bea, b"hello to you".to_vec()));
    media.handle.shutdown();
}

#[test]
fn what_is_not_for_stun_or_turn_is_not_answered() {
    let media = Media::on("127.0.0.1", options());
    let mut client = media.udp_client("127.0.0.1");
    client.raw(&[0x16, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    client.raw(&[0x80; 40]);
    client.check();
    // The answer to this is the first that comes.
    assert_eq!(client.binding(), client.address());
    media.handle.shutdown();
}

#[test]
fn tcp_connection_that_leaves_the_protocol_is_closed() {
    let media = Media::on("127.0.0.1", Options { first_message: NEVER, idle: NEVER, ..options() });
    for garbage in [&b"GET / HTTP/1.1\r\n"[..], &[0x16, 3, 1, 2, 0, 1, 0, 1], &[0, 1, 0, 0, 0x21, 0x12, 0, 0]]
    {
        let mut stream = media.connect();
        stream.write_all(garbage).unwrap();
        let closed = stream.read(&mut [0; 16]);
        assert!(closed.as_ref().is_ok_and(|length| *length == 0) || is_reset(&closed), "{closed:?}");
    }
    media.handle.shutdown();
}

#[test]
fn tcp_connection_that_says_nothing_is_closed() {
    let first_message = Duration::from_millis(20);
    let media = Media::on("127.0.0.1", Options { first_message, idle: NEVER, ..options() });
    let mut silent = media.connect();
    assert_eq!(silent.read(&mut [0; 16]).unwrap(), 0);
    let mut half_said = media.connect();
    half_said.write_all(&[0, 1, 0, 0, 0x21]).unwrap();
    let closed = half_said.read(&mut [0; 16]);
    assert!(closed.as_ref().is_ok_and(|length| *length == 0) || is_reset(&closed), "{closed:?}");
    media.handle.shutdown();
}

#[test]
fn tcp_connection_that_falls_silent_without_an_allocation_is_closed() {
    let idle = Duration::from_millis(20);
    let media = Media::on("127.0.0.1", Options { first_message: NEVER, idle, ..options() });
    let mut client = media.tcp_client();
    assert_eq!(client.binding(), client.address());
    assert_eq!(client.rest(), b"");
    media.handle.shutdown();
}

#[test]
fn closed_tcp_connection_frees_the_port_of_its_relay() {
    let free = peer("127.0.0.1").local_addr().unwrap().port();
    let mut options = options();
    options.turn.relay_ports = free..=free;
    let media = Media::on("127.0.0.1", options);
    let mut client = media.tcp_client();
    assert_eq!(client.allocate(false).unwrap().port(), free);
    let mut waiting = media.udp_client("127.0.0.1");
    assert_eq!(waiting.allocate(false), Err(508));
    drop(client);
    let begun = Instant::now();
    while waiting.allocate(false) == Err(508) {
        assert!(begun.elapsed() < PATIENCE);
    }
    media.handle.shutdown();
}

#[test]
fn port_that_somebody_else_uses_is_no_capacity() {
    let taken = peer("127.0.0.1");
    let port = taken.local_addr().unwrap().port();
    let mut options = options();
    options.turn.relay_ports = port..=port;
    let media = Media::on("127.0.0.1", options);
    assert_eq!(media.udp_client("127.0.0.1").allocate(false), Err(508));
    media.handle.shutdown();
}

#[test]
fn tcp_connections_beyond_the_limit_are_closed() {
    let mut options = options();
    options.max_connections = 1;
    let media = Media::on("127.0.0.1", options);
    let mut first = media.tcp_client();
    first.binding();
    assert_eq!(media.connect().read(&mut [0; 16]).unwrap(), 0);
    first.binding();
    media.handle.shutdown();
}

#[test]
fn shutdown_closes_every_connection() {
    let media = Media::on("127.0.0.1", options());
    let mut client = media.tcp_client();
    client.allocate(false).unwrap();
    media.handle.shutdown();
    assert_eq!(client.rest(), b"");
    // The port is free again.
    UdpSocket::bind(media.udp).unwrap();
}

/// As many clients as make it unlikely that one thread has all of them.
fn crowd(media: &Media) -> Vec<Client> {
    (0..16).map(|_| media.udp_client("127.0.0.1")).collect()
}

/// All of them come from one address, which gets only so many challenges in a second.
fn of_a_crowd() -> Options {
    let mut options = options();
    options.turn.refusals_per_second = 1000;
    options
}

#[test]
fn relays_of_one_address_reach_each_other_whichever_threads_they_belong_to() {
    let mut options = of_a_crowd();
    options.turn.allow_peers.clear();
    let media = Media::on("127.0.0.1", options);
    let mut clients = crowd(&media);
    let relayed: Vec<SocketAddr> = clients.iter_mut().map(|client| client.allocate(false).unwrap()).collect();
    let count = clients.len();
    for (index, client) in clients.iter_mut().enumerate() {
        client.bind_channel(0x4000, relayed[(index + 1) % count]);
        client.bind_channel(0x4001, relayed[(index + count - 1) % count]);
    }
    for index in 0..count {
        clients[index].send_on(0x4000, b"to the next");
        assert_eq!(clients[(index + 1) % count].data_on(0x4001), b"to the next", "{index}");
    }
}

#[test]
fn quota_holds_for_all_threads_together() {
    let mut options = of_a_crowd();
    options.turn.allocations_per_username = 5;
    let media = Media::on("127.0.0.1", options);
    let results: Vec<_> = crowd(&media).iter_mut().map(|client| client.allocate(false)).collect();
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 5);
    assert!(results[5..].iter().all(|result| *result == Err(486)), "{results:?}");
}

/// What all threads hold now.
fn counts(media: &Media) -> MediaCounts {
    let ask = |thread: &Thread| {
        let (sender, answer) = tokio::sync::oneshot::channel();
        assert!(thread.mailbox.put(Letter::Count(sender)).is_ok());
        thread.mailbox.wake();
        answer.blocking_recv().unwrap()
    };
    media.handle.threads.iter().map(ask).fold(MediaCounts::default(), |mut sum, one| {
        sum.turn += one.turn;
        sum.connections += one.connections;
        sum.peers += one.peers;
        sum
    })
}

/// Asks again and again until it is so.
fn until(media: &Media, holds: impl Fn(&MediaCounts) -> bool) {
    let end = Instant::now() + PATIENCE;
    loop {
        let counts = counts(media);
        if holds(&counts) {
            return;
        }
        assert!(Instant::now() < end, "{counts:?}");
    }
}

#[test]
fn end_of_a_connection_that_comes_together_with_data_is_noticed() {
    let media = Media::on("127.0.0.1", of_a_crowd());
    for _ in 0..40 {
        let mut client = media.tcp_client();
        client.allocate(false).unwrap();
        client.raw(&[0; 20]);
        let (stream, _) = client.into_tcp();
        stream.shutdown(std::net::Shutdown::Both).unwrap();
    }
    until(&media, |counts| (counts.connections, counts.turn.allocations) == (0, 0));
    media.handle.shutdown();
}

#[test]
fn connections_of_one_address_leave_places_for_others() {
    let media = Media::on("127.0.0.1", Options { max_per_address: 2, ..options() });
    let mut held = [media.tcp_client(), media.tcp_client()];
    for client in &mut held {
        client.binding();
    }
    assert_eq!(media.connect().read(&mut [0; 1]).unwrap(), 0, "closed at once");
    let [one, _] = held;
    drop(one);
    until(&media, |counts| counts.connections == 1);
    media.tcp_client().binding();
    media.handle.shutdown();
}

#[test]
fn connections_that_nobody_takes_over_are_refused() {
    let poll = Poll::new().unwrap();
    let (mailbox, inbox) = Mailbox::new(Waker::new(poll.registry(), Token::Waker.into()).unwrap());
    let threads = vec![Thread { mailbox: mailbox.clone(), handle: Mutex::new(None) }];
    let stop = Arc::new(AtomicBool::new(false));
    let handle = MediaHandle { threads, stop, hasher: RandomState::default() };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let stream = || TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    assert_eq!(handle.adopt_tcp(stream()), Ok(()));
    while mailbox.put(Letter::Count(tokio::sync::oneshot::channel().0)).is_ok() {}
    assert_eq!(handle.adopt_tcp(stream()), Err(AdoptError::Busy));
    drop(inbox);
    assert_eq!(handle.adopt_tcp(stream()), Err(AdoptError::Stopped));
}

/// A connection of the server's, and its client's end.
fn connection() -> (Connection, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let stream = listener.accept().unwrap().0;
    stream.set_nonblocking(true).unwrap();
    let five_tuple = FiveTuple {
        transport: Transport::Tcp,
        client: ClientAddr(client.local_addr().unwrap()),
        server: ServerAddr(listener.local_addr().unwrap()),
    };
    let stream = Stream::Plain(mio::net::TcpStream::from_std(stream));
    (Connection::new(stream, five_tuple, Speaks::Turn, (2048, 10_000), Instant::now()), client)
}

#[test]
fn connection_whose_end_was_told_is_read_to_it_and_no_further_event_is_waited_for() {
    let read = |connection: &mut Connection| {
        let end = Instant::now() + PATIENCE;
        loop {
            match connection.read() {
                ReadOutcome::Nothing => assert!(Instant::now() < end),
                other => return other,
            }
        }
    };
    let (mut connection, mut client) = connection();
    client.write_all(b"\0\x01").unwrap();
    assert_eq!(read(&mut connection), ReadOutcome::All);
    client.write_all(b"\0\0").unwrap();
    drop(client);
    connection.ends();
    assert_eq!(read(&mut connection), ReadOutcome::Some);
    assert_eq!(read(&mut connection), ReadOutcome::Closed);
}

#[test]
fn client_that_does_not_read_loses_datagrams_and_is_stuck_when_an_answer_finds_no_room() {
    let (mut connection, mut reader) = connection();
    // More than any kernel buffers for one connection.
    for _ in 0..100_000 {
        assert_eq!(connection.send(Delivery::Datagram, &[7; 1000]), Ok(()));
    }
    // The kernel may have taken the last of them in part.
    assert!((9_001..=10_000).contains(&connection.unsent()));
    assert_eq!(connection.send(Delivery::Reply, &[8; 4000]), Ok(()));
    assert_eq!(connection.send(Delivery::Reply, &[8; 2000]), Err(Stuck));
    // What did find room arrives whole and in order.
    let mut received = Vec::new();
    let mut buffer = vec![0; 1 << 20];
    while !received.ends_with(&[8; 4000]) {
        connection.flush();
        let length = reader.read(&mut buffer).unwrap();
        received.extend_from_slice(&buffer[..length]);
    }
    let datagrams = received.len() - 4000;
    assert!(datagrams.is_multiple_of(1000) && received[..datagrams].iter().all(|byte| *byte == 7));
    assert!(received[datagrams..].iter().all(|byte| *byte == 8));
}
