//! Allocate (RFC 8656 section 7).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use rand::RngCore;
use stun_types::attribute::{AttributeWrite, ErrorCode, XorMappedAddress};
use turn_types::AddressFamily;
use turn_types::attribute::{
    AdditionalAddressFamily, AddressErrorCode, EvenPort, Lifetime, RequestedTransport, ReservationToken,
    XorRelayedAddress,
};

use super::Server;
use super::request::Request;
use crate::addr::{Family, RelayedAddr, ServerAddr};
use crate::allocation::{Allocation, Missing, Owner, Pending, Relay, Socket};
use crate::meter::Meter;
use crate::output::{AllocationId, RelayId};
use crate::ports::Parity;
use crate::reply::{Refusal, ReplyTo};

/// IANA's number of UDP, the one transport of relays.
const UDP: u8 = 17;

/// Which relayed addresses are asked for.
struct Wish {
    family: Family,
    additional: Option<Family>,
    parity: Parity,
    /// Of the port that was kept.
    token: Option<u64>,
}

impl Server {
    /// Begins an allocation; it is answered when the driver has opened its sockets.
    pub(super) fn allocate(&mut self, request: &Request<'_>, owner: Owner) -> Result<(), Refusal> {
        if let Some(id) = self.allocations.of_client(&request.client) {
            return self.allocate_again(id, request);
        }
        if request.required::<RequestedTransport>()?.protocol() != UDP {
            return Err(Refusal::UNSUPPORTED_TRANSPORT);
        }
        let wish = Wish::read(request)?;
        let lifetime = self.lifetime(request.lifetime()?);
        self.check_quotas(request, &owner)?;
        let (relays, missing) = self.plan(&wish, &owner, request.client.server)?;
        let pending = Pending { reply: request.reply(), parity: wish.parity };
        let id = self.allocations.insert(Allocation::new(
            request.client,
            owner,
            (relays, missing),
            pending,
            (seconds(lifetime), request.now + lifetime),
            Meter::new(self.options.bytes_per_second, request.now),
            &self.hasher,
        ));
        for (relay, additional) in relays.into_iter().zip([false, true]) {
            if let Some(Relay { local_ip, relayed, .. }) = relay {
                self.outputs.push_bind(RelayId { allocation: id, additional }, local_ip, relayed.0.port());
            }
        }
        Ok(())
    }

    /// Names are free to whoever is given credentials, so that they are no bound for a client; its address is.
    fn check_quotas(&self, request: &Request<'_>, owner: &Owner) -> Result<(), Refusal> {
        let network = request.client.client.network();
        let of_name = self.allocations.held_by(&owner.username) + self.reservations.held_by(&owner.username);
        let of_address = self.allocations.held_from(network) + self.reservations.held_from(network);
        let within = of_name < self.options.allocations_per_username
            && of_address < self.options.allocations_per_address;
        if within { Ok(()) } else { Err(Refusal::QUOTA_REACHED) }
    }

    /// Takes a port for each address that is wished for. Of two, one may be missing.
    fn plan(
        &mut self,
        wish: &Wish,
        owner: &Owner,
        server: ServerAddr,
    ) -> Result<([Option<Relay>; 2], Option<Missing>), Refusal> {
        if let Some(token) = wish.token {
            let kept = self.reservations.take(token, &owner.username).ok_or(Refusal::NO_CAPACITY)?;
            return match self.relay_at(kept.family, kept.port, server) {
                Ok(relay) => Ok(([Some(relay), None], None)),
                Err(code) => {
                    self.ports(kept.family).give_back(kept.port);
                    Err(Refusal::Code(code))
                }
            };
        }
        let first = self.plan_one(wish.family, wish.parity, server);
        let additional = wish.additional.map(|family| self.plan_one(family, wish.parity, server));
        let missing = |family, code| Some(Missing { family, code });
        match (first, additional, wish.additional) {
            (Ok(first), None, _) => Ok(([Some(first), None], None)),
            (Ok(first), Some(Ok(additional)), _) => Ok(([Some(first), Some(additional)], None)),
            (Ok(first), Some(Err(code)), Some(family)) => Ok(([Some(first), None], missing(family, code))),
            (Err(code), Some(Ok(additional)), _) => {
                Ok(([None, Some(additional)], missing(wish.family, code)))
            }
            (Err(code), _, _) | (Ok(_), Some(Err(code)), None) => Err(Refusal::Code(code)),
        }
    }

