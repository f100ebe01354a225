//! How much flows, over the last two seconds.

use std::time::{Duration, Instant};

/// How long one of the periods is that are kept.
const PERIOD: Duration = Duration::from_millis(500);
/// How many of them.
const PERIODS: usize = 4;

/// Counts bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter {
    begun: Option<Instant>,
    /// Bytes in each period, the present one first.
    periods: [u64; PERIODS],
    /// How many of them are over.
    full: usize,
}

impl Meter {
    pub(crate) fn count(&mut self, bytes: usize, now: Instant) {
        self.go_on(now);
        self.periods[0] += u64::try_from(bytes).unwrap_or(u64::MAX);
    }

    /// In bit/s; 0 while nothing is known yet.
    pub(crate) fn bitrate(&mut self, now: Instant) -> u64 {
        self.go_on(now);
        let full = u64::try_from(self.full).unwrap_or_default();
        let bits: u64 = self.periods.iter().skip(1).take(self.full).sum::<u64>() * 8;
        bits * 1000 / (full * u64::try_from(PERIOD.as_millis()).unwrap_or(1)).max(1)
    }

    fn go_on(&mut self, now: Instant) {
        let begun = *self.begun.get_or_insert(now);
        let over = now.saturating_duration_since(begun).as_millis() / PERIOD.as_millis();
        let over = usize::try_from(over).unwrap_or(usize::MAX);
        for _ in 0..over.min(PERIODS) {
            self.periods.rotate_right(1);
            self.periods[0] = 0;
            self.full = (self.full + 1).min(PERIODS - 1);
        }
        if over > 0 {
            let over = u32::try_from(over).unwrap_or(u32::MAX);
            self.begun = begun.checked_add(PERIOD.saturating_mul(over)).or(Some(now));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a test needs some time to begin with")]
    fn now() -> Instant {
        Instant::now()
    }

    #[test]
    fn what_flowed_in_the_last_seconds_counts_and_nothing_of_before() {
        let start = now();
        let mut meter = Meter::default();
        let at = |ms: u64| start + Duration::from_millis(ms);
        assert_eq!(meter.bitrate(at(0)), 0);
        (0..300).for_each(|step| meter.count(125, at(step * 10)));
        assert_eq!(meter.bitrate(at(3000)), 100_000);
        assert_eq!(meter.bitrate(at(60_000)), 0);
    }
}
