//! Which slot of whom carries what.

use std::time::{Duration, Instant};

use visavis_protocol::{ParticipantId, RoomName, ServerMessage, Slot as Told, Slots, Source, Undecodable};

use super::Sfu;
use crate::member::{MemberId, SourceId, Watcher};
use crate::mix::Edition;
use crate::offer::Kind;

/// How often slots are given out anew for what clients can change as often as they like; the rest waits for the next look at the
/// room.
pub(super) const SETTLE: Duration = Duration::from_millis(50);

impl Sfu {
    /// As [`reassign`](Self::reassign), now or soon: however often it is wanted, it takes only so much time.
    pub(super) fn reassign_soon(&mut self, name: &RoomName, now: Instant) {
        let Some(room) = self.rooms.get_mut(name) else { return };
        let is_settled = |assigned| now.saturating_duration_since(assigned) >= SETTLE;
        room.changed = !room.assigned.is_none_or(is_settled);
        if !room.changed {
            self.reassign(name, now);
        }
    }

    /// Somebody has come, left, shows something else, or is heard: slots are given out anew where that changes anything.
    pub(super) fn reassign(&mut self, room: &RoomName, now: Instant) {
        let Some(in_room) = self.rooms.get_mut(room) else { return };
        (in_room.assigned, in_room.changed) = (Some(now), false);
        let members: Vec<MemberId> = in_room.members.values().copied().collect();
        for member in &members {
            let heard = self.heard_by(*member, room);
            self.give_out(*member, Kind::Audio, &heard, now);
            let (shown, undecodable) = self.shown_by(*member, room);
            self.give_out(*member, Kind::Video, &shown, now);
            self.tell_slots(*member, undecodable);
        }
        for member in &members {
            self.allocate(*member, now);
        }
        self.tell_wanted(&members, now);
        self.tell_people(room);
    }

    /// The loudest of the others; or whatever sounds of the only one that matters.
    fn heard_by(&self, id: MemberId, room: &RoomName) -> Vec<SourceId> {
        let Some(member) = self.members.get(&id) else { return Vec::new() };
        if let Some(only) = &member.only {
            return self.sounds_of(only, room);
        }
        if member.is_mix {
            return self.all_sounds(room);
        }
        if member.hears_mix && self.rooms.get(room).is_some_and(|room| room.mix.is_some()) {
            return self.sounds_of(&ParticipantId::mix(), room);
        }
        let loudest = self.rooms.get(room).map(|room| room.speakers.loudest()).unwrap_or_default();
        loudest.iter().copied().filter(|source| source.member != id).collect()
    }

    pub(super) fn sounds_of(&self, participant: &ParticipantId, room: &RoomName) -> Vec<SourceId> {
        let publisher = self.rooms.get(room).and_then(|room| room.members.get(participant)).copied();
        let Some((member, publisher)) = publisher.and_then(|id| Some((id, self.members.get(&id)?))) else {
            return Vec::new();
        };
        let sounds = [Source::Mic, Source::ScreenAudio].into_iter();
        let sounds =
            sounds.filter(|sound| publisher.is_live(*sound) && publisher.published(*sound).is_some());
        sounds.map(|source| SourceId { member, source }).collect()
    }

    /// What is on somebody's screen and live, in that order; and what of it would be, if the codec were one of theirs.
    fn shown_by(&self, id: MemberId, room: &RoomName) -> (Vec<SourceId>, Vec<Undecodable>) {
        let (mut shown, mut undecodable) = (Vec::new(), Vec::new());
        let Some(member) = self.members.get(&id) else { return (shown, undecodable) };
        let Some(room) = self.rooms.get(room) else { return (shown, undecodable) };
        let slots = || member.slots.iter().filter(|slot| slot.kind == Kind::Video);
        for item in &member.shows {
            let Some(&publisher) = room.members.get(&item.participant).filter(|publisher| **publisher != id)
            else {
                continue;
            };
            let source = SourceId { member: publisher, source: item.source };
            let Some(published) =
                self.members.get(&publisher).filter(|publisher| publisher.is_live(item.source))
            else {
                continue;
            };
            let is_mix = published.is_mix;
            let Some(published) = published.published(item.source) else { continue };
            let taken = |format| slots().any(|slot| self.takes(id, slot.stream, format));
            // Whoever has no VP8 gets the mix in H.264.
            let has_edition = || is_mix && taken(Edition::H264.format());
            match published.format {
                Some(format) if !taken(format) && !has_edition() => undecodable.push(Undecodable {
                    participant: item.participant.clone(),
                    source: item.source,
                    codec: format.name().to_owned(),
                }),
                _ if !shown.contains(&source) => shown.push(source),
                _ => {}
            }
        }
        shown.truncate(slots().count());
        (shown, undecodable)
    }

