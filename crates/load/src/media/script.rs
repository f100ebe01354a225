//! When a caller sends what.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Media, RIDS, stamp, vp8};

/// Between two frames.
pub(crate) const FRAME: Duration = Duration::from_millis(40);
/// Between two packets of sound.
const SOUND: Duration = Duration::from_millis(20);
/// The same in the units of RTP time stamps: 90 kHz and 48 kHz.
const FRAME_UNITS: u32 = 3_600;
const SOUND_UNITS: u32 = 960;
/// The longest payload, in bytes, without a time stamp; what browsers take, about.
const PAYLOAD: usize = 1_140;
/// After so many frames a key frame that is asked for is sent; before, the last one may still be on its way.
const KEY_FRAME_AGAIN: usize = 5;
/// After so much delay the script is not caught up with: a burst of seconds would measure nothing that happens.
const MOST_LATE: Duration = Duration::from_millis(500);

/// What a packet belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// The sound.
    Sound,
    /// An encoding of the picture, by its place in [`RIDS`].
    Picture(usize),
}

/// A packet to send.
#[derive(Debug)]
pub(crate) struct Packet {
    pub(crate) stream: Stream,
    /// The RTP time stamp.
    pub(crate) time: u32,
    /// The last one of its frame.
    pub(crate) marker: bool,
    pub(crate) payload: Vec<u8>,
}

/// Which time payloads end with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stamped {
    /// None: they can be decoded.
    No,
    /// When they were sent.
    Sent,
    /// When they were due, so that what they waited for others of the same sender counts.
    Due,
}

/// A publisher's picture and sound, from `start` on.
pub(crate) struct Script {
    media: Arc<Media>,
    start: Instant,
    next_frame: Instant,
    next_sound: Instant,
    frames: u32,
    sounds: u32,
    layers: [Layer; 3],
    stamped: Stamped,
    paused: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Layer {
    /// The next frame of the loop.
    next: usize,
    picture_id: u16,
    paused: bool,
}

impl Script {
    /// Begins at `start`.
    pub(crate) fn new(media: Arc<Media>, start: Instant, stamped: Stamped) -> Self {
        let layers = [Layer::default(); 3];
        let (next_frame, next_sound) = (start, start);
        Self { media, start, next_frame, next_sound, frames: 0, sounds: 0, layers, stamped, paused: false }
    }

    /// How loud its sound says it is, in dB below the loudest.
    pub(crate) fn level(&self) -> i8 {
        self.media.level
    }

    /// When the next packets are due.
    pub(crate) fn next(&self) -> Instant {
        self.next_frame.min(self.next_sound)
    }

    /// What is due, and how late it is.
    pub(crate) fn due(&mut self, now: Instant, mut send: impl FnMut(Packet)) -> Duration {
        let late = now.saturating_duration_since(self.next());
        if late > MOST_LATE {
            self.next_frame = last_before(now, self.next_frame, FRAME);
            self.next_sound = last_before(now, self.next_sound, SOUND);
        }
        while self.next_frame <= now {
            if !self.paused {
                self.frame(&mut send);
            }
            self.frames = self.frames.wrapping_add(1);
            self.next_frame += FRAME;
        }
        while self.next_sound <= now {
            if !self.paused {
                self.sound(&mut send);
            }
            self.sounds = self.sounds.wrapping_add(1);
            self.next_sound += SOUND;
        }
        late
    }

    /// Somebody cannot decode an encoding: its loop begins anew.
    pub(crate) fn key_frame(&mut self, rid: Option<&str>) {
        for (layer, _) in
            self.layers.iter_mut().zip(RIDS).filter(|(_, own)| rid.is_none_or(|rid| rid == *own))
        {
            if layer.next >= KEY_FRAME_AGAIN {
                layer.next = 0;
            }
        }
    }

    /// Sends these encodings only; one that comes back begins with a key frame.
    pub(crate) fn only(&mut self, rids: &[String]) {
        for (layer, rid) in self.layers.iter_mut().zip(RIDS) {
            let paused = !rids.iter().any(|wanted| wanted == rid);
            if layer.paused && !paused {
                layer.next = 0;
            }
            layer.paused = paused;
        }
    }

    /// Sends nothing at all, or goes on, beginning with key frames.
    pub(crate) fn pause(&mut self, paused: bool) {
        if self.paused && !paused {
            self.layers.iter_mut().for_each(|layer| layer.next = 0);
        }
        self.paused = paused;
    }

