//! Allocate (RFC 8656 section 7).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use stun_types::attribute::{AttributeStaticType as _, AttributeWrite, ErrorCode, XorMappedAddress};
use turn_types::AddressFamily;
use turn_types::attribute::{
    AdditionalAddressFamily, AddressErrorCode, DontFragment, EvenPort, Lifetime, RequestedTransport,
    ReservationToken, XorRelayedAddress,
};

use super::Server;
use super::request::Request;
use crate::addr::{Family, RelayedAddr, ServerAddr, Transport};
use crate::allocation::{Allocation, Missing, Owner, Pending, Relay, Socket};
use crate::meter::Meter;
use crate::output::{AllocationId, RelayId};
use crate::ports::Parity;
use crate::registrar::{Grant, Port, Question, Release, Wish};
use crate::reply::{Refusal, ReplyTo};

/// IANA's protocol numbers.
const UDP: u8 = 17;
const TCP: u8 = 6;

/// Which relayed addresses are asked for.
struct Asked {
    transport: Transport,
    /// `None` where no family is named.
    family: Option<Family>,
    additional: Option<Family>,
    parity: Parity,
    /// Of the port that was kept.
    token: Option<u64>,
}

impl Server {
    /// Begins an allocation; it is answered when the registrar has given it ports and the driver has opened its sockets.
    pub(super) fn allocate(&mut self, request: &Request<'_>, owner: Owner) -> Result<(), Refusal> {
        if let Some(id) = self.allocations.of_client(&request.client) {
            return self.allocate_again(id, request);
        }
        let asked = Asked::read(request)?;
        let lifetime = self.lifetime(request.lifetime()?);
        let (wish, missing) = self.wish(&asked, request.client.server)?;
        if self.is_behind || self.unanswered_claims >= self.options.max_claims {
            return Err(Refusal::NO_CAPACITY);
        }
        let pending = Pending { reply: request.reply(), parity: asked.parity, transport: asked.transport };
        let allocation = Allocation::new(
            request.client,
            owner,
            missing,
            pending,
            (seconds(lifetime), request.now + lifetime),
            Meter::new(self.options.bytes_per_second, request.now),
            &self.hasher,
        );
        let whose = allocation.whose();
        let allocation = self.allocations.insert(allocation);
        self.unanswered_claims += 1;
        self.ask(Question::Claim { allocation, whose, wish }, request.now);
        Ok(())
    }

    /// What to ask of the registrar. Of two families, one may be missing here.
    fn wish(&self, asked: &Asked, server: ServerAddr) -> Result<(Wish, Option<Missing>), Refusal> {
        if let Some(token) = asked.token {
            return Ok((Wish::Kept { token }, None));
        }
        let is_here = |family: &Family| self.relay_ips(*family, server).is_some();
        // Who names none means IPv4 (RFC 8656 section 7.2). But browsers name none where they have IPv6 alone, too, and then no
        // relay would do for anybody.
        let alone = asked.additional.is_none() && !is_here(&Family::V4);
        let unnamed = if alone { Family::V6 } else { Family::V4 };
        let wanted = [Some(asked.family.unwrap_or(unnamed)), asked.additional];
        let families = wanted.map(|family| family.filter(is_here));
        if families.iter().all(Option::is_none) {
            return Err(Refusal::FAMILY_NOT_SUPPORTED);
        }
        let missing = wanted.into_iter().flatten().find(|family| !is_here(family));
        let code = ErrorCode::ADDRESS_FAMILY_NOT_SUPPORTED;
        let missing = missing.map(|family| Missing { family, code });
        Ok((Wish::Fresh { families, parity: asked.parity }, missing))
    }

    /// The registrar has given an allocation ports, or refused it: asks the driver for sockets.
    pub(super) fn claimed(&mut self, id: AllocationId, result: Result<Grant, u16>) {
        let grant = match result {
            Ok(grant) => grant,
            Err(code) => return self.give_up(id, code),
        };
        let Some(allocation) = self.allocations.get_mut(id) else { return };
        let Some(Pending { transport, .. }) = allocation.pending else { return };
        allocation.claimed = true;
        allocation.reservation = grant.token;
        let server = allocation.client.server;
        for (port, additional) in grant.ports.into_iter().zip([false, true]) {
            if let Some(port) = port {
                self.want(RelayId { allocation: id, additional }, (transport, port), server);
            }
        }
        self.settle(id);
    }

    /// Asks the driver for the socket of a relay.
    fn want(&mut self, id: RelayId, (transport, port): (Transport, Port), server: ServerAddr) {
        let Some((relayed, local_ip)) = self.relay_ips(port.family, server) else {
            // A port that was kept, of a family that the client does not reach us by this time.
            self.miss(id.allocation, port.family, ErrorCode::ADDRESS_FAMILY_NOT_SUPPORTED);
            return self.release(Release::of(Some(port)));
        };
        let relayed = RelayedAddr(SocketAddr::new(relayed, port.number));
        let socket = Socket::Wanted { attempts: 1 };
        self.allocations.add_relay(id, Relay { transport, relayed, local_ip, socket });
        self.outputs.push_bind(id, local_ip, port.number, transport);
    }

