//! Names of rooms and participants, checked once, where they come in.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

/// Why a string is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// A room name of no bytes, or of more than [`RoomName::MAX_BYTES`].
    #[error("a room's name has 1 to 128 bytes")]
    RoomLength,
    /// A participant id that is empty, too long, or has characters outside `A-Z a-z 0-9 - _`.
    #[error("a participant's id has 1 to 64 characters out of A-Z, a-z, 0-9, - and _")]
    Participant,
}

/// The name of a room: opaque UTF-8 of 1 to 128 bytes, never normalised, compared byte by byte.
///
/// The classic protocol calls it a *channel*. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct RoomName(Arc<str>);

impl RoomName {
    /// The longest name, in bytes.
    pub const MAX_BYTES: usize = 128;

    /// Takes `name` as it is.
    ///
    /// # Errors
    /// [`IdError::RoomLength`] if it is empty or too long.
    pub fn new(name: &str) -> Result<Self, IdError> {
        if name.is_empty() || name.len() > Self::MAX_BYTES {
            Err(IdError::RoomLength)
        } else {
            Ok(Self(name.into()))
        }
    }

    /// The name's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The id of a participant: opaque, at most 64 bytes of `A-Z a-z 0-9 - _`. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct ParticipantId(Arc<str>);

impl ParticipantId {
    /// The longest id, in bytes.
    pub const MAX_BYTES: usize = 64;

    /// Takes `id` as it is.
    ///
    /// # Errors
    /// [`IdError::Participant`] if it is empty, too long, or has a character that ids do not have.
    pub fn new(id: &str) -> Result<Self, IdError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if id.is_empty() || id.len() > Self::MAX_BYTES || !id.bytes().all(allowed) {
            return Err(IdError::Participant);
        }
        Ok(Self(id.into()))
    }

    /// An id of 26 characters made of 128 bits that the caller drew at random.
    #[must_use]
    pub fn from_random(bits: u128) -> Self {
        const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
        let digit = |place: u32| char::from(DIGITS[(bits >> (place * 5)) as usize & 31]);
        Self((0..26).map(digit).collect::<String>().into())
    }

    /// What a room's mix goes by, as if it were a participant. No participant has this id: theirs are longer.
    #[must_use]
    pub fn mix() -> Self {
        Self("mix".into())
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether display names may have this character: neither control characters, nor those that turn the direction of the
/// text around them (UAX #9, section 2) and so let a name pass for another. Right-to-left letters need none of them.
#[must_use]
pub fn may_be_in_name(character: char) -> bool {
    !character.is_control() && !matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl fmt::Debug for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ParticipantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for RoomName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::new(&name).map_err(serde::de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for ParticipantId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::new(&id).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_name_is_measured_in_bytes_and_never_normalised() {
        let composed = RoomName::new("é").unwrap();
        let decomposed = RoomName::new("e\u{301}").unwrap();
        assert_ne!(composed, decomposed);
        assert!(RoomName::new(&"é".repeat(64)).is_ok());
        assert_eq!(RoomName::new(&"é".repeat(65)), Err(IdError::RoomLength));
        assert_eq!(RoomName::new(""), Err(IdError::RoomLength));
    }

    #[test]
    fn a_random_participant_id_is_valid_and_keeps_all_its_bits() {
        let (all, top) = (ParticipantId::from_random(u128::MAX), ParticipantId::from_random(1 << 127));
        assert_eq!(ParticipantId::new(all.as_str()).unwrap(), all);
        assert_ne!(top, ParticipantId::from_random(0));
        assert_eq!(all.as_str().len(), 26);
    }

    #[test]
    fn a_name_has_no_control_characters_and_none_that_turn_text_around() {
        let refused =
            "\0\n\u{7f}\u{85}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
        assert!(!refused.chars().any(may_be_in_name));
        assert!("Ada é عدي\u{200f} \u{200d}👩‍💻 <b>".chars().all(may_be_in_name));
    }

    #[test]
    fn a_participant_id_with_markup_is_refused() {
        assert_eq!(ParticipantId::new("<b>"), Err(IdError::Participant));
    }
}
