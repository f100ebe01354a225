//! Programs and threads on cores of their own.

use anyhow::Context as _;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Does something on one core: threads and programs that it starts stay there.
///
/// # Errors
/// If there is no such core, or what is done fails.
pub(crate) fn on<T>(core: usize, what: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let before = sched_getaffinity(None)?;
    to(core)?;
    let result = what();
    sched_setaffinity(None, &before)?;
    result
}

/// Puts this thread, and those that it starts, on one core.
pub(crate) fn to(core: usize) -> anyhow::Result<()> {
    let mut set = CpuSet::new();
    set.set(core);
    sched_setaffinity(None, &set).with_context(|| format!("this machine has no core {core}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_pinned_for_as_long_as_it_takes() {
        let before = sched_getaffinity(None).unwrap();
        let first = (0..CpuSet::MAX_CPU).find(|core| before.is_set(*core)).unwrap();
        let within = on(first, || Ok(sched_getaffinity(None)?)).unwrap();
        assert_eq!(within.count(), 1);
        assert_eq!(sched_getaffinity(None).unwrap(), before);
        assert!(on(CpuSet::MAX_CPU - 1, || Ok(())).is_err());
        assert_eq!(sched_getaffinity(None).unwrap(), before);
    }
}
