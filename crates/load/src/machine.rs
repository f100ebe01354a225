//! What a result was measured on, without saying where or when.

use std::path::Path;
use std::process::Command;

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

fn pretty_name(release: &str) -> Option<&str> {
    let line = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(line.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_system_is_found_among_the_other_lines() {
        let release = "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\n";
        assert_eq!(pretty_name(release), Some("Debian GNU/Linux 12 (bookworm)"));
        assert_eq!(pretty_name("ID=debian"), None);
    }
}
