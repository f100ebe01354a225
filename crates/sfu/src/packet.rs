//! A media packet between one endpoint and others.

use std::sync::Arc;
use std::time::Instant;

use visavis_rtp::VideoCodec;

use crate::endpoint::{Mid, Rid, VideoOrientation};

/// How a payload is to be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Format {
    /// Opus (RFC 7587).
    Opus,
    /// Opus with earlier packets repeated (RFC 2198).
    Red,
    /// A picture; of H.264 with what a decoder has to know of (RFC 6184: profile and constraints).
    Video(VideoCodec, u16),
}

impl Format {
    /// The codec's name in SDP.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Opus => "opus",
            Self::Red => "red",
            Self::Video(VideoCodec::Vp8, _) => "VP8",
            Self::Video(VideoCodec::Vp9, _) => "VP9",
            Self::Video(VideoCodec::Av1, _) => "AV1",
            Self::Video(VideoCodec::H264, _) => "H264",
        }
    }

    pub(crate) fn video(self) -> Option<VideoCodec> {
        match self {
            Self::Video(codec, _) => Some(codec),
            Self::Opus | Self::Red => None,
        }
    }

    /// Ticks of its time stamps in a second.
    pub(crate) fn clock_rate(self) -> u32 {
        if self.video().is_some() { 90_000 } else { 48_000 }
    }
}

/// A packet that an endpoint has received, decrypted and in order of its numbers.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    pub(crate) ssrc: u32,
    pub(crate) mid: Mid,
    pub(crate) rid: Option<Rid>,
    pub(crate) format: Format,
    /// Extended beyond 16 bits.
    pub(crate) sequence: u64,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
    pub(crate) arrival: Instant,
    /// When it was captured, on a clock that all sources of its sender share; known from its second sender report on.
    pub(crate) captured: Option<Instant>,
    /// How far below the loudest (RFC 6464), in decibel.
    pub(crate) level: Option<u8>,
    pub(crate) voice: Option<bool>,
    /// How the picture is turned, as its extension says.
    pub(crate) orientation: Option<VideoOrientation>,
    pub(crate) payload: Arc<[u8]>,
}
