//! The mix of a room, as the forwarder sees it: a member without an endpoint, which watches and listens to the others and publishes
//! a picture and a sound in several versions. Its layers are these versions. Of the picture there is a small one, for ways that do not
//! take the whole one, and that one. Of the sounds the first one has everybody in it, each of the others is for one of those who are
//! heard, and lacks them.

use std::sync::Arc;
use std::time::Instant;

use visavis_protocol::{ParticipantId, RecordingId, RoomName, Shown, Source, SourceState};
use visavis_rtp::VideoCodec;

use super::{Received, Sfu};
use crate::egress::Leg;
use crate::endpoint::{Mid, StreamId, VideoOrientation};
use crate::member::{Layer, Member, MemberId, Published, Slot, SourceId};
use crate::meter::Meter;
use crate::mix::{Edition, Editions, FromMix, MixPacket, MixedSound, Person, ToMix};
use crate::offer::Kind;
use crate::outgoing::Outgoing;
use crate::output::Output;
use crate::packet::{Format, Packet};
use crate::room::Mix;

/// Pictures and sounds that one mix takes in at a time.
const PICTURES: usize = 16;
const SOUNDS: usize = 32;
/// Of those who are heard, so many have a sound of their own.
const OWN_SOUNDS: usize = 16;
/// Where its sources stand among those that it publishes.
const PICTURE: usize = 0;
const SOUND: usize = 1;

impl Sfu {
    /// The mix of a room says something; nobody may want it any more.
    pub fn handle_mix(&mut self, name: &RoomName, from: FromMix, now: Instant) {
        let Some(mix) = self.rooms.get(name).and_then(|room| room.mix.as_ref()) else { return };
        let member = mix.member;
        match from {
            FromMix::Picture { edition, timestamp, composed, payloads } => {
                let last = payloads.len().saturating_sub(1);
                for (index, payload) in payloads.into_iter().enumerate() {
                    let format = edition.format();
                    let packet = packet((format, timestamp, composed), index == last, payload, now);
                    self.publish(name, (PICTURE, edition as usize), packet, now);
                }
            }
            FromMix::Sounds { mixed, sounds, heard } => self.take_sounds(name, mixed, (sounds, &heard), now),
            FromMix::Shows(shows) => self.mix_shows(name, member, shows, now),
            FromMix::KeyFrameWanted { participant, source } => {
                let publisher = self.rooms.get(name).and_then(|room| room.members.get(&participant));
                let Some(source) = publisher.map(|member| SourceId { member: *member, source }) else {
                    return;
                };
                let slots = self.members.get(&member).map(|member| &member.slots);
                let slot = slots.and_then(|slots| slots.iter().find(|slot| slot.carries == Some(source)));
                if let Some(layer) = slot.and_then(|slot| slot.current.or(slot.target)) {
                    self.request_key_frame(source, layer, now);
                }
            }
        }
        self.flush(now);
    }

    /// A room is to be mixed; or, if it is already, others are in it.
    pub(super) fn mix(
        &mut self,
        name: &RoomName,
        people: Vec<(ParticipantId, String)>,
        recording: Option<RecordingId>,
        now: Instant,
    ) {
        if self.rooms.get(name).and_then(|room| room.mix.as_ref()).is_none() {
            self.begin_mix(name, now);
        }
        if let Some(mix) = self.rooms.get_mut(name).and_then(|room| room.mix.as_mut()) {
            mix.people = people;
        }
        self.reassign(name, now);
        self.tell_speakers(name);
        self.tell_recording(name, recording);
    }

    fn tell_recording(&mut self, name: &RoomName, recording: Option<RecordingId>) {
        let Some(mix) = self.rooms.get_mut(name).and_then(|room| room.mix.as_mut()) else { return };
        if mix.recording != recording {
            mix.recording.clone_from(&recording);
            self.outputs.push_back(Output::Mix { room: name.clone(), to: ToMix::Record(recording) });
        }
    }

