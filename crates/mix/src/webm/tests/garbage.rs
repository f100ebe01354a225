//! Repairing what is no recording, or not any more.

use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom};

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::webm::{RepairError, repair};

/// A file that counts how often it is read. One that is slow gives little at a time, and sometimes nothing.
struct Counting<'a> {
    file: Cursor<&'a [u8]>,
    reads: usize,
    is_slow: bool,
}

impl Read for Counting<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.reads += 1;
        match self.reads % 3 {
            _ if !self.is_slow => self.file.read(room),
            0 => Err(ErrorKind::Interrupted.into()),
            _ => {
                let some = room.len().div_ceil(2);
                self.file.read(&mut room[..some])
            }
        }
    }
}

impl Seek for Counting<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Repairs, checks that it took no longer than it may, and that nothing is left to repair.
fn check(bytes: &[u8]) -> Option<Finish> {
    let mut file = Counting { file: Cursor::new(bytes), reads: 0, is_slow: true };
    let result = repair(&mut file);
    assert!(file.reads <= 2 * bytes.len() + 200, "{} reads of {} bytes", file.reads, bytes.len());
    match result {
        Ok(None) => None,
        Err(RepairError::Foreign) => None,
        Err(RepairError::Io(error)) => panic!("{error}"),
        Ok(Some(finish)) => {
            assert!(finish.length <= bytes.len() as u64 && finish.tail.len() <= bytes.len());
            let mut repaired = bytes.to_vec();
            carry_out(&mut repaired, &finish);
            assert!(repair(&mut Cursor::new(&repaired)).unwrap().is_none());
            Some(finish)
        }
    }
}

#[test]
fn trouble_with_the_file_is_passed_on() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(ErrorKind::PermissionDenied.into())
        }
    }
    impl Seek for Broken {
        fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
            Ok(1000)
        }
    }
    let error = repair(&mut Broken).unwrap_err();
    assert!(matches!(error, RepairError::Io(error) if error.kind() == ErrorKind::PermissionDenied));
}

#[test]
fn of_a_recording_only_the_beginnings_of_clusters_are_read() {
    let (bytes, _) = recording(3600);
    let mut file = Counting { file: Cursor::new(&bytes), reads: 0, is_slow: false };
    let finish = repair(&mut file).unwrap().unwrap();
    assert_eq!(finish.length, bytes.len() as u64);
    // Of 75 blocks in each.
    let clusters = 3600;
    assert!(file.reads < clusters * 5, "{} reads", file.reads);
}

#[test]
fn a_block_that_no_writer_makes_ends_the_recording() {
    let with = |block: &[u8]| {
        let (_, mut file) = Writer::new(&tracks()).unwrap();
        let good = [0xe7, 0x81, 5, 0xa3, 0x85, 0x81, 0, 0, 0x80, 1];
        file.extend([0x1f, 0x43, 0xb6, 0x75, 0x10, 0, 0, u8::try_from(good.len() + block.len()).unwrap()]);
        file.extend(good);
        let before = file.len() as u64;
        file.extend(block);
        check(&file).unwrap().length - before
    };
    assert_eq!(with(&[0xa3, 0x85, 0x82, 0, 9, 0x80, 1]), 7);
    for (block, why) in [
        ([0xa0, 0x85, 0x82, 0, 9, 0x80, 1], "another element"),
        ([0xa3, 0x84, 0x82, 0, 9, 0x80, 1], "no frame"),
        ([0xa3, 0x86, 0x82, 0, 9, 0x80, 1], "more than there is"),
        ([0xa3, 0xff, 0x82, 0, 9, 0x80, 1], "no size"),
        ([0xa3, 0x85, 0x80, 0, 9, 0x80, 1], "track 0"),
        ([0xa3, 0x85, 0x83, 0, 9, 0x80, 1], "a track that there is not"),
        ([0xa3, 0x85, 0x02, 0, 9, 0x80, 1], "a longer number of a track"),
        ([0xa3, 0x85, 0x82, 0xff, 9, 0x80, 1], "before the cluster"),
        ([0xa3, 0x85, 0x82, 0x27, 9, 0x80, 1], "long after its beginning"),
        ([0xa3, 0x85, 0x82, 0, 9, 0x82, 1], "laced"),
    ] {
        assert_eq!(with(&block), 0, "{why}");
    }
}

proptest! {
    #[test]
    fn bytes_that_mean_nothing(bytes in vec(any::<u8>(), 0..500)) {
        prop_assert!(check(&bytes).is_none());
    }

    #[test]
    fn a_header_and_then_anything(bytes in vec(any::<u8>(), 0..2000)) {
        let (_, mut file) = Writer::new(&tracks()).unwrap();
        let header = file.len() as u64;
        file.extend(&bytes);
        prop_assert_eq!(check(&file).unwrap().length, header);
    }

    /// Clusters and blocks by their beginnings, with sizes and times from anywhere.
    #[test]
    fn a_header_and_then_almost_clusters(
        clusters in vec((0_u32..200, any::<u32>(), vec((0_u8..20, any::<u8>(), 0_u16..9000, any::<u8>()), 0..9)), 0..50),
    ) {
        let (_, mut file) = Writer::new(&tracks()).unwrap();
        for (size, time, blocks) in clusters {
            file.extend([0x1f, 0x43, 0xb6, 0x75]);
            file.extend((size | 0x1000_0000).to_be_bytes());
            file.extend([0xe7, 0x84]);
            file.extend(time.to_be_bytes());
            for (size, track, offset, flags) in blocks {
                file.extend([0xa3, 0x80 | size, 0x80 | (track & 3)]);
                file.extend(offset.to_be_bytes());
                file.extend([flags & 0x80, 1, 1, 1]);
            }
        }
        prop_assert!(check(&file).is_some());
    }

    #[test]
    fn a_recording_with_wrong_bytes(
        finished: bool, wrong in vec((any::<prop::sample::Index>(), any::<u8>()), 1..40), early in 0_usize..3,
    ) {
        let (mut file, writer) = recording(4);
        if finished {
            carry_out(&mut file, &writer.finish());
        }
        // Some of them within the header and the first cluster.
        let length = file.len();
        for (place, (at, byte)) in wrong.into_iter().enumerate() {
            let end = if place < early { 1000 } else { length };
            file[at.index(end)] = byte;
        }
        check(&file);
    }

    #[test]
    fn a_recording_that_ends_anywhere(end: prop::sample::Index, garbage in vec(any::<u8>(), 0..300)) {
        let (whole, _) = recording(8);
        let header = Writer::new(&tracks()).unwrap().1.len();
        let end = header + end.index(whole.len() - header);
        let finish = check(&whole[..end]).unwrap();
        // No more than a frame is lost, or the beginning of a cluster with its first frame.
        prop_assert!(finish.length as usize <= end && finish.length as usize + 340 > end);
        let mut longer = whole[..end].to_vec();
        longer.extend(garbage);
        prop_assert!(check(&longer).unwrap().length >= finish.length);
    }
}
