//! What hosts decide about a room's guests, and what is said about it. `docs/protocol.md`, section 10.

use serde::{Deserialize, Serialize};

use crate::members::{InvalidMember, Members};
use crate::plan::one_of;
use crate::{ParticipantId, RoomName, SourceState};

/// What guests may do, who are those that are no hosts. Whoever leaves a source out of what is allowed has everybody forwarded: only
/// then can it be kept back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Who may come in.
    pub entry: Entry,
    /// Whether guests may be heard.
    pub mic: bool,
    /// Whether their cameras may be on.
    pub camera: bool,
    /// Whether they may share their screens, and the sound of those.
    pub screen: bool,
    /// Whether they may write.
    pub chat: bool,
}

/// Who may come in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Entry {
    /// Whoever has the link.
    #[default]
    Open,
    /// Whom a host lets in.
    Knock,
    /// Nobody but hosts.
    Closed,
}

impl Entry {
    pub(crate) fn is_open(&self) -> bool {
        *self == Self::Open
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self { entry: Entry::Open, mic: true, camera: true, screen: true, chat: true }
    }
}

impl Rules {
    /// Whether these are no rules at all.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether guests may not send something that they have.
    #[must_use]
    pub fn restrict_media(&self) -> bool {
        !(self.mic && self.camera && self.screen)
    }

    /// What of this a guest may have live.
    #[must_use]
    pub fn allowed(&self, state: SourceState) -> SourceState {
        SourceState {
            mic: state.mic && self.mic,
            camera: state.camera && self.camera,
            screen: state.screen && self.screen,
            screen_audio: state.screen_audio && self.screen,
            hand: state.hand,
        }
    }

    pub(crate) fn read(members: &Members<'_>, name: &str) -> Result<Self, InvalidMember> {
        let rules = members.object(name)?;
        let flag = |name| Ok(rules.optional(name, Members::flag)?.unwrap_or(true));
        Ok(Self {
            entry: rules.optional("entry", one_of)?.unwrap_or_default(),
            mic: flag("mic")?,
            camera: flag("camera")?,
            screen: flag("screen")?,
            chat: flag("chat")?,
        })
    }
}

/// `mute`: a host switches sources of somebody off. They may switch them on again, unless the rules of the room say otherwise.
#[derive(Debug, Clone, Serialize)]
pub struct Mute {
    /// Whose; `None`: of all guests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub participant: Option<ParticipantId>,
    /// Whether the microphone.
    pub mic: bool,
    /// Whether the camera.
    pub camera: bool,
    /// Whether the screen that is shared, and its sound.
    pub screen: bool,
}

/// `ask`: a host asks somebody to switch something on.
#[derive(Debug, Clone, Serialize)]
pub struct Ask {
    /// Whom.
    pub participant: ParticipantId,
    /// Whether the microphone.
    pub mic: bool,
    /// Whether the camera.
    pub camera: bool,
}

/// `remove`: a host takes somebody out of the room.
#[derive(Debug, Clone, Serialize)]
pub struct Remove {
    /// Whom: no host.
    pub participant: ParticipantId,
}

/// `appoint`: a host makes somebody else a host.
#[derive(Debug, Clone, Serialize)]
pub struct Appoint {
    /// Whom.
    pub participant: ParticipantId,
}

/// `admit`: a host lets somebody in who waits, or does not.
#[derive(Debug, Clone, Serialize)]
pub struct Admit {
    /// Whom.
    pub participant: ParticipantId,
    /// Whether they come in.
    pub on: bool,
}

/// `end`: a host ends the call for all.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct EndRoom {}

/// `waiting`: a host has to let this client in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Waiting {
    /// The `join` that is answered later, by `joined` or an `error`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub re: Option<u64>,
    /// The room.
    pub room: RoomName,
    /// Whether a host is there who could.
    pub host: bool,
}

/// `knocks`: who waits to be let in, for hosts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Knocks {
    /// Whoever has waited longest comes first.
    pub items: Vec<Knock>,
}

/// Somebody who waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Knock {
    /// Who; the same in the room, once they are in.
    pub id: ParticipantId,
    /// What they call themselves.
    pub name: String,
}

/// `muted`: these sources of the client's are off now, and count as off until it says that they are on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Muted {
    /// The host who did it; `None`: the rules of the room.
    pub from: Option<ParticipantId>,
    /// Whether the microphone is one of them.
    pub mic: bool,
    /// Whether the camera is.
    pub camera: bool,
    /// Whether the screen is, with its sound.
    pub screen: bool,
}

/// `asked`: a host would like this client to switch something on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Asked {
    /// The host.
    pub from: ParticipantId,
    /// Whether the microphone.
    pub mic: bool,
    /// Whether the camera.
    pub camera: bool,
}

/// `removed`: the client is in the room no longer, by a host's will.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Removed {
    /// Why.
    pub reason: RemovedReason,
}

/// Why somebody is in a room no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RemovedReason {
    /// A host took them out.
    Removed,
    /// A host ended the call.
    Ended,
}

/// Sources that a message names; it names one of them at least.
fn named<const N: usize>(members: &Members<'_>, names: [&str; N]) -> Result<[bool; N], InvalidMember> {
    let mut flags = [false; N];
    for (flag, name) in flags.iter_mut().zip(names) {
        *flag = members.optional(name, Members::flag)?.unwrap_or_default();
    }
    if flags.contains(&true) {
        return Ok(flags);
    }
    let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    Err(InvalidMember(format!("one of {} is true", names.join(", "))))
}

impl Mute {
    pub(crate) fn read(members: &Members<'_>) -> Result<Self, InvalidMember> {
        let [mic, camera, screen] = named(members, ["mic", "camera", "screen"])?;
        Ok(Self { participant: members.optional("participant", Members::participant)?, mic, camera, screen })
    }
}

impl Ask {
    pub(crate) fn read(members: &Members<'_>) -> Result<Self, InvalidMember> {
        let [mic, camera] = named(members, ["mic", "camera"])?;
        Ok(Self { participant: members.participant("participant")?, mic, camera })
    }
}
