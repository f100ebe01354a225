//! From a packet that came in to the packets that go out.

use std::sync::Arc;
use std::time::Instant;

use visavis_protocol::Source;
use visavis_rtp::red;

use super::mixing::edition_of;
use super::{Received, Sfu};
use crate::egress::Leg;
use crate::endpoint::StreamId;
use crate::member::{MemberId, SourceId, Watcher};
use crate::outgoing::Incoming;
use crate::packet::{Format, Packet};

/// The level of a sound whose sender says nothing about it: as of somebody who speaks in a low voice.
const UNKNOWN_LEVEL: u8 = 50;

impl Sfu {
    /// A packet came in. What is muted goes no further.
    pub(super) fn take_in(&mut self, id: MemberId, packet: Packet, now: Instant) {
        let Some(member) = self.members.get_mut(&id) else { return };
        let Some((source_index, layer_index)) = member.place(&packet) else { return };
        let Some(source) = member.sources.get(source_index).map(|published| published.source) else { return };
        if !member.is_live(source) {
            return;
        }
        let room_name = member.room.clone();
        let Some(published) = member.sources.get_mut(source_index) else { return };
        let codec = packet.format.video();
        let key_frame = codec.filter(|codec| codec.is_key_frame(&packet.payload));
        let is_new_format = codec.is_some() && published.format != Some(packet.format);
        if is_new_format && !published.changes_format(packet.format, key_frame.is_some(), now) {
            return self.request_key_frame(SourceId { member: id, source }, layer_index, now);
        }
        let Some(layer) = published.layers.get_mut(layer_index) else { return };
        let bytes = packet.payload.len();
        let begins_anew = layer.ssrc.is_some_and(|ssrc| ssrc != packet.ssrc);
        layer.ssrc = Some(packet.ssrc);
        let awakes = layer.note(bytes, now);
        if let Some(codec) = key_frame {
            self.key_frames.handle_key_frame(layer.feed);
            if let Some((_, height)) = codec.key_frame_size(&packet.payload) {
                layer.height = Some(height);
            }
        }
        let lacks_key_frame = awakes && codec.is_some() && key_frame.is_none() && !layer.watchers.is_empty();
        let Some(room) = self.rooms.get_mut(&room_name) else { return };
        room.packets_in += 1;
        room.incoming.count(bytes, now);
        self.counts.packets_in += 1;
        self.counts.bytes_in += u64::try_from(bytes).unwrap_or_default();
        let mut heard_changed = false;
        if !source.is_video() {
            let level = packet.level.unwrap_or(UNKNOWN_LEVEL);
            let id = SourceId { member: id, source };
            heard_changed = room.speakers.handle_level(id, level, packet.voice, now);
            if source == Source::Mic {
                heard_changed |= room.floor.handle_level(id, level, packet.voice, now);
            }
        }
        if lacks_key_frame {
            self.request_key_frame(SourceId { member: id, source }, layer_index, now);
        }
        if begins_anew {
            self.begin_anew(SourceId { member: id, source }, layer_index, now);
        }
        let packet = Arc::new(packet);
        self.received.push(Received { member: id, source: source_index, layer: layer_index, packet });
        if heard_changed {
            self.speakers_changed(&room_name, now);
        } else if is_new_format || awakes {
            self.reassign_soon(&room_name, now);
        }
    }

    /// The sender has another stream for a layer: its numbers have nothing to do with those of before.
    fn begin_anew(&mut self, source: SourceId, index: usize, now: Instant) {
        self.next_id += 1;
        let feed = self.next_id;
        let published =
            self.members.get_mut(&source.member).and_then(|member| member.published_mut(source.source));
        let Some(layer) = published.and_then(|published| published.layers.get_mut(index)) else { return };
        let before = std::mem::replace(&mut layer.feed, feed);
        let watchers = layer.watchers.clone();
        self.feeds.remove(&before);
        self.feeds.insert(feed, source.member);
        self.key_frames.remove(before);
        for Watcher { member, slot } in watchers {
            let slot = self.members.get_mut(&member).and_then(|member| member.slots.get_mut(slot));
            if let Some(slot) = slot.filter(|slot| slot.target == Some(index)) {
                slot.outgoing.begin(feed);
            }
        }
        if source.source.is_video() {
            self.request_key_frame(source, index, now);
        }
    }

