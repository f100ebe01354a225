//! What switches were like, over all rooms, for metrics.

use visavis_protocol::{Outcome, SwitchGap};

/// How switches have ended since the start, and what was seen and heard of them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Switched {
    /// Those after which the new path was the only one.
    pub committed: u64,
    /// Those after which the old one was.
    pub undone: u64,
    /// For how long pictures stood still.
    pub picture: Histogram,
    /// For how long nothing was heard.
    pub sound: Histogram,
}

/// How many gaps were how long.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Histogram {
    /// How many were at most as long as the bound of that place in [`Histogram::BOUNDS`], and longer than the one before.
    pub counts: [u64; Histogram::BOUNDS.len()],
    /// How many there were.
    pub count: u64,
    /// How long all of them were together, in milliseconds.
    pub sum: f64,
}

impl Histogram {
    /// In milliseconds. 20 are one packet of sound; 33 one picture.
    pub const BOUNDS: [u32; 10] = [0, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120];

    fn add(&mut self, milliseconds: f64) {
        self.count += 1;
        self.sum += milliseconds;
        let bounds = self.counts.iter_mut().zip(Self::BOUNDS);
        let mut fitting = bounds.filter(|(_, bound)| milliseconds <= f64::from(*bound));
        if let Some((count, _)) = fitting.next() {
            *count += 1;
        }
    }
}

impl Switched {
    pub(crate) fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Open => {}
            Outcome::Committed => self.committed += 1,
            Outcome::Undone => self.undone += 1,
        }
    }

    pub(crate) fn note_gap(&mut self, gap: SwitchGap) {
        for (histogram, milliseconds) in [(&mut self.picture, gap.picture), (&mut self.sound, gap.sound)] {
            if let Some(milliseconds) = milliseconds {
                histogram.add(milliseconds);
            }
        }
    }
}
