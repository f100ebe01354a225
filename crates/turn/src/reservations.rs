//! Ports that are kept for a moment for whoever has their token (RFC 8656 section 7.2).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::registrar::{Port, Whose};

/// How long a port is kept (RFC 8656 section 7.2: at least 30 seconds).
const KEPT: Duration = Duration::from_secs(30);

/// A port above that of an allocation with EVEN-PORT.
pub(crate) struct Reservation {
    token: u64,
    pub(crate) port: Port,
    /// For whom.
    pub(crate) whose: Whose,
    expires: Instant,
}

/// All of them, the oldest first: they are kept for the same time, so that it is also the first to go. They count against the
/// quota of their owners, and there are no more of them than ports.
#[derive(Default)]
pub(crate) struct Reservations {
    kept: VecDeque<Reservation>,
}

impl Reservations {
    pub(crate) fn keep(&mut self, token: u64, port: Port, whose: Whose, now: Instant) {
        self.kept.push_back(Reservation { token, port, whose, expires: now + KEPT });
    }

    /// The port that `token` stands for, if it is kept for `username`.
    pub(crate) fn take(&mut self, token: u64, username: &str) -> Option<Reservation> {
        let is_it = |kept: &Reservation| kept.token == token && *kept.whose.username == *username;
        let place = self.kept.iter().position(is_it)?;
        self.kept.remove(place)
    }

    /// The port that `token` stands for, whoever it is kept for.
    pub(crate) fn withdraw(&mut self, token: u64) -> Option<Reservation> {
        let place = self.kept.iter().position(|kept| kept.token == token)?;
        self.kept.remove(place)
    }

    /// What nobody came for.
    pub(crate) fn expired(&mut self, now: Instant) -> Option<Reservation> {
        self.kept.pop_front_if(|oldest| oldest.expires <= now)
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.kept.front().map(|oldest| oldest.expires)
    }
}
