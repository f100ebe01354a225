//! What hosts do to guests, and what the rules of a room do. `docs/protocol.md`, section 10.

use std::net::IpAddr;

use serde_json::{Value, json};
use visavis_protocol::Limits;
use visavis_rooms::{Client, ConnectionId};

use crate::world::{Member, World, types};

fn come(world: &mut World, name: &str, more: Value) -> Member {
    come_over(world, name, more, None)
}

/// Somebody joins, from an address.
fn come_over(world: &mut World, name: &str, more: Value, from: Option<&str>) -> Member {
    let from: Option<IpAddr> = from.map(|from| from.parse().unwrap());
    let at = world.connect_as(Client::Native { from });
    world.say(at, json!({"type": "hello", "protocol": 1, "client": "test"}));
    let id = world.heard(at)[0]["participant"].as_str().unwrap().to_owned();
    let mut join = json!({"type": "join", "room": "r", "name": name, "policy": {"direct": "never"}});
    join.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.ask(at, join);
    Member { at, id, secret: String::new() }
}

/// A host and guests, with nothing left to read.
fn room<const N: usize>(world: &mut World, guests: [&str; N]) -> (Member, [Member; N]) {
    let host = come(world, "Ada", json!({}));
    world.heard(host.at);
    let guests = guests.map(|name| come(world, name, json!({"state": {"mic": true, "camera": true}})));
    quiet(world);
    (host, guests)
}

/// Nothing is left to read.
fn quiet(world: &mut World) {
    world.heard_by_all();
}

fn rules(world: &mut World, host: &Member, rules: Value) {
    world.ask(host.at, json!({"type": "policy", "policy": {"direct": "never", "rules": rules}}));
}

/// The last message of a kind that somebody heard.
fn last(world: &mut World, at: ConnectionId, kind: &str) -> Option<Value> {
    world.heard(at).into_iter().rfind(|message| message["type"] == kind)
}

fn code(world: &mut World, at: ConnectionId) -> Value {
    last(world, at, "error").map_or(Value::Null, |error| error["code"].clone())
}

#[test]
fn whoever_knocks_comes_in_when_a_host_says_so_and_not_before() {
    let mut world = World::new();
    let (ada, []) = room(&mut world, []);
    rules(&mut world, &ada, json!({"entry": "knock"}));
    quiet(&mut world);
    let bob = come(&mut world, "Bob", json!({}));
    let heard = world.heard(bob.at);
    assert_eq!((types(&heard), &heard[0]["host"]), (vec!["waiting"], &json!(true)));
    assert_eq!(last(&mut world, ada.at, "knocks").unwrap()["items"], json!([{"id": bob.id, "name": "Bob"}]));
    world.ask(bob.at, json!({"type": "chat", "text": "hello"}));
    assert_eq!(code(&mut world, bob.at), "not-joined");
    world.ask(ada.at, json!({"type": "admit", "participant": bob.id, "on": true}));
    let joined = last(&mut world, bob.at, "joined").unwrap();
    assert_eq!(
        (&joined["re"], &joined["host"], &joined["participant"]),
        (&json!(1), &json!(false), &json!(bob.id))
    );
    let heard = world.heard(ada.at);
    assert!(heard.iter().any(|message| message["type"] == "participant-joined"));
    assert_eq!(heard.iter().rfind(|message| message["type"] == "knocks").unwrap()["items"], json!([]));

    let eve = come(&mut world, "Eve", json!({}));
    world.ask(ada.at, json!({"type": "admit", "participant": eve.id, "on": false}));
    assert_eq!(code(&mut world, eve.at), "not-admitted");
    world.ask(ada.at, json!({"type": "admit", "participant": eve.id, "on": true}));
    assert_eq!(code(&mut world, ada.at), "unknown-participant");
    // With the key one is a host, and hosts need not knock.
    let key = world.host_key(ada.at);
    let other = come(&mut world, "Host", json!({"host_key": key}));
    assert_eq!(last(&mut world, other.at, "joined").unwrap()["host"], true);
}

