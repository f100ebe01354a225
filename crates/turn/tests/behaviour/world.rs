//! A server on virtual time, and everything it does.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use stun_types::attribute::*;
use stun_types::message::*;
use turn_types::AddressFamily;
use turn_types::attribute::*;
use turn_types::message::*;
use visavis_turn::credentials::Secret;
use visavis_turn::{
    BindFailed, ConnectionId, Delivery, Family, FiveTuple, Keys, Options, Output, PeerAddr, RelayId,
    RelayedAddr, Server, ShardId, ShardMessage, Transport,
};

use crate::client::Client;

pub(crate) const SECRET: &str = "a secret of the operator";
pub(crate) const REALM: &str = "example.org";
pub(crate) const UNIX_START: Duration = Duration::from_secs(1_700_000_000);
/// A peer on the public internet.
pub(crate) const PEER: &str = "1.2.3.4:5000";
pub(crate) const PEER6: &str = "[2a00::4]:5000";

/// An [`Output`] that owns its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    ToClient { client: FiveTuple, delivery: Delivery, data: Vec<u8> },
    ToPeer { relay: RelayId, peer: SocketAddr, data: Vec<u8>, dont_fragment: bool },
    Bind { relay: RelayId, ip: IpAddr, port: u16, family: Family, transport: Transport },
    Unbind { relay: RelayId },
    Connect { connection: ConnectionId, relay: RelayId, peer: SocketAddr },
    Join { connection: ConnectionId, client: FiveTuple },
    Disconnect { connection: ConnectionId },
    ToMedia { from: SocketAddr, to: RelayedAddr, data: Vec<u8> },
    ToRelay { shard: ShardId, to: RelayedAddr, from: SocketAddr, data: Vec<u8> },
    ToShard { shard: ShardId, message: ShardMessage },
}

pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) now: Instant,
}

/// An allocation as its client knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Relay {
    pub(crate) id: RelayId,
    pub(crate) address: SocketAddr,
    pub(crate) lifetime: u32,
}

/// The defaults, except that clients of one address are not limited to ten challenges in a second.
pub(crate) fn options() -> Options {
    Options { refusals_per_second: u32::MAX, ..Options::new(REALM, Secret::new(SECRET)) }
}

impl World {
    pub(crate) fn new(options: Options) -> Self {
        Self::shard(options, 0, 1)
    }

