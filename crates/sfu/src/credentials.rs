//! Names that endpoints go by in connectivity checks.
//!
//! A user fragment begins with the number of the shard that its endpoint is on: whoever gets a check knows from the check alone
//! whom to hand it to, so that nothing has to be published before an answer leaves.

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::RngCore as _;

/// Characters of a shard's number.
const SHARD: usize = 2;
/// Characters of a user fragment (RFC 8839 section 5.4 asks for 24 bits at least), and of a password (128 bits).
const UFRAG: usize = 14;
const PASSWORD: usize = 26;
const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Draws a user fragment and a password for an endpoint of shard `shard`, of which there are at most 1024.
pub(crate) fn draw(random: &mut ChaCha12Rng, shard: usize) -> (String, String) {
    let digit = |value: usize| char::from(DIGITS[value % DIGITS.len()]);
    let mut ufrag: String = [shard / DIGITS.len(), shard].into_iter().map(digit).collect();
    let mut more = |count: usize| -> String {
        (0..count).map(|_| digit(usize::try_from(random.next_u32() >> 8).unwrap_or_default())).collect()
    };
    ufrag.push_str(&more(UFRAG - SHARD));
    (ufrag, more(PASSWORD))
}

/// The shard that a user fragment belongs to, if it may be one of ours.
#[must_use]
pub fn shard_of(ufrag: &str) -> Option<usize> {
    let value = |digit: &u8| DIGITS.iter().position(|known| known == digit);
    match ufrag.as_bytes() {
        [high, low, rest @ ..] if rest.len() == UFRAG - SHARD => {
            Some(value(high)? * DIGITS.len() + value(low)?)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::rand_core::SeedableRng as _;

    use super::*;

    #[test]
    fn a_user_fragment_says_which_shard_it_is_of() {
        let mut random = ChaCha12Rng::from_seed([7; 32]);
        for shard in [0, 1, 31, 32, 1023] {
            let (ufrag, password) = draw(&mut random, shard);
            assert_eq!((ufrag.len(), password.len()), (UFRAG, PASSWORD));
            assert_eq!(shard_of(&ufrag), Some(shard));
        }
        assert_ne!(draw(&mut random, 0), draw(&mut random, 0));
    }

    #[test]
    fn what_is_none_of_ours_has_no_shard() {
        for ufrag in ["", "ab", "abcdefghijklm!", "AAcdefghijklmn", "abcdefghijklmno", "ÄÖ"] {
            let expected = if ufrag == "abcdefghijklm!" { Some(1) } else { None };
            assert_eq!(shard_of(ufrag), expected, "{ufrag}");
        }
    }
}
