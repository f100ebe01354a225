//! What visavis clients and servers say to each other: ids, messages, their limits, and the sealed secrets that a client
//! keeps for the server. `docs/protocol.md` is the specification; `fixtures/` holds an example of every message, read by
//! the tests of this crate and by those of the browser client.
//!
//! This crate never opens a socket, reads a clock, or draws a random number.

mod client;
mod costs;
mod error;
mod forward;
mod frame;
mod host;
mod ids;
mod limits;
mod members;
mod parts;
mod plan;
mod recording;
mod seal;
mod server;
mod token;
mod weight;

pub use client::{
    Ack, Candidate, Chat, ClientMessage, Description, Hello, Join, Leave, Peek, Ping, React, StateChange,
};
pub use costs::{AskCosts, Costs, Gap, Outcome, ParticipantCosts, ServerCosts, SwitchRecord};
pub use error::{CloseCode, ErrorCode};
pub use forward::{
    Answer, AskStats, Forward, ForwardEnd, ForwardEnded, ForwardRequest, Forwarded, RoomStats, Shown, Shows,
    Slot, SlotStats, Slots, Source, Speakers, Stats, Undecodable, Wanted, WantedSource,
};
pub use frame::{ClientFrame, FrameError};
pub use host::{
    Admit, Appoint, Ask, Asked, EndRoom, Entry, Knock, Knocks, Mute, Muted, Remove, Removed, RemovedReason,
    Rules, Waiting,
};
pub use ids::{IdError, ParticipantId, RoomName, may_be_in_name};
pub use limits::Limits;
pub use members::InvalidMember;
pub use parts::{ChatMessage, IceServer, Participant, ParticipantKind, SourceState, StateUpdate};
pub use plan::{
    Device, DirectPolicy, Facts, ForwardedPublisher, LegFacts, LegState, Limited, MixPolicy, MixReason,
    MixState, MixedSubscriber, Path, Plan, Policy, Reason, SetPolicy, Stalled, Switch, SwitchGap,
    SwitchReady,
};
pub use recording::{Record, Recorded, Recording, RecordingId, RecordingPart, RecordingState, Recordings};
pub use seal::{HostClaims, ResumeClaims, SealError, Sealer, derive_key};
pub use server::{
    ChatLine, ErrorReply, Joined, Left, LeftReason, ParticipantJoined, ParticipantLeft, Pong, Reaction,
    RelayedCandidate, RelayedDescription, RoomView, ServerFrame, ServerMessage, Welcome,
};

pub use token::{KeyError, Rights, RoomToken, TokenError, TokenKey, TokenKeys};

/// The protocol version spoken here.
pub const PROTOCOL: u32 = 1;
