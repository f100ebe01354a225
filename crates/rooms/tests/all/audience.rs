//! Clients that believe what they hear, and complain if it does not fit together.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};
use visavis_rooms::ConnectionId;

/// Who a client is: its id, and for a classic one also its channel.
type Who = String;

/// All clients of a run, as far as they can tell from what they were sent.
#[derive(Default)]
pub(crate) struct Audience {
    /// With whose they are.
    secrets: Vec<(String, Who)>,
    pub(crate) host_keys: Vec<String>,
    pub(crate) ids: Vec<String>,
    who: HashMap<ConnectionId, Who>,
    last_seq: HashMap<ConnectionId, u64>,
    clients: HashMap<Who, ClientView>,
}

/// What one client was sent, over all its connections.
#[derive(Default)]
struct ClientView {
    id: String,
    last_request: u64,
    /// Every numbered message; a replay must be the same again.
    numbered: Vec<Value>,
    room: Option<String>,
    /// Whether it waits to be let into one.
    waits: bool,
    secret: Option<String>,
    others: BTreeSet<String>,
    plan: u64,
}

impl Audience {
    pub(crate) fn expect_classic(&mut self, at: ConnectionId, id: &str) {
        let who = format!("{id} on {at:?}");
        self.who.insert(at, who.clone());
        self.last_seq.insert(at, 0);
        self.clients.insert(who, ClientView { id: id.into(), ..ClientView::default() });
        self.ids.push(id.into());
    }

    /// The next number for a request over this connection.
    pub(crate) fn next_request(&mut self, at: ConnectionId) -> u64 {
        let Some(client) = self.who.get(&at).and_then(|who| self.clients.get_mut(who)) else { return 1 };
        client.last_request += 1;
        client.last_request
    }

    /// Whom the client at this connection sees.
    pub(crate) fn others(&self, at: ConnectionId) -> Vec<String> {
        let client = self.who.get(&at).and_then(|who| self.clients.get(who));
        client.map(|client| client.others.iter().cloned().collect()).unwrap_or_default()
    }

    /// Every secret that was ever given out, and how many messages its client has had: whoever claims more gets less.
    pub(crate) fn stolen(&self) -> Vec<(String, u64)> {
        let heard = |who| self.clients.get(who).map_or(0, |client| client.numbered.len());
        self.secrets
            .iter()
            .map(|(secret, who)| (secret.clone(), u64::try_from(heard(who)).unwrap()))
            .collect()
    }

    /// For each client that is in a room, as far as it knows: its newest secret, and the last message that it had.
    pub(crate) fn may_return(&self) -> Vec<(String, u64)> {
        let mut clients: Vec<_> = self.clients.iter().filter(|(_, client)| client.room.is_some()).collect();
        clients.sort_by_key(|(who, _)| *who);
        let last_seq = |client: &ClientView| u64::try_from(client.numbered.len()).unwrap();
        clients
            .iter()
            .filter_map(|(_, client)| {
                Some((client.secret.clone().filter(|secret| !secret.is_empty())?, last_seq(client)))
            })
            .collect()
    }

    /// The server was restarted.
    pub(crate) fn forget_connections(&mut self) {
        self.who.clear();
        self.last_seq.clear();
    }

    pub(crate) fn hear(&mut self, at: ConnectionId, message: &Value) {
        self.collect(message);
        if message["type"] == "welcome" {
            return self.welcome(at, message);
        }
        let Some(seq) = message["seq"].as_u64() else { return };
        let Some(client) = self.who.get(&at).and_then(|who| self.clients.get_mut(who)) else {
            return assert_eq!(message["type"], "error", "{message} before welcome");
        };
        let last = self.last_seq.insert(at, seq);
        assert!(last.is_none_or(|last| seq == last + 1), "{message} after {last:?}");
        client.last_request = client.last_request.max(message["re"].as_u64().unwrap_or_default());
        let known = usize::try_from(seq - 1).unwrap();
        match client.numbered.get(known) {
            Some(original) => assert_eq!(message, original, "a replay is what was sent"),
            None => {
                assert_eq!(client.numbered.len(), known, "no hole before {message}");
                client.numbered.push(message.clone());
                client.believe(message);
            }
        }
    }

    fn collect(&mut self, message: &Value) {
        let text = |member: &str| message[member].as_str().map(str::to_owned);
        self.host_keys.extend(text("host_key"));
        self.secrets.extend(text("resume").zip(text("participant")));
    }

    fn welcome(&mut self, at: ConnectionId, message: &Value) {
        let who = message["participant"].as_str().unwrap().to_owned();
        if !self.clients.contains_key(&who) {
            self.ids.push(who.clone());
        }
        let client = self.clients.entry(who.clone()).or_default();
        client.id.clone_from(&who);
        if message["resumed"] == true {
            assert_eq!(message["room"], json!(client.room), "it is in the room where it was");
            client.last_request = message["last_id"].as_u64().unwrap();
        } else {
            assert_eq!(message["last_id"], 0);
            self.last_seq.insert(at, 0);
            *client = ClientView { id: who.clone(), ..ClientView::default() };
        }
        self.who.insert(at, who);
    }

