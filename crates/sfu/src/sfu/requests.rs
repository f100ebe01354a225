//! What rooms ask for.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use visavis_protocol::{
    Answer, ErrorCode, ErrorReply, Forward, ForwardRequest, Forwarded, ParticipantId, RoomName,
    ServerMessage, Shows, SlotStats, Source, SourceState, Stats,
};

use super::Sfu;
use super::slots::SETTLE;
use crate::credentials::draw;
use crate::endpoint::{Answered, Endpoint, Mid, Rid, Setup};
use crate::member::{Layer, Member, MemberId, Published, Slot};
use crate::meter::Meter;
use crate::offer::{Kind, Offer, OfferError};
use crate::outgoing::Outgoing;

impl Sfu {
    /// A request of a room, for one of its participants. `addresses`: where this machine can be reached; needed for offers only.
    pub fn handle_request(
        &mut self,
        room: &RoomName,
        participant: &ParticipantId,
        request: ForwardRequest,
        addresses: &[SocketAddr],
        now: Instant,
    ) {
        let known = self.rooms.get(room).and_then(|room| room.members.get(participant)).copied();
        match request {
            ForwardRequest::Offer { offer, re, state, only } => {
                if let Err((code, message)) =
                    self.offer(room, participant, known, (&offer, re, state, only), addresses, now)
                {
                    let error = ErrorReply { code, message, re: Some(re) };
                    self.say_to(room, participant, ServerMessage::Error(error));
                }
            }
            ForwardRequest::Shows(Shows { items, mix }) => {
                if let Some(member) = known.and_then(|id| self.members.get_mut(&id)) {
                    (member.shows, member.hears_mix) = (items, mix);
                    self.reassign_soon(room, now);
                }
            }
            ForwardRequest::State(state) => {
                if let Some(id) = known {
                    self.change_state(id, state, now);
                }
            }
            ForwardRequest::Stats { re } => self.tell_stats(room, participant, known, re, now),
            ForwardRequest::Mix { people, recording } => self.mix(room, people, recording, now),
            ForwardRequest::Leave => {
                if let Some(id) = known {
                    self.end(id, None, now);
                }
            }
        }
        self.flush(now);
    }

    fn offer(
        &mut self,
        room: &RoomName,
        participant: &ParticipantId,
        known: Option<MemberId>,
        (forward, re, state, only): (&Forward, u64, SourceState, Option<ParticipantId>),
        addresses: &[SocketAddr],
        now: Instant,
    ) -> Result<(), (ErrorCode, String)> {
        let refused = |OfferError(why)| (ErrorCode::OfferRefused, why);
        let offer = Offer::read(&forward.sdp, &self.options).map_err(refused)?;
        let present = known.and_then(|id| Some((id, self.members.get(&id)?.connection)));
        // One of before, late: what the client has begun since then is what counts.
        if let Some((_, present)) = present.filter(|(_, present)| *present > forward.connection) {
            let why =
                format!("connection {present} has taken the place of connection {}", forward.connection);
            return Err((ErrorCode::OfferRefused, why));
        }
        let same = present.filter(|(_, present)| *present == forward.connection).map(|(id, _)| id);
        let fresh = draw(&mut self.random, self.shard);
        let (id, answered) = match same {
            Some(id) => (id, self.accept(id, &offer, &fresh, now).map_err(refused)?),
            None => {
                let id = self.begin(&offer, fresh.clone(), addresses, now)?;
                match self.accept(id, &offer, &fresh, now) {
                    Ok(answered) => {
                        let before = known.map(|before| self.replace(before, now));
                        let mut member =
                            Member::new(participant.clone(), room.clone(), forward.connection, state, now);
                        (member.shows, member.hears_mix) = before.unwrap_or_default();
                        if let Some(only) = only {
                            member.watch_only(only);
                        }
                        self.members.insert(id, member);
                        let in_room = &mut self.rooms.entry(room.clone()).or_default().members;
                        in_room.insert(participant.clone(), id);
                        (id, answered)
                    }
                    Err(error) => {
                        self.endpoints.remove(&id);
                        return Err(refused(error));
                    }
                }
            }
        };
        if same.is_none() || answered.restarted {
            self.name(id, fresh.0);
        }
        self.match_lines(id, &offer, forward);
        self.next_tick.get_or_insert(now);
        self.arm(id);
        let description = Answer { sdp: answered.sdp };
        let forwarded = Forwarded { re, connection: forward.connection, description };
        self.say_to(room, participant, ServerMessage::Forwarded(forwarded));
        self.reassign(room, now);
        // Everybody else has been told, and is not told again before something changes.
        let told = self.rooms.get(room).and_then(|room| room.told.clone());
        if let Some(told) = told.filter(|_| same.is_none()) {
            self.say_to(room, participant, ServerMessage::Speakers(told));
        }
        Ok(())
    }

