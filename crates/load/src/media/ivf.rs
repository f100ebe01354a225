//! IVF, the plainest container of video: a header, and frames with their lengths.

use anyhow::{Context as _, ensure};

/// The header of a frame: its length, and when it is shown.
const FRAME_HEADER: usize = 12;

/// The frames of a VP8 file.
///
/// # Errors
/// If it is another file, or ends in the middle of a frame.
pub(super) fn frames(file: &[u8]) -> anyhow::Result<Vec<Vec<u8>>> {
    ensure!(file.get(..4) == Some(b"DKIF"), "no IVF file");
    ensure!(file.get(8..12) == Some(b"VP80"), "no VP8 in it");
    let header = file.get(6..8).context("no header")?;
    let header = u16::from_le_bytes([header[0], header[1]]);
    let mut rest = file.get(usize::from(header)..).context("no frames")?;
    let mut frames = Vec::new();
    while let Some((length, _)) = rest.split_first_chunk::<4>() {
        let end = FRAME_HEADER + usize::try_from(u32::from_le_bytes(*length))?;
        frames.push(rest.get(FRAME_HEADER..end).context("a frame is cut off")?.to_vec());
        rest = &rest[end..];
    }
    ensure!(!frames.is_empty() && rest.is_empty(), "it ends in the middle of a frame");
    Ok(frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(codec: &[u8; 4], frames: &[&[u8]]) -> Vec<u8> {
        let mut file = [b"DKIF\0\0\x20\0".as_slice(), codec, &[0; 20]].concat();
        for frame in frames {
            file.extend(u32::try_from(frame.len()).unwrap().to_le_bytes());
            file.extend([0; 8]);
            file.extend(*frame);
        }
        file
    }

    #[test]
    fn frames_are_found_by_their_lengths() {
        assert_eq!(frames(&file(b"VP80", &[b"one", b"", b"three"])).unwrap(), [&b"one"[..], b"", b"three"]);
    }

    #[test]
    fn what_is_cut_off_or_something_else_is_refused() {
        let whole = file(b"VP80", &[b"one"]);
        for end in [0, 3, 20, 32, 34, 45, whole.len() - 1] {
            assert!(frames(&whole[..end]).is_err(), "{end}");
        }
        assert!(frames(&file(b"AV01", &[b"one"])).is_err());
    }
}
