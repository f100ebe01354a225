//! What a browser makes of what it gets: a picture, as long as a decoder has what it needs, and sound.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use visavis_rtp::VideoCodec;

use crate::publisher::{Label, Mic, Piece};

/// A packet as it came.
pub(crate) struct Inbound<'a> {
    pub(crate) sequence: u64,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
    /// That of a picture.
    pub(crate) codec: Option<VideoCodec>,
    pub(crate) payload: &'a [u8],
}

/// A frame that was decoded and shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) at: Duration,
    pub(crate) timestamp: u32,
    pub(crate) picture_id: u16,
    pub(crate) tl0_pic_idx: u8,
    pub(crate) label: Label,
}

struct Held {
    timestamp: u32,
    marker: bool,
    piece: Piece,
}

/// One video element.
#[derive(Default)]
pub(crate) struct Picture {
    held: BTreeMap<u64, Held>,
    next: Option<u64>,
    pub(crate) frames: Vec<Frame>,
    stuck: Option<Instant>,
    asked: Option<Instant>,
    /// Frames that the beginning of another encoding has cut off, and key frames that were gone on with in place of what was
    /// missing; the very first is one.
    pub(crate) cuts: Vec<Duration>,
    pub(crate) skips: usize,
    /// What a decoder would have stumbled over though nothing was missing.
    pub(crate) errors: Vec<String>,
    /// Packets that came, and key frames asked for.
    pub(crate) packets: usize,
    pub(crate) requests: usize,
}

/// How long one waits for what is missing before a key frame is asked for, and how long for that.
const PATIENCE: Duration = Duration::from_millis(300);
const AGAIN: Duration = Duration::from_millis(500);
/// Packets that are held at most.
const HELD: usize = 2000;

impl Picture {
    /// Takes a packet; whether a key frame is to be asked for.
    pub(crate) fn take(&mut self, packet: &Inbound<'_>, now: Instant, start: Instant) -> bool {
        self.packets += 1;
        let Some(piece) = packet.codec.and_then(|codec| Piece::read(codec, packet.payload)) else {
            self.errors.push(format!("{:?}: no packet of a picture", now - start));
            return false;
        };
        if self.next.is_none_or(|next| packet.sequence >= next) {
            let held = Held { timestamp: packet.timestamp, marker: packet.marker, piece };
            self.held.insert(packet.sequence, held);
        }
        while self.held.len() > HELD {
            self.held.pop_first();
        }
        while self.show(now, start) {}
        self.is_stuck(now)
    }

    /// The number of the packet that the next frame begins with.
    pub(crate) fn next(&self) -> Option<u64> {
        self.next
    }

    fn is_stuck(&mut self, now: Instant) -> bool {
        let since = if self.held.is_empty() { None } else { Some(*self.stuck.get_or_insert(now)) };
        self.stuck = since;
        let asks = since.is_some_and(|since| now - since >= PATIENCE)
            && self.asked.is_none_or(|asked| now - asked >= AGAIN);
        if asks {
            (self.asked, self.requests) = (Some(now), self.requests + 1);
        }
        asks
    }

    /// Shows a frame if there is one.
    fn show(&mut self, now: Instant, start: Instant) -> bool {
        if let Some(next) = self.next.filter(|next| self.complete(*next).is_none())
            && let Some(end) = self.cut(next)
        {
            // Packets of several encodings come mixed: where one takes the place of another, that may be within a frame.
            self.cuts.push(now - start);
            self.held = self.held.split_off(&end);
            self.next = Some(end);
        }
        let in_order = self.next.filter(|next| self.complete(*next).is_some());
        let key = || {
            let begins = |(_, held): &(&u64, &Held)| held.piece.label.is_key && held.piece.label.index == 0;
            let keys = self.held.iter().filter(begins).map(|(sequence, _)| *sequence);
            keys.into_iter().find(|sequence| self.complete(*sequence).is_some())
        };
        let Some(first) = in_order.or_else(key) else { return false };
        let Some(end) = self.complete(first) else { return false };
        let Held { timestamp, piece, .. } = &self.held[&first];
        let Piece { picture_id, tl0_pic_idx, label } = *piece;
        let frame = Frame { at: now - start, timestamp: *timestamp, picture_id, tl0_pic_idx, label };
        let is_whole = (first..end).all(|at| {
            let held = &self.held[&at];
            let expected = Label { index: u16::try_from(at - first).unwrap(), ..label };
            held.piece.label == expected && held.timestamp == frame.timestamp
        });
        if !is_whole || usize::from(label.count) != usize::try_from(end - first).unwrap() {
            self.errors.push(format!("{:?}: pieces of several frames in one", frame.at));
        }
        if in_order.is_some()
            && let Some(last) = self.frames.last().copied()
        {
            self.compare(&last, &frame);
        }
        self.skips += usize::from(in_order.is_none());
        self.held = self.held.split_off(&end);
        self.next = Some(end);
        self.stuck = None;
        self.frames.push(frame);
        true
    }

    /// Where the frame that begins at `first` ends, if all of it is there.
    fn complete(&self, first: u64) -> Option<u64> {
        let mut at = first;
        loop {
            let held = self.held.get(&at).filter(|held| at == first || held.piece.label.index > 0)?;
            at += 1;
            if held.marker {
                return Some(at);
            }
        }
    }

