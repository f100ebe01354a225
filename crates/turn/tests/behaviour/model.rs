//! The server beside a model of what its clients and its driver know of it: whatever happens in whatever order, both agree.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use stun_types::attribute::AttributeWrite;
use stun_types::message::*;
use turn_types::attribute::*;
use turn_types::message::*;
use visavis_turn::{BindFailed, Delivery, IcmpError, Options, PeerAddr, RelayId};

use crate::client::{Client, channel_data};
use crate::world::{Effect, World, options, xor_peer};

pub(crate) const CLIENTS: usize = 3;
pub(crate) const PEERS: [&str; 3] = ["1.2.3.4:5000", "1.2.3.4:5001", "1.2.3.5:5000"];
const PERMISSION: Duration = Duration::from_secs(300);
const CHANNEL: Duration = Duration::from_secs(600);
/// Longer than anything lasts.
const FOR_EVER: Duration = Duration::from_secs(1_000_000);
const PORTS: std::ops::RangeInclusive<u16> = 50_000..=50_004;

/// Something that happens. Numbers name a client, a peer, a channel.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// Its socket opens or does not, at once or `Bound`.
    Allocate {
        client: usize,
        pair: bool,
        opens: bool,
        late: bool,
    },
    Bound {
        client: usize,
        opens: bool,
    },
    /// The driver tells of a socket a second time.
    BoundAgain {
        relay: usize,
        opens: bool,
    },
    Refresh {
        client: usize,
        seconds: u32,
    },
    Permit {
        client: usize,
        peer: usize,
    },
    Bind {
        client: usize,
        channel: u16,
        peer: usize,
    },
    Send {
        client: usize,
        peer: usize,
    },
    SendOn {
        client: usize,
        channel: u16,
    },
    PeerSends {
        relay: usize,
        peer: usize,
    },
    Icmp {
        relay: usize,
        peer: usize,
        kind: u8,
    },
    /// Any bytes from where a client is.
    Raw {
        client: usize,
        bytes: Vec<u8>,
    },
    /// A signed request of which one byte is changed.
    Forged {
        client: usize,
        peer: usize,
        at: usize,
        change: u8,
    },
    Gone {
        client: usize,
    },
    Pass {
        seconds: u64,
    },
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
pub(crate) struct Model {
    world: World,
    clients: Vec<Client>,
    held: HashMap<usize, Held>,
    /// Allocations whose socket is waited for.
    pending: HashMap<usize, Held>,
    /// Relays whose socket the driver was told to open, and not to close, and could open as far as it knows.
    open: HashSet<RelayId>,
    /// All relays that ever were.
    relays: Vec<RelayId>,
}

impl Model {
    pub(crate) fn new() -> Self {
        let options = Options { relay_ports: PORTS, bind_attempts: 2, nonce_lifetime: FOR_EVER, ..options() };
        let world = World::new(options);
        let clients = (1..).take(CLIENTS).map(|port| Client::tcp(port).good_until(FOR_EVER)).collect();
        let mut model = Self {
            world,
            clients,
            held: HashMap::new(),
            pending: HashMap::new(),
            open: HashSet::new(),
            relays: Vec::new(),
        };
        for client in &mut model.clients {
            model.world.challenge(client);
        }
        model
    }

    pub(crate) fn happen(&mut self, event: &Event) {
        match *event {
            Event::Allocate { client, pair, opens, late } => self.allocate(client, pair, opens, late),
            Event::Bound { client, opens } => self.bound(client, opens),
            Event::BoundAgain { relay, opens } => self.bound_again(relay, opens),
            Event::Refresh { client, seconds } => self.refresh(client, seconds),
            Event::Permit { client, peer } => self.permit(client, peer),
            Event::Bind { client, channel, peer } => self.bind(client, channel, peer),
            Event::Send { client, peer } => self.send(client, peer),
            Event::SendOn { client, channel } => self.send_on(client, channel),
            Event::PeerSends { relay, peer } => self.peer_sends(relay, peer),
            Event::Icmp { relay, peer, kind } => self.icmp(relay, peer, kind),
            Event::Raw { client, ref bytes } => self.raw(client, bytes),
            Event::Forged { client, peer, at, change } => self.forged(client, peer, at, change),
            Event::Gone { client } => {
                self.world.server.handle_client_gone(&self.clients[client].five_tuple);
                self.held.remove(&client);
                self.pending.remove(&client);
                let effects = self.world.effects();
                self.check(&effects);
            }
            Event::Pass { seconds } => self.pass(Duration::from_secs(seconds)),
        }
    }

    /// Whether the client may reach the peer now, and be reached by it.
    fn may(&self, client: usize, ip: &str) -> bool {
        let until = self.held.get(&client).and_then(|held| held.permitted.get(ip));
        until.is_some_and(|until| self.world.now < *until)
    }

    fn allocate(&mut self, client: usize, pair: bool, opens: bool, late: bool) {
        let (udp, even) = (RequestedTransport::new(17), EvenPort::new(true));
        let attributes: &[&dyn AttributeWrite] = if pair { &[&udp, &even] } else { &[&udp] };
        let effects = self.world.ask_effects(&mut self.clients[client], ALLOCATE, attributes);
        if let [Effect::Bind { relay, .. }] = effects[..] {
            let busy = self.held.contains_key(&client) || self.pending.contains_key(&client);
            assert!(!busy, "one allocation for each client");
            self.relays.push(relay);
            self.open.insert(relay);
            let expires = self.world.now + Duration::from_secs(600);
            let (permitted, channels) = (HashMap::new(), HashMap::new());
            self.pending.insert(client, Held { relay, expires, permitted, channels });
            if !late {
                self.bound(client, opens);
            }
        }
        self.check(&effects);
    }

