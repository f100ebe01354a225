//! Several relayed addresses: both families for one client, and pairs of ports.

use std::net::SocketAddr;
use std::time::Duration;

use stun_types::attribute::*;
use stun_types::message::*;
use turn_types::AddressFamily;
use turn_types::attribute::*;
use turn_types::message::*;
use visavis_turn::{BindFailed, Family, IcmpError, Options, PeerAddr, RelayId};

use crate::client::Client;
use crate::world::{Answer, Effect, PEER, PEER6, World, options, xor_peer};

fn udp() -> RequestedTransport {
    RequestedTransport::new(17)
}

fn additional() -> AdditionalAddressFamily {
    AdditionalAddressFamily::new(AddressFamily::IPV6)
}

/// Both families, four ports each.
fn both_families() -> Options {
    let public_ips = ["203.0.113.5", "2001:db8::5"].map(|ip| ip.parse().unwrap()).to_vec();
    Options { public_ips, relay_ports: 50_000..=50_003, bind_attempts: 1, ..options() }
}

/// Sockets that are wanted, by family.
fn wanted(effects: &[Effect]) -> Vec<(RelayId, Family)> {
    effects
        .iter()
        .map(|effect| match effect {
            Effect::Bind { relay, family, .. } => (*relay, *family),
            other => panic!("{other:?}"),
        })
        .collect()
}

