//! What a browser sends: pictures in three encodings that look like VP8, or in one of another codec, and sound.

use std::sync::Arc;
use std::time::{Duration, Instant};

use visavis_rtp::VideoCodec;

use crate::link::Random;

/// What each payload says of itself, behind its descriptor, so that whoever gets it can tell what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) who: u8,
    pub(crate) layer: u8,
    pub(crate) is_key: bool,
    /// Frames of this encoder, or packets of this microphone, before this one.
    pub(crate) number: u32,
    /// Which packet of the frame, and of how many.
    pub(crate) index: u16,
    pub(crate) count: u16,
    /// Since the start of the world.
    pub(crate) captured: Duration,
}

impl Label {
    const LENGTH: usize = 19;

    fn write(&self, payload: &mut Vec<u8>) {
        payload.extend([self.who, self.layer, u8::from(self.is_key)]);
        payload.extend(self.number.to_be_bytes());
        payload.extend(self.index.to_be_bytes());
        payload.extend(self.count.to_be_bytes());
        payload.extend(u64::try_from(self.captured.as_micros()).unwrap().to_be_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; Self::LENGTH] = bytes.get(..Self::LENGTH)?.try_into().unwrap();
        let u16_at = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
        Some(Self {
            who: bytes[0],
            layer: bytes[1],
            is_key: bytes[2] != 0,
            number: u32::from_be_bytes(bytes[3..7].try_into().unwrap()),
            index: u16_at(7),
            count: u16_at(9),
            captured: Duration::from_micros(u64::from_be_bytes(bytes[11..19].try_into().unwrap())),
        })
    }
}

/// A payload of a picture, as a receiver reads it. Codecs other than VP8 say of themselves only whether a frame begins and
/// whether it is a key frame; picture id and TL0PICIDX are behind that, for the receiver to compare.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    pub(crate) picture_id: u16,
    pub(crate) tl0_pic_idx: u8,
    pub(crate) label: Label,
}

/// Flags, flags, a picture id of 15 bits, TL0PICIDX, temporal layer and key index (RFC 7741 section 4.2).
const DESCRIPTOR: usize = 6;
/// The payload header of a key frame, with its start code and size.
const HEADER: usize = 10;
/// What payloads of other codecs begin with.
const PREFIX: usize = 2;
/// The most bytes of a payload.
const LONGEST: usize = 1130;
pub(crate) const FPS: u32 = 25;

impl Piece {
    fn write(&self, codec: VideoCodec, length: usize, height: u16) -> Vec<u8> {
        let is_first = self.label.index == 0;
        let mut payload = match codec {
            VideoCodec::Vp8 => self.write_vp8(height),
            // A slice, of an IDR picture or not, and whether it is the first.
            VideoCodec::H264 => {
                vec![if self.label.is_key { 0x65 } else { 0x41 }, if is_first { 0x88 } else { 0x48 }]
            }
            // Whether it is predicted (P) and begins (B).
            VideoCodec::Vp9 => vec![u8::from(!self.label.is_key) << 6 | u8::from(is_first) << 3, 0],
            // Whether it goes on (Z), one element, and whether a sequence begins (N).
            VideoCodec::Av1 => {
                let begins = u8::from(is_first && self.label.is_key);
                vec![u8::from(!is_first) << 7 | 0x10 | begins << 3, 0x30]
            }
        };
        if codec != VideoCodec::Vp8 {
            payload.extend(self.picture_id.to_be_bytes());
            payload.push(self.tl0_pic_idx);
        }
        self.label.write(&mut payload);
        payload.resize(payload.len().max(length), 0);
        payload
    }

    fn write_vp8(&self, height: u16) -> Vec<u8> {
        let is_first = self.label.index == 0;
        let mut payload = vec![if is_first { 0x90 } else { 0x80 }, 0xe0];
        payload.extend((0x8000 | self.picture_id).to_be_bytes());
        payload.extend([self.tl0_pic_idx, 0]);
        if is_first {
            let width = height / 9 * 16;
            payload.extend([u8::from(!self.label.is_key), 0, 0, 0x9d, 0x01, 0x2a]);
            payload.extend(width.to_le_bytes().into_iter().chain(height.to_le_bytes()));
        }
        payload
    }

