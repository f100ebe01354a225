//! Settings and bounds.

use std::net::IpAddr;
use std::time::Duration;

/// Settings of a [`Sfu`](crate::Sfu).
#[derive(Clone, Debug)]
pub struct Options {
    /// The addresses that clients reach this machine at, if they are not its own (1:1 NAT); one for each family.
    pub public_ips: Vec<IpAddr>,
    /// Whether the way to each subscriber is measured, and divided among what it shows. Without that everybody gets what fits
    /// their tiles, whatever arrives.
    pub estimate_bandwidth: bool,
    /// Connections at a time.
    pub max_endpoints: usize,
    /// m-lines in one offer.
    pub max_lines: usize,
    /// How long a connection may take from its offer to its keys.
    pub connecting: Duration,
    /// How long a connection may be silent.
    pub silence: Duration,
    /// The start of each estimate, in bit/s.
    pub first_estimate: u64,
    /// Whether H.264 is answered with as well.
    pub h264: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            public_ips: Vec::new(),
            estimate_bandwidth: true,
            max_endpoints: 2048,
            max_lines: 64,
            connecting: Duration::from_secs(30),
            silence: Duration::from_secs(20),
            first_estimate: 1_000_000,
            h264: true,
        }
    }
}
