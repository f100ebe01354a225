//! Control packets of a client that means harm: they change what it gets itself, and nothing for anybody else.

use std::time::Duration;

use visavis_protocol::{ForwardEnd, ForwardRequest, ServerMessage};

use crate::client::{Client, Joining};
use crate::count;
use crate::link::Conditions;
use crate::world::{World, path, seconds};

/// Any amount of control packets reaches the server.
const WIDE: Conditions = Conditions {
    delay: Duration::from_millis(20),
    jitter: Duration::ZERO,
    loss: 0.0,
    rate: 1_000_000_000,
    queue: Duration::from_millis(300),
};

/// Somebody who watches somebody else, and so many who do the same and lie, for four seconds.
fn watched(seed: u64, liars: usize) -> (World, usize, Vec<usize>) {
    let mut world = World::new(seed);
    let publisher = world.join(&Joining::publisher());
    let viewer = world.join(&Joining::subscriber(1));
    let liar = Joining { forges: true, up: WIDE, down: WIDE, ..Joining::subscriber(1) };
    let liars: Vec<usize> = (0..liars).map(|_| world.join(&liar)).collect();
    liars.iter().chain([&viewer]).for_each(|client| world.watch(*client, publisher));
    world.run(4.0);
    (world, viewer, liars)
}

/// Fails if somebody has noticed anything since they saw the best layer.
fn check_unaffected(world: &World, viewer: usize) {
    let picture = world.clients[viewer].picture();
    let layers = picture.layers(seconds(4.0), world.time());
    assert!(layers.iter().all(|(_, layer)| *layer == 2), "{layers:?}");
    assert!(picture.freeze(seconds(3.0), world.time()) < seconds(0.2));
    assert_eq!((picture.skips, picture.requests), (1, 0));
    let delays = picture.delays(seconds(4.0), world.time());
    assert!(delays[delays.len() * 95 / 100] < seconds(0.08), "{:?}", delays.last());
    world.check_decoders_of(&[viewer]);
}

/// Fails if anybody has lost the connection.
fn check_nobody_is_gone(world: &World) {
    let counts = world.sfu.counts();
    assert_eq!((counts.endpoints, counts.failed), (u64::try_from(world.clients.len()).unwrap(), 0));
}

/// A control packet about `ssrc`: of transport-layer feedback (RFC 4585 section 6.2), in the format `format`.
fn control(format: u8, ssrc: u32, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x80 | format, 205, 0, 0];
    packet.extend([1_u32, ssrc].map(u32::to_be_bytes).concat());
    packet.extend(body);
    packet.resize(packet.len().next_multiple_of(4), 0);
    let words = u16::try_from(packet.len() / 4 - 1).unwrap();
    packet[2..4].copy_from_slice(&words.to_be_bytes());
    packet
}

/// Says that of the last five hundred packets all are missing: one control packet takes no more.
fn ask_for_everything(client: &mut Client) {
    let next = client.picture().next().unwrap();
    // Each names one number, and the 16 after it.
    let lost = (next - 500..next).step_by(17);
    let body = lost.flat_map(|number| [number.to_be_bytes()[6], number.to_be_bytes()[7], 0xff, 0xff]);
    let packet = control(1, client.ssrc(), &body.collect::<Vec<_>>());
    client.forge(&packet);
}

#[test]
fn whoever_asks_for_everything_again_all_the_time_gets_a_part_more_and_others_notice_nothing() {
    let (mut world, viewer, liars) = watched(1, 1);
    let clients = [viewer, liars[0]];
    let before = clients.map(|client| world.clients[client].received);
    let mut storm = |rounds: usize| {
        for _ in 0..rounds {
            ask_for_everything(&mut world.clients[liars[0]]);
            world.run(0.001);
        }
        let after = clients.map(|client| world.clients[client].received);
        println!("{} bytes, and {} with all that was asked for", after[0] - before[0], after[1] - before[1]);
        (after[0] - before[0], after[1] - before[1])
    };
    // It is believed for a while.
    let (fair, more) = storm(1_000);
    assert!(more * 2 > fair * 3, "{fair} {more}");
    // Two thirds of what is sent for the first time, and some at once.
    let (fair, more) = storm(count(1_000, 60_000));
    assert!(more < fair * 17 / 10 + 300_000, "{fair} {more}");
    check_nobody_is_gone(&world);
    check_unaffected(&world, viewer);
}

/// What a client may say of when packets have arrived (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1).
struct Arrivals {
    /// The number of the first packet that it is about, and how many it is about.
    first: u16,
    count: u16,
    /// In units of 64 ms, of 24 bits.
    reference: u32,
    /// Of runs of packets what became of them, and after that the time between each and the one before.
    chunks: Vec<u16>,
    deltas: Vec<u8>,
}

/// A run of so many packets of which nothing is known, that came within 64 ms after the one before, or at any other time.
const LOST: u16 = 0;
const SOON: u16 = 1 << 13;
const ANY_TIME: u16 = 2 << 13;

