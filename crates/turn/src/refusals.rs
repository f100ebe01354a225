//! Limits how often a source address is told that it is not authenticated: its address may be forged, and the
//! answer would then hit somebody else.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use foldhash::quality::FixedState;

use crate::addr::{ClientNetwork, FiveTuple, Transport};

const WINDOW: Duration = Duration::from_secs(1);
/// How many times more are sent over connections: nobody forges their addresses, and a client that gets no answer there does not
/// ask again. Those who try passwords are slowed down all the same.
const OVER_CONNECTIONS: u32 = 10;

/// Counts refusals per source in windows of one second. All counts are forgotten together, so that memory is
/// bounded without any bookkeeping per source.
pub(crate) struct Refusals {
    counts: HashMap<(ClientNetwork, Transport), u32, FixedState>,
    window: Instant,
    per_second: u32,
    max_sources: usize,
}

impl Refusals {
    pub(crate) fn new(per_second: u32, max_sources: usize, seed: u64, now: Instant) -> Self {
        let counts = HashMap::with_hasher(FixedState::with_seed(seed));
        Self { counts, window: now, per_second, max_sources }
    }

    /// Whether one more refusal may be sent to `client` now; counts it if so.
    pub(crate) fn allow(&mut self, client: &FiveTuple, now: Instant) -> bool {
        let source = (client.client.network(), client.transport);
        let limit = match client.transport {
            Transport::Udp => self.per_second,
            Transport::Tcp => self.per_second.saturating_mul(OVER_CONNECTIONS),
        };
        if now.saturating_duration_since(self.window) >= WINDOW {
            self.counts.clear();
            self.window = now;
        }
        if self.counts.len() >= self.max_sources && !self.counts.contains_key(&source) {
            return false;
        }
        let count = self.counts.entry(source).or_default();
        let allowed = *count < limit;
        *count += u32::from(allowed);
        allowed
    }
}
