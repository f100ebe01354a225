//! A room: who has a connection, and who speaks.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use visavis_protocol::{ParticipantId, RecordingId, RoomStats, ServerCosts, Speakers as Said};

use crate::member::{MemberId, SourceId};
use crate::meter::Meter;
use crate::mix::{Editions, Person};
use crate::speakers::Speakers;

/// The mix of a room, which takes part in it as if it were a member.
pub(crate) struct Mix {
    pub(crate) member: MemberId,
    /// Who is in the room, and under what name.
    pub(crate) people: Vec<(ParticipantId, String)>,
    pub(crate) told: Vec<Person>,
    pub(crate) told_speaker: Option<ParticipantId>,
    /// Which editions of its picture were last wanted.
    pub(crate) told_wanted: Editions,
    /// Into which recording it goes.
    pub(crate) recording: Option<RecordingId>,
    /// Whose sound is missing from each of its sounds after the first one, from which nobody's is.
    pub(crate) without: Vec<ParticipantId>,
}

/// Those who have a connection with the server.
#[derive(Default)]
pub(crate) struct Room {
    pub(crate) members: BTreeMap<ParticipantId, MemberId>,
    /// Who is heard.
    pub(crate) speakers: Speakers<SourceId>,
    /// Who speaks: of microphones only.
    pub(crate) floor: Speakers<SourceId>,
    /// When slots were last given out, and whether something has changed since that may change who gets which.
    pub(crate) assigned: Option<Instant>,
    pub(crate) changed: bool,
    /// What was said of the speakers last.
    pub(crate) told: Option<Said>,
    pub(crate) packets_in: u64,
    pub(crate) packets_out: u64,
    pub(crate) key_frame_requests: u64,
    pub(crate) incoming: Meter,
    pub(crate) outgoing: Meter,
    /// While the room is mixed.
    pub(crate) mix: Option<Mix>,
    /// What had come in and gone out when figures were made last.
    figured: (u64, u64),
}

impl Room {
    /// A sound is there no more.
    pub(crate) fn silence(&mut self, source: SourceId) {
        self.speakers.remove(source);
        self.floor.remove(source);
    }

    /// What has been done since this was asked last, a while ago.
    pub(crate) fn figures(&mut self, since: Duration, now: Instant) -> ServerCosts {
        let milliseconds = u64::try_from(since.as_millis()).unwrap_or(u64::MAX).max(1);
        let rate = |now: u64, before: u64| now.saturating_sub(before).saturating_mul(1000) / milliseconds;
        let (before_in, before_out) =
            std::mem::replace(&mut self.figured, (self.packets_in, self.packets_out));
        ServerCosts {
            packets_in: rate(self.packets_in, before_in),
            packets_out: rate(self.packets_out, before_out),
            bitrate_in: self.incoming.bitrate(now),
            bitrate_out: self.outgoing.bitrate(now),
            cpu: 0.0,
            mix: 0.0,
        }
    }

    pub(crate) fn stats(&mut self, publishers: u64, subscribers: u64, now: Instant) -> RoomStats {
        RoomStats {
            publishers,
            subscribers,
            bitrate_in: self.incoming.bitrate(now),
            bitrate_out: self.outgoing.bitrate(now),
            packets_in: self.packets_in,
            packets_out: self.packets_out,
            key_frame_requests: self.key_frame_requests,
        }
    }
}
