//! H.264 with OpenH264.

#![expect(unsafe_code, reason = "the library has no safe way to set what it logs")]

use std::ffi::c_int;
use std::ptr::from_mut;
use std::time::Duration;

use openh264::decoder::{self, DecoderConfig, Flush};
use openh264::encoder::{
    self, BitRate, Complexity, EncoderConfig, FrameRate, FrameType, Profile, RateControlMode,
};
use openh264::formats::YUVSource;
use openh264::{OpenH264API, Timestamp};

use super::{CodecError, Encoded, EncoderOptions};
use crate::picture::{PictureView, Plane, Size};

impl From<openh264::Error> for CodecError {
    fn from(error: openh264::Error) -> Self {
        Self::Codec(format!("OpenH264: {}, {error}", error.native_code()))
    }
}

/// A decoder of access units.
pub(super) struct Decoder {
    decoder: decoder::Decoder,
    /// The last picture, and its size. The library lends its own for too short a time.
    planes: [Vec<u8>; 3],
    size: Option<Size>,
}

impl Decoder {
    pub(super) fn new() -> Result<Self, CodecError> {
        // Every picture at once: what real-time encoders send is in the order in which it is shown.
        let config = DecoderConfig::new().flush_after_decode(Flush::Flush);
        let decoder = decoder::Decoder::with_api_config(OpenH264API::from_source(), config)?;
        Ok(Self { decoder, planes: Default::default(), size: None })
    }

    pub(super) fn decode(&mut self, frame: &[u8]) -> Result<Option<PictureView<'_>>, CodecError> {
        let Some(picture) = self.decoder.decode(frame)? else { return Ok(None) };
        let (width, height) = picture.dimensions();
        let size = Size::new(width, height);
        let strides = picture.strides();
        copy(&mut self.planes[0], Plane { data: picture.y(), stride: strides.0 }, size);
        copy(&mut self.planes[1], Plane { data: picture.u(), stride: strides.1 }, size.chroma());
        copy(&mut self.planes[2], Plane { data: picture.v(), stride: strides.2 }, size.chroma());
        self.size = Some(size);
        Ok(self.picture())
    }

    /// The last picture.
    pub(super) fn picture(&self) -> Option<PictureView<'_>> {
        let size = self.size?;
        let [y, u, v] = &self.planes;
        let chroma = size.chroma().width;
        let plane = |data, stride| Plane { data, stride };
        Some(PictureView { size, planes: [plane(y, size.width), plane(u, chroma), plane(v, chroma)] })
    }
}

fn copy(to: &mut Vec<u8>, from: Plane<'_>, size: Size) {
    to.clear();
    for row in 0..size.height {
        to.extend_from_slice(from.row(row, size.width));
    }
}

/// An encoder of the constrained baseline profile.
pub(super) struct Encoder {
    encoder: encoder::Encoder,
    has_begun: bool,
    frame: Vec<u8>,
}

impl Encoder {
    pub(super) fn new(options: EncoderOptions) -> Result<Self, CodecError> {
        let Size { width, height } = options.size;
        // The library halves sides to have those of the colours.
        if width % 2 != 0 || height % 2 != 0 || width < 16 || height < 16 {
            return Err(CodecError::Options);
        }
        let encoder = encoder(options)?;
        Ok(Self { encoder, has_begun: false, frame: Vec::new() })
    }

    pub(super) fn encode(
        &mut self,
        picture: PictureView<'_>,
        at: Duration,
        key_frame: bool,
    ) -> Result<Option<Encoded<'_>>, CodecError> {
        if key_frame && self.has_begun {
            self.encoder.force_intra_frame();
        }
        let at = Timestamp::from_millis(u64::try_from(at.as_millis()).unwrap_or_default());
        let encoded = self.encoder.encode_at(&Source(picture), at)?;
        self.has_begun = true;
        let is_key_frame = match encoded.frame_type() {
            FrameType::IDR => true,
            FrameType::I | FrameType::P | FrameType::IPMixed => false,
            FrameType::Skip | FrameType::Invalid => return Ok(None),
        };
        self.frame.clear();
        encoded.write_vec(&mut self.frame);
        Ok(Some(Encoded { data: &self.frame, is_key_frame }))
    }
}

fn check(status: c_int) -> Result<(), CodecError> {
    if status == 0 { Ok(()) } else { Err(CodecError::Codec(format!("OpenH264: {status}"))) }
}

/// `ENCODER_OPTION_TRACE_LEVEL`.
const OPTION_TRACE_LEVEL: c_int = 25;
/// `WELS_LOG_QUIET`.
const QUIET: c_int = 0;

fn encoder(options: EncoderOptions) -> Result<encoder::Encoder, CodecError> {
    let config = EncoderConfig::new()
        .profile(Profile::Baseline)
        .bitrate(BitRate::from_bps(options.bitrate))
        .max_frame_rate(FrameRate::from_hz(options.frame_rate as f32))
        // By when pictures are of, not by how many there should be.
        .rate_control_mode(RateControlMode::Timestamp)
        .skip_frames(false)
        .complexity(Complexity::Low)
        // A composed picture changes as a whole when somebody comes, which is no reason for a key frame.
        .scene_change_detect(false)
        .num_threads(1);
    let mut encoder = encoder::Encoder::with_api_config(OpenH264API::from_source(), config)?;
    // Before its first frame the encoder would write to the standard error that it skips none.
    let mut level = QUIET;
    // SAFETY: the option takes a pointer to `int`, which is read before the call returns.
    check(unsafe { encoder.raw_api().set_option(OPTION_TRACE_LEVEL, from_mut(&mut level).cast()) })?;
    Ok(encoder)
}

struct Source<'a>(PictureView<'a>);

impl YUVSource for Source<'_> {
    fn dimensions(&self) -> (usize, usize) {
        (self.0.size.width, self.0.size.height)
    }

    fn strides(&self) -> (usize, usize, usize) {
        let [y, u, v] = &self.0.planes;
        (y.stride, u.stride, v.stride)
    }

    fn y(&self) -> &[u8] {
        self.0.planes[0].data
    }

    fn u(&self) -> &[u8] {
        self.0.planes[1].data
    }

    fn v(&self) -> &[u8] {
        self.0.planes[2].data
    }
}
