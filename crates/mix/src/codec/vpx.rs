//! VP8 and VP9 with libvpx.
//!
//! What is declared here is defined in `native/vpx.c`, and mirrors it.

#![expect(unsafe_code, reason = "libvpx is a library of C")]

use std::ffi::{CStr, c_char, c_int, c_uint, c_ulong};
use std::ptr::{NonNull, null_mut};
use std::time::Duration;

use visavis_rtp::VideoCodec;

use super::{CodecError, Encoded, EncoderOptions};
use crate::picture::{PictureView, Plane, Size};

/// Ticks in a second, as RTP counts pictures.
const CLOCK_RATE: u32 = 90_000;

/// How much the encoder leaves out to be fast, of 16. Nine people in a grid of 1280 × 720 at 1.5 Mbit/s take 6.1 ms a frame with
/// -6, 5.8 with -8 and 5.1 with -10, in 640 × 360 at 600 kbit/s 1.9, 1.7 and 1.4; -6 and -8 look alike (41.0 and 38.3 dB), and -10
/// costs 0.3 and 0.7 dB.
const SPEED: c_int = -8;

#[repr(C)]
struct RawDecoder {
    _opaque: [u8; 0],
}

#[repr(C)]
struct RawEncoder {
    _opaque: [u8; 0],
}

#[repr(C)]
struct RawPicture {
    planes: [*const u8; 3],
    strides: [c_int; 3],
    width: c_uint,
    height: c_uint,
    is_i420: bool,
}

#[repr(C)]
struct RawOptions {
    is_vp9: bool,
    width: c_uint,
    height: c_uint,
    kilobits: c_uint,
    clock_rate: c_int,
    speed: c_int,
    max_intra_percent: c_uint,
}

#[repr(C)]
struct RawPacket {
    data: *const u8,
    length: usize,
    is_key_frame: bool,
}

// SAFETY: each is what `native/vpx.c` defines by that name.
unsafe extern "C" {
    safe fn visavis_vpx_text(status: c_int) -> *const c_char;

    fn visavis_vpx_decoder_new(is_vp9: bool, made: *mut *mut RawDecoder) -> c_int;
    fn visavis_vpx_decoder_free(decoder: *mut RawDecoder);
    fn visavis_vpx_decode(decoder: *mut RawDecoder, frame: *const u8, length: c_uint) -> c_int;
    fn visavis_vpx_decoded(decoder: *mut RawDecoder) -> *const RawPicture;

    fn visavis_vpx_encoder_new(options: *const RawOptions, made: *mut *mut RawEncoder) -> c_int;
    fn visavis_vpx_encoder_free(encoder: *mut RawEncoder);
    fn visavis_vpx_encode(
        encoder: *mut RawEncoder,
        planes: *const [*const u8; 3],
        strides: *const [c_int; 3],
        time: i64,
        duration: c_ulong,
        is_key_frame: bool,
    ) -> c_int;
    fn visavis_vpx_encoded(encoder: *mut RawEncoder) -> *const RawPacket;
}

fn check(status: c_int) -> Result<(), CodecError> {
    if status == 0 {
        return Ok(());
    }
    // SAFETY: for every status there is a string that lives as long as the program.
    let text = unsafe { CStr::from_ptr(visavis_vpx_text(status)) };
    Err(CodecError::Codec(format!("libvpx: {}", text.to_string_lossy())))
}

/// What a function has made that returned `status`.
fn made<T>(status: c_int, handle: *mut T) -> Result<NonNull<T>, CodecError> {
    check(status)?;
    NonNull::new(handle).ok_or_else(|| CodecError::Codec("libvpx: nothing was made".into()))
}

/// A decoder of frames whose headers have been looked at.
pub(super) struct Decoder {
    handle: NonNull<RawDecoder>,
    /// What the last frame shows, in the memory of the decoder.
    last: Option<NonNull<RawPicture>>,
}

// SAFETY: a decoder belongs to no thread; it must only not be used by two at once, which takes `&mut` here.
unsafe impl Send for Decoder {}

impl Decoder {
    pub(super) fn new(codec: VideoCodec) -> Result<Self, CodecError> {
        let is_vp9 = match codec {
            VideoCodec::Vp8 => false,
            VideoCodec::Vp9 => true,
            VideoCodec::Av1 | VideoCodec::H264 => return Err(CodecError::Unsupported(codec)),
        };
        let mut handle = null_mut();
        // SAFETY: there is room for what is written, the handle.
        let status = unsafe { visavis_vpx_decoder_new(is_vp9, &raw mut handle) };
        Ok(Self { handle: made(status, handle)?, last: None })
    }

    pub(super) fn decode(&mut self, frame: &[u8]) -> Result<Option<PictureView<'_>>, CodecError> {
        let length = c_uint::try_from(frame.len()).map_err(|_| CodecError::Malformed)?;
        self.last = None;
        // SAFETY: the decoder is there until it is dropped; the frame is as long as that, and read before the call returns.
        check(unsafe { visavis_vpx_decode(self.handle.as_ptr(), frame.as_ptr(), length) })?;
        // SAFETY: the decoder is there.
        self.last = NonNull::new(unsafe { visavis_vpx_decoded(self.handle.as_ptr()) }.cast_mut());
        self.last_view().transpose()
    }

    /// What the last frame shows, if that can be shown.
    pub(super) fn picture(&self) -> Option<PictureView<'_>> {
        self.last_view()?.ok()
    }

    fn last_view(&self) -> Option<Result<PictureView<'_>, CodecError>> {
        // SAFETY: a picture stays until its decoder is called again, which takes `&mut self` and forgets it before, or is dropped.
        self.last.map(|last| view(unsafe { last.as_ref() }))
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: it is there, and not used any more.
        unsafe { visavis_vpx_decoder_free(self.handle.as_ptr()) };
    }
}

