//! Payloads of VP9 (RFC 9628).

/// What the payload descriptor (RFC 9628 section 4.2) says of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// The number of the picture, 7 or 15 bits.
    pub picture_id: Option<u16>,
    /// It needs a picture before it (P).
    pub is_predicted: bool,
    /// A frame begins here (B): that of one spatial layer.
    pub starts_frame: bool,
    /// A frame ends here (E).
    pub ends_frame: bool,
    /// The spatial layer, 0 to 7; 0 where there are none (SID).
    pub spatial_layer: u8,
    /// The temporal layer, 0 to 7; 0 where there are none (TID).
    pub temporal_layer: u8,
    /// Width and height of the highest spatial layer, in pixels, from the scalability structure.
    pub size: Option<(u16, u16)>,
    /// The length of the descriptor, in bytes.
    pub length: usize,
}

impl Descriptor {
    /// Reads the descriptor at the beginning of an RTP payload; `None` if the payload is cut short.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let mut bytes = payload.iter().copied();
        let first = bytes.next()?;
        let has = |bit: u8| first & bit != 0;
        let picture_id = if has(0x80) { Some(picture_id(&mut bytes)?) } else { None };
        let is_flexible = has(0x10);
        let layers = if has(0x20) { bytes.next()? } else { 0 };
        if has(0x20) && !is_flexible {
            // TL0PICIDX.
            bytes.next()?;
        }
        if is_flexible && has(0x40) {
            skip_references(&mut bytes)?;
        }
        let size = if has(0x02) { scalability_structure(&mut bytes)? } else { None };
        Some(Self {
            picture_id,
            is_predicted: has(0x40),
            starts_frame: has(0x08),
            ends_frame: has(0x04),
            spatial_layer: layers >> 1 & 7,
            temporal_layer: layers >> 5,
            size,
            length: payload.len() - bytes.len(),
        })
    }

    /// Whether it is that of the first packet of a picture, of all its spatial layers.
    #[must_use]
    pub fn starts_picture(&self) -> bool {
        self.starts_frame && self.spatial_layer == 0
    }
}

/// Whether an RTP payload is the first of a picture.
#[must_use]
pub fn starts_frame(payload: &[u8]) -> bool {
    Descriptor::parse(payload).is_some_and(|descriptor| descriptor.starts_picture())
}

/// Whether an RTP payload is the first of a key picture.
#[must_use]
pub fn is_key_frame(payload: &[u8]) -> bool {
    key_frame(payload).is_some()
}

/// Width and height in pixels, if `payload` is the first of a key picture with a scalability structure.
#[must_use]
pub fn key_frame_size(payload: &[u8]) -> Option<(u16, u16)> {
    key_frame(payload)?.size
}

fn key_frame(payload: &[u8]) -> Option<Descriptor> {
    Descriptor::parse(payload).filter(|descriptor| descriptor.starts_picture() && !descriptor.is_predicted)
}

fn picture_id(bytes: &mut impl Iterator<Item = u8>) -> Option<u16> {
    let first = bytes.next()?;
    if first & 0x80 == 0 {
        return Some(first.into());
    }
    Some(u16::from_be_bytes([first & 0x7f, bytes.next()?]))
}

/// At most three pictures that this one needs, each saying whether another follows.
fn skip_references(bytes: &mut impl Iterator<Item = u8>) -> Option<()> {
    for _ in 0..3 {
        if bytes.next()? & 1 == 0 {
            break;
        }
    }
    Some(())
}

/// Skips a scalability structure (RFC 9628 section 4.2.1); the size of its last layer, if it says any.
fn scalability_structure(bytes: &mut impl Iterator<Item = u8>) -> Option<Option<(u16, u16)>> {
    let first = bytes.next()?;
    let mut size = None;
    if first & 0x10 != 0 {
        for _ in 0..=first >> 5 {
            size = Some((word(bytes)?, word(bytes)?));
        }
    }
    let pictures = if first & 0x08 == 0 { 0 } else { bytes.next()? };
    for _ in 0..pictures {
        let references = bytes.next()? >> 2 & 3;
        for _ in 0..references {
            bytes.next()?;
        }
    }
    Some(size)
}

fn word(bytes: &mut impl Iterator<Item = u8>) -> Option<u16> {
    Some(u16::from_be_bytes([bytes.next()?, bytes.next()?]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Not flexible, with layers and a structure of one layer of 1280 × 720 and one picture per group.
    const KEY_FRAME: [u8; 14] =
        [0xaa, 0x80, 0x05, 0x00, 0x09, 0x18, 0x05, 0x00, 0x02, 0xd0, 0x01, 0x04, 0x01, 0x82];

    #[test]
    fn a_key_picture_is_known_by_its_first_packet_and_says_its_size() {
        let descriptor = Descriptor::parse(&KEY_FRAME).unwrap();
        assert_eq!((descriptor.picture_id, descriptor.length), (Some(5), 13));
        assert!(descriptor.starts_frame && !descriptor.ends_frame && !descriptor.is_predicted);
        assert!(is_key_frame(&KEY_FRAME) && starts_frame(&KEY_FRAME));
        assert_eq!(key_frame_size(&KEY_FRAME), Some((1280, 720)));
        for other in [KEY_FRAME[0] | 0x40, KEY_FRAME[0] & !0x08] {
            let payload = [&[other], &KEY_FRAME[1..]].concat();
            assert!(!is_key_frame(&payload) && key_frame_size(&payload).is_none(), "{other:x}");
        }
        // A higher spatial layer of the same picture is none that one can begin with.
        let upper = [&KEY_FRAME[..3], &[0x02], &KEY_FRAME[4..]].concat();
        assert!(!is_key_frame(&upper) && !starts_frame(&upper));
    }

    #[test]
    fn the_size_is_that_of_the_highest_layer() {
        let structure = [0x30, 0x01, 0x40, 0x00, 0xb4, 0x02, 0x80, 0x01, 0x68];
        let payload = [&[0x0a][..], &structure, &[0]].concat();
        assert_eq!(key_frame_size(&payload), Some((640, 360)));
    }

    #[test]
    fn references_of_the_flexible_mode_are_skipped() {
        let descriptor = Descriptor::parse(&[0xf4, 0x80, 0x05, 0x46, 0x03, 0x05, 0x02, 0x82]).unwrap();
        assert_eq!((descriptor.spatial_layer, descriptor.temporal_layer, descriptor.length), (3, 2, 7));
        assert!(descriptor.is_predicted && descriptor.ends_frame && !descriptor.starts_frame);
        let four_claimed = Descriptor::parse(&[0x50, 0x03, 0x03, 0x03, 0x03]).unwrap();
        assert_eq!(four_claimed.length, 4);
    }

    #[test]
    fn what_is_cut_short_says_nothing() {
        for length in 0..13 {
            assert_eq!(Descriptor::parse(&KEY_FRAME[..length]), None, "{length}");
        }
    }
}