    /// Sends on what came in.
    pub(super) fn forward(&mut self, now: Instant) {
        let mut received = std::mem::take(&mut self.received);
        let mut switched = Vec::new();
        for Received { member, source, layer, packet } in received.drain(..) {
            let Some(publisher) = self.members.get_mut(&member) else { continue };
            let Some(layer) =
                publisher.sources.get_mut(source).and_then(|source| source.layers.get_mut(layer))
            else {
                continue;
            };
            let (feed, watchers) = (layer.feed, std::mem::take(&mut layer.watchers));
            let before = self.legs.len();
            let incoming = incoming(&packet);
            let mut plain = None;
            for watcher in &watchers {
                let Some((stream, rewrite, settled)) = self.rewrite(*watcher, feed, &incoming, now) else {
                    continue;
                };
                let Some(packet) = self.readable(*watcher, stream, &packet, &mut plain) else { continue };
                let leg = Leg { to: watcher.member, stream, rewrite, packet };
                match self.members.get(&watcher.member).filter(|watcher| watcher.is_mix) {
                    Some(_) => self.tell_mix(member, source, leg),
                    None => self.legs.push(leg),
                }
                if settled {
                    switched.push(*watcher);
                }
            }
            self.count_sent(member, self.legs.len() - before, packet.payload.len(), now);
            // Nobody else has touched the list meanwhile.
            if let Some(layer) = self.layer_mut(feed) {
                layer.watchers = watchers;
            }
        }
        self.received = received;
        self.egress.forward(&mut self.endpoints, &mut self.legs);
        for watcher in switched {
            self.settle(watcher);
        }
    }

    /// How a packet goes on in a slot, and whether with it the slot has changed over to this layer.
    fn rewrite(
        &mut self,
        watcher: Watcher,
        feed: u64,
        incoming: &Incoming<'_>,
        now: Instant,
    ) -> Option<(StreamId, crate::outgoing::Rewrite, bool)> {
        let member = self.members.get_mut(&watcher.member)?;
        if !member.connected {
            return None;
        }
        let slot = member.slots.get_mut(watcher.slot)?;
        let waited = slot.outgoing.is_waiting();
        let rewrite = slot.outgoing.rewrite(feed, incoming)?;
        slot.meter.count(incoming.payload.len(), now);
        Some((slot.stream, rewrite, waited && !slot.outgoing.is_waiting()))
    }

    /// The packet as this subscriber can read it: sound with repetitions only where that was agreed on.
    fn readable(
        &self,
        watcher: Watcher,
        stream: StreamId,
        packet: &Arc<Packet>,
        plain: &mut Option<Arc<Packet>>,
    ) -> Option<Arc<Packet>> {
        if packet.format != Format::Red || self.takes(watcher.member, stream, Format::Red) {
            return Some(Arc::clone(packet));
        }
        if plain.is_none() {
            let (_, primary) = red::primary(&packet.payload)?;
            let payload = primary.into();
            *plain = Some(Arc::new(Packet { payload, format: Format::Opus, ..(**packet).clone() }));
        }
        plain.clone()
    }

    fn count_sent(&mut self, publisher: MemberId, times: usize, bytes: usize, now: Instant) {
        let times_u64 = u64::try_from(times).unwrap_or_default();
        let room = self.members.get(&publisher).map(|member| &member.room);
        if let Some(room) = room.and_then(|room| self.rooms.get_mut(room)) {
            room.packets_out += times_u64;
            room.outgoing.count(bytes * times, now);
        }
        self.counts.packets_out += times_u64;
        self.counts.bytes_out += u64::try_from(bytes * times).unwrap_or_default();
    }

