//! VP8 and VP9 with libvpx.

#![expect(unsafe_code, reason = "libvpx is a library of C")]

use std::ffi::{CStr, c_int, c_ulong};
use std::mem::{MaybeUninit, zeroed};
use std::ptr::{null, null_mut};
use std::time::Duration;

use visavis_rtp::VideoCodec;
use vpx_sys::vp8e_enc_control_id::{
    VP8E_SET_CPUUSED, VP8E_SET_MAX_INTRA_BITRATE_PCT, VP8E_SET_STATIC_THRESHOLD,
};
use vpx_sys::vpx_img_fmt::VPX_IMG_FMT_I420;
use vpx_sys::{
    VPX_CODEC_OK, VPX_DECODER_ABI_VERSION, VPX_DL_REALTIME, VPX_EFLAG_FORCE_KF, VPX_ENCODER_ABI_VERSION,
    VPX_FRAME_IS_KEY, vp8e_enc_control_id, vpx_codec_control_, vpx_codec_ctx_t, vpx_codec_cx_pkt_kind,
    vpx_codec_dec_cfg_t, vpx_codec_dec_init_ver, vpx_codec_decode, vpx_codec_destroy, vpx_codec_enc_cfg_t,
    vpx_codec_enc_config_default, vpx_codec_enc_config_set, vpx_codec_enc_init_ver, vpx_codec_encode,
    vpx_codec_err_t, vpx_codec_err_to_string, vpx_codec_get_cx_data, vpx_codec_get_frame, vpx_codec_iface_t,
    vpx_codec_vp8_cx, vpx_codec_vp8_dx, vpx_codec_vp9_dx, vpx_enc_pass, vpx_image_t, vpx_kf_mode,
    vpx_rational, vpx_rc_mode,
};

use super::{CodecError, Encoded, EncoderOptions};
use crate::picture::{PictureView, Plane, Size};

/// Ticks in a second, as RTP counts pictures.
const CLOCK_RATE: u32 = 90_000;

/// How much the encoder leaves out to be fast, of 16. Nine people in a grid of 1280 × 720 at 1.5 Mbit/s take 6.1 ms a frame with
/// -6, 5.8 with -8 and 5.1 with -10, in 640 × 360 at 600 kbit/s 1.9, 1.7 and 1.4; -6 and -8 look alike (41.0 and 38.3 dB), and -10
/// costs 0.3 and 0.7 dB.
const SPEED: c_int = -8;

/// What libvpx knows of one decoder or encoder: initialised, and destroyed when dropped.
struct Context(Box<vpx_codec_ctx_t>);

// SAFETY: a context belongs to no thread; it must only not be used by two at once, which takes `&mut` here.
unsafe impl Send for Context {}

impl Context {
    /// What `initialize` makes of empty memory.
    ///
    /// # Safety
    ///
    /// `initialize` is one of libvpx's functions that initialise a context.
    unsafe fn new(
        initialize: impl FnOnce(*mut vpx_codec_ctx_t) -> vpx_codec_err_t,
    ) -> Result<Self, CodecError> {
        // SAFETY: it is a structure of C that has pointers, flags and an error code, all of which may be zero.
        let mut context: Box<vpx_codec_ctx_t> = Box::new(unsafe { zeroed() });
        // Where it fails it has cleaned up itself.
        check(initialize(&raw mut *context))?;
        Ok(Self(context))
    }

    fn as_mut(&mut self) -> *mut vpx_codec_ctx_t {
        &raw mut *self.0
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: it is initialised, and not used any more.
        unsafe { vpx_codec_destroy(self.as_mut()) };
    }
}

fn check(status: vpx_codec_err_t) -> Result<(), CodecError> {
    if status == VPX_CODEC_OK {
        return Ok(());
    }
    // SAFETY: for every status there is a string that lives as long as the program.
    let text = unsafe { CStr::from_ptr(vpx_codec_err_to_string(status)) };
    Err(CodecError::Codec(format!("libvpx: {}", text.to_string_lossy())))
}

/// A decoder of frames whose headers have been looked at.
pub(super) struct Decoder(Context);

impl Decoder {
    pub(super) fn new(codec: VideoCodec) -> Result<Self, CodecError> {
        // SAFETY: these functions only say where the codec is.
        let interface = match codec {
            VideoCodec::Vp8 => unsafe { vpx_codec_vp8_dx() },
            VideoCodec::Vp9 => unsafe { vpx_codec_vp9_dx() },
            VideoCodec::Av1 | VideoCodec::H264 => return Err(CodecError::Unsupported(codec)),
        };
        let config = vpx_codec_dec_cfg_t { threads: 1, w: 0, h: 0 };
        // SAFETY: the configuration is copied; the version is that of the structures which are passed.
        let context = unsafe {
            Context::new(|context| {
                let version = VPX_DECODER_ABI_VERSION as c_int;
                vpx_codec_dec_init_ver(context, interface, &raw const config, 0, version)
            })?
        };
        Ok(Self(context))
    }

