//! Tokens that let somebody into one room: JSON Web Tokens (RFC 7519), signed with HMAC-SHA-256 or Ed25519 (RFC 7518, RFC 8037).
//! `docs/tokens.md`.
//!
//! Each key signs in one way, and a token counts only if it is signed so: what its header says chooses nothing.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::RoomName;

/// A secret of fewer bytes is guessed sooner than the hash (RFC 7518, section 3.2).
const SECRET_BYTES: usize = 32;
/// No key is longer, as it is written.
const MAX_KEY: usize = 1024;
/// Of a key pair's private half, as it is written down: the seed.
const SEED_BYTES: usize = 32;

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomToken {
    /// The one room that it is for.
    pub room: RoomName,
    /// What its bearer is called there; without it they choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What its bearer may do.
    #[serde(default)]
    pub rights: Rights,
    /// Until when it is good, in seconds since the Unix epoch.
    pub exp: u64,
    /// From when on, if not always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<u64>,
}

/// What the bearer of a token may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rights {
    /// Watch by WHEP, and nothing else.
    Watch,
    /// Come in as a guest, also where nobody is yet.
    #[default]
    Guest,
    /// Come in as a host.
    Host,
}

/// Why a token is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Too long, no token at all, or not signed with a key of the server; which of them is not told.
    #[error("this is no token of this server")]
    NotSigned,
    /// It was good until some time ago.
    #[error("the token has expired")]
    Expired,
    /// It will be good.
    #[error("the token is not valid yet")]
    NotYet,
    /// It is for another room.
    #[error("the token is for another room")]
    OtherRoom,
}

/// Why a key is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "hs256:SECRET with 32 bytes at least, ed25519:PUBLIC or ed25519-secret:SEED with 32 bytes, each in base64url"
)]
pub struct KeyError;

/// A key that tokens are signed with, or checked with.
#[derive(Clone)]
pub struct TokenKey {
    algorithm: Algorithm,
    decoding: DecodingKey,
    /// `None`: the public half of a pair.
    encoding: Option<EncodingKey>,
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenKey({:?})", self.algorithm)
    }
}

impl FromStr for TokenKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (kind, key) = text.split_once(':').filter(|_| text.len() <= MAX_KEY).ok_or(KeyError)?;
        let bytes = URL_SAFE_NO_PAD.decode(key.trim_end_matches('=')).map_err(|_| KeyError)?;
        match kind {
            "hs256" => Self::of_secret(&bytes),
            "ed25519" => Self::of_public(&bytes, None),
            "ed25519-secret" => Self::of_seed(&bytes),
            _ => Err(KeyError),
        }
    }
}

impl TokenKey {
    fn of_secret(secret: &[u8]) -> Result<Self, KeyError> {
        if secret.len() < SECRET_BYTES {
            return Err(KeyError);
        }
        let decoding = DecodingKey::from_secret(secret).map_err(|_| KeyError)?;
        let encoding = EncodingKey::from_secret(secret).map_err(|_| KeyError)?;
        Ok(Self { algorithm: Algorithm::HS256, decoding, encoding: Some(encoding) })
    }

    fn of_public(public: &[u8], encoding: Option<EncodingKey>) -> Result<Self, KeyError> {
        if public.len() != SEED_BYTES {
            return Err(KeyError);
        }
        let decoding =
            DecodingKey::from_ed_components(&URL_SAFE_NO_PAD.encode(public)).map_err(|_| KeyError)?;
        Ok(Self { algorithm: Algorithm::EdDSA, decoding, encoding })
    }

    fn of_seed(seed: &[u8]) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| KeyError)?;
        let document = pair.to_pkcs8v1().map_err(|_| KeyError)?;
        Self::of_public(pair.public_key().as_ref(), Some(EncodingKey::from_ed_der(document.as_ref())))
    }

    /// The public half of a pair whose private one is this, as it is written; `None` for a secret that both sides share.
    ///
    /// # Errors
    /// If this is no seed.
    pub fn public_of(seed: &[u8; SEED_BYTES]) -> Result<String, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| KeyError)?;
        Ok(format!("ed25519:{}", URL_SAFE_NO_PAD.encode(pair.public_key().as_ref())))
    }

    /// Signs a token.
    ///
    /// # Errors
    /// If this key only checks.
    pub fn sign(&self, token: &RoomToken) -> Result<String, KeyError> {
        let encoding = self.encoding.as_ref().ok_or(KeyError)?;
        jsonwebtoken::encode(&Header::new(self.algorithm), token, encoding).map_err(|_| KeyError)
    }

    fn open(&self, token: &str) -> Option<RoomToken> {
        let mut validation = Validation::new(self.algorithm);
        // Time is ours to check: this crate has no clock.
        validation.validate_exp = false;
        validation.validate_aud = false;
        Some(jsonwebtoken::decode(token, &self.decoding, &validation).ok()?.claims)
    }
}

/// The keys of a server.
#[derive(Debug, Clone, Default)]
pub struct TokenKeys(Vec<TokenKey>);

impl TokenKeys {
    /// No token is longer, in bytes.
    pub const MAX_TOKEN: usize = 4096;

    /// Any of which may have signed a token, so that one can take the place of another.
    #[must_use]
    pub fn new(keys: Vec<TokenKey>) -> Self {
        Self(keys)
    }

