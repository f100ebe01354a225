//! Bearer tokens (RFC 6750), where not everybody may.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{Digest, SHA256, digest};
use http::HeaderValue;

/// The tokens that are taken, as hashes: those are all of one length, so that comparing them tells nothing of it.
pub(crate) struct Tokens(Vec<Digest>);

impl Tokens {
    pub(crate) fn new(tokens: &[String]) -> Self {
        Self(tokens.iter().map(|token| digest(&SHA256, token.as_bytes())).collect())
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a request with this `Authorization` may go on.
    pub(crate) fn allow(&self, authorization: Option<&HeaderValue>) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let Some(given) = authorization.and_then(|value| bearer(value.as_bytes())) else { return false };
        let given = digest(&SHA256, given);
        // All of them, whichever fits: how long this takes says nothing.
        let fits = |known: &&Digest| verify_slices_are_equal(known.as_ref(), given.as_ref()).is_ok();
        self.0.iter().filter(fits).count() > 0
    }
}

/// The token; the scheme is named in any case (RFC 9110 section 11.1).
pub(crate) fn bearer(authorization: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = authorization.split_at_checked("bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(tokens: &[&str], authorization: Option<&'static str>) -> bool {
        let tokens: Vec<String> = tokens.iter().copied().map(str::to_owned).collect();
        Tokens::new(&tokens).allow(authorization.map(HeaderValue::from_static).as_ref())
    }

    #[test]
    fn where_there_are_no_tokens_none_is_needed() {
        assert!(allowed(&[], None) && allowed(&[], Some("Bearer anything")));
    }

    #[test]
    fn any_of_the_tokens_is_taken_and_nothing_else() {
        for right in ["Bearer first-token", "bearer second-token", "BEARER  first-token"] {
            assert!(allowed(&["first-token", "second-token"], Some(right)), "{right}");
        }
        for wrong in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer first-toke",
            "Bearer first-token2",
            "Basic first-token",
            "first-token",
        ] {
            assert!(!allowed(&["first-token", "second-token"], Some(wrong)), "{wrong}");
        }
        assert!(!allowed(&["first-token"], None));
    }
}
