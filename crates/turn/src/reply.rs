//! Answers to requests, and the indications and ChannelData that carry a peer's datagram.

use stun_types::attribute::AttributeStaticType;
use stun_types::attribute::{
    AttributeType, AttributeWrite, ErrorCode, Fingerprint, Nonce, PasswordAlgorithmValue, PasswordAlgorithms,
    Realm, UnknownAttributes,
};
use stun_types::message::{
    Message, MessageClass, MessageType, MessageWrite, MessageWriteExt, MessageWriteMutSlice, MessageWriteVec,
    Method, StunWriteError, TransactionId,
};
use turn_types::attribute::{Data, Icmp, XorPeerAddress};
use turn_types::message::DATA;

use crate::addr::{FiveTuple, PeerAddr, Transport};
use crate::allocation::ChannelNumber;
use crate::connections::ConnectionId;
use crate::integrity::{self, Signer};
use crate::server::IcmpError;

/// How passwords may be made into keys, the better way first.
pub(crate) const PASSWORD_ALGORITHMS: [PasswordAlgorithmValue; 2] =
    [PasswordAlgorithmValue::SHA256, PasswordAlgorithmValue::MD5];

/// What is needed to answer a request once it is gone.
#[derive(Clone, Copy)]
pub(crate) struct ReplyTo {
    pub(crate) client: FiveTuple,
    pub(crate) method: Method,
    pub(crate) transaction: TransactionId,
    /// Whether the request had a FINGERPRINT; then the answer has one, too.
    fingerprint: bool,
}

/// Why a request is refused: the answer's error code.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// With a challenge: 401 without or with wrong credentials, 438 with an old nonce.
    Challenge { code: u16, realm: String, nonce: String },
    /// 420.
    Unknown(Vec<AttributeType>),
    /// Anything else.
    Code(u16),
}

impl Refusal {
    pub(crate) const BAD_REQUEST: Self = Self::Code(ErrorCode::BAD_REQUEST);
    pub(crate) const FORBIDDEN: Self = Self::Code(ErrorCode::FORBIDDEN);
    pub(crate) const ALLOCATION_MISMATCH: Self = Self::Code(ErrorCode::ALLOCATION_MISMATCH);
    pub(crate) const FAMILY_NOT_SUPPORTED: Self = Self::Code(ErrorCode::ADDRESS_FAMILY_NOT_SUPPORTED);
    pub(crate) const WRONG_CREDENTIALS: Self = Self::Code(ErrorCode::WRONG_CREDENTIALS);
    pub(crate) const UNSUPPORTED_TRANSPORT: Self = Self::Code(ErrorCode::UNSUPPORTED_TRANSPORT_PROTOCOL);
    pub(crate) const FAMILY_MISMATCH: Self = Self::Code(ErrorCode::PEER_ADDRESS_FAMILY_MISMATCH);
    pub(crate) const NO_CAPACITY: Self = Self::Code(ErrorCode::INSUFFICIENT_CAPACITY);
}

impl ReplyTo {
    pub(crate) fn new(client: FiveTuple, message: &Message<'_>) -> Self {
        Self {
            client,
            method: message.method(),
            transaction: message.transaction_id(),
            fingerprint: message.has_attribute(Fingerprint::TYPE),
        }
    }

    /// A success response with `attributes`, signed if it is to be.
    pub(crate) fn success(
        &self,
        attributes: &[&dyn AttributeWrite],
        signer: Option<&Signer>,
    ) -> Result<Vec<u8>, StunWriteError> {
        self.build(MessageClass::Success, attributes, signer)
    }

    /// An error response, signed if it is to be.
    pub(crate) fn refusal(
        &self,
        refusal: &Refusal,
        signer: Option<&Signer>,
    ) -> Result<Vec<u8>, StunWriteError> {
        let error = |code| ErrorCode::builder(code).build();
        match refusal {
            Refusal::Code(code) => self.build(MessageClass::Error, &[&error(*code)?], signer),
            Refusal::Unknown(types) => {
                let code = error(ErrorCode::UNKNOWN_ATTRIBUTE)?;
                self.build(MessageClass::Error, &[&code, &UnknownAttributes::new(types)], signer)
            }
            Refusal::Challenge { code, realm, nonce } => {
                let (realm, nonce) = (Realm::new(realm)?, Nonce::new(nonce)?);
                let algorithms = PasswordAlgorithms::new(&PASSWORD_ALGORITHMS);
                self.build(MessageClass::Error, &[&error(*code)?, &realm, &nonce, &algorithms], None)
            }
        }
    }

