//! The state machine: its ways in, its ways out.

mod layers;
mod media;
mod mixing;
mod requests;
mod slots;
mod tick;

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use foldhash::fast::RandomState;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::SeedableRng as _;
use visavis_protocol::{ForwardEnd, ForwardEnded, RoomName, ServerMessage};
use visavis_rtp::classify::ice_ufrag;

use crate::address::FiveTuple;
use crate::batch::SendBatch;
use crate::egress::{Egress, Endpoints, Leg, contained};
use crate::endpoint::{Common, Event, Failed, Proof};
use crate::key_frames::KeyFrames;
use crate::member::{Member, MemberId};
use crate::options::Options;
use crate::output::{Counts, Output};
use crate::packet::Packet;
use crate::room::Room;
use crate::timers::Timers;

/// Packets that wait for [`Sfu::flush`]: more are forwarded before.
const MANY: usize = 256;
/// A way belongs to whoever was heard so short a time ago, whatever somebody else proves: they may have written its address on
/// their datagrams.
const BELONGS: Duration = Duration::from_secs(5);

/// The crypto library does not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CryptoError;

impl std::fmt::Display for CryptoError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the crypto library makes no certificate")
    }
}

impl std::error::Error for CryptoError {}

/// All rooms of one media thread whose media is forwarded.
pub struct Sfu {
    options: Options,
    common: Common,
    random: ChaCha12Rng,
    shard: usize,
    next_id: u64,
    endpoints: Endpoints,
    members: HashMap<MemberId, Member, RandomState>,
    rooms: HashMap<RoomName, Room, RandomState>,
    /// Whose check a user fragment makes it.
    ufrags: HashMap<String, MemberId>,
    routes: HashMap<FiveTuple, MemberId, RandomState>,
    egress: Egress,
    /// Packets of this batch.
    received: Vec<Received>,
    legs: Vec<Leg>,
    key_frames: KeyFrames,
    /// Whose layer each feed is.
    feeds: HashMap<u64, MemberId, RandomState>,
    timers: Timers,
    next_tick: Option<Instant>,
    /// When figures were told last.
    figured: Option<Instant>,
    outputs: VecDeque<Output>,
    counts: Counts,
}

/// A packet, and which layer of whose source it belongs to.
struct Received {
    member: MemberId,
    source: usize,
    layer: usize,
    packet: Arc<Packet>,
}

impl Sfu {
    /// Nobody yet. `shard`: the number of this media thread, below 1024.
    ///
    /// # Errors
    /// [`CryptoError`] if there is no certificate to be had.
    pub fn new(options: Options, seed: [u8; 32], shard: usize) -> Result<Self, CryptoError> {
        Ok(Self {
            options,
            common: Common::new().ok_or(CryptoError)?,
            random: ChaCha12Rng::from_seed(seed),
            shard,
            next_id: 0,
            endpoints: Endpoints::default(),
            members: HashMap::default(),
            rooms: HashMap::default(),
            ufrags: HashMap::default(),
            routes: HashMap::default(),
            egress: Egress::default(),
            received: Vec::new(),
            legs: Vec::new(),
            key_frames: KeyFrames::default(),
            feeds: HashMap::default(),
            timers: Timers::default(),
            next_tick: None,
            figured: None,
            outputs: VecDeque::new(),
            counts: Counts::default(),
        })
    }

    /// A datagram has arrived: a connectivity check, DTLS, RTP or RTCP. What it leads to leaves with [`flush`](Self::flush).
    pub fn handle_datagram(&mut self, path: FiveTuple, datagram: &[u8], now: Instant) {
        let Some(member) = self.whose(path, datagram, now) else { return };
        let advertised = self.advertised(path.local);
        if let Some(member) = self.members.get_mut(&member) {
            member.heard = now;
        }
        self.egress.step(&mut self.endpoints, member, now, |endpoint| {
            endpoint.receive(path, advertised, datagram, now)
        });
        self.arm(member);
        self.handle_events(now);
        if self.received.len() >= MANY {
            self.flush(now);
        }
    }

    /// A way is gone: its TCP connection has ended.
    pub fn handle_gone(&mut self, path: &FiveTuple) {
        let Some(member) = self.routes.remove(path) else { return };
        self.outputs.push_back(Output::Forgotten(*path));
        if let Some(endpoint) = self.endpoints.get_mut(&member) {
            endpoint.forget(path);
        }
    }

    /// Whether a way belongs to somebody.
    #[must_use]
    pub fn knows(&self, path: &FiveTuple) -> bool {
        self.routes.contains_key(path)
    }

    /// All datagrams of a batch have been handled: what they lead to is made ready.
    pub fn flush(&mut self, now: Instant) {
        self.forward(now);
        let Self { egress, endpoints, timers, .. } = self;
        egress.drain(endpoints, now, |member, endpoint| timers.arm(member, endpoint.next()));
        self.handle_events(now);
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called, if nothing else happens.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next().into_iter().chain(self.next_tick).min()
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        // Nobody gets more than one turn, whatever it wants then.
        for member in self.timers.take_due(now) {
            if self.endpoints.get(&member).is_some_and(|endpoint| endpoint.next() <= now) {
                self.egress.step(&mut self.endpoints, member, now, |endpoint| endpoint.handle_timeout(now));
            }
            self.arm(member);
        }
        self.handle_events(now);
        if self.next_tick.is_some_and(|tick| tick <= now) {
            self.tick(now);
        }
        self.flush(now);
    }

    /// What is to be done next. Call it until it says `None` after every `handle_…` and [`flush`](Self::flush).
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// What is to be sent, in order; cleared by whoever has sent it.
    pub fn batch(&mut self) -> &mut SendBatch {
        &mut self.egress.batch
    }

