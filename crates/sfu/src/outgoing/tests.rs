use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const RATE: u32 = 90_000;

/// An encoder on virtual time: numbers of its own, frames of some packets.
struct Encoder {
    id: u64,
    codec: Option<VideoCodec>,
    sequence: u64,
    /// The time stamp at time 0.
    timestamp: u32,
    picture_id: u16,
    tl0_pic_idx: u8,
}

/// A packet on its way.
#[derive(Clone, Debug)]
struct Sent {
    feed: u64,
    sequence: u64,
    timestamp: u32,
    codec: Option<VideoCodec>,
    captured: Option<Instant>,
    payload: Vec<u8>,
}

#[expect(clippy::disallowed_methods, reason = "a test needs some time to begin with")]
fn start() -> Instant {
    // So that there is a before.
    Instant::now() + Duration::from_secs(100_000)
}

impl Encoder {
    fn video(id: u64) -> Self {
        let number = u16::try_from(id * 7919 % 0x8000).unwrap();
        let [_, low] = number.to_be_bytes();
        Self {
            id,
            codec: Some(VideoCodec::Vp8),
            sequence: 10_000 * id,
            timestamp: 3_000_000_000_u32.wrapping_mul(u32::try_from(id).unwrap()),
            picture_id: number,
            tl0_pic_idx: low,
        }
    }

    fn sound(id: u64) -> Self {
        Self { codec: None, ..Self::video(id) }
    }

    /// The packets of a frame, captured so many milliseconds after `start`.
    fn frame(&mut self, start: Instant, milliseconds: u32, is_key: bool, packets: u64) -> Vec<Sent> {
        let [high, low] = (0x8000 | self.picture_id).to_be_bytes();
        let frame = (0..packets).map(|index| Sent {
            feed: self.id,
            sequence: self.sequence + index,
            timestamp: self.timestamp.wrapping_add(milliseconds * (RATE / 1000)),
            codec: self.codec,
            captured: Some(start + Duration::from_millis(milliseconds.into())),
            payload: vec![
                if index == 0 { 0x90 } else { 0x80 },
                0xc0,
                high,
                low,
                self.tl0_pic_idx,
                u8::from(!is_key),
            ],
        });
        let frame = frame.collect();
        self.sequence += packets;
        self.picture_id = (self.picture_id + 1) & 0x7fff;
        self.tl0_pic_idx = self.tl0_pic_idx.wrapping_add(1);
        frame
    }
}

fn rewrite(outgoing: &mut Outgoing, sent: &Sent, arrival: Instant) -> Option<Rewrite> {
    let incoming = Incoming {
        sequence: sent.sequence,
        timestamp: sent.timestamp,
        marker: false,
        arrival,
        captured: sent.captured,
        clock_rate: RATE,
        codec: sent.codec,
        payload: &sent.payload,
    };
    outgoing.rewrite(sent.feed, &incoming)
}

/// All packets of a frame, as they go out.
fn pass(outgoing: &mut Outgoing, frame: &[Sent]) -> Vec<Rewrite> {
    frame.iter().filter_map(|sent| rewrite(outgoing, sent, sent.captured.unwrap())).collect()
}

fn picture_id(rewrite: &Rewrite) -> u16 {
    rewrite.vp8.unwrap().picture_id.unwrap()
}

/// A stream that carries the first frames of encoder 1 up to 40 ms.
fn begun(start: Instant) -> (Outgoing, Encoder, Rewrite) {
    let (mut outgoing, mut encoder) = (Outgoing::new(32_000, 5000), Encoder::video(1));
    outgoing.begin(1);
    pass(&mut outgoing, &encoder.frame(start, 0, true, 2));
    let last = pass(&mut outgoing, &encoder.frame(start, 40, false, 2))[1];
    (outgoing, encoder, last)
}

#[test]
fn a_picture_begins_with_the_first_packet_of_a_key_frame_and_the_numbers_of_the_stream() {
    let start = start();
    let (mut outgoing, mut encoder) = (Outgoing::new(32_000, 5000), Encoder::video(1));
    assert!(!outgoing.is_waiting() && pass(&mut outgoing, &encoder.frame(start, 0, true, 1)).is_empty());
    outgoing.begin(1);
    assert!(pass(&mut outgoing, &encoder.frame(start, 40, false, 2)).is_empty());
    let key = encoder.frame(start, 80, true, 2);
    assert!(rewrite(&mut outgoing, &key[1], start).is_none() && outgoing.is_waiting());
    let sent = pass(&mut outgoing, &key);
    assert!(!outgoing.is_waiting());
    assert_eq!([sent[0].sequence, sent[1].sequence], [32_000, 32_001]);
    assert_eq!((sent[0].timestamp, sent[1].timestamp, sent[0].marker), (5000, 5000, false));
}

