//! One picture that comes in: from its packets to the last frame of it.

use std::time::{Duration, Instant};

use visavis_rtp::VideoCodec;

use super::Videos;
use crate::assembly::{self, Assembler};
use crate::canvas::Rotation;
use crate::codec::Decoder;
use crate::picture::{Picture, PictureView, Size};

/// How often a key frame is asked for, while one is needed.
const AGAIN: Duration = Duration::from_millis(500);

/// Frames of one picture that are decoded in a second, and how much time of that may be taken at once. Few cameras give more; whoever
/// sends more would take the time that there is for the others.
const RATE: u32 = 60;
const AHEAD: Duration = Duration::from_millis(500);

/// Pixels of one picture that are decoded in a second without a second thought: 640×360, 30 times, which is more than the smallest mix
/// has use for.
const FAIR: u64 = 640 * 360 * 30;
/// How long a picture stands still that took too much.
const REST: Duration = Duration::from_secs(60);

/// A picture of somebody's.
#[derive(Default)]
pub(super) struct Video {
    /// Which stream it comes by.
    stream: usize,
    assembler: Assembler,
    pace: Pace,
    /// It has the last frame in its memory, from where that is drawn.
    decoder: Option<(VideoCodec, Decoder)>,
    /// The last frame of a decoder that is no more.
    kept: Option<Picture>,
    /// Of the last frame.
    size: Option<Size>,
    pub(super) rotation: Rotation,
    /// When that came.
    pub(super) seen: Option<Instant>,
    /// When a key frame was asked for last.
    asked: Option<Instant>,
    /// Pixels that were decoded since it was last looked at.
    pub(super) pixels: u64,
    /// Until when it stands still, because there is no time for it.
    rests_until: Option<Instant>,
}

impl Video {
    /// A packet has come.
    pub(super) fn take(
        &mut self,
        stream: usize,
        packet: assembly::Packet<'_>,
        rotation: Rotation,
        now: Instant,
    ) {
        if std::mem::replace(&mut self.stream, stream) != stream {
            self.assembler = Assembler::new();
            self.rests_until = None; // it may be a smaller one
        }
        self.rotation = rotation;
        self.assembler.push(packet, now);
    }

    /// Decodes what has come. Whether there is a new frame.
    pub(super) fn decode(&mut self, now: Instant) -> bool {
        let mut is_new = false;
        while let Some(frame) = self.assembler.next_frame(now) {
            if self.decoder.as_ref().is_none_or(|(codec, _)| *codec != frame.codec) {
                set_aside(&mut self.decoder, &mut self.kept);
                self.decoder = Decoder::new(frame.codec).ok().map(|decoder| (frame.codec, decoder));
            }
            let Some((_, decoder)) = &mut self.decoder else { break };
            let cost = Decoder::cost(frame.codec, frame.data);
            if !self.pace.allows(cost, now) {
                tracing::debug!("somebody sends more pictures than are decoded");
                self.assembler.skip_to_key_frame();
                continue;
            }
            match decoder.decode(frame.data) {
                Ok(Some(picture)) => {
                    self.size = Some(picture.size);
                    self.pixels += (picture.size.area() * cost) as u64;
                    is_new = true;
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::debug!(%error, "a picture cannot be decoded");
                    self.assembler.skip_to_key_frame();
                }
            }
        }
        if is_new {
            (self.seen, self.kept) = (Some(now), None);
        }
        is_new
    }

    /// Nobody looks at it for now: nothing is kept but its last frame, and it begins with a key frame when somebody does again.
    pub(super) fn rest(&mut self) {
        if self.decoder.is_some() {
            set_aside(&mut self.decoder, &mut self.kept);
            self.assembler = Assembler::new();
        }
    }

    /// Whether it stands still, because there is no time for it.
    pub(super) fn rests(&self, now: Instant) -> bool {
        self.rests_until.is_some_and(|until| now < until)
    }

    /// Whether a key frame is to be asked for now.
    pub(super) fn asks(&mut self, now: Instant) -> bool {
        let is_due = self.asked.is_none_or(|asked| now.saturating_duration_since(asked) >= AGAIN);
        let asks = is_due && self.assembler.wants_key_frame();
        if asks {
            self.asked = Some(now);
        }
        asks
    }

    #[cfg(test)]
    pub(super) fn is_decoding(&self) -> bool {
        self.decoder.is_some()
    }

