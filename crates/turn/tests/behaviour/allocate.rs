use std::net::IpAddr;
use std::time::Duration;

use stun_types::attribute::*;
use turn_types::AddressFamily;
use turn_types::attribute::*;
use turn_types::message::*;
use visavis_turn::{BindFailed, Family, Options, Transport};

use crate::client::Client;
use crate::world::{Answer, Effect, World, options};

const V6: AddressFamily = AddressFamily::IPV6;

fn one_port() -> Options {
    Options { relay_ports: 50_000..=50_000, ..options() }
}

fn udp() -> RequestedTransport {
    RequestedTransport::new(17)
}

#[test]
fn allocation_is_answered_once_its_socket_is_open() {
    let mut world = World::new(one_port());
    let mut client = Client::udp(4000);
    client.fingerprint = true;
    world.challenge(&mut client);
    let request = client.request(ALLOCATE, &[&udp()]);
    let effects = world.receive(client.five_tuple, &request);
    let [Effect::Bind { relay, .. }] = effects[..] else { panic!("{effects:?}") };
    let ip: IpAddr = "192.0.2.1".parse().unwrap();
    assert_eq!(
        effects,
        [Effect::Bind { relay, ip, port: 50_000, family: Family::V4, transport: Transport::Udp }]
    );

    let effects = world.bound(relay, Ok(()));
    let answer = Answer::only(&client, effects);
    let message = answer.message();
    let transaction = message.transaction_id();
    assert_eq!((answer.code(), answer.is_signed()), (None, true));
    assert_eq!(
        message.attribute::<XorRelayedAddress>().unwrap().addr(transaction),
        "192.0.2.1:50000".parse().unwrap()
    );
    assert_eq!(message.attribute::<XorMappedAddress>().unwrap().addr(transaction), client.address());
    assert_eq!(message.attribute::<Lifetime>().unwrap().seconds(), 600);
    assert_eq!(world.server.poll_timeout(), Some(world.now + Duration::from_secs(600)));
}

#[test]
fn relay_of_no_named_family_is_ipv4_or_ipv6_where_there_is_nothing_else() {
    let mut world = World::new(options());
    let mut client = Client::udp6(4000);
    world.challenge(&mut client);
    let effects = world.ask_effects(&mut client, ALLOCATE, &[&udp()]);
    let [Effect::Bind { family: Family::V6, .. }] = effects[..] else { panic!("{effects:?}") };

    let public = vec!["203.0.113.5".parse().unwrap()];
    let mut world = World::new(Options { public_ips: public, ..options() });
    let mut client = Client::udp6(4000);
    world.challenge(&mut client);
    let effects = world.ask_effects(&mut client, ALLOCATE, &[&udp()]);
    let [Effect::Bind { family: Family::V4, .. }] = effects[..] else { panic!("{effects:?}") };
}

#[test]
fn relay_of_the_other_family_needs_a_public_address_of_it() {
    let mut world = World::new(options());
    let mut client = Client::udp(4000);
    world.challenge(&mut client);
    let family = RequestedAddressFamily::new(V6);
    assert_eq!(world.allocate_code(&mut client, &[&udp(), &family]), Some(440));

    let public = ["203.0.113.5", "2001:db8::5"].map(|ip| ip.parse().unwrap()).to_vec();
    let mut world = World::new(Options { public_ips: public, ..one_port() });
    world.challenge(&mut client);
    let relay = world.allocate_challenged(&mut client, &[&family]);
    assert_eq!(relay.address, "[2001:db8::5]:50000".parse().unwrap());
    let mut other = Client::udp6(4001);
    world.challenge(&mut other);
    let request = other.request(ALLOCATE, &[&udp()]);
    let effects = world.receive(other.five_tuple, &request);
    let [Effect::Bind { relay, ip, port: 50_000, family: Family::V4, transport: Transport::Udp }] =
        effects[..]
    else {
        panic!("{effects:?}")
    };
    assert!(ip.is_unspecified() && ip.is_ipv4());
    let effects = world.bound(relay, Ok(()));
    let answer = Answer::only(&other, effects);
    let message = answer.message();
    let relayed = message.attribute::<XorRelayedAddress>().unwrap().addr(message.transaction_id());
    assert_eq!(relayed, "203.0.113.5:50000".parse().unwrap());
}

