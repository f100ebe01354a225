//! Recordings: WebM files, and Matroska files (RFC 9559, both in EBML, RFC 8794) for what WebM does not allow, which is H.264.
//!
//! [`Writer`] hands out bytes, which the caller appends to a file. What is recorded comes in clusters of a second at most,
//! complete with their size, with the blocks of all tracks in the order of time. Until a recording is finished, its segment has
//! no size: such a file can be played while it grows, and however it ends, players show all of it but a frame that was cut.
//! What a process that is killed takes along is the second that waits for its cluster to be complete.
//!
//! [`Writer::finish`] says what makes the file seekable and tells its duration; [`repair()`] says the same for a file that
//! nobody finished. Both say it as a [`Finish`].

mod cluster;
mod cues;
mod ebml;
mod h264;
mod header;
mod repair;
mod writer;

use std::time::Duration;

pub use header::HeaderError;
pub use repair::{RepairError, repair};
pub use writer::{WriteError, Writer};

use crate::Size;

/// Tracks in a file: their numbers take one byte.
pub const MAX_TRACKS: usize = 126;
/// Bytes of the name of a track.
pub const MAX_NAME: usize = 256;
/// Bytes of a frame, and of all frames that wait for their cluster to be complete.
pub const MAX_FRAME: usize = 4 << 20;
/// How long a recording may be.
pub const MAX_DURATION: Duration = Duration::from_secs(366 * 24 * 60 * 60);
/// How much older than the newest frame of the file a frame may be. Tracks need not come in step, as decoders, mixers and
/// encoders are not.
pub const MAX_LATENESS: Duration = Duration::from_secs(5);

/// Frames in a cluster.
const MAX_BLOCKS: usize = 8192;

/// Something of its own in a file, beside others that begin at the same time.
#[derive(Clone, Debug)]
pub struct Track {
    /// What players call it; may be empty. Up to [`MAX_NAME`] bytes.
    pub name: String,
    /// What is in it.
    pub media: Media,
}

/// What is in a track.
#[derive(Clone, Debug)]
pub enum Media {
    /// Frames of VP8 (RFC 6386).
    Vp8(Size),
    /// Frames of VP9, superframes among them.
    Vp9(Size),
    /// Access units of H.264 as a byte stream (Annex B of the standard).
    H264 {
        /// Of the pictures.
        size: Size,
        /// A byte stream that has a sequence and a picture parameter set: those, or a key frame that begins with them.
        parameter_sets: Vec<u8>,
    },
    /// Packets of Opus (RFC 6716).
    Opus {
        /// 1 or 2.
        channels: u8,
        /// How many samples, at 48 kHz, come out of the decoder before the first one that was recorded: the lookahead of the
        /// encoder. Players skip them and play everything so much earlier, which keeps the lips in step.
        pre_skip: u16,
    },
}

impl Media {
    fn is_video(&self) -> bool {
        !matches!(self, Self::Opus { .. })
    }
}

/// How a recording becomes a finished file. To be carried out in this order: cut the file to `length`, append `tail`, write
/// each of the patches. When that is interrupted anywhere, [`repair()`] says it all again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Finish {
    /// Until the end of the last frame. Zero: nothing was recorded.
    pub duration: Duration,
    /// Bytes of the file that stay. For a [`Writer`] those that it has handed out; in a file that is repaired there may be
    /// more, which are none of a recording, or of a frame that is not complete.
    pub length: u64,
    /// What follows them.
    pub tail: Vec<u8>,
    /// What replaces bytes that are there.
    pub patches: Vec<Patch>,
}

/// Bytes that replace as many in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// From the beginning of the file.
    pub offset: u64,
    /// What is to stand there.
    pub bytes: Vec<u8>,
}

/// When a recording ends, of whose frames only the beginnings are known: each lasts as long as the one before it in its track,
/// but a second at most.
#[derive(Debug)]
struct Extent {
    /// By track: the time of its newest frame.
    newest: Vec<Option<u64>>,
    end: u64,
}

impl Extent {
    const LONGEST_FRAME: u64 = 1000;

    fn new(tracks: usize) -> Self {
        Self { newest: vec![None; tracks], end: 0 }
    }

    fn add(&mut self, track: usize, at: u64) {
        if let Some(newest) = self.newest.get_mut(track) {
            let before = newest.replace(at).unwrap_or(at);
            let length = at.saturating_sub(before).min(Self::LONGEST_FRAME);
            self.end = self.end.max(at + length);
        }
    }
}

#[cfg(test)]
mod tests;
