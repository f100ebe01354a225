//! Another run of the server, with the same key.

use std::time::Duration;

use serde_json::{Value, json};
use visavis_protocol::Limits;

use crate::world::{Member, SOME, World, but, participant, quiet_plan, types};

/// Whether the secret still makes its bearer a participant of its room.
fn is_taken_back(world: &mut World, secret: &str) -> bool {
    let at = world.resume(secret, 1);
    let heard = world.heard(at);
    let back = heard[0]["room"] != Value::Null;
    assert_eq!(types(&heard)[..2], if back { ["welcome", "joined"] } else { ["welcome", "error"] });
    back
}

fn restarted<const N: usize>(names: [&str; N]) -> (World, [Member; N]) {
    let mut world = World::new();
    let members = world.enter_all("r", names);
    world.restart();
    (world, members)
}

#[test]
fn everyone_comes_back_with_id_name_and_rights() {
    let (mut world, [ada, bob]) = restarted(["Ada", "Bob"]);
    world.pass_secs(1);
    let bob_at = world.resume(&bob.secret, 1);
    let heard = world.heard(bob_at);
    assert_eq!(
        (&heard[0]["participant"], &heard[0]["room"], &heard[0]["resumed"], &heard[0]["last_id"]),
        (&json!(bob.id), &json!("r"), &json!(false), &json!(0))
    );
    let joined = |id: &str, host, settling, participants: Value| {
        json!({
            "type": "joined", "seq": 1, "room": "r", "participant": id, "resume": SOME, "host": host,
            "settling": settling, "plan": quiet_plan(), "participants": participants, "chat": [],
        })
    };
    assert_eq!(heard[1..], [joined(&bob.id, false, 119_000, json!([]))]);
    world.pass_secs(2);
    let ada_at = world.resume(&ada.secret, 2);
    let heard = world.heard(ada_at);
    assert_eq!(heard[1..], [joined(&ada.id, true, 117_000, json!([participant(&bob.id, "Bob")]))]);
    let host = but(participant(&ada.id, "Ada"), json!({"host": true}));
    let back = json!({"type": "participant-joined", "seq": 2, "participant": host});
    assert_eq!(world.heard(bob_at), [back]);
}

#[test]
fn a_host_who_came_back_first_stays_host_when_the_others_come() {
    let (mut world, [ada, bob]) = restarted(["Ada", "Bob"]);
    let ada_at = world.resume(&ada.secret, 1);
    assert_eq!(world.heard(ada_at)[1]["host"], true);
    world.resume(&bob.secret, 1);
    assert_eq!(types(&world.heard(ada_at)), ["participant-joined"]);
}

#[test]
fn a_host_key_of_before_opens_the_room_that_was_brought_back() {
    let (mut world, [ada]) = restarted(["Ada"]);
    let key = world.host_key(ada.at);
    assert!(is_taken_back(&mut world, &ada.secret));
    let (at, _) = world.greet();
    world.ask(at, json!({"type": "join", "room": "r", "name": "", "host_key": key}));
    assert_eq!(world.heard(at)[0]["host"], true);
}

#[test]
fn participants_are_taken_back_for_two_minutes() {
    let (mut world, [ada, bob]) = restarted(["Ada", "Bob"]);
    world.pass_secs(120);
    let at = world.resume(&ada.secret, 1);
    assert_eq!(world.heard(at)[1]["settling"], 0);
    world.pass(Duration::from_millis(1));
    assert!(!is_taken_back(&mut world, &bob.secret));
    let (at, _) = world.greet();
    world.ask(at, json!({"type": "join", "room": "r", "name": ""}));
    assert!(world.heard(at)[0].get("settling").is_none());
}

#[test]
fn a_secret_older_than_a_day_is_not_taken_after_a_restart() {
    for (age, taken) in [(24 * 3600, true), (24 * 3600 + 1, false)] {
        let mut world = World::new();
        let [ada] = world.enter_all("r", ["Ada"]);
        world.pass_secs(age);
        world.restart();
        assert_eq!(is_taken_back(&mut world, &ada.secret), taken);
    }
}

