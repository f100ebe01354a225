//! Whatever happens in whatever order: nothing is relayed without a permission or past a lifetime, and no port is lost.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use turn_types::attribute::*;
use turn_types::message::*;
use visavis_turn::{BindFailed, Options, PeerAddr, RelayId};

use crate::client::{Client, channel_data};
use crate::world::{Effect, World, options, xor_peer};

const CLIENTS: usize = 3;
const PEERS: [&str; 3] = ["1.2.3.4:5000", "1.2.3.4:5001", "1.2.3.5:5000"];
const PERMISSION: Duration = Duration::from_secs(300);
const CHANNEL: Duration = Duration::from_secs(600);
/// Longer than anything lasts.
const FOR_EVER: Duration = Duration::from_secs(1_000_000);
const PORTS: std::ops::RangeInclusive<u16> = 50_000..=50_004;

/// Something that happens. Numbers name a client, a peer, a channel.
#[derive(Clone, Debug)]
enum Event {
    Allocate { client: usize, pair: bool, opens: bool },
    Refresh { client: usize, seconds: u32 },
    Permit { client: usize, peer: usize },
    Bind { client: usize, channel: u16, peer: usize },
    Send { client: usize, peer: usize },
    SendOn { client: usize, channel: u16 },
    PeerSends { relay: usize, peer: usize },
    Gone { client: usize },
    Pass { seconds: u64 },
}

fn event() -> impl Strategy<Value = Event> {
    let (client, peer, channel) = (0..CLIENTS, 0..PEERS.len(), 0x4000..0x4002_u16);
    prop_oneof![
        4 => (client.clone(), any::<bool>(), prop::bool::weighted(0.8))
            .prop_map(|(client, pair, opens)| Event::Allocate { client, pair, opens }),
        1 => (client.clone(), prop_oneof![Just(0), Just(600), Just(5000)])
            .prop_map(|(client, seconds)| Event::Refresh { client, seconds }),
        3 => (client.clone(), peer.clone()).prop_map(|(client, peer)| Event::Permit { client, peer }),
        3 => (client.clone(), channel.clone(), peer.clone())
            .prop_map(|(client, channel, peer)| Event::Bind { client, channel, peer }),
        4 => (client.clone(), peer.clone()).prop_map(|(client, peer)| Event::Send { client, peer }),
        4 => (client.clone(), channel).prop_map(|(client, channel)| Event::SendOn { client, channel }),
        4 => (0..8_usize, peer).prop_map(|(relay, peer)| Event::PeerSends { relay, peer }),
        1 => client.prop_map(|client| Event::Gone { client }),
        3 => prop_oneof![1..60_u64, 200..700_u64].prop_map(|seconds| Event::Pass { seconds }),
    ]
}

/// What an allocation is allowed, as its client knows it.
#[derive(Debug)]
struct Held {
    relay: RelayId,
    expires: Instant,
    /// By the address of the peer.
    permitted: HashMap<String, Instant>,
    channels: HashMap<u16, (usize, Instant)>,
}

/// The server, and what its clients know.
struct Model {
    world: World,
    clients: Vec<Client>,
    held: HashMap<usize, Held>,
    /// Relays whose socket the driver has opened and not closed.
    open: HashSet<RelayId>,
    /// All relays that ever were.
    relays: Vec<RelayId>,
}

impl Model {
    fn new() -> Self {
        let options = Options { relay_ports: PORTS, bind_attempts: 2, nonce_lifetime: FOR_EVER, ..options() };
        let world = World::new(options);
        let clients = (1..).take(CLIENTS).map(|port| Client::tcp(port).good_until(FOR_EVER)).collect();
        let mut model =
            Self { world, clients, held: HashMap::new(), open: HashSet::new(), relays: Vec::new() };
        for client in &mut model.clients {
            model.world.challenge(client);
        }
        model
    }

    fn happen(&mut self, event: &Event) {
        match *event {
            Event::Allocate { client, pair, opens } => self.allocate(client, pair, opens),
            Event::Refresh { client, seconds } => self.refresh(client, seconds),
            Event::Permit { client, peer } => self.permit(client, peer),
            Event::Bind { client, channel, peer } => self.bind(client, channel, peer),
            Event::Send { client, peer } => {
                let effects = self.world.send(&mut self.clients[client], PEERS[peer], b"data");
                self.check(&effects);
                let reached = effects.iter().any(|effect| matches!(effect, Effect::ToPeer { .. }));
                assert_eq!(reached, self.may(client, peer), "{event:?}");
            }
            Event::SendOn { client, channel } => {
                let message = channel_data(channel, b"data");
                let effects = self.world.receive(self.clients[client].five_tuple, &message);
                self.check(&effects);
                let now = self.world.now;
                let bound = self.held.get(&client).and_then(|held| held.channels.get(&channel));
                let may = bound.is_some_and(|(peer, until)| now < *until && self.may(client, *peer));
                assert_eq!(!effects.is_empty(), may, "{event:?}");
            }
            Event::PeerSends { relay, peer } => {
                let Some(&relay) = self.relays.get(relay) else { return };
                let from = PeerAddr(PEERS[peer].parse().unwrap());
                self.world.server.handle_relay(relay, from, b"data", self.world.now);
                let effects = self.world.effects();
                self.check(&effects);
                let owner = self.held.iter().find(|(_, held)| held.relay == relay).map(|(client, _)| *client);
                let may = owner.is_some_and(|client| self.may(client, peer));
                assert_eq!(effects.len(), usize::from(may), "{event:?}");
            }
            Event::Gone { client } => {
                self.world.server.handle_client_gone(&self.clients[client].five_tuple);
                self.held.remove(&client);
                let effects = self.world.effects();
                self.check(&effects);
            }
            Event::Pass { seconds } => self.pass(Duration::from_secs(seconds)),
        }
    }