    fn miss(&mut self, id: AllocationId, family: Family, code: u16) {
        if let Some(allocation) = self.allocations.get_mut(id) {
            allocation.missing = Some(Missing { family, code });
        }
    }

    /// The relay's socket is open. With the last of them the allocation is live.
    pub(super) fn bound(&mut self, relay: RelayId) {
        if let Some(relayed) = self.allocations.open(relay) {
            self.tell_opened(relayed);
        }
        self.settle(relay.allocation);
    }

    /// The relay's socket could not be opened: tries another port, or does without.
    pub(super) fn bind_again(&mut self, id: RelayId, now: Instant) {
        let Some(Relay { relayed, socket: Socket::Wanted { attempts }, .. }) =
            self.allocations.relay(id).copied()
        else {
            return;
        };
        let Some(allocation) = self.allocations.get(id.allocation) else { return };
        let Some(Pending { parity, .. }) = allocation.pending else { return };
        let failed = Port { family: Family::of(relayed.0.ip()), number: relayed.0.port() };
        let (whose, token) = (allocation.whose(), allocation.reservation);
        if attempts < self.options.bind_attempts {
            self.allocations.exchange(id);
            return self.ask(Question::Exchange { relay: id, whose, failed, parity, token }, now);
        }
        self.release(Release { token, ..Release::of(Some(failed)) });
        self.exchanged(id, None);
    }

    /// The registrar has given another port, or there is none.
    pub(super) fn exchanged(&mut self, id: RelayId, grant: Option<Grant>) {
        if let Some(Grant { ports: [Some(port), _], token }) = grant
            && let Some(Relay { local_ip, transport, .. }) = self.allocations.relay(id).copied()
        {
            if let Some(allocation) = self.allocations.get_mut(id.allocation) {
                allocation.reservation = token;
            }
            self.allocations.retry_at(id, port.number);
            return self.outputs.push_bind(id, local_ip, port.number, transport);
        }
        if let Some(allocation) = self.allocations.get_mut(id.allocation) {
            allocation.reservation = None;
        }
        if let Some(relay) = self.allocations.remove_relay(id) {
            self.miss(id.allocation, relay.family(), ErrorCode::INSUFFICIENT_CAPACITY);
        }
        self.settle(id.allocation);
    }

    /// Once no socket is waited for: answers the request, with what there is.
    fn settle(&mut self, id: AllocationId) {
        let Some(allocation) = self.allocations.get_mut(id).filter(|allocation| allocation.is_settled())
        else {
            return;
        };
        if allocation.relays.iter().all(Option::is_none) {
            let code = allocation.missing.map_or(ErrorCode::INSUFFICIENT_CAPACITY, |missing| missing.code);
            return self.give_up(id, code);
        }
        if let Some(Pending { reply, .. }) = allocation.pending.take() {
            self.counts.allocated += 1;
            self.answer_allocate(id, &reply);
        }
    }

    /// Ends an allocation that cannot be had.
    fn give_up(&mut self, id: AllocationId, code: u16) {
        let Some(allocation) = self.allocations.get(id) else { return };
        let (pending, signer) = (allocation.pending, allocation.owner.signer.clone());
        self.close(id);
        if let Some(Pending { reply, .. }) = pending {
            self.refuse(&reply, &Refusal::Code(code), Some(&signer));
        }
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
}

impl Asked {
    /// What may not stand together is refused with 400 (RFC 8656 section 7.2).
    fn read(request: &Request<'_>) -> Result<Self, Refusal> {
        let transport = match request.required::<RequestedTransport>()?.protocol() {
            UDP => Transport::Udp,
            TCP => Transport::Tcp,
            _ => return Err(Refusal::UNSUPPORTED_TRANSPORT),
        };
        let family = request.family()?;
        let additional = request.optional::<AdditionalAddressFamily>()?.map(|additional| additional.family());
        let even = request.optional::<EvenPort>()?.map(|even| even.requested());
        let token = request.optional::<ReservationToken>()?.map(|token| token.token());
        let contradictory = (token.is_some() && (even.is_some() || family.is_some() || additional.is_some()))
            || (additional.is_some() && (family.is_some() || even == Some(true)))
            || additional == Some(AddressFamily::IPV4);
        // RFC 6062 section 5.1.
        let whole = request.message.has_attribute(DontFragment::TYPE);
        let of_datagrams = even.is_some() || token.is_some() || additional.is_some() || whole;
        let is_wrong = request.client.transport != Transport::Tcp || of_datagrams;
        if contradictory || (transport == Transport::Tcp && is_wrong) {
            return Err(Refusal::BAD_REQUEST);
        }
        let parity = match (token, even) {
            (Some(_), _) => Parity::Kept,
            (None, None) => Parity::Any,
            (None, Some(false)) => Parity::Even,
            (None, Some(true)) => Parity::Pair,
        };
        Ok(Self { transport, family, additional: additional.map(|_| Family::V6), parity, token })
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
