//! Ways that take little, or much.

use std::time::Duration;

use visavis_protocol::Source;
use visavis_sfu::Options;

use crate::client::Joining;
use crate::link::Conditions;
use crate::viewer::{Picture, Sound};
use crate::world::{World, seconds};

const NARROW: Conditions = Conditions {
    delay: Duration::from_millis(20),
    jitter: Duration::from_millis(4),
    loss: 0.0,
    rate: 300_000,
    queue: Duration::from_millis(300),
};

/// Somebody who watches somebody else, each by a good way.
fn watched(seed: u64, options: Options) -> (World, usize, usize) {
    let mut world = World::with(seed, options);
    let publisher = world.join(&Joining::publisher());
    let viewer = world.join(&Joining::subscriber(1));
    world.watch(viewer, publisher);
    (world, publisher, viewer)
}

#[test]
fn what_came_in_together_leaves_together() {
    let (mut world, ..) = watched(1, Options::default());
    world.run(10.0);
    let before = (world.timed, world.large);
    world.run(10.0);
    let (timed, large) = (world.timed - before.0, world.large - before.1);
    println!(
        "{timed} of {large} packets waited for a timer, and in the beginning {} of {}",
        before.0, before.1
    );
    assert!(large > 1_000 && timed * 100 < large, "{timed} of {large} packets waited for a timer");
    // While it probes, the library spreads what it sends.
    assert!(before.0 * 100 > before.1, "{before:?}");
}

/// When a layer is reached for good after `from`.
fn settles(picture: &Picture, layer: u8, from: f64, to: f64) -> Duration {
    let layers = picture.layers(seconds(from), seconds(to));
    let (at, last) = *layers.last().unwrap();
    assert_eq!(last, layer, "{layers:?}");
    at - seconds(from)
}

fn sound(world: &World, client: usize) -> &Sound {
    world.clients[client].sounds.values().max_by_key(|sound| sound.heard.len()).unwrap()
}

/// How long pictures and sounds took: the 95th of a hundred.
fn delays(world: &World, client: usize, from: f64, to: f64) -> (Duration, Duration) {
    let (from, to) = (seconds(from), seconds(to));
    let p95 = |delays: &[Duration]| delays.get(delays.len() * 95 / 100).copied().unwrap_or(Duration::MAX);
    let heard = sound(world, client).heard.iter().filter(|(at, _)| (from..to).contains(at));
    let mut sounds: Vec<Duration> = heard.map(|(at, label)| *at - label.captured).collect();
    sounds.sort_unstable();
    (p95(&world.clients[client].picture().delays(from, to)), p95(&sounds))
}

#[test]
fn a_good_way_shows_the_best_layer_within_seconds_and_nothing_wavers() {
    for seed in 1..=4 {
        let (mut world, publisher, viewer) = watched(seed, Options::default());
        world.run(20.0);
        let picture = world.clients[viewer].picture();
        let layers = picture.layers(seconds(0.0), seconds(20.0));
        println!("seed {seed}: {layers:?}");
        assert!(picture.frames[0].at < seconds(0.6), "{:?}", picture.frames[0].at);
        assert!(settles(picture, 2, 0.0, 20.0) < seconds(4.0), "{layers:?}");
        assert!(picture.freeze(seconds(1.0), seconds(20.0)) < seconds(0.2));
        // What the server adds to the way of a frame: the ways take 40 to 48 ms, and the publisher up to 15 for a frame's packets.
        let (delay, _) = delays(&world, viewer, 3.0, 20.0);
        assert!(delay < seconds(0.08), "{delay:?}");
        world.check_decoders();
        // Encodings that are not watched are switched off.
        let wanted = &world.clients[publisher].wanted.last().unwrap().1.sources;
        assert_eq!(wanted[0].rids, ["f"]);
    }
}

