//! The RTP payload of VP8 (RFC 7741).

/// The payload descriptor: its first two octets, and a picture id of 15 bits.
const DESCRIPTOR: usize = 4;
/// There is an octet of extensions.
const EXTENDED: u8 = 0x80;
/// A partition begins here.
const START: u8 = 0x10;
/// There is a picture id.
const PICTURE_ID: u8 = 0x80;
/// It has 15 bits.
const LONG: u16 = 0x8000;

/// The payloads of one frame, of at most `most` bytes each.
pub(super) fn payloads(frame: &[u8], picture_id: u16, most: usize) -> impl ExactSizeIterator<Item = Vec<u8>> {
    let [high, low] = (picture_id | LONG).to_be_bytes();
    frame.chunks(most - DESCRIPTOR).enumerate().map(move |(index, part)| {
        let start = if index == 0 { START } else { 0 };
        [&[EXTENDED | start, PICTURE_ID, high, low], part].concat()
    })
}

/// Whether a decoder can begin with this frame (RFC 6386 section 9.1).
#[cfg(test)]
pub(super) fn is_key_frame(frame: &[u8]) -> bool {
    frame.first().is_some_and(|first| first & 1 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_cut_and_its_first_payload_says_so() {
        let payloads: Vec<_> = payloads(b"abcdefg", 0x1234, 7).collect();
        let expected: [&[u8]; 3] = [b"\x90\x80\x92\x34abc", b"\x80\x80\x92\x34def", b"\x80\x80\x92\x34g"];
        assert_eq!(payloads, expected);
    }
}
