//! Telling STUN and TURN from everything else that shares the port (RFC 7983), without parsing any of it.

use stun_types::message::{BINDING, MAGIC_COOKIE, MessageClass, MessageHeader};

const USERNAME: u16 = 0x0006;

/// Whom a datagram on the shared port is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Datagram {
    /// STUN without credentials, TURN, or ChannelData:
    /// [`Server::handle_client`](crate::Server::handle_client).
    Turn,
    /// A connectivity check of ICE: a Binding request that names a user, or the answer to one.
    Check,
    /// DTLS, RTP, RTCP or nothing known.
    Other,
}

/// Whom a TCP connection is for, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// It begins with a STUN message: STUN or TURN over TCP.
    Turn,
    /// Too few bytes to say.
    Unknown,
    /// It does not begin with a STUN message.
    Other,
}

/// Says whom `datagram` is for.
#[must_use]
pub fn datagram(datagram: &[u8]) -> Datagram {
    match datagram.first() {
        // RFC 7983 gives TURN no more than 0x4F; see `Options::channel_numbers`.
        Some(0x40..=0x7f) => Datagram::Turn,
        Some(0..=3) => stun(datagram),
        _ => Datagram::Other,
    }
}

/// Says whom a TCP connection is for that begins with `bytes`. Eight bytes are always enough.
///
/// Ask once per connection and never per message: ChannelData overlaps with ASCII letters.
#[must_use]
pub fn stream(bytes: &[u8]) -> Stream {
    let Some(first) = bytes.first() else { return Stream::Unknown };
    let cookie = MAGIC_COOKIE.to_be_bytes();
    let seen = bytes.get(4..).unwrap_or_default();
    let seen = &seen[..seen.len().min(cookie.len())];
    if first & 0xc0 != 0 || !cookie.starts_with(seen) {
        Stream::Other
    } else if seen.len() < cookie.len() {
        Stream::Unknown
    } else {
        Stream::Turn
    }
}

fn stun(datagram: &[u8]) -> Datagram {
    let Ok(header) = MessageHeader::from_bytes(datagram) else { return Datagram::Other };
    let kind = header.get_type();
    if kind.method() != BINDING {
        return Datagram::Turn;
    }
    let answer = matches!(kind.class(), MessageClass::Success | MessageClass::Error);
    if answer || has_attribute(&datagram[MessageHeader::LENGTH..], USERNAME) {
        Datagram::Check
    } else {
        Datagram::Turn
    }
}

fn has_attribute(mut attributes: &[u8], wanted: u16) -> bool {
    while let [a, b, c, d, rest @ ..] = attributes {
        if u16::from_be_bytes([*a, *b]) == wanted {
            return true;
        }
        let padded = usize::from(u16::from_be_bytes([*c, *d])).next_multiple_of(4);
        let Some(next) = rest.get(padded..) else { return false };
        attributes = next;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const BINDING_REQUEST: [u8; 20] =
        [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    fn with(kind: [u8; 2], attributes: &[u8]) -> Vec<u8> {
        let mut message = BINDING_REQUEST.to_vec();
        message[..2].copy_from_slice(&kind);
        message[3] = u8::try_from(attributes.len()).unwrap();
        message.extend_from_slice(attributes);
        message
    }

    #[test]
    fn binding_without_a_user_and_every_other_method_is_for_turn() {
        assert_eq!(datagram(&BINDING_REQUEST), Datagram::Turn);
        assert_eq!(datagram(&with([0, 3], &[0, 6, 0, 1, b'a', 0, 0, 0])), Datagram::Turn);
        assert_eq!(datagram(&with([0, 0x16], &[])), Datagram::Turn);
    }

    #[test]
    fn binding_with_a_user_and_binding_answers_are_checks() {
        assert_eq!(datagram(&with([0, 1], &[0x80, 0x22, 0, 1, b'v', 0, 0, 0, 0, 6, 0, 0])), Datagram::Check);
        assert_eq!(datagram(&with([1, 1], &[])), Datagram::Check);
        assert_eq!(datagram(&with([1, 0x11], &[])), Datagram::Check);
    }

    #[test]
    fn first_byte_decides_among_the_protocols_of_rfc_7983() {
        for first in 0..=255u8 {
            let expected = if (64..=127).contains(&first) { Datagram::Turn } else { Datagram::Other };
            assert_eq!(datagram(&[first, 0, 0, 0]), expected, "{first}");
        }
        assert_eq!(datagram(&[]), Datagram::Other);
    }

    #[test]
    fn truncated_attributes_are_not_searched_beyond_their_end() {
        assert_eq!(datagram(&with([0, 1], &[0x80, 0x22, 0xff, 0xff, 0, 6, 0, 0])), Datagram::Turn);
        assert_eq!(datagram(&with([0, 1], &[0x80, 0x22, 0])), Datagram::Turn);
    }

    #[test]
    fn connection_is_known_by_the_magic_cookie_and_never_later_than_eight_bytes() {
        for length in 0..8 {
            assert_eq!(stream(&BINDING_REQUEST[..length]), Stream::Unknown, "{length}");
        }
        assert_eq!(stream(&BINDING_REQUEST[..8]), Stream::Turn);
        for other in [&b"GET / HTTP/1.1"[..], &[0x16, 3, 1, 2, 0, 1, 0, 1], &[0, 20, 0, 1, 0, 0], &[0x40]] {
            assert_eq!(stream(other), Stream::Other, "{other:?}");
        }
    }
}
