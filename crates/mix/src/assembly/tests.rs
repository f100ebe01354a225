use proptest::prelude::*;

use super::*;
use crate::packetize;

const KEY: &[u8] = &[0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00];
const DELTA: &[u8] = &[0x11, 0, 0, 7];

/// An assembler with its time; packets are of VP8 unless it is said.
struct Stream {
    assembler: Assembler,
    now: Instant,
}

/// What came out of it: the time stamp, whether it is a key frame, and the frame.
type Out = (u32, bool, Vec<u8>);

impl Stream {
    fn new() -> Self {
        // Its own clock: only differences count.
        #[expect(clippy::disallowed_methods, reason = "there is no other way to an instant")]
        Self { assembler: Assembler::new(), now: Instant::now() }
    }

    fn push(&mut self, sequence: u64, timestamp: u32, marker: bool, payload: &[u8]) -> Vec<Out> {
        self.push_of(VideoCodec::Vp8, sequence, timestamp, marker, payload)
    }

    fn push_of(
        &mut self,
        codec: VideoCodec,
        sequence: u64,
        timestamp: u32,
        marker: bool,
        payload: &[u8],
    ) -> Vec<Out> {
        self.assembler.push(Packet { sequence, timestamp, marker, codec, payload }, self.now);
        self.take()
    }

    fn take(&mut self) -> Vec<Out> {
        let mut frames = Vec::new();
        while let Some(frame) = self.assembler.next_frame(self.now) {
            frames.push((frame.timestamp, frame.is_key_frame, frame.data.to_vec()));
        }
        frames
    }

    fn wait(&mut self, time: Duration) -> Vec<Out> {
        self.now += time;
        self.take()
    }

    /// One that has had a key frame, in packet 9.
    fn begun() -> Self {
        let mut stream = Self::new();
        assert_eq!(stream.push(9, 100, true, &first(KEY)).len(), 1);
        stream
    }
}

/// The first payload of a frame of VP8.
fn first(frame: &[u8]) -> Vec<u8> {
    [&[0x10], frame].concat()
}

/// A further payload of a frame of VP8.
fn further(part: &[u8]) -> Vec<u8> {
    [&[0x00], part].concat()
}

fn out(timestamp: u32, is_key_frame: bool, data: &[u8]) -> Out {
    (timestamp, is_key_frame, data.to_vec())
}

#[test]
fn packets_in_order_become_frames_at_once() {
    let mut stream = Stream::new();
    assert!(stream.assembler.wants_key_frame());
    assert_eq!(stream.push(7, 1, false, &first(KEY)), []);
    assert!(!stream.assembler.wants_key_frame());
    assert_eq!(stream.push(8, 1, true, &further(&[5, 6])), [out(1, true, &[KEY, &[5, 6]].concat())]);
    assert_eq!(stream.push(9, 2, true, &first(DELTA)), [out(2, false, DELTA)]);
}

#[test]
fn packets_in_any_order_become_frames_in_order() {
    let whole = [out(1, true, &[KEY, &[5], &[6]].concat()), out(2, false, DELTA)];
    let packets = [
        (1, false, first(KEY)),
        (1, false, further(&[5])),
        (1, true, further(&[6])),
        (2, true, first(DELTA)),
    ];
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
        let mut stream = Stream::new();
        let mut frames = Vec::new();
        for index in order {
            let (timestamp, marker, payload) = &packets[index];
            frames.extend(stream.push(index as u64 + 50, *timestamp, *marker, payload));
        }
        assert_eq!(frames, whole, "{order:?}");
    }
}

#[test]
fn what_comes_again_or_too_late_changes_nothing() {
    let mut stream = Stream::begun();
    assert_eq!(stream.push(9, 100, true, &first(KEY)), []);
    assert_eq!(stream.push(11, 102, true, &first(DELTA)), []);
    assert_eq!(stream.push(11, 102, true, &first(&[0x11, 0, 0, 8])), []);
    assert_eq!(stream.push(3, 102, true, &first(DELTA)), []);
    let frames = stream.push(10, 101, true, &first(DELTA));
    assert_eq!(frames, [out(101, false, DELTA), out(102, false, DELTA)]);
}

