//! DTLS handshakes that are begun and go no further, and records of them with nothing inside.

use visavis_protocol::{ErrorCode, ForwardEnd, ParticipantId, RoomName, ServerMessage};
use visavis_sfu::Options;

use crate::client::{Client, Joining};
use crate::count;
use crate::world::{World, path, seconds};

/// How many come at a time, and go again without a word.
const CROWD: usize = 50;

/// Somebody who has a handshake begun, and says nothing more of it.
fn begin(world: &mut World, number: usize) {
    let mut client = Client::new(200, &Joining::publisher(), 1, world.start, world.now);
    client.id = ParticipantId::new(&format!("half{number}")).unwrap();
    // Each from a port of its own.
    client.connection = u32::try_from(number).unwrap();
    client.begin_anew(world.now);
    client.stalls = true;
    let offer = client.offer((0, 0));
    world.clients.push(client);
    world.send_offer(world.clients.len() - 1, offer);
}

fn is_busy(client: &Client) -> bool {
    let is_busy = |message: &ServerMessage| matches!(message, ServerMessage::Error(error) if error.code == ErrorCode::Busy);
    client.messages.iter().any(|(_, message)| is_busy(message))
}

#[test]
fn handshakes_that_go_no_further_are_bounded_and_end_in_time_and_others_notice_nothing() {
    let (max_endpoints, many) = (count(82, 2048), count(100, 5_000));
    let mut world = World::with(1, Options { max_endpoints, ..Options::default() });
    let publisher = world.join(&Joining::publisher());
    let viewer = world.join(&Joining::subscriber(1));
    world.watch(viewer, publisher);
    world.run(4.0);
    let room = world.room.clone();
    let (mut begun, mut refused) = (0, 0);
    for crowd in 0..many / CROWD {
        world.room = RoomName::new(&format!("crowd{crowd}")).unwrap();
        (0..CROWD).for_each(|number| begin(&mut world, crowd * CROWD + number));
        world.run(0.2);
        for client in world.clients.drain(2..) {
            // It has been sent the certificate, and owes an answer.
            begun += usize::from(client.received > 600);
            refused += usize::from(is_busy(&client));
        }
        assert!(usize::try_from(world.sfu.counts().endpoints).unwrap() <= max_endpoints);
    }
    assert_eq!((begun, refused), (max_endpoints - 2, many + 2 - max_endpoints));
    assert_eq!(world.learned, max_endpoints);
    world.run(31.0);
    let counts = world.sfu.counts();
    assert_eq!((counts.endpoints, counts.rooms, counts.failed, world.learned), (2, 1, 0, 2));
    println!("{} datagrams for {begun} who are gone", world.strays);
    // A handshake is tried again some times, at longer and longer intervals.
    assert!(world.strays < begun * 8, "{}", world.strays);
    world.room = room;
    let late = world.join(&Joining::subscriber(1));
    world.watch(late, publisher);
    world.run(2.0);
    assert!(!world.clients[late].picture().frames.is_empty());
    let picture = world.clients[viewer].picture();
    assert!(picture.freeze(seconds(1.0), world.time()) < seconds(0.3));
    assert_eq!((picture.skips, picture.requests), (1, 0));
    world.check_decoders();
}

/// A record before there are keys (RFC 6347 section 4.1).
fn record(kind: u8, number: u16, content: &[u8]) -> Vec<u8> {
    let mut record = vec![kind, 254, 253, 0, 0, 0, 0, 0, 0];
    record.extend(number.to_be_bytes());
    record.extend(u16::try_from(content.len()).unwrap().to_be_bytes());
    record.extend(content);
    record
}

/// A fragment with nothing inside of a handshake message of that kind and length (section 4.2.2).
fn fragment(kind: u8, length: [u8; 3], message: u16, offset: u8) -> Vec<u8> {
    let mut fragment = vec![kind];
    fragment.extend(length);
    fragment.extend(message.to_be_bytes());
    fragment.extend([0, 0, offset, 0, 0, 0]);
    fragment
}

