//! Rooms, sans-IO: who is in them, what each participant may do, and what is passed on to whom.
//!
//! [`Rooms`] is one state machine for all rooms of a server. It is told what happened (`handle_…`), and says what is to be
//! done ([`Rooms::poll_output`]) and when it wants to be woken ([`Rooms::poll_timeout`]). It never opens a socket, reads a
//! clock, or draws on a random source of its own: the time is an argument, the seed is an option.
//!
//! ```text
//! ConnectionId --> Session (a client: its numbers, what it may have missed) --> Room (its members, its chat)
//! ```
//!
//! A session outlives its connection by 30 seconds, and moves to the next one (`docs/protocol.md`, section 1).

mod admission;
mod allowance;
mod chat;
mod clock;
mod connection;
mod costs;
mod counts;
mod deadlines;
mod dispatch;
mod forward;
mod hello;
mod host;
mod knocks;
mod life;
mod media;
mod membership;
mod mix;
mod operator;
mod options;
mod outbox;
mod output;
mod paths;
mod permissions;
mod policy;
mod recording;
mod refusal;
mod relay;
mod reports;
mod resume;
mod room;
mod rooms;
mod secrets;
mod send;
mod session;
mod switch;
mod switched;
mod timers;
pub mod topology;
mod viewers;

pub use connection::{Client, ConnectionId, End};
pub use counts::Counts;
pub use operator::{Command, CommandError, Reply, RoomDetail, RoomSummary};
pub use options::Options;
pub use output::Output;
pub use rooms::Rooms;
pub use switched::{Histogram, Switched};
pub use viewers::NotFound;
