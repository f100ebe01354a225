//! The product: everything of visavis that touches the world. Every socket, task, thread, file and clock lives in this
//! crate; the state machines that it drives live in crates without any.
//!
//! ```text
//! listener -- one connection at a time, by its first bytes --> http (pages, /ws, /socket.io/, /whip, /whep, /api)   tokio
//!                                                          \-> media (STUN, TURN, forwarding)   threads of their own
//!          -- and inside TLS again, after its handshake
//! http --> hub (one task, owns visavis_rooms::Rooms)
//! ```

mod api;
mod assets;
mod bearer;
mod classic;
mod files;
mod http;
mod hub;
mod ice;
mod lingering;
mod listener;
mod media;
mod metrics;
mod options;
mod origin;
mod reachable;
pub mod recordings;
mod secrets;
mod server;
mod throttle;
mod tls;
mod tokens;
mod whip;
mod ws;

pub use options::{Options, Tls};
pub use server::Server;
pub use tokens::Command;
