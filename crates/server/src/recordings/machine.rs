//! What recordings ask the machine: what time it is, and how much room its disk has.

use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use rustix::fs::statvfs;

/// Bytes of the disk that are left to everything else, or a part of so many of a small one.
const RESERVE: u64 = 512 << 20;
const RESERVED_PART: u64 = 20;

/// What recordings ask.
pub(super) trait Machine: Send + Sync {
    fn now(&self) -> SystemTime;

    /// Bytes that may be written yet.
    fn room(&self) -> io::Result<u64>;
}

/// This one, with the disk that a folder is on.
pub(super) struct ThisMachine {
    pub(super) dir: PathBuf,
}

impl Machine for ThisMachine {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn room(&self) -> io::Result<u64> {
        let disk = statvfs(&self.dir)?;
        let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
        Ok(beyond_reserve(bytes(disk.f_bavail), bytes(disk.f_blocks)))
    }
}

/// What is left of the free bytes of a disk of this size.
fn beyond_reserve(free: u64, all: u64) -> u64 {
    free.saturating_sub(RESERVE.min(all / RESERVED_PART))
}

/// Seconds since 1970.
pub(super) fn unix(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_keeps_a_twentieth_free_and_half_a_gibibyte_at_most() {
        let gib = 1 << 30;
        assert_eq!(beyond_reserve(gib, 1000 * gib), gib / 2);
        assert_eq!(beyond_reserve(gib / 4, 1000 * gib), 0);
        assert_eq!(beyond_reserve(100, 1000), 50);
    }

    #[test]
    fn the_disk_of_a_folder_has_some_room_and_one_that_is_not_there_has_none() {
        let dir = tempfile::tempdir().unwrap();
        assert!(ThisMachine { dir: dir.path().to_owned() }.room().is_ok());
        assert!(ThisMachine { dir: dir.path().join("nothing") }.room().is_err());
    }
}
