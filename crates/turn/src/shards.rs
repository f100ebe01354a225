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
    relays: HashMap<RelayedAddr, ShardId, FixedState>,
    /// How many of them have each address.
    ips: HashMap<IpAddr, usize, FixedState>,
}

impl Directory {
    pub(crate) fn new(hasher: &FixedState) -> Self {
        Self { relays: HashMap::with_hasher(hasher.clone()), ips: HashMap::with_hasher(hasher.clone()) }
    }

    /// Which of the others has a relay with exactly this address.
    pub(crate) fn find(&self, relayed: RelayedAddr) -> Option<ShardId> {
        self.relays.get(&relayed).copied()
    }

    /// Whether some relay of the others has this address.
    pub(crate) fn has_ip(&self, ip: IpAddr) -> bool {
        self.ips.contains_key(&ip)
    }

    pub(crate) fn open(&mut self, relayed: RelayedAddr, shard: ShardId) {
        if self.relays.insert(relayed, shard).is_none() {
            *self.ips.entry(relayed.0.ip()).or_default() += 1;
        }
    }

    pub(crate) fn close(&mut self, relayed: RelayedAddr) {
        if self.relays.remove(&relayed).is_some() {
            release_one(&mut self.ips, &relayed.0.ip());
        }
    }
}
