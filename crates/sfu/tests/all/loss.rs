//! Datagrams that do not arrive, and one participant whose way is bad.

use std::time::Duration;

use visavis_protocol::Source;

use crate::client::Joining;
use crate::link::Conditions;
use crate::world::{World, seconds};

fn lossy(loss: f64) -> Conditions {
    Conditions { loss, ..Conditions::default() }
}

/// The longest time that a picture may stand still with a twentieth lost.
const FROZEN: f64 = 0.7;

/// Somebody watches somebody else for 25 seconds, and of what either sends or gets a twentieth is lost from the beginning.
fn through_losses_everywhere(seed: u64, resends: bool) -> (World, usize) {
    let mut world = World::new(seed);
    let up = Conditions { rate: 6_000_000, ..lossy(0.05) };
    let publisher = world.join(&Joining { up, down: lossy(0.05), ..Joining::publisher() });
    let both = Joining { up: lossy(0.05), down: lossy(0.05), ..Joining::subscriber(1) };
    let viewer = world.join(&Joining { resends, ..both });
    world.watch(viewer, publisher);
    world.run(25.0);
    world.check_decoders();
    (world, viewer)
}

#[test]
fn with_one_datagram_of_twenty_lost_each_way_nothing_freezes() {
    for seed in 1..=3 {
        let (world, viewer) = through_losses_everywhere(seed, true);
        let picture = world.clients[viewer].picture();
        let freeze = picture.freeze(seconds(2.0), seconds(25.0));
        let layers = picture.layers(seconds(0.0), seconds(25.0));
        println!("seed {seed}: freeze {freeze:?}, layers {layers:?}");
        assert!(freeze < seconds(FROZEN), "{freeze:?}");
        let sound = world.clients[viewer].sounds.values().max_by_key(|sound| sound.heard.len()).unwrap();
        assert!(sound.gap(seconds(2.0), seconds(25.0)) < seconds(0.15));
        // A key frame begins a layer; it cannot stand in for resending.
        assert!(picture.skips <= layers.len().max(2), "{} {layers:?}", picture.skips);
    }
}

#[test]
fn with_one_datagram_of_twenty_lost_a_picture_of_which_nothing_is_sent_again_freezes() {
    for seed in 1..=2 {
        let (world, viewer) = through_losses_everywhere(seed, false);
        let picture = world.clients[viewer].picture();
        // However late it begins.
        let freeze = picture.freeze(picture.frames[0].at, seconds(25.0));
        println!("seed {seed}: freeze {freeze:?}, {} skips", picture.skips);
        assert!(freeze > seconds(2.0 * FROZEN) && picture.skips > 2, "{freeze:?} {}", picture.skips);
    }
}

/// Somebody watches somebody else, and a second after they are connected so much of everything is lost to them: the longest
/// time without a picture and without sound, frames in a second, and the part of sound that is lost.
fn through_losses(loss: f64) -> (Duration, Duration, f64, f64) {
    let mut world = World::new(1);
    let publisher = world.join(&Joining::publisher());
    let viewer = world.join(&Joining::subscriber(1));
    world.watch(viewer, publisher);
    world.run(2.0);
    world.set_down(viewer, lossy(loss));
    world.clients[viewer].up.conditions = lossy(loss);
    world.run(20.0);
    assert_eq!(world.sfu.counts().endpoints, 2);
    let picture = world.clients[viewer].picture();
    let sound = world.clients[viewer].sounds.values().max_by_key(|sound| sound.heard.len()).unwrap();
    let (from, to) = (seconds(3.0), seconds(22.0));
    let frames = u32::try_from(picture.frames.iter().filter(|frame| frame.at > from).count()).unwrap();
    let measured =
        (picture.freeze(from, to), sound.gap(from, to), f64::from(frames) / 19.0, sound.lost(from, to));
    println!(
        "{loss}: freeze {:?}, gap {:?}, {} frames a second, lost {}",
        measured.0, measured.1, measured.2, measured.3
    );
    measured
}

#[test]
fn with_a_fifth_lost_there_is_a_picture_and_with_a_third_sound_stays_and_nobody_is_dropped() {
    let (_, gap, frames, _) = through_losses(0.2);
    assert!(gap < seconds(0.25) && frames > 10.0);
    let (_, gap, _, lost) = through_losses(0.3);
    assert!(gap < seconds(0.3) && (0.2..0.4).contains(&lost));
    // What is measured moves with the loss, across each of these bounds.
    let (freeze, gap, frames, lost) = through_losses(0.9);
    assert!(freeze > seconds(FROZEN) && gap > seconds(0.3) && frames < 10.0 && lost > 0.4);
}

/// What others see of somebody, with or without a bad subscriber beside them.
fn others(seed: u64, is_bad: bool) -> (Vec<Duration>, Vec<(Duration, u8)>, usize, u32) {
    let mut world = World::new(seed);
    let publisher = world.join(&Joining::publisher());
    let viewer = world.join(&Joining::subscriber(1));
    world.watch(viewer, publisher);
    // Everybody is connected before anything is bad: through such losses keys may take longer than all this.
    let bad = is_bad.then(|| world.join(&Joining::subscriber(1)));
    if let Some(bad) = bad {
        world.watch(bad, publisher);
    }
    world.run(2.0);
    if let Some(bad) = bad {
        assert!(world.clients[bad].is_connected && !world.clients[bad].picture().frames.is_empty());
        world.set_down(bad, Conditions { loss: 0.3, rate: 400_000, ..Conditions::default() });
        world.clients[bad].up.conditions = lossy(0.3);
        world.clients[bad].storms = true;
    }
    world.run(12.0);
    world.check_decoders_of(&[publisher, viewer]);
    let picture = world.clients[viewer].picture();
    let keys =
        world.clients[publisher].cameras[&Source::Camera].1.layers.iter().map(|layer| layer.keys).sum();
    let (from, to) = (seconds(5.0), seconds(14.0));
    let frames = picture.frames.iter().filter(|frame| (from..to).contains(&frame.at)).count();
    (picture.delays(from, to), picture.layers(from, to), frames, keys)
}

#[test]
fn a_bad_subscriber_changes_nothing_for_others() {
    for seed in 1..=2 {
        let (without, layers, frames, keys) = others(seed, false);
        let (with, layers_with, frames_with, keys_with) = others(seed, true);
        let p95 = |delays: &[Duration]| delays[delays.len() * 95 / 100];
        println!("seed {seed}: p95 {:?} {:?}, keys {keys} {keys_with}", p95(&without), p95(&with));
        assert!(p95(&with) < p95(&without) + seconds(0.015));
        let layers =
            [layers, layers_with].map(|layers| layers.iter().map(|(_, layer)| *layer).collect::<Vec<_>>());
        assert_eq!(layers[0], [2]);
        assert_eq!(layers[1], [2]);
        assert!(frames.abs_diff(frames_with) <= 3, "{frames} {frames_with}");
        // There was a storm.
        assert!(keys_with >= keys + 10, "{keys} {keys_with}");
    }
}
