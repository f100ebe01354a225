//! How often something may be done: so often at once, and once more each time that has passed.

use std::time::{Duration, Instant};

/// One client's.
#[derive(Debug, Default)]
pub(crate) struct Allowance {
    /// When all that was done would have been, had it been done at the pace allowed (the generic cell rate algorithm, ITU-T I.371).
    level: Option<Instant>,
}

impl Allowance {
    /// Whether it may be done now; if so, it is.
    pub(crate) fn take(&mut self, at_once: u32, every: Duration, now: Instant) -> bool {
        let level = self.level.map_or(now, |level| level.max(now));
        let is_allowed = level - now <= every * at_once.saturating_sub(1);
        if is_allowed {
            self.level = Some(level + every);
        }
        is_allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test needs some time to begin with")]
    fn so_many_at_once_and_then_at_the_pace_allowed() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut allowance = Allowance::default();
        let taken =
            |allowance: &mut Allowance, now| (0..100).filter(|_| allowance.take(3, second, now)).count();
        assert_eq!(taken(&mut allowance, start), 3);
        assert_eq!(taken(&mut allowance, start + second / 2), 0);
        assert_eq!(taken(&mut allowance, start + second), 1);
        assert_eq!(taken(&mut allowance, start + second * 3), 2);
        assert_eq!(taken(&mut allowance, start + second * 100), 3);
    }
}
