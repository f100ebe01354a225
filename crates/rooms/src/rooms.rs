//! The state machine: its ways in, its ways out.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha12Rng;
use visavis_protocol::{
    ClientFrame, ClientMessage, CloseCode, ErrorCode, ErrorReply, FrameError, Limits, ParticipantId,
    ParticipantKind, RoomName, SealError, Sealer, ServerMessage,
};

use crate::clock::Clock;
use crate::room::Room;
use crate::session::{Link, Session, SessionId};
use crate::timers::Timers;

/// Names a connection; the caller gives each one a number of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

/// Who is at the other end of a new connection.
#[derive(Debug, Clone)]
pub enum Client {
    /// A client of the native protocol: says `hello` first, and may resume.
    Native,
    /// One channel of a client of the classic protocol: joins without `hello`, and is gone with its connection.
    Classic {
        /// The id that it has in every room.
        participant: ParticipantId,
    },
}

/// What a server's rooms are made with.
#[derive(Debug, Clone)]
pub struct Options {
    /// The bounds.
    pub limits: Limits,
    /// Name and version, for `welcome`.
    pub server: String,
    /// The server's own key, which outlives a restart: seals resume secrets and host keys.
    pub key: [u8; 32],
    /// Random bits, new at every start.
    pub seed: [u8; 32],
    /// The wall-clock time at the start, since the Unix epoch.
    pub unix_start: Duration,
}

/// What is to be done: every side effect there is.
#[derive(Debug, Clone)]
pub enum Output {
    /// Send this to the client. Order matters.
    Send {
        /// Through this connection.
        connection: ConnectionId,
        /// Its number; `None` for `welcome` and `pong`.
        seq: Option<u64>,
        /// What to say.
        message: Arc<ServerMessage>,
    },
    /// Close the connection after what was sent before; nothing further is said of it, nor heard from it.
    Close {
        /// This one.
        connection: ConnectionId,
        /// With this code.
        code: CloseCode,
    },
}

/// All rooms of a server, and everyone in them.
pub struct Rooms {
    pub(crate) limits: Limits,
    pub(crate) server: String,
    pub(crate) sealer: Sealer,
    pub(crate) random: ChaCha12Rng,
    /// Which run of the server this is.
    pub(crate) boot: u64,
    pub(crate) clock: Clock,
    pub(crate) connections: HashMap<ConnectionId, SessionId>,
    pub(crate) sessions: HashMap<SessionId, Session>,
    pub(crate) rooms: HashMap<RoomName, Room>,
    session_timers: Timers<SessionId>,
    room_timers: Timers<RoomName>,
    outputs: VecDeque<Output>,
}

/// Why a request is refused.
#[derive(Debug)]
pub(crate) struct Refusal(pub(crate) ErrorCode, pub(crate) String);

impl Refusal {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(code, message.into())
    }
}

impl Rooms {
    /// No rooms yet.
    ///
    /// # Errors
    /// [`SealError`] if the crypto library refuses the key.
    pub fn new(options: Options, now: Instant) -> Result<Self, SealError> {
        let mut random = ChaCha12Rng::from_seed(options.seed);
        Ok(Self {
            limits: options.limits,
            server: options.server,
            sealer: Sealer::new(&options.key)?,
            boot: random.random(),
            random,
            clock: Clock::new(now, options.unix_start),
            connections: HashMap::new(),
            sessions: HashMap::new(),
            rooms: HashMap::new(),
            session_timers: Timers::new(),
            room_timers: Timers::new(),
            outputs: VecDeque::new(),
        })
    }

    /// A client has connected. Past the limit of sessions it is closed at once.
    pub fn handle_connected(&mut self, connection: ConnectionId, client: Client, now: Instant) {
        if self.sessions.len() >= self.limits.sessions {
            self.outputs.push_back(Output::Close { connection, code: CloseCode::TryAgainLater });
            return;
        }
        let (participant, kind) = match client {
            Client::Native => (ParticipantId::from_random(self.random.random()), ParticipantKind::Native),
            Client::Classic { participant } => (participant, ParticipantKind::Classic),
        };
        let id = SessionId(connection.0);
        self.connections.insert(connection, id);
        self.sessions.insert(id, Session::new(participant, kind, connection, now));
        self.arm_session(id);
    }

    /// A frame has arrived, or something that is none.
    pub fn handle_frame(
        &mut self,
        connection: ConnectionId,
        frame: Result<ClientFrame, FrameError>,
        now: Instant,
    ) {
        let Some(&id) = self.connections.get(&connection) else { return };
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if session.greeted {
            session.link = Link::Connected { connection, heard: now };
        }
        match frame {
            Ok(frame) => self.handle_message(id, frame, now),
            Err(error) => self.handle_unreadable(id, error, now),
        }
    }

    /// The connection is gone. Its participant stays for a while, if it can come back.
    pub fn handle_disconnected(&mut self, connection: ConnectionId, now: Instant) {
        let Some(id) = self.connections.remove(&connection) else { return };
        self.lose(id, now);
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(id) = self.session_timers.pop_due(now) {
            self.session_due(id, now);
        }
        while let Some(name) = self.room_timers.pop_due(now) {
            self.room_due(&name, now);
        }
    }

