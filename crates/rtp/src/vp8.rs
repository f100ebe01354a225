//! Payloads of VP8 (RFC 7741).

/// The payload descriptor (RFC 7741 section 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// No other frame needs this one (N).
    pub is_discardable: bool,
    /// A partition begins here (S).
    pub starts_partition: bool,
    /// The number of the partition, 0 to 7 (PID).
    pub partition: u8,
    /// The number of the frame.
    pub picture_id: Option<PictureId>,
    /// The number of the frame of the lowest temporal layer (TL0PICIDX).
    pub tl0_pic_idx: Option<u8>,
    /// The temporal layer.
    pub temporal: Option<Temporal>,
    /// The number of the key frame that this one goes back to, 0 to 31 (KEYIDX).
    pub key_idx: Option<u8>,
    /// The length of the descriptor, in bytes.
    pub length: usize,
}

/// The number of a frame, in as many bits as it is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureId {
    /// 0 to 127.
    Short(u8),
    /// 0 to 32,767.
    Long(u16),
}

impl PictureId {
    /// The number.
    #[must_use]
    pub fn value(self) -> u16 {
        match self {
            Self::Short(value) => value.into(),
            Self::Long(value) => value,
        }
    }

    /// The highest number that can be written like this one: 127 or 32,767. After it comes 0.
    #[must_use]
    pub fn highest(self) -> u16 {
        match self {
            Self::Short(_) => 0x7f,
            Self::Long(_) => 0x7fff,
        }
    }
}

/// The temporal layer of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Temporal {
    /// Its number, 0 to 3 (TID).
    pub layer: u8,
    /// It needs no more than the lowest layer (Y).
    pub is_sync: bool,
}

impl Descriptor {
    /// Reads the descriptor at the beginning of an RTP payload; `None` if the payload is cut short.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let mut bytes = payload.iter().copied();
        let first = bytes.next()?;
        let present = if first & 0x80 == 0 { 0 } else { bytes.next()? };
        let picture_id = if present & 0x80 == 0 { None } else { Some(picture_id(&mut bytes)?) };
        let tl0_pic_idx = if present & 0x40 == 0 { None } else { Some(bytes.next()?) };
        let shared = if present & 0x30 == 0 { 0 } else { bytes.next()? };
        let temporal = Temporal { layer: shared >> 6, is_sync: shared & 0x20 != 0 };
        Some(Self {
            is_discardable: first & 0x20 != 0,
            starts_partition: first & 0x10 != 0,
            partition: first & 0x07,
            picture_id,
            tl0_pic_idx,
            temporal: (present & 0x20 != 0).then_some(temporal),
            key_idx: (present & 0x10 != 0).then_some(shared & 0x1f),
            length: payload.len() - bytes.len(),
        })
    }

    /// Whether it is that of the first packet of a frame.
    #[must_use]
    pub fn starts_frame(&self) -> bool {
        self.starts_partition && self.partition == 0
    }
}

/// Whether an RTP payload is the first of a frame.
#[must_use]
pub fn starts_frame(payload: &[u8]) -> bool {
    Descriptor::parse(payload).is_some_and(|descriptor| descriptor.starts_frame())
}

/// Whether an RTP payload is the first of a key frame.
#[must_use]
pub fn is_key_frame(payload: &[u8]) -> bool {
    key_frame(payload).is_some()
}

/// Width and height in pixels, if `payload` is the first of a key frame.
#[must_use]
pub fn key_frame_size(payload: &[u8]) -> Option<(u16, u16)> {
    // The start code of RFC 6386 section 9.1 comes before them.
    let &[0x9d, 0x01, 0x2a, a, b, c, d] = key_frame(payload)?.get(3..10)? else { return None };
    // The upper two bits ask the player to scale.
    let pixels = |low, high| u16::from_le_bytes([low, high]) & 0x3fff;
    Some((pixels(a, b), pixels(c, d)))
}

/// The key frame whose first payload this is.
fn key_frame(payload: &[u8]) -> Option<&[u8]> {
    let descriptor = Descriptor::parse(payload)?;
    let frame = payload.get(descriptor.length..)?;
    let is_key = frame.first()? & 1 == 0;
    (descriptor.starts_frame() && is_key).then_some(frame)
}

fn picture_id(bytes: &mut impl Iterator<Item = u8>) -> Option<PictureId> {
    let first = bytes.next()?;
    if first & 0x80 == 0 {
        return Some(PictureId::Short(first));
    }
    Some(PictureId::Long(u16::from_be_bytes([first & 0x7f, bytes.next()?])))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As browsers send it: 15 bits of picture id, temporal layers; a key frame of 640 × 360.
    const KEY_FRAME: [u8; 17] = [
        0x90, 0xe0, 0x9a, 0x3f, 0x07, 0x00, 0x10, 0x5e, 0x02, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01, 0x39,
    ];

    #[test]
    fn every_field_of_a_descriptor_is_read() {
        let descriptor = Descriptor::parse(&KEY_FRAME).unwrap();
        assert_eq!(descriptor.picture_id, Some(PictureId::Long(0x1a3f)));
        assert_eq!((descriptor.tl0_pic_idx, descriptor.key_idx, descriptor.length), (Some(7), None, 6));
        assert_eq!(descriptor.temporal, Some(Temporal { layer: 0, is_sync: false }));
        let all = Descriptor::parse(&[0xb3, 0xf0, 0x11, 0x22, 0xb5]).unwrap();
        assert!(all.is_discardable && all.starts_partition && !all.starts_frame());
        assert_eq!((all.partition, all.picture_id), (3, Some(PictureId::Short(0x11))));
        assert_eq!((all.tl0_pic_idx, all.key_idx), (Some(0x22), Some(0x15)));
        assert_eq!(all.temporal, Some(Temporal { layer: 2, is_sync: true }));
        let none = Descriptor::parse(&[0x00]).unwrap();
        assert_eq!((none.picture_id, none.tl0_pic_idx, none.temporal, none.length), (None, None, None, 1));
    }

    #[test]
    fn a_key_frame_is_known_by_its_first_packet_and_says_its_size() {
        assert!(is_key_frame(&KEY_FRAME) && starts_frame(&KEY_FRAME));
        assert_eq!(key_frame_size(&KEY_FRAME), Some((640, 360)));
        let scaled = [&KEY_FRAME[..13], &[0x42, 0x68, 0x81, 0x39]].concat();
        assert_eq!(key_frame_size(&scaled), Some((640, 360)));
        let continued = [&[0x80], &KEY_FRAME[1..]].concat();
        assert!(
            !is_key_frame(&continued) && !starts_frame(&continued) && key_frame_size(&continued).is_none()
        );
        let mut delta = KEY_FRAME;
        delta[6] |= 1;
        assert!(!is_key_frame(&delta) && starts_frame(&delta) && key_frame_size(&delta).is_none());
        let mut other_code = KEY_FRAME;
        other_code[9] = 0;
        assert_eq!(key_frame_size(&other_code), None);
    }

    #[test]
    fn what_is_cut_short_says_nothing() {
        for length in 0..6 {
            let cut = Descriptor::parse(&KEY_FRAME[..length]);
            assert!(cut.is_none() && !is_key_frame(&KEY_FRAME[..length]), "{length}");
        }
        assert!(!is_key_frame(&KEY_FRAME[..6]) && is_key_frame(&KEY_FRAME[..7]));
        assert!(key_frame_size(&KEY_FRAME[..15]).is_none() && key_frame_size(&KEY_FRAME[..16]).is_some());
    }
}
