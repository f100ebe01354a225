//! One sound of many: each who speaks hears all but themselves, and all who only listen hear the same.
//!
//! Sound is Opus (RFC 6716) in packets of RTP (RFC 7587); inside it is mono at 48 kHz. The mix is made in frames of 20 ms, each at
//! its time ([`SoundMixer::poll_timeout`]), of what every source's [`JitterBuffer`] says is due by then.

mod jitter;
mod levels;
mod output;
mod source;
mod stretch;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) use jitter::duration;
pub use jitter::{JitterBuffer, Playout, SoundPacket};
use output::{Hints, Output};
use source::Source;

/// Samples in a second.
const SAMPLE_RATE: u32 = 48_000;
/// Samples in a frame of the mix.
const FRAME: usize = 960;
/// How long that is.
const PERIOD: Duration = Duration::from_millis(20);
/// Sources at a time.
const MAX_SOURCES: usize = 64;
/// Who is in the mix at a time, each with an encoding of their own.
const MAX_HEARD: usize = 16;
/// How much louder than the quietest who is heard somebody must be to be heard instead, in decibel.
const CLEARLY: f32 = 6.0;
/// For how long somebody still gets an encoding of their own who is not heard any more.
const LINGERING: Duration = Duration::from_secs(1);
/// The same for who gave way to somebody louder: until nothing of them is in the encoder of all the others.
const LEAVING: Duration = Duration::from_millis(60);
/// By how much what is said of how long sound waits may be wrong: pictures are to be evenly spaced. And the most that is learned
/// of it in a frame, so that nothing follows from what is so for a moment.
const LAG_ERROR: Duration = Duration::from_millis(15);
const LAG_STEP: Duration = Duration::from_millis(2);
/// Frames that are made up for if they are late; if there are more they are left out.
const MAX_LATE: u32 = 4;

/// What a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SoundKind {
    /// A microphone: brought to the loudness that all voices have.
    Voice,
    /// Sound of a screen, a film or the like: mixed as it is.
    Content,
}

/// Why there is no such source.
#[derive(Debug, thiserror::Error)]
pub enum SoundError {
    /// There are 64 already.
    #[error("there are {MAX_SOURCES} sources of sound already")]
    TooMany,
    /// There is no decoder for it.
    #[error("Opus: {0}")]
    Opus(#[from] opus::Error),
}

/// One packet of a mix.
#[derive(Clone, Debug)]
pub struct MixedSound {
    /// Whose own sound is not in it, and who it is for; `None` for all who have no mix of their own.
    pub minus: Option<u64>,
    /// When its first sample was due.
    pub mixed: Instant,
    /// At 48 kHz. It begins with 0, and is the same in all mixes of one time.
    pub timestamp: u32,
    /// Opus, 20 ms.
    pub payload: Arc<[u8]>,
}

/// Mixes sound.
#[derive(Debug)]
pub struct SoundMixer {
    sources: BTreeMap<u64, Source>,
    /// Who is heard, by owner.
    heard: BTreeMap<u64, Heard>,
    shared: Output,
    /// The shared mix, and the one before: what a new encoding begins with.
    total: Box<[f32; FRAME]>,
    before: Box<[f32; FRAME]>,
    /// When the next frame begins, and its time stamp.
    next: Option<Instant>,
    timestamp: u32,
    /// How long before the mix its sound was made: as it is said, and as it has been learned since.
    lag: Option<(Duration, Duration)>,
    outputs: Vec<MixedSound>,
}

#[derive(Debug)]
struct Heard {
    output: Output,
    /// When they were last in the mix.
    audible: Instant,
    is_new: bool,
    /// Gives way to somebody louder.
    is_leaving: bool,
}

impl SoundMixer {
    /// Without any source.
    ///
    /// # Errors
    /// If there is no encoder.
    pub fn new() -> Result<Self, SoundError> {
        Ok(Self {
            sources: BTreeMap::new(),
            heard: BTreeMap::new(),
            shared: Output::new()?,
            total: Box::new([0.0; FRAME]),
            before: Box::new([0.0; FRAME]),
            next: None,
            timestamp: 0,
            lag: None,
            outputs: Vec::new(),
        })
    }

