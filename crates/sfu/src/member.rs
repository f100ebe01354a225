//! A participant that has a connection with the server: what it publishes, and what it is sent.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use foldhash::fast::RandomState;
use visavis_protocol::{ParticipantId, RoomName, Shown, Slots, Source, SourceState, Wanted};

use crate::downlink::Downlink;
use crate::endpoint::{Mid, Rid, StreamId};
use crate::meter::Meter;
use crate::offer::Kind;
use crate::outgoing::Outgoing;
use crate::packet::{Format, Packet};

/// How long a layer that sends nothing passes for one that will: a browser may have to start an encoder.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a layer that was asked for in vain is not counted on where another one of its source comes; doubled with each time
/// in a row, up to [`MAX_DOUBLINGS`].
const BACK_OFF: Duration = Duration::from_secs(5);
const MAX_DOUBLINGS: u32 = 4;
/// How long a layer without packets still passes for one that sends.
const PAUSE: Duration = Duration::from_millis(1500);
/// How long a layer has to have been sent for what was measured of it to be all that it takes, and how long ago its last packet
/// may be then.
const MEASURED: Duration = Duration::from_secs(2);
const MOMENT: Duration = Duration::from_millis(200);
/// How long a layer is still wanted after the last one has ceased to watch it.
const LINGER: Duration = Duration::from_secs(2);
/// How long a source keeps the codec that it has begun with.
const FORMAT_STAYS: Duration = Duration::from_millis(500);
/// Streams that one client may send: four sources, one of them in three layers, each of which may begin anew now and then.
const MAX_INPUTS: usize = 32;

/// Names a member. Never used twice in the life of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct MemberId(pub(crate) u64);

/// Names what a member publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SourceId {
    pub(crate) member: MemberId,
    pub(crate) source: Source,
}

/// A participant with a connection.
pub(crate) struct Member {
    pub(crate) participant: ParticipantId,
    pub(crate) room: RoomName,
    /// Which of its connections this is, as the client counts them.
    pub(crate) connection: u32,
    pub(crate) state: SourceState,
    /// When something of it became live last and was seen to at once.
    pub(crate) awoke: Option<Instant>,
    pub(crate) shows: Vec<Shown>,
    /// Whether it hears the room's mix, if there is one, and not whoever is loudest.
    pub(crate) hears_mix: bool,
    /// The one that it hears, where that is not whoever is loudest.
    pub(crate) only: Option<ParticipantId>,
    pub(crate) sources: Vec<Published>,
    pub(crate) slots: Vec<Slot>,
    /// Which source and layer a stream is.
    inputs: HashMap<u32, (usize, usize), RandomState>,
    /// Whether it is no participant but the room's mix, which has no endpoint.
    pub(crate) is_mix: bool,
    /// Whether it has keys.
    pub(crate) connected: bool,
    pub(crate) began: Instant,
    pub(crate) heard: Instant,
    /// What the way to it takes, in bit/s.
    pub(crate) estimate: Option<u64>,
    pub(crate) downlink: Downlink,
    /// Since when it is sent no pictures.
    pub(crate) blank: Option<Instant>,
    /// When pictures last began after none were sent for a while.
    pub(crate) begun: Option<Instant>,
    pub(crate) told_slots: Option<Slots>,
    pub(crate) told_wanted: Option<Wanted>,
    /// What it would be sent if everything went, in bit/s.
    pub(crate) goal: Option<(u64, u64)>,
}

/// A source of a member.
pub(crate) struct Published {
    pub(crate) source: Source,
    pub(crate) mid: Mid,
    /// Of its packets, where it is a picture, and since when.
    pub(crate) format: Option<Format>,
    format_since: Option<Instant>,
    pub(crate) layers: Vec<Layer>,
}

/// One encoding of a source; of most there is only one.
pub(crate) struct Layer {
    pub(crate) rid: Option<Rid>,
    /// Its number among all.
    pub(crate) feed: u64,
    pub(crate) ssrc: Option<u32>,
    /// Packets of it so far, where it is of a mix: they have no numbers yet when they come.
    pub(crate) mixed: u64,
    pub(crate) meter: Meter,
    /// What it takes while it is sent, in bit/s, as far as that is known.
    takes: Option<u64>,
    /// Since when it has been sent without a pause.
    flows: Option<Instant>,
    /// Of its last key frame, in pixels.
    pub(crate) height: Option<u16>,
    /// Its last packet.
    pub(crate) seen: Option<Instant>,
    /// Since when it is wanted.
    pub(crate) wanted: Option<Instant>,
    /// When it was last watched.
    pub(crate) watched: Option<Instant>,
    /// How often in a row it was asked for in vain, and until when it is not counted on.
    failures: u32,
    failed_until: Option<Instant>,
    pub(crate) watchers: Vec<Watcher>,
}

/// A slot that takes a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Watcher {
    pub(crate) member: MemberId,
    pub(crate) slot: usize,
}

