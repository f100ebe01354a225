//! Who is heard, and who speaks, by the levels that packets of sound say they have (RFC 6464).
//!
//! Levels are what clients claim. Whatever they claim, one of the heard keeps its place for [`MIN_SEAT`], the speaker changes
//! no faster than [`SLOW`] lets it, and no more than [`MAX_MICS`] are remembered.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How many are heard at the same time.
const HEARD: usize = 3;
/// How many are listened to.
const MAX_MICS: usize = 512;
/// Loudness is 127 less the level in -dBov; what is beyond these counts as these.
const QUIETEST: f32 = 30.0;
const LOUDEST: f32 = 95.0;
/// From here on somebody speaks.
const AUDIBLE: f32 = 62.0;
/// What the sender's own detector takes for no voice counts as this much less.
const NO_VOICE: f32 = 15.0;
/// How much louder is clearly louder, in decibel.
const CLEARLY: f32 = 6.0;
/// Time constants: of loudness when it rises and when it falls, and of what the speaker is chosen by.
const RISE: Duration = Duration::from_millis(60);
const FALL: Duration = Duration::from_millis(500);
const SLOW: Duration = Duration::from_millis(700);
/// The longest time that a packet of Opus stands for (RFC 7587): what was not sent was silence.
const PACKET: Duration = Duration::from_millis(120);
/// How long one of the heard keeps its place at least.
const MIN_SEAT: Duration = Duration::from_millis(500);
/// After how long without a sound one of the heard gives way to anybody who speaks.
const SILENT: Duration = Duration::from_secs(1);
/// After how long without a packet a microphone is forgotten.
const GONE: Duration = Duration::from_secs(5);

/// The heard and the speaker of one room.
pub(crate) struct Speakers<Id> {
    mics: BTreeMap<Id, Mic>,
    /// Who is heard; each keeps its place in the list.
    loudest: Vec<Id>,
    speaker: Option<Id>,
}

/// What is known of one microphone.
struct Mic {
    /// Its loudness, which follows at once what rises.
    loudness: f32,
    /// Its loudness over about a second.
    lasting: f32,
    updated: Instant,
    /// When it was last audible, or has got its place.
    audible: Instant,
    seated: Instant,
}

impl<Id> Default for Speakers<Id> {
    fn default() -> Self {
        Self { mics: BTreeMap::new(), loudest: Vec::new(), speaker: None }
    }
}

impl<Id: Copy + Ord> Speakers<Id> {
    /// A packet came of `level`, in -dBov (127 is silence), with what its sender's own detector says of voice. Whether who is
    /// heard, or who speaks, has changed with it.
    pub(crate) fn handle_level(&mut self, id: Id, level: u8, voice: Option<bool>, now: Instant) -> bool {
        if self.mics.len() >= MAX_MICS && !self.mics.contains_key(&id) {
            return false;
        }
        self.mics.entry(id).or_insert_with(|| Mic::new(now)).follow(loudness(level, voice), now);
        let was_heard = self.loudest.contains(&id);
        let is_heard = was_heard || self.seat(id, now);
        let is_elected = is_heard && self.elect(id, now);
        is_elected || is_heard != was_heard
    }

