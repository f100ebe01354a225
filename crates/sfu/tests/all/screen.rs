//! A screen that is shared: its text stays sharp where a way becomes narrow, and cameras give way to it.

use std::time::Duration;

use visavis_protocol::Source;
use visavis_rtp::VideoCodec;

use crate::client::Joining;
use crate::link::Conditions;
use crate::viewer::Picture;
use crate::world::{World, seconds};

/// Room for the screen, and of each camera beside it for the smallest encoding.
const NARROW: Conditions = Conditions {
    delay: Duration::from_millis(20),
    jitter: Duration::from_millis(4),
    loss: 0.0,
    rate: 1_800_000,
    queue: Duration::from_millis(300),
};
/// When the way becomes narrow, when that has settled, and when it is over.
const BEGIN: f64 = 10.0;
const SETTLED: f64 = 15.0;
const END: f64 = 30.0;

/// What was seen of a picture while the way was narrow, or before.
#[derive(Debug)]
struct Seen {
    frames: usize,
    freeze: Duration,
    delay: Option<Duration>,
    layer: Option<u8>,
}

fn seen(picture: Option<&Picture>, from: f64, to: f64) -> Seen {
    let (from, to) = (seconds(from), seconds(to));
    let Some(picture) = picture else {
        return Seen { frames: 0, freeze: to - from, delay: None, layer: None };
    };
    let delays = picture.delays(from, to);
    Seen {
        frames: delays.len(),
        freeze: picture.freeze(from, to),
        delay: delays.get(delays.len() * 95 / 100).copied(),
        layer: picture.layers(from, to).last().map(|(_, layer)| *layer),
    }
}

/// Three cameras, and something in one encoding beside them that somebody shares, as the last of what is shown: a screen, or a
/// camera. What was seen of that and of the cameras before the way became narrow, and then.
fn shared(seed: u64, source: Source) -> [(Seen, Vec<Seen>); 2] {
    let mut world = World::new(seed);
    let is_screen = source == Source::Screen;
    // Of one encoding is the camera of whoever has no VP8.
    let codecs: &[VideoCodec] = if is_screen { &[VideoCodec::Vp8] } else { &[VideoCodec::Vp9] };
    let sharer = world.join(&Joining { screen: is_screen, camera: !is_screen, codecs, ..Joining::default() });
    let people = [0; 3].map(|_| world.join(&Joining { mic: None, ..Joining::publisher() }));
    let viewer = world.join(&Joining {
        codecs: &[VideoCodec::Vp8, VideoCodec::Vp9],
        slots: (3, 4),
        ..Joining::default()
    });
    let cameras = people.map(|who| (who, Source::Camera, 360));
    world.show(viewer, &[&cameras[..], &[(sharer, source, 720)]].concat());
    world.run(BEGIN);
    world.set_down(viewer, NARROW);
    world.run(END - BEGIN);
    // Numbers of VP9's pictures are its sender's own, and have gaps where it was paused.
    if is_screen {
        world.check_decoders();
    }
    let picture = |who, source| world.clients[viewer].picture_of(&world.id(who), source);
    [(BEGIN - 3.0, BEGIN), (SETTLED, END)].map(|(from, to)| {
        let cameras = people.map(|who| seen(picture(who, Source::Camera), from, to));
        (seen(picture(sharer, source), from, to), cameras.into())
    })
}

#[test]
fn a_screen_goes_on_as_it_is_where_a_way_becomes_narrow_and_cameras_give_way() {
    for seed in 1..=3 {
        let [(screen, cameras), (screen_then, cameras_then)] = shared(seed, Source::Screen);
        println!("seed {seed}: {screen_then:?}, beside it {cameras_then:?}");
        assert!(screen.freeze < seconds(0.2), "{screen:?}");
        assert!(cameras.iter().all(|camera| camera.layer == Some(1)), "{cameras:?}");
        // In 15 seconds it has 375 frames, of the one encoding that there is.
        assert!(screen_then.frames > 340 && screen_then.freeze < seconds(1.8), "{screen_then:?}");
        assert!(screen_then.delay < Some(seconds(0.7)), "{screen_then:?}");
        assert!(cameras_then.iter().all(|camera| camera.layer < Some(1)), "{cameras_then:?}");
        // They are not gone, all of them and for good.
        assert!(cameras_then.iter().any(|camera| camera.frames > 100), "{cameras_then:?}");
    }
}

#[test]
fn what_is_no_screen_gives_way_to_the_cameras_before_it() {
    let [(shown, _), (shown_then, cameras_then)] = shared(1, Source::Camera);
    println!("{shown_then:?}, beside it {cameras_then:?}");
    assert!(shown.freeze < seconds(0.2), "{shown:?}");
    assert!(shown_then.frames < 220 && shown_then.freeze > seconds(1.8), "{shown_then:?}");
    assert!(cameras_then.iter().any(|camera| camera.frames > 300), "{cameras_then:?}");
}
