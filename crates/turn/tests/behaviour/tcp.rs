//! TCP relays (RFC 6062).

use std::net::SocketAddr;
use std::time::Duration;

use stun_types::attribute::AttributeWrite;
use stun_types::message::{Message, MessageClass, Method};
use turn_types::attribute::*;
use turn_types::message::*;
use visavis_turn::{ConnectFailed, ConnectionId, Delivery, Options, PeerAddr, Toward, Transport};

use crate::client::{Client, channel_data};
use crate::world::{Answer, Effect, PEER, Relay, World, options, xor_peer};

const CONNECT: Method = Method::new(0x000a);
const CONNECTION_ATTEMPT: Method = Method::new(0x000c);
const TCP: u8 = 6;

/// The range that [`PEER`] is in is opened.
fn opened() -> Options {
    Options { allow_peers: vec!["1.2.3.0/24".parse().unwrap()], ..options() }
}

fn allocated(options: Options) -> (World, Client, Relay) {
    let (mut world, mut client) = (World::new(options), Client::tcp(1));
    let relay = allocate(&mut world, &mut client);
    (world, client, relay)
}

fn allocate(world: &mut World, client: &mut Client) -> Relay {
    world.challenge(client);
    let effects = world.ask_effects(client, ALLOCATE, &[&RequestedTransport::new(TCP)]);
    let [Effect::Bind { relay, transport: Transport::Tcp, .. }] = effects[..] else { panic!("{effects:?}") };
    let effects = world.bound(relay, Ok(()));
    let answer = Answer::only(client, effects);
    let message = answer.message();
    let address = message.attribute::<XorRelayedAddress>().unwrap().addr(message.transaction_id());
    Relay { id: relay, address, lifetime: message.attribute::<Lifetime>().unwrap().seconds() }
}

fn ask_connect(world: &mut World, client: &mut Client, peer: &str) -> Vec<Effect> {
    let peer = xor_peer(client, peer);
    world.ask_effects(client, CONNECT, &[&peer])
}

/// Up to where the driver is asked for a connection.
fn connect(world: &mut World, client: &mut Client, relay: &Relay, peer: &str) -> ConnectionId {
    let effects = ask_connect(world, client, peer);
    let [Effect::Connect { connection, relay: from, peer: to }] = effects[..] else { panic!("{effects:?}") };
    assert_eq!((from, to), (relay.id, peer.parse().unwrap()));
    connection
}

fn connect_code(world: &mut World, client: &mut Client, peer: &str) -> Option<u16> {
    let effects = ask_connect(world, client, peer);
    Answer::only(client, effects).code()
}

fn connected(world: &mut World, connection: ConnectionId, result: Result<(), ConnectFailed>) -> Vec<Effect> {
    world.server.handle_connected(connection, result, world.now);
    world.effects()
}

/// The CONNECTION-ID of a successful answer.
fn id_of(client: &Client, effects: Vec<Effect>) -> u32 {
    let answer = Answer::only(client, effects);
    assert!(answer.is_signed());
    answer.message().attribute::<turn_types::attribute::ConnectionId>().unwrap().id()
}

/// Another connection of the same client, with what `of` was challenged with; it gets a challenge of its own.
fn another(world: &mut World, port: u16) -> Client {
    let mut client = Client::tcp(port);
    world.challenge(&mut client);
    client
}

fn bind(world: &mut World, client: &mut Client, id: u32) -> Vec<Effect> {
    world.ask_effects(client, CONNECTION_BIND, &[&turn_types::attribute::ConnectionId::new(id)])
}

fn bind_code(world: &mut World, client: &mut Client, id: u32) -> Option<u16> {
    let effects = bind(world, client, id);
    Answer::only(client, effects).code()
}

fn accepted(world: &mut World, relay: &Relay, peer: &str) -> (Option<ConnectionId>, Vec<Effect>) {
    let accepted = world.server.handle_accepted(relay.id, PeerAddr(peer.parse().unwrap()), world.now);
    (accepted, world.effects())
}