    /// When [`Rooms::handle_timeout`] wants to be called, if nothing else happens.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        [self.session_timers.next(), self.room_timers.next()].into_iter().flatten().min()
    }

    /// What is to be done next. Call it until it says `None` after every `handle_…`.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn handle_message(&mut self, id: SessionId, frame: ClientFrame, now: Instant) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if !session.greeted && !matches!(frame.message, ClientMessage::Hello(_)) {
            self.refuse(
                id,
                Refusal::new(ErrorCode::HelloExpected, "the first message is \"hello\""),
                frame.id,
            );
            self.close(id, CloseCode::NoHello, now);
            return;
        }
        if let Some(number) = frame.id {
            if number <= session.last_id {
                return;
            }
            session.last_id = number;
        }
        match self.dispatch(id, frame, now) {
            Ok(()) => {
                if let Some(session) = self.sessions.get_mut(&id) {
                    session.errors_in_a_row = 0;
                }
            }
            Err((refusal, re)) => self.refuse_and_count(id, refusal, re, now),
        }
    }

    fn dispatch(
        &mut self,
        id: SessionId,
        frame: ClientFrame,
        now: Instant,
    ) -> Result<(), (Refusal, Option<u64>)> {
        let re = frame.id;
        match frame.message {
            ClientMessage::Hello(hello) => self.hello(id, &hello, now),
            ClientMessage::Join(join) => self.join(id, join, re, now),
            ClientMessage::Leave(_) => self.leave(id, re.unwrap_or_default(), now),
            ClientMessage::Description(body) => self.relay_description(id, body),
            ClientMessage::Candidate(body) => self.relay_candidate(id, body),
            ClientMessage::State(change) => self.change_state(id, change.state),
            ClientMessage::Chat(chat) => self.chat(id, chat.text, now),
            ClientMessage::Ack(ack) => self.acknowledge(id, ack.seq),
            ClientMessage::Ping(ping) => self.pong(id, ping.time),
        }
        .map_err(|refusal| (refusal, re))
    }

    fn handle_unreadable(&mut self, id: SessionId, error: FrameError, now: Instant) {
        let greeted = self.sessions.get(&id).is_some_and(|session| session.greeted);
        self.refuse_and_count(id, Refusal(error.code, error.message), error.re, now);
        if !greeted {
            self.close(id, CloseCode::NoHello, now);
        }
    }

    fn refuse_and_count(&mut self, id: SessionId, refusal: Refusal, re: Option<u64>, now: Instant) {
        self.refuse(id, refusal, re);
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.errors_in_a_row += 1;
        if session.errors_in_a_row >= self.limits.errors_in_a_row {
            self.close(id, CloseCode::TooManyErrors, now);
        }
    }

    /// Answers with an `error`.
    pub(crate) fn refuse(&mut self, id: SessionId, refusal: Refusal, re: Option<u64>) {
        let Refusal(code, message) = refusal;
        self.send(id, &Arc::new(ServerMessage::Error(ErrorReply { code, message, re })));
    }

    /// Sends a numbered message, now or when the client is back.
    pub(crate) fn send(&mut self, id: SessionId, message: &Arc<ServerMessage>) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let seq = session.outbox.push(message, &self.limits);
        if let Some(connection) = session.connection() {
            self.outputs.push_back(Output::Send { connection, seq: Some(seq), message: Arc::clone(message) });
        }
    }

    /// Sends something that has a number already, or never has one.
    pub(crate) fn send_as(
        &mut self,
        connection: ConnectionId,
        seq: Option<u64>,
        message: Arc<ServerMessage>,
    ) {
        self.outputs.push_back(Output::Send { connection, seq, message });
    }

    /// Sends to every member of the room but one.
    pub(crate) fn send_to_others(&mut self, room: &RoomName, but: SessionId, message: ServerMessage) {
        let message = Arc::new(message);
        let members = self.rooms.get(room).map(|room| room.members().to_vec()).unwrap_or_default();
        for member in members.into_iter().filter(|member| *member != but) {
            self.send(member, &message);
        }
    }

    /// Closes the session's connection, and takes it for lost.
    pub(crate) fn close(&mut self, id: SessionId, code: CloseCode, now: Instant) {
        let Some(connection) = self.sessions.get(&id).and_then(Session::connection) else { return };
        self.disown(connection, code);
        self.lose(id, now);
    }

    /// Closes a connection that belongs to nobody any more.
    pub(crate) fn disown(&mut self, connection: ConnectionId, code: CloseCode) {
        self.connections.remove(&connection);
        self.outputs.push_back(Output::Close { connection, code });
    }

    /// Makes sure that somebody looks at the session when its deadline comes.
    pub(crate) fn arm_session(&mut self, id: SessionId) {
        match self.sessions.get(&id).and_then(|session| session.deadline(&self.limits)) {
            Some(deadline) => self.session_timers.wake_by(&id, deadline),
            None => self.session_timers.cancel(&id),
        }
    }

    /// Forgets the session.
    pub(crate) fn drop_session(&mut self, id: SessionId) {
        self.sessions.remove(&id);
        self.session_timers.cancel(&id);
    }

    /// Makes sure that an empty room ends.
    pub(crate) fn arm_room(&mut self, name: &RoomName) {
        match self.rooms.get(name).and_then(|room| room.empty_since) {
            Some(since) => self.room_timers.wake_by(name, since + self.limits.empty_room),
            None => self.room_timers.cancel(name),
        }
    }

    fn session_due(&mut self, id: SessionId, now: Instant) {
        let Some(session) = self.sessions.get(&id) else { return };
        if session.deadline(&self.limits).is_none_or(|deadline| deadline > now) {
            self.arm_session(id);
            return;
        }
        match (session.link, session.greeted) {
            (Link::Lost { .. }, _) => self.give_up(id, now),
            (Link::Connected { .. }, false) => self.close(id, CloseCode::NoHello, now),
            (Link::Connected { .. }, true) => self.close(id, CloseCode::Silent, now),
        }
    }

    fn room_due(&mut self, name: &RoomName, now: Instant) {
        match self.rooms.get(name).and_then(|room| room.empty_since) {
            Some(since) if since + self.limits.empty_room <= now => drop(self.rooms.remove(name)),
            _ => self.arm_room(name),
        }
    }
}