    pub(crate) fn read(codec: VideoCodec, payload: &[u8]) -> Option<Self> {
        let at = match codec {
            VideoCodec::Vp8 => DESCRIPTOR + if payload.first()? & 0x10 == 0 { 0 } else { HEADER },
            _ => PREFIX + 3,
        };
        Some(Self {
            picture_id: u16::from_be_bytes([*payload.get(PREFIX)?, *payload.get(PREFIX + 1)?]) & 0x7fff,
            tl0_pic_idx: *payload.get(PREFIX + 2)?,
            label: Label::read(payload.get(at..)?)?,
        })
    }
}

/// A packet to send.
pub(crate) struct Outbound {
    pub(crate) rid: Option<&'static str>,
    pub(crate) sequence: u64,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
    pub(crate) captured: Instant,
    pub(crate) payload: Arc<[u8]>,
}

/// A camera with its encoders, or a screen.
pub(crate) struct Camera {
    pub(crate) who: u8,
    pub(crate) codec: VideoCodec,
    pub(crate) layers: Vec<Encoder>,
    /// How long a frame takes from its capture until it is sent.
    pub(crate) latency: Duration,
    /// Off: no frames.
    pub(crate) is_on: bool,
    next: Instant,
    random: Random,
}

/// One encoder.
pub(crate) struct Encoder {
    pub(crate) rid: Option<&'static str>,
    pub(crate) bitrate: u64,
    height: u16,
    /// Switched on, as the server wants it.
    pub(crate) is_active: bool,
    /// The computer cannot do it: it sends nothing whatever is wanted.
    pub(crate) is_unable: bool,
    wants_key: bool,
    sequence: u64,
    timestamp: u32,
    picture_id: u16,
    tl0_pic_idx: u8,
    number: u32,
    /// Bytes that earlier frames were too long by.
    debt: usize,
    /// Key frames sent.
    pub(crate) keys: u32,
}

pub(crate) const RIDS: [&str; 3] = ["q", "h", "f"];
/// What the encodings take, in bit/s: as in browsers at 640x360 and a little more.
pub(crate) const BITRATES: [u64; 3] = [150_000, 450_000, 1_500_000];

impl Camera {
    /// With three encodings, or with one.
    pub(crate) fn new(who: u8, codec: VideoCodec, simulcast: bool, seed: u64, now: Instant) -> Self {
        let mut random = Random::new(seed);
        let rids = if simulcast { RIDS.map(Some).to_vec() } else { vec![None] };
        let count = rids.len();
        let layers = rids.into_iter().enumerate().map(|(index, rid)| Encoder {
            rid,
            bitrate: if count == 1 { 1_000_000 } else { BITRATES[index] },
            height: 720 >> (count - 1 - index),
            is_active: true,
            is_unable: false,
            wants_key: true,
            sequence: 100 + u64::try_from(random.below(1000)).unwrap(),
            timestamp: u32::try_from(random.below(1 << 31)).unwrap(),
            picture_id: u16::try_from(random.below(1 << 15)).unwrap(),
            tl0_pic_idx: u8::try_from(random.below(256)).unwrap(),
            number: 0,
            debt: 0,
            keys: 0,
        });
        let layers = layers.collect();
        Self { who, codec, layers, latency: Duration::ZERO, is_on: true, next: now, random }
    }

    pub(crate) fn next(&self) -> Instant {
        self.next
    }

    /// Somebody needs a key frame.
    pub(crate) fn request_key_frame(&mut self, rid: Option<&str>) {
        if let Some(layer) = self.layers.iter_mut().find(|layer| layer.rid == rid) {
            layer.wants_key = true;
        }
    }

    /// The server wants these encodings.
    pub(crate) fn switch(&mut self, rids: &[String]) {
        for layer in &mut self.layers {
            let is_wanted = rids.iter().any(|rid| rid == layer.rid.unwrap_or_default());
            layer.wants_key |= is_wanted && !layer.is_active;
            layer.is_active = is_wanted;
        }
    }

