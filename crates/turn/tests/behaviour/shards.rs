//! Several servers that act as one.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use proptest::prelude::*;
use stun_types::attribute::AttributeWrite;
use turn_types::attribute::*;
use turn_types::message::*;
use visavis_turn::{BindFailed, Delivery, Options, PeerAddr, RelayId, ShardId, ShardMessage};

use crate::client::{Client, channel_data};
use crate::world::{Answer, Effect, Relay, World, options};

const SHARDS: usize = 3;
const FOR_EVER: Duration = Duration::from_secs(1_000_000);

/// Shards, and what is on its way between them.
struct Cluster {
    shards: Vec<World>,
    wires: BTreeMap<(usize, usize), VecDeque<ShardMessage>>,
}

impl Cluster {
    fn new(options: &Options) -> Self {
        let shards = (0..SHARDS).map(|shard| World::shard(options.clone(), shard, SHARDS)).collect();
        Self { shards, wires: BTreeMap::new() }
    }

    /// Puts messages on their way; what is left of the effects.
    fn post(&mut self, from: usize, effects: Vec<Effect>) -> Vec<Effect> {
        let mut rest = Vec::new();
        for effect in effects {
            match effect {
                Effect::ToShard { shard, message } => {
                    self.wires.entry((from, shard.0)).or_default().push_back(message);
                }
                other => rest.push(other),
            }
        }
        rest
    }

    /// Brings the next message of one wire to its end; whose effects they are, and these.
    fn carry(&mut self, from: usize, to: usize) -> Vec<Effect> {
        let Some(message) = self.wires.get_mut(&(from, to)).and_then(VecDeque::pop_front) else {
            return Vec::new();
        };
        let world = &mut self.shards[to];
        world.server.handle_shard(ShardId(from), message, world.now);
        let effects = world.effects();
        self.post(to, effects)
    }

    /// Brings all messages to their ends, with the effects of each shard.
    fn carry_all(&mut self) -> Vec<(usize, Effect)> {
        let mut effects = Vec::new();
        while let Some((from, to)) =
            self.wires.iter().find(|(_, wire)| !wire.is_empty()).map(|(ends, _)| *ends)
        {
            effects.extend(self.carry(from, to).into_iter().map(|effect| (to, effect)));
        }
        effects
    }

    /// An Allocate at a shard, up to the socket that is asked for or the answer.
    fn ask_allocate(&mut self, shard: usize, client: &mut Client, more: &[&dyn AttributeWrite]) -> Effect {
        self.shards[shard].challenge(client);
        let udp = RequestedTransport::new(17);
        let attributes: Vec<&dyn AttributeWrite> =
            [&udp as &dyn AttributeWrite].into_iter().chain(more.iter().copied()).collect();
        let effects = self.shards[shard].ask_effects(client, ALLOCATE, &attributes);
        let mut effects = self.post(shard, effects);
        effects.extend(self.carry_all().into_iter().map(|(at, effect)| {
            assert_eq!(at, shard);
            effect
        }));
        assert_eq!(effects.len(), 1, "{effects:?}");
        effects.remove(0)
    }

    fn allocate(
        &mut self,
        shard: usize,
        client: &mut Client,
        more: &[&dyn AttributeWrite],
    ) -> (Relay, Answer) {
        let effect = self.ask_allocate(shard, client, more);
        let Effect::Bind { relay, .. } = effect else { panic!("{effect:?}") };
        let effects = self.shards[shard].bound(relay, Ok(()));
        let effects = self.post(shard, effects);
        self.carry_all();
        let answer = Answer::only(client, effects);
        let message = answer.message();
        let address = message.attribute::<XorRelayedAddress>().unwrap().addr(message.transaction_id());
        let lifetime = message.attribute::<Lifetime>().unwrap().seconds();
        (Relay { id: relay, address, lifetime }, answer)
    }
}

fn code(client: &Client, effect: Effect) -> Option<u16> {
    Answer::only(client, vec![effect]).code()
}

