//! Media packets, and what shares their port, as strangers send them: told apart, cut out of a stream, and asked what they are.

use visavis_rtp::framing::{self, Framer};
use visavis_rtp::vp8::{Descriptor, PictureId};
use visavis_rtp::{VideoCodec, classify, red, vp9};

/// The longest frame that the framer is to take, in bytes.
const LONGEST: usize = 1024;
const CODECS: [VideoCodec; 4] = [VideoCodec::Vp8, VideoCodec::Vp9, VideoCodec::Av1, VideoCodec::H264];

/// Panics if the bytes find a fault.
pub(crate) fn run(data: &[u8]) {
    classified(data);
    framed(data);
    pictures(data);
    described(data);
    if let Some((kind, primary)) = red::primary(data) {
        assert!(kind < 128 && primary.len() < data.len() && data.ends_with(primary));
    }
}

/// Only STUN names a fragment, and the fragment stands in it before a colon.
fn classified(data: &[u8]) {
    let kind = classify::datagram(data);
    if let Some(ufrag) = classify::ice_ufrag(data) {
        assert_eq!(kind, classify::Kind::Stun);
        let before_colon = format!("{ufrag}:");
        assert!(data.windows(before_colon.len()).any(|part| part == before_colon.as_bytes()));
        assert!((1..=256).contains(&ufrag.len()));
    }
}

/// However a stream is split, the same frames come out, and written again they are the same.
fn framed(data: &[u8]) {
    let whole = cut(data, LONGEST);
    let mut written = Vec::new();
    for frame in &whole.0 {
        written.extend(framing::header(frame.len()).unwrap());
        written.extend(frame);
    }
    assert_eq!(cut(&written, LONGEST), (whole.0.clone(), false));
    for step in [1, 7, 64] {
        assert_eq!(cut(data, step), whole, "in steps of {step}");
    }
}

/// The frames, and whether the stream cannot go on.
fn cut(mut bytes: &[u8], step: usize) -> (Vec<Vec<u8>>, bool) {
    let mut framer = Framer::new(LONGEST);
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let space = framer.space();
        let length = step.min(bytes.len()).min(space.len());
        space[..length].copy_from_slice(&bytes[..length]);
        framer.filled(length);
        bytes = &bytes[length..];
        loop {
            match framer.next_frame() {
                Ok(Some(frame)) => frames.push(frame.to_vec()),
                Ok(None) => break,
                Err(_) => return (frames, true),
            }
        }
        assert!(framer.capacity() <= framing::HEADER + LONGEST);
    }
    assert!(frames.iter().all(|frame| (1..=LONGEST).contains(&frame.len())));
    (frames, false)
}

/// A key frame begins with a frame, and only it has a size.
fn pictures(data: &[u8]) {
    for codec in CODECS {
        let is_key = codec.is_key_frame(data);
        assert!(!is_key || codec.starts_frame(data), "{codec:?}");
        assert!(is_key || codec.key_frame_size(data).is_none(), "{codec:?}");
    }
}

/// A descriptor ends within its payload, reads back as it is written, and needs all its bytes.
fn described(data: &[u8]) {
    if let Some(descriptor) = Descriptor::parse(data) {
        assert!((1..=data.len()).contains(&descriptor.length));
        let again = written(&descriptor);
        // What is not used may say that it is there and say nothing.
        assert!(again.len() <= descriptor.length);
        assert_eq!(Descriptor::parse(&again), Some(Descriptor { length: again.len(), ..descriptor }));
        assert_eq!(Descriptor::parse(&data[..descriptor.length - 1]), None);
    }
    if let Some(descriptor) = vp9::Descriptor::parse(data) {
        assert!((1..=data.len()).contains(&descriptor.length));
        assert_eq!(vp9::Descriptor::parse(&data[..descriptor.length]), Some(descriptor));
        assert_eq!(vp9::Descriptor::parse(&data[..descriptor.length - 1]), None);
    }
}

/// A descriptor of VP8 as RFC 7741 section 4.2 has it written.
pub(crate) fn written(descriptor: &Descriptor) -> Vec<u8> {
    let flag = |bit: u8, is_set: bool| if is_set { bit } else { 0 };
    let mut present = flag(0x80, descriptor.picture_id.is_some());
    present |= flag(0x40, descriptor.tl0_pic_idx.is_some());
    present |= flag(0x20, descriptor.temporal.is_some()) | flag(0x10, descriptor.key_idx.is_some());
    let first = flag(0x80, present != 0) | flag(0x20, descriptor.is_discardable) | descriptor.partition;
    let mut bytes = vec![first | flag(0x10, descriptor.starts_partition)];
    if present != 0 {
        bytes.push(present);
    }
    match descriptor.picture_id {
        Some(PictureId::Short(value)) => bytes.push(value),
        Some(PictureId::Long(value)) => bytes.extend((0x8000 | value).to_be_bytes()),
        None => {}
    }
    bytes.extend(descriptor.tl0_pic_idx);
    if present & 0x30 != 0 {
        let temporal = descriptor.temporal.map_or(0, |it| it.layer << 6 | flag(0x20, it.is_sync));
        bytes.push(temporal | descriptor.key_idx.unwrap_or(0));
    }
    bytes
}
