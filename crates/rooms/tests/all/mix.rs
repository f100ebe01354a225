//! The mix of a room: when there is one, who receives it, and what whoever mixes is told.

use serde_json::{Value, json};
use visavis_protocol::{Limits, RoomName};
use visavis_rooms::{ConnectionId, NotFound};

use crate::switching::{all_are_ready, call, forwarded, last_plan, pass_well, plans, those};
use crate::world::{Member, World};

fn find(world: &World, room: &str) -> Result<(), NotFound> {
    world.rooms.find_mix(&RoomName::new(room).unwrap(), world.now()).map(|id| assert_eq!(id.as_str(), "mix"))
}

/// What whoever mixes was asked since the last time.
fn asked_of_mix(world: &mut World) -> Vec<String> {
    let asked = world.asked().into_iter();
    asked.filter_map(|asked| Some(asked.strip_prefix("mix ")?.to_owned())).collect()
}

fn want(world: &mut World, member: &Member, mix: bool) {
    world.ask(member.at, json!({"type": "facts", "mix": mix}));
}

fn mixed(plan: &Value) -> (&str, &Value) {
    (plan["mix"].as_str().unwrap(), &plan["mixed"])
}

/// A host's policy.
fn decide(world: &mut World, host: &Member, policy: Value) {
    world.ask(host.at, json!({"type": "policy", "policy": policy}));
}

#[test]
fn a_room_is_mixed_while_somebody_watches_its_mix_and_everybody_is_forwarded_then() {
    let mut world = World::new();
    let members = call(&mut world, ["Ada", "Bob"]);
    let [ada, bob] = &members;
    assert_eq!(find(&world, "r"), Ok(()));
    let viewer = world.connect_viewer("r", "mix");
    assert_eq!(asked_of_mix(&mut world), ["Mix"]);
    let plan = last_plan(&mut world, ada.at);
    assert_eq!(forwarded(&plan), those(&[ada, bob], "mixed"));
    assert_eq!(mixed(&plan), ("on", &json!([])), "nobody of them receives it");
    all_are_ready(&mut world, &members, &plan);
    // Another viewer changes nothing for them.
    let other = world.connect_viewer("r", "mix");
    assert_eq!(asked_of_mix(&mut world), [] as [String; 0]);
    world.disconnect(viewer);
    pass_well(&mut world, &members, 10);
    plans(&mut world, ada.at);
    world.disconnect(other);
    assert_eq!(asked_of_mix(&mut world).first().unwrap(), "Leave");
    let plan = last_plan(&mut world, ada.at);
    assert_eq!(mixed(&plan), ("off", &json!([])));
    assert_eq!(plan["switches"][0]["to"], "direct");
}

#[test]
fn whoever_mixes_is_told_who_comes_and_who_goes_and_a_mix_of_nobody_ends() {
    let mut world = World::new();
    let [ada] = call(&mut world, ["Ada"]);
    let viewer = world.connect_viewer("r", "mix");
    assert_eq!(asked_of_mix(&mut world), ["Mix"]);
    let bob = world.enter("r", "Bob");
    assert_eq!(asked_of_mix(&mut world), ["Mix"]);
    world.ask(bob.at, json!({"type": "state", "state": {"camera": true}}));
    assert_eq!(asked_of_mix(&mut world), [] as [String; 0], "that the forwarder knows");
    world.ask(bob.at, json!({"type": "leave"}));
    assert_eq!(asked_of_mix(&mut world), ["Mix"]);
    assert!(world.is_open(viewer));
    world.ask(ada.at, json!({"type": "leave"}));
    assert_eq!(asked_of_mix(&mut world), ["Leave"]);
    assert!(!world.is_open(viewer), "there is nothing to see");
    assert_eq!(find(&world, "r"), Err(NotFound::Nobody));
}

#[test]
fn whoever_wants_the_mix_receives_it_for_as_long_as_they_want() {
    let mut world = World::new();
    let members = call(&mut world, ["Ada", "Bob", "Eve"]);
    let [ada, bob, eve] = &members;
    want(&mut world, eve, true);
    let plan = last_plan(&mut world, ada.at);
    assert_eq!(mixed(&plan), ("on", &json!([{"participant": eve.id, "reason": "choice"}])));
    assert_eq!(forwarded(&plan), those(&[ada, bob, eve], "mixed"));
    all_are_ready(&mut world, &members, &plan);
    assert_eq!(asked_of_mix(&mut world), ["Mix"]);
    world.pass_secs(1);
    want(&mut world, eve, false);
    assert_eq!(mixed(&last_plan(&mut world, ada.at)), ("off", &json!([])));
    assert_eq!(asked_of_mix(&mut world), ["Leave"]);
}

