//! Where datagrams come from and go to.

use std::net::SocketAddr;

/// How a datagram travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// As it is.
    Udp,
    /// Inside this process, to and from a relay of ours that has the client behind it.
    Relay,
    /// In a stream, each with its length before it (RFC 4571): ICE-TCP (RFC 6544).
    Tcp,
}

/// Both ends of a way that datagrams take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FiveTuple {
    /// How.
    pub transport: Transport,
    /// The client's end, as this machine sees it.
    pub remote: SocketAddr,
    /// The end of this machine: its own address, not the one that a NAT in front of it may have.
    pub local: SocketAddr,
}
