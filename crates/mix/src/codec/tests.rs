use std::time::Instant;

use super::*;
use crate::assembly::{Assembler, Packet};
use crate::picture::Picture;
use crate::{annex_b, packetize};

mod refused;

const SIZE: Size = Size::new(320, 180);
const SMALL: Size = Size::new(160, 90);
const FRAME: Duration = Duration::from_millis(40);

fn options(codec: VideoCodec, size: Size) -> EncoderOptions {
    EncoderOptions { codec, size, bitrate: 600_000, frame_rate: 25 }
}

/// Slopes of colours that move, and a box that moves across them.
fn pattern(size: Size, index: usize) -> Picture {
    let mut picture = Picture::filled(size, [0; 3]);
    let fill = |plane: &mut [u8], Size { width, height }: Size, [across, down, of_box]: [usize; 3]| {
        let (left, top) = (index * 2 % width, height / 3);
        for (row, samples) in plane.chunks_exact_mut(width).enumerate() {
            for (column, sample) in samples.iter_mut().enumerate() {
                let slope = (column + index) * across / width + row * down / height;
                let in_box =
                    (left..left + width / 5).contains(&column) && (top..top + height / 4).contains(&row);
                *sample = if in_box { of_box as u8 } else { (40 + slope % 160) as u8 };
            }
        }
    };
    let [y, u, v] = picture.planes_mut();
    fill(y, size, [150, 60, 220]);
    fill(u, size.chroma(), [70, 90, 60]);
    fill(v, size.chroma(), [120, 20, 200]);
    picture
}

/// Peak signal-to-noise ratio of all planes, in decibels.
fn psnr(a: PictureView<'_>, b: PictureView<'_>) -> f64 {
    assert_eq!(a.size, b.size);
    let sizes = [a.size, a.size.chroma(), a.size.chroma()];
    let (mut error, mut samples) = (0.0, 0.0);
    for ((a, b), size) in a.planes.iter().zip(&b.planes).zip(sizes) {
        for row in 0..size.height {
            let (a, b) = (a.row(row, size.width), b.row(row, size.width));
            assert_eq!((a.len(), b.len()), (size.width, size.width));
            error += a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>();
            samples += size.width as f64;
        }
    }
    10.0 * (255.0 * 255.0 * samples / error.max(1.0)).log10()
}

/// Frames of the first `count` pictures, each with whether it is a key frame.
fn encoded(encoder: &mut Encoder, size: Size, count: usize) -> Vec<(Vec<u8>, bool)> {
    (0..count)
        .map(|index| {
            let at = FRAME * index as u32;
            let frame = encoder.encode(pattern(size, index).view(), at, false).unwrap().unwrap();
            (frame.data.to_vec(), frame.is_key_frame)
        })
        .collect()
}

/// The same in VP9, which nobody encodes but tests.
fn encoded_vp9(size: Size, count: usize) -> Vec<Vec<u8>> {
    let mut encoder = vpx::Encoder::new(options(VideoCodec::Vp9, size)).unwrap();
    (0..count)
        .map(|index| {
            let picture = pattern(size, index);
            encoder.encode(picture.view(), FRAME * index as u32, false).unwrap().unwrap().data.to_vec()
        })
        .collect()
}

#[test]
fn what_was_decoded_last_is_there_until_something_else_is_decoded() {
    for codec in [VideoCodec::Vp8, VideoCodec::H264] {
        let frames = encoded(&mut Encoder::new(options(codec, SIZE)).unwrap(), SIZE, 2);
        let mut decoder = Decoder::new(codec).unwrap();
        assert!(decoder.picture().is_none());
        for (index, (frame, _)) in frames.iter().enumerate() {
            decoder.decode(frame).unwrap().unwrap();
            let there = decoder.picture().unwrap();
            assert!(psnr(there, pattern(SIZE, index).view()) > 30.0, "{codec:?} {index}");
        }
        assert!(decoder.decode(&[]).is_err() || decoder.decode(&[0; 4]).is_err());
        // What is no frame is looked at before the codec sees it: it has shown nothing else.
        assert!(decoder.picture().is_none_or(|picture| picture.size == SIZE));
    }
}

