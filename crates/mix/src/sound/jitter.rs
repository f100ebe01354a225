//! When what is played: packets of one source in the order of their time stamps, each as soon as nearly all of its kind are here.
//!
//! Everything is counted in samples at 48 kHz. How late a packet is says its arrival less its time stamp; both begin anywhere,
//! only differences matter. A packet is due when the latest hundredth of those of the last seconds would have arrived as well
//! ("target"). What comes in bursts or late is played nevertheless, and so adds delay at once; who plays takes it back slowly
//! by the slack that each packet has when it is pulled.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{FRAME, SAMPLE_RATE};

/// Packets that wait: at 2.5 ms each they reach beyond the longest delay.
const MAX_PACKETS: usize = 64;
/// Bytes of a packet: more does not fit a datagram.
const MAX_PAYLOAD: usize = 1500;
/// How far back is looked for what the network does, in time and in packets.
const HISTORY: Duration = Duration::from_secs(5);
const MAX_DELAYS: usize = 256;
/// Of so many packets one may be too late.
const LATE: usize = 100;
/// How much later than the earliest the target may be: 120 ms.
const MAX_TARGET: i64 = 120 * MILLISECOND;
/// How long after it was due a packet is still played if there are newer ones.
const MAX_SLACK: i64 = 120 * MILLISECOND;
/// A packet that is this much earlier or later than the one before belongs to another clock.
const JUMP: i64 = MAX_TARGET + MAX_SLACK;
/// What a packet may lack to being due: less than one hears of a packet that is missed now and then.
const TOLERANCE: i64 = 2 * MILLISECOND;
/// After so many frames that are made up there is silence: 100 ms.
const MAX_CONCEALED: u32 = 5;
/// Between two frames that are put in to have more delay are so many that are not.
const APART: u32 = 5;

pub(super) const MILLISECOND: i64 = SAMPLE_RATE as i64 / 1000;

/// A packet of Opus (RFC 7587) as it was received.
#[derive(Clone, Debug)]
pub struct SoundPacket {
    /// Extended beyond 16 bits.
    pub sequence: u64,
    /// At 48 kHz.
    pub timestamp: u32,
    /// When it was received.
    pub arrival: Instant,
    /// Opus, without RTP.
    pub payload: Arc<[u8]>,
}

/// What is to be played next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Playout {
    /// This payload.
    Packet {
        /// To be decoded.
        payload: Arc<[u8]>,
        /// How long it is.
        samples: usize,
        /// For how long it has been due, in samples; negative if it is hardly that.
        slack: i64,
    },
    /// What this payload says of the packet before it, which is lost (RFC 6716, section 2.1.7). The payload itself follows.
    Recover {
        /// To be decoded for its forward error correction.
        payload: Arc<[u8]>,
        /// How long what is lost was.
        samples: usize,
    },
    /// Something that goes on with what was before.
    Conceal {
        /// How much of it.
        samples: usize,
        /// Silence follows.
        is_last: bool,
    },
    /// Nothing: the source is silent, or has stopped.
    Silence,
}

/// What waits of one source.
#[derive(Debug, Default)]
pub struct JitterBuffer {
    /// By their time.
    packets: BTreeMap<i64, Waiting>,
    /// When time began.
    epoch: Option<Instant>,
    /// The last packet that was believed.
    latest: Option<Latest>,
    /// Sequence and delay of one that was not.
    suspect: Option<(u64, i64)>,
    /// When packets came, and how late.
    delays: VecDeque<(i64, i64)>,
    target: i64,
    /// Time of the next sample, and sequence of the packet that the one before it was in.
    next: Option<(i64, u64)>,
    /// Samples and frames made up since the last packet.
    concealed: i64,
    concealed_frames: u32,
    /// Packets since then.
    since_concealed: u32,
}

#[derive(Debug)]
struct Waiting {
    sequence: u64,
    arrival: i64,
    samples: i64,
    payload: Arc<[u8]>,
}

#[derive(Clone, Copy, Debug)]
struct Latest {
    timestamp: u32,
    time: i64,
    arrival: i64,
    delay: i64,
}

impl JitterBuffer {
    /// Takes a packet, in any order. One that is no Opus, or too late, is as good as lost. Of more than 64 that wait the oldest
    /// is given up.
    pub fn insert(&mut self, packet: &SoundPacket) {
        let payload = &packet.payload;
        let samples = if payload.len() > MAX_PAYLOAD { None } else { samples(payload) };
        let Some(samples) = samples else { return };
        let arrival = self.time_of(packet.arrival);
        let Some(time) = self.believe(packet, arrival) else { return };
        self.record(arrival, arrival - time);
        if self.next.is_some_and(|(next, _)| time < next) {
            return;
        }
        let waiting = Waiting { sequence: packet.sequence, arrival, samples, payload: Arc::clone(payload) };
        self.packets.insert(time, waiting);
        if self.packets.len() > MAX_PACKETS {
            self.packets.pop_first();
        }
    }

