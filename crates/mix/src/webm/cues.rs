//! Where a player that seeks can begin.

use super::ebml::{self, id};

/// However long the recording is.
const MAX_CUES: usize = 8192;
/// Between two cues at first. It doubles whenever there are too many: after 24 hours it is 16 s.
const FIRST_INTERVAL: u64 = 1000;

/// Places at which decoding can begin, never more than [`MAX_CUES`].
#[derive(Debug)]
pub(super) struct Cues {
    cues: Vec<Cue>,
    interval: u64,
    /// The index of the track that they are for, and whether it is video.
    track: Option<(usize, bool)>,
}

#[derive(Clone, Copy, Debug)]
struct Cue {
    at: u64,
    /// Of the cluster, in the segment.
    position: u64,
}

impl Cues {
    /// For no track yet.
    pub(super) fn new() -> Self {
        Self { cues: Vec::new(), interval: FIRST_INTERVAL, track: None }
    }

    /// A frame of a track has come. Cues are for the first track with pictures, which cannot be decoded from just anywhere; as
    /// long as no picture has come, for the first one with sound.
    pub(super) fn follow(&mut self, track: usize, is_video: bool) {
        if self.track.is_none() || (is_video && !self.are_for_video()) {
            *self = Self { track: Some((track, is_video)), ..Self::new() };
        }
    }

    /// The index of the track that they are for.
    pub(super) fn track(&self) -> Option<usize> {
        self.track.map(|(track, _)| track)
    }

    /// Whether they are for pictures, which is for good.
    pub(super) fn are_for_video(&self) -> bool {
        self.track.is_some_and(|(_, is_video)| is_video)
    }

    /// Whether one at that time is wanted.
    pub(super) fn want(&self, at: u64) -> bool {
        self.cues.last().is_none_or(|last| at >= last.at + self.interval)
    }

    /// Adds one, if it is wanted.
    pub(super) fn add(&mut self, at: u64, position: u64) {
        if !self.want(at) {
            return;
        }
        self.cues.push(Cue { at, position });
        if self.cues.len() == MAX_CUES {
            self.interval *= 2;
            let mut keep = false;
            self.cues.retain(|_| {
                keep = !keep;
                keep
            });
        }
    }

    /// Appends the element. Returns false if there is none, as it may not be empty.
    pub(super) fn put(&self, out: &mut Vec<u8>) -> bool {
        let Some(track) = self.track().filter(|_| !self.cues.is_empty()) else { return false };
        ebml::put_master(out, id::CUES, |out| {
            for cue in &self.cues {
                ebml::put_master(out, id::CUE_POINT, |out| {
                    ebml::put_uint(out, id::CUE_TIME, cue.at);
                    ebml::put_master(out, id::CUE_TRACK_POSITIONS, |out| {
                        ebml::put_uint(out, id::CUE_TRACK, track as u64 + 1);
                        ebml::put_uint(out, id::CUE_CLUSTER_POSITION, cue.position);
                    });
                });
            }
        });
        true
    }
}
