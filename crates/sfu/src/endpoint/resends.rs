//! How much is sent again at most. The library looks at its own bound twenty times a second; between two looks it sends all
//! that it is asked for, as often as it is asked: a hundred times of what is sent otherwise, to whoever asks every millisecond.

use std::time::{Duration, Instant};

/// What may be sent again at once, in bytes: all that was sent of a large picture in more than a second.
const BURST: usize = 256 * 1024;
/// The longest time that counts as passed between two looks.
const LONGEST: Duration = Duration::from_secs(1);

/// A budget for what is sent again, and for what is sent to find out how much a way takes, which looks the same.
pub(super) struct Resends {
    /// The payload types of what is sent again, a bit for each (RFC 4588).
    pub(super) types: u128,
    /// How much is sent to find that out, in bit/s.
    pub(super) padding: u64,
    left: usize,
    since: Instant,
}

impl Resends {
    pub(super) fn new(now: Instant) -> Self {
        Self { types: 0, padding: 0, left: BURST, since: now }
    }

    /// Lets time pass.
    pub(super) fn handle_timeout(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.since).min(LONGEST).as_micros();
        self.since = self.since.max(now);
        let bytes = u128::from(self.padding) * passed / 8_000_000;
        self.add(usize::try_from(bytes).unwrap_or(BURST));
    }

    /// Whether a datagram may leave: what is sent for the first time may, and lets two thirds as much be sent again.
    pub(super) fn allow(&mut self, datagram: &[u8]) -> bool {
        let is_again = |kind: u8| self.types >> (kind & 0x7f) & 1 == 1;
        match datagram {
            [0x80..=0xbf, kind, ..] if is_again(*kind) => {
                let left = self.left.checked_sub(datagram.len());
                self.left = left.unwrap_or(self.left);
                left.is_some()
            }
            _ => {
                self.add(datagram.len() * 2 / 3);
                true
            }
        }
    }

    fn add(&mut self, bytes: usize) {
        self.left = self.left.saturating_add(bytes).min(BURST);
    }
}
