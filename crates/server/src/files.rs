//! How many files and sockets the system lets this process have.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Kept free of connections: listeners, files, and the first relays of calls.
const RESERVE: u64 = 512;

/// Further relays, and what is connected to them: one file in four.
fn reserve(files: u64) -> u64 {
    RESERVE.max(files / 4)
}

/// Raises the limit of open files to what `connections` need, or as far as the system allows, and says how many
/// connections fit.
pub(crate) fn allow(connections: u32) -> u32 {
    let wanted = u64::from(connections) + reserve(u64::from(connections) * 4 / 3);
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < wanted) {
        limit.current = Some(limit.maximum.map_or(wanted, |maximum| maximum.min(wanted)));
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::warn!(%error, "the limit of open files cannot be raised");
        }
    }
    let allowed = fitting(connections, getrlimit(Resource::Nofile).current);
    if allowed < connections {
        tracing::warn!("the limit of open files leaves room for {allowed} connections; ulimit -n raises it");
    }
    allowed
}

fn fitting(connections: u32, files: Option<u64>) -> u32 {
    let Some(files) = files else { return connections };
    // A system that allows very few files still gets half of them for connections.
    let free = files.saturating_sub(reserve(files)).max(files / 2);
    connections.min(u32::try_from(free).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_for_everything_else() {
        assert_eq!(fitting(20_000, None), 20_000);
        assert_eq!(fitting(20_000, Some(1 << 20)), 20_000);
        assert_eq!(fitting(20_000, Some(4096)), 4096 - 1024);
        assert_eq!(fitting(20_000, Some(1024)), 512);
        assert_eq!(fitting(20_000, Some(256)), 128);
    }

    #[test]
    fn the_limit_is_raised_as_far_as_the_system_allows() {
        let hard = getrlimit(Resource::Nofile).maximum;
        let allowed = allow(1000);
        assert!(allowed == 1000 || hard.is_some_and(|hard| hard < 1512), "{allowed}");
    }
}
