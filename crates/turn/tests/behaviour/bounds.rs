use std::time::Duration;

use turn_types::attribute::*;
use turn_types::message::*;
use visavis_turn::{Options, Transport};

use crate::client::{Client, channel_data};
use crate::world::{Effect, PEER, World, options};

/// How many of `clients` are answered when each sends one request without credentials.
fn answered(world: &mut World, clients: impl IntoIterator<Item = Client>) -> usize {
    clients.into_iter().map(|mut client| world.ask_effects(&mut client, ALLOCATE, &[]).len()).sum()
}

fn from(host: &str, port: u16) -> Client {
    Client::new(Transport::Udp, &format!("{host}:{port}"), "192.0.2.1:3478")
}

#[test]
fn source_address_gets_ten_challenges_in_a_second_whatever_its_port() {
    let mut world = World::new(Options { refusals_per_second: 10, ..options() });
    assert_eq!(answered(&mut world, (1..=10_000).map(|port| from("198.51.100.7", port))), 10);
    assert_eq!(answered(&mut world, (1..=10).map(|port| from("198.51.100.8", port))), 10);
    world.pass(Duration::from_millis(999));
    assert_eq!(answered(&mut world, [from("198.51.100.7", 1)]), 0);
    world.pass(Duration::from_millis(1));
    assert_eq!(answered(&mut world, (1..=20).map(|port| from("198.51.100.7", port))), 10);
}

#[test]
fn connections_get_ten_times_as_many_beside_those_of_datagrams() {
    let mut world = World::new(Options { refusals_per_second: 10, ..options() });
    assert_eq!(answered(&mut world, (1..=200).map(Client::tcp)), 100);
    assert_eq!(answered(&mut world, (1..=20).map(Client::udp)), 10);
}

#[test]
fn ipv6_sources_are_counted_by_their_network() {
    let mut world = World::new(Options { refusals_per_second: 10, ..options() });
    let one_network = (1..=100).map(|host| from(&format!("[2001:db8:1:2::{host:x}]"), 1));
    assert_eq!(answered(&mut world, one_network), 10);
    assert_eq!(answered(&mut world, [from("[2001:db8:1:3::1]", 1)]), 1);
}

#[test]
fn wrong_passwords_and_stale_nonces_are_limited_alike_and_good_credentials_are_not() {
    let mut world = World::new(Options { refusals_per_second: 10, ..options() });
    let mut good = Client::udp(1);
    world.allocate(&mut good);
    let mut wrong = Client::udp(2);
    wrong.nonce = Some("stale".to_owned());
    let answers = (0..20).map(|_| world.ask_effects(&mut wrong, ALLOCATE, &[]).len()).sum::<usize>();
    assert_eq!(answers, 9);
    for _ in 0..20 {
        assert_eq!(world.ask(&mut good, REFRESH, &[]).code(), None);
    }
}

#[test]
fn sources_beyond_the_table_wait_for_the_next_second() {
    let mut world = World::new(Options { refusal_sources: 3, ..options() });
    let hosts = || (1..=5).map(|host| from(&format!("198.51.100.{host}"), 1));
    assert_eq!(answered(&mut world, hosts()), 3);
    world.pass(Duration::from_secs(1));
    assert_eq!(answered(&mut world, hosts().skip(2)), 3);
}

#[test]
fn permissions_beyond_the_limit_are_refused_until_others_expire() {
    let mut world = World::new(Options { permissions_per_allocation: 2, ..options() });
    let mut client = Client::udp(1);
    world.allocate(&mut client);
    assert_eq!(world.permit(&mut client, &["1.2.3.1:9", "1.2.3.2:9", "1.2.3.3:9"]), Some(508));
    assert_eq!(world.permit(&mut client, &["1.2.3.1:9", "1.2.3.2:9"]), None);
    assert_eq!(world.permit(&mut client, &["1.2.3.3:9"]), Some(508));
    assert_eq!(world.bind_channel(&mut client, 0x4000, "1.2.3.3:9"), Some(508));
    assert_eq!(world.permit(&mut client, &["1.2.3.1:9", "1.2.3.2:9"]), None);
    world.pass(Duration::from_secs(300));
    assert_eq!(world.permit(&mut client, &["1.2.3.3:9", "1.2.3.4:9"]), None);
}

