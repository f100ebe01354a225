//! The forwarder of a media thread.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use foldhash::fast::RandomState;
use tokio::sync::mpsc::error::TrySendError;
use visavis_protocol::ServerCosts;
use visavis_rtp::classify::ice_ufrag;
use visavis_rtp::framing::header;
use visavis_sfu::{Counts, FiveTuple, Output, Sfu, Transport, shard_of};
use visavis_turn::{
    ClientAddr, Datagrams, Delivery, FiveTuple as TurnPath, PeerAddr, RelayedAddr, ServerAddr, ShardId,
};

use super::Driver;
use crate::media::cpu::Usage;
use crate::media::forwarder::{Said, Says};
use crate::media::mail::{Made, Mixed, Requested, Siblings};
use crate::media::mixing::Mixes;
use crate::media::port::Ports;
use crate::media::udp::ToSend;

/// Ways of other threads' clients that come in here, that are known at a time.
const FOREIGN: usize = 16 * 1024;
/// How long one is known that nothing comes by: clients send checks far more often.
const STALE: Duration = Duration::from_secs(60);
/// How often it is looked for such ones, while there is no room.
const SWEEP: Duration = Duration::from_secs(5);
/// What may wait for the rooms to listen, beside what is on its way to them.
const UNSAID: usize = 16 * 1024;
/// Beyond that it is still told whom the forwarder reaches, and how.
const UNSAID_AT_MOST: usize = 2 * UNSAID;
/// Bytes of a client on TCP that find room together, or not at all.
const FRAMED: usize = 8 * 1024;

/// Drives the [`Sfu`] of this thread, and hands on what is for those of others.
pub(in crate::media) struct Forwarding {
    sfu: Sfu,
    mixes: Mixes,
    says: Says,
    /// What waits for the rooms to listen.
    unsaid: VecDeque<Said>,
    usage: Usage,
    /// Ways that come in here and are for other threads.
    foreign: HashMap<FiveTuple, Foreign, RandomState>,
    next_sweep: Option<Instant>,
    /// Where this machine is reached.
    own: Vec<SocketAddr>,
    /// Where it is reached by itself only.
    loopback: Vec<SocketAddr>,
    /// What the siblings are to be told of.
    routes: Vec<(FiveTuple, bool)>,
    /// Datagrams as a stream has them.
    framed: Vec<u8>,
}

/// Whose a way is, and when it was last used.
struct Foreign {
    shard: ShardId,
    used: Instant,
}

impl Forwarding {
    pub(in crate::media) fn new(sfu: Sfu, mixes: Mixes, says: Says) -> Self {
        Self {
            sfu,
            mixes,
            says,
            unsaid: VecDeque::new(),
            usage: Usage::default(),
            foreign: HashMap::default(),
            next_sweep: None,
            own: Vec::new(),
            loopback: Vec::new(),
            routes: Vec::new(),
            framed: Vec::new(),
        }
    }

    /// Takes a datagram that came to this thread's socket.
    pub(super) fn take_in(
        &mut self,
        path: FiveTuple,
        datagram: &[u8],
        siblings: &mut Siblings,
        now: Instant,
    ) {
        if siblings.count() > 1 {
            let this = siblings.this();
            let named = ice_ufrag(datagram).and_then(shard_of).map(ShardId);
            let foreign = self.foreign.get_mut(&path);
            let known = foreign.map(|foreign| {
                foreign.used = now;
                foreign.shard
            });
            if let Some(shard) = named.or(known).filter(|shard| *shard != this) {
                return siblings.hand_media(shard, path, datagram);
            }
        }
        self.handle(path, datagram, now);
    }

    /// Takes a datagram of a client of this thread.
    pub(super) fn handle(&mut self, path: FiveTuple, datagram: &[u8], now: Instant) {
        self.sfu.handle_datagram(path, datagram, now);
    }

