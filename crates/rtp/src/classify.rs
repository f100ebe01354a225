//! Telling what a datagram is among those that share a port (RFC 7983, RFC 5761), without parsing it.

const STUN_HEADER: usize = 20;
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const BINDING_REQUEST: [u8; 2] = [0, 1];
const USERNAME: u16 = 0x0006;
/// The most characters of a user fragment (RFC 8839 section 5.4).
const MAX_UFRAG: usize = 256;

/// What a datagram is, or claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// STUN (RFC 8489).
    Stun,
    /// DTLS (RFC 9147).
    Dtls,
    /// ChannelData of TURN (RFC 8656).
    TurnChannel,
    /// RTP or SRTP.
    Rtp,
    /// RTCP or SRTCP.
    Rtcp,
    /// Nothing known.
    Other,
}

/// Says what `datagram` is, by its first byte, and RTCP from RTP by its second.
#[must_use]
pub fn datagram(datagram: &[u8]) -> Kind {
    match datagram {
        [0..=3, ..] => Kind::Stun,
        [20..=63, ..] => Kind::Dtls,
        [64..=79, ..] => Kind::TurnChannel,
        // RFC 5761 section 4: payload types 64 to 95 are not given to RTP.
        [128..=191, 192..=223, ..] => Kind::Rtcp,
        [128..=191, _, ..] => Kind::Rtp,
        _ => Kind::Other,
    }
}

/// The receiver's own user fragment in a connectivity check (RFC 8445 section 7.2.2): what stands before the colon in the
/// USERNAME of a Binding request. `None` if `datagram` is none, or has no such name. Nothing of it is authenticated.
#[must_use]
pub fn ice_ufrag(datagram: &[u8]) -> Option<&str> {
    let (header, attributes) = datagram.split_at_checked(STUN_HEADER)?;
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    if header[..2] != BINDING_REQUEST || header[4..8] != MAGIC_COOKIE || length != attributes.len() {
        return None;
    }
    let username = attribute(attributes, USERNAME)?;
    let colon = username.iter().take(MAX_UFRAG + 1).position(|byte| *byte == b':')?;
    let ufrag = &username[..colon];
    let is_ice_char = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    // A browser's fragments have four characters or more, but whoever answers to a shorter one may.
    if ufrag.is_empty() || !ufrag.iter().all(is_ice_char) {
        return None;
    }
    std::str::from_utf8(ufrag).ok()
}

/// The value of the first attribute of that type.
fn attribute(mut attributes: &[u8], wanted: u16) -> Option<&[u8]> {
    while let [a, b, c, d, rest @ ..] = attributes {
        let length = usize::from(u16::from_be_bytes([*c, *d]));
        if u16::from_be_bytes([*a, *b]) == wanted {
            return rest.get(..length);
        }
        attributes = rest.get(length.next_multiple_of(4)..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(attributes: &[u8]) -> Vec<u8> {
        let length = u8::try_from(attributes.len()).unwrap();
        [&[0, 1, 0, length, 0x21, 0x12, 0xa4, 0x42][..], &[7; 12], attributes].concat()
    }

    #[test]
    fn the_first_byte_tells_the_protocols_apart() {
        for first in 0..=255u8 {
            let expected = match first {
                0..=3 => Kind::Stun,
                20..=63 => Kind::Dtls,
                64..=79 => Kind::TurnChannel,
                128..=191 => Kind::Rtp,
                _ => Kind::Other,
            };
            assert_eq!(datagram(&[first, 0x60]), expected, "{first}");
        }
        assert_eq!((datagram(&[]), datagram(&[0x80])), (Kind::Other, Kind::Other));
    }

    #[test]
    fn the_second_byte_tells_rtcp_from_rtp() {
        for (second, expected) in [
            (191, Kind::Rtp),
            (192, Kind::Rtcp),
            (200, Kind::Rtcp),
            (223, Kind::Rtcp),
            (224, Kind::Rtp),
            (0x60 | 0x80, Kind::Rtp),
        ] {
            assert_eq!(datagram(&[0x80, second]), expected, "{second}");
        }
    }

    #[test]
    fn a_check_names_the_fragment_of_its_receiver() {
        let name = check(b"\x80\x22\0\x01v\0\0\0\0\x06\0\x09ab+/:wxyz\0\0\0");
        assert_eq!(ice_ufrag(&name), Some("ab+/"));
    }

    #[test]
    fn what_is_no_check_or_has_no_proper_name_names_nobody() {
        for attributes in [
            &b""[..],
            b"\0\x06\0\x04abcd",
            b"\0\x06\0\x04:bcd",
            b"\0\x06\0\x04a :b",
            b"\0\x06\0\x04\xff\xfe:b",
            b"\0\x06\0\x08ab:c",
            b"\x80\x22\xff\xff\0\x06\0\x04ab:c",
        ] {
            assert_eq!(ice_ufrag(&check(attributes)), None, "{attributes:?}");
        }
        let good = check(b"\0\x06\0\x04ab:c");
        assert_eq!(ice_ufrag(&good), Some("ab"));
        for (at, byte) in [(0, 1), (1, 3), (3, 4), (4, 0)] {
            let mut other = good.clone();
            other[at] = byte;
            assert_eq!(ice_ufrag(&other), None, "{at}");
        }
        assert_eq!(ice_ufrag(&good[..good.len() - 1]), None);
    }

    #[test]
    fn a_fragment_has_at_most_256_characters() {
        for (characters, expected) in [(256, true), (257, false)] {
            let name = [&vec![b'a'; characters][..], b":b"].concat();
            let padding = vec![0; name.len().next_multiple_of(4) - name.len()];
            let length = u16::try_from(name.len()).unwrap().to_be_bytes();
            let mut message = [&check(&[])[..], &[0, 6], &length, &name, &padding].concat();
            let length = u16::try_from(message.len() - STUN_HEADER).unwrap().to_be_bytes();
            message[2..4].copy_from_slice(&length);
            assert_eq!(ice_ufrag(&message).is_some(), expected, "{characters}");
        }
    }
}
