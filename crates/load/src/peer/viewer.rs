//! The eyes and ears of a caller: it decodes what comes, and notes when it flashes and when it beeps.
//!
//! What has come is decoded at once, without a buffer that would make it even: what somebody sees and hears later than that is up
//! to their player.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::f32::consts::TAU;
use std::time::{Duration, Instant, SystemTime};

use opus::Channels;
use visavis_mix::{Assembler, Decoder, Item, Layout, Packet, PictureView, Rect};
use visavis_rtp::VideoCodec;

use crate::media::signal;
use crate::usage;

/// Samples in a second, and in the longest packet of Opus.
const RATE: u32 = 48_000;
const LONGEST: usize = 5_760;
/// The beep is looked for in so many samples at a time: 2.5 ms, five turns of it.
const BLOCK: usize = 120;
/// How loud it is at least, of full scale, and how many blocks without it come before another one: 100 ms.
const LOUD: f32 = 0.02;
const PAUSE: u32 = 40;
/// More streams, and more flashes, than any measurement has.
const MOST_STREAMS: usize = 64;
const MOST_MOMENTS: usize = 10_000;
/// How often a key frame is asked for, while one is needed.
const AGAIN: Duration = Duration::from_millis(500);
/// Of the middle of a picture every so many pixels are looked at.
const STEP: usize = 8;

/// A packet that came.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrived<'a> {
    pub(crate) ssrc: u32,
    /// Extended beyond 16 bits.
    pub(crate) sequence: u64,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
    /// When its sender says it was, as far as the sender has said anything yet.
    pub(crate) taken: Option<SystemTime>,
    pub(crate) payload: &'a [u8],
}

/// What was seen and heard since the last time that was asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// CPU time that decoding pictures took, and sounds.
    pub(crate) pictures: Duration,
    pub(crate) sounds: Duration,
    pub(crate) frames: u64,
    /// When flashes began, and beeps.
    pub(crate) flashes: Vec<Moment>,
    pub(crate) beeps: Vec<Moment>,
}

/// Something has begun.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    /// When it could be seen, or heard.
    pub(crate) came: Instant,
    /// When it was, as its sender says.
    pub(crate) taken: Option<SystemTime>,
}

/// The eyes and ears.
pub(crate) struct Viewer {
    /// How many are on each picture, of whom the first flashes.
    tiles: usize,
    eyes: BTreeMap<u32, Eye>,
    ears: BTreeMap<u32, Ear>,
    seen: Seen,
}

/// What looks at a stream of pictures.
struct Eye {
    assembler: Assembler,
    decoder: Decoder,
    is_white: bool,
    asked: Option<Instant>,
    /// Of the last packet: its time stamp, and when it was.
    taken: Option<(u32, SystemTime)>,
}

/// What listens to a stream of sound.
struct Ear {
    decoder: opus::Decoder,
    pcm: Vec<f32>,
    /// Blocks since the beep was heard last.
    quiet: u32,
}

impl Viewer {
    /// Of pictures that show so many people, the first of whom flashes.
    pub(crate) fn new(tiles: usize) -> Self {
        Self { tiles, eyes: BTreeMap::new(), ears: BTreeMap::new(), seen: Seen::default() }
    }

    /// What was seen and heard since the last call.
    pub(crate) fn collect(&mut self) -> Seen {
        std::mem::take(&mut self.seen)
    }

    /// A packet of VP8 came. Whether its stream goes on only with a key frame, which is to be asked for now.
    pub(crate) fn look(&mut self, packet: Arrived<'_>, now: Instant) -> bool {
        let Arrived { ssrc, sequence, timestamp, marker, taken, payload } = packet;
        if self.eyes.len() >= MOST_STREAMS && !self.eyes.contains_key(&ssrc) {
            return false;
        }
        let Some(eye) = entry(&mut self.eyes, ssrc, Eye::new) else { return false };
        eye.taken = taken.map(|taken| (timestamp, taken));
        eye.assembler.push(Packet { sequence, timestamp, marker, codec: VideoCodec::Vp8, payload }, now);
        while let Some(frame) = eye.assembler.next_frame(now) {
            let timestamp = frame.timestamp;
            let began = usage::thread_time();
            let picture = eye.decoder.decode(frame.data);
            self.seen.pictures += usage::thread_time().saturating_sub(began);
            let Ok(picture) = picture else {
                eye.assembler.skip_to_key_frame();
                continue;
            };
            let Some(picture) = picture else { continue };
            let came = Instant::now();
            self.seen.frames += 1;
            let is_white = signal::is_flash(brightness(&picture, first_tile(self.tiles, &picture)));
            if is_white && !std::mem::replace(&mut eye.is_white, is_white) {
                note(&mut self.seen.flashes, Moment { came, taken: eye.taken_at(timestamp) });
            }
            eye.is_white = is_white;
        }
        eye.asks(now)
    }

