//! How loud somebody is, how loud it is to be, and that all together are not too loud.

use super::FRAME;

/// What is below this is no sound, in dBFS.
const AUDIBLE: f32 = -60.0;
/// For how many frames somebody counts as audible who is not: 500 ms.
const HOLD: u32 = 25;
/// How much more than the noise a voice is, and how loud at least, in decibel.
const ABOVE_NOISE: f32 = 10.0;
const QUIETEST_VOICE: f32 = -50.0;
/// How fast what is taken for noise follows, in decibel a frame when it rises (3 dB/s), and as a share when it falls.
const NOISE_RISE: f32 = 0.06;
const NOISE_FALL: f32 = 0.2;
const QUIETEST_NOISE: f32 = -70.0;
/// How fast the level of a voice follows: loud parts count more than those between.
const VOICE_RISE: f32 = 0.05;
const VOICE_FALL: f32 = 0.01;
/// How loud voices become, if it takes no more than this much gain, in decibel.
const WANTED: f32 = -23.0;
const MAX_GAIN: f32 = 12.0;
/// The most that gain changes in a frame: 1.5 dB/s up, 6 dB/s down.
const GAIN_RISE: f32 = 0.03;
const GAIN_FALL: f32 = 0.12;
/// How long it takes to come in: 5 ms.
const ATTACK: usize = 240;
/// How much less loud a source may seem to be each frame: 20 dB/s.
const LASTING_FALL: f32 = 0.4;
/// The level of digital silence.
const SILENCE: f32 = -127.0;

/// What is known of how loud one source is.
#[derive(Debug)]
pub(super) struct Loudness {
    level: f32,
    lasting: f32,
    noise: Option<f32>,
    voice: f32,
    /// In decibel.
    gain: f32,
    /// What the last sample was multiplied by.
    factor: f32,
    hold: u32,
}

impl Default for Loudness {
    fn default() -> Self {
        Self { level: SILENCE, lasting: SILENCE, noise: None, voice: WANTED, gain: 0.0, factor: 0.0, hold: 0 }
    }
}

impl Loudness {
    /// Of the last frame, in dBFS.
    pub(super) fn level(&self) -> f32 {
        self.level
    }

    /// The same, but it falls slowly: between two words it lasts.
    pub(super) fn lasting(&self) -> f32 {
        self.lasting
    }

    /// Whether it is to be heard, or was a moment ago.
    pub(super) fn is_audible(&self) -> bool {
        self.hold > 0
    }

    /// There was no sound in a frame.
    pub(super) fn follow_silence(&mut self) {
        self.set_level(SILENCE);
        self.hold = self.hold.saturating_sub(1);
    }

    /// Takes a frame into account; with `adjust` the gain follows, or else there is none.
    pub(super) fn follow(&mut self, frame: &[f32], adjust: bool) {
        self.set_level(level(frame));
        let is_audible = self.level > AUDIBLE;
        self.hold = if is_audible { HOLD } else { self.hold.saturating_sub(1) };
        if !adjust {
            return;
        }
        let level = self.level.max(QUIETEST_NOISE);
        let noise = self.noise.unwrap_or(level);
        let is_voice = level > (noise + ABOVE_NOISE).max(QUIETEST_VOICE);
        let noise =
            if level < noise { noise + (level - noise) * NOISE_FALL } else { level.min(noise + NOISE_RISE) };
        self.noise = Some(noise);
        if is_voice {
            let share = if level > self.voice { VOICE_RISE } else { VOICE_FALL };
            self.voice += (level - self.voice) * share;
            let wanted = (WANTED - self.voice).clamp(-MAX_GAIN, MAX_GAIN);
            self.gain += (wanted - self.gain).clamp(-GAIN_FALL, GAIN_RISE);
        }
    }

    fn set_level(&mut self, level: f32) {
        self.level = level;
        self.lasting = level.max(self.lasting - LASTING_FALL).max(SILENCE);
    }

    /// There is nothing to be made louder: what comes next comes in softly.
    pub(super) fn rest(&mut self) {
        self.factor = 0.0;
    }

    /// Makes a frame as loud as it is to be: nothing at all unless it `is_heard`. Whether anything is left of it.
    pub(super) fn apply(&mut self, frame: &mut [f32], is_heard: bool) -> bool {
        let factor = if is_heard && self.is_audible() { decibel(self.gain) } else { 0.0 };
        let before = std::mem::replace(&mut self.factor, factor);
        if before == 0.0 && factor == 0.0 {
            return false;
        }
        let length = if before == 0.0 { ATTACK } else { FRAME };
        ramp(frame, before, factor, length);
        true
    }
}

/// From where on the sum is bent, and where it ends.
const KNEE: f32 = 0.8;
const CEILING: f32 = 0.99;
/// How fast the sum is let go again: the share of a frame that makes half a second.
const RELEASE: f32 = 0.04;

/// Keeps a sum below full scale: turned down as a whole before it is too loud, and what is too loud before that has happened
/// is bent instead of cut.
#[derive(Debug)]
pub(super) struct Limiter {
    factor: f32,
}

impl Default for Limiter {
    fn default() -> Self {
        Self { factor: 1.0 }
    }
}

impl Limiter {
    pub(super) fn apply(&mut self, frame: &mut [f32]) {
        let peak = frame.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        let allowed = if peak > KNEE { KNEE / peak } else { 1.0 };
        let before = self.factor;
        if before == 1.0 && allowed == 1.0 {
            return;
        }
        let released = before + (1.0 - before) * RELEASE;
        // What is nearly 1 becomes 1, so that most of the time there is nothing to do.
        let released = if released > 0.999 { 1.0 } else { released };
        self.factor = released.min(allowed);
        let length = if self.factor < before { ATTACK } else { FRAME };
        ramp(frame, before, self.factor, length);
        frame.iter_mut().for_each(|sample| *sample = bend(*sample));
    }
}

/// Multiplies by what goes from `before` to `after` in `length` samples.
fn ramp(frame: &mut [f32], before: f32, after: f32, length: usize) {
    let step = (after - before) / length as f32;
    let (start, rest) = frame.split_at_mut(length.min(frame.len()));
    for (index, sample) in start.iter_mut().enumerate() {
        *sample *= before + step * index as f32;
    }
    rest.iter_mut().for_each(|sample| *sample *= after);
}

fn bend(sample: f32) -> f32 {
    let over = sample.abs() - KNEE;
    if over <= 0.0 {
        return sample;
    }
    let room = CEILING - KNEE;
    (KNEE + room * (over / room).tanh()).copysign(sample)
}

/// Root of the mean square, in dBFS, -127 at least.
pub(super) fn level(frame: &[f32]) -> f32 {
    let sum: f32 = frame.iter().map(|sample| sample * sample).sum();
    let level = 10.0 * (sum / frame.len().max(1) as f32).max(1e-20).log10();
    if level.is_finite() { level.clamp(SILENCE, 0.0) } else { SILENCE }
}

fn decibel(gain: f32) -> f32 {
    10.0_f32.powf(gain / 20.0)
}

#[cfg(test)]
mod tests;