/// An Allocate of both families, whose sockets open or do not.
fn allocate_both(
    world: &mut World,
    client: &mut Client,
    opened: [Result<(), BindFailed>; 2],
) -> ([RelayId; 2], Answer) {
    world.challenge(client);
    let effects = world.ask_effects(client, ALLOCATE, &[&udp(), &additional()]);
    let [(first, Family::V4), (second, Family::V6)] = wanted(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(world.bound(first, opened[0]), [], "it is answered once both are settled");
    let effects = world.bound(second, opened[1]);
    ([first, second], Answer::only(client, effects))
}

/// Every XOR-RELAYED-ADDRESS.
fn relayed(answer: &Answer) -> Vec<SocketAddr> {
    let message = answer.message();
    let attributes = message.iter_attributes().filter(|(_, raw)| raw.get_type() == XorRelayedAddress::TYPE);
    attributes
        .map(|(_, raw)| XorRelayedAddress::from_raw_ref(&raw).unwrap().addr(message.transaction_id()))
        .collect()
}

#[test]
fn both_families_are_relayed_for_one_client() {
    let mut world = World::new(both_families());
    let mut client = Client::udp(4000);
    let ([first, second], answer) = allocate_both(&mut world, &mut client, [Ok(()), Ok(())]);
    let addresses = relayed(&answer);
    assert_eq!(addresses.iter().map(SocketAddr::is_ipv4).collect::<Vec<_>>(), [true, false]);
    assert!(!answer.message().has_attribute(AddressErrorCode::TYPE));
    assert_eq!(world.permit(&mut client, &[PEER, PEER6]), None);
    for (relay, peer) in [(first, PEER), (second, PEER6)] {
        let sent = world.send(&mut client, peer, b"out");
        assert!(matches!(&sent[..], [Effect::ToPeer { relay: from, .. }] if *from == relay), "{sent:?}");
        world.server.handle_relay(relay, PeerAddr(peer.parse().unwrap()), b"back", world.now);
        assert_eq!(world.effects().len(), 1);
    }
}

#[test]
fn one_family_that_cannot_be_had_is_named_beside_the_other() {
    for (opened, missing, has_v4) in [
        ([Ok(()), Err(BindFailed)], AddressFamily::IPV6, true),
        ([Err(BindFailed), Ok(())], AddressFamily::IPV4, false),
    ] {
        let mut world = World::new(both_families());
        let mut client = Client::udp(4000);
        let (_, answer) = allocate_both(&mut world, &mut client, opened);
        assert_eq!(answer.code(), None);
        assert_eq!(relayed(&answer).iter().map(SocketAddr::is_ipv4).collect::<Vec<_>>(), [has_v4]);
        let named = answer.message().attribute::<AddressErrorCode>().unwrap();
        assert_eq!((named.family(), named.error().code()), (missing, 508));
        let other = if has_v4 { PEER6 } else { PEER };
        assert_eq!(world.permit(&mut client, &[other]), Some(443));
    }
}

#[test]
fn without_any_family_the_allocation_is_refused_and_the_ports_come_back() {
    let mut world = World::new(both_families());
    let mut client = Client::udp(4000);
    for _ in 0..8 {
        let (_, answer) = allocate_both(&mut world, &mut client, [Err(BindFailed), Err(BindFailed)]);
        assert_eq!((answer.code(), world.server.allocations()), (Some(508), 0));
    }
}

#[test]
fn family_that_the_server_has_no_address_of_is_named_with_440() {
    let mut world = World::new(options());
    let mut client = Client::udp(4000);
    world.challenge(&mut client);
    let effects = world.ask_effects(&mut client, ALLOCATE, &[&udp(), &additional()]);
    let [(relay, Family::V4)] = wanted(&effects)[..] else { panic!("{effects:?}") };
    let effects = world.bound(relay, Ok(()));
    let answer = Answer::only(&client, effects);
    assert_eq!(answer.message().attribute::<AddressErrorCode>().unwrap().error().code(), 440);
}

#[test]
fn one_of_two_families_is_given_back_and_the_other_goes_on() {
    let mut world = World::new(both_families());
    let mut client = Client::udp(4000);
    let ([first, second], _) = allocate_both(&mut world, &mut client, [Ok(()), Ok(())]);
    let v4 = RequestedAddressFamily::new(AddressFamily::IPV4);
    let effects = world.ask_effects(&mut client, REFRESH, &[&Lifetime::new(0), &v4]);
    assert_eq!(effects[0], Effect::Unbind { relay: first });
    assert_eq!(world.permit(&mut client, &[PEER6]), None);
    assert_eq!(world.permit(&mut client, &[PEER]), Some(443));
    assert_eq!(world.ask(&mut client, REFRESH, &[&v4]).code(), Some(443));
    let effects = world.ask_effects(&mut client, REFRESH, &[&Lifetime::new(0)]);
    assert_eq!((&effects[0], world.server.allocations()), (&Effect::Unbind { relay: second }, 0));
}

#[test]
fn both_end_with_the_lifetime() {
    let mut world = World::new(both_families());
    let mut client = Client::udp(4000);
    let (relays, _) = allocate_both(&mut world, &mut client, [Ok(()), Ok(())]);
    let ended = world.pass(Duration::from_secs(600));
    assert_eq!(ended, relays.map(|relay| Effect::Unbind { relay }));
}

/// RFC 8656 section 7.2.
#[test]
fn wishes_that_contradict_each_other_are_bad() {
    let mut world = World::new(both_families());
    let mut client = Client::udp(4000);
    world.challenge(&mut client);
    let (token, even, pair) = (ReservationToken::new(1), EvenPort::new(false), EvenPort::new(true));
    let v6 = RequestedAddressFamily::new(AddressFamily::IPV6);
    // The library builds none with IPv4.
    let v4_as_well = RawAttribute::new(AdditionalAddressFamily::TYPE, &[1, 0, 0, 0]);
    let both = additional();
    let wishes: [&[&dyn AttributeWrite]; 6] =
        [&[&token, &even], &[&token, &v6], &[&token, &both], &[&both, &v6], &[&both, &pair], &[&v4_as_well]];
    for wish in wishes {
        let transport = udp();
        let mut attributes: Vec<&dyn AttributeWrite> = vec![&transport];
        attributes.extend(wish);
        assert_eq!(world.allocate_code(&mut client, &attributes), Some(400));
    }
}

/// A client with an even port, the token of the port above it, and the even port.
fn allocate_pair(world: &mut World, client: &mut Client) -> (ReservationToken, u16) {
    world.challenge(client);
    let effects = world.ask_effects(client, ALLOCATE, &[&udp(), &EvenPort::new(true)]);
    let [Effect::Bind { relay, port, .. }] = effects[..] else { panic!("{effects:?}") };
    let effects = world.bound(relay, Ok(()));
    let answer = Answer::only(client, effects);
    let token = answer.message().attribute::<ReservationToken>().unwrap().token();
    (ReservationToken::new(token), port)
}

#[test]
fn port_above_an_even_one_is_kept_for_whoever_has_its_token() {
    let mut world = World::new(Options { relay_ports: 50_000..=50_001, ..options() });
    let (mut rtp, mut rtcp, mut other) = (Client::udp(1), Client::udp(2), Client::udp(3));
    let (token, even) = allocate_pair(&mut world, &mut rtp);
    assert_eq!(even, 50_000);
    world.challenge(&mut other);
    assert_eq!(world.allocate_code(&mut other, &[&udp()]), Some(508), "it is kept");
    let mut thief = Client::udp(4).named("bea");
    world.challenge(&mut thief);
    assert_eq!(world.allocate_code(&mut thief, &[&udp(), &token]), Some(508), "not for her");
    world.challenge(&mut rtcp);
    assert_eq!(world.allocate_challenged(&mut rtcp, &[&token]).address.port(), 50_001);
    assert_eq!(world.allocate_code(&mut other, &[&udp(), &token]), Some(508), "once only");
}

#[test]
fn port_that_nobody_comes_for_is_free_after_30_seconds() {
    let mut world = World::new(Options { relay_ports: 50_000..=50_001, ..options() });
    let (token, _) = allocate_pair(&mut world, &mut Client::udp(1));
    let mut late = Client::udp(2);
    world.challenge(&mut late);
    world.pass(Duration::from_secs(29));
    assert_eq!(world.allocate_code(&mut late, &[&udp()]), Some(508));
    world.pass(Duration::from_secs(1));
    assert_eq!(world.allocate_code(&mut late, &[&udp(), &token]), Some(508));
    assert_eq!(world.allocate_code(&mut late, &[&udp()]), None);
}

#[test]
fn pair_that_cannot_be_opened_gives_both_ports_back() {
    let mut world = World::new(Options { relay_ports: 50_000..=50_001, bind_attempts: 1, ..options() });
    let mut client = Client::udp(1);
    world.challenge(&mut client);
    for _ in 0..3 {
        let effects = world.ask_effects(&mut client, ALLOCATE, &[&udp(), &EvenPort::new(true)]);
        let [Effect::Bind { relay, .. }] = effects[..] else { panic!("{effects:?}") };
        let effects = world.bound(relay, Err(BindFailed));
        assert_eq!(Answer::only(&client, effects).code(), Some(508));
    }
    // One that is gone before it is answered does so as well.
    let over_tcp = &mut Client::tcp(2);
    world.challenge(over_tcp);
    world.ask_effects(over_tcp, ALLOCATE, &[&udp(), &EvenPort::new(true)]);
    world.server.handle_client_gone(&over_tcp.five_tuple);
    world.effects();
    allocate_pair(&mut world, &mut client);
}

#[test]
fn reserved_ports_count_against_the_quota() {
    let mut world = World::new(Options { allocations_per_username: 2, ..options() });
    allocate_pair(&mut world, &mut Client::udp(1));
    let mut second = Client::udp(2);
    world.challenge(&mut second);
    assert_eq!(world.allocate_code(&mut second, &[&udp()]), Some(486));
    world.pass(Duration::from_secs(30));
    assert_eq!(world.allocate_code(&mut second, &[&udp()]), None);
}

#[test]
fn datagram_that_must_not_be_cut_says_so() {
    let mut world = World::new(options());
    let mut client = Client::udp(4000);
    world.challenge(&mut client);
    world.allocate_challenged(&mut client, &[&DontFragment::new()]);
    world.permit(&mut client, &[PEER]);
    for (whole, more) in [(true, Some(DontFragment::new())), (false, None)] {
        let peer = xor_peer(&client, PEER);
        let data = Data::new(b"hello");
        let mut attributes: Vec<&dyn AttributeWrite> = vec![&peer, &data];
        attributes.extend(more.as_ref().map(|more| more as &dyn AttributeWrite));
        let indication = client.indication(SEND, &attributes);
        let effects = world.receive(client.five_tuple, &indication);
        let [Effect::ToPeer { dont_fragment, .. }] = effects[..] else { panic!("{effects:?}") };
        assert_eq!(dont_fragment, whole);
    }
}

#[test]
fn icmp_error_about_a_permitted_peer_is_told_with_its_type_code_and_mtu() {
    let mut world = World::new(both_families());
    let mut client = Client::udp(4000);
    let ([v4, v6], _) = allocate_both(&mut world, &mut client, [Ok(()), Ok(())]);
    let told = |world: &mut World, relay, peer: &str, kind| {
        let error = IcmpError { kind, code: 4, data: 1280 };
        world.server.handle_icmp(relay, PeerAddr(peer.parse().unwrap()), error, world.now);
        world.effects()
    };
    assert_eq!(told(&mut world, v4, PEER, 3), [], "there is no permission");
    world.permit(&mut client, &[PEER, PEER6]);
    for (relay, peer, kinds) in [(v4, PEER, [3, 11].as_slice()), (v6, PEER6, &[1, 2, 3])] {
        for kind in 0..=255 {
            let effects = told(&mut world, relay, peer, kind);
            assert_eq!(effects.len(), usize::from(kinds.contains(&kind)), "type {kind}");
            let Some(Effect::ToClient { data, .. }) = effects.first() else { continue };
            let message = Message::from_bytes(data).unwrap();
            assert_eq!((message.class(), message.method()), (MessageClass::Indication, DATA));
            let icmp = message.attribute::<Icmp>().unwrap();
            assert_eq!((icmp.icmp_type(), icmp.code(), icmp.data()), (kind, 4, 1280));
            let from = message.attribute::<XorPeerAddress>().unwrap().addr(message.transaction_id());
            assert_eq!(from, peer.parse().unwrap());
            assert!(!message.has_attribute(Data::TYPE));
        }
    }
}