/// Records with nothing inside, of every kind, and many in one datagram.
fn nothing(number: u16) -> Vec<Vec<u8>> {
    let each = (20..=23).map(|kind| record(kind, number, &[]));
    let many = (0..90).flat_map(|at| record(22, number.wrapping_add(at), &[])).collect();
    each.chain([many]).collect()
}

/// Fragments with nothing inside: of the message that is due, of later ones, and of one that is not for long.
fn fragments(number: u16) -> Vec<Vec<u8>> {
    let mut datagrams = Vec::new();
    for (kind, message) in [(1, 0), (1, 1), (11, 2), (16, 3), (20, number)] {
        for length in [[0; 3], [0, 0, 60], [255; 3]] {
            datagrams.push(record(22, number, &fragment(kind, length, message, 0)));
            datagrams.push(record(22, number, &fragment(kind, length, message, 7)));
        }
    }
    datagrams
}

/// Somebody watches somebody else for two seconds.
fn watched(seed: u64) -> (World, usize, usize) {
    let mut world = World::new(seed);
    let publisher = world.join(&Joining::publisher());
    let viewer = world.join(&Joining::subscriber(1));
    world.watch(viewer, publisher);
    world.run(2.0);
    (world, publisher, viewer)
}

/// Has datagrams come from the addresses of clients, again and again in five milliseconds.
fn pour(world: &mut World, clients: &[usize], times: u16, datagrams: fn(u16) -> Vec<Vec<u8>>) {
    let from: Vec<_> = clients.iter().map(|client| path(world.clients[*client].address)).collect();
    for number in 1..=times {
        for datagram in datagrams(number) {
            from.iter().for_each(|from| world.sfu.handle_datagram(*from, &datagram, world.now));
        }
        world.carry_out();
        world.run(0.005);
    }
}

fn check_nothing_happened(world: &World, viewer: usize, since: f64) {
    let picture = world.clients[viewer].picture();
    assert!(picture.freeze(seconds(since), world.time()) < seconds(0.3));
    assert_eq!((picture.skips, picture.requests, world.sfu.counts().failed), (1, 0, 0));
    world.check_decoders();
}

#[test]
fn records_and_fragments_with_nothing_inside_end_no_connection() {
    let (mut world, publisher, viewer) = watched(2);
    let times = u16::try_from(count(200, 5_000)).unwrap();
    pour(&mut world, &[publisher, viewer], times, nothing);
    pour(&mut world, &[publisher, viewer], times, fragments);
    assert_eq!(world.sfu.counts().endpoints, 2);
    check_nothing_happened(&world, viewer, 1.0);
}

#[test]
fn records_with_nothing_inside_keep_nobody_from_connecting() {
    let (mut world, publisher, viewer) = watched(3);
    let late = world.join(&Joining::subscriber(1));
    world.watch(late, publisher);
    pour(&mut world, &[late], 100, nothing);
    assert!(world.clients[late].is_connected);
    world.run(1.0);
    assert!(world.clients[late].picture().frames[0].at < seconds(3.0));
    check_nothing_happened(&world, viewer, 1.0);
}

#[test]
fn what_is_kept_of_fragments_of_a_handshake_is_bounded_and_that_it_is_ended_costs_nobody_else_anything() {
    let (mut world, publisher, viewer) = watched(4);
    let late = world.join(&Joining::subscriber(1));
    world.watch(late, publisher);
    // Whoever can send from somebody's address while they connect: nothing is authenticated yet.
    pour(&mut world, &[late], 100, fragments);
    let ended = world.clients[late].messages.iter().filter_map(|(_, message)| match message {
        ServerMessage::ForwardEnded(ended) => Some(ended.reason),
        _ => None,
    });
    assert_eq!(ended.collect::<Vec<_>>(), [ForwardEnd::Closed]);
    assert_eq!((world.sfu.counts().endpoints, world.learned), (2, 2));
    let now = world.now;
    world.clients[late].begin_anew(now);
    let offer = world.clients[late].offer((3, 1));
    world.send_offer(late, offer);
    world.watch(late, publisher);
    world.run(1.5);
    assert!(!world.clients[late].picture().frames.is_empty());
    check_nothing_happened(&world, viewer, 1.0);
}