#[test]
fn family_that_is_neither_ipv4_nor_ipv6_is_not_supported() {
    let mut world = World::new(options());
    let mut client = Client::udp(4000);
    world.challenge(&mut client);
    let family = RawAttribute::new(RequestedAddressFamily::TYPE, &[3, 0, 0, 0]);
    assert_eq!(world.allocate_code(&mut client, &[&udp(), &family]), Some(440));
}

#[test]
fn transport_must_be_named_and_be_one_of_relays() {
    let mut world = World::new(options());
    let mut client = Client::udp(4000);
    world.challenge(&mut client);
    assert_eq!(world.allocate_code(&mut client, &[]), Some(400));
    assert_eq!(world.allocate_code(&mut client, &[&RequestedTransport::new(132)]), Some(442));
    assert_eq!(
        world.allocate_code(&mut client, &[&RawAttribute::new(RequestedTransport::TYPE, &[17])]),
        Some(400)
    );
}

#[test]
fn unsupported_wishes_are_named_in_a_420() {
    let mut world = World::new(options());
    let mut client = Client::udp(4000);
    world.challenge(&mut client);
    let mobile = RawAttribute::new(AttributeType::new(0x0030), &[]);
    let unknown = RawAttribute::new(AttributeType::new(0x0031), &[]);
    let answer = world.ask(&mut client, ALLOCATE, &[&udp(), &unknown, &mobile]);
    assert_eq!((answer.code(), answer.is_signed()), (Some(420), true));
    let message = answer.message();
    let named = message.raw_attribute(UnknownAttributes::TYPE).unwrap();
    assert_eq!(&named.value[..], [0, 0x30, 0, 0x31]);
}

#[test]
fn even_port_is_granted_until_none_is_left() {
    let mut world = World::new(Options { relay_ports: 50_001..=50_003, ..options() });
    let mut client = Client::udp(1);
    world.challenge(&mut client);
    let request = client.request(ALLOCATE, &[&udp(), &EvenPort::new(false)]);
    let effects = world.receive(client.five_tuple, &request);
    let [Effect::Bind { relay, port: 50_002, .. }] = effects[..] else { panic!("{effects:?}") };
    // There is no other even port to try.
    let effects = world.bound(relay, Err(BindFailed));
    assert_eq!(Answer::only(&client, effects).code(), Some(508));
    assert_eq!(world.allocate_challenged(&mut client, &[&EvenPort::new(false)]).address.port(), 50_002);
    let mut other = Client::udp(2);
    world.challenge(&mut other);
    assert_eq!(world.allocate_code(&mut other, &[&udp(), &EvenPort::new(false)]), Some(508));
    assert_eq!(world.allocate_code(&mut other, &[&udp()]), None);
}

#[test]
fn retransmitted_allocate_is_answered_alike_and_opens_nothing_more() {
    let mut world = World::new(options());
    let mut client = Client::udp(4000);
    world.challenge(&mut client);
    let request = client.request(ALLOCATE, &[&udp()]);
    let effects = world.receive(client.five_tuple, &request);
    let [Effect::Bind { relay, .. }] = effects[..] else { panic!("{effects:?}") };
    assert_eq!(world.receive(client.five_tuple, &request), []);
    let answered = world.bound(relay, Ok(()));
    world.pass(Duration::from_secs(5));
    assert_eq!(world.receive(client.five_tuple, &request), answered);
    assert_eq!(world.server.allocations(), 1);
}

#[test]
fn second_allocate_on_a_five_tuple_is_a_mismatch() {
    let mut world = World::new(options());
    let mut client = Client::udp(4000);
    world.allocate(&mut client);
    assert_eq!(world.allocate_code(&mut client, &[&udp()]), Some(437));
    let mut over_tcp = Client::tcp(4000);
    world.allocate(&mut over_tcp);
    assert_eq!(world.server.allocations(), 2);
}

