//! How a frame from a client is read.

use crate::costs::AskCosts;
use crate::forward::{AskStats, Forward, Shows};
use crate::host::{Admit, Appoint, Ask, EndRoom, Mute, Remove};
use crate::members::{InvalidMember, Members};
use crate::plan::{Facts, Policy, SetPolicy, Stalled, SwitchGap, SwitchReady, one_of};
use crate::recording::Record;
use crate::{
    Ack, Candidate, Chat, ClientMessage, Description, ErrorCode, Hello, Join, Leave, Peek, Ping, React,
    StateChange, StateUpdate,
};

/// One frame from a client: its number, where it has one, and what it says.
#[derive(Debug)]
pub struct ClientFrame {
    /// The request number; `None` for `hello`, `ack` and `ping`, which have none.
    pub id: Option<u64>,
    /// What is said.
    pub message: ClientMessage,
}

/// Why a frame is no message: the `error` to answer it with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FrameError {
    /// The error's code.
    pub code: ErrorCode,
    /// A sentence that names what is wrong.
    pub message: String,
    /// The request number, if the frame had one.
    pub re: Option<u64>,
}

impl ClientFrame {
    /// Reads one frame.
    ///
    /// # Errors
    /// The `error` that answers it: `malformed`, `unknown-type` or `invalid`.
    pub fn parse(text: &str) -> Result<Self, FrameError> {
        let malformed = |message: String| FrameError { code: ErrorCode::Malformed, message, re: None };
        let members = Members::read(text).map_err(|error| malformed(error.to_string()))?;
        let kind = members.text("type").map_err(|error| malformed(error.to_string()))?;
        let id = members.whole_number("id").ok().filter(|_| is_numbered(&kind));
        let message = message(&kind, &members).map_err(|error| FrameError {
            code: error.code(),
            message: error.sentence(&kind),
            re: id,
        })?;
        if id.is_none() && is_numbered(&kind) {
            let message = format!("\"{kind}\" needs a whole number \"id\"");
            return Err(FrameError { code: ErrorCode::Invalid, message, re: None });
        }
        Ok(Self { id, message })
    }
}

/// Whether messages of this type carry an `id`.
fn is_numbered(kind: &str) -> bool {
    !matches!(kind, "hello" | "ack" | "ping")
}

enum Unreadable {
    UnknownType,
    Invalid(InvalidMember),
}

impl From<InvalidMember> for Unreadable {
    fn from(error: InvalidMember) -> Self {
        Self::Invalid(error)
    }
}

impl Unreadable {
    fn code(&self) -> ErrorCode {
        match self {
            Self::UnknownType => ErrorCode::UnknownType,
            Self::Invalid(_) => ErrorCode::Invalid,
        }
    }

    fn sentence(&self, kind: &str) -> String {
        match self {
            Self::UnknownType => {
                let shown: String = kind.chars().take(40).collect();
                format!("there is no message \"{shown}\"")
            }
            Self::Invalid(error) => format!("\"{kind}\": {error}"),
        }
    }
}

fn message(kind: &str, members: &Members<'_>) -> Result<ClientMessage, Unreadable> {
    Ok(match kind {
        "hello" => ClientMessage::Hello(hello(members)?),
        "join" => ClientMessage::Join(join(members)?),
        "leave" => ClientMessage::Leave(Leave {}),
        "description" => ClientMessage::Description(Description::new(
            members.participant("to")?,
            members.raw("description")?.to_owned(),
        )?),
        "candidate" => ClientMessage::Candidate(Candidate::new(
            members.participant("to")?,
            members.raw("candidate")?.to_owned(),
        )?),
        "state" => ClientMessage::State(StateChange { state: state(members, "state")? }),
        "chat" => ClientMessage::Chat(Chat { text: members.text("text")? }),
        "react" => ClientMessage::React(React { emoji: members.text("emoji")? }),
        "forward" => ClientMessage::Forward(Forward::read(members)?),
        "shows" => ClientMessage::Shows(Shows::read(members)?),
        "stats" => ClientMessage::Stats(AskStats {}),
        "policy" => ClientMessage::Policy(SetPolicy::read(members)?),
        "record" => ClientMessage::Record(Record::read(members)?),
        "mute" => ClientMessage::Mute(Mute::read(members)?),
        "ask" => ClientMessage::Ask(Ask::read(members)?),
        "remove" => ClientMessage::Remove(Remove { participant: members.participant("participant")? }),
        "appoint" => ClientMessage::Appoint(Appoint { participant: members.participant("participant")? }),
        "admit" => ClientMessage::Admit(Admit {
            participant: members.participant("participant")?,
            on: members.flag("on")?,
        }),
        "end" => ClientMessage::End(EndRoom {}),
        "facts" => ClientMessage::Facts(Facts::read(members)?),
        "stalled" => ClientMessage::Stalled(Stalled::read(members)?),
        "switch-ready" => ClientMessage::SwitchReady(SwitchReady::read(members)?),
        "switch-gap" => ClientMessage::SwitchGap(SwitchGap::read(members)?),
        "costs" => ClientMessage::Costs(AskCosts { room: members.room("room")? }),
        "peek" => ClientMessage::Peek(Peek { room: members.room("room")? }),
        "ack" => ClientMessage::Ack(Ack { seq: members.whole_number("seq")? }),
        "ping" => ClientMessage::Ping(Ping { time: members.number("time")? }),
        _ => return Err(Unreadable::UnknownType),
    })
}

fn hello(members: &Members<'_>) -> Result<Hello, InvalidMember> {
    let protocol = members.whole_number("protocol")?;
    Ok(Hello {
        // A version that does not fit is one that is not spoken here, like any other.
        protocol: u32::try_from(protocol).unwrap_or(u32::MAX),
        client: members.text("client")?,
        resume: members.optional("resume", Members::text)?,
        last_seq: members.optional("last_seq", Members::whole_number)?.unwrap_or_default(),
        path: members.optional("path", one_of)?,
    })
}

fn join(members: &Members<'_>) -> Result<Join, InvalidMember> {
    Ok(Join {
        room: members.room("room")?,
        name: members.text("name")?,
        host_key: members.optional("host_key", Members::text)?,
        token: members.optional("token", Members::text)?,
        state: members.optional("state", state)?.unwrap_or_default(),
        policy: members.optional("policy", Policy::read)?,
    })
}

fn state(members: &Members<'_>, name: &str) -> Result<StateUpdate, InvalidMember> {
    let sources = members.object(name)?;
    let flag = |source| sources.optional(source, Members::flag);
    Ok(StateUpdate {
        mic: flag("mic")?,
        camera: flag("camera")?,
        screen: flag("screen")?,
        screen_audio: flag("screen_audio")?,
        hand: flag("hand")?,
    })
}