    /// Whoever is connected knows exactly those who are in its room.
    pub(crate) fn check_pictures(&self, connections: &[ConnectionId]) {
        let present: Vec<&ClientView> =
            connections.iter().filter_map(|at| self.clients.get(self.who.get(at)?)).collect();
        for one in &present {
            for other in present.iter().filter(|other| other.id != one.id) {
                let together = |client: &&ClientView| client.id == other.id && client.room == one.room;
                let expected = one.room.is_some() && present.iter().copied().any(|client| together(&client));
                let known = one.others.contains(&other.id);
                assert_eq!(known, expected, "{} and {} in {:?}", one.id, other.id, one.room);
            }
        }
    }
}

impl ClientView {
    fn believe(&mut self, message: &Value) {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        match message["type"].as_str().unwrap() {
            "joined" => {
                let others = message["participants"].as_array().unwrap();
                self.room = Some(text(&message["room"]));
                self.waits = false;
                self.secret = Some(text(&message["resume"]));
                self.others = others.iter().map(|other| text(&other["id"])).collect();
                assert_eq!(message["participant"], json!(self.id));
                assert_eq!(self.others.len(), others.len(), "nobody is listed twice in {message}");
                assert!(message["chat"].as_array().unwrap().len() <= 2, "chat is bounded");
                self.plan = message["plan"]["version"].as_u64().unwrap();
                self.check_plan(&message["plan"]);
            }
            "left" => {
                let waited = std::mem::take(&mut self.waits);
                assert!(self.room.take().is_some() || waited, "{message} out of no room");
                self.others.clear();
            }
            "waiting" => {
                assert!(self.room.is_none(), "{message} in {:?}", self.room);
                self.waits = true;
            }
            "removed" => {
                assert!(self.room.take().is_some(), "{message} out of no room");
                self.others.clear();
            }
            "knocks" | "muted" | "asked" => assert!(self.room.is_some(), "{message} in no room"),
            "participant-joined" => {
                let new = self.others.insert(text(&message["participant"]["id"]));
                assert!(new && self.room.is_some(), "{message} to {} in {:?}", self.id, self.room);
            }
            "participant-changed" => self.assert_knows(&message["participant"]["id"], message),
            "participant-left" => {
                self.assert_knows(&message["participant"], message);
                self.others.remove(message["participant"].as_str().unwrap());
            }
            "description" | "candidate" => self.assert_knows(&message["from"], message),
            "plan" => {
                let version = message["version"].as_u64().unwrap();
                assert!(version > self.plan, "{message} after {}", self.plan);
                self.plan = version;
                self.check_plan(message);
            }
            "costs" => assert!(message["switches"].as_array().unwrap().len() <= 3, "records are bounded"),
            "chat" if message["message"]["from"] == json!(self.id) => assert!(self.room.is_some()),
            "chat" => self.assert_knows(&message["message"]["from"], message),
            _ => {
                assert_eq!(message["type"], "error");
                let is_final = ["not-admitted", "room-closed"].iter().any(|code| message["code"] == *code);
                self.waits &= !is_final;
            }
        }
        assert!(self.others.len() < 3 && !self.others.contains(&self.id), "{:?}", self.others);
    }

    /// It is of those in the room only, each has one switch at most, and what the host has decided holds.
    fn check_plan(&self, plan: &Value) {
        let list = |of: &str, member: &str| -> Vec<String> {
            let list = plan[of].as_array().unwrap().iter();
            list.map(|one| one.get(member).unwrap_or(one).as_str().unwrap().to_owned()).collect()
        };
        let (forwarded, switching) = (list("forwarded", "participant"), list("switches", "publisher"));
        for id in forwarded.iter().chain(&switching).chain(&list("unreached", "")) {
            assert!(self.others.contains(id) || *id == self.id, "{id} is not in the room: {plan}");
        }
        assert_eq!(switching.iter().collect::<BTreeSet<_>>().len(), switching.len(), "{plan}");
        let has_rules = plan["policy"]["rules"]["mic"] == false;
        match plan["policy"]["direct"].as_str().unwrap() {
            "only" => assert!(forwarded.is_empty() && plan["legs"] == true, "{plan}"),
            _ if has_rules => assert!(plan["standby"] == true && plan["unreached"] == json!([]), "{plan}"),
            "never" => assert!(plan["standby"] == true && plan["unreached"] == json!([]), "{plan}"),
            _ => assert!(plan["standby"] == true, "{plan}"),
        }
    }

    fn assert_knows(&self, id: &Value, message: &Value) {
        let known = self.others.contains(id.as_str().unwrap());
        assert!(known && self.room.is_some(), "{message} came to {}, who knows {:?}", self.id, self.others);
    }
}
