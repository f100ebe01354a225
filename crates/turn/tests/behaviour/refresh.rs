use std::time::Duration;

use turn_types::AddressFamily;
use turn_types::attribute::*;
use turn_types::message::*;

use crate::client::Client;
use crate::world::{Answer, Effect, World, options};

#[test]
fn refresh_prolongs_the_allocation_from_now_on() {
    let mut world = World::new(options());
    let mut client = Client::udp(4000);
    let relay = world.allocate(&mut client);
    world.pass(Duration::from_secs(500));
    let answer = world.ask(&mut client, REFRESH, &[&Lifetime::new(1000)]);
    assert_eq!((answer.code(), answer.is_signed()), (None, true));
    assert_eq!(answer.message().attribute::<Lifetime>().unwrap().seconds(), 1000);
    assert_eq!(world.pass(Duration::from_secs(999)), []);
    assert_eq!(world.pass(Duration::from_secs(1)), [Effect::Unbind { relay: relay.id }]);
}

#[test]
fn refresh_without_a_lifetime_grants_the_default() {
    let mut world = World::new(options());
    let mut client = Client::udp(4000);
    world.allocate(&mut client);
    let answer = world.ask(&mut client, REFRESH, &[]);
    assert_eq!(answer.message().attribute::<Lifetime>().unwrap().seconds(), 600);
}

#[test]
fn refresh_to_zero_ends_the_allocation() {
    let mut world = World::new(options());
    let mut client = Client::udp(4000);
    let relay = world.allocate(&mut client);
    let mut effects = world.ask_effects(&mut client, REFRESH, &[&Lifetime::new(0)]);
    assert_eq!(effects.remove(0), Effect::Unbind { relay: relay.id });
    let answer = Answer::only(&client, effects);
    assert_eq!(answer.message().attribute::<Lifetime>().unwrap().seconds(), 0);
    assert_eq!(world.server.poll_timeout(), None);
    assert_eq!(world.ask(&mut client, REFRESH, &[&Lifetime::new(0)]).code(), Some(437));
}

#[test]
fn refresh_without_an_allocation_or_of_another_family_is_a_mismatch() {
    let mut world = World::new(options());
    let mut client = Client::udp(4000);
    world.challenge(&mut client);
    assert_eq!(world.ask(&mut client, REFRESH, &[]).code(), Some(437));
    world.allocate_challenged(&mut client, &[]);
    let other = RequestedAddressFamily::new(AddressFamily::IPV6);
    assert_eq!(world.ask(&mut client, REFRESH, &[&other]).code(), Some(443));
    let same = RequestedAddressFamily::new(AddressFamily::IPV4);
    assert_eq!(world.ask(&mut client, REFRESH, &[&same]).code(), None);
}

#[test]
fn request_at_the_moment_of_expiry_comes_too_late() {
    let mut world = World::new(options());
    let mut client = Client::udp(4000);
    let relay = world.allocate(&mut client);
    world.now += Duration::from_secs(600);
    let mut effects = world.ask_effects(&mut client, REFRESH, &[]);
    assert_eq!(effects.remove(0), Effect::Unbind { relay: relay.id });
    assert_eq!(Answer::only(&client, effects).code(), Some(437));
}
