//! The mix of a room: what it is given, who gets what it makes, and what becomes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use visavis_protocol::{ForwardRequest, ParticipantId, ServerMessage, Shown, Shows, Source, SourceState};
use visavis_rtp::VideoCodec;
use visavis_sfu::{Edition, Editions, FromMix, MixPacket, MixedSound, Person, ToMix};

use crate::client::Joining;
use crate::link::Conditions;
use crate::publisher::{Camera, Mic};
use crate::world::{ALL_LIVE, World, seconds};

/// Whoever mixes, as far as the forwarder sees it.
struct Mixer {
    /// The whole picture, and its other editions while they are wanted.
    picture: Camera,
    small: Camera,
    h264: Camera,
    wants: Editions,
    /// The sound for all, and those for each who is heard.
    sounds: Vec<(Option<ParticipantId>, Mic)>,
    timestamp: u32,
    /// Who is heard in the sound for all.
    heard_in_it: Vec<ParticipantId>,
    heard: Vec<ToMix>,
}

/// What the labels of the mix say that they are of.
const PICTURE: u8 = 100;
const SMALL: u8 = 102;
const H264: u8 = 103;
const SHARED: u8 = 101;
const OWN: u8 = 110;

impl Mixer {
    fn new(own: &[ParticipantId], now: Instant) -> Self {
        let without = [None].into_iter().chain(own.iter().cloned().map(Some));
        let numbers = [SHARED].into_iter().chain(OWN..);
        let sounds = without.zip(numbers).map(|(without, number)| (without, Mic::new(number, 30, now)));
        let mut small = Camera::new(SMALL, VideoCodec::Vp8, false, 2, now);
        small.layers[0].bitrate = 100_000;
        Self {
            picture: Camera::new(PICTURE, VideoCodec::Vp8, false, 1, now),
            small,
            h264: Camera::new(H264, VideoCodec::H264, false, 3, now),
            wants: Editions::default(),
            sounds: sounds.collect(),
            timestamp: 0,
            heard_in_it: own.to_vec(),
            heard: Vec::new(),
        }
    }

    /// Mixes for so many seconds.
    fn run(&mut self, world: &mut World, length: f64) {
        let end = world.now + self::seconds(length);
        let (room, start) = (world.room.clone(), world.start);
        while world.now < end {
            world.run(0.02);
            let now = world.now;
            for told in world.to_mix.drain(..) {
                match told {
                    ToMix::KeyFrameWanted(Edition::Whole) => self.picture.request_key_frame(None),
                    ToMix::KeyFrameWanted(Edition::Small) => self.small.request_key_frame(None),
                    ToMix::KeyFrameWanted(Edition::H264) => self.h264.request_key_frame(None),
                    ToMix::Wanted(editions) => self.wants = editions,
                    _ => {}
                }
                self.heard.push(told);
            }
            (self.small.is_on, self.h264.is_on) = (self.wants.small, self.wants.h264);
            for (camera, edition) in [
                (&mut self.picture, Edition::Whole),
                (&mut self.small, Edition::Small),
                (&mut self.h264, Edition::H264),
            ] {
                while camera.next() <= now {
                    let packets = camera.capture(now, start);
                    let Some(timestamp) = packets.first().map(|packet| packet.timestamp) else { continue };
                    let payloads = packets.into_iter().map(|packet| packet.payload).collect();
                    let picture = FromMix::Picture { edition, timestamp, composed: now, payloads };
                    world.sfu.handle_mix(&room, picture, now);
                }
            }
            self.timestamp += 960;
            let timestamp = self.timestamp;
            let sounds = self.sounds.iter_mut().filter_map(|(without, mic)| {
                let payload = mic.capture(now, start)?.payload;
                Some(MixedSound { without: without.clone(), timestamp, payload })
            });
            let sounds = sounds.collect();
            let sounds = FromMix::Sounds { mixed: now, sounds, heard: self.heard_in_it.clone() };
            world.sfu.handle_mix(&room, sounds, now);
            world.carry_out();
        }
    }

    fn packets(&self) -> impl Iterator<Item = &MixPacket> {
        self.heard.iter().filter_map(|told| match told {
            ToMix::Packet(packet) => Some(packet),
            _ => None,
        })
    }

