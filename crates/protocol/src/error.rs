//! The codes of `error` messages and of closed WebSockets.

use serde::{Deserialize, Serialize};

/// The `code` of an `error` message. `docs/protocol.md`, section 3, says when each one is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorCode {
    /// Not a JSON object with a `type`.
    Malformed,
    /// No such message.
    UnknownType,
    /// A member is missing, of the wrong type, too long or empty.
    Invalid,
    /// `hello` asked for another protocol version.
    UnsupportedProtocol,
    /// The first message was not `hello`.
    HelloExpected,
    /// A second `hello`.
    HelloRepeated,
    /// The message needs a room.
    NotJoined,
    /// In a room already.
    AlreadyJoined,
    /// The room has as many participants as the server allows.
    RoomFull,
    /// The server has as many rooms as it allows.
    TooManyRooms,
    /// The host key is not this room's.
    HostKeyRefused,
    /// The server wants a token, and this is none for the room.
    TokenRefused,
    /// Nobody of that id in this room.
    UnknownParticipant,
    /// More candidates than allowed after one description.
    TooManyCandidates,
    /// The resume secret is not ours, too old, or its participant has left.
    ResumeRefused,
    /// The room's media is not forwarded.
    NotForwarded,
    /// The server cannot answer this offer.
    OfferRefused,
    /// The server has too much to do, or forwards to as many as it allows.
    Busy,
    /// Only a host may do that.
    NotHost,
    /// The room cannot be recorded.
    NotRecorded,
    /// The rules of the room do not allow that to guests.
    NotAllowed,
    /// A host does not let this client in.
    NotAdmitted,
    /// Nobody but hosts may come into the room.
    RoomClosed,
    /// No such switch is under way, or this participant has no part in it.
    UnknownSwitch,
}

/// Why the server closes a WebSocket, as its close code (RFC 6455, section 7.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CloseCode {
    /// Frames that break the rules of WebSocket.
    ProtocolError,
    /// Text that is not UTF-8.
    NotUtf8,
    /// Too many errors in a row.
    TooManyErrors,
    /// A frame over the limit.
    TooBig,
    /// A frame that is not text.
    NotText,
    /// The server restarts.
    Restart,
    /// The server has no room for another connection.
    TryAgainLater,
    /// The protocol version is not spoken here.
    UnsupportedProtocol,
    /// No `hello` first, or none in time.
    NoHello,
    /// The client did not read what was sent to it.
    TooSlow,
    /// The session was resumed from another connection.
    ResumedElsewhere,
    /// Nothing was heard for too long.
    Silent,
    /// A host has taken the client out of the room, or ended the call.
    Removed,
}

impl CloseCode {
    /// The number on the wire.
    #[must_use]
    pub fn number(self) -> u16 {
        match self {
            Self::ProtocolError => 1002,
            Self::NotText => 1003,
            Self::NotUtf8 => 1007,
            Self::TooManyErrors => 1008,
            Self::TooBig => 1009,
            Self::Restart => 1012,
            Self::TryAgainLater => 1013,
            Self::UnsupportedProtocol => 4000,
            Self::NoHello => 4001,
            Self::TooSlow => 4002,
            Self::ResumedElsewhere => 4003,
            Self::Silent => 4004,
            Self::Removed => 4005,
        }
    }

    /// The reason on the wire, for a person who reads a log.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::NotText => "only text frames are spoken here",
            Self::ProtocolError => "not WebSocket as in RFC 6455",
            Self::NotUtf8 => "text is UTF-8",
            Self::TooManyErrors => "too many errors in a row",
            Self::TooBig => "a message is at most 65536 bytes",
            Self::Restart => "the server restarts",
            Self::TryAgainLater => "the server is full",
            Self::UnsupportedProtocol => "protocol version not spoken here",
            Self::NoHello => "hello expected",
            Self::TooSlow => "the client did not read",
            Self::ResumedElsewhere => "resumed from elsewhere",
            Self::Silent => "nothing heard for too long",
            Self::Removed => "removed by a host",
        }
    }
}