/// A picture of libvpx's, if it is one that can be shown.
fn view(picture: &RawPicture) -> Result<PictureView<'_>, CodecError> {
    if !picture.is_i420 {
        return Err(CodecError::Format);
    }
    let size = Size::new(picture.width as usize, picture.height as usize);
    let plane = |data: *const u8, stride: c_int, size: Size| {
        let stride = usize::try_from(stride).ok().filter(|stride| *stride >= size.width)?;
        let length = size.height.checked_sub(1)? * stride + size.width;
        // SAFETY: a picture has, from where each plane begins, so many rows of its size, each `stride` bytes after the one
        // before, and they stay as long as itself.
        (!data.is_null()).then(|| Plane { data: unsafe { std::slice::from_raw_parts(data, length) }, stride })
    };
    let ([y, u, v], [y_stride, u_stride, v_stride]) = (picture.planes, picture.strides);
    let (chroma, missing) = (size.chroma(), || CodecError::Format);
    let planes = [
        plane(y, y_stride, size).ok_or_else(missing)?,
        plane(u, u_stride, chroma).ok_or_else(missing)?,
        plane(v, v_stride, chroma).ok_or_else(missing)?,
    ];
    Ok(PictureView { size, planes })
}

/// An encoder for pictures in real time.
pub(super) struct Encoder {
    handle: NonNull<RawEncoder>,
    /// Of a picture, about, in ticks.
    duration: c_ulong,
    /// When the last picture was, in ticks.
    last: Option<i64>,
    frame: Vec<u8>,
}

// SAFETY: an encoder belongs to no thread; it must only not be used by two at once, which takes `&mut` here.
unsafe impl Send for Encoder {}

impl Encoder {
    pub(super) fn new(options: EncoderOptions) -> Result<Self, CodecError> {
        let raw = raw(options)?;
        let mut handle = null_mut();
        // SAFETY: the options are read before the call returns, and there is room for what is written, the handle.
        let status = unsafe { visavis_vpx_encoder_new(&raw const raw, &raw mut handle) };
        let duration = (CLOCK_RATE / options.frame_rate.max(1)).into();
        Ok(Self { handle: made(status, handle)?, duration, last: None, frame: Vec::new() })
    }

    /// Encodes a picture of the encoder's size with all its samples.
    pub(super) fn encode(
        &mut self,
        picture: PictureView<'_>,
        at: Duration,
        key_frame: bool,
    ) -> Result<Option<Encoded<'_>>, CodecError> {
        let planes = picture.planes.map(|plane| plane.data.as_ptr());
        let stride = |plane: Plane<'_>| c_int::try_from(plane.stride).map_err(|_| CodecError::Picture);
        let [y, u, v] = picture.planes;
        let strides = [stride(y)?, stride(u)?, stride(v)?];
        // Time that stands still is an error to the codec.
        let now = self.last.map_or(ticks(at), |last| ticks(at).max(last.saturating_add(1)));
        // SAFETY: the encoder is there until it is dropped; the picture has the size it was made for and every sample of it,
        // and is copied before the call returns.
        check(unsafe {
            let (planes, strides) = (&raw const planes, &raw const strides);
            visavis_vpx_encode(self.handle.as_ptr(), planes, strides, now, self.duration, key_frame)
        })?;
        self.last = Some(now);
        self.take_frame()
    }

    fn take_frame(&mut self) -> Result<Option<Encoded<'_>>, CodecError> {
        self.frame.clear();
        let mut is_key_frame = false;
        // SAFETY: the encoder is there. What comes back is null, or a packet that stays until the next call.
        while let Some(packet) = unsafe { visavis_vpx_encoded(self.handle.as_ptr()).as_ref() } {
            is_key_frame |= packet.is_key_frame;
            // SAFETY: a packet has so many bytes.
            let bytes = unsafe { std::slice::from_raw_parts(packet.data, packet.length) };
            self.frame.extend_from_slice(bytes);
        }
        Ok((!self.frame.is_empty()).then_some(Encoded { data: &self.frame, is_key_frame }))
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: it is there, and not used any more.
        unsafe { visavis_vpx_encoder_free(self.handle.as_ptr()) };
    }
}

/// The moment of a picture, on the encoder's clock.
fn ticks(at: Duration) -> i64 {
    i64::try_from(at.as_nanos() * u128::from(CLOCK_RATE) / 1_000_000_000).unwrap_or(i64::MAX)
}

fn kilobits(bits: u32) -> u32 {
    bits.div_ceil(1000)
}

fn raw(options: EncoderOptions) -> Result<RawOptions, CodecError> {
    let side = |side: usize| c_uint::try_from(side).map_err(|_| CodecError::Options);
    Ok(RawOptions {
        is_vp9: match options.codec {
            VideoCodec::Vp8 => false,
            #[cfg(test)]
            VideoCodec::Vp9 => true,
            codec => return Err(CodecError::Unsupported(codec)),
        },
        width: side(options.size.width)?,
        height: side(options.size.height)?,
        kilobits: kilobits(options.bitrate),
        clock_rate: CLOCK_RATE as c_int,
        speed: SPEED,
        // Of a frame's share: no key frame takes longer than 300 ms to send.
        max_intra_percent: options.frame_rate.saturating_mul(30).max(300),
    })
}
