//! Files of recordings that were finished.

use std::time::Duration;

use visavis_mix::webm::{Media, Track};

use crate::media::{self, Frame, PRE_SKIP, SIZE};
use crate::player::Saved;
use crate::walk;

const CLUSTER: u32 = 0x1f43_b675;

#[test]
fn a_call_plays_from_its_beginning_to_its_end() {
    let file = Saved::new("call.webm", &media::finished(&media::call_tracks(), &media::call(10)));
    assert_eq!(file.play(), "");
    let (pictures, sound) = (file.packets("v").0, file.packets("a").0);
    assert_eq!((pictures.len(), sound.len()), (300, 500));
    assert_eq!(pictures[0], 0.0);
    // What the encoder looks ahead is not heard, and everything that is heard comes when it was recorded.
    assert!((sound[0] + f64::from(PRE_SKIP) / 48_000.0).abs() < 0.001, "{}", sound[0]);
    let description = file.describe("stream=codec_name,width,height,channels:stream_tags:format=format_name");
    let expected = [
        "codec_name=vp8",
        "width=64",
        "height=36",
        "TAG:title=Everyone",
        "codec_name=opus",
        "channels=2",
        "format_name=matroska,webm",
    ];
    assert_eq!(description, expected);
    // The last picture lasts as long as the one before, and 30 of them are a second only after rounding.
    assert_eq!(file.describe("format=duration"), ["duration=10.001000"]);
}

#[test]
fn a_seek_ends_at_the_key_frame_before() {
    let file = Saved::new("seek.webm", &media::finished(&media::call_tracks(), &media::call(60)));
    for (to, found) in [("0", 0.0), ("7.2", 7.0), ("31.9", 31.0), ("59.3", 59.0)] {
        assert_eq!(file.first_after_seek(to), found, "to {to}");
    }
}

#[test]
fn every_codec_is_played() {
    let tracks = [
        Media::Vp8(SIZE),
        Media::Opus { channels: 2, pre_skip: PRE_SKIP },
        Media::Vp9(SIZE),
        Media::H264 { size: SIZE, parameter_sets: media::h264(3, 1).remove(0).data },
    ];
    let tracks = tracks.map(|media| Track { name: String::new(), media });
    let mut frames = media::call(3);
    frames.extend(media::vp9(2, 3));
    frames.extend(media::h264(3, 3));
    frames.sort_by_key(|frame| frame.at);
    let file = media::finished(&tracks, &frames);
    let saved = Saved::new("codecs.mkv", &file);
    assert_eq!(saved.play(), "");
    let counts: Vec<_> = (0..4).map(|track| saved.packets(&track.to_string()).0.len()).collect();
    assert_eq!(counts, [90, 150, 90, 90]);
    let names = ["codec_name=vp8", "codec_name=opus", "codec_name=vp9", "codec_name=h264"];
    assert_eq!(saved.describe("stream=codec_name"), names);
    // The codecs of a file decide what it is.
    let is = |file: &[u8], doc_type: &[u8]| walk::elements(file, 0)[0].child(0x4282).content == doc_type;
    assert!(is(&file, b"matroska"));
    frames.retain(|frame| frame.track < 3);
    assert!(is(&media::finished(&tracks[..3], &frames), b"webm"));
}

#[test]
fn it_is_a_whole_of_elements() {
    let frames = media::call(10);
    let file = media::finished(&media::call_tracks(), &frames);
    let [_, segment] = walk::elements(&file, 0)[..] else { panic!("a header and a segment") };
    assert_eq!(segment.id, 0x1853_8067);
    assert!(segment.has_size);
    let parts = segment.children();
    let clusters: Vec<_> = parts.iter().filter(|part| part.id == CLUSTER).collect();
    let cues: Vec<_> = parts.last().unwrap().children();

    // Everything is found where the file says that it is.
    for seek in segment.child(0x114d_9b74).children() {
        let (id, position) = (seek.child(0x53ab).uint(), seek.child(0x53ac).uint());
        let found = parts.iter().find(|part| u64::from(part.id) == id).unwrap();
        assert_eq!((found.start - segment.content_start) as u64, position);
    }
    // A cluster for each key frame, which is the first picture in it, and a cue for each second one.
    assert_eq!((clusters.len(), cues.len()), (20, 10));
    for (cue, second) in cues.iter().zip(0..) {
        let place = cue.child(0xb7);
        assert_eq!((cue.child(0xb3).uint(), place.child(0xf7).uint()), (second * 1000, 1));
        let position = segment.content_start as u64 + place.child(0xf1).uint();
        let cluster = clusters.iter().find(|cluster| cluster.start as u64 == position).unwrap();
        let blocks = walk::blocks(cluster);
        let picture = blocks.iter().find(|block| block.track == 1).unwrap();
        assert!(picture.is_key_frame && picture.at == second * 1000);
        assert!(blocks.iter().all(|block| block.at >= picture.at));
    }
    check_blocks(&clusters.iter().flat_map(|cluster| walk::blocks(cluster)).collect::<Vec<_>>(), frames);
}

/// All frames are there, in the order of time.
fn check_blocks(blocks: &[walk::Block<'_>], mut frames: Vec<Frame>) {
    frames.sort_by_key(|frame| (frame.at, frame.track == 0));
    assert_eq!(blocks.len(), frames.len());
    for (block, frame) in blocks.iter().zip(&frames) {
        let exact = Duration::from_millis(block.at).abs_diff(frame.at);
        assert!(exact <= Duration::from_micros(500), "{exact:?}");
        assert_eq!(usize::from(block.track), frame.track + 1);
        assert_eq!((block.is_key_frame, block.data), (frame.is_key_frame, &frame.data[..]));
    }
}
