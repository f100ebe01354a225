//! What a server decides about its rooms.

use std::time::Duration;

use visavis_protocol::{Limits, TokenKeys};

/// What a server's rooms are made with.
#[derive(Debug, Clone)]
pub struct Options {
    /// The bounds.
    pub limits: Limits,
    /// Name and version, for `welcome`.
    pub server: String,
    /// The server's own key, which outlives a restart: seals resume secrets and host keys.
    pub key: [u8; 32],
    /// With any of these, whoever joins needs a token that one of them has signed.
    pub tokens: TokenKeys,
    /// Random bits, new at every start.
    pub seed: [u8; 32],
    /// The wall-clock time at the start, since the Unix epoch.
    pub unix_start: Duration,
}
