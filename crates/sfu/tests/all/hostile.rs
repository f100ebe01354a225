//! What comes from whoever means harm, or from nobody who is known.

use std::net::SocketAddr;

use visavis_protocol::ForwardRequest;
use visavis_sfu::{FiveTuple, Transport};

use crate::client::{Joining, address};
use crate::link::Random;
use crate::world::{World, path, seconds};

/// A header of RTP, version 2, with a payload type of media.
fn rtp(ssrc: u32, sequence: u16) -> Vec<u8> {
    let mut packet = vec![0x80, 96];
    packet.extend(sequence.to_be_bytes());
    packet.extend(sequence.to_be_bytes().map(u16::from).iter().flat_map(|part| part.to_be_bytes()));
    packet.extend(ssrc.to_be_bytes());
    packet.resize(200, 7);
    packet
}

/// Somebody who watches somebody else, for three seconds.
fn watched(seed: u64) -> (World, usize, usize) {
    let mut world = World::new(seed);
    let publisher = world.join(&Joining::publisher());
    let viewer = world.join(&Joining::subscriber(1));
    world.watch(viewer, publisher);
    world.run(3.0);
    (world, publisher, viewer)
}

/// Fails if anybody has noticed anything in the last seconds, or notices now.
fn check_nothing_happened(mut world: World, viewer: usize, since: f64) {
    world.run(2.0);
    let picture = world.clients[viewer].picture();
    assert!(picture.freeze(seconds(since), world.time()) < seconds(0.3));
    assert_eq!((picture.skips, picture.requests), (1, 0));
    let counts = world.sfu.counts();
    assert_eq!((counts.endpoints, counts.failed, world.learned), (2, 0, 2));
    world.check_decoders();
}

#[test]
fn datagrams_of_any_bytes_and_length_lead_to_nothing() {
    let (mut world, publisher, viewer) = watched(1);
    let mut random = Random::new(1);
    let proven = [publisher, viewer].map(|client| path(world.clients[client].address));
    let unknown = path(SocketAddr::from(([203, 0, 113, 1], 1)));
    for length in 1..=1500 {
        let mut datagram = random.bytes(length);
        for from in [proven[0], proven[1], unknown] {
            // Of each kind that there is: STUN, DTLS, RTP and RTCP, by the first bytes, and whatever comes.
            for first in
                [None, Some([0, 1]), Some([22, 254]), Some([0x80, 96]), Some([0x80, 200]), Some([0x8f, 206])]
            {
                if let Some(first) = first.filter(|_| length > 1) {
                    datagram[..2].copy_from_slice(&first);
                }
                let before = world.sfu.counts();
                world.sfu.handle_datagram(from, &datagram, world.now);
                let after = world.sfu.counts();
                assert_eq!((before.packets_in, before.endpoints), (after.packets_in, after.endpoints));
            }
        }
        if length % 100 == 0 {
            world.carry_out();
            world.run(0.1);
        }
    }
    check_nothing_happened(world, viewer, 1.5);
}

#[test]
fn what_was_sent_before_leads_to_nothing_when_it_comes_again() {
    let (mut world, publisher, viewer) = watched(2);
    world.tape = Some(Vec::new());
    world.run(1.0);
    let tape = world.tape.take().unwrap();
    let media =
        tape.iter().filter(|(_, datagram)| datagram[0] & 0xc0 == 0x80 && !(192..224).contains(&datagram[1]));
    let media: Vec<_> = media.collect();
    assert!(media.len() > 100);
    let before = world.sfu.counts().packets_in;
    let elsewhere = path(SocketAddr::from(([203, 0, 113, 1], 1)));
    for (from, datagram) in &media {
        assert_eq!(*from, path(world.clients[publisher].address));
        world.sfu.handle_datagram(*from, datagram, world.now);
        // From an address that has proven nothing, and from another's.
        world.sfu.handle_datagram(elsewhere, datagram, world.now);
        world.sfu.handle_datagram(path(world.clients[viewer].address), datagram, world.now);
    }
    assert_eq!(world.sfu.counts().packets_in, before);
    // All else, as often as one likes: checks, too, prove who has sent them, and nobody is moved by them.
    for (from, datagram) in tape.iter().cycle().take(tape.len() * 2) {
        world.sfu.handle_datagram(*from, datagram, world.now);
    }
    world.carry_out();
    check_nothing_happened(world, viewer, 1.5);
}

#[test]
fn packets_before_there_are_keys_and_of_streams_that_nobody_offered_go_nowhere() {
    let mut world = World::new(3);
    let publisher = world.join(&Joining::publisher());
    let viewer = world.join(&Joining::subscriber(1));
    world.watch(viewer, publisher);
    // From where it will come.
    let from = path(address(1, 1));
    for round in 0..50_u16 {
        world.sfu.handle_datagram(from, &rtp(7, round), world.now);
        world.run(0.01);
    }
    world.run(2.0);
    let before = world.sfu.counts();
    for round in 0..1000_u16 {
        world.sfu.handle_datagram(from, &rtp(u32::from(round) * 77, round), world.now);
    }
    assert_eq!(world.sfu.counts().packets_in, before.packets_in);
    check_nothing_happened(world, viewer, 2.0);
}

