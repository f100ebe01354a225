//! What is known of a recording beside its file, kept in another one.

use std::path::Path;

use anyhow::Context as _;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::Finished;
use crate::secrets;

/// The longest one, in bytes.
const MAX_BYTES: u64 = 4096;

/// What is known of a recording, as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Sidecar {
    pub(super) room: String,
    /// In seconds since 1970, as is the end.
    pub(super) began: u64,
    /// `None`: nobody has finished it yet.
    pub(super) ended: Option<u64>,
    pub(super) bytes: u64,
    pub(super) seconds: f64,
    pub(super) format: Format,
    pub(super) key_sha256: KeyHash,
    /// Of what it is a part, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) part: Option<Part>,
}

/// What one person has sent is a part of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Part {
    /// The id of the recording.
    pub(super) of: String,
    /// Of the person.
    pub(super) name: String,
    /// Whether it is of their screen.
    pub(super) screen: bool,
}

/// What the file is: WebM allows no H.264.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    Webm,
    Matroska,
}

/// The hash of a key. Hashes are all of one length, so that comparing them tells nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct KeyHash([u8; 32]);

impl KeyHash {
    /// No key has this one that anybody could find.
    pub(super) const NOBODYS: Self = Self([0; 32]);

    pub(super) fn of(key: &[u8]) -> Self {
        let hash = digest(&SHA256, key);
        Self(hash.as_ref().try_into().unwrap_or_default())
    }

    /// How long this takes says nothing of either key.
    pub(super) fn fits(&self, key: &[u8]) -> bool {
        verify_slices_are_equal(&self.0, &Self::of(key).0).is_ok()
    }
}

impl From<KeyHash> for String {
    fn from(hash: KeyHash) -> Self {
        hash.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl TryFrom<String> for KeyHash {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut hash = [0; 32];
        let pairs = text.as_bytes().chunks(2);
        if text.len() != 64 {
            return Err("a SHA-256 in hexadecimal digits has 64 of them");
        }
        for (byte, pair) in hash.iter_mut().zip(pairs) {
            let pair = str::from_utf8(pair).map_err(|_| "no hexadecimal digit")?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| "no hexadecimal digit")?;
        }
        Ok(Self(hash))
    }
}

impl Sidecar {
    /// `None`: there is none.
    pub(super) fn read(file: &Path) -> anyhow::Result<Option<Self>> {
        let Some(text) = secrets::read(file, MAX_BYTES)? else { return Ok(None) };
        serde_json::from_slice(&text).map(Some).with_context(|| format!("reading {}", file.display()))
    }

    pub(super) fn finish(&mut self, ended: u64, finished: Finished) {
        self.ended = Some(ended);
        self.bytes = finished.bytes;
        self.seconds = finished.duration.as_secs_f64();
    }

    /// What a file of it is called after: the room, and whose part it is.
    pub(super) fn title(&self) -> String {
        match &self.part {
            None => self.room.clone(),
            Some(Part { name, screen: false, .. }) => format!("{}-{name}", self.room),
            Some(Part { name, screen: true, .. }) => format!("{}-{name}-screen", self.room),
        }
    }

    /// All of it, or what was there before, whenever the power goes.
    pub(super) fn write(&self, file: &Path) -> anyhow::Result<()> {
        secrets::keep(file, &serde_json::to_vec_pretty(self)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_fits_its_hash_and_no_other_does() {
        let hash = KeyHash::of(b"correct horse");
        assert!(hash.fits(b"correct horse"));
        for wrong in [&b""[..], b"correct hors", b"correct horse ", b"Correct horse"] {
            assert!(!hash.fits(wrong));
            assert!(!KeyHash::NOBODYS.fits(wrong));
        }
    }

    #[test]
    fn what_was_written_is_read_again_and_the_key_is_not_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.json");
        assert!(Sidecar::read(&file).unwrap().is_none());
        let written = Sidecar {
            room: "räum/\u{202e}\"".to_owned(),
            began: 1_700_000_000,
            ended: None,
            bytes: 5,
            seconds: 1.25,
            format: Format::Webm,
            key_sha256: KeyHash::of(b"correct horse"),
            part: Some(Part { of: "b".to_owned(), name: "Ada\n".to_owned(), screen: true }),
        };
        written.write(&file).unwrap();
        assert_eq!(written.title(), "räum/\u{202e}\"-Ada\n-screen");
        assert_eq!(Sidecar::read(&file).unwrap(), Some(written));
        assert!(!std::fs::read_to_string(&file).unwrap().contains("horse"));
    }

    #[test]
    fn what_is_none_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.json");
        let hash = |hash: &str| {
            format!(
                r#"{{"room":"a","began":1,"ended":2,"bytes":3,"seconds":4,"format":"webm","key_sha256":"{hash}"}}"#
            )
        };
        for (text, right) in [
            (hash(&"0".repeat(64)), true),
            (hash(&"0".repeat(63)), false),
            (hash(&"é".repeat(32)), false),
            ("{}".to_owned(), false),
            (String::new(), false),
        ] {
            std::fs::write(&file, &text).unwrap();
            assert_eq!(Sidecar::read(&file).is_ok(), right, "{text}");
        }
    }
}