#[test]
fn channels_beyond_the_limit_are_refused_until_others_expire() {
    let mut world = World::new(Options { channels_per_allocation: 2, ..options() });
    let mut client = Client::udp(1);
    world.challenge(&mut client);
    world.allocate_challenged(&mut client, &[&Lifetime::new(3600)]);
    assert_eq!(world.bind_channel(&mut client, 0x4000, "1.2.3.4:1"), None);
    assert_eq!(world.bind_channel(&mut client, 0x4001, "1.2.3.4:2"), None);
    assert_eq!(world.bind_channel(&mut client, 0x4002, "1.2.3.4:3"), Some(508));
    assert_eq!(world.bind_channel(&mut client, 0x4001, "1.2.3.4:2"), None);
    world.pass(Duration::from_secs(600));
    assert_eq!(world.bind_channel(&mut client, 0x4002, "1.2.3.4:3"), None);
    assert_eq!(world.bind_channel(&mut client, 0x4003, "1.2.3.4:1"), None);
}

#[test]
fn input_is_dropped_while_outputs_are_not_taken() {
    for (max_outputs, max_output_bytes, taken) in [(5, usize::MAX, 5), (usize::MAX, 2000, 2)] {
        let mut world = World::new(Options { max_outputs, max_output_bytes, ..options() });
        let mut client = Client::udp(1);
        let relay = world.allocate(&mut client);
        world.bind_channel(&mut client, 0x4000, PEER);
        let payload = [7; 1000];
        for _ in 0..100 {
            world.server.handle_client(client.five_tuple, &channel_data(0x4000, &payload), world.now);
        }
        let sent = Effect::ToPeer {
            relay: relay.id,
            peer: PEER.parse().unwrap(),
            data: payload.to_vec(),
            dont_fragment: false,
        };
        assert_eq!(world.effects(), vec![sent.clone(); taken]);
        assert_eq!(world.receive(client.five_tuple, &channel_data(0x4000, &payload)), [sent]);
    }
}

#[test]
fn longest_datagrams_are_relayed_and_longer_ones_dropped() {
    let mut world = World::new(options());
    let mut client = Client::udp(1);
    let relay = world.allocate(&mut client);
    world.permit(&mut client, &[PEER]);
    let payload = vec![7; 65_507];
    assert_eq!(world.peer_sends(&relay, PEER, &payload[..65_000]).len(), 1);
    assert_eq!(world.peer_sends(&relay, PEER, &payload[..65_001]), []);
    assert_eq!(world.send(&mut client, PEER, &payload[..65_000]).len(), 1);
    assert_eq!(world.send(&mut client, PEER, &payload[..65_001]), []);
}

#[test]
fn what_an_allocation_relays_in_a_second_is_limited_in_each_direction_and_others_are_not_disturbed() {
    let mut world = World::new(Options { bytes_per_second: 5_000, ..options() });
    let (mut flood, mut calm) = (Client::udp(1), Client::udp(2));
    let relay = world.allocate(&mut flood);
    world.allocate(&mut calm);
    world.bind_channel(&mut flood, 0x4000, PEER);
    world.bind_channel(&mut calm, 0x4000, PEER);
    let message = channel_data(0x4000, &[7; 1000]);
    let out = |world: &mut World, client: &Client| world.receive(client.five_tuple, &message).len();
    assert_eq!((0..100).map(|_| out(&mut world, &flood)).sum::<usize>(), 5);
    assert_eq!((0..100).map(|_| world.peer_sends(&relay, PEER, &[7; 1000]).len()).sum::<usize>(), 5);
    assert_eq!(out(&mut world, &calm), 1);
    world.pass(Duration::from_millis(400));
    assert_eq!((0..100).map(|_| out(&mut world, &flood)).sum::<usize>(), 2);
}
