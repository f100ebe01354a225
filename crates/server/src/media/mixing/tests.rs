use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::sync::mpsc::Receiver;
use visavis_mix::{Size, Sound, packetize};
use visavis_protocol::{ParticipantId, RecordingId, RecordingPart, Source, SourceState};
use visavis_rtp::VideoCodec;
use visavis_sfu::{Edition, MixPacket, Person};

use super::recorder::Recorder;
use super::takes::{MAX_PARTS, MAX_PARTS_EACH, Takes};
use super::worker::{Desk, Voice, Worker};
use super::*;
use crate::media::forwarder::{Said, channel};
use crate::media::mail::Inbox;
use crate::recordings::Limits;
use crate::recordings::film::{film, play};

const ALL: SourceState =
    SourceState { mic: true, camera: true, screen: true, screen_audio: true, hand: false };

fn room() -> RoomName {
    RoomName::new("room").unwrap()
}

fn mailbox() -> (Mailbox, Inbox, mio::Poll) {
    let poll = mio::Poll::new().unwrap();
    let waker = mio::Waker::new(poll.registry(), crate::media::token::Token::Waker.into()).unwrap();
    let (mailbox, inbox) = Mailbox::new(waker);
    (mailbox, inbox, poll)
}

/// Where recordings go, and what is said of them.
struct Studio {
    dir: TempDir,
    recordings: Recordings,
    voice: Voice,
    said: Receiver<Said>,
    start: Instant,
    _inbox: (Inbox, mio::Poll),
}

impl Studio {
    fn new(bytes: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let limits = Limits::new(Duration::from_secs(86_400), bytes);
        let recordings = Recordings::open(dir.path().to_owned(), limits).unwrap();
        let (mailbox, inbox, poll) = mailbox();
        let (says, said) = channel();
        let voice = Voice { room: room(), number: 1, mailbox, says };
        Self { dir, recordings, voice, said, start: Instant::now(), _inbox: (inbox, poll) }
    }

    fn takes(&self, people: &[Person]) -> Takes {
        Takes::begin(&self.recordings, &of(), self.voice.clone(), self.start, people.to_vec()).unwrap()
    }

    /// What is said of parts, the last of each, in the order in which they began.
    fn parts(&mut self) -> Vec<RecordingPart> {
        let mut parts: Vec<RecordingPart> = Vec::new();
        while let Ok(said) = self.said.try_recv() {
            let Said::Part { of: said_of, part, .. } = said else { panic!("{said:?}") };
            assert_eq!(said_of, of().id);
            match parts.iter_mut().find(|known| known.id == part.id) {
                Some(known) => *known = part,
                None => parts.push(part),
            }
        }
        parts
    }

    fn file(&self, id: &str) -> PathBuf {
        self.dir.path().join(format!("{id}.webm"))
    }

    /// What ffprobe says of the tracks of a file: kind and beginning.
    fn tracks(&self, id: &str) -> BTreeMap<String, f64> {
        let arguments = ["-v", "error", "-of", "csv=p=0", "-show_entries", "stream=codec_name,start_time"];
        let output = Command::new("ffprobe").args(arguments).arg(self.file(id)).output().unwrap();
        let lines = String::from_utf8(output.stdout).unwrap();
        let track = |line: &str| {
            let (name, start) = line.split_once(',').unwrap();
            (name.to_owned(), start.parse().unwrap())
        };
        lines.lines().map(track).collect()
    }
}

fn of() -> RecordingId {
    let (id, key) = ("abcdefghijklmnopqrstuvwxyz".to_owned(), "0123456789abcdef".to_owned());
    RecordingId { id, key, tracks: true }
}

fn person(name: &str, state: SourceState) -> Person {
    Person { participant: ParticipantId::new(&name.to_lowercase()).unwrap(), name: name.to_owned(), state }
}

