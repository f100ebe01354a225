//! Who gets which layer of what it shows, and which layers nobody wants.

use std::time::{Duration, Instant};

use visavis_protocol::{ServerMessage, Shown, Source, Wanted, WantedSource};

use super::Sfu;
use crate::allocator::{self, Picture, Want};
use crate::downlink::{SMALLEST, SOUND};
use crate::endpoint::Endpoint;
use crate::member::{MemberId, Slot, SourceId};
use crate::mix::Edition;
use crate::offer::Kind;
use crate::output::Output;

const SOUND_STEP: u64 = 20_000;
/// No way is taken for narrower than that, in bit/s. The estimate takes the delays of a busy machine for those of a narrow way,
/// and falls far below what most ways take; people would be gone from the screen for nothing.
const NARROWEST: u64 = 250_000;
/// What a layer is taken to need before it was seen, the smallest first, in bit/s.
const EXPECTED: [u64; 3] = [SMALLEST, 500_000, 1_700_000];
/// What a picture without layers is taken to need: not more than what a way is taken for at first, or it would never begin.
const EXPECTED_ALONE: u64 = 600_000;

/// After so long without pictures nothing is known of a way: what was estimated was estimated of little or nothing.
const FORGETFUL: Duration = Duration::from_secs(2);
/// How long it takes from then on to know more.
const LEARNING: Duration = Duration::from_secs(2);

/// Each time that more is desired the library may send a burst to find out whether that goes, and what layers take wavers.
fn steady(before: Option<u64>, desired: u64) -> u64 {
    let fits = |before: &u64| desired <= *before && desired >= before / 4 * 3;
    before.filter(fits).unwrap_or(desired + desired / 10)
}

impl Sfu {
    /// The way to a client takes so much.
    pub(super) fn estimated(&mut self, id: MemberId, estimate: u64) {
        if let Some(member) = self.members.get_mut(&id) {
            member.estimate = Some(estimate);
        }
    }

    /// For how much a way is taken at least, in bit/s. Where pictures begin after none were sent for a while it is taken for that of
    /// somebody who has just come, until some have gone there.
    fn least_estimate(&mut self, id: MemberId, now: Instant) -> u64 {
        let first = self.options.first_estimate;
        let Some(member) = self.members.get_mut(&id) else { return first };
        let is_carried = |slot: &Slot| slot.kind == Kind::Video && slot.carries.is_some();
        if !member.slots.iter().any(is_carried) {
            member.blank.get_or_insert(now);
            return NARROWEST;
        }
        let since = |at: Instant| now.saturating_duration_since(at);
        if member.blank.take().is_some_and(|blank| since(blank) >= FORGETFUL)
            && member.estimate.take().is_some()
        {
            member.begun = Some(now);
            self.egress.on(&mut self.endpoints, id, |endpoint| {
                endpoint.forget_estimate(first);
                Ok(())
            });
        }
        let is_new = self
            .members
            .get(&id)
            .and_then(|member| member.begun)
            .is_some_and(|begun| since(begun) < LEARNING);
        if is_new { first } else { NARROWEST }
    }

    /// Divides the way to a member among what it shows.
    pub(super) fn allocate(&mut self, id: MemberId, now: Instant) {
        let least_estimate = self.least_estimate(id, now);
        let Some(member) = self.members.get(&id) else { return };
        let estimates = self.endpoints.get(&id).is_some_and(Endpoint::estimates);
        let estimate = member.estimate.unwrap_or(self.options.first_estimate).max(least_estimate);
        let sound = self.sound_of(id, now) + SOUND;
        let budget = estimates.then(|| estimate.saturating_sub(sound));
        let (slots, wants) = self.wants_of(id, now);
        let allocation = allocator::allocate(budget, &wants);
        for (index, layer) in slots.into_iter().zip(&allocation.layers) {
            self.aim(id, index, *layer, now);
        }
        self.note_downlink(id, budget.is_some_and(|budget| allocation.is_short(budget)), now);
        let Some(member) = self.members.get_mut(&id) else { return };
        // Whoever has all they want is sent nothing more only to find out what else the way would take.
        let least =
            if allocation.next_step == 0 { 0 } else { allocation.used + allocation.next_step + sound };
        let desired = steady(member.goal.map(|(_, desired)| desired), allocation.desired + sound);
        let goal = (least, desired);
        if member.goal != Some(goal) {
            member.goal = Some(goal);
            self.egress.on(&mut self.endpoints, id, |endpoint| {
                endpoint.set_goal(goal.0, goal.1);
                Ok(())
            });
        }
    }