    /// Takes a datagram that came in at another thread. That one may have missed whose the way is.
    pub(super) fn take_handed(
        &mut self,
        path: FiveTuple,
        datagram: &[u8],
        siblings: &mut Siblings,
        now: Instant,
    ) {
        if ice_ufrag(datagram).is_some() && self.sfu.knows(&path) {
            siblings.tell_route(path, true);
        }
        self.handle(path, datagram, now);
    }

    /// A room asks for something.
    pub(super) fn ask(&mut self, Requested { room, participant, request, local }: Requested, now: Instant) {
        let by_itself = local.is_some_and(|local| local.is_loopback());
        let loopback = self.loopback.iter().filter(|_| by_itself || self.own.is_empty());
        let addresses: Vec<SocketAddr> = self.own.iter().chain(loopback).copied().collect();
        self.sfu.handle_request(&room, &participant, request, &addresses, now);
    }

    /// The mix of a room has made something.
    pub(super) fn take_mixed(&mut self, Mixed { room, number, made }: Mixed, now: Instant) {
        if !self.mixes.is_number_of(&room, number) {
            return;
        }
        match made {
            Made::Media(from) => self.sfu.handle_mix(&room, from, now),
            Made::Takes(cores) => self.mixes.note_usage(&room, cores),
            Made::Overloaded if self.unsaid.len() < UNSAID => {
                self.unsaid.push_back(Said::Overloaded { room })
            }
            Made::Overloaded => {}
        }
    }

