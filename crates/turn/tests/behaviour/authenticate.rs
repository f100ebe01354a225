use std::time::Duration;

use stun_types::attribute::*;
use stun_types::message::*;
use turn_types::attribute::*;
use turn_types::message::*;
use visavis_turn::Options;
use visavis_turn::Transport;
use visavis_turn::credentials::{self, Credential, Secret, User};

use crate::client::{Client, Scheme};
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

    let mut other = Client::new(Transport::Udp, "198.51.100.8:4000", "192.0.2.1:3478");
    other.credential = client.credential;
    other.nonce = client.nonce.clone();
    assert_eq!(allocate(&mut world, &mut other), Some(438));
    let mut another_port = Client::udp(4001);
    another_port.credential = other.credential;
    another_port.nonce = client.nonce;
    assert_eq!(allocate(&mut world, &mut another_port), None);
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
fn a_request_signed_twice_counts_by_the_stronger_signature() {
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

/// Somebody with a password of her own, who proves it in this way.
fn grace(scheme: Scheme) -> Client {
    let credential = Credential { username: "grace".to_owned(), password: "her own".to_owned() };
    Client { credential, scheme, ..Client::udp(4000) }
}

fn with_users() -> Options {
    let user = |name: &str, password: &str| User { name: name.to_owned(), password: password.to_owned() };
    Options { users: vec![user("linus", "another"), user("grace", "her own")], ..options() }
}

#[test]
fn user_with_a_password_of_her_own_gets_in_by_every_scheme_and_is_answered_alike() {
    for scheme in [Scheme::Old, Scheme::Sha256, Scheme::Hashed] {
        let mut world = World::new(with_users());
        let mut grace = grace(scheme);
        world.allocate(&mut grace);
        let answer = world.ask(&mut grace, REFRESH, &[]);
        assert_eq!((answer.code(), answer.is_signed()), (None, true), "{scheme:?}");
        let strong = answer.message().has_attribute(MessageIntegritySha256::TYPE);
        assert_eq!(strong, scheme != Scheme::Old, "{scheme:?}");
    }
}

#[test]
fn time_limited_credential_is_good_with_sha256_as_well() {
    let mut world = World::new(options());
    let mut client = Client { scheme: Scheme::Sha256, ..Client::udp(4000) };
    world.allocate(&mut client);
}

#[test]
fn wrong_password_and_unknown_hash_are_challenged_again() {
    let mut world = World::new(with_users());
    for scheme in [Scheme::Old, Scheme::Sha256, Scheme::Hashed] {
        let mut impostor = grace(scheme);
        world.challenge(&mut impostor);
        impostor.credential.password = "another".to_owned();
        assert_eq!(allocate(&mut world, &mut impostor), Some(401), "{scheme:?}");
    }
    let mut stranger = grace(Scheme::Hashed);
    world.challenge(&mut stranger);
    stranger.credential.username = "nobody".to_owned();
    assert_eq!(allocate(&mut world, &mut stranger), Some(401));
}

#[test]
fn challenge_offers_the_algorithms_and_its_nonce_says_that_it_does() {
    let mut world = World::new(options());
    let answer = world.ask(&mut Client::udp(4000), ALLOCATE, &[]);
    let message = answer.message();
    let offered = message.attribute::<PasswordAlgorithms>().unwrap();
    assert_eq!(offered.algorithms(), [PasswordAlgorithmValue::SHA256, PasswordAlgorithmValue::MD5]);
    assert!(message.attribute::<Nonce>().unwrap().nonce().starts_with("obMatJos2gAAA"));
    let mut world = World::new(Options { username_anonymity: true, ..with_users() });
    let answer = world.ask(&mut Client::udp(4000), ALLOCATE, &[]);
    assert!(answer.message().attribute::<Nonce>().unwrap().nonce().starts_with("obMatJos2wAAA"));
}

/// RFC 8489 section 9.2.4: whoever changes the offer on its way to the client is found out.
#[test]
fn choice_of_an_algorithm_without_the_offer_or_with_another_one_is_bad() {
    let (md5, sha256) = (PasswordAlgorithmValue::MD5, PasswordAlgorithmValue::SHA256);
    let mut world = World::new(with_users());
    let mut client = grace(Scheme::Old);
    world.challenge(&mut client);
    let offers: [Option<&[PasswordAlgorithmValue]>; 4] =
        [None, Some(&[md5]), Some(&[md5, sha256]), Some(&[sha256])];
    for offer in offers {
        let offer = offer.map(PasswordAlgorithms::new);
        let choice = PasswordAlgorithm::new(md5);
        let mut attributes: Vec<&dyn AttributeWrite> = vec![&choice];
        attributes.extend(offer.as_ref().map(|offer| offer as &dyn AttributeWrite));
        assert_eq!(world.allocate_code(&mut client, &attributes), Some(400), "{offer:?}");
    }
    let only_offer = PasswordAlgorithms::new(&[sha256, md5]);
    assert_eq!(world.allocate_code(&mut client, &[&only_offer]), Some(400));
}

#[test]
fn request_with_both_name_and_hash_is_bad() {
    let mut world = World::new(with_users());
    let mut client = grace(Scheme::Hashed);
    world.challenge(&mut client);
    assert_eq!(world.allocate_code(&mut client, &[&Username::new("grace").unwrap()]), Some(400));
}
