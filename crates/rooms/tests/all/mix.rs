//! The mix of a room: when there is one, who receives it, and what whoever mixes is told.

use serde_json::{Value, json};
use visavis_protocol::{Limits, Recorded, RecordingPart, RoomName};
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
    assert_eq!(find(&world, "r"), Err(NotFound::NoMix));
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
fn decoders_that_do_not_keep_up_with_three_others_get_the_mix_for_two_minutes_at_least() {
    let mut world = World::new();
    let members = call(&mut world, ["Ada", "Bob", "Eve", "Joe"]);
    let [ada, bob, _, joe] = &members;
    let report = |world: &mut World, undecoded: f64| {
        world.pass_secs(2);
        for member in &members {
            world.say(member.at, json!({"type": "ping", "time": 1}));
        }
        world.ask(bob.at, json!({"type": "facts", "undecoded": undecoded}));
    };
    report(&mut world, 0.49);
    assert!(plans(&mut world, ada.at).iter().all(|plan| plan["mix"] == "off"));
    report(&mut world, 0.5);
    let receives = json!([{"participant": bob.id, "reason": "decoder"}]);
    assert_eq!(mixed(&last_plan(&mut world, ada.at)), ("on", &receives));
    (0..59).for_each(|_| report(&mut world, 0.0));
    assert!(plans(&mut world, ada.at).iter().all(|plan| plan["mixed"] == receives));
    (0..2).for_each(|_| report(&mut world, 0.0));
    assert_eq!(mixed(&last_plan(&mut world, ada.at)), ("off", &json!([])));
    // Two others are no reason.
    world.ask(joe.at, json!({"type": "leave"}));
    plans(&mut world, ada.at);
    report(&mut world, 1.0);
    assert!(plans(&mut world, ada.at).iter().all(|plan| plan["mix"] == "off"));
}

