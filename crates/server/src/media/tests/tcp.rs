//! TCP relays (RFC 6062): peers and clients connected to each other through the media threads.

use std::io::{Cursor, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};

use super::client::Client;
use super::{Media, Options, PATIENCE, options, until};

/// A client with a TCP relay.
fn relayed(media: &Media) -> (Client, SocketAddr) {
    let mut client = media.tcp_client();
    let relayed = client.allocate_tcp().unwrap();
    (client, relayed)
}

fn listener() -> TcpListener {
    TcpListener::bind(("127.0.0.1", 0)).unwrap()
}

/// A peer's end and the client's end of a connection that the client has asked for.
fn connected(media: &Media, client: &mut Client) -> (TcpStream, Bound) {
    let listener = listener();
    let id = client.connect(listener.local_addr().unwrap()).unwrap();
    let (peer, _) = listener.accept().unwrap();
    (impatient(peer), bound(media, client, id))
}

/// The connection of a client, bound to that of a peer.
struct Bound {
    /// What came right behind the answer.
    early: Cursor<Vec<u8>>,
    stream: TcpStream,
}

fn bound(media: &Media, client: &Client, id: u32) -> Bound {
    let mut data = media.tcp_client();
    data.connection_bind(client, id).unwrap();
    let (stream, early) = data.into_tcp();
    Bound { early: Cursor::new(early), stream: impatient(stream) }
}

impl Read for Bound {
    fn read(&mut self, space: &mut [u8]) -> std::io::Result<usize> {
        match self.early.read(space) {
            Ok(0) => self.stream.read(space),
            early => early,
        }
    }
}

