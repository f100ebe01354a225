//! What a file begins with: everything before the first cluster.

use super::ebml::{self, id};
use super::{MAX_NAME, MAX_TRACKS, Media, Track, h264};
use crate::Size;

/// Why there is no recording of such tracks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// None, or more than [`MAX_TRACKS`].
    #[error("{0} tracks: a recording has from 1 to {MAX_TRACKS}")]
    Tracks(usize),
    /// Longer than [`MAX_NAME`].
    #[error("the name of a track has {0} bytes: it has up to {MAX_NAME}")]
    Name(usize),
    /// Without pixels, or larger than any codec allows.
    #[error("a picture has from 1x1 to 65535x65535 pixels, not {}x{}", .0.width, .0.height)]
    Size(Size),
    /// Neither mono nor stereo.
    #[error("sound has one or two channels, not {0}")]
    Channels(u8),
    /// Of H.264.
    #[error("a sequence or a picture parameter set is missing, or too long")]
    ParameterSets,
}

/// Names the program in every file.
const APP: &[u8] = b"visavis";
/// Milliseconds, in nanoseconds.
const TIMESTAMP_SCALE: u64 = 1_000_000;
/// What decoders of Opus need to converge after a seek: 80 ms, in nanoseconds (RFC 7845, section 4.6).
const SEEK_PRE_ROLL: u64 = 80_000_000;
const OPUS_RATE: u32 = 48_000;

/// Bytes from the beginning of the segment's content to the Info: the SeekHead, and an element without meaning up to there.
pub(super) const INFO_POSITION: u64 = 68;
/// Bytes from the beginning of the Info to its first element, which is the duration, or as much without meaning.
pub(super) const DURATION_IN_INFO: u64 = 5;
pub(super) const DURATION_BYTES: usize = 11;
/// The tracks of any header are no longer.
pub(super) const MAX_TRACKS_BYTES: usize = MAX_TRACKS * 1024;

/// Where things are that are replaced when the file is finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// The content of the segment, in the file.
    pub(super) segment: u64,
    /// The tracks, in the segment.
    pub(super) tracks: u64,
}

/// The header of a recording that has no end yet.
pub(super) fn header(tracks: &[Track]) -> Result<(Layout, Vec<u8>), HeaderError> {
    if tracks.is_empty() || tracks.len() > MAX_TRACKS {
        return Err(HeaderError::Tracks(tracks.len()));
    }
    let mut entries = Vec::new();
    for (track, number) in tracks.iter().zip(1..) {
        put_entry(&mut entries, track, number)?;
    }

    let is_webm = !tracks.iter().any(|track| matches!(track.media, Media::H264 { .. }));
    let mut out = Vec::new();
    ebml::put_master(&mut out, id::EBML, |out| {
        ebml::put_uint(out, id::EBML_VERSION, 1);
        ebml::put_uint(out, id::EBML_READ_VERSION, 1);
        ebml::put_uint(out, id::EBML_MAX_ID_LENGTH, 4);
        ebml::put_uint(out, id::EBML_MAX_SIZE_LENGTH, 8);
        ebml::put(out, id::DOC_TYPE, if is_webm { b"webm" } else { b"matroska" });
        ebml::put_uint(out, id::DOC_TYPE_VERSION, 4);
        ebml::put_uint(out, id::DOC_TYPE_READ_VERSION, 2);
    });
    ebml::put_id(&mut out, id::SEGMENT);
    out.extend(ebml::UNKNOWN_SIZE);
    let segment = out.len() as u64;

    let mut info = Vec::new();
    ebml::put_master(&mut info, id::INFO, |out| {
        ebml::put_void(out, DURATION_BYTES);
        ebml::put_uint(out, id::TIMESTAMP_SCALE, TIMESTAMP_SCALE);
        ebml::put(out, id::MUXING_APP, APP);
        ebml::put(out, id::WRITING_APP, APP);
    });
    let layout = Layout { segment, tracks: INFO_POSITION + info.len() as u64 };
    out.extend(seek_head(layout, None));
    out.extend(info);
    ebml::put(&mut out, id::TRACKS, &entries);
    Ok((layout, out))
}

