//! What is refused, and what has a bound.

use std::io::Cursor;

use super::*;
use crate::webm::cluster::MAX_CLUSTER;
use crate::webm::header::MAX_TRACKS_BYTES;
use crate::webm::{
    HeaderError, MAX_BLOCKS, MAX_DURATION, MAX_FRAME, MAX_LATENESS, MAX_NAME, MAX_TRACKS, WriteError, repair,
};

/// A sequence and a picture parameter set of so many bytes.
fn parameter_sets(length: usize) -> Vec<u8> {
    let mut sets = vec![0, 0, 0, 1, 0x67, 100, 0, 31];
    sets.resize(4 + length, 0xa5);
    sets.extend([0, 0, 0, 1, 0x68]);
    sets.resize(8 + 2 * length, 0xa5);
    sets
}

#[test]
fn tracks_that_cannot_be_are_refused() {
    let size = Size::new(64, 36);
    let opus = |channels| Media::Opus { channels, pre_skip: 312 };
    let h264 = |parameter_sets| Media::H264 { size, parameter_sets };
    for (media, error) in [
        (opus(0), HeaderError::Channels(0)),
        (opus(3), HeaderError::Channels(3)),
        (Media::Vp8(Size::new(0, 36)), HeaderError::Size(Size::new(0, 36))),
        (Media::Vp9(Size::new(64, 65_536)), HeaderError::Size(Size::new(64, 65_536))),
        (h264(Vec::new()), HeaderError::ParameterSets),
        (h264(parameter_sets(257)), HeaderError::ParameterSets),
        // One of the two only, and one that is too short to say its profile.
        (h264(parameter_sets(256)[..200].to_vec()), HeaderError::ParameterSets),
        (h264(vec![0, 0, 1, 0x67, 0x42, 0, 0, 1, 0x68, 0xce]), HeaderError::ParameterSets),
    ] {
        assert_eq!(Writer::new(&[track(media)]).err(), Some(error));
    }
    let name = "n".repeat(MAX_NAME + 1);
    assert_eq!(Writer::new(&[Track { name, media: opus(1) }]).err(), Some(HeaderError::Name(MAX_NAME + 1)));
    assert_eq!(Writer::new(&[]).err(), Some(HeaderError::Tracks(0)));
    let many = vec![track(opus(1)); MAX_TRACKS + 1];
    assert_eq!(Writer::new(&many).err(), Some(HeaderError::Tracks(MAX_TRACKS + 1)));
}

#[test]
fn the_longest_header_can_be_read_again() {
    let media = Media::H264 { size: Size::new(65_535, 65_535), parameter_sets: parameter_sets(256) };
    let longest = Track { name: "n".repeat(MAX_NAME), media };
    let (mut writer, mut file) = Writer::new(&vec![longest; MAX_TRACKS]).unwrap();
    assert!(file.len() > MAX_TRACKS_BYTES * 3 / 4 && file.len() < MAX_TRACKS_BYTES);
    assert!(writer.write(MAX_TRACKS - 1, millis(0), true, &[0, 0, 1, 0x65, 1]).unwrap().is_empty());
    carry_out(&mut file, &writer.finish());
    assert!(repair(&mut Cursor::new(&file)).unwrap().is_none());
}

