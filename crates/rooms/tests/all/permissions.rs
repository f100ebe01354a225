//! Who may say what: every cell of the table in `docs/protocol.md`, section 10.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::world::World;

/// Codes that say that somebody may not say something, whatever is in it.
const DENIALS: [&str; 4] = ["not-joined", "already-joined", "not-host", "not-allowed"];

const ROLES: [&str; 4] = ["in no room", "waiting", "guest", "host"];

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// A line of the table: messages, what is special about them, and what comes of it for each role.
struct Line {
    messages: Vec<String>,
    with: Option<String>,
    rule: Option<String>,
    cells: Vec<String>,
}

fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn table() -> Vec<Line> {
    let text = read("../../docs/protocol.md");
    let head = format!("| message | {} |", ROLES.join(" | "));
    let rows = text.lines().skip_while(|line| *line != head).skip(2).take_while(|line| line.starts_with('|'));
    let lines: Vec<_> = rows
        .map(|row| {
            let mut cells = row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned());
            let what = cells.next().unwrap();
            let (what, rule) =
                what.split_once(", rules with ").map_or((&*what, None), |(what, rule)| (what, Some(rule)));
            let (what, with) =
                what.split_once(" with ").map_or((what, None), |(what, with)| (what, Some(with)));
            let one = |text: &str| quoted(text).remove(0);
            Line { messages: quoted(what), with: with.map(one), rule: rule.map(one), cells: cells.collect() }
        })
        .collect();
    assert!(lines.len() > 10, "the table is where it was");
    lines
}

/// An example of each message, for whom it is put for: another participant, or whoever waits.
fn example(kind: &str, other: &str, waiting: &str) -> Value {
    let fixture: Value =
        serde_json::from_str(&read(&format!("../protocol/fixtures/client/{kind}.json"))).unwrap();
    let mut message = fixture["valid"][0].clone();
    for member in ["to", "participant", "publisher"] {
        if message.get(member).is_some() {
            message[member] = json!(if kind == "admit" { waiting } else { other });
        }
    }
    if message.get("room").is_some() {
        message["room"] = json!("r");
    }
    message
}

#[test]
fn every_message_is_answered_as_the_table_says() {
    let mut seen = BTreeSet::new();
    for line in table() {
        for kind in &line.messages {
            seen.insert(kind.clone());
            for (role, expected) in ROLES.iter().zip(&line.cells) {
                let mut world = World::new();
                let (host, host_id) = world.greet();
                let mut rules = json!({"entry": "open"});
                if let Some((name, _)) = line.rule.as_deref().and_then(|rule| rule.split_once(": ")) {
                    rules[name] = json!(false);
                }
                let policy = json!({"direct": "auto", "rules": rules});
                world.ask(host, json!({"type": "join", "room": "r", "name": "Ada", "policy": policy}));
                let (guest, guest_id) = world.greet();
                world.ask(guest, json!({"type": "join", "room": "r", "name": "Bob"}));
                rules["entry"] = json!("knock");
                world.ask(host, json!({"type": "policy", "policy": {"direct": "auto", "rules": rules}}));
                let (waiting, waiting_id) = world.greet();
                world.ask(waiting, json!({"type": "join", "room": "r", "name": "Carol"}));
                let (outside, _) = world.greet();

                let at = match *role {
                    "host" => host,
                    "guest" => guest,
                    "waiting" => waiting,
                    _ => outside,
                };
                world.heard(at);
                let other = if *role == "host" { &guest_id } else { &host_id };
                let mut message = example(kind, other, &waiting_id);
                if let Some(with) = &line.with {
                    message["state"] = json!({with: true});
                } else if kind == "state" {
                    message["state"] = json!({"hand": true});
                }
                match message.get("id") {
                    Some(_) => drop(world.ask(at, message.clone())),
                    None => world.say(at, message.clone()),
                }
                let heard = world.heard(at);
                let codes = heard.iter().filter(|message| message["type"] == "error");
                let denial =
                    codes.filter_map(|error| error["code"].as_str()).find(|code| DENIALS.contains(code));
                assert_eq!(denial.unwrap_or("yes"), expected, "{message} by {role}: {heard:?}");
            }
        }
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../protocol/fixtures/client");
    let all = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let all = all.map(|name| name.trim_end_matches(".json").to_owned());
    let all: BTreeSet<_> = all.filter(|name| !["hello", "unreadable"].contains(&&**name)).collect();
    assert_eq!(seen, all, "every message has a line");
}
