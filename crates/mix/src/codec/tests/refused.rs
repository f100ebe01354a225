//! What is refused, and what garbage does.

use proptest::prelude::*;

use super::*;

/// Writes bits, the highest of a byte first.
#[derive(Default)]
struct Writer(Vec<bool>);

impl Writer {
    fn bits(&mut self, count: u32, value: u32) -> &mut Self {
        self.0.extend((0..count).rev().map(|bit| value >> bit & 1 != 0));
        self
    }

    fn exp_golomb(&mut self, value: u32) -> &mut Self {
        let length = (value + 1).ilog2();
        self.bits(length, 0).bits(length + 1, value + 1)
    }

    fn bytes(&self) -> Vec<u8> {
        let byte = |bits: &[bool]| bits.iter().enumerate().map(|(at, bit)| u8::from(*bit) << (7 - at)).sum();
        self.0.chunks(8).map(byte).collect()
    }
}

fn vp8_key_frame(width: u16, height: u16) -> Vec<u8> {
    let ([a, b], [c, d]) = (width.to_le_bytes(), height.to_le_bytes());
    [&[0x10, 0, 0, 0x9d, 0x01, 0x2a, a, b, c, d][..], &[0; 40]].concat()
}

/// A key frame, one that is only intra, or one that says its size beside references.
fn vp9_frames(width: u32, height: u32) -> [Vec<u8>; 3] {
    let start = |kind: u32| {
        let mut writer = Writer::default();
        writer.bits(2, 2).bits(2, 0).bits(1, 0).bits(3, kind);
        writer
    };
    let finish = |mut writer: Writer| {
        writer.bits(16, width - 1).bits(16, height - 1).bits(32, 0);
        writer.bytes()
    };
    let (mut key, mut intra, mut inter) = (start(0b010), start(0b100), start(0b110));
    key.bits(24, 0x49_8342).bits(4, 0);
    intra.bits(1, 1).bits(2, 0).bits(24, 0x49_8342).bits(8, 0);
    inter.bits(2, 0).bits(20, 0).bits(3, 0);
    [finish(key), finish(intra), finish(inter)]
}

/// Sequence parameters in the baseline or the high profile, in blocks of 16 × 16.
fn h264_parameters(width: u32, height: u32, is_high: bool, chroma: [u32; 3]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.bits(8, if is_high { 100 } else { 66 }).bits(16, 0x1f).exp_golomb(0);
    if is_high {
        chroma.iter().fold(&mut writer, |writer, value| writer.exp_golomb(*value));
        // One scaling list, which ends after its first number.
        writer.bits(1, 0).bits(1, 1).bits(1, 1).exp_golomb(16).bits(7, 0);
    }
    writer.exp_golomb(0).exp_golomb(1).bits(1, 0).exp_golomb(0).exp_golomb(0).exp_golomb(1).exp_golomb(3);
    writer.exp_golomb(1).bits(1, 0).exp_golomb(width - 1).exp_golomb(height - 1).bits(1, 1).bits(8, 0x80);
    let mut unit = vec![0x67];
    for byte in writer.bytes() {
        if unit.ends_with(&[0, 0]) && byte <= 3 {
            unit.push(3);
        }
        unit.push(byte);
    }
    let mut frame = Vec::new();
    annex_b::append(&mut frame, &unit);
    frame
}

/// Frames of every kind that claim this size, a multiple of 16.
fn claims_of(width: u32, height: u32) -> Vec<(VideoCodec, Vec<u8>)> {
    let vp8 = vp8_key_frame(width as u16, height as u16);
    let h264 = |is_high| h264_parameters(width / 16, height / 16, is_high, [1, 0, 0]);
    let mut all =
        vec![(VideoCodec::Vp8, vp8), (VideoCodec::H264, h264(false)), (VideoCodec::H264, h264(true))];
    for frame in vp9_frames(width, height) {
        let mut superframe = [&[0x80 | 0x08, 0][..], &frame].concat();
        let length = frame.len() as u8;
        superframe.extend_from_slice(&[0xc1, 2, length, 0xc1]);
        all.extend([(VideoCodec::Vp9, frame), (VideoCodec::Vp9, superframe)]);
    }
    all
}

#[test]
fn full_hd_is_looked_at_and_more_is_refused() {
    for (codec, frame) in [claims_of(1920, 1088), claims_of(1088, 1920), claims_of(4096, 16)].concat() {
        assert_eq!(claims::check(codec, &frame), Ok(()), "{codec:?} {frame:x?}");
    }
    for (width, height) in [(1920, 1104), (3840, 2160), (7680, 4320), (16_368, 16), (16, 8192)] {
        let size = Size::new(width, height);
        for (codec, frame) in claims_of(width as u32, height as u32) {
            let refused = Decoder::new(codec).unwrap().decode(&frame).err();
            assert_eq!(refused, Some(CodecError::TooLarge(size)), "{codec:?} {frame:x?}");
        }
    }
}

