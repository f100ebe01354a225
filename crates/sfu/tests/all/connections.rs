//! Connections: begun anew, restarted, extended, and lost.

use std::time::Duration;

use visavis_protocol::{ErrorCode, ForwardEnd, ForwardRequest, ServerMessage, Source};

use crate::client::Joining;
use crate::link::Conditions;
use crate::world::{World, seconds};

#[test]
fn an_ice_restart_keeps_what_flows() {
    let mut world = World::new(1);
    let publisher = world.join(&Joining::publisher());
    let viewer = world.join(&Joining::subscriber(1));
    world.watch(viewer, publisher);
    world.run(4.0);
    for client in [viewer, publisher] {
        let offer = world.clients[client].offer_restart();
        world.send_offer(client, offer);
        world.run(4.0);
    }
    let picture = world.clients[viewer].picture();
    assert!(picture.freeze(seconds(2.0), world.time()) < seconds(0.3));
    assert_eq!((picture.skips, world.sfu.counts().endpoints, world.learned), (1, 2, 2));
    // The name of before is forgotten after a while; that of now is not.
    world.run(35.0);
    assert!(picture_goes_on(&world, viewer));
    world.check_decoders();
}

fn picture_goes_on(world: &World, viewer: usize) -> bool {
    world.time() - world.clients[viewer].picture().frames.last().unwrap().at < seconds(0.3)
}

#[test]
fn another_connection_takes_the_place_of_the_one_before() {
    let mut world = World::new(2);
    let publisher = world.join(&Joining::publisher());
    let viewer = world.join(&Joining::subscriber(1));
    world.watch(viewer, publisher);
    world.run(4.0);
    let now = world.now;
    for (client, slots) in [(viewer, (3, 1)), (publisher, (0, 0))] {
        world.clients[client].begin_anew(now);
        let offer = world.clients[client].offer(slots);
        world.send_offer(client, offer);
        let begun = world.time();
        world.run(4.0);
        // What was shown is shown again, without being asked for.
        let picture = world.clients[viewer].picture();
        let back = picture.frames.iter().find(|frame| frame.at > begun + seconds(0.2)).unwrap();
        assert!(back.at - begun < seconds(1.0), "{back:?}");
        assert!(picture_goes_on(&world, viewer));
        assert_eq!((world.sfu.counts().endpoints, world.learned), (2, 2));
    }
    world.check_decoders();
}

#[test]
fn an_offer_for_a_connection_of_before_that_comes_late_changes_nothing() {
    let mut world = World::new(8);
    let publisher = world.join(&Joining::publisher());
    let viewer = world.join(&Joining::subscriber(1));
    world.watch(viewer, publisher);
    let late = world.clients[viewer].offer_more(1);
    let now = world.now;
    world.clients[viewer].begin_anew(now);
    let offer = world.clients[viewer].offer((3, 1));
    world.send_offer(viewer, offer);
    world.run(2.0);
    world.clients[viewer].connection = 1;
    world.send_offer(viewer, late);
    world.clients[viewer].connection = 2;
    let refused = world.clients[viewer].messages.iter().find_map(|(_, message)| match message {
        ServerMessage::Error(error) => Some((error.code, error.message.clone())),
        _ => None,
    });
    let why = "connection 2 has taken the place of connection 1".to_owned();
    assert_eq!(refused, Some((ErrorCode::OfferRefused, why)));
    world.run(4.0);
    assert!(picture_goes_on(&world, viewer));
    assert_eq!((world.sfu.counts().endpoints, world.learned), (2, 2));
}