    /// The last frame.
    pub(super) fn picture(&self) -> Option<PictureView<'_>> {
        let decoded = self.decoder.as_ref().and_then(|(_, decoder)| decoder.picture());
        decoded.or_else(|| self.kept.as_ref().map(Picture::view))
    }

    /// Its size as it is to be seen.
    pub(super) fn size(&self) -> Option<Size> {
        Some(self.rotation.of_size(self.size?))
    }
}

/// How fast frames are decoded: the generic cell rate algorithm.
#[derive(Default)]
struct Pace {
    /// When all that were decoded would have been, one after another in even steps.
    even: Option<Instant>,
}

impl Pace {
    /// Whether one more that takes as much as so many may be decoded now; then it counts.
    fn allows(&mut self, cost: usize, now: Instant) -> bool {
        let step = Duration::from_secs(1) / RATE;
        let even = self.even.map_or(now, |even| even.max(now));
        let even = even + step * u32::try_from(cost).unwrap_or(u32::MAX / RATE);
        let allows = even.saturating_duration_since(now) <= AHEAD + step;
        if allows {
            self.even = Some(even);
        }
        allows
    }
}

/// There is too little time for all of these, as they were for so long: the one that takes the most of it stands still for a while.
/// False if none takes more than is fair.
pub(super) fn let_dearest_rest(videos: &mut Videos, passed: Duration, now: Instant) -> bool {
    let is_fair = |pixels: u64| u128::from(pixels) * 1_000 <= u128::from(FAIR) * passed.as_millis();
    let dearest = videos.iter_mut().max_by_key(|(_, video)| video.pixels);
    let Some(((_, source), video)) = dearest.filter(|(_, video)| !is_fair(video.pixels)) else {
        return false;
    };
    tracing::info!(?source, size = ?video.size, "there is no time for somebody's picture: it stands still in the mix");
    video.rests_until = Some(now + REST);
    true
}

/// Lets a decoder go, and keeps its last frame.
fn set_aside(decoder: &mut Option<(VideoCodec, Decoder)>, kept: &mut Option<Picture>) {
    let gone = decoder.take();
    if let Some(picture) = gone.as_ref().and_then(|(_, decoder)| decoder.picture()) {
        let mut copy = Picture::filled(picture.size, [0; 3]);
        copy.copy_from(picture);
        *kept = Some(copy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_sends_a_thousand_frames_a_second_has_60_of_them_decoded_and_30_more_at_first() {
        #[expect(clippy::disallowed_methods, reason = "a test needs some time to begin with")]
        let start = Instant::now();
        let mut pace = Pace::default();
        let mut decoded = |from: u64, to: u64| {
            (from..to).filter(|ms| pace.allows(1, start + Duration::from_millis(*ms))).count()
        };
        assert_eq!(decoded(0, 1_000), 90);
        assert_eq!(decoded(1_000, 11_000), 600);
        // Who is silent for a while may send as many at once again.
        assert_eq!(decoded(12_000, 12_010), 10);
    }

    #[test]
    fn a_frame_that_takes_as_much_as_many_counts_as_many_and_is_not_decoded_if_that_is_too_many() {
        #[expect(clippy::disallowed_methods, reason = "a test needs some time to begin with")]
        let start = Instant::now();
        let mut pace = Pace::default();
        assert!(!pace.allows(32, start) && !pace.allows(usize::MAX, start));
        assert!(pace.allows(30, start) && pace.allows(1, start) && !pace.allows(1, start));
        // A picture in nine slices and one of VP9 that is three.
        let slices = [[0, 0, 1, 0x67].as_slice(), &[0, 0, 1, 0x61, 0xff].repeat(9)].concat();
        assert_eq!(Decoder::cost(VideoCodec::H264, &slices), 2);
        assert_eq!(Decoder::cost(VideoCodec::H264, &slices[..9]), 1);
        assert_eq!(Decoder::cost(VideoCodec::Vp9, &[1, 2, 3, 0xc2, 1, 1, 1, 0xc2]), 3);
        assert_eq!(Decoder::cost(VideoCodec::Vp8, &[]), 1);
    }

    #[test]
    fn a_camera_has_all_of_its_frames_decoded_also_where_they_come_in_bursts() {
        #[expect(clippy::disallowed_methods, reason = "a test needs some time to begin with")]
        let start = Instant::now();
        let mut pace = Pace::default();
        for frame in 0..600_u32 {
            let burst = frame / 20 * 20;
            assert!(pace.allows(1, start + Duration::from_secs(1) * burst / 30), "{frame}");
        }
    }
}