    /// Time goes on: microphones that send nothing any more are forgotten. Whether that changes anything.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> bool {
        let is_gone = |mic: &Mic| now.saturating_duration_since(mic.updated) >= GONE;
        let gone: Vec<Id> = self.mics.iter().filter(|(_, mic)| is_gone(mic)).map(|(id, _)| *id).collect();
        gone.into_iter().fold(false, |changed, id| self.remove(id) | changed)
    }

    /// The microphone is no more. Whether that changes anything.
    pub(crate) fn remove(&mut self, id: Id) -> bool {
        self.mics.remove(&id);
        let Some(place) = self.loudest.iter().position(|heard| *heard == id) else { return false };
        self.loudest.remove(place);
        self.speaker.take_if(|speaker| *speaker == id);
        let waiting = self.mics.iter_mut().filter(|(id, _)| !self.loudest.contains(id));
        if let Some((next, mic)) = waiting.max_by(|(_, a), (_, b)| a.loudness.total_cmp(&b.loudness)) {
            mic.seated = mic.updated;
            self.loudest.push(*next);
        }
        true
    }

    /// Who is heard: three at most, the same ones in the same places as long as they are.
    pub(crate) fn loudest(&self) -> &[Id] {
        &self.loudest
    }

    /// Who speaks, or spoke last.
    pub(crate) fn speaker(&self) -> Option<Id> {
        self.speaker
    }

    /// Gives `id` a place if there is one, or if one of the heard has to give way.
    fn seat(&mut self, id: Id, now: Instant) -> bool {
        let place = if self.loudest.len() < HEARD {
            self.loudest.push(id);
            self.loudest.len() - 1
        } else if let Some(place) = self.place_for(id, now) {
            place
        } else {
            return false;
        };
        self.loudest[place] = id;
        if let Some(mic) = self.mics.get_mut(&id) {
            (mic.seated, mic.audible) = (now, now);
        }
        true
    }

    /// The place of the quietest of the heard, if `id` is to have it.
    fn place_for(&self, id: Id, now: Instant) -> Option<usize> {
        let newcomer = self.mics.get(&id).filter(|mic| mic.loudness >= AUDIBLE)?;
        let heard = self.loudest.iter().enumerate().filter_map(|(place, id)| {
            let mic = self.mics.get(id)?;
            let may_leave = now.saturating_duration_since(mic.seated) >= MIN_SEAT;
            may_leave.then(|| (place, mic.loudness_at(now), mic.audible))
        });
        let (place, loudness, audible) = heard.min_by(|(_, a, _), (_, b, _)| a.total_cmp(b))?;
        let is_silent = now.saturating_duration_since(audible) >= SILENT;
        (is_silent || newcomer.loudness >= loudness + CLEARLY).then_some(place)
    }

    /// Makes `id` the speaker, if it has spoken clearly more than who is.
    fn elect(&mut self, id: Id, now: Instant) -> bool {
        let lasting = self.mics.get(&id).map_or(QUIETEST, |mic| mic.lasting);
        let speaker = self.speaker.and_then(|speaker| self.mics.get(&speaker));
        let is_more = speaker.is_none_or(|speaker| lasting >= speaker.lasting_at(now) + CLEARLY);
        let is_elected = self.speaker != Some(id) && lasting >= AUDIBLE && is_more;
        if is_elected {
            self.speaker = Some(id);
        }
        is_elected
    }
}

impl Mic {
    fn new(now: Instant) -> Self {
        Self { loudness: QUIETEST, lasting: QUIETEST, updated: now, audible: now, seated: now }
    }

    /// Takes a packet into account, and that nothing was heard before it since the last.
    fn follow(&mut self, loudness: f32, now: Instant) {
        let stands_for = now.saturating_duration_since(self.updated).min(PACKET);
        let constant = if loudness > self.loudness_at(now) { RISE } else { FALL };
        self.loudness = toward(loudness, self.loudness_at(now), stands_for, constant);
        self.lasting = toward(loudness, self.lasting_at(now), stands_for, SLOW);
        self.updated = now;
        if self.loudness >= AUDIBLE {
            self.audible = now;
        }
    }

    fn loudness_at(&self, now: Instant) -> f32 {
        toward(QUIETEST, self.loudness, self.silence(now), FALL)
    }

    fn lasting_at(&self, now: Instant) -> f32 {
        toward(QUIETEST, self.lasting, self.silence(now), SLOW)
    }

    /// For how long a packet has been overdue.
    fn silence(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.updated).saturating_sub(PACKET)
    }
}

fn loudness(level: u8, voice: Option<bool>) -> f32 {
    let loudness = f32::from(127_u8.saturating_sub(level));
    let loudness = if voice == Some(false) { loudness - NO_VOICE } else { loudness };
    loudness.clamp(QUIETEST, LOUDEST)
}

/// What becomes of `value` if it goes toward `target` for so long.
fn toward(target: f32, value: f32, elapsed: Duration, constant: Duration) -> f32 {
    target + (value - target) * (-elapsed.div_duration_f32(constant)).exp()
}

#[cfg(test)]
mod tests;
