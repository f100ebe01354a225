//! What the server says, and how a frame of it is written.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::costs::Costs;
use crate::forward::{ForwardEnded, Forwarded, Slots, Speakers, Stats, Wanted};
use crate::host::{Asked, Entry, Knocks, Muted, Removed, Waiting};
use crate::plan::Plan;
use crate::recording::Recordings;
use crate::{ChatMessage, ErrorCode, IceServer, Participant, ParticipantId, RoomName};

/// What the server says. `docs/protocol.md`, section 3.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum ServerMessage {
    /// Answers `hello`.
    Welcome(Welcome),
    /// Answers `join`; also the full picture after a resume that could not be replayed.
    Joined(Joined),
    /// Answers `leave`.
    Left(Left),
    /// Somebody came.
    ParticipantJoined(ParticipantJoined),
    /// Something about a participant changed.
    ParticipantChanged(ParticipantJoined),
    /// Somebody is gone.
    ParticipantLeft(ParticipantLeft),
    /// A session description from another participant.
    Description(RelayedDescription),
    /// An ICE candidate from another participant.
    Candidate(RelayedCandidate),
    /// A line of chat.
    Chat(ChatLine),
    /// A reaction, to be seen for a moment.
    Reaction(Reaction),
    /// Answers `forward`.
    Forwarded(Forwarded),
    /// The connection with the server is over.
    ForwardEnded(ForwardEnded),
    /// Which way media goes from now on.
    Plan(Plan),
    /// What has been recorded of the room.
    Recordings(Recordings),
    /// Answers `join` for now: a host has to let this client in.
    Waiting(Waiting),
    /// Who waits to be let in.
    Knocks(Knocks),
    /// Sources of this client's that are off from now on.
    Muted(Muted),
    /// A host asks for something to be switched on.
    Asked(Asked),
    /// This client is not in the room any more.
    Removed(Removed),
    /// Answers `costs`.
    Costs(Costs),
    /// What the m-lines of that connection carry.
    Slots(Slots),
    /// Which encodings somebody watches.
    Wanted(Wanted),
    /// Who speaks.
    Speakers(Speakers),
    /// Answers `stats`.
    Stats(Stats),
    /// Answers `peek`.
    Room(RoomView),
    /// Something was refused.
    Error(ErrorReply),
    /// Answers `ping`.
    Pong(Pong),
}

/// `welcome`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Welcome {
    /// The version spoken on this connection.
    pub protocol: u32,
    /// The server's name and version.
    pub server: String,
    /// This client's id.
    pub participant: ParticipantId,
    /// The room that it is in.
    pub room: Option<RoomName>,
    /// Whether everything missed follows.
    pub resumed: bool,
    /// The highest request number handled.
    pub last_id: u64,
    /// STUN and TURN servers; filled in at the edge, which knows the name that the client reached the server by.
    pub ice_servers: Vec<IceServer>,
    /// For how many seconds their credentials are good.
    pub ice_ttl: u64,
    /// The server's time, in milliseconds since the Unix epoch.
    pub time: u64,
}

/// `joined`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Joined {
    /// The `join` that this answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub re: Option<u64>,
    /// The room.
    pub room: RoomName,
    /// This client's id.
    pub participant: ParticipantId,
    /// The secret for coming back.
    pub resume: String,
    /// Whether this participant is a host.
    pub host: bool,
    /// Only for whoever made the room: the key that makes others host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_key: Option<String>,
    /// After a restart of the server: for how many milliseconds participants who are not listed may yet come back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settling: Option<u64>,
    /// How media travels.
    pub plan: Plan,
    /// The others, in the order they came.
    pub participants: Vec<Participant>,
    /// The chat so far.
    pub chat: Vec<ChatMessage>,
}

/// `left`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Left {
    /// The `leave` that this answers.
    pub re: u64,
}

/// `participant-joined` and `participant-changed`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ParticipantJoined {
    /// The whole participant.
    pub participant: Participant,
}

/// `participant-left`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ParticipantLeft {
    /// Its id.
    pub participant: ParticipantId,
    /// Why.
    pub reason: LeftReason,
}

/// Why a participant is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LeftReason {
    /// It said `leave`.
    Left,
    /// Its connection was lost and it did not come back.
    Lost,
    /// A host took it out, or ended the call.
    Removed,
}

/// `description`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RelayedDescription {
    /// Who sent it.
    pub from: ParticipantId,
    /// As it was sent.
    pub description: Box<RawValue>,
}

