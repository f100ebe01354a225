//! Addresses, each with its role in the type, so that swapping two of them does not compile.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4};

/// A client's transport address as this server sees it (RFC 8656 section 2: *server-reflexive*).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientAddr(pub SocketAddr);

impl ClientAddr {
    /// What quotas count by, because ports and, with IPv6, addresses within a /64 are free to choose: the address
    /// itself for IPv4, its /64 for IPv6.
    #[must_use]
    pub fn network(self) -> ClientNetwork {
        ClientNetwork(match self.0.ip().to_canonical() {
            ip @ IpAddr::V4(_) => ip,
            IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from(u128::from(ip) & (u128::MAX << 64))),
        })
    }
}

/// Where a client comes from, as far as it cannot choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientNetwork(IpAddr);

/// The local address of this server that a client reached; answers leave from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServerAddr(pub SocketAddr);

/// The address of somebody a client talks to through its relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PeerAddr(pub SocketAddr);

impl PeerAddr {
    /// None is before it.
    pub(crate) const LEAST: Self = Self(SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0)));
}

/// The public address of a relay: what peers see a client's data come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RelayedAddr(pub SocketAddr);

/// How a client reaches this server, and how a relay reaches its peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// Datagrams: one message each.
    Udp,
    /// A byte stream, already cut into messages by [`stream::Framer`](crate::stream::Framer). TLS ends before
    /// it.
    Tcp,
}

/// What identifies an allocation (RFC 8656 section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FiveTuple {
    /// UDP or TCP, between client and server.
    pub transport: Transport,
    /// Where the client is.
    pub client: ClientAddr,
    /// Where it reached us.
    pub server: ServerAddr,
}

/// IPv4 or IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The family of `ip`. A v4-mapped IPv6 address is IPv6.
    #[must_use]
    pub fn of(ip: IpAddr) -> Self {
        if ip.is_ipv4() { Self::V4 } else { Self::V6 }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        })
    }
}
