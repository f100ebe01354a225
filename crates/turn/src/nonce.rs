//! Nonces that need no memory: each carries the time it was made and an HMAC over that and the client's
//! address, without its port: a client with several connections goes on using what one of them was given, as those of RFC 6062
//! do. In front stands the *nonce cookie*, by which a client knows that nobody on the way took the stronger
//! algorithms out of the challenge (RFC 8489 section 9.2).

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// What every cookie begins with, before the security features.
const COOKIE: &str = "obMatJos2";
/// The security features (RFC 8489 section 18.1) as three bytes, the first bit the highest: password algorithms.
const PASSWORD_ALGORITHMS: [u8; 3] = [0x80, 0, 0];
/// The same, and username anonymity.
const WITH_ANONYMITY: [u8; 3] = [0xc0, 0, 0];

const TIME: usize = 8;
const TAG: usize = 16;
const RAW: usize = TIME + TAG;
/// How far ahead of ours the clock of another server with the same key may be, in seconds.
const AHEAD: u64 = 5;

/// Makes and checks the nonces of one key. Servers with the same key accept each other's.
pub(crate) struct Nonces {
    mac: Hmac<Sha256>,
    lifetime: Duration,
    cookie: String,
}

impl Nonces {
    /// `anonymity`: whether clients are asked for USERHASH in place of USERNAME.
    pub(crate) fn new(key: &[u8; 32], lifetime: Duration, anonymity: bool) -> Self {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
        let mac = Hmac::new_from_slice(key).expect("any key length");
        let features = if anonymity { WITH_ANONYMITY } else { PASSWORD_ALGORITHMS };
        let cookie = format!("{COOKIE}{}", STANDARD_NO_PAD.encode(features));
        Self { mac, lifetime, cookie }
    }

    /// A nonce for `client`, made at `unix_now`.
    pub(crate) fn make(&self, client: IpAddr, unix_now: Duration) -> String {
        let time = unix_now.as_secs().to_be_bytes();
        let tag = self.tag(client, time).finalize().into_bytes();
        let mut raw = [0; RAW];
        raw[..TIME].copy_from_slice(&time);
        raw[TIME..].copy_from_slice(&tag[..TAG]);
        format!("{}{}", self.cookie, STANDARD_NO_PAD.encode(raw))
    }

    /// Whether `nonce` was made for `client`, and not too long before `unix_now`.
    pub(crate) fn is_valid(&self, nonce: &str, client: IpAddr, unix_now: Duration) -> bool {
        let Some(nonce) = nonce.strip_prefix(&*self.cookie) else { return false };
        let mut raw = [0; RAW];
        if STANDARD_NO_PAD.decode_slice(nonce, &mut raw) != Ok(RAW) {
            return false;
        }
        let mut time = [0; TIME];
        time.copy_from_slice(&raw[..TIME]);
        let made = u64::from_be_bytes(time);
        let now = unix_now.as_secs();
        let fresh = made <= now.saturating_add(AHEAD) && now.saturating_sub(made) < self.lifetime.as_secs();
        fresh && self.tag(client, time).verify_truncated_left(&raw[TIME..]).is_ok()
    }

    fn tag(&self, client: IpAddr, time: [u8; TIME]) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        mac.update(&time);
        match client {
            IpAddr::V4(ip) => mac.update(&ip.octets()),
            IpAddr::V6(ip) => mac.update(&ip.octets()),
        }
        mac
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;
    const NOW: Duration = Duration::from_secs(1_000_000);

    const ADA: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7));

    #[test]
    fn nonce_is_valid_for_its_client_until_its_lifetime_ends() {
        let nonces = Nonces::new(&[7; 32], Duration::from_secs(60), false);
        let nonce = nonces.make(ADA, NOW);
        assert!(nonces.is_valid(&nonce, ADA, NOW + Duration::from_secs(59)));
        assert!(!nonces.is_valid(&nonce, ADA, NOW + Duration::from_secs(60)));
        assert!(!nonces.is_valid(&nonce, ADA, NOW - Duration::from_secs(AHEAD + 1)));
    }

    #[test]
    fn nonce_of_another_client_or_key_is_invalid() {
        let nonces = Nonces::new(&[7; 32], Duration::from_secs(60), false);
        let nonce = nonces.make(ADA, NOW);
        assert!(!nonces.is_valid(&nonce, Ipv4Addr::new(198, 51, 100, 8).into(), NOW));
        assert!(!nonces.is_valid(&nonce, Ipv6Addr::LOCALHOST.into(), NOW));
        assert!(!Nonces::new(&[8; 32], Duration::from_secs(60), false).is_valid(&nonce, ADA, NOW));
    }

    #[test]
    fn nonce_says_what_the_server_can_do_and_another_cookie_makes_it_invalid() {
        let plain = Nonces::new(&[7; 32], Duration::from_secs(60), false);
        let anonymous = Nonces::new(&[7; 32], Duration::from_secs(60), true);
        assert!(plain.make(ADA, NOW).starts_with("obMatJos2gAAA"));
        assert!(anonymous.make(ADA, NOW).starts_with("obMatJos2wAAA"));
        assert!(!plain.is_valid(&anonymous.make(ADA, NOW), ADA, NOW));
        assert!(!plain.is_valid(&plain.make(ADA, NOW)["obMatJos2gAAA".len()..], ADA, NOW));
    }

    #[test]
    fn anything_else_is_not_a_nonce() {
        let nonces = Nonces::new(&[7; 32], Duration::from_secs(60), false);
        let long = "A".repeat(700);
        for nonce in ["", "A", "é", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &long] {
            assert!(!nonces.is_valid(nonce, ADA, NOW), "{nonce}");
        }
    }
}
