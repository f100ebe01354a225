//! One mix: limited, and encoded while there is anything in it.

use std::sync::Arc;

use opus::{Application, Bitrate, Channels, Encoder, Signal};

use super::levels::Limiter;
use super::{FRAME, SAMPLE_RATE};

/// Of the sound, in bit/s.
const BITRATE: i32 = 40_000;
/// What listeners are expected to lose, in percent. From 8 on libopus would take its speech codec for music as well.
const EXPECTED_LOSS: i32 = 5;
/// Effort of encoding, of 10. For voices more than 1 costs more than twice as much, for little: most of it goes into how
/// the speech codec shapes its noise, and at this bitrate there is not much of that.
const VOICE_COMPLEXITY: i32 = 1;
const MUSIC_COMPLEXITY: i32 = 5;
/// A packet of Opus at this bitrate is never longer.
const MAX_PACKET: usize = 1275;
/// What says that nothing follows for a while is not longer than this (RFC 7587, section 3.1.3).
const DTX: usize = 2;
/// A sample that is below this is silent: what is left of a sum less all of its parts is not quite 0.
const SILENCE: f32 = 1e-5;
/// After so many silent frames nothing is encoded, whatever the encoder says: 500 ms.
const MAX_SILENCE: u32 = 25;

/// An encoder with what belongs to it.
#[derive(Debug)]
pub(super) struct Output {
    /// What is encoded next.
    pub(super) frame: Box<[f32; FRAME]>,
    encoder: Encoder,
    limiter: Limiter,
    signal: Signal,
    /// Silent frames since the last one with sound.
    silent: u32,
    /// Whether listeners have been told of silence.
    is_asleep: bool,
}

/// What an [`Output`] is told of a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hints {
    /// It can be decoded without those before.
    pub(super) is_independent: bool,
    /// It is more than voices.
    pub(super) is_music: bool,
}

impl Output {
    pub(super) fn new() -> Result<Self, opus::Error> {
        let mut encoder = Encoder::new(SAMPLE_RATE, Channels::Mono, Application::Audio)?;
        encoder.set_bitrate(Bitrate::Bits(BITRATE))?;
        encoder.set_complexity(VOICE_COMPLEXITY)?;
        encoder.set_inband_fec(true)?;
        encoder.set_packet_loss_perc(EXPECTED_LOSS)?;
        encoder.set_signal(Signal::Voice)?;
        Ok(Self {
            frame: Box::new([0.0; FRAME]),
            encoder,
            limiter: Limiter::default(),
            signal: Signal::Voice,
            silent: 0,
            is_asleep: false,
        })
    }

    /// Whether listeners know that there is silence.
    pub(super) fn is_asleep(&self) -> bool {
        self.is_asleep
    }

    /// Encodes [`frame`](Self::frame), which is limited in place; `None` while there is silence that listeners know of.
    ///
    /// Discontinuous transmission is for silence only: libopus would take a tone that lasts for noise, and leave it out.
    pub(super) fn encode(&mut self, hints: Hints) -> Option<Arc<[u8]>> {
        self.limiter.apply(self.frame.as_mut_slice());
        let is_silent = self.frame.iter().all(|sample| sample.abs() < SILENCE);
        if is_silent != (self.silent > 0)
            && let Err(error) = self.encoder.set_dtx(is_silent)
        {
            tracing::debug!(%error, "silence is encoded like sound");
        }
        self.silent = if is_silent { self.silent.saturating_add(1) } else { 0 };
        self.is_asleep &= is_silent;
        if self.is_asleep {
            return None;
        }
        self.prepare_for(hints.is_music);
        let mut packet = [0; MAX_PACKET];
        let length = self.encode_packet(&mut packet, hints.is_independent)?;
        let payload = packet.get(..length)?;
        self.is_asleep = is_silent && (length <= DTX || self.silent >= MAX_SILENCE);
        Some(payload.into())
    }

    /// Voices go to the codec for speech, which can repeat what is lost; everything else to the one for music.
    fn prepare_for(&mut self, is_music: bool) {
        let (signal, complexity) =
            if is_music { (Signal::Music, MUSIC_COMPLEXITY) } else { (Signal::Voice, VOICE_COMPLEXITY) };
        if self.signal == signal {
            return;
        }
        self.signal = signal;
        let set = self.encoder.set_signal(signal).and_then(|()| self.encoder.set_complexity(complexity));
        if let Err(error) = set {
            tracing::debug!(%error, "sound is encoded as what it is not");
        }
    }

    fn encode_packet(&mut self, packet: &mut [u8], is_independent: bool) -> Option<usize> {
        let set = |encoder: &mut Encoder, disabled| encoder.set_prediction_disabled(disabled);
        if is_independent && let Err(error) = set(&mut self.encoder, true) {
            tracing::debug!(%error, "a frame of sound depends on those before");
        }
        let length = self.encoder.encode_float(self.frame.as_slice(), packet);
        if is_independent && let Err(error) = set(&mut self.encoder, false) {
            tracing::debug!(%error, "no frame of sound depends on those before");
        }
        length.inspect_err(|error| tracing::warn!(%error, "sound is not encoded")).ok()
    }
}
