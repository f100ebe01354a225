//! Wall-clock time derived from monotonic time.

use std::time::{Duration, Instant};

/// Tells the wall-clock time of an [`Instant`], fixed at the start: a clock that is set while the server runs changes
/// nothing for those who are in a call.
#[derive(Debug)]
pub(crate) struct Clock {
    start: Instant,
    unix_start: Duration,
    last_stamp: u64,
}

impl Clock {
    pub(crate) fn new(start: Instant, unix_start: Duration) -> Self {
        Self { start, unix_start, last_stamp: 0 }
    }

    /// How long the server has been running.
    pub(crate) fn uptime(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.start)
    }

    /// Milliseconds since the Unix epoch.
    pub(crate) fn unix_ms(&self, now: Instant) -> u64 {
        u64::try_from((self.unix_start + self.uptime(now)).as_millis()).unwrap_or(u64::MAX)
    }

    /// Milliseconds since the Unix epoch, moved on a little if need be: of two stamps the later one is the greater one,
    /// however close they are.
    pub(crate) fn stamp(&mut self, now: Instant) -> u64 {
        self.last_stamp = self.unix_ms(now).max(self.last_stamp.saturating_add(1));
        self.last_stamp
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(
        clippy::disallowed_methods,
        reason = "an Instant comes from nowhere else; the test only adds to it"
    )]
    fn start() -> Instant {
        Instant::now()
    }

    #[test]
    fn a_later_stamp_is_greater_even_within_a_millisecond() {
        let start = start();
        let mut clock = Clock::new(start, Duration::from_secs(1));
        assert_eq!([clock.stamp(start), clock.stamp(start)], [1000, 1001]);
        assert_eq!(clock.stamp(start + Duration::from_millis(7)), 1007);
        assert_eq!(clock.stamp(start), 1008);
    }
}