    /// A relay on a free port, or the error code that says why there is none.
    fn plan_one(&mut self, family: Family, parity: Parity, server: ServerAddr) -> Result<Relay, u16> {
        let relay = self.relay_at(family, 0, server)?;
        let port = self.take_port(family, parity).ok_or(ErrorCode::INSUFFICIENT_CAPACITY)?;
        let relayed = RelayedAddr(SocketAddr::new(relay.relayed.0.ip(), port));
        Ok(Relay { relayed, ..relay })
    }

    fn relay_at(&self, family: Family, port: u16, server: ServerAddr) -> Result<Relay, u16> {
        let ips = self.relay_ips(family, server);
        let (relayed, local_ip) = ips.ok_or(ErrorCode::ADDRESS_FAMILY_NOT_SUPPORTED)?;
        let relayed = RelayedAddr(SocketAddr::new(relayed, port));
        Ok(Relay { relayed, local_ip, socket: Socket::Wanted { attempts: 1 } })
    }

    /// The relay's socket is open. With the last of them the allocation is live.
    pub(super) fn bound(&mut self, relay: RelayId, now: Instant) {
        self.allocations.open(relay);
        self.settle(relay.allocation, now);
    }

    /// The relay's socket could not be opened: tries another port, or does without.
    pub(super) fn bind_again(&mut self, id: RelayId, now: Instant) {
        let Some(Relay { relayed, local_ip, socket: Socket::Wanted { attempts } }) =
            self.allocations.relay(id).copied()
        else {
            return;
        };
        let Some(Pending { parity, .. }) = self.allocations.get(id.allocation).and_then(|it| it.pending)
        else {
            return;
        };
        let (family, failed) = (Family::of(relayed.0.ip()), relayed.0.port());
        // The failed port goes back only after another was taken, so that it is not tried again at once.
        let next = if attempts < self.options.bind_attempts { self.take_port(family, parity) } else { None };
        self.give_back(family, failed, parity);
        if let Some(port) = next {
            self.allocations.retry_at(id, port);
            self.outputs.push_bind(id, local_ip, port);
        } else {
            self.allocations.remove_relay(id);
            if let Some(allocation) = self.allocations.get_mut(id.allocation) {
                allocation.missing = Some(Missing { family, code: ErrorCode::INSUFFICIENT_CAPACITY });
            }
            self.settle(id.allocation, now);
        }
    }

    /// Once no socket is waited for: answers the request, with what there is.
    fn settle(&mut self, id: AllocationId, now: Instant) {
        let Some(allocation) = self.allocations.get(id).filter(|allocation| allocation.is_settled()) else {
            return;
        };
        let Some(Pending { reply, parity }) = allocation.pending else { return };
        let signer = allocation.owner.signer.clone();
        let Some(relay) = allocation.relays.iter().flatten().next() else {
            let code = allocation.missing.map_or(ErrorCode::INSUFFICIENT_CAPACITY, |missing| missing.code);
            self.allocations.remove(id);
            return self.refuse(&reply, &Refusal::Code(code), Some(&signer));
        };
        if parity == Parity::Pair {
            let above = (relay.family(), relay.relayed.0.port() + 1);
            let whose = (allocation.owner.username.clone(), allocation.client.client.network());
            let token = self.random.next_u64();
            self.reservations.keep(token, above, whose, now);
            if let Some(allocation) = self.allocations.get_mut(id) {
                allocation.reservation = Some(token);
            }
        }
        if let Some(allocation) = self.allocations.get_mut(id) {
            allocation.pending = None;
        }
        self.answer_allocate(id, &reply);
    }

    /// The lifetime granted when `requested` seconds are asked for (RFC 8656 section 7.2).
    pub(super) fn lifetime(&self, requested: Option<u32>) -> Duration {
        let shortest = self.options.default_lifetime;
        let requested = requested.map_or(shortest, |seconds| Duration::from_secs(seconds.into()));
        requested.clamp(shortest, self.options.max_lifetime.max(shortest))
    }

