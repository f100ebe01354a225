//! What a recording goes by, in its address and on the disk.

use std::fmt;

/// The id of a recording: so many letters of base32 (RFC 4648, section 6, in lower case), which are 130 bits. Nothing that
/// a path could be made of, so that a file may be named after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Id([u8; Self::LENGTH]);

impl Id {
    const LENGTH: usize = 26;

    /// `None` if it is none.
    pub(super) fn new(text: &str) -> Option<Self> {
        let bytes = <[u8; Self::LENGTH]>::try_from(text.as_bytes()).ok()?;
        bytes.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7')).then_some(Self(bytes))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.0).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_26_letters_of_base32_and_nothing_else() {
        let right = "abcdefghijklmnopqrstuvwxyz";
        assert_eq!(Id::new(right).unwrap().to_string(), right);
        assert!(Id::new("22223333444455556666777722").is_some());
        for wrong in [
            "",
            "abcdefghijklmnopqrstuvwxy",
            "abcdefghijklmnopqrstuvwxyza",
            "abcdefghijklmnopqrstuvwxy1",
            "Abcdefghijklmnopqrstuvwxyz",
            "../../../../../etc/passwdd",
            "..%2f..%2f..%2fserver.keyy",
            "abcdefghijklmnopqrstuvwxy/",
            "abcdefghijklmnopqrstuvwxy\0",
            "ébcdefghijklmnopqrstuvwxy",
        ] {
            assert_eq!(Id::new(wrong), None, "{wrong:?}");
        }
    }
}
