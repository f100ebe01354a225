//! All allocations, found by client, by relay, by relayed address and by deadline.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use foldhash::fast::FixedState;

use crate::addr::{ClientNetwork, FiveTuple, RelayedAddr};
use crate::allocation::{Allocation, State};
use crate::output::RelayId;

struct Slot {
    generation: u32,
    allocation: Option<Allocation>,
}

/// Keeps the indexes in step with the allocations. As many as there are ports, at most; and no index has more entries
/// than there are allocations.
pub(crate) struct Allocations {
    slots: Vec<Slot>,
    free: Vec<u32>,
    by_client: HashMap<FiveTuple, RelayId, FixedState>,
    /// Live relays only.
    by_relayed: HashMap<RelayedAddr, RelayId, FixedState>,
    /// How many allocations have each relayed address.
    relayed_ips: HashMap<IpAddr, usize, FixedState>,
    per_username: HashMap<Arc<str>, usize, FixedState>,
    per_network: HashMap<ClientNetwork, usize, FixedState>,
    deadlines: BTreeSet<(Instant, RelayId)>,
}

impl Allocations {
    pub(crate) fn new(hasher: &FixedState) -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            by_client: HashMap::with_hasher(hasher.clone()),
            by_relayed: HashMap::with_hasher(hasher.clone()),
            relayed_ips: HashMap::with_hasher(hasher.clone()),
            per_username: HashMap::with_hasher(hasher.clone()),
            per_network: HashMap::with_hasher(hasher.clone()),
            deadlines: BTreeSet::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.by_client.len()
    }

    pub(crate) fn of_client(&self, client: &FiveTuple) -> Option<RelayId> {
        self.by_client.get(client).copied()
    }

    /// The live relay with exactly this address.
    pub(crate) fn live_at(&self, relayed: RelayedAddr) -> Option<RelayId> {
        self.by_relayed.get(&relayed).copied()
    }

    /// Whether some relay has this address.
    pub(crate) fn is_relayed_ip(&self, ip: IpAddr) -> bool {
        self.relayed_ips.contains_key(&ip)
    }

    pub(crate) fn held_by(&self, username: &str) -> usize {
        self.per_username.get(username).copied().unwrap_or_default()
    }

    pub(crate) fn held_from(&self, network: ClientNetwork) -> usize {
        self.per_network.get(&network).copied().unwrap_or_default()
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// An allocation that has expired at `now`.
    pub(crate) fn expired(&self, now: Instant) -> Option<RelayId> {
        self.deadlines.first().filter(|(at, _)| *at <= now).map(|(_, relay)| *relay)
    }

    pub(crate) fn get(&self, relay: RelayId) -> Option<&Allocation> {
        let slot = self.slots.get(relay.slot as usize)?;
        slot.allocation.as_ref().filter(|_| slot.generation == relay.generation)
    }

    /// For changes that no index depends on: not the client, the owner, the relayed address, the state, the
    /// expiry.
    pub(crate) fn get_mut(&mut self, relay: RelayId) -> Option<&mut Allocation> {
        let slot = self.slots.get_mut(relay.slot as usize)?;
        slot.allocation.as_mut().filter(|_| slot.generation == relay.generation)
    }

    pub(crate) fn insert(&mut self, allocation: Allocation) -> RelayId {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { generation: 0, allocation: None });
            // There are at most as many allocations as ports, two families of them.
            u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
        });
        let entry = &mut self.slots[slot as usize];
        let relay = RelayId { slot, generation: entry.generation };
        self.by_client.insert(allocation.client, relay);
        *self.relayed_ips.entry(allocation.relayed.0.ip()).or_default() += 1;
        *self.per_username.entry(allocation.owner.username.clone()).or_default() += 1;
        *self.per_network.entry(allocation.client.client.network()).or_default() += 1;
        self.deadlines.insert((allocation.expires, relay));
        entry.allocation = Some(allocation);
        relay
    }

    /// Moves an allocation that is still binding to another address.
    pub(crate) fn retry_at(&mut self, relay: RelayId, relayed: RelayedAddr) {
        if let Some(allocation) = self.get_mut(relay)
            && let State::Binding { attempts, .. } = &mut allocation.state
        {
            *attempts += 1;
            // Only the port changes, so that the count of relayed addresses stays right.
            allocation.relayed.0.set_port(relayed.0.port());
        }
    }

    pub(crate) fn go_live(&mut self, relay: RelayId) {
        if let Some(allocation) = self.get_mut(relay) {
            allocation.state = State::Live;
            let relayed = allocation.relayed;
            self.by_relayed.insert(relayed, relay);
        }
    }

    pub(crate) fn extend(&mut self, relay: RelayId, expires: Instant) {
        if let Some(allocation) = self.get_mut(relay) {
            let old = std::mem::replace(&mut allocation.expires, expires);
            self.deadlines.remove(&(old, relay));
            self.deadlines.insert((expires, relay));
        }
    }

    pub(crate) fn remove(&mut self, relay: RelayId) -> Option<Allocation> {
        let slot =
            self.slots.get_mut(relay.slot as usize).filter(|slot| slot.generation == relay.generation)?;
        let allocation = slot.allocation.take()?;
        // A slot whose generations are used up is left empty for good, so that an id never comes back.
        if let Some(next) = slot.generation.checked_add(1) {
            slot.generation = next;
            self.free.push(relay.slot);
        }
        self.by_client.remove(&allocation.client);
        if allocation.is_live() {
            self.by_relayed.remove(&allocation.relayed);
        }
        self.deadlines.remove(&(allocation.expires, relay));
        release(&mut self.relayed_ips, &allocation.relayed.0.ip());
        release(&mut self.per_username, &allocation.owner.username);
        release(&mut self.per_network, &allocation.client.client.network());
        Some(allocation)
    }
}

