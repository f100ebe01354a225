//! The UDP sockets of the shared port.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};

use mio::net::UdpSocket;
use mio::{Interest, Registry};
use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSockRef, UdpSocketState};
use visavis_turn::{ClientAddr, ServerAddr};

use super::token::Token;

/// The most that the kernel hands over in one buffer, in bytes: datagrams of one sender are joined up to
/// that.
const BUFFER: usize = 65_536;

/// The sockets of the shared port. Each knows the address that a datagram came to, and answers leave from
/// there.
pub(super) struct Ports {
    sockets: Vec<Port>,
}

struct Port {
    socket: UdpSocket,
    state: UdpSocketState,
    local: SocketAddr,
}

/// Buffers for one batch of datagrams.
pub(super) struct Batch {
    buffers: Vec<u8>,
    metas: [RecvMeta; BATCH_SIZE],
    received: usize,
    local: SocketAddr,
}

impl Ports {
    pub(super) fn new(sockets: Vec<std::net::UdpSocket>, registry: &Registry) -> io::Result<Self> {
        let sockets = sockets.into_iter().enumerate();
        let sockets =
            sockets.map(|(index, socket)| Port::new(index, socket, registry)).collect::<io::Result<_>>()?;
        Ok(Self { sockets })
    }

    /// Reads one batch from socket `index`.
    ///
    /// # Errors
    /// `WouldBlock` when there is none.
    pub(super) fn receive(&self, index: usize, batch: &mut Batch) -> io::Result<()> {
        batch.received = 0;
        let port = self.sockets.get(index).ok_or(io::ErrorKind::NotFound)?;
        batch.local = port.local;
        let mut buffers = batch.buffers.chunks_exact_mut(BUFFER);
        let mut slices: [IoSliceMut<'_>; BATCH_SIZE] =
            std::array::from_fn(|_| IoSliceMut::new(buffers.next().unwrap_or_default()));
        batch.received = port.state.recv(UdpSockRef::from(&port.socket), &mut slices, &mut batch.metas)?;
        Ok(())
    }

    /// Sends one datagram from `server` to `client`. What the kernel does not take is lost, as datagrams are.
    pub(super) fn send(&self, server: ServerAddr, client: ClientAddr, data: &[u8]) {
        let Some(port) = self.serving(server) else { return };
        let ipv6 = port.local.is_ipv6();
        let transmit = Transmit {
            destination: as_socket_wants(client.0, ipv6),
            ecn: None,
            contents: data,
            segment_size: None,
            src_ip: Some(as_socket_wants(server.0, ipv6).ip()),
        };
        if let Err(error) = port.state.try_send(UdpSockRef::from(&port.socket), &transmit) {
            tracing::trace!(%error, "datagram to a client lost");
        }
    }

    /// The socket that datagrams to `server` arrive on: the one bound to just that, or to all addresses.
    fn serving(&self, server: ServerAddr) -> Option<&Port> {
        let serves = |port: &&Port| port.local.port() == server.0.port() && port.local.ip().is_unspecified();
        let exact = self.sockets.iter().find(|port| canonical(port.local) == server.0);
        let family =
            || self.sockets.iter().filter(serves).find(|port| port.local.is_ipv6() == server.0.is_ipv6());
        exact.or_else(family).or_else(|| self.sockets.iter().find(serves))
    }
}

impl Port {
    fn new(index: usize, socket: std::net::UdpSocket, registry: &Registry) -> io::Result<Self> {
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        let local = socket.local_addr()?;
        let mut socket = UdpSocket::from_std(socket);
        registry.register(&mut socket, Token::Port(index).into(), Interest::READABLE)?;
        Ok(Self { socket, state, local })
    }
}

impl Batch {
    pub(super) fn new() -> Self {
        Self {
            buffers: vec![0; BUFFER * BATCH_SIZE],
            metas: [RecvMeta::default(); BATCH_SIZE],
            received: 0,
            local: SocketAddr::new(IpAddr::from([0; 4]), 0),
        }
    }

    /// Every datagram of the batch, with who sent it and which of our addresses it came to.
    pub(super) fn datagrams(&self) -> impl Iterator<Item = (ClientAddr, ServerAddr, &[u8])> {
        let received = self.metas.iter().zip(self.buffers.chunks_exact(BUFFER)).take(self.received);
        received.flat_map(|(meta, buffer)| {
            let client = ClientAddr(canonical(meta.addr));
            let ip = meta.dst_ip.unwrap_or(self.local.ip());
            let server = ServerAddr(SocketAddr::new(ip.to_canonical(), self.local.port()));
            let data = buffer.get(..meta.len).unwrap_or_default();
            data.chunks(meta.stride.max(1)).map(move |datagram| (client, server, datagram))
        })
    }
}

/// IPv4 as IPv4, also when it arrived on a socket for both families; without a flow label.
pub(super) fn canonical(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V6(v6) if v6.ip().to_ipv4_mapped().is_none() && v6.scope_id() != 0 => {
            SocketAddr::V6(std::net::SocketAddrV6::new(*v6.ip(), v6.port(), 0, v6.scope_id()))
        }
        other => SocketAddr::new(other.ip().to_canonical(), other.port()),
    }
}

/// The opposite of [`canonical`]: a socket for both families takes IPv4 as mapped into IPv6 only.
fn as_socket_wants(address: SocketAddr, ipv6: bool) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ipv6 => SocketAddr::new(ip.to_ipv6_mapped().into(), address.port()),
        _ => address,
    }
}
