//! Publishers change their paths: what is told to whom, and when.

use std::time::Duration;

use serde_json::{Value, json};
use visavis_protocol::{Limits, RoomName, ServerCosts};
use visavis_rooms::ConnectionId;

use crate::world::{Member, World, but, types};

/// Comes into a room whose paths are left open, and has a camera.
pub(crate) fn come(world: &mut World, name: &str) -> Member {
    let (at, id) = world.greet();
    world.ask(at, json!({"type": "join", "room": "r", "name": name, "state": {"camera": true}}));
    world.heard(at);
    Member { at, id, secret: world.secret(at) }
}

/// People who see each other, and whom the server reaches; with nothing left to read.
pub(crate) fn call<const N: usize>(world: &mut World, names: [&str; N]) -> [Member; N] {
    let members = names.map(|name| come(world, name));
    members.iter().for_each(|member| world.reach("r", &member.id, true));
    all_is_well(world, &members);
    members.iter().for_each(|member| drop(world.heard(member.at)));
    world.asked();
    members
}

/// Everybody reports that all legs are up.
pub(crate) fn all_is_well(world: &mut World, members: &[Member]) {
    for member in members {
        let others = members.iter().filter(|other| other.id != member.id);
        let legs: Vec<Value> =
            others.map(|other| json!({"participant": other.id, "state": "direct"})).collect();
        world.ask(member.at, json!({"type": "facts", "legs": legs}));
    }
}

/// Time passes, in which everybody goes on reporting that.
pub(crate) fn pass_well(world: &mut World, members: &[Member], secs: u64) {
    for _ in 0..secs {
        world.pass_secs(1);
        all_is_well(world, members);
        // As clients do, or the server would take them for dead.
        members.iter().for_each(|member| world.say(member.at, json!({"type": "ping", "time": 1})));
    }
}

/// The plans that somebody has heard of.
pub(crate) fn plans(world: &mut World, at: ConnectionId) -> Vec<Value> {
    let heard = world.heard(at);
    heard.into_iter().filter(|message| message["type"] == "plan").collect()
}

pub(crate) fn last_plan(world: &mut World, at: ConnectionId) -> Value {
    plans(world, at).pop().unwrap()
}

