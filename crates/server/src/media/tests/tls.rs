//! Connections with TLS, whose handshake somebody else did.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{ClientConnection, ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use visavis_turn::{ClientAddr, Delivery, FiveTuple, ServerAddr, Transport};

use super::super::connection::{Connection, Stuck};
use super::super::mail::Speaks;
use super::super::stream::Stream;
use super::authority::{Authority, handshake};
use super::client::{Client, Wire, relays_both_ways};
use super::{Media, NEVER, Options, PATIENCE, SECRET, options, peer};

type ClientStream = Box<StreamOwned<ClientConnection, TcpStream>>;

/// Both ends of a connection through this listener, after the handshake.
fn two_ends(listener: &TcpListener) -> (ClientStream, TcpStream, ServerConnection) {
    let authority = Authority::new();
    let issued = authority.issue();
    let chain = vec![CertificateDer::from_pem_slice(issued.cert.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let client = std::thread::spawn(move || handshake(authority.client(), stream).unwrap());
    let mut accepted = listener.accept().unwrap().0;
    let mut session = ServerConnection::new(Arc::new(config)).unwrap();
    while session.is_handshaking() {
        session.complete_io(&mut accepted).unwrap();
    }
    (client.join().unwrap(), accepted, session)
}

impl Media {
    fn connect_with_tls(&self) -> ClientStream {
        let (client, accepted, session) = two_ends(&self.listener);
        self.handle.adopt_tls(accepted, session).unwrap();
        client
    }

    fn tls_client(&self) -> Client {
        Client::new(Wire::Tls(self.connect_with_tls()), SECRET)
    }
}

#[test]
fn tls_client_and_peer_exchange_data_through_a_relay() {
    let media = Media::on("127.0.0.1", options());
    relays_both_ways(media.tls_client(), &peer("127.0.0.1"));
    media.handle.shutdown();
}

#[test]
fn what_was_decrypted_before_the_connection_was_handed_over_is_answered() {
    let media = Media::on("127.0.0.1", options());
    let (mut client, mut accepted, mut session) = two_ends(&media.listener);
    let binding = [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    client.write_all(&binding).unwrap();
    // The socket has nothing more to tell once the session has taken this from it.
    session.read_tls(&mut accepted).unwrap();
    assert_eq!(session.process_new_packets().unwrap().plaintext_bytes_to_read(), binding.len());
    media.handle.adopt_tls(accepted, session).unwrap();
    let mut answer = [0; 20];
    client.read_exact(&mut answer).unwrap();
    assert_eq!((&answer[..2], &answer[4..]), (&[1, 1][..], &binding[4..]));
    media.handle.shutdown();
}

#[test]
fn tls_connection_that_leaves_the_protocol_is_told_that_it_is_closed() {
    let media = Media::on("127.0.0.1", Options { first_message: NEVER, idle: NEVER, ..options() });
    for garbage in [&b"GET / HTTP/1.1\r\n"[..], &[0x16, 3, 1, 2, 0, 1, 0, 1], &[0, 1, 0, 0, 0x21, 0x12, 0, 0]]
    {
        let mut client = media.connect_with_tls();
        client.write_all(garbage).unwrap();
        assert_eq!(client.read(&mut [0; 16]).unwrap(), 0, "without close_notify this would be an error");
    }
    media.handle.shutdown();
}

#[test]
fn bytes_that_are_no_tls_any_more_close_their_connection_and_no_other() {
    let media = Media::on("127.0.0.1", Options { first_message: NEVER, idle: NEVER, ..options() });
    let mut well = media.tls_client();
    let mut broken = media.connect_with_tls();
    broken.sock.write_all(b"no record at all").unwrap();
    assert!(broken.read(&mut [0; 16]).is_err(), "an alert");
    assert_eq!(well.binding(), well.address());
    media.handle.shutdown();
}

#[test]
fn tls_connection_that_says_nothing_is_closed() {
    let first_message = Duration::from_millis(20);
    let media = Media::on("127.0.0.1", Options { first_message, idle: NEVER, ..options() });
    assert_eq!(media.connect_with_tls().read(&mut [0; 16]).unwrap(), 0);
    media.handle.shutdown();
}

#[test]
fn shutdown_takes_leave_of_tls_connections() {
    let media = Media::on("127.0.0.1", options());
    let mut client = media.tls_client();
    client.allocate(false).unwrap();
    media.handle.shutdown();
    assert_eq!(client.rest(), b"");
}

#[test]
fn tls_client_that_does_not_read_loses_datagrams_and_is_stuck_when_an_answer_finds_no_room() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let (mut reader, accepted, session) = two_ends(&listener);
    accepted.set_nonblocking(true).unwrap();
    let five_tuple = FiveTuple {
        transport: Transport::Tcp,
        client: ClientAddr(accepted.peer_addr().unwrap()),
        server: ServerAddr(accepted.local_addr().unwrap()),
    };
    let stream = Stream::new(mio::net::TcpStream::from_std(accepted), Some(Box::new(session)));
    let mut connection = Connection::new(stream, five_tuple, Speaks::Turn, (2048, 10_000), Instant::now());
    // More than any kernel buffers for one connection.
    for _ in 0..20_000 {
        assert_eq!(connection.send(Delivery::Datagram, &[7; 1000]), Ok(()));
    }
    // Here nothing is taken in part: a datagram is encrypted whole or waits whole.
    assert_eq!(connection.unsent(), 10_000);
    assert_eq!(connection.send(Delivery::Reply, &[8; 4000]), Ok(()));
    assert_eq!(connection.send(Delivery::Reply, &[8; 2000]), Err(Stuck));
    // What did find room arrives whole and in order.
    let mut received = Vec::new();
    let mut buffer = vec![0; 1 << 16];
    while !received.ends_with(&[8; 4000]) {
        connection.flush();
        let length = reader.read(&mut buffer).unwrap();
        received.extend_from_slice(&buffer[..length]);
    }
    let datagrams = received.len() - 4000;
    assert!(datagrams.is_multiple_of(1000) && received[..datagrams].iter().all(|byte| *byte == 7));
    assert!(received[datagrams..].iter().all(|byte| *byte == 8));
}
