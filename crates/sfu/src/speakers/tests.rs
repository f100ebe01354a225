use proptest::prelude::*;

use super::*;

const SPEECH: u8 = 35;
const LOW_VOICE: u8 = 50;
const NOISE: u8 = 75;

/// A room on virtual time, in which everybody sends a packet every 20 ms.
struct Room {
    speakers: Speakers<u32>,
    now: Instant,
    changes: usize,
}

impl Room {
    #[expect(clippy::disallowed_methods, reason = "a test needs some time to begin with")]
    fn new() -> Self {
        Self { speakers: Speakers::default(), now: Instant::now(), changes: 0 }
    }

    /// Time goes on by so many milliseconds; `levels` says who sends what.
    fn sounds(&mut self, milliseconds: u64, levels: &[(u32, u8)]) -> &mut Self {
        for _ in 0..milliseconds / 20 {
            self.now += Duration::from_millis(20);
            for (id, level) in levels {
                self.changes += usize::from(self.speakers.handle_level(*id, *level, None, self.now));
            }
            self.changes += usize::from(self.speakers.handle_timeout(self.now));
        }
        self
    }

    /// How long until `id` is the speaker, in milliseconds.
    fn until_speaker(&mut self, id: u32, levels: &[(u32, u8)]) -> u64 {
        let begin = self.now;
        while self.speakers.speaker() != Some(id) && self.now < begin + Duration::from_secs(10) {
            self.sounds(20, levels);
        }
        u64::try_from((self.now - begin).as_millis()).unwrap()
    }

    fn is_heard(&self, id: u32) -> bool {
        self.speakers.loudest().contains(&id)
    }
}

#[test]
fn the_first_three_are_heard_at_once_and_nobody_speaks_in_silence() {
    let mut room = Room::new();
    room.sounds(2000, &[(1, 127), (2, NOISE), (3, 127), (4, NOISE)]);
    assert_eq!((room.speakers.loudest(), room.speakers.speaker()), (&[1, 2, 3][..], None));
    assert_eq!(room.changes, 3);
}

#[test]
fn who_speaks_among_silent_ones_is_heard_within_a_tenth_of_a_second() {
    for level in [SPEECH, LOW_VOICE] {
        let mut room = Room::new();
        let silent = [(1, 127), (2, NOISE), (3, 127)];
        room.sounds(5000, &silent).sounds(20, &[(4, 127)]);
        room.sounds(100, &[(4, level), (1, 127), (2, NOISE), (3, 127)]);
        assert!(room.is_heard(4), "{level}");
        assert_eq!(room.speakers.loudest().len(), 3);
    }
}

#[test]
fn the_floor_passes_from_one_who_stops_to_one_who_begins_within_a_second() {
    for level in [0, SPEECH, LOW_VOICE] {
        let mut room = Room::new();
        room.sounds(5000, &[(1, SPEECH), (2, 127)]);
        assert_eq!(room.speakers.speaker(), Some(1));
        let took = room.until_speaker(2, &[(1, 127), (2, level)]);
        assert!((400..=1100).contains(&took), "{took} ms for {level}");
        room.sounds(3000, &[(1, 127), (2, level)]);
        // And without any more packets of who stops.
        assert!((400..=1100).contains(&room.until_speaker(1, &[(1, SPEECH)])));
    }
}

#[test]
fn two_who_talk_at_once_do_not_take_the_floor_from_each_other() {
    let mut room = Room::new();
    room.sounds(3000, &[(1, SPEECH), (2, 127)]);
    room.changes = 0;
    for _ in 0..20 {
        room.sounds(300, &[(1, 33), (2, 38)]).sounds(300, &[(1, 38), (2, 33)]);
    }
    assert_eq!((room.speakers.speaker(), room.changes), (Some(1), 0));
}

#[test]
fn a_cough_may_be_heard_but_takes_no_floor() {
    for pause in [0, 200, 3000] {
        let mut room = Room::new();
        room.sounds(3000, &[(1, SPEECH), (2, 127), (3, 127), (4, 127)]);
        room.sounds(pause, &[(1, 127), (2, 127), (3, 127), (4, 127)]);
        room.sounds(300, &[(1, SPEECH), (2, 127), (3, 127), (4, 15)]);
        room.sounds(2000, &[(1, 127), (2, 127), (3, 127), (4, 127)]);
        assert_eq!(room.speakers.speaker(), Some(1), "after a pause of {pause} ms");
    }
}

#[test]
fn one_as_loud_as_the_heard_waits_until_one_of_them_is_silent() {
    let mut room = Room::new();
    let talk = [(1, SPEECH), (2, SPEECH), (3, SPEECH), (4, SPEECH)];
    room.sounds(5000, &talk);
    assert_eq!(room.speakers.loudest(), [1, 2, 3]);
    room.sounds(1100, &[(1, SPEECH), (2, 127), (3, SPEECH), (4, SPEECH)]);
    assert_eq!(room.speakers.loudest(), [1, 4, 3]);
}

