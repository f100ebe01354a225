//! Frames from RTP packets: VP8 (RFC 7741), VP9 (RFC 9628) and H.264 (RFC 6184).

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use visavis_rtp::{VideoCodec, vp8, vp9};

use crate::annex_b;

/// How long a lost packet is waited for, from when one after it has come: it may have been asked for, and be sent again.
const PATIENCE: Duration = Duration::from_millis(200);
/// How many packets wait, at most: more than come in [`PATIENCE`] at any bitrate there is.
const MAX_PACKETS: usize = 512;
/// The longest payload, in bytes: more than fits into a packet anywhere. What is longer counts as lost.
const MAX_PAYLOAD: usize = 2048;
/// How many buffers are kept for packets to come.
const MAX_SPARE: usize = 64;
/// The longest frame, in bytes: more than any encoder makes of a picture that is decoded here.
const MAX_FRAME: usize = 1024 * 1024;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;

/// A packet of a stream of pictures.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// Its number, counted on beyond 16 bits. Those of a stream follow each other without gaps.
    pub sequence: u64,
    /// The same for all packets of a frame, and another for those of the next.
    pub timestamp: u32,
    /// A frame ends here.
    pub marker: bool,
    /// Of the frame; it may change with any key frame.
    pub codec: VideoCodec,
    /// The payload.
    pub payload: &'a [u8],
}

/// A whole frame, as a [`Decoder`](crate::Decoder) takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What decodes it.
    pub codec: VideoCodec,
    /// Of its packets.
    pub timestamp: u32,
    /// The frame; of H.264 in the format of annex B.
    pub data: &'a [u8],
    /// It needs no frame before it.
    pub is_key_frame: bool,
}

/// Puts the packets of one stream in order and makes frames of them.
///
/// A frame comes out when all its packets and all frames before it are there. Where a packet stays lost, or is not what it should
/// be, what follows is of no use up to the next key frame, which is then wanted: as it is in the beginning.
pub struct Assembler {
    packets: BTreeMap<u64, Stored>,
    /// Memory of packets that were.
    spare: Vec<Vec<u8>>,
    /// The number of the packet that comes next; none below is of use any more.
    next: u64,
    awaits_key_frame: bool,
    /// Of the frame before.
    codec: Option<VideoCodec>,
    /// What the packets of a frame have come to so far, and whose; it stays for a while after the frame is whole.
    data: Vec<u8>,
    begun: Option<Begun>,
}

/// A packet that waits for its turn.
struct Stored {
    timestamp: u32,
    marker: bool,
    codec: VideoCodec,
    payload: Vec<u8>,
    since: Instant,
}

/// A frame of which there is something.
#[derive(Clone, Copy)]
struct Begun {
    codec: VideoCodec,
    timestamp: u32,
    is_key_frame: bool,
}

/// What comes of looking at the next packet.
enum Step {
    /// It is not there yet.
    Wait,
    /// It is part of a frame.
    Taken,
    /// It is the last of a frame, or the first of the next one.
    Whole(Begun),
    /// It stays lost, or it is broken.
    Lost,
}

impl Default for Assembler {
    fn default() -> Self {
        Self::new()
    }
}

impl Assembler {
    /// For a stream of which nothing has come.
    #[must_use]
    pub fn new() -> Self {
        Self {
            packets: BTreeMap::new(),
            spare: Vec::new(),
            next: 0,
            awaits_key_frame: true,
            codec: None,
            data: Vec::new(),
            begun: None,
        }
    }

    /// A packet has come, in whatever order, again or late. Frames are to be taken after it.
    ///
    /// Of more packets than 512 that wait the first is given up, with the frames that need it. Packets of AV1 are ignored.
    pub fn push(&mut self, packet: Packet<'_>, now: Instant) {
        let Packet { sequence, timestamp, marker, codec, payload } = packet;
        let is_known = sequence < self.next || self.packets.contains_key(&sequence);
        if is_known || codec == VideoCodec::Av1 || payload.len() > MAX_PAYLOAD {
            return;
        }
        let mut copy = self.spare.pop().unwrap_or_default();
        copy.extend_from_slice(payload);
        self.packets.insert(sequence, Stored { timestamp, marker, codec, payload: copy, since: now });
        if self.packets.len() > MAX_PACKETS {
            self.skip_to_key_frame();
            self.drop_first();
        }
    }

