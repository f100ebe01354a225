use super::*;
use crate::sound::PERIOD;
use crate::sound::tests::{Dice, Sender, ms, now, voice};

/// 20 ms of CELT: nothing to be recovered from.
fn packet(number: u32, arrival: Instant) -> SoundPacket {
    let payload = vec![0xf8, number as u8, 7].into();
    SoundPacket { sequence: u64::from(number), timestamp: number.wrapping_mul(960), arrival, payload }
}

fn number(playout: &Playout) -> Option<u8> {
    match playout {
        Playout::Packet { payload, .. } => payload.get(1).copied(),
        _ => None,
    }
}

#[test]
fn packets_are_played_in_order_each_when_it_is_here() {
    let start = now();
    let mut buffer = JitterBuffer::default();
    assert_eq!(buffer.pull(start, FRAME), Playout::Silence);
    for round in 0..50_u32 {
        let at = start + PERIOD * round + ms(3);
        buffer.insert(&packet(round, at));
        assert_eq!(number(&buffer.pull(at + ms(10), FRAME)), Some(round as u8));
        assert_eq!(buffer.waiting(), 0);
    }
}

#[test]
fn what_is_swapped_on_the_way_is_swapped_back() {
    let start = now();
    let mut buffer = JitterBuffer::default();
    let mut played = Vec::new();
    for pair in 0..50_u32 {
        let at = start + PERIOD * (2 * pair + 1);
        buffer.insert(&packet(2 * pair + 1, at));
        buffer.insert(&packet(2 * pair, at));
        for tick in 0..2 {
            played.extend(number(&buffer.pull(at + PERIOD * tick, FRAME)));
        }
    }
    assert!(played.is_sorted());
    assert!(played.len() >= 97, "{played:?}");
}

#[test]
fn one_that_is_missing_is_made_up_and_costs_no_delay() {
    let start = now();
    let mut buffer = JitterBuffer::default();
    for round in 0..300_u32 {
        let at = start + PERIOD * round;
        let is_lost = round % 120 == 60;
        if !is_lost {
            buffer.insert(&packet(round, at));
        }
        let playout = buffer.pull(at + ms(5), FRAME);
        assert_eq!(number(&playout), (!is_lost).then_some(round as u8), "{round}");
    }
}

#[test]
fn what_is_lost_often_is_recovered_from_the_packet_after_it() {
    let start = now();
    let mut sender = Sender::new();
    let mut buffer = JitterBuffer::default();
    let mut dice = Dice(1);
    let (mut recovered, mut made_up, mut was_lost, mut single) = (0, 0, false, 0);
    for round in 0..1000_u32 {
        let at = start + PERIOD * round;
        let packet = sender.packet_of(FRAME, at, voice(200.0, 0.1));
        let is_lost = dice.throw() < 0.1;
        if !is_lost {
            buffer.insert(&packet);
        }
        single += usize::from(was_lost && !is_lost && has_fec(&packet.payload));
        was_lost = is_lost;
        match buffer.pull(at + ms(5), FRAME) {
            Playout::Recover { samples, .. } => {
                assert_eq!(samples, FRAME);
                recovered += 1;
            }
            Playout::Packet { .. } => {}
            _ => made_up += 1,
        }
    }
    // All but a few, until it has turned out to be worth waiting for.
    assert!(single > 60 && recovered + 5 > single, "{recovered} of {single}, {made_up} made up");
}

#[test]
fn a_source_that_stops_fades_and_is_silent_then() {
    let start = now();
    let mut buffer = JitterBuffer::default();
    buffer.insert(&packet(0, start));
    assert_eq!(number(&buffer.pull(start, FRAME)), Some(0));
    for round in 1..=5 {
        let is_last = round == 5;
        assert_eq!(buffer.pull(start + PERIOD * round, FRAME), Playout::Conceal { samples: FRAME, is_last });
    }
    for round in 6..50 {
        assert_eq!(buffer.pull(start + PERIOD * round, FRAME), Playout::Silence);
    }
    // After a second of silence it goes on, without having sent anything in between (DTX).
    let next = SoundPacket { sequence: 1, ..packet(50, start + ms(1000)) };
    buffer.insert(&next);
    assert_eq!(number(&buffer.pull(start + ms(1000), FRAME)), Some(50));
}

