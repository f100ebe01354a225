//! The recording that a mix goes into.

use std::time::{Duration, Instant};

use visavis_mix::webm::{Media, Track};
use visavis_mix::{Size, Sound};
use visavis_protocol::{Recorded, RecordingId, RoomName};

use crate::recordings::{Finished, Recording, RecordingError, Recordings};

/// Which track is which.
const PICTURE: usize = 0;
const SOUND: usize = 1;
/// What Opus looks ahead, in samples at 48 kHz (RFC 7845 section 4.2).
const PRE_SKIP: u16 = 312;
/// How far key frames are from each other at most, about.
const BETWEEN_KEY_FRAMES: Duration = Duration::from_secs(10);

/// A recording under way.
pub(super) struct Recorder {
    id: String,
    recording: Recording,
    /// When the first key frame was, before which nothing is written.
    start: Option<Instant>,
    /// When the last one was.
    key_frame: Instant,
}

impl Recorder {
    /// Begins one.
    ///
    /// # Errors
    /// What there is to tell of one that does not begin.
    pub(super) fn begin(
        recordings: &Recordings,
        of: RecordingId,
        room: &RoomName,
        size: Size,
        now: Instant,
    ) -> Result<Self, Recorded> {
        let tracks = [
            Track { name: "Mix".to_owned(), media: Media::Vp8(size) },
            Track { name: "Mix".to_owned(), media: Media::Opus { channels: 1, pre_skip: PRE_SKIP } },
        ];
        let RecordingId { id, key, .. } = of;
        match recordings.begin(&id, &key, room, &tracks) {
            Ok(recording) => Ok(Self { id, recording, start: None, key_frame: now }),
            Err(error) => {
                tracing::warn!(%error, "a recording does not begin");
                Err(Recorded { id, result: None, problem: Some(error.to_string()) })
            }
        }
    }

    /// Whether a key frame is due: what is played can begin at one only.
    pub(super) fn wants_key_frame(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.key_frame) >= BETWEEN_KEY_FRAMES
    }

    /// Whether it is this one.
    pub(super) fn is(&self, of: &RecordingId) -> bool {
        self.id == of.id
    }

    /// Since when it is written, once it is.
    pub(super) fn has_begun(&self) -> bool {
        self.start.is_some()
    }

    /// The next picture.
    ///
    /// # Errors
    /// If nothing more can be written.
    pub(super) fn take_picture(
        &mut self,
        frame: &[u8],
        is_key_frame: bool,
        composed: Instant,
    ) -> Result<(), RecordingError> {
        if is_key_frame {
            self.key_frame = composed;
            self.start.get_or_insert(composed);
        }
        let Some(start) = self.start else { return Ok(()) };
        let at = composed.saturating_duration_since(start);
        passable(self.recording.write(PICTURE, at, is_key_frame, frame))
    }

    /// The next sound; what is of a time before the first picture is left out.
    ///
    /// # Errors
    /// If nothing more can be written.
    pub(super) fn take_sound(&mut self, sound: &Sound, mixed: Instant) -> Result<(), RecordingError> {
        let at = self.start.and_then(|start| mixed.checked_duration_since(start));
        let Some(at) = at else { return Ok(()) };
        passable(self.recording.write(SOUND, at, true, &sound.payload))
    }

    /// Ends it; what there is to tell of it. `problem`: why, if it was to go on.
    pub(super) fn finish(self, problem: Option<String>) -> Recorded {
        let Self { id, recording, .. } = self;
        let (result, unfinished) = match recording.finish() {
            Ok(Finished { bytes: 0, .. }) => (None, Some("nothing was recorded".to_owned())),
            Ok(Finished { bytes, duration }) => (Some((duration.as_secs_f64(), bytes)), None),
            Err(error) => {
                tracing::warn!(%error, "a recording is not finished");
                (None, Some(error.to_string()))
            }
        };
        Recorded { id, result, problem: problem.or(unfinished) }
    }
}

/// A frame that does not fit in is left out; what else fails is the end.
pub(super) fn passable(written: Result<(), RecordingError>) -> Result<(), RecordingError> {
    match written {
        Err(RecordingError::Frame(error)) => {
            tracing::debug!(%error, "a frame is not recorded");
            Ok(())
        }
        written => written,
    }
}
