//! Everything about a [`Server`](crate::Server) that can be set.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::Cidr;
use crate::credentials::{Secret, User};

/// Settings of a [`Server`](crate::Server). [`Options::new`] has the defaults of RFC 8656; tests shorten
/// them.
#[derive(Clone, Debug)]
pub struct Options {
    /// The secret that time-limited credentials are made from.
    pub secret: Secret,
    /// Users with passwords of their own, beside those with time-limited credentials.
    pub users: Vec<User>,
    /// Whether clients are asked to send a hash of their username in place of it (RFC 8489 section 9.2, username anonymity).
    /// Only names in `users` can be found by their hash, so that nobody with a time-limited credential gets in any more who
    /// heeds the wish. A hash is accepted in any case.
    pub username_anonymity: bool,
    /// The realm of long-term credentials (RFC 8489 section 14.9); at most 127 characters.
    pub realm: String,
    /// The addresses that relays are advertised under, the first of each family. For a family with none, the
    /// server address that the client reached is used.
    pub public_ips: Vec<IpAddr>,
    /// The ports relays are opened on.
    pub relay_ports: RangeInclusive<u16>,
    /// How many ports are tried for one allocation, when opening one fails, before it is refused with 508.
    pub bind_attempts: u32,
    /// Ranges opened to peers although [`policy`](crate::policy) denies them.
    pub allow_peers: Vec<Cidr>,
    /// Lifetime of an allocation whose client asks for none, or for less.
    pub default_lifetime: Duration,
    /// The longest lifetime an allocation is granted at a time.
    pub max_lifetime: Duration,
    /// Lifetime of a permission (RFC 8656 section 9: 5 minutes).
    pub permission_lifetime: Duration,
    /// Lifetime of a channel (RFC 8656 section 12: 10 minutes).
    pub channel_lifetime: Duration,
    /// The numbers that channels may have, within 0x4000 to 0x7FFF. By default all of them, as in RFC 5766,
    /// because clients go on using them. RFC 8656 stops at 0x4FFF to leave room for other protocols (RFC
    /// 7983), of which none is spoken on this port.
    pub channel_numbers: RangeInclusive<u16>,
    /// How long a nonce is accepted (RFC 8489 section 9.2: at most an hour is recommended).
    pub nonce_lifetime: Duration,
    /// Allocations one username may hold at a time; more are refused with 486.
    pub allocations_per_username: usize,
    /// Allocations that clients of one address (of one /64 with IPv6) may hold at a time, whatever their usernames; more
    /// are refused with 486. Many people may sit behind one address.
    pub allocations_per_address: usize,
    /// Permissions one allocation may hold; more are refused with 508.
    pub permissions_per_allocation: usize,
    /// Channels one allocation may hold; more are refused with 508.
    pub channels_per_allocation: usize,
    /// Connections with peers that one TCP allocation may hold; more are refused with 508, those that peers make are closed.
    pub connections_per_allocation: usize,
    /// Such connections that the clients of one address (of one /64 with IPv6) may hold.
    pub connections_per_address: usize,
    /// Bytes of payload that one allocation may relay in a second, in each direction; what is more is lost. One second of
    /// it may come at once.
    pub bytes_per_second: u32,
    /// Answers per second and source address to requests that are not authenticated; more are not sent. Over TCP and TLS, ten
    /// times as many.
    pub refusals_per_second: u32,
    /// Source addresses counted for that at a time. Further ones get no answer until the second is over.
    pub refusal_sources: usize,
    /// Allocations of one shard that may wait for the registrar at a time; more are refused with 508.
    pub max_claims: usize,
    /// Outputs that may wait for [`poll_output`](crate::Server::poll_output). While they do, input is
    /// dropped.
    pub max_outputs: usize,
    /// Bytes that may wait in these outputs. While they do, input is dropped.
    pub max_output_bytes: usize,
}

impl Options {
    /// Options with the defaults, for the given `realm` and `secret`.
    #[must_use]
    pub fn new(realm: impl Into<String>, secret: Secret) -> Self {
        Self {
            secret,
            users: Vec::new(),
            username_anonymity: false,
            realm: realm.into(),
            public_ips: Vec::new(),
            relay_ports: 49152..=65535,
            bind_attempts: 16,
            allow_peers: Vec::new(),
            default_lifetime: Duration::from_secs(600),
            max_lifetime: Duration::from_secs(3600),
            permission_lifetime: Duration::from_secs(300),
            channel_lifetime: Duration::from_secs(600),
            channel_numbers: 0x4000..=0x7fff,
            nonce_lifetime: Duration::from_secs(3600),
            allocations_per_username: 64,
            allocations_per_address: 512,
            permissions_per_allocation: 256,
            channels_per_allocation: 256,
            connections_per_allocation: 64,
            connections_per_address: 1024,
            bytes_per_second: 4_000_000,
            refusals_per_second: 10,
            refusal_sources: 1 << 16,
            max_claims: 1024,
            max_outputs: 1024,
            max_output_bytes: 1 << 20,
        }
    }
}
