//! What a result was measured on, without saying where or when.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;

/// The number of cores, the system and its kernel.
pub(crate) fn describe() -> anyhow::Result<String> {
    let cores = std::thread::available_parallelism()?;
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let system = pretty_name(&release).unwrap_or("an unknown system");
    let uname = rustix::system::uname();
    let kernel = uname.release().to_string_lossy();
    let kernel = kernel.split('-').next().unwrap_or_default();
    Ok(format!("{cores} cores, {system}, Linux {kernel}"))
}

/// What the program says about its version.
///
/// # Errors
/// If it cannot be started.
pub(crate) fn version_of(program: &Path) -> anyhow::Result<String> {
    let output = Command::new(program)
        .arg("--version")
        .output()
        .with_context(|| format!("cannot start {}", program.display()))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// CPU time that anything took on this machine since its start, all cores together; what its host took from it included.
///
/// # Errors
/// If the kernel's table has another form.
pub(crate) fn cpu_time() -> anyhow::Result<Duration> {
    let table = std::fs::read_to_string("/proc/stat")?;
    taken(&table).context("/proc/stat has another form")
}

/// The first line has, in steps of 10 ms: user, nice, system, idle, waiting, interrupts, soft interrupts, stolen, and guests, which
/// are in the first two already.
fn taken(table: &str) -> Option<Duration> {
    let columns = table.lines().next()?.strip_prefix("cpu ")?;
    let steps: Vec<u64> = columns.split_whitespace().map_while(|column| column.parse().ok()).collect();
    let [user, nice, system, _, _, hard, soft, stolen] = *steps.first_chunk()?;
    Some(Duration::from_millis(10 * (user + nice + system + hard + soft + stolen)))
}

fn pretty_name(release: &str) -> Option<&str> {
    let line = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(line.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_idle_or_waits_takes_nothing() {
        let table = "cpu  100 20 3 90000 9000 4 5 600 70 7\ncpu0 1 1 1 1 1 1 1 1 1 1\n";
        assert_eq!(taken(table), Some(Duration::from_millis(7_320)));
        assert_eq!(taken("cpu  100 20 3\n"), None);
        assert!(cpu_time().unwrap() > Duration::ZERO);
    }

    #[test]
    fn the_name_of_the_system_is_found_among_the_other_lines() {
        let release = "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\n";
        assert_eq!(pretty_name(release), Some("Debian GNU/Linux 12 (bookworm)"));
        assert_eq!(pretty_name("ID=debian"), None);
    }
}
