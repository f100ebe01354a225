//! Connections between peers and TCP relays (RFC 6062), found by id, by peer, by client and by deadline.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

use foldhash::fast::FixedState;

use crate::addr::{ClientNetwork, PeerAddr};
use crate::output::AllocationId;
use crate::registrar::release_one;
use crate::reply::ReplyTo;

/// Names a connection between a peer and a TCP relay: the value of CONNECTION-ID (RFC 6062 section 6.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub(crate) u32);

/// How far a connection has come.
#[derive(Clone, Copy)]
pub(crate) enum Stage {
    /// The driver is making it, for this request.
    Connecting(ReplyTo),
    /// It is there, and waits for the client to bind a connection of its own to it.
    Unbound,
    /// Data flows.
    Bound,
}

/// A *peer data connection*.
pub(crate) struct Connection {
    pub(crate) allocation: AllocationId,
    pub(crate) peer: PeerAddr,
    network: ClientNetwork,
    pub(crate) stage: Stage,
    /// When it ends if nothing more comes of it.
    until: Option<Instant>,
}

/// Keeps the indexes in step. A limit for each allocation bounds them.
pub(crate) struct Connections {
    by_id: HashMap<ConnectionId, Connection, FixedState>,
    by_peer: BTreeMap<(AllocationId, PeerAddr), ConnectionId>,
    /// How many belong to the clients of each address.
    per_network: HashMap<ClientNetwork, usize, FixedState>,
    deadlines: BTreeSet<(Instant, ConnectionId)>,
}

impl Connections {
    pub(crate) fn new(hasher: &FixedState) -> Self {
        let by_id = HashMap::with_hasher(hasher.clone());
        let per_network = HashMap::with_hasher(hasher.clone());
        Self { by_id, by_peer: BTreeMap::new(), per_network, deadlines: BTreeSet::new() }
    }

    pub(crate) fn get(&self, id: ConnectionId) -> Option<&Connection> {
        self.by_id.get(&id)
    }

    pub(crate) fn exists(&self, allocation: AllocationId, peer: PeerAddr) -> bool {
        self.by_peer.contains_key(&(allocation, peer))
    }

    /// Those of an allocation.
    pub(crate) fn of(&self, allocation: AllocationId) -> impl Iterator<Item = ConnectionId> {
        let from = self.by_peer.range((allocation, PeerAddr::LEAST)..);
        from.take_while(move |((whose, _), _)| *whose == allocation).map(|(_, id)| *id)
    }

    /// How many the clients of an address have.
    pub(crate) fn held_from(&self, network: ClientNetwork) -> usize {
        self.per_network.get(&network).copied().unwrap_or_default()
    }

    /// Begins one, unless `id` is taken.
    pub(crate) fn insert(
        &mut self,
        id: ConnectionId,
        (allocation, network): (AllocationId, ClientNetwork),
        peer: PeerAddr,
        stage: Stage,
        until: Instant,
    ) -> bool {
        if self.by_id.contains_key(&id) {
            return false;
        }
        self.by_id.insert(id, Connection { allocation, peer, network, stage, until: Some(until) });
        *self.per_network.entry(network).or_default() += 1;
        self.by_peer.insert((allocation, peer), id);
        self.deadlines.insert((until, id));
        true
    }

    /// It has come further; it ends at `until`, or with its allocation.
    pub(crate) fn advance(&mut self, id: ConnectionId, stage: Stage, until: Option<Instant>) {
        let Some(connection) = self.by_id.get_mut(&id) else { return };
        connection.stage = stage;
        let old = std::mem::replace(&mut connection.until, until);
        self.deadlines.extend(until.map(|until| (until, id)));
        if let Some(old) = old.filter(|_| old != until) {
            self.deadlines.remove(&(old, id));
        }
    }

    pub(crate) fn remove(&mut self, id: ConnectionId) -> Option<Connection> {
        let connection = self.by_id.remove(&id)?;
        self.by_peer.remove(&(connection.allocation, connection.peer));
        release_one(&mut self.per_network, &connection.network);
        if let Some(until) = connection.until {
            self.deadlines.remove(&(until, id));
        }
        Some(connection)
    }

    /// One that has waited for too long at `now`.
    pub(crate) fn expired(&self, now: Instant) -> Option<ConnectionId> {
        self.deadlines.first().filter(|(at, _)| *at <= now).map(|(_, id)| *id)
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }
}
