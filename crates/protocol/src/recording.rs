//! What is said about recordings. `docs/protocol.md`, section 9.

use serde::{Deserialize, Serialize};

use crate::members::{InvalidMember, Members};

/// `record`: a host has the room recorded, or no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Record {
    /// Whether it is to be.
    pub on: bool,
    /// Whether what each person sends is kept as well, in files of their own.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub tracks: bool,
}

/// `recordings`: those of a room, for its hosts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recordings {
    /// The oldest first.
    pub items: Vec<Recording>,
}

/// A recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// Which.
    pub id: String,
    /// What it is handed out for: `GET /recordings/{id}?key=`.
    pub key: String,
    /// When it began, in milliseconds since the Unix epoch.
    pub began: u64,
    /// How it is.
    pub state: RecordingState,
    /// How long it is, in seconds, once it has ended.
    pub seconds: Option<f64>,
    /// Its size, once it has ended.
    pub bytes: Option<u64>,
    /// Why it did not begin, or ended before it was to, for people.
    pub problem: Option<String>,
    /// What each person sent, if that is kept as well: the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<RecordingPart>,
}

/// What one person sent while a room was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingPart {
    /// Which. It is handed out as recordings are.
    pub id: String,
    /// What it is handed out for.
    pub key: String,
    /// The name of the person.
    pub name: String,
    /// Whether it is their screen, and not their camera and microphone.
    pub screen: bool,
    /// Its size, once it has ended.
    pub bytes: Option<u64>,
}

/// How a recording is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordingState {
    /// Under way.
    Running,
    /// It has ended, and can be had.
    Done,
    /// There is nothing.
    Failed,
}

/// Which recording it is, as whoever makes it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingId {
    /// Its name.
    pub id: String,
    /// What it is handed out for.
    pub key: String,
    /// Whether what each person sends is kept as well.
    pub tracks: bool,
}

/// What has become of a recording. It never travels.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Which.
    pub id: String,
    /// How long it is, in seconds, and its size in bytes; `None`: there is nothing.
    pub result: Option<(f64, u64)>,
    /// Why it did not begin, or ended before it was to.
    pub problem: Option<String>,
}

impl Record {
    pub(crate) fn read(members: &Members<'_>) -> Result<Self, InvalidMember> {
        let tracks = members.optional("tracks", Members::flag)?.unwrap_or_default();
        Ok(Self { on: members.flag("on")?, tracks })
    }
}