#[test]
fn whoever_waits_may_leave_or_be_lost_and_hosts_see_that() {
    let mut world = World::new();
    let (ada, []) = room(&mut world, []);
    rules(&mut world, &ada, json!({"entry": "knock"}));
    let (bob, carol) = (come(&mut world, "Bob", json!({})), come(&mut world, "Carol", json!({})));
    quiet(&mut world);
    world.ask(bob.at, json!({"type": "leave"}));
    assert_eq!(types(&world.heard(bob.at)), ["left"]);
    assert_eq!(
        last(&mut world, ada.at, "knocks").unwrap()["items"],
        json!([{"id": carol.id, "name": "Carol"}])
    );
    world.disconnect(carol.at);
    assert_eq!(last(&mut world, ada.at, "knocks").unwrap()["items"], json!([]));
}

#[test]
fn opening_the_room_lets_all_in_who_wait_and_closing_it_turns_them_away() {
    let mut world = World::new();
    let (ada, []) = room(&mut world, []);
    rules(&mut world, &ada, json!({"entry": "knock"}));
    let bob = come(&mut world, "Bob", json!({}));
    rules(&mut world, &ada, json!({"entry": "open"}));
    assert!(last(&mut world, bob.at, "joined").is_some());
    rules(&mut world, &ada, json!({"entry": "knock"}));
    let carol = come(&mut world, "Carol", json!({}));
    rules(&mut world, &ada, json!({"entry": "closed"}));
    assert_eq!(code(&mut world, carol.at), "room-closed");
    let eve = come(&mut world, "Eve", json!({}));
    assert_eq!(code(&mut world, eve.at), "room-closed");
    // Nobody is listed to whom the room is not open.
    world.ask(eve.at, json!({"type": "peek", "room": "r"}));
    let view = last(&mut world, eve.at, "room").unwrap();
    assert_eq!((&view["entry"], &view["participants"]), (&json!("closed"), &json!([])));
}

#[test]
fn without_a_host_whoever_waits_is_told_so_and_turned_away_when_the_room_ends() {
    let mut world = World::new();
    let (ada, [bob]) = room(&mut world, ["Bob"]);
    rules(&mut world, &ada, json!({"entry": "knock"}));
    let carol = come(&mut world, "Carol", json!({}));
    quiet(&mut world);
    world.ask(ada.at, json!({"type": "leave"}));
    assert_eq!(last(&mut world, carol.at, "waiting").unwrap()["host"], false);
    assert!(
        !world.heard(bob.at).iter().any(|message| message["host"] == true),
        "nobody becomes host by that"
    );
    let key = world.host_key(ada.at);
    let back = come(&mut world, "Ada", json!({"host_key": key}));
    assert_eq!(last(&mut world, carol.at, "waiting").unwrap()["host"], true);
    let heard = world.heard(back.at);
    assert!(heard.iter().any(|message| message["type"] == "knocks" && message["items"][0]["id"] == carol.id));
    for member in [&back, &bob] {
        world.ask(member.at, json!({"type": "leave"}));
    }
    world.heard(carol.at);
    world.pass_just(30, |world| assert_eq!(world.heard(carol.at).len(), 0));
    assert_eq!(code(&mut world, carol.at), "not-admitted");
}

#[test]
fn those_who_wait_are_bounded_and_classic_clients_and_publishers_by_whip_cannot() {
    let mut world = World::with(Limits { knocks: 2, ..Limits::default() });
    let (ada, []) = room(&mut world, []);
    rules(&mut world, &ada, json!({"entry": "knock"}));
    for expected in [json!("waiting"), json!("waiting"), json!("error")] {
        let one = come(&mut world, "One", json!({}));
        assert_eq!(world.heard(one.at)[0]["type"], expected);
    }
    for at in [world.connect_classic("c"), world.connect_whip()] {
        world.ask(at, json!({"type": "join", "room": "r", "name": ""}));
        assert!(["room-closed", "room-full"].contains(&code(&mut world, at).as_str().unwrap()));
    }
}

