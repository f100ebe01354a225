use std::collections::BTreeSet;

use super::*;
use crate::assembly::Assembler;
use crate::canvas::yuv;
use crate::codec::{Decoder, Encoder, EncoderOptions};
use crate::packetize::packetize;
use crate::picture::Picture;

/// Timestamp, time and packets of a picture in another edition.
type OtherFrame = (u32, Instant, Vec<Arc<[u8]>>);

/// A quarter of the usual size, so that tests take little time.
const SMALL: Options = Options { size: Size::new(640, 360), frame_rate: 20, bitrate: 800_000 };

const ALL: SourceState =
    SourceState { mic: true, camera: true, screen: false, screen_audio: false, hand: false };

fn id(number: usize) -> ParticipantId {
    ParticipantId::new(&format!("p{number}")).unwrap()
}

/// Colours far from each other.
const COLOURS: [[u8; 3]; 5] =
    [yuv([200, 40, 40]), yuv([40, 180, 40]), yuv([50, 60, 220]), yuv([220, 200, 40]), yuv([180, 60, 200])];

/// Somebody with a camera of one colour and a microphone with one tone.
struct Publisher {
    number: usize,
    camera: Encoder,
    picture: Picture,
    frames: u64,
    packets: u64,
    wants_key_frame: bool,
    mic: opus::Encoder,
    tone: f64,
    sounds: u64,
}

impl Publisher {
    fn new(number: usize, size: Size) -> Self {
        let options = EncoderOptions { codec: VideoCodec::Vp8, size, bitrate: 500_000, frame_rate: 20 };
        Self {
            number,
            camera: Encoder::new(options).unwrap(),
            picture: Picture::filled(size, COLOURS[number % COLOURS.len()]),
            frames: 0,
            packets: 0,
            wants_key_frame: true,
            mic: opus::Encoder::new(48_000, opus::Channels::Mono, opus::Application::Voip).unwrap(),
            tone: tone(number),
            sounds: 0,
        }
    }

    fn person(&self) -> Person {
        Person { participant: id(self.number), name: format!("Person {}", self.number), state: ALL }
    }

    fn packet(&self, source: Source, payload: Vec<u8>, now: Instant) -> MediaPacket {
        MediaPacket {
            participant: id(self.number),
            source,
            stream: self.number,
            codec: None,
            sequence: 0,
            timestamp: 0,
            marker: false,
            rotation: 0,
            arrival: now,
            payload: payload.into(),
        }
    }

    /// The packets of its next frame.
    fn film(&mut self, now: Instant) -> Vec<MediaPacket> {
        self.frames += 1;
        let at = Duration::from_millis(50) * u32::try_from(self.frames).unwrap();
        let is_key_frame = std::mem::take(&mut self.wants_key_frame);
        let frame = self.camera.encode(self.picture.view(), at, is_key_frame).unwrap().unwrap();
        let payloads = packetize(VideoCodec::Vp8, frame.data, u16::try_from(self.frames % 32768).unwrap());
        let (timestamp, count) = (ticks(at), payloads.len());
        let packets = payloads.into_iter().enumerate().map(|(index, payload)| {
            let packet = self.packet(Source::Camera, payload, now);
            let (sequence, marker) = (self.packets + u64::try_from(index).unwrap(), index + 1 == count);
            MediaPacket { codec: Some(VideoCodec::Vp8), sequence, timestamp, marker, ..packet }
        });
        let packets = packets.collect();
        self.packets += u64::try_from(count).unwrap();
        packets
    }

