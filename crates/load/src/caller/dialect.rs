//! The two protocols of `docs/protocol.md`, as far as a caller needs them.

use clap::ValueEnum;
use serde_json::value::RawValue;

use super::{classic, native};

/// Which protocol a caller speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Dialect {
    /// Sections 1 to 3, at `/ws`.
    Native,
    /// Section 5: Socket.IO over Engine.IO 3, WebSocket from the start.
    Classic,
}

/// What the server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The greeting is done.
    Welcome,
    /// These others are in the room, or have come.
    Peers(Vec<String>),
    /// A session description.
    Description,
    /// The answer to a ping.
    Pong,
    /// An error, and its sentence.
    Refusal(String),
    /// Something that callers pass over.
    Other,
}

impl Dialect {
    /// What to ask for a WebSocket.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Native => native::PATH,
            Self::Classic => classic::PATH,
        }
    }

    /// What a caller says first, if it is the one to begin.
    pub(crate) fn hello(self) -> serde_json::Result<Option<String>> {
        match self {
            Self::Native => native::hello().map(Some),
            Self::Classic => Ok(None),
        }
    }

    /// A request to be let into the room.
    pub(crate) fn join(self, id: u64, room: &str) -> anyhow::Result<String> {
        match self {
            Self::Native => native::join(id, room),
            Self::Classic => Ok(classic::join(room)?),
        }
    }

    /// A session description for somebody.
    pub(crate) fn describe(self, id: u64, to: &str, description: &RawValue) -> anyhow::Result<String> {
        match self {
            Self::Native => native::describe(id, to, description),
            Self::Classic => Ok(classic::describe(to, description)?),
        }
    }

    /// All messages up to this one were handled.
    pub(crate) fn acknowledge(self, seq: u64) -> serde_json::Result<Option<String>> {
        match self {
            Self::Native => native::acknowledge(seq).map(Some),
            Self::Classic => Ok(None),
        }
    }

    /// A question whether the server is there.
    pub(crate) fn ping(self) -> serde_json::Result<String> {
        match self {
            Self::Native => native::ping(),
            Self::Classic => Ok(classic::PING.to_owned()),
        }
    }

    /// Reads a frame: its number, if it has one, and what it says.
    pub(crate) fn read(self, text: &str) -> serde_json::Result<(Option<u64>, Heard)> {
        match self {
            Self::Native => native::read(text),
            Self::Classic => Ok((None, classic::read(text)?)),
        }
    }
}