#[test]
fn the_old_feed_goes_on_until_the_key_frame_of_the_new_one_and_then_no_more() {
    let start = start();
    let (mut outgoing, mut old, _) = begun(start);
    let mut new = Encoder::video(2);
    outgoing.begin(2);
    let last = pass(&mut outgoing, &old.frame(start, 80, false, 2))[1];
    assert!(pass(&mut outgoing, &new.frame(start, 80, false, 2)).is_empty() && outgoing.is_waiting());
    let first = pass(&mut outgoing, &new.frame(start, 120, true, 2))[0];
    assert_eq!(first.sequence, last.sequence + 1);
    assert_eq!(first.timestamp, last.timestamp + 40 * RATE / 1000);
    assert_eq!(picture_id(&first), picture_id(&last) + 1);
    assert_eq!(first.vp8.unwrap().tl0_pic_idx, last.vp8.unwrap().tl0_pic_idx.map(|index| index + 1));
    assert!(pass(&mut outgoing, &old.frame(start, 160, true, 2)).is_empty());
}

#[test]
fn losses_stay_visible_and_late_packets_find_their_place_but_none_before_the_change() {
    let start = start();
    let (mut outgoing, mut old, last) = begun(start);
    let frame = old.frame(start, 80, false, 5);
    assert_eq!(pass(&mut outgoing, &frame[3..])[0].sequence, last.sequence + 4);
    assert_eq!(pass(&mut outgoing, &frame[1..2])[0].sequence, last.sequence + 2);
    let mut new = Encoder::video(2);
    outgoing.begin(2);
    let (before, key) = (new.frame(start, 100, false, 3), new.frame(start, 120, true, 3));
    assert_eq!(pass(&mut outgoing, &key[..1])[0].sequence, last.sequence + 6);
    assert!(pass(&mut outgoing, &before).is_empty() && pass(&mut outgoing, &frame[..1]).is_empty());
    assert_eq!(pass(&mut outgoing, &key[2..])[0].sequence, last.sequence + 8);
    assert_eq!(pass(&mut outgoing, &key[1..2])[0].sequence, last.sequence + 7);
}

#[test]
fn a_key_frame_of_the_same_moment_comes_after_and_time_is_made_up_later() {
    let start = start();
    let (mut outgoing, _, last) = begun(start);
    let (mut second, mut third) = (Encoder::video(2), Encoder::video(3));
    outgoing.begin(2);
    let changed = pass(&mut outgoing, &second.frame(start, 20, true, 1))[0];
    assert_eq!(changed.timestamp, last.timestamp + 1);
    outgoing.begin(3);
    let again = pass(&mut outgoing, &third.frame(start, 80, true, 1))[0];
    assert_eq!(again.timestamp, last.timestamp + 40 * RATE / 1000);
}

#[test]
fn clocks_that_are_wrong_by_hours_are_not_believed() {
    for captured in [None, Some(3600), Some(0)] {
        let start = start();
        let (mut outgoing, _, last) = begun(start);
        outgoing.begin(2);
        let mut key = Encoder::video(2).frame(start, 7_200_000, true, 1);
        key[0].captured =
            captured.map(|seconds| start - Duration::from_secs(7200) + Duration::from_secs(seconds));
        let sent = rewrite(&mut outgoing, &key[0], start + Duration::from_millis(140)).unwrap();
        assert_eq!(sent.timestamp, last.timestamp + 100 * RATE / 1000, "{captured:?}");
    }
}

#[test]
fn sound_changes_at_any_packet_and_marks_it() {
    let start = start();
    let mut outgoing = Outgoing::new(0, 0);
    let (mut first, mut second) = (Encoder::sound(1), Encoder::sound(2));
    outgoing.begin(1);
    let sent = pass(&mut outgoing, &first.frame(start, 0, false, 2));
    assert_eq!((sent[0].marker, sent[1].marker, sent[1].vp8), (true, false, None));
    outgoing.begin(2);
    let changed = pass(&mut outgoing, &second.frame(start, 20, false, 1));
    assert_eq!((changed[0].sequence, changed[0].timestamp, changed[0].marker), (2, 20 * RATE / 1000, true));
}

