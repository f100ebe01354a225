//! TCP relays (RFC 6062): connections to peers and from them, and what is bound to them.

use std::time::{Duration, Instant};

use rand::RngCore;
use stun_types::attribute::ErrorCode;
use turn_types::attribute::ConnectionId as ConnectionIdAttribute;

use super::Server;
use super::request::{Request, peer_addr};
use crate::addr::{ClientNetwork, Family, PeerAddr, Transport};
use crate::allocation::Owner;
use crate::connections::{ConnectionId, Stage};
use crate::integrity::Signer;
use crate::output::{AllocationId, Delivery, RelayId};
use crate::policy::{self, Verdict};
use crate::reply::{Refusal, ReplyTo, connection_attempt};

/// How long a connection may take to come about, and then to be bound (RFC 6062 sections 5.2 and 5.3: at least 30 seconds).
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection to a peer could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection to the peer could not be made")]
pub struct ConnectFailed;

/// Which way bytes flow through a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toward {
    /// From the client.
    Peer,
    /// From the peer.
    Client,
}

impl Server {
    /// Handles a connection that a peer has made to the TCP relay `relay`: its id, or `None` if it has to be closed at once,
    /// because nobody has permitted that peer.
    pub fn handle_accepted(&mut self, relay: RelayId, from: PeerAddr, now: Instant) -> Option<ConnectionId> {
        self.handle_timeout(now);
        let peer = peer_addr(from.0);
        let allocation = self.allocations.get(relay.allocation).filter(|allocation| allocation.is_live())?;
        allocation.permission(peer.0.ip(), now)?;
        let client = allocation.client;
        if self.check_room(relay.allocation, peer).is_err() || self.outputs.is_full() {
            return None;
        }
        let id = self.begin(relay.allocation, peer, Stage::Unbound, now)?;
        let transaction = self.transaction();
        self.outputs.push_to_client(client, Delivery::Reply, |bytes| {
            connection_attempt(bytes, transaction, peer, id);
        });
        Some(id)
    }

    /// Takes the driver's answer to [`Output::Connect`](crate::Output::Connect).
    pub fn handle_connected(&mut self, id: ConnectionId, result: Result<(), ConnectFailed>, now: Instant) {
        self.handle_timeout(now);
        if result.is_err() {
            return self.fail(id);
        }
        if let Some((reply, signer)) = self.asked_for(id) {
            self.connections.advance(id, Stage::Unbound, Some(now + PATIENCE));
            self.succeed(&reply, &[&ConnectionIdAttribute::new(id.0)], Some(&signer));
        }
    }

    /// The connection is closed, by the peer or by the client that it was bound to.
    pub fn handle_disconnected(&mut self, id: ConnectionId) {
        self.connections.remove(id);
    }

    /// How many bytes may flow through a connection now.
    pub fn allowance(&mut self, id: ConnectionId, toward: Toward, now: Instant) -> usize {
        let Some(allocation) = self.connections.get(id).map(|connection| connection.allocation) else {
            return 0;
        };
        self.allocations.get_mut(allocation).map_or(0, |allocation| allocation.meter(toward).left(now))
    }

    /// So many bytes have flown, of those that were allowed.
    pub fn handle_flow(&mut self, id: ConnectionId, toward: Toward, bytes: usize, now: Instant) {
        let Some(allocation) = self.connections.get(id).map(|connection| connection.allocation) else {
            return;
        };
        if let Some(allocation) = self.allocations.get_mut(allocation) {
            allocation.meter(toward).pass(bytes, now);
        }
        match toward {
            Toward::Peer => self.counts.to_peers.count_stream(bytes),
            Toward::Client => self.counts.to_clients.count_stream(bytes),
        }
    }

    /// Connect (RFC 6062 section 5.2). A connection goes to any port of a host, and carries anything: so it is made only into
    /// ranges that the operator has opened.
    pub(super) fn connect(&mut self, request: &Request<'_>, owner: &Owner) -> Result<(), Refusal> {
        let (allocation, held) = self.owned(request, owner)?;
        let (relay, additional) = held.tcp_relay().ok_or(Refusal::ALLOCATION_MISMATCH)?;
        let family = relay.family();
        let peer = request.peer()?;
        if peer.0.port() == 0 {
            return Err(Refusal::BAD_REQUEST);
        }
        if family != Family::of(peer.0.ip()) {
            return Err(Refusal::FAMILY_MISMATCH);
        }
        if policy::verdict(peer.0.ip(), &self.options.allow_peers) != Verdict::Opened {
            return Err(Refusal::FORBIDDEN);
        }
        self.check_room(allocation, peer)?;
        let stage = Stage::Connecting(request.reply());
        let id = self.begin(allocation, peer, stage, request.now).ok_or(Refusal::NO_CAPACITY)?;
        self.outputs.push_connect(id, RelayId { allocation, additional }, peer);
        Ok(())
    }

