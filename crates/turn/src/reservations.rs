//! Ports that are kept for a moment for whoever has their token (RFC 8656 section 7.2).

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::addr::{ClientNetwork, Family};

/// How long a port is kept (RFC 8656 section 7.2: at least 30 seconds).
const KEPT: Duration = Duration::from_secs(30);

/// A port above that of an allocation with EVEN-PORT.
pub(crate) struct Reservation {
    pub(crate) token: u64,
    pub(crate) family: Family,
    pub(crate) port: u16,
    /// For whom.
    username: Arc<str>,
    network: ClientNetwork,
    expires: Instant,
}

/// All of them, the oldest first: they are kept for the same time, so that it is also the first to go. They count against the
/// quota of their owners, and there are no more of them than ports.
#[derive(Default)]
pub(crate) struct Reservations {
    kept: VecDeque<Reservation>,
}

impl Reservations {
    pub(crate) fn keep(
        &mut self,
        token: u64,
        (family, port): (Family, u16),
        (username, network): (Arc<str>, ClientNetwork),
        now: Instant,
    ) {
        self.kept.push_back(Reservation { token, family, port, username, network, expires: now + KEPT });
    }

    /// The port that `token` stands for, if it is kept for `username`.
    pub(crate) fn take(&mut self, token: u64, username: &str) -> Option<Reservation> {
        let place = self.kept.iter().position(|kept| kept.token == token && *kept.username == *username)?;
        self.kept.remove(place)
    }

    /// What nobody came for.
    pub(crate) fn expired(&mut self, now: Instant) -> Option<Reservation> {
        self.kept.pop_front_if(|oldest| oldest.expires <= now)
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.kept.front().map(|oldest| oldest.expires)
    }

    pub(crate) fn held_by(&self, username: &str) -> usize {
        self.kept.iter().filter(|kept| *kept.username == *username).count()
    }

    pub(crate) fn held_from(&self, network: ClientNetwork) -> usize {
        self.kept.iter().filter(|kept| kept.network == network).count()
    }
}