    /// Another thread says whether a way belongs to it.
    pub(super) fn learn(&mut self, path: FiveTuple, shard: ShardId, is_theirs: bool, now: Instant) {
        if !is_theirs {
            // It may be somebody else's by now.
            if self.foreign.get(&path).is_some_and(|foreign| foreign.shard == shard) {
                self.foreign.remove(&path);
            }
            return;
        }
        if self.foreign.len() >= FOREIGN && self.next_sweep.is_none_or(|sweep| sweep <= now) {
            self.next_sweep = Some(now + SWEEP);
            self.foreign.retain(|_, foreign| now.saturating_duration_since(foreign.used) < STALE);
        }
        if self.foreign.len() < FOREIGN || self.foreign.contains_key(&path) {
            self.foreign.insert(path, Foreign { shard, used: now });
        } else {
            tracing::debug!("too many ways lead to other threads: one is not known");
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if self.sfu.poll_timeout().is_some_and(|next| next <= now) {
            self.sfu.handle_timeout(now);
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.sfu.poll_timeout()
    }

    /// Whether a TCP connection is somebody's.
    pub(super) fn knows(&self, client: &TurnPath) -> bool {
        self.sfu.knows(&path(client))
    }

    /// A TCP connection has ended.
    pub(super) fn handle_gone(&mut self, path: &FiveTuple) {
        self.sfu.handle_gone(path);
    }

    /// Whether something waits for the rooms.
    pub(super) fn has_unsaid(&self) -> bool {
        !self.unsaid.is_empty()
    }

    pub(super) fn counts(&self) -> Counts {
        self.sfu.counts()
    }

    /// The addresses that clients are told: those that a socket is bound to, or all of this machine's.
    pub(super) fn set_own_addresses(&mut self, own: &[IpAddr], ports: &Ports) {
        let mut all: Vec<SocketAddr> = Vec::new();
        for bound in ports.bound() {
            match bound.ip() {
                ip if !ip.is_unspecified() => all.push(bound),
                // A socket for IPv6 takes IPv4 as well.
                ip => all.extend(
                    own.iter()
                        .filter(|own| ip.is_ipv6() || own.is_ipv4())
                        .map(|own| SocketAddr::new(*own, bound.port())),
                ),
            }
        }
        (self.loopback, self.own) = all.into_iter().partition(|address| address.ip().is_loopback());
    }

    /// Where media is taken, as clients are told.
    pub(super) fn media_addresses(&self) -> Vec<SocketAddr> {
        let own = self.own.iter().chain(&self.loopback);
        own.flat_map(|own| [*own, self.sfu.advertised(*own)]).collect()
    }

    /// The siblings are to hear of a way. A stream is on one thread, whatever comes by it.
    fn route(&mut self, path: FiveTuple, is_ours: bool) {
        if path.transport != Transport::Tcp {
            self.routes.push((path, is_ours));
        }
    }

    /// Tells the rooms what there is to tell. `relayed`: the datagrams that this thread has relayed so far.
    fn say(&mut self, relayed: u64, now: Instant) {
        let mut figures = Vec::new();
        while let Some(output) = self.sfu.poll_output() {
            match output {
                Output::Say { room, to, message } if self.unsaid.len() < UNSAID => {
                    self.unsaid.push_back(Said::Message { room, to, message });
                }
                Output::Reached { room, participant, reached } if self.unsaid.len() < UNSAID_AT_MOST => {
                    self.unsaid.push_back(Said::Reached { room, participant, reached });
                }
                Output::Narrow { room, participant, narrow } if self.unsaid.len() < UNSAID_AT_MOST => {
                    self.unsaid.push_back(Said::Narrow { room, participant, narrow });
                }
                Output::Mix { room, to } => {
                    if !self.mixes.tell(&room, to) && self.unsaid.len() < UNSAID_AT_MOST {
                        self.unsaid.push_back(Said::Overloaded { room });
                    }
                }
                Output::Figures { room, figures: of_room } => figures.push((room, of_room)),
                // The next change brings what is the case then.
                Output::Say { .. } | Output::Reached { .. } | Output::Narrow { .. } => {
                    tracing::warn!("the rooms do not listen: they miss something")
                }
                Output::Learned(path) => self.route(path, true),
                Output::Forgotten(path) => self.route(path, false),
            }
        }
        if !figures.is_empty() {
            self.usage.divide(figures.iter_mut().map(|(_, figures)| figures), relayed, now);
            let space = UNSAID.saturating_sub(self.unsaid.len());
            let said = figures.into_iter().map(|(room, figures)| {
                let figures = ServerCosts { mix: self.mixes.usage(&room), ..figures };
                Said::Figures { room, figures }
            });
            self.unsaid.extend(said.take(space));
        }
        while let Some(said) = self.unsaid.pop_front() {
            match self.says.try_send(said) {
                Ok(()) => {}
                Err(TrySendError::Full(said)) => {
                    self.unsaid.push_front(said);
                    break;
                }
                // The rooms have ended, and with them the server.
                Err(TrySendError::Closed(_)) => self.unsaid.clear(),
            }
        }
    }
}

impl Driver {
    /// Sends what is to be forwarded, and tells what there is to tell.
    pub(super) fn send_forwarded(&mut self, now: Instant) {
        let Self { forwarding, ports, siblings, connections, server: turn, .. } = self;
        let mut to_relays = false;
        forwarding.sfu.flush(now);
        let batch = forwarding.sfu.batch();
        let over_udp = batch.runs().filter(|run| run.path.transport == Transport::Udp);
        ports.send_all(over_udp.map(|run| ToSend {
            from: run.path.local,
            to: run.path.remote,
            datagrams: Datagrams::new(run.bytes, run.each),
        }));
        for run in batch.runs() {
            let data = Datagrams::new(run.bytes, run.each);
            let (client, server) = (ClientAddr(run.path.remote), ServerAddr(run.path.local));
            match run.path.transport {
                Transport::Udp => {}
                Transport::Relay => {
                    to_relays = true;
                    let (to, from) = (RelayedAddr(run.path.remote), PeerAddr(run.path.local));
                    data.iter().for_each(|datagram| turn.handle_media(to, from, datagram, now));
                }
                Transport::Tcp => {
                    let client = TurnPath { transport: visavis_turn::Transport::Tcp, client, server };
                    for (bytes, each) in data.in_runs_of((FRAMED / run.each.max(1)).max(1)) {
                        frame(Datagrams::new(bytes, each), &mut forwarding.framed);
                        connections.send(&client, Delivery::Datagram, &forwarding.framed);
                    }
                }
            }
        }
        batch.clear();
        let turned = turn.counts();
        forwarding.say(turned.to_peers.datagrams + turned.to_clients.datagrams, now);
        for (path, is_ours) in forwarding.routes.drain(..) {
            siblings.tell_route(path, is_ours);
        }
        if to_relays {
            self.drain(now);
        }
    }
}

/// Writes datagrams as a stream has them (RFC 4571).
fn frame(data: Datagrams<'_>, framed: &mut Vec<u8>) {
    framed.clear();
    for datagram in data.iter() {
        let Some(header) = header(datagram.len()) else { continue };
        framed.extend_from_slice(&header);
        framed.extend_from_slice(datagram);
    }
}

/// A TCP connection of a client, as the forwarder names it.
pub(super) fn path(client: &TurnPath) -> FiveTuple {
    FiveTuple { transport: Transport::Tcp, remote: client.client.0, local: client.server.0 }
}

#[cfg(test)]
mod tests {
    use visavis_protocol::{ForwardRequest, ParticipantId, RoomName};
    use visavis_sfu::Options;

    use super::*;
    use crate::media::forwarder::channel;

    fn mixes() -> Mixes {
        let poll = mio::Poll::new().unwrap();
        let waker = mio::Waker::new(poll.registry(), crate::media::token::Token::Waker.into()).unwrap();
        let recordings = crate::recordings::Recordings::off("a test");
        Mixes::new(crate::media::mail::Mailbox::new(waker).0, channel().0, recordings)
    }

    fn path(number: usize) -> FiveTuple {
        let [.., a, b, c] = number.to_be_bytes();
        let remote = SocketAddr::from(([10, a, b, c], 1));
        FiveTuple { transport: Transport::Udp, remote, local: SocketAddr::from(([192, 0, 2, 1], 8080)) }
    }

    #[test]
    fn so_many_ways_of_others_are_known_and_those_that_nothing_comes_by_make_room() {
        let sfu = Sfu::new(Options::default(), [0; 32], 0).unwrap();
        let mut forwarding = Forwarding::new(sfu, mixes(), channel().0);
        let start = Instant::now();
        let theirs = ShardId(1);
        (0..=FOREIGN).for_each(|number| forwarding.learn(path(number), theirs, true, start));
        assert_eq!(forwarding.foreign.len(), FOREIGN);
        // All are old now but the one that is told again.
        let later = start + STALE + SWEEP;
        forwarding.learn(path(0), theirs, true, later - SWEEP / 2);
        assert_eq!(forwarding.foreign.len(), 1);
        (0..FOREIGN - 1).for_each(|number| forwarding.learn(path(FOREIGN + number), theirs, true, later));
        assert_eq!(forwarding.foreign.len(), FOREIGN);
        // Only whose a way is can say that it is not any more.
        forwarding.learn(path(FOREIGN), ShardId(2), false, later);
        assert_eq!(forwarding.foreign.len(), FOREIGN);
        forwarding.learn(path(FOREIGN), theirs, false, later);
        assert_eq!(forwarding.foreign.len(), FOREIGN - 1);
    }

    #[test]
    fn what_the_rooms_do_not_listen_to_is_bounded() {
        let (says, heard) = channel();
        let sfu = Sfu::new(Options::default(), [0; 32], 0).unwrap();
        let mut forwarding = Forwarding::new(sfu, mixes(), says);
        let (room, nobody) = (RoomName::new("r").unwrap(), ParticipantId::new("p").unwrap());
        let most = heard.max_capacity() + UNSAID;
        for re in 0..u64::try_from(most).unwrap() + 100 {
            let now = Instant::now();
            forwarding.sfu.handle_request(&room, &nobody, ForwardRequest::Stats { re }, &[], now);
            forwarding.say(0, now);
        }
        assert_eq!((heard.len(), forwarding.unsaid.len()), (heard.max_capacity(), UNSAID));
    }
}
