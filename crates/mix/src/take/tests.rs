use std::sync::Arc;

use visavis_protocol::{ParticipantId, Source};

use super::*;
use crate::codec::{Encoder, EncoderOptions};
use crate::packetize::packetize;
use crate::picture::Picture;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Somebody who sends, and what becomes of it.
struct Sender {
    take: Take,
    start: Instant,
    encoder: Encoder,
    picture: Picture,
    codec: VideoCodec,
    stream: usize,
    pictures: u64,
    sounds: u64,
    wants_key_frame: bool,
    /// Files, with what is in them: tracks, and for each of them when its frames are.
    files: Vec<(Vec<Media>, Vec<Vec<Duration>>)>,
}

impl Sender {
    fn new() -> Self {
        let size = Size::new(64, 36);
        #[expect(clippy::disallowed_methods, reason = "a test needs some time to begin with")]
        let start = Instant::now();
        Self {
            take: Take::new(start),
            start,
            encoder: encoder(VideoCodec::Vp8, size),
            picture: Picture::filled(size, [90, 120, 130]),
            codec: VideoCodec::Vp8,
            stream: 0,
            pictures: 0,
            sounds: 0,
            wants_key_frame: false,
            files: Vec::new(),
        }
    }

    fn becomes(&mut self, codec: VideoCodec, size: Size) {
        (self.encoder, self.picture) = (encoder(codec, size), Picture::filled(size, [90, 120, 130]));
        (self.codec, self.wants_key_frame) = (codec, true);
    }

    fn packet(&self, payload: Vec<u8>, at: u64) -> MediaPacket {
        MediaPacket {
            participant: ParticipantId::new("ada").unwrap(),
            source: Source::Camera,
            stream: self.stream,
            codec: None,
            sequence: 0,
            timestamp: 0,
            marker: false,
            rotation: 0,
            arrival: self.start + ms(at),
            payload: payload.into(),
        }
    }

    /// A frame that is captured at this time, and comes at once.
    fn film(&mut self, at: u64) {
        let is_key_frame = std::mem::take(&mut self.wants_key_frame);
        let frame = self.encoder.encode(self.picture.view(), ms(at), is_key_frame).unwrap().unwrap();
        let payloads = packetize(self.codec, frame.data, 0);
        let last = payloads.len() - 1;
        for (index, payload) in payloads.into_iter().enumerate() {
            self.pictures += 1;
            let (timestamp, sequence) = (u32::try_from(at * 90).unwrap(), self.pictures);
            let packet = self.packet(payload, at);
            let (codec, marker) = (Some(self.codec), index == last);
            self.give(&MediaPacket { codec, timestamp, sequence, marker, ..packet });
        }
    }

    /// 20 ms of silence that end at this time.
    fn speak(&mut self, at: u64) {
        self.sounds += 1;
        let packet = self.packet(vec![0xfc, 0xff, 0xfe], at);
        let timestamp = u32::try_from((at - 20) * 48).unwrap();
        self.give(&MediaPacket { sequence: self.sounds, timestamp, ..packet });
    }

    fn give(&mut self, packet: &MediaPacket) {
        self.take.handle_packet(packet);
        while let Some(output) = self.take.poll_output() {
            match output {
                TakeOutput::Begin(tracks) => {
                    let times = vec![Vec::new(); tracks.len()];
                    self.files.push((tracks.into_iter().map(|track| track.media).collect(), times));
                }
                TakeOutput::Frame { track, at, .. } => self.files.last_mut().unwrap().1[track].push(at),
                TakeOutput::KeyFrameWanted => self.wants_key_frame = true,
            }
        }
    }

    /// Picture and sound from one time to another.
    fn run(&mut self, from: u64, to: u64) {
        for at in (from..to).step_by(20) {
            self.speak(at);
            if at % 40 == 0 {
                self.film(at);
            }
        }
    }
}

fn encoder(codec: VideoCodec, size: Size) -> Encoder {
    Encoder::new(EncoderOptions { codec, size, bitrate: 100_000, frame_rate: 25 }).unwrap()
}

#[test]
fn picture_and_sound_of_one_moment_have_one_time_in_one_file() {
    let mut sender = Sender::new();
    sender.take.handle_expected(true, true);
    sender.run(1000, 3000);
    let [(tracks, times)] = &*sender.files else { panic!("{} files", sender.files.len()) };
    assert!(
        matches!(tracks[..], [Media::Vp8(Size { width: 64, height: 36 }), Media::Opus { .. }]),
        "{tracks:?}"
    );
    assert_eq!((times[0][0], times[0].len()), (ms(1000), 50));
    // What ends when the packet is sent began 20 ms before.
    assert_eq!((times[1][0], times[1].len()), (ms(980), 100));
    assert!(times.iter().flat_map(|times| times.windows(2)).all(|pair| pair[0] < pair[1]));
}