    /// A subscriber cannot decode what it gets.
    pub(super) fn key_frame_wanted(&mut self, id: MemberId, stream: StreamId, now: Instant) {
        let Some(member) = self.members.get(&id) else { return };
        let Some(slot) = member.slots.iter().find(|slot| slot.stream == stream) else { return };
        let (Some(source), Some(layer)) = (slot.carries, slot.current.or(slot.target)) else { return };
        self.request_key_frame(source, layer, now);
    }

    pub(super) fn request_key_frame(&mut self, source: SourceId, layer: usize, now: Instant) {
        let published = self.members.get(&source.member).and_then(|member| member.published(source.source));
        let layer = published.and_then(|source| source.layers.get(layer));
        // A layer of which nothing has come yet begins with one.
        let Some(layer) = layer.filter(|layer| layer.ssrc.is_some()) else { return };
        self.key_frames.handle_request(layer.feed, now);
        self.send_key_frame_requests(now);
    }

    /// Sends on what key frames are due to be asked for.
    pub(super) fn send_key_frame_requests(&mut self, now: Instant) {
        while let Some(feed) = self.key_frames.poll(now) {
            let Some(ssrc) = self.layer_mut(feed).and_then(|layer| layer.ssrc) else { continue };
            let Some(member) = self.feeds.get(&feed).copied() else { continue };
            self.counts.key_frame_requests += 1;
            let publisher = self.members.get(&member);
            let room = publisher.map(|member| &member.room);
            let mix = publisher.filter(|publisher| publisher.is_mix);
            if let Some((mix, edition)) = mix.and_then(|mix| Some((mix, edition_of(mix, feed)?))) {
                let (room, to) = (mix.room.clone(), crate::mix::ToMix::KeyFrameWanted(edition));
                self.outputs.push_back(crate::output::Output::Mix { room, to });
            }
            if let Some(room) = room.and_then(|room| self.rooms.get_mut(room)) {
                room.key_frame_requests += 1;
            }
            self.egress.on(&mut self.endpoints, member, |endpoint| {
                endpoint.request_key_frame(ssrc);
                Ok(())
            });
        }
    }

    pub(super) fn layer_mut(&mut self, feed: u64) -> Option<&mut crate::member::Layer> {
        let member = self.members.get_mut(self.feeds.get(&feed)?)?;
        let mut layers = member.sources.iter_mut().flat_map(|source| &mut source.layers);
        layers.find(|layer| layer.feed == feed)
    }

    /// What a packet's sender says of itself changes who is heard.
    pub(super) fn speakers_changed(&mut self, room: &visavis_protocol::RoomName, now: Instant) {
        self.reassign(room, now);
        self.tell_speakers(room);
    }

    pub(super) fn tell_speakers(&mut self, name: &visavis_protocol::RoomName) {
        let Some(room) = self.rooms.get_mut(name) else { return };
        let id = |source: SourceId| self.members.get(&source.member).map(|member| member.participant.clone());
        let said = visavis_protocol::Speakers {
            speaker: room.floor.speaker().and_then(id),
            loudest: room.speakers.loudest().iter().copied().filter_map(id).collect(),
        };
        let speaker = said.speaker.clone();
        if room.told.as_ref() != Some(&said) {
            room.told = Some(said.clone());
            let (room, message) = (name.clone(), visavis_protocol::ServerMessage::Speakers(said));
            self.outputs.push_back(crate::output::Output::Say { room, to: None, message });
        }
        self.tell_mix_speaker(name, speaker.as_ref());
    }
}

fn incoming(packet: &Packet) -> Incoming<'_> {
    Incoming {
        sequence: packet.sequence,
        timestamp: packet.timestamp,
        marker: packet.marker,
        arrival: packet.arrival,
        captured: packet.captured,
        clock_rate: packet.format.clock_rate(),
        codec: packet.format.video(),
        payload: &packet.payload,
    }
}
