//! What the polling transport of old clients needs.
//!
//! Clients up to Socket.IO 1.x encode what they POST as UTF-8 and hand the bytes to XMLHttpRequest as if each were a
//! character, which encodes them once more. Here that is undone. (What such a client polls needs nothing: the server
//! tells classic clients only ASCII.)

use bytes::Bytes;

/// One packet after the other out of the body of an Engine.IO 3 POST (`<length>:<packet>`, the length in UTF-16 units),
/// framed again.
///
/// One at a time, because the decoder behind it copies all that it has been given for each packet that it takes out.
pub(crate) struct Packets {
    body: String,
    position: usize,
}

impl Packets {
    /// Takes the body apart; `None` if it is not UTF-8.
    pub(crate) fn new(body: Bytes) -> Option<Self> {
        let body = String::from_utf8(body.into()).ok()?;
        Some(Self { body, position: 0 })
    }
}

impl Iterator for Packets {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let rest = self.body.get(self.position..).filter(|rest| !rest.is_empty())?;
        let Some((packet, length)) = first_packet(rest) else {
            self.position = self.body.len();
            // A frame without a length: the decoder refuses it and ends the session.
            return Some(Bytes::from_static(b":"));
        };
        self.position += length;
        let packet = undo_double_encoding(packet);
        Some(Bytes::from(format!("{}:{packet}", packet.encode_utf16().count())))
    }
}

/// The first packet, and how many bytes it takes with its frame.
fn first_packet(body: &str) -> Option<(&str, usize)> {
    let (length, rest) = body.split_once(':')?;
    if !length.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut missing: usize = length.parse().ok()?;
    let mut end = 0;
    for character in rest.chars() {
        if missing == 0 {
            break;
        }
        missing = missing.checked_sub(character.len_utf16())?;
        end += character.len_utf8();
    }
    (missing == 0).then(|| (&rest[..end], length.len() + 1 + end))
}

/// The text whose UTF-8 bytes these characters are; text that is no such thing was not encoded twice.
fn undo_double_encoding(packet: &str) -> String {
    let bytes: Option<Vec<u8>> = packet.chars().map(|character| u8::try_from(character).ok()).collect();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| packet.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpacked(body: &str) -> Vec<String> {
        let packets = Packets::new(Bytes::copy_from_slice(body.as_bytes())).unwrap();
        packets.map(|packet| String::from_utf8(packet.to_vec()).unwrap()).collect()
    }

    /// As Socket.IO 1.x writes it.
    fn encoded_twice(packet: &str) -> String {
        let characters: String = packet.bytes().map(char::from).collect();
        format!("{}:{characters}", characters.encode_utf16().count())
    }

    #[test]
    fn what_was_encoded_twice_is_decoded_once() {
        for packet in ["42[\"part\",\"blå\"]", "42[\"part\",\"€\"]", "42[\"part\",\"👋🏽\"]"] {
            let expected = format!("{}:{packet}", packet.encode_utf16().count());
            assert_eq!(unpacked(&encoded_twice(packet)), [expected]);
        }
    }

    #[test]
    fn what_was_encoded_once_stays_as_it_is() {
        let body = "5:4€👋x";
        assert_eq!(unpacked(body), [body]);
        assert_eq!(unpacked("2:4é"), ["2:4é"]);
    }

    #[test]
    fn packets_come_one_by_one_and_in_order() {
        let body = format!("1:2{}3:4b:", encoded_twice("4ä"));
        assert_eq!(unpacked(&body), ["1:2", "2:4ä", "3:4b:"]);
    }

    #[test]
    fn a_broken_frame_ends_with_one_that_the_decoder_refuses() {
        for broken in ["x", "1", ":", "9:4short", "-1:4", "+1:4", "99999999999999999999999:4", "1:👋"] {
            let packets = unpacked(&format!("1:2{broken}"));
            assert_eq!(packets[0], "1:2", "{broken}");
            assert_eq!(packets.last().unwrap(), ":", "{broken}");
        }
    }

    #[test]
    fn a_body_that_is_not_utf_8_is_refused() {
        assert!(Packets::new(Bytes::from_static(b"2:4\xff")).is_none());
    }
}
