//! The server on virtual time: what goes in, and exactly what comes out.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod addresses;
mod allocate;
mod authenticate;
mod binding;
mod bounds;
mod client;
mod counts;
mod data;
mod hairpin;
mod malformed;
mod model;
mod peers;
mod properties;
mod refresh;
mod shards;
mod special;
mod targets;
mod tcp;
mod world;