#[test]
fn who_is_muted_is_told_by_whom_and_may_switch_on_again() {
    let mut world = World::new();
    let (ada, [bob, carol]) = room(&mut world, ["Bob", "Carol"]);
    world.ask(ada.at, json!({"type": "mute", "participant": bob.id, "mic": true}));
    let muted = last(&mut world, bob.at, "muted").unwrap();
    assert_eq!(
        (&muted["from"], &muted["mic"], &muted["camera"]),
        (&json!(ada.id), &json!(true), &json!(false))
    );
    let changed = last(&mut world, carol.at, "participant-changed").unwrap();
    assert_eq!(
        (&changed["participant"]["id"], &changed["participant"]["state"]["mic"]),
        (&json!(bob.id), &json!(false))
    );
    world.ask(bob.at, json!({"type": "state", "state": {"mic": true}}));
    assert_eq!(
        last(&mut world, carol.at, "participant-changed").unwrap()["participant"]["state"]["mic"],
        true
    );
    // All guests: whoever has nothing on hears nothing.
    world.ask(carol.at, json!({"type": "state", "state": {"mic": false}}));
    quiet(&mut world);
    world.ask(ada.at, json!({"type": "mute", "mic": true}));
    assert!(last(&mut world, bob.at, "muted").is_some() && last(&mut world, carol.at, "muted").is_none());
    world.ask(ada.at, json!({"type": "ask", "participant": bob.id, "mic": true}));
    assert_eq!(last(&mut world, bob.at, "asked").unwrap()["from"], json!(ada.id));
    for whom in [&ada.id, "nobody"] {
        world.ask(ada.at, json!({"type": "mute", "participant": whom, "mic": true}));
        assert_eq!(code(&mut world, ada.at), "unknown-participant");
    }
}

#[test]
fn what_the_rules_forbid_is_off_and_is_not_forwarded_and_everybody_is() {
    let mut world = World::new();
    let ada = come(&mut world, "Ada", json!({"policy": {"direct": "auto"}}));
    let bob = come(&mut world, "Bob", json!({"state": {"mic": true, "camera": true}}));
    quiet(&mut world);
    let rules = json!({"entry": "open", "mic": false});
    world.ask(ada.at, json!({"type": "policy", "policy": {"direct": "auto", "rules": rules}}));
    let heard = world.heard(bob.at);
    let muted = heard.iter().find(|message| message["type"] == "muted").unwrap();
    assert_eq!(
        (&muted["from"], &muted["mic"], &muted["camera"]),
        (&Value::Null, &json!(true), &json!(false))
    );
    let plan = heard.iter().rfind(|message| message["type"] == "plan").unwrap();
    assert_eq!(plan["policy"]["rules"]["mic"], false);
    assert_eq!(
        plan["forwarded"],
        json!([{"participant": ada.id, "reason": "rules"}, {"participant": bob.id, "reason": "rules"}])
    );
    world.ask(bob.at, json!({"type": "state", "state": {"mic": true}}));
    assert_eq!(code(&mut world, bob.at), "not-allowed");
    // Who comes later comes without, and a host may.
    let carol = come(&mut world, "Carol", json!({"state": {"mic": true, "camera": true}}));
    let state = last(&mut world, ada.at, "participant-joined").unwrap()["participant"]["state"].clone();
    assert_eq!((&state["mic"], &state["camera"]), (&json!(false), &json!(true)), "{}", carol.id);
    world.ask(ada.at, json!({"type": "state", "state": {"mic": true}}));
    assert_eq!(last(&mut world, ada.at, "error"), None);
    // It stays off when it is allowed again: the person decides.
    world.ask(ada.at, json!({"type": "policy", "policy": {"direct": "auto"}}));
    world.ask(bob.at, json!({"type": "state", "state": {"hand": true}}));
    assert_eq!(
        last(&mut world, ada.at, "participant-changed").unwrap()["participant"]["state"]["mic"],
        false
    );
    world.ask(bob.at, json!({"type": "state", "state": {"mic": true}}));
    assert_eq!(last(&mut world, bob.at, "error"), None);
}