fn impatient(stream: TcpStream) -> TcpStream {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn reads(stream: &mut impl Read, expected: &[u8]) {
    let mut bytes = vec![0; expected.len()];
    stream.read_exact(&mut bytes).unwrap();
    assert!(bytes == expected);
}

#[test]
fn client_connects_to_a_peer_from_its_relayed_address() {
    let media = Media::on("127.0.0.1", options());
    let (mut client, relayed) = relayed(&media);
    let (mut peer, mut data) = connected(&media, &mut client);
    assert_eq!(peer.peer_addr().unwrap(), relayed);
    data.stream.write_all(b"hello").unwrap();
    reads(&mut peer, b"hello");
    peer.write_all(b"and back").unwrap();
    reads(&mut data, b"and back");
    media.handle.shutdown();
}

#[test]
fn peer_connects_to_a_client_and_what_it_sends_meanwhile_is_not_lost() {
    let media = Media::on("127.0.0.1", options());
    let (mut client, relayed) = relayed(&media);
    client.permit("127.0.0.1:1".parse().unwrap());
    let mut peer = impatient(TcpStream::connect(relayed).unwrap());
    peer.write_all(b"first of all").unwrap();
    let (from, id) = client.connection_attempt();
    assert_eq!(from, peer.local_addr().unwrap());
    let mut data = bound(&media, &client, id);
    reads(&mut data, b"first of all");
    data.stream.write_all(b"yes?").unwrap();
    reads(&mut peer, b"yes?");
    media.handle.shutdown();
}

#[test]
fn peer_that_is_not_permitted_is_closed() {
    let media = Media::on("127.0.0.1", options());
    let (_client, relayed) = relayed(&media);
    let mut peer = impatient(TcpStream::connect(relayed).unwrap());
    assert_eq!(peer.read(&mut [0; 1]).unwrap(), 0);
    media.handle.shutdown();
}

#[test]
fn peer_that_nobody_listens_at_is_447() {
    let media = Media::on("127.0.0.1", options());
    let (mut client, _) = relayed(&media);
    let closed = listener().local_addr().unwrap();
    assert_eq!(client.connect(closed), Err(447));
    assert_eq!(client.connect(closed), Err(447), "and may be tried again");
    media.handle.shutdown();
}

#[test]
fn a_lot_of_data_arrives_whole_though_the_other_side_reads_late() {
    const LENGTH: usize = 8 << 20;
    let mut options = options();
    options.turn.bytes_per_second = u32::MAX;
    let media = Media::on("127.0.0.1", options);
    let (mut client, _) = relayed(&media);
    let (mut peer, mut data) = connected(&media, &mut client);
    let sent: Vec<u8> = (0..LENGTH).map(|index| (index / 251) as u8).collect();
    let expected = sent.clone();
    let writer = std::thread::spawn(move || {
        data.stream.write_all(&sent).unwrap();
        data
    });
    reads(&mut peer, &expected);
    writer.join().unwrap();
    media.handle.shutdown();
}

#[test]
fn stream_that_has_had_its_share_goes_on_as_time_passes() {
    let mut options = options();
    options.turn.bytes_per_second = 200_000;
    let media = Media::on("127.0.0.1", options);
    let (mut client, _) = relayed(&media);
    let (mut peer, mut data) = connected(&media, &mut client);
    let sent = vec![7; 250_000];
    data.stream.write_all(&sent).unwrap();
    reads(&mut peer, &sent);
    media.handle.shutdown();
}

#[test]
fn when_one_side_ends_the_other_gets_what_is_left_and_the_end() {
    let media = Media::on("127.0.0.1", options());
    let (mut client, _) = relayed(&media);
    let (peer, mut data) = connected(&media, &mut client);
    (&peer).write_all(b"farewell").unwrap();
    drop(peer);
    let mut rest = Vec::new();
    data.read_to_end(&mut rest).unwrap();
    assert_eq!(rest, b"farewell");
    drop(data);
    until(&media, |counts| counts.peers == 0);
    let (mut peer, data) = connected(&media, &mut client);
    drop(data);
    assert_eq!(peer.read(&mut [0; 1]).unwrap(), 0);
    drop(peer);
    until(&media, |counts| counts.peers == 0);
    media.handle.shutdown();
}

#[test]
fn side_that_has_said_all_still_gets_the_answer() {
    let media = Media::on("127.0.0.1", options());
    let (mut client, _) = relayed(&media);
    let (mut peer, mut data) = connected(&media, &mut client);
    data.stream.write_all(b"a question").unwrap();
    data.stream.shutdown(Shutdown::Write).unwrap();
    let mut question = Vec::new();
    peer.read_to_end(&mut question).unwrap();
    assert_eq!(question, b"a question");
    peer.write_all(b"an answer").unwrap();
    drop(peer);
    let mut answer = Vec::new();
    data.read_to_end(&mut answer).unwrap();
    assert_eq!(answer, b"an answer");
    media.handle.shutdown();
}

#[test]
fn nothing_is_lost_when_a_peer_has_said_all_while_the_client_goes_on_sending() {
    const LENGTH: usize = 150_000;
    let mut options = options();
    options.turn.bytes_per_second = u32::MAX;
    let media = Media::on("127.0.0.1", options);
    let (mut client, _) = relayed(&media);
    let (mut peer, mut data) = connected(&media, &mut client);
    let mut sending = data.stream.try_clone().unwrap();
    let sender = std::thread::spawn(move || while sending.write_all(&[1; 1000]).is_ok() {});
    peer.write_all(&[7; LENGTH]).unwrap();
    peer.shutdown(Shutdown::Write).unwrap();
    let mut received = vec![0; LENGTH];
    data.read_exact(&mut received).unwrap();
    assert!(received.iter().all(|byte| *byte == 7));
    assert_eq!(data.read(&mut [0; 1]).unwrap(), 0);
    drop(client);
    sender.join().unwrap();
    media.handle.shutdown();
}

#[test]
fn connection_that_the_peer_has_closed_before_it_is_bound_gives_back_its_place() {
    let media = Media::on("127.0.0.1", options());
    let (mut client, relayed) = relayed(&media);
    client.permit("127.0.0.1:1".parse().unwrap());
    let peers: Vec<TcpStream> = (0..8).map(|_| TcpStream::connect(relayed).unwrap()).collect();
    until(&media, |counts| counts.peers == 8);
    drop(peers);
    until(&media, |counts| counts.peers == 0);
    media.handle.shutdown();
}

#[test]
fn stream_gets_its_share_though_another_of_the_same_allocation_takes_all_it_can() {
    let mut options = options();
    options.turn.bytes_per_second = 50_000;
    let media = Media::on("127.0.0.1", options);
    let (mut client, _) = relayed(&media);
    let (mut greedy, mut drowned) = connected(&media, &mut client);
    let (mut modest, mut data) = connected(&media, &mut client);
    let flood = std::thread::spawn(move || while greedy.write_all(&[1; 10_000]).is_ok() {});
    let drain =
        std::thread::spawn(move || while drowned.read(&mut [0; 10_000]).is_ok_and(|length| length > 0) {});
    // More than the allocation had at once has flown: it lives on its share.
    until(&media, |counts| counts.turn.to_clients.bytes > 60_000);
    for round in 0..5 {
        modest.write_all(&[round; 5]).unwrap();
        reads(&mut data, &[round; 5]);
    }
    drop(client);
    flood.join().unwrap();
    drain.join().unwrap();
    media.handle.shutdown();
}

#[test]
fn streams_end_with_the_client_s_allocation() {
    let media = Media::on("127.0.0.1", options());
    let (mut client, relayed) = relayed(&media);
    let (mut peer, mut data) = connected(&media, &mut client);
    drop(client);
    assert_eq!(peer.read(&mut [0; 1]).unwrap(), 0);
    assert_eq!(data.read(&mut [0; 1]).unwrap(), 0);
    // And nobody listens at its relay any more.
    assert!(TcpStream::connect(relayed).is_err());
    media.handle.shutdown();
}

#[test]
fn streams_over_the_limit_are_refused() {
    let media = Media::on("127.0.0.1", Options { max_connections: 3, ..options() });
    let (mut client, _) = relayed(&media);
    let listeners: Vec<TcpListener> = (0..4).map(|_| listener()).collect();
    let results: Vec<_> = listeners.iter().map(|peer| client.connect(peer.local_addr().unwrap())).collect();
    assert!(results[..3].iter().all(Result::is_ok), "{results:?}");
    assert_eq!(results[3], Err(447));
    media.handle.shutdown();
}
