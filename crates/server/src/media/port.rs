//! The UDP sockets of the shared port.

use std::io;
use std::net::{SocketAddr, UdpSocket};

use mio::Registry;
use rustix::net::sockopt::set_socket_reuseport;
use socket2::{Domain, Protocol, Socket, Type};
use visavis_turn::{ClientAddr, Datagrams, ServerAddr};

use super::token::Token;
use super::udp::{Batch, Taken, ToSend, Udp, canonical};

/// Buffers that one read of the shared port fills.
const AT_ONCE: usize = 32;

/// The sockets of the shared port. Each knows the address that a datagram came to, and answers leave from
/// there.
pub(super) struct Ports {
    sockets: Vec<Udp>,
}

/// Binds so many UDP sockets to one address. The kernel spreads clients over them, and always gives one client's datagrams to
/// the same socket (SO_REUSEPORT in socket(7)).
pub(crate) fn bind_udp(address: SocketAddr, count: usize) -> io::Result<Vec<UdpSocket>> {
    let bind = || -> io::Result<UdpSocket> {
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        if count > 1 {
            set_socket_reuseport(&socket, true)?;
        }
        socket.bind(&address.into())?;
        Ok(socket.into())
    };
    (0..count).map(|_| bind()).collect()
}

impl Ports {
    pub(super) fn new(sockets: Vec<UdpSocket>, registry: &Registry) -> io::Result<Self> {
        let sockets = sockets.into_iter().enumerate();
        let sockets = sockets.map(|(index, socket)| Udp::new(socket, Token::Port(index), registry));
        Ok(Self { sockets: sockets.collect::<io::Result<_>>()? })
    }

    /// Reads one batch from socket `index`.
    ///
    /// # Errors
    /// `WouldBlock` when there is none.
    pub(super) fn receive(&self, index: usize, batch: &mut Batch) -> io::Result<Taken> {
        self.sockets.get(index).ok_or(io::ErrorKind::NotFound)?.receive(batch, AT_ONCE)
    }

    /// The addresses that the sockets are bound to.
    pub(super) fn bound(&self) -> impl Iterator<Item = SocketAddr> {
        self.sockets.iter().map(|port| canonical(port.local()))
    }

    /// Sends datagrams from `server` to `client`. What the kernel does not take is lost, as datagrams are.
    pub(super) fn send(&self, server: ServerAddr, client: ClientAddr, datagrams: Datagrams<'_>) {
        if let Some(port) = self.serving(server) {
            port.send(Some(server.0.ip()), client.0, datagrams);
        }
    }

    /// Sends runs of datagrams, each to one client, with as few system calls as it takes.
    pub(super) fn send_all<'a>(&self, runs: impl Iterator<Item = ToSend<'a>>) {
        // Everyone gets the same: what comes first for each is of one length, then what comes next, and so on.
        let mut order: Vec<(usize, ToSend<'a>)> = Vec::new();
        for run in runs {
            let nth = order.last().filter(|(_, last)| last.to == run.to).map_or(0, |(nth, _)| nth + 1);
            order.push((nth, run));
        }
        order.sort_by_key(|(nth, run)| (*nth, run.from, run.datagrams.each()));
        let order: Vec<ToSend<'a>> = order.into_iter().map(|(_, run)| run).collect();
        for group in order.chunk_by(|a, b| a.from == b.from) {
            let serving = group.first().and_then(|first| self.serving(ServerAddr(first.from)));
            if let Some(port) = serving {
                port.send_all(group);
            }
        }
    }

    /// The socket that datagrams to `server` arrive on: the one bound to just that, or to all addresses.
    fn serving(&self, server: ServerAddr) -> Option<&Udp> {
        let exact = self.sockets.iter().find(|port| canonical(port.local()) == server.0);
        let serves =
            |port: &&Udp| port.local().port() == server.0.port() && port.local().ip().is_unspecified();
        let family =
            || self.sockets.iter().filter(serves).find(|port| port.local().is_ipv6() == server.0.is_ipv6());
        exact.or_else(family).or_else(|| self.sockets.iter().find(serves))
    }
}