    fn people(&self) -> Vec<&[Person]> {
        let people = self.heard.iter().filter_map(|told| match told {
            ToMix::People(people) => Some(people.as_slice()),
            _ => None,
        });
        people.collect()
    }
}

/// Has the room mixed, with these in it.
fn mix(world: &mut World, clients: &[usize]) {
    let people = clients.iter().map(|client| (world.id(*client), format!("person {client}"))).collect();
    world.ask_as(&ParticipantId::mix(), ForwardRequest::Mix { people, recording: None });
}

fn shows(world: &World, clients: &[usize], height: u16) -> FromMix {
    let shown = |client: &usize| Shown {
        participant: world.id(*client),
        source: Source::Camera,
        width: height / 9 * 16,
        height,
    };
    FromMix::Shows(clients.iter().map(shown).collect())
}

/// Two who publish, and one of them is mixed for `hears_mix` as well; what they show is the mix alone.
fn two_and_a_mix(seed: u64) -> (World, [usize; 2], Mixer) {
    let mut world = World::new(seed);
    let publisher = || Joining { slots: (3, 2), ..Joining::publisher() };
    let both = [0; 2].map(|_| world.join(&publisher()));
    mix(&mut world, &both);
    let mixer = Mixer::new(&[world.id(both[0])], world.now);
    let shown = shows(&world, &both, 360);
    let (room, now) = (world.room.clone(), world.now);
    world.sfu.handle_mix(&room, shown, now);
    (world, both, mixer)
}

/// Whose sounds have come to a client.
fn sounds_of(world: &World, client: usize) -> BTreeSet<u8> {
    let sounds = world.clients[client].sounds.values().flat_map(|sound| &sound.heard);
    sounds.map(|(_, label)| label.who).collect()
}

/// What has come to a client so far counts no more.
fn forget_sounds(world: &mut World, client: usize) {
    world.clients[client].sounds.values_mut().for_each(|sound| sound.heard.clear());
}

#[test]
fn a_mix_gets_everything_that_sounds_and_what_it_shows_in_the_smallest_layer_that_will_do() {
    let (mut world, both, mut mixer) = two_and_a_mix(1);
    mixer.run(&mut world, 4.0);
    for client in both {
        let id = world.id(client);
        let of = |source| mixer.packets().filter(move |packet| packet.source == source);
        let sounds: Vec<u64> =
            of(Source::Mic).filter(|packet| packet.participant == id).map(|packet| packet.sequence).collect();
        assert!(sounds.len() > 100 && sounds.windows(2).all(|pair| pair[1] == pair[0] + 1), "{sounds:?}");
        let pictures: Vec<_> = of(Source::Camera).filter(|packet| packet.participant == id).collect();
        assert!(pictures.iter().filter(|packet| packet.marker).count() > 60);
        assert!(VideoCodec::Vp8.is_key_frame(&pictures[0].payload), "it begins with a key frame");
        assert!(pictures.windows(2).all(|pair| pair[1].sequence == pair[0].sequence + 1));
        let last = world.clients[client].wanted.last().unwrap().1.sources.clone();
        assert_eq!(last.iter().map(|source| source.rids.clone()).collect::<Vec<_>>(), [["h"]]);
    }
    // And nothing of itself.
    assert!(mixer.packets().all(|packet| packet.participant != ParticipantId::mix()));
}

#[test]
fn whoever_watches_the_mix_gets_its_picture_and_the_sound_with_everybody_in_it_and_nothing_else() {
    let (mut world, _, mut mixer) = two_and_a_mix(2);
    mixer.run(&mut world, 1.0);
    let viewer = world.join_to_watch(ParticipantId::mix());
    mixer.run(&mut world, 4.0);
    let pictures: Vec<_> =
        world.clients[viewer].pictures.values().flat_map(|picture| &picture.frames).collect();
    assert!(pictures.len() > 60 && pictures.iter().all(|frame| frame.label.who == PICTURE));
    assert!(mixer.heard.iter().any(|told| matches!(told, ToMix::KeyFrameWanted(_))), "who comes needs one");
    assert_eq!(sounds_of(&world, viewer), [SHARED].into());
    let gap = world.clients[viewer].sounds.values().map(|sound| sound.gap(seconds(2.0), seconds(5.0))).max();
    assert!(gap.unwrap() < seconds(0.1), "{gap:?}");
    world.check_decoders();
}

