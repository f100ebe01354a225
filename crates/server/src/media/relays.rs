//! The sockets of relays.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};

use mio::net::UdpSocket;
use mio::{Interest, Registry};
use rustix::net::sockopt::{
    Ipv4PathMtuDiscovery, Ipv6PathMtuDiscovery, set_ip_mtu_discover, set_ipv6_mtu_discover,
};
use socket2::{Domain, Protocol, Socket, Type};
use visavis_turn::{PeerAddr, RelayId};

use super::token::Token;

/// Every relay's socket: as many as the core has allocations, which its range of ports bounds.
#[derive(Default)]
pub(super) struct Relays {
    sockets: HashMap<usize, (RelayId, UdpSocket)>,
    indexes: HashMap<RelayId, usize>,
    next_index: usize,
}

impl Relays {
    /// Opens the socket of `relay`.
    pub(super) fn open(
        &mut self,
        relay: RelayId,
        ip: IpAddr,
        port: u16,
        registry: &Registry,
    ) -> io::Result<()> {
        let mut socket = bind(SocketAddr::new(ip, port))?;
        let index = self.next_index;
        registry.register(&mut socket, Token::Relay(index).into(), Interest::READABLE)?;
        self.next_index += 1;
        self.sockets.insert(index, (relay, socket));
        self.indexes.insert(relay, index);
        Ok(())
    }

    /// Closes the socket of `relay`, if it has one.
    pub(super) fn close(&mut self, relay: RelayId, registry: &Registry) {
        let Some((_, mut socket)) = self.indexes.remove(&relay).and_then(|index| self.sockets.remove(&index))
        else {
            return;
        };
        if let Err(error) = registry.deregister(&mut socket) {
            tracing::debug!(%error, "relay socket not deregistered");
        }
    }

    /// Reads one datagram from socket `index`.
    ///
    /// # Errors
    /// `WouldBlock` when there is none.
    pub(super) fn receive(&self, index: usize, buffer: &mut [u8]) -> io::Result<(RelayId, PeerAddr, usize)> {
        let (relay, socket) = self.sockets.get(&index).ok_or(io::ErrorKind::NotFound)?;
        let (length, from) = socket.recv_from(buffer)?;
        Ok((*relay, PeerAddr(from), length))
    }

    /// Sends one datagram. What the kernel does not take is lost, as datagrams are.
    pub(super) fn send(&self, relay: RelayId, peer: PeerAddr, data: &[u8]) {
        let Some(socket) = self.socket(relay) else { return };
        if let Err(error) = socket.send_to(data, peer.0) {
            tracing::trace!(%error, "datagram to a peer lost");
        }
    }

    /// Sends one datagram that is lost if it is too long for the way: it is never cut into fragments.
    pub(super) fn send_whole(&self, relay: RelayId, peer: PeerAddr, data: &[u8]) {
        let Some(socket) = self.socket(relay) else { return };
        let ipv6 = peer.0.is_ipv6();
        let sent = fragment(socket, ipv6, false).and_then(|()| {
            self.send(relay, peer, data);
            fragment(socket, ipv6, true)
        });
        if let Err(error) = sent {
            tracing::debug!(%error, "whether datagrams may be cut cannot be set");
        }
    }

    fn socket(&self, relay: RelayId) -> Option<&UdpSocket> {
        let (_, socket) = self.indexes.get(&relay).and_then(|index| self.sockets.get(index))?;
        Some(socket)
    }
}

/// Whether datagrams may be cut into fragments from now on: on the way, as the kernel has it otherwise too.
fn fragment(socket: &UdpSocket, ipv6: bool, may: bool) -> io::Result<()> {
    if ipv6 {
        let discovery = if may { Ipv6PathMtuDiscovery::WANT } else { Ipv6PathMtuDiscovery::DO };
        set_ipv6_mtu_discover(socket, discovery)?;
    } else {
        let discovery = if may { Ipv4PathMtuDiscovery::WANT } else { Ipv4PathMtuDiscovery::DO };
        set_ip_mtu_discover(socket, discovery)?;
    }
    Ok(())
}

/// A socket for one family only: the core counts the ports of IPv4 and IPv6 apart.
fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(UdpSocket::from_std(socket.into()))
}