#[test]
fn pictures_come_back_through_packets_much_as_they_were() {
    for codec in [VideoCodec::Vp8, VideoCodec::H264] {
        let mut encoder = Encoder::new(options(codec, SIZE)).unwrap();
        let (mut assembler, mut decoder) = (Assembler::new(), Decoder::new(codec).unwrap());
        #[expect(clippy::disallowed_methods, reason = "there is no other way to an instant")]
        let now = Instant::now();
        let (mut sequence, mut shown) = (0, 0);
        for (index, (frame, is_key_frame)) in encoded(&mut encoder, SIZE, 50).into_iter().enumerate() {
            assert_eq!(is_key_frame, index == 0);
            let payloads = packetize(codec, &frame, index as u16);
            for (position, payload) in payloads.iter().enumerate() {
                let marker = position + 1 == payloads.len();
                assembler.push(Packet { sequence, timestamp: index as u32, marker, codec, payload }, now);
                sequence += 1;
            }
            let assembled = assembler.next_frame(now).unwrap();
            assert_eq!((assembled.is_key_frame, assembled.timestamp), (is_key_frame, index as u32));
            assert_eq!(assembled.data, frame);
            let picture = decoder.decode(assembled.data).unwrap().unwrap();
            let quality = psnr(picture, pattern(SIZE, index).view());
            assert!(quality > 30.0, "{codec:?} {index}: {quality}");
            shown += 1;
        }
        assert_eq!(shown, 50);
    }
}

#[test]
fn vp9_is_decoded() {
    let mut decoder = Decoder::new(VideoCodec::Vp9).unwrap();
    for (index, frame) in encoded_vp9(SIZE, 20).iter().enumerate() {
        let picture = decoder.decode(frame).unwrap().unwrap();
        let quality = psnr(picture, pattern(SIZE, index).view());
        assert!(quality > 30.0, "{index}: {quality}");
    }
}

#[test]
fn a_frame_of_vp9_may_say_its_length_itself() {
    let frame = encoded_vp9(SIZE, 1).remove(0);
    let index = claims::superframe_index(frame.len()).unwrap();
    let mut decoder = Decoder::new(VideoCodec::Vp9).unwrap();
    assert!(decoder.decode(&[&frame[..], &index].concat()).unwrap().is_some());
}

#[test]
fn sides_may_be_odd_and_pictures_small() {
    for size in [Size::new(321, 181), Size::new(17, 33), Size::new(2, 2), Size::new(1, 1)] {
        let mut encoder = Encoder::new(options(VideoCodec::Vp8, size)).unwrap();
        let mut decoder = Decoder::new(VideoCodec::Vp8).unwrap();
        for (frame, _) in encoded(&mut encoder, size, 3) {
            assert_eq!(decoder.decode(&frame).unwrap().unwrap().size, size);
        }
        let mut decoder = Decoder::new(VideoCodec::Vp9).unwrap();
        for frame in encoded_vp9(size, 3) {
            assert_eq!(decoder.decode(&frame).unwrap().unwrap().size, size);
        }
    }
    let odd = Encoder::new(options(VideoCodec::H264, Size::new(321, 180)));
    assert_eq!(odd.err(), Some(CodecError::Options));
}

#[test]
fn planes_may_have_gaps_between_rows() {
    for codec in [VideoCodec::Vp8, VideoCodec::H264] {
        let picture = pattern(SIZE, 0);
        let view = picture.view();
        let sizes = [SIZE, SIZE.chroma(), SIZE.chroma()];
        let padded: Vec<(Vec<u8>, usize)> = view
            .planes
            .iter()
            .zip(sizes)
            .map(|(plane, size)| {
                let rows = (0..size.height).map(|row| [plane.row(row, size.width), &[0; 24]].concat());
                let mut data = rows.collect::<Vec<_>>().concat();
                data.truncate(data.len() - 24);
                (data, size.width + 24)
            })
            .collect();
        let planes = [0, 1, 2].map(|index| Plane { data: &padded[index].0, stride: padded[index].1 });
        let mut encoder = Encoder::new(options(codec, SIZE)).unwrap();
        let frame =
            encoder.encode(PictureView { size: SIZE, planes }, Duration::ZERO, false).unwrap().unwrap();
        let mut decoder = Decoder::new(codec).unwrap();
        let decoded = decoder.decode(frame.data).unwrap().unwrap();
        assert!(psnr(decoded, view) > 30.0);
    }
}

#[test]
fn the_size_may_change_within_a_stream() {
    let sizes = [SIZE, Size::new(640, 360), Size::new(160, 90)];
    for codec in [VideoCodec::Vp8, VideoCodec::Vp9, VideoCodec::H264] {
        let mut decoder = Decoder::new(codec).unwrap();
        for size in sizes {
            let frames = match codec {
                VideoCodec::Vp9 => encoded_vp9(size, 3),
                _ => {
                    let mut encoder = Encoder::new(options(codec, size)).unwrap();
                    encoded(&mut encoder, size, 3).into_iter().map(|(frame, _)| frame).collect()
                }
            };
            for (index, frame) in frames.iter().enumerate() {
                let picture = decoder.decode(frame).unwrap().unwrap();
                assert!(psnr(picture, pattern(size, index).view()) > 30.0, "{codec:?} {size:?}");
            }
        }
    }
}

