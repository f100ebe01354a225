//! Where recordings are kept: files in a folder of the data directory, handed out over HTTP to whoever has their key.
//!
//! Each is `{id}.webm`, with `{id}.json` beside it, which says what it is of. [`Recordings::begin`] makes one, and
//! [`Recording`] is written to until it is finished. What a crash has left unfinished is finished at the next start, by the
//! thread that removes recordings after a while, and the oldest ones where there are too many bytes of them.

mod file;
mod http;
mod id;
mod index;
mod keeper;
mod machine;
mod recording;
mod sidecar;
mod store;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use visavis_mix::webm::{HeaderError, Track, WriteError};
use visavis_protocol::{RecordingPart, RoomName};

pub(crate) use self::http::router;
pub(crate) use self::index::Counts;
use self::machine::ThisMachine;
pub use self::recording::Recording;
use self::sidecar::Part;
use self::store::Store;

/// Recordings under way at a time, unless something else is said.
const UNDER_WAY: usize = 16;

/// How much is kept.
#[derive(Debug, Clone)]
pub struct Limits {
    /// For how long, from its end.
    pub keep: Duration,
    /// Bytes of all recordings. Beyond that the oldest go, but for those under way.
    pub bytes: u64,
    /// Recordings under way at a time.
    pub under_way: usize,
}

impl Limits {
    /// With the bounds that nobody chooses.
    #[must_use]
    pub fn new(keep: Duration, bytes: u64) -> Self {
        Self { keep, bytes, under_way: UNDER_WAY }
    }
}

/// What became of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Finished {
    /// Of the file. Zero: nothing was recorded, and there is no file.
    pub bytes: u64,
    /// Until the end of the last frame.
    pub duration: Duration,
}

/// Why something is not recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// There is no place for recordings.
    #[error("nothing is recorded here: {0}")]
    Off(Arc<str>),
    /// The id would be no file's name.
    #[error("the id of a recording has 26 characters of a-z and 2-7")]
    Id,
    /// The key would be guessed.
    #[error("the key of a recording has at least {} bytes", Recordings::MIN_KEY)]
    Key,
    /// There is one of this id.
    #[error("there is a recording of this id")]
    Exists,
    /// See [`Limits::under_way`].
    #[error("{0} recordings are under way, which is as many as may be")]
    TooMany(usize),
    /// See [`Limits::bytes`].
    #[error("the recordings under way take all the room that recordings may take (--recordings-max)")]
    Full,
    /// What is left of it is for everything else on this machine.
    #[error("the disk is full")]
    DiskFull,
    /// There can be no file of such tracks.
    #[error(transparent)]
    Tracks(#[from] HeaderError),
    /// The frame is not in the recording, which goes on.
    #[error(transparent)]
    Frame(WriteError),
    /// Nothing can be written any more.
    #[error("the recording has ended")]
    Ended,
    /// What the system says.
    #[error("the recording cannot be written: {0}")]
    Io(#[from] io::Error),
    /// The file stays as it is, to be played but hardly sought in; the next start tries to finish it.
    #[error("the recording cannot be finished: {0:#}")]
    Unfinished(anyhow::Error),
}

impl RecordingError {
    /// A full disk is one in either case.
    fn of(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Io(error),
        }
    }
}

/// All recordings of this server. Cheap to clone.
#[derive(Clone)]
pub struct Recordings(Result<Arc<Store>, Arc<str>>);

impl Recordings {
    /// Bytes of a key at least.
    pub const MIN_KEY: usize = 16;

    /// Keeps recordings in `dir`, which is made if it is not there, readable by nobody else. A thread finishes what was left
    /// unfinished there, and removes what has been there for too long. It ends with the last clone, and the last [`Recording`].
    ///
    /// # Errors
    /// The folder cannot be had or written, or another server keeps its recordings there.
    pub fn open(dir: PathBuf, limits: Limits) -> io::Result<Self> {
        let store = Store::open(dir.clone(), limits, Box::new(ThisMachine { dir }))?;
        Ok(Self(Ok(keeper::spawn(store)?)))
    }

    /// None are kept.
    #[must_use]
    pub fn off(reason: &str) -> Self {
        Self(Err(reason.into()))
    }

    /// Why none are kept, if none are.
    #[must_use]
    pub fn why_off(&self) -> Option<&str> {
        self.0.as_ref().err().map(|reason| &**reason)
    }

    /// Begins a recording of `room`, which `key` is needed to fetch. Blocks for as long as making a file takes.
    ///
    /// # Errors
    /// See [`RecordingError`]. Nothing is left of it then.
    pub fn begin(
        &self,
        id: &str,
        key: &str,
        room: &RoomName,
        tracks: &[Track],
    ) -> Result<Recording, RecordingError> {
        Recording::begin(self.store()?, (id, key), room, None, tracks)
    }

    /// Begins what one person sends while `of` is recorded, in a file of its own. It is kept, and handed out, as recordings are, and removed
    /// with that one.
    ///
    /// # Errors
    /// As above.
    pub fn begin_part(
        &self,
        of: &str,
        part: &RecordingPart,
        room: &RoomName,
        tracks: &[Track],
    ) -> Result<Recording, RecordingError> {
        let RecordingPart { id, key, name, screen, .. } = part;
        let belongs = Part { of: of.to_owned(), name: name.clone(), screen: *screen };
        Recording::begin(self.store()?, (id, key), room, Some(belongs), tracks)
    }

    fn store(&self) -> Result<&Arc<Store>, RecordingError> {
        self.0.as_ref().map_err(|reason| RecordingError::Off(Arc::clone(reason)))
    }

    /// For `/metrics`.
    pub(crate) fn counts(&self) -> Counts {
        self.0.as_ref().map(|store| store.index().counts()).unwrap_or_default()
    }
}

#[cfg(test)]
#[path = "../tests/common/film.rs"]
pub(crate) mod film;
#[cfg(test)]
mod tests;
