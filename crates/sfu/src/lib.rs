//! Selective forwarding (the *star*), sans-IO: each participant sends once, and gets what fits what it shows and what its way
//! takes.
//!
//! [`Sfu`] is one state machine for all rooms of one media thread. It is told what happened (`handle_…`), says what is to be
//! done ([`Sfu::poll_output`], [`Sfu::batch`]) and when it wants to be woken ([`Sfu::poll_timeout`]).
//!
//! ```text
//! datagram --> Endpoint (ICE, DTLS, SRTP: str0m) --> Packet --> Layer of a source --> watchers --+
//! datagram <-- Endpoint <----------- Egress <-------------- Rewrite <-- Outgoing of a slot <-----+
//! ```

mod address;
mod allocator;
mod batch;
mod credentials;
mod downlink;
mod egress;
mod endpoint;
mod key_frames;
mod member;
mod meter;
mod mix;
mod offer;
mod options;
mod outgoing;
mod output;
mod packet;
mod room;
mod sfu;
mod speakers;
#[cfg(test)]
mod targets;
mod timers;

pub use address::{FiveTuple, Transport};
pub use batch::{Run, SendBatch};
pub use credentials::shard_of;
pub use mix::{Edition, Editions, FromMix, MixPacket, MixedSound, Person, ToMix};
pub use options::Options;
pub use output::{Counts, Output};
pub use sfu::{CryptoError, Sfu};
