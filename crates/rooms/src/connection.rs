//! Who is at the other end.

use std::net::IpAddr;

use visavis_protocol::{ParticipantId, RoomName};

/// Names a connection; the caller gives each one a number of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It broke off, or was cut off: its client may come back.
    Lost,
    /// Its client closed it, and so has left, whether it said `leave` or not. Firefox closes the WebSockets of a page that
    /// is reloaded before it lets the page say anything more.
    Closed,
}

/// Who is at the other end of a new connection.
#[derive(Debug, Clone)]
pub enum Client {
    /// A client of the native protocol: says `hello` first, and may resume.
    Native {
        /// Where it connects from, if that is known.
        from: Option<IpAddr>,
    },
    /// One channel of a client of the classic protocol: joins without `hello`, and is gone with its connection.
    Classic {
        /// The id that it has in every room.
        participant: ParticipantId,
    },
    /// A publisher by WHIP: joins a forwarded room without `hello`, and is gone with its connection. What it would do
    /// with signaling but `join`, `state` and `forward` is done for it.
    Whip,
    /// Somebody who watches one participant and is none: nobody sees it. All that it may say is `forward`. It is closed when
    /// that participant leaves.
    Viewer {
        /// The room, which is forwarded.
        room: RoomName,
        /// Whom it watches.
        watched: ParticipantId,
    },
}
