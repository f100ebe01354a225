//! The pieces that messages share.

use serde::{Deserialize, Serialize};

use crate::ParticipantId;

/// Which protocol a participant's client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParticipantKind {
    /// The protocol of this crate.
    Native,
    /// The classic Socket.IO protocol: sound and picture only.
    Classic,
    /// WHIP (RFC 9725): publishes by way of the server, and has no signaling.
    Whip,
}

/// Which sources of a participant are live, and whether its hand is up. A muted microphone is not live.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceState {
    /// The microphone is heard.
    pub mic: bool,
    /// The camera is on.
    pub camera: bool,
    /// A screen is shared.
    pub screen: bool,
    /// The screen's sound is shared.
    pub screen_audio: bool,
    /// The hand is raised.
    pub hand: bool,
}

/// A change to a [`SourceState`]: what is `None` stays as it was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct StateUpdate {
    /// The microphone is heard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mic: Option<bool>,
    /// The camera is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub camera: Option<bool>,
    /// A screen is shared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub screen: Option<bool>,
    /// The screen's sound is shared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub screen_audio: Option<bool>,
    /// The hand is raised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hand: Option<bool>,
}

impl SourceState {
    /// This state with `update` laid over it.
    #[must_use]
    pub fn with(self, update: StateUpdate) -> Self {
        Self {
            mic: update.mic.unwrap_or(self.mic),
            camera: update.camera.unwrap_or(self.camera),
            screen: update.screen.unwrap_or(self.screen),
            screen_audio: update.screen_audio.unwrap_or(self.screen_audio),
            hand: update.hand.unwrap_or(self.hand),
        }
    }
}

/// A participant as the others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// Its id, the same for as long as it is in the room.
    pub id: ParticipantId,
    /// What it calls itself; plain text, may be empty.
    pub name: String,
    /// The protocol of its client.
    pub kind: ParticipantKind,
    /// Whether it may do what hosts may.
    pub host: bool,
    /// False while it has no connection to the server and may come back.
    pub connected: bool,
    /// What it publishes.
    pub state: SourceState,
}

/// One line of a room's chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// Counts from 1 in each room.
    pub id: u64,
    /// Who wrote it; may have left meanwhile.
    pub from: ParticipantId,
    /// What the author was called then.
    pub name: String,
    /// Plain text.
    pub text: String,
    /// When, in milliseconds since the Unix epoch.
    pub time: u64,
}

/// An entry of `iceServers` as RTCPeerConnection takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IceServer {
    /// `stun:` and `turn:` addresses (RFC 7064, RFC 7065).
    pub urls: Vec<String>,
    /// For `turn:`, the time-limited user name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Its password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}
