//! A TURN client over real sockets, as small as can be.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::{ClientConnection, StreamOwned};
use visavis_turn::codec::stun_types::attribute::*;
use visavis_turn::codec::stun_types::message::*;
use visavis_turn::codec::turn_types::AddressFamily;
use visavis_turn::codec::turn_types::attribute::*;
use visavis_turn::codec::turn_types::message::*;
use visavis_turn::credentials::{self, Credential, Secret};
use visavis_turn::stream::Framer;

/// How a client reaches the server.
pub(super) enum Wire {
    Udp(UdpSocket),
    Tcp(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

pub(super) struct Client {
    wire: Wire,
    framer: Framer,
    credential: Credential,
    challenge: Option<(String, String)>,
    transaction: u128,
}

impl Client {
    pub(super) fn new(wire: Wire, secret: &str) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let credential = credentials::issue(&Secret::new(secret), "ada", now + Duration::from_secs(600));
        Self { wire, framer: Framer::new(65_540), credential, challenge: None, transaction: 1 }
    }

    pub(super) fn address(&self) -> SocketAddr {
        match &self.wire {
            Wire::Udp(socket) => socket.local_addr().unwrap(),
            Wire::Tcp(stream) => stream.local_addr().unwrap(),
            Wire::Tls(stream) => stream.sock.local_addr().unwrap(),
        }
    }

    /// Our address as the server sees it.
    pub(super) fn binding(&mut self) -> SocketAddr {
        let answer = self.ask(BINDING, &[]);
        let answer = Message::from_bytes(&answer).unwrap();
        answer.attribute::<XorMappedAddress>().unwrap().addr(answer.transaction_id())
    }

    /// The relayed address, or the code of the refusal.
    pub(super) fn allocate(&mut self, ipv6: bool) -> Result<SocketAddr, u16> {
        let family = if ipv6 { AddressFamily::IPV6 } else { AddressFamily::IPV4 };
        self.allocate_with(&[&RequestedTransport::new(17), &RequestedAddressFamily::new(family)])
    }

    /// The same, for connections.
    pub(super) fn allocate_tcp(&mut self) -> Result<SocketAddr, u16> {
        self.allocate_with(&[&RequestedTransport::new(6)])
    }

    fn allocate_with(&mut self, attributes: &[&dyn AttributeWrite]) -> Result<SocketAddr, u16> {
        let mut answer = self.ask(ALLOCATE, attributes);
        if code(&answer) == Some(401) {
            self.challenged(&answer);
            answer = self.ask(ALLOCATE, attributes);
        }
        done(&answer)?;
        let answer = Message::from_bytes(&answer).unwrap();
        Ok(answer.attribute::<XorRelayedAddress>().unwrap().addr(answer.transaction_id()))
    }

    fn challenged(&mut self, answer: &[u8]) {
        let challenge = Message::from_bytes(answer).unwrap();
        let realm = challenge.attribute::<Realm>().unwrap().realm().to_owned();
        let nonce = challenge.attribute::<Nonce>().unwrap().nonce().to_owned();
        self.challenge = Some((realm, nonce));
    }

    /// The id of a connection to `peer`, or the code of the refusal.
    pub(super) fn connect(&mut self, peer: SocketAddr) -> Result<u32, u16> {
        let peer = self.xor_peer(peer);
        let answer = self.ask(Method::new(0x000a), &[&peer]);
        done(&answer)?;
        Ok(Message::from_bytes(&answer).unwrap().attribute::<ConnectionId>().unwrap().id())
    }

    /// Which peer has connected, and the id of its connection, by the ConnectionAttempt that comes next.
    pub(super) fn connection_attempt(&mut self) -> (SocketAddr, u32) {
        let message = self.receive();
        let message = Message::from_bytes(&message).unwrap();
        assert_eq!((message.class(), message.method()), (MessageClass::Indication, Method::new(0x000c)));
        let peer = message.attribute::<XorPeerAddress>().unwrap().addr(message.transaction_id());
        (peer, message.attribute::<ConnectionId>().unwrap().id())
    }

    /// Has this connection carry what that of the peer of `owner` does.
    pub(super) fn connection_bind(&mut self, owner: &Self, id: u32) -> Result<(), u16> {
        self.credential = owner.credential.clone();
        let mut answer = self.ask(CONNECTION_BIND, &[&ConnectionId::new(id)]);
        if code(&answer) == Some(401) {
            self.challenged(&answer);
            answer = self.ask(CONNECTION_BIND, &[&ConnectionId::new(id)]);
        }
        done(&answer)
    }

    /// The connection as such, and what has come over it behind the last message.
    pub(super) fn into_tcp(self) -> (TcpStream, Vec<u8>) {
        match self.wire {
            Wire::Tcp(stream) => (stream, self.framer.rest().to_vec()),
            Wire::Udp(_) | Wire::Tls(_) => panic!("not a connection without TLS"),
        }
    }

    pub(super) fn permit(&mut self, peer: SocketAddr) {
        assert_eq!(self.try_permit(peer), Ok(()));
    }

    /// The same; or the code of the refusal.
    pub(super) fn try_permit(&mut self, peer: SocketAddr) -> Result<(), u16> {
        let peer = self.xor_peer(peer);
        done(&self.ask(CREATE_PERMISSION, &[&peer]))
    }

    pub(super) fn bind_channel(&mut self, channel: u16, peer: SocketAddr) {
        assert_eq!(self.try_bind_channel(channel, peer), Ok(()));
    }

    /// The same; or the code of the refusal.
    pub(super) fn try_bind_channel(&mut self, channel: u16, peer: SocketAddr) -> Result<(), u16> {
        let peer = self.xor_peer(peer);
        done(&self.ask(CHANNEL_BIND, &[&ChannelNumber::new(channel), &peer]))
    }

    pub(super) fn send(&mut self, peer: SocketAddr, payload: &[u8]) {
        let peer = self.xor_peer(peer);
        let message = self.begin(MessageClass::Indication, SEND, &[&peer, &Data::new(payload)]).finish();
        self.raw(&message);
    }

    pub(super) fn send_on(&mut self, channel: u16, payload: &[u8]) {
        let length = u16::try_from(payload.len()).unwrap();
        let mut message = [&channel.to_be_bytes()[..], &length.to_be_bytes(), payload].concat();
        if !matches!(self.wire, Wire::Udp(_)) {
            message.resize(message.len().next_multiple_of(4), 0);
        }
        self.raw(&message);
    }

    /// The peer and the payload of the Data indication that comes next.
    pub(super) fn data(&mut self) -> (SocketAddr, Vec<u8>) {
        let message = self.receive();
        let message = Message::from_bytes(&message).unwrap();
        assert_eq!((message.class(), message.method()), (MessageClass::Indication, DATA));
        let peer = message.attribute::<XorPeerAddress>().unwrap().addr(message.transaction_id());
        (peer, message.raw_attribute(Data::TYPE).unwrap().value.to_vec())
    }

    /// Peer, type and code of the ICMP error that the next Data indication tells of.
    pub(super) fn icmp(&mut self) -> (SocketAddr, u8, u8) {
        let message = self.receive();
        let message = Message::from_bytes(&message).unwrap();
        let peer = message.attribute::<XorPeerAddress>().unwrap().addr(message.transaction_id());
        let icmp = message.attribute::<Icmp>().unwrap();
        (peer, icmp.icmp_type(), icmp.code())
    }

    /// The payload of the ChannelData that comes next.
    pub(super) fn data_on(&mut self, channel: u16) -> Vec<u8> {
        let message = self.receive();
        assert_eq!(message[..2], channel.to_be_bytes());
        message[4..].to_vec()
    }

    /// A connectivity check, as ICE sends it.
    pub(super) fn check(&mut self) {
        let username = Username::new("them:us").unwrap();
        let message = self.begin(MessageClass::Request, BINDING, &[&username]).finish();
        self.raw(&message);
    }

    pub(super) fn raw(&mut self, message: &[u8]) {
        match &mut self.wire {
            Wire::Udp(socket) => assert_eq!(socket.send(message).unwrap(), message.len()),
            Wire::Tcp(stream) => stream.write_all(message).unwrap(),
            Wire::Tls(stream) => stream.write_all(message).unwrap(),
        }
    }

    /// Everything until the server closes the connection.
    pub(super) fn rest(mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        match &mut self.wire {
            Wire::Udp(_) => {}
            Wire::Tcp(stream) => drop(stream.read_to_end(&mut rest).unwrap()),
            Wire::Tls(stream) => drop(stream.read_to_end(&mut rest).unwrap()),
        }
        rest
    }

    fn ask(&mut self, method: Method, attributes: &[&dyn AttributeWrite]) -> Vec<u8> {
        let mut message = self.begin(MessageClass::Request, method, attributes);
        let transaction = message.transaction_id();
        // With a name, Binding would be a connectivity check of ICE.
        if let Some((realm, nonce)) = self.challenge.as_ref().filter(|_| method != BINDING) {
            let Credential { username, password } = self.credential.clone();
            message.add_attribute(&Username::new(&username).unwrap()).unwrap();
            message.add_attribute(&Realm::new(realm).unwrap()).unwrap();
            message.add_attribute(&Nonce::new(nonce).unwrap()).unwrap();
            let key = LongTermKeyCredentials::new(username, password, realm.clone());
            message.add_message_integrity(&key.into(), IntegrityAlgorithm::Sha1).unwrap();
        }
        message.add_fingerprint().unwrap();
        self.raw(&message.finish());
        let answer = self.receive();
        assert_eq!(Message::from_bytes(&answer).unwrap().transaction_id(), transaction);
        answer
    }

    fn xor_peer(&self, peer: SocketAddr) -> XorPeerAddress {
        XorPeerAddress::new(peer, self.transaction.into())
    }

    fn begin(
        &mut self,
        class: MessageClass,
        method: Method,
        attributes: &[&dyn AttributeWrite],
    ) -> MessageWriteVec {
        let kind = MessageType::from_class_method(class, method);
        let mut message = Message::builder(kind, self.transaction.into(), MessageWriteVec::new());
        self.transaction += 1;
        for attribute in attributes {
            message.add_attribute(*attribute).unwrap();
        }
        message
    }

    fn receive(&mut self) -> Vec<u8> {
        let stream: &mut dyn Read = match &mut self.wire {
            Wire::Udp(socket) => {
                let mut buffer = [0; 2048];
                let length = socket.recv(&mut buffer).unwrap();
                return buffer[..length].to_vec();
            }
            Wire::Tcp(stream) => stream,
            Wire::Tls(stream) => stream,
        };
        loop {
            if let Some(message) = self.framer.next_message().unwrap() {
                return message.to_vec();
            }
            let length = stream.read(self.framer.space()).unwrap();
            assert_ne!(length, 0, "the server closed the connection");
            self.framer.filled(length);
        }
    }
}

fn done(answer: &[u8]) -> Result<(), u16> {
    code(answer).map_or(Ok(()), Err)
}

fn code(answer: &[u8]) -> Option<u16> {
    let answer = Message::from_bytes(answer).unwrap();
    answer.has_class(MessageClass::Error).then(|| answer.attribute::<ErrorCode>().unwrap().code())
}

pub(super) fn receive(peer: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    let mut buffer = [0; 2048];
    let (length, from) = peer.recv_from(&mut buffer).unwrap();
    (buffer[..length].to_vec(), from)
}

/// Data there and back, by indications and then on a channel.
pub(super) fn relays_both_ways(mut client: Client, peer: &UdpSocket) {
    let address = peer.local_addr().unwrap();
    let relayed = client.allocate(address.is_ipv6()).unwrap();
    client.permit(address);
    client.send(address, b"by indication");
    assert_eq!(receive(peer), (b"by indication".to_vec(), relayed));
    peer.send_to(b"and back", relayed).unwrap();
    assert_eq!(client.data(), (address, b"and back".to_vec()));

    client.bind_channel(0x4000, address);
    for payload in [&b"on a channel"[..], b"x", b"", &[7; 1200], &[7; 1900]] {
        client.send_on(0x4000, payload);
        assert_eq!(receive(peer), (payload.to_vec(), relayed));
        peer.send_to(payload, relayed).unwrap();
        assert_eq!(client.data_on(0x4000), payload);
    }
}
