//! What every codec's payloads can be asked.

use crate::{av1, h264, vp8, vp9};

/// A codec of pictures whose RTP payloads can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum VideoCodec {
    /// VP8 (RFC 7741).
    Vp8,
    /// VP9 (RFC 9628).
    Vp9,
    /// AV1 (RTP Payload Format For AV1, version 1.0).
    Av1,
    /// H.264 (RFC 6184).
    H264,
}

impl VideoCodec {
    /// Whether an RTP payload is the first of a key frame: who has nothing before it can decode from there on.
    #[must_use]
    pub fn is_key_frame(self, payload: &[u8]) -> bool {
        match self {
            Self::Vp8 => vp8::is_key_frame(payload),
            Self::Vp9 => vp9::is_key_frame(payload),
            Self::Av1 => av1::is_key_frame(payload),
            Self::H264 => h264::is_key_frame(payload),
        }
    }

    /// Whether a frame begins with this RTP payload. AV1 and H.264 do not always say: then it is whether one can begin there.
    #[must_use]
    pub fn starts_frame(self, payload: &[u8]) -> bool {
        match self {
            Self::Vp8 => vp8::starts_frame(payload),
            Self::Vp9 => vp9::starts_frame(payload),
            Self::Av1 => av1::starts_frame(payload),
            Self::H264 => h264::starts_frame(payload),
        }
    }

    /// Width and height in pixels, if the payload is the first of a key frame and says so. Not read from AV1 and H.264, which
    /// have it deep in their sequence headers.
    #[must_use]
    pub fn key_frame_size(self, payload: &[u8]) -> Option<(u16, u16)> {
        match self {
            Self::Vp8 => vp8::key_frame_size(payload),
            Self::Vp9 => vp9::key_frame_size(payload),
            Self::Av1 | Self::H264 => None,
        }
    }
}
