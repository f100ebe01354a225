//! Several servers that act as one: each on a thread of its own, all behind the same port.
//!
//! A client belongs to the shard that its datagrams reach. What only one can decide is asked of the shard with the
//! [registrar](crate::registrar), the first; where each relay is, is told to all.

use std::collections::HashMap;
use std::net::IpAddr;

use foldhash::fast::FixedState;

use crate::addr::RelayedAddr;
use crate::registrar::{Answer, Question, Release, release_one};

/// Names a shard: they are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShardId(pub usize);

impl ShardId {
    /// The one with the registrar.
    pub(crate) const FIRST: Self = Self(0);
}

/// What one shard tells another. The driver carries it there, in order, and loses none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardMessage(pub(crate) Note);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    Question(Question),
    Answer(Answer),
    Release(Release),
    /// The sender has a relay at this address from now on.
    Opened(RelayedAddr),
    /// And has none there any more.
    Closed(RelayedAddr),
}

/// Where the relays of the other shards are: as many as there are ports, at most.
pub(crate) struct Directory {
    /// For a moment an address may have two: what one shard tells may overtake what the one before it tells, which has closed its
    /// relay there.
    relays: HashMap<RelayedAddr, Vec<ShardId>, FixedState>,
    /// How many of them have each address.
    ips: HashMap<IpAddr, usize, FixedState>,
}

impl Directory {
    pub(crate) fn new(hasher: &FixedState) -> Self {
        Self { relays: HashMap::with_hasher(hasher.clone()), ips: HashMap::with_hasher(hasher.clone()) }
    }

    /// Which of the others has a relay with exactly this address.
    pub(crate) fn find(&self, relayed: RelayedAddr) -> Option<ShardId> {
        self.relays.get(&relayed)?.last().copied()
    }

    /// Whether some relay of the others has this address.
    pub(crate) fn has_ip(&self, ip: IpAddr) -> bool {
        self.ips.contains_key(&ip)
    }

    pub(crate) fn open(&mut self, relayed: RelayedAddr, shard: ShardId) {
        self.relays.entry(relayed).or_default().push(shard);
        *self.ips.entry(relayed.0.ip()).or_default() += 1;
    }

    pub(crate) fn close(&mut self, relayed: RelayedAddr, shard: ShardId) {
        let Some(shards) = self.relays.get_mut(&relayed) else { return };
        if let Some(place) = shards.iter().position(|one| *one == shard) {
            shards.remove(place);
            release_one(&mut self.ips, &relayed.0.ip());
        }
        if shards.is_empty() {
            self.relays.remove(&relayed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: &str = "192.0.2.1:50000";

    /// What two shards tell of one address, each in its own order: the first has closed its relay there, the second has opened
    /// one.
    #[test]
    fn relay_is_found_however_the_notes_of_two_shards_cross() {
        let x = RelayedAddr(X.parse().unwrap());
        let (first, second) = (ShardId(1), ShardId(2));
        for place in 0..3 {
            let mut directory = Directory::new(&FixedState::with_seed(1));
            let mut notes = vec![(first, true), (first, false)];
            notes.insert(place, (second, true));
            for (shard, opens) in notes {
                if opens { directory.open(x, shard) } else { directory.close(x, shard) }
            }
            assert_eq!(directory.find(x), Some(second), "{place}");
            directory.close(x, second);
            assert_eq!((directory.relays.len(), directory.ips.len()), (0, 0));
        }
    }
}
