//! H.264 as a stream of bytes (ITU-T H.264 annex B): NAL units with start codes before them.

/// What [`append`] writes before each unit.
const START_CODE: [u8; 4] = [0, 0, 0, 1];

/// The NAL units of a frame, without start codes and the zeros between them; nothing of what comes before the first one.
pub(crate) fn units(frame: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = skip_to_start_code(frame);
    std::iter::from_fn(move || {
        let after = rest.get(3..)?;
        let next = skip_to_start_code(after);
        let unit = after.get(..after.len() - next.len())?;
        rest = next;
        let zeros = unit.iter().rev().take_while(|byte| **byte == 0).count();
        unit.get(..unit.len() - zeros)
    })
    .filter(|unit| !unit.is_empty())
}

/// Writes a NAL unit, or the first part of one, after a start code.
pub(crate) fn append(frame: &mut Vec<u8>, unit: &[u8]) {
    frame.extend_from_slice(&START_CODE);
    frame.extend_from_slice(unit);
}

/// From the next start code on, of three bytes; empty if there is none.
fn skip_to_start_code(bytes: &[u8]) -> &[u8] {
    let found = bytes.windows(3).position(|window| window == [0, 0, 1]);
    found.and_then(|start| bytes.get(start..)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_what_is_between_start_codes() {
        let frame = [9, 9, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 0, 0, 1, 0, 0, 1, 0x65, 7, 0, 0];
        let found: Vec<_> = units(&frame).collect();
        assert_eq!(found, [&[0x67, 1][..], &[0x68], &[0x65, 7]]);
        for nothing in [&[][..], &[0, 0], &[0, 0, 1], &[0, 0, 2, 0x65]] {
            assert_eq!(units(nothing).count(), 0, "{nothing:?}");
        }
    }

    #[test]
    fn what_is_appended_is_found_again() {
        let mut frame = Vec::new();
        append(&mut frame, &[0x67, 0x42]);
        append(&mut frame, &[0x65]);
        frame.extend_from_slice(&[1, 2]);
        assert_eq!(units(&frame).collect::<Vec<_>>(), [&[0x67, 0x42][..], &[0x65, 1, 2]]);
    }
}