#[test]
fn whoever_is_heard_in_the_mix_hears_it_without_themselves() {
    let (mut world, [ada, bob], mut mixer) = two_and_a_mix(3);
    mixer.run(&mut world, 1.0);
    for client in [ada, bob] {
        let item =
            Shown { participant: ParticipantId::mix(), source: Source::Camera, width: 1280, height: 720 };
        world.ask(client, ForwardRequest::Shows(Shows { items: vec![item], mix: true }));
    }
    // What is under way arrives.
    mixer.run(&mut world, 0.3);
    for client in [ada, bob] {
        forget_sounds(&mut world, client);
    }
    mixer.run(&mut world, 3.0);
    // Ada is heard, and Bob is not: for him there is no sound of his own.
    assert_eq!((sounds_of(&world, ada), sounds_of(&world, bob)), ([OWN].into(), [SHARED].into()));
    for client in [ada, bob] {
        let mix = ParticipantId::mix();
        assert!(world.clients[client].picture_of(&mix, Source::Camera).unwrap().frames.len() > 60);
        forget_sounds(&mut world, client);
    }
    // And the other way round.
    mixer.sounds[1].0 = Some(world.id(bob));
    mixer.heard_in_it = vec![world.id(bob)];
    mixer.run(&mut world, 1.0);
    let heard = |client: usize| {
        let sounds = world.clients[client].sounds.values();
        sounds.flat_map(|sound| &sound.heard).max_by_key(|(at, _)| *at).unwrap().1.who
    };
    assert_eq!((heard(ada), heard(bob)), (SHARED, OWN));
    // Who shows the others again hears them again.
    world.watch(ada, bob);
    mixer.run(&mut world, 0.3);
    forget_sounds(&mut world, ada);
    mixer.run(&mut world, 1.0);
    assert_eq!(sounds_of(&world, ada), [world.clients[bob].number].into());
    world.check_decoders();
}

#[test]
fn whoever_is_the_only_one_who_is_heard_hears_nothing_and_never_themselves() {
    let (mut world, [ada, _], mut mixer) = two_and_a_mix(8);
    // Ada is heard, and for her there is no sound at all, from the start.
    mixer.sounds.truncate(1);
    let item = Shown { participant: ParticipantId::mix(), source: Source::Camera, width: 1280, height: 720 };
    mixer.run(&mut world, 1.0);
    world.ask(ada, ForwardRequest::Shows(Shows { items: vec![item], mix: true }));
    mixer.run(&mut world, 0.3);
    forget_sounds(&mut world, ada);
    mixer.run(&mut world, 2.0);
    assert_eq!(sounds_of(&world, ada), BTreeSet::new());
    // Nobody hears her any more: she hears what all do.
    mixer.heard_in_it.clear();
    mixer.run(&mut world, 1.0);
    assert_eq!(sounds_of(&world, ada), [SHARED].into());
}

#[test]
fn a_mix_is_told_who_is_there_and_what_of_them_is_live() {
    let (mut world, [ada, bob], mut mixer) = two_and_a_mix(4);
    mixer.run(&mut world, 1.0);
    let (ada_id, bob_id) = (world.id(ada), world.id(bob));
    let person = |participant: &ParticipantId, number: usize, state| Person {
        participant: participant.clone(),
        name: format!("person {number}"),
        state,
    };
    let live = [person(&ada_id, ada, ALL_LIVE), person(&bob_id, bob, ALL_LIVE)];
    assert_eq!(mixer.people().last().unwrap(), &live);
    world.set_state(bob, SourceState { camera: false, ..ALL_LIVE });
    mixer.run(&mut world, 0.5);
    assert!(!mixer.people().last().unwrap()[1].state.camera);
    mix(&mut world, &[bob]);
    mixer.run(&mut world, 0.5);
    assert_eq!(mixer.people().last().unwrap().len(), 1);
    let speaker = mixer.heard.iter().find_map(|told| match told {
        ToMix::Speaker(speaker) => speaker.clone(),
        _ => None,
    });
    assert!(speaker.is_some());
}