#[test]
fn lifetime_is_granted_between_the_default_and_the_longest() {
    let mut world = World::new(options());
    for (port, asked, granted) in [(1, 0, 600), (2, 599, 600), (3, 1200, 1200), (4, u32::MAX, 3600)] {
        let mut client = Client::udp(port);
        world.challenge(&mut client);
        assert_eq!(world.allocate_challenged(&mut client, &[&Lifetime::new(asked)]).lifetime, granted);
    }
}

#[test]
fn quota_ends_at_one_credential_and_comes_back() {
    let mut world = World::new(Options { allocations_per_username: 2, ..options() });
    let mut clients = [Client::udp(1), Client::udp(2), Client::udp(3)];
    let relay = world.allocate(&mut clients[0]);
    world.challenge(&mut clients[1]);
    // One that waits for its socket counts, too.
    assert_eq!(world.allocate_code(&mut clients[1], &[&udp()]), None);
    world.challenge(&mut clients[2]);
    assert_eq!(world.allocate_code(&mut clients[2], &[&udp()]), Some(486));
    world.allocate(&mut Client::udp(4).named("bea"));

    let ended = world.ask_effects(&mut clients[0], REFRESH, &[&Lifetime::new(0)]);
    assert_eq!(ended[0], Effect::Unbind { relay: relay.id });
    assert_eq!(world.allocate_code(&mut clients[2], &[&udp()]), None);
}

#[test]
fn default_quota_is_64_of_200() {
    let mut world = World::new(options());
    let codes: Vec<Option<u16>> = (1..=200)
        .map(|port| {
            let mut client = Client::udp(port);
            world.challenge(&mut client);
            world.allocate_code(&mut client, &[&udp()])
        })
        .collect();
    assert!(codes[..64].iter().all(Option::is_none));
    assert!(codes[64..].iter().all(|code| *code == Some(486)));
}

/// The code that each of `clients` gets for an Allocate, all under names of their own.
fn codes(world: &mut World, clients: impl IntoIterator<Item = Client>) -> Vec<Option<u16>> {
    let code = |(name, client): (usize, Client)| {
        let mut client = client.named(&format!("name-{name}"));
        world.challenge(&mut client);
        world.allocate_code(&mut client, &[&udp()])
    };
    clients.into_iter().enumerate().map(code).collect()
}

#[test]
fn quota_of_an_address_counts_whatever_its_names_are_and_comes_back_when_allocations_expire() {
    let mut world = World::new(Options { allocations_per_address: 2, ..options() });
    let many = || (1..=3).map(Client::udp).chain([Client::tcp(1)]);
    assert_eq!(codes(&mut world, many()), [None, None, Some(486), Some(486)]);
    let elsewhere = Client::new(Transport::Udp, "198.51.100.8:1", "192.0.2.1:3478");
    assert_eq!(codes(&mut world, [elsewhere]), [None]);
    world.pass(Duration::from_secs(599));
    assert_eq!(codes(&mut world, [Client::udp(5)]), [Some(486)]);
    world.pass(Duration::from_secs(1));
    assert_eq!(codes(&mut world, (6..=8).map(Client::udp)), [None, None, Some(486)]);
}

#[test]
fn allocation_whose_socket_could_not_be_opened_is_not_counted_for_its_address() {
    let mut world = World::new(Options { allocations_per_address: 1, bind_attempts: 1, ..options() });
    let mut client = Client::udp(1);
    world.challenge(&mut client);
    let request = client.request(ALLOCATE, &[&udp()]);
    let effects = world.receive(client.five_tuple, &request);
    let [Effect::Bind { relay, .. }] = effects[..] else { panic!("{effects:?}") };
    world.bound(relay, Err(BindFailed));
    assert_eq!(codes(&mut world, (2..=3).map(Client::udp)), [None, Some(486)]);
}

#[test]
fn quota_of_ipv6_counts_networks() {
    let mut world = World::new(Options { allocations_per_address: 2, ..options() });
    let from = |client: &str| Client::new(Transport::Udp, client, "192.0.2.1:3478");
    let one_network = ["[2001:db8:1:2::1]:1", "[2001:db8:1:2::2]:1", "[2001:db8:1:2:ffff::3]:1"].map(from);
    assert_eq!(codes(&mut world, one_network), [None, None, Some(486)]);
    assert_eq!(codes(&mut world, [from("[2001:db8:1:3::1]:1")]), [None]);
    let mapped = ["[::ffff:203.0.113.1]:1", "[::ffff:203.0.113.2]:1", "[::ffff:203.0.113.3]:1"].map(from);
    assert_eq!(
        codes(&mut world, mapped),
        [None; 3],
        "IPv4 addresses are no network, however they are written"
    );
}