#[test]
fn a_stream_that_claims_too_much_goes_on() {
    for codec in [VideoCodec::Vp8, VideoCodec::Vp9, VideoCodec::H264] {
        let mut decoder = Decoder::new(codec).unwrap();
        let frames = match codec {
            VideoCodec::Vp9 => encoded_vp9(SIZE, 4),
            _ => {
                let mut encoder = Encoder::new(options(codec, SIZE)).unwrap();
                encoded(&mut encoder, SIZE, 4).into_iter().map(|(frame, _)| frame).collect()
            }
        };
        for (index, frame) in frames.iter().enumerate() {
            assert!(psnr(decoder.decode(frame).unwrap().unwrap(), pattern(SIZE, index).view()) > 30.0);
            for (of, huge) in claims_of(7680, 4320) {
                assert!(of != codec || decoder.decode(&huge).is_err());
            }
        }
    }
}

#[test]
fn other_samplings_than_420_with_8_bits_are_refused() {
    let mut decoder = Decoder::new(VideoCodec::H264).unwrap();
    for chroma in [[0, 0, 0], [2, 0, 0], [3, 0, 0], [1, 2, 0], [1, 0, 2]] {
        let refused = decoder.decode(&h264_parameters(20, 12, true, chroma)).err();
        assert_eq!(refused, Some(CodecError::Format), "{chroma:?}");
    }
    assert_eq!(decoder.decode(&[0, 0, 1, 0x6f, 1, 2]).err(), Some(CodecError::Format));
    let mut decoder = Decoder::new(VideoCodec::Vp9).unwrap();
    let [mut key, _, _] = vp9_frames(320, 180);
    for profile in [0x10, 0x20, 0x30] {
        key[0] = 0x82 | profile;
        assert_eq!(decoder.decode(&key).err(), Some(CodecError::Format), "{profile:x}");
    }
    // The colours of sRGB are not subsampled.
    let [mut srgb, _, _] = vp9_frames(320, 180);
    srgb[4] |= 0xe0;
    assert_eq!(decoder.decode(&srgb).err(), Some(CodecError::Format));
}

#[test]
fn what_has_no_header_is_no_frame() {
    let [key, intra, inter] = vp9_frames(320, 180);
    let [_, a, b, c, ..] = key[..] else { panic!("too short") };
    let cut = [
        &[][..],
        &[0x80],
        &key[..8],
        &intra[..8],
        &inter[..5],
        &[0x40, a, b, c],
        &[0xc0],
        &[0xc0, 1, 1, 0xc0],
    ];
    for frame in
        cut.into_iter().chain([&[0x88, 0xc1, 1, 1, 0xc1][..], &[0x88, 0xc0, 9, 0xc0], &[0xc1, 1, 0xc0]])
    {
        let refused = Decoder::new(VideoCodec::Vp9).unwrap().decode(frame).err();
        assert_eq!(refused, Some(CodecError::Malformed), "{frame:x?}");
    }
    let mut other_code = vp8_key_frame(320, 180);
    other_code[3] = 0;
    for frame in
        [&[][..], &[0x10], &[0x11, 0], &vp8_key_frame(320, 180)[..9], &vp8_key_frame(0, 180), &other_code]
    {
        let refused = Decoder::new(VideoCodec::Vp8).unwrap().decode(frame).err();
        assert_eq!(refused, Some(CodecError::Malformed), "{frame:x?}");
    }
    let parameters = h264_parameters(20, 12, false, [1, 0, 0]);
    for length in 5..12 {
        let refused = Decoder::new(VideoCodec::H264).unwrap().decode(&parameters[..length]).err();
        assert_eq!(refused, Some(CodecError::Malformed), "{length}");
    }
    // Nothing to decode is no picture.
    for frame in [&[][..], &[1, 2, 3]] {
        assert!(!matches!(Decoder::new(VideoCodec::H264).unwrap().decode(frame), Ok(Some(_))));
    }
}

#[test]
fn a_second_frame_behind_the_first_is_not_decoded() {
    let small = encoded_vp9(SIZE, 1).remove(0);
    let large = encoded_vp9(Size::new(640, 360), 1).remove(0);
    let mut decoder = Decoder::new(VideoCodec::Vp9).unwrap();
    let hidden = [&small[..], &[0, 0], &large].concat();
    // Whatever comes of it, it is not the second.
    if let Ok(Some(picture)) = decoder.decode(&hidden) {
        assert_eq!(picture.size, SIZE);
    }
}

#[test]
fn av1_has_no_codec_and_vp9_no_encoder() {
    assert_eq!(Decoder::new(VideoCodec::Av1).err(), Some(CodecError::Unsupported(VideoCodec::Av1)));
    for codec in [VideoCodec::Av1, VideoCodec::Vp9] {
        assert_eq!(Encoder::new(options(codec, SIZE)).err(), Some(CodecError::Unsupported(codec)));
    }
}