#[test]
fn a_publisher_by_whip_is_off_while_the_rules_say_so_and_on_again_after_that() {
    let mut world = World::new();
    let (ada, []) = room(&mut world, []);
    let whip = world.connect_whip();
    world.ask(
        whip,
        json!({"type": "join", "room": "r", "name": "Camera", "state": {"mic": true, "camera": true}}),
    );
    let id = last(&mut world, ada.at, "participant-joined").unwrap()["participant"]["id"].clone();
    for (mic, rule) in [(false, json!({"mic": false})), (true, json!({}))] {
        rules(&mut world, &ada, rule);
        let state = last(&mut world, ada.at, "participant-changed").unwrap()["participant"]["state"].clone();
        assert_eq!((&state["mic"], &state["camera"]), (&json!(mic), &json!(true)));
    }
    // Nobody is there to be asked.
    world.ask(ada.at, json!({"type": "mute", "participant": id, "mic": true}));
    world.ask(ada.at, json!({"type": "ask", "participant": id, "mic": true}));
    assert_eq!(last(&mut world, ada.at, "participant-changed").unwrap()["participant"]["state"]["mic"], true);
    world.ask(ada.at, json!({"type": "remove", "participant": id}));
    assert_eq!(last(&mut world, ada.at, "participant-left").unwrap()["reason"], "removed");
    assert!(!world.is_open(whip));
}

#[test]
fn nobody_watches_a_room_that_is_not_open_to_everybody() {
    let mut world = World::new();
    let (ada, [bob]) = room(&mut world, ["Bob"]);
    world.reach("r", &bob.id, true);
    let viewers = [world.connect_viewer("r", &bob.id), world.connect_viewer("r", "mix")];
    assert!(viewers.iter().all(|viewer| world.is_open(*viewer)));
    rules(&mut world, &ada, json!({"entry": "knock"}));
    assert!(!viewers.iter().any(|viewer| world.is_open(*viewer)));
    let late = [world.connect_viewer("r", &bob.id), world.connect_viewer("r", "mix")];
    assert!(!late.iter().any(|viewer| world.is_open(*viewer)));
}

#[test]
fn who_was_taken_out_is_told_and_comes_back_only_by_knocking_from_wherever_their_network_is() {
    let mut world = World::new();
    let ada = come_over(&mut world, "Ada", json!({}), Some("192.0.2.1"));
    let bob = come_over(&mut world, "Bob", json!({}), Some("2001:db8:1:2::3"));
    let secret = { quiet_but(&mut world, bob.at) };
    world.ask(ada.at, json!({"type": "remove", "participant": bob.id}));
    let heard = world.heard(bob.at);
    assert_eq!((&heard[0]["type"], &heard[0]["reason"]), (&json!("removed"), &json!("removed")));
    assert_eq!(last(&mut world, ada.at, "participant-left").unwrap()["reason"], "removed");
    // The same connection, another one, another address of the same network, and the secret.
    world.ask(bob.at, json!({"type": "join", "room": "r", "name": "Bob"}));
    assert_eq!(types(&world.heard(bob.at)), ["waiting"]);
    let again = come_over(&mut world, "Bobby", json!({}), Some("2001:db8:1:2:ffff::1"));
    assert_eq!(types(&world.heard(again.at)), ["waiting"]);
    let resumed = world.resume(&secret, 0);
    assert!(world.heard(resumed).iter().any(|message| message["code"] == "resume-refused"));
    // Others are not concerned, and a host may relent.
    let carol = come_over(&mut world, "Carol", json!({}), Some("2001:db8:1:3::3"));
    assert!(last(&mut world, carol.at, "joined").is_some());
    world.ask(ada.at, json!({"type": "admit", "participant": again.id, "on": true}));
    assert!(last(&mut world, again.at, "joined").is_some());
}

