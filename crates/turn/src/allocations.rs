//! All allocations, found by client, by id, by relayed address and by deadline.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use foldhash::fast::FixedState;

use crate::addr::{ClientNetwork, FiveTuple, RelayedAddr};
use crate::allocation::{Allocation, Relay, Socket};
use crate::output::{AllocationId, RelayId};

struct Slot {
    generation: u32,
    allocation: Option<Allocation>,
}

/// Keeps the indexes in step with the allocations. As many as there are ports, at most; and no index has more entries
/// than there are allocations.
pub(crate) struct Allocations {
    slots: Vec<Slot>,
    free: Vec<u32>,
    by_client: HashMap<FiveTuple, AllocationId, FixedState>,
    /// Relays with a socket only.
    by_relayed: HashMap<RelayedAddr, RelayId, FixedState>,
    /// How many relays have each relayed address.
    relayed_ips: HashMap<IpAddr, usize, FixedState>,
    per_username: HashMap<Arc<str>, usize, FixedState>,
    per_network: HashMap<ClientNetwork, usize, FixedState>,
    deadlines: BTreeSet<(Instant, AllocationId)>,
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

    pub(crate) fn of_client(&self, client: &FiveTuple) -> Option<AllocationId> {
        self.by_client.get(client).copied()
    }