#[test]
fn a_lost_packet_is_waited_for_and_then_a_key_frame() {
    let mut stream = Stream::begun();
    assert_eq!(stream.push(11, 102, true, &first(DELTA)), []);
    assert_eq!(stream.wait(PATIENCE - Duration::from_millis(1)), []);
    assert!(!stream.assembler.wants_key_frame());
    assert_eq!(stream.wait(Duration::from_millis(1)), []);
    assert!(stream.assembler.wants_key_frame());
    assert_eq!(stream.push(12, 103, true, &first(DELTA)), []);
    assert!(stream.assembler.wants_key_frame());
    assert_eq!(stream.push(14, 105, true, &first(KEY)), [out(105, true, KEY)]);
    assert!(!stream.assembler.wants_key_frame());
    assert_eq!(stream.push(13, 104, true, &first(DELTA)), []);
    assert_eq!(stream.push(15, 106, true, &first(DELTA)), [out(106, false, DELTA)]);
}

#[test]
fn a_lost_packet_that_is_sent_again_in_time_costs_nothing() {
    let mut stream = Stream::begun();
    for sequence in 11..20 {
        assert_eq!(stream.push(sequence, sequence as u32, true, &first(DELTA)), []);
        assert_eq!(stream.wait(Duration::from_millis(20)), []);
    }
    assert_eq!(stream.push(10, 10, true, &first(DELTA)).len(), 10);
    assert!(!stream.assembler.wants_key_frame());
}

#[test]
fn a_key_frame_after_a_lost_packet_goes_on_when_the_wait_is_over() {
    let mut stream = Stream::begun();
    assert_eq!(stream.push(11, 102, true, &first(KEY)), []);
    assert_eq!(stream.wait(PATIENCE), [out(102, true, KEY)]);
    assert!(!stream.assembler.wants_key_frame());
}

#[test]
fn before_a_key_frame_packets_wait_only_for_a_while() {
    let mut stream = Stream::new();
    assert_eq!(stream.push(20, 1, true, &further(&[5])), []);
    assert_eq!(stream.push(19, 1, false, &first(KEY)), [out(1, true, &[KEY, &[5]].concat())]);
    let mut stream = Stream::new();
    assert_eq!(stream.push(20, 1, true, &further(&[5])), []);
    assert_eq!(stream.wait(PATIENCE), []);
    assert!(stream.assembler.packets.is_empty());
    assert_eq!(stream.push(19, 1, false, &first(KEY)), []);
    assert!(stream.assembler.wants_key_frame());
}

#[test]
fn a_frame_without_a_marker_ends_where_the_next_begins() {
    let mut stream = Stream::begun();
    assert_eq!(stream.push(10, 101, false, &first(DELTA)), []);
    assert_eq!(stream.push(11, 102, false, &first(DELTA)), [out(101, false, DELTA)]);
    assert_eq!(stream.push(12, 103, true, &first(KEY)), [out(102, false, DELTA), out(103, true, KEY)]);
}

#[test]
fn empty_packets_belong_to_no_frame() {
    let mut stream = Stream::begun();
    assert_eq!(stream.push(10, 101, false, &first(DELTA)), []);
    assert_eq!(stream.push(11, 999, true, &[]), []);
    assert_eq!(stream.push(12, 101, true, &further(&[5])), [out(101, false, &[DELTA, &[5]].concat())]);
    assert_eq!(stream.push(13, 101, true, &[]), []);
    assert_eq!(stream.push(14, 102, true, &first(DELTA)), [out(102, false, DELTA)]);
}

#[test]
fn what_is_broken_waits_for_a_key_frame() {
    // Further payloads without a first one, and a descriptor that is cut short.
    for broken in [further(DELTA), vec![0x90], vec![0x90, 0x80]] {
        let mut stream = Stream::begun();
        assert_eq!(stream.push(10, 101, true, &broken), [], "{broken:?}");
        assert!(stream.assembler.wants_key_frame(), "{broken:?}");
        assert_eq!(stream.push(11, 102, true, &first(DELTA)), []);
        assert_eq!(stream.push(12, 103, true, &first(KEY)), [out(103, true, KEY)]);
    }
}

#[test]
fn who_cannot_decode_goes_on_with_a_key_frame() {
    let mut stream = Stream::begun();
    assert_eq!(stream.push(10, 101, false, &first(DELTA)), []);
    stream.assembler.skip_to_key_frame();
    assert!(stream.assembler.wants_key_frame());
    assert_eq!(stream.push(11, 101, true, &further(&[5])), []);
    assert_eq!(stream.push(12, 102, true, &first(KEY)), [out(102, true, KEY)]);
}

