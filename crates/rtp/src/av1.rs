//! Payloads of AV1 (RTP Payload Format For AV1, version 1.0): no more than their aggregation header says.

/// The first element goes on with an OBU of the packet before (Z).
const CONTINUES: u8 = 0x80;
/// The first packet of a coded video sequence (N).
const NEW_SEQUENCE: u8 = 0x08;

/// Whether an RTP payload is the first of a coded video sequence, which begins with a key frame.
#[must_use]
pub fn is_key_frame(payload: &[u8]) -> bool {
    starts_frame(payload) && payload.first().is_some_and(|header| header & NEW_SEQUENCE != 0)
}

/// Whether a frame can begin with this RTP payload: nothing in it goes on from the one before. Whether one does is said
/// by the marker of the packet before, or by a dependency descriptor.
#[must_use]
pub fn starts_frame(payload: &[u8]) -> bool {
    matches!(payload, [header, _, ..] if header & CONTINUES == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two elements, the first a sequence header of 10 bytes with a length.
    const KEY_FRAME: [u8; 5] = [0x28, 0x0a, 0x08, 0x00, 0x00];

    #[test]
    fn a_new_sequence_begins_with_a_key_frame() {
        assert!(is_key_frame(&KEY_FRAME) && starts_frame(&KEY_FRAME));
        let delta = [0x10, 0x30, 0x00];
        assert!(!is_key_frame(&delta) && starts_frame(&delta));
        // Both bits are a contradiction.
        for continued in [[0x90, 0x30], [0x98, 0x30]] {
            assert!(!is_key_frame(&continued) && !starts_frame(&continued));
        }
    }

    #[test]
    fn a_header_alone_begins_nothing() {
        assert!(!starts_frame(&[]) && !is_key_frame(&KEY_FRAME[..1]));
    }
}
