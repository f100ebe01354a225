//! Rooms that one comes into with a token only. `docs/tokens.md`.

use serde_json::{Value, json};
use visavis_protocol::{Limits, Rights, RoomName, RoomToken, TokenKey, TokenKeys};

use crate::world::{START_MS, World, types};

const SECRET: &str = "hs256:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

fn key() -> TokenKey {
    SECRET.parse().unwrap()
}

fn world() -> World {
    World::with_tokens(Limits::default(), TokenKeys::new(vec![key()]))
}

fn token(room: &str, rights: Rights, name: Option<&str>) -> String {
    let exp = START_MS / 1000 + 60;
    let name = name.map(str::to_owned);
    key().sign(&RoomToken { room: RoomName::new(room).unwrap(), name, rights, exp, nbf: None }).unwrap()
}

fn join(world: &mut World, token: Option<&str>, more: Value) -> Value {
    let (at, _) = world.greet();
    let mut join = json!({"type": "join", "room": "r", "name": "Chosen", "token": token});
    join.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.ask(at, join);
    world.heard(at).remove(0)
}

#[test]
fn nobody_comes_in_without_a_token_for_the_room_and_its_time() {
    let mut world = world();
    let (other, watch) = (token("s", Rights::Host, None), token("r", Rights::Watch, None));
    let long = "A".repeat(50_000);
    for bad in [None, Some(""), Some("guess"), Some(&*other), Some(&*watch), Some(&*long)] {
        assert_eq!(join(&mut world, bad, json!({}))["code"], "token-refused", "{bad:?}");
    }
    assert_eq!(world.rooms.counts().rooms, 0, "a refused join makes no room");
    let good = token("r", Rights::Guest, None);
    assert_eq!(join(&mut world, Some(&good), json!({}))["type"], "joined");
    world.pass_secs(59);
    assert_eq!(join(&mut world, Some(&good), json!({}))["type"], "joined");
    world.pass_secs(1);
    assert_eq!(join(&mut world, Some(&good), json!({}))["code"], "token-refused");
}

#[test]
fn the_token_says_who_is_host_and_what_they_are_called_and_not_who_came_first() {
    let mut world = world();
    let (guest, host) = (token("r", Rights::Guest, Some("Bob")), token("r", Rights::Host, Some("Ada")));
    let first = join(&mut world, Some(&guest), json!({}));
    assert_eq!((&first["host"], first.get("host_key")), (&json!(false), None));
    let second = join(&mut world, Some(&host), json!({}));
    assert_eq!((&second["host"], &second["participants"][0]["name"]), (&json!(true), &json!("Bob")));
    // Who has made the room chose its rules, and is held to them like everybody.
    let named = join(&mut world, Some(&token("r", Rights::Guest, None)), json!({}));
    assert_eq!(named["participants"][1]["name"], "Ada");
}

#[test]
fn whoever_has_the_token_of_a_host_need_not_knock_and_others_do() {
    let mut world = world();
    let policy = json!({"policy": {"direct": "never", "rules": {"entry": "knock"}}});
    let host = token("r", Rights::Host, None);
    assert_eq!(join(&mut world, Some(&host), policy)["host"], true);
    assert_eq!(join(&mut world, Some(&host), json!({}))["host"], true);
    assert_eq!(join(&mut world, Some(&token("r", Rights::Guest, None)), json!({}))["type"], "waiting");
}

#[test]
fn who_is_in_comes_back_without_the_token_also_when_it_has_expired() {
    let mut world = world();
    let (at, _) = world.greet();
    let guest = token("r", Rights::Guest, None);
    world.ask(at, json!({"type": "join", "room": "r", "name": "Ada", "token": guest}));
    world.heard(at);
    let secret = world.secret(at);
    for _ in 0..2 {
        world.pass_secs(40);
        world.restart();
        let at = world.resume(&secret, 0);
        assert_eq!(types(&world.heard(at)), ["welcome", "joined"]);
    }
}

#[test]
fn classic_clients_have_no_token_and_where_there_are_no_keys_none_is_needed() {
    let mut world = world();
    let at = world.connect_classic("c");
    world.ask(at, json!({"type": "join", "room": "r", "name": ""}));
    assert_eq!(world.heard(at)[0]["code"], "token-refused");
    let mut open = World::new();
    assert_eq!(join(&mut open, Some("whatever"), json!({}))["host"], true);
}
