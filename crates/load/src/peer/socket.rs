//! A caller's UDP socket, which takes many datagrams at once and knows when they came.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd, RawFd};

use mio::{Interest, Registry, Token};
use quinn_udp::{RecvMeta, UdpSockRef, UdpSocketState};
use socket2::SockRef;

use crate::media::stamp;

/// The kernel joins datagrams of one sender up to this.
const BUFFER: usize = 65_536;
const BUFFERS: usize = quinn_udp::BATCH_SIZE;
/// What the kernel may hold for a socket, in bytes, where it allows that much: a burst must not be lost here.
const KERNEL_BUFFER: usize = 4 << 20;

/// A UDP socket.
pub(crate) struct Socket {
    socket: mio::net::UdpSocket,
    state: UdpSocketState,
    local: SocketAddr,
}

impl AsRawFd for Socket {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

/// Buffers for what one read brings; all sockets of a thread share them.
pub(crate) struct Batch {
    buffers: Vec<u8>,
    metas: [RecvMeta; BUFFERS],
    received: usize,
}

/// A datagram that came.
pub(crate) struct Datagram<'a> {
    pub(crate) from: SocketAddr,
    pub(crate) data: &'a [u8],
    /// When the kernel had it, in nanoseconds since the Unix epoch.
    pub(crate) came: Option<u64>,
}

impl Socket {
    /// A free port of this address.
    pub(crate) fn bind(ip: IpAddr) -> io::Result<Self> {
        let socket = std::net::UdpSocket::bind((ip, 0))?;
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        // The kernel grants less to those without the right to ask for more; what it drops is counted.
        let _ = SockRef::from(&socket).set_recv_buffer_size(KERNEL_BUFFER);
        let _ = SockRef::from(&socket).set_send_buffer_size(KERNEL_BUFFER);
        let local = socket.local_addr()?;
        Ok(Self { socket: mio::net::UdpSocket::from_std(socket), state, local })
    }

    pub(crate) fn local(&self) -> SocketAddr {
        self.local
    }

    pub(crate) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(&mut self.socket, token, Interest::READABLE)
    }

    /// Reads what is there, as far as it fits.
    ///
    /// # Errors
    /// `WouldBlock` when there is nothing.
    pub(crate) fn receive(&self, batch: &mut Batch) -> io::Result<()> {
        let mut buffers = batch.buffers.chunks_exact_mut(BUFFER);
        let mut slices: [IoSliceMut<'_>; BUFFERS] =
            std::array::from_fn(|_| IoSliceMut::new(buffers.next().unwrap_or_default()));
        batch.received = 0;
        let received = self.state.recv(UdpSockRef::from(&self.socket), &mut slices, &mut batch.metas);
        batch.received = received?;
        Ok(())
    }

    /// Sends a datagram. One that the kernel does not take is lost, as datagrams are.
    pub(crate) fn send(&self, data: &[u8], to: SocketAddr) {
        let _ = self.socket.send_to(data, to);
    }
}

impl Batch {
    pub(crate) fn new() -> Self {
        Self { buffers: vec![0; BUFFER * BUFFERS], metas: [RecvMeta::default(); BUFFERS], received: 0 }
    }

    /// Every datagram of the last read.
    pub(crate) fn datagrams(&self) -> impl Iterator<Item = Datagram<'_>> {
        let received = self.metas.iter().zip(self.buffers.chunks_exact(BUFFER)).take(self.received);
        received.flat_map(|(meta, buffer)| {
            let came = meta.timestamp.map(stamp::since_epoch);
            let data = buffer.get(..meta.len).unwrap_or_default();
            data.chunks(meta.stride.max(1)).map(move |data| Datagram { from: meta.addr, data, came })
        })
    }
}