#[test]
fn the_codec_may_change_with_a_key_frame_only() {
    let (vp9_key, vp9_delta) = ([0x0c, 0x82, 1], [0x4c, 0x86, 1]);
    let mut stream = Stream::begun();
    assert_eq!(stream.push_of(VideoCodec::Vp9, 10, 101, true, &vp9_key), [out(101, true, &[0x82, 1])]);
    assert_eq!(stream.push_of(VideoCodec::Vp9, 11, 102, true, &vp9_delta), [out(102, false, &[0x86, 1])]);
    assert_eq!(stream.push(12, 103, true, &first(DELTA)), []);
    assert!(stream.assembler.wants_key_frame());
    assert_eq!(stream.push(13, 104, true, &first(KEY)), [out(104, true, KEY)]);
    // In the middle of a frame it may not.
    assert_eq!(stream.push(14, 105, false, &first(DELTA)), []);
    assert_eq!(stream.push_of(VideoCodec::Vp9, 15, 105, true, &vp9_key), []);
    assert!(stream.assembler.wants_key_frame());
}

#[test]
fn av1_is_ignored() {
    let mut stream = Stream::new();
    assert_eq!(stream.push_of(VideoCodec::Av1, 1, 1, true, &[0x28, 0x0a, 0x08, 0, 0]), []);
    assert!(stream.assembler.packets.is_empty());
}

#[test]
fn of_vp9_the_lowest_spatial_layer_is_taken() {
    // Two layers of one picture: not flexible, with a picture id.
    let mut stream = Stream::new();
    let base = [0xac, 0x80, 0x05, 0x00, 0x09, 0x82, 0x01];
    let upper = [0xac, 0x80, 0x05, 0x02, 0x09, 0x86, 0x02];
    assert_eq!(stream.push_of(VideoCodec::Vp9, 1, 1, false, &base), []);
    assert_eq!(stream.push_of(VideoCodec::Vp9, 2, 1, true, &upper), [out(1, true, &[0x82, 0x01])]);
    // Flexible, with one reference.
    let flexible = [0xdc, 0x80, 0x06, 0x02, 0x86, 0x03];
    assert_eq!(stream.push_of(VideoCodec::Vp9, 3, 2, true, &flexible), [out(2, false, &[0x86, 0x03])]);
}

#[test]
fn of_h264_every_kind_of_payload_becomes_units() {
    let mut stream = Stream::new();
    let parameters = [0x78, 0, 2, 0x67, 0x42, 0, 2, 0x68, 0xce];
    let payloads: [&[u8]; 4] = [&parameters, &[0x7c, 0x85, 0x88, 1], &[0x7c, 0x05, 2], &[0x7c, 0x45, 3]];
    let mut frames = Vec::new();
    for (index, payload) in payloads.into_iter().enumerate() {
        frames.extend(stream.push_of(VideoCodec::H264, index as u64, 1, index == 3, payload));
    }
    let data = [0, 0, 0, 1, 0x67, 0x42, 0, 0, 0, 1, 0x68, 0xce, 0, 0, 0, 1, 0x65, 0x88, 1, 2, 3];
    assert_eq!(frames, [out(1, true, &data)]);
    let single = stream.push_of(VideoCodec::H264, 4, 2, true, &[0x41, 0x9a]);
    assert_eq!(single, [out(2, false, &[0, 0, 0, 1, 0x41, 0x9a])]);
    // An aggregate that is cut short, a fragment without its second header, and kinds that nobody sends.
    for (broken, at) in [(&[0x78, 0, 9, 0x41][..], 5), (&[0x7c], 7), (&[0x79, 0, 0], 9), (&[0x7d, 0x85], 11)]
    {
        assert_eq!(stream.push_of(VideoCodec::H264, at, 3, true, broken), [], "{broken:?}");
        assert!(stream.assembler.wants_key_frame(), "{broken:?}");
        assert_eq!(stream.push_of(VideoCodec::H264, at + 1, 4, true, &[0x65, 0x88]).len(), 1);
    }
}