    /// Whether there are none: nobody needs a token then.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a token says. `now`: in seconds since the Unix epoch.
    ///
    /// # Errors
    /// Why it does not count for this room at this time.
    pub fn check(&self, token: &str, room: &RoomName, now: u64) -> Result<RoomToken, TokenError> {
        let is_short = token.len() <= Self::MAX_TOKEN;
        let opened = self.0.iter().filter(|_| is_short).find_map(|key| key.open(token));
        let opened = opened.ok_or(TokenError::NotSigned)?;
        if opened.room != *room {
            Err(TokenError::OtherRoom)
        } else if opened.exp <= now {
            Err(TokenError::Expired)
        } else if opened.nbf.is_some_and(|nbf| now < nbf) {
            Err(TokenError::NotYet)
        } else {
            Ok(opened)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_790_000_000;

    fn room() -> RoomName {
        RoomName::new("r").unwrap()
    }

    fn hs256(byte: u8) -> String {
        format!("hs256:{}", URL_SAFE_NO_PAD.encode([byte; 32]))
    }

    fn seed(byte: u8) -> String {
        format!("ed25519-secret:{}", URL_SAFE_NO_PAD.encode([byte; 32]))
    }

    fn key(text: &str) -> TokenKey {
        text.parse().unwrap()
    }

    fn token() -> RoomToken {
        RoomToken { room: room(), name: Some("Ada".into()), rights: Rights::Host, exp: NOW + 60, nbf: None }
    }

    fn keys(texts: &[&str]) -> TokenKeys {
        TokenKeys::new(texts.iter().map(|text| key(text)).collect())
    }

    #[test]
    fn a_token_says_what_was_signed_with_either_kind_of_key() {
        let public = TokenKey::public_of(&[7; 32]).unwrap();
        for (signing, checking) in [(hs256(1), hs256(1)), (seed(7), public), (seed(7), seed(7))] {
            let signed = key(&signing).sign(&token()).unwrap();
            let checked = keys(&[&hs256(9), &checking]).check(&signed, &room(), NOW);
            assert_eq!(checked, Ok(token()), "{signing}");
        }
        assert!(key(&TokenKey::public_of(&[7; 32]).unwrap()).sign(&token()).is_err(), "it only checks");
    }

    #[test]
    fn what_is_not_signed_by_a_key_of_the_server_is_no_token() {
        let (mine, public) = (hs256(1), TokenKey::public_of(&[7; 32]).unwrap());
        let keys = keys(&[&mine, &public]);
        let signed = key(&mine).sign(&token()).unwrap();
        let (head, rest) = signed.split_once('.').unwrap();
        let (claims, tag) = rest.split_once('.').unwrap();
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let other = encode(r#"{"room":"r","exp":9999999999,"rights":"host"}"#);
        // A secret that is the text of the public key: what passes where the token chooses the algorithm.
        let bytes = URL_SAFE_NO_PAD.decode(public.trim_start_matches("ed25519:")).unwrap();
        let confused = TokenKey::of_secret(&bytes).unwrap().sign(&token()).unwrap();
        let bad = [
            String::new(),
            "a.b.c".to_owned(),
            key(&hs256(2)).sign(&token()).unwrap(),
            key(&seed(8)).sign(&token()).unwrap(),
            confused,
            format!("{}.{claims}.", encode(r#"{"alg":"none"}"#)),
            format!("{}.{claims}.{tag}", encode(r#"{"alg":"none"}"#)),
            format!("{}.{claims}.{tag}", encode(r#"{"alg":"HS384"}"#)),
            format!("{}.{claims}.{tag}", encode(r#"{"alg":"RS256"}"#)),
            format!("{head}.{other}.{tag}"),
            format!("{head}.{claims}.{}", "A".repeat(43)),
            format!("{head}.{}.{tag}", "A".repeat(100_000)),
            format!("{signed}.{tag}"),
        ];
        for token in bad {
            let refused = keys.check(&token, &room(), NOW);
            assert_eq!(refused, Err(TokenError::NotSigned), "{}", &token[..token.len().min(200)]);
        }
        assert!(TokenKeys::default().is_empty() && !keys.is_empty());
        assert_eq!(TokenKeys::default().check(&signed, &room(), NOW), Err(TokenError::NotSigned));
    }

    #[test]
    fn a_token_is_for_one_room_and_for_its_time() {
        let keys = keys(&[&hs256(1)]);
        let check = |token: &RoomToken, now| keys.check(&key(&hs256(1)).sign(token).unwrap(), &room(), now);
        let later = RoomToken { nbf: Some(NOW + 10), ..token() };
        assert_eq!(check(&token(), NOW + 59), Ok(token()));
        assert_eq!(check(&token(), NOW + 60), Err(TokenError::Expired));
        assert_eq!(check(&later, NOW + 9), Err(TokenError::NotYet));
        assert_eq!(check(&later, NOW + 10), Ok(later.clone()));
        let other = RoomToken { room: RoomName::new("R").unwrap(), ..token() };
        assert_eq!(check(&other, NOW), Err(TokenError::OtherRoom));
    }

    #[test]
    fn what_others_sign_may_say_more_and_rights_may_be_left_out() {
        let claims =
            serde_json::json!({"room": "r", "exp": NOW + 1, "sub": "ada", "aud": "visavis", "iat": NOW});
        let encoding = EncodingKey::from_secret(&[1; 32]).unwrap();
        let signed = jsonwebtoken::encode(&Header::default(), &claims, &encoding).unwrap();
        let checked = keys(&[&hs256(1)]).check(&signed, &room(), NOW).unwrap();
        assert_eq!((checked.rights, checked.name), (Rights::Guest, None));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let short = format!("hs256:{}", URL_SAFE_NO_PAD.encode([1; 31]));
        let long = format!("hs256:{}", "A".repeat(2000));
        for bad in [
            "",
            "hs256",
            "hs256:",
            &short,
            &long,
            "hs384:AAAA",
            "ed25519:AAAA",
            "ed25519-secret:AAAA",
            "hs256:!",
        ] {
            assert!(bad.parse::<TokenKey>().is_err(), "{bad}");
        }
    }
}
