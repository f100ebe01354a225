//! Host keys.

use serde_json::json;

use crate::world::{World, error};

fn join_with(world: &mut World, room: &str, key: &str) -> Vec<serde_json::Value> {
    let (at, _) = world.greet();
    world.ask(at, json!({"type": "join", "room": room, "name": "", "host_key": key}));
    world.heard(at)
}

#[test]
fn a_host_key_makes_its_bearer_a_host_that_the_others_see() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    let key = world.host_key(ada.at);
    let heard = join_with(&mut world, "r", &key);
    assert_eq!(heard[0]["host"], true);
    assert!(heard[0].get("host_key").is_none(), "only the maker gets the key");
    assert_eq!(world.heard(ada.at)[0]["participant"]["host"], true);
}

#[test]
fn what_is_not_the_key_of_this_room_is_refused() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    let [other] = world.enter_all("s", ["Bob"]);
    let (key, other_key) = (world.host_key(ada.at), world.host_key(other.at));
    for bad in ["", "guess", &"A".repeat(4000), &other_key, &ada.secret, &key[1..]] {
        assert_eq!(join_with(&mut world, "r", bad), [error(1, "host-key-refused", Some(1))]);
    }
    assert_eq!(world.heard(ada.at).len(), 0);
}

#[test]
fn the_key_of_an_ended_room_opens_nothing() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    let key = world.host_key(ada.at);
    world.ask(ada.at, json!({"type": "leave"}));
    world.pass_just(30, |world| assert_eq!(join_with(world, "s", &key)[0]["code"], "host-key-refused"));
    assert_eq!(join_with(&mut world, "r", &key), [error(1, "host-key-refused", Some(1))]);
    assert_eq!(world.rooms.counts().rooms, 0, "a refused join makes no room");
    let [bob] = world.enter_all("r", ["Bob"]);
    assert_eq!(
        join_with(&mut world, "r", &key),
        [error(1, "host-key-refused", Some(1))],
        "the next life of it"
    );
    assert_ne!(world.host_key(bob.at), key);
}

#[test]
fn the_maker_that_left_is_a_guest_without_its_key() {
    let mut world = World::new();
    let [ada, _bob] = world.enter_all("r", ["Ada", "Bob"]);
    let key = world.host_key(ada.at);
    for (host_key, host) in [(json!(null), false), (json!(key), true)] {
        world.ask(ada.at, json!({"type": "leave"}));
        world.ask(ada.at, json!({"type": "join", "room": "r", "name": "Ada", "host_key": host_key}));
        assert_eq!(world.heard(ada.at)[1]["host"], json!(host));
    }
}
