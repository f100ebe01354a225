//! Who is at the other end.

use visavis_protocol::ParticipantId;

/// Names a connection; the caller gives each one a number of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

/// Who is at the other end of a new connection.
#[derive(Debug, Clone)]
pub enum Client {
    /// A client of the native protocol: says `hello` first, and may resume.
    Native,
    /// One channel of a client of the classic protocol: joins without `hello`, and is gone with its connection.
    Classic {
        /// The id that it has in every room.
        participant: ParticipantId,
    },
}
