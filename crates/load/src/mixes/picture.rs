//! What the picture of a mix takes of the processor, and how much of that is the encoder alone.
//!
//! Cameras and voices were encoded before, and are fed to a [`Mixer`] on virtual time, by one thread, as fast as it goes. The same
//! composed pictures go to another encoder with the same settings: what it takes is the least that any mix takes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use visavis_mix::{
    Decoder, Encoder, EncoderOptions, MediaPacket, Mixer, Options as MixOptions, Output, Person, Picture,
    Size, packetize,
};
use visavis_protocol::{ParticipantId, Source, SourceState};
use visavis_rtp::VideoCodec;

use super::Options;
use super::voice::{self, Sound};
use crate::report::Report;
use crate::series::Series;
use crate::usage;

/// Seconds that are prepared of each camera, and repeated.
const LOOP: u32 = 5;
/// Pictures of a camera in a second.
const RATE: u32 = 20;
const TICK: Duration = Duration::from_millis(10);

/// A frame, and the payloads of its packets.
struct Frame {
    whole: Vec<u8>,
    payloads: Vec<Arc<[u8]>>,
}

/// A camera and a microphone, encoded.
struct Publisher {
    participant: ParticipantId,
    frames: Vec<Frame>,
    sounds: Sound,
}

/// What one round took, in seconds of processor time for a second of call.
#[derive(Clone, Copy, Default)]
struct Taken {
    mix: f64,
    /// The same frames in decoders alone, and the composed pictures in an encoder alone.
    decoding: f64,
    encoding: f64,
}

/// Measures, and adds the table.
pub(super) fn run(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    report.paragraph(
        "One picture: processor time of one thread for a second of call, as a part of a core; median (least–greatest).",
    );
    let mut rows = Vec::new();
    for (count, size) in [(2, (640, 360)), (4, (640, 360)), (9, (640, 360)), (9, (320, 180))] {
        let sources: Vec<Publisher> = (0..count)
            .map(|number| prepare(number, Size::new(size.0, size.1)))
            .collect::<anyhow::Result<_>>()?;
        let mut taken = Vec::new();
        for _ in 0..options.rounds {
            let pictures = round(&sources, options.seconds, false)?;
            let all = round(&sources, options.seconds, true)?;
            taken.push((pictures, all));
        }
        let part = |of: fn(&(Taken, Taken)) -> f64| {
            Series::new(taken.iter().map(of)).map_or_else(String::new, |series| series.to_string())
        };
        rows.push([
            format!("{count} × {}×{}", size.0, size.1),
            part(|(pictures, _)| pictures.mix),
            part(|(pictures, _)| pictures.encoding),
            part(|(pictures, _)| pictures.mix / pictures.encoding),
            part(|(pictures, _)| pictures.decoding),
            part(|(pictures, _)| (pictures.mix - pictures.decoding) / pictures.encoding),
            part(|(pictures, _)| pictures.mix / (pictures.decoding + pictures.encoding)),
            part(|(pictures, all)| all.mix - pictures.mix),
            part(|(_, all)| all.mix),
        ]);
    }
    let head = [
        "sources",
        "picture",
        "encoding alone",
        "ratio",
        "decoding alone",
        "ratio without decoding",
        "ratio to both",
        "sound",
        "all",
    ];
    report.table(head, &rows);
    Ok(())
}

/// Encodes a camera that moves, and a voice.
fn prepare(number: usize, size: Size) -> anyhow::Result<Publisher> {
    let options = EncoderOptions { codec: VideoCodec::Vp8, size, bitrate: 500_000, frame_rate: RATE };
    let mut camera = Encoder::new(options)?;
    let mut picture = Picture::filled(size, [128; 3]);
    let mut frames = Vec::new();
    for frame in 0..LOOP * RATE {
        draw(&mut picture, number, frame as usize);
        let at = Duration::from_secs(1) * frame / RATE;
        let encoded = camera.encode(picture.view(), at, frame == 0)?.context("a frame is missing")?;
        let payloads = packetize(VideoCodec::Vp8, encoded.data, u16::try_from(frame)?);
        let payloads = payloads.into_iter().map(Arc::from).collect();
        frames.push(Frame { whole: encoded.data.to_vec(), payloads });
    }
    let participant = ParticipantId::new(&format!("p{number}"))?;
    Ok(Publisher { participant, frames, sounds: voice::speaking(number)? })
}

