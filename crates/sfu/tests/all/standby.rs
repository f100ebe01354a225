//! Connections over which nothing is sent for now, and what becomes of them when something is.

use visavis_protocol::{Source, SourceState, WantedSource};

use crate::client::Joining;
use crate::link::Conditions;
use crate::world::{ALL_LIVE, World, seconds};

/// What was last said to be wanted of a client's pictures.
fn wanted(world: &World, client: usize) -> Vec<WantedSource> {
    world.clients[client].wanted.last().unwrap().1.sources.clone()
}

#[test]
fn whom_the_forwarder_reaches_is_told_and_whom_no_longer() {
    let mut world = World::new(1);
    let [ada, bob] = [0; 2].map(|_| world.join(&Joining::publisher()));
    assert_eq!(world.reached, []);
    world.run(2.0);
    let (ada_id, bob_id) = (world.id(ada), world.id(bob));
    world.reached.sort();
    assert_eq!(world.reached, [(ada_id.clone(), true), (bob_id.clone(), true)]);
    world.reached.clear();
    // Another connection in the place of this one has to prove itself.
    let now = world.now;
    world.clients[ada].begin_anew(now);
    let offer = world.clients[ada].offer((0, 0));
    world.send_offer(ada, offer);
    assert_eq!(world.reached, [(ada_id.clone(), false)]);
    world.run(2.0);
    assert_eq!(world.reached, [(ada_id.clone(), false), (ada_id, true)]);
    world.ask(bob, visavis_protocol::ForwardRequest::Leave);
    assert_eq!(world.reached.last(), Some(&(bob_id, false)));
}

#[test]
fn what_becomes_live_has_its_slot_and_is_wanted_at_once_and_what_does_not_is_wanted_no_more_at_once() {
    let mut world = World::new(2);
    let nothing = SourceState::default();
    let publisher = world.join_with(&Joining::publisher(), nothing);
    let viewer = world.join(&Joining::subscriber(1));
    world.watch(viewer, publisher);
    world.run(3.0);
    let is_wanted = |world: &World| wanted(world, publisher).iter().any(|source| !source.rids.is_empty());
    assert!(!is_wanted(&world), "it is told that nothing is");
    assert_eq!(world.clients[viewer].slots, []);
    for _ in 0..2 {
        world.set_state(publisher, ALL_LIVE);
        assert!(is_wanted(&world) && world.clients[viewer].slots[0].source == Source::Camera);
        world.run(3.0);
        assert!(
            world.clients[viewer].picture_of(&world.id(publisher), Source::Camera).unwrap().frames.len() > 60
        );
        world.set_state(publisher, nothing);
        assert!(!is_wanted(&world));
        world.run(1.0);
        assert_eq!(world.clients[viewer].slots, []);
    }
    world.check_decoders();
}

#[test]
fn a_way_that_was_narrow_before_a_pause_is_measured_anew_after_it() {
    let mut world = World::new(4);
    let publishers = [0; 5].map(|_| world.join(&Joining::publisher()));
    let viewer = world.join(&Joining::subscriber(5));
    let shown: Vec<_> = publishers.iter().map(|publisher| (*publisher, Source::Camera, 90)).collect();
    world.show(viewer, &shown);
    world.set_down(viewer, Conditions { rate: 150_000, ..Conditions::default() });
    world.run(12.0);
    let is_seen = |world: &World, since: f64| {
        let frames = |publisher| {
            let picture = world.clients[viewer].picture_of(&world.id(publisher), Source::Camera);
            picture.is_some_and(|picture| picture.frames.iter().any(|frame| frame.at > seconds(since)))
        };
        publishers.map(frames)
    };
    assert!(is_seen(&world, 8.0).contains(&false), "it does not take all of them");
    world.set_down(viewer, Conditions::default());
    let sound_alone = SourceState { camera: false, ..ALL_LIVE };
    publishers.iter().for_each(|publisher| world.set_state(*publisher, sound_alone));
    world.run(5.0);
    publishers.iter().for_each(|publisher| world.set_state(*publisher, ALL_LIVE));
    world.run(1.0);
    assert_eq!(is_seen(&world, 17.0), [true; 5]);
    world.check_decoders();
}

#[test]
fn what_is_done_for_a_room_is_told_every_two_seconds() {
    let mut world = World::new(3);
    let publisher = world.join(&Joining::publisher());
    let viewer = world.join(&Joining::subscriber(1));
    world.watch(viewer, publisher);
    world.run(9.0);
    assert_eq!(world.figures.len(), 4);
    for pair in world.figures.windows(2) {
        assert!(pair[1].0 - pair[0].0 < seconds(2.2));
    }
    let figures = world.figures[3].1;
    assert!(figures.packets_in > 30 && figures.packets_out > 30, "{figures:?}");
    assert!(figures.bitrate_in > 100_000 && figures.bitrate_out > 100_000, "{figures:?}");
    for client in [publisher, viewer] {
        world.ask(client, visavis_protocol::ForwardRequest::Leave);
    }
    world.run(4.0);
    assert_eq!(world.figures.len(), 4);
}