/// `candidate`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RelayedCandidate {
    /// Who sent it.
    pub from: ParticipantId,
    /// As it was sent.
    pub candidate: Box<RawValue>,
}

/// `chat`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChatLine {
    /// The line.
    pub message: ChatMessage,
}

/// `reaction`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Reaction {
    /// Whose.
    pub from: ParticipantId,
    /// Plain text.
    pub emoji: String,
}

/// `room`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RoomView {
    /// The `peek` that this answers.
    pub re: u64,
    /// The room asked for.
    pub room: RoomName,
    /// Who is in it; empty also if there is no such room, and where not everybody may come in.
    pub participants: Vec<Participant>,
    /// Who may come in.
    #[serde(default, skip_serializing_if = "Entry::is_open")]
    pub entry: Entry,
    /// Whether it is being recorded.
    pub recording: bool,
    /// Whether what each person sends is kept as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tracks: bool,
}

/// `error`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ErrorReply {
    /// For programs.
    pub code: ErrorCode,
    /// For people.
    pub message: String,
    /// The message that was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub re: Option<u64>,
}

/// `pong`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pong {
    /// As in `ping`.
    pub time: f64,
    /// The highest request number handled.
    pub last_id: u64,
}

impl ServerMessage {
    /// Writes the message as one frame; `seq` is `None` for `welcome` and `pong`.
    #[must_use]
    pub fn to_frame(&self, seq: Option<u64>) -> String {
        let mut frame = Vec::with_capacity(self.weight());
        if let Some(seq) = seq {
            frame.extend_from_slice(b"{\"seq\":");
            frame.extend_from_slice(seq.to_string().as_bytes());
            frame.push(b',');
        }
        let start = frame.len();
        // Nothing in these types can fail to become JSON: no map has keys that are not strings.
        if serde_json::to_writer(&mut frame, self).is_err() {
            frame.truncate(start);
            frame.extend_from_slice(b"{}");
        }
        if seq.is_some() {
            frame.remove(start);
        }
        String::from_utf8(frame).unwrap_or_default()
    }
}

/// One frame from the server, as a client reads it.
#[derive(Debug, Clone)]
pub struct ServerFrame {
    /// Its number; `None` for `welcome` and `pong`.
    pub seq: Option<u64>,
    /// What is said.
    pub message: ServerMessage,
}

impl ServerFrame {
    /// Reads one frame.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Head<'a> {
            #[serde(rename = "type", borrow)]
            kind: std::borrow::Cow<'a, str>,
            #[serde(default)]
            seq: Option<u64>,
        }
        fn body<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
            serde_json::from_str(text)
        }
        let head: Head<'_> = serde_json::from_str(text)?;
        let message = match &*head.kind {
            "welcome" => ServerMessage::Welcome(body(text)?),
            "joined" => ServerMessage::Joined(body(text)?),
            "left" => ServerMessage::Left(body(text)?),
            "participant-joined" => ServerMessage::ParticipantJoined(body(text)?),
            "participant-changed" => ServerMessage::ParticipantChanged(body(text)?),
            "participant-left" => ServerMessage::ParticipantLeft(body(text)?),
            "description" => ServerMessage::Description(body(text)?),
            "candidate" => ServerMessage::Candidate(body(text)?),
            "chat" => ServerMessage::Chat(body(text)?),
            "reaction" => ServerMessage::Reaction(body(text)?),
            "forwarded" => ServerMessage::Forwarded(body(text)?),
            "forward-ended" => ServerMessage::ForwardEnded(body(text)?),
            "slots" => ServerMessage::Slots(body(text)?),
            "wanted" => ServerMessage::Wanted(body(text)?),
            "speakers" => ServerMessage::Speakers(body(text)?),
            "stats" => ServerMessage::Stats(body(text)?),
            "plan" => ServerMessage::Plan(body(text)?),
            "recordings" => ServerMessage::Recordings(body(text)?),
            "waiting" => ServerMessage::Waiting(body(text)?),
            "knocks" => ServerMessage::Knocks(body(text)?),
            "muted" => ServerMessage::Muted(body(text)?),
            "asked" => ServerMessage::Asked(body(text)?),
            "removed" => ServerMessage::Removed(body(text)?),
            "costs" => ServerMessage::Costs(body(text)?),
            "room" => ServerMessage::Room(body(text)?),
            "error" => ServerMessage::Error(body(text)?),
            "pong" => ServerMessage::Pong(body(text)?),
            other => return Err(serde::de::Error::custom(format!("unknown message {other}"))),
        };
        Ok(Self { seq: head.seq, message })
    }
}
