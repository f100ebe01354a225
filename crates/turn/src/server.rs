//! The server: what comes in, and who handles it.

mod allocate;
mod auth;
mod claims;
mod connect;
mod data;
mod peers;
mod refresh;
mod request;

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use foldhash::fast::FixedState;
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use stun_types::attribute::{AttributeWrite, XorMappedAddress};
use stun_types::message::{BINDING, Message, MessageClass, MessageHeader, Method};
use turn_types::message::{ALLOCATE, CHANNEL_BIND, CONNECTION_BIND, CREATE_PERMISSION, REFRESH, SEND};

use crate::addr::{FiveTuple, PeerAddr, RelayedAddr};
use crate::allocation::Socket;
use crate::allocations::Allocations;
use crate::connections::Connections;
use crate::counts::Counts;
use crate::integrity::Signer;
use crate::nonce::Nonces;
use crate::options::Options;
use crate::output::{AllocationId, Delivery, Output, Outputs, RelayId};
use crate::refusals::Refusals;
use crate::registrar::{Port, Registrar, Release};
use crate::reply::{Refusal, ReplyTo};
use crate::shards::{Directory, ShardId};
pub use connect::{ConnectFailed, Toward};
use request::Request;

/// The longest payload that is relayed, in bytes. With any header it still fits a UDP datagram.
const MAX_PAYLOAD: usize = 65_000;
/// The longest STUN message that is looked at, in bytes: the longest payload of a UDP datagram.
const MAX_MESSAGE: usize = 65_507;
/// RFC 6062 section 6.1.
const CONNECT: Method = Method::new(0x000a);

/// The secrets and the randomness of a [`Server`].
#[derive(Clone)]
pub struct Keys {
    /// Signs nonces. Servers that share it accept each other's.
    pub nonce: [u8; 32],
    /// Where every random choice comes from. It has to differ from server to server, and be unknown to
    /// clients.
    pub seed: [u8; 32],
}

/// The driver could not open a relay's socket on the port asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the relay's socket could not be opened")]
pub struct BindFailed;

/// An ICMP or ICMPv6 error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IcmpError {
    /// Its type.
    pub kind: u8,
    /// Its code.
    pub code: u8,
    /// The MTU of the next hop where it says that a packet is too big; else 0.
    pub data: u32,
}

/// A STUN and TURN server. See the [crate] for the contract with its driver.
pub struct Server {
    options: Options,
    started: Instant,
    started_unix: Duration,
    nonces: Nonces,
    /// Users by the hash of their name.
    hashes: HashMap<[u8; 32], usize>,
    refusals: Refusals,
    random: ChaCha8Rng,
    hasher: FixedState,
    allocations: Allocations,
    connections: Connections,
    /// The addresses of this machine.
    own_ips: HashSet<IpAddr, FixedState>,
    /// Where this program takes media itself.
    media: HashSet<SocketAddr, FixedState>,
    /// Which shard this is, and of how many.
    shard: ShardId,
    shards: usize,
    /// With the first shard.
    registrar: Option<Registrar>,
    directory: Directory,
    /// Claims that the registrar has not answered yet.
    unanswered_claims: usize,
    /// Whether messages for other shards wait in great number.
    is_behind: bool,
    /// But for what is held now.
    counts: Counts,
    outputs: Outputs,
}

impl Server {
    /// A server without allocations. `unix_now` is the time since the Unix epoch at `now`; from then on it
    /// goes by `now` alone, so that a changed clock does not end anybody's call.
    #[must_use]
    pub fn new(options: Options, keys: &Keys, now: Instant, unix_now: Duration) -> Self {
        Self::sharded(options, keys, (ShardId::FIRST, 1), now, unix_now)
    }

    /// One of several servers that act as one: they have the same options and the same key for nonces, and carry each
    /// other's messages. Limits on allocations hold for all of them together, that on refusals for each.
    #[must_use]
    pub fn sharded(
        options: Options,
        keys: &Keys,
        (shard, shards): (ShardId, usize),
        now: Instant,
        unix_now: Duration,
    ) -> Self {
        let mut random = ChaCha8Rng::from_seed(keys.seed);
        let hasher = FixedState::with_seed(random.next_u64());
        let mut seed = [0; 32];
        random.fill_bytes(&mut seed);
        Self {
            started: now,
            started_unix: unix_now,
            nonces: Nonces::new(&keys.nonce, options.nonce_lifetime, options.username_anonymity),
            hashes: auth::hashes(&options),
            refusals: Refusals::new(
                options.refusals_per_second,
                options.refusal_sources,
                random.next_u64(),
                now,
            ),
            allocations: Allocations::new(&hasher),
            connections: Connections::new(&hasher),
            own_ips: HashSet::with_hasher(hasher.clone()),
            media: HashSet::with_hasher(hasher.clone()),
            shard,
            shards,
            registrar: (shard == ShardId::FIRST).then(|| Registrar::new(&options, seed)),
            directory: Directory::new(&hasher),
            unanswered_claims: 0,
            is_behind: false,
            counts: Counts::default(),
            outputs: Outputs::new(options.max_outputs, options.max_output_bytes),
            random,
            hasher,
            options,
        }
    }

