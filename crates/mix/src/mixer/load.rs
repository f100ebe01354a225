//! How much a mix may make of what it is given: no more than there is time for.

use std::time::{Duration, Instant};

use super::Options;
use crate::picture::Size;

/// Of a core, from which on there is less to be made, and below which there may be more.
const MUCH: f64 = 0.9;
const LITTLE: f64 = 0.4;
/// How long it has to be so: what comes in bursts is no load.
const TO_LESS: Duration = Duration::from_secs(3);
const TO_MORE: Duration = Duration::from_secs(20);
/// Pictures in a second, and parts of the width: first they come less often, then they are smaller.
const STEPS: [(u32, (usize, usize)); 5] =
    [(20, (1, 1)), (12, (1, 1)), (12, (3, 4)), (12, (1, 2)), (6, (1, 2))];

/// What a mix takes, and what it makes for that.
pub(super) struct Load {
    most: Options,
    step: usize,
    /// Since when it is too much, and since when it is little.
    much: Option<Instant>,
    little: Option<Instant>,
}

/// What follows from what a mix takes.
pub(super) enum Verdict {
    /// It goes on as it is.
    Stay,
    /// It goes on with this.
    Change(Options),
    /// There is nothing left to make less of, and it is still too much.
    Hopeless,
}

impl Load {
    /// Nothing is known yet.
    pub(super) fn new(most: Options) -> Self {
        Self { most, step: 0, much: None, little: None }
    }

    /// It has taken so much of a core.
    pub(super) fn handle(&mut self, cores: f64, now: Instant) -> Verdict {
        let since = |is_so: bool, since: Option<Instant>| is_so.then(|| since.unwrap_or(now));
        (self.much, self.little) = (since(cores >= MUCH, self.much), since(cores <= LITTLE, self.little));
        let lasts = |since: Option<Instant>, least| {
            since.is_some_and(|since| now.saturating_duration_since(since) >= least)
        };
        let step = if lasts(self.much, TO_LESS) {
            if self.step + 1 == STEPS.len() {
                self.much = None;
                return Verdict::Hopeless;
            }
            self.step + 1
        } else if lasts(self.little, TO_MORE) {
            self.step.saturating_sub(1)
        } else {
            return Verdict::Stay;
        };
        (self.much, self.little) = (None, None);
        let is_other = std::mem::replace(&mut self.step, step) != step;
        if is_other { Verdict::Change(self.options()) } else { Verdict::Stay }
    }

    fn options(&self) -> Options {
        let Some((frame_rate, (part, of))) = STEPS.get(self.step).copied() else { return self.most };
        let Options { size, bitrate, .. } = self.most;
        let even = |pixels: usize| (pixels * part / of) & !1;
        let size = Size::new(even(size.width), even(size.height));
        let part_of_bits = u32::try_from(part).unwrap_or(1);
        let of_bits = u32::try_from(of).unwrap_or(1);
        Options {
            size,
            frame_rate: frame_rate.min(self.most.frame_rate),
            bitrate: bitrate / of_bits * part_of_bits,
        }
    }
}