fn release<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, usize, FixedState>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use stun_types::message::{
        BINDING, IntegrityAlgorithm, LongTermKeyCredentials, Message, MessageWrite, MessageWriteVec,
    };

    use super::*;
    use crate::addr::{ClientAddr, ServerAddr, Transport};
    use crate::allocation::Owner;
    use crate::ports::Parity;
    use crate::reply::ReplyTo;

    #[expect(clippy::disallowed_methods, reason = "an Instant comes from nowhere else")]
    fn allocation(client: &str, port: u16, hasher: &FixedState) -> Allocation {
        let client = FiveTuple {
            transport: Transport::Udp,
            client: ClientAddr(client.parse().unwrap()),
            server: ServerAddr("192.0.2.1:3478".parse().unwrap()),
        };
        let key = LongTermKeyCredentials::new("ada".into(), "p".into(), "r".into());
        let owner = Owner {
            username: client.client.0.to_string().into(),
            key: key.make_key(IntegrityAlgorithm::Sha1),
        };
        let request = Message::builder_request(BINDING, MessageWriteVec::new()).finish();
        let reply = ReplyTo::new(client, &Message::from_bytes(&request).unwrap());
        let relayed = (RelayedAddr(([192, 0, 2, 1], port).into()), [192, 0, 2, 1].into());
        Allocation::new(client, owner, relayed, (reply, Parity::Any), (600, Instant::now()), hasher)
    }

    #[test]
    fn no_index_keeps_anything_of_an_allocation_that_has_ended() {
        let hasher = FixedState::with_seed(1);
        let mut allocations = Allocations::new(&hasher);
        let clients = ["198.51.100.7:1", "198.51.100.7:2", "[2001:db8::7]:1", "[2001:db8::8]:1"];
        let relays: Vec<RelayId> = (50_000..)
            .zip(clients)
            .map(|(port, client)| allocations.insert(allocation(client, port, &hasher)))
            .collect();
        relays.iter().for_each(|relay| allocations.go_live(*relay));
        assert_eq!(allocations.per_network.len(), 2, "an address, and a /64");
        relays.into_iter().for_each(|relay| drop(allocations.remove(relay)));
        let Allocations { by_client, by_relayed, relayed_ips, per_username, per_network, deadlines, .. } =
            allocations;
        let kept =
            [by_client.len(), by_relayed.len(), relayed_ips.len(), per_username.len(), per_network.len()];
        assert_eq!((kept, deadlines.len()), ([0; 5], 0));
    }
}
