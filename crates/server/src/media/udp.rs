//! UDP sockets that take and give many datagrams at once.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr, SocketAddrV6};

use mio::net::UdpSocket;
use mio::{Interest, Registry};
use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::{
    IpRecvTos, Ipv4PacketInfo, Ipv6DontFrag, Ipv6RecvPacketInfo, Ipv6RecvTClass, ReceiveTimestampns,
};
use quinn_udp::{RecvMeta, Transmit, UdpSockRef, UdpSocketState};
use rustix::net::sockopt::{
    Ipv4PathMtuDiscovery, Ipv6PathMtuDiscovery, set_ip_mtu_discover, set_ipv6_mtu_discover,
};
use socket2::SockRef;
use visavis_turn::Datagrams;

use super::token::Token;

/// The most that the kernel hands over in one buffer, in bytes: datagrams of one sender are joined up to
/// that.
const BUFFER: usize = 65_536;
/// Buffers filled by one read.
const BUFFERS: usize = quinn_udp::BATCH_SIZE;
/// What the kernel may hold for a socket in each direction, in bytes, where it allows that much.
const KERNEL_BUFFER: usize = 4 << 20;

/// A UDP socket of the media thread.
pub(super) struct Udp {
    socket: UdpSocket,
    state: UdpSocketState,
    local: SocketAddr,
}

/// Buffers for what one read brings.
pub(super) struct Batch {
    buffers: Vec<u8>,
    metas: [RecvMeta; BUFFERS],
    received: usize,
    local: SocketAddr,
}

/// Whether a read took all that was there: then the next readiness event tells of more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    All,
    Some,
}

impl Udp {
    pub(super) fn new(socket: std::net::UdpSocket, token: Token, registry: &Registry) -> io::Result<Self> {
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        enlarge(&socket);
        let local = socket.local_addr()?;
        let mut socket = UdpSocket::from_std(socket);
        registry.register(&mut socket, token.into(), Interest::READABLE)?;
        let udp = Self { socket, state, local };
        udp.spare()?;
        // The library forbids it. What a peer sends may be longer than a link to the client takes (RFC 8656 section 15).
        udp.fragment(true)?;
        Ok(udp)
    }

    /// The library asks the kernel for more beside each datagram than is used here: when it came, its traffic class, and the
    /// address it came to where there is only one.
    fn spare(&self) -> io::Result<()> {
        let knows_address = !self.local.ip().is_unspecified();
        setsockopt(&self.socket, ReceiveTimestampns, &false)?;
        setsockopt(&self.socket, IpRecvTos, &false)?;
        if knows_address {
            setsockopt(&self.socket, Ipv4PacketInfo, &false)?;
        }
        if self.local.is_ipv6() {
            setsockopt(&self.socket, Ipv6RecvTClass, &false)?;
            if knows_address {
                setsockopt(&self.socket, Ipv6RecvPacketInfo, &false)?;
            }
        }
        Ok(())
    }

    pub(super) fn local(&self) -> SocketAddr {
        self.local
    }

    pub(super) fn socket(&self) -> &UdpSocket {
        &self.socket
    }

    /// Whether datagrams may be cut into fragments from now on: those that are longer than the way takes, as far as it is known.
    pub(super) fn fragment(&self, may: bool) -> io::Result<()> {
        let v4 = if may { Ipv4PathMtuDiscovery::WANT } else { Ipv4PathMtuDiscovery::DO };
        set_ip_mtu_discover(&self.socket, v4)?;
        if self.local.is_ipv6() {
            let v6 = if may { Ipv6PathMtuDiscovery::WANT } else { Ipv6PathMtuDiscovery::DO };
            set_ipv6_mtu_discover(&self.socket, v6)?;
            setsockopt(&self.socket, Ipv6DontFrag, &!may)?;
        }
        Ok(())
    }

