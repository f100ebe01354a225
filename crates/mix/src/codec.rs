//! Codecs of pictures behind one interface: frames become pictures, pictures become frames.
//!
//! VP8 and VP9 are libvpx's, H.264 is OpenH264's. Each codec works in the thread that calls it.

mod claims;
mod h264;
#[cfg(test)]
mod tests;
mod vpx;

use std::time::Duration;

use visavis_rtp::VideoCodec;

pub use self::claims::MAX_PIXELS;
use crate::picture::{PictureView, Plane, Size};

/// Why a frame does not become a picture, or a picture a frame. The codec can be used on.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CodecError {
    /// There is no decoder, or no encoder, for it.
    #[error("{0:?} is not supported")]
    Unsupported(VideoCodec),
    /// The frame is cut short, or not what it should be.
    #[error("not a frame")]
    Malformed,
    /// The frame claims to be of this size: more than [`MAX_PIXELS`], or very long.
    #[error("{} × {} pixels are too many", .0.width, .0.height)]
    TooLarge(Size),
    /// The colours are not sampled as 4:2:0 with 8 bits, or it is a scalable stream of H.264.
    #[error("not 4:2:0 with 8 bits")]
    Format,
    /// The picture to be encoded is not of the encoder's size, or its planes are too short for it.
    #[error("not a picture of the encoder's size")]
    Picture,
    /// No encoder can be made with these options, or set to them.
    #[error("options that no encoder can have")]
    Options,
    /// What the codec itself says.
    #[error("{0}")]
    Codec(String),
}

/// Makes pictures of the frames of one stream.
pub struct Decoder(AnyDecoder);

enum AnyDecoder {
    Vp8(vpx::Decoder),
    Vp9 {
        decoder: vpx::Decoder,
        /// The frame with its index.
        indexed: Vec<u8>,
    },
    H264(h264::Decoder),
}

impl Decoder {
    /// A decoder of VP8, VP9 (profile 0) or H.264 (up to the high profile, without interlacing).
    ///
    /// # Errors
    ///
    /// [`CodecError::Unsupported`] for AV1, [`CodecError::Codec`] where the codec cannot be set up.
    pub fn new(codec: VideoCodec) -> Result<Self, CodecError> {
        Ok(Self(match codec {
            VideoCodec::Vp8 => AnyDecoder::Vp8(vpx::Decoder::new(codec)?),
            VideoCodec::Vp9 => AnyDecoder::Vp9 { decoder: vpx::Decoder::new(codec)?, indexed: Vec::new() },
            VideoCodec::H264 => AnyDecoder::H264(h264::Decoder::new()?),
            VideoCodec::Av1 => return Err(CodecError::Unsupported(codec)),
        }))
    }

    /// Decodes the next frame of the stream; `None` if it shows no picture. The size may change with any frame. Of H.264 a
    /// frame is an access unit in the format of annex B.
    ///
    /// # Errors
    ///
    /// Whatever [`CodecError`] says of frames. What a frame claims to be is looked at before the codec sees it. After an error
    /// the pictures may be wrong up to the next key frame.
    pub fn decode(&mut self, frame: &[u8]) -> Result<Option<PictureView<'_>>, CodecError> {
        match &mut self.0 {
            AnyDecoder::Vp8(decoder) => {
                claims::check(VideoCodec::Vp8, frame)?;
                decoder.decode(frame)
            }
            AnyDecoder::Vp9 { decoder, indexed } => {
                claims::check(VideoCodec::Vp9, frame)?;
                if claims::is_superframe(frame) {
                    return decoder.decode(frame);
                }
                // Without it a second frame, which was not looked at, might be hidden behind the end of the first.
                indexed.clear();
                indexed.extend_from_slice(frame);
                indexed.extend_from_slice(&claims::superframe_index(frame.len())?);
                decoder.decode(indexed)
            }
            AnyDecoder::H264(decoder) => {
                claims::check(VideoCodec::H264, frame)?;
                decoder.decode(frame)
            }
        }
    }

    /// As much time as for how many single frames a frame may take, by what it says of itself.
    pub(crate) fn cost(codec: VideoCodec, frame: &[u8]) -> usize {
        claims::cost(codec, frame)
    }

    /// What the last frame shows, in the memory of the decoder; `None` if it shows nothing, or nothing was decoded yet.
    #[must_use]
    pub fn picture(&self) -> Option<PictureView<'_>> {
        match &self.0 {
            AnyDecoder::Vp8(decoder) | AnyDecoder::Vp9 { decoder, .. } => decoder.picture(),
            AnyDecoder::H264(decoder) => decoder.picture(),
        }
    }
}