    fn build(
        &self,
        class: MessageClass,
        attributes: &[&dyn AttributeWrite],
        signer: Option<&Signer>,
    ) -> Result<Vec<u8>, StunWriteError> {
        let kind = MessageType::from_class_method(class, self.method);
        let mut message = Message::builder(kind, self.transaction, MessageWriteVec::with_capacity(128));
        for attribute in attributes {
            message.add_attribute(*attribute)?;
        }
        let mut message = message.finish();
        if let Some(signer) = signer {
            signer.sign(&mut message);
        }
        if self.fingerprint {
            integrity::fingerprint(&mut message);
        }
        Ok(message)
    }
}

/// Appends a Data indication (RFC 8656 section 11.3) to `bytes`.
pub(crate) fn data_indication(
    bytes: &mut Vec<u8>,
    transaction: TransactionId,
    peer: PeerAddr,
    payload: &[u8],
) {
    /// Header, the longer XOR-PEER-ADDRESS, and the header of DATA.
    const OVERHEAD: usize = 20 + 24 + 4;
    let start = bytes.len();
    bytes.resize(start + OVERHEAD + payload.len().next_multiple_of(4), 0);
    let kind = MessageType::from_class_method(MessageClass::Indication, DATA);
    let mut message = Message::builder(kind, transaction, MessageWriteMutSlice::new(&mut bytes[start..]));
    let written = message
        .add_attribute(&XorPeerAddress::new(peer.0, transaction))
        .and_then(|()| message.add_attribute(&Data::new(payload)));
    let length = if written.is_ok() { message.finish() } else { 0 };
    bytes.truncate(start + length);
}

/// Appends a Data indication that carries an ICMP error in place of data (RFC 8656 section 11.5) to `bytes`.
pub(crate) fn icmp_indication(
    bytes: &mut Vec<u8>,
    transaction: TransactionId,
    peer: PeerAddr,
    error: IcmpError,
) {
    let kind = MessageType::from_class_method(MessageClass::Indication, DATA);
    let mut message = Message::builder(kind, transaction, MessageWriteVec::with_capacity(64));
    let written = message
        .add_attribute(&XorPeerAddress::new(peer.0, transaction))
        .and_then(|()| message.add_attribute(&Icmp::new(error.kind, error.code, error.data)));
    if written.is_ok() {
        bytes.extend_from_slice(&message.finish());
    }
}

/// Appends a ConnectionAttempt indication (RFC 6062 section 5.3) to `bytes`.
pub(crate) fn connection_attempt(
    bytes: &mut Vec<u8>,
    transaction: TransactionId,
    peer: PeerAddr,
    id: ConnectionId,
) {
    /// RFC 6062 section 6.1.
    const CONNECTION_ATTEMPT: Method = Method::new(0x000c);
    let kind = MessageType::from_class_method(MessageClass::Indication, CONNECTION_ATTEMPT);
    let mut message = Message::builder(kind, transaction, MessageWriteVec::with_capacity(64));
    let written = message
        .add_attribute(&XorPeerAddress::new(peer.0, transaction))
        .and_then(|()| message.add_attribute(&turn_types::attribute::ConnectionId::new(id.0)));
    if written.is_ok() {
        bytes.extend_from_slice(&message.finish());
    }
}

/// Appends a ChannelData message (RFC 8656 section 12.4) to `bytes`; padded over TCP, as section 12.5 wants
/// it.
pub(crate) fn channel_data(
    bytes: &mut Vec<u8>,
    transport: Transport,
    channel: ChannelNumber,
    payload: &[u8],
) {
    // Payloads are UDP datagrams, see `MAX_PAYLOAD`.
    let length = u16::try_from(payload.len()).unwrap_or(u16::MAX);
    bytes.extend_from_slice(&channel.to_be_bytes());
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(payload);
    if transport == Transport::Tcp {
        let padding = payload.len().next_multiple_of(4) - payload.len();
        bytes.extend_from_slice(&[0; 3][..padding]);
    }
}