    fn begin_mix(&mut self, name: &RoomName, now: Instant) {
        self.next_id += 1;
        let id = MemberId(self.next_id);
        let state = SourceState { mic: true, camera: true, ..SourceState::default() };
        let mut member = Member::new(ParticipantId::mix(), name.clone(), 0, state, now);
        (member.is_mix, member.connected) = (true, true);
        for (source, mid, layers) in
            [(Source::Camera, "picture", Edition::ALL.len()), (Source::Mic, "sound", 1)]
        {
            let layers = (0..layers).map(|_| self.mixed_layer(id)).collect();
            member.sources.push(Published::new(source, Mid::from(mid), layers));
        }
        let pictures = (0..PICTURES).map(|_| Kind::Video);
        for (index, kind) in pictures.chain((0..SOUNDS).map(|_| Kind::Audio)).enumerate() {
            member.slots.push(Slot {
                mid: String::new(),
                kind,
                stream: StreamId(index),
                outgoing: Outgoing::new(0, 0),
                meter: Meter::default(),
                carries: None,
                current: None,
                target: None,
            });
        }
        self.members.insert(id, member);
        let room = self.rooms.entry(name.clone()).or_default();
        room.members.insert(ParticipantId::mix(), id);
        room.mix = Some(Mix {
            member: id,
            people: Vec::new(),
            told: Vec::new(),
            told_speaker: None,
            told_wanted: Editions::default(),
            recording: None,
            without: Vec::new(),
        });
        self.next_tick.get_or_insert(now);
    }

    /// A layer of what a mix publishes; by the number of its feed it can be asked for key frames.
    fn mixed_layer(&mut self, mix: MemberId) -> Layer {
        self.next_id += 1;
        self.feeds.insert(self.next_id, mix);
        let mut layer = Layer::new(None, self.next_id);
        layer.ssrc = Some(0);
        layer
    }

    /// Whoever mixes is told that nobody wants it any more, and who is in the room otherwise.
    pub(super) fn tell_people(&mut self, name: &RoomName) {
        let Some(room) = self.rooms.get_mut(name) else { return };
        let Some(mix) = &mut room.mix else { return };
        let people = mix.people.iter().map(|(participant, name)| {
            let member = room.members.get(participant).and_then(|member| self.members.get(member));
            let state = member.map(|member| member.state).unwrap_or_default();
            Person { participant: participant.clone(), name: name.clone(), state }
        });
        let people: Vec<Person> = people.collect();
        if mix.told != people {
            mix.told.clone_from(&people);
            self.outputs.push_back(Output::Mix { room: name.clone(), to: ToMix::People(people) });
        }
    }

    /// Whoever mixes is told who speaks.
    pub(super) fn tell_mix_speaker(&mut self, name: &RoomName, speaker: Option<&ParticipantId>) {
        let Some(mix) = self.rooms.get_mut(name).and_then(|room| room.mix.as_mut()) else { return };
        if mix.told_speaker.as_ref() != speaker {
            mix.told_speaker = speaker.cloned();
            let to = ToMix::Speaker(speaker.cloned());
            self.outputs.push_back(Output::Mix { room: name.clone(), to });
        }
    }

    /// Whoever mixes is told which editions of its picture somebody watches.
    pub(super) fn tell_editions(&mut self, id: MemberId, now: Instant) {
        let Some(member) = self.members.get_mut(&id) else { return };
        let Some(picture) = member.sources.get_mut(PICTURE) else { return };
        let mut is_wanted = |edition: Edition| {
            picture.layers.get_mut(edition as usize).is_some_and(|layer| layer.want(true, now))
        };
        let wanted = Editions { small: is_wanted(Edition::Small), h264: is_wanted(Edition::H264) };
        let name = &member.room;
        let Some(mix) = self.rooms.get_mut(name).and_then(|room| room.mix.as_mut()) else { return };
        if mix.told_wanted != wanted {
            mix.told_wanted = wanted;
            self.outputs.push_back(Output::Mix { room: name.clone(), to: ToMix::Wanted(wanted) });
        }
    }