/// A shape that moves before a wall with some texture, which takes about what a face does.
pub(crate) fn draw(picture: &mut Picture, number: usize, frame: usize) {
    let Size { width, height } = picture.size();
    let [luma, u, v] = picture.planes_mut();
    let (x0, y0) =
        (width / 2 + (frame * 7 + number * 31) % (width / 8), height / 2 + (frame * 3) % (height / 10));
    let radius = height / 3;
    for (at, sample) in luma.iter_mut().enumerate() {
        let (x, y) = (at % width, at / width);
        let is_inside = x.abs_diff(x0).pow(2) + y.abs_diff(y0).pow(2) < radius * radius;
        let wall = 60 + x * 80 / width + (x * 7 + y * 13 + number * 17) % 9;
        let face = 150 + (x.wrapping_sub(x0).wrapping_mul(5) ^ y.wrapping_mul(3)) % 23;
        *sample = u8::try_from(if is_inside { face } else { wall }).unwrap_or_default();
    }
    let tint = |shift: usize| u8::try_from(90 + (number * 37 + shift) % 80).unwrap_or_default();
    u.fill(tint(0));
    v.fill(tint(40));
}

/// Mixes for so many seconds of call.
fn round(publishers: &[Publisher], seconds: u32, with_sound: bool) -> anyhow::Result<Taken> {
    let start = Instant::now();
    let options = MixOptions::default();
    let mut mixer = Mixer::new(options, start)?;
    let MixOptions { size, frame_rate, bitrate } = options;
    let mut alone = Encoder::new(EncoderOptions { codec: VideoCodec::Vp8, size, bitrate, frame_rate })?;
    let mut decoders =
        publishers.iter().map(|_| Decoder::new(VideoCodec::Vp8)).collect::<Result<Vec<_>, _>>()?;
    let state = SourceState { mic: true, camera: true, ..SourceState::default() };
    let person = |publisher: &Publisher| Person {
        participant: publisher.participant.clone(),
        name: format!("Person {}", publisher.participant.as_str()),
        state,
    };
    mixer.handle_people(publishers.iter().map(person).collect());
    let mut taken = Taken::default();
    let mut sequences = vec![0; publishers.len()];
    for tick in 0..seconds * 100 {
        let now = start + TICK * tick;
        let packets = due(publishers, &mut sequences, tick, with_sound, now);
        let before = usage::thread_time();
        packets.iter().for_each(|packet| mixer.handle_packet(packet));
        mixer.handle_timeout(now);
        let mut composed = None;
        while let Some(output) = mixer.poll_output() {
            if let Output::Picture { is_key_frame, .. } = output {
                composed = Some(is_key_frame);
            }
        }
        let mixed = usage::thread_time();
        taken.mix += (mixed - before).as_secs_f64();
        if let Some(is_key_frame) = composed {
            alone.encode(mixer.picture(), TICK * tick, is_key_frame)?;
            taken.encoding += (usage::thread_time() - mixed).as_secs_f64();
        }
        if let Some(frame) = frame_of(tick) {
            let encoded = usage::thread_time();
            for (publisher, decoder) in publishers.iter().zip(&mut decoders) {
                decoder.decode(&publisher.frames[frame % publisher.frames.len()].whole)?;
            }
            taken.decoding += (usage::thread_time() - encoded).as_secs_f64();
        }
    }
    let part = |taken: f64| taken / f64::from(seconds);
    Ok(Taken { mix: part(taken.mix), decoding: part(taken.decoding), encoding: part(taken.encoding) })
}

/// Which picture of a camera comes now, if one does: one every 50 ms.
fn frame_of(tick: u32) -> Option<usize> {
    tick.is_multiple_of(5).then_some(tick as usize / 5)
}

/// The packets that come now: pictures of all cameras, 20 ms of each voice.
fn due(
    publishers: &[Publisher],
    sequences: &mut [u64],
    tick: u32,
    with_sound: bool,
    now: Instant,
) -> Vec<MediaPacket> {
    let mut packets = Vec::new();
    for (stream, (publisher, sequence)) in publishers.iter().zip(sequences).enumerate() {
        let packet = |payload: &Arc<[u8]>| MediaPacket {
            participant: publisher.participant.clone(),
            source: Source::Mic,
            stream,
            codec: None,
            sequence: u64::from(tick / 2),
            timestamp: tick / 2 * 960,
            marker: false,
            rotation: 0,
            arrival: now,
            payload: Arc::clone(payload),
        };
        if let Some(frame) = frame_of(tick) {
            let Frame { payloads, .. } = &publisher.frames[frame % publisher.frames.len()];
            for (index, payload) in payloads.iter().enumerate() {
                *sequence += 1;
                packets.push(MediaPacket {
                    source: Source::Camera,
                    codec: Some(VideoCodec::Vp8),
                    sequence: *sequence,
                    timestamp: tick * 900,
                    marker: index + 1 == payloads.len(),
                    ..packet(payload)
                });
            }
        }
        if with_sound && tick.is_multiple_of(2) {
            let sound = publisher.sounds.get(tick as usize / 2 % publisher.sounds.len().max(1));
            packets.extend(sound.map(packet));
        }
    }
    packets
}