    /// What there is, and what was done.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let count = |length| u64::try_from(length).unwrap_or(u64::MAX);
        Counts { endpoints: count(self.endpoints.len()), rooms: count(self.rooms.len()), ..self.counts }
    }

    /// Whose datagram it is. A way is learned from a check that only its endpoint's peer can have made, and from nothing else.
    fn whose(&mut self, path: FiveTuple, datagram: &[u8], now: Instant) -> Option<MemberId> {
        let Some(ufrag) = ice_ufrag(datagram) else { return self.routes.get(&path).copied() };
        let member = self.ufrags.get(ufrag).copied()?;
        let known = self.routes.get(&path).copied();
        if known == Some(member) {
            return known;
        }
        let heard = known.and_then(|known| self.members.get(&known)).map(|member| member.heard);
        if heard.is_some_and(|heard| now.saturating_duration_since(heard) < BELONGS) {
            return None;
        }
        let advertised = self.advertised(path.local);
        let endpoint = self.endpoints.get_mut(&member)?;
        let proof = contained(|| Ok(endpoint.proves(path, advertised, datagram, now)));
        let Ok(Proof::Given { instead_of }) = proof else { return None };
        if let Some(before) = instead_of
            && self.routes.remove(&before).is_some()
        {
            self.outputs.push_back(Output::Forgotten(before));
        }
        // The client has another connection by now, from the same port.
        if let Some(before) = known.and_then(|before| self.endpoints.get_mut(&before)) {
            before.forget(&path);
        }
        self.routes.insert(path, member);
        if known.is_none() {
            self.outputs.push_back(Output::Learned(path));
        }
        Some(member)
    }

    /// The address that a client sends to in order to reach `local`.
    #[must_use]
    pub fn advertised(&self, local: SocketAddr) -> SocketAddr {
        let is_public = self.options.public_ips.contains(&local.ip());
        let same_family = |ip: &&IpAddr| ip.is_ipv4() == local.is_ipv4();
        match self.options.public_ips.iter().find(same_family) {
            Some(ip) if !is_public => SocketAddr::new(*ip, local.port()),
            _ => local,
        }
    }

    fn arm(&mut self, member: MemberId) {
        if let Some(endpoint) = self.endpoints.get(&member) {
            self.timers.arm(member, endpoint.next());
        }
    }

    /// Does what endpoints have said.
    fn handle_events(&mut self, now: Instant) {
        while !self.egress.events.is_empty() {
            for (member, event) in std::mem::take(&mut self.egress.events) {
                match event {
                    Ok(Event::Packet(packet)) => self.take_in(member, *packet, now),
                    Ok(Event::Connected) => self.connected(member, now),
                    Ok(Event::Estimate(estimate)) => self.estimated(member, estimate),
                    Ok(Event::KeyFrameWanted(stream)) => self.key_frame_wanted(member, stream, now),
                    Ok(Event::Closed) => self.end(member, Some(ForwardEnd::Closed), now),
                    Err(Failed::Broken) => self.end(member, Some(ForwardEnd::Closed), now),
                    Err(Failed::Certificate) => self.end(member, Some(ForwardEnd::Certificate), now),
                    Err(Failed::Panicked) => {
                        self.counts.failed += 1;
                        self.end(member, Some(ForwardEnd::Failed), now);
                    }
                }
            }
        }
    }

    /// A member is no more: its participant has left, has another connection, or lost this one, which it is told then.
    fn end(&mut self, id: MemberId, reason: Option<ForwardEnd>, now: Instant) {
        let Some(member) = self.members.remove(&id) else { return };
        // Somebody who only watches hears of it in no other way.
        if reason != Some(ForwardEnd::Failed) {
            self.egress.step(&mut self.endpoints, id, now, |endpoint| {
                endpoint.close();
                Ok(())
            });
        }
        if let Some(endpoint) = self.endpoints.remove(&id) {
            for path in endpoint.paths() {
                if self.routes.remove(&path).is_some() {
                    self.outputs.push_back(Output::Forgotten(path));
                }
            }
        }
        self.timers.cancel(id);
        self.ufrags.retain(|_, member| *member != id);
        for slot in 0..member.slots.len() {
            self.unwatch_all(id, slot, member.slots.get(slot).and_then(|slot| slot.carries));
        }
        for layer in member.sources.iter().flat_map(|source| &source.layers) {
            self.feeds.remove(&layer.feed);
            self.key_frames.remove(layer.feed);
        }
        if let Some(room) = self.rooms.get_mut(&member.room) {
            if room.members.get(&member.participant) == Some(&id) {
                room.members.remove(&member.participant);
            }
            if room.mix.take_if(|mix| mix.member == id).is_some() {
                self.outputs.push_back(Output::Mix { room: member.room.clone(), to: crate::mix::ToMix::End });
            }
            for source in &member.sources {
                room.silence(crate::member::SourceId { member: id, source: source.source });
            }
            if room.members.is_empty() {
                self.rooms.remove(&member.room);
            }
        }
        if member.connected && !member.is_mix {
            let (room, participant) = (member.room.clone(), member.participant.clone());
            self.outputs.push_back(Output::Reached { room, participant, reached: false });
        }
        if let Some(reason) = reason {
            let ended = ForwardEnded { connection: member.connection, reason };
            self.say(&member, ServerMessage::ForwardEnded(ended));
        }
        self.reassign(&member.room, now);
        self.tell_speakers(&member.room);
    }

    fn say(&mut self, to: &Member, message: ServerMessage) {
        let (room, to) = (to.room.clone(), Some(to.participant.clone()));
        self.outputs.push_back(Output::Say { room, to, message });
    }
}

#[cfg(test)]
mod tests;