#[test]
fn data_for_a_relay_of_another_shard_is_handed_to_it_and_delivered_there() {
    let mut cluster = Cluster::new(&options());
    let (mut ada, mut bea) = (Client::udp(1), Client::udp(2).named("bea"));
    let (a, _) = cluster.allocate(1, &mut ada, &[]);
    let (b, _) = cluster.allocate(2, &mut bea, &[]);
    assert_eq!(cluster.shards[1].bind_channel(&mut ada, 0x4000, &b.address.to_string()), None);
    assert_eq!(cluster.shards[2].bind_channel(&mut bea, 0x4001, &a.address.to_string()), None);
    let there = cluster.shards[1].receive(ada.five_tuple, &channel_data(0x4000, b"hi"));
    let [Effect::ToRelay { shard: ShardId(2), to, from, data }] = &there[..] else { panic!("{there:?}") };
    assert_eq!((to.0, *from, &data[..]), (b.address, a.address, &b"hi"[..]));
    let world = &mut cluster.shards[2];
    world.server.handle_relayed(*to, PeerAddr(*from), data, world.now);
    let data = b"\x40\x01\x00\x02hi".to_vec();
    let delivered = [Effect::ToClient { client: bea.five_tuple, delivery: Delivery::Datagram, data }];
    assert_eq!(world.effects(), delivered);
}

#[test]
fn relay_that_has_ended_is_forgotten_by_the_other_shards_and_takes_nothing_more() {
    let mut cluster = Cluster::new(&options());
    let (mut ada, mut bea) = (Client::udp(1), Client::udp(2).named("bea"));
    cluster.allocate(1, &mut ada, &[]);
    let (b, _) = cluster.allocate(2, &mut bea, &[]);
    assert_eq!(cluster.shards[1].permit(&mut ada, &[&b.address.to_string()]), None);
    cluster.shards[2].server.handle_client_gone(&bea.five_tuple);
    let effects = cluster.shards[2].effects();
    cluster.post(2, effects);
    let late = cluster.shards[1].send(&mut ada, &b.address.to_string(), b"hi");
    let [Effect::ToRelay { to, from, data, .. }] = &late[..] else { panic!("{late:?}") };
    let world = &mut cluster.shards[2];
    world.server.handle_relayed(*to, PeerAddr(*from), data, world.now);
    assert_eq!(world.effects(), []);
    cluster.carry_all();
    assert_eq!(cluster.shards[1].send(&mut ada, &b.address.to_string(), b"hi"), []);
}

#[test]
fn address_of_relays_of_other_shards_is_own_for_all() {
    let mut cluster = Cluster::new(&options());
    let (mut ada, mut bea) =
        (Client::new(visavis_turn::Transport::Udp, "198.51.100.7:1", "192.0.2.2:3478"), Client::udp(2));
    cluster.allocate(1, &mut ada, &[]);
    let (b, _) = cluster.allocate(2, &mut bea, &[]);
    let beside = format!("{}:22", b.address.ip());
    assert_eq!(cluster.shards[1].permit(&mut ada, &[&beside]), None);
    assert_eq!(cluster.shards[1].send(&mut ada, &beside, b"hi"), []);
}

#[test]
fn quotas_hold_for_all_shards_together_and_places_become_free_again() {
    let mut cluster = Cluster::new(&Options { allocations_per_username: 4, ..options() });
    let mut clients: Vec<Client> = (1..=4).map(Client::udp).collect();
    for (client, shard) in clients.iter_mut().zip([0, 1, 2, 1]) {
        cluster.allocate(shard, client, &[]);
    }
    for shard in 0..SHARDS {
        let mut client = Client::udp(10);
        let effect = cluster.ask_allocate(shard, &mut client, &[]);
        assert_eq!(code(&client, effect), Some(486));
    }
    cluster.shards[2].server.handle_client_gone(&clients[2].five_tuple);
    let effects = cluster.shards[2].effects();
    cluster.post(2, effects);
    cluster.carry_all();
    cluster.allocate(1, &mut Client::udp(11), &[]);
}

