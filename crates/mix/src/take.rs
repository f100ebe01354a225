//! One picture and one sound of somebody as they were sent, for files of their own: packets go in, and frames come out, each with the
//! time it is of. Nothing is decoded but one frame of each file, to learn how large its pictures are.

mod clock;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use visavis_rtp::VideoCodec;

use self::clock::Clock;
use crate::assembly::{self, Assembler};
use crate::codec::Decoder;
use crate::mixer::MediaPacket;
use crate::picture::Size;
use crate::sound;
use crate::webm::{Media, Track};

/// How long the one is waited for when the other is there: they are to be in one file.
const PATIENCE: Duration = Duration::from_secs(2);
/// Frames that wait meanwhile, and their bytes; of more the oldest are left out.
const MAX_HELD: usize = 512;
const MAX_HELD_BYTES: usize = 8 << 20;
/// How often a key frame is asked for, while one is needed.
const AGAIN: Duration = Duration::from_millis(500);
/// Ticks in a second.
const PICTURE_RATE: u32 = 90_000;
const SOUND_RATE: u32 = 48_000;
/// What encoders of Opus look ahead, in samples (RFC 7845 section 4.2).
const PRE_SKIP: u16 = 312;

/// What is to be done.
#[derive(Clone, Debug)]
pub enum TakeOutput {
    /// A file begins with these tracks. If there was one, it has ended.
    Begin(Vec<Track>),
    /// The next frame in it.
    Frame {
        /// Of which of its tracks.
        track: usize,
        /// When it is to be seen or heard, since the beginning.
        at: Duration,
        /// Whether it needs none before it.
        is_key_frame: bool,
        /// The frame.
        data: Vec<u8>,
    },
    /// The picture cannot go on before it begins anew.
    KeyFrameWanted,
}

/// What somebody sends of themselves, or of their screen.
pub struct Take {
    start: Instant,
    picture: Lane,
    sound: Lane,
    assembler: Assembler,
    /// From when on sound is of use: what comes before it, for the most part, would be heard at the same time as other sound.
    unheard: Duration,
    /// When a key frame was asked for last.
    asked: Option<Instant>,
    reel: Reel,
}

/// One stream after another of the same source.
struct Lane {
    stream: Option<usize>,
    clock: Clock,
}

/// What is in the file that is being written, and what waits for one.
#[derive(Default)]
struct Reel {
    /// Whether there is to be a picture, and a sound.
    expects: (bool, bool),
    /// The tracks of the file; none before there is one.
    layout: Vec<Kind>,
    held: VecDeque<Frame>,
    held_bytes: usize,
    outputs: VecDeque<TakeOutput>,
}

/// What a frame is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Picture(VideoCodec),
    Sound,
}

struct Frame {
    kind: Kind,
    at: Duration,
    is_key_frame: bool,
    data: Vec<u8>,
}

impl Take {
    /// Of what is sent from `start` on.
    #[must_use]
    pub fn new(start: Instant) -> Self {
        let (picture, sound) = (Lane::new(PICTURE_RATE), Lane::new(SOUND_RATE));
        let (assembler, reel) = (Assembler::new(), Reel::default());
        Self { start, picture, sound, assembler, unheard: Duration::ZERO, asked: None, reel }
    }

    /// Whether there is a picture now, and a sound: a file begins when both are there, or when one of them is not to be expected.
    pub fn handle_expected(&mut self, picture: bool, sound: bool) {
        self.reel.expects = (picture, sound);
    }

    /// A packet has come.
    pub fn handle_packet(&mut self, packet: &MediaPacket) {
        match packet.codec {
            Some(codec) => self.take_picture(packet, codec),
            None => self.take_sound(packet),
        }
    }

    /// What is to be done; to be asked until there is nothing, after every packet.
    pub fn poll_output(&mut self) -> Option<TakeOutput> {
        self.reel.outputs.pop_front()
    }

    fn take_picture(&mut self, packet: &MediaPacket, codec: VideoCodec) {
        let MediaPacket { stream, sequence, timestamp, marker, arrival, ref payload, .. } = *packet;
        if self.picture.changes(stream) {
            self.assembler = Assembler::new();
        }
        self.assembler.push(assembly::Packet { sequence, timestamp, marker, codec, payload }, arrival);
        let since = arrival.saturating_duration_since(self.start);
        while let Some(frame) = self.assembler.next_frame(arrival) {
            let at = self.picture.clock.time(frame.timestamp, since);
            let (kind, is_key_frame) = (Kind::Picture(frame.codec), frame.is_key_frame);
            self.reel.put(Frame { kind, at, is_key_frame, data: frame.data.to_vec() });
        }
        if !self.reel.begin_if_complete(since) {
            self.assembler.skip_to_key_frame();
        }
        let is_due = self.asked.is_none_or(|asked| arrival.saturating_duration_since(asked) >= AGAIN);
        if is_due && self.assembler.wants_key_frame() {
            self.asked = Some(arrival);
            self.reel.outputs.push_back(TakeOutput::KeyFrameWanted);
        }
    }