#[test]
fn a_stranger_who_knows_the_name_but_not_the_password_takes_nothing_over() {
    let (mut world, _, viewer) = watched(4);
    world.tape = Some(Vec::new());
    world.run(5.0);
    let tape = world.tape.take().unwrap();
    let checks: Vec<_> = tape.iter().filter(|(_, datagram)| datagram[..2] == [0, 1]).collect();
    assert!(!checks.is_empty());
    let stranger = path(SocketAddr::from(([203, 0, 113, 1], 1)));
    for (_, check) in &checks {
        let mut forged = check.clone();
        let last = forged.len() - 1;
        // Its fingerprint and what proves it are wrong.
        forged[last] ^= 1;
        forged[last - 9] ^= 1;
        world.sfu.handle_datagram(stranger, &forged, world.now);
        assert!(!world.sfu.knows(&stranger));
    }
    check_nothing_happened(world, viewer, 1.5);
}

#[test]
fn a_request_of_somebody_who_is_not_there_does_nothing() {
    let (mut world, publisher, viewer) = watched(5);
    let nobody = visavis_protocol::ParticipantId::new("nobody").unwrap();
    world.ask_as(&nobody, ForwardRequest::Leave);
    world.ask_as(&nobody, ForwardRequest::State(crate::world::ALL_LIVE));
    world.ask_as(&nobody, ForwardRequest::Stats { re: 1 });
    assert!(world.sfu.knows(&path(world.clients[publisher].address)));
    check_nothing_happened(world, viewer, 1.5);
}

/// A check of a client that has proven who it is, as it was sent.
fn a_check_of(world: &mut World, client: usize) -> Vec<u8> {
    world.tape = Some(Vec::new());
    world.run(5.0);
    let from = path(world.clients[client].address);
    let tape = world.tape.take().unwrap();
    let is_check = |(way, datagram): &&(FiveTuple, Vec<u8>)| *way == from && datagram[..2] == [0, 1];
    tape.iter().find(is_check).unwrap().1.clone()
}

#[test]
fn ways_are_bounded_those_that_make_room_are_forgotten_and_media_keeps_its_own() {
    let (mut world, publisher, viewer) = watched(6);
    for client in [publisher, viewer] {
        let check = a_check_of(&mut world, client);
        let ways = |from: u16| (from..from + 40).map(|port| path(SocketAddr::from(([203, 0, 113, 1], port))));
        let from = if client == publisher { 100 } else { 200 };
        for way in ways(from) {
            world.sfu.handle_datagram(way, &check, world.now);
            world.carry_out();
            assert!(world.sfu.knows(&way));
            world.run(0.05);
        }
        let known = ways(from).filter(|way| world.sfu.knows(way)).count();
        assert!(known < 16 && world.sfu.knows(&path(world.clients[client].address)), "{known}");
        // One that had to make room is as good as new.
        let first = ways(from).next().unwrap();
        assert!(!world.sfu.knows(&first));
        world.sfu.handle_datagram(first, &check, world.now);
        assert!(world.sfu.knows(&first));
        world.carry_out();
    }
    assert_eq!(world.learned, 32);
    world.run(2.0);
    assert!(world.clients[viewer].picture().freeze(seconds(1.5), world.time()) < seconds(0.3));
    [publisher, viewer].into_iter().for_each(|client| world.ask(client, ForwardRequest::Leave));
    assert_eq!((world.learned, world.sfu.counts().endpoints), (0, 0));
}

#[test]
fn a_way_on_which_somebody_was_just_heard_is_taken_over_by_nobody() {
    let (mut world, publisher, viewer) = watched(7);
    let check = a_check_of(&mut world, publisher);
    let viewers = path(world.clients[viewer].address);
    for _ in 0..40 {
        world.sfu.handle_datagram(viewers, &check, world.now);
        world.run(0.1);
    }
    check_nothing_happened(world, viewer, 1.5);
}

#[test]
fn a_connection_that_ends_is_forgotten_with_its_way() {
    let (mut world, publisher, viewer) = watched(8);
    let check = a_check_of(&mut world, publisher);
    let stream = FiveTuple { transport: Transport::Tcp, ..path(SocketAddr::from(([203, 0, 113, 1], 1))) };
    world.sfu.handle_datagram(stream, &check, world.now);
    world.carry_out();
    assert_eq!(world.learned, 3);
    world.sfu.handle_gone(&stream);
    world.carry_out();
    assert!(!world.sfu.knows(&stream));
    check_nothing_happened(world, viewer, 1.5);
}
