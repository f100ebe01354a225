//! What another process has used: CPU time and memory, from `/proc`; and what this thread has.

use std::fs;
use std::time::Duration;

use anyhow::Context as _;
use rustix::time::{ClockId, clock_gettime};

/// Memory of a process, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Resident, what it shares with other processes included.
    pub(crate) resident: u64,
    /// Resident, shared pages counted in part.
    pub(crate) proportional: u64,
}

/// CPU time of all threads of the process, user and system together.
///
/// The scheduler's own account is in nanoseconds; `/proc/PID/stat` counts the same in steps of 10 ms. It does not know
/// threads that have ended, of which the servers measured here have none.
///
/// # Errors
/// If the process is gone.
pub(crate) fn cpu_time(pid: u32) -> anyhow::Result<Duration> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).context("the server is gone")?;
    let mut total = None;
    for thread in threads {
        // A thread may end while the list is read; this process, which its own tests measure, has such threads.
        let Ok(text) = fs::read_to_string(thread?.path().join("schedstat")) else { continue };
        *total.get_or_insert(0) += on_cpu(&text).context("schedstat has another form")?;
    }
    Ok(Duration::from_nanos(total.context("the server is gone")?))
}

/// The memory of the process.
///
/// # Errors
/// If the process is gone.
pub(crate) fn memory(pid: u32) -> anyhow::Result<Memory> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).context("the server is gone")?;
    parse_memory(&text).context("smaps_rollup has another form")
}

/// CPU time of the thread that asks, so far.
pub(crate) fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let (seconds, nanos) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    Duration::new(seconds.unwrap_or_default(), nanos.unwrap_or_default())
}

/// The first of the three numbers is the time on a CPU, in nanoseconds.
fn on_cpu(schedstat: &str) -> Option<u64> {
    schedstat.split_whitespace().next()?.parse().ok()
}

fn parse_memory(rollup: &str) -> Option<Memory> {
    Some(Memory { resident: bytes_of(rollup, "Rss:")?, proportional: bytes_of(rollup, "Pss:")? })
}

fn bytes_of(rollup: &str, name: &str) -> Option<u64> {
    let value = rollup.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = value.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_bytes() {
        let rollup =
            "5625b0aaa000-7fff6d10a000 ---p 00000000 00:00 0  [rollup]\nRss:   1744 kB\nPss:    168 kB\n";
        let memory = Memory { resident: 1744 * 1024, proportional: 168 * 1024 };
        assert_eq!(parse_memory(rollup), Some(memory));
        assert_eq!(parse_memory("Rss: 1 kB\n"), None);
    }

    #[test]
    fn time_on_a_cpu_is_the_first_number() {
        assert_eq!(on_cpu("657444 15186208 4\n"), Some(657_444));
        assert_eq!(on_cpu(""), None);
    }

    #[test]
    fn this_process_has_used_something() {
        let pid = std::process::id();
        assert!(cpu_time(pid).unwrap() > Duration::ZERO);
        assert!(memory(pid).unwrap().resident > 0);
    }
}
