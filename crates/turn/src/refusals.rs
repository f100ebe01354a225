//! Limits how often a source address is told that it is not authenticated: its address may be forged, and the
//! answer would then hit somebody else.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use foldhash::quality::FixedState;

use crate::addr::ClientNetwork;

const WINDOW: Duration = Duration::from_secs(1);

/// Counts refusals per source in windows of one second. All counts are forgotten together, so that memory is
/// bounded without any bookkeeping per source.
pub(crate) struct Refusals {
    counts: HashMap<ClientNetwork, u32, FixedState>,
    window: Instant,
    per_second: u32,
    max_sources: usize,
}

impl Refusals {
    pub(crate) fn new(per_second: u32, max_sources: usize, seed: u64, now: Instant) -> Self {
        let counts = HashMap::with_hasher(FixedState::with_seed(seed));
        Self { counts, window: now, per_second, max_sources }
    }

    /// Whether one more refusal may be sent to `source` now; counts it if so.
    pub(crate) fn allow(&mut self, source: ClientNetwork, now: Instant) -> bool {
        if now.saturating_duration_since(self.window) >= WINDOW {
            self.counts.clear();
            self.window = now;
        }
        if self.counts.len() >= self.max_sources && !self.counts.contains_key(&source) {
            return false;
        }
        let count = self.counts.entry(source).or_default();
        let allowed = *count < self.per_second;
        *count += u32::from(allowed);
        allowed
    }
}