#[test]
fn sound_of_a_beginning_that_was_late_does_not_overlap() {
    let mut sender = Sender::new();
    sender.take.handle_expected(false, true);
    for (packet, arrival) in [(0, 160), (1, 161), (2, 162), (3, 163), (4, 180), (5, 200), (6, 220)] {
        let made = sender.packet(vec![0xfc, 0xff, 0xfe], arrival);
        sender.give(&MediaPacket {
            sequence: packet,
            timestamp: u32::try_from(packet).unwrap() * 960,
            ..made
        });
    }
    let [(_, times)] = &*sender.files else { panic!("{} files", sender.files.len()) };
    assert_eq!(times[0], [140, 160, 180, 200].map(ms));
}

#[test]
fn what_does_not_come_is_waited_for_two_seconds_and_has_a_file_with_the_other_when_it_comes() {
    let mut sender = Sender::new();
    sender.take.handle_expected(true, true);
    (20..2000).step_by(20).for_each(|at| sender.speak(at));
    assert!(sender.files.is_empty());
    (2000..4000).step_by(20).for_each(|at| sender.speak(at));
    assert!(matches!(sender.files[0].0[..], [Media::Opus { .. }]));
    assert_eq!((sender.files[0].1[0][0], sender.files[0].1[0].len()), (ms(0), 199), "nothing is lost");
    sender.run(4000, 5000);
    assert_eq!(sender.files.len(), 2);
    assert_eq!(sender.files[1].0.len(), 2);
}

#[test]
fn who_is_not_seen_or_not_heard_is_not_waited_for() {
    let mut sender = Sender::new();
    sender.take.handle_expected(false, true);
    sender.speak(20);
    sender.take.handle_expected(true, false);
    sender.film(40);
    let kinds: Vec<_> = sender.files.iter().map(|(tracks, _)| tracks.len()).collect();
    assert_eq!(kinds, [1, 1]);
}

#[test]
fn another_size_goes_on_in_the_same_file_and_another_codec_begins_one() {
    let mut sender = Sender::new();
    sender.take.handle_expected(true, true);
    sender.run(1000, 2000);
    sender.becomes(VideoCodec::Vp8, Size::new(128, 72));
    sender.run(2000, 3000);
    assert_eq!(sender.files.len(), 1);
    sender.becomes(VideoCodec::H264, Size::new(128, 72));
    sender.run(3000, 4000);
    assert_eq!(sender.files.len(), 2);
    let (tracks, times) = &sender.files[1];
    assert!(matches!(
        tracks[..],
        [Media::H264 { size: Size { width: 128, height: 72 }, .. }, Media::Opus { .. }]
    ));
    assert!(times[0].len() == 25 && times[1].len() >= 49, "{} {}", times[0].len(), times[1].len());
}

#[test]
fn another_stream_goes_on_in_the_same_file() {
    let mut sender = Sender::new();
    sender.take.handle_expected(true, true);
    sender.run(1000, 2000);
    (sender.stream, sender.pictures, sender.wants_key_frame) = (7, 500, true);
    sender.run(2000, 3000);
    let [(_, times)] = &*sender.files else { panic!("{} files", sender.files.len()) };
    assert_eq!((times[0].len(), times[1].len()), (50, 100));
}

#[test]
fn a_picture_that_lacks_a_packet_waits_for_a_key_frame_and_asks_for_one() {
    let mut sender = Sender::new();
    sender.take.handle_expected(true, true);
    sender.run(1000, 2000);
    sender.pictures += 1;
    sender.run(2000, 3000);
    assert!((30..50).contains(&sender.files[0].1[0].len()), "{}", sender.files[0].1[0].len());
}

#[test]
fn what_nobody_can_decode_begins_no_file_and_what_waits_is_bounded() {
    let mut sender = Sender::new();
    sender.take.handle_expected(true, true);
    for number in 0..2000 {
        // The first byte says that it is a key frame of VP8, and nothing else does.
        let packet = sender.packet([vec![0x10, 0, 0, 0, 0x9d, 1, 0x2a], vec![0; 7]].concat(), number);
        let (sequence, timestamp) = (number, u32::try_from(number * 90).unwrap());
        let packet =
            MediaPacket { codec: Some(VideoCodec::Vp8), sequence, timestamp, marker: true, ..packet };
        sender.give(&packet);
        assert!(sender.take.reel.held.len() <= MAX_HELD);
    }
    for number in 2000..9000 {
        let payload: Arc<[u8]> = vec![number as u8; 1400].into();
        let packet = sender.packet(Vec::new(), number);
        sender.give(&MediaPacket {
            codec: Some(VideoCodec::H264),
            sequence: number,
            marker: true,
            payload,
            ..packet
        });
        assert!(sender.take.reel.held.len() <= MAX_HELD && sender.take.reel.held_bytes <= MAX_HELD_BYTES);
    }
    assert!(sender.files.is_empty());
}
