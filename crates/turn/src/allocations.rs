//! All allocations, found by client, by id, by relayed address and by deadline.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::time::Instant;

use foldhash::fast::FixedState;

use crate::addr::{FiveTuple, RelayedAddr, Transport};
use crate::allocation::{Allocation, Relay, Socket};
use crate::output::{AllocationId, RelayId};
use crate::registrar::release_one;

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
    /// Relays for datagrams, with a socket.
    by_relayed: HashMap<RelayedAddr, RelayId, FixedState>,
    /// How many relays have each relayed address.
    relayed_ips: HashMap<IpAddr, usize, FixedState>,
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

    /// For changes that no index depends on: not the client, the relays, the expiry.
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
        self.deadlines.insert((allocation.expires, id));
        entry.allocation = Some(allocation);
        id
    }

    /// The relay, as it is now.
    pub(crate) fn relay(&self, id: RelayId) -> Option<&Relay> {
        self.get(id.allocation)?.relays[usize::from(id.additional)].as_ref()
    }

    /// Gives an allocation a relay that has no socket yet.
    pub(crate) fn add_relay(&mut self, id: RelayId, relay: Relay) {
        if let Some(allocation) = self.get_mut(id.allocation) {
            allocation.relays[usize::from(id.additional)] = Some(relay);
            *self.relayed_ips.entry(relay.relayed.0.ip()).or_default() += 1;
        }
    }

    /// The port of a relay without a socket goes back to the registrar.
    pub(crate) fn exchange(&mut self, id: RelayId) {
        if let Some(Relay { socket, .. }) = self.relay_mut(id)
            && let Socket::Wanted { attempts } = *socket
        {
            *socket = Socket::Exchanged { attempts };
        }
    }

    /// Has it try another port.
    pub(crate) fn retry_at(&mut self, id: RelayId, port: u16) {
        if let Some(Relay { socket, relayed, .. }) = self.relay_mut(id)
            && let Socket::Exchanged { attempts } = *socket
        {
            *socket = Socket::Wanted { attempts: attempts + 1 };
            // Only the port changes, so that the count of relayed addresses stays right.
            relayed.0.set_port(port);
        }
    }

    /// The relay has its socket; its address, if datagrams can be sent there.
    pub(crate) fn open(&mut self, id: RelayId) -> Option<RelayedAddr> {
        let relay = self.relay_mut(id)?;
        relay.socket = Socket::Open;
        let Relay { relayed, transport: Transport::Udp, .. } = *relay else { return None };
        self.by_relayed.insert(relayed, id);
        Some(relayed)
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
        if relay.is_reached() {
            self.by_relayed.remove(&relay.relayed);
        }
        release_one(&mut self.relayed_ips, &relay.relayed.0.ip());
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
        Some(allocation)
    }
}

#[cfg(test)]
mod tests {
    use stun_types::attribute::PasswordAlgorithmValue;
    use stun_types::message::{BINDING, Message, MessageWrite, MessageWriteVec};

    use super::*;
    use crate::addr::{ClientAddr, ServerAddr};
    use crate::allocation::{Owner, Pending};
    use crate::integrity::{Algorithm, Key, Signer};
    use crate::meter::Meter;
    use crate::ports::Parity;
    use crate::reply::ReplyTo;

    #[expect(clippy::disallowed_methods, reason = "an Instant comes from nowhere else")]
    fn allocation(client: &str, hasher: &FixedState) -> Allocation {
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
        let pending = Pending { reply, parity: Parity::Any, transport: Transport::Udp };
        Allocation::new(
            client,
            owner,
            None,
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
        let ids = clients.map(|client| allocations.insert(allocation(client, &hasher)));
        for (id, port) in ids.iter().zip(50_000..) {
            for (ip, additional) in [("192.0.2.1", false), ("::", true)] {
                let relay = RelayId { allocation: *id, additional };
                let local_ip: IpAddr = ip.parse().unwrap();
                let relayed = RelayedAddr((local_ip, port).into());
                let (transport, socket) = (Transport::Udp, Socket::Wanted { attempts: 1 });
                allocations.add_relay(relay, Relay { transport, relayed, local_ip, socket });
                assert_eq!(allocations.open(relay), Some(relayed));
            }
        }
        allocations.remove_relay(RelayId { allocation: ids[0], additional: false });
        assert_eq!((allocations.by_relayed.len(), allocations.relayed_ips.len()), (7, 2));
        ids.into_iter().for_each(|id| drop(allocations.remove(id)));
        let Allocations { by_client, by_relayed, relayed_ips, deadlines, .. } = allocations;
        assert_eq!([by_client.len(), by_relayed.len(), relayed_ips.len(), deadlines.len()], [0; 4]);
    }
}
