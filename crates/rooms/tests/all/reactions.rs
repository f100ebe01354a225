//! Reactions, and looking into a room before joining it.

use serde_json::{Value, json};

use crate::world::World;

#[test]
fn a_reaction_goes_to_everyone_in_the_room_and_is_kept_nowhere() {
    let mut world = World::new();
    let [ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    let [eve] = world.enter_all("s", ["Eve"]);
    world.ask(ada.at, json!({"type": "react", "emoji": "👏"}));
    let reaction = |seq| json!({"type": "reaction", "seq": seq, "from": ada.id, "emoji": "👏"});
    assert_eq!(world.heard(ada.at), [reaction(3)]);
    assert_eq!(world.heard(bob.at), [reaction(2)]);
    assert_eq!(world.heard(eve.at), [] as [Value; 0]);
    let (late, _) = world.greet();
    world.ask(late, json!({"type": "join", "room": "r", "name": "late"}));
    assert_eq!(world.heard(late).len(), 1, "only the answer");
}

#[test]
fn a_reaction_outside_a_room_or_out_of_shape_is_refused() {
    let mut world = World::new();
    let (stranger, _) = world.greet();
    world.ask(stranger, json!({"type": "react", "emoji": "👏"}));
    assert_eq!(world.heard(stranger)[0]["code"], "not-joined");
    let [ada, bob] = world.enter_all("r", ["Ada", "Bob"]);
    world.heard(ada.at);
    for emoji in ["", "\n", "x".repeat(33).as_str()] {
        world.ask(ada.at, json!({"type": "react", "emoji": emoji}));
        assert_eq!(world.heard(ada.at)[0]["code"], "invalid", "{emoji:?}");
    }
    assert_eq!(world.heard(bob.at), [] as [Value; 0]);
}

#[test]
fn whoever_is_about_to_join_may_see_who_is_in_the_room_and_nobody_notices() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    world.heard(ada.at);
    let (at, _) = world.greet();
    world.ask(at, json!({"type": "peek", "room": "r"}));
    let heard = world.heard(at);
    assert_eq!(
        (&heard[0]["type"], &heard[0]["re"], &heard[0]["room"]),
        (&json!("room"), &json!(1), &json!("r"))
    );
    assert_eq!(
        (&heard[0]["participants"][0]["name"], &heard[0]["participants"][0]["id"]),
        (&json!("Ada"), &json!(ada.id))
    );
    assert_eq!(world.heard(ada.at), [] as [Value; 0]);
}

#[test]
fn a_room_that_does_not_exist_looks_like_an_empty_one_and_is_not_made() {
    let mut world = World::new();
    let (at, _) = world.greet();
    world.ask(at, json!({"type": "peek", "room": "nowhere"}));
    assert_eq!(
        world.heard(at),
        [
            json!({"type": "room", "seq": 1, "re": 1, "room": "nowhere", "participants": [], "recording": false})
        ]
    );
    assert_eq!(world.rooms.counts().rooms, 0);
}