    /// ConnectionBind (RFC 6062 section 5.4): from now on the client's connection carries what the peer's does.
    pub(super) fn connection_bind(&mut self, request: &Request<'_>, owner: &Owner) -> Result<(), Refusal> {
        let id = ConnectionId(request.required::<ConnectionIdAttribute>()?.id());
        let is_free = request.client.transport == Transport::Tcp
            && self.allocations.of_client(&request.client).is_none();
        let connection =
            self.connections.get(id).filter(|connection| matches!(connection.stage, Stage::Unbound));
        let connection = connection.filter(|_| is_free).ok_or(Refusal::BAD_REQUEST)?;
        let allocation = self.allocations.get(connection.allocation).ok_or(Refusal::BAD_REQUEST)?;
        // Another address may belong to another shard, which knows nothing of this connection: so it is refused by all alike.
        if allocation.client.client.0.ip() != request.client.client.0.ip() {
            return Err(Refusal::BAD_REQUEST);
        }
        if allocation.owner.username != owner.username {
            return Err(Refusal::WRONG_CREDENTIALS);
        }
        self.connections.advance(id, Stage::Bound, None);
        self.succeed(&request.reply(), &[], Some(&owner.signer));
        self.outputs.push_join(id, request.client);
        Ok(())
    }

    /// Ends what has waited for too long.
    pub(super) fn expire_connections(&mut self, now: Instant) {
        while let Some(id) = self.connections.expired(now) {
            self.outputs.push_disconnect(id);
            self.fail(id);
        }
    }

    /// Ends a connection, and answers the request for it if that is still to be done.
    fn fail(&mut self, id: ConnectionId) {
        if let Some((reply, signer)) = self.asked_for(id) {
            let refusal = Refusal::Code(ErrorCode::CONNECTION_TIMEOUT_OR_FAILURE);
            self.refuse(&reply, &refusal, Some(&signer));
        }
        self.connections.remove(id);
    }

    /// Whom to tell what becomes of a connection that is being made.
    fn asked_for(&self, id: ConnectionId) -> Option<(ReplyTo, Signer)> {
        let connection = self.connections.get(id)?;
        let Stage::Connecting(reply) = connection.stage else { return None };
        Some((reply, self.allocations.get(connection.allocation)?.owner.signer.clone()))
    }

    /// Ends all connections of an allocation.
    pub(super) fn disconnect_all(&mut self, allocation: AllocationId) {
        let connections: Vec<ConnectionId> = self.connections.of(allocation).collect();
        for id in connections {
            self.connections.remove(id);
            self.outputs.push_disconnect(id);
        }
    }

    /// 446 if there is one with that peer, 508 if there are as many as there may be.
    fn check_room(&self, allocation: AllocationId, peer: PeerAddr) -> Result<(), Refusal> {
        if self.connections.exists(allocation, peer) {
            return Err(Refusal::Code(ErrorCode::CONNECTION_ALREADY_EXISTS));
        }
        let has_room = self.connections.of(allocation).count() < self.options.connections_per_allocation;
        let network = self.network_of(allocation).ok_or(Refusal::ALLOCATION_MISMATCH)?;
        let has_room = has_room && self.connections.held_from(network) < self.options.connections_per_address;
        if has_room { Ok(()) } else { Err(Refusal::NO_CAPACITY) }
    }

    /// Under an id that nobody can guess; `None` if that is taken.
    fn begin(
        &mut self,
        allocation: AllocationId,
        peer: PeerAddr,
        stage: Stage,
        now: Instant,
    ) -> Option<ConnectionId> {
        let id = ConnectionId(self.random.next_u32());
        let whose = (allocation, self.network_of(allocation)?);
        self.connections.insert(id, whose, peer, stage, now + PATIENCE).then_some(id)
    }

    fn network_of(&self, allocation: AllocationId) -> Option<ClientNetwork> {
        Some(self.allocations.get(allocation)?.client.client.network())
    }
}
