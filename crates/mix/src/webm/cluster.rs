//! Frames that wait until their cluster is complete.

use std::ops::Range;

use super::ebml::{self, id};
use super::{MAX_BLOCKS, MAX_FRAME};

/// Bytes of the ID and the size of a cluster. The size has four bytes always, so that it can be replaced.
pub(super) const CLUSTER_HEAD: usize = 8;
/// Bytes of a block that are not of its frame, at most.
const BLOCK_HEAD: usize = 16;
/// The content of a cluster, at most. NAL units grow by a fourth at most, where a length of four bytes replaces a start code of
/// three.
pub(super) const MAX_CLUSTER: usize = MAX_FRAME / 4 * 5 + MAX_BLOCKS * BLOCK_HEAD + BLOCK_HEAD;

/// What a block says of its frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// Milliseconds since the beginning of the recording.
    pub(super) at: u64,
    /// The index of its track.
    pub(super) track: usize,
    pub(super) is_video: bool,
    pub(super) is_key_frame: bool,
}

/// A frame, and where it is in the data of all.
#[derive(Debug)]
struct Block {
    frame: Frame,
    data: Range<usize>,
}

/// A cluster, complete.
#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) bytes: Vec<u8>,
    /// The time of the first frame of a given track, if decoding can begin with it.
    pub(super) cue: Option<u64>,
}

/// Frames of all tracks, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    blocks: Vec<Block>,
    data: Vec<u8>,
}

impl Waiting {
    /// Whether another frame of so many bytes has no room.
    pub(super) fn is_full(&self, bytes: usize) -> bool {
        self.blocks.len() >= MAX_BLOCKS || self.data.len() + bytes > MAX_FRAME
    }

    /// Adds a frame; `put` appends its data.
    pub(super) fn push(&mut self, frame: Frame, put: impl FnOnce(&mut Vec<u8>)) {
        let start = self.data.len();
        put(&mut self.data);
        self.blocks.push(Block { frame, data: start..self.data.len() });
    }

    /// Makes a cluster of everything that is earlier than `before`, in the order of time; the rest goes on waiting. None: that
    /// is nothing. The cue is for the track of that index.
    pub(super) fn take(&mut self, before: u64, cue_track: Option<usize>) -> Option<Cluster> {
        // Sound comes before a picture of the same time, so that whoever begins with the picture has it. Stable: frames of one
        // track that have the same time stay in order.
        self.blocks.sort_by_key(|block| (block.frame.at, block.frame.is_video));
        let count = self.blocks.partition_point(|block| block.frame.at < before);
        let later = self.blocks.split_off(count);
        let cluster = self.cluster(cue_track);
        self.keep(later);
        cluster
    }

    fn cluster(&self, cue_track: Option<usize>) -> Option<Cluster> {
        let start = self.blocks.first()?.frame.at;
        let mut bytes = Vec::with_capacity(self.data.len() + self.blocks.len() * BLOCK_HEAD + BLOCK_HEAD);
        ebml::put_id(&mut bytes, id::CLUSTER);
        bytes.extend([0; 4]);
        ebml::put_uint(&mut bytes, id::TIMESTAMP, start);
        for Block { frame, data } in &self.blocks {
            let data = self.data.get(data.clone()).unwrap_or_default();
            let number = u8::try_from(frame.track + 1).unwrap_or_default();
            let offset = i16::try_from(frame.at - start).unwrap_or(i16::MAX);
            ebml::put_id(&mut bytes, id::SIMPLE_BLOCK);
            ebml::put_size(&mut bytes, 4 + data.len());
            bytes.push(0x80 | number);
            bytes.extend(offset.to_be_bytes());
            bytes.push(if frame.is_key_frame { 0x80 } else { 0 });
            bytes.extend_from_slice(data);
        }
        let size = u32::try_from(bytes.len() - CLUSTER_HEAD).unwrap_or_default();
        bytes.get_mut(4..CLUSTER_HEAD)?.copy_from_slice(&ebml::size_in_four(size));
        // A cluster begins with each key frame: if the first frame of the track is none, there is none.
        let first = self.blocks.iter().map(|block| block.frame).find(|frame| Some(frame.track) == cue_track);
        let cue = first.filter(|frame| frame.is_key_frame).map(|frame| frame.at);
        Some(Cluster { bytes, cue })
    }

    /// Forgets all but these.
    fn keep(&mut self, later: Vec<Block>) {
        let data = std::mem::take(&mut self.data);
        self.blocks.clear();
        for Block { frame, data: range } in later {
            self.push(frame, |out| out.extend_from_slice(data.get(range).unwrap_or_default()));
        }
        if self.data.is_empty() {
            // The usual case: nothing was kept, and the memory can be.
            self.data = data;
            self.data.clear();
        }
    }
}