    /// Has the slots of one kind carry `sources`, as many as there are. What has a slot keeps it.
    fn give_out(&mut self, id: MemberId, kind: Kind, sources: &[SourceId], now: Instant) {
        let Some(member) = self.members.get(&id) else { return };
        let of_kind = || member.slots.iter().enumerate().filter(|(_, slot)| slot.kind == kind);
        let sources: Vec<SourceId> = sources.iter().copied().take(of_kind().count()).collect();
        let is_carried = |source: &SourceId| of_kind().any(|(_, slot)| slot.carries == Some(*source));
        let missing: Vec<SourceId> = sources.iter().copied().filter(|source| !is_carried(source)).collect();
        let free = of_kind().filter(|(_, slot)| slot.carries.is_none_or(|source| !sources.contains(&source)));
        let free: Vec<(usize, Option<SourceId>)> = free.map(|(index, slot)| (index, slot.carries)).collect();
        let mut missing = missing.into_iter();
        for (index, carried) in free {
            let next = missing.next();
            if carried == next {
                continue;
            }
            self.unwatch_all(id, index, carried);
            let Some(slot) = self.members.get_mut(&id).and_then(|member| member.slots.get_mut(index)) else {
                continue;
            };
            (slot.carries, slot.current, slot.target) = (next, None, None);
            slot.outgoing.pause();
            if kind == Kind::Audio && next.is_some() {
                self.aim(id, index, Some(0), now);
            }
        }
    }

    /// Has a slot take another layer of what it carries, or none for the time being.
    pub(super) fn aim(&mut self, id: MemberId, index: usize, layer: Option<usize>, now: Instant) {
        let Some(slot) = self.members.get_mut(&id).and_then(|member| member.slots.get_mut(index)) else {
            return;
        };
        let (Some(source), kind) = (slot.carries, slot.kind) else { return };
        if slot.target == layer {
            return;
        }
        slot.target = layer;
        let Some(layer) = layer else {
            slot.current = None;
            slot.outgoing.pause();
            return self.unwatch_all(id, index, Some(source));
        };
        let current = slot.current;
        self.unwatch_but(id, index, source, current);
        let Some(feed) = self.watch(id, index, source, layer) else { return };
        let Some(slot) = self.members.get_mut(&id).and_then(|member| member.slots.get_mut(index)) else {
            return;
        };
        let waits = slot.outgoing.begin(feed);
        if kind == Kind::Video && waits {
            self.request_key_frame(source, layer, now);
        } else {
            slot.current = Some(layer);
        }
    }

    /// A slot has changed over to the layer that it waited for.
    pub(super) fn settle(&mut self, Watcher { member, slot: index }: Watcher) {
        let Some(slot) = self.members.get_mut(&member).and_then(|member| member.slots.get_mut(index)) else {
            return;
        };
        slot.current = slot.target;
        if let (Some(source), Some(layer)) = (slot.carries, slot.target) {
            self.unwatch_but(member, index, source, Some(layer));
        }
    }

    fn watch(&mut self, id: MemberId, slot: usize, source: SourceId, layer: usize) -> Option<u64> {
        let watcher = Watcher { member: id, slot };
        let published = self.members.get_mut(&source.member)?.published_mut(source.source)?;
        let layer = published.layers.get_mut(layer)?;
        if !layer.watchers.contains(&watcher) {
            layer.watchers.push(watcher);
        }
        Some(layer.feed)
    }

    /// The slot takes nothing of that source any more.
    pub(super) fn unwatch_all(&mut self, id: MemberId, slot: usize, source: Option<SourceId>) {
        if let Some(source) = source {
            self.unwatch_but(id, slot, source, None);
        }
    }

    fn unwatch_but(&mut self, id: MemberId, slot: usize, source: SourceId, kept: Option<usize>) {
        let watcher = Watcher { member: id, slot };
        let published = self.members.get_mut(&source.member);
        let Some(published) = published.and_then(|member| member.published_mut(source.source)) else {
            return;
        };
        for (index, layer) in published.layers.iter_mut().enumerate() {
            if kept != Some(index) {
                layer.watchers.retain(|known| *known != watcher);
            }
        }
    }

    fn tell_slots(&mut self, id: MemberId, undecodable: Vec<Undecodable>) {
        let Some(member) = self.members.get(&id).filter(|member| !member.is_mix) else { return };
        let slots = member.slots.iter().filter_map(|slot| {
            let SourceId { member, source } = slot.carries?;
            let participant = self.members.get(&member)?.participant.clone();
            Some(Told { mid: slot.mid.clone(), participant, source })
        });
        let told = Slots { connection: member.connection, slots: slots.collect(), undecodable };
        if member.told_slots.as_ref() == Some(&told) {
            return;
        }
        let Some(member) = self.members.get_mut(&id) else { return };
        member.told_slots = Some(told.clone());
        let (room, to) = (member.room.clone(), Some(member.participant.clone()));
        self.outputs.push_back(crate::output::Output::Say { room, to, message: ServerMessage::Slots(told) });
    }

    /// Whether somebody's source is a picture that a member speaks in: for the order in which ways are divided.
    pub(super) fn is_speaking(&self, room: &RoomName, source: SourceId) -> bool {
        let speaker = self.rooms.get(room).and_then(|room| room.floor.speaker());
        source.source == Source::Camera && speaker.is_some_and(|speaker| speaker.member == source.member)
    }
}
