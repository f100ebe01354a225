use stun_types::attribute::*;
use stun_types::message::*;

use crate::client::Client;
use crate::world::{Answer, World, options};

#[test]
fn binding_request_is_answered_with_the_address_it_came_from() {
    let mut world = World::new(options());
    for mut client in [Client::udp(4000), Client::tcp(4000), Client::udp6(4000)] {
        let answer = world.ask(&mut client, BINDING, &[]);
        let message = answer.message();
        assert_eq!((answer.code(), message.transaction_id()), (None, 1.into()));
        let mapped = message.attribute::<XorMappedAddress>().unwrap();
        assert_eq!(mapped.addr(message.transaction_id()), client.address());
        assert_eq!(message.iter_attributes().count(), 1);
    }
}

#[test]
fn fingerprint_is_answered_with_a_fingerprint() {
    let mut world = World::new(options());
    let mut client = Client::udp(4000);
    client.fingerprint = true;
    // Checking the answer includes that it has a fingerprint, and the right one.
    assert_eq!(world.ask(&mut client, BINDING, &[]).code(), None);
}

#[test]
fn unknown_attribute_that_must_be_understood_is_named_in_a_420() {
    let mut world = World::new(options());
    let mut client = Client::udp(4000);
    let unknown = [
        RawAttribute::new(0x7abc.into(), &[1]),
        RawAttribute::new(0x0003.into(), &[0; 4]),
        RawAttribute::new(0x7abc.into(), &[2]),
        RawAttribute::new(0xabcd.into(), &[3]),
    ];
    let attributes: Vec<&dyn AttributeWrite> = unknown.iter().map(|raw| raw as &dyn AttributeWrite).collect();
    let answer = world.ask(&mut client, BINDING, &attributes);
    assert_eq!(answer.code(), Some(420));
    let message = answer.message();
    let named = message.raw_attribute(UnknownAttributes::TYPE).unwrap();
    assert_eq!(&named.value[..], [0x00, 0x03, 0x7a, 0xbc]);
}

#[test]
fn indications_answers_and_unknown_methods_are_not_answered() {
    let mut world = World::new(options());
    let mut client = Client::udp(4000);
    let indication = client.indication(BINDING, &[]);
    let unknown_method = client.request(Method::new(0x0d), &[]);
    let request = client.request(BINDING, &[]);
    let message = Message::from_bytes(&request).unwrap();
    let answer = Message::builder_success(&message, MessageWriteVec::new()).finish();
    for message in [indication, unknown_method, answer] {
        assert_eq!(world.receive(client.five_tuple, &message), []);
    }
    let effects = world.receive(client.five_tuple, &request);
    Answer::only(&client, effects);
}
