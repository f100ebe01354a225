//! The folder of recordings, and what is in it.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::file::{MendError, Mended, mend};
use super::id::Id;
use super::index::{Entry, Index, Stage};
use super::machine::{Machine, unix};
use super::sidecar::{KeyHash, Sidecar};
use super::{Finished, Limits, RecordingError};

/// How long reading a file may take that is to be finished: one of a day, on a disk that turns.
const PATIENCE: Duration = Duration::from_secs(300);
/// Room for a recording that begins, in bytes: what it allocates at once, and some minutes.
const LEAST_ROOM: u64 = 16 << 20;
/// Files that are being fetched at a time.
const MAX_FETCHED: usize = 64;

/// The folder. It is this server's alone, by a lock on a file in it.
pub(super) struct Store {
    dir: PathBuf,
    limits: Limits,
    machine: Box<dyn Machine>,
    index: Mutex<Index>,
    nudge: SyncSender<()>,
    fetched: Arc<Semaphore>,
    _lock: File,
}

/// What comes when some recordings have to go; it ends with the store.
pub(super) type Nudges = Receiver<()>;

impl Store {
    pub(super) fn open(
        dir: PathBuf,
        limits: Limits,
        machine: Box<dyn Machine>,
    ) -> io::Result<(Self, Nudges)> {
        DirBuilder::new().recursive(true).mode(0o700).create(&dir)?;
        let lock = lock(&dir.join("lock"))?;
        let index = Mutex::new(list(&dir)?);
        // One is enough, however much there is to do.
        let (nudge, nudges) = sync_channel(1);
        let fetched = Arc::new(Semaphore::new(MAX_FETCHED));
        Ok((Self { dir, limits, machine, index, nudge, fetched, _lock: lock }, nudges))
    }

    pub(super) fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn file(&self, id: Id) -> PathBuf {
        self.dir.join(format!("{id}.webm"))
    }

    pub(super) fn sidecar(&self, id: Id) -> PathBuf {
        self.dir.join(format!("{id}.json"))
    }

    /// Places of those who fetch a file.
    pub(super) fn fetched(&self) -> Arc<Semaphore> {
        Arc::clone(&self.fetched)
    }

    /// In seconds since 1970.
    pub(super) fn now(&self) -> u64 {
        unix(self.machine.now())
    }

    /// The recording, for who has its key. No id, an unknown one and a wrong key take the same time.
    pub(super) fn find(&self, id: Option<Id>, key: &[u8]) -> Option<(Id, Entry)> {
        let found = id.and_then(|id| Some((id, self.index().get(id)?.clone())));
        let sidecar = found.as_ref().and_then(|(_, entry)| entry.sidecar.as_ref());
        let hash = sidecar.map_or(KeyHash::NOBODYS, |sidecar| sidecar.key_sha256);
        hash.fits(key).then_some(found).flatten()
    }

    /// Takes a place for a recording that begins, if there is one.
    pub(super) fn admit(&self, id: Id, sidecar: Sidecar) -> Result<(), RecordingError> {
        if self.machine.room().map_err(RecordingError::of)? < LEAST_ROOM {
            return Err(RecordingError::DiskFull);
        }
        let mut index = self.index();
        index.admit(id, sidecar.part.is_some(), &self.limits)?;
        index.put(id, Entry { sidecar: Some(sidecar), bytes: 0, stage: Stage::UnderWay });
        Ok(())
    }

    /// A recording has so many bytes now. The error says why it cannot have more.
    pub(super) fn grow(&self, id: Id, bytes: u64) -> Result<(), RecordingError> {
        let mut index = self.index();
        index.grow(id, bytes);
        if index.is_full(&self.limits) {
            return Err(RecordingError::Full);
        }
        if index.is_over(&self.limits) {
            self.nudge();
        }
        drop(index);
        // A disk that does not tell says so when it is written to.
        let room = self.machine.room().unwrap_or(u64::MAX);
        if room == 0 { Err(RecordingError::DiskFull) } else { Ok(()) }
    }

    /// There never was this recording.
    pub(super) fn forget(&self, id: Id) {
        self.index().take(id);
    }

    /// A recording has ended, and its file is finished. `None`: it was not to be.
    pub(super) fn ended(&self, id: Id, finished: Option<Finished>) {
        let ended = self.now();
        let mut index = self.index();
        let Some(mut entry) = index.take(id) else { return };
        entry.stage = Stage::Ended(ended);
        if let (Some(sidecar), Some(finished)) = (&mut entry.sidecar, finished) {
            entry.bytes = finished.bytes;
            sidecar.finish(ended, finished);
            if sidecar.part.is_none() {
                index.count_finished();
            }
        }
        index.put(id, entry.clone());
        drop(index);
        if finished.is_some() {
            self.keep_sidecar(id, &entry);
        }
        self.nudge();
    }

    /// Removes a recording, if it is not under way.
    pub(super) fn remove(&self, id: Id) -> bool {
        let mut index = self.index();
        if index.get(id).is_some_and(|entry| !matches!(entry.stage, Stage::Ended(_))) {
            return false;
        }
        index.take(id);
        drop(index);
        self.remove_files(id);
        true
    }

