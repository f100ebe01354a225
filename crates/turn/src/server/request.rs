//! A request, and what is asked of all of them alike.

use std::net::SocketAddr;
use std::time::Instant;

use stun_types::attribute::{Attribute, AttributeFromRaw, AttributeStaticType, AttributeType};
use stun_types::message::{Message, StunParseError};
use turn_types::AddressFamily;
use turn_types::attribute::{Lifetime, RequestedAddressFamily, XorPeerAddress};

use crate::addr::{Family, FiveTuple, PeerAddr};
use crate::reply::{Refusal, ReplyTo};

/// A message on its way through the server.
pub(super) struct Request<'a> {
    pub(super) message: &'a Message<'a>,
    pub(super) client: FiveTuple,
    pub(super) now: Instant,
}

impl Request<'_> {
    pub(super) fn reply(&self) -> ReplyTo {
        ReplyTo::new(self.client, self.message)
    }

    /// Refuses with 420 if there are attributes that have to be understood and are not (RFC 8489 section
    /// 6.3.1).
    pub(super) fn check_known(&self) -> Result<(), Refusal> {
        let mut unknown: Vec<AttributeType> = self
            .message
            .iter_attributes()
            .map(|(_, attribute)| attribute.get_type())
            .filter(|kind| kind.comprehension_required() && !UNDERSTOOD.contains(kind))
            .collect();
        unknown.sort_unstable_by_key(AttributeType::value);
        unknown.dedup();
        if unknown.is_empty() { Ok(()) } else { Err(Refusal::Unknown(unknown)) }
    }

    /// An attribute that has to be there: without it, or if it is malformed, 400.
    pub(super) fn required<'a, A: AttributeFromRaw<'a> + AttributeStaticType>(
        &'a self,
    ) -> Result<A, Refusal> {
        self.message.attribute().map_err(|_| Refusal::BAD_REQUEST)
    }

    /// An attribute that may be there: if it is malformed, 400.
    pub(super) fn optional<'a, A: AttributeFromRaw<'a> + AttributeStaticType>(
        &'a self,
    ) -> Result<Option<A>, Refusal> {
        optional(self.message.attribute()).map_err(|_| Refusal::BAD_REQUEST)
    }

    /// LIFETIME, in seconds.
    pub(super) fn lifetime(&self) -> Result<Option<u32>, Refusal> {
        Ok(self.optional::<Lifetime>()?.map(|lifetime| lifetime.seconds()))
    }

    /// REQUESTED-ADDRESS-FAMILY; one that is neither IPv4 nor IPv6 is refused with 440 (RFC 8656 section
    /// 7.2).
    pub(super) fn family(&self) -> Result<Option<Family>, Refusal> {
        match optional(self.message.attribute::<RequestedAddressFamily>()) {
            Ok(requested) => Ok(requested.map(|requested| match requested.family() {
                AddressFamily::IPV4 => Family::V4,
                AddressFamily::IPV6 => Family::V6,
            })),
            Err(_) => Err(Refusal::FAMILY_NOT_SUPPORTED),
        }
    }

    /// Every XOR-PEER-ADDRESS: at least one, or 400.
    pub(super) fn peers(&self) -> Result<Vec<PeerAddr>, Refusal> {
        let transaction = self.message.transaction_id();
        let peers: Vec<PeerAddr> = self
            .message
            .iter_attributes()
            .filter(|(_, attribute)| attribute.get_type() == XorPeerAddress::TYPE)
            .map(|(_, attribute)| Ok(peer_addr(XorPeerAddress::from_raw_ref(&attribute)?.addr(transaction))))
            .collect::<Result<_, StunParseError>>()
            .map_err(|_| Refusal::BAD_REQUEST)?;
        if peers.is_empty() { Err(Refusal::BAD_REQUEST) } else { Ok(peers) }
    }

    /// The first XOR-PEER-ADDRESS, or 400.
    pub(super) fn peer(&self) -> Result<PeerAddr, Refusal> {
        let address = self.required::<XorPeerAddress>()?.addr(self.message.transaction_id());
        Ok(peer_addr(address))
    }
}

/// Without scope and flow label, which no XOR-PEER-ADDRESS carries.
pub(super) fn peer_addr(address: SocketAddr) -> PeerAddr {
    PeerAddr(SocketAddr::new(address.ip(), address.port()))
}

fn optional<A>(result: Result<A, StunParseError>) -> Result<Option<A>, StunParseError> {
    match result {
        Ok(attribute) => Ok(Some(attribute)),
        Err(StunParseError::MissingAttribute(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Comprehension-required attributes that are understood, wherever they stand (RFC 8489 section 14).
const UNDERSTOOD: [AttributeType; 22] = {
    const fn types(values: [u16; 22]) -> [AttributeType; 22] {
        let mut types = [AttributeType::new(0); 22];
        let mut i = 0;
        while i < values.len() {
            types[i] = AttributeType::new(values[i]);
            i += 1;
        }
        types
    }
    types([
        0x0001, // MAPPED-ADDRESS
        0x0006, // USERNAME
        0x0008, // MESSAGE-INTEGRITY
        0x0009, // ERROR-CODE
        0x000a, // UNKNOWN-ATTRIBUTES
        0x000c, // CHANNEL-NUMBER
        0x000d, // LIFETIME
        0x0012, // XOR-PEER-ADDRESS
        0x0013, // DATA
        0x0014, // REALM
        0x0015, // NONCE
        0x0016, // XOR-RELAYED-ADDRESS
        0x0017, // REQUESTED-ADDRESS-FAMILY
        0x0018, // EVEN-PORT
        0x0019, // REQUESTED-TRANSPORT
        0x001a, // DONT-FRAGMENT
        0x001c, // MESSAGE-INTEGRITY-SHA256
        0x001d, // PASSWORD-ALGORITHM
        0x001e, // USERHASH
        0x0020, // XOR-MAPPED-ADDRESS
        0x0022, // RESERVATION-TOKEN
        0x002a, // CONNECTION-ID
    ])
};
