use std::time::Duration;

use super::*;
use crate::sound::tests::{Dice, Sender, amplitude, ms, now, tone, voice};
use crate::sound::{MAX_SOURCES, PERIOD, levels};

fn source() -> Source {
    Source::new(0, SoundKind::Content).unwrap()
}

/// What is played of packets that arrive when they say, mixed every 20 ms for so many frames.
fn played(source: &mut Source, mut packets: Vec<SoundPacket>, start: Instant, frames: u32) -> Vec<f32> {
    packets.sort_by_key(|packet| packet.arrival);
    let mut packets = packets.into_iter().peekable();
    let mut heard = Vec::new();
    for frame in 0..frames {
        let at = start + PERIOD * frame;
        while let Some(packet) = packets.next_if(|packet| packet.arrival <= at) {
            source.handle_packet(&packet);
        }
        source.advance(at);
        heard.extend(if source.is_silent { [0.0; FRAME] } else { *source.frame });
    }
    heard
}

impl Source {
    /// How much sound is here that is not played yet.
    fn waiting(&self) -> Duration {
        PERIOD * u32::try_from(self.jitter.waiting()).unwrap()
            + Duration::from_secs_f64(self.pcm.len() as f64 / f64::from(SAMPLE_RATE))
    }
}

/// The quietest of so many frames, by how much of a tone there is.
fn quietest(heard: &[f32], frequency: f32) -> f32 {
    heard.chunks(FRAME).map(|frame| amplitude(frame, frequency)).fold(1.0, f32::min)
}

#[test]
fn packets_of_all_durations_are_played_without_a_gap() {
    for samples in [120, 240, 480, 960, 1920, 2880, 5760] {
        let start = now();
        let mut sender = Sender::new();
        let count = 3 * 48_000 / samples;
        let packets = (0..count)
            .map(|index| {
                let arrival = start + ms(1) + Duration::from_micros((index * samples) as u64 * 125 / 6);
                sender.packet_of(samples, arrival, tone(500.0, 0.2))
            })
            .collect();
        let heard = played(&mut source(), packets, start, 140);
        let quietest = quietest(&heard[24_000..], 500.0);
        assert!(quietest > 0.15, "{samples}: {quietest}");
    }
}

#[test]
fn jitter_of_40_ms_more_or_less_leaves_no_gaps_once_it_is_known() {
    let start = now();
    let mut sender = Sender::new();
    let mut dice = Dice(7);
    let packets = (0..1500_u32)
        .map(|round| {
            let jitter = Duration::from_secs_f32(dice.throw() * 0.08);
            sender.tone(500.0, start + PERIOD * round + jitter)
        })
        .collect();
    let mut source = source();
    let heard = played(&mut source, packets, start, 1490);
    let frames: Vec<_> = heard.chunks(FRAME).skip(250).map(|frame| amplitude(frame, 500.0)).collect();
    let gaps = frames.iter().filter(|amplitude| **amplitude < 0.05).count();
    assert_eq!(gaps, 0, "{:?}", frames.iter().copied().fold(1.0, f32::min));
    assert!(source.waiting() <= ms(120), "{:?}", source.waiting());
}

#[test]
fn of_a_tenth_that_is_lost_next_to_nothing_is_missed() {
    let start = now();
    let mut sender = Sender::new();
    let mut dice = Dice(8);
    let packets: Vec<_> = (0..1000_u32)
        .map(|round| sender.packet_of(FRAME, start + PERIOD * round, voice(200.0, 0.1)))
        .collect();
    let all = played(&mut source(), packets.clone(), start, 1000);
    let received = packets.into_iter().filter(|_| dice.throw() >= 0.1).collect();
    let heard = played(&mut source(), received, start, 1000);
    // It may come one frame later, so that what is lost can be waited for.
    let level = |pcm: &[f32], frame: usize| levels::level(&pcm[frame * FRAME..][..FRAME]);
    let lacking = |frame: usize| {
        let heard = level(&heard, frame);
        (frame - 1..=frame + 1).all(|frame| level(&all, frame) > heard + 6.0)
    };
    let gaps = (100..999).filter(|frame| lacking(*frame)).count();
    assert!(gaps <= 20, "{gaps} of 900");
}

