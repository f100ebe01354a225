use std::time::Duration;

use stun_types::attribute::*;
use stun_types::message::*;
use turn_types::attribute::*;
use turn_types::message::*;
use visavis_turn::{Delivery, Options, Output, PeerAddr};

use crate::client::{Client, channel_data};
use crate::world::{Effect, PEER, PEER6, World, options, xor_peer};

fn to_client(client: &Client, data: &[u8]) -> Vec<Effect> {
    vec![Effect::ToClient { client: client.five_tuple, delivery: Delivery::Datagram, data: data.to_vec() }]
}

/// The peer and the payload of the one Data indication there is.
fn data_indication(client: &Client, effects: &[Effect]) -> (String, Vec<u8>) {
    let [Effect::ToClient { client: to, delivery: Delivery::Datagram, data }] = effects else {
        panic!("{effects:?}")
    };
    let message = Message::from_bytes(data).unwrap();
    assert_eq!(*to, client.five_tuple);
    assert_eq!((message.class(), message.method()), (MessageClass::Indication, DATA));
    let peer = message.attribute::<XorPeerAddress>().unwrap().addr(message.transaction_id());
    (peer.to_string(), message.raw_attribute(Data::TYPE).unwrap().value.to_vec())
}

#[test]
fn permitted_peer_and_client_exchange_data_by_indications() {
    let mut world = World::new(options());
    for (mut client, peer) in [(Client::udp(1), PEER), (Client::udp6(1), PEER6), (Client::tcp(1), PEER)] {
        let relay = world.allocate(&mut client);
        assert_eq!(world.permit(&mut client, &[peer]), None);
        let there = world.send(&mut client, peer, b"hello");
        let expected = Effect::ToPeer {
            relay: relay.id,
            peer: peer.parse().unwrap(),
            data: b"hello".to_vec(),
            dont_fragment: false,
        };
        assert_eq!(there, [expected]);
        let back = world.peer_sends(&relay, peer, b"world!");
        assert_eq!(data_indication(&client, &back), (peer.to_owned(), b"world!".to_vec()));
        let back = world.peer_sends(&relay, peer, b"");
        assert_eq!(data_indication(&client, &back), (peer.to_owned(), Vec::new()));
    }
}

#[test]
fn peer_and_client_exchange_data_on_a_channel() {
    let mut world = World::new(options());
    for (mut client, peer) in [(Client::udp(1), PEER), (Client::udp6(1), PEER6)] {
        let relay = world.allocate(&mut client);
        assert_eq!(world.bind_channel(&mut client, 0x4abc, peer), None);
        let there = world.receive(client.five_tuple, &channel_data(0x4abc, b"hello"));
        let expected = Effect::ToPeer {
            relay: relay.id,
            peer: peer.parse().unwrap(),
            data: b"hello".to_vec(),
            dont_fragment: false,
        };
        assert_eq!(there, [expected]);
        let back = world.peer_sends(&relay, peer, b"world!");
        assert_eq!(back, to_client(&client, b"\x4a\xbc\x00\x06world!"));
    }
}

#[test]
fn channel_data_is_padded_over_tcp_only() {
    let mut world = World::new(options());
    let mut client = Client::tcp(1);
    let relay = world.allocate(&mut client);
    world.bind_channel(&mut client, 0x4000, PEER);
    for (payload, expected) in [
        (&b""[..], &b"\x40\x00\x00\x00"[..]),
        (b"a", b"\x40\x00\x00\x01a\0\0\0"),
        (b"abc", b"\x40\x00\x00\x03abc\0"),
        (b"abcd", b"\x40\x00\x00\x04abcd"),
    ] {
        assert_eq!(world.peer_sends(&relay, PEER, payload), to_client(&client, expected));
    }
}

