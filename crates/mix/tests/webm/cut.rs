//! Files of recordings that were not finished: they end anywhere.

use std::io::Cursor;

use visavis_mix::webm::{self, RepairError};

use crate::media::{self, Frame};
use crate::player::Saved;
use crate::walk;

/// Numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// The newest times of what was recorded when the file had so many bytes.
fn recorded(frames: &[Frame], length: usize) -> f64 {
    let (mut writer, header) = webm::Writer::new(&media::call_tracks()).unwrap();
    let mut written = header.len();
    for frame in frames {
        written += writer.write(frame.track, frame.at, frame.is_key_frame, &frame.data).unwrap().len();
        if written >= length {
            return frame.at.as_secs_f64();
        }
    }
    frames.last().unwrap().at.as_secs_f64()
}

/// Complete frames by track in the first bytes of a file.
fn complete(file: &[u8], length: usize) -> [usize; 2] {
    let mut counts = [0; 2];
    for segment in walk::elements(file, 0).iter().filter(|element| element.id == 0x1853_8067) {
        for cluster in segment.children().iter().filter(|element| element.id == 0x1f43_b675) {
            for block in cluster.children().iter().filter(|element| element.id == 0xa3) {
                if block.content_start + block.content.len() <= length {
                    counts[usize::from(block.content[0] & 0x7f) - 1] += 1;
                }
            }
        }
    }
    counts
}

#[test]
fn what_was_cut_anywhere_plays_to_its_end_and_is_repaired() {
    let frames = media::call(12);
    let (file, _) = media::record(&media::call_tracks(), &frames);
    let header = webm::Writer::new(&media::call_tracks()).unwrap().1.len();
    let whole = Saved::new("whole.webm", &media::finished(&media::call_tracks(), &frames));
    let times = ["v", "a"].map(|track| whole.packets(track).0);
    let mut numbers = Numbers(7);
    for round in 0..12 {
        let length = header + 2000 + numbers.below(file.len() - header - 2000);
        let mut cut = file[..length].to_vec();
        let expected = complete(&file, length);

        let live = Saved::new(&format!("cut-{round}.webm"), &cut);
        let errors = live.play();
        let mut lines = errors.lines().filter(|line| !line.is_empty());
        assert!(lines.all(|line| line.ends_with("File ended prematurely")), "cut at {length}: {errors}");
        for (track, wanted) in ["v", "a"].into_iter().zip(expected) {
            let (packets, _) = live.packets(track);
            // One more: the frame that was cut.
            assert!(
                (wanted..=wanted + 1).contains(&packets.len()),
                "{} of {wanted} at {length}",
                packets.len()
            );
            let end = packets.last().copied().unwrap_or(0.0);
            assert!(end > recorded(&frames, length) - 2.0, "{track} ends at {end}");
        }

        let finish = webm::repair(&mut Cursor::new(&cut)).unwrap().unwrap();
        media::carry_out(&mut cut, &finish);
        let repaired = Saved::new(&format!("repaired-{round}.webm"), &cut);
        assert_eq!(repaired.play(), "", "cut at {length}");
        // What is there is seen and heard when it would have been.
        for ((track, all), count) in ["v", "a"].into_iter().zip(&times).zip(expected) {
            assert!(repaired.packets(track).0 == all[..count], "cut at {length}");
        }
        let said = format!("duration={:.6}", finish.duration.as_secs_f64());
        assert_eq!(repaired.describe("format=duration"), [said]);
        assert!(webm::repair(&mut Cursor::new(&cut)).unwrap().is_none(), "repaired twice");
    }
}

#[test]
fn a_repaired_file_is_one_that_was_finished() {
    let (file, finish) = media::record(&media::call_tracks(), &media::call(12));
    let mut finished = file.clone();
    media::carry_out(&mut finished, &finish);
    assert!(webm::repair(&mut Cursor::new(&finished)).unwrap().is_none());

    // Cut between its last cluster and its cues, in its cues, or between any of the patches: all the same.
    let clusters = finish.length + cluster_length(&finish.tail);
    let whole = [&file[..], &finish.tail].concat();
    for length in usize::try_from(clusters).unwrap()..=whole.len() {
        let mut cut = whole[..length].to_vec();
        let again = webm::repair(&mut Cursor::new(&cut)).unwrap().unwrap();
        media::carry_out(&mut cut, &again);
        assert!(cut == finished, "cut at {length} of {}", whole.len());
    }
    let mut patched = whole;
    for patch in &finish.patches {
        let again = webm::repair(&mut Cursor::new(&patched)).unwrap().unwrap();
        let mut repaired = patched.clone();
        media::carry_out(&mut repaired, &again);
        assert!(repaired == finished);
        let offset = usize::try_from(patch.offset).unwrap();
        patched[offset..offset + patch.bytes.len()].copy_from_slice(&patch.bytes);
    }
    assert!(patched == finished);
}

fn cluster_length(tail: &[u8]) -> u64 {
    walk::elements(tail, 0)[1].start as u64
}

#[test]
fn what_follows_the_last_frame_goes_whatever_it_is() {
    let (file, _) = media::record(&media::call_tracks(), &media::call(5));
    let whole = webm::repair(&mut Cursor::new(&file)).unwrap().unwrap();
    assert_eq!(whole.length, file.len() as u64);
    let mut numbers = Numbers(3);
    let noise: Vec<u8> = (0..5000).map(|_| u8::try_from(numbers.below(256)).unwrap()).collect();
    let id_of_a_cluster = [0x1f, 0x43, 0xb6, 0x75, 0x10, 0, 0, 9, 0xe7, 0x81, 5, 0xa3, 0x84, 0x81];
    for garbage in [&noise[..], &[0; 100], &[0; 100_000], &[0xff; 1000], &id_of_a_cluster] {
        let mut longer = file.clone();
        longer.extend(garbage);
        assert_eq!(webm::repair(&mut Cursor::new(&longer)).unwrap().unwrap(), whole);
    }
    // Zeros where the end of a frame should be, as power cuts leave them: that frame is not complete.
    let mut zeros = file.clone();
    let start = file.len() - 3000;
    zeros[start..].fill(0);
    let finish = webm::repair(&mut Cursor::new(&zeros)).unwrap().unwrap();
    assert!(finish.length <= start as u64 && finish.length > start as u64 - 1000);
    media::carry_out(&mut zeros, &finish);
    assert_eq!(Saved::new("zeros.webm", &zeros).play(), "");
}

#[test]
fn a_file_without_a_whole_header_is_not_touched() {
    let (file, _) = media::record(&media::call_tracks(), &media::call(3));
    let header = webm::Writer::new(&media::call_tracks()).unwrap().1.len();
    for length in 0..header {
        let result = webm::repair(&mut Cursor::new(&file[..length]));
        assert!(matches!(result, Err(RepairError::Foreign)), "{length}");
    }
    // With nothing recorded yet there is a file that says so.
    let mut empty = file[..header].to_vec();
    let finish = webm::repair(&mut Cursor::new(&empty)).unwrap().unwrap();
    assert!(finish.duration.is_zero());
    media::carry_out(&mut empty, &finish);
    assert!(webm::repair(&mut Cursor::new(&empty)).unwrap().is_none());
}
