//! Time-limited credentials, as "A REST API for access to TURN services" (draft-uberti-behave-turn-rest) has
//! them: the username is `expiry:name` with the expiry in seconds since the Unix epoch, the password is
//! base64(HMAC-SHA1(secret, username)). Nothing is stored; whoever knows the secret can issue and check.

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha1::Sha1;

/// The longest username that is looked at, in bytes (RFC 8489 section 14.3: fewer than 509).
pub const MAX_USERNAME: usize = 508;

/// The secret shared by whoever issues credentials and the server that checks them.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A secret. It is used as it is, so it has to be long and random: at least 16 random bytes as text.
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Somebody whose password the operator has chosen. Both are compared byte for byte: who types them in another Unicode form
/// than here (RFC 8265) is not known.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// At most [`MAX_USERNAME`] bytes.
    pub name: String,
    /// Whatever it is.
    pub password: String,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A username and the password that goes with it.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// `expiry:name`.
    pub username: String,
    /// base64(HMAC-SHA1(secret, username)).
    pub password: String,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("username", &self.username).finish_non_exhaustive()
    }
}

/// Why a username is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// It is not `expiry:name`, or too long.
    #[error("the username is not of the form expiry:name")]
    Malformed,
    /// Its expiry has passed.
    #[error("the credential has expired")]
    Expired,
}

/// Issues a credential for `name`, good until `expires` (since the Unix epoch, whole seconds).
#[must_use]
pub fn issue(secret: &Secret, name: &str, expires: Duration) -> Credential {
    let username = format!("{}:{name}", expires.as_secs());
    let password = password(secret, &username);
    Credential { username, password }
}

/// Checks the form and the expiry of `username` at `unix_now` (since the Unix epoch).
///
/// Whether the client knows the password is proved by the message's integrity; see [`password`].
///
/// # Errors
/// [`CredentialError::Malformed`] if it is not `expiry:name`, [`CredentialError::Expired`] from its expiry
/// on.
pub fn check(username: &str, unix_now: Duration) -> Result<(), CredentialError> {
    if username.len() > MAX_USERNAME {
        return Err(CredentialError::Malformed);
    }
    let (expiry, _name) = username.split_once(':').ok_or(CredentialError::Malformed)?;
    if expiry.is_empty() || !expiry.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(CredentialError::Malformed);
    }
    let expiry: u64 = expiry.parse().map_err(|_| CredentialError::Malformed)?;
    if unix_now < Duration::from_secs(expiry) { Ok(()) } else { Err(CredentialError::Expired) }
}

/// The password that belongs to `username`.
#[must_use]
#[expect(clippy::missing_panics_doc, reason = "it never does: see the inner reason")]
pub fn password(secret: &Secret, username: &str) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.0.as_bytes()).expect("any key length");
    mac.update(username.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_is_the_base64_of_hmac_sha1_over_the_username() {
        // printf 1433895918:ada | openssl dgst -sha1 -hmac north -binary | base64
        let credential = issue(&Secret::new("north"), "ada", Duration::from_secs(1_433_895_918));
        assert_eq!(credential.username, "1433895918:ada");
        assert_eq!(credential.password, "KJ5PTMBeGkZIwdEVUss3BPdY8wE=");
    }

    #[test]
    fn credential_is_good_until_its_expiry_and_not_at_it() {
        let expires = Duration::from_secs(100);
        assert_eq!(check("100:ada", expires - Duration::from_millis(1)), Ok(()));
        assert_eq!(check("100:ada", expires), Err(CredentialError::Expired));
    }

    #[test]
    fn username_of_another_form_is_malformed() {
        let long = format!("99:{}", "a".repeat(MAX_USERNAME));
        for username in
            ["", "ada", ":ada", "+99:ada", "-1:ada", "99 :ada", "99999999999999999999999:ada", &long]
        {
            assert_eq!(check(username, Duration::ZERO), Err(CredentialError::Malformed), "{username}");
        }
    }

    #[test]
    fn secret_and_password_are_not_printed() {
        let secret = Secret::new("north");
        let credential = issue(&secret, "ada", Duration::from_secs(1));
        let printed = format!("{secret:?} {credential:?}");
        assert!(!printed.contains("north") && !printed.contains(&credential.password));
    }
}
