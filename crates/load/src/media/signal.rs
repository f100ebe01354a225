//! A picture that flashes while a sound beeps, over and over: whoever sees and hears it knows how long both were on their way.

use std::f32::consts::TAU;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use visavis_mix::{Encoder, EncoderOptions, Picture, Size};
use visavis_rtp::VideoCodec;

use super::{FRAME, LEVEL, Media, SIZES};
use crate::mixes;

/// So many frames and sounds until all begins anew. A mix has another rate of frames: from time to time it meets a flash
/// at another moment between two of them.
const FRAMES: usize = 26;
const SOUNDS: usize = 2 * FRAMES;
/// The frame with which the flash begins, and how many it lasts; the sound beeps for as long.
const BEGINS: usize = 13;
const LASTS: usize = 5;
/// Of the encodings, in bit/s: what the recorded ones take.
const BITRATES: [u32; 3] = [120_000, 400_000, 1_200_000];
const SOUND_BITRATE: i32 = 32_000;
/// Samples in a second, and in a packet.
const RATE: usize = 48_000;
const PACKET: usize = 960;
/// What is longer is no packet.
const LONGEST: usize = 1_275;
/// The beep.
pub(crate) const PITCH: usize = 2_000;
const LOUDNESS: f32 = 0.25;
/// A flash is white, and everything else below half of that.
const WHITE: u8 = 235;
const GREY: u8 = 128;
/// How loud a room is in which nobody speaks: about -60 dBFS, and what its microphone says of that.
const NOISE: f32 = 0.001_7;
const QUIET: i8 = -60;

/// Between two flashes.
pub(crate) fn period() -> Duration {
    FRAME * u32::try_from(FRAMES).unwrap_or_default()
}

/// Which flash was the last one until `now`, and how long ago it was due; `None` before the first.
pub(crate) fn since_flash(start: Instant, now: Instant) -> Option<(u128, Duration)> {
    let first = start + FRAME * u32::try_from(BEGINS).unwrap_or_default();
    let nanos = now.checked_duration_since(first)?.as_nanos();
    let (flash, ago) = (nanos / period().as_nanos(), nanos % period().as_nanos());
    Some((flash, Duration::from_nanos(u64::try_from(ago).unwrap_or_default())))
}

/// Whether a picture of this luma is a flash.
pub(crate) fn is_flash(luma: u8) -> bool {
    luma > GREY + (WHITE - GREY) / 4
}

/// Encodes it.
///
/// # Errors
/// If a codec fails.
pub(crate) fn flashes() -> anyhow::Result<Media> {
    let [q, h, f] = [0, 1, 2].map(picture);
    let beep = |sample: usize| {
        let is_on = (BEGINS..BEGINS + LASTS).contains(&(sample / (2 * PACKET)));
        if is_on { LOUDNESS * (TAU * phase(sample)).sin() } else { 0.0 }
    };
    Ok(Media { pictures: [q?, h?, f?], tone: sound(beep)?, level: LEVEL, is_timed: true })
}

/// The recorded pictures of somebody who says nothing.
///
/// # Errors
/// If a codec fails.
pub(crate) fn listener() -> anyhow::Result<Media> {
    let mut state = 1_u32;
    let noise = move |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        NOISE * (f32::from((state >> 16) as u16) / f32::from(u16::MAX) * 2.0 - 1.0)
    };
    Ok(Media { tone: sound(noise)?, level: QUIET, ..Media::load()? })
}

/// The beep's phase, in turns: it goes on for longer than a float counts samples well.
#[expect(clippy::cast_precision_loss, reason = "less than a second of samples")]
fn phase(sample: usize) -> f32 {
    (sample * PITCH % RATE) as f32 / RATE as f32
}

fn picture(layer: usize) -> anyhow::Result<Vec<Vec<u8>>> {
    let (width, height) = SIZES[layer];
    let size = Size::new(width.into(), height.into());
    let mut encoder = Encoder::new(EncoderOptions {
        codec: VideoCodec::Vp8,
        size,
        bitrate: BITRATES[layer],
        frame_rate: 25,
    })?;
    let mut picture = Picture::filled(size, [GREY; 3]);
    let frame = |(frame, at): (usize, Duration)| {
        mixes::picture::draw(&mut picture, 0, frame);
        let is_white = (BEGINS..BEGINS + LASTS).contains(&frame);
        let [luma, ..] = picture.planes_mut();
        luma.iter_mut().for_each(|sample| *sample = if is_white { WHITE } else { *sample / 2 });
        let encoded = encoder.encode(picture.view(), at, frame == 0)?.context("a frame is missing")?;
        anyhow::Ok(encoded.data.to_vec())
    };
    (0..FRAMES).zip((0..).map(|frame| FRAME * frame)).map(frame).collect()
}

fn sound(mut sample: impl FnMut(usize) -> f32) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut encoder =
        opus::Encoder::new(u32::try_from(RATE)?, opus::Channels::Mono, opus::Application::Voip)?;
    encoder.set_bitrate(opus::Bitrate::Bits(SOUND_BITRATE))?;
    encoder.set_vbr(false)?;
    let packet = |packet: usize| {
        let samples: Vec<f32> = (packet * PACKET..(packet + 1) * PACKET).map(&mut sample).collect();
        Ok(encoder.encode_vec_float(&samples, LONGEST)?)
    };
    (0..SOUNDS).map(packet).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loop_of_the_picture_is_as_long_as_that_of_the_sound_and_begins_with_a_key_frame() {
        let media = flashes().unwrap();
        assert!(media.is_timed && media.tone.len() == SOUNDS);
        for frames in &media.pictures {
            assert_eq!(frames.len(), FRAMES);
            assert!(super::super::vp8::is_key_frame(&frames[0]));
        }
        assert_eq!(period(), Duration::from_millis(1_040));
    }

    #[test]
    fn the_encodings_take_about_what_the_recorded_ones_do() {
        let (flashes, recorded) = (flashes().unwrap(), Media::load().unwrap());
        let rate = |frames: &[Vec<u8>]| frames.iter().map(Vec::len).sum::<usize>() * 25 / frames.len();
        for (ours, theirs) in flashes.pictures.iter().zip(&recorded.pictures) {
            let (ours, theirs) = (rate(ours), rate(theirs));
            assert!((theirs / 2..theirs * 2).contains(&ours), "{ours} {theirs}");
        }
        assert!(rate(&flashes.tone) == rate(&listener().unwrap().tone));
    }

    #[test]
    fn a_flash_is_known_by_when_it_was_due() {
        let start = Instant::now();
        let at = |ms| since_flash(start, start + Duration::from_millis(ms));
        assert_eq!(at(519), None);
        assert_eq!(at(521), Some((0, Duration::from_millis(1))));
        assert_eq!(at(1_559), Some((0, Duration::from_millis(1_039))));
        assert_eq!(at(1_560), Some((1, Duration::ZERO)));
    }
}
