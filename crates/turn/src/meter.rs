//! How much data one allocation may relay.

use std::time::{Duration, Instant};

/// A token bucket: it fills at `rate` and holds one second of it, so that a key frame passes and a flood does not.
#[derive(Clone, Copy)]
pub(crate) struct Meter {
    /// Bytes per second.
    rate: u32,
    /// Bytes that may pass now.
    left: u64,
    /// When `left` was right.
    at: Instant,
}

impl Meter {
    /// A full one.
    pub(crate) fn new(rate: u32, now: Instant) -> Self {
        Self { rate, left: rate.into(), at: now }
    }

    /// Whether so many bytes may pass now; takes them if so.
    pub(crate) fn pass(&mut self, bytes: usize, now: Instant) -> bool {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        if bytes > self.left {
            self.fill(now);
        }
        let passes = bytes <= self.left;
        if passes {
            self.left -= bytes;
        }
        passes
    }

    /// How many bytes may pass now.
    pub(crate) fn left(&mut self, now: Instant) -> usize {
        self.fill(now);
        usize::try_from(self.left).unwrap_or(usize::MAX)
    }

    /// Time that is worth less than a byte is not taken, so that none is lost however often this is called.
    fn fill(&mut self, now: Instant) {
        let rate = u64::from(self.rate);
        let elapsed = now.saturating_duration_since(self.at).min(Duration::from_secs(1));
        let gained =
            u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX).saturating_mul(rate) / 1_000_000_000;
        if gained > 0 {
            self.left = (self.left + gained).min(rate);
            self.at = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "an Instant comes from nowhere else")]
    fn start() -> Instant {
        Instant::now()
    }

    #[test]
    fn a_second_of_the_rate_passes_at_once_and_then_as_much_as_time_brings() {
        let now = start();
        let mut meter = Meter::new(1000, now);
        assert!(meter.pass(600, now) && meter.pass(400, now));
        assert!(!meter.pass(1, now));
        assert!(meter.pass(100, now + Duration::from_millis(100)));
        assert!(!meter.pass(1, now + Duration::from_millis(100)));
        let later = now + Duration::from_secs(3600);
        assert!(!meter.pass(1001, later), "it never holds more than a second");
        assert!(meter.pass(1000, later));
    }

    #[test]
    fn no_time_is_lost_however_often_it_is_asked() {
        let now = start();
        let mut meter = Meter::new(1000, now);
        assert!(meter.pass(1000, now));
        let passed =
            (1..=100_000_u64).filter(|step| meter.pass(1, now + Duration::from_micros(step * 10))).count();
        assert!((990..=1000).contains(&passed), "{passed} bytes in a second");
    }
}
