//! A server's rooms without a server: clients are connection numbers, and time passes when a test says so.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use visavis_protocol::{
    ClientFrame, ForwardRequest, Limits, ParticipantId, Recorded, RecordingPart, RoomName, ServerMessage,
    TokenKeys,
};
use visavis_rooms::{Client, Command, CommandError, ConnectionId, End, Options, Output, Reply, Rooms};

/// The wall-clock time at which every world begins, in milliseconds since the Unix epoch.
pub(crate) const START_MS: u64 = 1_790_000_000_000;

/// Stands in for what differs from one secret, and from one sentence, to the next.
pub(crate) const SOME: &str = "*";

pub(crate) struct World {
    pub(crate) rooms: Rooms,
    pub(crate) limits: Limits,
    tokens: TokenKeys,
    pub(crate) now: Instant,
    start: Instant,
    seed: u8,
    last_connection: u64,
    open: HashSet<ConnectionId>,
    inboxes: BTreeMap<ConnectionId, Vec<Value>>,
    last_ids: HashMap<ConnectionId, u64>,
    secrets: HashMap<ConnectionId, String>,
    host_keys: HashMap<ConnectionId, String>,
    /// What the forwarder was asked, as `participant request`.
    asked: Vec<String>,
}

/// A client in a room, as it was when it came in.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) at: ConnectionId,
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Limits::default())
    }

    pub(crate) fn with(limits: Limits) -> Self {
        Self::with_tokens(limits, TokenKeys::default())
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "an Instant comes from nowhere else; the world only adds to it"
    )]
    pub(crate) fn with_tokens(limits: Limits, tokens: TokenKeys) -> Self {
        let now = Instant::now();
        Self {
            rooms: new_rooms(&limits, &tokens, 1, START_MS, now),
            tokens,
            limits,
            now,
            start: now,
            seed: 1,
            last_connection: 0,
            open: HashSet::new(),
            inboxes: BTreeMap::new(),
            last_ids: HashMap::new(),
            secrets: HashMap::new(),
            host_keys: HashMap::new(),
            asked: Vec::new(),
        }
    }

    /// Another run of the server, with the same key: every connection is gone.
    pub(crate) fn restart(&mut self) {
        self.seed += 1;
        self.rooms = new_rooms(&self.limits, &self.tokens, self.seed, self.unix_ms(), self.now);
        self.open.clear();
    }

    /// A connection of the native protocol, before its `hello`.
    pub(crate) fn connect(&mut self) -> ConnectionId {
        self.connect_as(Client::Native { from: None })
    }

    /// One channel of a classic client.
    pub(crate) fn connect_classic(&mut self, id: &str) -> ConnectionId {
        self.connect_as(Client::Classic { participant: ParticipantId::new(id).unwrap() })
    }

    /// A publisher by WHIP.
    pub(crate) fn connect_whip(&mut self) -> ConnectionId {
        self.connect_as(Client::Whip)
    }

    /// Somebody who watches a participant.
    pub(crate) fn connect_viewer(&mut self, room: &str, watched: &str) -> ConnectionId {
        let watched = ParticipantId::new(watched).unwrap();
        self.connect_as(Client::Viewer { room: RoomName::new(room).unwrap(), watched })
    }

    pub(crate) fn connect_as(&mut self, client: Client) -> ConnectionId {
        self.last_connection += 1;
        let connection = ConnectionId(self.last_connection);
        self.open.insert(connection);
        self.rooms.handle_connected(connection, client, self.now);
        self.drain();
        connection
    }

    /// A connection that was welcomed.
    pub(crate) fn greet(&mut self) -> (ConnectionId, String) {
        let at = self.connect();
        self.say(at, json!({"type": "hello", "protocol": 1, "client": "test"}));
        let heard = self.heard(at);
        (at, heard[0]["participant"].as_str().unwrap().to_owned())
    }

    /// A new client in `room`; what the others hear of it stays to be read.
    pub(crate) fn enter(&mut self, room: &str, name: &str) -> Member {
        let (at, id) = self.greet();
        self.ask(at, join(room, name));
        let heard = self.heard(at);
        assert_eq!(heard[0]["type"], "joined", "{heard:?}");
        Member { at, id, secret: self.secret(at) }
    }

    /// The `joined` of a new client in `room`, as it was sent.
    pub(crate) fn enter_raw(&mut self, room: &str, name: &str) -> Value {
        let (at, _) = self.greet();
        self.ask(at, join(room, name));
        self.heard_raw(at).remove(0)
    }

    /// New clients in one room, with nothing left to read.
    pub(crate) fn enter_all<const N: usize>(&mut self, room: &str, names: [&str; N]) -> [Member; N] {
        let members = names.map(|name| self.enter(room, name));
        for member in &members {
            self.heard(member.at);
        }
        members
    }

    /// Says `hello` with a secret over a new connection.
    pub(crate) fn resume(&mut self, secret: &str, last_seq: u64) -> ConnectionId {
        let at = self.connect();
        let hello =
            json!({"type": "hello", "protocol": 1, "client": "test", "resume": secret, "last_seq": last_seq});
        self.say(at, hello);
        at
    }

    /// Says exactly this.
    pub(crate) fn say(&mut self, at: ConnectionId, message: Value) {
        if let Some(id) = message["id"].as_u64() {
            self.last_ids.insert(at, id);
        }
        self.say_text(at, &message.to_string());
    }

    /// Says something that is perhaps no message.
    pub(crate) fn say_text(&mut self, at: ConnectionId, text: &str) {
        self.rooms.handle_frame(at, ClientFrame::parse(text), self.now);
        self.drain();
    }

    /// Says this under the next number, which is returned.
    pub(crate) fn ask(&mut self, at: ConnectionId, mut message: Value) -> u64 {
        let id = self.last_ids.get(&at).copied().unwrap_or_default() + 1;
        message["id"] = json!(id);
        self.say(at, message);
        id
    }

    /// Says this `count` times, under the next numbers.
    pub(crate) fn ask_often(&mut self, count: usize, at: ConnectionId, message: &Value) {
        for _ in 0..count {
            self.ask(at, message.clone());
        }
    }

    pub(crate) fn disconnect(&mut self, at: ConnectionId) {
        self.end(at, End::Lost);
    }

    pub(crate) fn end(&mut self, at: ConnectionId, end: End) {
        self.open.remove(&at);
        self.rooms.handle_disconnected(at, end, self.now);
        self.drain();
    }

    /// Lets time pass, waking the rooms whenever they want to be.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.rooms.poll_timeout().filter(|due| *due <= end) {
            self.now = due.max(self.now);
            self.wake();
        }
        self.now = end;
        self.wake();
    }

    pub(crate) fn pass_secs(&mut self, secs: u64) {
        self.pass(Duration::from_secs(secs));
    }

    fn wake(&mut self) {
        self.rooms.handle_timeout(self.now);
        self.drain();
        if let Some(next) = self.rooms.poll_timeout() {
            assert!(next > self.now, "what was due must have been done, or the server would spin");
        }
    }

    /// Passes time up to just before a deadline that is `secs` away, checks, and passes the rest.
    pub(crate) fn pass_just(&mut self, secs: u64, before: impl FnOnce(&mut Self)) {
        self.pass(Duration::from_secs(secs) - Duration::from_millis(1));
        before(self);
        self.pass(Duration::from_millis(1));
    }

    /// Everything that came to this client since the last look, with [`SOME`] in place of secrets and sentences. Its end
    /// is `{"close": code}`.
    pub(crate) fn heard(&mut self, at: ConnectionId) -> Vec<Value> {
        let mut heard = self.inboxes.remove(&at).unwrap_or_default();
        for message in &mut heard {
            self.set_aside(at, message);
        }
        heard
    }

    fn set_aside(&mut self, at: ConnectionId, message: &mut Value) {
        let mut take =
            |member: &str| message.get_mut(member).map(|value| std::mem::replace(value, json!(SOME)));
        let text = |value: Value| value.as_str().unwrap().to_owned();
        if let Some(secret) = take("resume") {
            self.secrets.insert(at, text(secret));
        }
        if let Some(key) = take("host_key") {
            self.host_keys.insert(at, text(key));
        }
        if message["type"] == "error" {
            let sentence = text(std::mem::replace(&mut message["message"], json!(SOME)));
            assert!(!sentence.is_empty() && sentence.is_ascii());
        }
    }

    /// As [`World::heard`], with everything as it was sent.
    pub(crate) fn heard_raw(&mut self, at: ConnectionId) -> Vec<Value> {
        self.inboxes.remove(&at).unwrap_or_default()
    }

    /// What everybody heard, as it was sent and in the order in which it was.
    pub(crate) fn heard_by_all(&mut self) -> Vec<(ConnectionId, Value)> {
        std::mem::take(&mut self.inboxes)
            .into_iter()
            .flat_map(|(at, messages)| messages.into_iter().map(move |message| (at, message)))
            .collect()
    }

    /// The newest secret that the client has read.
    pub(crate) fn secret(&self, at: ConnectionId) -> String {
        self.secrets[&at].clone()
    }

    /// The host key that the client has read.
    pub(crate) fn host_key(&self, at: ConnectionId) -> String {
        self.host_keys[&at].clone()
    }

    /// What the forwarder was asked since the last time.
    pub(crate) fn asked(&mut self) -> Vec<String> {
        std::mem::take(&mut self.asked)
    }

    /// The forwarder says something to everyone in a room, or to one participant.
    pub(crate) fn forwarder_says(&mut self, room: &str, to: Option<&str>, message: ServerMessage) {
        let to = to.map(|to| ParticipantId::new(to).unwrap());
        self.rooms.handle_forwarder(&RoomName::new(room).unwrap(), to.as_ref(), message);
        self.drain();
    }

    /// The connection of a participant with the forwarder comes up, or is gone.
    pub(crate) fn reach(&mut self, room: &str, participant: &str, reached: bool) {
        let (room, participant) = (RoomName::new(room).unwrap(), ParticipantId::new(participant).unwrap());
        self.rooms.handle_reached(&room, &participant, reached, self.now);
        self.drain();
    }

    /// The way to somebody is narrow, or no longer.
    pub(crate) fn narrow(&mut self, room: &str, participant: &str, narrow: bool) {
        let (room, participant) = (RoomName::new(room).unwrap(), ParticipantId::new(participant).unwrap());
        self.rooms.handle_narrow(&room, &participant, narrow, self.now);
        self.drain();
    }

    /// A program of the operator's asks for something.
    pub(crate) fn command(&mut self, command: Command) -> Result<Reply, CommandError> {
        let reply = self.rooms.handle_command(command, self.now);
        self.drain();
        reply
    }

    /// The mix of a room is too much for the server.
    pub(crate) fn overload(&mut self, room: &str) {
        self.rooms.handle_overloaded(&RoomName::new(room).unwrap(), self.now);
        self.drain();
    }

    /// A recording of a room has ended.
    pub(crate) fn recorded(&mut self, room: &str, recorded: Recorded) {
        self.rooms.handle_recorded(&RoomName::new(room).unwrap(), recorded, self.now);
        self.drain();
    }

    /// More is known of what somebody has sent while a room was recorded.
    pub(crate) fn recorded_part(&mut self, room: &str, of: &str, part: RecordingPart) {
        self.rooms.handle_recorded_part(&RoomName::new(room).unwrap(), of, part);
        self.drain();
    }

    pub(crate) fn now(&self) -> Instant {
        self.now
    }

    pub(crate) fn is_open(&self, at: ConnectionId) -> bool {
        self.open.contains(&at)
    }

    pub(crate) fn unix_ms(&self) -> u64 {
        START_MS + u64::try_from((self.now - self.start).as_millis()).unwrap()
    }

    fn drain(&mut self) {
        while let Some(output) = self.rooms.poll_output() {
            let (connection, value) = match output {
                Output::Send { connection, seq, message } => {
                    let frame = message.to_frame(seq);
                    assert!(frame.len() <= message.weight(), "a weight is never less than the size");
                    assert!(frame.len() <= longest_frame(&self.limits), "{} bytes", frame.len());
                    (connection, serde_json::from_str(&frame).unwrap())
                }
                Output::Forward { participant, request, .. } => {
                    let has_tracks =
                        matches!(&request, ForwardRequest::Mix { recording: Some(of), .. } if of.tracks);
                    let request = format!("{request:?}");
                    let kind = request.split([' ', '(']).next().unwrap_or_default();
                    let how = if has_tracks { " with tracks" } else { "" };
                    self.asked.push(format!("{} {kind}{how}", participant.as_str()));
                    continue;
                }
                Output::Close { connection, code } => (connection, json!({"close": code.number()})),
            };
            assert!(self.open.contains(&connection), "{value} goes to a connection that is gone");
            if value.get("close").is_some() {
                self.open.remove(&connection);
            }
            self.inboxes.entry(connection).or_default().push(value);
        }
    }
}