#[test]
fn the_silent_give_way_to_a_voice_that_is_only_just_one() {
    let mut room = Room::new();
    let (voice, almost) = (64, 67);
    room.sounds(900, &[(1, almost), (2, almost), (3, almost), (4, voice)]);
    assert!(!room.is_heard(4));
    room.sounds(200, &[(1, almost), (2, almost), (3, almost), (4, voice)]);
    assert!(room.is_heard(4));
}

#[test]
fn who_stops_sending_in_the_middle_of_a_word_gives_way_soon() {
    let mut room = Room::new();
    room.sounds(3000, &[(1, SPEECH), (2, SPEECH), (3, SPEECH), (4, SPEECH)]);
    room.sounds(600, &[(1, SPEECH), (3, SPEECH), (4, SPEECH)]);
    assert_eq!(room.speakers.loudest(), [1, 4, 3]);
}

#[test]
fn a_packet_stands_for_no_more_than_it_can_hold() {
    let mut room = Room::new();
    for _ in 0..20 {
        room.sounds(20, &[(1, 0)]);
        room.now += Duration::from_millis(480);
    }
    assert_eq!((room.speakers.loudest(), room.speakers.speaker()), (&[1][..], None));
}

#[test]
fn levels_that_jump_move_nobody_faster_than_twice_a_second() {
    let mut room = Room::new();
    let mut moved = 0;
    for turn in 0..500 {
        let before = room.speakers.loudest().to_vec();
        let levels = [0, 1, 2, 3, 4, 5].map(|id| (id, if id / 3 == turn / 10 % 2 { 0 } else { 127 }));
        room.sounds(20, &levels);
        moved += room.speakers.loudest().iter().filter(|id| !before.contains(id)).count();
    }
    assert!((30..=3 * 21).contains(&moved), "{moved} times in ten seconds");
}

#[test]
fn noise_without_voice_is_not_heard_instead_of_others() {
    let mut room = Room::new();
    room.sounds(3000, &[(1, NOISE), (2, NOISE), (3, NOISE), (4, 127)]);
    for _ in 0..100 {
        room.now += Duration::from_millis(20);
        assert!(!room.speakers.handle_level(4, LOW_VOICE + 3, Some(false), room.now));
    }
    room.sounds(3000, &[(4, LOW_VOICE + 3)]);
    assert!(room.is_heard(4));
}

#[test]
fn who_leaves_makes_room_for_the_loudest_of_the_others() {
    let mut room = Room::new();
    room.sounds(3000, &[(1, SPEECH), (2, SPEECH), (3, SPEECH), (4, 127), (5, LOW_VOICE)]);
    assert_eq!(room.speakers.speaker(), Some(1));
    assert!(room.speakers.remove(1));
    assert_eq!((room.speakers.loudest(), room.speakers.speaker()), (&[2, 3, 5][..], None));
    assert!(!room.speakers.remove(4) && !room.speakers.remove(9));
    room.sounds(20, &[(2, SPEECH)]);
    assert_eq!(room.speakers.speaker(), Some(2));
}

#[test]
fn who_sends_nothing_any_more_is_forgotten() {
    let mut room = Room::new();
    room.sounds(3000, &[(1, SPEECH), (2, SPEECH)]).sounds(4900, &[(2, SPEECH)]);
    assert_eq!(room.speakers.loudest(), [1, 2]);
    room.sounds(100, &[(2, SPEECH)]);
    assert_eq!((room.speakers.loudest(), room.speakers.speaker()), (&[2][..], Some(2)));
    assert_eq!(room.speakers.mics.len(), 1);
}

#[test]
fn packets_that_claim_much_within_no_time_count_for_nothing() {
    let mut room = Room::new();
    room.sounds(3000, &[(1, SPEECH), (2, SPEECH), (3, SPEECH)]);
    room.sounds(20, &[(4, 127)]);
    for _ in 0..10_000 {
        assert!(!room.speakers.handle_level(4, 0, Some(true), room.now));
    }
}

#[test]
fn microphones_have_a_limit() {
    let mut room = Room::new();
    for id in 0..2000 {
        room.sounds(20, &[(id, 127)]);
        room.now -= Duration::from_millis(20);
    }
    assert_eq!(room.speakers.mics.len(), MAX_MICS);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is claimed: three are heard at most, each once, and the changes of ten seconds are few.
    #[test]
    fn claims_change_little(claims in proptest::collection::vec((0..6u32, 0..=127u8, any::<bool>()), 500)) {
        let mut room = Room::new();
        let mut floors = 0;
        for (id, level, everybody) in claims {
            let speaker = room.speakers.speaker();
            let levels: Vec<_> = (0..6).map(|other| (other, if everybody { level } else { 127 })).collect();
            room.sounds(20, &levels);
            room.changes += usize::from(room.speakers.handle_level(id, 127 - level, Some(true), room.now));
            floors += usize::from(speaker != room.speakers.speaker());
            let mut heard = room.speakers.loudest().to_vec();
            heard.sort_unstable();
            heard.dedup();
            prop_assert!(heard.len() == room.speakers.loudest().len() && heard.len() <= HEARD);
        }
        // Three places for twenty half seconds, and three at the beginning.
        prop_assert!(room.changes <= 63 + floors && floors <= 25, "{} {floors}", room.changes);
    }
}