#[test]
fn allocations_that_wait_for_the_registrar_are_limited() {
    let mut cluster = Cluster::new(&Options { max_claims: 2, ..options() });
    let mut clients: Vec<Client> = (1..=4).map(Client::udp).collect();
    for client in &mut clients {
        cluster.shards[1].challenge(client);
    }
    let udp = RequestedTransport::new(17);
    for client in &mut clients[..2] {
        let effects = cluster.shards[1].ask_effects(client, ALLOCATE, &[&udp]);
        assert_eq!(cluster.post(1, effects), []);
    }
    let effects = cluster.shards[1].ask_effects(&mut clients[2], ALLOCATE, &[&udp]);
    assert_eq!(Answer::only(&clients[2], effects).code(), Some(508));
    assert_eq!(cluster.carry_all().len(), 2, "two sockets are asked for");
    cluster.shards[1].server.handle_backlog(true);
    let effect = cluster.ask_allocate(1, &mut clients[3], &[]);
    assert_eq!(code(&clients[3], effect), Some(508), "the others do not keep up");
    cluster.shards[1].server.handle_backlog(false);
    cluster.allocate(1, &mut clients[3], &[]);
}

#[test]
fn port_that_is_kept_is_found_by_whichever_shard_gets_the_client() {
    let mut cluster = Cluster::new(&options());
    let (first, answer) = cluster.allocate(1, &mut Client::udp(1), &[&EvenPort::new(true)]);
    let token = answer.message().attribute::<ReservationToken>().unwrap().token();
    let (second, _) = cluster.allocate(2, &mut Client::udp(2), &[&ReservationToken::new(token)]);
    assert_eq!(second.address.port(), first.address.port() + 1);
    let mut third = Client::udp(3);
    let effect = cluster.ask_allocate(0, &mut third, &[&ReservationToken::new(token)]);
    assert_eq!(code(&third, effect), Some(508));
}

/// Something that happens. Numbers name a client, and with it its shard.
#[derive(Clone, Debug)]
enum Event {
    Allocate { client: usize, pair: bool },
    Redeem { client: usize },
    Bound { opens: bool },
    Gone { client: usize },
    Carry { from: usize, to: usize },
    Pass { seconds: u64 },
}

fn event() -> impl Strategy<Value = Event> {
    let client = 0..CLIENTS;
    prop_oneof![
        4 => (client.clone(), any::<bool>()).prop_map(|(client, pair)| Event::Allocate { client, pair }),
        1 => client.clone().prop_map(|client| Event::Redeem { client }),
        4 => prop::bool::weighted(0.7).prop_map(|opens| Event::Bound { opens }),
        3 => client.prop_map(|client| Event::Gone { client }),
        8 => (0..SHARDS, 0..SHARDS).prop_map(|(from, to)| Event::Carry { from, to }),
        1 => (1..700_u64).prop_map(|seconds| Event::Pass { seconds }),
    ]
}

const CLIENTS: usize = 6;
const PORTS: std::ops::RangeInclusive<u16> = 50_000..=50_005;

/// Clients of a cluster, two for each shard.
struct Crowd {
    cluster: Cluster,
    clients: Vec<Client>,
    /// Sockets that are asked for.
    wanted: VecDeque<(usize, RelayId, u16)>,
    /// Ports with an open socket, and whose.
    open: BTreeMap<u16, (usize, RelayId)>,
    /// The last port that was kept.
    token: Option<u64>,
}

impl Crowd {
    fn new() -> Self {
        let options = Options {
            relay_ports: PORTS,
            bind_attempts: 3,
            nonce_lifetime: FOR_EVER,
            allocations_per_username: PORTS.len(),
            ..options()
        };
        let mut cluster = Cluster::new(&options);
        let mut clients: Vec<Client> =
            (1..).take(CLIENTS).map(|port| Client::tcp(port).good_until(FOR_EVER)).collect();
        for (index, client) in clients.iter_mut().enumerate() {
            cluster.shards[index % SHARDS].challenge(client);
        }
        Self { cluster, clients, wanted: VecDeque::new(), open: BTreeMap::new(), token: None }
    }