/// The longest frame that a client has to take, in bytes, as `docs/protocol.md` says it in section 1.
pub(crate) fn longest_frame(limits: &Limits) -> usize {
    8 * 1024 + 1024 * limits.room_participants + limits.chat_kept_bytes
}

fn new_rooms(limits: &Limits, tokens: &TokenKeys, seed: u8, unix_ms: u64, now: Instant) -> Rooms {
    let options = Options {
        limits: limits.clone(),
        server: "visavis/test".into(),
        key: [7; 32],
        tokens: tokens.clone(),
        seed: [seed; 32],
        unix_start: Duration::from_millis(unix_ms),
    };
    Rooms::new(options, now).unwrap()
}

/// `join`, of a room about whose media there is nothing to decide if this makes it.
pub(crate) fn join(room: &str, name: &str) -> Value {
    json!({"type": "join", "room": room, "name": name, "policy": {"direct": "only"}})
}

/// The plan of such a room.
pub(crate) fn quiet_plan() -> Value {
    json!({
        "version": 1, "policy": {"direct": "only", "mix": "allowed", "direct_max": 4}, "legs": true, "standby": false,
        "forwarded": [], "switches": [], "unreached": [], "mix": "off", "mixed": [], "recording": false,
    })
}

/// `error`, as [`World::heard`] shows it.
pub(crate) fn error(seq: u64, code: &str, re: Option<u64>) -> Value {
    let mut error = json!({"type": "error", "seq": seq, "code": code, "message": SOME});
    if let Some(re) = re {
        error["re"] = json!(re);
    }
    error
}

/// A native participant that is no host, is connected and has everything off.
pub(crate) fn participant(id: &str, name: &str) -> Value {
    let state = json!({"mic": false, "camera": false, "screen": false, "screen_audio": false, "hand": false});
    json!({"id": id, "name": name, "kind": "native", "host": false, "connected": true, "state": state})
}

/// The same with some members changed.
pub(crate) fn but(mut value: Value, changes: Value) -> Value {
    for (key, change) in changes.as_object().unwrap() {
        value[key] = change.clone();
    }
    value
}

/// The `type` of each message.
pub(crate) fn types(heard: &[Value]) -> Vec<&str> {
    heard.iter().map(|message| message["type"].as_str().unwrap_or("close")).collect()
}
