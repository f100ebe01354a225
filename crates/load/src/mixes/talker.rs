//! A caller with a voice, and nothing to be seen.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::media::{Direction, MediaKind, Mid, Pt};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{ExtensionValues, RtpPacket, RtpWrite, Ssrc};
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc, RtcConfig};

use super::voice::{FRAME, PACKETS, Sound};
use crate::peer::{Batch, Datagram, Happened, Received, Socket, Tracks};
use crate::stage::Actor;

/// Between two packets.
const PACKET: Duration = Duration::from_millis(20);
/// After so much delay they are left out.
const MOST_LATE: Duration = Duration::from_millis(200);
/// What it remembers of what it heard: two seconds.
const REMEMBERED: usize = 2 * PACKETS as usize;
/// After so many rounds without coming to rest the rest of the loop goes first.
const MOST_ROUNDS: usize = 100;
/// How loud those are who speak, and those who do not, in dB below the loudest.
const LOUD: i8 = -20;
const QUIET: i8 = -70;

/// What a caller has heard lately.
pub(super) type Ears = Arc<Mutex<Memory>>;

/// The last packets of Opus that came.
#[derive(Debug, Default)]
pub(super) struct Memory {
    packets: VecDeque<Vec<u8>>,
    /// Of all that came.
    bytes: u64,
}

impl Memory {
    fn take(&mut self, payload: &[u8]) {
        self.bytes += payload.len() as u64;
        if self.packets.len() == REMEMBERED {
            self.packets.pop_front();
        }
        self.packets.push_back(payload.to_vec());
    }

    /// The last ones, in the order in which they came.
    pub(super) fn packets(&self) -> Vec<Vec<u8>> {
        self.packets.iter().cloned().collect()
    }

    /// How many bytes of sound have come in all.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// How a server wants a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// One m-line that sends and receives.
    One,
    /// One that sends, and one that receives.
    Two,
}

/// An offer that is not answered yet.
pub(super) struct Draft {
    rtc: Rtc,
    socket: Socket,
    pending: SdpPendingOffer,
    /// Of its own sound.
    pub(super) mid: Mid,
    pub(super) sdp: String,
}

/// What is said, and where.
struct Mouth {
    sound: Sound,
    speaks: bool,
    ssrc: Ssrc,
    pt: Pt,
    sent: u64,
    next: Instant,
}

pub(super) struct Talker {
    rtc: Rtc,
    socket: Socket,
    mouth: Mouth,
    ears: Ears,
    tracks: Tracks,
    timeout: Instant,
    connected: bool,
}

impl Draft {
    /// Offers a connection from this address.
    pub(super) fn offer(ip: IpAddr, lines: Lines) -> anyhow::Result<Self> {
        let socket = Socket::bind(ip)?;
        let config = RtcConfig::new().clear_codecs().enable_opus(true, false).set_rtp_mode(true);
        let mut rtc = config.build(Instant::now());
        rtc.add_local_candidate(Candidate::host(socket.local(), Protocol::Udp)?);
        let mut api = rtc.sdp_api();
        let mut add = |direction| api.add_media(MediaKind::Audio, direction, None, None, None);
        let mid = match lines {
            Lines::One => add(Direction::SendRecv),
            Lines::Two => {
                let mid = add(Direction::SendOnly);
                add(Direction::RecvOnly);
                mid
            }
        };
        let (offer, pending) = api.apply().context("a connection without m-lines")?;
        Ok(Self { rtc, socket, pending, mid, sdp: offer.to_sdp_string() })
    }

    /// Takes the answer, and says this from then on.
    pub(super) fn answered(
        mut self,
        sdp: &str,
        (sound, speaks): (Sound, bool),
    ) -> anyhow::Result<(Talker, Ears)> {
        self.rtc.sdp_api().accept_answer(self.pending, SdpAnswer::from_sdp_string(sdp)?)?;
        let accepted =
            self.rtc.media(self.mid).context("an answer without sound")?.remote_pts().first().copied();
        let pt = accepted.context("the other side takes no Opus")?;
        let ssrc =
            self.rtc.direct_api().stream_tx_by_mid(self.mid, None).context("no stream for an m-line")?.ssrc();
        let now = Instant::now();
        let mouth = Mouth { sound, speaks, ssrc, pt, sent: 0, next: now };
        let ears = Ears::default();
        let (rtc, socket, tracks) = (self.rtc, self.socket, Tracks::default());
        let talker =
            Talker { rtc, socket, mouth, ears: Arc::clone(&ears), tracks, timeout: now, connected: false };
        Ok((talker, ears))
    }
}

