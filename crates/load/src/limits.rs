//! What the kernel lets one process have.

use anyhow::Context as _;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that this process and the servers need besides those of callers.
const SPARE: u64 = 1_000;

/// Raises the number of open descriptors, here and in programs started later, so that `callers` of them fit.
///
/// # Errors
/// If the hard limit is lower than that.
pub(crate) fn make_room_for(callers: usize) -> anyhow::Result<()> {
    let wanted = u64::try_from(callers)? + SPARE;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_some_and(|current| current < wanted) {
        setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum })
            .with_context(|| format!("{callers} callers need {wanted} open files"))?;
    }
    Ok(())
}
