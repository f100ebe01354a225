//! Frames as RTP payloads: VP8 (RFC 7741) and H.264 (RFC 6184).

use visavis_rtp::VideoCodec;

use crate::annex_b;

/// The longest payload, in bytes: with all headers below it, it fits wherever anything does.
pub const MAX_PAYLOAD: usize = 1100;

const SEQUENCE_PARAMETERS: u8 = 7;
const PICTURE_PARAMETERS: u8 = 8;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;
/// Of a NAL unit's header: whether and how much others need it (F and NRI).
const IMPORTANCE: u8 = 0xe0;

/// The payloads of a frame, each of at most [`MAX_PAYLOAD`] bytes; the last one is to have the marker. `picture_id` is the number
/// of the frame, of which 15 bits go into payloads of VP8; H.264 has none. Other codecs have no payloads here.
#[must_use]
pub fn packetize(codec: VideoCodec, frame: &[u8], picture_id: u16) -> Vec<Vec<u8>> {
    match codec {
        VideoCodec::Vp8 => vp8(frame, picture_id),
        VideoCodec::H264 => h264(frame),
        VideoCodec::Vp9 | VideoCodec::Av1 => Vec::new(),
    }
}

fn vp8(frame: &[u8], picture_id: u16) -> Vec<Vec<u8>> {
    /// X and I: there is a picture id. S is for the first.
    const EXTENDED: u8 = 0x80;
    const STARTS: u8 = 0x10;
    const HAS_PICTURE_ID: u8 = 0x80;
    let [high, low] = (picture_id | 0x8000).to_be_bytes();
    let descriptor =
        |is_first| [if is_first { EXTENDED | STARTS } else { EXTENDED }, HAS_PICTURE_ID, high, low];
    let parts = parts(frame, MAX_PAYLOAD - 4).enumerate();
    parts.map(|(index, part)| [&descriptor(index == 0), part].concat()).collect()
}

fn h264(frame: &[u8]) -> Vec<Vec<u8>> {
    let mut payloads = Vec::new();
    let mut parameters = vec![STAP_A];
    for unit in annex_b::units(frame) {
        let Some(&header) = unit.first() else { continue };
        let is_parameters = matches!(header & 0x1f, SEQUENCE_PARAMETERS | PICTURE_PARAMETERS);
        if is_parameters && parameters.len() + 2 + unit.len() <= MAX_PAYLOAD {
            // Browsers send those of a key frame together.
            let importance =
                parameters.first().map_or(0, |first| first & IMPORTANCE).max(header & IMPORTANCE);
            // Its length is below that of a payload.
            parameters.extend_from_slice(&(unit.len() as u16).to_be_bytes());
            parameters.extend_from_slice(unit);
            if let Some(first) = parameters.first_mut() {
                *first = importance | STAP_A;
            }
            continue;
        }
        if parameters.len() > 1 {
            payloads.push(std::mem::replace(&mut parameters, vec![STAP_A]));
        }
        unit_alone_or_in_fragments(unit, &mut payloads);
    }
    if parameters.len() > 1 {
        payloads.push(parameters);
    }
    payloads
}

fn unit_alone_or_in_fragments(unit: &[u8], payloads: &mut Vec<Vec<u8>>) {
    let [header, body @ ..] = unit else { return };
    if unit.len() <= MAX_PAYLOAD {
        return payloads.push(unit.to_vec());
    }
    const START: u8 = 0x80;
    const END: u8 = 0x40;
    let mut parts = parts(body, MAX_PAYLOAD - 2).peekable();
    let mut position = START;
    while let Some(part) = parts.next() {
        let end = if parts.peek().is_none() { END } else { 0 };
        payloads.push([&[header & IMPORTANCE | FU_A, position | end | header & 0x1f], part].concat());
        position = 0;
    }
}

/// As few parts as it takes, of about the same length: a short last one would cost as much as a long one.
fn parts(bytes: &[u8], longest: usize) -> impl Iterator<Item = &[u8]> {
    let count = bytes.len().div_ceil(longest).max(1);
    bytes.chunks(bytes.len().div_ceil(count).max(1))
}

#[cfg(test)]
mod tests {
    use visavis_rtp::vp8::{Descriptor, PictureId};

    use super::*;

    fn bytes(length: usize) -> Vec<u8> {
        (0..length).map(|index| (index % 251) as u8).collect()
    }

    #[test]
    fn a_frame_of_vp8_has_one_picture_id_and_one_start() {
        for length in [1, 1096, 1097, 5000] {
            let frame = bytes(length);
            let payloads = packetize(VideoCodec::Vp8, &frame, 0x8123);
            assert_eq!(payloads.len(), length.div_ceil(1096));
            let mut joined = Vec::new();
            for (index, payload) in payloads.iter().enumerate() {
                assert!(payload.len() <= MAX_PAYLOAD);
                let descriptor = Descriptor::parse(payload).unwrap();
                assert_eq!(descriptor.picture_id, Some(PictureId::Long(0x123)));
                assert_eq!((descriptor.starts_frame(), descriptor.length), (index == 0, 4));
                joined.extend_from_slice(&payload[descriptor.length..]);
            }
            assert_eq!(joined, frame);
        }
    }

    #[test]
    fn parameters_of_h264_travel_together_and_long_units_in_fragments() {
        let mut frame = Vec::new();
        let slice =
            [&[0x65, 0x88][..], &bytes(2500).iter().map(|byte| byte | 1).collect::<Vec<_>>()].concat();
        for unit in [&[0x67, 0x42, 0xc0, 0x1f][..], &[0x28, 0xce], &slice, &[0x41, 0x9a]] {
            annex_b::append(&mut frame, unit);
        }
        let payloads = packetize(VideoCodec::H264, &frame, 0);
        assert_eq!(payloads[0], [0x78, 0, 4, 0x67, 0x42, 0xc0, 0x1f, 0, 2, 0x28, 0xce]);
        assert!(VideoCodec::H264.is_key_frame(&payloads[0]) && VideoCodec::H264.is_key_frame(&payloads[1]));
        let headers: Vec<_> = payloads[1..4].iter().map(|payload| (payload[0], payload[1])).collect();
        assert_eq!(headers, [(0x7c, 0x85), (0x7c, 0x05), (0x7c, 0x45)]);
        assert_eq!(
            payloads[1..4].iter().flat_map(|payload| &payload[2..]).copied().collect::<Vec<_>>(),
            slice[1..]
        );
        assert_eq!(payloads[4..], [vec![0x41, 0x9a]]);
        assert!(payloads.iter().all(|payload| payload.len() <= MAX_PAYLOAD));
    }

    #[test]
    fn parameters_too_long_for_one_payload_go_alone() {
        let long = [&[0x67][..], &[1; 1090]].concat();
        let mut frame = Vec::new();
        for unit in [&long[..], &[0x68; 20], &[0x68]] {
            annex_b::append(&mut frame, unit);
        }
        let payloads = packetize(VideoCodec::H264, &frame, 0);
        assert!(payloads.iter().all(|payload| payload.len() <= MAX_PAYLOAD));
        assert_eq!(payloads.len(), 3);
    }

    #[test]
    fn what_is_no_frame_has_no_payload() {
        assert!(packetize(VideoCodec::Vp8, &[], 1).is_empty());
        assert!(packetize(VideoCodec::H264, &[1, 2, 3], 1).is_empty());
        assert!(packetize(VideoCodec::Av1, &[1, 2, 3], 1).is_empty());
    }
}
