//! What a client says.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::costs::AskCosts;
use crate::forward::{AskStats, Forward, Shows};
use crate::host::{Admit, Appoint, Ask, EndRoom, Mute, Remove};
use crate::members::{InvalidMember, Members};
use crate::plan::{Facts, Policy, SetPolicy, Stalled, SwitchGap, SwitchReady};
use crate::recording::Record;
use crate::{ParticipantId, Path, RoomName, StateUpdate};

/// What a client says. `docs/protocol.md`, section 2.
#[derive(Debug)]
pub enum ClientMessage {
    /// The first message.
    Hello(Hello),
    /// Enter a room.
    Join(Join),
    /// Leave it.
    Leave(Leave),
    /// A session description for another participant.
    Description(Description),
    /// An ICE candidate for another participant.
    Candidate(Candidate),
    /// What this participant publishes has changed.
    State(StateChange),
    /// A line of chat.
    Chat(Chat),
    /// A reaction that is seen for a moment.
    React(React),
    /// An offer for this participant's connection with the server.
    Forward(Forward),
    /// Which pictures are on this participant's screen.
    Shows(Shows),
    /// What does the server forward?
    Stats(AskStats),
    /// A host decides which way media goes.
    Policy(SetPolicy),
    /// A host has the room recorded, or no longer.
    Record(Record),
    /// A host switches something of somebody's off.
    Mute(Mute),
    /// A host asks somebody to switch something on.
    Ask(Ask),
    /// A host takes somebody out.
    Remove(Remove),
    /// A host makes somebody else a host.
    Appoint(Appoint),
    /// A host lets somebody in who waits, or does not.
    Admit(Admit),
    /// A host ends the call for all.
    End(EndRoom),
    /// What this participant sees of its connections.
    Facts(Facts),
    /// Nothing comes of a publisher any more.
    Stalled(Stalled),
    /// This participant has taken a publisher's new path.
    SwitchReady(SwitchReady),
    /// What it saw and heard of a switch.
    SwitchGap(SwitchGap),
    /// What does a room cost?
    Costs(AskCosts),
    /// Who is in a room?
    Peek(Peek),
    /// Messages were handled.
    Ack(Ack),
    /// Is anybody there?
    Ping(Ping),
}

/// `hello`
#[derive(Debug, Clone, Serialize)]
pub struct Hello {
    /// The protocol version that the client speaks.
    pub protocol: u32,
    /// The client's name and version, for the log.
    pub client: String,
    /// The secret from `joined`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resume: Option<String>,
    /// The highest `seq` handled.
    pub last_seq: u64,
    /// The path of this participant's own media until now, for a server that was restarted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<Path>,
}

/// `join`
#[derive(Debug, Clone, Serialize)]
pub struct Join {
    /// The room to enter; made if it does not exist.
    pub room: RoomName,
    /// What the others see.
    pub name: String,
    /// Makes the participant a host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_key: Option<String>,
    /// What lets it in, where the server wants that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// What is live from the start.
    pub state: StateUpdate,
    /// What holds in a room that this makes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
}

/// `leave`
#[derive(Debug, Clone, Serialize)]
pub struct Leave {}

/// `description`
#[derive(Debug, Serialize)]
pub struct Description {
    /// Whom it is for.
    pub to: ParticipantId,
    /// RTCSessionDescriptionInit, as the sender wrote it: relayed as it is. Receivers parse it: it is never deep.
    pub description: Box<RawValue>,
}

/// `candidate`
#[derive(Debug, Serialize)]
pub struct Candidate {
    /// Whom it is for.
    pub to: ParticipantId,
    /// RTCIceCandidateInit or `null`, as the sender wrote it: relayed as it is, and never deep either.
    pub candidate: Box<RawValue>,
}

/// `state`
#[derive(Debug, Clone, Copy, Serialize)]
pub struct StateChange {
    /// What changed.
    pub state: StateUpdate,
}

/// `chat`
#[derive(Debug, Clone, Serialize)]
pub struct Chat {
    /// Plain text.
    pub text: String,
}

/// `react`
#[derive(Debug, Clone, Serialize)]
pub struct React {
    /// What is shown; plain text, a single emoji by convention.
    pub emoji: String,
}

/// `peek`
#[derive(Debug, Clone, Serialize)]
pub struct Peek {
    /// The room to look into.
    pub room: RoomName,
}

/// `ack`
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Ack {
    /// All messages up to this number were handled.
    pub seq: u64,
}

/// `ping`
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Ping {
    /// Any number; comes back in `pong`.
    pub time: f64,
}

impl Description {
    /// A description for `to`, checked for its shape.
    ///
    /// # Errors
    /// [`InvalidMember`] if it is not a flat object with a `type` that there is and, but for `rollback`, an `sdp`.
    pub fn new(to: ParticipantId, description: Box<RawValue>) -> Result<Self, InvalidMember> {
        Self::check(&description)?;
        Ok(Self { to, description })
    }

    pub(crate) fn check(description: &RawValue) -> Result<(), InvalidMember> {
        let members = Members::read(description.get())
            .map_err(|_| InvalidMember("a description is an object".into()))?;
        let kind = members.text("type").unwrap_or_default();
        if !matches!(&*kind, "offer" | "answer" | "pranswer" | "rollback") {
            let kinds = "a description has the \"type\" offer, answer, pranswer or rollback";
            return Err(InvalidMember(kinds.into()));
        }
        if kind != "rollback" && !has_text(&members, "sdp") {
            return Err(InvalidMember("a description needs a string \"sdp\"".into()));
        }
        if !members.is_flat() {
            return Err(InvalidMember("the members of a description are no objects and no arrays".into()));
        }
        Ok(())
    }
}

impl Candidate {
    /// A candidate for `to`, checked for its shape.
    ///
    /// # Errors
    /// [`InvalidMember`] if it is neither `null` nor a flat object with a `candidate`.
    pub fn new(to: ParticipantId, candidate: Box<RawValue>) -> Result<Self, InvalidMember> {
        let is_candidate = |text| {
            Members::read(text).is_ok_and(|members| has_text(&members, "candidate") && members.is_flat())
        };
        if candidate.get() != "null" && !is_candidate(candidate.get()) {
            let message = "a candidate is null, or a flat object with a string \"candidate\"";
            return Err(InvalidMember(message.into()));
        }
        Ok(Self { to, candidate })
    }
}

/// Whether the member is there and a string; strings of JSON are known by their first character.
fn has_text(members: &Members<'_>, name: &str) -> bool {
    members.raw(name).is_ok_and(|value| value.get().starts_with('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn what_is_relayed_may_have_members_of_its_own_but_none_that_are_deep() {
        let to = || ParticipantId::new("p1").unwrap();
        let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
        for (extra, taken) in
            [(r#""later":1"#, true), (r#""later":{}"#, false), (&*format!(r#""later":{deep}"#), false)]
        {
            let description = raw(&format!(r#"{{"type":"offer","sdp":"v=0",{extra}}}"#));
            let candidate = raw(&format!(r#"{{"candidate":"",{extra}}}"#));
            assert_eq!(Description::new(to(), description).is_ok(), taken);
            assert_eq!(Candidate::new(to(), candidate).is_ok(), taken);
        }
    }
}