    /// Removes a recording with its parts, if none of them is under way or about to be finished.
    pub(super) fn remove_all(&self, id: Id) -> bool {
        let mut index = self.index();
        let all = [vec![id], index.parts_of(id)].concat();
        let stays = |id: &Id| index.get(*id).is_some_and(|entry| !matches!(entry.stage, Stage::Ended(_)));
        if all.iter().any(stays) {
            return false;
        }
        for id in &all {
            index.take(*id);
        }
        drop(index);
        for id in all {
            self.remove_files(id);
        }
        true
    }

    /// Removes a recording that nobody ever sees.
    pub(super) fn discard(&self, id: Id) {
        self.remove_files(id);
        self.forget(id);
    }

    /// Removes what has been here for too long at this time, and the oldest ones beyond what may be kept.
    pub(super) fn tidy(&self, now: u64) {
        let surplus = self.index().surplus(now, &self.limits);
        let removed = surplus.into_iter().filter(|id| self.remove(*id)).count();
        if removed > 0 {
            tracing::info!("{removed} recordings are removed: too old, or too many");
        }
    }

    /// Finishes what was under way when the server ended.
    pub(super) fn mend_all(&self) {
        let left = self.index().left();
        for id in left {
            self.mend(id);
        }
    }

    fn mend(&self, id: Id) {
        let file = self.file(id);
        let opened = OpenOptions::new().read(true).write(true).open(&file);
        let seen = opened.and_then(|opened| Ok((modified(&opened)?, opened)));
        let (ended, mended) = match seen {
            Ok((ended, mut opened)) => (ended, mend(&mut opened, PATIENCE)),
            Err(error) => (self.now(), Err(MendError::Write(error))),
        };
        if let Err(error) = &mended {
            tracing::warn!(%error, file = %file.display(), "a recording is left as it was when the server ended");
        }
        if matches!(mended, Ok(Mended::Empty)) {
            return self.discard(id);
        }
        let mut index = self.index();
        let Some(mut entry) = index.take(id) else { return };
        entry.stage = Stage::Ended(ended);
        if let (Some(sidecar), Ok(mended)) = (&mut entry.sidecar, mended) {
            match mended {
                Mended::Repaired(finished) => {
                    entry.bytes = finished.bytes;
                    sidecar.finish(ended, finished);
                }
                _ => sidecar.ended = Some(ended),
            }
            sidecar.bytes = entry.bytes;
        }
        index.put(id, entry.clone());
        drop(index);
        self.keep_sidecar(id, &entry);
    }

    /// Whatever becomes of it: the recording is there, and so is what is known of it until the server ends.
    fn keep_sidecar(&self, id: Id, entry: &Entry) {
        let Some(sidecar) = entry.sidecar.as_ref().filter(|sidecar| sidecar.ended.is_some()) else { return };
        if let Err(error) = sidecar.write(&self.sidecar(id)) {
            tracing::warn!("a recording is kept, but not that it has ended: {error:#}");
        }
    }

    fn remove_files(&self, id: Id) {
        for file in [self.file(id), self.sidecar(id)] {
            match fs::remove_file(&file) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    tracing::warn!(%error, file = %file.display(), "a recording cannot be removed");
                }
                _ => {}
            }
        }
    }

    fn nudge(&self) {
        // If there is no room one is on its way.
        let _ = self.nudge.try_send(());
    }
}

fn lock(file: &Path) -> io::Result<File> {
    let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(file)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            Err(io::Error::new(ErrorKind::ResourceBusy, "another server keeps its recordings there"))
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// What is in the folder. Takes away what belongs to no recording, of what this program makes.
fn list(dir: &Path) -> io::Result<Index> {
    let mut index = Index::default();
    for found in fs::read_dir(dir)? {
        let path = found?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some((id, kind)) = name.split_once('.') else { continue };
        let Some(id) = Id::new(id) else { continue };
        match kind {
            "webm" => index.put(id, entry(&path)?),
            "json" if path.with_extension("webm").exists() => {}
            _ if kind == "json" || kind.ends_with(".new") => fs::remove_file(&path)?,
            _ => {}
        }
    }
    Ok(index)
}

fn entry(file: &Path) -> io::Result<Entry> {
    let bytes = fs::metadata(file)?.len();
    let sidecar = Sidecar::read(&file.with_extension("json")).unwrap_or_else(|error| {
        tracing::warn!("nobody can fetch a recording any more: {error:#}");
        None
    });
    let whole = sidecar.as_ref().filter(|sidecar| sidecar.bytes == bytes).and_then(|sidecar| sidecar.ended);
    Ok(Entry { sidecar, bytes, stage: whole.map_or(Stage::Left, Stage::Ended) })
}

/// When a file was written to, in seconds since 1970.
fn modified(file: &File) -> io::Result<u64> {
    file.metadata()?.modified().map(unix)
}
