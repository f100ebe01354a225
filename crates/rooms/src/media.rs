//! What is known of the media of somebody in a room.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use visavis_protocol::{Facts, LegState, ParticipantId, SourceState};

use crate::topology::Standby;

/// How long a connection with the server may take to come about, or to come back, until it is not counted on.
const PATIENCE: Duration = Duration::from_secs(12);
/// How long facts are good.
const FRESH: Duration = Duration::from_secs(10);

/// A participant's connections, as far as it and the forwarder tell of them.
#[derive(Debug)]
pub(crate) struct Media {
    /// When it came.
    pub(crate) since: Instant,
    /// What the forwarder was told that it sends there; `None` before it was decided.
    pub(crate) told: Option<SourceState>,
    /// Whether its connection with the server is up, and since when that is so.
    reached: (bool, Instant),
    /// Whether that is known to be narrow on the way down.
    pub(crate) is_narrow: bool,
    facts: Option<(Facts, Instant)>,
    /// Its legs that are not up, and since when; at most as many as it may report.
    down: HashMap<ParticipantId, Instant>,
}

impl Media {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            since: now,
            told: None,
            reached: (false, now),
            is_narrow: false,
            facts: None,
            down: HashMap::new(),
        }
    }

    /// Its connection with the server has come up, or is gone.
    pub(crate) fn reach(&mut self, reached: bool, now: Instant) {
        if self.reached.0 != reached {
            // Of another connection nothing is known yet.
            (self.reached, self.is_narrow) = ((reached, now), false);
        }
    }

    /// Whether its connection with the server is up.
    pub(crate) fn is_reached(&self) -> bool {
        self.reached.0
    }

    pub(crate) fn standby(&self, now: Instant) -> Standby {
        match self.reached {
            (true, _) => Standby::Up,
            (false, since) if now.saturating_duration_since(since) < PATIENCE => Standby::Pending,
            (false, _) => Standby::Failed,
        }
    }

    /// It is asked anew for a connection with the server.
    pub(crate) fn await_standby(&mut self, now: Instant) {
        self.reached.1 = now;
    }

    /// It has reported something.
    pub(crate) fn learn(&mut self, facts: Facts, now: Instant) {
        let before = if self.facts(now).is_some() { std::mem::take(&mut self.down) } else { HashMap::new() };
        let is_down = |state| matches!(state, LegState::Connecting | LegState::Failed);
        let down = facts
            .legs
            .iter()
            .filter(|leg| is_down(leg.state))
            .map(|leg| (leg.participant.clone(), before.get(&leg.participant).copied().unwrap_or(now)));
        self.down = down.collect();
        self.facts = Some((facts, now));
    }

    /// What it has reported, if that is not too old.
    pub(crate) fn facts(&self, now: Instant) -> Option<&Facts> {
        let (facts, heard) = self.facts.as_ref()?;
        (now.saturating_duration_since(*heard) <= FRESH).then_some(facts)
    }

    /// For how long its leg to somebody has not been up, as far as it has reported that.
    pub(crate) fn down(&self, other: &ParticipantId, now: Instant) -> Option<Duration> {
        self.facts(now)?;
        Some(now.saturating_duration_since(*self.down.get(other)?))
    }
}
