//! What a room costs, and what its switches were like. `docs/protocol.md`, section 7.

use serde::{Deserialize, Serialize};

use crate::plan::{Path, Plan, Switch};
use crate::{ParticipantId, ParticipantKind, RoomName};

/// `costs`: what does a room cost?
#[derive(Debug, Clone, Serialize)]
pub struct AskCosts {
    /// Which.
    pub room: RoomName,
}

/// `costs`, the answer: what is measured in a room now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Costs {
    /// The `costs` that this answers.
    pub re: u64,
    /// The room asked for.
    pub room: RoomName,
    /// Its paths; `None` if there is no such room.
    pub plan: Option<Plan>,
    /// What its participants say of themselves.
    pub participants: Vec<ParticipantCosts>,
    /// What the server does for it.
    pub server: ServerCosts,
    /// Its last switches, oldest first.
    pub switches: Vec<SwitchRecord>,
}

/// What a participant costs itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParticipantCosts {
    /// Who.
    pub participant: ParticipantId,
    /// Its name.
    pub name: String,
    /// The protocol of its client.
    pub kind: ParticipantKind,
    /// Its media's path.
    pub path: Path,
    /// Whether its connection with the server is up.
    pub standby: bool,
    /// As in `facts`.
    pub uplink: Option<u64>,
    /// As in `facts`.
    pub up: Option<u64>,
    /// As in `facts`.
    pub down: Option<u64>,
    /// As in `facts`.
    pub encoders: Option<u64>,
    /// As in `facts`.
    pub decoders: Option<u64>,
    /// As in `facts`.
    pub rtt: Option<f64>,
}

/// What the server does for a room, over the last seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct ServerCosts {
    /// RTP packets received in a second.
    pub packets_in: u64,
    /// RTP packets sent in a second.
    pub packets_out: u64,
    /// Their payload, in bit/s.
    pub bitrate_in: u64,
    /// Their payload, in bit/s.
    pub bitrate_out: u64,
    /// The room's part of its media thread's processor time, by its packets: 1 is a whole core.
    pub cpu: f64,
    /// What its mix takes of the processor: 1 is a whole core.
    pub mix: f64,
}

/// A switch that has ended, or has not yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SwitchRecord {
    /// The switch.
    #[serde(flatten)]
    pub switch: Switch,
    /// The publisher's name.
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
    /// When it began, in milliseconds since the Unix epoch.
    pub began: u64,
    /// How long it took, or has taken so far, in milliseconds.
    pub took: u64,
    /// Who was not ready in time.
    pub late: Vec<ParticipantId>,
    /// What was seen and heard of it.
    pub gaps: Vec<Gap>,
}

/// How a switch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It has not.
    Open,
    /// The new path is the only one.
    Committed,
    /// The old one is.
    Undone,
}

/// What one participant saw and heard of a switch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// Who.
    pub participant: ParticipantId,
    /// As in `switch-gap`.
    pub picture: Option<f64>,
    /// As in `switch-gap`.
    pub sound: Option<f64>,
}
