//! Ogg (RFC 3533) with Opus (RFC 7845): one stream, its packets laced through pages.

use anyhow::{Context as _, ensure};

/// The fixed part of a page's header; the lengths of its segments follow.
const PAGE_HEADER: usize = 27;
/// A segment of this length goes on in the next one.
const FULL: u8 = 255;

/// The packets of sound of a file with one Opus stream.
///
/// # Errors
/// If it is another file, or is cut off.
pub(super) fn packets(file: &[u8]) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut packets = Vec::new();
    let mut packet = Vec::new();
    let mut rest = file;
    while !rest.is_empty() {
        ensure!(rest.starts_with(b"OggS"), "no page of Ogg");
        let segments = *rest.get(PAGE_HEADER - 1).context("a page is cut off")?;
        let start = PAGE_HEADER + usize::from(segments);
        let lengths = rest.get(PAGE_HEADER..start).context("a page is cut off")?;
        let mut at = start;
        for &length in lengths {
            let end = at + usize::from(length);
            packet.extend(rest.get(at..end).context("a page is cut off")?);
            at = end;
            if length < FULL {
                packets.push(std::mem::take(&mut packet));
            }
        }
        rest = &rest[at..];
    }
    ensure!(packets.len() > 2 && packet.is_empty(), "no sound in it, or it is cut off");
    ensure!(packets[0].starts_with(b"OpusHead") && packets[1].starts_with(b"OpusTags"), "no Opus in it");
    packets.drain(..2);
    Ok(packets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(lengths: &[u8], body: &[u8]) -> Vec<u8> {
        let count = u8::try_from(lengths.len()).unwrap();
        [b"OggS".as_slice(), &[0; 22], &[count], lengths, body].concat()
    }

    #[test]
    fn packets_go_on_in_the_next_segment_and_page() {
        let head = page(&[8, 8], b"OpusHeadOpusTags");
        let long = [7; 300];
        let first = page(&[2, 255], &[b"ab".as_slice(), &long[..255]].concat());
        let second = page(&[45, 0], &long[255..]);
        let file = [head, first, second].concat();
        assert_eq!(packets(&file).unwrap(), [b"ab".to_vec(), long.to_vec(), Vec::new()]);
    }

    #[test]
    fn what_is_cut_off_or_something_else_is_refused() {
        let file = [page(&[8, 8], b"OpusHeadOpusTags"), page(&[2], b"ab")].concat();
        assert!(packets(&file).is_ok());
        for end in [0, 3, 26, 28, 40, 44, file.len() - 1] {
            assert!(packets(&file[..end]).is_err(), "{end}");
        }
        assert!(packets(&page(&[4, 4, 1], b"somethin!")).is_err());
    }
}