/// Where to find what, in the segment. It is as long with cues as without.
pub(super) fn seek_head(layout: Layout, cues: Option<u64>) -> Vec<u8> {
    let places = [(id::INFO, Some(INFO_POSITION)), (id::TRACKS, Some(layout.tracks)), (id::CUES, cues)];
    let mut out = Vec::new();
    ebml::put_master(&mut out, id::SEEK_HEAD, |out| {
        for (element, position) in places {
            let Some(position) = position else { continue };
            ebml::put_master(out, id::SEEK, |out| {
                ebml::put(out, id::SEEK_ID, &element.to_be_bytes());
                ebml::put(out, id::SEEK_POSITION, &position.to_be_bytes());
            });
        }
    });
    let rest = (INFO_POSITION as usize).saturating_sub(out.len());
    if rest > 0 {
        ebml::put_void(&mut out, rest);
    }
    out
}

fn put_entry(out: &mut Vec<u8>, track: &Track, number: u64) -> Result<(), HeaderError> {
    if track.name.len() > MAX_NAME {
        return Err(HeaderError::Name(track.name.len()));
    }
    let mut media = Vec::new();
    put_media(&mut media, &track.media)?;
    ebml::put_master(out, id::TRACK_ENTRY, |out| {
        ebml::put_uint(out, id::TRACK_NUMBER, number);
        ebml::put_uint(out, id::TRACK_UID, number);
        ebml::put_uint(out, id::TRACK_TYPE, if track.media.is_video() { 1 } else { 2 });
        ebml::put_uint(out, id::FLAG_LACING, 0);
        if !track.name.is_empty() {
            ebml::put(out, id::NAME, track.name.as_bytes());
        }
        ebml::put(out, id::LANGUAGE, b"und");
        out.extend(media);
    });
    Ok(())
}

fn put_media(out: &mut Vec<u8>, media: &Media) -> Result<(), HeaderError> {
    match media {
        Media::Vp8(size) => {
            ebml::put(out, id::CODEC_ID, b"V_VP8");
            put_video(out, *size)
        }
        Media::Vp9(size) => {
            ebml::put(out, id::CODEC_ID, b"V_VP9");
            put_video(out, *size)
        }
        Media::H264 { size, parameter_sets } => {
            let configuration = h264::configuration(parameter_sets).ok_or(HeaderError::ParameterSets)?;
            ebml::put(out, id::CODEC_ID, b"V_MPEG4/ISO/AVC");
            ebml::put(out, id::CODEC_PRIVATE, &configuration);
            put_video(out, *size)
        }
        Media::Opus { channels, pre_skip } => put_opus(out, *channels, *pre_skip),
    }
}

fn put_video(out: &mut Vec<u8>, size: Size) -> Result<(), HeaderError> {
    let allowed = 1..=usize::from(u16::MAX);
    if !allowed.contains(&size.width) || !allowed.contains(&size.height) {
        return Err(HeaderError::Size(size));
    }
    ebml::put_master(out, id::VIDEO, |out| {
        ebml::put_uint(out, id::PIXEL_WIDTH, size.width as u64);
        ebml::put_uint(out, id::PIXEL_HEIGHT, size.height as u64);
    });
    Ok(())
}

fn put_opus(out: &mut Vec<u8>, channels: u8, pre_skip: u16) -> Result<(), HeaderError> {
    if !(1..=2).contains(&channels) {
        return Err(HeaderError::Channels(channels));
    }
    ebml::put(out, id::CODEC_ID, b"A_OPUS");
    // The header of Ogg (RFC 7845, section 5.1): version, channels, pre-skip, rate, no gain, mono or stereo.
    let mut head = b"OpusHead\x01".to_vec();
    head.push(channels);
    head.extend(pre_skip.to_le_bytes());
    head.extend(OPUS_RATE.to_le_bytes());
    head.extend([0, 0, 0]);
    ebml::put(out, id::CODEC_PRIVATE, &head);
    let delay = u64::from(pre_skip) * 1_000_000_000 / u64::from(OPUS_RATE);
    ebml::put_uint(out, id::CODEC_DELAY, delay);
    ebml::put_uint(out, id::SEEK_PRE_ROLL, SEEK_PRE_ROLL);
    ebml::put_master(out, id::AUDIO, |out| {
        ebml::put_float(out, id::SAMPLING_FREQUENCY, f64::from(OPUS_RATE));
        ebml::put_uint(out, id::CHANNELS, u64::from(channels));
    });
    Ok(())
}