    /// What is played next; `wanted` is how much of the frame that begins `now` is still missing.
    pub fn pull(&mut self, now: Instant, wanted: usize) -> Playout {
        let due = self.time_of(now) - self.target;
        while self.packets.len() > 1
            && self.packets.first_key_value().is_some_and(|(time, _)| due - time > MAX_SLACK)
        {
            self.packets.pop_first();
        }
        let Some((&time, front)) = self.packets.first_key_value() else { return self.conceal(wanted) };
        let slack = due - time;
        let (gap, before) = self.next.map_or((0, front.sequence), |(next, before)| (time - next, before));
        let is_lost = gap > 0 && front.sequence > before + 1;
        let missing = gap - self.concealed;
        // Once there is silence nothing is made up any more, and what is due is played whatever is missing before it.
        let makes_up = self.concealed_frames < MAX_CONCEALED || slack < -TOLERANCE;
        if gap > 0 && missing > 0 && slack < MAX_SLACK && makes_up {
            if is_lost && missing == front.samples && has_fec(&front.payload) {
                return self.recover(time);
            }
            let missing = usize::try_from(missing).unwrap_or(wanted);
            return self.conceal(wanted.min(missing));
        }
        let is_early = slack < -TOLERANCE;
        if is_early && (gap > 0 || self.concealed > 0 || self.since_concealed >= APART) {
            return self.conceal(wanted);
        }
        if is_lost {
            self.record_loss(time);
        }
        self.play(slack)
    }

    /// The next packet, if it goes on exactly with what was played last.
    pub fn pull_contiguous(&mut self, now: Instant) -> Option<Playout> {
        let (&time, _) = self.packets.first_key_value()?;
        let slack = self.time_of(now) - self.target - time;
        self.next.is_some_and(|(next, _)| next == time).then(|| self.play(slack))
    }

