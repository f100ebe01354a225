//! A room: who has a connection, and who speaks.

use std::collections::BTreeMap;
use std::time::Instant;

use visavis_protocol::{ParticipantId, RoomStats, Speakers as Said};

use crate::member::{MemberId, SourceId};
use crate::meter::Meter;
use crate::speakers::Speakers;

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
}

impl Room {
    /// A sound is there no more.
    pub(crate) fn silence(&mut self, source: SourceId) {
        self.speakers.remove(source);
        self.floor.remove(source);
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