/// What somebody's camera and microphone, or their screen, send in two seconds from a moment on.
fn two_seconds(whose: &Person, is_screen: bool, from: Instant) -> Vec<MixPacket> {
    let (picture, sound) =
        if is_screen { (Source::Screen, Source::ScreenAudio) } else { (Source::Camera, Source::Mic) };
    let mut packets = Vec::new();
    for (number, frame) in (0..).zip(film(2)) {
        let is_picture = frame.track == 0;
        // Sound is sent when its last sample is there.
        let arrival = from + frame.at + Duration::from_millis(if is_picture { 0 } else { 20 });
        let rate = if is_picture { 90 } else { 48 };
        let payloads = if is_picture {
            packetize(VideoCodec::Vp8, frame.data, number)
        } else {
            vec![frame.data.to_vec()]
        };
        let last = payloads.len() - 1;
        packets.extend(payloads.into_iter().enumerate().map(|(index, payload)| MixPacket {
            participant: whose.participant.clone(),
            source: if is_picture { picture } else { sound },
            stream: usize::from(is_picture),
            codec: is_picture.then_some(VideoCodec::Vp8),
            sequence: 0,
            timestamp: u32::try_from(frame.at.as_micros() * rate / 1000).unwrap(),
            marker: index == last,
            rotation: 0,
            arrival,
            payload: payload.into(),
        }));
    }
    let mut counts = [0, 0];
    for packet in &mut packets {
        counts[packet.stream] += 1;
        packet.sequence = counts[packet.stream];
    }
    packets
}

#[test]
fn what_each_person_sends_is_in_a_file_of_their_own_and_all_files_are_in_step() {
    let mut studio = Studio::new(1 << 30);
    let people = [person("Ada", ALL), person("Bob", ALL)];
    let mut takes = studio.takes(&people);
    let later = studio.start + Duration::from_secs(5);
    for packets in [
        two_seconds(&people[0], false, studio.start),
        two_seconds(&people[1], false, later),
        two_seconds(&people[0], true, later),
        two_seconds(&person("Eve", ALL), false, later),
    ] {
        packets.iter().for_each(|packet| takes.handle_packet(packet));
    }
    takes.finish();
    let parts = studio.parts();
    let named: Vec<_> = parts.iter().map(|part| (&*part.name, part.screen)).collect();
    assert_eq!(named, [("Ada", false), ("Bob", false), ("Ada", true)], "and nobody who is not there");
    for (part, begins) in parts.iter().zip([0.0, 5.0, 5.0]) {
        let file = studio.file(&part.id);
        assert_eq!(part.bytes, Some(std::fs::metadata(&file).unwrap().len()));
        assert!(part.key.len() >= 26 && part.key != part.id);
        assert!((play(&file) - begins - 2.0).abs() < 0.1, "{}", play(&file));
        let tracks = studio.tracks(&part.id);
        assert_eq!(tracks.keys().collect::<Vec<_>>(), ["opus", "vp8"]);
        assert!(tracks.values().all(|start| (start - begins).abs() < 0.05), "{tracks:?} from {begins} on");
    }
}

#[test]
fn who_leaves_has_a_file_that_has_ended_and_who_comes_back_another() {
    let mut studio = Studio::new(1 << 30);
    let ada = person("Ada", ALL);
    let mut takes = studio.takes(&[]);
    for round in 0..3 {
        takes.handle_people(std::slice::from_ref(&ada));
        let packets = two_seconds(&ada, false, studio.start + Duration::from_secs(10 * round));
        packets.iter().for_each(|packet| takes.handle_packet(packet));
        takes.handle_people(&[]);
    }
    takes.finish();
    let parts = studio.parts();
    assert_eq!(parts.len(), 3);
    assert!(parts.iter().all(|part| part.bytes.is_some_and(|bytes| bytes > 0)));
}

#[test]
fn files_of_one_recording_are_bounded() {
    let mut studio = Studio::new(1 << 30);
    let people: Vec<_> = (0..40)
        .map(|number| person(&format!("P{number}"), SourceState { mic: true, ..SourceState::default() }))
        .collect();
    let mut takes = studio.takes(&people);
    for person in &people {
        let packets = two_seconds(person, false, studio.start);
        packets
            .iter()
            .filter(|packet| packet.codec.is_none())
            .take(5)
            .for_each(|packet| takes.handle_packet(packet));
    }
    takes.finish();
    assert_eq!(studio.parts().len(), MAX_PARTS);
}

