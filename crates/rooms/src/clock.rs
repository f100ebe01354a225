//! Wall-clock time derived from monotonic time.

use std::time::{Duration, Instant};

/// Tells the wall-clock time of an [`Instant`], fixed at the start: a clock that is set while the server runs changes
/// nothing for those who are in a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    start: Instant,
    unix_start: Duration,
}

impl Clock {
    pub(crate) fn new(start: Instant, unix_start: Duration) -> Self {
        Self { start, unix_start }
    }

    /// How long the server has been running.
    pub(crate) fn uptime(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.start)
    }

    /// Milliseconds since the Unix epoch.
    pub(crate) fn unix_ms(&self, now: Instant) -> u64 {
        u64::try_from((self.unix_start + self.uptime(now)).as_millis()).unwrap_or(u64::MAX)
    }
}