    pub(super) fn decode(&mut self, frame: &[u8]) -> Result<Option<PictureView<'_>>, CodecError> {
        let length = u32::try_from(frame.len()).map_err(|_| CodecError::Malformed)?;
        // SAFETY: the context is initialised; the frame is read before the call returns.
        let status = unsafe { vpx_codec_decode(self.0.as_mut(), frame.as_ptr(), length, null_mut(), 0) };
        check(status)?;
        let mut iterator = null();
        // SAFETY: the context is initialised. What comes back is null, or a picture that stays until the next call, which takes
        // `&mut self`.
        let image = unsafe { vpx_codec_get_frame(self.0.as_mut(), &raw mut iterator).as_ref() };
        image.map(view).transpose()
    }
}

/// A picture of libvpx's, if it is one that can be shown.
fn view(image: &vpx_image_t) -> Result<PictureView<'_>, CodecError> {
    if image.fmt != VPX_IMG_FMT_I420 || image.bit_depth != 8 {
        return Err(CodecError::Format);
    }
    let size = Size::new(image.d_w as usize, image.d_h as usize);
    let plane = |index: usize, size: Size| {
        let (data, stride) = (image.planes.get(index)?, image.stride.get(index)?);
        let stride = usize::try_from(*stride).ok().filter(|stride| *stride >= size.width)?;
        let length = size.height.checked_sub(1)? * stride + size.width;
        // SAFETY: an image has, from `planes[index]` on, so many rows of its size, each `stride` bytes after the one before.
        (!data.is_null())
            .then(|| Plane { data: unsafe { std::slice::from_raw_parts(*data, length) }, stride })
    };
    let (chroma, missing) = (size.chroma(), || CodecError::Format);
    let planes = [
        plane(0, size).ok_or_else(missing)?,
        plane(1, chroma).ok_or_else(missing)?,
        plane(2, chroma).ok_or_else(missing)?,
    ];
    Ok(PictureView { size, planes })
}

/// An encoder for pictures in real time.
pub(super) struct Encoder {
    context: Context,
    config: vpx_codec_enc_cfg_t,
    /// Of a picture, about, in ticks.
    duration: c_ulong,
    /// When the last picture was, in ticks.
    last: Option<i64>,
    frame: Vec<u8>,
}

// SAFETY: the only pointers in the configuration are those to statistics of other passes, and null.
unsafe impl Send for Encoder {}

impl Encoder {
    pub(super) fn new(options: EncoderOptions) -> Result<Self, CodecError> {
        let interface = interface(options.codec)?;
        let config = config(interface, options)?;
        // SAFETY: the configuration is copied; the version is that of the structures which are passed.
        let context = unsafe {
            Context::new(|context| {
                let version = VPX_ENCODER_ABI_VERSION as c_int;
                vpx_codec_enc_init_ver(context, interface, &raw const config, 0, version)
            })?
        };
        let duration = (CLOCK_RATE / options.frame_rate.max(1)).into();
        let mut encoder = Self { context, config, duration, last: None, frame: Vec::new() };
        for (control, value) in controls(options) {
            encoder.control(control, value)?;
        }
        Ok(encoder)
    }

    fn control(&mut self, control: vp8e_enc_control_id, value: c_int) -> Result<(), CodecError> {
        // SAFETY: the context is initialised, and each of `controls` takes one `int`.
        check(unsafe { vpx_codec_control_(self.context.as_mut(), control as c_int, value) })
    }

    /// Encodes a picture of the encoder's size with all its samples.
    pub(super) fn encode(
        &mut self,
        picture: PictureView<'_>,
        at: Duration,
        key_frame: bool,
    ) -> Result<Option<Encoded<'_>>, CodecError> {
        let image = image(picture)?;
        let flags = if key_frame { VPX_EFLAG_FORCE_KF.into() } else { 0 };
        // Time that stands still is an error to the codec.
        let now = self.last.map_or(ticks(at), |last| ticks(at).max(last.saturating_add(1)));
        // SAFETY: the context is initialised; the picture has the size it was initialised with and every sample of it, and is
        // copied before the call returns.
        check(unsafe {
            let context = self.context.as_mut();
            vpx_codec_encode(context, &raw const image, now, self.duration, flags, VPX_DL_REALTIME.into())
        })?;
        self.last = Some(now);
        self.take_frame()
    }

    fn take_frame(&mut self) -> Result<Option<Encoded<'_>>, CodecError> {
        self.frame.clear();
        let (mut iterator, mut is_key_frame) = (null(), false);
        // SAFETY: the context is initialised. What comes back is null, or a packet that stays until the next call.
        while let Some(packet) =
            unsafe { vpx_codec_get_cx_data(self.context.as_mut(), &raw mut iterator).as_ref() }
        {
            if packet.kind != vpx_codec_cx_pkt_kind::VPX_CODEC_CX_FRAME_PKT {
                continue;
            }
            // SAFETY: a packet of this kind has a frame, with so many bytes.
            let bytes = unsafe {
                let frame = &packet.data.frame;
                is_key_frame |= frame.flags & VPX_FRAME_IS_KEY != 0;
                std::slice::from_raw_parts(frame.buf.cast::<u8>(), frame.sz as usize)
            };
            self.frame.extend_from_slice(bytes);
        }
        Ok((!self.frame.is_empty()).then_some(Encoded { data: &self.frame, is_key_frame }))
    }

    pub(super) fn set_bitrate(&mut self, bitrate: u32) -> Result<(), CodecError> {
        self.config.rc_target_bitrate = kilobits(bitrate);
        // SAFETY: the context is initialised; the configuration is copied.
        check(unsafe { vpx_codec_enc_config_set(self.context.as_mut(), &raw const self.config) })
    }
}

