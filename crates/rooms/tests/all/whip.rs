//! Who publishes without signaling, and who watches without being there.

use serde_json::{Value, json};
use visavis_protocol::{ForwardEnd, ForwardEnded, Limits, RoomName, ServerMessage};
use visavis_rooms::{ConnectionId, NotFound};

use crate::world::{World, error};

/// Joins by WHIP; what was answered.
fn publish(world: &mut World, room: &str, name: &str) -> (ConnectionId, Value) {
    let at = world.connect_whip();
    let state = json!({"camera": true});
    world.ask(at, json!({"type": "join", "room": room, "name": name, "state": state}));
    (at, world.heard(at).remove(0))
}

fn offer(world: &mut World, at: ConnectionId) {
    let description = json!({"type": "offer", "sdp": "v=0"});
    world.ask(at, json!({"type": "forward", "connection": 1, "description": description, "sources": {}}));
}

fn id(joined: &Value) -> String {
    joined["participant"].as_str().unwrap().to_owned()
}

fn find(world: &World, room: &str, who: &str) -> Result<String, NotFound> {
    world.rooms.find(&RoomName::new(room).unwrap(), who).map(|id| id.as_str().to_owned())
}

#[test]
fn a_publisher_by_whip_makes_a_room_and_is_forwarded_and_seen_in_it() {
    let mut world = World::new();
    let (at, joined) = publish(&mut world, "r", "OBS");
    assert_eq!(joined["plan"]["forwarded"], json!([{"participant": id(&joined), "reason": "whip"}]));
    let seen = &world.enter_raw("r", "Ada")["participants"][0];
    assert_eq!((&seen["name"], &seen["kind"]), (&json!("OBS"), &json!("whip")));
    assert_eq!((&seen["state"]["camera"], &seen["state"]["mic"]), (&json!(true), &json!(false)));
    offer(&mut world, at);
    assert_eq!(world.asked(), [format!("{} Offer", id(&joined))]);
}

#[test]
fn a_publisher_by_whip_has_no_place_in_a_room_of_which_the_server_sees_nothing() {
    let mut world = World::new();
    world.enter("r", "Ada");
    let (_, refused) = publish(&mut world, "r", "OBS");
    assert_eq!(refused, error(1, "not-forwarded", Some(1)));
}

#[test]
fn nobody_connects_to_a_publisher_by_whip() {
    let mut world = World::new();
    let (_, joined) = publish(&mut world, "r", "OBS");
    let ada = world.enter("r", "Ada");
    world.ask(ada.at, json!({"type": "candidate", "to": id(&joined), "candidate": null}));
    assert_eq!(world.heard(ada.at)[0]["code"], "unknown-participant");
}

#[test]
fn a_publisher_by_whip_may_be_silent_and_is_gone_with_its_connection() {
    let mut world = World::new();
    let (at, joined) = publish(&mut world, "r", "OBS");
    world.pass_secs(3600);
    assert!(world.is_open(at));
    let ada = world.enter("r", "Ada");
    world.disconnect(at);
    assert_eq!(world.asked(), [format!("{} Leave", id(&joined))]);
    assert_eq!(world.heard(ada.at)[0]["type"], "participant-left");
}

#[test]
fn whom_a_viewer_means_is_an_id_or_a_name_that_only_one_has() {
    let mut world = World::new();
    let (_, joined) = publish(&mut world, "r", "OBS");
    let obs = id(&joined);
    let [ada, _, _] = world.enter_all("r", ["Ada", "Bob", "Bob"]);
    let classic = world.connect_classic("old-1");
    world.ask(classic, json!({"type": "join", "room": "r", "name": "Old"}));
    // Somebody who goes by another one's id changes nothing about whose it is.
    world.enter("r", &obs);
    world.enter("direct", "Ada");
    assert_eq!(find(&world, "r", "OBS"), Ok(obs.clone()));
    assert_eq!(find(&world, "r", &obs), Ok(obs));
    assert_eq!(find(&world, "r", "Ada"), Ok(ada.id));
    assert_eq!(find(&world, "r", "Bob"), Err(NotFound::Several));
    // Neither which rooms there are nor how they connect can be told from the answer.
    for (room, nobody) in
        [("r", "Old"), ("r", "old-1"), ("r", "ada"), ("r", ""), ("direct", "Ada"), ("s", "Ada")]
    {
        assert_eq!(find(&world, room, nobody), Err(NotFound::Nobody), "{room} {nobody}");
    }
}

#[test]
fn a_viewer_is_seen_by_nobody_and_told_what_the_forwarder_says_to_it() {
    let mut world = World::new();
    let (_, joined) = publish(&mut world, "r", "OBS");
    let ada = world.enter("r", "Ada");
    let viewer = world.connect_viewer("r", &id(&joined));
    world.ask(viewer, json!({"type": "chat", "text": "I am here"}));
    offer(&mut world, viewer);
    let asked = world.asked();
    let name = asked[0].strip_suffix(" Offer").unwrap();
    let ended = || ServerMessage::ForwardEnded(ForwardEnded { connection: 1, reason: ForwardEnd::Lost });
    world.forwarder_says("r", Some(name), ended());
    assert_eq!(world.heard(viewer)[0]["type"], "forward-ended");
    world.forwarder_says("r", None, ended());
    assert_eq!(world.heard(viewer), [] as [Value; 0], "what is for all in the room is not for it");
    world.disconnect(viewer);
    assert_eq!(world.asked(), [format!("{name} Leave")]);
    world.forwarder_says("r", Some(name), ended());
    assert_eq!(world.heard(ada.at).len(), 1, "what was for all, and nothing of the viewer");
}

#[test]
fn a_viewer_is_closed_when_the_one_that_it_watches_leaves() {
    let mut world = World::new();
    let (at, joined) = publish(&mut world, "r", "OBS");
    let ada = world.enter("r", "Ada");
    let [viewer, other] = [id(&joined), ada.id].map(|watched| world.connect_viewer("r", &watched));
    world.disconnect(at);
    assert_eq!(world.asked().len(), 2, "the one that left, and the one that watched it");
    assert!(!world.is_open(viewer));
    assert!(world.is_open(other));
    let late = world.connect_viewer("r", &id(&joined));
    assert!(!world.is_open(late), "there is nothing to see");
}

#[test]
fn viewers_count_among_the_clients_that_a_server_allows() {
    let mut world = World::with(Limits { sessions: 2, ..Limits::default() });
    let (_, joined) = publish(&mut world, "r", "OBS");
    let [first, second] = [(); 2].map(|()| world.connect_viewer("r", &id(&joined)));
    assert_eq!((world.is_open(first), world.is_open(second)), (true, false));
}