    /// The packets of the next frame.
    pub(crate) fn capture(&mut self, now: Instant, start: Instant) -> Vec<Outbound> {
        let interval = Duration::from_secs(1) / FPS;
        self.next += interval;
        let mut packets = Vec::new();
        let captured = now - self.latency.min(now - start);
        for (layer, encoder) in self.layers.iter_mut().enumerate() {
            encoder.timestamp = encoder.timestamp.wrapping_add(90_000 / FPS);
            if self.is_on && encoder.is_active && !encoder.is_unable {
                let vary = 0.85 + 0.3 * self.random.part();
                let label = Label {
                    who: self.who,
                    layer: u8::try_from(layer).unwrap(),
                    is_key: encoder.wants_key,
                    number: encoder.number,
                    index: 0,
                    count: 0,
                    captured: captured - start,
                };
                encoder.encode(self.codec, label, captured, vary, &mut packets);
            } else {
                encoder.wants_key = true;
            }
        }
        packets
    }
}

impl Encoder {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "sizes"
    )]
    fn encode(
        &mut self,
        codec: VideoCodec,
        label: Label,
        captured: Instant,
        vary: f64,
        packets: &mut Vec<Outbound>,
    ) {
        let mean = (self.bitrate / 8 / u64::from(FPS)) as usize;
        let wanted = (mean as f64 * vary) as usize;
        // A key frame takes what five others do; those after it are smaller until that is made up for.
        let length = if label.is_key { wanted * 5 } else { wanted - (mean / 3).min(self.debt) };
        self.debt = (self.debt + length).saturating_sub(wanted.min(self.debt + length));
        self.keys += u32::from(label.is_key);
        self.wants_key = false;
        self.picture_id = (self.picture_id + 1) & 0x7fff;
        self.tl0_pic_idx = self.tl0_pic_idx.wrapping_add(1);
        self.number += 1;
        let count = length.div_ceil(LONGEST).max(1);
        for index in 0..count {
            let (index, count) = (index as u16, count as u16);
            let piece = Piece {
                picture_id: self.picture_id,
                tl0_pic_idx: self.tl0_pic_idx,
                label: Label { index, count, ..label },
            };
            packets.push(Outbound {
                rid: self.rid,
                sequence: self.sequence,
                timestamp: self.timestamp,
                marker: index + 1 == count,
                captured,
                payload: piece.write(codec, length / usize::from(count), self.height).into(),
            });
            self.sequence += 1;
        }
    }
}

/// A microphone: a packet in 20 ms.
pub(crate) struct Mic {
    pub(crate) who: u8,
    /// How far below the loudest, in decibel.
    pub(crate) level: u8,
    pub(crate) is_on: bool,
    /// Nobody speaks, and it says so with a packet now and then (discontinuous transmission, RFC 7587 section 3.1.3).
    pub(crate) is_sparse: bool,
    next: Instant,
    number: u32,
    sequence: u64,
    timestamp: u32,
}

/// The time that one packet of sound stands for.
const SOUND: Duration = Duration::from_millis(20);
/// Between two packets of one that is sparse there are 400 ms.
const SPARSE: u32 = 20;

impl Mic {
    pub(crate) fn new(who: u8, level: u8, now: Instant) -> Self {
        let timestamp = 960 * u32::from(who);
        Self { who, level, is_on: true, is_sparse: false, next: now, number: 0, sequence: 1000, timestamp }
    }

    pub(crate) fn next(&self) -> Instant {
        self.next
    }

    pub(crate) fn capture(&mut self, now: Instant, start: Instant) -> Option<Outbound> {
        self.next += SOUND;
        self.timestamp = self.timestamp.wrapping_add(960);
        if !self.is_on || self.is_sparse && !(self.timestamp / 960).is_multiple_of(SPARSE) {
            return None;
        }
        let captured = now - start;
        let label = Label {
            who: self.who,
            layer: 0,
            is_key: false,
            number: self.number,
            index: 0,
            count: 1,
            captured,
        };
        let mut payload = Vec::new();
        label.write(&mut payload);
        payload.resize(80, 0);
        self.number += 1;
        self.sequence += 1;
        let (sequence, timestamp) = (self.sequence, self.timestamp);
        Some(Outbound {
            rid: None,
            sequence,
            timestamp,
            marker: false,
            captured: now,
            payload: payload.into(),
        })
    }

    pub(crate) fn read(payload: &[u8]) -> Option<Label> {
        Label::read(payload)
    }
}
