//! Sockets of relays, found by readiness event and by relay.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use visavis_turn::RelayId;

/// As many as the core has allocations, which its range of ports bounds.
pub(super) struct Sockets<S> {
    sockets: HashMap<usize, (RelayId, S), RandomState>,
    indexes: HashMap<RelayId, usize, RandomState>,
    next_index: usize,
}

impl<S> Default for Sockets<S> {
    fn default() -> Self {
        Self { sockets: HashMap::default(), indexes: HashMap::default(), next_index: 0 }
    }
}

impl<S> Sockets<S> {
    /// The index that the next socket gets. None comes back.
    pub(super) fn next_index(&self) -> usize {
        self.next_index
    }

    pub(super) fn insert(&mut self, relay: RelayId, socket: S) {
        self.sockets.insert(self.next_index, (relay, socket));
        self.indexes.insert(relay, self.next_index);
        self.next_index += 1;
    }

    pub(super) fn remove(&mut self, relay: RelayId) -> Option<S> {
        let (_, socket) = self.indexes.remove(&relay).and_then(|index| self.sockets.remove(&index))?;
        Some(socket)
    }

    /// The socket with this index, and whose it is.
    pub(super) fn at(&self, index: usize) -> Option<&(RelayId, S)> {
        self.sockets.get(&index)
    }

    /// The socket of `relay`.
    pub(super) fn of(&self, relay: RelayId) -> Option<&S> {
        let (_, socket) = self.indexes.get(&relay).and_then(|index| self.sockets.get(index))?;
        Some(socket)
    }
}
