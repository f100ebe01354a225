//! How the way to a subscriber is divided among what it shows.
//!
//! 1. Screens and the speaker, in the order of what is shown: the layer that is enough for the tile, or the best that there is
//!    room for.
//! 2. The others, in order: the lowest layer.
//! 3. The others again, in rounds: the next layer for each in order, until there is no room for one.
//!
//! Publishers list their layers from the smallest to the largest, or the other way round, for the order is one of preference
//! (RFC 8853): which of the two it is is seen by their heights, or by what they take.
//!
//! A layer that is sent goes on even where there is a little less room than it takes; a better one is begun only where there is
//! room to spare, so that an estimate that wavers changes nothing. The lowest layer of the first always goes: something is always shown.

use std::borrow::Cow;

/// What a picture is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Picture {
    /// Text, mostly, which has to be sharp.
    Screen,
    /// People.
    Camera,
}

/// One layer of a picture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layer {
    /// In bit/s.
    pub(crate) bitrate: u64,
    /// In pixels, if known.
    pub(crate) height: Option<u32>,
    /// Whether there is anything to send.
    pub(crate) live: bool,
}

/// A picture that is shown.
#[derive(Clone, Debug)]
pub(crate) struct Want {
    pub(crate) picture: Picture,
    /// Whether it shows who speaks.
    pub(crate) speaker: bool,
    /// How high it is shown, in pixels of the screen; 0 is not at all.
    pub(crate) height: u32,
    /// In the publisher's order: the lowest first, or last.
    pub(crate) layers: Vec<Layer>,
    /// The layer that is sent now.
    pub(crate) current: Option<usize>,
}

/// Who gets what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Allocation {
    /// For each want the layer it gets.
    pub(crate) layers: Vec<Option<usize>>,
    /// What they take together, in bit/s.
    pub(crate) used: u64,
    /// What the next layer that somebody would get takes more; 0 if everybody has what fits.
    pub(crate) next_step: u64,
    /// What they would take together without a limit, in bit/s.
    pub(crate) desired: u64,
}

/// How much room there has to be for a better layer to be begun, in percent of what everything takes with it.
const ROOM_TO_SPARE: u64 = 115;
/// How much there has to be for one that is sent to go on, in percent of the same. An estimate that takes a moment's delay for the end of the way falls to 85 % of
/// what is sent, and comes back; over a way that does take less it falls further.
const ROOM_TO_KEEP: u64 = 80;
/// How high a layer is that is enough, in percent of its tile: text has to be sharp, people need not.
const ENOUGH_FOR_TEXT: u64 = 150;
const ENOUGH_FOR_PEOPLE: u64 = 75;
/// How high the highest layer is taken to be where no layer's height is known, in pixels.
const SCREEN_HEIGHT: u32 = 1080;
const CAMERA_HEIGHT: u32 = 720;

/// How many times more than the last layer the first one has to take for being the largest, where heights are not known. Layers that
/// are listed the other way round may take as much as each other while nothing moves.
const LARGER: u64 = 2;

/// Divides `budget` bit/s (`None` is without a limit) among `wants`, the most important first.
pub(crate) fn allocate(budget: Option<u64>, wants: &[Want]) -> Allocation {
    let listed = wants;
    let wants: Vec<Cow<'_, Want>> = listed.iter().map(Want::lowest_first).collect();
    let mut shares: Vec<Share> =
        wants.iter().enumerate().filter_map(|(index, want)| Share::new(index, want)).collect();
    // Stable: otherwise the order stays.
    shares.sort_by_key(|share| !share.goes_first);
    let mut division = Division { budget: budget.unwrap_or(u64::MAX), used: 0 };
    division.divide(&mut shares);
    let mut layers = vec![None; wants.len()];
    for share in &shares {
        let layer = share.step.map(|step| share.steps[step].layer);
        layers[share.want] = layer.map(|layer| listed[share.want].turned(layer));
    }
    let unsatisfied = shares.iter().filter(|share| share.next_cost() > 0);
    let next = unsatisfied.min_by_key(|share| (!share.goes_first, share.step));
    let best = shares.iter().filter_map(|share| share.steps.last());
    Allocation {
        layers,
        used: division.used,
        next_step: next.map_or(0, Share::next_cost),
        desired: best.fold(0, |sum, step| sum.saturating_add(step.bitrate)),
    }
}

impl Allocation {
    /// Whether a way that takes `budget` bit/s carries less than is wanted.
    pub(crate) fn is_short(&self, budget: u64) -> bool {
        self.next_step > 0 || self.used.saturating_mul(ROOM_TO_KEEP) / 100 > budget
    }
}

impl Want {
    /// Whether the highest layer is the first.
    fn is_highest_first(&self) -> bool {
        let (Some(first), Some(last)) = (self.layers.first(), self.layers.last()) else { return false };
        if let (Some(first), Some(last)) = (first.height, last.height) {
            return first > last;
        }
        // Of those that are not sent nothing is known but what is expected of a list in the usual order.
        let mut live = self.layers.iter().filter(|layer| layer.live).map(|layer| layer.bitrate);
        let first = live.next().unwrap_or_default();
        live.next_back().is_some_and(|last| first >= last.saturating_mul(LARGER))
    }

