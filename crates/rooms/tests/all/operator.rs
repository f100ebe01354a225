//! What the operator's own programs see of rooms and do to them.

#![expect(clippy::panic, reason = "a test may panic")]

use std::time::Duration;

use serde_json::json;
use visavis_protocol::{Entry, ErrorCode, Limits, ParticipantId, Policy, Record, RoomName, Rules};
use visavis_rooms::{Command, CommandError, Reply, RoomDetail};

use crate::world::{World, types};

fn name(name: &str) -> RoomName {
    RoomName::new(name).unwrap()
}

fn make(world: &mut World, room: &str, secs: u64) -> Result<String, CommandError> {
    let policy = Policy { rules: Rules { entry: Entry::Knock, ..Rules::default() }, ..Policy::default() };
    match world.command(Command::Make { room: name(room), policy, hold: Duration::from_secs(secs) })? {
        Reply::Made(key) => Ok(key),
        reply => panic!("{reply:?}"),
    }
}

fn look(world: &mut World, room: &str) -> RoomDetail {
    match world.command(Command::Look(name(room))) {
        Ok(Reply::Room(detail)) => *detail,
        reply => panic!("{reply:?}"),
    }
}

#[test]
fn a_room_that_is_made_waits_for_its_host_and_ends_if_nobody_comes() {
    let mut world = World::new();
    let key = make(&mut world, "r", 600).unwrap();
    assert_eq!(make(&mut world, "r", 600), Err(CommandError::Exists));
    let (guest, _) = world.greet();
    world.ask(guest, json!({"type": "join", "room": "r", "name": "Bob"}));
    assert_eq!(types(&world.heard(guest)), ["waiting"]);
    world.ask(guest, json!({"type": "leave"}));
    world.pass_just(600, |world| assert_eq!(look(world, "r").room, name("r")));
    assert_eq!(world.command(Command::Look(name("r"))).unwrap_err(), CommandError::NotFound);
    assert_eq!(world.rooms.poll_timeout(), None, "nothing is left of it");

    let (host, _) = world.greet();
    world.ask(host, json!({"type": "join", "room": "r", "name": "Ada", "host_key": key}));
    assert_eq!(world.heard(host)[0]["code"], "host-key-refused");
    let key = make(&mut world, "r", 600).unwrap();
    world.ask(host, json!({"type": "join", "room": "r", "name": "Ada", "host_key": key}));
    assert_eq!(world.heard(host)[0]["host"], true);
    // From now on it is like any other.
    world.ask(host, json!({"type": "leave"}));
    world.pass_just(30, |world| assert_eq!(look(world, "r").participants.len(), 0));
    assert_eq!(world.command(Command::Look(name("r"))).unwrap_err(), CommandError::NotFound);
}

#[test]
fn rooms_are_listed_in_order_and_in_parts() {
    let mut world = World::with(Limits { rooms: 4, ..Limits::default() });
    for room in ["c", "a", "d", "b"] {
        make(&mut world, room, 600).unwrap();
    }
    world.enter("e", "Ada");
    let mut list = |after: Option<&str>, most| match world
        .command(Command::List { after: after.map(name), most })
    {
        Ok(Reply::Rooms(rooms)) => rooms.iter().map(|room| room.room.as_str().to_owned()).collect::<Vec<_>>(),
        reply => panic!("{reply:?}"),
    };
    assert_eq!(list(None, 9), ["b", "c", "d", "e"], "of the empty ones one has made place");
    assert_eq!(
        (list(None, 2), list(Some("c"), 9), list(Some("e"), 9)),
        (vec!["b".to_owned(), "c".to_owned()], vec!["d".to_owned(), "e".to_owned()], Vec::new())
    );
}

#[test]
fn what_is_done_to_a_room_is_what_a_host_could_do() {
    let mut world = World::new();
    let (ada, _) = world.greet();
    world.ask(ada, json!({"type": "join", "room": "r", "name": "Ada", "policy": {"direct": "never"}}));
    let bob = world.enter("r", "Bob");
    let carol = world.enter("r", "Carol");
    world.heard_by_all();
    let policy = Policy { rules: Rules { mic: false, ..Rules::default() }, ..Policy::default() };
    world.command(Command::SetPolicy(name("r"), policy)).unwrap();
    assert_eq!(
        world.heard(bob.at).iter().rfind(|message| message["type"] == "plan").unwrap()["policy"]["rules"]["mic"],
        false
    );
    let detail = look(&mut world, "r");
    assert_eq!((detail.participants.len(), detail.plan.policy.rules.mic), (3, false));

    let id = |id: &str| ParticipantId::new(id).unwrap();
    world.command(Command::Remove(name("r"), id(&bob.id))).unwrap();
    assert!(world.heard(bob.at).iter().any(|message| message["type"] == "removed"));
    assert_eq!(world.command(Command::Remove(name("r"), id(&bob.id))).unwrap_err(), CommandError::NotFound);

    let record = |on| Command::Record(name("r"), Record { on, tracks: true });
    world.command(record(true)).unwrap();
    let detail = look(&mut world, "r");
    assert_eq!((detail.plan.recording, detail.recordings.len()), (true, 1));
    world.command(record(false)).unwrap();
    assert!(!look(&mut world, "r").plan.recording);

    world.command(Command::End(name("r"))).unwrap();
    assert!(world.heard(carol.at).iter().any(|message| message["reason"] == "ended"));
    assert_eq!(world.rooms.counts().rooms, 0);
    for command in [record(true), Command::SetPolicy(name("r"), policy), Command::End(name("r"))] {
        assert_eq!(world.command(command).unwrap_err(), CommandError::NotFound);
    }
}

#[test]
fn what_would_be_refused_to_a_host_is_refused() {
    let mut world = World::with(Limits { records: false, ..Limits::default() });
    world.enter("r", "Ada");
    let refused = world.command(Command::Record(name("r"), Record { on: true, tracks: false })).unwrap_err();
    assert!(matches!(refused, CommandError::Refused { code: ErrorCode::NotRecorded, .. }), "{refused}");
    let mut empty = World::new();
    make(&mut empty, "r", 600).unwrap();
    let refused = empty.command(Command::Record(name("r"), Record { on: true, tracks: false })).unwrap_err();
    assert!(matches!(refused, CommandError::Refused { code: ErrorCode::NotRecorded, .. }), "{refused}");
    assert_eq!(look(&mut empty, "r").recordings, []);
}
