//! A client as far as messages go: it knows its credential and what it was challenged with.

use std::net::SocketAddr;

use stun_types::attribute::*;
use stun_types::message::*;
use visavis_turn::credentials::{self, Credential, Secret};
use visavis_turn::{ClientAddr, FiveTuple, ServerAddr, Transport};

use crate::world::{REALM, SECRET, UNIX_START};

/// How a client proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// As in RFC 5389: USERNAME, MD5 and HMAC-SHA1.
    Old,
    /// As in RFC 8489: PASSWORD-ALGORITHM with SHA-256, and HMAC-SHA256.
    Sha256,
    /// The same, with USERHASH.
    Hashed,
}

pub(crate) struct Client {
    pub(crate) five_tuple: FiveTuple,
    pub(crate) credential: Credential,
    pub(crate) realm: String,
    pub(crate) nonce: Option<String>,
    pub(crate) fingerprint: bool,
    pub(crate) scheme: Scheme,
    pub(crate) transaction: u128,
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
            scheme: Scheme::Old,
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

    /// With a credential that is good for so long after the start.
    pub(crate) fn good_until(mut self, after: std::time::Duration) -> Self {
        self.credential = credentials::issue(&Secret::new(SECRET), "ada", UNIX_START + after);
        self
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.five_tuple.client.0
    }

    pub(crate) fn key(&self) -> IntegrityKey {
        let Credential { username, password } = self.credential.clone();
        LongTermKeyCredentials::new(username, password, self.realm.clone()).make_key(self.algorithm())
    }

    fn algorithm(&self) -> IntegrityAlgorithm {
        if self.scheme == Scheme::Old { IntegrityAlgorithm::Sha1 } else { IntegrityAlgorithm::Sha256 }
    }

    /// A request, signed once there is a nonce.
    pub(crate) fn request(&mut self, method: Method, attributes: &[&dyn AttributeWrite]) -> Vec<u8> {
        let mut message = self.begin(MessageClass::Request, method, attributes);
        if let Some(nonce) = &self.nonce {
            let username = &self.credential.username;
            match self.scheme {
                Scheme::Hashed => {
                    message.add_attribute(&Userhash::new(Userhash::compute(username, &self.realm))).unwrap();
                }
                _ => message.add_attribute(&Username::new(username).unwrap()).unwrap(),
            }
            if self.scheme != Scheme::Old {
                let offered = [PasswordAlgorithmValue::SHA256, PasswordAlgorithmValue::MD5];
                message.add_attribute(&PasswordAlgorithms::new(&offered)).unwrap();
                message.add_attribute(&PasswordAlgorithm::new(PasswordAlgorithmValue::SHA256)).unwrap();
            }
            message.add_attribute(&Realm::new(&self.realm).unwrap()).unwrap();
            message.add_attribute(&Nonce::new(nonce).unwrap()).unwrap();
            message.add_message_integrity_with_key(&self.key(), self.algorithm()).unwrap();
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
