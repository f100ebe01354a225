//! Every codec that is forwarded, and who is told that they cannot have it.

use visavis_protocol::{ServerMessage, Source, SourceState, Undecodable};
use visavis_rtp::VideoCodec;
use visavis_sfu::Options;

use crate::client::Joining;
use crate::world::{ALL_LIVE, World, seconds};

/// Codecs of which there is one encoding.
const SINGLE: [&[VideoCodec]; 3] = [&[VideoCodec::H264], &[VideoCodec::Vp9], &[VideoCodec::Av1]];
const ALL: &[VideoCodec] = &[VideoCodec::Vp8, VideoCodec::Vp9, VideoCodec::Av1, VideoCodec::H264];

/// What a client was told last of what it cannot decode.
fn undecodable(world: &World, client: usize) -> Vec<Undecodable> {
    let told = world.clients[client].messages.iter().rev();
    let told = told.filter_map(|(_, message)| match message {
        ServerMessage::Slots(slots) => Some(slots.undecodable.clone()),
        _ => None,
    });
    told.take(1).flatten().collect()
}

#[test]
fn a_single_encoding_of_any_codec_is_seen_also_by_whoever_comes_later() {
    for (seed, codecs) in (1..).zip(SINGLE) {
        let mut world = World::new(seed);
        let publisher = world.join(&Joining { codecs, ..Joining::publisher() });
        let viewer = world.join(&Joining { codecs: ALL, ..Joining::subscriber(1) });
        world.watch(viewer, publisher);
        world.run(3.0);
        let late = world.join(&Joining { codecs: ALL, ..Joining::subscriber(1) });
        world.watch(late, publisher);
        world.run(3.0);
        for client in [viewer, late] {
            let picture = world.clients[client].picture();
            let freeze = picture.freeze(seconds(4.5), world.time());
            assert!(freeze < seconds(0.3), "{codecs:?}: {freeze:?}");
            assert!(picture.frames[0].label.is_key, "{codecs:?}");
            assert!(undecodable(&world, client).is_empty());
        }
        world.check_decoders();
    }
}

#[test]
fn whoever_does_not_know_a_codec_is_told_and_sent_nothing_and_others_see_it() {
    for ((seed, codecs), name) in (1..).zip(SINGLE).zip(["H264", "VP9", "AV1"]) {
        let mut world = World::new(seed);
        let publisher = world.join(&Joining { codecs, ..Joining::publisher() });
        let other = world.join(&Joining::publisher());
        let blind = world.join(&Joining::subscriber(2));
        let viewer = world.join(&Joining { codecs: ALL, ..Joining::subscriber(2) });
        for client in [blind, viewer] {
            let shown = [publisher, other].map(|who| (who, Source::Camera, 360));
            world.show(client, &shown);
        }
        world.run(3.0);
        let what =
            Undecodable { participant: world.id(publisher), source: Source::Camera, codec: name.to_owned() };
        assert_eq!(undecodable(&world, blind), [what]);
        assert_eq!(undecodable(&world, viewer), []);
        assert!(world.clients[blind].picture_of(&world.id(publisher), Source::Camera).is_none());
        for (client, who) in [(blind, other), (viewer, other), (viewer, publisher)] {
            let picture = world.clients[client].picture_of(&world.id(who), Source::Camera).unwrap();
            assert!(picture.freeze(seconds(2.0), world.time()) < seconds(0.3), "{name}");
        }
        // What is not there cannot be missed.
        world.set_state(publisher, SourceState { camera: false, ..ALL_LIVE });
        world.run(1.0);
        assert_eq!(undecodable(&world, blind), []);
        world.check_decoders();
    }
}

#[test]
fn h264_is_agreed_on_only_where_it_is_wanted() {
    for h264 in [true, false] {
        let mut world = World::with(4, Options { h264, ..Options::default() });
        let publisher = world.join(&Joining { codecs: &[VideoCodec::H264], ..Joining::publisher() });
        let viewer = world.join(&Joining { codecs: ALL, ..Joining::subscriber(1) });
        world.watch(viewer, publisher);
        world.run(3.0);
        assert_eq!(world.clients[viewer].picture().frames.is_empty(), !h264);
        let is_told = |(_, message): &(_, ServerMessage)| matches!(message, ServerMessage::Error(error) if error.message.contains("VP8"));
        assert_eq!(world.clients[publisher].messages.iter().any(is_told), !h264);
    }
}

#[test]
fn repetitions_reach_whoever_knows_them_and_the_others_get_the_sound_alone() {
    let mut world = World::new(5);
    world.join(&Joining { mic: Some(20), red: true, ..Joining::default() });
    let knows = world.join(&Joining { red: true, ..Joining::subscriber(0) });
    let plain = world.join(&Joining::subscriber(0));
    world.run(4.0);
    let sound = |client: usize| {
        let sounds = world.clients[client].sounds.values();
        sounds.max_by_key(|sound| sound.heard.len()).unwrap()
    };
    assert!(sound(knows).heard.len() > 100 && sound(plain).heard.len() > 100);
    // The first has nothing to repeat.
    assert!(sound(knows).repeated >= sound(knows).heard.len() - 1);
    assert_eq!(sound(plain).repeated, 0);
    world.check_decoders();
}

#[test]
fn sound_that_is_sparse_keeps_its_numbers_and_its_times() {
    let mut world = World::new(6);
    let publisher = world.join(&Joining { mic: Some(30), ..Joining::default() });
    let listener = world.join(&Joining::subscriber(0));
    world.run(2.0);
    world.clients[publisher].mic.as_mut().unwrap().1.is_sparse = true;
    let before = world.time();
    world.run(8.0);
    let sounds = world.clients[listener].sounds.values().flat_map(|sound| &sound.heard);
    let since = sounds.filter(|(at, _)| *at > before + seconds(0.5)).count();
    // In 7.5 s, each 400 ms.
    assert!((17..=20).contains(&since), "{since}");
    world.clients[publisher].mic.as_mut().unwrap().1.is_sparse = false;
    world.run(2.0);
    let speaking =
        world.clients[listener].sounds.values().map(|sound| sound.gap(seconds(10.5), seconds(12.0)));
    assert!(speaking.min().unwrap() < seconds(0.1));
    // Numbers go on by one, times by what passed.
    world.check_decoders();
}