#[test]
fn padding_behind_channel_data_is_not_relayed_and_cut_off_data_is_dropped() {
    let mut world = World::new(options());
    let mut client = Client::udp(1);
    let relay = world.allocate(&mut client);
    world.bind_channel(&mut client, 0x4000, PEER);
    let there = world.receive(client.five_tuple, b"\x40\x00\x00\x01a\0\0\0");
    assert_eq!(
        there,
        [Effect::ToPeer {
            relay: relay.id,
            peer: PEER.parse().unwrap(),
            data: b"a".to_vec(),
            dont_fragment: false
        }]
    );
    for cut in [&b"\x40"[..], b"\x40\x00\x00", b"\x40\x00\x00\x02a"] {
        assert_eq!(world.receive(client.five_tuple, cut), []);
    }
}

#[test]
fn nothing_is_relayed_without_permission_channel_or_allocation() {
    let mut world = World::new(options());
    let mut client = Client::udp(1);
    assert_eq!(world.send(&mut client, PEER, b"data"), []);
    assert_eq!(world.receive(client.five_tuple, &channel_data(0x4000, b"data")), []);
    let relay = world.allocate(&mut client);
    assert_eq!(world.send(&mut client, PEER, b"data"), []);
    assert_eq!(world.receive(client.five_tuple, &channel_data(0x4000, b"data")), []);
    assert_eq!(world.peer_sends(&relay, PEER, b"data"), []);
    world.bind_channel(&mut client, 0x4000, PEER);
    assert_eq!(world.peer_sends(&relay, "1.2.3.5:5000", b"data"), []);
    assert_eq!(world.receive(client.five_tuple, &channel_data(0x4001, b"data")), []);
    assert_eq!(world.receive(Client::udp(2).five_tuple, &channel_data(0x4000, b"data")), []);
    assert_eq!(world.send(&mut client, "1.2.3.4:0", b"data"), []);
}

#[test]
fn permission_ends_after_five_minutes_and_a_refreshed_one_later() {
    let mut world = World::new(options());
    let mut client = Client::udp(1);
    let relay = world.allocate(&mut client);
    world.permit(&mut client, &[PEER]);
    world.pass(Duration::from_secs(299));
    assert_eq!(world.peer_sends(&relay, PEER, b"data").len(), 1);
    assert_eq!(world.permit(&mut client, &[PEER]), None);
    world.pass(Duration::from_secs(299));
    assert_eq!(world.send(&mut client, PEER, b"data").len(), 1);
    world.pass(Duration::from_secs(1));
    assert_eq!(world.send(&mut client, PEER, b"data"), []);
    assert_eq!(world.peer_sends(&relay, PEER, b"data"), []);
}

#[test]
fn channel_ends_after_ten_minutes_and_its_peer_goes_on_by_indications() {
    let mut world = World::new(options());
    let mut client = Client::udp(1);
    world.challenge(&mut client);
    let relay = world.allocate_challenged(&mut client, &[&Lifetime::new(3600)]);
    world.bind_channel(&mut client, 0x4000, PEER);
    world.pass(Duration::from_secs(299));
    world.permit(&mut client, &[PEER]);
    world.pass(Duration::from_secs(299));
    world.permit(&mut client, &[PEER]);
    world.pass(Duration::from_secs(1));
    assert_eq!(world.receive(client.five_tuple, &channel_data(0x4000, b"data")).len(), 1);
    assert_eq!(world.peer_sends(&relay, PEER, b"data"), to_client(&client, b"\x40\x00\x00\x04data"));
    world.pass(Duration::from_secs(1));
    assert_eq!(world.receive(client.five_tuple, &channel_data(0x4000, b"data")), []);
    let back = world.peer_sends(&relay, PEER, b"data");
    assert_eq!(data_indication(&client, &back), (PEER.to_owned(), b"data".to_vec()));
}

#[test]
fn channel_whose_permission_ended_relays_nothing_either_way() {
    let mut world = World::new(options());
    let mut client = Client::udp(1);
    let relay = world.allocate(&mut client);
    world.bind_channel(&mut client, 0x4000, PEER);
    world.pass(Duration::from_secs(300));
    assert_eq!(world.receive(client.five_tuple, &channel_data(0x4000, b"data")), []);
    assert_eq!(world.peer_sends(&relay, PEER, b"data"), []);
}

