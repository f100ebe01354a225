use std::time::Duration;

use stun_types::attribute::*;
use stun_types::message::*;
use turn_types::attribute::*;
use turn_types::message::*;
use visavis_turn::credentials::{self, Secret};

use crate::client::Client;
use crate::world::{REALM, SECRET, UNIX_START, World, options};

fn allocate(world: &mut World, client: &mut Client) -> Option<u16> {
    world.allocate_code(client, &[&RequestedTransport::new(17)])
}

#[test]
fn request_without_credentials_is_challenged_with_realm_and_nonce() {
    let mut world = World::new(options());
    for method in [ALLOCATE, REFRESH, CREATE_PERMISSION, CHANNEL_BIND] {
        let answer = world.ask(&mut Client::udp(4000), method, &[]);
        assert_eq!((answer.code(), answer.is_signed()), (Some(401), false), "{method}");
        assert_eq!(answer.message().attribute::<Realm>().unwrap().realm(), REALM);
        assert!(answer.message().has_attribute(Nonce::TYPE));
    }
}

#[test]
fn wrong_password_is_challenged_again() {
    let mut world = World::new(options());
    let mut client = Client::udp(4000);
    world.challenge(&mut client);
    client.credential.password.push('x');
    assert_eq!(allocate(&mut world, &mut client), Some(401));
}

#[test]
fn wrong_realm_is_challenged_again() {
    let mut world = World::new(options());
    let mut client = Client::udp(4000);
    world.challenge(&mut client);
    client.realm = "example.net".to_owned();
    assert_eq!(allocate(&mut world, &mut client), Some(401));
}

#[test]
fn username_that_was_not_issued_is_challenged_again() {
    let mut world = World::new(options());
    let mut client = Client::udp(4000);
    world.challenge(&mut client);
    client.credential.username = "ada".to_owned();
    assert_eq!(allocate(&mut world, &mut client), Some(401));
}

#[test]
fn expired_credential_is_challenged_again() {
    let mut world = World::new(options());
    let mut client = Client::udp(4000);
    client.credential = credentials::issue(&Secret::new(SECRET), "ada", UNIX_START + Duration::from_secs(10));
    world.pass(Duration::from_secs(10));
    world.challenge(&mut client);
    assert_eq!(allocate(&mut world, &mut client), Some(401));
}

#[test]
fn credential_that_expires_does_not_end_the_allocation_made_with_it() {
    let mut world = World::new(options());
    let mut client = Client::udp(4000);
    client.credential = credentials::issue(&Secret::new(SECRET), "ada", UNIX_START + Duration::from_secs(10));
    world.allocate(&mut client);
    world.pass(Duration::from_secs(100));
    assert_eq!(world.ask(&mut client, REFRESH, &[]).code(), None);
}

#[test]
fn nonce_that_is_too_old_or_not_ours_is_stale_and_a_new_one_comes_with_the_answer() {
    let mut world = World::new(options());
    let mut client = Client::udp(4000);
    world.challenge(&mut client);
    world.pass(Duration::from_secs(3600));
    let mut client = client.named("bea");
    client.credential =
        credentials::issue(&Secret::new(SECRET), "bea", UNIX_START + Duration::from_secs(9000));
    let answer = world.ask(&mut client, ALLOCATE, &[&RequestedTransport::new(17)]);
    assert_eq!(answer.code(), Some(438));
    client.nonce = Some(answer.message().attribute::<Nonce>().unwrap().nonce().to_owned());
    assert_eq!(allocate(&mut world, &mut client), None);

    let mut other = Client::udp(4001);
    other.nonce = client.nonce;
    assert_eq!(allocate(&mut world, &mut other), Some(438));
}

#[test]
fn signed_request_that_lacks_username_realm_or_nonce_is_bad() {
    let mut world = World::new(options());
    let mut client = Client::udp(4000);
    world.challenge(&mut client);
    let username = Username::new(&client.credential.username).unwrap();
    let realm = Realm::new(REALM).unwrap();
    let nonce = Nonce::new(client.nonce.as_deref().unwrap()).unwrap();
    let key = client.key();
    client.nonce = None;
    let all: [&dyn AttributeWrite; 3] = [&username, &realm, &nonce];
    for missing in 0..3 {
        let kind = MessageType::from_class_method(MessageClass::Request, ALLOCATE);
        let mut message = Message::builder(kind, 9.into(), MessageWriteVec::new());
        for attribute in all.iter().enumerate().filter(|(i, _)| *i != missing).map(|(_, attribute)| attribute)
        {
            message.add_attribute(*attribute).unwrap();
        }
        message.add_message_integrity_with_key(&key, IntegrityAlgorithm::Sha1).unwrap();
        let effects = world.receive(client.five_tuple, &message.finish());
        assert_eq!(crate::world::Answer::only(&client, effects).code(), Some(400));
    }
}

#[test]
fn allocation_of_another_credential_cannot_be_changed() {
    let mut world = World::new(options());
    let mut ada = Client::udp(4000);
    world.allocate(&mut ada);
    let mut bea = Client::udp(4000).named("bea");
    bea.nonce = ada.nonce.clone();
    let answer = world.ask(&mut bea, REFRESH, &[&Lifetime::new(0)]);
    assert_eq!((answer.code(), answer.is_signed()), (Some(441), true));
    assert_eq!(world.permit(&mut bea, &[crate::world::PEER]), Some(441));
    assert_eq!(world.bind_channel(&mut bea, 0x4000, crate::world::PEER), Some(441));
    assert!(world.server.has_allocation(&ada.five_tuple));
}

#[test]
fn integrity_over_sha256_behind_the_plain_one_is_ignored() {
    let mut world = World::new(options());
    let mut client = Client::udp(4000);
    world.challenge(&mut client);
    let kind = MessageType::from_class_method(MessageClass::Request, ALLOCATE);
    let mut message = Message::builder(kind, 9.into(), MessageWriteVec::new());
    message.add_attribute(&RequestedTransport::new(17)).unwrap();
    message.add_attribute(&Username::new(&client.credential.username).unwrap()).unwrap();
    message.add_attribute(&Realm::new(REALM).unwrap()).unwrap();
    message.add_attribute(&Nonce::new(client.nonce.as_deref().unwrap()).unwrap()).unwrap();
    message.add_message_integrity_with_key(&client.key(), IntegrityAlgorithm::Sha1).unwrap();
    message.add_message_integrity_with_key(&client.key(), IntegrityAlgorithm::Sha256).unwrap();
    assert_eq!(world.receive(client.five_tuple, &message.finish()).len(), 1);
    assert!(world.server.has_allocation(&client.five_tuple));
}