#[test]
fn jitter_adds_as_much_delay_as_it_takes_and_no_more_for_longer_than_it_takes() {
    let start = now();
    let mut buffer = JitterBuffer::default();
    let mut dice = Dice(3);
    // Up to 80 ms late for 20 s, and then on time.
    let mut arrivals: Vec<_> = (0..1500_u32)
        .map(|round| (if round < 1000 { (dice.throw() * 80.0) as u64 } else { 0 }, round))
        .map(|(late, round)| (start + PERIOD * round + ms(late), round))
        .collect();
    arrivals.sort();
    let mut arrivals = arrivals.into_iter().peekable();
    let mut made_up = 0;
    for tick in 0..1500_u32 {
        let at = start + PERIOD * tick + ms(1);
        while let Some((arrival, round)) = arrivals.next_if(|(arrival, _)| *arrival <= at) {
            buffer.insert(&packet(round, arrival));
        }
        let playout = buffer.pull(at, FRAME);
        made_up += u32::from((100..1000).contains(&tick) && number(&playout).is_none());
        if tick == 999 {
            assert!((ms(70)..=ms(80)).contains(&buffer.target()), "{:?}", buffer.target());
        }
    }
    // One of a hundred may be late, and each one adds delay.
    assert!(made_up <= 20, "{made_up}");
    assert_eq!(buffer.target(), ms(0));
}

#[test]
fn another_clock_begins_anew_and_one_absurd_time_stamp_changes_nothing() {
    let start = now();
    let mut buffer = JitterBuffer::default();
    for round in 0..100_u32 {
        let at = start + PERIOD * round;
        let jumped = SoundPacket { timestamp: round * 960 + 0x7654_3210, ..packet(round, at) };
        // The 20th is absurd, and from the 50th on all are of another source.
        let packet = if round == 20 || round >= 50 { jumped } else { packet(round, at) };
        buffer.insert(&packet);
        let playout = buffer.pull(at + ms(1), FRAME);
        let is_missing = round == 20 || round == 50;
        assert_eq!(number(&playout), (!is_missing).then_some(round as u8), "{round}");
    }
    // The same with numbers and time stamps that begin again.
    for round in 100..150_u32 {
        let at = start + PERIOD * round;
        buffer.insert(&packet(round - 100, at));
        let playout = buffer.pull(at + ms(1), FRAME);
        assert_eq!(number(&playout), (round > 100).then_some((round - 100) as u8), "{round}");
    }
}

#[test]
fn what_waits_is_bounded_and_so_is_what_is_remembered() {
    let start = now();
    let mut buffer = JitterBuffer::default();
    for number in 0..1000 {
        buffer.insert(&packet(number, start));
    }
    assert_eq!(buffer.packets.len(), MAX_PACKETS);
    assert!(buffer.delays.len() <= MAX_DELAYS, "{}", buffer.delays.len());
    // Too much that has come too early is left out.
    assert!(number(&buffer.pull(start, FRAME)).is_some());
    for number in 0..1000 {
        buffer.insert(&packet(number, start + PERIOD * number));
    }
    assert!(buffer.delays.len() <= MAX_DELAYS);
    let long = SoundPacket { payload: vec![0xf8; MAX_PAYLOAD + 1].into(), ..packet(0, start) };
    let mut buffer = JitterBuffer::default();
    [long, SoundPacket { payload: [].into(), ..packet(0, start) }]
        .iter()
        .for_each(|packet| buffer.insert(packet));
    assert_eq!(buffer.packets.len(), 0);
}

#[test]
fn whatever_comes_in_whatever_order_there_is_an_answer() {
    let start = now();
    let mut buffer = JitterBuffer::default();
    let mut dice = Dice(9);
    for round in 0..20_000_u64 {
        let mut any = |below: f32| (dice.throw() * below) as u32;
        let payload: Arc<[u8]> = (0..any(8.0)).map(|_| any(256.0) as u8).collect();
        let timestamp = if any(4.0) == 0 { any(4e9) } else { any(1e5) };
        let arrival = start + ms(u64::from(any(5000.0)));
        buffer.insert(&SoundPacket { sequence: u64::from(any(1000.0)), timestamp, arrival, payload });
        buffer.pull(start + ms(round), any(1000.0) as usize);
        assert!(buffer.packets.len() <= MAX_PACKETS && buffer.delays.len() <= MAX_DELAYS);
    }
}
