//! Sound with earlier packets repeated (RFC 2198).

/// The primary block, which is the newest, with its payload type; `None` if the payload is cut short.
#[must_use]
pub fn primary(payload: &[u8]) -> Option<(u8, &[u8])> {
    let (mut headers, mut repeated) = (payload, 0);
    loop {
        match headers {
            [last, data @ ..] if last & 0x80 == 0 => return Some((*last, data.get(repeated..)?)),
            [_, _, high, low, rest @ ..] => {
                repeated += usize::from(u16::from_be_bytes([high & 0x03, *low]));
                headers = rest;
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_primary_block_comes_after_what_is_repeated() {
        // One block of 3 bytes, 960 ticks ago.
        let payload = [0xef, 0x0f, 0x00, 0x03, 0x6f, 1, 2, 3, 0xfc, 4, 5];
        assert_eq!(primary(&payload), Some((0x6f, &[0xfc, 4, 5][..])));
        let two = [0xef, 0x1e, 0x00, 0x01, 0xef, 0x0f, 0x00, 0x02, 0x6f, 1, 2, 3, 0xfc];
        assert_eq!(primary(&two), Some((0x6f, &[0xfc][..])));
        assert_eq!(primary(&[0x6f, 0xfc, 4]), Some((0x6f, &[0xfc, 4][..])));
    }

    #[test]
    fn lengths_of_ten_bits_are_read_whole_and_must_fit() {
        let long = [&[0xef, 0x0f, 0x03, 0xff, 0x6f][..], &[7; 1023], &[9]].concat();
        assert_eq!(primary(&long), Some((0x6f, &[9][..])));
        assert_eq!(primary(&long[..1028]), Some((0x6f, &[][..])));
        assert_eq!(primary(&long[..1027]), None);
    }

    #[test]
    fn headers_that_are_cut_short_say_nothing() {
        for payload in [&[][..], &[0xef], &[0xef, 0, 0, 0], &[0xef, 0, 0]] {
            assert_eq!(primary(payload), None);
        }
    }
}