#[test]
fn a_way_that_becomes_narrow_gets_a_lower_layer_in_time_and_the_best_again_afterwards() {
    for seed in 1..=4 {
        let (mut world, _, viewer) = watched(seed, Options::default());
        world.run(8.0);
        world.set_down(viewer, NARROW);
        world.run(20.0);
        world.set_down(viewer, Conditions::default());
        world.run(17.0);
        let (picture, sound) = (world.clients[viewer].picture(), sound(&world, viewer));
        assert!(settles(picture, 2, 0.0, 8.0) < seconds(4.0));
        let lower = settles(picture, 0, 8.0, 28.0);
        let upper = settles(picture, 2, 28.0, 45.0);
        let freeze = picture.freeze(seconds(8.0), seconds(28.0));
        let gap = sound.gap(seconds(8.0), seconds(28.0));
        let (delay, sound_delay) = delays(&world, viewer, 13.0, 28.0);
        println!(
            "seed {seed}: down {lower:?}, up {upper:?}, freeze {freeze:?}, gap {gap:?}, delay {delay:?} {sound_delay:?}"
        );
        assert!(lower < seconds(3.0) && upper < seconds(15.0), "{lower:?} {upper:?}");
        assert!(freeze < seconds(3.0) && gap < seconds(0.8), "{freeze:?} {gap:?}");
        // Once it has settled, nothing waits for long anywhere, and sound is whole.
        assert!(delay < seconds(0.3) && sound_delay < seconds(0.3), "{delay:?} {sound_delay:?}");
        // The picture takes some of a way that is just wide enough for it.
        assert!(delay > seconds(0.08), "{delay:?}");
        assert!(sound.lost(seconds(12.0), seconds(28.0)) < 0.03);
        assert!(sound.gap(seconds(12.0), seconds(45.0)) < seconds(0.3));
        assert!(picture.freeze(seconds(12.0), seconds(28.0)) < seconds(0.5));
        world.check_decoders();
    }
}

/// Without estimation a way becomes narrower than what is sent by it. What is measured then is beyond every bound of the others.
#[test]
fn without_estimation_a_narrow_way_freezes() {
    for rate in [300_000, 40_000] {
        let (mut world, _, viewer) = watched(1, Options { estimate_bandwidth: false, ..Options::default() });
        world.run(8.0);
        world.set_down(viewer, Conditions { rate, ..NARROW });
        world.run(20.0);
        let (picture, sound) = (world.clients[viewer].picture(), sound(&world, viewer));
        let freeze = picture.freeze(seconds(12.0), seconds(28.0));
        let gap = sound.gap(seconds(12.0), seconds(28.0));
        let (_, delay) = delays(&world, viewer, 13.0, 28.0);
        println!("{rate}: freeze {freeze:?}, gap {gap:?}, delay {delay:?}");
        assert!(freeze > seconds(5.0) && delay > seconds(0.3), "{freeze:?} {delay:?}");
        // Where a fifth of all gets through there is always some sound among it, and with a fiftieth there is not.
        assert!(gap > seconds(1.0) || rate > 200_000, "{gap:?}");
        assert!(picture.layers(seconds(2.0), seconds(28.0)).iter().all(|(_, layer)| *layer == 2));
        assert!(sound.lost(seconds(12.0), seconds(28.0)) > 0.3);
    }
}

#[test]
fn a_way_that_stays_as_it_is_has_the_layer_that_fits_and_nothing_wavers() {
    for (rate, layer) in [(300_000, 0), (800_000, 1), (1_500_000, 1), (2_500_000, 2)] {
        let mut world = World::new(rate);
        let publisher = world.join(&Joining::publisher());
        let down = Conditions { rate, ..NARROW };
        let viewer = world.join(&Joining { down, ..Joining::subscriber(1) });
        world.watch(viewer, publisher);
        world.run(40.0);
        let (picture, sound) = (world.clients[viewer].picture(), sound(&world, viewer));
        let (from, to) = (seconds(10.0), seconds(40.0));
        let (layers, freeze, lost) =
            (picture.layers(from, to), picture.freeze(from, to), sound.lost(from, to));
        let (delay, _) = delays(&world, viewer, 10.0, 40.0);
        println!("{rate}: {layers:?}, freeze {freeze:?}, delay {delay:?}, lost {lost}");
        assert!(layers.len() <= 3 && layers.last().unwrap().1 == layer, "{layers:?}");
        assert!(freeze < seconds(1.0) && delay < seconds(0.3) && lost < 0.02);
        world.check_decoders();
    }
}

