use std::time::Duration;

use stun_types::attribute::*;
use turn_types::attribute::*;
use turn_types::message::*;
use visavis_turn::Options;

use crate::client::Client;
use crate::special::DENIED;
use crate::world::{PEER, PEER6, World, options, xor_peer};

const PUBLIC_V4: [&str; 6] =
    ["1.2.3.4", "9.255.255.255", "11.0.0.0", "100.128.0.0", "172.32.0.1", "223.255.255.255"];

const PUBLIC_V6: [&str; 6] = [
    "2a00::4",
    "2600::1",
    "64:ff9b::1.2.3.4",
    "2002:102:304::1",
    "2001:200::1",
    // Teredo between 1.2.3.4 and 1.2.3.4.
    "2001:0:102:304::fefd:fcfb",
];

fn port(ip: &str) -> String {
    if ip.contains(':') { format!("[{ip}]:9") } else { format!("{ip}:9") }
}

#[test]
fn special_purpose_addresses_are_forbidden_as_peers() {
    let mut world = World::new(options());
    let (mut client, mut client6) = (Client::udp(1), Client::udp6(1));
    let relay = world.allocate(&mut client);
    let relay6 = world.allocate(&mut client6);
    for ip in DENIED.iter().flat_map(|(_, ips)| *ips) {
        let peer = port(ip);
        let (client, relay) = if ip.contains(':') { (&mut client6, &relay6) } else { (&mut client, &relay) };
        assert_eq!(world.permit(client, &[&peer]), Some(403), "CreatePermission {ip}");
        assert_eq!(world.bind_channel(client, 0x4000, &peer), Some(403), "ChannelBind {ip}");
        assert_eq!(world.send(client, &peer, b"data"), [], "Send {ip}");
        assert_eq!(world.peer_sends(relay, &peer, b"data"), [], "from {ip}");
    }
}

#[test]
fn public_addresses_are_permitted_as_peers() {
    let mut world = World::new(options());
    let (mut client, mut client6) = (Client::udp(1), Client::udp6(1));
    world.allocate(&mut client);
    world.allocate(&mut client6);
    for ip in PUBLIC_V4 {
        assert_eq!(world.permit(&mut client, &[&port(ip)]), None, "{ip}");
    }
    for ip in PUBLIC_V6 {
        assert_eq!(world.permit(&mut client6, &[&port(ip)]), None, "{ip}");
    }
}

#[test]
fn opened_range_is_permitted_and_nothing_beside_it_or_embedding_it() {
    let opened = ["10.1.0.0/16", "fd00:1::/32"].map(|range| range.parse().unwrap()).to_vec();
    let mut world = World::new(Options { allow_peers: opened, ..options() });
    let (mut client, mut client6) = (Client::udp(1), Client::udp6(1));
    world.allocate(&mut client);
    world.allocate(&mut client6);
    assert_eq!(world.permit(&mut client, &["10.1.255.255:9"]), None);
    assert_eq!(world.permit(&mut client, &["10.2.0.0:9"]), Some(403));
    assert_eq!(world.permit(&mut client6, &["[fd00:1::1]:9"]), None);
    assert_eq!(world.permit(&mut client6, &["[fd00:2::1]:9"]), Some(403));
    for embedding in ["[::ffff:10.1.0.1]:9", "[64:ff9b::10.1.0.1]:9", "[2002:a01:1::]:9"] {
        assert_eq!(world.permit(&mut client6, &[embedding]), Some(403), "{embedding}");
    }
}

#[test]
fn permission_is_given_to_all_peers_that_are_named_or_to_none() {
    let mut world = World::new(options());
    let mut client = Client::udp(1);
    let relay = world.allocate(&mut client);
    assert_eq!(world.permit(&mut client, &[PEER, "10.0.0.1:9"]), Some(403));
    assert_eq!(world.peer_sends(&relay, PEER, b"data"), []);
    assert_eq!(world.permit(&mut client, &[PEER, "1.2.3.5:9", PEER]), None);
    assert_eq!(world.peer_sends(&relay, PEER, b"data").len(), 1);
    assert_eq!(world.peer_sends(&relay, "1.2.3.5:1", b"data").len(), 1);
}

#[test]
fn permission_needs_an_allocation_a_peer_and_its_family() {
    let mut world = World::new(options());
    let mut client = Client::udp(1);
    world.challenge(&mut client);
    assert_eq!(world.permit(&mut client, &[PEER]), Some(437));
    world.allocate_challenged(&mut client, &[]);
    assert_eq!(world.permit(&mut client, &[]), Some(400));
    assert_eq!(world.permit(&mut client, &[PEER6]), Some(443));
    let malformed = RawAttribute::new(XorPeerAddress::TYPE, &[0, 1, 2]);
    assert_eq!(world.ask(&mut client, CREATE_PERMISSION, &[&malformed]).code(), Some(400));
}

#[test]
fn channel_needs_an_allocation_a_number_in_range_and_a_peer() {
    let mut world = World::new(options());
    let mut client = Client::udp(1);
    world.challenge(&mut client);
    assert_eq!(world.bind_channel(&mut client, 0x4000, PEER), Some(437));
    world.allocate_challenged(&mut client, &[]);
    for number in [0, 0x3fff, 0x8000, 0xffff] {
        assert_eq!(world.bind_channel(&mut client, number, PEER), Some(400), "{number:#x}");
    }
    assert_eq!(world.bind_channel(&mut client, 0x4000, "1.2.3.4:0"), Some(400));
    assert_eq!(world.bind_channel(&mut client, 0x4000, PEER6), Some(443));
    assert_eq!(world.ask(&mut client, CHANNEL_BIND, &[&ChannelNumber::new(0x4000)]).code(), Some(400));
    let peer = xor_peer(&client, PEER);
    assert_eq!(world.ask(&mut client, CHANNEL_BIND, &[&peer]).code(), Some(400));
    assert_eq!(world.bind_channel(&mut client, 0x4000, PEER), None);
    assert_eq!(world.bind_channel(&mut client, 0x7fff, "1.2.3.4:5001"), None);
}

#[test]
fn channel_numbers_can_be_limited_to_those_of_rfc_8656() {
    let mut world = World::new(Options { channel_numbers: 0x4000..=0x4fff, ..options() });
    let mut client = Client::udp(1);
    world.allocate(&mut client);
    assert_eq!(world.bind_channel(&mut client, 0x5000, PEER), Some(400));
    assert_eq!(world.bind_channel(&mut client, 0x4fff, PEER), None);
}

#[test]
fn channel_and_peer_stay_bound_to_each_other_until_the_channel_expires() {
    let mut world = World::new(options());
    let mut client = Client::udp(1);
    world.allocate(&mut client);
    assert_eq!(world.bind_channel(&mut client, 0x4000, PEER), None);
    assert_eq!(world.bind_channel(&mut client, 0x4000, PEER), None);
    assert_eq!(world.bind_channel(&mut client, 0x4001, PEER), Some(400));
    assert_eq!(world.bind_channel(&mut client, 0x4000, "1.2.3.4:5001"), Some(400));
    world.ask(&mut client, REFRESH, &[&Lifetime::new(3600)]);
    world.pass(Duration::from_secs(599));
    assert_eq!(world.bind_channel(&mut client, 0x4001, PEER), Some(400));
    world.pass(Duration::from_secs(1));
    assert_eq!(world.bind_channel(&mut client, 0x4001, PEER), None);
    assert_eq!(world.bind_channel(&mut client, 0x4000, "1.2.3.4:5001"), None);
}