#[test]
fn nothing_is_relayed_for_an_allocation_that_has_ended() {
    let mut world = World::new(Options { permission_lifetime: Duration::from_secs(9000), ..options() });
    let mut client = Client::udp(1);
    let relay = world.allocate(&mut client);
    world.bind_channel(&mut client, 0x4000, PEER);
    world.pass(Duration::from_secs(600));
    assert_eq!(world.receive(client.five_tuple, &channel_data(0x4000, b"data")), []);
    assert_eq!(world.peer_sends(&relay, PEER, b"data"), []);
}

#[test]
fn send_indication_that_lacks_something_or_asks_for_something_unknown_is_dropped() {
    let mut world = World::new(options());
    let mut client = Client::udp(1);
    world.allocate(&mut client);
    world.permit(&mut client, &[PEER]);
    let peer = xor_peer(&client, PEER);
    let without_data = client.indication(SEND, &[&peer]);
    let without_peer = client.indication(SEND, &[&Data::new(b"data")]);
    let peer = xor_peer(&client, PEER);
    let unknown = RawAttribute::new(AttributeType::new(0x0030), &[]);
    let asking = client.indication(SEND, &[&peer, &Data::new(b"data"), &unknown]);
    for indication in [without_data, without_peer, asking] {
        assert_eq!(world.receive(client.five_tuple, &indication), []);
    }
}

/// What the server wants sent while nothing is taken: for each output the lengths of its datagrams.
fn runs(world: &mut World) -> Vec<Vec<usize>> {
    let mut runs = Vec::new();
    while let Some(output) = world.server.poll_output() {
        let (Output::ToClient { data, .. } | Output::ToPeer { data, .. }) = output else {
            panic!("{output:?}")
        };
        assert_eq!(data.iter().map(<[u8]>::len).sum::<usize>(), data.bytes().len());
        runs.push(data.iter().map(<[u8]>::len).collect());
    }
    runs
}

#[test]
fn datagrams_of_one_length_for_one_destination_leave_together_and_a_shorter_one_is_the_last() {
    let mut world = World::new(options());
    let mut client = Client::udp(1);
    let relay = world.allocate(&mut client);
    let others = "1.2.3.4:5001";
    world.bind_channel(&mut client, 0x4000, PEER);
    world.bind_channel(&mut client, 0x4001, others);
    for (channel, length) in [
        (0x4000, 9),
        (0x4000, 9),
        (0x4000, 5),
        (0x4000, 5),
        (0x4000, 9),
        (0x4001, 9),
        (0x4001, 0),
        (0x4001, 0),
    ] {
        world.server.handle_client(client.five_tuple, &channel_data(channel, &vec![7; length]), world.now);
    }
    assert_eq!(runs(&mut world), [vec![9, 9, 5], vec![5], vec![9], vec![9], vec![0], vec![0]]);

    for (peer, length) in [(PEER, 1), (PEER, 1), (others, 1), (PEER, 3)] {
        let peer = PeerAddr(peer.parse().unwrap());
        world.server.handle_relay(relay.id, peer, &vec![7; length], world.now);
    }
    assert_eq!(runs(&mut world), [vec![5, 5, 5], vec![7]], "to the client it is all one way");
}

#[test]
fn datagrams_that_may_be_too_long_for_a_link_leave_one_by_one() {
    let mut world = World::new(options());
    let mut client = Client::udp(1);
    world.allocate(&mut client);
    world.bind_channel(&mut client, 0x4000, PEER);
    for length in [1232, 1232, 1233, 1233] {
        let message = channel_data(0x4000, &vec![7; length]);
        world.server.handle_client(client.five_tuple, &message, world.now);
    }
    assert_eq!(runs(&mut world), [vec![1232, 1232], vec![1233], vec![1233]]);
}

#[test]
fn what_leaves_together_is_no_longer_than_a_datagram_can_be() {
    let mut world = World::new(options());
    let mut client = Client::udp(1);
    world.allocate(&mut client);
    world.bind_channel(&mut client, 0x4000, PEER);
    for _ in 0..60 {
        world.server.handle_client(client.five_tuple, &channel_data(0x4000, &[7; 1200]), world.now);
    }
    assert_eq!(runs(&mut world).iter().map(Vec::len).collect::<Vec<_>>(), [54, 6]);
}
