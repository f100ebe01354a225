//! Key frames: who needs one gets one, and publishers are not asked for more than they can bear.

use visavis_protocol::Source;

use crate::client::Joining;
use crate::world::{World, seconds};

#[test]
fn five_thousand_requests_in_a_second_are_two_for_each_layer() {
    let mut world = World::new(1);
    let publisher = world.join(&Joining::publisher());
    let viewers: Vec<usize> = (0..2).map(|_| world.join(&Joining::subscriber(1))).collect();
    viewers.iter().for_each(|viewer| world.watch(*viewer, publisher));
    world.run(4.0);
    let before = world.sfu.counts().key_frame_requests;
    let keys = |world: &World| world.clients[publisher].cameras[&Source::Camera].1.layers[2].keys;
    let keys_before = keys(&world);
    // Without a storm nobody asks.
    world.run(2.0);
    assert_eq!(world.sfu.counts().key_frame_requests, before);
    world.clients[viewers[1]].storms = true;
    world.run(3.0);
    let asked = world.sfu.counts().key_frame_requests - before;
    let keys = keys(&world) - keys_before;
    assert!((5..=7).contains(&asked), "{asked}");
    assert!((4..=7).contains(&keys), "{keys}");
    world.check_decoders();
}

#[test]
fn whoever_comes_later_sees_something_soon_and_one_request_is_enough_for_many() {
    let mut world = World::new(2);
    let publisher = world.join(&Joining::publisher());
    let first = world.join(&Joining::subscriber(1));
    world.watch(first, publisher);
    world.run(4.0);
    let before = world.sfu.counts().key_frame_requests;
    let later: Vec<usize> = (0..5).map(|_| world.join(&Joining::subscriber(1))).collect();
    later.iter().for_each(|viewer| world.watch(*viewer, publisher));
    let joined = world.time();
    world.run(4.0);
    for viewer in &later {
        let picture = world.clients[*viewer].picture();
        let first = picture.frames[0];
        assert!(first.label.is_key && first.at - joined < seconds(0.6), "{first:?}");
        assert!(picture.requests == 0 && picture.freeze(first.at, world.time()) < seconds(0.5));
    }
    // One for each of the layers that are taken in turn, and a few for who was not there yet.
    assert!(world.sfu.counts().key_frame_requests - before <= 4);
    assert!(world.clients[first].picture().freeze(seconds(1.0), world.time()) < seconds(0.3));
    world.check_decoders();
}

#[test]
fn a_key_frame_whose_question_was_lost_is_asked_for_again() {
    let mut world = World::new(3);
    let publisher = world.join(&Joining::publisher());
    let viewer = world.join(&Joining::subscriber(1));
    world.run(1.0);
    // For a second nothing reaches the publisher.
    let good = world.clients[publisher].down.conditions;
    world.set_down(publisher, crate::link::Conditions { loss: 1.0, ..good });
    world.clients[publisher]
        .cameras
        .values_mut()
        .for_each(|(_, camera)| camera.switch(&["q", "h", "f"].map(str::to_owned)));
    world.run(0.5);
    world.watch(viewer, publisher);
    let asked = world.time();
    world.run(0.7);
    world.set_down(publisher, good);
    world.run(2.0);
    assert!(world.clients[viewer].picture().frames[0].at - asked < seconds(1.5));
}