/// An m-line on which a member receives.
pub(crate) struct Slot {
    pub(crate) mid: String,
    pub(crate) kind: Kind,
    pub(crate) stream: StreamId,
    pub(crate) outgoing: Outgoing,
    pub(crate) meter: Meter,
    pub(crate) carries: Option<SourceId>,
    /// The layer it has, and the one it waits for a key frame of.
    pub(crate) current: Option<usize>,
    pub(crate) target: Option<usize>,
}

impl Member {
    pub(crate) fn new(
        participant: ParticipantId,
        room: RoomName,
        connection: u32,
        state: SourceState,
        now: Instant,
    ) -> Self {
        Self {
            participant,
            room,
            connection,
            state,
            awoke: None,
            shows: Vec::new(),
            hears_mix: false,
            only: None,
            sources: Vec::new(),
            slots: Vec::new(),
            inputs: HashMap::default(),
            is_mix: false,
            connected: false,
            began: now,
            heard: now,
            estimate: None,
            downlink: Downlink::default(),
            blank: Some(now),
            begun: None,
            told_slots: None,
            told_wanted: None,
            goal: None,
        }
    }

    /// Gets all of one participant and nothing of others: the screen before the camera where there is one slot for both, each
    /// as large as it comes.
    pub(crate) fn watch_only(&mut self, participant: ParticipantId) {
        let shown = |source| Shown { participant: participant.clone(), source, width: 1920, height: 1080 };
        self.shows = [Source::Screen, Source::Camera].map(shown).into();
        self.only = Some(participant);
    }

    /// Whether the source is live: what is muted is not sent to anybody.
    pub(crate) fn is_live(&self, source: Source) -> bool {
        match source {
            Source::Mic => self.state.mic,
            Source::Camera => self.state.camera,
            Source::Screen => self.state.screen,
            Source::ScreenAudio => self.state.screen_audio,
        }
    }

    pub(crate) fn published(&self, source: Source) -> Option<&Published> {
        self.sources.iter().find(|published| published.source == source)
    }

    pub(crate) fn published_mut(&mut self, source: Source) -> Option<&mut Published> {
        self.sources.iter_mut().find(|published| published.source == source)
    }

    /// Which of its sources a packet belongs to, and which layer of it.
    pub(crate) fn place(&mut self, packet: &Packet) -> Option<(usize, usize)> {
        if let Some(place) = self.inputs.get(&packet.ssrc) {
            return Some(*place);
        }
        let source = self.sources.iter().position(|source| source.mid == packet.mid)?;
        let published = self.sources.get_mut(source)?;
        let layer = published.layers.iter().position(|layer| layer.rid == packet.rid)?;
        if self.inputs.len() >= MAX_INPUTS {
            self.inputs.clear();
        }
        self.inputs.insert(packet.ssrc, (source, layer));
        Some((source, layer))
    }

    /// The connections to other m-lines are unknown again.
    pub(crate) fn forget_inputs(&mut self) {
        self.inputs.clear();
    }
}

impl Published {
    pub(crate) fn new(source: Source, mid: Mid, layers: Vec<Layer>) -> Self {
        Self { source, mid, format: None, format_since: None, layers }
    }

    /// A packet of another format has come. Whether it is the source's from now on: it begins with a key frame, and not too soon
    /// after the last change, for each may change what everybody gets. Until then it is not forwarded.
    pub(crate) fn changes_format(&mut self, format: Format, is_key_frame: bool, now: Instant) -> bool {
        let is_settled = |since| now.saturating_duration_since(since) >= FORMAT_STAYS;
        let changes = self.format.is_none() || is_key_frame && self.format_since.is_none_or(is_settled);
        if changes {
            (self.format, self.format_since) = (Some(format), Some(now));
        }
        changes
    }
}

impl Layer {
    pub(crate) fn new(rid: Option<Rid>, feed: u64) -> Self {
        Self {
            rid,
            feed,
            ssrc: None,
            mixed: 0,
            meter: Meter::default(),
            takes: None,
            flows: None,
            height: None,
            seen: None,
            wanted: None,
            watched: None,
            failures: 0,
            failed_until: None,
            watchers: Vec::new(),
        }
    }

    /// A packet has come, of so many bytes. Whether it is the first ever.
    pub(crate) fn note(&mut self, bytes: usize, now: Instant) -> bool {
        let is_first = self.seen.is_none();
        let pauses = self.seen.is_none_or(|seen| now.saturating_duration_since(seen) >= PAUSE);
        if pauses {
            self.flows = Some(now);
        }
        self.seen = Some(now);
        (self.failures, self.failed_until) = (0, None);
        self.meter.count(bytes, now);
        is_first
    }

    /// What it takes while it is sent, in bit/s. One that pauses does not take less, and one that has only begun does not either:
    /// then what was seen before counts, or what is expected of it.
    pub(crate) fn bitrate(&mut self, expected: u64, now: Instant) -> u64 {
        let measured = self.meter.bitrate(now);
        let since = |at: Option<Instant>| at.map(|at| now.saturating_duration_since(at));
        let is_measured = since(self.flows).is_some_and(|flows| flows >= MEASURED)
            && since(self.seen).is_some_and(|seen| seen < MOMENT);
        if is_measured && measured > 0 {
            self.takes = Some(measured);
        }
        self.takes.unwrap_or(measured.max(expected))
    }