/// Somebody shows six cameras, by a way of so many bit/s: how many of them come in better than the smallest encoding.
fn better_of_six(rate: u64) -> u8 {
    let mut world = World::new(7);
    let publishers = [0; 6].map(|_| world.join(&Joining::publisher()));
    let down = Conditions { rate, ..NARROW };
    let viewer = world.join(&Joining { down, ..Joining::subscriber(6) });
    world.show(viewer, &publishers.map(|publisher| (publisher, Source::Camera, 360)));
    world.run(25.0);
    let (from, to) = (seconds(10.0), seconds(25.0));
    let mut better = 0;
    for publisher in publishers {
        let picture = world.clients[viewer].picture_of(&world.id(publisher), Source::Camera).unwrap();
        let layers = picture.layers(from, to);
        let delays = picture.delays(from, to);
        assert!(layers.len() <= 3 && picture.freeze(from, to) < seconds(1.0), "{layers:?}");
        assert!(delays[delays.len() * 95 / 100] < seconds(0.25), "{delays:?}");
        better += u8::from(layers.last().unwrap().1 == 1);
    }
    world.check_decoders();
    println!("{better} of six at {rate}");
    better
}

#[test]
fn six_cameras_share_a_way_that_does_not_take_all_of_them() {
    let better = better_of_six(2_000_000);
    assert!((1..=4).contains(&better), "{better}");
    // And one that does.
    assert_eq!(better_of_six(20_000_000), 6);
}

/// Somebody shows so many cameras in this height, by a way of so many bit/s that becomes a good one after 45 seconds; each of the cameras
/// is sent in a smallest encoding of 100 kbit/s. What is told of the way until then, and afterwards.
fn told_of(seed: u64, rate: u64, cameras: usize, height: u16) -> [Vec<(Duration, bool)>; 2] {
    let mut world = World::new(seed);
    let publishers: Vec<usize> = (0..cameras).map(|_| world.join(&Joining::publisher())).collect();
    for publisher in &publishers {
        let (_, camera) = world.clients[*publisher].cameras.get_mut(&Source::Camera).unwrap();
        camera.layers[0].bitrate = 100_000;
    }
    let down = Conditions { rate, ..NARROW };
    let viewer = world.join(&Joining { down, ..Joining::subscriber(cameras) });
    let shown: Vec<_> = publishers.iter().map(|publisher| (*publisher, Source::Camera, height)).collect();
    world.show(viewer, &shown);
    world.run(45.0);
    world.set_down(viewer, Conditions::default());
    let so_far = world.narrow.len();
    world.run(45.0);
    let id = world.id(viewer);
    assert!(world.narrow.iter().all(|(_, participant, _)| *participant == id));
    let told = world.narrow.iter().map(|(at, _, narrow)| (*at, *narrow));
    let (before, after) = told.enumerate().partition::<Vec<_>, _>(|(index, _)| *index < so_far);
    println!("seed {seed}, {rate}, {cameras}: {before:?}, then {after:?}");
    [before, after].map(|told| told.into_iter().map(|(_, told)| told).collect())
}

#[test]
fn a_way_that_does_not_take_two_small_pictures_is_told_of_and_so_is_its_end() {
    for (seed, rate) in [(1, 120_000), (2, 150_000), (3, 180_000)] {
        let [before, after] = told_of(seed, rate, 4, 180);
        assert!(before.len() == 1 && before[0].1, "{before:?}");
        assert!((seconds(15.0)..seconds(40.0)).contains(&before[0].0), "{before:?}");
        assert!(after.len() == 1 && !after[0].1, "{after:?}");
    }
}

#[test]
fn a_way_that_takes_more_than_that_is_not_narrow_and_neither_is_one_by_which_little_is_sent() {
    for (seed, rate) in [(1, 400_000), (2, 1_000_000), (3, 20_000_000)] {
        assert_eq!(told_of(seed, rate, 4, 180), [[], []], "{rate}");
    }
    // One small picture is all that is wanted, and all that is known of the way is that it takes that.
    assert_eq!(told_of(4, 20_000_000, 1, 90), [[], []]);
    assert_eq!(told_of(5, 300_000, 1, 90), [[], []]);
    assert_eq!(told_of(6, 150_000, 0, 90), [[], []]);
}
