//! Who is heard.

use std::collections::BTreeSet;

use visavis_protocol::{ServerMessage, Source, SourceState};

use crate::client::Joining;
use crate::world::{ALL_LIVE, World, seconds};

/// Whose sound somebody has had since `from`.
fn heard(world: &World, client: usize, from: f64) -> BTreeSet<u8> {
    let sounds = world.clients[client].sounds.values().flat_map(|sound| &sound.heard);
    sounds.filter(|(at, _)| *at >= seconds(from)).map(|(_, label)| label.who).collect()
}

#[test]
fn the_three_loudest_are_heard_and_whoever_becomes_louder_soon() {
    let mut world = World::new(1);
    let speaker = |level| Joining { mic: Some(level), slots: (3, 0), ..Joining::default() };
    let loud: Vec<usize> = (0..3).map(|_| world.join(&speaker(30))).collect();
    let quiet: Vec<usize> = (0..3).map(|_| world.join(&speaker(80))).collect();
    let listener = world.join(&Joining::subscriber(0));
    world.run(5.0);
    let numbers = |clients: &[usize]| -> BTreeSet<u8> {
        clients.iter().map(|client| u8::try_from(*client + 1).unwrap()).collect()
    };
    assert_eq!(heard(&world, listener, 3.0), numbers(&loud));
    // Nobody hears oneself.
    assert_eq!(heard(&world, loud[0], 3.0), numbers(&loud[1..]));
    world.clients[quiet[0]].mic.as_mut().unwrap().1.level = 15;
    world.clients[loud[1]].mic.as_mut().unwrap().1.level = 90;
    world.run(3.0);
    assert_eq!(heard(&world, listener, 7.0), numbers(&[loud[0], loud[2], quiet[0]]));
    let first = world.clients[listener].sounds.values().flat_map(|sound| &sound.heard);
    let first = first.filter(|(_, label)| usize::from(label.who) == quiet[0] + 1).map(|(at, _)| *at);
    let first = first.filter(|at| *at > seconds(5.0)).min().unwrap();
    assert!(first < seconds(6.0), "{first:?}");
    world.check_decoders();
}

#[test]
fn of_a_muted_microphone_no_packet_goes_out() {
    let mut world = World::new(2);
    let publisher = world.join(&Joining { mic: Some(20), ..Joining::default() });
    let listener = world.join(&Joining::subscriber(0));
    world.run(2.0);
    assert_eq!(heard(&world, listener, 1.0).len(), 1);
    world.set_state(publisher, SourceState { mic: false, ..ALL_LIVE });
    world.run(0.1);
    let before = world.sfu.counts().packets_out;
    // Its program goes on to send.
    world.run(2.0);
    assert_eq!(world.sfu.counts().packets_out, before);
    assert!(heard(&world, listener, 2.1).is_empty());
    assert!(world.speakers.last().unwrap().1.loudest.is_empty());
    world.set_state(publisher, ALL_LIVE);
    world.run(1.0);
    assert_eq!(heard(&world, listener, 4.2).len(), 1);
    world.check_decoders();
}

/// By how much sound and picture of a publisher are apart, in milliseconds, and by how much their arrivals are: the 95th of
/// a hundred.
fn apart(seed: u64) -> (f64, f64) {
    let mut world = World::new(seed);
    let publisher = world.join(&Joining::publisher());
    // Pictures take their time to be encoded.
    world.clients[publisher].cameras.get_mut(&Source::Camera).unwrap().1.latency = seconds(0.15);
    let viewer = world.join(&Joining::subscriber(1));
    world.watch(viewer, publisher);
    world.run(15.0);
    let reports = |is_picture: bool| {
        let of_kind = |mid| world.clients[viewer].pictures.contains_key(mid) == is_picture;
        let reports = world.clients[viewer].reports.iter().filter(|(mid, _)| of_kind(mid));
        let settled = reports.flat_map(|(_, reports)| reports).filter(|report| report.at > seconds(6.0));
        settled.copied().collect::<Vec<_>>()
    };
    let (sounds, pictures) = (reports(false), reports(true));
    assert!(sounds.len() > 300 && pictures.len() > 300);
    let percentile = |mut values: Vec<f64>| {
        values.sort_unstable_by(f64::total_cmp);
        values[values.len() * 95 / 100] * 1000.0
    };
    let nearest = |captured| sounds.iter().min_by_key(|sound| sound.captured.abs_diff(captured)).unwrap();
    let pairs: Vec<_> = pictures.iter().map(|picture| (picture, nearest(picture.captured))).collect();
    let by_reports = pairs.iter().map(|(picture, sound)| {
        let passed = picture.captured.as_secs_f64() - sound.captured.as_secs_f64();
        (picture.reported - sound.reported - passed).abs()
    });
    let by_arrival = pairs.iter().map(|(picture, sound)| {
        let delay = |report: &crate::client::Synchronized| (report.at - report.captured).as_secs_f64();
        (delay(picture) - delay(sound)).abs()
    });
    (percentile(by_reports.collect()), percentile(by_arrival.collect()))
}

#[test]
fn sound_and_picture_of_a_publisher_are_told_to_belong_together() {
    for seed in 1..=2 {
        let (reported, arrived) = apart(seed);
        println!("seed {seed}: {reported:.1} ms by reports, {arrived:.1} ms by arrival");
        assert!(reported < 80.0, "{reported}");
        // They would not be, if they were taken for what they are when they arrive.
        assert!(arrived > 100.0, "{arrived}");
    }
}

#[test]
fn whoever_comes_later_is_told_at_once_who_speaks() {
    let mut world = World::new(5);
    let speaker = world.join(&Joining::publisher());
    let listener = world.join(&Joining::publisher());
    world.run(6.0);
    let said = world.speakers.last().unwrap().1.clone();
    assert!(said.speaker.is_some() && !said.loudest.is_empty(), "{said:?}");
    let late = world.join(&Joining::subscriber(1));
    let told = |client: usize| {
        let messages = world.clients[client].messages.iter();
        let speakers = messages.filter_map(|(_, message)| match message {
            ServerMessage::Speakers(speakers) => Some(speakers.clone()),
            _ => None,
        });
        speakers.collect::<Vec<_>>()
    };
    assert_eq!(told(late), [said]);
    assert_eq!((told(speaker).len(), told(listener).len()), (0, 0));
}
