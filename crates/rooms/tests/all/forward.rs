//! Rooms whose media the server forwards.

use serde_json::{Value, json};
use visavis_protocol::{ForwardEnd, ForwardEnded, ServerMessage};
use visavis_rooms::ConnectionId;

use crate::world::{Member, World};

fn enter(world: &mut World, name: &str, path: &str) -> (Member, Value) {
    let (at, id) = world.greet();
    world.ask(at, json!({"type": "join", "room": "r", "name": name, "path": path}));
    let joined = world.heard(at).remove(0);
    (Member { at, id, secret: world.secret(at) }, joined)
}

fn offer(world: &mut World, at: ConnectionId) {
    let description = json!({"type": "offer", "sdp": "v=0"});
    world.ask(at, json!({"type": "forward", "connection": 1, "description": description, "sources": {}}));
}

#[test]
fn whoever_makes_a_room_decides_its_path_and_everybody_is_told() {
    let mut world = World::new();
    assert_eq!(enter(&mut world, "Ada", "forward").1["plan"], json!({"path": "forward"}));
    assert_eq!(enter(&mut world, "Bob", "direct").1["plan"], json!({"path": "forward"}));
    assert_eq!(world.enter_raw("s", "Eve")["plan"], json!({"path": "direct"}));
}

#[test]
fn the_path_of_a_room_outlives_the_server() {
    let mut world = World::new();
    let (ada, _) = enter(&mut world, "Ada", "forward");
    world.restart();
    let at = world.connect();
    world.say(at, json!({"type": "hello", "protocol": 1, "client": "test", "resume": ada.secret}));
    let heard = world.heard(at);
    assert_eq!(heard[1]["plan"], json!({"path": "forward"}), "{heard:?}");
}

#[test]
fn requests_go_to_the_forwarder_in_order_and_its_answers_to_whom_they_are_for() {
    let mut world = World::new();
    let (ada, _) = enter(&mut world, "Ada", "forward");
    let (bob, _) = enter(&mut world, "Bob", "forward");
    world.heard(ada.at);
    offer(&mut world, ada.at);
    world.ask(ada.at, json!({"type": "shows", "items": []}));
    world.ask(ada.at, json!({"type": "state", "state": {"mic": true}}));
    world.ask(ada.at, json!({"type": "stats"}));
    let asked = ["Offer", "Shows", "State", "Stats"].map(|kind| format!("{} {kind}", ada.id));
    assert_eq!(world.asked(), asked);
    world.heard(bob.at);
    let ended = || ServerMessage::ForwardEnded(ForwardEnded { connection: 1, reason: ForwardEnd::Lost });
    world.forwarder_says("r", Some(&ada.id), ended());
    assert_eq!(world.heard(ada.at).len(), 1);
    assert_eq!(world.heard(bob.at), [] as [Value; 0]);
    world.forwarder_says("r", None, ended());
    assert_eq!((world.heard(ada.at).len(), world.heard(bob.at).len()), (1, 1));
    world.ask(ada.at, json!({"type": "leave"}));
    assert_eq!(world.asked(), [format!("{} Leave", ada.id)]);
    world.forwarder_says("r", Some(&ada.id), ended());
    assert_eq!(world.heard(ada.at).len(), 1, "only the answer to leave");
}

#[test]
fn a_direct_room_has_no_forwarder() {
    let mut world = World::new();
    let (ada, _) = enter(&mut world, "Ada", "direct");
    offer(&mut world, ada.at);
    world.ask(ada.at, json!({"type": "shows", "items": []}));
    world.ask(ada.at, json!({"type": "stats"}));
    let codes: Vec<Value> = world.heard(ada.at).iter().map(|error| error["code"].clone()).collect();
    assert_eq!(codes, ["not-forwarded"; 3]);
    world.ask(ada.at, json!({"type": "state", "state": {"mic": true}}));
    assert_eq!(world.asked(), [] as [String; 0]);
    let (stranger, _) = world.greet();
    offer(&mut world, stranger);
    assert_eq!(world.heard(stranger)[0]["code"], "not-joined");
}

#[test]
fn whoever_does_not_come_back_has_left_the_forwarder_as_well() {
    let mut world = World::new();
    let (ada, _) = enter(&mut world, "Ada", "forward");
    world.disconnect(ada.at);
    assert_eq!(world.asked(), [] as [String; 0], "media goes on while signaling is lost");
    world.pass(world.limits.lost);
    assert_eq!(world.asked(), [format!("{} Leave", ada.id)]);
}

#[test]
fn a_forwarded_room_has_two_places_for_classic_clients() {
    let mut world = World::new();
    enter(&mut world, "Ada", "forward");
    for (id, expected) in [("c1", "joined"), ("c2", "joined"), ("c3", "error")] {
        let at = world.connect_classic(id);
        world.ask(at, json!({"type": "join", "room": "r", "name": "Guest"}));
        assert_eq!(world.heard(at)[0]["type"], expected, "{id}");
    }
}

#[test]
fn so_many_offers_in_a_row_are_passed_on_and_then_one_a_second() {
    let mut world = World::new();
    let (ada, _) = enter(&mut world, "Ada", "forward");
    let (bob, _) = enter(&mut world, "Bob", "forward");
    (0..60).for_each(|_| offer(&mut world, ada.at));
    assert_eq!(world.asked().len(), 30);
    let refusals = world.heard(ada.at).iter().filter(|heard| heard["code"] == "busy").count();
    assert_eq!(refusals, 30);
    offer(&mut world, bob.at);
    assert_eq!(world.asked().len(), 1, "others are not concerned");
    world.pass_secs(2);
    (0..5).for_each(|_| offer(&mut world, ada.at));
    assert_eq!(world.asked().len(), 2);
}