    /// A packet for the mix, which is rewritten here: nobody encrypts it.
    pub(super) fn tell_mix(&mut self, publisher: MemberId, source: usize, leg: Leg) {
        let Some(publisher) = self.members.get(&publisher) else { return };
        let Some(source) = publisher.sources.get(source).map(|published| published.source) else { return };
        let Leg { stream, rewrite, packet, .. } = leg;
        let to = MixPacket {
            participant: publisher.participant.clone(),
            source,
            stream: stream.0,
            codec: packet.format.video(),
            sequence: rewrite.sequence,
            timestamp: rewrite.timestamp,
            marker: rewrite.marker,
            rotation: degrees(packet.orientation),
            arrival: packet.arrival,
            payload: Arc::clone(&packet.payload),
        };
        self.outputs.push_back(Output::Mix { room: publisher.room.clone(), to: ToMix::Packet(to) });
    }

    /// Whether a slot of somebody can carry this.
    pub(super) fn takes(&self, id: MemberId, stream: StreamId, format: Format) -> bool {
        match self.endpoints.get(&id) {
            Some(endpoint) => endpoint.takes(stream, format),
            // A mix, or nobody: what it cannot read is AV1, and sound with repetitions.
            None => !matches!(format, Format::Red | Format::Video(VideoCodec::Av1, _)),
        }
    }

    /// Everything that sounds in a room: those that are heard by all before the others, should there be too many.
    pub(super) fn all_sounds(&self, name: &RoomName) -> Vec<SourceId> {
        let Some(room) = self.rooms.get(name) else { return Vec::new() };
        let mut sounds = room.speakers.loudest().to_vec();
        let people = room.members.keys().filter(|participant| **participant != ParticipantId::mix());
        for sound in people.flat_map(|participant| self.sounds_of(participant, name)) {
            if !sounds.contains(&sound) {
                sounds.push(sound);
            }
        }
        sounds
    }

    fn mix_shows(&mut self, name: &RoomName, mix: MemberId, shows: Vec<Shown>, now: Instant) {
        if let Some(member) = self.members.get_mut(&mix) {
            member.shows = shows;
        }
        self.reassign(name, now);
    }

    fn take_sounds(
        &mut self,
        name: &RoomName,
        mixed: Instant,
        (sounds, heard): (Vec<MixedSound>, &[ParticipantId]),
        now: Instant,
    ) {
        let Some(mix) = self.rooms.get(name).and_then(|room| room.mix.as_ref()).map(|mix| mix.member) else {
            return;
        };
        for MixedSound { without, timestamp, payload } in sounds {
            let layer = match without {
                None => Some(0),
                Some(without) => self.layer_without(name, mix, &without, heard),
            };
            let Some(layer) = layer else { continue };
            let packet = packet((Format::Opus, timestamp, mixed), false, payload, now);
            self.publish(name, (SOUND, layer), packet, now);
        }
        // Who is heard and has no sound of their own for now has silence: what they must not hear is themselves.
        for who in heard {
            let _ = self.layer_without(name, mix, who, heard);
        }
        self.aim_sounds(name, mix, heard, now);
    }

    /// The version of the sound without somebody. Where there are too many, it takes the place of one who is not heard now.
    fn layer_without(
        &mut self,
        name: &RoomName,
        mix: MemberId,
        who: &ParticipantId,
        heard: &[ParticipantId],
    ) -> Option<usize> {
        let known = &self.rooms.get(name)?.mix.as_ref()?.without;
        if let Some(place) = known.iter().position(|known| known == who) {
            return Some(place + 1);
        }
        let free = known.iter().position(|known| !heard.contains(known));
        let place = if known.len() < OWN_SOUNDS { known.len() } else { free? };
        let layer = self.mixed_layer(mix);
        let layers = &mut self.members.get_mut(&mix)?.sources.get_mut(SOUND)?.layers;
        match layers.get_mut(place + 1) {
            Some(before) => {
                self.feeds.remove(&before.feed);
                *before = layer;
            }
            None => layers.push(layer),
        }
        let without = &mut self.rooms.get_mut(name)?.mix.as_mut()?.without;
        match without.get_mut(place) {
            Some(before) => *before = who.clone(),
            None => without.push(who.clone()),
        }
        Some(place + 1)
    }