#[test]
fn a_stranger_who_made_the_room_first_is_no_host_once_its_people_return() {
    let (mut world, [ada]) = restarted(["Ada"]);
    let [eve] = world.enter_all("r", ["Eve"]);
    let key = world.host_key(eve.at);
    let mal = world.enter("r", "Mal");
    world.heard(eve.at);
    let back = world.resume(&ada.secret, 1);
    assert_eq!(world.heard(back)[1]["host"], true);
    let heard = world.heard(eve.at);
    assert_eq!(types(&heard), ["joined", "participant-joined"]);
    assert_eq!(
        (&heard[0]["host"], heard[0].get("re"), heard[0].get("host_key")),
        (&json!(false), None, None)
    );
    let demoted =
        json!({"type": "participant-changed", "seq": 2, "participant": participant(&eve.id, "Eve")});
    assert_eq!(world.heard(mal.at)[0], demoted);
    let (at, _) = world.greet();
    world.ask(at, json!({"type": "join", "room": "r", "name": "", "host_key": key}));
    assert_eq!(world.heard(at)[0]["code"], "host-key-refused", "the stranger's key went with the right");
    let again = world.resume(&eve.secret, 99);
    assert_eq!(world.heard(again)[1]["host"], false, "a secret of before does not bring the right back");
}

#[test]
fn a_secret_of_an_ended_life_does_not_open_the_room_that_was_brought_back() {
    let mut world = World::new();
    let [old] = world.enter_all("r", ["Old"]);
    world.disconnect(old.at);
    world.pass_secs(60);
    let [ada] = world.enter_all("r", ["Ada"]);
    world.restart();
    assert!(is_taken_back(&mut world, &ada.secret));
    assert!(!is_taken_back(&mut world, &old.secret));
}

/// Two lives of one room, both before a restart: Old made the first one, Ada and Bob were in the last one.
fn two_lives() -> (World, Member, [Member; 2]) {
    let mut world = World::new();
    let [old] = world.enter_all("r", ["Old"]);
    world.ask(old.at, json!({"type": "leave"}));
    world.pass_secs(30);
    let last = world.enter_all("r", ["Ada", "Bob"]);
    world.restart();
    (world, old, last)
}

#[test]
fn the_last_life_replaces_an_earlier_one_that_was_brought_back_first() {
    let (mut world, old, [ada, bob]) = two_lives();
    let old_at = world.resume(&old.secret, 1);
    assert_eq!(world.heard(old_at)[1]["host"], true, "who of the last life is still there, nobody knows yet");
    let key = world.host_key(old.at);
    let bob_at = world.resume(&bob.secret, 1);
    let plain = participant(&old.id, "Old");
    assert_eq!(world.heard(bob_at)[1]["participants"], json!([plain]));
    let heard = world.heard(old_at);
    assert_eq!(types(&heard), ["joined", "participant-joined"]);
    assert_eq!((&heard[0]["host"], heard[0].get("re")), (&json!(false), None));
    let ada_at = world.resume(&ada.secret, 1);
    assert_eq!(world.heard(ada_at)[1]["host"], true);
    let (at, _) = world.greet();
    world.ask(at, json!({"type": "join", "room": "r", "name": "", "host_key": key}));
    assert_eq!(world.heard(at)[0]["code"], "host-key-refused");
}

#[test]
fn an_earlier_life_does_not_replace_the_last_one() {
    let (mut world, old, [ada, _bob]) = two_lives();
    assert!(is_taken_back(&mut world, &ada.secret));
    assert!(!is_taken_back(&mut world, &old.secret));
}

#[test]
fn whoever_of_an_earlier_life_was_replaced_is_no_host_after_another_restart_either() {
    let (mut world, old, [ada, bob]) = two_lives();
    let old_at = world.resume(&old.secret, 1);
    world.heard(old_at);
    let as_host = world.secret(old_at);
    let bob_at = world.resume(&bob.secret, 1);
    world.heard(old_at);
    world.heard(bob_at);
    let (plain, bobs) = (world.secret(old_at), world.secret(bob_at));
    world.restart();
    assert!(is_taken_back(&mut world, &bobs));
    assert!(!is_taken_back(&mut world, &as_host));
    let at = world.resume(&plain, 1);
    assert_eq!(world.heard(at)[1]["host"], false, "its newest secret is one of the room that it is in");
    let ada_at = world.resume(&ada.secret, 1);
    assert_eq!(world.heard(ada_at)[1]["host"], true, "a secret of two runs ago, and of the same life");
}

