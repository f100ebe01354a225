use proptest::prelude::*;
use stun_types::message::*;
use turn_types::attribute::*;
use turn_types::message::*;

use crate::client::{Client, channel_data};
use crate::world::{PEER, Relay, World, options, xor_peer};

/// A client with a live channel, and one of every message it could send, all of them good.
fn good_messages() -> (World, Client, Relay, Vec<Vec<u8>>) {
    let mut world = World::new(options());
    let mut client = Client::udp(4000);
    client.fingerprint = true;
    let relay = world.allocate(&mut client);
    world.bind_channel(&mut client, 0x4000, PEER);
    let mut messages = vec![
        client.request(BINDING, &[]),
        client.request(ALLOCATE, &[&RequestedTransport::new(17), &Lifetime::new(1)]),
        client.request(REFRESH, &[&Lifetime::new(600)]),
        channel_data(0x4000, b"data"),
    ];
    let peer = xor_peer(&client, PEER);
    messages.push(client.request(CREATE_PERMISSION, &[&peer]));
    let peer = xor_peer(&client, PEER);
    messages.push(client.request(CHANNEL_BIND, &[&ChannelNumber::new(0x4000), &peer]));
    let peer = xor_peer(&client, PEER);
    messages.push(client.indication(SEND, &[&peer, &Data::new(b"data")]));
    (world, client, relay, messages)
}

#[test]
fn every_truncation_of_every_message_is_dropped() {
    let (mut world, client, _, messages) = good_messages();
    for message in &messages {
        for length in 0..message.len() {
            assert_eq!(
                world.receive(client.five_tuple, &message[..length]),
                [],
                "{length} of {message:02x?}"
            );
        }
        assert_eq!(world.receive(client.five_tuple, message).len(), 1);
    }
}

#[test]
fn message_with_something_behind_its_end_is_dropped() {
    let (mut world, client, _, messages) = good_messages();
    for message in messages.iter().filter(|message| message[0] < 0x40) {
        assert_eq!(world.receive(client.five_tuple, &[&message[..], &[0; 4]].concat()), []);
    }
}

#[test]
fn message_with_a_wrong_fingerprint_is_dropped() {
    let (mut world, client, _, messages) = good_messages();
    for message in messages.iter().filter(|message| message[0] == 0 && message[1] != 0x16) {
        let mut message = message.clone();
        *message.last_mut().unwrap() ^= 1;
        assert_eq!(world.receive(client.five_tuple, &message), []);
    }
}

/// The types of attributes that the server looks at, and one that it does not.
const LOOKED_AT: [u16; 14] = [0, 6, 8, 9, 0xc, 0xd, 0x12, 0x13, 0x14, 0x15, 0x17, 0x19, 0x1c, 0x8028];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_have_at_most_one_effect(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let (mut world, client, relay, _) = good_messages();
        prop_assert!(world.receive(client.five_tuple, &bytes).len() <= 1);
        prop_assert!(world.peer_sends(&relay, PEER, &bytes).len() == 1);
    }

    #[test]
    fn any_attributes_behind_a_good_header_have_at_most_one_effect(
        method in prop::sample::select(vec![1u16, 3, 4, 6, 7, 8, 9, 10]),
        attributes in prop::collection::vec(
            (prop::sample::select(&LOOKED_AT[..]),
             prop::collection::vec(any::<u8>(), 0..40)),
            0..8,
        ),
    ) {
        let (mut world, client, _, _) = good_messages();
        let mut body = Vec::new();
        for (kind, value) in attributes {
            body.extend_from_slice(&kind.to_be_bytes());
            body.extend_from_slice(&u16::try_from(value.len()).unwrap().to_be_bytes());
            body.extend_from_slice(&value);
            body.resize(body.len().next_multiple_of(4), 0);
        }
        let length = u16::try_from(body.len()).unwrap();
        let mut message = vec![];
        message.extend_from_slice(&method.to_be_bytes());
        message.extend_from_slice(&length.to_be_bytes());
        message.extend_from_slice(&[0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        message.extend_from_slice(&body);
        prop_assert!(world.receive(client.five_tuple, &message).len() <= 1);
    }

    #[test]
    fn good_messages_with_changed_bytes_change_nothing(
        which in 0..7usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let (mut world, client, _, messages) = good_messages();
        let mut message = messages[which].clone();
        for (index, byte) in changes {
            let index = index.index(message.len());
            message[index] = byte;
        }
        let deadline = world.server.poll_timeout();
        let changed = message != messages[which];
        prop_assert!(world.receive(client.five_tuple, &message).len() <= 1);
        // What is signed has no effect on the allocation when it was changed on the way.
        prop_assert!(!changed || world.server.poll_timeout() == deadline);
    }
}
