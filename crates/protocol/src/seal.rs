//! Secrets that a client keeps for the server: sealed with the server's own key (AES-256-GCM, RFC 5116), so that a server
//! without a data base, restarted, still knows who was who.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{ParticipantId, Policy, RoomName};

/// Seals and opens claims with one key.
pub struct Sealer {
    key: LessSafeKey,
}

/// What a resume secret says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResumeClaims {
    /// The room.
    pub room: RoomName,
    /// Which life of the room: a room that ended and was made again has a greater number.
    pub instance: u64,
    /// The participant.
    pub participant: ParticipantId,
    /// Its name.
    pub name: String,
    /// Whether it is a host.
    pub host: bool,
    /// What the room's host has decided.
    #[serde(default)]
    pub policy: Policy,
    /// Which run of the server issued this.
    pub boot: u64,
    /// When, in milliseconds since the Unix epoch.
    pub issued: u64,
}

/// What a host key says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostClaims {
    /// The room.
    pub room: RoomName,
    /// Which life of it.
    pub instance: u64,
}

/// The secret was not sealed with this key for this purpose, or is no secret at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not sealed by this server")]
pub struct SealError;

/// Claims of one kind; the purpose keeps one kind from passing for another.
trait Claims: Serialize + DeserializeOwned {
    const PURPOSE: &'static [u8];
}

impl Claims for ResumeClaims {
    const PURPOSE: &'static [u8] = b"visavis resume 1";
}

impl Claims for HostClaims {
    const PURPOSE: &'static [u8] = b"visavis host 1";
}

impl Sealer {
    /// The longest secret that is looked at, in bytes.
    pub const MAX_BYTES: usize = 2048;

    /// A sealer with a key of 256 random bits, which only this server knows.
    ///
    /// # Errors
    /// [`SealError`] if the crypto library refuses the key; it does not for 32 bytes.
    pub fn new(key: &[u8; 32]) -> Result<Self, SealError> {
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| SealError)?;
        Ok(Self { key: LessSafeKey::new(key) })
    }

    /// Seals a resume secret. `nonce`: 96 random bits, never used twice.
    ///
    /// # Errors
    /// [`SealError`] if the crypto library fails.
    pub fn seal_resume(&self, claims: &ResumeClaims, nonce: [u8; NONCE_LEN]) -> Result<String, SealError> {
        self.seal(claims, nonce)
    }

    /// Opens a resume secret.
    ///
    /// # Errors
    /// [`SealError`] if it is not one of ours.
    pub fn open_resume(&self, secret: &str) -> Result<ResumeClaims, SealError> {
        self.open(secret)
    }

    /// Seals a host key. `nonce`: 96 random bits, never used twice.
    ///
    /// # Errors
    /// [`SealError`] if the crypto library fails.
    pub fn seal_host(&self, claims: &HostClaims, nonce: [u8; NONCE_LEN]) -> Result<String, SealError> {
        self.seal(claims, nonce)
    }

    /// Opens a host key.
    ///
    /// # Errors
    /// [`SealError`] if it is not one of ours.
    pub fn open_host(&self, key: &str) -> Result<HostClaims, SealError> {
        self.open(key)
    }

    fn seal<C: Claims>(&self, claims: &C, nonce: [u8; NONCE_LEN]) -> Result<String, SealError> {
        let mut sealed = serde_json::to_vec(claims).map_err(|_| SealError)?;
        let aad = Aad::from(C::PURPOSE);
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed)
            .map_err(|_| SealError)?;
        let whole = [&nonce[..], &sealed].concat();
        Ok(URL_SAFE_NO_PAD.encode(whole))
    }

    fn open<C: Claims>(&self, secret: &str) -> Result<C, SealError> {
        if secret.len() > Self::MAX_BYTES {
            return Err(SealError);
        }
        let mut whole = URL_SAFE_NO_PAD.decode(secret).map_err(|_| SealError)?;
        let (nonce, sealed) = whole.split_at_mut_checked(NONCE_LEN).ok_or(SealError)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError)?;
        let plain = self.key.open_in_place(nonce, Aad::from(C::PURPOSE), sealed).map_err(|_| SealError)?;
        serde_json::from_slice(plain).map_err(|_| SealError)
    }
}

/// A key for one purpose, derived from the server's own (HMAC-SHA-256, RFC 2104); neither tells anything of the other.
#[must_use]
pub fn derive_key(key: &[u8; 32], purpose: &str) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), purpose.as_bytes());
    let mut derived = [0; 32];
    derived.copy_from_slice(tag.as_ref());
    derived
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest claims there can be, so that the longest secret is known to fit.
    fn claims() -> ResumeClaims {
        ResumeClaims {
            room: RoomName::new(&"\u{1}".repeat(128)).unwrap(),
            instance: u64::MAX,
            participant: ParticipantId::new(&"p".repeat(64)).unwrap(),
            name: "\\".repeat(128),
            host: true,
            policy: Policy::default(),
            boot: u64::MAX,
            issued: u64::MAX,
        }
    }

    #[test]
    fn a_sealed_secret_opens_to_what_was_sealed() {
        let sealer = Sealer::new(&[7; 32]).unwrap();
        let secret = sealer.seal_resume(&claims(), [1; 12]).unwrap();
        assert_eq!(sealer.open_resume(&secret), Ok(claims()));
    }

    #[test]
    fn a_secret_changed_in_any_byte_does_not_open() {
        let sealer = Sealer::new(&[7; 32]).unwrap();
        let secret = sealer.seal_host(&HostClaims { room: claims().room, instance: 3 }, [1; 12]).unwrap();
        for place in 0..secret.len() {
            let mut forged = secret.clone().into_bytes();
            forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
            assert_eq!(sealer.open_host(&String::from_utf8(forged).unwrap()), Err(SealError), "byte {place}");
        }
    }

    #[test]
    fn neither_another_key_nor_another_purpose_opens_a_secret() {
        let sealer = Sealer::new(&[7; 32]).unwrap();
        let key = sealer.seal_host(&HostClaims { room: claims().room, instance: 3 }, [1; 12]).unwrap();
        assert_eq!(Sealer::new(&[8; 32]).unwrap().open_host(&key), Err(SealError));
        assert_eq!(sealer.open_resume(&key), Err(SealError));
        for garbage in ["", "AAAA", "not base64!", &"A".repeat(5000)] {
            assert_eq!(sealer.open_resume(garbage), Err(SealError));
        }
    }
}
