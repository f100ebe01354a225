//! UDP sockets that take and give many datagrams at once.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::os::fd::AsRawFd as _;

use mio::net::UdpSocket;
use mio::{Interest, Registry};
use nix::cmsg_space;
use nix::libc::{in_addr, in_pktinfo, in6_addr, in6_pktinfo};
use nix::sys::socket::sockopt::{
    IpRecvTos, Ipv4PacketInfo, Ipv6DontFrag, Ipv6RecvPacketInfo, Ipv6RecvTClass, ReceiveTimestampns,
};
use nix::sys::socket::{ControlMessage, MsgFlags, MultiHeaders, SockaddrStorage, sendmmsg, setsockopt};
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
/// Destinations that one system call serves.
const AT_ONCE: usize = 64;
/// What the kernel may hold for a socket in each direction, in bytes, where it allows that much.
const KERNEL_BUFFER: usize = 4 << 20;

/// A UDP socket of the media thread.
pub(super) struct Udp {
    socket: UdpSocket,
    state: UdpSocketState,
    local: SocketAddr,
}

/// Datagrams for one destination, and the address of ours that they leave from.
#[derive(Clone, Copy)]
pub(super) struct ToSend<'a> {
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    pub(super) datagrams: Datagrams<'a>,
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

impl Udp {
    /// Sends datagrams to several destinations with as few system calls as it takes: one for those whose lengths and whose
    /// address of ours are the same. What the kernel does not take is lost, as datagrams are.
    pub(super) fn send_all(&self, all: &[ToSend<'_>]) {
        let alike =
            |a: &ToSend<'_>, b: &ToSend<'_>| a.datagrams.each() == b.datagrams.each() && a.from == b.from;
        for group in all.chunk_by(alike).flat_map(|group| group.chunks(AT_ONCE)) {
            let sent = if group.len() > 1 { self.send_group(group) } else { 0 };
            for ToSend { from, to, datagrams } in group.iter().skip(sent) {
                self.send(Some(from.ip()), *to, *datagrams);
            }
        }
    }

    /// Sends the first of them at once, as many as the kernel takes; how many these are.
    fn send_group(&self, group: &[ToSend<'_>]) -> usize {
        let Some(first) = group.first() else { return 0 };
        let Ok(each) = u16::try_from(first.datagrams.each()) else { return 0 };
        let most = self.state.max_gso_segments().max(1);
        let fits = |next: &ToSend<'_>| next.datagrams.bytes().len() <= first.datagrams.each() * most;
        if most == 1 || !group.iter().all(fits) {
            return 0;
        }
        let ipv6 = self.local.is_ipv6();
        let address = |next: &ToSend<'_>| Some(SockaddrStorage::from(as_socket_wants(next.to, ipv6)));
        let addresses: Vec<Option<SockaddrStorage>> = group.iter().map(address).collect();
        let slices: Vec<[IoSlice<'_>; 1]> =
            group.iter().map(|next| [IoSlice::new(next.datagrams.bytes())]).collect();
        let source = self.local.ip().is_unspecified().then_some(first.from.ip());
        let (v4, v6) = source.map(|ip| packet_info(ip, ipv6)).unwrap_or_default();
        let mut control = vec![ControlMessage::UdpGsoSegments(&each)];
        control.extend(v4.as_ref().map(ControlMessage::Ipv4PacketInfo));
        control.extend(v6.as_ref().map(ControlMessage::Ipv6PacketInfo));
        // The kernel wants to be told of no more room than is used.
        let room = match (v4, v6) {
            (Some(_), _) => cmsg_space!(u16, in_pktinfo),
            (_, Some(_)) => cmsg_space!(u16, in6_pktinfo),
            _ => cmsg_space!(u16),
        };
        let mut headers = MultiHeaders::preallocate(group.len(), Some(room));
        let descriptor = self.socket.as_raw_fd();
        let sent = sendmmsg(descriptor, &mut headers, &slices, &addresses, &control, MsgFlags::empty());
        sent.map_or(0, Iterator::count)
    }
}

/// Where datagrams are to leave from.
fn packet_info(from: IpAddr, ipv6: bool) -> (Option<in_pktinfo>, Option<in6_pktinfo>) {
    match as_socket_wants(SocketAddr::new(from, 0), ipv6).ip() {
        IpAddr::V4(ip) => {
            let ip = in_addr { s_addr: u32::from_ne_bytes(ip.octets()) };
            (Some(in_pktinfo { ipi_ifindex: 0, ipi_spec_dst: ip, ipi_addr: in_addr { s_addr: 0 } }), None)
        }
        IpAddr::V6(ip) => {
            let ip = in6_addr { s6_addr: ip.octets() };
            (None, Some(in6_pktinfo { ipi6_addr: ip, ipi6_ifindex: 0 }))
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

#[cfg(test)]
mod tests {
    use std::net::UdpSocket as StdSocket;
    use std::time::Duration;

    use mio::Poll;

    use super::*;

    /// What each of three receivers gets of runs that are sent at once from a socket bound to `bound`.
    fn received(bound: &str, from: &str) -> Vec<Vec<(SocketAddr, Vec<u8>)>> {
        let poll = Poll::new().unwrap();
        let socket = StdSocket::bind(bound).unwrap();
        let from = SocketAddr::new(from.parse().unwrap(), socket.local_addr().unwrap().port());
        let udp = Udp::new(socket, Token::Port(0), poll.registry()).unwrap();
        let receivers: Vec<StdSocket> =
            (0..3).map(|_| StdSocket::bind(SocketAddr::new(from.ip(), 0)).unwrap()).collect();
        let bytes = [[1; 100], [2; 100], [3; 100]].concat();
        let lengths = [(100, 250), (100, 250), (80, 80)];
        let runs: Vec<ToSend<'_>> = receivers
            .iter()
            .zip(lengths)
            .map(|(receiver, (each, length))| ToSend {
                from,
                to: receiver.local_addr().unwrap(),
                datagrams: Datagrams::new(&bytes[..length], each),
            })
            .collect();
        udp.send_all(&runs);
        let datagrams = |(receiver, (each, length)): (&StdSocket, (usize, usize))| {
            receiver.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
            let count = usize::div_ceil(length, each);
            (0..count)
                .map(|_| {
                    let mut buffer = [0; 2000];
                    let (length, sender) = receiver.recv_from(&mut buffer).unwrap();
                    (sender, buffer[..length].to_vec())
                })
                .collect()
        };
        receivers.iter().zip(lengths).map(datagrams).collect()
    }

    #[test]
    fn runs_that_leave_at_once_arrive_whole_at_each_destination_from_the_address_that_was_named() {
        for (bound, from) in [
            ("127.0.0.1:0", "127.0.0.1"),
            ("0.0.0.0:0", "127.0.0.2"),
            ("[::]:0", "127.0.0.3"),
            ("[::]:0", "::1"),
        ] {
            let all = received(bound, from);
            let lengths: Vec<Vec<usize>> =
                all.iter().map(|got| got.iter().map(|(_, bytes)| bytes.len()).collect()).collect();
            assert_eq!(lengths, [vec![100, 100, 50], vec![100, 100, 50], vec![80]], "{bound}");
            assert!(all[0].iter().zip(1..).all(|((_, bytes), mark)| bytes.iter().all(|byte| *byte == mark)));
            let senders = || all.iter().flatten().map(|(sender, _)| sender.ip().to_canonical());
            assert!(senders().all(|sender| sender.to_string() == from), "{bound}: {:?}", senders().next());
        }
    }
}