#[test]
fn decoders_that_do_not_keep_up_get_the_mix_for_two_minutes_at_least() {
    let mut world = World::new();
    let [ada, bob] = &call(&mut world, ["Ada", "Bob"]);
    let report = |world: &mut World, undecoded: f64| {
        world.pass_secs(2);
        for member in [ada, bob] {
            world.say(member.at, json!({"type": "ping", "time": 1}));
        }
        world.ask(bob.at, json!({"type": "facts", "undecoded": undecoded}));
    };
    report(&mut world, 0.24);
    assert!(plans(&mut world, ada.at).iter().all(|plan| plan["mix"] == "off"));
    report(&mut world, 0.25);
    let receives = json!([{"participant": bob.id, "reason": "decoder"}]);
    assert_eq!(mixed(&last_plan(&mut world, ada.at)), ("on", &receives));
    (0..59).for_each(|_| report(&mut world, 0.0));
    assert!(plans(&mut world, ada.at).iter().all(|plan| plan["mixed"] == receives));
    (0..2).for_each(|_| report(&mut world, 0.0));
    assert_eq!(mixed(&last_plan(&mut world, ada.at)), ("off", &json!([])));
}

#[test]
fn a_host_may_forbid_the_mix_and_ends_it_with_that() {
    let mut world = World::new();
    let [ada, bob] = &call(&mut world, ["Ada", "Bob"]);
    let viewer = world.connect_viewer("r", "mix");
    want(&mut world, bob, true);
    plans(&mut world, ada.at);
    decide(&mut world, ada, json!({"mix": "never"}));
    assert_eq!(mixed(&last_plan(&mut world, ada.at)), ("off", &json!([])));
    assert!(!world.is_open(viewer));
    assert_eq!(find(&world, "r"), Err(NotFound::Unmixed));
    let late = world.connect_viewer("r", "mix");
    assert!(!world.is_open(late));
    decide(&mut world, ada, json!({"direct": "only"}));
    assert_eq!(find(&world, "r"), Err(NotFound::Unmixed), "the server sees no media there");
    decide(&mut world, ada, json!({}));
    assert_eq!(find(&world, "r"), Ok(()));
    assert_eq!(asked_of_mix(&mut world), ["Mix", "Leave", "Mix"], "what was chosen is remembered");
}

#[test]
fn so_many_rooms_are_mixed_at_a_time_and_who_wants_one_more_is_told_so() {
    let mut world = World::with(Limits { mixes: 1, ..Limits::default() });
    let [ada, bob] = &call(&mut world, ["Ada", "Bob"]);
    let (eve, _) = world.greet();
    world.ask(eve, json!({"type": "join", "room": "s", "name": "Eve"}));
    let in_s: ConnectionId = world.connect_viewer("s", "mix");
    assert_eq!(find(&world, "s"), Ok(()), "another viewer of what there is takes no room");
    assert_eq!(find(&world, "r"), Err(NotFound::Busy));
    let late = world.connect_viewer("r", "mix");
    assert!(!world.is_open(late));
    want(&mut world, bob, true);
    let plan = last_plan(&mut world, ada.at);
    assert_eq!((mixed(&plan), forwarded(&plan)), (("busy", &json!([])), vec![]));
    // As soon as there is room.
    world.disconnect(in_s);
    assert_eq!(asked_of_mix(&mut world), ["Mix", "Leave"]);
    world.pass_secs(1);
    assert_eq!(plans(&mut world, ada.at).last().unwrap()["mix"], "on");
}

#[test]
fn a_mix_that_is_too_much_ends_and_is_tried_again_after_a_minute() {
    let mut world = World::new();
    let members = call(&mut world, ["Ada", "Bob"]);
    let [ada, bob] = &members;
    let viewer = world.connect_viewer("r", "mix");
    want(&mut world, bob, true);
    plans(&mut world, ada.at);
    world.overload("r");
    assert_eq!(mixed(&last_plan(&mut world, ada.at)), ("busy", &json!([])));
    assert!(!world.is_open(viewer));
    assert_eq!(find(&world, "r"), Err(NotFound::Busy));
    let want_still = |world: &mut World, secs: u64| {
        for _ in 0..secs / 2 {
            world.pass_secs(2);
            members.iter().for_each(|member| world.say(member.at, json!({"type": "ping", "time": 1})));
            want(world, bob, true);
        }
    };
    want_still(&mut world, 56);
    assert!(plans(&mut world, ada.at).iter().all(|plan| plan["mix"] == "busy"));
    want_still(&mut world, 6);
    assert_eq!(plans(&mut world, ada.at).last().unwrap()["mix"], "on");
    assert_eq!(find(&world, "r"), Ok(()));
}