/// Reads everything, and gives back the secret of one.
fn quiet_but(world: &mut World, at: ConnectionId) -> String {
    world.heard(at);
    let secret = world.secret(at);
    quiet(world);
    secret
}

#[test]
fn networks_that_have_to_knock_are_bounded() {
    let mut world = World::with(Limits { barred: 2, ..Limits::default() });
    let ada = come(&mut world, "Ada", json!({}));
    for last_byte in 1..=3 {
        let from = format!("192.0.2.{last_byte}");
        let one = come_over(&mut world, "One", json!({}), Some(&from));
        world.ask(ada.at, json!({"type": "remove", "participant": one.id}));
    }
    for (last_byte, expected) in [(1, "joined"), (2, "waiting"), (3, "waiting")] {
        let from = format!("192.0.2.{last_byte}");
        let one = come_over(&mut world, "One", json!({}), Some(&from));
        assert_eq!(world.heard(one.at)[0]["type"], expected, "{from}");
    }
}

#[test]
fn who_is_appointed_does_what_hosts_do_also_after_a_restart_and_is_not_taken_out() {
    let mut world = World::new();
    let (ada, [bob, carol]) = room(&mut world, ["Bob", "Carol"]);
    world.ask(ada.at, json!({"type": "appoint", "participant": bob.id}));
    let joined = last(&mut world, bob.at, "joined").unwrap();
    assert_eq!(joined["host"], true);
    assert_eq!(last(&mut world, carol.at, "participant-changed").unwrap()["participant"]["host"], true);
    let (key, secret) = (world.host_key(bob.at), world.secret(bob.at));
    world.ask(bob.at, json!({"type": "mute", "participant": carol.id, "mic": true}));
    assert!(last(&mut world, carol.at, "muted").is_some());
    world.ask(bob.at, json!({"type": "remove", "participant": ada.id}));
    assert_eq!(code(&mut world, bob.at), "not-allowed");
    let dora = come(&mut world, "Dora", json!({"host_key": key}));
    assert_eq!(last(&mut world, dora.at, "joined").unwrap()["host"], true);
    world.restart();
    let at = world.resume(&secret, 0);
    assert_eq!(last(&mut world, at, "joined").unwrap()["host"], true);
}

#[test]
fn a_call_that_is_ended_is_over_for_everybody_and_so_is_its_key() {
    let mut world = World::new();
    let (ada, [bob]) = room(&mut world, ["Bob"]);
    rules(&mut world, &ada, json!({"entry": "knock"}));
    let carol = come(&mut world, "Carol", json!({}));
    quiet(&mut world);
    world.ask(ada.at, json!({"type": "end"}));
    for member in [&ada, &bob] {
        assert_eq!(last(&mut world, member.at, "removed").unwrap()["reason"], "ended");
    }
    assert_eq!(code(&mut world, carol.at), "not-admitted");
    assert_eq!(world.rooms.counts().rooms, 0);
    let key = world.host_key(ada.at);
    let late = come(&mut world, "Late", json!({"host_key": key}));
    assert_eq!(code(&mut world, late.at), "host-key-refused");
    let bob_again = come(&mut world, "Bob", json!({}));
    assert_eq!(last(&mut world, bob_again.at, "joined").unwrap()["host"], true);
}

#[test]
fn rules_outlive_a_restart() {
    let mut world = World::new();
    let (ada, [bob]) = room(&mut world, ["Bob"]);
    rules(&mut world, &ada, json!({"entry": "knock", "chat": false}));
    let secret = quiet_but(&mut world, bob.at);
    world.restart();
    let at = world.resume(&secret, 0);
    let joined = last(&mut world, at, "joined").unwrap();
    assert_eq!(
        (&joined["plan"]["policy"]["rules"]["entry"], &joined["host"]),
        (&json!("knock"), &json!(false))
    );
    world.ask(at, json!({"type": "chat", "text": "hello"}));
    assert_eq!(code(&mut world, at), "not-allowed");
    let eve = come(&mut world, "Eve", json!({}));
    assert_eq!(world.heard(eve.at)[0]["type"], "waiting");
}
