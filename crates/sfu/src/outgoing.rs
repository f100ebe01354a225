//! One outgoing stream: whatever it carries in turn, its receiver sees one stream of one sender.
//!
//! A *feed* is what comes from one encoder: one layer of one source. When another feed is to go on in the stream, the old one
//! goes on until the new one can be decoded, at the first packet of a key frame; sound can be at any packet. From there on
//!
//! * sequence numbers follow one another, while losses within a feed stay visible, so that they are asked for again;
//! * time stamps go on by the time that passed between captures;
//! * picture ids and TL0PICIDX of VP8 go on by one.

mod sent;

use std::time::{Duration, Instant};

use visavis_rtp::VideoCodec;
use visavis_rtp::vp8::Descriptor;

use sent::Sent;

/// A gap of more sequence numbers than this is no loss: the stream was paused or began anew. Receivers that would see it whole
/// could lose count of their roll-overs, and then nothing decrypts any more.
const MAX_GAP: u64 = 1000;
/// A packet that is late by more than this is not late: its sender has begun anew. Below, it may be lost for being too late.
const MAX_LATE: u64 = 4000;
/// The same for one that can be begun with, of which few are late.
const MAX_LATE_TO_BEGIN: u64 = sent::REACH;
/// By how many microseconds the time between captures may differ from that between arrivals. Clocks of different senders may be
/// wrong by hours.
const MAX_SKEW: u64 = 500_000;
const MICROSECONDS: i64 = 1_000_000;
/// A longer pause counts as this one, and no change moves a time stamp by more ticks: receivers take half of their range for
/// going back.
const MAX_PAUSE: Duration = Duration::from_secs(24 * 3600);
const MAX_PAUSE_TICKS: i64 = 1 << 30;

/// A packet of a feed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Incoming<'a> {
    /// Extended beyond 16 bits.
    pub(crate) sequence: u64,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
    pub(crate) arrival: Instant,
    /// By its sender's reports.
    pub(crate) captured: Option<Instant>,
    /// Ticks of time stamps in a second.
    pub(crate) clock_rate: u32,
    /// `None` is sound.
    pub(crate) codec: Option<VideoCodec>,
    pub(crate) payload: &'a [u8],
}

/// What a packet is to have in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rewrite {
    /// Extended beyond 16 bits. It begins below 65,536: a receiver knows of no roll-over before the first packet.
    pub(crate) sequence: u64,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
    pub(crate) vp8: Option<Vp8Rewrite>,
}

/// What is to stand in the descriptor of VP8 (RFC 7741) in place of what does, in as many bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Vp8Rewrite {
    pub(crate) picture_id: Option<u16>,
    pub(crate) tl0_pic_idx: Option<u8>,
}

/// An outgoing stream.
pub(crate) struct Outgoing {
    feed: Option<Feed>,
    waiting: Option<u64>,
    sent: Sent,
    first_timestamp: u32,
    last: Option<Last>,
    picture_id: Option<u16>,
    tl0_pic_idx: Option<u8>,
    /// By how many ticks time stamps are ahead of captures, for they never go back.
    ahead: i64,
}

/// What is carried now, and how it maps to the stream.
struct Feed {
    id: u64,
    /// Sequence numbers of its first packet, there and here.
    first: u64,
    first_out: u64,
    newest: u64,
    timestamp: u32,
    picture_id: u16,
    tl0_pic_idx: u8,
}

/// The packet with the newest time stamp.
#[derive(Clone, Copy)]
struct Last {
    timestamp: u32,
    arrival: Instant,
    captured: Option<Instant>,
}

/// How a feed begins in the stream.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beginning {
    /// It can be decoded from there on.
    Clean,
    /// Something is missing before it: the receiver is shown that.
    Broken,
}

impl Outgoing {
    /// A stream that begins with these numbers; `first_sequence` below 32,768, so that no early loss looks like a roll-over.
    pub(crate) fn new(first_sequence: u16, first_timestamp: u32) -> Self {
        Self {
            feed: None,
            waiting: None,
            sent: Sent::new(u64::from(first_sequence & 0x7fff)),
            first_timestamp,
            last: None,
            picture_id: None,
            tl0_pic_idx: None,
            ahead: 0,
        }
    }

    /// From the next packet on that one can begin with, the stream carries `feed`. Whether it has to be waited for: what is
    /// carried already just goes on.
    pub(crate) fn begin(&mut self, feed: u64) -> bool {
        let is_other = self.feed.as_ref().is_none_or(|current| current.id != feed);
        self.waiting = is_other.then_some(feed);
        is_other
    }

    /// The stream carries nothing for a while. What comes then has to begin with a key frame again, for it needs what was not
    /// sent.
    pub(crate) fn pause(&mut self) {
        (self.feed, self.waiting) = (None, None);
    }