#[test]
fn a_mix_that_nobody_wants_any_more_ends_and_what_still_comes_of_it_goes_nowhere() {
    let (mut world, both, mut mixer) = two_and_a_mix(5);
    let viewer = world.join_to_watch(ParticipantId::mix());
    mixer.run(&mut world, 2.0);
    world.ask_as(&ParticipantId::mix(), ForwardRequest::Leave);
    assert!(matches!(world.to_mix.last(), Some(ToMix::End)));
    mixer.run(&mut world, 0.3);
    forget_sounds(&mut world, viewer);
    mixer.heard.clear();
    mixer.run(&mut world, 1.0);
    assert_eq!((sounds_of(&world, viewer), mixer.packets().count()), (BTreeSet::new(), 0));
    // It is no participant that the rooms would have to hear of.
    assert!(world.reached.iter().all(|(participant, _)| *participant != ParticipantId::mix()));
    // Another one begins.
    mix(&mut world, &both);
    let shown = shows(&world, &both, 180);
    let (room, now) = (world.room.clone(), world.now);
    world.sfu.handle_mix(&room, shown, now);
    mixer.run(&mut world, 2.0);
    assert!(mixer.packets().count() > 100);
    world.check_decoders();
}

#[test]
fn so_many_have_a_sound_of_their_own_and_who_is_heard_no_more_makes_place() {
    let (mut world, [ada, _], _) = two_and_a_mix(6);
    let own: Vec<ParticipantId> =
        (0..40).map(|number| ParticipantId::new(&format!("p{number}")).unwrap()).collect();
    let mut mixer = Mixer::new(&own, world.now);
    mixer.run(&mut world, 0.1);
    // None of these is there. Of whoever is, there is a sound as soon as others cease.
    let id = world.id(ada);
    mixer.heard_in_it = vec![id.clone()];
    mixer.sounds.truncate(1);
    mixer.sounds.push((Some(id), Mic::new(OWN, 30, world.now)));
    let mix = ParticipantId::mix();
    let item = Shown { participant: mix, source: Source::Camera, width: 1280, height: 720 };
    world.ask(ada, ForwardRequest::Shows(Shows { items: vec![item], mix: true }));
    mixer.run(&mut world, 1.0);
    forget_sounds(&mut world, ada);
    mixer.run(&mut world, 1.0);
    assert_eq!(sounds_of(&world, ada), [OWN].into());
}

#[test]
fn a_mix_that_asks_for_a_key_frame_gets_one() {
    let (mut world, [ada, _], mut mixer) = two_and_a_mix(7);
    mixer.run(&mut world, 2.0);
    let participant = world.id(ada);
    let keys = |world: &World| world.clients[ada].cameras[&Source::Camera].1.layers[1].keys;
    let before = keys(&world);
    let (room, now) = (world.room.clone(), world.now);
    world.sfu.handle_mix(&room, FromMix::KeyFrameWanted { participant, source: Source::Camera }, now);
    mixer.run(&mut world, 1.0);
    assert_eq!(keys(&world), before + 1);
    // Of somebody who is not there, and in a room that is not mixed, nothing is.
    let nobody = ParticipantId::new("nobody").unwrap();
    let wanted = FromMix::KeyFrameWanted { participant: nobody, source: Source::Camera };
    world.sfu.handle_mix(&room, wanted.clone(), now);
    world.sfu.handle_mix(&visavis_protocol::RoomName::new("other").unwrap(), wanted, now);
    let payload: Arc<[u8]> = [0; 10].into();
    let picture =
        FromMix::Picture { edition: Edition::Whole, timestamp: 0, composed: now, payloads: vec![payload; 3] };
    world.sfu.handle_mix(&visavis_protocol::RoomName::new("other").unwrap(), picture, now);
    assert_eq!(world.sfu.counts().rooms, 1);
}

/// What a client shows of the mix, and of others beside it.
fn show_mix(world: &mut World, client: usize, others: &[usize]) {
    let camera = |participant, height: u16| Shown { participant, source: Source::Camera, width: 640, height };
    let others = others.iter().map(|other| camera(world.id(*other), 360));
    let items = others.chain([camera(ParticipantId::mix(), 400)]).collect();
    world.ask(client, ForwardRequest::Shows(Shows { items, mix: true }));
}