    /// The same with the lowest layer first.
    fn lowest_first(&self) -> Cow<'_, Self> {
        if !self.is_highest_first() {
            return Cow::Borrowed(self);
        }
        let current = self.current.map(|layer| self.turned(layer));
        let layers = self.layers.iter().rev().copied().collect();
        Cow::Owned(Self { layers, current, ..*self })
    }

    /// What place a layer has among those with the lowest first; and the other way round.
    fn turned(&self, layer: usize) -> usize {
        if self.is_highest_first() { self.layers.len().saturating_sub(layer + 1) } else { layer }
    }
}

/// What is divided.
struct Division {
    budget: u64,
    used: u64,
}

impl Division {
    fn divide(&mut self, shares: &mut [Share]) {
        if let Some(first) = shares.first_mut() {
            self.used = first.steps[0].bitrate;
            first.step = Some(0);
        }
        let others = shares.partition_point(|share| share.goes_first);
        for share in &mut shares[..others] {
            let best = (0..share.steps.len()).rev().find(|step| self.has_room(share, *step));
            if best.is_some() {
                self.take(share, best);
            }
        }
        self.give_lowest(shares, others);
        loop {
            let shown = shares[others..].iter_mut().filter(|share| share.step.is_some() && share.has_next());
            let Some(next) = shown.min_by_key(|share| share.step) else { return };
            if !self.step_up(next) {
                return;
            }
        }
    }

    /// Gives the shares from `others` on their lowest layer.
    fn give_lowest(&mut self, shares: &mut [Share], others: usize) {
        for index in others.max(1)..shares.len() {
            let Some((first, rest)) = shares.split_first_mut() else { return };
            let share = &mut rest[index - 1];
            // One who comes only as a large picture does not take from the first what that had without.
            while others == 0
                && first.has_next()
                && first.next_cost() < share.next_cost()
                && self.step_up(first)
            {}
            self.step_up(share);
        }
    }

    /// Takes the next step of a share, if there is room.
    fn step_up(&mut self, share: &mut Share) -> bool {
        let step = share.next();
        let has_room = self.has_room(share, step);
        if has_room {
            self.take(share, Some(step));
        }
        has_room
    }

    fn has_room(&self, share: &Share, step: usize) -> bool {
        let total = self.used_with(share, Some(step));
        let percent = match share.steps[step].layer {
            layer if share.current.is_some_and(|current| layer <= current) => ROOM_TO_KEEP,
            _ if step == 0 => 100,
            _ => ROOM_TO_SPARE,
        };
        total.saturating_mul(percent) / 100 <= self.budget
    }

    fn take(&mut self, share: &mut Share, step: Option<usize>) {
        self.used = self.used_with(share, step);
        share.step = step;
    }

    /// What everything takes if `share` is at `step`.
    fn used_with(&self, share: &Share, step: Option<usize>) -> u64 {
        self.used.saturating_sub(share.cost(share.step)).saturating_add(share.cost(step))
    }
}

/// What one want may get, and gets.
struct Share {
    want: usize,
    goes_first: bool,
    /// The layers that can be sent, up to one that is enough; there is one at least.
    steps: Vec<Step>,
    /// The layer that is sent now.
    current: Option<usize>,
    step: Option<usize>,
}

#[derive(Clone, Copy)]
struct Step {
    layer: usize,
    bitrate: u64,
}

impl Share {
    /// `None` if nothing of it is shown, or nothing can be.
    fn new(index: usize, want: &Want) -> Option<Self> {
        let live = want.layers.iter().enumerate().filter(|(_, layer)| layer.live);
        let mut steps: Vec<Step> = live.map(|(layer, it)| Step { layer, bitrate: it.bitrate }).collect();
        steps.first().filter(|_| want.height > 0)?;
        let percent = if want.picture == Picture::Screen { ENOUGH_FOR_TEXT } else { ENOUGH_FOR_PEOPLE };
        let is_enough =
            |step: &Step| u64::from(height(want, step.layer)) * 100 >= u64::from(want.height) * percent;
        if let Some(enough) = steps.iter().position(is_enough) {
            steps.truncate(enough + 1);
        }
        let goes_first = want.speaker || want.picture == Picture::Screen;
        Some(Self { want: index, goes_first, steps, current: want.current, step: None })
    }

    fn next(&self) -> usize {
        self.step.map_or(0, |step| step + 1)
    }

    fn has_next(&self) -> bool {
        self.next() < self.steps.len()
    }

    /// What the next step takes more than this one; 0 if there is none.
    fn next_cost(&self) -> u64 {
        if self.has_next() { self.cost(Some(self.next())).saturating_sub(self.cost(self.step)) } else { 0 }
    }

    fn cost(&self, step: Option<usize>) -> u64 {
        step.and_then(|step| self.steps.get(step)).map_or(0, |step| step.bitrate)
    }
}

/// How high a layer is, in pixels. One that nobody has seen yet is taken for half of the one above it.
fn height(want: &Want, layer: usize) -> u32 {
    let highest = || {
        let known = want.layers.iter().enumerate().rev().find_map(|(index, it)| Some((index, it.height?)));
        let (index, height) = known.unwrap_or(match want.picture {
            Picture::Screen => (want.layers.len() - 1, SCREEN_HEIGHT),
            Picture::Camera => (want.layers.len() - 1, CAMERA_HEIGHT),
        });
        u64::from(height) << (want.layers.len() - 1 - index).min(8)
    };
    let known = want.layers.get(layer).and_then(|layer| layer.height);
    known.unwrap_or_else(|| {
        let halvings = (want.layers.len() - 1 - layer).min(63);
        u32::try_from(highest() >> halvings).unwrap_or(u32::MAX)
    })
}

#[cfg(test)]
mod tests;
