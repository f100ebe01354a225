use std::collections::BTreeMap;

use opus::{Application, Channels, Decoder, Encoder};

use super::*;

#[expect(clippy::disallowed_methods, reason = "a test needs some time to begin with")]
pub(super) fn now() -> Instant {
    Instant::now()
}

pub(super) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// How much of `frequency` there is: the amplitude of a sine.
pub(super) fn amplitude(pcm: &[f32], frequency: f32) -> f32 {
    let step = f64::from(frequency) * std::f64::consts::TAU / f64::from(SAMPLE_RATE);
    let coefficient = 2.0 * step.cos();
    // Between windows that end in nothing, tones do not spill into each other.
    let window = |index: usize| 0.5 - 0.5 * (std::f64::consts::TAU * index as f64 / pcm.len() as f64).cos();
    let (mut last, mut before) = (0.0, 0.0);
    for (index, sample) in pcm.iter().enumerate() {
        let value = f64::from(*sample) * window(index) + coefficient * last - before;
        (before, last) = (last, value);
    }
    let power = last * last + before * before - coefficient * last * before;
    (power.max(0.0).sqrt() * 4.0 / pcm.len() as f64) as f32
}

pub(super) fn decibel(ratio: f32) -> f32 {
    20.0 * ratio.max(1e-9).log10()
}

/// The same numbers each time.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    /// From 0 to 1.
    pub(super) fn throw(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1_u64 << 24) as f32
    }
}

/// Somebody who sends what is asked for.
pub(super) struct Sender {
    encoder: Encoder,
    pub(super) sequence: u64,
    pub(super) timestamp: u32,
    position: usize,
}

impl Sender {
    pub(super) fn new() -> Self {
        let mut encoder = Encoder::new(SAMPLE_RATE, Channels::Mono, Application::Voip).unwrap();
        encoder.set_inband_fec(true).unwrap();
        encoder.set_packet_loss_perc(20).unwrap();
        Self { encoder, sequence: 1000, timestamp: 0xffff_f000, position: 0 }
    }

    /// The next packet, of what `sound` is at each sample.
    pub(super) fn packet_of(
        &mut self,
        samples: usize,
        arrival: Instant,
        sound: impl Fn(usize) -> f32,
    ) -> SoundPacket {
        let pcm: Vec<f32> = (self.position..self.position + samples).map(sound).collect();
        let payload = self.encoder.encode_vec_float(&pcm, 4000).unwrap().into();
        let packet = SoundPacket { sequence: self.sequence, timestamp: self.timestamp, arrival, payload };
        self.sequence += 1;
        self.skip(samples);
        packet
    }

    pub(super) fn tone(&mut self, frequency: f32, arrival: Instant) -> SoundPacket {
        self.packet_of(FRAME, arrival, tone(frequency, 0.1))
    }

    /// Nothing is sent for a while.
    pub(super) fn skip(&mut self, samples: usize) {
        self.position += samples;
        self.timestamp = self.timestamp.wrapping_add(samples as u32);
    }
}

pub(super) fn tone(frequency: f32, amplitude: f32) -> impl Fn(usize) -> f32 {
    move |index| {
        let turns = f64::from(frequency) * index as f64 / f64::from(SAMPLE_RATE);
        amplitude * (turns.fract() * std::f64::consts::TAU).sin() as f32
    }
}

/// What libopus takes for a voice: three harmonics, louder and less loud four times a second.
pub(super) fn voice(frequency: f32, amplitude: f32) -> impl Fn(usize) -> f32 {
    let harmonics = [1.0, 2.0, 3.0].map(|harmonic| tone(frequency * harmonic, amplitude));
    let syllables = tone(4.0, 0.48);
    move |index| (0.52 + syllables(index)) * harmonics.iter().map(|harmonic| harmonic(index)).sum::<f32>()
}

/// Everybody who listens: what they decoded, by who is missing.
#[derive(Default)]
struct Listeners(BTreeMap<Option<u64>, (Option<Decoder>, Vec<f32>)>);

impl Listeners {
    fn hear(&mut self, mixed: impl Iterator<Item = MixedSound>) {
        for mixed in mixed {
            let (decoder, heard) = self.0.entry(mixed.minus).or_default();
            let decoder = decoder.get_or_insert_with(|| Decoder::new(SAMPLE_RATE, Channels::Mono).unwrap());
            let mut pcm = [0.0; FRAME];
            assert_eq!(decoder.decode_float(&mixed.payload, &mut pcm, false).unwrap(), FRAME);
            heard.extend(pcm);
        }
    }