#[test]
fn a_key_frame_comes_when_it_is_asked_for_and_never_else() {
    for codec in [VideoCodec::Vp8, VideoCodec::H264] {
        let mut encoder = Encoder::new(options(codec, SIZE)).unwrap();
        for index in 0..200 {
            // Every fiftieth picture has nothing in common with the one before.
            let picture = pattern(SIZE, index + index / 50 * 37);
            let asked = index % 75 == 74;
            let frame = encoder.encode(picture.view(), FRAME * index as u32, asked).unwrap().unwrap();
            assert_eq!(frame.is_key_frame, index == 0 || asked, "{codec:?} {index}");
            if frame.is_key_frame {
                // Who comes now can begin with it.
                let mut decoder = Decoder::new(codec).unwrap();
                assert!(psnr(decoder.decode(frame.data).unwrap().unwrap(), picture.view()) > 30.0);
            }
        }
    }
}

#[test]
fn after_a_lost_frame_a_key_frame_sets_all_right() {
    for codec in [VideoCodec::Vp8, VideoCodec::H264] {
        let mut encoder = Encoder::new(options(codec, SIZE)).unwrap();
        let mut decoder = Decoder::new(codec).unwrap();
        for index in 0..20 {
            let picture = pattern(SIZE, index);
            let at = FRAME * index as u32;
            let frame = encoder.encode(picture.view(), at, index == 10).unwrap().unwrap();
            if index == 5 {
                continue;
            }
            // Between the lost one and the key frame anything but a crash is allowed.
            let decoded = decoder.decode(frame.data);
            if !(5..10).contains(&index) {
                assert!(psnr(decoded.unwrap().unwrap(), picture.view()) > 30.0, "{codec:?} {index}");
            }
        }
    }
}

#[test]
fn h264_is_of_the_constrained_baseline() {
    let mut encoder = Encoder::new(options(VideoCodec::H264, SIZE)).unwrap();
    let (frame, _) = encoded(&mut encoder, SIZE, 1).remove(0);
    let parameters = annex_b::units(&frame).find(|unit| unit[0] & 0x1f == 7).unwrap();
    // The profile, and the second of the constraints.
    assert_eq!((parameters[1], parameters[2] & 0x40), (66, 0x40));
}

/// Bits in a second, over `count` pictures that are hard to encode, at so many pictures in a second.
fn measured(encoder: &mut Encoder, from: usize, count: usize, frame_rate: u32) -> f64 {
    let mut bytes = 0;
    for index in from..from + count {
        let mut picture = pattern(SMALL, index * 3);
        for (position, sample) in picture.planes_mut()[0].iter_mut().enumerate() {
            // Noise that never repeats.
            let noise = (position as u32 ^ (index as u32) << 16).wrapping_mul(0x9e37_79b1) >> 28;
            *sample = sample.saturating_add(noise as u8);
        }
        let at = Duration::from_secs(1) / frame_rate * index as u32;
        let frame = encoder.encode(picture.view(), at, false).unwrap();
        assert!(frame.is_none_or(|frame| !frame.is_key_frame || index == 0), "{index}");
        bytes += frame.map_or(0, |frame| frame.data.len());
    }
    bytes as f64 * 8.0 * f64::from(frame_rate) / count as f64
}

#[test]
fn the_bitrate_is_kept_whatever_the_frame_rate_is() {
    for codec in [VideoCodec::Vp8, VideoCodec::H264] {
        for frame_rate in [12, 30] {
            let bitrate = 200_000;
            let mut encoder = Encoder::new(EncoderOptions { bitrate, ..options(codec, SMALL) }).unwrap();
            measured(&mut encoder, 0, 50, frame_rate);
            let found = measured(&mut encoder, 50, 100, frame_rate) / f64::from(bitrate);
            assert!((0.75..=1.25).contains(&found), "{codec:?} {frame_rate}: {found}");
        }
    }
}

#[test]
fn what_comes_at_the_same_moment_is_encoded_too() {
    for codec in [VideoCodec::Vp8, VideoCodec::H264] {
        let mut encoder = Encoder::new(options(codec, SIZE)).unwrap();
        for at in [5, 5, 5, 3] {
            assert!(encoder.encode(pattern(SIZE, 0).view(), FRAME * at, false).unwrap().is_some());
        }
    }
}

#[test]
fn codecs_may_be_used_by_another_thread() {
    fn is_send<T: Send>() {}
    is_send::<Decoder>();
    is_send::<Encoder>();
}