    /// Makes an endpoint for an offer.
    fn begin(
        &mut self,
        offer: &Offer,
        credentials: (String, String),
        addresses: &[SocketAddr],
        now: Instant,
    ) -> Result<MemberId, (ErrorCode, String)> {
        if self.endpoints.len() >= self.options.max_endpoints {
            return Err((ErrorCode::Busy, "the server forwards to as many as it allows".to_owned()));
        }
        let receives_pictures = offer.lines.iter().any(|line| line.kind == Kind::Video && line.receives);
        let estimate =
            (self.options.estimate_bandwidth && receives_pictures).then_some(self.options.first_estimate);
        let addresses = self.to_name(addresses);
        let setup = Setup { credentials, addresses: &addresses, estimate, h264: self.options.h264 };
        let endpoint = Endpoint::new(&self.common, setup, now);
        self.next_id += 1;
        let id = MemberId(self.next_id);
        self.endpoints.insert(id, endpoint);
        Ok(id)
    }

    /// Has an endpoint answer. One that panics over an offer is of no use any more.
    fn accept(
        &mut self,
        id: MemberId,
        offer: &Offer,
        fresh: &(String, String),
        now: Instant,
    ) -> Result<Answered, OfferError> {
        let mut answer = Err(OfferError("the server failed over this offer".to_owned()));
        self.egress.step(&mut self.endpoints, id, now, |endpoint| {
            answer = endpoint.accept(offer, fresh.clone());
            Ok(())
        });
        answer
    }

    /// The addresses to name in an answer: those of a NAT in front of this machine in place of its own.
    fn to_name(&self, addresses: &[SocketAddr]) -> Vec<SocketAddr> {
        let mut named: Vec<SocketAddr> = Vec::new();
        for address in addresses.iter().map(|address| self.advertised(*address)) {
            let is_usable = !address.ip().is_unspecified() && !is_link_local(address.ip());
            if is_usable && !named.contains(&address) {
                named.push(address);
            }
        }
        named
    }

    /// Makes a user fragment the endpoint's. Under the one before it answers no checks any more: it has one password.
    fn name(&mut self, member: MemberId, ufrag: String) {
        self.ufrags.retain(|_, known| *known != member);
        self.ufrags.insert(ufrag, member);
    }

    /// The participant has another connection now. What it shows is the same.
    fn replace(&mut self, before: MemberId, now: Instant) -> (Vec<visavis_protocol::Shown>, bool) {
        let member = self.members.get_mut(&before);
        let shows =
            member.map(|member| (std::mem::take(&mut member.shows), member.hears_mix)).unwrap_or_default();
        self.end(before, None, now);
        shows
    }

    /// Finds the sources and the slots of a member in its offer. Those that it had before stay as they are.
    fn match_lines(&mut self, id: MemberId, offer: &Offer, forward: &Forward) {
        let (Some(member), Some(endpoint)) = (self.members.get_mut(&id), self.endpoints.get(&id)) else {
            return;
        };
        member.forget_inputs();
        for (source, mid) in &forward.sources {
            let line = offer.lines.iter().find(|line| line.mid == *mid && line.sends);
            let Some(line) = line.filter(|line| (line.kind == Kind::Video) == source.is_video()) else {
                continue;
            };
            if member.published(*source).is_some() {
                continue;
            }
            let rids = line.rids.iter().map(|rid| Some(Rid::from(&**rid)));
            let rids: Vec<Option<Rid>> = if line.rids.is_empty() { vec![None] } else { rids.collect() };
            let mut layers = Vec::new();
            for rid in rids {
                self.next_id += 1;
                self.feeds.insert(self.next_id, id);
                layers.push(Layer::new(rid, self.next_id));
            }
            member.sources.push(Published::new(*source, Mid::from(&**mid), layers));
        }
        for line in offer.lines.iter().filter(|line| line.receives && !line.sends) {
            let Some(stream) = endpoint.stream(&line.mid) else { continue };
            if member.slots.iter().any(|slot| slot.mid == line.mid) {
                continue;
            }
            member.slots.push(Slot {
                mid: line.mid.clone(),
                kind: line.kind,
                stream,
                outgoing: Outgoing::new(first_sequence(&mut self.random), first_timestamp(&mut self.random)),
                meter: Meter::default(),
                carries: None,
                current: None,
                target: None,
            });
        }
    }

