//! A certificate that both servers use, so that neither signs with more effort.

use std::path::PathBuf;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;

/// A certificate for 127.0.0.1 and its key, in files that live as long as this.
pub(super) struct Certificate {
    folder: TempDir,
}

impl Certificate {
    /// # Errors
    /// If it cannot be made or written.
    pub(super) fn new() -> anyhow::Result<Self> {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["127.0.0.1".to_owned()])?;
        let certificate = Self { folder: tempfile::tempdir()? };
        std::fs::write(certificate.cert(), cert.pem())?;
        std::fs::write(certificate.key(), signing_key.serialize_pem())?;
        Ok(certificate)
    }

    pub(super) fn cert(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    pub(super) fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }
}