/// Whose pictures have come to a client between two times, with how many frames of each.
fn frames_of(world: &World, client: usize, from: f64, to: f64) -> BTreeMap<u8, usize> {
    let frames = world.clients[client].pictures.values().flat_map(|picture| &picture.frames);
    let mut counts = BTreeMap::new();
    for frame in frames.filter(|frame| (seconds(from)..seconds(to)).contains(&frame.at)) {
        *counts.entry(frame.label.who).or_default() += 1;
    }
    counts
}

#[test]
fn a_way_that_does_not_take_the_picture_of_the_mix_gets_it_in_small_and_whole_again_when_it_does() {
    for rate in [200_000, 600_000] {
        let (mut world, _, mut mixer) = two_and_a_mix(9);
        mixer.run(&mut world, 1.0);
        let [narrow, wide] = [0; 2].map(|_| world.join(&Joining::subscriber(1)));
        for viewer in [narrow, wide] {
            show_mix(&mut world, viewer, &[]);
        }
        mixer.run(&mut world, 9.0);
        assert_eq!(frames_of(&world, narrow, 0.0, 10.0).into_keys().collect::<Vec<_>>(), [PICTURE]);
        assert!(!mixer.wants.small, "nobody needs it");
        world.set_down(narrow, Conditions { rate, ..Conditions::default() });
        mixer.run(&mut world, 30.0);
        let frames = frames_of(&world, narrow, 25.0, 40.0);
        println!("{rate}: {frames:?}");
        assert!(frames.keys().eq(&[SMALL]) && frames[&SMALL] > 250, "{frames:?}");
        assert!(frames_of(&world, wide, 0.0, 40.0).keys().eq(&[PICTURE]), "that of others is what it was");
        world.set_down(narrow, Conditions::default());
        mixer.run(&mut world, 30.0);
        assert!(frames_of(&world, narrow, 65.0, 70.0).keys().eq(&[PICTURE]));
        assert!(!mixer.wants.small);
        world.check_decoders();
    }
}

#[test]
fn where_the_way_is_narrow_the_mix_comes_before_what_it_is_to_take_the_place_of() {
    let (mut world, both, mut mixer) = two_and_a_mix(10);
    let down = Conditions { rate: 200_000, ..Conditions::default() };
    let viewer = world.join(&Joining { down, ..Joining::subscriber(3) });
    world.show(viewer, &both.map(|publisher| (publisher, Source::Camera, 360)));
    mixer.run(&mut world, 30.0);
    assert_eq!(world.narrow.len(), 1, "{:?}", world.narrow);
    show_mix(&mut world, viewer, &both);
    mixer.run(&mut world, 10.0);
    let frames = frames_of(&world, viewer, 32.0, 40.0);
    assert!(frames.keys().eq(&[SMALL]) && frames[&SMALL] > 100, "{frames:?}");
    world.check_decoders();
}

#[test]
fn whoever_has_no_vp8_gets_the_picture_of_the_mix_in_h264_which_is_made_for_nobody_else() {
    let (mut world, _, mut mixer) = two_and_a_mix(11);
    mixer.run(&mut world, 1.0);
    let both = world.join(&Joining::subscriber(1));
    show_mix(&mut world, both, &[]);
    mixer.run(&mut world, 9.0);
    assert_eq!(mixer.wants, Editions::default(), "nobody needs it");
    let other = world.join(&Joining { codecs: &[VideoCodec::H264], ..Joining::subscriber(1) });
    show_mix(&mut world, other, &[]);
    mixer.run(&mut world, 10.0);
    assert!(frames_of(&world, other, 0.0, 20.0).keys().eq(&[H264]));
    assert!(frames_of(&world, other, 12.0, 20.0)[&H264] > 100);
    assert!(frames_of(&world, both, 0.0, 20.0).keys().eq(&[PICTURE]), "that of others is what it was");
    let undecodable = world.clients[other].messages.iter().filter_map(|(_, message)| match message {
        ServerMessage::Slots(slots) => Some(&slots.undecodable),
        _ => None,
    });
    assert!(undecodable.flatten().next().is_none());
    world.ask(other, ForwardRequest::Shows(Shows { items: Vec::new(), mix: false }));
    mixer.run(&mut world, 10.0);
    assert_eq!(mixer.wants, Editions::default(), "nobody needs it any more");
    world.check_decoders();
}
