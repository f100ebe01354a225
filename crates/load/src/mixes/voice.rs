//! What callers say, encoded before, and what they hear.

use std::f32::consts::TAU;
use std::sync::Arc;

use anyhow::Context as _;
use opus::{Application, Bitrate, Channels, Decoder, Encoder};

/// Samples in a second, and in a packet.
const SAMPLE_RATE: u32 = 48_000;
pub(super) const FRAME: u32 = 960;
/// Packets in a second.
pub(super) const PACKETS: u32 = SAMPLE_RATE / FRAME;
/// Of a microphone, in bit/s.
const BITRATE: i32 = 32_000;
/// How long a sound is before it begins anew, in seconds.
const LOOP: u32 = 5;
/// How loud a quiet room is: -70 dBFS.
const NOISE: f32 = 0.000_55;
/// Tones of a voice.
const TONES: u32 = 20;
/// The longest packet of Opus, in samples.
const LONGEST: usize = 5_760;

/// Packets of Opus, 20 ms each, that are repeated.
pub(super) type Sound = Arc<[Arc<[u8]>]>;

/// Vowels of a voice with its pauses; no two of them have the same pitch.
#[expect(clippy::cast_precision_loss, reason = "a count of samples")]
pub(super) fn speaking(number: usize) -> anyhow::Result<Sound> {
    let pitch = pitch(number);
    encode(|at| {
        let time = at as f32 / SAMPLE_RATE as f32;
        let turn = time * pitch * TAU;
        let voice: f32 = (1..TONES).map(|tone| (turn * tone as f32).sin() / tone as f32).sum();
        voice * (time * 4.0 * TAU).sin().max(0.0) * 0.1
    })
}

/// A microphone that is on while nobody speaks.
#[expect(clippy::cast_precision_loss, reason = "noise")]
pub(super) fn silent(number: usize) -> anyhow::Result<Sound> {
    let mut state = u32::try_from(number)?;
    encode(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 8) as f32 / (1 << 23) as f32 - 1.0) * NOISE
    })
}

#[expect(clippy::cast_precision_loss, reason = "a few callers")]
fn pitch(number: usize) -> f32 {
    100.0 + 17.0 * number as f32
}

fn encode(mut sample: impl FnMut(u32) -> f32) -> anyhow::Result<Sound> {
    let mut mic = Encoder::new(SAMPLE_RATE, Channels::Mono, Application::Voip)?;
    mic.set_bitrate(Bitrate::Bits(BITRATE))?;
    let mut packet = |packet: u32| {
        let samples: Vec<f32> = (packet * FRAME..(packet + 1) * FRAME).map(&mut sample).collect();
        anyhow::Ok(mic.encode_vec_float(&samples, 1000)?.into())
    };
    (0..LOOP * PACKETS).map(&mut packet).collect()
}

/// What packets in a row sound like.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    samples: Vec<f32>,
}

impl Heard {
    /// # Errors
    /// If they are not Opus.
    pub(super) fn decode(packets: &[Vec<u8>]) -> anyhow::Result<Self> {
        let mut decoder = Decoder::new(SAMPLE_RATE, Channels::Mono)?;
        let (mut samples, mut frame) = (Vec::new(), vec![0.0; LONGEST]);
        for packet in packets {
            let length = decoder.decode_float(packet, &mut frame, false).context("what came is no Opus")?;
            samples.extend_from_slice(&frame[..length]);
        }
        Ok(Self { samples })
    }

    /// How loud it is, in dBFS.
    #[expect(clippy::cast_precision_loss, reason = "a count of samples")]
    pub(super) fn level(&self) -> f64 {
        let sum: f64 = self.samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
        10.0 * (sum / self.samples.len().max(1) as f64).max(1e-13).log10()
    }

    /// How much of the voice of this number is in it, in dBFS: of its second tone, which is none of the others' as long as they are few.
    #[expect(clippy::cast_precision_loss, reason = "a count of samples")]
    pub(super) fn voice(&self, number: usize) -> f64 {
        let turn = f64::from(2.0 * pitch(number) * TAU) / f64::from(SAMPLE_RATE);
        let (mut real, mut imaginary) = (0.0, 0.0);
        for (at, sample) in self.samples.iter().enumerate() {
            let (sin, cos) = (turn * at as f64).sin_cos();
            real += f64::from(*sample) * cos;
            imaginary += f64::from(*sample) * sin;
        }
        let count = self.samples.len().max(1) as f64;
        10.0 * (2.0 * (real * real + imaginary * imaginary) / (count * count)).max(1e-13).log10()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(sound: &Sound) -> Heard {
        Heard::decode(&sound.iter().map(|packet| packet.to_vec()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn a_voice_is_told_from_another_and_from_a_quiet_room() {
        let (one, room) = (heard(&speaking(1).unwrap()), heard(&silent(1).unwrap()));
        assert!(one.level() > -30.0, "{}", one.level());
        assert!((-90.0..-60.0).contains(&room.level()), "{}", room.level());
        for other in [0, 2] {
            assert!(one.voice(1) > one.voice(other) + 20.0, "{} {}", one.voice(1), one.voice(other));
        }
    }

    #[test]
    fn what_is_no_opus_is_an_error() {
        assert!(Heard::decode(&[vec![0xff; 3]]).is_err());
    }
}
