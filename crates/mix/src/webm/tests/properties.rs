//! What holds for every file, whatever was written to it.

use std::io::Cursor;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::webm::ebml::{self, id};
use crate::webm::{MAX_LATENESS, WriteError, repair};

/// The blocks of a file: track, time and the frame. The first cluster begins after the header.
fn blocks(file: &[u8], header: usize) -> Vec<(usize, u64, Vec<u8>)> {
    let mut blocks = Vec::new();
    let mut rest = &file[header..];
    while let Some((id::CLUSTER, cluster, after)) = ebml::split(rest) {
        let (element, start, mut inside) = ebml::split(cluster).unwrap();
        assert_eq!(element, id::TIMESTAMP);
        let (start, mut newest) = (ebml::uint(start).unwrap(), 0);
        assert!(!inside.is_empty(), "an empty cluster");
        while !inside.is_empty() {
            let (element, block, next) = ebml::split(inside).unwrap();
            assert_eq!(element, id::SIMPLE_BLOCK);
            let [track, high, low, _, ref frame @ ..] = *block else { panic!("{block:?}") };
            let offset = i16::from_be_bytes([high, low]);
            assert!((newest..=6000).contains(&offset), "{offset} after {newest}");
            newest = offset;
            blocks.push((
                usize::from(track & 0x7f) - 1,
                start + u64::try_from(offset).unwrap(),
                frame.to_vec(),
            ));
            inside = next;
        }
        rest = after;
    }
    assert!(rest.is_empty() || ebml::split(rest).unwrap().0 == id::CUES);
    blocks
}

/// The time and the track of each cue.
fn cues(tail: &[u8]) -> Vec<(u64, u64)> {
    let (_, cluster, rest) = ebml::split(tail).unwrap();
    assert!(!cluster.is_empty());
    let (element, mut points, _) = ebml::split(rest).unwrap();
    assert_eq!(element, id::CUES);
    let mut cues = Vec::new();
    while let Some((_, point, rest)) = ebml::split(points) {
        let (_, at, positions) = ebml::split(point).unwrap();
        let (_, track, _) = ebml::split(ebml::split(positions).unwrap().1).unwrap();
        cues.push((ebml::uint(at).unwrap(), ebml::uint(track).unwrap()));
        points = rest;
    }
    cues
}

#[test]
fn as_long_as_there_is_no_picture_one_can_seek_in_the_sound() {
    let tracks = [tracks(), tracks()].concat();
    let record = |pictures_from: u64| {
        let (mut writer, mut file) = Writer::new(&tracks).unwrap();
        for second in 0..6 {
            file.extend(writer.write(SOUND, millis(second * 1000), true, &[1; 9]).unwrap());
            if second >= pictures_from {
                let is_key_frame = second != pictures_from + 1;
                file.extend(writer.write(2, millis(second * 1000 + 10), is_key_frame, &[1; 9]).unwrap());
            }
        }
        let finish = writer.finish();
        let whole = [&file[..], &finish.tail].concat();
        // What is repaired has the last cluster in its place already.
        let repaired = repair(&mut Cursor::new(&whole)).unwrap().unwrap();
        assert!(finish.tail.ends_with(&repaired.tail));
        cues(&finish.tail)
    };
    let sound: Vec<_> = (0..6).map(|second| (second * 1000, 2)).collect();
    assert_eq!(record(6), sound);
    // Pictures of a track that is not the first, and not with each second a key frame.
    assert_eq!(record(3), [(3010, 3), (5010, 3)]);
}

#[derive(Clone, Debug)]
struct Step {
    track: usize,
    /// Milliseconds that time goes on, and how much older the frame is.
    on: u64,
    late: u64,
    is_key_frame: bool,
    size: usize,
}

fn step() -> impl Strategy<Value = Step> {
    let on = prop_oneof![9 => 0_u64..50, 1 => 0_u64..60_000];
    let late = prop_oneof![5 => Just(0), 4 => 0_u64..300, 1 => 0_u64..7000];
    (0_usize..4, on, late, prop::bool::weighted(0.1), 1_usize..30)
        .prop_map(|(track, on, late, is_key_frame, size)| Step { track, on, late, is_key_frame, size })
}

proptest! {
    #[test]
    fn every_frame_is_in_the_file_or_refused(steps in vec(step(), 0..400)) {
        let tracks: Vec<_> = tracks().into_iter().chain(super::tracks()).collect();
        let (mut writer, mut file) = Writer::new(&tracks).unwrap();
        let header = file.len();
        let (mut now, mut newest) = (0, 0);
        let mut written: Vec<(usize, u64, Vec<u8>)> = Vec::new();
        for (Step { track, on, late, is_key_frame, size }, number) in steps.into_iter().zip(0_u32..) {
            now += on;
            let at = u64::saturating_sub(now, late);
            let frame = number.to_be_bytes().repeat(size);
            let before = written.iter().rfind(|(of, ..)| *of == track).map(|(_, at, _)| *at);
            let expected = if before.is_some_and(|before| at < before) {
                Some(WriteError::Backwards)
            } else if u128::from(u64::saturating_sub(newest, at)) > MAX_LATENESS.as_millis() {
                Some(WriteError::Late)
            } else if before.is_none() && !is_key_frame && track % 2 == PICTURES {
                Some(WriteError::NoKeyFrame)
            } else {
                None
            };
            let result = writer.write(track, millis(at), is_key_frame, &frame);
            prop_assert_eq!(result.as_ref().err(), expected.as_ref());
            if let Ok(bytes) = result {
                file.extend(bytes);
                newest = newest.max(at);
                written.push((track, at, frame));
            }
            // What is older than two seconds is in the file already, but for what others are behind.
            let there = blocks(&file, header).len();
            let waiting = written.iter().filter(|(_, at, _)| at + 2000 + 5000 >= newest).count();
            prop_assert!(there + waiting >= written.len());
        }
        let finish = writer.finish();
        prop_assert_eq!(finish.length, file.len() as u64);
        carry_out(&mut file, &finish);
        let found = blocks(&file, header);
        for track in 0..tracks.len() {
            let of = |blocks: &[(usize, u64, Vec<u8>)]| -> Vec<_> {
                blocks.iter().filter(|block| block.0 == track).cloned().collect()
            };
            prop_assert_eq!(of(&found), of(&written));
        }
        let end = finish.duration.as_millis();
        prop_assert!((u128::from(newest)..=u128::from(newest) + 1000).contains(&end));
    }
}
