//! A client as far as messages go: it knows its credential and what it was challenged with.

use std::net::SocketAddr;

use stun_types::attribute::*;
use stun_types::message::*;
use visavis_turn::credentials::{self, Credential, Secret};
use visavis_turn::{ClientAddr, FiveTuple, ServerAddr, Transport};

use crate::world::{REALM, SECRET, UNIX_START};

pub(crate) struct Client {
    pub(crate) five_tuple: FiveTuple,
    pub(crate) credential: Credential,
    pub(crate) realm: String,
    pub(crate) nonce: Option<String>,
    pub(crate) fingerprint: bool,
    transaction: u128,
}

impl Client {
    pub(crate) fn new(transport: Transport, client: &str, server: &str) -> Self {
        let expires = UNIX_START + std::time::Duration::from_secs(3600);
        Self {
            five_tuple: FiveTuple {
                transport,
                client: ClientAddr(client.parse().unwrap()),
                server: ServerAddr(server.parse().unwrap()),
            },
            credential: credentials::issue(&Secret::new(SECRET), "ada", expires),
            realm: REALM.to_owned(),
            nonce: None,
            fingerprint: false,
            transaction: 1,
        }
    }

    /// Over UDP, from one of many ports.
    pub(crate) fn udp(port: u16) -> Self {
        Self::new(Transport::Udp, &format!("198.51.100.7:{port}"), "192.0.2.1:3478")
    }

    pub(crate) fn tcp(port: u16) -> Self {
        Self::new(Transport::Tcp, &format!("198.51.100.7:{port}"), "192.0.2.1:3478")
    }

    pub(crate) fn udp6(port: u16) -> Self {
        Self::new(Transport::Udp, &format!("[2001:db8::7]:{port}"), "[2001:db8::1]:3478")
    }

    pub(crate) fn named(mut self, name: &str) -> Self {
        let expires = UNIX_START + std::time::Duration::from_secs(3600);
        self.credential = credentials::issue(&Secret::new(SECRET), name, expires);
        self
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.five_tuple.client.0
    }

    pub(crate) fn key(&self) -> IntegrityKey {
        let Credential { username, password } = self.credential.clone();
        LongTermKeyCredentials::new(username, password, self.realm.clone()).make_key(IntegrityAlgorithm::Sha1)
    }

    /// A request, signed once there is a nonce.
    pub(crate) fn request(&mut self, method: Method, attributes: &[&dyn AttributeWrite]) -> Vec<u8> {
        let mut message = self.begin(MessageClass::Request, method, attributes);
        if let Some(nonce) = &self.nonce {
            message.add_attribute(&Username::new(&self.credential.username).unwrap()).unwrap();
            message.add_attribute(&Realm::new(&self.realm).unwrap()).unwrap();
            message.add_attribute(&Nonce::new(nonce).unwrap()).unwrap();
            message.add_message_integrity_with_key(&self.key(), IntegrityAlgorithm::Sha1).unwrap();
        }
        if self.fingerprint {
            message.add_fingerprint().unwrap();
        }
        message.finish()
    }

    pub(crate) fn indication(&mut self, method: Method, attributes: &[&dyn AttributeWrite]) -> Vec<u8> {
        self.begin(MessageClass::Indication, method, attributes).finish()
    }

    /// The transaction of the next message.
    pub(crate) fn next_transaction(&self) -> TransactionId {
        self.transaction.into()
    }

    fn begin(
        &mut self,
        class: MessageClass,
        method: Method,
        attributes: &[&dyn AttributeWrite],
    ) -> MessageWriteVec {
        let kind = MessageType::from_class_method(class, method);
        let mut message = Message::builder(kind, self.next_transaction(), MessageWriteVec::new());
        self.transaction += 1;
        for attribute in attributes {
            message.add_attribute(*attribute).unwrap();
        }
        message
    }
}

/// ChannelData as a client writes it over UDP.
pub(crate) fn channel_data(channel: u16, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap();
    [&channel.to_be_bytes()[..], &length.to_be_bytes(), payload].concat()
}