    /// Has everybody who hears the mix hear their version of it.
    fn aim_sounds(&mut self, name: &RoomName, mix: MemberId, heard: &[ParticipantId], now: Instant) {
        let Some(room) = self.rooms.get(name) else { return };
        let Some(in_mix) = &room.mix else { return };
        let sound = SourceId { member: mix, source: Source::Mic };
        let mut aims = Vec::new();
        for (participant, id) in &room.members {
            let slots = self.members.get(id).map(|member| member.slots.iter()).into_iter().flatten();
            let Some((slot, carried)) = slots.enumerate().find(|(_, slot)| slot.carries == Some(sound))
            else {
                continue;
            };
            let place = in_mix.without.iter().position(|without| without == participant);
            let layer = place.filter(|_| heard.contains(participant)).map_or(0, |place| place + 1);
            if carried.target != Some(layer) {
                aims.push((*id, slot, layer));
            }
        }
        for (id, slot, layer) in aims {
            self.aim(id, slot, Some(layer), now);
        }
    }

    /// A packet of the mix goes to those who watch or hear it.
    fn publish(
        &mut self,
        name: &RoomName,
        (source, layer): (usize, usize),
        mut packet: Packet,
        now: Instant,
    ) {
        let Some(member) = self.rooms.get(name).and_then(|room| room.mix.as_ref()).map(|mix| mix.member)
        else {
            return;
        };
        let Some(published) = self.members.get_mut(&member).and_then(|member| member.sources.get_mut(source))
        else {
            return;
        };
        // What is said of the picture is said of the editions that everybody can have.
        let is_first = published.format.is_none();
        published.format.get_or_insert(packet.format);
        let Some(to) = published.layers.get_mut(layer) else { return };
        to.note(packet.payload.len(), now);
        to.mixed += 1;
        packet.sequence = to.mixed;
        if let Some(codec) = packet.format.video().filter(|codec| codec.is_key_frame(&packet.payload)) {
            self.key_frames.handle_key_frame(to.feed);
            to.height = codec.key_frame_size(&packet.payload).map(|(_, height)| height);
        }
        self.received.push(Received { member, source, layer, packet: Arc::new(packet) });
        if is_first {
            self.reassign_soon(name, now);
        }
    }
}

/// Which edition of the picture of a mix a feed is; none if it is sound.
pub(super) fn edition_of(mix: &Member, feed: u64) -> Option<Edition> {
    let layers = &mix.sources.get(PICTURE)?.layers;
    let place = layers.iter().position(|layer| layer.feed == feed)?;
    Edition::ALL.get(place).copied()
}

/// A packet of a mix, whose number is still missing.
fn packet(
    (format, timestamp, captured): (Format, u32, Instant),
    marker: bool,
    payload: Arc<[u8]>,
    now: Instant,
) -> Packet {
    Packet {
        ssrc: 0,
        mid: Mid::from(""),
        rid: None,
        format,
        sequence: 0,
        timestamp,
        marker,
        arrival: now,
        captured: Some(captured),
        level: None,
        voice: None,
        orientation: None,
        payload,
    }
}

fn degrees(orientation: Option<VideoOrientation>) -> u16 {
    match orientation {
        None | Some(VideoOrientation::Deg0) => 0,
        Some(VideoOrientation::Deg90) => 90,
        Some(VideoOrientation::Deg180) => 180,
        Some(VideoOrientation::Deg270) => 270,
    }
}
