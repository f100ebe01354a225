//! A synthetic caller's media: a real WebRTC endpoint, without anything to see or hear.
//!
//! It sends what was encoded before and counts what comes, which it decodes only where that is measured; feedback for the sender is
//! the library's own.

mod draft;
mod leg;
mod publishing;
mod socket;
mod tracks;
mod traffic;
mod viewer;

pub(crate) use draft::{Draft, Lines, answer};
pub(crate) use leg::Leg;
pub(crate) use socket::{Batch, Datagram, Socket};
pub(crate) use tracks::{Progress, Received, Tracks};
pub(crate) use traffic::{Flow, Role, Traffic};
pub(crate) use viewer::{Moment, Seen, Viewer};

use std::time::{Duration, Instant, SystemTime};

use str0m::format::Codec;
use str0m::media::{KeyframeRequestKind, Mid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::RtpPacket;
use str0m::{Event, IceConnectionState, Input, Output, Rtc};

use crate::delays::Delays;
use crate::media::stamp;
use crate::stage::Actor;
use publishing::Publishing;
use viewer::Arrived;

/// After so many rounds without coming to rest the rest of the loop goes first.
const MOST_ROUNDS: usize = 100;

/// One caller.
pub(crate) struct Peer {
    rtc: Rtc,
    socket: Socket,
    publishing: Option<Publishing>,
    tracks: Tracks,
    traffic: Traffic,
    /// What decodes what comes, if that is to be.
    viewer: Option<Viewer>,
    /// When the library wants to be called again.
    timeout: Instant,
    connected: bool,
}

/// What happened to all callers of a thread.
#[derive(Debug, Default, Clone)]
pub(crate) struct Happened {
    /// Packets that were sent, of all encodings.
    pub(crate) sent: u64,
    /// How long packets took from their sender to the receiver's socket, by way of a server.
    pub(crate) delays: Delays,
    /// The same from caller to caller.
    pub(crate) direct: Delays,
    /// How much later than planned packets were sent.
    pub(crate) late: Delays,
    /// Connections that failed.
    pub(crate) failed: u64,
}

/// How far a connection is.
#[derive(Debug, Default, Clone)]
pub(crate) struct Look {
    /// Whether it stands.
    pub(crate) connected: bool,
    /// What has come on each m-line since the beginning.
    pub(crate) streams: Vec<(Mid, Progress)>,
}

impl Actor for Peer {
    fn socket(&mut self) -> &mut Socket {
        &mut self.socket
    }

    fn publishes(&self) -> bool {
        self.publishing.is_some()
    }

    fn is_connected(&self) -> bool {
        self.connected
    }

    fn deadline(&self) -> Option<Instant> {
        let script =
            self.publishing.as_ref().filter(|_| self.connected).map(|publishing| publishing.script.next());
        Some(script.map_or(self.timeout, |next| next.min(self.timeout)))
    }

    fn receive(&mut self, batch: &mut Batch, happened: &mut Happened) {
        // Whatever the error is: there is nothing to read, and the next event tells of more.
        while self.socket.receive(batch).is_ok() {
            let now = Instant::now();
            for datagram in batch.datagrams() {
                self.datagram(&datagram, now, happened);
            }
            self.settle(now, happened);
        }
    }

    fn advance(&mut self, now: Instant, happened: &mut Happened) {
        if let Some(publishing) = self.publishing.as_mut().filter(|_| self.connected) {
            let (sent, late) = publishing.write(&mut self.rtc, now);
            happened.wrote(sent, late);
        }
        self.timeout = now;
        self.settle(now, happened);
    }

    fn collect(&mut self) -> Received {
        self.tracks.collect()
    }

    fn only(&mut self, rids: &[String]) {
        if let Some(publishing) = &mut self.publishing {
            publishing.script.only(rids);
        }
    }

    fn pause(&mut self, paused: bool) {
        if let Some(publishing) = &mut self.publishing {
            publishing.script.pause(paused);
        }
    }

    fn traffic(&mut self) -> Traffic {
        self.traffic.frames = self.publishing.as_mut().map_or(0, Publishing::frames);
        let fresh = Traffic { role: self.traffic.role, ..Traffic::default() };
        std::mem::replace(&mut self.traffic, fresh)
    }

    fn seen(&mut self) -> Option<Seen> {
        self.viewer.as_mut().map(Viewer::collect)
    }

    fn look(&mut self) -> Look {
        let mut api = self.rtc.direct_api();
        let line = |(ssrc, progress): (u32, _)| Some((api.stream_rx(&ssrc.into())?.mid(), progress));
        Look { connected: self.connected, streams: self.tracks.progress().filter_map(line).collect() }
    }
}

impl Happened {
    /// So many packets were sent so late.
    pub(crate) fn wrote(&mut self, packets: u64, late: Duration) {
        if packets > 0 {
            self.sent += packets;
            self.late.add(stamp::since_epoch(late));
        }
    }

    /// A packet of this payload came at this time, by way of a server.
    pub(crate) fn came(&mut self, came: Option<u64>, payload: &[u8]) {
        if let Some(delay) = delay(came, payload) {
            self.delays.add(delay);
        }
    }

    /// The same from caller to caller.
    fn came_directly(&mut self, came: Option<u64>, payload: &[u8]) {
        if let Some(delay) = delay(came, payload) {
            self.direct.add(delay);
        }
    }
}

/// In nanoseconds, if both times are known.
fn delay(came: Option<u64>, payload: &[u8]) -> Option<u64> {
    Some(came?.saturating_sub(stamp::read(payload)?))
}

impl Peer {
    fn new(rtc: Rtc, socket: Socket, publishing: Option<Publishing>) -> Self {
        let (tracks, traffic) = (Tracks::default(), Traffic::default());
        let (viewer, timeout) = (None, Instant::now());
        Self { rtc, socket, publishing, tracks, traffic, viewer, timeout, connected: false }
    }

    /// Decodes what comes.
    pub(crate) fn viewed_by(mut self, viewer: Viewer) -> Self {
        self.viewer = Some(viewer);
        self
    }

    /// One connection of a caller who has several.
    pub(crate) fn of(mut self, role: Role) -> Self {
        self.traffic.role = role;
        self
    }

    /// One packet waits in the library at a time: what it says is taken after each datagram.
    fn datagram(&mut self, datagram: &Datagram<'_>, now: Instant, happened: &mut Happened) {
        let Datagram { from, data, came } = *datagram;
        self.traffic.received.add(data);
        if let Ok(receive) = Receive::new(Protocol::Udp, from, self.socket.local(), data)
            && self.rtc.handle_input(Input::Receive(now, receive)).is_ok()
        {
            self.drain(came, happened);
        }
    }

    /// Until nothing is due any more.
    fn settle(&mut self, now: Instant, happened: &mut Happened) {
        for _ in 0..MOST_ROUNDS {
            if self.timeout > now || self.rtc.handle_input(Input::Timeout(now)).is_err() {
                return;
            }
            self.drain(None, happened);
        }
    }

    fn drain(&mut self, came: Option<u64>, happened: &mut Happened) {
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(at)) => {
                    self.timeout = at;
                    return;
                }
                Ok(Output::Transmit(transmit)) => {
                    self.traffic.sent.add(&transmit.contents);
                    self.socket.send(&transmit.contents, transmit.destination);
                }
                Ok(Output::Event(event)) => self.event(event, came, happened),
                Err(_) => return,
            }
        }
    }

    fn event(&mut self, event: Event, came: Option<u64>, happened: &mut Happened) {
        match event {
            Event::RtpPacket(packet) => {
                self.count(&packet, came, happened);
                self.view(&packet);
            }
            Event::Connected => self.connected = true,
            Event::IceConnectionStateChange(IceConnectionState::Disconnected) | Event::Closed => {
                happened.failed += u64::from(self.connected);
                self.connected = false;
            }
            Event::KeyframeRequest(request) => {
                if let Some(publishing) = &mut self.publishing {
                    publishing.script.key_frame(request.rid.as_deref());
                }
            }
            _ => {}
        }
    }

    fn count(&mut self, packet: &RtpPacket, came: Option<u64>, happened: &mut Happened) {
        if self.tracks.take(*packet.header.ssrc, *packet.seq_no, packet.header.marker) {
            if self.traffic.role.direct {
                happened.came_directly(came, &packet.payload);
            } else {
                happened.came(came, &packet.payload);
            }
        }
    }

    fn view(&mut self, packet: &RtpPacket) {
        let Some(viewer) = &mut self.viewer else { return };
        let config = self.rtc.codec_config();
        let params = config.find(|params| params.pt() == packet.header.payload_type);
        let Some(codec) = params.map(|params| params.spec().codec) else { return };
        let arrived = Arrived {
            ssrc: *packet.header.ssrc,
            sequence: *packet.seq_no,
            timestamp: packet.header.timestamp,
            marker: packet.header.marker,
            taken: taken(packet, if codec == Codec::Opus { 48_000 } else { 90_000 }),
            payload: &packet.payload,
        };
        if codec == Codec::Opus {
            viewer.listen(arrived);
        } else if viewer.look(arrived, Instant::now())
            && let Some(stream) = self.rtc.direct_api().stream_rx(&packet.header.ssrc)
        {
            stream.request_keyframe(KeyframeRequestKind::Pli);
        }
    }
}

/// When the content of a packet was, as its sender's last report says.
fn taken(packet: &RtpPacket, clock_rate: u32) -> Option<SystemTime> {
    let report = packet.last_sender_info.filter(|report| report.rtp_time.numer() > 0)?;
    let known = u32::try_from(report.rtp_time.numer() & u64::from(u32::MAX)).ok()?;
    let after = packet.header.timestamp.wrapping_sub(known).cast_signed();
    let span = Duration::from_secs(1) * after.unsigned_abs() / clock_rate;
    if after < 0 { report.ntp_time.checked_sub(span) } else { report.ntp_time.checked_add(span) }
}