#[test]
fn a_frame_that_is_refused_disturbs_nothing() {
    let (mut undisturbed, mut first) = Writer::new(&tracks()).unwrap();
    let (mut disturbed, mut second) = Writer::new(&tracks()).unwrap();
    assert_eq!(disturbed.write(PICTURES, millis(0), false, &[1]), Err(WriteError::NoKeyFrame));
    let large = vec![1; MAX_FRAME + 1];
    for tick in 0..500 {
        let at = millis(10_000 + tick * 20);
        for (writer, file) in [(&mut undisturbed, &mut first), (&mut disturbed, &mut second)] {
            file.extend(writer.write(SOUND, at, false, &[7; 30]).unwrap());
            file.extend(writer.write(PICTURES, at, tick % 77 == 0, &[8; 90]).unwrap());
        }
        for (track, at, data, error) in [
            (2, at, &[1][..], WriteError::UnknownTrack(2)),
            (usize::MAX, at, &[1], WriteError::UnknownTrack(usize::MAX)),
            (SOUND, at - millis(1), &[1], WriteError::Backwards),
            (SOUND, MAX_DURATION + millis(1), &[1], WriteError::TooLong),
            (PICTURES, Duration::MAX, &[1], WriteError::TooLong),
            (PICTURES, at, &[], WriteError::Empty),
            (SOUND, at, &large, WriteError::TooLarge(MAX_FRAME + 1)),
        ] {
            assert_eq!(disturbed.write(track, at, true, data), Err(error));
        }
    }
    assert!(first == second && undisturbed.finish() == disturbed.finish());
}

#[test]
fn a_track_may_lag_behind_another_by_so_much_and_no_more() {
    let (mut writer, _) = Writer::new(&tracks()).unwrap();
    writer.write(SOUND, millis(20_000), true, &[1]).unwrap();
    let oldest = millis(20_000) - MAX_LATENESS;
    assert_eq!(writer.write(PICTURES, oldest - millis(1), true, &[1]), Err(WriteError::Late));
    writer.write(PICTURES, oldest, true, &[1]).unwrap();
}

#[test]
fn frames_that_wait_are_bounded_by_number_and_by_size() {
    for (size, count) in [(1, MAX_BLOCKS), (MAX_FRAME / 4, 4), (MAX_FRAME, 1)] {
        let (mut writer, _) = Writer::new(&tracks()).unwrap();
        let frame = vec![1; size];
        for _ in 0..count {
            assert!(writer.write(SOUND, millis(0), true, &frame).unwrap().is_empty());
        }
        let cluster = writer.write(SOUND, millis(0), true, &frame).unwrap();
        assert!(cluster.len() > size * count && cluster.len() <= MAX_CLUSTER + 8);
    }
}

#[test]
fn the_largest_cluster_can_be_repaired() {
    // A frame of the shortest NAL units, which grow most.
    let media = Media::H264 { size: Size::new(64, 36), parameter_sets: parameter_sets(9) };
    let (mut writer, mut file) = Writer::new(&[track(media)]).unwrap();
    let frame = [0, 0, 1, 0x65].repeat(MAX_FRAME / 4);
    assert!(writer.write(0, millis(0), true, &frame).unwrap().is_empty());
    let finish = writer.finish();
    file.extend(&finish.tail);
    assert!(finish.tail.len() > MAX_FRAME / 4 * 5);
    let repaired = repair(&mut Cursor::new(&file)).unwrap().unwrap();
    assert!(repaired.length > finish.length + MAX_FRAME as u64 / 4 * 5);
}

#[test]
fn a_day_and_more_needs_no_more_memory_than_an_hour() {
    for (hours, cues) in [(1, 3600), (24, 5400), (240, 6750)] {
        let (mut writer, header) = Writer::new(&tracks()).unwrap();
        let (mut length, mut longest) = (header.len(), 0);
        for second in 0..hours * 3600 {
            for at in [0, 200, 400, 600, 800].map(|at| millis(second * 1000 + at)) {
                for (track, is_key_frame) in [(SOUND, true), (PICTURES, at.subsec_millis() == 0)] {
                    let cluster = writer.write(track, at, is_key_frame, &[1]).unwrap();
                    length += cluster.len();
                    longest = longest.max(cluster.len());
                }
            }
        }
        let finish = writer.finish();
        assert_eq!(finish.length, length as u64);
        assert_eq!(finish.duration, Duration::from_secs(hours * 3600));
        assert!(longest < 200, "{longest}");
        let size = finish.tail.len() - longest;
        assert!((cues * 15..cues * 23).contains(&size), "{size} bytes of cues after {hours} hours");
    }
}