    /// The relay with exactly this address.
    pub(crate) fn open_at(&self, relayed: RelayedAddr) -> Option<RelayId> {
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
    pub(crate) fn expired(&self, now: Instant) -> Option<AllocationId> {
        self.deadlines.first().filter(|(at, _)| *at <= now).map(|(_, id)| *id)
    }

    pub(crate) fn get(&self, id: AllocationId) -> Option<&Allocation> {
        let slot = self.slots.get(id.slot as usize)?;
        slot.allocation.as_ref().filter(|_| slot.generation == id.generation)
    }

    /// For changes that no index depends on: not the client, the owner, the relays, the expiry.
    pub(crate) fn get_mut(&mut self, id: AllocationId) -> Option<&mut Allocation> {
        let slot = self.slots.get_mut(id.slot as usize)?;
        slot.allocation.as_mut().filter(|_| slot.generation == id.generation)
    }

    pub(crate) fn insert(&mut self, allocation: Allocation) -> AllocationId {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { generation: 0, allocation: None });
            // There are at most as many allocations as ports, two families of them.
            u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
        });
        let entry = &mut self.slots[slot as usize];
        let id = AllocationId { slot, generation: entry.generation };
        self.by_client.insert(allocation.client, id);
        for relay in allocation.relays.iter().flatten() {
            *self.relayed_ips.entry(relay.relayed.0.ip()).or_default() += 1;
        }
        *self.per_username.entry(allocation.owner.username.clone()).or_default() += 1;
        *self.per_network.entry(allocation.client.client.network()).or_default() += 1;
        self.deadlines.insert((allocation.expires, id));
        entry.allocation = Some(allocation);
        id
    }

    /// The relay, as it is now.
    pub(crate) fn relay(&self, id: RelayId) -> Option<&Relay> {
        self.get(id.allocation)?.relays[usize::from(id.additional)].as_ref()
    }

    /// Has a relay without a socket try another port.
    pub(crate) fn retry_at(&mut self, id: RelayId, port: u16) {
        if let Some(Relay { socket: Socket::Wanted { attempts }, relayed, .. }) = self.relay_mut(id) {
            *attempts += 1;
            // Only the port changes, so that the count of relayed addresses stays right.
            relayed.0.set_port(port);
        }
    }

    /// The relay has its socket.
    pub(crate) fn open(&mut self, id: RelayId) {
        if let Some(relay) = self.relay_mut(id) {
            relay.socket = Socket::Open;
            let relayed = relay.relayed;
            self.by_relayed.insert(relayed, id);
        }
    }

    /// Takes one relay out of its allocation.
    pub(crate) fn remove_relay(&mut self, id: RelayId) -> Option<Relay> {
        let relay = self.get_mut(id.allocation)?.relays[usize::from(id.additional)].take()?;
        self.forget(&relay);
        Some(relay)
    }

    fn relay_mut(&mut self, id: RelayId) -> Option<&mut Relay> {
        self.get_mut(id.allocation)?.relays[usize::from(id.additional)].as_mut()
    }

    fn forget(&mut self, relay: &Relay) {
        if relay.socket == Socket::Open {
            self.by_relayed.remove(&relay.relayed);
        }
        release(&mut self.relayed_ips, &relay.relayed.0.ip());
    }

    pub(crate) fn extend(&mut self, id: AllocationId, expires: Instant) {
        if let Some(allocation) = self.get_mut(id) {
            let old = std::mem::replace(&mut allocation.expires, expires);
            self.deadlines.remove(&(old, id));
            self.deadlines.insert((expires, id));
        }
    }

    pub(crate) fn remove(&mut self, id: AllocationId) -> Option<Allocation> {
        let slot = self.slots.get_mut(id.slot as usize).filter(|slot| slot.generation == id.generation)?;
        let allocation = slot.allocation.take()?;
        // A slot whose generations are used up is left empty for good, so that an id never comes back.
        if let Some(next) = slot.generation.checked_add(1) {
            slot.generation = next;
            self.free.push(id.slot);
        }
        self.by_client.remove(&allocation.client);
        for relay in allocation.relays.iter().flatten() {
            self.forget(relay);
        }
        self.deadlines.remove(&(allocation.expires, id));
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
    use stun_types::attribute::PasswordAlgorithmValue;
    use stun_types::message::{BINDING, Message, MessageWrite, MessageWriteVec};

    use super::*;
    use crate::addr::{ClientAddr, ServerAddr, Transport};
    use crate::allocation::{Owner, Pending};
    use crate::integrity::{Algorithm, Key, Signer};
    use crate::meter::Meter;
    use crate::ports::Parity;
    use crate::reply::ReplyTo;

    #[expect(clippy::disallowed_methods, reason = "an Instant comes from nowhere else")]
    fn allocation(client: &str, port: u16, hasher: &FixedState) -> Allocation {
        let client = FiveTuple {
            transport: Transport::Udp,
            client: ClientAddr(client.parse().unwrap()),
            server: ServerAddr("192.0.2.1:3478".parse().unwrap()),
        };
        let key = Key::long_term(PasswordAlgorithmValue::MD5, "ada", "p", "r");
        let signer = Signer { key, algorithm: Algorithm::Sha1 };
        let owner = Owner { username: client.client.0.to_string().into(), signer };
        let request = Message::builder_request(BINDING, MessageWriteVec::new()).finish();
        let reply = ReplyTo::new(client, &Message::from_bytes(&request).unwrap());
        let relay = |ip: IpAddr| {
            let relayed = RelayedAddr((ip, port).into());
            Some(Relay { relayed, local_ip: ip, socket: Socket::Wanted { attempts: 1 } })
        };
        let relays = ([relay([192, 0, 2, 1].into()), relay([0; 16].into())], None);
        let pending = Pending { reply, parity: Parity::Any };
        Allocation::new(
            client,
            owner,
            relays,
            pending,
            (600, Instant::now()),
            Meter::new(1, Instant::now()),
            hasher,
        )
    }

    #[test]
    fn no_index_keeps_anything_of_an_allocation_that_has_ended() {
        let hasher = FixedState::with_seed(1);
        let mut allocations = Allocations::new(&hasher);
        let clients = ["198.51.100.7:1", "198.51.100.7:2", "[2001:db8::7]:1", "[2001:db8::8]:1"];
        let ids: Vec<AllocationId> = (50_000..)
            .zip(clients)
            .map(|(port, client)| allocations.insert(allocation(client, port, &hasher)))
            .collect();
        for id in &ids {
            allocations.open(RelayId { allocation: *id, additional: false });
            allocations.open(RelayId { allocation: *id, additional: true });
        }
        allocations.remove_relay(RelayId { allocation: ids[0], additional: false });
        assert_eq!(allocations.per_network.len(), 2, "an address, and a /64");
        ids.into_iter().for_each(|id| drop(allocations.remove(id)));
        let Allocations { by_client, by_relayed, relayed_ips, per_username, per_network, deadlines, .. } =
            allocations;
        let kept =
            [by_client.len(), by_relayed.len(), relayed_ips.len(), per_username.len(), per_network.len()];
        assert_eq!((kept, deadlines.len()), ([0; 5], 0));
    }
}
