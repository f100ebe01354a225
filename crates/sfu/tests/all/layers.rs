//! Who gets which layers of whom.

use visavis_protocol::{Source, SourceState};
use visavis_sfu::Options;

use crate::client::{Client, Joining};
use crate::link::Conditions;
use crate::world::{ALL_LIVE, World, seconds};

/// Which encodings of its camera a publisher is to send.
fn wanted(client: &Client) -> Vec<String> {
    let sources = &client.wanted.last().unwrap().1.sources;
    sources.iter().find(|wanted| wanted.source == Source::Camera).unwrap().rids.clone()
}

/// Packets that came in each picture.
fn packets(client: &Client) -> Vec<usize> {
    client.pictures.values().map(|picture| picture.packets).collect()
}

#[test]
fn what_is_hidden_is_not_sent_and_what_nobody_wants_is_told() {
    let mut world = World::new(1);
    let publishers = [0; 3].map(|_| world.join(&Joining::publisher()));
    let viewer = world.join(&Joining::subscriber(3));
    world.show(viewer, &[(publishers[0], Source::Camera, 720), (publishers[1], Source::Camera, 180)]);
    world.run(6.0);
    // A large tile takes the largest layer, a small one the smallest, and what is not shown takes nothing.
    assert_eq!(wanted(&world.clients[publishers[0]]), ["f"]);
    assert_eq!(wanted(&world.clients[publishers[1]]), ["q"]);
    assert_eq!(wanted(&world.clients[publishers[2]]), [""; 0]);
    assert_eq!(world.clients[viewer].slots.iter().filter(|slot| slot.source == Source::Camera).count(), 2);
    assert_eq!(packets(&world.clients[viewer]).iter().filter(|packets| **packets == 0).count(), 1);
    // Nothing is shown: nothing is sent.
    world.show(viewer, &[]);
    world.run(0.3);
    let before = packets(&world.clients[viewer]);
    world.run(4.0);
    assert_eq!(packets(&world.clients[viewer]), before);
    publishers.iter().for_each(|publisher| assert_eq!(wanted(&world.clients[*publisher]), [""; 0]));
    // And again.
    world.show(viewer, &[(publishers[0], Source::Camera, 720)]);
    let asked = world.time();
    world.run(2.0);
    let id = world.id(publishers[0]);
    let picture = world.clients[viewer].picture_of(&id, Source::Camera).unwrap();
    let back = picture.frames.iter().find(|frame| frame.at > asked).unwrap();
    assert!(back.label.is_key && back.at - asked < seconds(0.5), "{back:?}");
    world.check_decoders();
}

#[test]
fn the_speaker_gets_what_there_is_room_for_before_the_others() {
    let mut world = World::new(2);
    let publishers = [0; 3].map(|_| world.join(&Joining { mic: Some(90), ..Joining::publisher() }));
    let down = Conditions { rate: 1_200_000, ..Conditions::default() };
    let viewer = world.join(&Joining { down, ..Joining::subscriber(3) });
    world.show(viewer, &publishers.map(|publisher| (publisher, Source::Camera, 360)));
    let best = |world: &World, from: f64| {
        let of = |publisher: usize| {
            let picture = world.clients[viewer].picture_of(&world.id(publisher), Source::Camera).unwrap();
            picture.layers(seconds(from), world.time()).last().map(|(_, layer)| *layer)
        };
        publishers.map(of)
    };
    for (index, speaker) in [(1, publishers[1]), (2, publishers[2])] {
        for publisher in publishers {
            world.clients[publisher].mic.as_mut().unwrap().1.level =
                if publisher == speaker { 20 } else { 90 };
        }
        world.run(8.0);
        let from = world.time().as_secs_f64() - 1.0;
        let layers = best(&world, from);
        assert_eq!(world.speakers.last().unwrap().1.speaker, Some(world.id(speaker)));
        assert!(layers.iter().all(|layer| layer.is_some()), "{layers:?}");
        assert!(layers.iter().all(|layer| *layer <= layers[index]), "{layers:?}");
        // There is not room for all.
        assert!(layers.iter().any(|layer| *layer < layers[index]), "{layers:?}");
    }
    world.check_decoders();
}