    /// There is a source `key` of `owner`, who is never sent it. If it is there already it goes on.
    ///
    /// # Errors
    /// If there are too many.
    pub fn set(&mut self, key: u64, owner: u64, kind: SoundKind) -> Result<(), SoundError> {
        if let Some(source) = self.sources.get_mut(&key) {
            (source.owner, source.kind) = (owner, kind);
            return Ok(());
        }
        if self.sources.len() >= MAX_SOURCES {
            return Err(SoundError::TooMany);
        }
        self.sources.insert(key, Source::new(owner, kind)?);
        Ok(())
    }

    /// The source is no more.
    pub fn remove(&mut self, key: u64) {
        self.sources.remove(&key);
    }

    /// A packet of a source came; of one that is unknown it is ignored.
    pub fn handle_packet(&mut self, key: u64, packet: &SoundPacket) {
        let Some(source) = self.sources.get_mut(&key) else { return };
        source.handle_packet(packet);
        // The rhythm begins with the first packet.
        self.next.get_or_insert(packet.arrival);
    }

    /// When the next frame is to be mixed; `None` while there is nothing to be mixed, and nobody to be told of it.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let is_over = self.sources.is_empty() && self.heard.is_empty() && self.shared.is_asleep();
        self.next.filter(|_| !is_over)
    }