    /// Where a frame that begins at `first` is cut off by the first packet of another, without anything missing.
    fn cut(&self, first: u64) -> Option<u64> {
        let mut at = first;
        while self.held.get(&at)?.piece.label.index > 0 || at == first {
            at += 1;
        }
        Some(at)
    }

    /// Whether a frame may follow another with no packet between them.
    fn compare(&mut self, last: &Frame, frame: &Frame) {
        let (before, after) = (last.label, frame.label);
        let is_next = (before.who, before.layer, before.number + 1) == (after.who, after.layer, after.number);
        let mut wrong = |what: &str| self.errors.push(format!("{what}: {last:?} then {frame:?}"));
        if !after.is_key && !is_next {
            wrong("refers to a frame that is not there");
        }
        let is_cut = self.cuts.last().is_some_and(|cut| *cut > last.at);
        let step = 1 + u8::from(is_cut);
        if frame.picture_id != (last.picture_id + u16::from(step)) & 0x7fff {
            wrong("picture id");
        }
        if frame.tl0_pic_idx != last.tl0_pic_idx.wrapping_add(step) {
            wrong("TL0PICIDX");
        }
        let ticks = f64::from(frame.timestamp.wrapping_sub(last.timestamp).cast_signed()) / 90_000.0;
        let passed = after.captured.as_secs_f64() - before.captured.as_secs_f64();
        let tolerance = if is_next { 0.001 } else { 0.1 };
        // A layer that is begun may be some frames behind the one before: there time goes on by a tick.
        if ticks <= 0.0 || (ticks - passed.max(0.0)).abs() > tolerance {
            wrong("time stamp");
        }
    }

    /// The longest time without a new frame between two times.
    pub(crate) fn freeze(&self, from: Duration, to: Duration) -> Duration {
        let within = self.frames.iter().map(|frame| frame.at).filter(|at| (from..to).contains(at));
        let times: Vec<Duration> = [from].into_iter().chain(within).chain([to]).collect();
        times.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
    }

    /// The layers of the frames between two times, with when each began.
    pub(crate) fn layers(&self, from: Duration, to: Duration) -> Vec<(Duration, u8)> {
        let mut layers: Vec<(Duration, u8)> = Vec::new();
        for frame in self.frames.iter().filter(|frame| (from..to).contains(&frame.at)) {
            if layers.last().is_none_or(|(_, layer)| *layer != frame.label.layer) {
                layers.push((frame.at, frame.label.layer));
            }
        }
        layers
    }

    /// How long frames took from capture to screen, the fastest first.
    pub(crate) fn delays(&self, from: Duration, to: Duration) -> Vec<Duration> {
        let within = self.frames.iter().filter(|frame| (from..to).contains(&frame.at));
        let mut delays: Vec<Duration> = within.map(|frame| frame.at - frame.label.captured).collect();
        delays.sort_unstable();
        delays
    }
}

/// One audio element.
#[derive(Default)]
pub(crate) struct Sound {
    pub(crate) heard: Vec<(Duration, Label)>,
    /// How many of them came with the packet before repeated.
    pub(crate) repeated: usize,
    last: Option<(u64, u32, Label)>,
    pub(crate) errors: Vec<String>,
}

impl Sound {
    pub(crate) fn take(&mut self, packet: &Inbound<'_>, now: Instant, start: Instant) {
        let Some(label) = Mic::read(packet.payload) else {
            self.errors.push(format!("{:?}: no packet of sound", now - start));
            return;
        };
        if let Some((sequence, timestamp, last)) = self.last
            && last.who == label.who
        {
            let lost = packet.sequence.wrapping_sub(sequence);
            let ticks = packet.timestamp.wrapping_sub(timestamp).cast_signed();
            let numbers = label.number.wrapping_sub(last.number);
            let passed = (label.captured - last.captured).as_secs_f64() * 48_000.0;
            // After what was not sent on, only the time goes on.
            let is_next = lost == u64::from(numbers) && i64::from(ticks) == i64::from(numbers) * 960
                || lost == 1 && (f64::from(ticks) - passed).abs() < 2400.0;
            if !is_next {
                self.errors.push(format!("{:?}: {last:?} then {label:?}: {lost}, {ticks}", now - start));
            }
        }
        self.last = Some((packet.sequence, packet.timestamp, label));
        self.heard.push((now - start, label));
    }

    /// The longest time without a packet between two times.
    pub(crate) fn gap(&self, from: Duration, to: Duration) -> Duration {
        let within = self.heard.iter().map(|(at, _)| *at).filter(|at| (from..to).contains(at));
        let times: Vec<Duration> = [from].into_iter().chain(within).chain([to]).collect();
        times.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
    }

    /// Which part of the packets from `from` to `to` never came.
    #[expect(clippy::cast_precision_loss, reason = "a part")]
    pub(crate) fn lost(&self, from: Duration, to: Duration) -> f64 {
        let within = self.heard.iter().filter(|(at, _)| (from..to).contains(at));
        let heard = within.count() as f64;
        1.0 - heard / ((to - from).as_secs_f64() * 50.0)
    }
}