    /// Whether the client may reach the peer now, and be reached by it.
    fn may(&self, client: usize, peer: usize) -> bool {
        let until = self.held.get(&client).and_then(|held| held.permitted.get(ip(peer)));
        until.is_some_and(|until| self.world.now < *until)
    }

    fn allocate(&mut self, client: usize, pair: bool, opens: bool) {
        let (udp, even) = (RequestedTransport::new(17), EvenPort::new(true));
        let attributes: &[&dyn stun_types::attribute::AttributeWrite] =
            if pair { &[&udp, &even] } else { &[&udp] };
        let mut effects = self.world.ask_effects(&mut self.clients[client], ALLOCATE, attributes);
        // A socket may be tried on several ports.
        while let [Effect::Bind { relay, .. }] = effects[..] {
            assert!(!self.held.contains_key(&client), "one allocation for each client");
            self.relays.retain(|known| *known != relay);
            self.relays.push(relay);
            if opens {
                let expires = self.world.now + Duration::from_secs(600);
                let (permitted, channels) = (HashMap::new(), HashMap::new());
                self.held.insert(client, Held { relay, expires, permitted, channels });
                self.open.insert(relay);
            }
            effects = self.world.bound(relay, if opens { Ok(()) } else { Err(BindFailed) });
        }
        self.check(&effects);
    }

    fn refresh(&mut self, client: usize, seconds: u32) {
        let effects = self.world.ask_effects(&mut self.clients[client], REFRESH, &[&Lifetime::new(seconds)]);
        if seconds == 0 {
            self.held.remove(&client);
        } else if let Some(held) = self.held.get_mut(&client) {
            held.expires = self.world.now + Duration::from_secs(seconds.clamp(600, 3600).into());
        }
        self.check(&effects);
    }

    fn permit(&mut self, client: usize, peer: usize) {
        let code = self.world.permit(&mut self.clients[client], &[PEERS[peer]]);
        let now = self.world.now;
        match self.held.get_mut(&client) {
            Some(held) => {
                assert_eq!(code, None);
                held.permitted.insert(ip(peer).to_owned(), now + PERMISSION);
            }
            None => assert_eq!(code, Some(437)),
        }
    }

    fn bind(&mut self, client: usize, channel: u16, peer: usize) {
        let xor_peer = xor_peer(&self.clients[client], PEERS[peer]);
        let number = ChannelNumber::new(channel);
        let code = self.world.ask(&mut self.clients[client], CHANNEL_BIND, &[&number, &xor_peer]).code();
        let now = self.world.now;
        let Some(held) = self.held.get_mut(&client) else { return assert_eq!(code, Some(437)) };
        held.channels.retain(|_, (_, until)| now < *until);
        let otherwise = held.channels.iter().any(|(known, (to, _))| (*known == channel) != (*to == peer));
        assert_eq!(code, otherwise.then_some(400));
        if !otherwise {
            held.channels.insert(channel, (peer, now + CHANNEL));
            held.permitted.insert(ip(peer).to_owned(), now + PERMISSION);
        }
    }

    fn pass(&mut self, time: Duration) {
        let effects = self.world.pass(time);
        let now = self.world.now;
        self.held.retain(|_, held| now < held.expires);
        self.check(&effects);
    }

    /// What the driver would notice: no relay is closed twice, and none that nobody holds stays open.
    fn check(&mut self, effects: &[Effect]) {
        for effect in effects {
            if let Effect::Unbind { relay } = effect {
                assert!(self.open.remove(relay), "{relay:?} is closed though it is not open");
            }
        }
        let held: HashSet<RelayId> = self.held.values().map(|held| held.relay).collect();
        assert_eq!(self.open, held);
        assert_eq!(self.world.server.allocations(), self.held.len());
    }
}

fn ip(peer: usize) -> &'static str {
    PEERS[peer].split(':').next().unwrap()
}

proptest! {
    #[test]
    fn nothing_is_relayed_without_a_permission_or_past_a_lifetime_and_no_port_is_lost(
        events in prop::collection::vec(event(), 1..80),
    ) {
        let mut model = Model::new();
        for event in &events {
            model.happen(event);
        }
        model.pass(FOR_EVER / 2);
        prop_assert_eq!(model.world.server.allocations(), 0);
        prop_assert_eq!(model.world.server.poll_timeout(), None);
        for port in PORTS {
            let mut client = Client::udp(port).good_until(FOR_EVER);
            model.world.allocate(&mut client);
        }
    }
}