    /// No events come of it any more.
    pub(super) fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        registry.deregister(&mut self.socket)
    }

    /// Reads at most `most` buffers.
    ///
    /// # Errors
    /// `WouldBlock` when there is nothing.
    pub(super) fn receive(&self, batch: &mut Batch, most: usize) -> io::Result<Taken> {
        batch.received = 0;
        batch.local = self.local;
        let mut buffers = batch.buffers.chunks_exact_mut(BUFFER);
        let mut slices: [IoSliceMut<'_>; BUFFERS] =
            std::array::from_fn(|_| IoSliceMut::new(buffers.next().unwrap_or_default()));
        let most = most.min(BUFFERS);
        let socket = UdpSockRef::from(&self.socket);
        batch.received = self.state.recv(socket, &mut slices[..most], &mut batch.metas)?;
        Ok(if batch.received < most { Taken::All } else { Taken::Some })
    }

    /// Sends datagrams, from the address `from` of ours where the socket has several. What the kernel does not take is lost,
    /// as datagrams are.
    pub(super) fn send(&self, from: Option<IpAddr>, to: SocketAddr, datagrams: Datagrams<'_>) {
        let ipv6 = self.local.is_ipv6();
        let destination = as_socket_wants(to, ipv6);
        // A socket with one address sends from that without being told, which costs less.
        let src_ip = from.filter(|_| self.local.ip().is_unspecified());
        let src_ip = src_ip.map(|ip| as_socket_wants(SocketAddr::new(ip, 0), ipv6).ip());
        let most = self.state.max_gso_segments().max(1);
        for (contents, segment) in datagrams.in_runs_of(most) {
            let transmit = Transmit {
                destination,
                ecn: None,
                contents,
                segment_size: (most > 1).then_some(segment),
                src_ip,
            };
            let send = || self.state.try_send(UdpSockRef::from(&self.socket), &transmit);
            // An ICMP error about an earlier datagram fails a later one that has nothing to do with it: once.
            if let Err(error) =
                send().or_else(|error| if is_about_another(&error) { send() } else { Err(error) })
            {
                tracing::trace!(%error, "datagrams lost");
            }
        }
    }
}

impl Batch {
    pub(super) fn new() -> Self {
        Self {
            buffers: vec![0; BUFFER * BUFFERS],
            metas: [RecvMeta::default(); BUFFERS],
            received: 0,
            local: SocketAddr::new(IpAddr::from([0; 4]), 0),
        }
    }

    /// Every datagram of the batch, with who sent it and which of our addresses it came to.
    pub(super) fn datagrams(&self) -> impl Iterator<Item = (SocketAddr, SocketAddr, &[u8])> {
        let received = self.metas.iter().zip(self.buffers.chunks_exact(BUFFER)).take(self.received);
        received.flat_map(|(meta, buffer)| {
            let from = canonical(meta.addr);
            let ip = meta.dst_ip.unwrap_or(self.local.ip());
            let to = SocketAddr::new(ip.to_canonical(), self.local.port());
            let data = buffer.get(..meta.len).unwrap_or_default();
            // One without any payload is a datagram, too.
            let empty = data.is_empty().then_some((from, to, data));
            empty.into_iter().chain(data.chunks(meta.stride.max(1)).map(move |datagram| (from, to, datagram)))
        })
    }
}

/// Whether the error may have waited in the socket.
fn is_about_another(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable};
    matches!(error.kind(), ConnectionRefused | HostUnreachable | NetworkUnreachable)
}

/// A burst of many clients, or of one with a keyframe, has to wait somewhere. The kernel grants less to those without the
/// right to ask for more, and that is no failure.
fn enlarge(socket: &std::net::UdpSocket) {
    let socket = SockRef::from(socket);
    for enlarged in [socket.set_recv_buffer_size(KERNEL_BUFFER), socket.set_send_buffer_size(KERNEL_BUFFER)] {
        if let Err(error) = enlarged {
            tracing::debug!(%error, "socket buffers stay as they are");
        }
    }
}

/// IPv4 as IPv4, also when it arrived on a socket for both families; without a flow label.
pub(super) fn canonical(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V6(v6) if v6.ip().to_ipv4_mapped().is_none() && v6.scope_id() != 0 => {
            SocketAddr::V6(SocketAddrV6::new(*v6.ip(), v6.port(), 0, v6.scope_id()))
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