#[test]
fn default_quota_of_an_address_is_512() {
    let mut world = World::new(options());
    let codes = codes(&mut world, (1..=600).map(Client::udp));
    assert!(codes[..512].iter().all(Option::is_none));
    assert!(codes[512..].iter().all(|code| *code == Some(486)));
}

#[test]
fn failed_socket_is_tried_on_another_port_until_attempts_end() {
    let mut world = World::new(Options { relay_ports: 50_000..=50_009, bind_attempts: 3, ..options() });
    let mut client = Client::udp(4000);
    world.challenge(&mut client);
    let request = client.request(ALLOCATE, &[&udp()]);
    let mut effects = world.receive(client.five_tuple, &request);
    let mut ports = Vec::new();
    while let [Effect::Bind { relay, port, .. }] = effects[..] {
        ports.push(port);
        effects = world.bound(relay, Err(BindFailed));
    }
    assert_eq!(Answer::only(&client, effects).code(), Some(508));
    assert_eq!(ports.len(), 3);
    assert!(ports[0] != ports[1] && ports[1] != ports[2]);
    assert_eq!((world.server.allocations(), world.server.poll_timeout()), (0, None));
    // All ten ports are free again.
    for port in 1..=10 {
        world.allocate(&mut Client::udp(port));
    }
}

#[test]
fn no_free_port_is_no_capacity_until_an_expired_allocation_frees_its_port() {
    let mut world = World::new(one_port());
    let relay = world.allocate(&mut Client::udp(1));
    let mut waiting = Client::udp(2).named("bea");
    world.challenge(&mut waiting);
    assert_eq!(world.allocate_code(&mut waiting, &[&udp()]), Some(508));

    assert_eq!(world.pass(Duration::from_secs(599)), []);
    assert_eq!(world.pass(Duration::from_secs(1)), [Effect::Unbind { relay: relay.id }]);
    assert_eq!((world.server.allocations(), world.server.poll_timeout()), (0, None));
    let next = world.allocate_challenged(&mut waiting, &[]);
    assert_eq!(next.address.port(), 50_000);
    assert_ne!(next.id, relay.id);
}

#[test]
fn families_have_ports_of_their_own() {
    let mut world = World::new(one_port());
    assert_eq!(world.allocate(&mut Client::udp(1)).address, "192.0.2.1:50000".parse().unwrap());
    assert_eq!(world.allocate(&mut Client::udp6(1)).address, "[2001:db8::1]:50000".parse().unwrap());
}

#[test]
fn closed_connection_ends_its_allocation_even_before_its_socket_is_open() {
    let mut world = World::new(options());
    let mut client = Client::tcp(1);
    let relay = world.allocate(&mut client);
    world.server.handle_client_gone(&client.five_tuple);
    assert_eq!(world.effects(), [Effect::Unbind { relay: relay.id }]);
    world.server.handle_client_gone(&client.five_tuple);
    assert_eq!(world.effects(), []);

    world.challenge(&mut client);
    let request = client.request(ALLOCATE, &[&udp()]);
    let effects = world.receive(client.five_tuple, &request);
    let [Effect::Bind { relay, .. }] = effects[..] else { panic!("{effects:?}") };
    world.server.handle_client_gone(&client.five_tuple);
    assert_eq!(world.effects(), [Effect::Unbind { relay }]);
    assert_eq!(world.bound(relay, Ok(())), []);
    assert_eq!(world.bound(relay, Err(BindFailed)), []);
    assert_eq!(world.server.allocations(), 0);
}

#[test]
fn same_keys_and_input_give_the_same_output() {
    let run = || {
        let mut world = World::new(options());
        (1..20).map(|port| world.allocate(&mut Client::udp(port)).address).collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}
