//! A STUN (RFC 8489) and TURN (RFC 8656) server as a state machine.
//!
//! The crate opens no socket, reads no clock, starts no thread and has no random source: datagrams,
//! connections and the time are handed in, every side effect comes out as an [`Output`]. The contract with
//! the driver:
//!
//! 1. Call one `handle_…` method of [`Server`].
//! 2. Take outputs with [`Server::poll_output`] until there are none, and carry them out in that order.
//! 3. Wait for the next input, or until [`Server::poll_timeout`], and begin again.
//!
//! Whatever an address could have forged costs others little. A Binding request is answered without credentials and
//! without a limit: the answer is about as long as the request, so that nothing is gained by sending it in somebody
//! else's name. Refusals for want of credentials are longer, and limited per source. Allocations are counted per
//! username and per client address.
//!
//! What arrives on the shared port is sorted by [`classify`]; a TCP stream is cut into messages by
//! [`stream::Framer`]; [`credentials`] issues what [`Server`] checks; [`policy`] says whom relays may talk
//! to.

mod addr;
mod allocation;
mod allocations;
pub mod classify;
mod connections;
mod counts;
pub mod credentials;
mod integrity;
mod meter;
mod nonce;
mod options;
mod output;
pub mod policy;
mod ports;
mod refusals;
mod registrar;
mod reply;
mod reservations;
mod server;
mod shards;
pub mod stream;

/// The codec of STUN and TURN messages, for whoever writes or reads one beside the server: clients, above
/// all.
pub mod codec {
    pub use {stun_types, turn_types};
}

pub use addr::{ClientAddr, ClientNetwork, Family, FiveTuple, PeerAddr, RelayedAddr, ServerAddr, Transport};
pub use connections::ConnectionId;
pub use counts::{Counts, Traffic};
/// A range of addresses, parsed from and printed as `10.0.0.0/8`.
pub use ipnet::IpNet as Cidr;
pub use options::Options;
pub use output::{Datagrams, Delivery, Output, RelayId};
pub use server::{BindFailed, ConnectFailed, IcmpError, Keys, Server, Toward};
pub use shards::{ShardId, ShardMessage};