#[test]
fn more_slots_are_had_without_anything_that_flows_being_touched() {
    let mut world = World::new(3);
    let publishers = [0; 2].map(|_| world.join(&Joining::publisher()));
    let viewer = world.join(&Joining::subscriber(1));
    world.show(viewer, &publishers.map(|publisher| (publisher, Source::Camera, 360)));
    world.run(4.0);
    let pictures =
        |world: &World| world.clients[viewer].slots.iter().filter(|slot| slot.source.is_video()).count();
    assert_eq!(pictures(&world), 1);
    let kept = world.clients[viewer].slots.clone();
    let offer = world.clients[viewer].offer_more(1);
    world.send_offer(viewer, offer);
    world.run(4.0);
    assert_eq!(pictures(&world), 2);
    assert!(kept.iter().all(|slot| world.clients[viewer].slots.contains(slot)));
    for publisher in publishers {
        let picture = world.clients[viewer].picture_of(&world.id(publisher), Source::Camera).unwrap();
        assert!(picture.frames.len() > 60);
        assert!(picture.freeze(seconds(5.5), world.time()) < seconds(0.3));
    }
    let first = world.clients[viewer].picture_of(&world.id(publishers[0]), Source::Camera).unwrap();
    assert!(first.freeze(seconds(1.5), world.time()) < seconds(0.3));
    world.check_decoders();
}

#[test]
fn whoever_is_silent_is_told_and_forgotten_and_nothing_is_left() {
    let mut world = World::new(4);
    let publisher = world.join(&Joining::publisher());
    let viewer = world.join(&Joining::subscriber(1));
    world.watch(viewer, publisher);
    world.run(3.0);
    let nothing = Conditions { loss: 1.0, ..Conditions::default() };
    world.clients[publisher].up.conditions = nothing;
    world.run(25.0);
    let ended = |client: usize| {
        world.clients[client].messages.iter().find_map(|(_, message)| match message {
            ServerMessage::ForwardEnded(ended) => Some(ended.reason),
            _ => None,
        })
    };
    assert_eq!((ended(publisher), ended(viewer)), (Some(ForwardEnd::Lost), None));
    assert!(world.clients[viewer].slots.is_empty());
    assert_eq!(world.sfu.counts().endpoints, 1);
    world.ask(viewer, ForwardRequest::Leave);
    let counts = world.sfu.counts();
    assert_eq!((counts.endpoints, counts.rooms, counts.failed, world.learned), (0, 0, 0, 0));
    // Nobody is there: in time it has nothing to do any more.
    world.clients.clear();
    world.run(1.0);
    assert_eq!(world.sfu.poll_timeout(), None);
}

#[test]
fn a_client_that_never_connects_is_given_up() {
    let mut world = World::new(5);
    let nothing = Conditions { loss: 1.0, ..Conditions::default() };
    world.join(&Joining { up: nothing, ..Joining::publisher() });
    world.run(15.0);
    assert_eq!(world.sfu.counts().endpoints, 1);
    world.clients.clear();
    world.run(16.0);
    assert_eq!(world.sfu.counts().endpoints, 0);
}

#[test]
fn a_crowd_comes_and_goes_and_leaves_nothing_behind() {
    let mut world = World::new(6);
    let stays = world.join(&Joining { slots: (3, 2), ..Joining::publisher() });
    for _ in 0..4 {
        let guests: Vec<usize> =
            (0..4).map(|_| world.join(&Joining { slots: (3, 1), ..Joining::publisher() })).collect();
        world.show(stays, &[(guests[0], Source::Camera, 360), (guests[1], Source::Camera, 180)]);
        guests.iter().for_each(|guest| world.watch(*guest, stays));
        world.run(1.5);
        assert_eq!((world.sfu.counts().endpoints, world.learned), (5, 5));
        guests.iter().for_each(|guest| world.ask(*guest, ForwardRequest::Leave));
    }
    world.run(0.2);
    assert_eq!((world.sfu.counts().endpoints, world.learned), (1, 1));
    assert!(world.clients[stays].slots.is_empty());
    world.run(Duration::from_secs(3).as_secs_f64());
    assert_eq!(world.clients[stays].wanted.last().unwrap().1.sources[0].rids, [""; 0]);
    world.check_decoders_of(&[stays]);
}