    /// One of several.
    pub(crate) fn shard(options: Options, shard: usize, shards: usize) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "a first instant, from which the tests count on their own"
        )]
        let now = Instant::now();
        let keys = Keys { nonce: [1; 32], seed: [2; 32] };
        let shard = (ShardId(shard), shards);
        Self { server: Server::sharded(options, &keys, shard, now, UNIX_START), now }
    }

    pub(crate) fn effects(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        while let Some(output) = self.server.poll_output() {
            match output {
                Output::ToClient { client, delivery, data } => {
                    effects.extend(data.iter().map(|data| Effect::ToClient {
                        client,
                        delivery,
                        data: data.to_vec(),
                    }))
                }
                Output::ToPeer { relay, peer: PeerAddr(peer), data, dont_fragment } => {
                    effects.extend(data.iter().map(|data| Effect::ToPeer {
                        relay,
                        peer,
                        data: data.to_vec(),
                        dont_fragment,
                    }))
                }
                Output::Bind { relay, ip, port, family, transport } => {
                    effects.push(Effect::Bind { relay, ip, port, family, transport });
                }
                Output::Connect { connection, relay, peer: PeerAddr(peer) } => {
                    effects.push(Effect::Connect { connection, relay, peer });
                }
                Output::Join { connection, client } => effects.push(Effect::Join { connection, client }),
                Output::Disconnect { connection } => effects.push(Effect::Disconnect { connection }),
                Output::Unbind { relay } => effects.push(Effect::Unbind { relay }),
                Output::ToMedia { from: PeerAddr(from), to, data } => {
                    effects.extend(data.iter().map(|data| Effect::ToMedia { from, to, data: data.to_vec() }));
                }
                Output::ToRelay { shard, to, from: PeerAddr(from), data } => effects
                    .extend(data.iter().map(|data| Effect::ToRelay { shard, to, from, data: data.to_vec() })),
                Output::ToShard { shard, message } => effects.push(Effect::ToShard { shard, message }),
            }
        }
        effects
    }

    /// Lets time pass, and everything due in it happen when it is due.
    pub(crate) fn pass(&mut self, duration: Duration) -> Vec<Effect> {
        let end = self.now + duration;
        let mut effects = Vec::new();
        while let Some(at) = self.server.poll_timeout().filter(|at| *at <= end) {
            self.now = at;
            self.server.handle_timeout(at);
            effects.extend(self.effects());
        }
        self.now = end;
        effects
    }

    pub(crate) fn receive(&mut self, client: FiveTuple, message: &[u8]) -> Vec<Effect> {
        self.server.handle_client(client, message, self.now);
        self.effects()
    }

    pub(crate) fn peer_sends(&mut self, relay: &Relay, peer: &str, payload: &[u8]) -> Vec<Effect> {
        self.server.handle_relay(relay.id, PeerAddr(peer.parse().unwrap()), payload, self.now);
        self.effects()
    }

    pub(crate) fn bound(&mut self, relay: RelayId, result: Result<(), BindFailed>) -> Vec<Effect> {
        self.server.handle_bound(relay, result, self.now);
        self.effects()
    }

    /// Sends a request and returns the one answer.
    pub(crate) fn ask(
        &mut self,
        client: &mut Client,
        method: Method,
        attributes: &[&dyn AttributeWrite],
    ) -> Answer {
        let request = client.request(method, attributes);
        let effects = self.receive(client.five_tuple, &request);
        Answer::only(client, effects)
    }

    /// Sends a request and returns everything that happens.
    pub(crate) fn ask_effects(
        &mut self,
        client: &mut Client,
        method: Method,
        attributes: &[&dyn AttributeWrite],
    ) -> Vec<Effect> {
        let request = client.request(method, attributes);
        self.receive(client.five_tuple, &request)
    }

    /// Gets `client` its realm and nonce.
    pub(crate) fn challenge(&mut self, client: &mut Client) {
        client.nonce = None;
        let answer = self.ask(client, ALLOCATE, &[&RequestedTransport::new(17)]);
        assert_eq!(answer.code(), Some(401));
        client.nonce = Some(answer.message().attribute::<Nonce>().unwrap().nonce().to_owned());
    }

    /// A challenge, an Allocate of the family that the client reached, and its socket.
    pub(crate) fn allocate(&mut self, client: &mut Client) -> Relay {
        self.challenge(client);
        self.allocate_challenged(client, &[])
    }

    pub(crate) fn allocate_challenged(&mut self, client: &mut Client, more: &[&dyn AttributeWrite]) -> Relay {
        let transport = RequestedTransport::new(17);
        let family = RequestedAddressFamily::new(AddressFamily::IPV6);
        let mut attributes: Vec<&dyn AttributeWrite> = vec![&transport];
        if client.address().is_ipv6() {
            attributes.push(&family);
        }
        attributes.extend(more);
        let request = client.request(ALLOCATE, &attributes);
        let effects = self.receive(client.five_tuple, &request);
        let [Effect::Bind { relay, port, .. }] = effects[..] else { panic!("{effects:?}") };
        let effects = self.bound(relay, Ok(()));
        let answer = Answer::only(client, effects);
        let message = answer.message();
        let address = message.attribute::<XorRelayedAddress>().unwrap().addr(message.transaction_id());
        assert_eq!(address.port(), port);
        Relay { id: relay, address, lifetime: message.attribute::<Lifetime>().unwrap().seconds() }
    }

    /// The error code of an Allocate, or `None` if a socket is asked for.
    pub(crate) fn allocate_code(
        &mut self,
        client: &mut Client,
        attributes: &[&dyn AttributeWrite],
    ) -> Option<u16> {
        let request = client.request(ALLOCATE, attributes);
        match &self.receive(client.five_tuple, &request)[..] {
            [Effect::Bind { .. }] => None,
            effects => Answer::only(client, effects.to_vec()).code(),
        }
    }

    pub(crate) fn permit(&mut self, client: &mut Client, peers: &[&str]) -> Option<u16> {
        let peers: Vec<XorPeerAddress> = peers.iter().map(|peer| xor_peer(client, peer)).collect();
        let attributes: Vec<&dyn AttributeWrite> =
            peers.iter().map(|peer| peer as &dyn AttributeWrite).collect();
        self.ask(client, CREATE_PERMISSION, &attributes).code()
    }

    pub(crate) fn bind_channel(&mut self, client: &mut Client, channel: u16, peer: &str) -> Option<u16> {
        let peer = xor_peer(client, peer);
        self.ask(client, CHANNEL_BIND, &[&ChannelNumber::new(channel), &peer]).code()
    }

    pub(crate) fn send(&mut self, client: &mut Client, peer: &str, payload: &[u8]) -> Vec<Effect> {
        let peer = xor_peer(client, peer);
        let indication = client.indication(SEND, &[&peer, &Data::new(payload)]);
        self.receive(client.five_tuple, &indication)
    }
}

/// XOR-PEER-ADDRESS for the client's next message.
pub(crate) fn xor_peer(client: &Client, peer: &str) -> XorPeerAddress {
    XorPeerAddress::new(peer.parse().unwrap(), client.next_transaction())
}

/// The answer to a request.
pub(crate) struct Answer(Vec<u8>);

impl Answer {
    /// The one effect there is; its signature is checked if it has one.
    pub(crate) fn only(client: &Client, effects: Vec<Effect>) -> Self {
        let [Effect::ToClient { client: to, delivery: Delivery::Reply, data }] = &effects[..] else {
            panic!("{effects:?}")
        };
        assert_eq!(*to, client.five_tuple);
        let message = Message::from_bytes(data).unwrap();
        if is_signed(&message) {
            message.validate_integrity_with_key(&client.key()).unwrap();
        }
        assert_eq!(message.has_attribute(Fingerprint::TYPE), client.fingerprint);
        Self(data.clone())
    }

    pub(crate) fn message(&self) -> Message<'_> {
        Message::from_bytes(&self.0).unwrap()
    }

    pub(crate) fn is_signed(&self) -> bool {
        is_signed(&self.message())
    }

    /// The error code; `None` for success.
    pub(crate) fn code(&self) -> Option<u16> {
        let message = self.message();
        match message.class() {
            MessageClass::Success => None,
            MessageClass::Error => Some(message.attribute::<ErrorCode>().unwrap().code()),
            class => panic!("{class:?}"),
        }
    }
}

fn is_signed(message: &Message<'_>) -> bool {
    message.has_attribute(MessageIntegrity::TYPE) || message.has_attribute(MessageIntegritySha256::TYPE)
}