    fn bound(&mut self, client: usize, opens: bool) {
        let Some(held) = self.pending.remove(&client) else { return };
        let relay = held.relay;
        if opens {
            let effects = self.world.bound(relay, Ok(()));
            self.held.insert(client, held);
            return self.check(&effects);
        }
        self.open.remove(&relay);
        let mut effects = self.world.bound(relay, Err(BindFailed));
        // It may be tried on another port, for the same relay.
        while let [Effect::Bind { relay: again, .. }] = effects[..] {
            assert_eq!(again, relay);
            effects = self.world.bound(relay, Err(BindFailed));
        }
        self.check(&effects);
    }

    fn bound_again(&mut self, relay: usize, opens: bool) {
        let Some(&relay) = self.relays.get(relay) else { return };
        if !self.pending.values().any(|pending| pending.relay == relay) {
            let effects = self.world.bound(relay, if opens { Ok(()) } else { Err(BindFailed) });
            assert_eq!(effects, []);
            self.check(&effects);
        }
    }

    fn send(&mut self, client: usize, peer: usize) {
        let effects = self.world.send(&mut self.clients[client], PEERS[peer], b"data");
        self.check(&effects);
        let reached = effects.iter().any(|effect| matches!(effect, Effect::ToPeer { .. }));
        assert_eq!(reached, self.may(client, ip(peer)));
    }

    fn send_on(&mut self, client: usize, channel: u16) {
        let message = channel_data(channel, b"data");
        let effects = self.world.receive(self.clients[client].five_tuple, &message);
        self.check(&effects);
        let now = self.world.now;
        let bound = self.held.get(&client).and_then(|held| held.channels.get(&channel));
        let may = bound.is_some_and(|(peer, until)| now < *until && self.may(client, ip(*peer)));
        assert_eq!(!effects.is_empty(), may);
    }

    fn peer_sends(&mut self, relay: usize, peer: usize) {
        let Some(&relay) = self.relays.get(relay) else { return };
        let from = PeerAddr(PEERS[peer].parse().unwrap());
        self.world.server.handle_relay(relay, from, b"data", self.world.now);
        let effects = self.world.effects();
        self.check(&effects);
        assert_eq!(effects.len(), usize::from(self.owner_may(relay, peer)));
    }

    fn icmp(&mut self, relay: usize, peer: usize, kind: u8) {
        let Some(&relay) = self.relays.get(relay) else { return };
        let (to, error) = (PeerAddr(PEERS[peer].parse().unwrap()), IcmpError { kind, code: 0, data: 0 });
        self.world.server.handle_icmp(relay, to, error, self.world.now);
        let effects = self.world.effects();
        self.check(&effects);
        // Destination unreachable and time exceeded, of IPv4.
        let told = [3, 11].contains(&kind) && self.owner_may(relay, peer);
        assert_eq!(effects.len(), usize::from(told));
    }

    fn owner_may(&self, relay: RelayId, peer: usize) -> bool {
        let owner = self.held.iter().find(|(_, held)| held.relay == relay);
        owner.is_some_and(|(client, _)| self.may(*client, ip(peer)))
    }

    /// Nobody can sign for a client, so these bytes allow nothing that was not allowed before.
    fn raw(&mut self, client: usize, bytes: &[u8]) {
        let effects = self.world.receive(self.clients[client].five_tuple, bytes);
        self.check(&effects);
        match &effects[..] {
            [] => {}
            [Effect::ToPeer { relay, peer, .. }] => {
                assert_eq!(self.held.get(&client).map(|held| held.relay), Some(*relay));
                assert!(self.may(client, &peer.ip().to_string()), "{peer}");
            }
            [Effect::ToClient { client: to, delivery: Delivery::Reply, data }] => {
                assert_eq!(*to, self.clients[client].five_tuple);
                let answer = Message::from_bytes(data).unwrap();
                assert!(answer.has_class(MessageClass::Error) || answer.method() == BINDING, "{answer}");
            }
            effects => panic!("{effects:?}"),
        }
    }

    fn forged(&mut self, client: usize, peer: usize, at: usize, change: u8) {
        let peer = xor_peer(&self.clients[client], PEERS[peer]);
        let mut request = self.clients[client].request(CREATE_PERMISSION, &[&peer]);
        let at = at % request.len();
        // Something is changed in any case.
        request[at] ^= change.max(1);
        self.raw(client, &request);
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
        for some in [&mut self.held, &mut self.pending] {
            some.retain(|_, held| now < held.expires);
        }
        self.check(&effects);
    }

    /// What the driver would notice: no relay is closed twice, and none that nobody holds stays open.
    fn check(&mut self, effects: &[Effect]) {
        for effect in effects {
            if let Effect::Unbind { relay } = effect {
                assert!(self.open.remove(relay), "{relay:?} is closed though it is not open");
            }
        }
        let all = || self.held.values().chain(self.pending.values());
        assert_eq!(self.open, all().map(|held| held.relay).collect());
        assert_eq!(self.world.server.allocations(), all().count());
    }

    /// Once everything has ended: nothing is left, and every port can be had.
    pub(crate) fn end(mut self) {
        self.pass(FOR_EVER / 2);
        assert_eq!(self.world.server.allocations(), 0);
        assert_eq!(self.world.server.poll_timeout(), None);
        for port in PORTS {
            let mut client = Client::udp(port).good_until(FOR_EVER);
            self.world.allocate(&mut client);
        }
    }
}

fn ip(peer: usize) -> &'static str {
    PEERS[peer].split(':').next().unwrap()
}