    /// The slots of a member that carry pictures, the most important first, and what is wanted of each.
    fn wants_of(&mut self, id: MemberId, now: Instant) -> (Vec<usize>, Vec<Want>) {
        let Some(member) = self.members.get(&id) else { return (Vec::new(), Vec::new()) };
        let (room, narrow, short) =
            (member.room.clone(), member.downlink.is_narrow(), member.downlink.is_short(now));
        let slots = member.slots.iter().enumerate().filter(|(_, slot)| slot.kind == Kind::Video);
        let shown = slots.filter_map(|(index, slot)| {
            let source = slot.carries?;
            let publisher = self.members.get(&source.member)?;
            let shows =
                |item: &Shown| item.participant == publisher.participant && item.source == source.source;
            let order = member.shows.iter().position(shows)?;
            let height = member.shows.get(order).map_or(0, |item| u32::from(item.height));
            // Where the way is narrow, the one picture of all is what there is to be room for.
            let goes_first = publisher.is_mix && narrow;
            Some(((!goes_first, order), index, source, slot.current, (height, publisher.is_mix)))
        });
        let mut shown: Vec<_> = shown.collect();
        shown.sort_unstable_by_key(|(order, ..)| *order);
        let mut slots = Vec::with_capacity(shown.len());
        let mut wants = Vec::with_capacity(shown.len());
        for ((not_first, _), index, source, current, (height, is_mix)) in shown {
            let mut layers = self.layers_of(source, current.is_none() && !is_mix, now);
            let picture = if source.source == Source::Screen { Picture::Screen } else { Picture::Camera };
            let speaker = self.is_speaking(&room, source) || !not_first;
            if is_mix {
                self.leave_editions((id, index), &mut layers, short);
            }
            let height = if is_mix && height > 0 { u32::from(u16::MAX) } else { height };
            slots.push(index);
            wants.push(Want { picture, speaker, height, layers, current });
        }
        (slots, wants)
    }

    /// Of the editions of the picture of a mix leaves those that somebody can have in this slot. The small one is made only for those
    /// whose way is `short` for the whole one, and H.264 for those who have no VP8.
    fn leave_editions(&self, (id, slot): (MemberId, usize), layers: &mut [allocator::Layer], short: bool) {
        let Some(slot) = self.members.get(&id).and_then(|member| member.slots.get(slot)) else { return };
        let has_whole = self.takes(id, slot.stream, Edition::Whole.format());
        for (edition, layer) in Edition::ALL.into_iter().zip(layers) {
            layer.live &= match edition {
                Edition::Small => has_whole && (short || slot.current == Some(edition as usize)),
                Edition::Whole => has_whole,
                Edition::H264 => !has_whole,
            };
        }
    }

    /// Notes whether the way to a member carries what is wanted, and tells if it turns out to be narrow, or no longer.
    fn note_downlink(&mut self, id: MemberId, is_short: bool, now: Instant) {
        let Some(member) = self.members.get_mut(&id) else { return };
        let news = member.downlink.handle(member.estimate, is_short, now);
        if let Some(narrow) = news.filter(|_| member.only.is_none()) {
            let (room, participant) = (member.room.clone(), member.participant.clone());
            self.outputs.push_back(Output::Narrow { room, participant, narrow });
        }
    }

    /// What the sounds that a member hears take, in bit/s.
    fn sound_of(&mut self, id: MemberId, now: Instant) -> u64 {
        let slots = self.members.get_mut(&id).into_iter().flat_map(|member| &mut member.slots);
        let sounds = slots.filter(|slot| slot.kind == Kind::Audio).map(|slot| slot.meter.bitrate(now));
        // In steps: what follows from it need not follow every packet.
        sounds.sum::<u64>().next_multiple_of(SOUND_STEP)
    }

    /// The layers of a source. `at_once`: a picture is to begin, so that one that comes already is better than one that has to be
    /// asked for.
    fn layers_of(&mut self, source: SourceId, at_once: bool, now: Instant) -> Vec<allocator::Layer> {
        let published = self.members.get_mut(&source.member);
        let Some(published) = published.and_then(|member| member.published_mut(source.source)) else {
            return Vec::new();
        };
        let alone = published.layers.len() == 1;
        let any_comes = published.layers.iter().any(|layer| layer.comes(now));
        let layers = published.layers.iter_mut().zip(EXPECTED).map(|(layer, expected)| {
            let expected = if alone { EXPECTED_ALONE } else { expected };
            let is_live = if any_comes && at_once { layer.comes(now) } else { layer.is_live(now) };
            allocator::Layer {
                bitrate: layer.bitrate(expected, now),
                height: layer.height.map(u32::from),
                // Of a source that sends nothing at all, nothing is known to be in vain.
                live: is_live || !any_comes,
            }
        });
        layers.collect()
    }

    /// Tells publishers which of their layers somebody watches, where that has changed.
    pub(super) fn tell_wanted(&mut self, members: &[MemberId], now: Instant) {
        for id in members {
            let Some(member) = self.members.get_mut(id) else { continue };
            if member.is_mix {
                self.tell_editions(*id, now);
                continue;
            }
            let is_live = Source::ALL.map(|source| (source, member.is_live(source)));
            let mut sources = Vec::new();
            for published in member.sources.iter_mut().filter(|published| published.source.is_video()) {
                let is_live = is_live.contains(&(published.source, true));
                let wanted = published.layers.iter_mut().filter_map(|layer| {
                    let rid = layer.rid.map(|rid| rid.to_string()).unwrap_or_default();
                    layer.want(is_live, now).then_some(rid)
                });
                let rids = wanted.collect();
                sources.push(WantedSource { source: published.source, rids });
            }
            let wanted = Wanted { connection: member.connection, sources };
            if member.told_wanted.as_ref() == Some(&wanted) || wanted.sources.is_empty() {
                continue;
            }
            member.told_wanted = Some(wanted.clone());
            let (room, to) = (member.room.clone(), Some(member.participant.clone()));
            let message = ServerMessage::Wanted(wanted);
            self.outputs.push_back(Output::Say { room, to, message });
        }
    }
}
