//! The rooms on virtual time: what goes in, and exactly what comes out. `docs/protocol.md` says what it should be.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod audience;
mod chat;
mod classic;
mod closing;
mod forward;
mod frames;
mod guests;
mod hello;
mod host;
mod lost;
mod membership;
mod mix;
mod numbers;
mod operator;
mod permissions;
mod properties;
mod reactions;
mod relay;
mod restart;
mod resume;
mod room_life;
mod switching;
mod tokens;
mod whip;
mod world;
