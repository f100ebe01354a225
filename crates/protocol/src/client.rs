//! What a client says, and how a frame of it is read.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::{ErrorCode, ParticipantId, RoomName, StateUpdate};

/// One frame from a client: its number, where it has one, and what it says.
#[derive(Debug)]
pub struct ClientFrame {
    /// The request number; `None` for `hello`, `ack` and `ping`, which have none.
    pub id: Option<u64>,
    /// What is said.
    pub message: ClientMessage,
}

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
    /// Who is in a room?
    Peek(Peek),
    /// Messages were handled.
    Ack(Ack),
    /// Is anybody there?
    Ping(Ping),
}

/// `hello`
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Hello {
    /// The protocol version that the client speaks.
    pub protocol: u32,
    /// The client's name and version, for the log.
    pub client: String,
    /// The secret from `joined`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<String>,
    /// The highest `seq` handled.
    #[serde(default)]
    pub last_seq: u64,
}

/// `join`
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Join {
    /// The room to enter; made if it does not exist.
    pub room: RoomName,
    /// What the others see.
    pub name: String,
    /// Makes the participant a host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_key: Option<String>,
    /// What is live from the start.
    #[serde(default)]
    pub state: StateUpdate,
}

/// `leave`
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Leave {}

/// `description`
#[derive(Debug, Deserialize, Serialize)]
pub struct Description {
    /// Whom it is for.
    pub to: ParticipantId,
    /// RTCSessionDescriptionInit, as the sender wrote it: checked for its shape, relayed as it is.
    #[serde(deserialize_with = "session_description")]
    pub description: Box<RawValue>,
}

/// `candidate`
#[derive(Debug, Deserialize, Serialize)]
pub struct Candidate {
    /// Whom it is for.
    pub to: ParticipantId,
    /// RTCIceCandidateInit or `null`, as the sender wrote it: checked for its shape, relayed as it is.
    #[serde(deserialize_with = "ice_candidate")]
    pub candidate: Box<RawValue>,
}

/// `state`
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
pub struct StateChange {
    /// What changed.
    pub state: StateUpdate,
}

/// `chat`
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Chat {
    /// Plain text.
    pub text: String,
}

/// `react`
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct React {
    /// What is shown; plain text, a single emoji by convention.
    pub emoji: String,
}

/// `peek`
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Peek {
    /// The room to look into.
    pub room: RoomName,
}

/// `ack`
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
pub struct Ack {
    /// All messages up to this number were handled.
    pub seq: u64,
}

/// `ping`
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
pub struct Ping {
    /// Any number; comes back in `pong`.
    pub time: f64,
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

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(rename = "type", borrow)]
    kind: std::borrow::Cow<'a, str>,
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
}

impl ClientFrame {
    /// Reads one frame.
    ///
    /// # Errors
    /// The `error` that answers it: `malformed`, `unknown-type` or `invalid`.
    pub fn parse(text: &str) -> Result<Self, FrameError> {
        let head: Head<'_> = serde_json::from_str(text).map_err(|error| FrameError {
            code: ErrorCode::Malformed,
            message: format!("not a JSON object with a \"type\": {error}"),
            re: None,
        })?;
        let id = head.id.and_then(|id| id.get().parse::<u64>().ok());
        let message = parse_message(&head.kind, text).map_err(|(code, message)| FrameError {
            code,
            message,
            re: id.filter(|_| is_numbered(&head.kind)),
        })?;
        if id.is_none() && is_numbered(&head.kind) {
            let message = format!("\"{}\" needs a whole number \"id\"", head.kind);
            return Err(FrameError { code: ErrorCode::Invalid, message, re: None });
        }
        Ok(Self { id: id.filter(|_| is_numbered(&head.kind)), message })
    }
}

/// Whether messages of this type carry an `id`.
fn is_numbered(kind: &str) -> bool {
    !matches!(kind, "hello" | "ack" | "ping")
}

fn parse_message(kind: &str, text: &str) -> Result<ClientMessage, (ErrorCode, String)> {
    Ok(match kind {
        "hello" => ClientMessage::Hello(body(kind, text)?),
        "join" => ClientMessage::Join(body(kind, text)?),
        "leave" => ClientMessage::Leave(body(kind, text)?),
        "description" => ClientMessage::Description(body(kind, text)?),
        "candidate" => ClientMessage::Candidate(body(kind, text)?),
        "state" => ClientMessage::State(body(kind, text)?),
        "chat" => ClientMessage::Chat(body(kind, text)?),
        "react" => ClientMessage::React(body(kind, text)?),
        "peek" => ClientMessage::Peek(body(kind, text)?),
        "ack" => ClientMessage::Ack(body(kind, text)?),
        "ping" => ClientMessage::Ping(body(kind, text)?),
        _ => {
            let shown: String = kind.chars().take(40).collect();
            return Err((ErrorCode::UnknownType, format!("there is no message \"{shown}\"")));
        }
    })
}

fn body<T: DeserializeOwned>(kind: &str, text: &str) -> Result<T, (ErrorCode, String)> {
    serde_json::from_str(text).map_err(|error| (ErrorCode::Invalid, format!("\"{kind}\": {error}")))
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum SdpType {
    Offer,
    Answer,
    #[serde(rename = "pranswer")]
    ProvisionalAnswer,
    Rollback,
}

fn session_description<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Box<RawValue>, D::Error> {
    #[derive(Deserialize)]
    struct Shape<'a> {
        #[serde(rename = "type")]
        kind: SdpType,
        #[serde(borrow, default)]
        sdp: Option<&'a RawValue>,
    }
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    let shape: Shape<'_> =
        serde_json::from_str(raw.get()).map_err(|error| D::Error::custom(plain(&error)))?;
    let has_sdp = shape.sdp.is_some_and(|sdp| sdp.get().starts_with('"'));
    if has_sdp || matches!(shape.kind, SdpType::Rollback) {
        return Ok(raw);
    }
    Err(D::Error::custom("a description needs a string \"sdp\""))
}

fn ice_candidate<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Box<RawValue>, D::Error> {
    #[derive(Deserialize)]
    struct Shape<'a> {
        #[serde(borrow)]
        candidate: &'a RawValue,
    }
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    let shape: Option<Shape<'_>> =
        serde_json::from_str(raw.get()).map_err(|error| D::Error::custom(plain(&error)))?;
    if shape.is_none_or(|shape| shape.candidate.get().starts_with('"')) {
        return Ok(raw);
    }
    Err(D::Error::custom("a candidate is null or has a string \"candidate\""))
}

/// The error without its position, which would be counted from the start of the inner value.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}
