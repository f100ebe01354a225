// libvpx for src/codec/vpx.rs, which declares what is not static in here.
//
// Structures of libvpx differ from version to version, and the compiler knows those of the version that is installed. So
// none of them leaves this file: out go handles that nobody looks into, numbers, and pointers to bytes.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <vpx/vp8cx.h>
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>
#include <vpx/vpx_encoder.h>

// What a status means; 0 is that all is well. The text lives as long as the program.
const char *visavis_vpx_text(int status) {
  return vpx_codec_err_to_string((vpx_codec_err_t)status);
}

// A decoded picture. It stays until its decoder is called again.
struct visavis_vpx_picture {
  // Y, U and V.
  const uint8_t *planes[3];
  int strides[3];
  unsigned int width;
  unsigned int height;
  // Otherwise it is not 4:2:0 with 8 bits, and the planes are something else.
  bool is_i420;
};

struct visavis_vpx_decoder {
  vpx_codec_ctx_t context;
  struct visavis_vpx_picture picture;
};

void visavis_vpx_decoder_free(struct visavis_vpx_decoder *decoder) {
  // It does nothing to a context that could not be initialised.
  vpx_codec_destroy(&decoder->context);
  free(decoder);
}

int visavis_vpx_decoder_new(bool is_vp9, struct visavis_vpx_decoder **made) {
  struct visavis_vpx_decoder *decoder = calloc(1, sizeof *decoder);
  if (!decoder) return VPX_CODEC_MEM_ERROR;
  vpx_codec_iface_t *interface = is_vp9 ? vpx_codec_vp9_dx() : vpx_codec_vp8_dx();
  const vpx_codec_dec_cfg_t config = {.threads = 1};
  const int status = vpx_codec_dec_init(&decoder->context, interface, &config, 0);
  if (status) {
    visavis_vpx_decoder_free(decoder);
    return status;
  }
  *made = decoder;
  return 0;
}

int visavis_vpx_decode(struct visavis_vpx_decoder *decoder, const uint8_t *frame, unsigned int length) {
  return vpx_codec_decode(&decoder->context, frame, length, NULL, 0);
}

// What the last frame shows; NULL if that is nothing.
const struct visavis_vpx_picture *visavis_vpx_decoded(struct visavis_vpx_decoder *decoder) {
  vpx_codec_iter_t iterator = NULL;
  const vpx_image_t *image = vpx_codec_get_frame(&decoder->context, &iterator);
  if (!image) return NULL;
  struct visavis_vpx_picture *picture = &decoder->picture;
  for (int plane = 0; plane < 3; plane++) {
    picture->planes[plane] = image->planes[plane];
    picture->strides[plane] = image->stride[plane];
  }
  picture->width = image->d_w;
  picture->height = image->d_h;
  picture->is_i420 = image->fmt == VPX_IMG_FMT_I420 && image->bit_depth == 8;
  return picture;
}

struct visavis_vpx_options {
  bool is_vp9;
  unsigned int width;
  unsigned int height;
  // In a second.
  unsigned int kilobits;
  // Ticks in a second, for the times of pictures.
  int clock_rate;
  // VP8E_SET_CPUUSED.
  int speed;
  // VP8E_SET_MAX_INTRA_BITRATE_PCT.
  unsigned int max_intra_percent;
};

// A frame, or a part of one. It stays until its encoder is called again.
struct visavis_vpx_packet {
  const uint8_t *data;
  size_t length;
  bool is_key_frame;
};

struct visavis_vpx_encoder {
  vpx_codec_ctx_t context;
  vpx_codec_enc_cfg_t config;
  // Where libvpx is in what has become of the last picture.
  vpx_codec_iter_t iterator;
  struct visavis_vpx_packet packet;
};