    fn last_second(&self, minus: Option<u64>) -> &[f32] {
        let heard = &self.0[&minus].1;
        &heard[heard.len() - SAMPLE_RATE as usize..]
    }
}

const TONES: [f32; 4] = [440.0, 700.0, 1130.0, 1810.0];

fn mixer(sources: u64) -> SoundMixer {
    let mut mixer = SoundMixer::new().unwrap();
    (0..sources).for_each(|key| mixer.set(key, key, SoundKind::Voice).unwrap());
    mixer
}

#[test]
fn everyone_hears_all_but_themselves_and_who_only_listens_hears_all() {
    let start = now();
    let mut mixer = mixer(4);
    let mut senders: Vec<_> = TONES.iter().map(|_| Sender::new()).collect();
    let mut listeners = Listeners::default();
    for frame in 0..150 {
        let at = start + PERIOD * frame;
        for (key, (sender, frequency)) in senders.iter_mut().zip(TONES).enumerate() {
            mixer.handle_packet(key as u64, &sender.tone(frequency, at));
        }
        listeners.hear(mixer.mix(at));
    }
    for (key, frequency) in TONES.into_iter().enumerate() {
        let own = amplitude(listeners.last_second(Some(key as u64)), frequency);
        let all = amplitude(listeners.last_second(None), frequency);
        assert!(all > 0.05, "{frequency} Hz: {all}");
        assert!(decibel(own / all) < -30.0, "{frequency} Hz: {}", decibel(own / all));
        for other in (0..4).filter(|other| *other != key) {
            let heard = amplitude(listeners.last_second(Some(other as u64)), frequency);
            assert!(heard > 0.05, "{frequency} Hz is {heard} to {other}");
        }
        assert!(!mixer.is_shared_with(key as u64));
    }
    assert!(mixer.is_shared_with(4));
}

#[test]
fn who_shares_a_screen_hears_neither_it_nor_themselves() {
    let start = now();
    let mut mixer = SoundMixer::new().unwrap();
    mixer.set(0, 7, SoundKind::Voice).unwrap();
    mixer.set(1, 7, SoundKind::Content).unwrap();
    mixer.set(2, 8, SoundKind::Voice).unwrap();
    let mut senders = [Sender::new(), Sender::new(), Sender::new()];
    let mut listeners = Listeners::default();
    for frame in 0..100 {
        let at = start + PERIOD * frame;
        for (key, sender) in senders.iter_mut().enumerate() {
            mixer.handle_packet(key as u64, &sender.tone(TONES[key], at));
        }
        listeners.hear(mixer.mix(at));
    }
    let heard = |minus, tone: usize| amplitude(listeners.last_second(minus), TONES[tone]);
    assert!(heard(Some(7), 0) < 0.003 && heard(Some(7), 1) < 0.003 && heard(Some(7), 2) > 0.05);
    assert!(heard(Some(8), 0) > 0.05 && heard(Some(8), 1) > 0.05 && heard(Some(8), 2) < 0.003);
}

#[test]
fn voices_are_encoded_with_what_repairs_losses_and_music_as_music() {
    let start = now();
    for (kind, is_speech) in [(SoundKind::Voice, true), (SoundKind::Content, false)] {
        let mut mixer = SoundMixer::new().unwrap();
        mixer.set(0, 0, kind).unwrap();
        let mut sender = Sender::new();
        let mut modes = Vec::new();
        for frame in 0..50 {
            let at = start + PERIOD * frame;
            mixer.handle_packet(0, &sender.packet_of(FRAME, at, voice(200.0, 0.1)));
            let shared = mixer.mix(at).filter(|mixed| mixed.minus.is_none());
            // Up to 15 it is SILK, alone or with CELT (RFC 6716, section 3.1).
            modes.extend(shared.map(|mixed| mixed.payload[0] >> 3 <= 15));
        }
        assert!(modes[5..].iter().all(|mode| *mode == is_speech), "{kind:?}: {modes:?}");
    }
}

#[test]
fn silence_says_so_and_then_nothing_more_is_encoded() {
    let start = now();
    let mut mixer = mixer(2);
    let mut sender = Sender::new();
    for frame in 0..50 {
        let at = start + PERIOD * frame;
        mixer.handle_packet(0, &sender.tone(440.0, at));
        // Who speaks alone has been told of silence after half a second.
        let mixed: Vec<_> = mixer.mix(at).map(|mixed| mixed.minus).collect();
        assert!(mixed.contains(&None));
        assert!(frame < 25 || mixed == [None], "{frame}: {mixed:?}");
    }
    let mut last = BTreeMap::new();
    for frame in 50..250 {
        for mixed in mixer.mix(start + PERIOD * frame) {
            assert!(frame < 110, "{frame}");
            last.insert(mixed.minus, mixed.payload.len());
        }
    }
    assert!(last[&None] <= 2, "{}", last[&None]);
    assert!(mixer.is_shared_with(0), "whoever has been silent for long needs nothing of their own");
    // The first word after that is heard, by all.
    sender.skip(200 * FRAME);
    let at = start + PERIOD * 250;
    mixer.handle_packet(0, &sender.tone(440.0, at));
    let mixed: Vec<_> = mixer.mix(at).collect();
    assert!(mixed.iter().any(|mixed| mixed.minus.is_none() && mixed.timestamp == 250 * 960));
}