#[test]
fn so_many_packets_wait_and_no_more() {
    let mut stream = Stream::begun();
    for sequence in 0..MAX_PACKETS as u64 {
        assert_eq!(stream.push(11 + sequence, 102, true, &first(DELTA)), []);
    }
    assert_eq!(stream.assembler.packets.len(), MAX_PACKETS);
    assert!(!stream.assembler.wants_key_frame());
    // One more, and the lost one is given up, before its time.
    assert_eq!(stream.push(5000, 103, true, &first(KEY)), [out(103, true, KEY)]);
    assert!(stream.assembler.packets.is_empty());
    assert_eq!(stream.assembler.spare.len(), MAX_SPARE);
}

#[test]
fn so_long_is_a_payload_and_no_longer() {
    let mut stream = Stream::begun();
    let long = first(&[&[0x11][..], &[7; MAX_PAYLOAD - 1]].concat());
    assert_eq!(stream.push(10, 101, true, &long), []);
    assert!(stream.assembler.packets.is_empty());
    assert_eq!(stream.push(10, 101, true, &long[..MAX_PAYLOAD]).len(), 1);
}

#[test]
fn so_long_is_a_frame_and_no_longer() {
    let mut stream = Stream::begun();
    assert_eq!(stream.push(10, 101, false, &first(DELTA)), []);
    let part = further(&[7; 1024]);
    for sequence in 11..11 + 1023 {
        assert_eq!(stream.push(sequence, 101, false, &part), []);
    }
    assert_eq!(stream.assembler.data.len(), MAX_FRAME - 1024 + DELTA.len());
    assert_eq!(stream.push(11 + 1023, 101, false, &part), []);
    assert!(stream.assembler.wants_key_frame() && stream.assembler.data.is_empty());
}

#[test]
fn what_was_packetized_is_assembled() {
    let vp8 = [KEY, &[7; 4000]].concat();
    let mut h264 = Vec::new();
    for unit in [&[0x67, 0x42][..], &[0x68, 0xce], &[0x65; 3000], &[0x65; 200]] {
        annex_b::append(&mut h264, unit);
    }
    for (codec, frame) in [(VideoCodec::Vp8, vp8), (VideoCodec::H264, h264)] {
        let mut stream = Stream::new();
        let payloads = packetize(codec, &frame, 0x7fff);
        let last = payloads.len() - 1;
        let mut frames = Vec::new();
        for (index, payload) in payloads.iter().enumerate() {
            frames.extend(stream.push_of(codec, index as u64, 1, index == last, payload));
        }
        assert_eq!(frames, [out(1, true, &frame)]);
    }
}

fn packet() -> impl Strategy<Value = (u64, u32, bool, VideoCodec, Vec<u8>, u64)> {
    let codec = prop_oneof![
        Just(VideoCodec::Vp8),
        Just(VideoCodec::Vp9),
        Just(VideoCodec::H264),
        Just(VideoCodec::Av1)
    ];
    let sequence = prop_oneof![20 => 0..40u64, 1 => any::<u64>(), 1 => Just(u64::MAX)];
    let payload = prop_oneof![
        Just(first(KEY)),
        Just(first(DELTA)),
        Just(further(DELTA)),
        Just(vec![0x65, 0x88]),
        proptest::collection::vec(any::<u8>(), 0..12)
    ];
    (sequence, 0..4u32, any::<bool>(), codec, payload, 0..60u64)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_sent_is_borne(packets in proptest::collection::vec(packet(), 0..200)) {
        let mut stream = Stream::new();
        for (sequence, timestamp, marker, codec, payload, millis) in packets {
            let wanted = stream.assembler.wants_key_frame();
            let frames = stream.push_of(codec, sequence, timestamp, marker, &payload);
            prop_assert!(frames.iter().all(|(_, _, data)| !data.is_empty() && data.len() <= MAX_FRAME));
            // Nothing comes out before a key frame.
            prop_assert!(!wanted || frames.first().is_none_or(|(_, is_key_frame, _)| *is_key_frame));
            stream.wait(Duration::from_millis(millis));
            prop_assert!(stream.assembler.packets.len() <= MAX_PACKETS);
        }
        // When it is over, all is as in the beginning but for the numbers.
        stream.wait(PATIENCE);
        prop_assert!(stream.assembler.packets.is_empty());
    }
}
