//! Every bound of the protocol, in one place, so that tests can shorten them.

use std::time::Duration;

/// The bounds that a server puts on what clients send and on what it keeps for them. `docs/protocol.md` gives the defaults.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Longest WebSocket message, in bytes.
    pub message_bytes: usize,
    /// Longest display name, in bytes.
    pub name_bytes: usize,
    /// Longest chat text, in bytes.
    pub chat_text_bytes: usize,
    /// Longest reaction, in bytes.
    pub reaction_bytes: usize,
    /// Chat messages that a room keeps.
    pub chat_kept: usize,
    /// Bytes of chat that a room keeps.
    pub chat_kept_bytes: usize,
    /// Candidates from one participant to another after each description.
    pub candidates: u32,
    /// Server messages kept for a replay, per participant.
    pub replay_messages: usize,
    /// Bytes of them.
    pub replay_bytes: usize,
    /// Errors in a row before the connection is closed.
    pub errors_in_a_row: u32,
    /// Participants in one room.
    pub room_participants: usize,
    /// Those who wait to be let into a room.
    pub knocks: usize,
    /// Networks of a room from which somebody was taken out.
    pub barred: usize,
    /// Classic clients in a forwarded room.
    pub classic_forwarded: usize,
    /// Rooms on the server.
    pub rooms: usize,
    /// Clients that the server knows, those that lost their connection included.
    pub sessions: usize,
    /// Offers to the forwarder that a participant may make at once, and how long it takes until one more is allowed.
    pub offers: u32,
    /// See `offers`.
    pub offer_every: Duration,
    /// The same of its facts: what comes more often does not lead to anything before the next does.
    pub looks: u32,
    /// See `looks`.
    pub look_every: Duration,
    /// The same of what a participant misses of others, and of a host's policies.
    pub reports: u32,
    /// See `reports`.
    pub report_every: Duration,
    /// Rooms that are mixed at a time.
    pub mixes: usize,
    /// Whether rooms can be recorded.
    pub records: bool,
    /// Switches that a room remembers.
    pub switches_kept: usize,
    /// From the connection to its `hello`.
    pub hello: Duration,
    /// Without a message from a client, until its connection is taken for dead.
    pub silence: Duration,
    /// How long a participant without a connection stays in the room.
    pub lost: Duration,
    /// How long an empty room stays.
    pub empty_room: Duration,
    /// After the server's start, how long resume secrets of its predecessor are taken.
    pub restart_grace: Duration,
    /// How old a resume secret may become.
    pub resume_age: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes: 64 * 1024,
            name_bytes: 128,
            chat_text_bytes: 4096,
            reaction_bytes: 32,
            chat_kept: 200,
            chat_kept_bytes: 128 * 1024,
            candidates: 50,
            replay_messages: 256,
            replay_bytes: 256 * 1024,
            errors_in_a_row: 100,
            room_participants: 50,
            knocks: 32,
            barred: 64,
            classic_forwarded: 2,
            rooms: 20_000,
            sessions: 20_000,
            offers: 30,
            offer_every: Duration::from_secs(1),
            looks: 20,
            look_every: Duration::from_millis(250),
            reports: 5,
            report_every: Duration::from_secs(2),
            mixes: 2,
            records: true,
            switches_kept: 32,
            hello: Duration::from_secs(10),
            silence: Duration::from_secs(45),
            lost: Duration::from_secs(30),
            empty_room: Duration::from_secs(30),
            restart_grace: Duration::from_secs(120),
            resume_age: Duration::from_secs(24 * 3600),
        }
    }
}
