//! How long things took: a histogram of bounded size, whose error is under 2 %.

use std::time::Duration;

/// Each power of two is divided into so many steps.
const STEPS: usize = 64;
const STEP_BITS: u32 = STEPS.trailing_zeros();
/// Powers of two above the first [`STEPS`] nanoseconds: up to more than an hour.
const POWERS: usize = 36;

/// Delays, counted by their size.
#[derive(Debug, Clone)]
pub(crate) struct Delays {
    counts: Vec<u64>,
    total: u64,
}

impl Default for Delays {
    fn default() -> Self {
        Self { counts: vec![0; STEPS * (POWERS + 1)], total: 0 }
    }
}

impl Delays {
    /// Counts one, in nanoseconds.
    pub(crate) fn add(&mut self, nanoseconds: u64) {
        let place = place(nanoseconds).min(self.counts.len() - 1);
        self.counts[place] += 1;
        self.total += 1;
    }

    /// The delay that so many of a hundred do not exceed; `None` of none.
    pub(crate) fn percentile(&self, percent: u64) -> Option<Duration> {
        let rank = (self.total * percent).div_ceil(100).max(1);
        let mut seen = 0;
        let place = self.counts.iter().position(|count| {
            seen += count;
            seen >= rank
        })?;
        Some(Duration::from_nanos(least(place)))
    }
}

/// Where a delay is counted: the first ones by the nanosecond, then in ever larger steps.
fn place(nanoseconds: u64) -> usize {
    let power = nanoseconds.checked_ilog2().unwrap_or(0).saturating_sub(STEP_BITS);
    let power = if nanoseconds < STEPS as u64 { 0 } else { power + 1 };
    let step = nanoseconds >> power.saturating_sub(1);
    let step = usize::try_from(step).unwrap_or(usize::MAX) % STEPS;
    power as usize * STEPS + step
}

/// The least delay that is counted there.
fn least(place: usize) -> u64 {
    let (power, step) = (place / STEPS, (place % STEPS) as u64);
    if power == 0 { step } else { (STEPS as u64 + step) << (power - 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_begins_where_the_one_before_ends() {
        for at in 0..STEPS * POWERS {
            assert_eq!(place(least(at)), at);
            assert_eq!(place(least(at + 1) - 1), at);
        }
    }

    #[test]
    fn percentiles_are_right_to_two_of_a_hundred() {
        let mut delays = Delays::default();
        assert_eq!(delays.percentile(50), None);
        (1..=1_000).for_each(|us| delays.add(us * 1_000));
        for (percent, us) in [(50, 500.0), (99, 990.0), (100, 1_000.0)] {
            let found = delays.percentile(percent).unwrap().as_secs_f64() * 1e6;
            assert!((found / us - 1.0).abs() < 0.02, "{percent}: {found}");
        }
    }

    #[test]
    fn one_delay_of_a_hundred_moves_the_highest_percentile_only() {
        let mut delays = Delays::default();
        (0..98).for_each(|_| delays.add(1_000));
        (0..2).for_each(|_| delays.add(1_000_000_000_000_000));
        assert!(delays.percentile(98).unwrap() < Duration::from_micros(2));
        assert!(delays.percentile(99).unwrap() > Duration::from_secs(3_600));
    }
}
