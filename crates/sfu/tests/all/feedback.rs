//! Control packets of a client that means harm: they change what it gets itself, and nothing for anybody else.

use std::time::Duration;

use crate::client::{Client, Joining};
use crate::count;
use crate::link::Conditions;
use crate::world::{World, seconds};

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
    assert!(more > fair * 2, "{fair} {more}");
    // Two thirds of what is sent for the first time, and some at once.
    let (fair, more) = storm(count(1_000, 60_000));
    assert!(more < fair * 17 / 10 + 300_000, "{fair} {more}");
    check_nobody_is_gone(&world);
    check_unaffected(&world, viewer);
}