    /// A packet of Opus came.
    pub(crate) fn listen(&mut self, packet: Arrived<'_>) {
        let Arrived { ssrc, taken, payload, .. } = packet;
        if self.ears.len() >= MOST_STREAMS && !self.ears.contains_key(&ssrc) {
            return;
        }
        let Some(ear) = entry(&mut self.ears, ssrc, Ear::new) else { return };
        let began = usage::thread_time();
        let decoded = ear.decoder.decode_float(payload, &mut ear.pcm, false);
        self.seen.sounds += usage::thread_time().saturating_sub(began);
        let came = Instant::now();
        for sample in ear.beeps(decoded.unwrap_or_default()) {
            // What comes later in a packet is heard later.
            let later = Duration::from_secs(1) * sample / RATE;
            let taken = taken.and_then(|taken| taken.checked_add(later));
            note(&mut self.seen.beeps, Moment { came: came + later, taken });
        }
    }
}

impl Eye {
    fn new() -> Option<Self> {
        let decoder = Decoder::new(VideoCodec::Vp8).ok()?;
        Some(Self { assembler: Assembler::new(), decoder, is_white: false, asked: None, taken: None })
    }

    /// When a frame was, from what is known of the last packet.
    fn taken_at(&self, timestamp: u32) -> Option<SystemTime> {
        let (known, taken) = self.taken?;
        let ticks = known.wrapping_sub(timestamp);
        taken.checked_sub(Duration::from_secs(1) * ticks / 90_000)
    }

    fn asks(&mut self, now: Instant) -> bool {
        let is_due = self.asked.is_none_or(|asked| now.saturating_duration_since(asked) >= AGAIN);
        let asks = is_due && self.assembler.wants_key_frame();
        if asks {
            self.asked = Some(now);
        }
        asks
    }
}

impl Ear {
    fn new() -> Option<Self> {
        let decoder = opus::Decoder::new(RATE, Channels::Mono).ok()?;
        Some(Self { decoder, pcm: vec![0.0; LONGEST], quiet: PAUSE })
    }

    /// The samples, of so many that were decoded, with which it begins to beep.
    fn beeps(&mut self, decoded: usize) -> Vec<u32> {
        let mut beeps = Vec::new();
        let blocks = self.pcm.get(..decoded).unwrap_or_default().chunks_exact(BLOCK);
        for (sample, block) in (0..).step_by(BLOCK).zip(blocks) {
            if amplitude(block) < LOUD {
                self.quiet = self.quiet.saturating_add(1);
                continue;
            }
            if self.quiet >= PAUSE {
                beeps.push(sample);
            }
            self.quiet = 0;
        }
        beeps
    }
}

/// What there is for a stream, or something new.
fn entry<T>(streams: &mut BTreeMap<u32, T>, ssrc: u32, new: fn() -> Option<T>) -> Option<&mut T> {
    match streams.entry(ssrc) {
        Entry::Occupied(known) => Some(known.into_mut()),
        Entry::Vacant(vacant) => Some(vacant.insert(new()?)),
    }
}

fn note(moments: &mut Vec<Moment>, moment: Moment) {
    if moments.len() < MOST_MOMENTS {
        moments.push(moment);
    }
}

/// Where the first of so many people is.
fn first_tile(tiles: usize, picture: &PictureView<'_>) -> Rect {
    let whole = Rect { x: 0, y: 0, width: picture.size.width, height: picture.size.height };
    if tiles <= 1 {
        return whole;
    }
    let items = vec![Item::default(); tiles];
    let arrangement = Layout::choose(&items, picture.size).arrange(&items, picture.size);
    arrangement.places.first().copied().flatten().unwrap_or(whole)
}

/// How bright the middle of a part of a picture is: at its edge there are names and frames.
fn brightness(picture: &PictureView<'_>, part: Rect) -> u8 {
    let Rect { x, y, width, height } = part;
    let (mut sum, mut count) = (0, 0);
    for row in (y + height / 4..y + height * 3 / 4).step_by(STEP) {
        let samples = picture.planes[0].row(row, picture.size.width);
        let middle = samples.get(x + width / 4..x + width * 3 / 4).unwrap_or_default();
        for sample in middle.iter().step_by(STEP) {
            sum += u32::from(*sample);
            count += 1;
        }
    }
    u8::try_from(sum / count.max(1)).unwrap_or_default()
}

