//! What is recorded: frames of real codecs, in the order in which a mixer has them.

use std::time::Duration;

use opus::{Application, Channels, Encoder};
use visavis_mix::Size;
use visavis_mix::webm::{Finish, Media, Track, Writer};

pub(crate) const SIZE: Size = Size::new(64, 36);
/// The lookahead of libopus for sound that is not only for calls.
pub(crate) const PRE_SKIP: u16 = 312;

/// A frame for a track of a [`Writer`].
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) track: usize,
    pub(crate) at: Duration,
    pub(crate) is_key_frame: bool,
    pub(crate) data: Vec<u8>,
}

/// The frames of a file in IVF, which has a header of 32 bytes, and one of 12 before each frame.
fn ivf(mut file: &'static [u8]) -> Vec<&'static [u8]> {
    let mut frames = Vec::new();
    file = &file[32..];
    while let Some((length, rest)) = file.split_first_chunk::<4>() {
        let (frame, rest) = rest[8..].split_at(usize::try_from(u32::from_le_bytes(*length)).unwrap());
        frames.push(frame);
        file = rest;
    }
    frames
}

fn pictures(track: usize, seconds: u64, second: Vec<&'static [u8]>) -> Vec<Frame> {
    // A second of pictures, over and over; every 15th is a key frame.
    let count = usize::try_from(seconds).unwrap() * second.len();
    let frames = second.iter().cycle().take(count).enumerate();
    let frame = |(index, data): (usize, &&[u8])| {
        let at = Duration::from_nanos(index as u64 * 1_000_000_000 / 30);
        Frame { track, at, is_key_frame: index % 15 == 0, data: data.to_vec() }
    };
    frames.map(frame).collect()
}

pub(crate) fn vp8(track: usize, seconds: u64) -> Vec<Frame> {
    pictures(track, seconds, ivf(include_bytes!("../data/vp8.ivf")))
}

pub(crate) fn vp9(track: usize, seconds: u64) -> Vec<Frame> {
    pictures(track, seconds, ivf(include_bytes!("../data/vp9.ivf")))
}

/// Moving grey in H.264, as a byte stream, with a key frame each second.
pub(crate) fn h264(track: usize, seconds: u64) -> Vec<Frame> {
    use openh264::encoder::{Encoder, FrameType};
    use openh264::formats::YUVBuffer;
    let mut encoder = Encoder::new().unwrap();
    let frame = |index: u64| {
        let mut picture = vec![128; SIZE.area() * 3 / 2];
        picture[..SIZE.area()].iter_mut().zip(0..).for_each(|(sample, at): (_, u64)| {
            *sample = u8::try_from((at + index * 3) % 256).unwrap();
        });
        if index.is_multiple_of(30) {
            encoder.force_intra_frame();
        }
        let stream = encoder.encode(&YUVBuffer::from_vec(picture, SIZE.width, SIZE.height)).unwrap();
        let at = Duration::from_nanos(index * 1_000_000_000 / 30);
        let is_key_frame = matches!(stream.frame_type(), FrameType::IDR);
        Frame { track, at, is_key_frame, data: stream.to_vec() }
    };
    (0..seconds * 30).map(frame).collect()
}

/// A tone in frames of 20 ms.
pub(crate) fn opus(track: usize, seconds: u64) -> Vec<Frame> {
    let mut encoder = Encoder::new(48_000, Channels::Stereo, Application::Audio).unwrap();
    assert_eq!(encoder.get_lookahead().unwrap(), i32::from(PRE_SKIP));
    let frame = |index: u64| {
        let sample = |at: u64| (f64::from(u32::try_from(at).unwrap()) * 0.0576).sin() * 8000.0;
        let samples: Vec<f32> = (0..1920).map(|at| (sample(index * 960 + at / 2) / 32768.0) as f32).collect();
        let data = encoder.encode_vec_float(&samples, 1500).unwrap();
        Frame { track, at: Duration::from_millis(index * 20), is_key_frame: true, data }
    };
    (0..seconds * 50).map(frame).collect()
}

/// Pictures and sound in the order in which they are ready: pictures take 70 ms longer.
pub(crate) fn call(seconds: u64) -> Vec<Frame> {
    let mut frames = vp8(0, seconds);
    frames.extend(opus(1, seconds));
    frames.sort_by_key(|frame| frame.at + Duration::from_millis(if frame.track == 0 { 70 } else { 0 }));
    frames
}

/// The tracks of [`call`].
pub(crate) fn call_tracks() -> Vec<Track> {
    let track = |name: &str, media| Track { name: name.to_owned(), media };
    vec![track("Everyone", Media::Vp8(SIZE)), track("", Media::Opus { channels: 2, pre_skip: PRE_SKIP })]
}

/// The file before it is finished, and how to finish it.
pub(crate) fn record(tracks: &[Track], frames: &[Frame]) -> (Vec<u8>, Finish) {
    let (mut writer, mut file) = Writer::new(tracks).unwrap();
    for Frame { track, at, is_key_frame, data } in frames {
        file.extend(writer.write(*track, *at, *is_key_frame, data).unwrap());
    }
    (file, writer.finish())
}

/// Does what it takes to finish a file.
pub(crate) fn carry_out(file: &mut Vec<u8>, finish: &Finish) {
    file.truncate(usize::try_from(finish.length).unwrap());
    file.extend(&finish.tail);
    for patch in &finish.patches {
        let offset = usize::try_from(patch.offset).unwrap();
        file[offset..offset + patch.bytes.len()].copy_from_slice(&patch.bytes);
    }
}

/// A recording from its beginning to its end.
pub(crate) fn finished(tracks: &[Track], frames: &[Frame]) -> Vec<u8> {
    let (mut file, finish) = record(tracks, frames);
    carry_out(&mut file, &finish);
    file
}
