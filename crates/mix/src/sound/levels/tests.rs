use super::*;
use crate::sound::tests::{Dice, amplitude, decibel as in_decibel, tone};

const FREQUENCIES: [f32; 9] = [200.0, 310.0, 430.0, 570.0, 790.0, 1010.0, 1490.0, 2110.0, 3070.0];

fn frames(sound: impl Fn(usize) -> f32, count: usize) -> Vec<Vec<f32>> {
    (0..count).map(|frame| (frame * FRAME..(frame + 1) * FRAME).map(&sound).collect()).collect()
}

#[test]
fn a_sum_of_nine_tones_of_full_scale_is_never_beyond_it_and_all_of_them_are_in_it() {
    let mut limiter = Limiter::default();
    let tones = FREQUENCIES.map(|frequency| tone(frequency, 1.0));
    let mut limited = Vec::new();
    for mut frame in frames(|index| tones.iter().map(|tone| tone(index)).sum(), 100) {
        limiter.apply(&mut frame);
        limited.extend(frame);
    }
    assert!(limited.iter().all(|sample| sample.abs() < 1.0));
    let last = &limited[48_000..];
    let amplitudes = FREQUENCIES.map(|frequency| amplitude(last, frequency));
    assert!(amplitudes.iter().all(|amplitude| (0.08..0.2).contains(amplitude)), "{amplitudes:?}");
    // What bending adds is little: between the tones there is next to nothing.
    let between = amplitude(last, 660.0);
    assert!(in_decibel(between / amplitudes[0]) < -35.0, "{between}");
}

#[test]
fn a_moderate_tone_passes_as_it_is() {
    let mut limiter = Limiter::default();
    for frame in frames(tone(440.0, 0.5), 50) {
        let mut limited = frame.clone();
        limiter.apply(&mut limited);
        assert_eq!(limited, frame);
    }
}

#[test]
fn after_what_was_too_loud_the_rest_becomes_as_loud_as_it_is_again() {
    let mut limiter = Limiter::default();
    frames(tone(440.0, 4.0), 10).iter_mut().for_each(|frame| limiter.apply(frame));
    let mut quiet = frames(tone(440.0, 0.1), 300);
    quiet.iter_mut().for_each(|frame| limiter.apply(frame));
    let (first, last) = (amplitude(&quiet[0], 440.0), amplitude(&quiet[299], 440.0));
    assert!(first < 0.03, "{first}");
    assert!((last - 0.1).abs() < 0.001, "{last}");
}

/// Words of half a second with pauses, which are not quite silent: what becomes of them after a while.
fn spoken(loudness: f32, seconds: usize) -> (Loudness, Vec<f32>) {
    let voice = tone(300.0, loudness);
    let mut dice = Dice(2);
    let noise: Vec<f32> = (0..FRAME).map(|_| (dice.throw() - 0.5) * 0.001).collect();
    let word = |index: usize| if (index / 24_000).is_multiple_of(2) { 0.0 } else { voice(index) };
    let mut source = Loudness::default();
    let mut heard = Vec::new();
    for mut frame in frames(|index| word(index) + noise[index % FRAME], seconds * 50) {
        source.follow(&frame, true);
        source.apply(&mut frame, true);
        heard.extend(frame);
    }
    (source, heard)
}

#[test]
fn voices_come_to_the_same_loudness_slowly_and_within_bounds() {
    for (loudness, least, most) in [(0.03, 0.08, 0.12), (0.1, 0.08, 0.12), (0.3, 0.08, 0.12)] {
        let (_, heard) = spoken(loudness, 40);
        let last = amplitude(&heard[heard.len() - 20_000..], 300.0);
        assert!((least..most).contains(&last), "{loudness}: {last}");
        let steps = heard.chunks(FRAME).map(|frame| amplitude(frame, 300.0)).filter(|a| *a > 0.02);
        let steps: Vec<_> = steps.collect();
        let last_second = &steps[steps.len() - 20..];
        assert!(last_second.windows(2).all(|pair| in_decibel(pair[1] / pair[0]).abs() < 0.5));
    }
    let (whisper, _) = spoken(0.008, 60);
    assert!((whisper.gain - MAX_GAIN).abs() < 0.1, "{}", whisper.gain);
    let (shout, _) = spoken(1.0, 60);
    assert!((shout.gain + MAX_GAIN).abs() < 0.1, "{}", shout.gain);
}

#[test]
fn noise_is_not_made_louder() {
    let mut dice = Dice(4);
    let mut source = Loudness::default();
    for _ in 0..3000 {
        let mut frame: Vec<f32> = (0..FRAME).map(|_| (dice.throw() - 0.5) * 0.02).collect();
        source.follow(&frame, true);
        source.apply(&mut frame, true);
    }
    assert!(source.gain.abs() < 0.5, "{}", source.gain);
}

#[test]
fn a_moderate_tone_is_hardly_distorted_while_its_gain_changes() {
    let (mut source, _) = spoken(0.03, 5);
    let mut heard = Vec::new();
    for mut frame in frames(tone(440.0, 0.03), 50) {
        let before = source.gain;
        source.follow(&frame, true);
        assert!(source.gain > before, "it changes");
        source.apply(&mut frame, true);
        heard.extend(frame);
    }
    let whole = amplitude(&heard, 440.0);
    for harmonic in 2..6_u8 {
        let more = amplitude(&heard, 440.0 * f32::from(harmonic));
        assert!(more / whole < 0.002, "{harmonic}: {}", more / whole);
    }
}

#[test]
fn what_is_hardly_there_is_not_heard_and_who_is_not_heard_adds_nothing() {
    let mut source = Loudness::default();
    let mut frame = vec![0.0005; FRAME];
    source.follow(&frame, true);
    assert!(!source.is_audible() && !source.apply(&mut frame, true));
    let mut frame = vec![0.1; FRAME];
    source.follow(&frame, true);
    assert!(source.is_audible() && !source.apply(&mut frame, false));
    assert!(source.apply(&mut frame, true));
    (0..HOLD).for_each(|_| source.follow_silence());
    assert!(!source.is_audible());
}

#[test]
fn levels_are_in_decibel_below_full_scale() {
    for (sample, expected) in [(1.0, 0.0), (0.1, -20.0), (0.0, -127.0), (f32::NAN, -127.0)] {
        assert!((level(&[sample; 10]) - expected).abs() < 0.01, "{sample}");
    }
}
