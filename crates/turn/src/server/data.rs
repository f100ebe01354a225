//! Data between clients and peers (RFC 8656 sections 11 and 12): the path that has to be fast.

use std::time::Instant;

use rand::RngCore;
use stun_types::attribute::AttributeStaticType;
use stun_types::message::TransactionId;
use turn_types::attribute::{Data, DontFragment};

use super::request::{Request, peer_addr};
use super::{IcmpError, MAX_PAYLOAD, Server};
use crate::addr::{Family, FiveTuple, PeerAddr, RelayedAddr, Transport};
use crate::allocation::{ChannelNumber, Reach};
use crate::output::{AllocationId, Delivery, RelayId};
use crate::reply::{channel_data, data_indication, icmp_indication};

impl Server {
    /// ChannelData from a client. Padding behind it is ignored, a cut-off one dropped (RFC 8656 section
    /// 12.6).
    pub(super) fn channel_data(&mut self, client: FiveTuple, message: &[u8], now: Instant) {
        let [a, b, c, d, rest @ ..] = message else { return };
        let length = usize::from(u16::from_be_bytes([*c, *d]));
        let (Some(number), Some(payload)) =
            (ChannelNumber::new(u16::from_be_bytes([*a, *b])), rest.get(..length))
        else {
            return;
        };
        let Some(id) = self.allocations.of_client(&client) else { return };
        let peer = self.allocations.get(id).and_then(|allocation| allocation.peer_of(number, now));
        if let Some(peer) = peer {
            self.forward(id, peer, payload, false, now);
        }
    }

    /// A Send indication from a client. Indications are not authenticated and have no answer (RFC 8656
    /// section 11.2).
    pub(super) fn send_indication(&mut self, request: &Request<'_>) {
        let Some(id) = self.allocations.of_client(&request.client) else { return };
        if request.check_known().is_err() {
            return;
        }
        let (Ok(peer), Some(data)) = (request.peer(), request.message.raw_attribute(Data::TYPE)) else {
            return;
        };
        let dont_fragment = request.message.has_attribute(DontFragment::TYPE);
        self.forward(id, peer, &data.value, dont_fragment, request.now);
    }

    /// From a client, through its relay, to a peer that it has a permission for.
    fn forward(
        &mut self,
        id: AllocationId,
        peer: PeerAddr,
        payload: &[u8],
        dont_fragment: bool,
        now: Instant,
    ) {
        let Some(allocation) = self.allocations.get_mut(id).filter(|allocation| allocation.is_live()) else {
            return;
        };
        let Some((relay, additional)) = allocation.relay_of(Family::of(peer.0.ip())) else { return };
        if relay.transport == Transport::Tcp {
            return;
        }
        let from = PeerAddr(relay.relayed.0);
        let Some(reach) = allocation.permission(peer.0.ip(), now) else {
            self.counts.dropped += 1;
            return;
        };
        if peer.0.port() == 0 || payload.len() > MAX_PAYLOAD || !allocation.sent.pass(payload.len(), now) {
            self.counts.dropped += 1;
            return;
        }
        // Not through the network: whatever else listens at our own addresses is none of the client's business.
        let to = RelayedAddr(peer.0);
        let relay = RelayId { allocation: id, additional };
        if let Some(own) = self.allocations.open_at(to) {
            self.counts.to_peers.count(payload);
            self.deliver(own, from, payload, now);
        } else if let Some(shard) = self.directory.find(to) {
            self.counts.to_peers.count(payload);
            self.outputs.push_to_relay(shard, to, from, payload);
        } else if self.media.contains(&peer.0) {
            self.counts.to_peers.count(payload);
            self.outputs.push_to_media(from, to, payload);
        } else if reach == Reach::Opened || (reach == Reach::Public && !self.is_own(peer.0.ip())) {
            self.counts.to_peers.count(payload);
            self.outputs.push_to_peer(relay, peer, payload, dont_fragment);
        } else {
            self.counts.dropped += 1;
        }
    }

    /// From a peer, through a relay that permits it, to the relay's client.
    pub(super) fn deliver(&mut self, relay: RelayId, from: PeerAddr, payload: &[u8], now: Instant) {
        let Some(allocation) =
            self.allocations.get_mut(relay.allocation).filter(|allocation| allocation.is_live())
        else {
            return;
        };
        let from = peer_addr(from.0);
        let permitted = allocation.permission(from.0.ip(), now).is_some() && payload.len() <= MAX_PAYLOAD;
        if !permitted || !allocation.received.pass(payload.len(), now) {
            self.counts.dropped += 1;
            return;
        }
        self.counts.to_clients.count(payload);
        let (client, channel) = (allocation.client, allocation.channel_of(from, now));
        match channel {
            Some(channel) => self.outputs.push_to_client(client, Delivery::Datagram, |bytes| {
                channel_data(bytes, client.transport, channel, payload);
            }),
            None => {
                let transaction = self.transaction();
                self.outputs.push_to_client(client, Delivery::Datagram, |bytes| {
                    data_indication(bytes, transaction, from, payload);
                });
            }
        }
    }

    /// Tells the client of an ICMP error, if it is of a kind that it is to know of and the peer is one of its own.
    pub(super) fn report(&mut self, relay: RelayId, peer: PeerAddr, error: IcmpError, now: Instant) {
        let Some(allocation) =
            self.allocations.get(relay.allocation).filter(|allocation| allocation.is_live())
        else {
            return;
        };
        let peer = peer_addr(peer.0);
        let told = match Family::of(peer.0.ip()) {
            Family::V4 => matches!(error.kind, 3 | 11),
            Family::V6 => matches!(error.kind, 1..=3),
        };
        if !told || allocation.permission(peer.0.ip(), now).is_none() {
            return;
        }
        let client = allocation.client;
        let transaction = self.transaction();
        self.outputs.push_to_client(client, Delivery::Datagram, |bytes| {
            icmp_indication(bytes, transaction, peer, error);
        });
    }

    pub(super) fn transaction(&mut self) -> TransactionId {
        let (high, low) = (self.random.next_u32(), self.random.next_u64());
        ((u128::from(high) << 64) | u128::from(low)).into()
    }
}
