//! Those who watch one participant of a room by way of the server, or its mix, and are none themselves.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use rand::Rng as _;
use visavis_protocol::{
    ClientFrame, ClientMessage, CloseCode, DirectPolicy, Entry, ForwardRequest, FrameError, ParticipantId,
    ParticipantKind, RoomName, ServerMessage, SourceState,
};

use crate::connection::ConnectionId;
use crate::output::Output;
use crate::rooms::Rooms;

/// Why somebody cannot be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotFound {
    /// No such room, or nobody of that id or name in it whose media this server may forward. Which of them it is is not told:
    /// that would say which rooms there are.
    #[error("there is no such room, or nobody of that id or name in it whose media may be forwarded")]
    Nobody,
    /// Several have that name.
    #[error("several in this room have that name: ask for one by its id")]
    Several,
    /// No such room with anybody in it, or its host does not allow that it is mixed. Which of them it is is not told either.
    #[error("there is no such room with anybody in it, or it may not be mixed")]
    NoMix,
    /// The server mixes as many rooms as it can.
    #[error("the server mixes as many rooms as it can: try again later, or watch one participant")]
    Busy,
}

/// All viewers of a server.
#[derive(Debug, Default)]
pub(crate) struct Viewers {
    by_connection: HashMap<ConnectionId, Viewer>,
    /// By the names that the forwarder has for them.
    by_id: HashMap<ParticipantId, ConnectionId>,
}

#[derive(Debug)]
struct Viewer {
    room: RoomName,
    /// What the forwarder calls it; nobody else ever hears of that.
    id: ParticipantId,
    watched: ParticipantId,
}

impl Viewers {
    pub(crate) fn contains(&self, connection: ConnectionId) -> bool {
        self.by_connection.contains_key(&connection)
    }

    /// Whether somebody watches this participant.
    pub(crate) fn watch(&self, room: &RoomName, participant: &ParticipantId) -> bool {
        self.by_connection.values().any(|viewer| viewer.watched == *participant && viewer.room == *room)
    }

    fn remove(&mut self, connection: ConnectionId) -> Option<Viewer> {
        let viewer = self.by_connection.remove(&connection)?;
        self.by_id.remove(&viewer.id);
        Some(viewer)
    }
}

impl Rooms {
    /// Whom `who` means in a room: an id, or a name that only one there has.
    ///
    /// # Errors
    /// [`NotFound`] if there is not exactly one whose media the server may forward.
    pub fn find(&self, room: &RoomName, who: &str) -> Result<ParticipantId, NotFound> {
        let room =
            self.rooms.get(room).filter(|room| room.paths.policy.direct_in_effect() != DirectPolicy::Only);
        let room = room.filter(|room| room.paths.policy.rules.entry == Entry::Open);
        let room = room.ok_or(NotFound::Nobody)?;
        // Classic clients send to participants only.
        let members = room.members().iter().filter_map(|member| self.sessions.get(member)?.as_participant());
        let mut members: Vec<_> = members.filter(|member| member.kind != ParticipantKind::Classic).collect();
        if let Some(exact) = members.iter().find(|member| member.id.as_str() == who) {
            return Ok(exact.id.clone());
        }
        members.retain(|member| member.name == who);
        match members.pop() {
            None => Err(NotFound::Nobody),
            Some(_) if !members.is_empty() => Err(NotFound::Several),
            Some(only) => Ok(only.id),
        }
    }

    pub(crate) fn take_viewer(
        &mut self,
        connection: ConnectionId,
        room: RoomName,
        watched: ParticipantId,
        now: Instant,
    ) {
        let taken = self.sessions.len() + self.viewers.by_connection.len();
        let is_there = if watched == ParticipantId::mix() {
            self.find_mix(&room, now).is_ok()
        } else {
            self.find(&room, watched.as_str()).is_ok()
        };
        if taken >= self.limits.sessions || !is_there {
            return self.send_away(connection);
        }
        let id = ParticipantId::from_random(self.random.random());
        self.viewers.by_id.insert(id.clone(), connection);
        self.viewers.by_connection.insert(connection, Viewer { room: room.clone(), id, watched });
        self.evaluate(&room, None, now);
    }

    /// A viewer offers its connection; whatever else it says means nothing.
    pub(crate) fn handle_viewer(&mut self, connection: ConnectionId, frame: Result<ClientFrame, FrameError>) {
        let Ok(ClientFrame { id: re, message: ClientMessage::Forward(offer) }) = frame else { return };
        let Some(Viewer { room, id, watched }) = self.viewers.by_connection.get(&connection) else { return };
        let (re, state) = (re.unwrap_or_default(), SourceState::default());
        let request = ForwardRequest::Offer { offer, re, state, only: Some(watched.clone()) };
        let (room, participant) = (room.clone(), id.clone());
        self.outputs.push_back(Output::Forward { room, participant, via: Some(connection), request });
    }

    /// The forwarder has this to say to whom no room knows.
    pub(crate) fn tell_viewer(&mut self, id: &ParticipantId, message: ServerMessage) {
        if let Some(connection) = self.viewers.by_id.get(id) {
            self.send_as(*connection, None, Arc::new(message));
        }
    }

    /// A viewer's connection is gone.
    pub(crate) fn lose_viewer(&mut self, connection: ConnectionId, now: Instant) {
        if let Some(room) = self.drop_viewer(connection) {
            self.evaluate(&room, None, now);
        }
    }

    /// Which room it was of.
    fn drop_viewer(&mut self, connection: ConnectionId) -> Option<RoomName> {
        let Viewer { room, id, .. } = self.viewers.remove(connection)?;
        let request = ForwardRequest::Leave;
        self.outputs.push_back(Output::Forward { room: room.clone(), participant: id, via: None, request });
        Some(room)
    }

    /// A participant has left: there is nothing more to see.
    pub(crate) fn end_viewers_of(&mut self, room: &RoomName, participant: &ParticipantId) {
        let viewers = self.viewers.by_connection.iter();
        let ended = viewers.filter(|(_, viewer)| viewer.watched == *participant && viewer.room == *room);
        let ended: Vec<ConnectionId> = ended.map(|(connection, _)| *connection).collect();
        for connection in ended {
            self.drop_viewer(connection);
            // A viewer has no protocol in which to hear a code.
            self.outputs.push_back(Output::Close { connection, code: CloseCode::TryAgainLater });
        }
    }
}
