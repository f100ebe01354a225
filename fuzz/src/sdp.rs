//! Offers to the forwarder, as anybody may send them: what of them is ours to read, before the library sees the rest.

use crate::offer::{Offer, OfferError};
use crate::options::Options;

/// The most m-lines that are taken: few, so that it is easily more.
const MAX_LINES: usize = 4;

/// Panics if the bytes find a fault.
pub(crate) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let options = Options { max_lines: MAX_LINES, ..Options::default() };
    let offer = match Offer::read(&text, &options) {
        Ok(offer) => offer,
        Err(OfferError(why)) => {
            assert!((20..200).contains(&why.len()), "{why}");
            return;
        }
    };
    assert!((1..=MAX_LINES).contains(&offer.lines.len()));
    assert!(offer.sdp.lines().filter(|line| line.starts_with("m=")).count() <= MAX_LINES);
    for (index, line) in offer.lines.iter().enumerate() {
        assert!(line.mid.chars().count() <= 16, "{line:?}");
        assert!(offer.lines[..index].iter().all(|before| before.mid != line.mid), "{line:?}");
        assert!(line.rids.len() <= 3 && line.rids.iter().all(|rid| rid.chars().count() <= 8), "{line:?}");
    }
    // Nothing is handed on but lines that were there, in their order, and of these no candidates.
    let mut given = text.lines().map(str::trim_end);
    for line in offer.sdp.lines() {
        assert!(given.any(|it| it == line), "{line:?}");
        assert!(!line.is_empty() && !line.starts_with("a=candidate:"), "{line:?}");
    }
    assert_eq!(Offer::read(&offer.sdp, &options), Ok(offer));
}