#[test]
fn one_person_does_not_use_up_the_files_of_the_others() {
    let mut studio = Studio::new(1 << 30);
    let (ada, bob) = (person("Ada", ALL), person("Bob", ALL));
    let mut takes = studio.takes(&[]);
    for round in 0..MAX_PARTS_EACH as u64 + 2 {
        takes.handle_people(std::slice::from_ref(&ada));
        let packets = two_seconds(&ada, false, studio.start + Duration::from_secs(10 * round));
        packets.iter().for_each(|packet| takes.handle_packet(packet));
        takes.handle_people(&[]);
    }
    takes.handle_people(std::slice::from_ref(&bob));
    two_seconds(&bob, false, studio.start).iter().for_each(|packet| takes.handle_packet(packet));
    takes.finish();
    let parts = studio.parts();
    let of = |name: &str| parts.iter().filter(|part| part.name == name).count();
    assert_eq!((of("Ada"), of("Bob")), (MAX_PARTS_EACH, 1));
}

#[test]
fn where_there_is_no_room_all_of_it_ends_and_why_is_told() {
    let mut studio = Studio::new(20_000);
    let people = [person("Ada", ALL)];
    let mut takes = studio.takes(&people);
    for round in 0..20 {
        let packets = two_seconds(&people[0], false, studio.start + Duration::from_secs(2 * round));
        packets.iter().for_each(|packet| takes.handle_packet(packet));
    }
    // It has ended by itself, and waits for nobody to ask.
    let problem = takes.last_problem();
    assert!(problem.is_some_and(|problem| problem.contains("--recordings-max")));
    let parts = studio.parts();
    assert!(parts.iter().all(|part| part.bytes.is_some()), "{parts:?}");
}

fn recorder(studio: &Studio) -> Recorder {
    let size = Size { width: 64, height: 36 };
    Recorder::begin(&studio.recordings, of(), &room(), size, studio.start).unwrap()
}

fn sound() -> Sound {
    Sound { without: None, timestamp: 0, payload: Arc::from(&[0xfc, 0xff, 0xfe][..]) }
}

#[test]
fn a_recording_begins_with_a_key_frame_and_sound_of_before_is_left_out() {
    let studio = Studio::new(1 << 30);
    let mut recorder = recorder(&studio);
    let at = |ms| studio.start + Duration::from_millis(ms);
    recorder.take_sound(&sound(), at(0)).unwrap();
    assert!(!recorder.has_begun());
    for frame in film(2) {
        let when = at(100) + frame.at;
        match frame.track {
            0 => recorder.take_picture(frame.data, frame.is_key_frame, when).unwrap(),
            // The first are of a time before the picture.
            _ => recorder.take_sound(&sound(), when.checked_sub(Duration::from_millis(60)).unwrap()).unwrap(),
        }
    }
    assert!(recorder.has_begun());
    let recorded = recorder.finish(None);
    assert_eq!(recorded.problem, None);
    let (seconds, bytes) = recorded.result.unwrap();
    assert!((seconds - 2.0).abs() < 0.1 && bytes > 0, "{seconds} {bytes}");
    let tracks = studio.tracks(&of().id);
    assert!(tracks.values().all(|start| start.abs() < 0.021), "{tracks:?}");
}

#[test]
fn a_key_frame_is_due_ten_seconds_after_the_last_one() {
    let studio = Studio::new(1 << 30);
    let mut recorder = recorder(&studio);
    let at = |ms| studio.start + Duration::from_millis(ms);
    assert!(!recorder.wants_key_frame(at(9_999)) && recorder.wants_key_frame(at(10_000)));
    let frames = film(1);
    recorder.take_picture(frames[0].data, true, at(8_000)).unwrap();
    recorder.take_picture(frames[2].data, false, at(17_000)).unwrap();
    assert!(!recorder.wants_key_frame(at(17_999)) && recorder.wants_key_frame(at(18_000)));
}

