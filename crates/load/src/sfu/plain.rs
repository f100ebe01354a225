//! Callers of the bare fan-out: the same packets at the same times, without WebRTC.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Instant;

use super::fan_out::{PUBLISHERS, STREAMS};
use super::sealed::{Header, Key};
use crate::media::{Packet, Script, Stream};
use crate::peer::{Batch, Happened, Received, Socket, Tracks};
use crate::stage::Actor;

/// Whoever sends.
pub(super) struct Publisher {
    socket: Socket,
    script: Script,
    key: Key,
    to: SocketAddr,
    first_ssrc: u32,
    seqs: [u32; STREAMS as usize],
}

/// Whoever receives.
pub(super) struct Subscriber {
    socket: Socket,
    key: Key,
    tracks: Tracks,
}

impl Publisher {
    pub(super) fn new(number: u32, to: SocketAddr, script: Script) -> anyhow::Result<Self> {
        let (socket, key) = (Socket::bind(IpAddr::V4(Ipv4Addr::LOCALHOST))?, Key::of(PUBLISHERS)?);
        Ok(Self { socket, script, key, to, first_ssrc: number * STREAMS, seqs: [0; STREAMS as usize] })
    }
}

impl Subscriber {
    pub(super) fn new(number: u32) -> anyhow::Result<Self> {
        let (socket, key) = (Socket::bind(IpAddr::V4(Ipv4Addr::LOCALHOST))?, Key::of(number)?);
        Ok(Self { socket, key, tracks: Tracks::default() })
    }

    pub(super) fn local(&self) -> SocketAddr {
        self.socket.local()
    }
}

impl Actor for Publisher {
    fn socket(&mut self) -> &mut Socket {
        &mut self.socket
    }

    fn publishes(&self) -> bool {
        true
    }

    fn is_connected(&self) -> bool {
        true
    }

    fn deadline(&self) -> Option<Instant> {
        Some(self.script.next())
    }

    fn receive(&mut self, _: &mut Batch, _: &mut Happened) {}

    fn advance(&mut self, now: Instant, happened: &mut Happened) {
        let Self { socket, script, key, to, first_ssrc, seqs } = self;
        let mut sealed = Vec::new();
        let mut sent = 0;
        let late = script.due(now, |Packet { stream, payload, .. }| {
            let stream = match stream {
                Stream::Sound => 0,
                Stream::Picture(layer) => 1 + layer,
            };
            seqs[stream] += 1;
            let ssrc = *first_ssrc + u32::try_from(stream).unwrap_or_default();
            sealed.clear();
            if key.seal(Header { ssrc, seq: seqs[stream] }, &payload, &mut sealed).is_ok() {
                socket.send(&sealed, *to);
                sent += 1;
            }
        });
        happened.wrote(sent, late);
    }

    fn collect(&mut self) -> Received {
        Received::default()
    }

    fn only(&mut self, rids: &[String]) {
        self.script.only(rids);
    }
}

impl Actor for Subscriber {
    fn socket(&mut self) -> &mut Socket {
        &mut self.socket
    }

    fn publishes(&self) -> bool {
        false
    }

    fn is_connected(&self) -> bool {
        true
    }

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn receive(&mut self, batch: &mut Batch, happened: &mut Happened) {
        let mut packet = Vec::new();
        while self.socket.receive(batch).is_ok() {
            for datagram in batch.datagrams() {
                packet.clear();
                packet.extend(datagram.data);
                if let Ok((header, payload)) = self.key.open(&mut packet)
                    && self.tracks.take(header.ssrc, header.seq.into(), false)
                {
                    happened.came(datagram.came, payload);
                }
            }
        }
    }

    fn advance(&mut self, _: Instant, _: &mut Happened) {}

    fn collect(&mut self) -> Received {
        self.tracks.collect()
    }

    fn only(&mut self, _: &[String]) {}
}