#[test]
fn a_pause_of_hours_changes_nothing_but_the_time() {
    let start = start();
    let (mut outgoing, mut encoder, last) = begun(start);
    let resumed = pass(&mut outgoing, &encoder.frame(start, 7_200_040, false, 1))[0];
    assert_eq!(resumed.sequence, last.sequence + 1);
    assert_eq!(resumed.timestamp, last.timestamp.wrapping_add(7_200_000 * (RATE / 1000)));
    // Two days, and another feed: forward all the same.
    outgoing.begin(2);
    let later =
        pass(&mut outgoing, &Encoder::video(2).frame(start + Duration::from_secs(172_800), 0, true, 1))[0];
    assert!(is_newer(later.timestamp, resumed.timestamp));
}

#[test]
fn what_was_not_shown_for_a_while_goes_on_with_a_key_frame_and_without_a_gap() {
    let start = start();
    let (mut outgoing, mut encoder, last) = begun(start);
    encoder.sequence += 50_000;
    encoder.picture_id += 1000;
    outgoing.pause();
    assert!(outgoing.begin(1));
    assert!(pass(&mut outgoing, &encoder.frame(start, 200, false, 1)).is_empty());
    let first = pass(&mut outgoing, &encoder.frame(start, 240, true, 1))[0];
    assert_eq!((first.sequence, picture_id(&first)), (last.sequence + 1, picture_id(&last) + 1));
    assert_eq!(first.timestamp, last.timestamp + 200 * RATE / 1000);
}

#[test]
fn a_pause_while_another_feed_is_waited_for_is_one_as_well() {
    let start = start();
    let (mut outgoing, mut encoder, last) = begun(start);
    outgoing.begin(2);
    outgoing.pause();
    assert!(outgoing.begin(1));
    assert!(pass(&mut outgoing, &encoder.frame(start, 200, false, 1)).is_empty());
    assert_eq!(pass(&mut outgoing, &encoder.frame(start, 240, true, 1))[0].sequence, last.sequence + 1);
}

#[test]
fn going_back_to_the_feed_that_is_carried_interrupts_nothing() {
    let start = start();
    let (mut outgoing, mut encoder, last) = begun(start);
    assert!(outgoing.begin(2) && !outgoing.begin(1));
    assert!(!outgoing.is_waiting());
    assert_eq!(pass(&mut outgoing, &encoder.frame(start, 80, false, 2))[0].sequence, last.sequence + 1);
    assert!(pass(&mut outgoing, &Encoder::video(2).frame(start, 80, true, 2)).is_empty());
    // A loss before the key frame is one still.
    encoder.frame(start, 100, false, 1);
    assert_eq!(pass(&mut outgoing, &encoder.frame(start, 120, true, 2))[0].sequence, last.sequence + 4);
    assert!(!outgoing.is_waiting());
}

#[test]
fn a_sender_that_begins_anew_leaves_a_gap_of_one_unless_it_can_be_decoded() {
    for (sequence, is_key, gap) in [(90_000, false, 1), (90_000, true, 0), (5000, false, 1), (5000, true, 0)]
    {
        let start = start();
        let (mut outgoing, mut encoder, last) = begun(start);
        (encoder.sequence, encoder.timestamp) = (sequence, 77);
        let sent = pass(&mut outgoing, &encoder.frame(start, 80, is_key, 1))[0];
        assert_eq!(sent.sequence, last.sequence + 1 + gap, "{sequence} {is_key}");
        assert_eq!(u64::from(picture_id(&sent)), u64::from(picture_id(&last)) + 1 + gap);
        assert_eq!(sent.timestamp, last.timestamp + 40 * RATE / 1000);
    }
}

#[test]
fn what_is_too_late_goes_nowhere_unless_it_can_be_begun_with() {
    for is_key in [false, true] {
        let start = start();
        let (mut outgoing, mut encoder, _) = begun(start);
        for milliseconds in [60, 80] {
            encoder.sequence += 1000;
            pass(&mut outgoing, &encoder.frame(start, milliseconds, false, 1));
        }
        encoder.sequence -= 1100;
        assert_eq!(pass(&mut outgoing, &encoder.frame(start, 100, is_key, 1)).len(), usize::from(is_key));
    }
}