    fn frame(&mut self, send: &mut impl FnMut(Packet)) {
        let time = self.frames.wrapping_mul(FRAME_UNITS);
        let (stamped, due) = (self.stamped, self.next_frame);
        let turn = turn(self.start, due, FRAME);
        for (index, (layer, frames)) in self.layers.iter_mut().zip(&self.media.pictures).enumerate() {
            if layer.paused {
                continue;
            }
            if self.media.is_timed {
                layer.next = turn % frames.len();
            }
            let payloads = vp8::payloads(&frames[layer.next], layer.picture_id, PAYLOAD);
            let last = payloads.len();
            for (count, payload) in (1..).zip(payloads) {
                let payload = stamped.stamp(payload, due);
                send(Packet { stream: Stream::Picture(index), time, marker: count == last, payload });
            }
            layer.next = (layer.next + 1) % frames.len();
            layer.picture_id = (layer.picture_id + 1) % 0x8000;
        }
    }

    fn sound(&mut self, send: &mut impl FnMut(Packet)) {
        let tone = &self.media.tone;
        let turn = if self.media.is_timed {
            turn(self.start, self.next_sound, SOUND)
        } else {
            usize::try_from(self.sounds).unwrap_or_default()
        };
        let payload = tone[turn % tone.len()].clone();
        let payload = self.stamped.stamp(payload, self.next_sound);
        let time = self.sounds.wrapping_mul(SOUND_UNITS);
        send(Packet { stream: Stream::Sound, time, marker: false, payload });
    }
}

impl Stamped {
    fn stamp(self, mut payload: Vec<u8>, due: Instant) -> Vec<u8> {
        match self {
            Self::No => {}
            Self::Sent => stamp::put(&mut payload, stamp::now()),
            Self::Due => {
                let waited = stamp::since_epoch(due.elapsed());
                stamp::put(&mut payload, stamp::now().saturating_sub(waited));
            }
        }
        payload
    }
}

/// How many that follow on each other in this time were due before this one.
fn turn(start: Instant, due: Instant, every: Duration) -> usize {
    let turns = due.saturating_duration_since(start).as_nanos() / every.as_nanos();
    usize::try_from(turns).unwrap_or_default()
}

/// The last one until `now` of those that follow on `next`: whoever skips some stays in step.
fn last_before(now: Instant, next: Instant, every: Duration) -> Instant {
    let beyond = now.saturating_duration_since(next).as_nanos() % every.as_nanos();
    now - Duration::from_nanos(u64::try_from(beyond).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a script sends in the milliseconds of its first `span`.
    fn play(script: &mut Script, from: Instant, span: std::ops::Range<u64>) -> Vec<Packet> {
        let mut packets = Vec::new();
        for ms in span {
            script.due(from + Duration::from_millis(ms), |packet| packets.push(packet));
        }
        packets
    }

    fn fresh() -> (Script, Instant) {
        let start = Instant::now();
        (Script::new(Arc::new(Media::load().unwrap()), start, Stamped::No), start)
    }

    /// Time stamps of the frames that begin with a key frame.
    fn key_frames(packets: &[Packet], layer: usize) -> Vec<u32> {
        let begins = |packet: &&Packet| {
            packet.stream == Stream::Picture(layer)
                && packet.payload[0] & 0x10 != 0
                && packet.payload[4] & 1 == 0
        };
        packets.iter().filter(begins).map(|packet| packet.time).collect()
    }

    #[test]
    fn each_second_has_25_frames_of_three_encodings_and_50_packets_of_sound() {
        let (mut script, start) = fresh();
        let packets = play(&mut script, start, 0..2_000);
        let count = |stream| packets.iter().filter(|packet| packet.stream == stream).count();
        assert_eq!(count(Stream::Sound), 100);
        for layer in 0..3 {
            let ends =
                packets.iter().filter(|packet| packet.stream == Stream::Picture(layer) && packet.marker);
            assert_eq!(ends.count(), 50);
            assert_eq!(key_frames(&packets, layer), [0, 25 * FRAME_UNITS]);
        }
        assert!(count(Stream::Picture(2)) > count(Stream::Picture(1)));
    }

    #[test]
    fn a_key_frame_that_is_asked_for_comes_next_while_times_and_ids_go_on() {
        let (mut script, start) = fresh();
        play(&mut script, start, 0..400);
        script.key_frame(Some("h"));
        let packets = play(&mut script, start, 400..500);
        assert_eq!(key_frames(&packets, 1), [10 * FRAME_UNITS]);
        assert!(key_frames(&packets, 2).is_empty());
        let id = |packet: &Packet| u16::from_be_bytes([packet.payload[2] & 0x7f, packet.payload[3]]);
        let first = packets.iter().find(|packet| packet.stream == Stream::Picture(1));
        assert_eq!(first.map(id), Some(10));
    }

    #[test]
    fn what_nobody_watches_pauses_and_comes_back_with_a_key_frame() {
        let (mut script, start) = fresh();
        play(&mut script, start, 0..400);
        script.only(&["q".to_owned()]);
        let packets = play(&mut script, start, 400..600);
        assert!(packets.iter().all(|packet| matches!(packet.stream, Stream::Sound | Stream::Picture(0))));
        script.only(&["q".to_owned(), "f".to_owned()]);
        let packets = play(&mut script, start, 600..700);
        assert_eq!(key_frames(&packets, 2), [15 * FRAME_UNITS]);
        assert!(key_frames(&packets, 0).is_empty());
    }

    #[test]
    fn a_long_delay_is_told_and_not_caught_up_with() {
        let (mut script, start) = fresh();
        let mut packets = 0;
        let late = script.due(start + Duration::from_secs(9), |packet| packets += usize::from(packet.marker));
        assert_eq!(late, Duration::from_secs(9));
        assert_eq!(packets, 3);
    }

    #[test]
    fn whoever_skips_some_stays_in_step() {
        let (mut script, start) = fresh();
        script.due(start + Duration::from_millis(9_013), |_| ());
        assert_eq!(script.next(), start + Duration::from_millis(9_020));
        assert_eq!(script.next_frame, start + Duration::from_millis(9_040));
    }

    #[test]
    fn whoever_pauses_sends_nothing_and_goes_on_with_key_frames_in_time() {
        let (mut script, start) = fresh();
        play(&mut script, start, 0..400);
        script.pause(true);
        assert!(play(&mut script, start, 400..600).is_empty());
        script.pause(false);
        let packets = play(&mut script, start, 600..700);
        assert_eq!(key_frames(&packets, 1), [15 * FRAME_UNITS]);
        let sound = packets.iter().find(|packet| packet.stream == Stream::Sound).map(|packet| packet.time);
        assert_eq!(sound, Some(30 * SOUND_UNITS));
    }

    #[test]
    fn what_has_its_place_in_time_keeps_it_whatever_is_asked_for_or_left_out() {
        let start = Instant::now();
        let frames = |rid: u8| (0..5).map(|frame| vec![rid, frame]).collect();
        let tone = (0..10).map(|packet| vec![packet]).collect();
        let media = Media { pictures: [0, 1, 2].map(frames), tone, level: -7, is_timed: true };
        let mut script = Script::new(Arc::new(media), start, Stamped::No);
        assert_eq!(script.level(), -7);
        play(&mut script, start, 0..100);
        script.key_frame(None);
        script.only(&["q".to_owned()]);
        // Frame 103 of 40 ms, which is the third of its loop, and the sound 206.
        let packets = play(&mut script, start, 4_120..4_121);
        let last = |stream| {
            let payload =
                packets.iter().rfind(|packet| packet.stream == stream).map(|packet| &packet.payload);
            payload.and_then(|payload| payload.last().copied())
        };
        assert_eq!([last(Stream::Picture(0)), last(Stream::Sound)], [Some(3), Some(6)]);
    }

    #[test]
    fn stamped_payloads_end_with_their_time() {
        let start = Instant::now();
        let since = stamp::now();
        let times = |stamped| {
            let mut script = Script::new(Arc::new(Media::load().unwrap()), start, stamped);
            let packets = play(&mut script, start, 0..50);
            packets.iter().map(|packet| stamp::read(&packet.payload)).collect::<Vec<_>>()
        };
        assert!(times(Stamped::No).iter().all(Option::is_none));
        assert!(times(Stamped::Sent).iter().all(|time| time.is_some_and(|time| time >= since)));
        // What was due at the start says so, whenever it is sent.
        let first = times(Stamped::Due)[0].unwrap();
        assert!(first.abs_diff(since) < 50_000_000, "{first} {since}");
    }
}
