//! A recording under way.

use std::sync::Arc;
use std::time::Duration;

use visavis_mix::webm::{Media, Track, Writer};
use visavis_protocol::RoomName;

use super::file::Growing;
use super::id::Id;
use super::sidecar::{Format, KeyHash, Part, Sidecar};
use super::store::Store;
use super::{Finished, RecordingError, Recordings};

/// A recording under way. Everything about it blocks for as long as the disk takes, which is a copy into the system's memory
/// most of the time. Dropped, it is finished too, but nobody learns what became of it.
pub struct Recording {
    store: Arc<Store>,
    id: Id,
    /// Until it has ended.
    growing: Option<Growing>,
    /// After that.
    finished: Option<Result<Finished, RecordingError>>,
}

impl Recording {
    pub(super) fn begin(
        store: &Arc<Store>,
        (id, key): (&str, &str),
        room: &RoomName,
        part: Option<Part>,
        tracks: &[Track],
    ) -> Result<Self, RecordingError> {
        let id = Id::new(id).ok_or(RecordingError::Id)?;
        if key.len() < Recordings::MIN_KEY {
            return Err(RecordingError::Key);
        }
        let (writer, header) = Writer::new(tracks)?;
        let sidecar = Sidecar {
            room: room.as_str().to_owned(),
            began: store.now(),
            ended: None,
            bytes: 0,
            seconds: 0.0,
            format: format(tracks),
            key_sha256: KeyHash::of(key.as_bytes()),
            part,
        };
        store.admit(id, sidecar.clone())?;
        let made = Growing::create(&store.file(id), writer, &header);
        let growing = made.inspect_err(|_| store.forget(id)).map_err(RecordingError::of)?;
        if let Err(error) = sidecar.write(&store.sidecar(id)) {
            store.discard(id);
            return Err(RecordingError::Unfinished(error));
        }
        Ok(Self { store: Arc::clone(store), id, growing: Some(growing), finished: None })
    }

    /// Adds a frame; see [`Writer::write`].
    ///
    /// # Errors
    /// [`RecordingError::Frame`] if the frame cannot be in the file: the recording goes on without. After any other error it
    /// has ended, finished with all that could be written; [`finish`](Self::finish) tells how much that is.
    pub fn write(
        &mut self,
        track: usize,
        at: Duration,
        is_key_frame: bool,
        data: &[u8],
    ) -> Result<(), RecordingError> {
        let growing = self.growing.as_mut().ok_or(RecordingError::Ended)?;
        let bytes = growing.writer().write(track, at, is_key_frame, data).map_err(RecordingError::Frame)?;
        if bytes.is_empty() {
            return Ok(());
        }
        let appended = growing.append(&bytes).map_err(RecordingError::of);
        let grown = appended.and_then(|()| self.store.grow(self.id, growing.length()));
        if grown.is_err() {
            self.end();
        }
        grown
    }

    /// Ends it, so that it can be sought in and says how long it is. Waits until it is on the disk.
    ///
    /// # Errors
    /// The file stays unfinished.
    pub fn finish(mut self) -> Result<Finished, RecordingError> {
        self.end();
        self.finished.take().unwrap_or(Err(RecordingError::Ended))
    }

    fn end(&mut self) {
        let Some(growing) = self.growing.take() else { return };
        self.finished = Some(match growing.finish() {
            Ok(Some(finished)) => {
                self.store.ended(self.id, Some(finished));
                Ok(finished)
            }
            Ok(None) => {
                self.store.discard(self.id);
                Ok(Finished::default())
            }
            Err(error) => {
                tracing::warn!("a recording cannot be finished: {error:#}");
                self.store.ended(self.id, None);
                Err(RecordingError::Unfinished(error))
            }
        });
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.end();
    }
}

fn format(tracks: &[Track]) -> Format {
    let is_h264 = |track: &Track| matches!(track.media, Media::H264 { .. });
    if tracks.iter().any(is_h264) { Format::Matroska } else { Format::Webm }
}