pub(crate) fn forwarded(plan: &Value) -> Vec<(String, String)> {
    let list = plan["forwarded"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut list: Vec<_> = list.map(|one| (text(&one["participant"]), text(&one["reason"]))).collect();
    list.sort();
    list
}

/// These, for this reason.
pub(crate) fn those(members: &[&Member], reason: &str) -> Vec<(String, String)> {
    let mut list: Vec<_> = members.iter().map(|member| (member.id.clone(), reason.to_owned())).collect();
    list.sort();
    list
}

/// Everybody says of every switch that is under way that it is ready.
pub(crate) fn all_are_ready(world: &mut World, members: &[Member], plan: &Value) {
    for switch in plan["switches"].as_array().unwrap() {
        for member in members.iter().filter(|member| switch["publisher"] != json!(member.id)) {
            world.ask(member.at, json!({"type": "switch-ready", "switch": switch["id"]}));
        }
    }
}

fn stall(world: &mut World, who: &Member, publisher: &Member) {
    world.ask(who.at, json!({"type": "stalled", "publisher": publisher.id}));
}

#[test]
fn who_comes_into_a_call_that_goes_directly_changes_no_plan() {
    let mut world = World::new();
    let ada = come(&mut world, "Ada");
    come(&mut world, "Bob");
    assert_eq!(types(&world.heard(ada.at)), ["participant-joined"]);
}

#[test]
fn a_room_that_grows_is_forwarded_once_the_server_reaches_everybody_and_goes_back_when_it_has_shrunk() {
    let mut world = World::new();
    let members = call(&mut world, ["Ada", "Bob", "Eve", "Mal"]);
    let newcomer = come(&mut world, "Tom");
    let plan = last_plan(&mut world, members[0].at);
    assert_eq!(forwarded(&plan), those(&[&newcomer], "room-size"), "who comes has nothing to lose");
    assert_eq!(plan["switches"], json!([]));
    world.asked();
    world.reach("r", &newcomer.id, true);
    let plan = last_plan(&mut world, newcomer.at);
    assert_eq!(
        forwarded(&plan),
        those(&[&newcomer], "room-size"),
        "the path is the old one until all are ready"
    );
    assert_eq!(plan["switches"].as_array().unwrap().len(), 4);
    let expected = json!({
        "publisher": members[0].id, "from": "direct", "to": "forward", "forced": false, "reason": "room-size",
    });
    let is_first = |switch: &&Value| switch["publisher"] == expected["publisher"];
    let first = plan["switches"].as_array().unwrap().iter().find(is_first).unwrap();
    assert_eq!(*first, but(expected, json!({"id": first["id"]})));
    assert_eq!(world.asked().len(), 4, "the forwarder is told what begins to be sent there");
    let everybody = [&members[..], std::slice::from_ref(&newcomer)].concat();
    all_are_ready(&mut world, &everybody, &plan);
    let plan = last_plan(&mut world, members[0].at);
    assert_eq!(plan["switches"], json!([]));
    assert_eq!(forwarded(&plan).len(), 5);
    assert_eq!(world.asked(), [""; 0], "it is live there all the time");

    pass_well(&mut world, &everybody, 6);
    assert_eq!(plans(&mut world, members[0].at), [] as [Value; 0]);
    world.ask(newcomer.at, json!({"type": "leave"}));
    pass_well(&mut world, &members, 4);
    let plan = last_plan(&mut world, members[0].at);
    assert!(
        forwarded(&plan).len() == 4 && plan["switches"] == json!([]),
        "it may be back in a moment: {plan}"
    );
    pass_well(&mut world, &members, 2);
    let plan = last_plan(&mut world, members[0].at);
    assert!(forwarded(&plan).len() == 4 && plan["switches"].as_array().unwrap().len() == 4, "{plan}");
    assert_eq!(plan["switches"][0]["reason"], "small");
    world.asked();
    all_are_ready(&mut world, &members, &plan);
    assert_eq!(forwarded(&last_plan(&mut world, members[0].at)), []);
    assert_eq!(world.asked().len(), 4, "the forwarder is told that nothing is sent there");
}

#[test]
fn a_leg_over_which_nothing_comes_forwards_both_its_ends_at_once() {
    let mut world = World::new();
    let members = call(&mut world, ["Ada", "Bob", "Eve"]);
    let [ada, bob, eve] = &members;
    stall(&mut world, ada, bob);
    let heard = plans(&mut world, eve.at);
    assert_eq!(heard.len(), 1, "what is decided together is told together: {heard:?}");
    let plan = &heard[0];
    assert_eq!(forwarded(plan), those(&[ada, bob], "leg-failed"), "the path counts from the beginning on");
    let switches = plan["switches"].as_array().unwrap();
    assert!(switches.len() == 2 && switches.iter().all(|switch| switch["forced"] == true), "{plan}");
    assert_eq!(world.asked().len(), 2);
    // Who is not ready in time goes on trying, and nothing is undone.
    world.ask(eve.at, json!({"type": "switch-ready", "switch": switches[0]["id"]}));
    world.pass_secs(8);
    let plan = last_plan(&mut world, eve.at);
    assert_eq!((forwarded(&plan), &plan["switches"]), (those(&[ada, bob], "leg-failed"), &json!([])));
    world.ask(eve.at, json!({"type": "costs", "room": "r"}));
    let costs = world.heard(eve.at).pop().unwrap();
    assert_eq!(costs["switches"][0]["outcome"], "committed");
    assert_eq!(costs["switches"][0]["late"].as_array().unwrap().len(), 1);
    // The leg may have come back: it is tried again after half a minute.
    pass_well(&mut world, &members, 25);
    let plan = last_plan(&mut world, eve.at);
    assert_eq!(plan["switches"].as_array().unwrap().len(), 2, "{plan}");
    all_are_ready(&mut world, &members, &plan);
    assert_eq!(forwarded(&last_plan(&mut world, eve.at)), []);
}

#[test]
fn what_is_by_choice_and_not_ready_in_time_is_undone_and_not_tried_again_for_two_minutes_or_before_somebody_comes()
 {
    let mut world = World::new();
    let members = call(&mut world, ["Ada", "Bob", "Eve"]);
    let [ada, bob, eve] = &members;
    world.ask(ada.at, json!({"type": "state", "state": {"screen": true}}));
    let plan = last_plan(&mut world, bob.at);
    assert_eq!(plan["switches"][0]["reason"], "screen");
    world.ask(bob.at, json!({"type": "switch-ready", "switch": 1}));
    assert_eq!(plans(&mut world, bob.at), [] as [Value; 0], "Eve is waited for");
    world.asked();
    pass_well(&mut world, &members, 8);
    let plan = last_plan(&mut world, bob.at);
    let back = &plan["switches"][0];
    assert_eq!((forwarded(&plan), &back["to"], &back["forced"]), (vec![], &json!("direct"), &json!(true)));
    assert!(world.asked().is_empty(), "it is forwarded until Bob has gone back");
    world.ask(eve.at, json!({"type": "switch-ready", "switch": 2}));
    world.ask(bob.at, json!({"type": "switch-ready", "switch": 2}));
    assert_eq!(last_plan(&mut world, bob.at)["switches"], json!([]));
    assert_eq!(world.asked().len(), 1);
    pass_well(&mut world, &members, 110);
    assert_eq!(plans(&mut world, bob.at), [] as [Value; 0]);
    pass_well(&mut world, &members, 15);
    assert_eq!(plans(&mut world, bob.at)[0]["switches"][0]["id"], 3);
    pass_well(&mut world, &members, 20);
    world.ask(eve.at, json!({"type": "costs", "room": "r"}));
    let costs = world.heard(eve.at).pop().unwrap();
    assert_eq!(
        (&costs["switches"][0]["outcome"], &costs["switches"][0]["late"]),
        (&json!("undone"), &json!([eve.id]))
    );
    let tom = come(&mut world, "Tom");
    world.reach("r", &tom.id, true);
    assert_eq!(last_plan(&mut world, bob.at)["switches"][0]["id"], 5);
}

#[test]
fn who_says_ready_and_is_not_ends_nobody_elses_wait_and_is_in_the_log_as_one_who_was() {
    let mut world = World::new();
    let members = call(&mut world, ["Ada", "Bob", "Eve"]);
    let [ada, bob, eve] = &members;
    world.ask(ada.at, json!({"type": "state", "state": {"screen": true}}));
    world.ask(bob.at, json!({"type": "switch-ready", "switch": 1}));
    world.heard(eve.at);
    world.ask(bob.at, json!({"type": "switch-ready", "switch": 1}));
    assert_eq!(plans(&mut world, eve.at), [] as [Value; 0], "Eve is waited for all the same");
    world.ask(eve.at, json!({"type": "switch-ready", "switch": 1}));
    assert_eq!(forwarded(&last_plan(&mut world, eve.at)), those(&[ada], "screen"));
    world.ask(eve.at, json!({"type": "costs", "room": "r"}));
    let costs = world.heard(eve.at).pop().unwrap();
    assert_eq!(
        (&costs["switches"][0]["outcome"], &costs["switches"][0]["late"]),
        (&json!("committed"), &json!([]))
    );
}

#[test]
fn who_leaves_or_is_lost_is_not_waited_for() {
    for is_lost in [false, true] {
        let mut world = World::new();
        let members = call(&mut world, ["Ada", "Bob", "Eve"]);
        let [ada, bob, eve] = &members;
        world.ask(ada.at, json!({"type": "state", "state": {"screen": true}}));
        world.ask(bob.at, json!({"type": "switch-ready", "switch": 1}));
        world.heard(bob.at);
        if is_lost {
            world.disconnect(eve.at);
        } else {
            world.ask(eve.at, json!({"type": "leave"}));
        }
        let plan = last_plan(&mut world, bob.at);
        assert_eq!((forwarded(&plan), &plan["switches"]), (those(&[ada], "screen"), &json!([])));
    }
}

#[test]
fn whoever_cannot_reach_the_server_is_said_to_and_goes_on_directly() {
    let mut world = World::new();
    let members = call(&mut world, ["Ada", "Bob", "Eve"]);
    let [ada, bob, eve] = &members;
    world.reach("r", &eve.id, false);
    pass_well(&mut world, &members, 11);
    assert_eq!(plans(&mut world, bob.at), [] as [Value; 0]);
    pass_well(&mut world, &members, 2);
    let plan = last_plan(&mut world, bob.at);
    assert_eq!((&plan["unreached"], forwarded(&plan)), (&json!([eve.id]), vec![]));
    // The others change their paths without it, and it does not.
    for who in [ada, eve] {
        world.ask(who.at, json!({"type": "state", "state": {"screen": true}}));
    }
    let plan = last_plan(&mut world, bob.at);
    assert_eq!(plan["switches"].as_array().unwrap().len(), 1);
    world.ask(bob.at, json!({"type": "switch-ready", "switch": 1}));
    assert_eq!(forwarded(&last_plan(&mut world, bob.at)), those(&[ada], "screen"));
    world.reach("r", &eve.id, true);
    let plan = last_plan(&mut world, bob.at);
    assert_eq!(plan["unreached"], json!([]));
    assert_eq!(plan["switches"][0]["publisher"], json!(eve.id), "now it can");
}

#[test]
fn a_host_decides_and_everybody_is_forwarded_at_once_or_never() {
    let mut world = World::new();
    let members = call(&mut world, ["Ada", "Bob"]);
    let [ada, bob] = &members;
    let never = json!({"type": "policy", "policy": {"direct": "never"}});
    world.ask(bob.at, never.clone());
    assert_eq!(world.heard(bob.at)[0]["code"], "not-host");
    world.ask(ada.at, never);
    let heard = world.heard(bob.at);
    assert_eq!(types(&heard), ["plan", "joined"], "with a secret that says so");
    assert_eq!(heard[0]["policy"]["direct"], "never");
    assert_eq!((forwarded(&heard[0]), &heard[0]["legs"]), (those(&[ada, bob], "policy"), &json!(true)));
    all_are_ready(&mut world, &members, &heard[0]);
    assert_eq!(last_plan(&mut world, bob.at)["legs"], false, "nobody's address is of use any more");
    let restarted = {
        let secret = world.secret(bob.at);
        world.restart();
        let at = world.resume(&secret, 0);
        world.heard(at)[1]["plan"].clone()
    };
    assert_eq!(restarted["policy"]["direct"], "never");

    let mut world = World::new();
    let members = call(&mut world, ["Ada", "Bob"]);
    stall(&mut world, &members[0], &members[1]);
    world.ask(members[0].at, json!({"type": "policy", "policy": {"direct": "only"}}));
    let plan = last_plan(&mut world, members[1].at);
    assert_eq!((forwarded(&plan), &plan["standby"]), (vec![], &json!(true)), "until all have changed over");
    world.asked();
    world.pass_secs(8);
    assert_eq!(last_plan(&mut world, members[1].at)["standby"], false);
    let mut expected = members.map(|member| format!("{} Leave", member.id));
    let mut asked = world.asked();
    asked.sort();
    expected.sort();
    assert_eq!(asked, expected, "and the server has nothing to do with it any more");
}

#[test]
fn a_policy_that_would_shut_somebody_out_is_refused_and_so_are_too_many() {
    let mut world = World::new();
    let ada = come(&mut world, "Ada");
    let set = |world: &mut World, direct: &str| {
        world.ask(ada.at, json!({"type": "policy", "policy": {"direct": direct}}));
        world
            .heard(ada.at)
            .into_iter()
            .find(|heard| heard["type"] == "error")
            .map(|error| error["code"].clone())
    };
    let classic = world.connect_classic("c1");
    world.ask(classic, json!({"type": "join", "room": "r", "name": "Old"}));
    assert_eq!(set(&mut world, "never"), Some(json!("invalid")));
    assert_eq!(set(&mut world, "only"), None);
    assert_eq!(set(&mut world, "auto"), None);
    let whip = world.connect_whip();
    world.ask(whip, json!({"type": "join", "room": "r", "name": "OBS"}));
    assert_eq!(set(&mut world, "only"), Some(json!("invalid")));
    world.disconnect(whip);
    for direct in ["only", "auto", "only"] {
        assert_eq!(set(&mut world, direct), None);
    }
    assert_eq!(set(&mut world, "auto"), Some(json!("busy")));
    let (stranger, _) = world.greet();
    world.ask(stranger, json!({"type": "policy", "policy": {}}));
    assert_eq!(world.heard(stranger)[0]["code"], "not-joined");
}

#[test]
fn whom_somebody_watches_is_forwarded_for_as_long_as_that_and_never_where_the_host_forbids() {
    let mut world = World::new();
    let members = call(&mut world, ["Ada", "Bob"]);
    let [ada, bob] = &members;
    let viewer = world.connect_viewer("r", &ada.id);
    let plan = last_plan(&mut world, bob.at);
    assert_eq!(forwarded(&plan), those(&[ada], "watched"));
    all_are_ready(&mut world, &members, &plan);
    pass_well(&mut world, &members, 6);
    world.heard(bob.at);
    world.disconnect(viewer);
    let plan = last_plan(&mut world, bob.at);
    assert_eq!(plan["switches"][0]["to"], "direct");
    all_are_ready(&mut world, &members, &plan);
    let viewer = world.connect_viewer("r", &ada.id);
    world.ask(ada.at, json!({"type": "policy", "policy": {"direct": "only"}}));
    assert!(!world.is_open(viewer));
    let late = world.connect_viewer("r", &ada.id);
    assert!(!world.is_open(late));
}

#[test]
fn what_is_stalled_is_somebody_elses_direct_media_and_not_said_too_often() {
    let mut world = World::new();
    let members = call(&mut world, ["Ada", "Bob"]);
    let [ada, bob] = &members;
    let code = |world: &mut World, publisher: &str| {
        world.ask(ada.at, json!({"type": "stalled", "publisher": publisher}));
        world.heard(ada.at).into_iter().find_map(|heard| heard.get("code").cloned())
    };
    let classic = world.connect_classic("c1");
    world.ask(classic, json!({"type": "join", "room": "r", "name": "Old"}));
    for publisher in ["nobody", "c1", &ada.id] {
        assert_eq!(code(&mut world, publisher), Some(json!("unknown-participant")), "{publisher}");
    }
    for _ in 0..world.limits.reports {
        assert_eq!(code(&mut world, &bob.id), None);
    }
    assert_eq!(code(&mut world, &bob.id), Some(json!("busy")));
    world.pass(world.limits.report_every);
    assert_eq!(code(&mut world, &bob.id), None);
}

#[test]
fn facts_that_come_too_often_are_looked_at_later() {
    let mut world = World::new();
    let [ada, bob, _] = call(&mut world, ["Ada", "Bob", "Eve"]);
    let busy = json!({"type": "facts", "limited": "cpu"});
    let idle = json!({"type": "facts", "limited": "none"});
    for _ in 0..world.limits.looks {
        world.ask(ada.at, idle.clone());
    }
    world.ask(ada.at, busy);
    assert_eq!(plans(&mut world, bob.at), [] as [Value; 0]);
    world.pass(world.limits.look_every);
    world.ask(ada.at, idle.clone());
    assert_eq!(plans(&mut world, bob.at), [] as [Value; 0]);
    world.pass(world.limits.look_every);
    world.ask(ada.at, json!({"type": "facts", "limited": "cpu"}));
    assert_eq!(last_plan(&mut world, bob.at)["switches"][0]["reason"], "cpu");
}

#[test]
fn a_switch_is_the_business_of_those_who_take_the_publisher() {
    let mut world = World::new();
    let members = call(&mut world, ["Ada", "Bob", "Eve"]);
    let [ada, bob, eve] = &members;
    world.ask(ada.at, json!({"type": "state", "state": {"screen": true}}));
    let tom = come(&mut world, "Tom");
    let code = |world: &mut World, who: &Member, message: Value| {
        world.ask(who.at, message);
        world.heard(who.at).into_iter().find_map(|heard| heard.get("code").cloned())
    };
    let ready = |switch: u64| json!({"type": "switch-ready", "switch": switch});
    let gap = |switch: u64| json!({"type": "switch-gap", "switch": switch, "picture": 40.2, "sound": 0});
    let unknown = Some(json!("unknown-switch"));
    assert_eq!(code(&mut world, ada, ready(1)), unknown, "its own");
    assert_eq!(code(&mut world, &tom, ready(1)), unknown, "nobody waits for who came later");
    assert_eq!(code(&mut world, bob, ready(2)), unknown);
    assert_eq!(code(&mut world, bob, ready(1)), None);
    assert_eq!(code(&mut world, bob, ready(1)), unknown);
    assert_eq!(code(&mut world, eve, gap(1)), None);
    assert_eq!(code(&mut world, eve, gap(1)), unknown);
    assert_eq!(code(&mut world, ada, gap(1)), unknown);
    world.ask(bob.at, json!({"type": "costs", "room": "r"}));
    let costs = world.heard(bob.at).pop().unwrap();
    assert_eq!(costs["switches"][0]["outcome"], "open");
    assert_eq!(costs["switches"][0]["gaps"], json!([{"participant": eve.id, "picture": 40.0, "sound": 0.0}]));
    let switched = world.rooms.counts().switched;
    assert_eq!((switched.picture.count, switched.sound.count), (1, 1));
    assert_eq!((switched.picture.counts[3], switched.sound.counts[0]), (1, 1));
}

#[test]
fn costs_are_what_everybody_and_the_forwarder_say() {
    let mut world = World::new();
    let [ada, bob] = call(&mut world, ["Ada", "Bob"]);
    world.ask(bob.at, json!({"type": "costs", "room": "nowhere"}));
    let nowhere = json!({
        "type": "costs", "seq": 3, "re": 3, "room": "nowhere", "plan": null, "participants": [], "switches": [],
        "server": {"packets_in": 0, "packets_out": 0, "bitrate_in": 0, "bitrate_out": 0, "cpu": 0.0, "mix": 0.0},
    });
    let heard = world.heard(bob.at).pop().unwrap();
    assert_eq!(heard, but(nowhere, json!({"seq": heard["seq"], "re": heard["re"]})));
    let figures =
        ServerCosts { packets_in: 1, packets_out: 2, bitrate_in: 3, bitrate_out: 4, cpu: 0.5, mix: 0.25 };
    world.rooms.handle_figures(&RoomName::new("r").unwrap(), figures);
    world.ask(ada.at, json!({"type": "facts", "uplink": 7, "up": 6, "encoders": 1, "rtt": 12.5}));
    world.ask(bob.at, json!({"type": "costs", "room": "r"}));
    let costs = world.heard(bob.at).pop().unwrap();
    assert_eq!(
        costs["server"],
        json!({"packets_in": 1, "packets_out": 2, "bitrate_in": 3, "bitrate_out": 4, "cpu": 0.5, "mix": 0.25})
    );
    assert_eq!(costs["plan"]["version"], 1);
    let participant = json!({
        "participant": ada.id, "name": "Ada", "kind": "native", "path": "direct", "standby": true, "uplink": 7,
        "up": 6, "down": null, "encoders": 1, "decoders": null, "rtt": 12.5,
    });
    assert_eq!(costs["participants"][0], participant);
    // Facts are of no use when they are old.
    world.pass(Duration::from_millis(10_001));
    world.ask(bob.at, json!({"type": "costs", "room": "r"}));
    assert_eq!(world.heard(bob.at).pop().unwrap()["participants"][0]["uplink"], Value::Null);
}

#[test]
fn an_answer_with_every_switch_there_can_be_is_no_longer_than_others() {
    let mut world = World::new();
    let members: Vec<Member> =
        (0..50).map(|_| come(&mut world, &"\u{2}\u{2}".replace('\u{2}', "\\"))).collect();
    members.iter().for_each(|member| world.reach("r", &member.id, true));
    for round in 1..=32 {
        let viewer = world.connect_viewer("r", &members[0].id);
        for member in &members[1..] {
            world
                .ask(member.at, json!({"type": "switch-gap", "switch": round, "picture": 3e6, "sound": 3e6}));
            world.heard(member.at);
        }
        world.disconnect(viewer);
    }
    // The world holds every frame against its bound.
    world.ask(members[1].at, json!({"type": "costs", "room": "r"}));
    assert_eq!(world.heard(members[1].at).pop().unwrap()["type"], "costs");
}

#[test]
fn a_quiet_room_is_looked_at_no_more() {
    for direct in ["auto", "never", "only"] {
        let mut world = World::with(Limits { silence: Duration::from_secs(3600), ..Limits::default() });
        let members = call(&mut world, ["Ada", "Bob"]);
        world.ask(members[0].at, json!({"type": "policy", "policy": {"direct": direct}}));
        // Past the deadlines of `hello`, and of a switch that nobody is ready for.
        pass_well(&mut world, &members, 12);
        let quiet = world.rooms.poll_timeout().unwrap() - world.now;
        assert!(quiet > Duration::from_secs(3000), "{direct}: {quiet:?}");
    }
}

#[test]
fn paths_outlive_the_server_where_the_host_has_left_them_open() {
    let mut world = World::new();
    let [ada, bob] = call(&mut world, ["Ada", "Bob"]);
    world.restart();
    let back = |world: &mut World, who: &Member, path: &str| {
        let at = world.connect();
        let hello =
            json!({"type": "hello", "protocol": 1, "client": "x", "resume": who.secret, "path": path});
        world.say(at, hello);
        (at, world.heard(at)[1]["plan"].clone())
    };
    let (at, plan) = back(&mut world, &ada, "forward");
    // Those who were connected to each other before are to stay so.
    assert_eq!((forwarded(&plan), &plan["legs"]), (those(&[&ada], "room-size"), &json!(true)));
    let (_, plan) = back(&mut world, &bob, "direct");
    assert_eq!((forwarded(&plan), &plan["legs"]), (those(&[&ada], "room-size"), &json!(true)));
    assert_eq!(types(&world.heard(at)), ["participant-joined"]);
}

#[test]
fn who_is_direct_sends_nothing_to_the_forwarder_as_far_as_that_is_told() {
    let mut world = World::new();
    let members = call(&mut world, ["Ada", "Bob"]);
    let [ada, bob] = &members;
    let description = json!({"type": "offer", "sdp": "v=0"});
    world.ask(ada.at, json!({"type": "forward", "connection": 1, "description": description, "sources": {}}));
    world.ask(ada.at, json!({"type": "state", "state": {"mic": true}}));
    assert_eq!(world.asked(), [format!("{} Offer", ada.id)]);
    stall(&mut world, ada, bob);
    let mut live = [ada, bob].map(|who| format!("{} State", who.id));
    assert_eq!(world.asked(), live);
    let plan = last_plan(&mut world, bob.at);
    all_are_ready(&mut world, &members, &plan);
    pass_well(&mut world, &members, 31);
    let plan = last_plan(&mut world, bob.at);
    assert_eq!(world.asked(), [""; 0], "while it overlaps it is live there still");
    all_are_ready(&mut world, &members, &plan);
    live.sort();
    let mut asked = world.asked();
    asked.sort();
    assert_eq!(asked, live);
}