    /// Handles one STUN message or ChannelData from a client. Anything else is dropped.
    pub fn handle_client(&mut self, client: FiveTuple, message: &[u8], now: Instant) {
        self.handle_timeout(now);
        if self.outputs.is_full() {
            return;
        }
        match message.first() {
            Some(0x40..=0x7f) => self.channel_data(client, message, now),
            Some(0..=3) => self.stun(client, message, now),
            _ => {}
        }
    }

    /// Takes the addresses under which this program takes media itself. Relays reach it there, inside the process.
    pub fn handle_media_addresses(&mut self, addresses: impl IntoIterator<Item = SocketAddr>) {
        self.media.clear();
        self.media.extend(addresses);
    }

    /// Handles a datagram that this program sends from one of those addresses to a relay of ours, whichever shard has it.
    pub fn handle_media(&mut self, to: RelayedAddr, from: PeerAddr, payload: &[u8], now: Instant) {
        match self.directory.find(to) {
            Some(shard) if !self.outputs.is_full() => self.outputs.push_to_relay(shard, to, from, payload),
            Some(_) => {}
            None => self.handle_relayed(to, from, payload, now),
        }
    }

    /// Takes all addresses that this machine has now. Relays reach nothing but other relays there, and media.
    pub fn handle_own_addresses(&mut self, ips: impl IntoIterator<Item = IpAddr>) {
        self.own_ips.clear();
        self.own_ips.extend(ips);
    }

    /// Takes whether many messages for other shards wait at the driver. While they do, no allocation is made: each leads to more of
    /// them.
    pub fn handle_backlog(&mut self, is_behind: bool) {
        self.is_behind = is_behind;
    }

    /// Handles a datagram that arrived on a relay's socket.
    pub fn handle_relay(&mut self, relay: RelayId, from: PeerAddr, payload: &[u8], now: Instant) {
        self.handle_timeout(now);
        if !self.outputs.is_full() {
            self.deliver(relay, from, payload, now);
        }
    }

    /// Handles a datagram from a relay of another shard, for the relay of this one at `to`.
    pub fn handle_relayed(&mut self, to: RelayedAddr, from: PeerAddr, payload: &[u8], now: Instant) {
        self.handle_timeout(now);
        if let Some(relay) = self.allocations.open_at(to).filter(|_| !self.outputs.is_full()) {
            self.deliver(relay, from, payload, now);
        }
    }

    /// Handles an ICMP error that came back for a datagram from a relay's socket (RFC 8656 section 11.5).
    pub fn handle_icmp(&mut self, relay: RelayId, peer: PeerAddr, error: IcmpError, now: Instant) {
        self.handle_timeout(now);
        if !self.outputs.is_full() {
            self.report(relay, peer, error, now);
        }
    }

    /// Takes the driver's answer to [`Output::Bind`].
    pub fn handle_bound(&mut self, relay: RelayId, result: Result<(), BindFailed>, now: Instant) {
        self.handle_timeout(now);
        match result {
            Ok(()) => self.bound(relay),
            Err(BindFailed) => self.bind_again(relay, now),
        }
    }

    /// Ends the allocation of a client whose TCP connection is closed (RFC 8656 section 7).
    pub fn handle_client_gone(&mut self, client: &FiveTuple) {
        if let Some(id) = self.allocations.of_client(client) {
            self.close(id);
        }
    }

