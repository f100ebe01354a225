//! The server: what comes in, and who handles it.

mod allocate;
mod auth;
mod data;
mod peers;
mod refresh;
mod request;

use std::time::{Duration, Instant};

use foldhash::fast::FixedState;
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use stun_types::attribute::{AttributeType, AttributeWrite, XorMappedAddress};
use stun_types::message::{BINDING, IntegrityKey, Message, MessageClass, MessageHeader};
use turn_types::message::{ALLOCATE, CHANNEL_BIND, CREATE_PERMISSION, REFRESH, SEND};

use crate::addr::{Family, FiveTuple, PeerAddr};
use crate::allocations::Allocations;
use crate::nonce::Nonces;
use crate::options::Options;
use crate::output::{Delivery, Output, Outputs, RelayId};
use crate::ports::Ports;
use crate::refusals::Refusals;
use crate::reply::{Refusal, ReplyTo};
use request::Request;

/// The longest payload that is relayed, in bytes. With any header it still fits a UDP datagram.
const MAX_PAYLOAD: usize = 65_000;
/// The longest STUN message that is looked at, in bytes: the longest payload of a UDP datagram.
const MAX_MESSAGE: usize = 65_507;

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

/// A STUN and TURN server. See the [crate] for the contract with its driver.
pub struct Server {
    options: Options,
    started: Instant,
    started_unix: Duration,
    nonces: Nonces,
    refusals: Refusals,
    random: ChaCha8Rng,
    hasher: FixedState,
    ports_v4: Ports,
    ports_v6: Ports,
    allocations: Allocations,
    outputs: Outputs,
}

impl Server {
    /// A server without allocations. `unix_now` is the time since the Unix epoch at `now`; from then on it
    /// goes by `now` alone, so that a changed clock does not end anybody's call.
    #[must_use]
    pub fn new(options: Options, keys: &Keys, now: Instant, unix_now: Duration) -> Self {
        let mut random = ChaCha8Rng::from_seed(keys.seed);
        let hasher = FixedState::with_seed(random.next_u64());
        Self {
            started: now,
            started_unix: unix_now,
            nonces: Nonces::new(&keys.nonce, options.nonce_lifetime),
            refusals: Refusals::new(
                options.refusals_per_second,
                options.refusal_sources,
                random.next_u64(),
                now,
            ),
            ports_v4: Ports::new(options.relay_ports.clone()),
            ports_v6: Ports::new(options.relay_ports.clone()),
            allocations: Allocations::new(&hasher),
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

    /// Handles a datagram that arrived on a relay's socket.
    pub fn handle_relay(&mut self, relay: RelayId, from: PeerAddr, payload: &[u8], now: Instant) {
        self.handle_timeout(now);
        if !self.outputs.is_full() {
            self.deliver(relay, from, payload, now);
        }
    }

    /// Takes the driver's answer to [`Output::Bind`].
    pub fn handle_bound(&mut self, relay: RelayId, result: Result<(), BindFailed>, now: Instant) {
        self.handle_timeout(now);
        match result {
            Ok(()) => self.bound(relay),
            Err(BindFailed) => self.bind_again(relay),
        }
    }

    /// Ends the allocation of a client whose TCP connection is closed (RFC 8656 section 7).
    pub fn handle_client_gone(&mut self, client: &FiveTuple) {
        if let Some(relay) = self.allocations.of_client(client) {
            self.close(relay);
        }
    }

    /// Ends what has expired at `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(relay) = self.allocations.expired(now) {
            self.close(relay);
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is wanted next, if nothing happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.allocations.next_deadline()
    }

    /// The next side effect, or `None` when all have been taken.
    pub fn poll_output(&mut self) -> Option<Output<'_>> {
        self.outputs.poll()
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
            (MessageClass::Request, ALLOCATE | REFRESH | CREATE_PERMISSION | CHANNEL_BIND) => {
                self.turn(&request)
            }
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
                if self.refusals.allow(request.client.client.network(), request.now) {
                    self.refuse(&reply, &refusal, None);
                }
                return;
            }
        };
        let key = owner.key.clone();
        let result = request.check_known().and_then(|()| match reply.method {
            ALLOCATE => self.allocate(request, owner),
            REFRESH => self.refresh(request, &owner),
            CREATE_PERMISSION => self.create_permission(request, &owner),
            _ => self.channel_bind(request, &owner),
        });
        if let Err(refusal) = result {
            self.refuse(&reply, &refusal, Some(&key));
        }
    }

    fn succeed(&mut self, reply: &ReplyTo, attributes: &[&dyn AttributeWrite], key: Option<&IntegrityKey>) {
        // A message that cannot be built is like one that got lost: the client asks again.
        if let Ok(message) = reply.success(attributes, key) {
            self.outputs
                .push_to_client(reply.client, Delivery::Reply, |bytes| bytes.extend_from_slice(&message));
        }
    }

    fn refuse(&mut self, reply: &ReplyTo, refusal: &Refusal, key: Option<&IntegrityKey>) {
        if let Ok(message) = reply.refusal(refusal, key) {
            self.outputs
                .push_to_client(reply.client, Delivery::Reply, |bytes| bytes.extend_from_slice(&message));
        }
    }

    /// Ends an allocation and gives back what it held.
    fn close(&mut self, relay: RelayId) {
        if let Some(allocation) = self.allocations.remove(relay) {
            self.ports(allocation.family()).give_back(allocation.relayed.0.port());
            self.outputs.push_unbind(relay);
        }
    }

    fn ports(&mut self, family: Family) -> &mut Ports {
        match family {
            Family::V4 => &mut self.ports_v4,
            Family::V6 => &mut self.ports_v6,
        }
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

/// Comprehension-required attributes that are understood, wherever they stand (RFC 8489 section 14).
const UNDERSTOOD: [AttributeType; 17] = {
    const fn types(values: [u16; 17]) -> [AttributeType; 17] {
        let mut types = [AttributeType::new(0); 17];
        let mut i = 0;
        while i < values.len() {
            types[i] = AttributeType::new(values[i]);
            i += 1;
        }
        types
    }
    types([
        0x0001, // MAPPED-ADDRESS
        0x0006, // USERNAME
        0x0008, // MESSAGE-INTEGRITY
        0x0009, // ERROR-CODE
        0x000a, // UNKNOWN-ATTRIBUTES
        0x000c, // CHANNEL-NUMBER
        0x000d, // LIFETIME
        0x0012, // XOR-PEER-ADDRESS
        0x0013, // DATA
        0x0014, // REALM
        0x0015, // NONCE
        0x0016, // XOR-RELAYED-ADDRESS
        0x0017, // REQUESTED-ADDRESS-FAMILY
        0x0018, // EVEN-PORT
        0x0019, // REQUESTED-TRANSPORT
        0x001c, // MESSAGE-INTEGRITY-SHA256, which stands behind MESSAGE-INTEGRITY and is then ignored
        0x0020, // XOR-MAPPED-ADDRESS
    ])
};
