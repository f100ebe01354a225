//! The file of a recording: appended to, and finished.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{FallocateFlags, fallocate};
use visavis_mix::webm::{self, Finish, RepairError, Writer};

use super::Finished;

/// Bytes behind the end of a file that are its own already, so that it can be finished on a full disk: the last cluster and
/// the places to seek to take less than 6 MiB.
const SLACK: u64 = 6 << 20;
/// They are asked for so many at a time.
pub(super) const STEP: u64 = 2 << 20;
/// What repairing cuts off at most. More of it is no end that was cut short, but a disk that has damaged what is before.
const MAX_CUT: u64 = 16 << 20;
/// How long it may take to read what was written just now.
const PATIENCE: Duration = Duration::from_secs(10);

/// A file that grows.
pub(super) struct Growing {
    file: File,
    writer: Writer,
    length: u64,
    /// Where the bytes end that are its own; `None` on a file system that cannot say so.
    allocated: Option<u64>,
    /// Whether it ends with a part of what was to be appended.
    is_torn: bool,
}

impl Growing {
    /// Makes it, with what a recording begins with.
    pub(super) fn create(path: &Path, writer: Writer, header: &[u8]) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?;
        let mut growing = Self { file, writer, length: 0, allocated: Some(0), is_torn: false };
        let made = growing.append(header);
        if made.is_err() {
            let _ = std::fs::remove_file(path);
        }
        made.map(|()| growing)
    }

    pub(super) fn writer(&mut self) -> &mut Writer {
        &mut self.writer
    }

    /// In bytes.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Writes what the writer has handed out. It is in the file then, or the file can still be finished.
    ///
    /// Nothing waits for the disk here: what the process has written stays when it is killed, and the system writes it out
    /// within half a minute by itself. So much is lost if the power fails.
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let written = self.file.write_all_at(bytes, self.length);
        self.is_torn |= written.is_err();
        written?;
        self.length += bytes.len() as u64;
        self.allocate()
    }

    fn allocate(&mut self) -> io::Result<()> {
        let wanted = self.length + SLACK;
        let Some(allocated) = self.allocated.filter(|allocated| *allocated < wanted) else { return Ok(()) };
        let more = wanted + STEP - allocated;
        match fallocate(&self.file, FallocateFlags::KEEP_SIZE, allocated, more).map_err(io::Error::from) {
            Ok(()) => self.allocated = Some(allocated + more),
            Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput) => {
                self.allocated = None;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Makes a finished file of it, with what is there. `None`: nothing was recorded.
    pub(super) fn finish(mut self) -> anyhow::Result<Option<Finished>> {
        let finish = self.writer.finish();
        if finish.duration.is_zero() {
            return Ok(None);
        }
        if !self.is_torn && carry_out(&self.file, self.length, &finish).is_ok() {
            return Ok(Some(finished(&finish)));
        }
        // Without the last frames it may take less.
        match mend(&mut self.file, PATIENCE)? {
            Mended::Repaired(finished) => Ok(Some(finished)),
            Mended::Empty => Ok(None),
            Mended::Whole => {
                Ok(Some(Finished { bytes: self.file.metadata()?.len(), duration: finish.duration }))
            }
        }
    }
}

/// What became of a file that nobody had finished.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Mended {
    /// It was finished, but for what is beside it.
    Whole,
    Repaired(Finished),
    /// There is nothing in it.
    Empty,
}

/// Why it stays as it is.
#[derive(Debug, thiserror::Error)]
pub(super) enum MendError {
    #[error(transparent)]
    Repair(#[from] RepairError),
    #[error("{0} bytes behind its last whole frame are none of a recording: the disk may have damaged it")]
    Damaged(u64),
    #[error("it cannot be written: {0}")]
    Write(#[source] io::Error),
}

/// Finishes a file with what is in it, unless reading it takes too long.
pub(super) fn mend(file: &mut File, patience: Duration) -> Result<Mended, MendError> {
    let length = file.metadata().map_err(RepairError::Io)?.len();
    if length == 0 {
        return Ok(Mended::Empty);
    }
    let mut patient = Patient { file, deadline: Instant::now() + patience };
    let Some(finish) = webm::repair(&mut patient)? else { return Ok(Mended::Whole) };
    let cut = length.saturating_sub(finish.length);
    if cut > MAX_CUT {
        return Err(MendError::Damaged(cut));
    }
    if finish.duration.is_zero() {
        return Ok(Mended::Empty);
    }
    carry_out(file, length, &finish).map_err(MendError::Write)?;
    Ok(Mended::Repaired(finished(&finish)))
}

/// Does what finishing a file takes. Whoever is interrupted here can mend it.
fn carry_out(file: &File, length: u64, finish: &Finish) -> io::Result<()> {
    if length > finish.length {
        file.set_len(finish.length)?;
    }
    file.write_all_at(&finish.tail, finish.length)?;
    // The patches say that all the rest is there, so it has to be.
    file.sync_data()?;
    for patch in &finish.patches {
        file.write_all_at(&patch.bytes, patch.offset)?;
    }
    // Gives back what is allocated behind the end.
    file.set_len(finish.length + finish.tail.len() as u64)?;
    file.sync_all()
}

fn finished(finish: &Finish) -> Finished {
    Finished { bytes: finish.length + finish.tail.len() as u64, duration: finish.duration }
}

/// A file that cannot be read any more when it has taken too long.
struct Patient<'a> {
    file: &'a mut File,
    deadline: Instant,
}

impl Read for Patient<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if Instant::now() > self.deadline {
            return Err(io::Error::new(ErrorKind::TimedOut, "it takes too long"));
        }
        self.file.read(room)
    }
}

impl Seek for Patient<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

#[cfg(test)]
mod tests;
