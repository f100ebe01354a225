//! Allocate (RFC 8656 section 7).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use stun_types::attribute::XorMappedAddress;
use turn_types::attribute::{EvenPort, Lifetime, RequestedTransport, XorRelayedAddress};

use super::Server;
use super::request::Request;
use crate::addr::{Family, RelayedAddr, ServerAddr};
use crate::allocation::{Allocation, Owner, State};
use crate::output::RelayId;
use crate::ports::Parity;
use crate::reply::{Refusal, ReplyTo};

/// IANA's number of UDP, the one transport of relays.
const UDP: u8 = 17;

impl Server {
    /// Begins an allocation; it is answered when the driver has opened its socket.
    pub(super) fn allocate(&mut self, request: &Request<'_>, owner: Owner) -> Result<(), Refusal> {
        if let Some(relay) = self.allocations.of_client(&request.client) {
            return self.allocate_again(relay, request);
        }
        if request.required::<RequestedTransport>()?.protocol() != UDP {
            return Err(Refusal::UNSUPPORTED_TRANSPORT);
        }
        let lifetime = self.lifetime(request.lifetime()?);
        let family = request.family()?.unwrap_or(Family::V4);
        let (relayed_ip, local_ip) =
            self.relay_ips(family, request.client.server).ok_or(Refusal::FAMILY_NOT_SUPPORTED)?;
        self.check_quotas(request, &owner)?;
        let parity = parity(request)?;
        let port = self.take_port(family, parity).ok_or(Refusal::NO_CAPACITY)?;
        let relayed = RelayedAddr(SocketAddr::new(relayed_ip, port));
        let expires = request.now + lifetime;
        let relay = self.allocations.insert(Allocation::new(
            request.client,
            owner,
            (relayed, local_ip),
            (request.reply(), parity),
            (seconds(lifetime), expires),
            &self.hasher,
        ));
        self.outputs.push_bind(relay, local_ip, port);
        Ok(())
    }

    /// Names are free to whoever is given credentials, so that they are no bound for a client; its address is.
    fn check_quotas(&self, request: &Request<'_>, owner: &Owner) -> Result<(), Refusal> {
        let of_name = self.allocations.held_by(&owner.username);
        let of_address = self.allocations.held_from(request.client.client.network());
        let within = of_name < self.options.allocations_per_username
            && of_address < self.options.allocations_per_address;
        if within { Ok(()) } else { Err(Refusal::QUOTA_REACHED) }
    }

    /// The relay's socket is open: the allocation is live.
    pub(super) fn bound(&mut self, relay: RelayId) {
        let Some(Allocation { state: State::Binding { reply, .. }, .. }) = self.allocations.get(relay) else {
            return;
        };
        let reply = *reply;
        self.allocations.go_live(relay);
        self.answer_allocate(relay, &reply);
    }

    /// The relay's socket could not be opened: tries another port, or refuses with 508.
    pub(super) fn bind_again(&mut self, relay: RelayId) {
        let Some(allocation) = self.allocations.get(relay) else { return };
        let State::Binding { attempts, parity, reply } = allocation.state else { return };
        let (family, local_ip, mut relayed) = (allocation.family(), allocation.local_ip, allocation.relayed);
        let failed = relayed.0.port();
        // The failed port goes back only after another was taken, so that it is not tried again at once.
        let next = if attempts < self.options.bind_attempts { self.take_port(family, parity) } else { None };
        if let Some(port) = next {
            self.ports(family).give_back(failed);
            relayed.0.set_port(port);
            self.allocations.retry_at(relay, relayed);
            self.outputs.push_bind(relay, local_ip, port);
        } else if let Some(allocation) = self.allocations.remove(relay) {
            self.ports(family).give_back(failed);
            self.refuse(&reply, &Refusal::NO_CAPACITY, Some(&allocation.owner.key));
        }
    }

    /// The lifetime granted when `requested` seconds are asked for (RFC 8656 section 7.2).
    pub(super) fn lifetime(&self, requested: Option<u32>) -> Duration {
        let shortest = self.options.default_lifetime;
        let requested = requested.map_or(shortest, |seconds| Duration::from_secs(seconds.into()));
        requested.clamp(shortest, self.options.max_lifetime.max(shortest))
    }

    /// Another Allocate on the same five-tuple: the same request again, or 437.
    fn allocate_again(&mut self, relay: RelayId, request: &Request<'_>) -> Result<(), Refusal> {
        let allocation = self.allocations.get(relay).ok_or(Refusal::ALLOCATION_MISMATCH)?;
        if allocation.made_by != request.message.transaction_id().into() {
            return Err(Refusal::ALLOCATION_MISMATCH);
        }
        if allocation.is_live() {
            self.answer_allocate(relay, &request.reply());
        }
        Ok(())
    }

    fn answer_allocate(&mut self, relay: RelayId, reply: &ReplyTo) {
        let Some(allocation) = self.allocations.get(relay) else { return };
        let relayed = XorRelayedAddress::new(allocation.relayed.0, reply.transaction);
        let mapped = XorMappedAddress::new(allocation.client.client.0, reply.transaction);
        let lifetime = Lifetime::new(allocation.granted);
        let key = allocation.owner.key.clone();
        self.succeed(reply, &[&relayed, &lifetime, &mapped], Some(&key));
    }

    /// The address a relay of `family` is advertised under, and the one its socket is bound to.
    fn relay_ips(&self, family: Family, server: ServerAddr) -> Option<(IpAddr, IpAddr)> {
        if let Some(public) = self.options.public_ips.iter().find(|ip| Family::of(**ip) == family) {
            return Some((*public, unspecified(family)));
        }
        let reached = server.0.ip();
        (Family::of(reached) == family && !reached.is_unspecified()).then_some((reached, reached))
    }

    fn take_port(&mut self, family: Family, parity: Parity) -> Option<u16> {
        let ports = match family {
            Family::V4 => &mut self.ports_v4,
            Family::V6 => &mut self.ports_v6,
        };
        ports.take(parity, &mut self.random)
    }
}

/// EVEN-PORT. The port above cannot be reserved, so that who asks for that is told that it is not to be had.
fn parity(request: &Request<'_>) -> Result<Parity, Refusal> {
    match request.optional::<EvenPort>()? {
        None => Ok(Parity::Any),
        Some(even) if even.requested() => Err(Refusal::NO_CAPACITY),
        Some(_) => Ok(Parity::Even),
    }
}

fn unspecified(family: Family) -> IpAddr {
    match family {
        Family::V4 => Ipv4Addr::UNSPECIFIED.into(),
        Family::V6 => Ipv6Addr::UNSPECIFIED.into(),
    }
}

/// Whole seconds, as LIFETIME has them.
pub(super) fn seconds(lifetime: Duration) -> u32 {
    u32::try_from(lifetime.as_secs()).unwrap_or(u32::MAX)
}
