//! The sockets of TCP relays (RFC 6062): where peers connect to, and from where they are connected to.

use std::io;
use std::net::{IpAddr, SocketAddr};

use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry};
use rustix::io::Errno;
use rustix::net::sockopt::set_socket_reuseport;
use socket2::{Domain, Protocol, Socket, Type};
use visavis_turn::{PeerAddr, RelayId};

use super::sockets::Sockets;
use super::token::Token;
use super::udp::canonical;

/// Connections of peers that wait to be accepted.
const BACKLOG: i32 = 64;

/// Every TCP relay's socket.
#[derive(Default)]
pub(super) struct Listeners {
    sockets: Sockets<TcpListener>,
}

impl Listeners {
    /// Listens for peers of `relay`.
    pub(super) fn open(
        &mut self,
        relay: RelayId,
        ip: IpAddr,
        port: u16,
        registry: &Registry,
    ) -> io::Result<()> {
        let socket = bind(SocketAddr::new(ip, port))?;
        socket.listen(BACKLOG)?;
        let mut listener = TcpListener::from_std(socket.into());
        let index = self.sockets.next_index();
        registry.register(&mut listener, Token::Listener(index).into(), Interest::READABLE)?;
        self.sockets.insert(relay, listener);
        Ok(())
    }

    /// Closes the socket of `relay`, if it has one.
    pub(super) fn close(&mut self, relay: RelayId, registry: &Registry) {
        let Some(mut listener) = self.sockets.remove(relay) else { return };
        if let Err(error) = registry.deregister(&mut listener) {
            tracing::debug!(%error, "TCP relay not deregistered");
        }
    }

    /// The next connection that a peer has made to socket `index`, with the relay and who it is.
    ///
    /// # Errors
    /// `WouldBlock` when there is none.
    pub(super) fn accept(&self, index: usize) -> io::Result<(RelayId, TcpStream, PeerAddr)> {
        let (relay, listener) = self.sockets.at(index).ok_or(io::ErrorKind::NotFound)?;
        let (stream, peer) = listener.accept()?;
        stream.set_nodelay(true)?;
        Ok((*relay, stream, PeerAddr(canonical(peer))))
    }

    /// Begins to connect from the address of `relay` to `peer`. Once the socket is writable it is known whether that worked.
    pub(super) fn connect(&self, relay: RelayId, peer: PeerAddr) -> io::Result<TcpStream> {
        let listener = self.sockets.of(relay).ok_or(io::ErrorKind::NotFound)?;
        let socket = bind(listener.local_addr()?)?;
        socket.set_tcp_nodelay(true)?;
        match socket.connect(&peer.0.into()) {
            Ok(()) => {}
            Err(error) if error.raw_os_error() == Some(Errno::INPROGRESS.raw_os_error()) => {}
            Err(error) => return Err(error),
        }
        Ok(TcpStream::from_std(socket.into()))
    }
}

/// A socket of one family. Those that connect have the address of the one that listens.
fn bind(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    set_socket_reuseport(&socket, true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}