    fn change_state(&mut self, id: MemberId, state: SourceState, now: Instant) {
        let Some(member) = self.members.get_mut(&id) else { return };
        if member.state == state {
            return;
        }
        let was_live = Source::ALL.map(|source| member.is_live(source));
        member.state = state;
        let awakes = Source::ALL.iter().zip(was_live).any(|(source, was)| !was && member.is_live(*source));
        // What begins is waited for. But this is nothing to be had as often as one likes.
        let at_once =
            awakes && member.awoke.is_none_or(|awoke| now.saturating_duration_since(awoke) >= SETTLE);
        if at_once {
            member.awoke = Some(now);
        }
        let room = member.room.clone();
        for source in [Source::Mic, Source::ScreenAudio] {
            if !self.members.get(&id).is_some_and(|member| member.is_live(source))
                && let Some(room) = self.rooms.get_mut(&room)
            {
                room.silence(crate::member::SourceId { member: id, source });
            }
        }
        if at_once {
            self.reassign(&room, now);
        } else {
            self.reassign_soon(&room, now);
        }
        self.tell_wanted(&[id], now);
        self.tell_speakers(&room);
    }

    fn tell_stats(
        &mut self,
        room: &RoomName,
        participant: &ParticipantId,
        known: Option<MemberId>,
        re: u64,
        now: Instant,
    ) {
        let members = self.rooms.get(room).map(|room| room.members.values().copied().collect::<Vec<_>>());
        let members = members.unwrap_or_default();
        let count = |is: fn(&Member) -> bool| {
            let those = members
                .iter()
                .filter_map(|id| self.members.get(id))
                .filter(|member| !member.is_mix && is(member));
            u64::try_from(those.count()).unwrap_or(u64::MAX)
        };
        let publishers = count(|member| !member.sources.is_empty());
        let subscribers = count(|member| !member.slots.is_empty());
        let figures = self.rooms.get_mut(room).map(|room| room.stats(publishers, subscribers, now));
        let mut slots = Vec::new();
        let mut estimate = None;
        if let Some(id) = known {
            estimate = self.members.get(&id).and_then(|member| member.estimate);
            slots = self.slot_stats(id, now);
        }
        let stats = Stats { re, estimate, slots, room: figures.unwrap_or_default() };
        self.say_to(room, participant, ServerMessage::Stats(stats));
    }

    fn slot_stats(&mut self, id: MemberId, now: Instant) -> Vec<SlotStats> {
        let Some(member) = self.members.get_mut(&id) else { return Vec::new() };
        let figures = member.slots.iter_mut().filter_map(|slot| {
            let carries = slot.carries?;
            Some((slot.mid.clone(), carries, slot.current, slot.meter.bitrate(now)))
        });
        let figures: Vec<_> = figures.collect();
        let rid = |source: crate::member::SourceId, layer: Option<usize>| {
            let published = self.members.get(&source.member)?.published(source.source)?;
            Some(published.layers.get(layer?)?.rid?.to_string())
        };
        let stats = figures.into_iter().map(|(mid, source, layer, bitrate)| SlotStats {
            mid,
            rid: rid(source, layer),
            bitrate,
        });
        stats.collect()
    }

    fn say_to(&mut self, room: &RoomName, to: &ParticipantId, message: ServerMessage) {
        let (room, to) = (room.clone(), Some(to.clone()));
        self.outputs.push_back(crate::output::Output::Say { room, to, message });
    }
}

/// Below half of 16 bits: a receiver knows nothing of rounds before the first packet (RFC 3711 section 3.3.1).
fn first_sequence(random: &mut impl rand_chacha::rand_core::RngCore) -> u16 {
    u16::try_from(random.next_u32() & 0x7fff).unwrap_or_default()
}

fn first_timestamp(random: &mut impl rand_chacha::rand_core::RngCore) -> u32 {
    random.next_u32()
}

/// An address that means something else on every link, and nothing in an answer.
fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    }
}