/// Ten minutes of a clock that is so much faster than ours: the longest wait, once it has begun.
fn longest_wait(faster: f64) -> (Duration, usize) {
    let start = now();
    let mut sender = Sender::new();
    let mut source = source();
    // A second of tone, over and over: what is told by time stamps goes on.
    let payloads: Vec<_> = (0..50).map(|_| sender.tone(500.0, start).payload).collect();
    let (mut sent, mut longest, mut gaps) = (0_u32, Duration::ZERO, 0);
    for frame in 0..30_000_u32 {
        let at = start + PERIOD * frame;
        loop {
            let arrival = start + Duration::from_secs_f64(f64::from(sent) * 0.02 / faster);
            if arrival > at {
                break;
            }
            let payload = payloads[sent as usize % 50].clone();
            let (sequence, timestamp) = (u64::from(sent), sent.wrapping_mul(960));
            source.handle_packet(&SoundPacket { sequence, timestamp, arrival, payload });
            sent += 1;
        }
        source.advance(at);
        longest = longest.max(source.waiting());
        gaps += usize::from(frame > 100 && source.loudness.level() < -40.0);
    }
    (longest, gaps)
}

#[test]
fn a_clock_that_is_slower_or_faster_neither_starves_nor_delays_for_ever() {
    for faster in [0.999, 1.001] {
        let (longest, gaps) = longest_wait(faster);
        assert!(longest <= ms(50), "{faster}: {longest:?}");
        // One frame is made up every 20 s: of some of them there is little.
        assert!(gaps <= 5, "{faster}: {gaps}");
    }
}

#[test]
fn a_burst_after_a_stall_is_caught_up_with() {
    let start = now();
    let mut sender = Sender::new();
    let packets = (0..1000_u32)
        .map(|round| {
            // For half a second the network holds everything back.
            let arrival = if (100..125).contains(&round) { 125 } else { round };
            sender.tone(500.0, start + PERIOD * arrival)
        })
        .collect();
    let mut source = source();
    let heard = played(&mut source, packets, start, 1000);
    assert!(source.waiting() <= ms(40), "{:?}", source.waiting());
    assert!(quietest(&heard[130 * FRAME..], 500.0) > 0.05);
}

#[test]
fn a_source_in_dtx_costs_nothing_and_comes_back_at_once() {
    let start = now();
    let mut sender = Sender::new();
    let mut packets: Vec<_> = (0..50).map(|round| sender.tone(500.0, start + PERIOD * round)).collect();
    sender.skip(100 * FRAME);
    packets.extend((150..200).map(|round| sender.tone(500.0, start + PERIOD * round)));
    let heard = played(&mut source(), packets, start, 200);
    let frames: Vec<_> = heard.chunks(FRAME).map(|frame| amplitude(frame, 500.0)).collect();
    assert!(frames[56..150].iter().all(|amplitude| *amplitude == 0.0));
    assert!(frames[151..].iter().all(|amplitude| *amplitude > 0.05));
}

#[test]
fn what_stops_and_begins_anew_is_heard_again() {
    let start = now();
    let mut sender = Sender::new();
    let mut packets: Vec<_> = (0..50).map(|round| sender.tone(500.0, start + PERIOD * round)).collect();
    let mut other = Sender::new();
    (other.sequence, other.timestamp) = (3, 0x1234_5678);
    packets.extend((60..110).map(|round| other.tone(800.0, start + PERIOD * round)));
    let heard = played(&mut source(), packets, start, 110);
    assert!(quietest(&heard[63 * FRAME..], 800.0) > 0.05);
}

#[test]
fn what_one_source_keeps_is_bounded() {
    let start = now();
    let mut sources: Vec<_> = (0..MAX_SOURCES).map(|_| source()).collect();
    let mut sender = Sender::new();
    let long: Vec<_> = (0..100).map(|_| sender.packet_of(6 * FRAME, start, tone(500.0, 0.1))).collect();
    for source in &mut sources {
        long.iter().for_each(|packet| source.handle_packet(packet));
        (0..5).for_each(|round| {
            source.advance(start + PERIOD * round);
            assert!(source.pcm.capacity() <= 2 * MAX_DECODED, "{}", source.pcm.capacity());
        });
    }
}