#[test]
fn connection_to_a_peer_is_made_and_joined_to_the_client_s() {
    let (mut world, mut client, relay) = allocated(opened());
    let connection = connect(&mut world, &mut client, &relay, PEER);
    let effects = connected(&mut world, connection, Ok(()));
    let id = id_of(&client, effects);
    let mut data = another(&mut world, 2);
    let effects = bind(&mut world, &mut data, id);
    let [answer, Effect::Join { connection: joined, client: whose }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(Answer::only(&data, vec![answer.clone()]).code(), None, "the answer goes first");
    assert_eq!((*joined, *whose), (connection, data.five_tuple));
    assert_eq!(world.server.allowance(connection, Toward::Peer, world.now), 4_000_000);
}

#[test]
fn connection_of_a_permitted_peer_is_told_and_others_are_closed() {
    let (mut world, mut client, relay) = allocated(options());
    assert_eq!(accepted(&mut world, &relay, PEER), (None, vec![]));
    assert_eq!(world.permit(&mut client, &[PEER]), None);
    let (connection, effects) = accepted(&mut world, &relay, PEER);
    let [Effect::ToClient { client: to, delivery: Delivery::Reply, data }] = &effects[..] else {
        panic!("{effects:?}")
    };
    let message = Message::from_bytes(data).unwrap();
    assert_eq!(
        (*to, message.class(), message.method()),
        (client.five_tuple, MessageClass::Indication, CONNECTION_ATTEMPT)
    );
    let from: SocketAddr = message.attribute::<XorPeerAddress>().unwrap().addr(message.transaction_id());
    assert_eq!(from, PEER.parse().unwrap());
    let id = message.attribute::<turn_types::attribute::ConnectionId>().unwrap().id();
    let mut data = another(&mut world, 2);
    let effects = bind(&mut world, &mut data, id);
    assert_eq!(effects[1], Effect::Join { connection: connection.unwrap(), client: data.five_tuple });
}

#[test]
fn connections_are_made_into_opened_ranges_only() {
    let (mut world, mut client, relay) = allocated(opened());
    let own = relay.address.to_string();
    for forbidden in ["1.2.4.4:5000", "10.0.0.1:22", "127.0.0.1:22", "169.254.169.254:80", &own] {
        assert_eq!(connect_code(&mut world, &mut client, forbidden), Some(403), "{forbidden}");
    }
    assert_eq!(connect_code(&mut world, &mut client, "[2a00::4]:80"), Some(443));
    assert_eq!(connect_code(&mut world, &mut client, "1.2.3.4:0"), Some(400));
    let effects = world.ask_effects(&mut client, CONNECT, &[]);
    assert_eq!(Answer::only(&client, effects).code(), Some(400));
}

#[test]
fn connection_that_cannot_be_made_is_447_and_may_be_tried_again() {
    let (mut world, mut client, relay) = allocated(opened());
    let first = connect(&mut world, &mut client, &relay, PEER);
    let effects = connected(&mut world, first, Err(ConnectFailed));
    assert_eq!(Answer::only(&client, effects).code(), Some(447));
    let second = connect(&mut world, &mut client, &relay, PEER);
    assert_ne!(first, second);
    assert_eq!(connected(&mut world, first, Ok(())), [], "an answer too late");
}

#[test]
fn second_connection_with_the_same_peer_is_446_until_the_first_has_ended() {
    let (mut world, mut client, relay) = allocated(opened());
    let connection = connect(&mut world, &mut client, &relay, PEER);
    assert_eq!(connect_code(&mut world, &mut client, PEER), Some(446));
    connected(&mut world, connection, Ok(()));
    assert_eq!(connect_code(&mut world, &mut client, PEER), Some(446));
    world.server.handle_disconnected(connection);
    connect(&mut world, &mut client, &relay, PEER);
}

#[test]
fn connection_ends_if_it_does_not_come_about_or_is_not_bound_within_thirty_seconds() {
    let (mut world, mut client, relay) = allocated(opened());
    let slow = connect(&mut world, &mut client, &relay, PEER);
    let unbound = connect(&mut world, &mut client, &relay, "1.2.3.5:5000");
    connected(&mut world, unbound, Ok(()));
    let bound = connect(&mut world, &mut client, &relay, "1.2.3.6:5000");
    let effects = connected(&mut world, bound, Ok(()));
    let id = id_of(&client, effects);
    let mut data = another(&mut world, 2);
    bind(&mut world, &mut data, id);
    let mut effects = world.pass(Duration::from_secs(30));
    let answer = effects.iter().position(|effect| matches!(effect, Effect::ToClient { .. })).unwrap();
    assert_eq!(Answer::only(&client, vec![effects.remove(answer)]).code(), Some(447));
    effects
        .sort_by_key(|effect| matches!(effect, Effect::Disconnect { connection } if *connection == unbound));
    let ended = [slow, unbound].map(|connection| Effect::Disconnect { connection });
    assert_eq!(effects, ended);
}

#[test]
fn connection_is_bound_once_by_its_own_user_over_a_connection_that_is_free() {
    let (mut world, mut client, relay) = allocated(opened());
    let connection = connect(&mut world, &mut client, &relay, PEER);
    let effects = connected(&mut world, connection, Ok(()));
    let id = id_of(&client, effects);
    assert_eq!(bind_code(&mut world, &mut client, id), Some(400), "the connection that has the allocation");
    let mut over_udp = Client::udp(2);
    world.challenge(&mut over_udp);
    assert_eq!(bind_code(&mut world, &mut over_udp, id), Some(400));
    let mut stranger = Client::tcp(3).named("bea");
    world.challenge(&mut stranger);
    assert_eq!(bind_code(&mut world, &mut stranger, id), Some(441));
    let mut data = another(&mut world, 4);
    assert_eq!(bind_code(&mut world, &mut data, id.wrapping_add(1)), Some(400));
    assert_eq!(bind(&mut world, &mut data, id).len(), 2);
    let mut second = another(&mut world, 5);
    assert_eq!(bind_code(&mut world, &mut second, id), Some(400));
}

#[test]
fn connection_is_bound_from_the_address_of_the_allocation_only() {
    let (mut world, mut client, relay) = allocated(opened());
    let connection = connect(&mut world, &mut client, &relay, PEER);
    let effects = connected(&mut world, connection, Ok(()));
    let id = id_of(&client, effects);
    let mut elsewhere = Client::new(Transport::Tcp, "198.51.100.8:1", "192.0.2.1:3478");
    world.challenge(&mut elsewhere);
    assert_eq!(bind_code(&mut world, &mut elsewhere, id), Some(400));
}

#[test]
fn connection_is_bound_after_the_credential_has_expired_too() {
    let (mut world, mut client, relay) = allocated(opened());
    let lifetime = Lifetime::new(3600);
    assert_eq!(world.ask(&mut client, REFRESH, &[&lifetime]).code(), None);
    world.pass(Duration::from_secs(3599));
    let mut data = another(&mut world, 2);
    world.challenge(&mut client);
    assert_eq!(world.ask(&mut client, REFRESH, &[&lifetime]).code(), None);
    world.pass(Duration::from_secs(2));
    let connection = connect(&mut world, &mut client, &relay, PEER);
    let effects = connected(&mut world, connection, Ok(()));
    let id = id_of(&client, effects);
    assert_eq!(bind(&mut world, &mut data, id).len(), 2);
    let mut late = another(&mut world, 3);
    let udp = RequestedTransport::new(17);
    assert_eq!(world.ask(&mut late, ALLOCATE, &[&udp]).code(), Some(401), "for anything new it is too old");
}

#[test]
fn connections_end_with_their_allocation() {
    let (mut world, mut client, relay) = allocated(opened());
    let making = connect(&mut world, &mut client, &relay, PEER);
    let made = connect(&mut world, &mut client, &relay, "1.2.3.5:5000");
    connected(&mut world, made, Ok(()));
    world.server.handle_client_gone(&client.five_tuple);
    let effects = world.effects();
    for connection in [making, made] {
        assert!(effects.contains(&Effect::Disconnect { connection }), "{effects:?}");
    }
    assert!(effects.contains(&Effect::Unbind { relay: relay.id }));
    assert_eq!(world.server.poll_timeout(), None);
}

#[test]
fn connections_of_one_allocation_are_limited_in_both_directions() {
    let (mut world, mut client, relay) = allocated(Options { connections_per_allocation: 2, ..opened() });
    assert_eq!(world.permit(&mut client, &[PEER]), None);
    connect(&mut world, &mut client, &relay, PEER);
    assert!(accepted(&mut world, &relay, "1.2.3.4:5001").0.is_some());
    assert_eq!(connect_code(&mut world, &mut client, "1.2.3.4:5002"), Some(508));
    assert_eq!(accepted(&mut world, &relay, "1.2.3.4:5003"), (None, vec![]));
}

#[test]
fn connections_of_one_address_are_limited_whatever_their_allocations() {
    let (mut world, mut client, relay) = allocated(Options { connections_per_address: 2, ..opened() });
    let mut other = Client::tcp(2).named("bea");
    let others = allocate(&mut world, &mut other);
    let first = connect(&mut world, &mut client, &relay, PEER);
    connect(&mut world, &mut other, &others, PEER);
    assert_eq!(connect_code(&mut world, &mut other, "1.2.3.4:5002"), Some(508));
    world.server.handle_disconnected(first);
    connect(&mut world, &mut other, &others, "1.2.3.4:5002");
}

#[test]
fn tcp_relay_is_asked_for_over_tcp_and_without_what_is_for_datagrams() {
    let mut world = World::new(options());
    let tcp = RequestedTransport::new(TCP);
    let mut over_udp = Client::udp(1);
    world.challenge(&mut over_udp);
    assert_eq!(world.allocate_code(&mut over_udp, &[&tcp]), Some(400));
    let mut client = Client::tcp(1);
    world.challenge(&mut client);
    let (even, token, whole) = (EvenPort::new(false), ReservationToken::new(1), DontFragment::new());
    let both = AdditionalAddressFamily::new(turn_types::AddressFamily::IPV6);
    for wrong in [&even as &dyn AttributeWrite, &token, &whole, &both] {
        assert_eq!(world.allocate_code(&mut client, &[&tcp, wrong]), Some(400));
    }
}

#[test]
fn tcp_relay_carries_no_datagrams_and_udp_relay_no_connections() {
    let (mut world, mut client, relay) = allocated(opened());
    assert_eq!(world.permit(&mut client, &[PEER]), None);
    assert_eq!(world.send(&mut client, PEER, b"hi"), []);
    assert_eq!(world.bind_channel(&mut client, 0x4000, PEER), Some(400));
    assert_eq!(world.receive(client.five_tuple, &channel_data(0x4000, b"hi")), []);
    let mut other = Client::tcp(2).named("bea");
    let udp = world.allocate(&mut other);
    assert_eq!(connect_code(&mut world, &mut other, PEER), Some(437));
    // Nor does a datagram for the TCP relay's address get to its client.
    assert_eq!(world.permit(&mut client, &[&udp.address.to_string()]), None);
    assert_eq!(world.permit(&mut other, &[&relay.address.to_string()]), None);
    assert_eq!(world.send(&mut other, &relay.address.to_string(), b"hi"), []);
}

#[test]
fn bytes_of_all_connections_of_an_allocation_are_counted_together_in_each_direction() {
    let (mut world, mut client, relay) = allocated(Options { bytes_per_second: 1000, ..opened() });
    let connections = [PEER, "1.2.3.5:5000"].map(|peer| {
        let connection = connect(&mut world, &mut client, &relay, peer);
        connected(&mut world, connection, Ok(()));
        connection
    });
    let now = world.now;
    world.server.handle_flow(connections[0], Toward::Peer, 1000, now);
    assert_eq!(world.server.allowance(connections[1], Toward::Peer, now), 0);
    assert_eq!(world.server.allowance(connections[1], Toward::Client, now), 1000);
    let later = now + Duration::from_millis(100);
    assert_eq!(world.server.allowance(connections[1], Toward::Peer, later), 100);
}