/// How loud the beep is in these samples (the Goertzel algorithm).
#[expect(clippy::cast_precision_loss, reason = "a pitch and a count of samples")]
fn amplitude(block: &[f32]) -> f32 {
    let turn = 2.0 * (TAU * signal::PITCH as f32 / RATE as f32).cos();
    let (last, before) =
        block.iter().fold((0.0, 0.0), |(last, before), sample| (sample + turn * last - before, last));
    let power: f32 = last * last + before * before - turn * last * before;
    2.0 * power.max(0.0).sqrt() / block.len() as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{Script, Stamped, Stream};
    use std::sync::Arc;
    use visavis_mix::{Picture, Size};

    /// Shows and plays what somebody sends who flashes.
    fn play(viewer: &mut Viewer) {
        let start = Instant::now();
        let mut script = Script::new(Arc::new(signal::flashes().unwrap()), start, Stamped::No);
        script.only(&["q".to_owned()]);
        let mut sequences = [0; 2];
        for ms in (0..3_000).step_by(20) {
            let due = Duration::from_millis(ms);
            script.due(start + due, |packet| {
                let is_sound = packet.stream == Stream::Sound;
                let sequence = &mut sequences[usize::from(is_sound)];
                *sequence += 1;
                let arrived = Arrived {
                    ssrc: is_sound.into(),
                    sequence: *sequence,
                    timestamp: packet.time,
                    marker: packet.marker,
                    taken: Some(SystemTime::UNIX_EPOCH + due),
                    payload: &packet.payload,
                };
                if is_sound {
                    viewer.listen(arrived);
                } else {
                    assert!(!viewer.look(arrived, start + due));
                }
            });
        }
    }

    fn taken(moments: &[Moment]) -> Vec<u128> {
        let since = |moment: &Moment| moment.taken?.duration_since(SystemTime::UNIX_EPOCH).ok();
        moments.iter().filter_map(since).map(|since| since.as_millis()).collect()
    }

    #[test]
    fn flashes_and_beeps_are_noticed_when_they_begin_and_each_once() {
        let mut viewer = Viewer::new(1);
        play(&mut viewer);
        let seen = viewer.collect();
        assert_eq!(taken(&seen.flashes), [520, 1_560, 2_600]);
        let beeps = taken(&seen.beeps);
        assert_eq!(beeps.len(), 3, "{beeps:?}");
        // The encoder looks 6.5 ms ahead.
        for (beep, due) in beeps.iter().zip([520, 1_560, 2_600]) {
            assert!((due..due + 12).contains(beep), "{beeps:?}");
        }
        assert_eq!(seen.frames, 75);
        assert!(seen.pictures > Duration::ZERO && seen.sounds > Duration::ZERO);
        assert!(viewer.collect().flashes.is_empty());
    }

    #[test]
    fn of_many_the_first_one_is_looked_at() {
        let size = Size::new(1280, 720);
        let mut picture = Picture::filled(size, [20, 128, 128]);
        let part = first_tile(7, &picture.view());
        assert!(part.width < 500 && part.x < 100 && part.y < 100, "{part:?}");
        assert!(!signal::is_flash(brightness(&picture.view(), part)));
        for row in picture.planes_mut()[0].chunks_mut(size.width).take(part.y + part.height) {
            row[..part.x + part.width].fill(235);
        }
        assert!(signal::is_flash(brightness(&picture.view(), part)));
        let whole = first_tile(1, &picture.view());
        assert!(whole.size() == size && !signal::is_flash(brightness(&picture.view(), whole)));
    }

    #[test]
    fn only_the_beep_is_heard() {
        let tone = |hertz: f32| -> Vec<f32> {
            (0_u8..120).map(|at| 0.5 * (TAU * hertz * f32::from(at) / 48_000.0).sin()).collect()
        };
        assert!((amplitude(&tone(2_000.0)) - 0.5).abs() < 0.01);
        for other in [400.0, 800.0, 4_000.0] {
            assert!(amplitude(&tone(other)) < LOUD, "{other}");
        }
    }

    #[test]
    fn streams_and_moments_are_bounded() {
        let mut viewer = Viewer::new(1);
        let arrived = |ssrc| Arrived {
            ssrc,
            sequence: 1,
            timestamp: 0,
            marker: true,
            taken: None,
            payload: &[0xfc, 0xff, 0xfe],
        };
        for ssrc in 0..200 {
            viewer.listen(arrived(ssrc));
            viewer.look(arrived(ssrc), Instant::now());
        }
        assert_eq!((viewer.ears.len(), viewer.eyes.len()), (MOST_STREAMS, MOST_STREAMS));
        let mut moments = Vec::new();
        for _ in 0..MOST_MOMENTS + 10 {
            note(&mut moments, Moment { came: Instant::now(), taken: None });
        }
        assert_eq!(moments.len(), MOST_MOMENTS);
    }
}