#[test]
fn nobody_who_is_not_in_the_mix_has_an_encoding_of_their_own() {
    let start = now();
    let mut mixer = mixer(3);
    let mut sender = Sender::new();
    let mut quiet = Sender::new();
    for frame in 0..20 {
        let at = start + PERIOD * frame;
        mixer.handle_packet(0, &sender.tone(440.0, at));
        mixer.handle_packet(1, &quiet.packet_of(FRAME, at, tone(440.0, 0.0005)));
        assert!(mixer.mix(at).all(|mixed| matches!(mixed.minus, None | Some(0))));
    }
    assert!(mixer.is_shared_with(1) && mixer.is_shared_with(2) && !mixer.is_shared_with(0));
}

#[test]
fn late_calls_are_made_up_for_up_to_a_few_frames_and_time_goes_on() {
    let start = now();
    let mut mixer = mixer(1);
    assert_eq!(mixer.poll_timeout(), None);
    mixer.handle_packet(0, &Sender::new().tone(440.0, start));
    assert_eq!(mixer.poll_timeout(), Some(start));
    let mut at = |after| {
        mixer
            .mix(start + ms(after))
            .filter(|mixed| mixed.minus.is_none())
            .map(|mixed| mixed.timestamp)
            .collect::<Vec<_>>()
    };
    assert_eq!(at(0), [0]);
    assert!(at(19).is_empty());
    assert_eq!(at(20), [960]);
    assert_eq!(at(100), [1920, 2880, 3840, 4800]);
    assert_eq!(at(205), [9600]);
    assert_eq!(mixer.poll_timeout(), Some(start + ms(220)));
}

#[test]
fn who_mixes_late_once_hears_what_comes_after_that() {
    let start = now();
    let mut mixer = mixer(1);
    let mut sender = Sender::new();
    let mut audible = 0;
    for frame in 0..120_u32 {
        // Packets come all the time, and for a while nobody looks after them.
        let at = start + PERIOD * frame;
        mixer.handle_packet(0, &sender.tone(440.0, at + ms(u64::from(frame % 2) * 3)));
        if (20..45).contains(&frame) {
            continue;
        }
        let mixed: Vec<_> = mixer.mix(at + ms(7)).collect();
        audible += u32::from(mixed.iter().any(|mixed| mixed.minus.is_none() && mixed.payload.len() > 20));
    }
    assert!(audible >= 80, "{audible} of 95 are heard");
}

#[test]
fn sources_are_bounded_and_so_are_those_who_are_heard() {
    let start = now();
    let mut mixer = mixer(64);
    assert!(matches!(mixer.set(64, 64, SoundKind::Voice), Err(SoundError::TooMany)));
    mixer.set(3, 3, SoundKind::Voice).unwrap();
    mixer.remove(63);
    mixer.set(64, 64, SoundKind::Voice).unwrap();
    mixer.handle_packet(63, &Sender::new().tone(440.0, start));
    assert_eq!(mixer.poll_timeout(), None);
    let mut senders: Vec<_> = (0..20).map(|_| Sender::new()).collect();
    let (mut listeners, mut owners) = (Listeners::default(), 0);
    for frame in 0..100 {
        let at = start + PERIOD * frame;
        for (key, sender) in senders.iter_mut().enumerate() {
            // The last one is louder than the others, and speaks later.
            let sound = if key == 19 { tone(1500.0, 0.3) } else { tone(440.0, 0.02) };
            if key < 19 || frame > 20 {
                mixer.handle_packet(key as u64, &sender.packet_of(FRAME, at, sound));
            }
        }
        let mixed: Vec<_> = mixer.mix(at).collect();
        owners = owners.max(mixed.iter().filter(|mixed| mixed.minus.is_some()).count());
        listeners.hear(mixed.into_iter().filter(|mixed| mixed.minus.is_none()));
    }
    assert_eq!(owners, 16);
    assert_eq!(mixer.heard.len(), 16);
    assert!(!mixer.is_shared_with(19), "who is clearly louder takes a place");
    assert!(amplitude(listeners.last_second(None), 1500.0) > 0.1);
}