    /// The next 20 ms of its sound.
    #[expect(clippy::cast_precision_loss, reason = "a count of samples")]
    fn speak(&mut self, now: Instant) -> MediaPacket {
        let first = self.sounds * 960;
        let sample = |at: u64| (at as f64 * self.tone * std::f64::consts::TAU / 48_000.0).sin() * 0.2;
        #[expect(clippy::cast_possible_truncation, reason = "a sample")]
        let samples: Vec<f32> = (first..first + 960).map(|at| sample(at) as f32).collect();
        let payload = self.mic.encode_vec_float(&samples, 1000).unwrap();
        self.sounds += 1;
        let packet = self.packet(Source::Mic, payload, now);
        let timestamp = u32::try_from(first).unwrap();
        MediaPacket { sequence: self.sounds, timestamp, ..packet }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a small number")]
fn tone(number: usize) -> f64 {
    400.0 + 250.0 * number as f64
}

/// A mix, those who are in it, and what comes out.
struct Room {
    mixer: Mixer,
    publishers: Vec<Publisher>,
    now: Instant,
    assembler: Assembler,
    decoder: Decoder,
    /// The last picture.
    seen: Option<Picture>,
    frames: usize,
    /// The small ones, as they were made.
    small: Vec<OtherFrame>,
    h264: Vec<OtherFrame>,
    sequence: u64,
    ears: Vec<(Option<ParticipantId>, opus::Decoder, Vec<f32>)>,
    shows: Vec<Shown>,
    heard: Vec<ParticipantId>,
    overloaded: usize,
}

impl Room {
    #[expect(clippy::disallowed_methods, reason = "a test needs some time to begin with")]
    fn new(sizes: &[Size]) -> Self {
        let now = Instant::now();
        let publishers = sizes.iter().enumerate().map(|(number, size)| Publisher::new(number, *size));
        let mut room = Self {
            mixer: Mixer::new(SMALL, now).unwrap(),
            publishers: publishers.collect(),
            now,
            assembler: Assembler::new(),
            decoder: Decoder::new(VideoCodec::Vp8).unwrap(),
            seen: None,
            frames: 0,
            small: Vec::new(),
            h264: Vec::new(),
            sequence: 0,
            ears: Vec::new(),
            shows: Vec::new(),
            heard: Vec::new(),
            overloaded: 0,
        };
        room.mixer.handle_people(room.publishers.iter().map(Publisher::person).collect());
        room
    }

    /// Lets so many times 10 ms pass.
    fn run(&mut self, steps: u32) {
        for step in 0..steps {
            for publisher in &mut self.publishers {
                if step % 5 == 0 {
                    let packets = publisher.film(self.now);
                    packets.iter().for_each(|packet| self.mixer.handle_packet(packet));
                }
                if step % 2 == 0 {
                    let packet = publisher.speak(self.now);
                    self.mixer.handle_packet(&packet);
                }
            }
            self.now += Duration::from_millis(10);
            self.mixer.handle_timeout(self.now);
            while let Some(output) = self.mixer.poll_output() {
                self.take(output);
            }
        }
    }

    fn take(&mut self, output: Output) {
        match output {
            Output::Picture { timestamp, payloads, .. } => {
                let last = payloads.len() - 1;
                for (index, payload) in payloads.iter().enumerate() {
                    self.sequence += 1;
                    let (sequence, marker) = (self.sequence, index == last);
                    let codec = VideoCodec::Vp8;
                    let packet = assembly::Packet { sequence, timestamp, marker, codec, payload };
                    self.assembler.push(packet, self.now);
                }
                while let Some(frame) = self.assembler.next_frame(self.now) {
                    let view = self.decoder.decode(frame.data).unwrap().unwrap();
                    let mut copy = Picture::filled(view.size, [0; 3]);
                    copy.copy_from(view);
                    (self.seen, self.frames) = (Some(copy), self.frames + 1);
                }
            }
            Output::Sounds { sounds, heard, .. } => {
                self.heard = heard;
                for Sound { without, payload, .. } in sounds {
                    let place = self.ears.iter().position(|(who, ..)| *who == without);
                    let place = place.unwrap_or_else(|| {
                        let decoder = opus::Decoder::new(48_000, opus::Channels::Mono).unwrap();
                        self.ears.push((without, decoder, Vec::new()));
                        self.ears.len() - 1
                    });
                    let mut samples = [0.0; 960];
                    self.ears[place].1.decode_float(&payload, &mut samples, false).unwrap();
                    self.ears[place].2.extend(samples);
                }
            }
            Output::Edition { edition, timestamp, composed, payloads } => match edition {
                Edition::Small => self.small.push((timestamp, composed, payloads)),
                Edition::H264 => self.h264.push((timestamp, composed, payloads)),
            },
            Output::Shows(shows) => self.shows = shows,
            Output::Overloaded => self.overloaded += 1,
            Output::KeyFrameWanted { participant, .. } => {
                self.publishers.iter_mut().for_each(|publisher| {
                    publisher.wants_key_frame |= id(publisher.number) == participant;
                });
            }
        }
    }

    /// Which of the publishers' colours are to be seen, each on so large a part of the picture.
    fn colours(&self) -> BTreeSet<usize> {
        let seen = self.seen.as_ref().unwrap();
        let [luma, u, v] = seen.view().planes;
        let Size { width, height } = seen.size();
        let mut counts = [0; COLOURS.len()];
        for (row, column) in
            (0..height).step_by(4).flat_map(|row| (0..width).step_by(4).map(move |x| (row, x)))
        {
            let chroma = |plane: crate::picture::Plane<'_>| plane.row(row / 2, width / 2)[column / 2];
            let pixel = [luma.row(row, width)[column], chroma(u), chroma(v)];
            let is_near = |colour: &[u8; 3]| colour.iter().zip(pixel).all(|(a, b)| a.abs_diff(b) < 20);
            if let Some(which) = COLOURS.iter().position(is_near) {
                counts[which] += 1;
            }
        }
        let whole = width * height / 16;
        counts.iter().enumerate().filter(|(_, count)| **count > whole / 20).map(|(which, _)| which).collect()
    }

    /// Which tones somebody hears, in the last half second.
    fn tones(&self, who: Option<usize>) -> BTreeSet<usize> {
        let who = who.map(id);
        let (.., heard) = self.ears.iter().find(|(without, ..)| *without == who).unwrap();
        let last = &heard[heard.len() - 24_000..];
        let power = |number: usize| goertzel(last, tone(number));
        (0..self.publishers.len()).filter(|number| power(*number) > 1e-4).collect()
    }
}

/// The mean power of one frequency.
#[expect(clippy::cast_precision_loss, reason = "a count of samples")]
fn goertzel(samples: &[f32], frequency: f64) -> f64 {
    let turn = frequency * std::f64::consts::TAU / 48_000.0;
    let (mut re, mut im) = (0.0, 0.0);
    for (at, sample) in samples.iter().enumerate() {
        let angle = turn * at as f64;
        re += f64::from(*sample) * angle.cos();
        im += f64::from(*sample) * angle.sin();
    }
    let count = samples.len() as f64;
    (re * re + im * im) / (count * count)
}

const QVGA: Size = Size::new(320, 180);

#[test]
fn everybody_is_seen_and_everybody_hears_all_but_themselves() {
    let mut room = Room::new(&[QVGA; 5]);
    room.run(300);
    assert_eq!(room.colours(), (0..5).collect());
    assert!(room.frames >= 55, "{} frames in three seconds", room.frames);
    assert_eq!(room.tones(None), (0..5).collect());
    for number in 0..5 {
        let others: BTreeSet<usize> = (0..5).filter(|other| *other != number).collect();
        assert_eq!(room.tones(Some(number)), others, "{number}");
    }
    assert_eq!(room.shows.len(), 5);
}

/// Somebody in the room changes.
fn change(room: &mut Room, change: impl FnOnce(&mut Vec<Person>)) {
    let mut people = room.mixer.people.clone();
    change(&mut people);
    room.mixer.handle_people(people);
}

#[test]
fn a_picture_on_which_nothing_is_drawn_comes_once_in_a_while_and_at_once_for_who_asks() {
    let mut room = Room::new(&[QVGA; 2]);
    let frames = |room: &mut Room, steps: u32| {
        let before = room.frames;
        room.run(steps);
        room.frames - before
    };
    frames(&mut room, 100);
    assert_eq!(frames(&mut room, 200), 40);
    change(&mut room, |people| people.iter_mut().for_each(|person| person.state.camera = false));
    frames(&mut room, 100);
    assert_eq!(frames(&mut room, 200), 8);
    room.mixer.handle_key_frame_wanted();
    assert!((3..=4).contains(&frames(&mut room, 25)));
    frames(&mut room, 100);
    // Somebody speaks.
    room.mixer.handle_speaker(Some(id(1)));
    assert!((3..=4).contains(&frames(&mut room, 25)));
    assert_eq!(frames(&mut room, 200), 8);
}

#[test]
fn a_camera_that_is_off_is_a_quiet_tile_and_a_microphone_that_is_off_is_not_heard() {
    let mut room = Room::new(&[QVGA; 2]);
    room.run(100);
    assert_eq!(room.colours(), (0..2).collect());
    change(&mut room, |people| (people[1].state.camera, people[1].state.mic) = (false, false));
    room.run(200);
    assert_eq!(room.colours(), [0].into());
    assert_eq!(room.tones(None), [0].into());
    assert_eq!(room.shows.iter().map(|shown| &shown.participant).collect::<Vec<_>>(), [&id(0)]);
    change(&mut room, |people| people[1].state = ALL);
    room.publishers[1].wants_key_frame = true;
    room.run(100);
    assert_eq!(room.colours(), (0..2).collect());
}

#[test]
fn who_leaves_is_gone_and_the_others_have_their_place() {
    let mut room = Room::new(&[QVGA; 3]);
    room.run(60);
    assert_eq!(room.shows.len(), 3);
    let before = room.shows[0].width;
    change(&mut room, |people| drop(people.remove(2)));
    room.run(60);
    assert_eq!(room.colours(), (0..2).collect());
    assert!(room.shows.len() == 2 && room.shows[0].width >= before);
    change(&mut room, |people| people.truncate(1));
    room.run(60);
    assert!(room.shows[0].width > 600, "{:?}", room.shows);
}

#[test]
fn a_picture_that_changes_its_size_every_second_does_not_disturb_the_others() {
    let mut room = Room::new(&[QVGA; 2]);
    for size in [Size::new(640, 360), Size::new(160, 90), Size::new(322, 182), Size::new(180, 320)] {
        let options = EncoderOptions { codec: VideoCodec::Vp8, size, bitrate: 500_000, frame_rate: 20 };
        room.publishers[1].camera = Encoder::new(options).unwrap();
        room.publishers[1].picture = Picture::filled(size, COLOURS[1]);
        room.publishers[1].wants_key_frame = true;
        let before = room.frames;
        room.run(100);
        assert!(room.frames >= before + 18, "{size:?}");
        assert_eq!(room.colours(), (0..2).collect(), "{size:?}");
    }
}

#[test]
fn garbage_freezes_its_own_tile_and_nothing_else() {
    let mut room = Room::new(&[QVGA; 2]);
    room.run(100);
    let mut garbage = room.publishers[1].packet(Source::Camera, Vec::new(), room.now);
    for number in 0..200_u8 {
        let now = room.now;
        let sequence = room.publishers[1].packets + u64::from(number);
        let payload: Vec<u8> = (0..100).map(|byte: u8| byte.wrapping_mul(number) ^ number).collect();
        for codec in [Some(VideoCodec::Vp8), Some(VideoCodec::Vp9), Some(VideoCodec::H264), None] {
            let source = if codec.is_some() { Source::Camera } else { Source::Mic };
            let payload = payload.clone().into();
            garbage = MediaPacket { source, codec, sequence, marker: true, arrival: now, payload, ..garbage };
            room.mixer.handle_packet(&garbage);
        }
        room.publishers[1].packets += 1;
        if number % 10 == 0 {
            room.run(5);
        }
    }
    room.run(100);
    assert!(room.colours().contains(&0));
    assert!(room.tones(None).contains(&0));
}

#[test]
fn who_stands_still_is_dimmed_and_the_mix_goes_on() {
    let mut room = Room::new(&[QVGA; 2]);
    room.run(100);
    let silent = room.publishers.pop().unwrap();
    room.run(400);
    assert_eq!(room.colours(), [0].into(), "a picture of long ago is dark");
    assert_eq!(
        room.ears.iter().find(|(without, ..)| without.is_none()).map(|(.., heard)| heard.len() > 48_000),
        Some(true)
    );
    room.publishers.push(silent);
    room.publishers[1].wants_key_frame = true;
    room.run(100);
    assert_eq!(room.colours(), (0..2).collect());
}

#[test]
fn pictures_are_evenly_spaced_and_those_that_are_too_late_are_left_out() {
    let mut room = Room::new(&[QVGA; 2]);
    let start = room.now;
    let mut times = Vec::new();
    for (speaker, late) in [0, 3, 49, 50, 130, 151, 500, 517].into_iter().enumerate() {
        // There is something new on each.
        room.mixer.handle_speaker(Some(id(speaker % 2)));
        room.mixer.handle_timeout(start + Duration::from_millis(late));
        while let Some(output) = room.mixer.poll_output() {
            if let Output::Picture { composed, timestamp, .. } = output {
                assert_eq!(timestamp, ticks(composed - start));
                times.push((composed - start).as_millis());
            }
        }
    }
    assert_eq!(times, [0, 50, 100, 150, 500]);
}

#[test]
fn pictures_are_of_the_time_at_which_their_sound_is_mixed() {
    let mut room = Room::new(&[QVGA]);
    let start = room.now;
    let (mut pictures, mut sounds) = (Vec::new(), Vec::new());
    for step in 0..1600_u32 {
        // For some seconds every other packet of sound is 90 ms late, and so all that is mixed.
        let late = if (100..300).contains(&step) && step % 4 == 0 { 90 } else { 0 };
        if step % 5 == 0 {
            let packets = room.publishers[0].film(room.now);
            packets.iter().for_each(|packet| room.mixer.handle_packet(packet));
        }
        if step % 2 == 0 {
            let packet = room.publishers[0].speak(room.now + Duration::from_millis(late));
            room.mixer.handle_packet(&packet);
        }
        room.now += Duration::from_millis(10);
        // Before the next packet comes.
        room.mixer.handle_timeout(room.now.checked_sub(Duration::from_millis(1)).unwrap());
        while let Some(output) = room.mixer.poll_output() {
            match output {
                Output::Picture { composed, timestamp, .. } => {
                    pictures.push((composed, start + Duration::from_micros(u64::from(timestamp) * 100 / 9)));
                }
                Output::Sounds { mixed, .. } => sounds.push(mixed),
                _ => {}
            }
        }
    }
    let step = Duration::from_millis(20);
    assert!(sounds.len() > 790 && sounds.windows(2).all(|pair| pair[1] == pair[0] + step));
    assert!(pictures.windows(2).all(|pair| pair[0].0 < pair[1].0));
    let lag = |index: usize| pictures[index].0.saturating_duration_since(pictures[index].1).as_micros();
    // A packet of 20 ms and the look-ahead of 6.5 ms, less the 25 ms that pictures wait for their turn.
    assert!(lag(10).abs_diff(1_500) < 20, "{} µs", lag(10));
    // Sound waits for five more frames then, and for one at most when there has been nothing late for a while.
    assert!(lag(59).abs_diff(101_500) < 1_500, "{} µs", lag(59));
    assert!(lag(pictures.len() - 1) < 45_000, "{} µs", lag(pictures.len() - 1));
}

#[test]
fn who_speaks_alone_is_heard_and_has_no_sound_but_silence() {
    let mut room = Room::new(&[QVGA; 2]);
    change(&mut room, |people| people[1].state.mic = false);
    room.run(200);
    assert_eq!((room.tones(None), &room.heard), ([0].into(), &vec![id(0)]));
    // Of the mix without the only one who is heard there is nothing to be sent any more.
    let own = room.ears.iter().find(|(without, ..)| *without == Some(id(0))).map(|(.., heard)| heard.len());
    assert!(own.unwrap() < 48_000, "{own:?}");
}

#[test]
fn a_picture_that_nobody_looks_at_keeps_no_decoder() {
    let mut room = Room::new(&[QVGA; 12]);
    room.run(100);
    let decoding = room.mixer.videos.values().filter(|video| video.is_decoding()).count();
    assert!(decoding == room.shows.len() && decoding < 12, "{decoding}");
    room.mixer.handle_speaker(Some(id(11)));
    room.publishers[11].wants_key_frame = true;
    room.run(100);
    let decoding = room.mixer.videos.values().filter(|video| video.is_decoding()).count();
    assert_eq!(decoding, room.shows.len());
    assert_eq!(room.shows[0].participant, id(11));
}

#[test]
fn a_screen_is_large_and_comes_first() {
    let mut room = Room::new(&[QVGA; 3]);
    change(&mut room, |people| people[2].state.screen = true);
    room.run(20);
    assert_eq!((room.shows[0].source, &room.shows[0].participant), (Source::Screen, &id(2)));
    assert!(room.shows[0].width > 2 * room.shows[1].width, "{:?}", room.shows);
}

#[test]
fn key_frames_come_when_they_are_wanted_and_not_too_often() {
    let mut room = Room::new(&[QVGA]);
    let keys = |room: &mut Room, steps: u32, wants: bool| {
        let mut keys = 0;
        for _ in 0..steps {
            if wants {
                room.mixer.handle_key_frame_wanted();
            }
            room.now += Duration::from_millis(10);
            room.mixer.handle_timeout(room.now);
            while let Some(output) = room.mixer.poll_output() {
                if let Output::Picture { payloads, .. } = output {
                    keys += usize::from(VideoCodec::Vp8.is_key_frame(&payloads[0]));
                }
            }
        }
        keys
    };
    assert_eq!(keys(&mut room, 300, false), 1, "the first");
    assert_eq!(keys(&mut room, 300, true), 6);
    assert!(keys(&mut room, 300, false) <= 1);
}

#[test]
fn a_mix_that_takes_too_much_makes_less_and_less_until_that_is_hopeless() {
    let mut room = Room::new(&[QVGA]);
    room.run(20);
    let mut sizes = vec![room.seen.as_ref().unwrap().size()];
    for _ in 0..60 {
        room.mixer.handle_load(0.95, room.now);
        room.run(100);
        let size = room.seen.as_ref().unwrap().size();
        if sizes.last() != Some(&size) {
            sizes.push(size);
        }
    }
    assert_eq!(sizes, [Size::new(640, 360), Size::new(480, 270), Size::new(320, 180)]);
    assert!(room.overloaded > 0);
    assert_eq!(room.mixer.options.frame_rate, 6);
    for _ in 0..120 {
        room.mixer.handle_load(0.2, room.now);
        room.now += Duration::from_secs(1);
    }
    assert_eq!((room.mixer.options.size, room.mixer.options.frame_rate), (SMALL.size, SMALL.frame_rate));
}

#[test]
fn whoever_sends_the_most_stands_still_before_a_mix_is_hopeless_for_all() {
    let mut room = Room::new(&[QVGA, Size::new(1280, 720), QVGA]);
    let load = |room: &mut Room, seconds: u32| {
        for _ in 0..seconds {
            room.run(100);
            room.mixer.handle_load(0.95, room.now);
        }
    };
    while room.mixer.options.frame_rate > 6 {
        room.now += Duration::from_secs(1);
        room.mixer.handle_load(0.95, room.now);
    }
    let decoding =
        |room: &Room| -> Vec<bool> { room.mixer.videos.values().map(Video::is_decoding).collect() };
    room.run(100);
    assert_eq!(decoding(&room), [true, true, true]);
    load(&mut room, 5);
    room.run(30);
    assert_eq!((decoding(&room), room.overloaded), (vec![true, false, true], 0));
    // It still is too much, and nobody is left who sends more than is fair.
    load(&mut room, 5);
    assert_eq!((decoding(&room), room.overloaded), (vec![true, false, true], 1));
    // Later, or with a smaller picture, it is decoded again.
    room.now += Duration::from_secs(60);
    room.publishers[1].wants_key_frame = true;
    room.run(30);
    assert_eq!(decoding(&room), [true, true, true]);
}

#[test]
fn so_many_people_are_looked_at_and_packets_of_strangers_are_none() {
    let mut room = Room::new(&[QVGA]);
    let person = |number| Person { participant: id(number), name: String::new(), state: ALL };
    room.mixer.handle_people((0..1000).map(person).collect());
    assert_eq!(room.mixer.people.len(), MAX_PEOPLE);
    for number in 0..1000 {
        let mut publisher = Publisher::new(number, Size::new(32, 32));
        let packets = publisher.film(room.now);
        packets.iter().for_each(|packet| room.mixer.handle_packet(packet));
        let sound = publisher.speak(room.now);
        room.mixer.handle_packet(&sound);
    }
    assert_eq!(room.mixer.videos.len(), MAX_PEOPLE);
    assert!(room.mixer.streams.len() <= MAX_PEOPLE && room.mixer.numbers.len() <= MAX_PEOPLE);
    room.mixer.handle_people(Vec::new());
    assert!(room.mixer.videos.is_empty() && room.mixer.streams.is_empty() && room.mixer.numbers.is_empty());
}

/// Pictures of an edition as they are decoded.
fn decoded(codec: VideoCodec, frames: &[OtherFrame]) -> Vec<Picture> {
    let (mut assembler, mut decoder) = (Assembler::new(), Decoder::new(codec).unwrap());
    let (mut pictures, mut sequence) = (Vec::new(), 0);
    for (timestamp, composed, payloads) in frames {
        for (index, payload) in payloads.iter().enumerate() {
            sequence += 1;
            let (timestamp, marker) = (*timestamp, index + 1 == payloads.len());
            assembler.push(assembly::Packet { sequence, timestamp, marker, codec, payload }, *composed);
        }
        while let Some(frame) = assembler.next_frame(*composed) {
            let view = decoder.decode(frame.data).unwrap().unwrap();
            let mut copy = Picture::filled(view.size, [0; 3]);
            copy.copy_from(view);
            pictures.push(copy);
        }
    }
    pictures
}

#[test]
fn a_small_picture_is_made_only_while_it_is_wanted_and_shows_the_same_in_few_bits() {
    let mut room = Room::new(&[QVGA; 3]);
    room.mixer = Mixer::new(Options::default(), room.now).unwrap();
    room.mixer.handle_people(room.publishers.iter().map(Publisher::person).collect());
    room.run(100);
    assert!(room.small.is_empty());
    room.mixer.handle_edition_wanted(Edition::Small, true);
    room.run(400);
    let (whole, small) = (room.seen.clone().unwrap(), std::mem::take(&mut room.small));
    assert!((38..=41).contains(&small.len()), "{} in four seconds", small.len());
    let bytes: usize = small.iter().flat_map(|(.., payloads)| payloads).map(|payload| payload.len()).sum();
    assert!(bytes * 8 / 4 < 140_000, "{bytes} bytes in four seconds");
    let pictures = decoded(VideoCodec::Vp8, &small);
    assert_eq!(pictures.len(), small.len(), "the first is a key frame");
    assert_eq!((whole.size(), pictures[0].size()), (Size::new(1280, 720), Size::new(640, 360)));
    room.seen = pictures.last().cloned();
    assert_eq!(room.colours(), (0..3).collect());
    // Who comes later gets one that begins.
    room.mixer.handle_edition_wanted(Edition::Small, true);
    room.run(20);
    room.small.clear();
    room.mixer.handle_edition_key_frame_wanted(Edition::Small);
    room.run(50);
    assert_eq!(decoded(VideoCodec::Vp8, &room.small).len(), room.small.len());
    room.mixer.handle_edition_wanted(Edition::Small, false);
    room.small.clear();
    room.run(100);
    assert!(room.small.is_empty());
}

#[test]
fn who_has_no_vp8_gets_the_same_in_h264_which_is_made_only_while_it_is_wanted() {
    let mut room = Room::new(&[QVGA; 3]);
    room.run(100);
    assert!(room.h264.is_empty());
    room.mixer.handle_edition_wanted(Edition::H264, true);
    room.run(200);
    let frames = std::mem::take(&mut room.h264);
    assert!((38..=41).contains(&frames.len()), "{} in two seconds", frames.len());
    let pictures = decoded(VideoCodec::H264, &frames);
    assert_eq!(pictures.len(), frames.len(), "the first is a key frame");
    assert_eq!(pictures[0].size(), SMALL.size);
    room.seen = pictures.last().cloned();
    assert_eq!(room.colours(), (0..3).collect());
    room.run(20);
    room.h264.clear();
    room.mixer.handle_edition_key_frame_wanted(Edition::H264);
    room.run(50);
    assert!(decoded(VideoCodec::H264, &room.h264).len() >= room.h264.len() - 1, "it begins anew");
    room.mixer.handle_edition_wanted(Edition::H264, false);
    room.h264.clear();
    room.run(100);
    assert!(room.h264.is_empty());
}
