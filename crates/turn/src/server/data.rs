//! Data between clients and peers (RFC 8656 sections 11 and 12): the path that has to be fast.

use std::time::Instant;

use rand::RngCore;
use stun_types::attribute::AttributeStaticType;
use stun_types::message::TransactionId;
use turn_types::attribute::Data;

use super::request::{Request, peer_addr};
use super::{MAX_PAYLOAD, Server};
use crate::addr::{FiveTuple, PeerAddr, RelayedAddr};
use crate::allocation::{ChannelNumber, Reach};
use crate::output::{Delivery, RelayId};
use crate::reply::{channel_data, data_indication};

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
        let Some(relay) = self.allocations.of_client(&client) else { return };
        let peer = self.allocations.get(relay).and_then(|allocation| allocation.peer_of(number, now));
        if let Some(peer) = peer {
            self.forward(relay, peer, payload, now);
        }
    }

    /// A Send indication from a client. Indications are not authenticated and have no answer (RFC 8656
    /// section 11.2).
    pub(super) fn send_indication(&mut self, request: &Request<'_>) {
        let Some(relay) = self.allocations.of_client(&request.client) else { return };
        if request.check_known().is_err() {
            return;
        }
        let (Ok(peer), Some(data)) = (request.peer(), request.message.raw_attribute(Data::TYPE)) else {
            return;
        };
        self.forward(relay, peer, &data.value, request.now);
    }

    /// From a client, through its relay, to a peer that it has a permission for.
    fn forward(&mut self, relay: RelayId, peer: PeerAddr, payload: &[u8], now: Instant) {
        let Some(allocation) = self.allocations.get(relay).filter(|allocation| allocation.is_live()) else {
            return;
        };
        let Some(reach) = allocation.permission(peer.0.ip(), now) else { return };
        if peer.0.port() == 0 || payload.len() > MAX_PAYLOAD {
            return;
        }
        // Not through the network: whatever else listens at our own address is none of the client's business.
        if let Some(own) = self.allocations.live_at(RelayedAddr(peer.0)) {
            let from = PeerAddr(allocation.relayed.0);
            self.deliver(own, from, payload, now);
        } else if reach == Reach::Everything {
            self.outputs.push_to_peer(relay, peer, payload);
        }
    }

    /// From a peer, through a relay that permits it, to the relay's client.
    pub(super) fn deliver(&mut self, relay: RelayId, from: PeerAddr, payload: &[u8], now: Instant) {
        let Some(allocation) = self.allocations.get(relay).filter(|allocation| allocation.is_live()) else {
            return;
        };
        let from = peer_addr(from.0);
        if allocation.permission(from.0.ip(), now).is_none() || payload.len() > MAX_PAYLOAD {
            return;
        }
        let client = allocation.client;
        match allocation.channel_of(from, now) {
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

    fn transaction(&mut self) -> TransactionId {
        let (high, low) = (self.random.next_u32(), self.random.next_u64());
        ((u128::from(high) << 64) | u128::from(low)).into()
    }
}
