//! The state machine: its ways in, its ways out.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Instant;

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha12Rng;
use visavis_protocol::{
    ClientFrame, CloseCode, FrameError, LeftReason, Limits, ParticipantId, ParticipantKind, RoomName,
    SealError, Sealer, TokenKeys,
};

use crate::clock::Clock;
use crate::connection::{Client, ConnectionId, End};
use crate::options::Options;
use crate::output::Output;
use crate::room::Room;
use crate::session::{Session, SessionId};
use crate::switched::Switched;
use crate::timers::Timers;
use crate::viewers::Viewers;

/// All rooms of a server, and everyone in them.
pub struct Rooms {
    pub(crate) limits: Limits,
    pub(crate) server: String,
    pub(crate) sealer: Sealer,
    pub(crate) tokens: TokenKeys,
    pub(crate) random: ChaCha12Rng,
    /// Which run of the server this is.
    pub(crate) boot: u64,
    pub(crate) clock: Clock,
    pub(crate) connections: HashMap<ConnectionId, SessionId>,
    pub(crate) sessions: HashMap<SessionId, Session>,
    pub(crate) rooms: HashMap<RoomName, Room>,
    pub(crate) viewers: Viewers,
    /// Who was taken back after a restart: at most [`Limits::sessions`] of them, for as long as that is possible.
    pub(crate) restored: HashSet<ParticipantId>,
    pub(crate) session_timers: Timers<SessionId>,
    /// When each empty room ends; none of the others is in here.
    pub(crate) room_timers: Timers<RoomName>,
    /// When the paths of each room are looked at, where time alone may change them.
    pub(crate) path_timers: Timers<RoomName>,
    pub(crate) switched: Switched,
    pub(crate) outputs: VecDeque<Output>,
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
            tokens: options.tokens,
            boot: random.random(),
            random,
            clock: Clock::new(now, options.unix_start),
            connections: HashMap::new(),
            sessions: HashMap::new(),
            rooms: HashMap::new(),
            viewers: Viewers::default(),
            restored: HashSet::new(),
            session_timers: Timers::new(),
            room_timers: Timers::new(),
            path_timers: Timers::new(),
            switched: Switched::default(),
            outputs: VecDeque::new(),
        })
    }

    /// A client has connected. Past the limit of sessions it is closed at once. (A native client may yet turn out to be
    /// one that is known and has lost its connection, so that only connections count until its `hello`.)
    pub fn handle_connected(&mut self, connection: ConnectionId, client: Client, now: Instant) {
        let from = match client {
            Client::Native { from } => from,
            _ => None,
        };
        let (participant, kind, taken) = match client {
            Client::Native { .. } => {
                let participant = ParticipantId::from_random(self.random.random());
                (participant, ParticipantKind::Native, self.connections.len())
            }
            Client::Classic { participant } => (participant, ParticipantKind::Classic, self.sessions.len()),
            Client::Whip => {
                let participant = ParticipantId::from_random(self.random.random());
                (participant, ParticipantKind::Whip, self.sessions.len())
            }
            Client::Viewer { room, watched } => return self.take_viewer(connection, room, watched, now),
        };
        if taken >= self.limits.sessions {
            return self.send_away(connection);
        }
        let id = SessionId(connection.0);
        self.connections.insert(connection, id);
        self.sessions.insert(id, Session::new(participant, kind, from, connection, now));
        self.arm_session(id);
    }

    /// A frame has arrived, or something that is none.
    pub fn handle_frame(
        &mut self,
        connection: ConnectionId,
        frame: Result<ClientFrame, FrameError>,
        now: Instant,
    ) {
        if self.viewers.contains(connection) {
            return self.handle_viewer(connection, frame);
        }
        let Some(&id) = self.connections.get(&connection) else { return };
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if session.greeted {
            session.hear(now);
            self.handle_next(id, frame, now);
        } else {
            self.handle_first(id, frame, now);
        }
    }

    /// The connection is gone. If it was lost, its participant stays for a while, and may come back.
    pub fn handle_disconnected(&mut self, connection: ConnectionId, end: End, now: Instant) {
        if self.viewers.contains(connection) {
            return self.lose_viewer(connection, now);
        }
        let Some(id) = self.connections.remove(&connection) else { return };
        match end {
            End::Lost => self.lose(id, now),
            End::Closed => self.give_up(id, LeftReason::Left, now),
        }
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(id) = self.session_timers.pop_due(now) {
            self.session_due(id, now);
        }
        while let Some(name) = self.room_timers.pop_due(now) {
            self.room_due(&name, now);
        }
        while let Some(name) = self.path_timers.pop_due(now) {
            self.paths_due(&name, now);
        }
        if self.clock.uptime(now) > self.limits.restart_grace {
            self.restored = HashSet::new();
        }
    }

    /// When [`Rooms::handle_timeout`] wants to be called, if nothing else happens.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let timers = [self.session_timers.next(), self.room_timers.next(), self.path_timers.next()];
        timers.into_iter().flatten().min()
    }

    /// What is to be done next. Call it until it says `None` after every `handle_…`.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// There is no place for this connection.
    pub(crate) fn send_away(&mut self, connection: ConnectionId) {
        self.outputs.push_back(Output::Close { connection, code: CloseCode::TryAgainLater });
    }

    /// Forgets the session.
    pub(crate) fn drop_session(&mut self, id: SessionId) {
        self.sessions.remove(&id);
        self.session_timers.cancel(&id);
    }
}
