//! What the server keeps to itself. Its key, above all: made at the first start, kept between starts, never shown.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

/// The server's own key, which everything else that is secret is derived from.
#[derive(Clone)]
pub(crate) struct ServerKey([u8; 32]);

impl ServerKey {
    /// Reads the key in `data_dir`, or makes it, readable by nobody else.
    pub(crate) fn load_or_make(data_dir: &Path) -> anyhow::Result<Self> {
        let file = data_dir.join("server.key");
        let Some(key) = read(&file, 33)? else {
            let key = Self::ephemeral();
            keep(&file, &key.0)?;
            return Ok(key);
        };
        let key = <[u8; 32]>::try_from(key.as_slice());
        ensure!(key.is_ok(), "{} is no key of 32 bytes; delete it to make a new one", file.display());
        Ok(Self(key.unwrap_or_default()))
    }

    /// A key for one start only.
    pub(crate) fn ephemeral() -> Self {
        Self(rand::random())
    }

    /// A key for `purpose`, from which this one cannot be learned.
    pub(crate) fn derive(&self, purpose: &str) -> [u8; 32] {
        visavis_protocol::derive_key(&self.0, purpose)
    }
}

/// What is in `file`, up to `most` bytes of it; `None` if there is no such file.
pub(crate) fn read(file: &Path, most: u64) -> anyhow::Result<Option<Vec<u8>>> {
    let open = match fs::File::open(file) {
        Ok(open) => open,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("opening {}", file.display())),
    };
    let mut bytes = Vec::new();
    open.take(most).read_to_end(&mut bytes).with_context(|| format!("reading {}", file.display()))?;
    Ok(Some(bytes))
}

/// Keeps a secret in `file`, readable by nobody else, and makes the folder for it.
pub(crate) fn keep(file: &Path, secret: &[u8]) -> anyhow::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("making {}", folder.display()))?;
    // Written beside it and then renamed, so that a crash leaves no half secret.
    let beside = file.with_extension(format!("{:016x}.new", rand::random::<u64>()));
    let written = write(&beside, secret).and_then(|()| fs::rename(&beside, file));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written.with_context(|| format!("writing {}", file.display()))
}

fn write(file: &Path, secret: &[u8]) -> std::io::Result<()> {
    let mut open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    open.write_all(secret)?;
    open.sync_all()
}

/// Where data goes if nothing is said: the XDG base directory for data.
pub(crate) fn default_data_dir() -> Option<PathBuf> {
    let xdg = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|dir| dir.is_absolute());
    xdg.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/share")))
        .map(|dir| dir.join("visavis"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_key_stays_the_same_and_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("deep/data");
        let first = ServerKey::load_or_make(&data).unwrap();
        let again = ServerKey::load_or_make(&data).unwrap();
        assert_eq!(first.0, again.0);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&data), mode(&data.join("server.key"))), (0o700, 0o600));
    }

    #[test]
    fn a_damaged_key_is_named_and_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("server.key");
        fs::write(&file, b"short").unwrap();
        let error = ServerKey::load_or_make(dir.path()).err().unwrap().to_string();
        assert!(error.contains("server.key"), "{error}");
        assert_eq!(fs::read(&file).unwrap(), b"short");
    }

    #[test]
    fn keys_for_different_purposes_differ() {
        let key = ServerKey::ephemeral();
        assert_ne!(key.derive("a"), key.derive("b"));
        assert_ne!(key.derive("a"), key.0);
    }
}
