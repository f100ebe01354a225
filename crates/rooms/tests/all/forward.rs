//! Rooms whose media the server forwards.

use serde_json::{Value, json};
use visavis_protocol::{ForwardEnd, ForwardEnded, ServerMessage};
use visavis_rooms::ConnectionId;

use crate::world::{Member, World, but, quiet_plan, types};

fn enter(world: &mut World, name: &str, direct: &str) -> (Member, Value) {
    let (at, id) = world.greet();
    world.ask(at, json!({"type": "join", "room": "r", "name": name, "policy": {"direct": direct}}));
    let joined = world.heard(at).remove(0);
    (Member { at, id, secret: world.secret(at) }, joined)
}

fn offer(world: &mut World, at: ConnectionId) {
    let description = json!({"type": "offer", "sdp": "v=0"});
    world.ask(at, json!({"type": "forward", "connection": 1, "description": description, "sources": {}}));
}

#[test]
fn whoever_makes_a_room_decides_which_way_its_media_goes_and_everybody_is_told() {
    let mut world = World::new();
    let (ada, joined) = enter(&mut world, "Ada", "never");
    let plan = |version: u64, forwarded: &[&str]| {
        let mut forwarded = forwarded.to_vec();
        forwarded.sort_unstable();
        let forwarded: Vec<Value> =
            forwarded.iter().map(|id| json!({"participant": id, "reason": "policy"})).collect();
        json!({
            "version": version, "policy": {"direct": "never", "mix": "allowed", "direct_max": 4}, "legs": false,
            "standby": true, "forwarded": forwarded, "switches": [], "unreached": [], "mix": "off", "mixed": [], "recording": false,
        })
    };
    assert_eq!(joined["plan"], plan(2, &[&ada.id]));
    let (bob, joined) = enter(&mut world, "Bob", "only");
    assert_eq!(joined["plan"], plan(3, &[&ada.id, &bob.id]));
    let heard = world.heard(ada.at);
    assert_eq!(types(&heard), ["participant-joined", "plan"]);
    assert_eq!(heard[1], but(plan(3, &[&ada.id, &bob.id]), json!({"type": "plan", "seq": 3})));
    assert_eq!(world.enter_raw("s", "Eve")["plan"], quiet_plan());
}

#[test]
fn the_policy_of_a_room_outlives_the_server() {
    let mut world = World::new();
    let (ada, _) = enter(&mut world, "Ada", "never");
    world.restart();
    let at = world.connect();
    world.say(at, json!({"type": "hello", "protocol": 1, "client": "test", "resume": ada.secret}));
    let heard = world.heard(at);
    assert_eq!(heard[1]["plan"]["policy"]["direct"], "never", "{heard:?}");
    assert_eq!(heard[1]["plan"]["forwarded"], json!([{"participant": ada.id, "reason": "policy"}]));
}

#[test]
fn requests_go_to_the_forwarder_in_order_and_its_answers_to_whom_they_are_for() {
    let mut world = World::new();
    let (ada, _) = enter(&mut world, "Ada", "never");
    let (bob, _) = enter(&mut world, "Bob", "never");
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
    let (ada, _) = enter(&mut world, "Ada", "only");
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
    let (ada, _) = enter(&mut world, "Ada", "never");
    world.disconnect(ada.at);
    assert_eq!(world.asked(), [] as [String; 0], "media goes on while signaling is lost");
    world.pass(world.limits.lost);
    assert_eq!(world.asked(), [format!("{} Leave", ada.id)]);
}

#[test]
fn what_place_a_room_has_for_classic_clients_is_a_matter_of_who_is_forwarded() {
    for (direct, places) in [("only", 3), ("never", 0), ("auto", 3)] {
        let mut world = World::new();
        enter(&mut world, "Ada", direct);
        assert_eq!(classic_clients(&mut world), places, "{direct}");
    }
    let mut world = World::new();
    let (ada, _) = enter(&mut world, "Ada", "auto");
    world.connect_viewer("r", &ada.id);
    assert_eq!(classic_clients(&mut world), 2);
}

/// How many of three get in.
fn classic_clients(world: &mut World) -> usize {
    let places = ["c1", "c2", "c3"].map(|id| {
        let at = world.connect_classic(id);
        world.ask(at, json!({"type": "join", "room": "r", "name": "Guest"}));
        world.heard(at)[0]["type"] == "joined"
    });
    places.into_iter().filter(|place| *place).count()
}

#[test]
fn so_many_offers_in_a_row_are_passed_on_and_then_one_a_second() {
    let mut world = World::new();
    let (ada, _) = enter(&mut world, "Ada", "never");
    let (bob, _) = enter(&mut world, "Bob", "never");
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
