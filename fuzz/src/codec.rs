//! Bytes from the network before they are anybody's: told apart, cut into messages, and handed to a server.

use stun_types::message::Message;
use visavis_turn::Options;
use visavis_turn::classify::{self, Datagram, Stream};
use visavis_turn::stream::Framer;

use crate::client::Client;
use crate::world::{Effect, World, options};

/// The longest message that the framer is to take, in bytes.
const LONGEST: usize = 4096;

/// Panics if the bytes find a fault.
pub(crate) fn run(data: &[u8]) {
    classified(data);
    framed(data);
    received(data);
}

/// What a stream is taken for does not depend on how much of it has arrived, and is settled after eight bytes.
fn classified(data: &[u8]) {
    let whole = classify::stream(data);
    assert!(whole != Stream::Unknown || data.len() < 8);
    for length in 0..data.len().min(8) {
        let early = classify::stream(&data[..length]);
        assert!(early == Stream::Unknown || early == whole, "{early:?} became {whole:?}");
    }
}

/// However a stream is split, the same messages come out, one behind the other and none longer than it may be, before it fails
/// or does not.
fn framed(data: &[u8]) {
    let whole = cut(data, LONGEST);
    let mut at = 0;
    for message in &whole.0 {
        assert!(data[at..].starts_with(message), "at {at}");
        // Only ChannelData is padded; STUN messages are no other length.
        at += message.len().next_multiple_of(4);
    }
    for step in [1, 7, 64] {
        assert_eq!(cut(data, step), whole, "in steps of {step}");
    }
}

/// The messages, and whether the stream cannot go on.
fn cut(mut bytes: &[u8], step: usize) -> (Vec<Vec<u8>>, bool) {
    let mut framer = Framer::new(LONGEST);
    let mut messages = Vec::new();
    while !bytes.is_empty() {
        let space = framer.space();
        let length = step.min(bytes.len()).min(space.len());
        space[..length].copy_from_slice(&bytes[..length]);
        framer.filled(length);
        bytes = &bytes[length..];
        loop {
            match framer.next_message() {
                Ok(Some(message)) => messages.push(message.to_vec()),
                Ok(None) => break,
                Err(_) => return (messages, true),
            }
        }
        assert!(framer.capacity() <= LONGEST);
    }
    assert!(messages.iter().all(|message| (4..=LONGEST).contains(&message.len())));
    (messages, false)
}

/// A stranger gets one answer at most, to a message that is one, and nothing else comes of it.
fn received(data: &[u8]) {
    let mut world = World::new(Options { relay_ports: 50_000..=50_000, ..options() });
    let stranger = Client::udp(1).five_tuple;
    match &world.receive(stranger, data)[..] {
        [] => {}
        [Effect::ToClient { client, data: answer, .. }] => {
            assert_ne!(classify::datagram(data), Datagram::Other);
            assert_eq!(*client, stranger);
            let [asked, answer] = [data, answer].map(|bytes| Message::from_bytes(bytes).unwrap());
            assert_eq!(answer.transaction_id(), asked.transaction_id());
            assert_eq!(answer.method(), asked.method());
        }
        effects => panic!("{effects:?}"),
    }
    assert_eq!((world.server.allocations(), world.server.poll_timeout()), (0, None));
}
