//! Descriptions, candidates and states.

use serde_json::{Value, json};

use crate::world::{World, but, error, participant};

const NOTHING: [Value; 0] = [];

fn offer() -> Value {
    json!({"type": "offer", "sdp": "v=0\r\n", "extra": "kept"})
}

fn candidate(number: usize) -> Value {
    json!({"candidate": format!("candidate:{number}"), "sdpMid": "0"})
}

#[test]
fn a_description_is_relayed_as_it_was_sent_to_nobody_else() {
    let mut world = World::new();
    let [ada, bob, cyd] = world.enter_all("r", ["Ada", "Bob", "Cyd"]);
    for (seq, description) in (3..).zip([
        offer(),
        json!({"type": "answer", "sdp": ""}),
        json!({"type": "pranswer", "sdp": "x"}),
        json!({"type": "rollback"}),
    ]) {
        world.ask(ada.at, json!({"type": "description", "to": bob.id, "description": description}));
        let relayed = json!({"type": "description", "seq": seq, "from": ada.id, "description": description});
        assert_eq!(world.heard(bob.at), [relayed]);
    }
    assert_eq!(world.heard(ada.at), NOTHING);
    assert_eq!(world.heard(cyd.at), NOTHING);
}

#[test]
fn a_candidate_never_overtakes_its_description() {
    let mut world = World::new();
    let [ada, bob, cyd] = world.enter_all("r", ["Ada", "Bob", "Cyd"]);
    world.ask(ada.at, json!({"type": "description", "to": cyd.id, "description": offer()}));
    world.ask(bob.at, json!({"type": "description", "to": cyd.id, "description": offer()}));
    world.ask(ada.at, json!({"type": "candidate", "to": cyd.id, "candidate": candidate(1)}));
    world.ask(bob.at, json!({"type": "candidate", "to": cyd.id, "candidate": candidate(2)}));
    world.ask(ada.at, json!({"type": "candidate", "to": cyd.id, "candidate": null}));
    assert_eq!(
        world.heard(cyd.at),
        [
            json!({"type": "description", "seq": 2, "from": ada.id, "description": offer()}),
            json!({"type": "description", "seq": 3, "from": bob.id, "description": offer()}),
            json!({"type": "candidate", "seq": 4, "from": ada.id, "candidate": candidate(1)}),
            json!({"type": "candidate", "seq": 5, "from": bob.id, "candidate": candidate(2)}),
            json!({"type": "candidate", "seq": 6, "from": ada.id, "candidate": null}),
        ]
    );
}

#[test]
fn nothing_is_relayed_to_oneself_to_another_room_or_to_nobody() {
    let mut world = World::new();
    let [ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    let [eve] = world.enter_all("s", ["Eve"]);
    let (outside, outside_id) = world.greet();
    let mut seq = 2;
    for to in [&*ada.id, &eve.id, &outside_id, "nobody"] {
        for message in [
            json!({"type": "description", "to": to, "description": offer()}),
            json!({"type": "candidate", "to": to, "candidate": candidate(1)}),
        ] {
            seq += 1;
            let re = world.ask(ada.at, message);
            assert_eq!(world.heard(ada.at), [error(seq, "unknown-participant", Some(re))], "{to}");
        }
    }
    for at in [bob.at, eve.at, outside] {
        assert_eq!(world.heard(at), NOTHING);
    }
}

#[test]
fn nothing_is_relayed_to_somebody_who_left() {
    let mut world = World::new();
    let [ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    world.ask(bob.at, json!({"type": "leave"}));
    let re = world.ask(ada.at, json!({"type": "candidate", "to": bob.id, "candidate": null}));
    assert_eq!(world.heard(ada.at)[1..], [error(4, "unknown-participant", Some(re))]);
    assert_eq!(world.heard(bob.at).len(), 1);
}

#[test]
fn the_51st_candidate_after_a_description_is_refused_until_the_next_description() {
    let mut world = World::new();
    let [ada, bob, cyd] = world.enter_all("r", ["Ada", "Bob", "Cyd"]);
    let trickle = |to: &str| json!({"type": "candidate", "to": to, "candidate": candidate(1)});
    world.ask_often(50, ada.at, &trickle(&bob.id));
    assert_eq!(world.heard(ada.at), NOTHING);
    let re = world.ask(ada.at, trickle(&bob.id));
    assert_eq!(world.heard(ada.at), [error(4, "too-many-candidates", Some(re))]);
    world.ask(ada.at, json!({"type": "description", "to": cyd.id, "description": offer()}));
    world.ask(bob.at, json!({"type": "description", "to": ada.id, "description": offer()}));
    let re = world.ask(ada.at, trickle(&bob.id));
    let refused = error(6, "too-many-candidates", Some(re));
    assert_eq!(world.heard(ada.at)[1..], [refused], "other descriptions change nothing");
    assert_eq!(world.heard(bob.at).len(), 50);
    world.ask(ada.at, json!({"type": "description", "to": bob.id, "description": offer()}));
    world.ask_often(50, ada.at, &trickle(&bob.id));
    world.ask_often(50, ada.at, &trickle(&cyd.id));
    assert_eq!(
        world.heard(ada.at),
        NOTHING,
        "a description to Bob allows 50 more, and Cyd has a count of its own"
    );
}

#[test]
fn a_state_is_merged_into_the_one_before_and_only_a_change_is_told() {
    let mut world = World::new();
    let [ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    world.ask(bob.at, json!({"type": "state", "state": {"mic": true, "screen_audio": true}}));
    world.ask(bob.at, json!({"type": "state", "state": {"mic": true}}));
    world.ask(bob.at, json!({"type": "state", "state": {}}));
    world.ask(
        bob.at,
        json!({"type": "state", "state": {"mic": false, "camera": true, "screen": true, "hand": true}}),
    );
    let changed = |seq, state| {
        let participant = but(participant(&bob.id, "Bob"), json!({"state": state}));
        json!({"type": "participant-changed", "seq": seq, "participant": participant})
    };
    let state =
        |mic, rest| json!({"mic": mic, "camera": rest, "screen": rest, "screen_audio": true, "hand": rest});
    assert_eq!(world.heard(ada.at), [changed(3, state(true, false)), changed(4, state(false, true))]);
    assert_eq!(world.heard(bob.at), NOTHING, "it knows its own state");
    let cyd = world.connect();
    world.say(cyd, json!({"type": "hello", "protocol": 1, "client": "test"}));
    world.ask(cyd, json!({"type": "join", "room": "r", "name": "Cyd"}));
    assert_eq!(world.heard(cyd)[1]["participants"][1]["state"], state(false, true));
}

#[test]
fn candidates_to_somebody_who_left_and_came_again_are_counted_anew() {
    let mut world = World::new();
    let [ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    let last = json!({"type": "candidate", "to": bob.id, "candidate": null});
    world.ask_often(50, ada.at, &last);
    world.ask(bob.at, json!({"type": "leave"}));
    world.ask(bob.at, json!({"type": "join", "room": "r", "name": "Bob"}));
    world.heard(ada.at);
    world.ask_often(50, ada.at, &last);
    assert_eq!(world.heard(ada.at), NOTHING);
}
