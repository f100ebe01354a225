//! Takes the web client and the example pages into the binary; a debug build reads them from disk, to be edited.

#[path = "build/slim.rs"]
mod slim;

use std::path::{Path, PathBuf};
use std::{env, fs, io};

const WEB: &str = "../../web";
/// Other people's files, with their licences in them.
const VENDOR: &str = "vendor";

fn main() -> io::Result<()> {
    let embed = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let web = if embed { slim_web()? } else { PathBuf::from(WEB) };
    memory_serve::load_names_directories(
        [("web", web), ("examples", PathBuf::from("../../examples"))],
        embed,
    );
    Ok(())
}

/// Copies the web client to where cargo builds, without comments in its scripts and styles.
fn slim_web() -> io::Result<PathBuf> {
    println!("cargo::rerun-if-changed={WEB}");
    println!("cargo::rerun-if-changed=build");
    let copy = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("web");
    // Nothing that is gone here stays there.
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    copy_slim(Path::new(WEB), &copy)?;
    Ok(copy)
}

fn copy_slim(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        let is_ours = from.extension().is_some_and(|extension| extension == "js" || extension == "css");
        if entry.file_type()?.is_dir() && entry.file_name() != VENDOR {
            copy_slim(&from, &to)?;
        } else if entry.file_type()?.is_dir() {
            copy_all(&from, &to)?;
        } else if is_ours {
            fs::write(to, slim::without_comments(&fs::read_to_string(from)?))?;
        } else {
            fs::copy(from, to)?;
        }
    }
    Ok(())
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}