impl Arrivals {
    fn tell(&self, client: &mut Client) {
        let mut body = [self.first, self.count].map(u16::to_be_bytes).concat();
        // The last byte counts the reports.
        body.extend((self.reference << 8).to_be_bytes());
        body.extend(self.chunks.iter().flat_map(|chunk| chunk.to_be_bytes()));
        body.extend(&self.deltas);
        let packet = control(15, client.ssrc(), &body);
        client.forge(&packet);
    }
}

/// What liars say, of the packets before and after `last`.
fn lies(last: u16) -> [Arrivals; 7] {
    // Packets that they have, those that are under way, and some that are not sent yet.
    let of = |kind: u16, delta: &[u8]| Arrivals {
        first: last.wrapping_sub(200),
        count: 300,
        reference: 0,
        chunks: vec![kind | 300],
        deltas: delta.repeat(300),
    };
    let earlier = i16::MIN.to_be_bytes();
    let later = i16::MAX.to_be_bytes();
    [
        // All have come at the same time, long ago, or will have in 12 days.
        of(SOON, &[0]),
        Arrivals { reference: 0xff_ffff, ..of(SOON, &[255]) },
        // Each has come 8 seconds before the one before, or after it.
        of(ANY_TIME, &earlier),
        Arrivals { reference: 0xff_ffff, ..of(ANY_TIME, &later) },
        // All has come of what was never sent, and will not be for long.
        Arrivals { first: last.wrapping_add(10_000), ..of(SOON, &[0]) },
        // Nothing has come of all that there is.
        Arrivals {
            first: last.wrapping_add(1),
            count: 65_535,
            chunks: vec![LOST | 0x1fff; 9],
            ..of(LOST, &[])
        },
        // It is about more than it says anything of.
        Arrivals { count: 65_535, ..of(SOON, &[0]) },
    ]
}

/// What the server takes somebody's way for.
fn estimate(world: &mut World, client: usize) -> Option<u64> {
    world.ask(client, ForwardRequest::Stats { re: 1 });
    world.clients[client].messages.iter().rev().find_map(|(_, message)| match message {
        ServerMessage::Stats(stats) => stats.estimate,
        _ => None,
    })
}

#[test]
fn arrivals_that_never_were_change_nothing_but_what_the_liar_gets() {
    let kinds = lies(0).len();
    let (mut world, viewer, liars) = watched(2, kinds);
    let before: Vec<usize> = world.clients.iter().map(|client| client.received).collect();
    for _ in 0..count(100, 3_000) {
        for (kind, liar) in liars.iter().enumerate() {
            let client = &mut world.clients[*liar];
            lies(client.last_number)[kind].tell(client);
        }
        world.run(0.03);
    }
    let got = |client: usize| world.clients[client].received - before[client];
    let fair = got(viewer);
    let got: Vec<usize> = liars.iter().map(|liar| got(*liar)).collect();
    let all: Vec<usize> = liars.iter().copied().chain([viewer]).collect();
    let estimates: Vec<u64> = all.iter().map(|client| estimate(&mut world, *client).unwrap()).collect();
    println!("{fair} bytes; liars get {got:?}, and their ways and another are taken for {estimates:?}");
    // Whatever their ways are taken for, nobody gets more than they show.
    assert!(got.iter().all(|got| *got * 10 < fair * 12), "{got:?}");
    assert!(estimates.iter().all(|estimate| *estimate < 100_000_000), "{estimates:?}");
    // Some were believed, to their own cost.
    assert!(
        estimates.iter().min() < Some(&1_000_000) && estimates.last() > Some(&2_000_000),
        "{estimates:?}"
    );
    check_nobody_is_gone(&world);
    check_unaffected(&world, viewer);
}

#[test]
fn feedback_that_the_library_panics_over_costs_its_sender_the_connection_and_nobody_else_anything() {
    let (mut world, viewer, liars) = watched(3, 1);
    let liar = liars[0];
    world.run(1.0);
    let client = &mut world.clients[liar];
    // A run of no packets, which takes the time of the next one for its own, of another length.
    let (first, chunks) = (client.last_number.wrapping_sub(5), vec![SOON, ANY_TIME | 5]);
    Arrivals { first, count: 5, reference: 0, chunks, deltas: vec![0; 10] }.tell(client);
    world.run(1.0);
    let ended = world.clients[liar].messages.iter().filter_map(|(_, message)| match message {
        ServerMessage::ForwardEnded(ended) => Some((ended.connection, ended.reason)),
        _ => None,
    });
    assert_eq!(ended.collect::<Vec<_>>(), [(1, ForwardEnd::Failed)]);
    let counts = world.sfu.counts();
    assert_eq!((counts.endpoints, counts.failed, world.learned), (2, 1, 2));
    assert!(!world.sfu.knows(&path(world.clients[liar].address)));
    // Its participant connects anew, and sees what it saw.
    let now = world.now;
    world.clients[liar].begin_anew(now);
    let offer = world.clients[liar].offer((3, 1));
    world.send_offer(liar, offer);
    world.watch(liar, 0);
    world.run(3.0);
    assert!(world.clients[liar].picture().freeze(seconds(7.5), world.time()) < seconds(0.3));
    let counts = world.sfu.counts();
    assert_eq!((counts.endpoints, counts.failed, world.learned), (3, 1, 3));
    check_unaffected(&world, viewer);
}