#[test]
fn a_recording_of_nothing_says_so_and_so_does_one_that_does_not_begin() {
    let studio = Studio::new(1 << 30);
    let recorded = recorder(&studio).finish(None);
    assert_eq!((recorded.result, recorded.problem.as_deref()), (None, Some("nothing was recorded")));
    let recorded = recorder(&studio).finish(Some("why".to_owned()));
    assert_eq!(recorded.problem.as_deref(), Some("why"));
    let off = Recordings::off("a test");
    let size = Size { width: 64, height: 36 };
    let refused = Recorder::begin(&off, of(), &room(), size, studio.start).err().unwrap();
    assert!(refused.result.is_none() && refused.problem.unwrap().contains("a test"));
}

#[test]
fn a_room_is_mixed_from_the_first_people_on_until_nobody_wants_it() {
    let (mailbox, _inbox, _poll) = mailbox();
    let mut mixes = Mixes::new(mailbox, channel().0, Recordings::off("a test"));
    assert!(
        mixes.tell(&room(), ToMix::KeyFrameWanted(Edition::Whole)),
        "of a mix that there is not nothing is missed"
    );
    assert!(mixes.mixes.is_empty());
    assert!(mixes.tell(&room(), ToMix::People(Vec::new())));
    assert!(mixes.is_number_of(&room(), 1) && !mixes.is_number_of(&room(), 2));
    mixes.note_usage(&room(), 0.25);
    assert!((mixes.usage(&room()) - 0.25).abs() < f64::EPSILON);
    assert!(mixes.tell(&room(), ToMix::End));
    assert!(mixes.mixes.is_empty() && mixes.usage(&room()) == 0.0);
    assert!(mixes.tell(&room(), ToMix::People(Vec::new())));
    assert!(mixes.is_number_of(&room(), 2), "another one");
}

#[test]
fn a_mix_that_is_behind_misses_packets_and_is_given_up_if_it_misses_more() {
    let (mailbox, _inbox, _poll) = mailbox();
    let mut mixes = Mixes::new(mailbox, channel().0, Recordings::off("a test"));
    // One that does nothing.
    let (letters, _unread) = sync_channel(1);
    let thread = std::thread::spawn(|| {});
    mixes.mixes.insert(room(), Mix { number: 7, letters, usage: 0.0, thread });
    assert!(mixes.tell(&room(), ToMix::People(Vec::new())));
    let packet = two_seconds(&person("Ada", ALL), false, Instant::now()).remove(0);
    for lost in [ToMix::Packet(packet), ToMix::Speaker(None), ToMix::KeyFrameWanted(Edition::Whole)] {
        assert!(mixes.tell(&room(), lost));
    }
    assert!(mixes.is_number_of(&room(), 7));
    assert!(!mixes.tell(&room(), ToMix::Record(None)));
    assert!(mixes.mixes.is_empty());
}

#[test]
fn a_mix_that_fails_says_that_its_recording_has_ended() {
    // Nobody else has the voice: whoever waits for what it says is not kept waiting.
    let Studio { recordings, voice, mut said, start, dir: _dir, _inbox } = Studio::new(1 << 30);
    let (_sender, letters) = sync_channel(1);
    let desk = Desk { letters, voice, recordings };
    let mixer = visavis_mix::Mixer::new(visavis_mix::Options::default(), start).unwrap();
    let mut worker = Worker::new(desk, mixer);
    worker.take(ToMix::Record(Some(of())));
    let fails = std::thread::spawn(move || {
        let _worker = worker;
        panic!("as a mix may, in code that is not ours");
    });
    assert!(fails.join().is_err());
    let Some(Said::Recorded { recorded, .. }) = said.blocking_recv() else { panic!("it is told") };
    assert_eq!((recorded.id, recorded.problem), (of().id, Some("the mix has failed".to_owned())));
}