    /// Packets that wait here.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.packets.len()
    }

    /// How much later than the earliest of the last seconds a packet may be without being missed.
    #[must_use]
    pub fn target(&self) -> Duration {
        let earliest = self.delays.iter().map(|(_, delay)| *delay).min().unwrap_or(self.target);
        duration_of(u64::try_from(self.target - earliest).unwrap_or_default())
    }

    /// How long ago a sample could have been here, had its packet come as fast as the fastest of the last seconds: the sample that is
    /// `ahead` of what comes next.
    pub(super) fn age(&mut self, now: Instant, ahead: usize) -> Option<Duration> {
        let (next, _) = self.next?;
        let earliest = self.delays.iter().map(|(_, delay)| *delay).min()?;
        let age = self.time_of(now) - earliest - next + i64::try_from(ahead).ok()?;
        u64::try_from(age).ok().map(duration_of)
    }

    fn play(&mut self, slack: i64) -> Playout {
        let Some((time, packet)) = self.packets.pop_first() else { return Playout::Silence };
        self.next = Some((time + packet.samples, packet.sequence));
        (self.concealed, self.concealed_frames) = (0, 0);
        self.since_concealed = self.since_concealed.saturating_add(1);
        let samples = usize::try_from(packet.samples).unwrap_or_default();
        Playout::Packet { payload: packet.payload, samples, slack }
    }

    /// What is lost before the first packet, which is of `time`, comes out of that packet.
    fn recover(&mut self, time: i64) -> Playout {
        self.record_loss(time);
        let Some(front) = self.packets.get(&time) else { return Playout::Silence };
        self.next = Some((time, front.sequence.wrapping_sub(1)));
        (self.concealed, self.concealed_frames) = (0, 0);
        let samples = usize::try_from(front.samples).unwrap_or_default();
        Playout::Recover { payload: Arc::clone(&front.payload), samples }
    }

    fn conceal(&mut self, samples: usize) -> Playout {
        self.since_concealed = 0;
        self.concealed = self.concealed.saturating_add(i64::try_from(samples).unwrap_or_default());
        if self.next.is_none() || self.concealed_frames >= MAX_CONCEALED {
            return Playout::Silence;
        }
        self.concealed_frames += 1;
        Playout::Conceal { samples, is_last: self.concealed_frames == MAX_CONCEALED }
    }

    /// The packet's time, if it goes on with what came before or another one has said the same. Then everything begins anew.
    fn believe(&mut self, packet: &SoundPacket, arrival: i64) -> Option<i64> {
        let latest = self.latest.filter(|latest| arrival - latest.arrival < samples_in(HISTORY));
        let Some(latest) = latest else {
            return Some(self.restart(packet, arrival));
        };
        let step = packet.timestamp.wrapping_sub(latest.timestamp).cast_signed();
        let time = latest.time + i64::from(step);
        let delay = arrival - time;
        if (delay - latest.delay).abs() <= JUMP {
            self.suspect = None;
            self.latest = Some(Latest { timestamp: packet.timestamp, time, arrival, delay });
            return Some(time);
        }
        let is_confirmed = self.suspect.is_some_and(|(sequence, suspected)| {
            packet.sequence == sequence.wrapping_add(1) && (delay - suspected).abs() <= JUMP
        });
        self.suspect = Some((packet.sequence, delay));
        is_confirmed.then(|| self.restart(packet, arrival))
    }

    fn restart(&mut self, packet: &SoundPacket, arrival: i64) -> i64 {
        let time = i64::from(packet.timestamp);
        self.packets.clear();
        self.delays.clear();
        (self.next, self.suspect) = (None, None);
        (self.concealed, self.concealed_frames, self.since_concealed) = (0, 0, 0);
        self.latest = Some(Latest { timestamp: packet.timestamp, time, arrival, delay: arrival - time });
        time
    }

    /// What is lost can be had again when the packet after it is here, the one of `time`: that is how late it is.
    fn record_loss(&mut self, time: i64) {
        let Some(front) = self.packets.get(&time).filter(|front| has_fec(&front.payload)) else { return };
        let (arrival, samples) = (front.arrival, front.samples);
        self.record(arrival, arrival - time + samples);
    }

    fn record(&mut self, arrival: i64, delay: i64) {
        self.delays.push_back((arrival, delay));
        let is_old = |(at, _): &(i64, i64)| arrival - at > samples_in(HISTORY);
        while self.delays.len() > MAX_DELAYS || self.delays.front().is_some_and(is_old) {
            self.delays.pop_front();
        }
        let mut latest = [i64::MIN; MAX_DELAYS / LATE + 1];
        let mut earliest = i64::MAX;
        for (_, delay) in &self.delays {
            earliest = earliest.min(*delay);
            let mut delay = *delay;
            for place in &mut latest {
                if delay > *place {
                    std::mem::swap(place, &mut delay);
                }
            }
        }
        let allowed = latest.get(self.delays.len() / LATE).copied().unwrap_or(earliest);
        self.target = allowed.min(earliest + MAX_TARGET);
    }

    fn time_of(&mut self, at: Instant) -> i64 {
        let epoch = *self.epoch.get_or_insert(at);
        match at.checked_duration_since(epoch) {
            Some(after) => samples_in(after),
            None => -samples_in(epoch.saturating_duration_since(at)),
        }
    }
}

fn duration_of(samples: u64) -> Duration {
    Duration::from_micros(samples.saturating_mul(1_000_000) / u64::from(SAMPLE_RATE))
}

fn samples_in(duration: Duration) -> i64 {
    let samples = duration.as_micros() * u128::from(SAMPLE_RATE) / 1_000_000;
    i64::try_from(samples).unwrap_or(i64::MAX / 4)
}

/// How long a packet is, if it is one.
pub(crate) fn duration(payload: &[u8]) -> Option<Duration> {
    samples(payload).and_then(|samples| u64::try_from(samples).ok()).map(duration_of)
}

/// The same in samples.
fn samples(payload: &[u8]) -> Option<i64> {
    if payload.is_empty() {
        return None;
    }
    let samples = opus::packet::get_nb_samples(payload, SAMPLE_RATE).ok()?;
    i64::try_from(samples).ok().filter(|samples| *samples > 0)
}

/// Whether a packet repeats the one before it: the flag of its first SILK frame (RFC 6716, sections 3.1 and 4.2.3).
fn has_fec(payload: &[u8]) -> bool {
    let [toc, first, ..] = payload else { return false };
    let frames = match toc >> 3 {
        0..=11 => match (toc >> 3) & 0x03 {
            2 => 2,
            3 => 3,
            _ => 1,
        },
        12..=15 => 1,
        _ => return false,
    };
    // Only where one frame of Opus begins right after the first byte.
    toc & 0x03 == 0 && first & (0x80 >> frames) != 0
}

/// Of one frame of the mix.
pub(super) const TICK: i64 = FRAME as i64;

#[cfg(test)]
mod tests;