    /// Another Allocate on the same five-tuple: the same request again, or 437.
    fn allocate_again(&mut self, id: AllocationId, request: &Request<'_>) -> Result<(), Refusal> {
        let allocation = self.allocations.get(id).ok_or(Refusal::ALLOCATION_MISMATCH)?;
        if allocation.made_by != request.message.transaction_id().into() {
            return Err(Refusal::ALLOCATION_MISMATCH);
        }
        if allocation.is_live() {
            self.answer_allocate(id, &request.reply());
        }
        Ok(())
    }

    fn answer_allocate(&mut self, id: AllocationId, reply: &ReplyTo) {
        let Some(allocation) = self.allocations.get(id) else { return };
        let transaction = reply.transaction;
        let relays = allocation.relays.iter().flatten();
        let relayed: Vec<_> =
            relays.map(|relay| XorRelayedAddress::new(relay.relayed.0, transaction)).collect();
        let mapped = XorMappedAddress::new(allocation.client.client.0, transaction);
        let lifetime = Lifetime::new(allocation.granted);
        let token = allocation.reservation.map(ReservationToken::new);
        let missing = allocation.missing.and_then(|Missing { family, code }| {
            Some(AddressErrorCode::new(address_family(family), ErrorCode::builder(code).build().ok()?))
        });
        let mut attributes: Vec<&dyn AttributeWrite> = Vec::new();
        attributes.extend(relayed.iter().map(|relayed| relayed as &dyn AttributeWrite));
        attributes.extend([&lifetime as &dyn AttributeWrite, &mapped]);
        attributes.extend(token.iter().map(|token| token as &dyn AttributeWrite));
        attributes.extend(missing.iter().map(|missing| missing as &dyn AttributeWrite));
        let signer = allocation.owner.signer.clone();
        self.succeed(reply, &attributes, Some(&signer));
    }

    /// The address a relay of `family` is advertised under, and the one its socket is bound to.
    fn relay_ips(&self, family: Family, server: ServerAddr) -> Option<(IpAddr, IpAddr)> {
        if let Some(public) = self.options.public_ips.iter().find(|ip| Family::of(**ip) == family) {
            return Some((*public, unspecified(family)));
        }
        let reached = server.0.ip();
        (Family::of(reached) == family && !reached.is_unspecified()).then_some((reached, reached))
    }

    /// Gives back a port, and the one above where that was taken with it.
    pub(super) fn give_back(&mut self, family: Family, port: u16, parity: Parity) {
        self.ports(family).give_back(port);
        if parity == Parity::Pair {
            self.ports(family).give_back(port + 1);
        }
    }

    fn take_port(&mut self, family: Family, parity: Parity) -> Option<u16> {
        let ports = match family {
            Family::V4 => &mut self.ports_v4,
            Family::V6 => &mut self.ports_v6,
        };
        ports.take(parity, &mut self.random)
    }
}

impl Wish {
    /// What may not stand together is refused with 400 (RFC 8656 section 7.2).
    fn read(request: &Request<'_>) -> Result<Self, Refusal> {
        let family = request.family()?;
        let additional = request.optional::<AdditionalAddressFamily>()?.map(|additional| additional.family());
        let even = request.optional::<EvenPort>()?.map(|even| even.requested());
        let token = request.optional::<ReservationToken>()?.map(|token| token.token());
        let contradictory = (token.is_some() && (even.is_some() || family.is_some() || additional.is_some()))
            || (additional.is_some() && (family.is_some() || even == Some(true)))
            || additional == Some(AddressFamily::IPV4);
        if contradictory {
            return Err(Refusal::BAD_REQUEST);
        }
        let parity = match (token, even) {
            (Some(_), _) => Parity::Kept,
            (None, None) => Parity::Any,
            (None, Some(false)) => Parity::Even,
            (None, Some(true)) => Parity::Pair,
        };
        Ok(Self {
            family: family.unwrap_or(Family::V4),
            additional: additional.map(|_| Family::V6),
            parity,
            token,
        })
    }
}

fn address_family(family: Family) -> AddressFamily {
    match family {
        Family::V4 => AddressFamily::IPV4,
        Family::V6 => AddressFamily::IPV6,
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