    /// Ends what has expired at `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(id) = self.allocations.expired(now) {
            self.close(id);
        }
        self.expire_connections(now);
        if let Some(registrar) = &mut self.registrar {
            registrar.handle_timeout(now);
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is wanted next, if nothing happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let registrar = self.registrar.as_ref().and_then(Registrar::poll_timeout);
        let others = self.connections.next_deadline().into_iter().chain(registrar);
        self.allocations.next_deadline().into_iter().chain(others).min()
    }

    /// The next side effect, or `None` when all have been taken.
    pub fn poll_output(&mut self) -> Option<Output<'_>> {
        self.outputs.poll()
    }

    /// Whether so many outputs wait that they should be taken before there is more input. Until then those for one
    /// destination gather, and leave together.
    #[must_use]
    pub fn has_much_to_do(&self) -> bool {
        self.outputs.are_many()
    }

    /// Whether `client` holds an allocation, or is about to.
    #[must_use]
    pub fn has_allocation(&self, client: &FiveTuple) -> bool {
        self.allocations.of_client(client).is_some()
    }

    /// How many allocations there are.
    #[must_use]
    pub fn allocations(&self) -> usize {
        self.allocations.len()
    }

    /// What this server has done, and what it holds now.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts { allocations: u64::try_from(self.allocations()).unwrap_or(u64::MAX), ..self.counts }
    }

    fn stun(&mut self, client: FiveTuple, bytes: &[u8], now: Instant) {
        let complete = MessageHeader::from_bytes(bytes)
            .is_ok_and(|header| usize::from(header.data_length()) + MessageHeader::LENGTH == bytes.len());
        if !complete || bytes.len() > MAX_MESSAGE {
            return;
        }
        let Ok(message) = Message::from_bytes(bytes) else { return };
        let request = Request { message: &message, client, now };
        match (message.class(), message.method()) {
            (MessageClass::Request, BINDING) => self.binding(&request),
            (
                MessageClass::Request,
                ALLOCATE | REFRESH | CREATE_PERMISSION | CHANNEL_BIND | CONNECT | CONNECTION_BIND,
            ) => self.turn(&request),
            (MessageClass::Indication, SEND) => self.send_indication(&request),
            _ => {}
        }
    }

    /// RFC 8489 section 6.3.1: tells the client its address.
    fn binding(&mut self, request: &Request<'_>) {
        let reply = request.reply();
        match request.check_known() {
            Ok(()) => self.succeed(
                &reply,
                &[&XorMappedAddress::new(request.client.client.0, reply.transaction)],
                None,
            ),
            Err(refusal) => self.refuse(&reply, &refusal, None),
        }
    }

    fn turn(&mut self, request: &Request<'_>) {
        let reply = request.reply();
        let owner = match self.authenticate(request) {
            Ok(owner) => owner,
            Err(refusal) => {
                if self.refusals.allow(&request.client, request.now) {
                    self.counts.challenged += 1;
                    self.send_refusal(&reply, &refusal, None);
                } else {
                    self.counts.unanswered += 1;
                }
                return;
            }
        };
        let signer = owner.signer.clone();
        let result = request.check_known().and_then(|()| match reply.method {
            ALLOCATE => self.allocate(request, owner),
            REFRESH => self.refresh(request, &owner),
            CREATE_PERMISSION => self.create_permission(request, &owner),
            CONNECT => self.connect(request, &owner),
            CONNECTION_BIND => self.connection_bind(request, &owner),
            _ => self.channel_bind(request, &owner),
        });
        if let Err(refusal) = result {
            self.refuse(&reply, &refusal, Some(&signer));
        }
    }

    fn succeed(&mut self, reply: &ReplyTo, attributes: &[&dyn AttributeWrite], signer: Option<&Signer>) {
        // A message that cannot be built is like one that got lost: the client asks again.
        if let Ok(message) = reply.success(attributes, signer) {
            self.outputs
                .push_to_client(reply.client, Delivery::Reply, |bytes| bytes.extend_from_slice(&message));
        }
    }

    fn refuse(&mut self, reply: &ReplyTo, refusal: &Refusal, signer: Option<&Signer>) {
        self.counts.refused += 1;
        self.send_refusal(reply, refusal, signer);
    }

    fn send_refusal(&mut self, reply: &ReplyTo, refusal: &Refusal, signer: Option<&Signer>) {
        if let Ok(message) = reply.refusal(refusal, signer) {
            self.outputs
                .push_to_client(reply.client, Delivery::Reply, |bytes| bytes.extend_from_slice(&message));
        }
    }

    /// Ends an allocation and gives back what it held.
    fn close(&mut self, id: AllocationId) {
        let ports = [false, true].map(|additional| self.unbind(RelayId { allocation: id, additional }));
        self.disconnect_all(id);
        if let Some(allocation) = self.allocations.remove(id).filter(|allocation| allocation.claimed) {
            let token = allocation.reservation.filter(|_| !allocation.is_live());
            self.release(Release { ports, token, whose: Some(allocation.whose()) });
        }
    }

    /// Ends one relay of an allocation, and closes its socket; the port that it gives back.
    fn unbind(&mut self, id: RelayId) -> Option<Port> {
        let relay = self.allocations.remove_relay(id)?;
        match relay.socket {
            // Given back already.
            Socket::Exchanged { .. } => return None,
            Socket::Open if relay.is_reached() => self.tell_closed(relay.relayed),
            Socket::Open | Socket::Wanted { .. } => {}
        }
        self.outputs.push_unbind(id);
        Some(relay.port())
    }

    fn unix(&self, now: Instant) -> Duration {
        self.started_unix + now.saturating_duration_since(self.started)
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("allocations", &self.allocations()).finish_non_exhaustive()
    }
}