#[test]
fn encoders_take_no_other_pictures_and_no_other_options() {
    for codec in [VideoCodec::Vp8, VideoCodec::H264] {
        let fine = options(codec, SIZE);
        for refused in [
            EncoderOptions { size: Size::new(0, 180), ..fine },
            EncoderOptions { size: Size::new(3840, 2160), ..fine },
            EncoderOptions { bitrate: 0, ..fine },
            EncoderOptions { bitrate: u32::MAX, ..fine },
            EncoderOptions { frame_rate: 0, ..fine },
            EncoderOptions { frame_rate: 121, ..fine },
        ] {
            assert_eq!(Encoder::new(refused).err(), Some(CodecError::Options), "{refused:?}");
        }
        let mut encoder = Encoder::new(fine).unwrap();
        let other = pattern(Size::new(318, 180), 0);
        assert_eq!(encoder.encode(other.view(), FRAME, false), Err(CodecError::Picture));
        let picture = pattern(SIZE, 0);
        for index in 0..3 {
            let mut short = picture.view();
            short.planes[index].data = &short.planes[index].data[1..];
            assert_eq!(encoder.encode(short, FRAME, false), Err(CodecError::Picture));
            let mut narrow = picture.view();
            narrow.planes[index].stride -= 1;
            assert_eq!(encoder.encode(narrow, FRAME, false), Err(CodecError::Picture));
            let mut endless = picture.view();
            endless.planes[index].stride = usize::MAX;
            assert_eq!(encoder.encode(endless, FRAME, false), Err(CodecError::Picture));
        }
        for late in [Duration::MAX, MAX_TIME + FRAME] {
            assert_eq!(encoder.encode(picture.view(), late, false), Err(CodecError::Options));
        }
        assert!(encoder.encode(picture.view(), MAX_TIME, false).unwrap().is_some());
    }
}

#[test]
fn what_libvpx_refuses_it_says_itself() {
    // Sizes that do not get past the limits before it.
    for size in [Size::new(0, 0), Size::new(70_000, 16)] {
        for codec in [VideoCodec::Vp8, VideoCodec::Vp9] {
            let refused = vpx::Encoder::new(options(codec, size)).err();
            assert_eq!(
                refused,
                Some(CodecError::Codec("libvpx: Invalid parameter".into())),
                "{codec:?} {size:?}"
            );
        }
    }
    // A frame that needs one before it.
    let refused = Decoder::new(VideoCodec::Vp8).unwrap().decode(&[1, 2, 3, 4]).err();
    assert!(
        matches!(&refused, Some(CodecError::Codec(text)) if text.len() > "libvpx: ".len()),
        "{refused:?}"
    );
}

#[test]
fn a_key_frame_after_garbage_is_decoded() {
    for codec in [VideoCodec::Vp8, VideoCodec::H264] {
        let mut encoder = Encoder::new(options(codec, SIZE)).unwrap();
        let good = encoded(&mut encoder, SIZE, 1).remove(0).0;
        let mut decoder = Decoder::new(codec).unwrap();
        for at in [12, 40, good.len() / 2] {
            let mut bad = good.clone();
            bad[at..].fill(0xa5);
            // A picture or an error.
            drop(decoder.decode(&bad));
            drop(decoder.decode(&good[..at]));
        }
        let decoded = decoder.decode(&good).unwrap().unwrap();
        assert!(psnr(decoded, pattern(SIZE, 0).view()) > 30.0, "{codec:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Frames that begin well, with anything in them, in a stream.
    #[test]
    fn garbage_is_a_picture_or_an_error(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..20),
        cut in any::<proptest::sample::Index>(),
        size in prop_oneof![Just(Size::new(64, 48)), Just(Size::new(33, 17))],
    ) {
        for codec in [VideoCodec::Vp8, VideoCodec::Vp9, VideoCodec::H264] {
            let size = if codec == VideoCodec::H264 { Size::new(64, 48) } else { size };
            let frames = match codec {
                VideoCodec::Vp9 => encoded_vp9(size, 3),
                _ => {
                    let mut encoder = Encoder::new(options(codec, size)).unwrap();
                    encoded(&mut encoder, size, 3).into_iter().map(|(frame, _)| frame).collect()
                }
            };
            let mut decoder = Decoder::new(codec).unwrap();
            for frame in frames {
                let mut changed = frame.clone();
                for (at, value) in &changes {
                    *at.get_mut(&mut changed[..]) = *value;
                }
                for bytes in [&changed[..], &frame, &changed[..cut.index(changed.len())]] {
                    if let Ok(Some(picture)) = decoder.decode(bytes) {
                        prop_assert!(picture.size.area() <= MAX_PIXELS);
                        prop_assert!(is_whole(&picture));
                    }
                }
            }
        }
    }
}