/// The moment of a picture, on the encoder's clock.
fn ticks(at: Duration) -> i64 {
    i64::try_from(at.as_nanos() * u128::from(CLOCK_RATE) / 1_000_000_000).unwrap_or(i64::MAX)
}

fn kilobits(bits: u32) -> u32 {
    bits.div_ceil(1000)
}

fn interface(codec: VideoCodec) -> Result<*mut vpx_codec_iface_t, CodecError> {
    match codec {
        // SAFETY: these functions only say where the codec is.
        VideoCodec::Vp8 => Ok(unsafe { vpx_codec_vp8_cx() }),
        #[cfg(test)]
        // SAFETY: as above.
        VideoCodec::Vp9 => Ok(unsafe { vpx_sys::vpx_codec_vp9_cx() }),
        _ => Err(CodecError::Unsupported(codec)),
    }
}

/// A picture as libvpx takes it: our own planes, which it only reads.
fn image(picture: PictureView<'_>) -> Result<vpx_image_t, CodecError> {
    let side = |side: usize| u32::try_from(side).map_err(|_| CodecError::Picture);
    let [y, u, v] = picture.planes;
    // SAFETY: it is a structure of C that has pointers and numbers, all of which may be zero, as formats may be.
    let mut image: vpx_image_t = unsafe { zeroed() };
    image.fmt = VPX_IMG_FMT_I420;
    image.bit_depth = 8;
    (image.w, image.h) = (side(picture.size.width)?, side(picture.size.height)?);
    (image.d_w, image.d_h) = (image.w, image.h);
    (image.x_chroma_shift, image.y_chroma_shift) = (1, 1);
    image.bps = 12;
    for (index, plane) in [y, u, v].into_iter().enumerate() {
        image.planes[index] = plane.data.as_ptr().cast_mut();
        image.stride[index] = c_int::try_from(plane.stride).map_err(|_| CodecError::Picture)?;
    }
    Ok(image)
}

/// For pictures in real time, with a bitrate that is kept.
fn config(
    interface: *mut vpx_codec_iface_t,
    options: EncoderOptions,
) -> Result<vpx_codec_enc_cfg_t, CodecError> {
    let side = |side: usize| u32::try_from(side).map_err(|_| CodecError::Options);
    let mut config = MaybeUninit::uninit();
    // SAFETY: where it returns that all is well, it has written the whole structure.
    let mut config: vpx_codec_enc_cfg_t = unsafe {
        check(vpx_codec_enc_config_default(interface, config.as_mut_ptr(), 0))?;
        config.assume_init()
    };
    (config.g_w, config.g_h) = (side(options.size.width)?, side(options.size.height)?);
    config.g_threads = 1;
    config.g_timebase = vpx_rational { num: 1, den: CLOCK_RATE as c_int };
    config.g_pass = vpx_enc_pass::VPX_RC_ONE_PASS;
    config.g_lag_in_frames = 0;
    // What is lost is sent again, or a key frame follows: frames need not do without one another, which costs bits.
    config.g_error_resilient = 0;
    config.kf_mode = vpx_kf_mode::VPX_KF_DISABLED;
    config.rc_dropframe_thresh = 0;
    config.rc_resize_allowed = 0;
    config.rc_end_usage = vpx_rc_mode::VPX_CBR;
    config.rc_target_bitrate = kilobits(options.bitrate);
    (config.rc_min_quantizer, config.rc_max_quantizer) = (2, 60);
    (config.rc_undershoot_pct, config.rc_overshoot_pct) = (100, 15);
    // In milliseconds.
    (config.rc_buf_initial_sz, config.rc_buf_optimal_sz, config.rc_buf_sz) = (500, 600, 1000);
    Ok(config)
}

/// What is set once the encoder is there; that there is one partition, and nothing is done about noise, need not be said.
fn controls(options: EncoderOptions) -> [(vp8e_enc_control_id, c_int); 3] {
    // In percent of a frame's share: no key frame takes longer than 300 ms to send.
    let max_intra = options.frame_rate.saturating_mul(30).max(300);
    [
        (VP8E_SET_CPUUSED, SPEED),
        (VP8E_SET_STATIC_THRESHOLD, 1),
        (VP8E_SET_MAX_INTRA_BITRATE_PCT, c_int::try_from(max_intra).unwrap_or(c_int::MAX)),
    ]
}