    /// Whether its packets come.
    pub(crate) fn comes(&self, now: Instant) -> bool {
        self.seen.is_some_and(|seen| now.saturating_duration_since(seen) < PAUSE)
    }

    /// Whether it can be counted on: it comes, or it may well do so once it is asked for.
    pub(crate) fn is_live(&mut self, now: Instant) -> bool {
        if self.comes(now) {
            return true;
        }
        let in_vain = self.wanted.is_some_and(|wanted| now.saturating_duration_since(wanted) >= PATIENCE);
        if in_vain && self.failed_until.is_none() {
            let doubled = 1 << self.failures.min(MAX_DOUBLINGS);
            self.failures = self.failures.saturating_add(1);
            self.failed_until = Some(now + BACK_OFF * doubled);
        }
        if self.failed_until.is_some_and(|until| until <= now) {
            self.failed_until = None;
            // It is asked for as if for the first time.
            self.wanted = None;
        }
        self.failed_until.is_none()
    }

    /// Notes whether anybody watches it; whether it is wanted. Of a source that is not live, nothing is.
    pub(crate) fn want(&mut self, is_live: bool, now: Instant) -> bool {
        if !is_live {
            (self.watched, self.wanted) = (None, None);
        } else if !self.watchers.is_empty() {
            self.watched = Some(now);
            self.wanted.get_or_insert(now);
        } else if self.watched.is_none_or(|watched| now.saturating_duration_since(watched) > LINGER) {
            self.wanted = None;
        }
        self.wanted.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test needs some time to begin with")]
    fn a_layer_takes_what_it_took_while_it_was_sent_and_before_that_what_is_expected_of_it() {
        let start = Instant::now();
        let at = |milliseconds: u64| start + Duration::from_millis(milliseconds);
        let mut layer = Layer::new(None, 1);
        assert_eq!(layer.bitrate(500_000, at(0)), 500_000);
        let send = |layer: &mut Layer, from: u64, to: u64| {
            (from..to).step_by(10).for_each(|time| {
                let _ = layer.note(250, at(time));
            });
        };
        send(&mut layer, 0, 1000);
        assert_eq!(layer.bitrate(500_000, at(1000)), 500_000);
        send(&mut layer, 1000, 4000);
        assert_eq!(layer.bitrate(500_000, at(4000)), 200_000);
        // It is switched off, and on again: at no time does it seem to take less.
        for time in (4000..8000).step_by(100) {
            assert_eq!(layer.bitrate(500_000, at(time)), 200_000, "{time}");
        }
        for time in (8000..12_000).step_by(100) {
            send(&mut layer, time, time + 100);
            assert_eq!(layer.bitrate(500_000, at(time + 100)), 200_000, "{time}");
        }
        // More is noticed.
        (12_000..16_000).step_by(5).for_each(|time| {
            let _ = layer.note(250, at(time));
        });
        assert_eq!(layer.bitrate(500_000, at(16_000)), 400_000);
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test needs some time to begin with")]
    fn a_layer_that_was_asked_for_in_vain_is_left_alone_longer_and_longer_until_it_comes() {
        let start = Instant::now();
        let mut layer = Layer::new(None, 1);
        layer.watchers.push(Watcher { member: MemberId(1), slot: 0 });
        let mut attempts = Vec::new();
        let mut was_live = false;
        for second in 0..600 {
            let now = start + Duration::from_secs(second);
            let is_live = layer.is_live(now);
            if is_live && !was_live {
                attempts.push(second);
            }
            was_live = is_live;
            if is_live {
                layer.want(true, now);
            }
        }
        let pauses: Vec<u64> = attempts.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(pauses, [8, 13, 23, 43, 83, 83, 83, 83, 83, 83]);
        let now = start + Duration::from_secs(600);
        layer.note(100, now);
        assert!(layer.is_live(now));
        // It stays away again: as the first time.
        assert!(!layer.is_live(now + PAUSE) && layer.is_live(now + PAUSE + BACK_OFF));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test needs some time to begin with")]
    fn a_source_changes_its_codec_at_a_key_frame_and_not_again_at_once() {
        use visavis_rtp::VideoCodec::{H264, Vp8};
        let start = Instant::now();
        let at = |milliseconds: u64| start + Duration::from_millis(milliseconds);
        let mut source = Published::new(Source::Camera, Mid::from("1"), Vec::new());
        let (vp8, h264) = (Format::Video(Vp8, 0), Format::Video(H264, 0));
        assert!(source.changes_format(vp8, false, at(0)), "the first may be anything");
        assert!(!source.changes_format(h264, false, at(1000)));
        assert!(source.changes_format(h264, true, at(1000)) && source.format == Some(h264));
        assert!(!source.changes_format(vp8, true, at(1499)) && source.format == Some(h264));
        assert!(source.changes_format(vp8, true, at(1500)));
    }
}
