//! When a room ends.

use serde_json::json;

use crate::world::World;

#[test]
fn an_empty_room_ends_after_30_seconds() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    world.ask(ada.at, json!({"type": "leave"}));
    world.pass_just(30, |world| assert_eq!(world.rooms.counts().rooms, 1));
    assert_eq!(world.rooms.counts().rooms, 0);
}

#[test]
fn a_room_that_somebody_came_back_to_does_not_end() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    world.ask(ada.at, json!({"type": "leave"}));
    world.pass_secs(20);
    world.ask(ada.at, json!({"type": "join", "room": "r", "name": "Ada"}));
    world.pass_secs(20);
    world.ask(ada.at, json!({"type": "leave"}));
    world.pass_just(30, |world| assert_eq!(world.rooms.counts().rooms, 1));
    assert_eq!(world.rooms.counts().rooms, 0);
}

#[test]
fn a_room_stays_while_somebody_lost_may_come_back_and_30_seconds_more() {
    let mut world = World::new();
    let [ada] = world.enter_all("r", ["Ada"]);
    let key = world.host_key(ada.at);
    world.disconnect(ada.at);
    world.pass_secs(30);
    assert_eq!((world.rooms.counts().sessions, world.rooms.counts().rooms), (0, 1));
    world.pass_just(30, |world| assert_eq!(world.rooms.counts().rooms, 1));
    assert_eq!(world.rooms.counts().rooms, 0);
    assert_eq!(world.rooms.poll_timeout(), None);
    let (at, _) = world.greet();
    world.ask(at, json!({"type": "join", "room": "r", "name": "", "host_key": key}));
    assert_eq!(world.heard(at)[0]["code"], "host-key-refused");
}