#[test]
fn who_is_reached_by_a_narrow_way_gets_the_mix_in_place_of_three_who_are_forwarded_for_two_minutes_at_least()
{
    let mut world = World::new();
    let members = call(&mut world, ["Ada", "Bob", "Eve", "Joe"]);
    let [ada, bob, ..] = &members;
    world.narrow("r", &bob.id, true);
    assert!(plans(&mut world, ada.at).iter().all(|plan| plan["mix"] == "off"), "nobody is forwarded");
    decide(&mut world, ada, json!({"direct": "never"}));
    let receives = json!([{"participant": bob.id, "reason": "downlink"}]);
    assert_eq!(mixed(&last_plan(&mut world, ada.at)), ("on", &receives));
    let pass = |world: &mut World, secs: u64| {
        for _ in 0..secs / 2 {
            world.pass_secs(2);
            for member in &members {
                world.ask(member.at, json!({"type": "facts"}));
            }
        }
    };
    pass(&mut world, 10);
    world.narrow("r", &bob.id, false);
    pass(&mut world, 106);
    assert!(plans(&mut world, ada.at).iter().all(|plan| plan["mixed"] == receives));
    pass(&mut world, 6);
    assert_eq!(mixed(&last_plan(&mut world, ada.at)), ("off", &json!([])));
    // Of another connection nothing is known.
    world.narrow("r", &bob.id, true);
    assert_eq!(mixed(&last_plan(&mut world, ada.at)), ("on", &receives));
    world.reach("r", &bob.id, false);
    world.reach("r", &bob.id, true);
    assert_eq!(mixed(&last_plan(&mut world, ada.at)), ("off", &json!([])));
    // Of whoever is not there neither.
    world.narrow("r", "nobody", true);
    world.narrow("elsewhere", &bob.id, true);
    assert_eq!(plans(&mut world, ada.at).len(), 0);
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
    assert_eq!(find(&world, "r"), Err(NotFound::NoMix));
    let late = world.connect_viewer("r", "mix");
    assert!(!world.is_open(late));
    decide(&mut world, ada, json!({"direct": "only"}));
    assert_eq!(find(&world, "r"), Err(NotFound::NoMix), "the server sees no media there");
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

/// What somebody was last told of recordings.
fn recordings(world: &mut World, member: &Member) -> Option<Value> {
    let heard = world.heard(member.at);
    heard
        .into_iter()
        .filter(|message| message["type"] == "recordings")
        .map(|it| it["items"].clone())
        .next_back()
}

fn record(world: &mut World, member: &Member, on: bool) {
    world.ask(member.at, json!({"type": "record", "on": on}));
}

fn ended(id: &Value, result: Option<(f64, u64)>, problem: Option<&str>) -> Recorded {
    Recorded { id: id.as_str().unwrap().to_owned(), result, problem: problem.map(str::to_owned) }
}

#[test]
fn a_host_has_the_room_recorded_everybody_sees_that_and_only_hosts_get_the_key() {
    let mut world = World::new();
    let members = call(&mut world, ["Ada", "Bob"]);
    let [ada, bob] = &members;
    record(&mut world, bob, true);
    assert_eq!(world.heard(bob.at)[0]["code"], "not-host");
    record(&mut world, ada, true);
    let plan = last_plan(&mut world, bob.at);
    assert_eq!((&plan["recording"], mixed(&plan)), (&json!(true), ("on", &json!([]))));
    assert_eq!(forwarded(&plan), those(&[ada, bob], "mixed"));
    let items = recordings(&mut world, ada).unwrap();
    assert_eq!((items.as_array().unwrap().len(), &items[0]["state"]), (1, &json!("running")));
    assert!(items[0]["key"].as_str().unwrap().len() == 26 && items[0]["key"] != items[0]["id"]);
    assert_eq!(asked_of_mix(&mut world), ["Mix"]);
    // Whoever is about to join is told before.
    let (at, _) = world.greet();
    world.ask(at, json!({"type": "peek", "room": "r"}));
    let room = world.heard(at).remove(0);
    assert_eq!((&room["recording"], &room["tracks"]), (&json!(true), &Value::Null));
    // A second time changes nothing.
    record(&mut world, ada, true);
    assert_eq!(recordings(&mut world, ada), None);
    record(&mut world, ada, false);
    assert_eq!(last_plan(&mut world, bob.at)["recording"], false);
    assert_eq!(asked_of_mix(&mut world), ["Leave"]);
    world.recorded("r", ended(&items[0]["id"], Some((61.5, 1000)), None));
    let items = recordings(&mut world, ada).unwrap();
    assert_eq!((&items[0]["state"], &items[0]["seconds"]), (&json!("done"), &json!(61.5)));
    assert_eq!(recordings(&mut world, bob), None);
    // Everybody is told where what each sends is kept as well.
    world.ask(ada.at, json!({"type": "record", "on": true, "tracks": true}));
    assert_eq!(last_plan(&mut world, bob.at)["tracks"], true);
    world.ask(at, json!({"type": "peek", "room": "r"}));
    assert_eq!(world.heard(at)[0]["tracks"], true);
    // A host who comes back has them still.
    world.disconnect(ada.at);
    let at = world.resume(&ada.secret, 0);
    assert!(world.heard(at).iter().any(|message| message["type"] == "recordings"));
}

#[test]
fn a_recording_that_fails_is_told_with_the_reason_and_ends() {
    let mut world = World::new();
    let [ada, bob] = &call(&mut world, ["Ada", "Bob"]);
    record(&mut world, ada, true);
    let id = recordings(&mut world, ada).unwrap()[0]["id"].clone();
    world.recorded("r", ended(&id, None, Some("no space is left")));
    assert_eq!(last_plan(&mut world, bob.at)["recording"], false);
    let items = recordings(&mut world, ada).unwrap();
    assert_eq!((&items[0]["state"], &items[0]["problem"]), (&json!("failed"), &json!("no space is left")));
    // Of a recording that is not known nothing is noted.
    world.recorded("r", ended(&json!("other"), None, None));
    assert_eq!(recordings(&mut world, ada).unwrap(), items);
}

#[test]
fn a_recording_ends_with_what_it_is_made_of() {
    let mut world = World::new();
    let members = call(&mut world, ["Ada", "Bob"]);
    let [ada, bob] = &members;
    record(&mut world, ada, true);
    decide(&mut world, ada, json!({"mix": "never"}));
    let plan = last_plan(&mut world, bob.at);
    assert_eq!((&plan["recording"], &plan["mix"]), (&json!(false), &json!("off")));
    // Why is told with what there is of it.
    let id = recordings(&mut world, ada).unwrap()[0]["id"].clone();
    world.recorded("r", ended(&id, Some((3.0, 1000)), None));
    let items = recordings(&mut world, ada).unwrap();
    let told = (&items[0]["state"], items[0]["problem"].as_str().unwrap());
    assert_eq!(told, (&json!("done"), "the policy of the room allows no mix any more"));
    record(&mut world, ada, true);
    assert_eq!(world.heard(ada.at).last().unwrap()["code"], "not-recorded");
    decide(&mut world, ada, json!({}));
    record(&mut world, ada, true);
    world.overload("r");
    assert_eq!(last_plan(&mut world, bob.at)["recording"], false);
    record(&mut world, ada, true);
    assert_eq!(world.heard(ada.at).last().unwrap()["code"], "busy");
    asked_of_mix(&mut world);
    world.pass_secs(120);
    let mut world = World::new();
    let [ada, bob] = &call(&mut world, ["Ada", "Bob"]);
    record(&mut world, ada, true);
    for member in [ada, bob] {
        world.ask(member.at, json!({"type": "leave"}));
    }
    assert_eq!(asked_of_mix(&mut world).last().unwrap(), "Leave", "nobody is there");
}

#[test]
fn a_server_that_records_nothing_says_so_and_of_many_recordings_the_last_are_remembered() {
    let mut world = World::with(Limits { records: false, ..Limits::default() });
    let [ada] = &call(&mut world, ["Ada"]);
    record(&mut world, ada, true);
    assert_eq!(world.heard(ada.at)[0]["code"], "not-recorded");
    let mut world = World::new();
    let [ada] = &call(&mut world, ["Ada"]);
    for _ in 0..40 {
        world.pass_secs(3);
        world.say(ada.at, json!({"type": "ping", "time": 1}));
        record(&mut world, ada, true);
        record(&mut world, ada, false);
    }
    assert_eq!(recordings(&mut world, ada).unwrap().as_array().unwrap().len(), 32);
}

#[test]
fn whoever_receives_the_mix_goes_on_with_it_while_only_the_signaling_is_lost() {
    let mut world = World::new();
    let [ada, bob] = &call(&mut world, ["Ada", "Bob"]);
    want(&mut world, bob, true);
    plans(&mut world, ada.at);
    asked_of_mix(&mut world);
    world.disconnect(bob.at);
    world.pass_secs(20);
    assert!(plans(&mut world, ada.at).iter().all(|plan| plan["mixed"][0]["participant"] == json!(bob.id)));
    assert_eq!(asked_of_mix(&mut world), [] as [String; 0]);
}

#[test]
fn a_recording_ends_when_nobody_is_there_who_could_end_it() {
    let mut world = World::new();
    let [ada] = &call(&mut world, ["Ada"]);
    let whip = world.connect_whip();
    world.ask(whip, json!({"type": "join", "room": "r", "name": "OBS", "state": {"camera": true}}));
    record(&mut world, ada, true);
    asked_of_mix(&mut world);
    world.ask(ada.at, json!({"type": "leave"}));
    assert_eq!(asked_of_mix(&mut world).last().unwrap(), "Leave");
}

fn part(number: usize, bytes: Option<u64>) -> RecordingPart {
    let (id, key) = (format!("part{number}"), format!("key{number}"));
    RecordingPart { id, key, name: "Ada".to_owned(), screen: false, bytes }
}

#[test]
fn what_each_person_sends_is_recorded_if_a_host_wants_that_and_hosts_are_told_of_it() {
    let mut world = World::new();
    let [ada, bob] = &call(&mut world, ["Ada", "Bob"]);
    world.ask(ada.at, json!({"type": "record", "on": true, "tracks": true}));
    let items = recordings(&mut world, ada).unwrap();
    let of = items[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(items[0].get("parts"), None);
    assert_eq!(asked_of_mix(&mut world), ["Mix with tracks"]);
    world.recorded_part("r", &of, part(1, None));
    world.recorded_part("r", &of, part(2, None));
    world.recorded_part("r", "another", part(3, None));
    world.recorded_part("r", &of, part(1, Some(1000)));
    // There was nothing in it.
    world.recorded_part("r", &of, part(2, Some(0)));
    let items = recordings(&mut world, ada).unwrap();
    let expected = json!([{"id": "part1", "key": "key1", "name": "Ada", "screen": false, "bytes": 1000}]);
    assert_eq!(items[0]["parts"], expected);
    assert_eq!(recordings(&mut world, bob), None);
}

#[test]
fn of_very_many_parts_those_of_the_oldest_recordings_are_forgotten() {
    let mut world = World::new();
    let [ada] = &call(&mut world, ["Ada"]);
    for _ in 0..2 {
        record(&mut world, ada, true);
        let id = recordings(&mut world, ada).unwrap().as_array().unwrap().last().unwrap()["id"].clone();
        for number in 0..100 {
            world.recorded_part("r", id.as_str().unwrap(), part(number, None));
        }
        record(&mut world, ada, false);
        world.recorded("r", ended(&id, Some((1.0, 1000)), None));
        world.pass_secs(3);
    }
    let items = recordings(&mut world, ada).unwrap();
    let count = |index: usize| items[index]["parts"].as_array().unwrap().len();
    assert_eq!((count(0), count(1)), (28, 100));
}
