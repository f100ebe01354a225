//! A TURN client over UDP that tells what it was refused with.

use std::net::{SocketAddr, UdpSocket};

use visavis_turn::codec::stun_types::attribute::*;
use visavis_turn::codec::stun_types::message::*;
use visavis_turn::codec::turn_types::AddressFamily;
use visavis_turn::codec::turn_types::attribute::*;
use visavis_turn::codec::turn_types::message::*;

use super::PATIENCE;

/// Whom clients ask as.
pub(crate) const USER: &str = "ada";
/// And how they prove that.
pub(crate) const PASSWORD: &str = "her password";

pub(crate) struct Client {
    socket: UdpSocket,
    challenge: Option<(String, String)>,
    transaction: u128,
}

impl Client {
    /// One with a relay of this family.
    pub(crate) fn allocated(server: SocketAddr, ipv6: bool) -> Self {
        let socket = UdpSocket::bind((server.ip(), 0)).unwrap();
        socket.connect(server).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut client = Self { socket, challenge: None, transaction: 1 };
        let family = if ipv6 { AddressFamily::IPV6 } else { AddressFamily::IPV4 };
        let (transport, family) = (RequestedTransport::new(17), RequestedAddressFamily::new(family));
        let wish: [&dyn AttributeWrite; 2] = [&transport, &family];
        client.challenge = Some(challenge(&client.ask(ALLOCATE, &wish)));
        assert_eq!(code(&client.ask(ALLOCATE, &wish)), None, "Allocate");
        client
    }

    /// The code it is refused with, if it is.
    pub(crate) fn permit(&mut self, peer: SocketAddr) -> Option<u16> {
        let peer = self.xor_peer(peer);
        code(&self.ask(CREATE_PERMISSION, &[&peer]))
    }

    /// The code it is refused with, if it is.
    pub(crate) fn bind_channel(&mut self, number: u16, peer: SocketAddr) -> Option<u16> {
        let peer = self.xor_peer(peer);
        code(&self.ask(CHANNEL_BIND, &[&ChannelNumber::new(number), &peer]))
    }

    /// In a Send indication.
    pub(crate) fn send(&mut self, peer: SocketAddr, payload: &[u8]) {
        let peer = self.xor_peer(peer);
        let message = self.begin(MessageClass::Indication, SEND, &[&peer, &Data::new(payload)]);
        self.socket.send(&message.finish()).unwrap();
    }

    /// In ChannelData.
    pub(crate) fn send_on(&self, number: u16, payload: &[u8]) {
        let length = u16::try_from(payload.len()).unwrap();
        let message = [&number.to_be_bytes()[..], &length.to_be_bytes(), payload].concat();
        self.socket.send(&message).unwrap();
    }

    /// Asks something that changes nothing.
    pub(crate) fn binding(&mut self) {
        assert_eq!(code(&self.ask(BINDING, &[])), None, "Binding");
    }

    fn ask(&mut self, method: Method, attributes: &[&dyn AttributeWrite]) -> Vec<u8> {
        let mut message = self.begin(MessageClass::Request, method, attributes);
        if let Some((realm, nonce)) = self.challenge.as_ref().filter(|_| method != BINDING) {
            message.add_attribute(&Username::new(USER).unwrap()).unwrap();
            message.add_attribute(&Realm::new(realm).unwrap()).unwrap();
            message.add_attribute(&Nonce::new(nonce).unwrap()).unwrap();
            let key = LongTermKeyCredentials::new(USER.to_owned(), PASSWORD.to_owned(), realm.clone());
            message.add_message_integrity(&key.into(), IntegrityAlgorithm::Sha1).unwrap();
        }
        let transaction = message.transaction_id();
        self.socket.send(&message.finish()).unwrap();
        let mut buffer = [0; 2048];
        let length = self.socket.recv(&mut buffer).unwrap();
        let answer = buffer[..length].to_vec();
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
}

/// Realm and nonce of a 401.
fn challenge(answer: &[u8]) -> (String, String) {
    assert_eq!(code(answer), Some(401));
    let answer = Message::from_bytes(answer).unwrap();
    let realm = answer.attribute::<Realm>().unwrap().realm().to_owned();
    (realm, answer.attribute::<Nonce>().unwrap().nonce().to_owned())
}

fn code(answer: &[u8]) -> Option<u16> {
    let answer = Message::from_bytes(answer).unwrap();
    answer.has_class(MessageClass::Error).then(|| answer.attribute::<ErrorCode>().unwrap().code())
}
