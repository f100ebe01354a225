//! Offers, answers and fragments of them (RFC 9725, RFC 8840), as anybody may send them.

use crate::whip::fragment::{self, Credentials, Fragment};
use crate::whip::offer::Offer;

/// Panics if the bytes find a fault.
pub(crate) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(Fragment { credentials: Some(credentials) }) = Fragment::read(&text) {
        check(&credentials);
    }
    let piece = fragment::of_answer(&text);
    assert!(piece.lines().all(|line| line.starts_with("a=") || line.starts_with("m=")), "{piece:?}");
    assert!(piece.lines().filter(|line| line.starts_with("m=")).count() <= 1, "{piece:?}");
    if let Ok(offer) = Offer::publishing(&text) {
        assert!((1..=4).contains(&offer.sources.len()), "{:?}", offer.sources);
        let live =
            [offer.state().mic, offer.state().camera, offer.state().screen, offer.state().screen_audio];
        assert_eq!(live.iter().filter(|live| **live == Some(true)).count(), offer.sources.len());
        read(&offer, "sendonly", |sdp| Offer::publishing(sdp).ok());
    }
    if let Ok(offer) = Offer::watching(&text) {
        assert!(offer.sources.is_empty());
        read(&offer, "recvonly", |sdp| Offer::watching(sdp).ok());
    }
}

/// An offer goes one way, and is understood in the same way again, also after an ICE restart.
fn read(offer: &Offer, way: &str, again: impl Fn(&str) -> Option<Offer>) {
    let lines: Vec<&str> = offer.sdp.lines().collect();
    let mut sections = lines.chunk_by(|_, next| !next.starts_with("m="));
    sections.next();
    for section in sections {
        let ways = ["a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive"];
        let said: Vec<&str> = section.iter().copied().filter(|line| ways.contains(line)).collect();
        assert!(said == ["a=inactive"] || said == [format!("a={way}")], "{section:?}");
    }
    assert_eq!(again(&offer.sdp).as_ref(), Some(offer));
    if let Some(credentials) = &offer.credentials {
        check(credentials);
        let fresh = Credentials { ufrag: "fresh".to_owned(), password: "0123456789abcdefghijkl".to_owned() };
        let restarted = offer.restarted(&fresh);
        assert_eq!(restarted.credentials, Some(fresh));
        assert_eq!(again(&restarted.sdp), Some(restarted));
    }
}

/// RFC 8839 section 5.4.
fn check(Credentials { ufrag, password }: &Credentials) {
    for (text, shortest) in [(ufrag, 4), (password, 22)] {
        assert!((shortest..=256).contains(&text.len()), "{text:?}");
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte)), "{text:?}");
    }
}
