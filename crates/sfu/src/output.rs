//! What a [`Sfu`](crate::Sfu) wants done, and what it counts.

use visavis_protocol::{ParticipantId, RoomName, ServerCosts, ServerMessage};

use crate::address::FiveTuple;
use crate::mix::ToMix;

/// A side effect. Beside these there are only datagrams to send: [`Sfu::batch`](crate::Sfu::batch).
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "most are of the largest kind, and few wait at a time")]
pub enum Output {
    /// Tell this to a participant, or to everyone in the room who speaks the native protocol.
    Say {
        /// The room.
        room: RoomName,
        /// To whom; `None`: to all.
        to: Option<ParticipantId>,
        /// What.
        message: ServerMessage,
    },
    /// The connection of a participant is up, or no longer.
    Reached {
        /// The room.
        room: RoomName,
        /// Whose.
        participant: ParticipantId,
        /// Whether it is.
        reached: bool,
    },
    /// The way to a participant is known to be narrow, or no longer: at most once in some seconds, and not narrow before this is said.
    Narrow {
        /// The room.
        room: RoomName,
        /// To whom.
        participant: ParticipantId,
        /// Whether it is.
        narrow: bool,
    },
    /// What has been done for a room in the last seconds. What it took of the processor is for the driver to fill in.
    Figures {
        /// The room.
        room: RoomName,
        /// What.
        figures: ServerCosts,
    },
    /// Tell this to whoever mixes the room. What they have to say comes back by [`handle_mix`](crate::Sfu::handle_mix).
    Mix {
        /// The room.
        room: RoomName,
        /// What.
        to: ToMix,
    },
    /// This way has been proven to be one of ours: whatever comes by it is for here.
    Learned(FiveTuple),
    /// It is no longer.
    Forgotten(FiveTuple),
}

/// What there is, and what was done since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Connections.
    pub endpoints: u64,
    /// Rooms with at least one.
    pub rooms: u64,
    /// RTP packets received.
    pub packets_in: u64,
    /// RTP packets forwarded.
    pub packets_out: u64,
    /// Their payload, in bytes.
    pub bytes_in: u64,
    /// Their payload, in bytes.
    pub bytes_out: u64,
    /// Key frames asked of publishers.
    pub key_frame_requests: u64,
    /// Endpoints that failed on a bug.
    pub failed: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.endpoints += other.endpoints;
        self.rooms += other.rooms;
        self.packets_in += other.packets_in;
        self.packets_out += other.packets_out;
        self.bytes_in += other.bytes_in;
        self.bytes_out += other.bytes_out;
        self.key_frame_requests += other.key_frame_requests;
        self.failed += other.failed;
    }
}