#[test]
fn a_stranger_who_lost_a_room_to_its_people_does_not_win_it_at_the_next_restart() {
    let (mut world, [ada]) = restarted(["Ada"]);
    let [eve, mal] = world.enter_all("r", ["Eve", "Mal"]);
    let ada_at = world.resume(&ada.secret, 1);
    for at in [ada_at, mal.at] {
        world.heard(at);
    }
    let (adas, mals) = (world.secret(ada_at), world.secret(mal.at));
    world.restart();
    let eve_at = world.resume(&eve.secret, 1);
    assert_eq!(world.heard(eve_at)[1]["host"], true, "until somebody comes who knows better");
    let ada_at = world.resume(&adas, 1);
    assert_eq!(world.heard(ada_at)[1]["host"], true);
    assert_eq!(world.heard(eve_at)[0]["host"], false);
    assert!(is_taken_back(&mut world, &mals));
}

#[test]
fn whoever_left_after_coming_back_is_not_taken_back_again() {
    let (mut world, [ada, bob]) = restarted(["Ada", "Bob"]);
    let ada_at = world.resume(&ada.secret, 1);
    world.say(ada_at, json!({"type": "leave", "id": 1}));
    assert!(!is_taken_back(&mut world, &ada.secret));
    let bob_at = world.resume(&bob.secret, 1);
    world.disconnect(bob_at);
    world.pass_secs(30);
    assert!(!is_taken_back(&mut world, &bob.secret));
}

#[test]
fn a_full_picture_that_never_arrived_after_a_restart_is_sent_again() {
    let (mut world, [ada]) = restarted(["Ada"]);
    let unlucky = world.resume(&ada.secret, 1);
    world.ask(unlucky, json!({"type": "chat", "text": "two"}));
    world.disconnect(unlucky);
    let again = world.resume(&ada.secret, 1);
    let heard = world.heard(again);
    assert_eq!(types(&heard), ["welcome", "joined"], "last_seq counts the messages of the run before");
    assert_eq!((&heard[1]["seq"], &heard[1]["participant"]), (&json!(1), &json!(ada.id)));
}

#[test]
fn a_second_restart_is_survived_as_well() {
    let (mut world, [ada]) = restarted(["Ada"]);
    let at = world.resume(&ada.secret, 1);
    world.heard(at);
    let secret = world.secret(at);
    world.restart();
    assert!(is_taken_back(&mut world, &secret));
}

#[test]
fn coming_back_after_a_restart_keeps_within_the_bounds() {
    let names = ["Ada", "Bob"];
    for (limits, code) in [
        (Limits { room_participants: 2, ..Limits::default() }, "room-full"),
        (Limits { rooms: 1, ..Limits::default() }, "too-many-rooms"),
    ] {
        let mut world = World::with(limits);
        let [ada, _bob] = world.enter_all("r", names);
        world.restart();
        world.enter_all(if code == "room-full" { "r" } else { "s" }, names);
        assert!(!is_taken_back(&mut world, &ada.secret));
        let (at, _) = world.greet();
        world.ask(at, json!({"type": "join", "room": "r", "name": "Ada"}));
        assert_eq!(world.heard(at)[0]["code"], code);
    }
    let mut world = World::with(Limits { sessions: 2, ..Limits::default() });
    let [ada, bob] = world.enter_all("r", names);
    world.restart();
    let [eve, mal] = world.enter_all("s", ["Eve", "Mal"]);
    world.disconnect(eve.at);
    world.disconnect(mal.at);
    for secret in [&ada.secret, &bob.secret] {
        let at = world.resume(secret, 1);
        assert_eq!(world.heard(at), [json!({"close": 1013})]);
    }
}

#[test]
fn as_many_are_taken_back_as_the_server_has_sessions_and_no_more_one_after_the_other() {
    let mut world = World::with(Limits { sessions: 2, ..Limits::default() });
    let members = ["Ada", "Bob", "Cyd"].map(|name| {
        let member = world.enter("r", name);
        world.disconnect(member.at);
        world.pass_secs(30);
        member
    });
    world.restart();
    let taken = members.map(|member| {
        let at = world.resume(&member.secret, 1);
        let back = world.heard(at)[0]["room"] != Value::Null;
        world.ask(at, json!({"type": "leave"}));
        world.disconnect(at);
        back
    });
    assert_eq!(taken, [true, true, false]);
}
