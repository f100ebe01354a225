//! The sockets of relays.

use std::io;
use std::net::{IpAddr, SocketAddr};

use mio::Registry;
use socket2::{Domain, Protocol, Socket, Type};
use visavis_turn::{Datagrams, IcmpError, PeerAddr, RelayId};

use super::icmp::{keep_errors, next_error};
use super::sockets::Sockets;
use super::token::Token;
use super::udp::{Batch, Taken, Udp};

/// Buffers that one read of a relay fills: its peers are few.
const AT_ONCE: usize = 8;

/// Every relay's socket.
#[derive(Default)]
pub(super) struct Relays {
    sockets: Sockets<Udp>,
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
        let index = self.sockets.next_index();
        let socket = Udp::new(bind(SocketAddr::new(ip, port))?, Token::Relay(index), registry)?;
        keep_errors(socket.socket(), socket.local().is_ipv6())?;
        self.sockets.insert(relay, socket);
        Ok(())
    }

    /// Closes the socket of `relay`, if it has one.
    pub(super) fn close(&mut self, relay: RelayId, registry: &Registry) {
        let Some(mut socket) = self.sockets.remove(relay) else { return };
        if let Err(error) = socket.deregister(registry) {
            tracing::debug!(%error, "relay socket not deregistered");
        }
    }

    /// Reads one batch from socket `index`.
    ///
    /// # Errors
    /// `WouldBlock` when there is none.
    pub(super) fn receive(&self, index: usize, batch: &mut Batch) -> io::Result<(RelayId, Taken)> {
        let (relay, socket) = self.sockets.at(index).ok_or(io::ErrorKind::NotFound)?;
        Ok((*relay, socket.receive(batch, AT_ONCE)?))
    }

    /// The next ICMP error about a datagram from socket `index`, and whom that was for.
    pub(super) fn next_error(&self, index: usize) -> Option<(RelayId, PeerAddr, IcmpError)> {
        let (relay, socket) = self.sockets.at(index)?;
        let (peer, error) = next_error(socket.socket())?;
        Some((*relay, PeerAddr(peer), error))
    }

    /// Sends datagrams. What the kernel does not take is lost, as datagrams are.
    pub(super) fn send(&self, relay: RelayId, peer: PeerAddr, datagrams: Datagrams<'_>) {
        if let Some(socket) = self.sockets.of(relay) {
            socket.send(None, peer.0, datagrams);
        }
    }

    /// Sends datagrams that are lost if they are too long for the way: they are never cut into fragments.
    pub(super) fn send_whole(&self, relay: RelayId, peer: PeerAddr, datagrams: Datagrams<'_>) {
        let Some(socket) = self.sockets.of(relay) else { return };
        let sent = socket.fragment(false).and_then(|()| {
            socket.send(None, peer.0, datagrams);
            socket.fragment(true)
        });
        if let Err(error) = sent {
            tracing::debug!(%error, "whether datagrams may be cut cannot be set");
        }
    }
}

/// A socket for one family only: the core counts the ports of IPv4 and IPv6 apart.
fn bind(address: SocketAddr) -> io::Result<std::net::UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    Ok(socket.into())
}