    fn take_sound(&mut self, packet: &MediaPacket) {
        self.sound.changes(packet.stream);
        let Some(length) = sound::duration(&packet.payload) else { return };
        let since = packet.arrival.saturating_duration_since(self.start);
        // It was sent when its last sample was there.
        let at = self.sound.clock.time(packet.timestamp, since).checked_sub(length);
        let Some(at) = at.filter(|at| *at + length / 2 >= self.unheard) else { return };
        self.unheard = at + length;
        self.reel.put(Frame { kind: Kind::Sound, at, is_key_frame: true, data: packet.payload.to_vec() });
        if !self.reel.begin_if_complete(since) {
            self.assembler.skip_to_key_frame();
        }
    }
}

impl Lane {
    fn new(rate: u32) -> Self {
        Self { stream: None, clock: Clock::new(rate) }
    }

    /// Whether a packet is of another stream than the one before.
    fn changes(&mut self, stream: usize) -> bool {
        let is_other = self.stream.replace(stream).is_some_and(|before| before != stream);
        if is_other {
            self.clock.restart();
        }
        is_other
    }
}

impl Reel {
    /// Hands a frame on; if the file has no track for it, it waits for another file.
    fn put(&mut self, frame: Frame) {
        if let Some(track) = self.layout.iter().position(|kind| *kind == frame.kind) {
            let Frame { at, is_key_frame, data, .. } = frame;
            return self.outputs.push_back(TakeOutput::Frame { track, at, is_key_frame, data });
        }
        if !self.layout.is_empty() && !frame.is_key_frame {
            return;
        }
        self.layout.clear();
        self.held_bytes += frame.data.len();
        self.held.push_back(frame);
        while self.held.len() > MAX_HELD || self.held_bytes > MAX_HELD_BYTES {
            let Some(oldest) = self.held.pop_front() else { break };
            self.held_bytes -= oldest.data.len();
        }
    }

    /// Begins a file with what waits, if all that is expected is there, or has been waited for long enough. False: of the pictures
    /// nothing could be used.
    fn begin_if_complete(&mut self, now: Duration) -> bool {
        let Some(first) = self.held.front() else { return true };
        let key_frame = self.held.iter().find(|frame| frame.kind != Kind::Sound && frame.is_key_frame);
        let has_sound = self.held.iter().any(|frame| frame.kind == Kind::Sound);
        let is_complete = (key_frame.is_some() || !self.expects.0) && (has_sound || !self.expects.1);
        if !is_complete && now.saturating_sub(first.at) < PATIENCE {
            return true;
        }
        let picture = key_frame.and_then(|frame| Some((frame.kind, media(frame)?)));
        let opus = Media::Opus { channels: 2, pre_skip: PRE_SKIP };
        let tracks = picture.into_iter().chain(has_sound.then_some((Kind::Sound, opus)));
        let (layout, media): (Vec<_>, Vec<_>) = tracks.unzip();
        let mut held = std::mem::take(&mut self.held);
        self.held_bytes = 0;
        let waiting = held.len();
        held.retain(|frame| layout.contains(&frame.kind));
        let is_used = held.len() == waiting;
        if !layout.is_empty() {
            self.layout = layout;
            let tracks = media.into_iter().map(|media| Track { name: String::new(), media });
            self.outputs.push_back(TakeOutput::Begin(tracks.collect()));
            held.into_iter().for_each(|frame| self.put(frame));
        }
        is_used
    }
}

/// What a track with this key frame is; `None` if it cannot be decoded.
fn media(key_frame: &Frame) -> Option<Media> {
    let Kind::Picture(codec) = key_frame.kind else { return None };
    let mut decoder = Decoder::new(codec).ok()?;
    let size: Size = decoder.decode(&key_frame.data).ok().flatten()?.size;
    Some(match codec {
        VideoCodec::Vp8 => Media::Vp8(size),
        VideoCodec::Vp9 => Media::Vp9(size),
        VideoCodec::H264 => Media::H264 { size, parameter_sets: key_frame.data.clone() },
        VideoCodec::Av1 => return None,
    })
}