#[test]
fn a_layer_that_a_publisher_cannot_send_is_replaced_by_the_next_lower_one() {
    let mut world = World::new(3);
    let publisher = world.join(&Joining::publisher());
    world.clients[publisher].cameras.get_mut(&Source::Camera).unwrap().1.layers[2].is_unable = true;
    let viewer = world.join(&Joining::subscriber(1));
    world.watch(viewer, publisher);
    world.run(20.0);
    let picture = world.clients[viewer].picture();
    assert_eq!(picture.layers(seconds(0.0), seconds(20.0)).last().unwrap().1, 1);
    assert!(picture.freeze(seconds(4.0), seconds(20.0)) < seconds(0.3));
    let keys = world.clients[publisher].cameras[&Source::Camera].1.layers[1].keys;
    assert!(keys <= 2, "{keys} key frames, though the picture goes on");
    // It is not asked for all the time.
    let asked = world.clients[publisher]
        .wanted
        .iter()
        .filter(|(_, wanted)| wanted.sources.iter().any(|source| source.rids.iter().any(|rid| rid == "f")));
    assert!(asked.count() <= 2);
    // Whoever comes now does not wait for it.
    let late = world.join(&Joining::subscriber(1));
    world.watch(late, publisher);
    let joined = world.time();
    world.run(5.0);
    let first = world.clients[late].picture().frames[0].at - joined;
    assert!(first < seconds(1.0), "{first:?}");
    world.check_decoders();
}

#[test]
fn a_camera_that_is_off_sends_nothing_and_comes_back_with_a_key_frame() {
    let mut world = World::new(4);
    let publisher = world.join(&Joining::publisher());
    let viewer = world.join(&Joining::subscriber(1));
    world.watch(viewer, publisher);
    world.run(5.0);
    world.set_state(publisher, SourceState { camera: false, ..ALL_LIVE });
    world.run(0.2);
    let before = packets(&world.clients[viewer]);
    // Whatever its program still sends.
    world.run(2.0);
    assert_eq!(packets(&world.clients[viewer]), before);
    world.clients[publisher].cameras.get_mut(&Source::Camera).unwrap().1.is_on = false;
    world.run(4.0);
    world.clients[publisher].cameras.get_mut(&Source::Camera).unwrap().1.is_on = true;
    world.set_state(publisher, ALL_LIVE);
    let asked = world.time();
    world.run(4.0);
    let picture = world.clients[viewer].picture();
    let back = picture.frames.iter().find(|frame| frame.at > asked).unwrap();
    assert!(back.label.is_key && back.at - asked < seconds(0.5), "{back:?}");
    assert!(picture.freeze(back.at, world.time()) < seconds(0.3));
    world.check_decoders();
}

#[test]
fn layers_change_at_key_frames_only_without_a_gap_in_what_is_seen() {
    let mut world = World::with(5, Options { estimate_bandwidth: false, ..Options::default() });
    let publisher = world.join(&Joining::publisher());
    let viewer = world.join(&Joining::subscriber(1));
    let mut changes = 0;
    for height in [720, 180, 360, 720, 360, 180, 720, 180] {
        world.show(viewer, &[(publisher, Source::Camera, height)]);
        world.run(1.5);
        changes += 1;
        let picture = world.clients[viewer].picture();
        let expected = [180, 360, 720].iter().position(|known| *known == height).unwrap();
        assert_eq!(usize::from(picture.frames.last().unwrap().label.layer), expected);
    }
    let picture = world.clients[viewer].picture();
    let layers = picture.layers(seconds(0.0), world.time());
    assert!(layers.len() == changes && picture.skips == 1, "{layers:?}");
    for pair in picture.frames.windows(2).filter(|pair| pair[0].label.layer != pair[1].label.layer) {
        assert!(pair[1].label.is_key);
    }
    assert!(picture.freeze(seconds(1.0), world.time()) < seconds(0.25));
    world.check_decoders();
}

#[test]
fn what_was_hidden_for_a_moment_comes_back_with_a_key_frame_though_it_flowed_to_others_all_the_time() {
    let mut world = World::with(6, Options { estimate_bandwidth: false, ..Options::default() });
    let publisher = world.join(&Joining::publisher());
    let viewers = [0; 2].map(|_| world.join(&Joining::subscriber(1)));
    // Without estimation it is the same layer that comes back.
    viewers.iter().for_each(|viewer| world.watch(*viewer, publisher));
    world.run(5.0);
    world.show(viewers[0], &[]);
    world.run(1.0);
    world.watch(viewers[0], publisher);
    let asked = world.time();
    world.run(2.0);
    let picture = world.clients[viewers[0]].picture();
    let back = picture.frames.iter().find(|frame| frame.at > asked).unwrap();
    assert!(back.label.is_key && back.at - asked < seconds(0.5), "{back:?}");
    // Nothing seems to be missing.
    assert_eq!((picture.skips, picture.requests), (1, 0));
    assert!(world.clients[viewers[1]].picture().freeze(seconds(2.0), world.time()) < seconds(0.3));
    world.check_decoders();
}
