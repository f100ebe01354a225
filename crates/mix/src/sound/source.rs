//! One source: packets go in, and a frame of sound comes out for each frame of the mix.

use std::time::{Duration, Instant};

use opus::{Channels, Decoder, SoftClip};

use super::jitter::{JitterBuffer, Playout, SoundPacket, TICK};
use super::levels::Loudness;
use super::stretch::{self, MIN_CUT};
use super::{FRAME, SAMPLE_RATE, SoundKind};

/// The longest packet of Opus: 120 ms.
const MAX_DECODED: usize = 6 * FRAME;
/// The shortest frame of Opus, what is made up is a multiple of: 2.5 ms.
const STEP: usize = 120;
/// How much longer than a frame something has been due that is cut out: 5 ms.
const HYSTERESIS: i64 = 240;
/// Frames between two cuts while something is to be heard.
const APART: u32 = 25;
/// What encoders of Opus look ahead: 6.5 ms (RFC 7845 section 4.2). What comes out of a decoder is late by so much.
const LOOK_AHEAD: usize = 312;
/// What may be cut without looking, in dBFS.
const QUIET: f32 = -50.0;

#[derive(Debug)]
pub(super) struct Source {
    pub(super) owner: u64,
    pub(super) kind: SoundKind,
    pub(super) jitter: JitterBuffer,
    pub(super) loudness: Loudness,
    decoder: Decoder,
    clip: SoftClip,
    /// Decoded and not played yet, and how much of it.
    pcm: Vec<f32>,
    frame: Box<[f32; FRAME]>,
    /// How long before the mix the sound of a frame was made, as far as is known.
    pub(super) lag: Option<Duration>,
    /// Frames since something was cut out.
    since_cut: u32,
    /// Whether there is nothing in `frame`.
    is_silent: bool,
    contributes: bool,
}

impl Source {
    pub(super) fn new(owner: u64, kind: SoundKind) -> Result<Self, opus::Error> {
        Ok(Self {
            owner,
            kind,
            jitter: JitterBuffer::default(),
            loudness: Loudness::default(),
            decoder: Decoder::new(SAMPLE_RATE, Channels::Mono)?,
            clip: SoftClip::new(Channels::Mono),
            pcm: Vec::with_capacity(MAX_DECODED + 2 * FRAME),
            frame: Box::new([0.0; FRAME]),
            lag: None,
            since_cut: 0,
            is_silent: true,
            contributes: false,
        })
    }

    pub(super) fn handle_packet(&mut self, packet: &SoundPacket) {
        self.jitter.insert(packet);
    }

    /// Makes the frame that begins `now`.
    pub(super) fn advance(&mut self, now: Instant) {
        self.fill(now);
        self.is_silent = self.pcm.is_empty();
        if self.is_silent {
            self.loudness.follow_silence();
            return;
        }
        let played = self.pcm.len().min(FRAME);
        let (sound, rest) = self.frame.split_at_mut(played);
        sound.copy_from_slice(self.pcm.get(..played).unwrap_or_default());
        rest.fill(0.0);
        self.pcm.drain(..played);
        self.loudness.follow(self.frame.as_slice(), self.kind == SoundKind::Voice);
    }

    /// Makes of its frame what it adds to the mix, if it `is_heard`. Whether that is anything.
    pub(super) fn make_contribution(&mut self, is_heard: bool) -> bool {
        self.contributes = if self.is_silent {
            // What comes after silence comes in softly again.
            self.loudness.rest();
            false
        } else {
            self.loudness.apply(self.frame.as_mut_slice(), is_heard)
        };
        self.contributes
    }

    /// Whether [`frame`](Self::frame) is in the mix.
    pub(super) fn contributes(&self) -> bool {
        self.contributes
    }

    /// What it adds to the mix.
    pub(super) fn frame(&self) -> &[f32; FRAME] {
        &self.frame
    }

    /// Decodes until there is a frame, or silence.
    fn fill(&mut self, now: Instant) {
        let left = self.pcm.len();
        let mut due = None;
        // Each turn adds 2.5 ms at least, or is the last.
        while self.pcm.len() < FRAME {
            match self.jitter.pull(now, FRAME - self.pcm.len()) {
                Playout::Silence => break,
                playout @ Playout::Packet { samples, slack, .. } => {
                    due = Some((samples, slack));
                    self.decode(&playout);
                }
                playout => self.decode(&playout),
            }
        }
        self.since_cut = self.since_cut.saturating_add(1);
        if let Some((samples, slack)) = due {
            self.catch_up(now, left, slack);
            // A packet is sent when its last sample is there, and its encoder was ahead of it by that then.
            let made = samples + LOOK_AHEAD;
            self.lag = self.jitter.age(now, self.pcm.len() + made);
        }
    }

    /// Cuts out what is more than needed: what was `left` of packets before, and whole frames that a packet was due before it
    /// was played.
    fn catch_up(&mut self, now: Instant, left: usize, slack: i64) {
        let frames = if slack >= TICK + HYSTERESIS { slack / TICK } else { 0 };
        let excess = usize::try_from(frames).unwrap_or_default() * FRAME + left;
        if excess < MIN_CUT {
            return;
        }
        let is_quiet = self.loudness.level() < QUIET;
        if !is_quiet && self.since_cut < APART {
            return;
        }
        let most = excess.min(FRAME);
        if self.pcm.len() < FRAME + most
            && let Some(playout) = self.jitter.pull_contiguous(now)
        {
            self.decode(&playout);
        }
        let most = most.min(self.pcm.len().saturating_sub(FRAME));
        if stretch::shorten(&mut self.pcm, most, is_quiet) > 0 {
            self.since_cut = 0;
        }
    }

    fn decode(&mut self, playout: &Playout) {
        match playout {
            Playout::Packet { payload, samples, .. } => {
                if !self.append(payload, *samples, false) {
                    self.append(&[], *samples, false);
                }
            }
            Playout::Recover { payload, samples } => {
                self.append(payload, *samples, true);
            }
            Playout::Conceal { samples, is_last } => {
                let start = self.pcm.len();
                self.append(&[], samples.next_multiple_of(STEP), false);
                if *is_last {
                    fade_out(self.pcm.get_mut(start..).unwrap_or_default());
                }
            }
            Playout::Silence => {}
        }
    }

    /// Decodes to the end of what there is; without a payload something is made up. Whether it was Opus.
    fn append(&mut self, payload: &[u8], samples: usize, fec: bool) -> bool {
        let start = self.pcm.len();
        self.pcm.resize(start + samples.min(MAX_DECODED), 0.0);
        let output = self.pcm.get_mut(start..).unwrap_or_default();
        let decoded = self.decoder.decode_float(payload, output, fec).ok();
        // Longer than its header says it is not: the output would not have held it.
        self.pcm.truncate(start + decoded.unwrap_or_default());
        self.clip.apply(self.pcm.get_mut(start..).unwrap_or_default());
        decoded.is_some()
    }
}

fn fade_out(samples: &mut [f32]) {
    let length = samples.len().max(1) as f32;
    for (index, sample) in samples.iter_mut().enumerate() {
        *sample *= 1.0 - index as f32 / length;
    }
}

#[cfg(test)]
mod tests;
