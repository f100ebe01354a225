//! When each endpoint wants to be woken.

use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

use foldhash::fast::RandomState;

use crate::member::MemberId;

/// One deadline for each member. Most only move further away, packet by packet: one that does is left where it is, and whoever
/// is woken by it too early is put where it belongs then.
#[derive(Default)]
pub(crate) struct Timers {
    due: BTreeSet<(Instant, MemberId)>,
    of: HashMap<MemberId, Instant, RandomState>,
}

impl Timers {
    /// Wakes `member` at `at`, or before.
    pub(crate) fn arm(&mut self, member: MemberId, at: Instant) {
        let armed = self.of.entry(member).or_insert(at);
        if *armed > at {
            self.due.remove(&(*armed, member));
            *armed = at;
        }
        self.due.insert((*armed, member));
    }

    pub(crate) fn cancel(&mut self, member: MemberId) {
        if let Some(at) = self.of.remove(&member) {
            self.due.remove(&(at, member));
        }
    }

    /// All who may be due; they have no deadline any more.
    pub(crate) fn take_due(&mut self, now: Instant) -> Vec<MemberId> {
        let due = self.due.iter().take_while(|(at, _)| *at <= now);
        let due: Vec<MemberId> = due.map(|(_, member)| *member).collect();
        due.iter().for_each(|member| self.cancel(*member));
        due
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test needs some time to begin with")]
    fn a_deadline_moves_forward_at_once_and_back_when_it_is_due() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut timers = Timers::default();
        let member = MemberId(1);
        timers.arm(member, at(5));
        timers.arm(member, at(9));
        assert_eq!(timers.next(), Some(at(5)));
        timers.arm(member, at(2));
        assert_eq!(timers.next(), Some(at(2)));
        assert_eq!(timers.take_due(at(1)), []);
        assert_eq!(timers.take_due(at(2)), [member]);
        assert_eq!(timers.next(), None);
    }
}