    /// Whether a feed has been begun that nothing of was sent yet: of a picture, a key frame is needed.
    pub(crate) fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// What a packet is to have in the stream; `None` if it does not go there, or has gone already.
    pub(crate) fn rewrite(&mut self, feed: u64, incoming: &Incoming<'_>) -> Option<Rewrite> {
        let can_begin = incoming.codec.is_none_or(|codec| codec.is_key_frame(incoming.payload));
        if self.waiting == Some(feed) && can_begin {
            self.waiting = None;
            if self.feed.as_ref().is_none_or(|current| current.id != feed) {
                self.start(feed, incoming, Beginning::Clean);
            }
        }
        let current = self.feed.as_ref().filter(|current| current.id == feed)?;
        let max_late = if can_begin { MAX_LATE_TO_BEGIN } else { MAX_LATE };
        let is_new = incoming.sequence > current.newest.saturating_add(MAX_GAP)
            || incoming.sequence.saturating_add(max_late) < current.newest;
        if is_new {
            self.start(feed, incoming, if can_begin { Beginning::Clean } else { Beginning::Broken });
        }
        self.map(incoming)
    }

    /// Has `feed` go on in the stream from this packet.
    fn start(&mut self, feed: u64, incoming: &Incoming<'_>, beginning: Beginning) {
        let missing = u8::from(beginning == Beginning::Broken);
        let vp8 = descriptor(incoming);
        let picture_id = vp8.and_then(|vp8| vp8.picture_id);
        let tl0_pic_idx = vp8.and_then(|vp8| vp8.tl0_pic_idx);
        let next_id = self.picture_id.map(|last| last.wrapping_add(1 + u16::from(missing)));
        let next_tl0 = self.tl0_pic_idx.map(|last| last.wrapping_add(1 + missing));
        let offset_id = |next: u16| next.wrapping_sub(picture_id.map_or(0, |id| id.value()));
        let offset_tl0 = |next: u8| next.wrapping_sub(tl0_pic_idx.unwrap_or(0));
        self.feed = Some(Feed {
            id: feed,
            first: incoming.sequence,
            first_out: self.sent.next() + u64::from(missing),
            newest: incoming.sequence,
            timestamp: self.timestamp_of_change(incoming).wrapping_sub(incoming.timestamp),
            picture_id: next_id.map_or(0, offset_id),
            tl0_pic_idx: next_tl0.map_or(0, offset_tl0),
        });
    }

    /// The time stamp with which another feed goes on: after all before, and as far from them as their captures are.
    fn timestamp_of_change(&mut self, incoming: &Incoming<'_>) -> u32 {
        let Some(last) = self.last else { return self.first_timestamp };
        let rate = i64::from(incoming.clock_rate);
        let passed = passed(&last, incoming).saturating_mul(rate) / MICROSECONDS;
        let step = (passed - self.ahead).clamp(1, MAX_PAUSE_TICKS);
        self.ahead = (self.ahead + step - passed).clamp(0, rate);
        last.timestamp.wrapping_add(u32::try_from(step).unwrap_or_default())
    }

    fn map(&mut self, incoming: &Incoming<'_>) -> Option<Rewrite> {
        let feed = self.feed.as_mut()?;
        let since = incoming.sequence.checked_sub(feed.first)?;
        let sequence = feed.first_out + since;
        let timestamp = incoming.timestamp.wrapping_add(feed.timestamp);
        let vp8 = descriptor(incoming).map(|vp8| Vp8Rewrite {
            picture_id: vp8.picture_id.map(|id| id.value().wrapping_add(feed.picture_id) & id.highest()),
            tl0_pic_idx: vp8.tl0_pic_idx.map(|index| index.wrapping_add(feed.tl0_pic_idx)),
        });
        let is_newest = sequence >= self.sent.next();
        if !self.sent.take(sequence) {
            return None;
        }
        if is_newest {
            feed.newest = incoming.sequence;
            self.picture_id = vp8.and_then(|vp8| vp8.picture_id).or(self.picture_id);
            self.tl0_pic_idx = vp8.and_then(|vp8| vp8.tl0_pic_idx).or(self.tl0_pic_idx);
        }
        if self.last.is_none_or(|last| is_newer(timestamp, last.timestamp)) {
            self.last = Some(Last { timestamp, arrival: incoming.arrival, captured: incoming.captured });
        }
        // Where sound changes, the receiver may adapt to another delay (RFC 3551 section 4.1).
        let marker = incoming.marker || incoming.codec.is_none() && since == 0;
        Some(Rewrite { sequence, timestamp, marker, vp8 })
    }
}

/// What has passed between two packets, in microseconds: by their captures if that is likely, otherwise by their arrivals.
fn passed(last: &Last, incoming: &Incoming<'_>) -> i64 {
    let arrivals = microseconds(last.arrival, incoming.arrival);
    let captures = last.captured.zip(incoming.captured).map(|(before, after)| microseconds(before, after));
    captures.filter(|captures| captures.abs_diff(arrivals) <= MAX_SKEW).unwrap_or(arrivals)
}

fn microseconds(from: Instant, to: Instant) -> i64 {
    let forth = to.saturating_duration_since(from).min(MAX_PAUSE).as_micros();
    let back = from.saturating_duration_since(to).min(MAX_PAUSE).as_micros();
    i64::try_from(forth).unwrap_or_default() - i64::try_from(back).unwrap_or_default()
}

fn descriptor(incoming: &Incoming<'_>) -> Option<Descriptor> {
    if incoming.codec == Some(VideoCodec::Vp8) { Descriptor::parse(incoming.payload) } else { None }
}

/// Whether time stamp `a` is after `b`, on their circle.
fn is_newer(a: u32, b: u32) -> bool {
    (1..1 << 31).contains(&a.wrapping_sub(b))
}

#[cfg(test)]
mod tests;
