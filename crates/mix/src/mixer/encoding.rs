//! The pictures of a mix on their way out: the whole one, and other editions of it for those who cannot have that.

use std::sync::Arc;
use std::time::{Duration, Instant};

use visavis_rtp::VideoCodec;

use super::Options;
use crate::canvas::{Scale, Scratch};
use crate::codec::{CodecError, Encoder, EncoderOptions};
use crate::packetize::packetize;
use crate::picture::{Picture, PictureView, Size};

/// No key frame follows another sooner: each is many times the size of other frames.
const BETWEEN_KEY_FRAMES: Duration = Duration::from_millis(500);
/// The small picture: it takes what the smallest encoding of a camera does, so that nobody loses by it.
const SMALL: Options = Options { size: Size::new(640, 360), frame_rate: 10, bitrate: 100_000 };
/// No small picture follows another sooner. A little less than its rate says: it is one of those that are composed anyway.
const BETWEEN_SMALL: Duration = Duration::from_millis(80);

/// One encoding of the picture.
pub(super) struct Encoding {
    codec: VideoCodec,
    encoder: Encoder,
    picture_id: u16,
    /// Whether the next frame is to be a key frame, and when the last one was.
    wants_key_frame: bool,
    key_frame: Option<Instant>,
}

/// A frame.
pub(super) struct Encoded {
    /// One for each packet.
    pub(super) payloads: Vec<Arc<[u8]>>,
    pub(super) frame: Arc<[u8]>,
    pub(super) is_key_frame: bool,
}

impl Encoding {
    pub(super) fn new(codec: VideoCodec, options: Options) -> Result<Self, CodecError> {
        let encoder = encoder(codec, options)?;
        Ok(Self { codec, encoder, picture_id: 0, wants_key_frame: true, key_frame: None })
    }

    pub(super) fn want_key_frame(&mut self) {
        self.wants_key_frame = true;
    }

    /// Whether the next frame is to be a key frame.
    pub(super) fn is_to_begin(&self, now: Instant) -> bool {
        let lasts = |last: Instant| now.saturating_duration_since(last) >= BETWEEN_KEY_FRAMES;
        self.wants_key_frame && self.key_frame.is_none_or(lasts)
    }

    /// The picture is another one from now on; it begins with a key frame.
    pub(super) fn change(&mut self, options: Options) -> Result<(), CodecError> {
        self.encoder = encoder(self.codec, options)?;
        self.wants_key_frame = false;
        Ok(())
    }

    /// Encodes the picture as it is now. `at`: the time since the mix began.
    pub(super) fn encode(&mut self, picture: PictureView<'_>, at: Duration, now: Instant) -> Option<Encoded> {
        let is_key_frame = self.is_to_begin(now);
        if is_key_frame {
            (self.wants_key_frame, self.key_frame) = (false, Some(now));
        }
        match self.encoder.encode(picture, at, is_key_frame) {
            Ok(frame) => frame.map(|frame| {
                self.picture_id = self.picture_id.wrapping_add(1);
                let payloads = packetize(self.codec, frame.data, self.picture_id);
                let payloads = payloads.into_iter().map(Arc::from).collect();
                Encoded { payloads, frame: frame.data.into(), is_key_frame: frame.is_key_frame }
            }),
            Err(error) => {
                tracing::warn!(%error, "a picture is not encoded");
                None
            }
        }
    }
}

/// The small picture.
pub(super) struct Small {
    encoding: Encoding,
    picture: Picture,
    /// From which size, and of the planes of luma and of colour.
    scales: Option<(Size, [Scale; 2])>,
    scratch: Scratch,
    last: Option<Instant>,
}

impl Small {
    pub(super) fn new() -> Result<Self, CodecError> {
        Ok(Self {
            encoding: Encoding::new(VideoCodec::Vp8, SMALL)?,
            picture: Picture::filled(SMALL.size, [0; 3]),
            scales: None,
            scratch: Scratch::default(),
            last: None,
        })
    }

    pub(super) fn encoding(&self) -> &Encoding {
        &self.encoding
    }

    /// Whether it is half as large as this, or less.
    pub(super) fn is_half_of(size: Size) -> bool {
        size.height >= 2 * SMALL.size.height
    }

    pub(super) fn want_key_frame(&mut self) {
        self.encoding.want_key_frame();
    }

    /// Makes a small one of this picture, if it is time for that.
    pub(super) fn encode(&mut self, picture: PictureView<'_>, at: Duration, now: Instant) -> Option<Encoded> {
        if self.last.is_some_and(|last| now.saturating_duration_since(last) < BETWEEN_SMALL) {
            return None;
        }
        self.last = Some(now);
        self.shrink(picture);
        self.encoding.encode(self.picture.view(), at, now)
    }

    fn shrink(&mut self, from: PictureView<'_>) {
        let (size, to) = (from.size, SMALL.size);
        let scales = || [Scale::new(size, to), Scale::new(size.chroma(), to.chroma())];
        let known = self.scales.take().filter(|(known, _)| *known == size);
        let (_, [luma, chroma]) = self.scales.insert(known.unwrap_or_else(|| (size, scales())));
        let strides = [to.width, to.chroma().width, to.chroma().width];
        let planes = from.planes.into_iter().zip(self.picture.planes_mut()).zip(strides);
        for (((from, target), stride), scale) in planes.zip([&*luma, &*chroma, &*chroma]) {
            scale.run(&mut self.scratch, (from, 0, 0), (target, stride));
        }
    }
}

fn encoder(codec: VideoCodec, options: Options) -> Result<Encoder, CodecError> {
    let Options { size, frame_rate, bitrate } = options;
    Encoder::new(EncoderOptions { codec, size, bitrate, frame_rate })
}
