//! The least that a forwarder must do: take packets of publishers, and give each one to each subscriber under that one's key.
//!
//! Nothing is negotiated, repaired or estimated. What it costs is the floor under every forwarder on this machine: AES-128-GCM,
//! and the best that the kernel offers for sending, runs of equal datagrams (UDP_SEGMENT) to many destinations (sendmmsg).

use std::io::{ErrorKind, IoSlice, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::AsRawFd as _;

use clap::Args;
use mio::{Events, Poll, Token};
use nix::sys::socket::{ControlMessage, MsgFlags, MultiHeaders, SockaddrStorage, sendmmsg};

use super::sealed::{HEADER, Header, Key, TAG};
use crate::peer::{Batch, Socket};

/// The kernel takes no more segments, and no more bytes, as one run.
const RUN: usize = 64;
const RUN_BYTES: usize = 65_000;
/// Streams have numbers: four for each publisher, its sound and its encodings.
pub(super) const STREAMS: u32 = 4;
/// The key that publishers use.
pub(super) const PUBLISHERS: u32 = u32::MAX;

/// A bare fan-out, against which forwarders are measured; `sfu` starts it
#[derive(Debug, Args)]
#[command(hide = true)]
pub(crate) struct Options {
    /// A subscriber; repeatable
    #[arg(long, value_name = "ADDR:PORT")]
    to: Vec<SocketAddr>,

    /// The encoding that is forwarded, beside the sound
    #[arg(long, value_name = "0..2")]
    layer: u32,
}

/// Runs until it is ended.
///
/// # Errors
/// If a socket fails.
pub(crate) fn run(options: &Options) -> anyhow::Result<String> {
    let mut socket = Socket::bind(IpAddr::V4(Ipv4Addr::LOCALHOST))?;
    let mut out = std::io::stdout();
    writeln!(out, "listening on {}", socket.local())?;
    let mut poll = Poll::new()?;
    socket.register(poll.registry(), Token(0))?;
    let mut events = Events::with_capacity(1);
    let mut batch = Batch::new();
    let mut fan = Fan::new(options)?;
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
        while socket.receive(&mut batch).is_ok() {
            fan.take(&batch)?;
            fan.give(&socket)?;
        }
    }
}

struct Fan {
    layer: u32,
    from: Key,
    to: Vec<(SockaddrStorage, Key)>,
    /// What waits to be forwarded.
    packets: Vec<(Header, Vec<u8>)>,
    arena: Vec<u8>,
    runs: MultiHeaders<SockaddrStorage>,
    singles: MultiHeaders<SockaddrStorage>,
}

impl Fan {
    fn new(options: &Options) -> anyhow::Result<Self> {
        let to: Result<Vec<_>, _> =
            (0..).zip(&options.to).map(|(number, to)| anyhow::Ok(((*to).into(), Key::of(number)?))).collect();
        let count = options.to.len();
        Ok(Self {
            layer: options.layer,
            from: Key::of(PUBLISHERS)?,
            to: to?,
            packets: Vec::new(),
            arena: Vec::new(),
            runs: MultiHeaders::preallocate(count, Some(nix::cmsg_space!(u16))),
            singles: MultiHeaders::preallocate(count, None),
        })
    }

    fn take(&mut self, batch: &Batch) -> anyhow::Result<()> {
        self.packets.clear();
        for datagram in batch.datagrams() {
            let mut packet = datagram.data.to_vec();
            let (header, payload) = self.from.open(&mut packet)?;
            let stream = header.ssrc % STREAMS;
            if stream == 0 || stream == self.layer + 1 {
                let end = HEADER + payload.len();
                packet.truncate(end);
                self.packets.push((header, packet));
            }
        }
        Ok(())
    }

    fn give(&mut self, socket: &Socket) -> anyhow::Result<()> {
        let packets = std::mem::take(&mut self.packets);
        let mut rest = packets.as_slice();
        while !rest.is_empty() {
            let (run, others) = rest.split_at(run_length(rest));
            self.send(run, socket)?;
            rest = others;
        }
        self.packets = packets;
        Ok(())
    }

    /// Seals a run for each subscriber, and sends all with one call.
    fn send(&mut self, run: &[(Header, Vec<u8>)], socket: &Socket) -> anyhow::Result<()> {
        let Self { to, arena, runs, singles, .. } = self;
        arena.clear();
        for (_, key) in to.iter() {
            for (header, packet) in run {
                key.seal(*header, &packet[HEADER..], arena)?;
            }
        }
        let each = arena.len() / to.len().max(1);
        let slices: Vec<[IoSlice<'_>; 1]> =
            arena.chunks(each.max(1)).map(|run| [IoSlice::new(run)]).collect();
        let addresses: Vec<Option<SockaddrStorage>> = to.iter().map(|(address, _)| Some(*address)).collect();
        let segment = u16::try_from(run[0].1.len() + TAG)?;
        let segments = [ControlMessage::UdpGsoSegments(&segment)];
        let (headers, control): (_, &[_]) = if run.len() > 1 { (runs, &segments) } else { (singles, &[]) };
        // What the kernel does not take is lost, as datagrams are; subscribers count it.
        let fd = socket.as_raw_fd();
        let _ = sendmmsg(fd, headers, &slices, &addresses, control, MsgFlags::empty());
        Ok(())
    }
}

/// How many packets from the first one on go as one run: all as long as that, but the last one may be shorter.
fn run_length(packets: &[(Header, Vec<u8>)]) -> usize {
    let size = packets[0].1.len();
    let most = RUN.min(RUN_BYTES / (size + TAG));
    let equal = packets.iter().take(most).take_while(|(_, packet)| packet.len() == size).count();
    let shorter = packets.get(equal).is_some_and(|(_, packet)| packet.len() < size);
    if equal < most && shorter { equal + 1 } else { equal }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(lengths: &[usize]) -> Vec<(Header, Vec<u8>)> {
        lengths.iter().map(|length| (Header { ssrc: 0, seq: 0 }, vec![0; *length])).collect()
    }

    #[test]
    fn a_run_is_of_equal_packets_and_a_shorter_one_at_its_end() {
        assert_eq!(run_length(&lengths(&[9, 9, 9, 5, 9])), 4);
        assert_eq!(run_length(&lengths(&[9, 9, 10])), 2);
        assert_eq!(run_length(&lengths(&[9])), 1);
        assert_eq!(run_length(&lengths(&[9; 100])), RUN);
        assert_eq!(run_length(&lengths(&[1_200; 100])), RUN_BYTES / (1_200 + TAG));
    }
}