    /// Mixes all that is due: nothing if that is not yet, up to four frames if it is late, and only the last of them if it is later
    /// than that, with the time of the others left out. What is silent says so once, and then nothing any more.
    pub fn mix(&mut self, now: Instant) -> impl Iterator<Item = MixedSound> + '_ {
        if let Some(due) = self.poll_timeout() {
            let late = now.saturating_duration_since(due).as_micros() / PERIOD.as_micros();
            let late = u32::try_from(late).unwrap_or(u32::MAX);
            if late >= MAX_LATE {
                self.skip(late);
            }
        }
        while let Some(due) = self.poll_timeout().filter(|due| *due <= now) {
            self.mix_frame(due);
            self.skip(1);
        }
        self.outputs.drain(..)
    }

    /// Whether all that `owner` may hear is in the mix without `minus`, and nothing of their own.
    #[must_use]
    pub fn is_shared_with(&self, owner: u64) -> bool {
        !self.heard.contains_key(&owner)
    }

    /// How long before it is mixed the sound was made that is mixed now, as far as that is known here: it was collected into packets,
    /// waited for those that are late, and encoders are ahead of what they say. That of whoever is loudest; it stays what it was for as
    /// long as that is nearly right.
    #[must_use]
    pub fn lag(&self) -> Option<Duration> {
        self.lag.map(|(said, _)| said)
    }

    fn skip(&mut self, frames: u32) {
        self.timestamp = self.timestamp.wrapping_add(frames.wrapping_mul(FRAME as u32));
        self.next = self.next.and_then(|next| next.checked_add(PERIOD.saturating_mul(frames)));
    }

    fn mix_frame(&mut self, now: Instant) {
        self.sources.values_mut().for_each(|source| source.advance(now));
        let before = self.heard.len();
        self.heard.retain(|_, heard| !heard.is_over(now));
        // Who had an encoding of their own goes on with the shared one.
        let has_left = self.heard.len() < before;
        self.choose(now);
        std::mem::swap(&mut self.total, &mut self.before);
        self.total.fill(0.0);
        let mut is_music = false;
        for source in self.sources.values_mut() {
            let is_heard = self.heard.get(&source.owner).is_some_and(|heard| !heard.is_leaving);
            if source.make_contribution(is_heard) {
                self.total.iter_mut().zip(source.frame()).for_each(|(sum, sample)| *sum += sample);
                is_music |= source.kind == SoundKind::Content;
            }
        }
        self.follow_lag();
        self.encode_each(now, is_music);
        self.shared.frame.copy_from_slice(self.total.as_slice());
        let mixed = self.shared.encode(Hints { is_independent: has_left, is_music });
        let timestamp = self.timestamp;
        self.outputs.extend(mixed.map(|payload| MixedSound { minus: None, mixed: now, timestamp, payload }));
    }

    fn follow_lag(&mut self) {
        let sources = self.sources.values().filter(|source| source.contributes());
        let loudest = sources.max_by(|a, b| a.loudness.lasting().total_cmp(&b.loudness.lasting()));
        let Some(found) = loudest.and_then(|source| source.lag) else { return };
        let (said, learned) = self.lag.unwrap_or((found, found));
        let learned = found.clamp(learned.saturating_sub(LAG_STEP), learned + LAG_STEP);
        let is_wrong = learned.abs_diff(said) > LAG_ERROR;
        self.lag = Some(if is_wrong { (found, found) } else { (said, learned) });
    }

    /// Encodes the mix of each who is heard: all less their own.
    fn encode_each(&mut self, now: Instant, is_music: bool) {
        for (owner, heard) in &mut self.heard {
            let is_independent = std::mem::take(&mut heard.is_new);
            let output = &mut heard.output;
            if is_independent {
                // The encoder looks ahead: what it begins with is what was in the shared mix until now.
                output.frame.copy_from_slice(self.before.as_slice());
                output.encode(Hints { is_independent, is_music });
            }
            output.frame.copy_from_slice(self.total.as_slice());
            for source in self.sources.values().filter(|source| source.owner == *owner) {
                if source.contributes() {
                    output.frame.iter_mut().zip(source.frame()).for_each(|(sum, own)| *sum -= own);
                }
            }
            let mixed = output.encode(Hints { is_independent, is_music });
            let (minus, timestamp) = (Some(*owner), self.timestamp);
            self.outputs.extend(mixed.map(|payload| MixedSound { minus, mixed: now, timestamp, payload }));
        }
    }

    /// Who is heard from now on: whoever makes a sound, and if that is too many, those who came first and those clearly louder.
    fn choose(&mut self, now: Instant) {
        for source in self.sources.values().filter(|source| source.loudness.is_audible()) {
            if let Some(heard) = self.heard.get_mut(&source.owner).filter(|heard| !heard.is_leaving) {
                heard.audible = now;
            }
        }
        while let Some((owner, level)) = self.loudest_unheard() {
            if self.heard.len() >= MAX_HEARD {
                self.make_room(level, now);
                return;
            }
            let Some(heard) = Heard::new(now) else { return };
            self.heard.insert(owner, heard);
        }
    }

    fn loudest_unheard(&self) -> Option<(u64, f32)> {
        let audible = self.sources.values().filter(|source| source.loudness.is_audible());
        let unheard = audible.filter(|source| !self.heard.contains_key(&source.owner));
        unheard.map(|source| (source.owner, source.loudness.lasting())).max_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// Lets the quietest leave for somebody of this level, one at a time.
    fn make_room(&mut self, level: f32, now: Instant) {
        if self.heard.values().any(|heard| heard.is_leaving) {
            return;
        }
        let heard = self.heard.iter_mut().map(|(owner, heard)| (loudest_of(&self.sources, *owner), heard));
        let quietest = heard.min_by(|(a, _), (b, _)| a.total_cmp(b));
        if let Some((_, heard)) = quietest.filter(|(quietest, _)| *quietest < level - CLEARLY) {
            (heard.is_leaving, heard.audible) = (true, now);
        }
    }
}

impl Heard {
    fn new(now: Instant) -> Option<Self> {
        let output =
            Output::new().inspect_err(|error| tracing::warn!(%error, "somebody is not heard")).ok()?;
        Some(Self { output, audible: now, is_new: true, is_leaving: false })
    }

    /// Whether nothing of them is in the shared mix any more.
    fn is_over(&self, now: Instant) -> bool {
        let lingering = if self.is_leaving { LEAVING } else { LINGERING };
        now.saturating_duration_since(self.audible) >= lingering
    }
}

/// How loud somebody is, in dBFS.
fn loudest_of(sources: &BTreeMap<u64, Source>, owner: u64) -> f32 {
    let own = sources.values().filter(|source| source.owner == owner);
    own.map(|source| source.loudness.lasting()).fold(f32::MIN, f32::max)
}

#[cfg(test)]
mod tests;
