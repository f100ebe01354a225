//! Writing a recording.

use std::time::Duration;

use super::cluster::{Frame, Waiting};
use super::cues::Cues;
use super::ebml::id;
use super::header::{self, HeaderError, Layout};
use super::{Extent, Finish, MAX_DURATION, MAX_FRAME, MAX_LATENESS, Media, Patch, Track, ebml, h264};

/// A cluster is complete when time has gone on by so many milliseconds.
const CLUSTER: u64 = 1000;

/// Why a frame is not in the file. Nothing else is affected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// There are not so many.
    #[error("there is no track {0}")]
    UnknownTrack(usize),
    /// Nothing can be decoded that comes before the first key frame of a track.
    #[error("a track begins with a key frame")]
    NoKeyFrame,
    /// Earlier than the frame before it in the same track.
    #[error("time does not go backwards in a track")]
    Backwards,
    /// By more than [`MAX_LATENESS`].
    #[error("the frame is {}s older than the newest one of the recording", MAX_LATENESS.as_secs())]
    Late,
    /// Later than [`MAX_DURATION`].
    #[error("a recording is no longer than {} days", MAX_DURATION.as_secs() / 86400)]
    TooLong,
    /// No frame, or no NAL unit in it.
    #[error("an empty frame")]
    Empty,
    /// More than [`MAX_FRAME`].
    #[error("a frame of {0} bytes: it has up to {MAX_FRAME}")]
    TooLarge(usize),
}

/// A recording. It needs memory for the frames of a second, [`MAX_FRAME`] and a little more at most, and a few hundred KiB for
/// places to seek to.
#[derive(Debug)]
pub struct Writer {
    layout: Layout,
    kinds: Vec<Kind>,
    extent: Extent,
    waiting: Waiting,
    cues: Cues,
    /// The newest frame of all tracks.
    newest: u64,
    /// The first frame that is not earlier completes the cluster.
    due: u64,
    /// Bytes that were handed out.
    length: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Sound,
    Picture,
    /// A picture in H.264.
    Units,
}

impl Kind {
    fn of(media: &Media) -> Self {
        match media {
            Media::Opus { .. } => Self::Sound,
            Media::Vp8(_) | Media::Vp9(_) => Self::Picture,
            Media::H264 { .. } => Self::Units,
        }
    }
}

impl Writer {
    /// A recording of these tracks, and what its file begins with.
    ///
    /// # Errors
    ///
    /// When there can be no file of such tracks.
    pub fn new(tracks: &[Track]) -> Result<(Self, Vec<u8>), HeaderError> {
        let (layout, header) = header::header(tracks)?;
        let kinds: Vec<_> = tracks.iter().map(|track| Kind::of(&track.media)).collect();
        let writer = Self {
            layout,
            extent: Extent::new(kinds.len()),
            kinds,
            waiting: Waiting::default(),
            cues: Cues::new(),
            newest: 0,
            due: 0,
            length: header.len() as u64,
        };
        Ok((writer, header))
    }

    /// Adds a frame to a track, given by its index in what the recording was made of. `at` is when it is to be seen or heard,
    /// since the beginning of the recording, in milliseconds after rounding. Sound is always a key frame.
    ///
    /// Returns what is to be appended to the file now, which is nothing most of the time. Frames wait until time has gone on by a
    /// second, or until a cluster begins with the key frame of a picture. Nothing goes on where nothing is written: what waits
    /// then is written with whatever comes next.
    ///
    /// # Errors
    ///
    /// When the frame cannot be in the file. The recording goes on as if there had been none.
    pub fn write(
        &mut self,
        track: usize,
        at: Duration,
        is_key_frame: bool,
        data: &[u8],
    ) -> Result<Vec<u8>, WriteError> {
        let kind = *self.kinds.get(track).ok_or(WriteError::UnknownTrack(track))?;
        let at = self.time(track, at)?;
        let is_key_frame = is_key_frame || kind == Kind::Sound;
        let is_first = self.extent.newest.get(track).is_none_or(Option::is_none);
        if is_first && !is_key_frame {
            return Err(WriteError::NoKeyFrame);
        }
        if data.is_empty() || (kind == Kind::Units && h264::units(data).next().is_none()) {
            return Err(WriteError::Empty);
        }
        if data.len() > MAX_FRAME {
            return Err(WriteError::TooLarge(data.len()));
        }

        let is_video = kind != Kind::Sound;
        self.newest = self.newest.max(at);
        let complete = if self.waiting.is_full(data.len()) {
            self.complete(u64::MAX)
        } else if at >= self.due || (is_video && is_key_frame) {
            // What others have for later than this waits for the next cluster: whoever seeks to this frame needs it.
            self.complete(at)
        } else {
            Vec::new()
        };
        self.extent.add(track, at);
        self.cues.follow(track, is_video);
        let frame = Frame { at, track, is_video, is_key_frame };
        self.waiting.push(frame, |out| match kind {
            Kind::Units => h264::put_with_lengths(out, data),
            Kind::Sound | Kind::Picture => out.extend_from_slice(data),
        });
        Ok(complete)
    }

    /// The recording ends after the last frame that was written. What is said here makes a finished file of it.
    #[must_use]
    pub fn finish(mut self) -> Finish {
        let length = self.length;
        let tail = self.complete(u64::MAX);
        conclude(self.layout, &self.cues, self.extent.end, Finish { length, tail, ..Finish::default() })
    }

    /// In milliseconds.
    fn time(&self, track: usize, at: Duration) -> Result<u64, WriteError> {
        if at > MAX_DURATION {
            return Err(WriteError::TooLong);
        }
        let at = u64::try_from((at + Duration::from_micros(500)).as_millis()).unwrap_or(u64::MAX);
        if self.extent.newest.get(track).copied().flatten().is_some_and(|newest| at < newest) {
            return Err(WriteError::Backwards);
        }
        if u128::from(self.newest.saturating_sub(at)) > MAX_LATENESS.as_millis() {
            return Err(WriteError::Late);
        }
        Ok(at)
    }

    /// A cluster of everything that waits and is earlier than `before`.
    fn complete(&mut self, before: u64) -> Vec<u8> {
        self.due = self.newest + CLUSTER;
        let Some(cluster) = self.waiting.take(before, self.cues.track()) else { return Vec::new() };
        if let Some(at) = cluster.cue {
            self.cues.add(at, self.length - self.layout.segment);
        }
        self.length += cluster.bytes.len() as u64;
        cluster.bytes
    }
}

/// Adds to what ends with a cluster all that a finished file has besides: cues, and then, in place of what says nothing, where
/// they are, how long it lasts, and how many bytes it has.
pub(super) fn conclude(layout: Layout, cues: &Cues, end: u64, mut finish: Finish) -> Finish {
    let position = finish.length + finish.tail.len() as u64 - layout.segment;
    let position = cues.put(&mut finish.tail).then_some(position);
    let size = finish.length + finish.tail.len() as u64 - layout.segment;
    let mut duration = Vec::new();
    ebml::put_float(&mut duration, id::DURATION, Duration::from_millis(end).as_secs_f64() * 1000.0);

    finish.duration = Duration::from_millis(end);
    let segment = layout.segment;
    let mut patch = |offset, bytes| finish.patches.push(Patch { offset, bytes });
    patch(segment, header::seek_head(layout, position));
    patch(segment + header::INFO_POSITION + header::DURATION_IN_INFO, duration);
    // The last, as it is what says that the file is finished.
    patch(segment - 8, ebml::size_in_eight(size).to_vec());
    finish
}