    /// The next frame in the order in which they are decoded, if it is whole. To be asked until there is none, after every
    /// packet and from time to time.
    pub fn next_frame(&mut self, now: Instant) -> Option<Frame<'_>> {
        if self.begun.is_none() {
            self.data.clear();
        }
        let Begun { codec, timestamp, is_key_frame } = loop {
            if self.awaits_key_frame && !self.find_key_frame(now) {
                return None;
            }
            match self.step(now) {
                Step::Wait => return None,
                // What is not for the decoder alone makes no frame.
                Step::Whole(frame) if !self.data.is_empty() => break frame,
                Step::Taken | Step::Whole(_) => {}
                Step::Lost => self.skip_to_key_frame(),
            }
        };
        Some(Frame { codec, timestamp, data: &self.data, is_key_frame })
    }

    /// Whether nothing can come out before a key frame does: the sender is to be asked for one.
    #[must_use]
    pub fn wants_key_frame(&self) -> bool {
        self.awaits_key_frame
    }

    /// The decoder can do nothing with what came out, or somebody does not want what waits: on with the next key frame.
    pub fn skip_to_key_frame(&mut self) {
        self.awaits_key_frame = true;
        self.begun = None;
        self.data.clear();
    }

    /// Goes to the first key frame that has begun to come. Packets before one wait for a while, for they may be late ones of its
    /// own.
    fn find_key_frame(&mut self, now: Instant) -> bool {
        let mut packets = self.packets.iter();
        let found = packets.find(|(_, packet)| packet.codec.is_key_frame(&packet.payload));
        let found = found.map(|(sequence, _)| *sequence);
        while let Some((sequence, first)) = self.packets.first_key_value() {
            if found.map_or(now < first.since + PATIENCE, |found| *sequence >= found) {
                break;
            }
            self.drop_first();
        }
        self.awaits_key_frame = found.is_none();
        self.next = found.unwrap_or(self.next);
        found.is_some()
    }

    fn step(&mut self, now: Instant) -> Step {
        let Some((sequence, packet)) = self.packets.first_key_value() else { return Step::Wait };
        if *sequence != self.next {
            return if now < packet.since + PATIENCE { Step::Wait } else { Step::Lost };
        }
        // What is empty only fills the line, and belongs to no frame.
        let is_other = |begun: &Begun| begun.timestamp != packet.timestamp && !packet.payload.is_empty();
        if let Some(begun) = self.begun.take_if(|begun| is_other(begun)) {
            return Step::Whole(begun);
        }
        let Some(packet) = self.pop_first() else { return Step::Wait };
        let step = if packet.payload.is_empty() { Step::Taken } else { self.take(&packet) };
        self.recycle(packet.payload);
        step
    }

    /// Adds a packet to its frame, which it may begin.
    fn take(&mut self, packet: &Stored) -> Step {
        let Stored { timestamp, codec, ref payload, .. } = *packet;
        let is_key_frame = codec.is_key_frame(payload);
        let begun = match self.begun {
            Some(begun) if begun.codec != codec => return Step::Lost,
            Some(begun) => begun,
            None => {
                if self.codec != Some(codec) && !is_key_frame || !may_begin(codec, payload) {
                    return Step::Lost;
                }
                self.data.clear();
                Begun { codec, timestamp, is_key_frame }
            }
        };
        let begun = Begun { is_key_frame: begun.is_key_frame || is_key_frame, ..begun };
        self.codec = Some(codec);
        if append(codec, payload, &mut self.data).is_none() || self.data.len() > MAX_FRAME {
            return Step::Lost;
        }
        self.begun = (!packet.marker).then_some(begun);
        if packet.marker { Step::Whole(begun) } else { Step::Taken }
    }

    fn pop_first(&mut self) -> Option<Stored> {
        let (sequence, packet) = self.packets.pop_first()?;
        self.next = sequence.saturating_add(1);
        Some(packet)
    }

    fn drop_first(&mut self) {
        if let Some(packet) = self.pop_first() {
            self.recycle(packet.payload);
        }
    }

    fn recycle(&mut self, mut payload: Vec<u8>) {
        if self.spare.len() < MAX_SPARE {
            payload.clear();
            self.spare.push(payload);
        }
    }
}

/// Whether a payload is the first of a frame, as far as its codec says that.
fn may_begin(codec: VideoCodec, payload: &[u8]) -> bool {
    codec == VideoCodec::H264 || codec.starts_frame(payload)
}

/// Adds what a payload has for the decoder to a frame; `None` if it is not what it should be.
fn append(codec: VideoCodec, payload: &[u8], frame: &mut Vec<u8>) -> Option<()> {
    match codec {
        VideoCodec::Vp8 => {
            let descriptor = vp8::Descriptor::parse(payload)?;
            frame.extend_from_slice(payload.get(descriptor.length..)?);
        }
        VideoCodec::Vp9 => {
            let descriptor = vp9::Descriptor::parse(payload)?;
            // Higher spatial layers need the lowest one, never the other way round.
            if descriptor.spatial_layer == 0 {
                frame.extend_from_slice(payload.get(descriptor.length..)?);
            }
        }
        VideoCodec::H264 => append_h264(payload, frame)?,
        VideoCodec::Av1 => return None,
    }
    Some(())
}

/// RFC 6184: single NAL units, STAP-A and FU-A, which is all that browsers send.
fn append_h264(payload: &[u8], frame: &mut Vec<u8>) -> Option<()> {
    const IMPORTANCE: u8 = 0xe0;
    let (header, rest) = payload.split_first()?;
    match header & !IMPORTANCE {
        1..STAP_A => annex_b::append(frame, payload),
        STAP_A => {
            let mut units = rest;
            while let Some((length, rest)) = units.split_first_chunk::<2>() {
                let (unit, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
                annex_b::append(frame, unit);
                units = rest;
            }
        }
        FU_A => {
            let (fragment, body) = rest.split_first()?;
            let is_first = fragment & 0x80 != 0;
            if is_first {
                annex_b::append(frame, &[header & IMPORTANCE | fragment & !IMPORTANCE]);
            }
            frame.extend_from_slice(body);
        }
        _ => return None,
    }
    Some(())
}