// For pictures in real time, with a bitrate that is kept.
static void configure(vpx_codec_enc_cfg_t *config, const struct visavis_vpx_options *options) {
  config->g_w = options->width;
  config->g_h = options->height;
  config->g_threads = 1;
  config->g_timebase = (vpx_rational_t){.num = 1, .den = options->clock_rate};
  config->g_pass = VPX_RC_ONE_PASS;
  config->g_lag_in_frames = 0;
  // What is lost is sent again, or a key frame follows: frames need not do without one another, which costs bits.
  config->g_error_resilient = 0;
  config->kf_mode = VPX_KF_DISABLED;
  config->rc_dropframe_thresh = 0;
  config->rc_resize_allowed = 0;
  config->rc_end_usage = VPX_CBR;
  config->rc_target_bitrate = options->kilobits;
  config->rc_min_quantizer = 2;
  config->rc_max_quantizer = 60;
  config->rc_undershoot_pct = 100;
  config->rc_overshoot_pct = 15;
  // In milliseconds.
  config->rc_buf_initial_sz = 500;
  config->rc_buf_optimal_sz = 600;
  config->rc_buf_sz = 1000;
}

// What is set once the encoder is there; that there is one partition, and nothing is done about noise, need not be said.
static int control(vpx_codec_ctx_t *context, const struct visavis_vpx_options *options) {
  int status = vpx_codec_control(context, VP8E_SET_CPUUSED, options->speed);
  if (!status) status = vpx_codec_control(context, VP8E_SET_STATIC_THRESHOLD, 1);
  if (!status) status = vpx_codec_control(context, VP8E_SET_MAX_INTRA_BITRATE_PCT, options->max_intra_percent);
  return status;
}

void visavis_vpx_encoder_free(struct visavis_vpx_encoder *encoder) {
  vpx_codec_destroy(&encoder->context);
  free(encoder);
}

int visavis_vpx_encoder_new(const struct visavis_vpx_options *options, struct visavis_vpx_encoder **made) {
  struct visavis_vpx_encoder *encoder = calloc(1, sizeof *encoder);
  if (!encoder) return VPX_CODEC_MEM_ERROR;
  vpx_codec_iface_t *interface = options->is_vp9 ? vpx_codec_vp9_cx() : vpx_codec_vp8_cx();
  int status = vpx_codec_enc_config_default(interface, &encoder->config, 0);
  if (!status) {
    configure(&encoder->config, options);
    status = vpx_codec_enc_init(&encoder->context, interface, &encoder->config, 0);
  }
  if (!status) status = control(&encoder->context, options);
  if (status) {
    visavis_vpx_encoder_free(encoder);
    return status;
  }
  *made = encoder;
  return 0;
}

// Encodes a picture of the encoder's size, 4:2:0 with 8 bits. Time and duration are in ticks, and each time is later than
// the one before.
int visavis_vpx_encode(struct visavis_vpx_encoder *encoder, const uint8_t *const planes[3], const int strides[3],
                       int64_t time, unsigned long duration, bool is_key_frame) {
  vpx_image_t image = {
      .fmt = VPX_IMG_FMT_I420,
      .bit_depth = 8,
      .w = encoder->config.g_w,
      .h = encoder->config.g_h,
      .d_w = encoder->config.g_w,
      .d_h = encoder->config.g_h,
      .x_chroma_shift = 1,
      .y_chroma_shift = 1,
      .bps = 12,
  };
  for (int plane = 0; plane < 3; plane++) {
    // Which is only read.
    image.planes[plane] = (uint8_t *)planes[plane];
    image.stride[plane] = strides[plane];
  }
  encoder->iterator = NULL;
  const vpx_enc_frame_flags_t flags = is_key_frame ? VPX_EFLAG_FORCE_KF : 0;
  return vpx_codec_encode(&encoder->context, &image, time, duration, flags, VPX_DL_REALTIME);
}

// The next packet that has become of the last picture; NULL after the last one.
const struct visavis_vpx_packet *visavis_vpx_encoded(struct visavis_vpx_encoder *encoder) {
  const vpx_codec_cx_pkt_t *packet;
  do {
    packet = vpx_codec_get_cx_data(&encoder->context, &encoder->iterator);
    if (!packet) return NULL;
  } while (packet->kind != VPX_CODEC_CX_FRAME_PKT);
  encoder->packet.data = packet->data.frame.buf;
  encoder->packet.length = packet->data.frame.sz;
  encoder->packet.is_key_frame = packet->data.frame.flags & VPX_FRAME_IS_KEY;
  return &encoder->packet;
}
