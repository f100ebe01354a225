//! What is recorded in tests, and what ffmpeg says of it then.

#![allow(dead_code, reason = "each test file uses its own part of this")]

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use visavis_mix::Size;
use visavis_mix::webm::{Media, Track};

/// A second of pictures, in IVF, of which every 15th is a key frame.
const PICTURES: &[u8] = include_bytes!("../../../mix/tests/data/vp8.ivf");
/// 20 ms of silence, in Opus.
const SILENCE: &[u8] = &[0xfc, 0xff, 0xfe];

pub(crate) struct Frame {
    pub(crate) track: usize,
    pub(crate) at: Duration,
    pub(crate) is_key_frame: bool,
    pub(crate) data: &'static [u8],
}

pub(crate) fn tracks() -> Vec<Track> {
    let track = |name: &str, media| Track { name: name.to_owned(), media };
    let pictures = Media::Vp8(Size { width: 64, height: 36 });
    vec![track("Everyone", pictures), track("", Media::Opus { channels: 2, pre_skip: 312 })]
}

/// So many seconds, in the order in which they are seen and heard.
pub(crate) fn film(seconds: u64) -> Vec<Frame> {
    let pictures: Vec<_> =
        pictures().into_iter().cycle().take(usize::try_from(seconds).unwrap() * 30).collect();
    let picture = |(index, data): (u64, &&'static [u8])| Frame {
        track: 0,
        at: Duration::from_nanos(index * 1_000_000_000 / 30),
        is_key_frame: index.is_multiple_of(15),
        data,
    };
    let sound =
        |index| Frame { track: 1, at: Duration::from_millis(index * 20), is_key_frame: true, data: SILENCE };
    let mut frames: Vec<_> = (0..).zip(&pictures).map(picture).chain((0..seconds * 50).map(sound)).collect();
    frames.sort_by_key(|frame| frame.at);
    frames
}

/// IVF has a header of 32 bytes, and one of 12 before each frame.
fn pictures() -> Vec<&'static [u8]> {
    let mut frames = Vec::new();
    let mut file = &PICTURES[32..];
    while let Some((length, rest)) = file.split_first_chunk::<4>() {
        let (frame, rest) = rest[8..].split_at(usize::try_from(u32::from_le_bytes(*length)).unwrap());
        frames.push(frame);
        file = rest;
    }
    frames
}

/// Decodes all of a file, which has to be without fault, and tells how many seconds it says it lasts.
pub(crate) fn play(file: &Path) -> f64 {
    assert_eq!(run("ffmpeg", &["-v", "error", "-xerror", "-i"], file, &["-map", "0", "-f", "null", "-"]), "");
    let described = ["-v", "error", "-of", "csv=p=0", "-show_entries", "format=duration"];
    run("ffprobe", &described, file, &[]).trim().parse().expect("the file says how long it is")
}

/// What a program says, well or not.
fn run(name: &str, before: &[&str], file: &Path, after: &[&str]) -> String {
    let output = Command::new(name).args(before).arg(file).args(after).output();
    let output =
        output.unwrap_or_else(|error| panic!("{name}: {error}. Install it: apt-get install -y ffmpeg"));
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}
