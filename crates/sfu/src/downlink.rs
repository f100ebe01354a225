//! Whether the way to a subscriber is known to be narrow.
//!
//! An estimate alone says little: it is low where little is sent, and falls for a moment where a machine is busy. A way is narrow only
//! where it has been estimated low all the time for a while, and more was wanted all that time than it was taken to carry: then what
//! it takes beyond that was tried out, for what is wanted next is sent as padding.

use std::time::{Duration, Instant};

/// How long it has to be so, and to be so no more.
const PROVEN: Duration = Duration::from_secs(15);
/// How long a way has to carry less than is wanted for that to be more than a moment.
const SHORT: Duration = Duration::from_secs(5);
/// What the smallest layer of a camera is taken to need, in bit/s.
pub(crate) const SMALLEST: u64 = 100_000;
/// What is left of each way for sound beyond what that takes now, in bit/s: one more may begin to speak.
pub(crate) const SOUND: u64 = 40_000;
/// Below how much a way is narrow, in bit/s: two pictures with sound are the least that are worth more than one of all.
const NARROW: u64 = 2 * SMALLEST + SOUND;
/// From how much on it is narrow no more.
const WIDE: u64 = NARROW / 2 * 3;

/// What is known of the way to a subscriber.
#[derive(Debug, Default)]
pub(crate) struct Downlink {
    /// Since when it has carried less than is wanted.
    short: Option<Instant>,
    /// Since when it has been estimated as narrow as well, and since when as wide.
    low: Option<Instant>,
    high: Option<Instant>,
    is_narrow: bool,
}

impl Downlink {
    /// The way is estimated at so many bit/s; `is_short`: it is taken to carry less than is wanted. Whether it is narrow, if that is
    /// news.
    pub(crate) fn handle(&mut self, estimate: Option<u64>, is_short: bool, now: Instant) -> Option<bool> {
        let is_low = is_short && estimate.is_some_and(|estimate| estimate < NARROW);
        let is_high = estimate.is_some_and(|estimate| estimate >= WIDE);
        let since = |is_so: bool, since: Option<Instant>| is_so.then(|| since.unwrap_or(now));
        self.short = since(is_short, self.short);
        (self.low, self.high) = (since(is_low, self.low), since(is_high, self.high));
        let against = if self.is_narrow { self.high } else { self.low };
        if !lasts(against, PROVEN, now) {
            return None;
        }
        self.is_narrow = !self.is_narrow;
        Some(self.is_narrow)
    }

    /// Whether it is known to be narrow.
    pub(crate) fn is_narrow(&self) -> bool {
        self.is_narrow
    }

    /// Whether it has not carried what is wanted for some time.
    pub(crate) fn is_short(&self, now: Instant) -> bool {
        self.is_narrow || lasts(self.short, SHORT, now)
    }
}

fn lasts(since: Option<Instant>, least: Duration, now: Instant) -> bool {
    since.is_some_and(|since| now.saturating_duration_since(since) >= least)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is news of a way, a second after another, and in which second.
    fn news(seconds: impl IntoIterator<Item = (Option<u64>, bool)>) -> Vec<(u64, bool)> {
        #[expect(clippy::disallowed_methods, reason = "a test needs some time to begin with")]
        let start = Instant::now();
        let mut downlink = Downlink::default();
        let seconds = (0..).zip(seconds);
        let told = seconds.filter_map(|(second, (estimate, is_short))| {
            let now = start + Duration::from_secs(second);
            Some((second, downlink.handle(estimate, is_short, now)?))
        });
        told.collect()
    }

    #[test]
    fn a_way_is_narrow_once_it_was_low_and_short_for_so_long_and_wide_again_after_as_long() {
        let low = (Some(NARROW - 1), true);
        assert_eq!(news([low; 15]), []);
        assert_eq!(news([low; 60]), [(15, true)]);
        // What is between is neither, and what makes it wide need not be short.
        let between = (Some(WIDE - 1), true);
        assert_eq!(news([low; 16].into_iter().chain([between; 60])), [(15, true)]);
        let high = (Some(WIDE), false);
        let both = [low; 16].into_iter().chain([high; 60]).chain([low; 60]);
        assert_eq!(news(both), [(15, true), (31, false), (91, true)]);
    }

    #[test]
    fn a_low_estimate_says_nothing_where_no_more_was_wanted_or_where_it_did_not_last() {
        assert_eq!(news([(Some(1), false); 600]), []);
        assert_eq!(news([(None, true); 600]), []);
        let wavers = (0..600).map(|second| (Some(if second % 14 == 0 { NARROW } else { 1 }), true));
        assert_eq!(news(wavers), []);
    }
}