impl Mouth {
    /// Says what is due.
    fn speak(&mut self, rtc: &mut Rtc, now: Instant) -> (u64, Duration) {
        let late = now.saturating_duration_since(self.next);
        if late > MOST_LATE {
            self.next = now;
        }
        let before = self.sent;
        while self.next <= now {
            self.next += PACKET;
            let mut api = rtc.direct_api();
            let Some(stream) = api.stream_tx(&self.ssrc) else { break };
            let packets = self.sound.len().max(1) as u64;
            let place = usize::try_from(self.sent % packets).unwrap_or_default();
            let Some(payload) = self.sound.get(place) else { break };
            let time = u32::try_from(self.sent).unwrap_or_default().wrapping_mul(FRAME);
            self.sent += 1;
            let packet = RtpWrite::new(self.pt, self.sent.into(), time, now, payload.to_vec());
            let extensions = ExtensionValues {
                audio_level: Some(if self.speaks { LOUD } else { QUIET }),
                voice_activity: Some(self.speaks),
                ..Default::default()
            };
            stream.write_rtp(packet.ext_vals(extensions).nackable(false));
        }
        (self.sent - before, late)
    }
}

impl Talker {
    fn datagram(&mut self, datagram: &Datagram<'_>, now: Instant, happened: &mut Happened) {
        let Datagram { from, data, .. } = *datagram;
        if let Ok(receive) = Receive::new(Protocol::Udp, from, self.socket.local(), data)
            && self.rtc.handle_input(Input::Receive(now, receive)).is_ok()
        {
            self.drain(happened);
        }
    }

    /// Until nothing is due any more.
    fn settle(&mut self, now: Instant, happened: &mut Happened) {
        for _ in 0..MOST_ROUNDS {
            if self.timeout > now || self.rtc.handle_input(Input::Timeout(now)).is_err() {
                return;
            }
            self.drain(happened);
        }
    }

    fn drain(&mut self, happened: &mut Happened) {
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(at)) => {
                    self.timeout = at;
                    return;
                }
                Ok(Output::Transmit(transmit)) => self.socket.send(&transmit.contents, transmit.destination),
                Ok(Output::Event(event)) => self.event(event, happened),
                Err(_) => return,
            }
        }
    }

    fn event(&mut self, event: Event, happened: &mut Happened) {
        match event {
            Event::RtpPacket(packet) => self.hear(&packet),
            Event::Connected => (self.connected, self.mouth.next) = (true, Instant::now()),
            Event::IceConnectionStateChange(IceConnectionState::Disconnected) | Event::Closed => {
                happened.failed += u64::from(self.connected);
                self.connected = false;
            }
            _ => {}
        }
    }

    fn hear(&mut self, packet: &RtpPacket) {
        if self.tracks.take(*packet.header.ssrc, *packet.seq_no, packet.header.marker) {
            self.ears.lock().unwrap_or_else(PoisonError::into_inner).take(&packet.payload);
        }
    }
}

impl Actor for Talker {
    fn socket(&mut self) -> &mut Socket {
        &mut self.socket
    }

    fn publishes(&self) -> bool {
        true
    }

    fn is_connected(&self) -> bool {
        self.connected
    }

    fn deadline(&self) -> Option<Instant> {
        Some(if self.connected { self.mouth.next.min(self.timeout) } else { self.timeout })
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
        if self.connected {
            let (sent, late) = self.mouth.speak(&mut self.rtc, now);
            happened.wrote(sent, late);
        }
        self.timeout = now;
        self.settle(now, happened);
    }

    fn collect(&mut self) -> Received {
        self.tracks.collect()
    }

    fn only(&mut self, _rids: &[String]) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_heard_is_forgotten_after_a_while() {
        let mut memory = Memory::default();
        (0..1_000_u32).for_each(|number| memory.take(&number.to_be_bytes()));
        let packets = memory.packets();
        assert_eq!((packets.len(), memory.bytes()), (REMEMBERED, 4_000));
        assert_eq!(packets.last().unwrap(), &999_u32.to_be_bytes());
    }
}
