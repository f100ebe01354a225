//! Deadlines in order, at most one for each owner.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::time::Instant;

/// The next deadline of each owner.
#[derive(Debug)]
pub(crate) struct Timers<K> {
    order: BTreeSet<(Instant, K)>,
    of: HashMap<K, Instant>,
}

impl<K: Clone + Ord + Hash> Timers<K> {
    pub(crate) fn new() -> Self {
        Self { order: BTreeSet::new(), of: HashMap::new() }
    }

    /// Wakes `owner` no later than at `deadline`. An earlier deadline that is set already stays: its owner looks again
    /// when it fires, so that moving a deadline back with every message costs nothing.
    pub(crate) fn wake_by(&mut self, owner: &K, deadline: Instant) {
        if self.of.get(owner).is_some_and(|set| *set <= deadline) {
            return;
        }
        self.cancel(owner);
        self.of.insert(owner.clone(), deadline);
        self.order.insert((deadline, owner.clone()));
    }

    pub(crate) fn cancel(&mut self, owner: &K) {
        if let Some(deadline) = self.of.remove(owner) {
            self.order.remove(&(deadline, owner.clone()));
        }
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.order.first().map(|(deadline, _)| *deadline)
    }

    /// Who is woken next.
    pub(crate) fn first(&self) -> Option<&K> {
        self.order.first().map(|(_, owner)| owner)
    }

    /// Takes out the first owner whose deadline has come.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<K> {
        if self.next()? > now { None } else { self.take_first() }
    }

    /// Takes out whoever would be woken next.
    pub(crate) fn take_first(&mut self) -> Option<K> {
        let (_, owner) = self.order.pop_first()?;
        self.of.remove(&owner);
        Some(owner)
    }
}
