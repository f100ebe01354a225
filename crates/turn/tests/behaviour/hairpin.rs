use visavis_turn::{Delivery, Options, PeerAddr, RelayedAddr};

use crate::client::{Client, channel_data};
use crate::world::{Effect, Relay, World, options};

/// A host of its own, beside our relays, that nobody may reach through them.
const BESIDE: &str = "192.0.2.1:22";

fn two_relays(options: Options) -> (World, [Client; 2], [Relay; 2]) {
    let mut world = World::new(options);
    let mut clients = [Client::udp(1), Client::udp(2).named("bea")];
    let relays = [world.allocate(&mut clients[0]), world.allocate(&mut clients[1])];
    (world, clients, relays)
}

#[test]
fn data_between_two_of_our_relays_stays_inside() {
    let (mut world, [mut ada, mut bea], [a, b]) = two_relays(options());
    assert_eq!(world.bind_channel(&mut ada, 0x4000, &b.address.to_string()), None);
    assert_eq!(world.bind_channel(&mut bea, 0x4001, &a.address.to_string()), None);
    let there = world.receive(ada.five_tuple, &channel_data(0x4000, b"hi"));
    let data = b"\x40\x01\x00\x02hi".to_vec();
    assert_eq!(there, [Effect::ToClient { client: bea.five_tuple, delivery: Delivery::Datagram, data }]);
    let back = world.send(&mut bea, &a.address.to_string(), b"ho");
    let data = b"\x40\x00\x00\x02ho".to_vec();
    assert_eq!(back, [Effect::ToClient { client: ada.five_tuple, delivery: Delivery::Datagram, data }]);
}

#[test]
fn relay_that_did_not_permit_the_other_gets_nothing_from_it() {
    let (mut world, [mut ada, _], [_, b]) = two_relays(options());
    assert_eq!(world.permit(&mut ada, &[&b.address.to_string()]), None);
    assert_eq!(world.send(&mut ada, &b.address.to_string(), b"hi"), []);
}

#[test]
fn own_address_is_permitted_but_only_live_relays_are_reached_there() {
    let (mut world, [mut ada, bea], [_, b]) = two_relays(options());
    assert_eq!(world.permit(&mut ada, &[BESIDE]), None);
    assert_eq!(world.send(&mut ada, BESIDE, b"hi"), []);
    world.server.handle_client_gone(&bea.five_tuple);
    assert_eq!(world.effects(), [Effect::Unbind { relay: b.id }]);
    assert_eq!(world.send(&mut ada, &b.address.to_string(), b"hi"), []);
}

#[test]
fn public_address_of_ours_is_own_even_without_a_relay_on_it() {
    let public = "5.6.7.8".parse().unwrap();
    let (mut world, [mut ada, _], _) = two_relays(Options { public_ips: vec![public], ..options() });
    assert_eq!(world.permit(&mut ada, &["5.6.7.8:22"]), None);
    assert_eq!(world.send(&mut ada, "5.6.7.8:22", b"hi"), []);
    assert_eq!(world.permit(&mut ada, &[BESIDE]), Some(403));
}

#[test]
fn own_address_in_an_opened_range_is_reached_beside_the_relays_too() {
    let opened = vec!["192.0.2.0/24".parse().unwrap()];
    let (mut world, [mut ada, mut bea], [a, b]) = two_relays(Options { allow_peers: opened, ..options() });
    assert_eq!(world.permit(&mut ada, &[BESIDE]), None);
    let expected = Effect::ToPeer {
        relay: a.id,
        peer: BESIDE.parse().unwrap(),
        data: b"hi".to_vec(),
        dont_fragment: false,
    };
    assert_eq!(world.send(&mut ada, BESIDE, b"hi"), [expected]);
    // Our relays are still reached inside.
    world.bind_channel(&mut bea, 0x4001, &a.address.to_string());
    let data = b"\x40\x01\x00\x02hi".to_vec();
    assert_eq!(
        world.send(&mut ada, &b.address.to_string(), b"hi"),
        [Effect::ToClient { client: bea.five_tuple, delivery: Delivery::Datagram, data }]
    );
}

#[test]
fn other_addresses_of_this_machine_are_not_reached_even_with_a_permission_from_before() {
    const OTHER: &str = "1.2.3.4:22";
    let (mut world, [mut ada, _], _) = two_relays(options());
    assert_eq!(world.permit(&mut ada, &[OTHER]), None);
    assert_eq!(world.send(&mut ada, OTHER, b"hi").len(), 1, "somebody else's, for all that is known");
    world.server.handle_own_addresses(["1.2.3.4".parse().unwrap()]);
    assert_eq!(world.send(&mut ada, OTHER, b"hi"), []);
    let opened = Options { allow_peers: vec!["1.2.3.4/32".parse().unwrap()], ..options() };
    let (mut world, [mut ada, _], _) = two_relays(opened);
    world.server.handle_own_addresses(["1.2.3.4".parse().unwrap()]);
    assert_eq!(world.permit(&mut ada, &[OTHER]), None);
    assert_eq!(world.send(&mut ada, OTHER, b"hi").len(), 1, "but for what the operator has opened");
}

#[test]
fn where_this_program_takes_media_is_reached_inside_it_and_answers_come_back() {
    let (mut world, [mut ada, _], [a, _]) = two_relays(options());
    let media: std::net::SocketAddr = BESIDE.parse().unwrap();
    world.server.handle_media_addresses([media]);
    assert_eq!(world.permit(&mut ada, &[BESIDE]), None);
    let there = world.send(&mut ada, BESIDE, b"hi");
    let expected = Effect::ToMedia { from: a.address, to: RelayedAddr(media), data: b"hi".to_vec() };
    assert_eq!(there, [expected]);
    world.server.handle_media(RelayedAddr(a.address), PeerAddr(media), b"ho", world.now);
    let back = world.effects();
    assert!(matches!(&back[..], [Effect::ToClient { client, .. }] if *client == ada.five_tuple), "{back:?}");
    world.server.handle_media_addresses([]);
    assert_eq!(world.send(&mut ada, BESIDE, b"hi"), []);
}