    fn happen(&mut self, event: &Event) {
        match *event {
            Event::Allocate { client, pair } => {
                let (udp, even) = (RequestedTransport::new(17), EvenPort::new(true));
                if pair { self.ask(client, &[&udp, &even]) } else { self.ask(client, &[&udp]) }
            }
            Event::Redeem { client } => {
                let token = ReservationToken::new(self.token.unwrap_or_default());
                self.ask(client, &[&RequestedTransport::new(17), &token]);
            }
            Event::Bound { opens } => {
                let Some((shard, relay, port)) = self.wanted.pop_front() else { return };
                if opens {
                    assert!(
                        self.open.insert(port, (shard, relay)).is_none(),
                        "port {port} is given out twice"
                    );
                }
                let effects =
                    self.cluster.shards[shard].bound(relay, if opens { Ok(()) } else { Err(BindFailed) });
                self.take(shard, effects);
            }
            Event::Gone { client } => {
                let shard = client % SHARDS;
                let world = &mut self.cluster.shards[shard];
                world.server.handle_client_gone(&self.clients[client].five_tuple);
                let effects = world.effects();
                self.take(shard, effects);
            }
            Event::Carry { from, to } => {
                let effects = self.cluster.carry(from, to);
                self.take(to, effects);
            }
            Event::Pass { seconds } => self.pass(Duration::from_secs(seconds)),
        }
    }

    fn ask(&mut self, client: usize, attributes: &[&dyn AttributeWrite]) {
        let shard = client % SHARDS;
        let effects = self.cluster.shards[shard].ask_effects(&mut self.clients[client], ALLOCATE, attributes);
        self.take(shard, effects);
    }

    fn pass(&mut self, time: Duration) {
        for shard in 0..SHARDS {
            let effects = self.cluster.shards[shard].pass(time);
            self.take(shard, effects);
        }
    }

    fn take(&mut self, shard: usize, effects: Vec<Effect>) {
        for effect in self.cluster.post(shard, effects) {
            match effect {
                Effect::Bind { relay, port, .. } => self.wanted.push_back((shard, relay, port)),
                Effect::Unbind { relay } => {
                    self.wanted.retain(|(at, wanted, _)| (*at, *wanted) != (shard, relay));
                    self.open.retain(|_, open| *open != (shard, relay));
                }
                Effect::ToClient { client, data, .. } => {
                    let client = self.clients.iter().find(|one| one.five_tuple == client).unwrap();
                    let reply =
                        Effect::ToClient { client: client.five_tuple, delivery: Delivery::Reply, data };
                    let answer = Answer::only(client, vec![reply]);
                    let token = answer.message().attribute::<ReservationToken>();
                    self.token = token.map_or(self.token, |token| Some(token.token()));
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// Lets everything come to its end.
    fn end(&mut self) {
        while !self.wanted.is_empty() || self.cluster.wires.values().any(|wire| !wire.is_empty()) {
            self.happen(&Event::Bound { opens: true });
            for (shard, effect) in self.cluster.carry_all() {
                self.take(shard, vec![effect]);
            }
        }
        self.pass(FOR_EVER / 2);
        self.cluster.carry_all();
    }
}

proptest! {
    #[test]
    fn no_port_is_given_out_twice_or_lost_and_no_place_either_however_long_messages_take(
        events in prop::collection::vec(event(), 1..120),
    ) {
        let mut crowd = Crowd::new();
        for event in &events {
            crowd.happen(event);
        }
        crowd.end();
        prop_assert!(crowd.open.is_empty());
        for shard in &crowd.cluster.shards {
            prop_assert_eq!((shard.server.allocations(), shard.server.poll_timeout()), (0, None));
        }
        for (index, port) in PORTS.enumerate() {
            let mut client = Client::udp(port).good_until(FOR_EVER);
            crowd.cluster.allocate(index % SHARDS, &mut client, &[]);
        }
    }
}