#[test]
fn what_comes_twice_goes_once() {
    let start = start();
    let (mut outgoing, mut encoder, last) = begun(start);
    let mut frame = encoder.frame(start, 80, false, 3);
    assert_eq!(pass(&mut outgoing, &frame[2..])[0].sequence, last.sequence + 3);
    // Whatever it says the second time.
    frame[2].payload.push(1);
    assert!(pass(&mut outgoing, &frame[2..]).is_empty());
    assert_eq!(pass(&mut outgoing, &[&frame[..1], &frame].concat()).len(), 2);
}

#[test]
fn picture_ids_of_seven_bits_stay_in_them() {
    let start = start();
    let (mut outgoing, _, last) = begun(start);
    outgoing.begin(2);
    let mut key = Encoder::video(2).frame(start, 80, true, 1);
    key[0].payload = vec![0x90, 0x80, 0x7f, 0];
    let sent = pass(&mut outgoing, &key)[0];
    assert_eq!(
        sent.vp8.unwrap(),
        Vp8Rewrite { picture_id: Some((picture_id(&last) + 1) & 0x7f), tl0_pic_idx: None }
    );
}

/// What happens next: which encoder makes a frame, of how many packets, whether it is a key frame; which of its packets are
/// lost or late; and which feed is begun before it.
#[derive(Clone, Debug)]
struct Step {
    encoder: usize,
    packets: u64,
    is_key: bool,
    lost: u8,
    late: u8,
    begin: Option<u64>,
    pause: u32,
}

fn step() -> impl Strategy<Value = Step> {
    let frame = (0..3usize, 1..5u64, proptest::bool::weighted(0.3), any::<(u8, u8)>());
    let rest = (proptest::option::weighted(0.3, 1..4u64), prop_oneof![9 => 0..100u32, 1 => 0..600_000u32]);
    (frame, any::<(u8, u8)>(), rest).prop_map(|((encoder, packets, is_key, a), b, (begin, pause))| Step {
        encoder,
        packets,
        is_key,
        lost: a.0 & a.1,
        late: b.0 & b.1,
        begin,
        pause,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn numbers_fit_together_whatever_is_lost_late_or_changed(steps in vec(step(), 1..60), first in 0..0x8000u16) {
        let (start, mut time) = (start(), 0);
        let mut outgoing = Outgoing::new(first, 0xffff_0000);
        let mut encoders = [1, 2, 3].map(Encoder::video);
        let mut late: Vec<Sent> = Vec::new();
        // What went out: number, time stamp, picture id, and the feed's own number.
        let mut sent: Vec<(u64, u32, u16, u64, u64)> = Vec::new();
        for Step { encoder, packets, is_key, lost, late: delayed, begin, pause } in steps {
            if let Some(feed) = begin {
                outgoing.begin(feed);
            }
            time += pause;
            let mut arriving = encoders[encoder].frame(start, time, is_key, packets);
            arriving = arriving.into_iter().enumerate().filter(|(index, _)| lost >> index & 1 == 0).map(|(_, it)| it).collect();
            let mut index = 0;
            let now_late = arriving.extract_if(.., |_| { index += 1; delayed >> index & 1 == 1 }).collect();
            arriving.append(&mut std::mem::replace(&mut late, now_late));
            for packet in arriving {
                let out = rewrite(&mut outgoing, &packet, start + Duration::from_millis(time.into()));
                sent.extend(out.map(|out| (out.sequence, out.timestamp, picture_id(&out), packet.feed, packet.sequence)));
            }
        }
        if let Some((sequence, ..)) = sent.first() {
            prop_assert_eq!(*sequence, u64::from(first));
        }
        let mut ordered = sent.clone();
        ordered.sort_unstable();
        for pair in ordered.windows(2) {
            let ((sequence, timestamp, picture, feed, own), (next, next_timestamp, next_picture, next_feed, next_own)) = (pair[0], pair[1]);
            prop_assert!(next > sequence, "twice {}", sequence);
            prop_assert!(next_timestamp == timestamp || is_newer(next_timestamp, timestamp));
            if feed == next_feed && next != sequence + 1 {
                prop_assert_eq!(next - sequence, next_own - own, "a loss stays what it is");
            }
            if feed != next_feed {
                prop_assert_eq!((next, next_picture), (sequence + 1, (picture + 1) & 0x7fff));
                prop_assert!(is_newer(next_timestamp, timestamp));
            }
        }
    }
}