/// What an encoder is to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncoderOptions {
    /// VP8 or H.264.
    pub codec: VideoCodec,
    /// Of every picture; even sides for H.264.
    pub size: Size,
    /// Bits in a second.
    pub bitrate: u32,
    /// Pictures in a second, about: the rate is kept by when the pictures are of.
    pub frame_rate: u32,
}

/// A frame that an [`Encoder`] has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoded<'a> {
    /// The frame; of H.264 in the format of annex B.
    pub data: &'a [u8],
    /// It needs no frame before it.
    pub is_key_frame: bool,
}

/// Makes frames of the pictures of one stream: at a constant bitrate, without delay, with a key frame when one is asked for
/// and never else.
///
/// No picture is left out to keep the bitrate: what is composed comes at a rate that was chosen, and where bits are scarce a
/// coarse picture in time is better than none.
pub struct Encoder {
    size: Size,
    encoder: AnyEncoder,
}

enum AnyEncoder {
    Vpx(Box<vpx::Encoder>),
    H264(Box<h264::Encoder>),
}

impl Encoder {
    /// An encoder of VP8, or of H.264 in its constrained baseline profile.
    ///
    /// # Errors
    ///
    /// [`CodecError::Unsupported`] for other codecs, [`CodecError::Options`] for a size of more than [`MAX_PIXELS`], or of
    /// none, and for rates that are far from what is useful, [`CodecError::Codec`] where the codec cannot be set up.
    pub fn new(options: EncoderOptions) -> Result<Self, CodecError> {
        let EncoderOptions { codec, size, bitrate, frame_rate } = options;
        let is_possible = claims::check_size(size).is_ok() && is_bitrate(bitrate);
        if !is_possible || !(1..=MAX_FRAME_RATE).contains(&frame_rate) {
            return Err(CodecError::Options);
        }
        let encoder = match codec {
            VideoCodec::Vp8 => AnyEncoder::Vpx(Box::new(vpx::Encoder::new(options)?)),
            VideoCodec::H264 => AnyEncoder::H264(Box::new(h264::Encoder::new(options)?)),
            VideoCodec::Vp9 | VideoCodec::Av1 => return Err(CodecError::Unsupported(codec)),
        };
        Ok(Self { size, encoder })
    }

    /// Encodes the picture of a moment, later than the one before: a time since any beginning. The first frame is a key frame,
    /// asked for or not. `None` if the codec makes no frame of it.
    ///
    /// # Errors
    ///
    /// [`CodecError::Picture`] if the picture is not of the encoder's size, [`CodecError::Options`] if it is of a time that no
    /// call lasts to, and what the codec says.
    pub fn encode(
        &mut self,
        picture: PictureView<'_>,
        at: Duration,
        key_frame: bool,
    ) -> Result<Option<Encoded<'_>>, CodecError> {
        if picture.size != self.size || !is_whole(&picture) {
            return Err(CodecError::Picture);
        }
        if at > MAX_TIME {
            return Err(CodecError::Options);
        }
        match &mut self.encoder {
            AnyEncoder::Vpx(encoder) => encoder.encode(picture, at, key_frame),
            AnyEncoder::H264(encoder) => encoder.encode(picture, at, key_frame),
        }
    }
}

/// Codecs count in small units, and trust that this has no end.
const MAX_TIME: Duration = Duration::from_secs(u32::MAX as u64);
/// More is not drawn by any browser.
const MAX_FRAME_RATE: u32 = 120;
/// With less no codec fills a second.
const MIN_BITRATE: u32 = 10_000;
/// More is no use for [`MAX_PIXELS`].
const MAX_BITRATE: u32 = 100_000_000;

fn is_bitrate(bitrate: u32) -> bool {
    (MIN_BITRATE..=MAX_BITRATE).contains(&bitrate)
}

/// Whether the planes have all the samples that the size promises; the codecs believe it.
fn is_whole(picture: &PictureView<'_>) -> bool {
    let chroma = picture.size.chroma();
    let has = |plane: &Plane<'_>, size: Size| {
        let before_last = size.height.saturating_sub(1).checked_mul(plane.stride);
        let needed = before_last.and_then(|length| length.checked_add(size.width));
        plane.stride >= size.width && needed.is_some_and(|needed| plane.data.len() >= needed)
    };
    let [y, u, v] = &picture.planes;
    has(y, picture.size) && has(u, chroma) && has(v, chroma)
}