#[test]
fn what_is_no_opus_is_lost_and_disturbs_nobody_else() {
    let start = now();
    let mut mixer = mixer(2);
    let mut sender = Sender::new();
    let mut dice = Dice(5);
    let mut listeners = Listeners::default();
    for frame in 0..100_u32 {
        let at = start + PERIOD * frame;
        mixer.handle_packet(0, &sender.tone(440.0, at));
        let length = (dice.throw() * 100.0) as usize;
        let payload: Arc<[u8]> = (0..length).map(|_| (dice.throw() * 256.0) as u8).collect();
        let (sequence, timestamp) = (u64::from(frame), frame * 960);
        mixer.handle_packet(1, &SoundPacket { sequence, timestamp, arrival: at, payload });
        listeners.hear(mixer.mix(at));
    }
    let to_other = amplitude(listeners.last_second(Some(1)), 440.0);
    assert!((0.07..0.13).contains(&to_other), "{to_other}");
}

/// Sent as it is made, mixed `phase` after each packet was sent, some of which are late by so many milliseconds, in turns: how long it
/// takes from the sound to the mix, in samples, and how long the mixer says it does.
fn delay_at(phase: Duration, late: &[u64]) -> (usize, usize) {
    let start = now();
    let mut dice = Dice(11);
    let mut low = 0.0;
    let noise: Vec<f32> = (0..2 * SAMPLE_RATE)
        .map(|_| {
            low += (dice.throw() - 0.5 - low) * 0.3;
            low * 0.5
        })
        .collect();
    let mut mixer = mixer(1);
    let mut sender = Sender::new();
    let mut decoder = Decoder::new(SAMPLE_RATE, Channels::Mono).unwrap();
    // The rhythm is that of the first packet.
    mixer.set(9, 9, SoundKind::Voice).unwrap();
    mixer.handle_packet(9, &Sender::new().packet_of(FRAME, start + phase, |_| 0.0));
    let (mut heard, mut on_their_way) = (Vec::new(), Vec::new());
    for frame in 0..100 {
        // What the packet tells of began 20 ms before it was sent.
        let at = start + PERIOD * frame;
        let arrival = at + ms(late[frame as usize % late.len()]);
        on_their_way.push(sender.packet_of(FRAME, arrival, |index| noise[index]));
        for packet in on_their_way.extract_if(.., |packet| packet.arrival <= at + phase) {
            mixer.handle_packet(0, &packet);
        }
        let mut pcm = [0.0; FRAME];
        for mixed in mixer.mix(at + phase).filter(|mixed| mixed.minus.is_none()) {
            decoder.decode_float(&mixed.payload, &mut pcm, false).unwrap();
        }
        heard.extend(pcm);
    }
    // The frame that is mixed at `phase` begins then, 20 ms after the first sound.
    let likeness = |shift: usize| -> f32 {
        let range = (24_000..48_000).step_by(7);
        range.map(|index| noise[index] * heard[index + shift]).sum()
    };
    let shift = (0..4 * FRAME).max_by(|a, b| likeness(*a).total_cmp(&likeness(*b))).unwrap();
    let samples = |time: Duration| (time.as_micros() * 48 / 1000) as usize;
    (shift + samples(phase) + FRAME, samples(mixer.lag().unwrap()))
}

#[test]
fn on_a_clean_network_sound_is_in_the_mix_within_40_ms_and_the_look_ahead_of_two_encoders() {
    // Both encoders look ahead 6.5 ms. The frame itself takes 20 ms; how long a packet waits for the next frame is chance.
    let look_ahead = 2 * 312;
    let delays: Vec<_> = [0, 5, 10, 19].map(|phase| delay_at(ms(phase), &[0]).0).into();
    for (delay, phase) in delays.iter().zip([0, 5, 10, 19]) {
        let expected = FRAME + phase * 48;
        assert!(delay.abs_diff(expected + look_ahead) < 48, "{delays:?}");
    }
}

#[test]
fn it_is_known_how_late_sound_is_so_that_pictures_can_be_as_late() {
    // What the encoder of the mix looks ahead is said in recordings, and the same everywhere.
    let look_ahead = 312;
    for late in [&[0][..], &[0, 4], &[30, 0, 7, 25]] {
        for phase in [0, 10, 19] {
            let (delay, known) = delay_at(ms(phase), late);
            assert!(delay.abs_diff(known + look_ahead) < 16 * 48, "{late:?} at {phase}: {known} of {delay}");
        }
    }
}
