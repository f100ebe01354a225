//! Telling clients something, and telling them goodbye.

use std::sync::Arc;
use std::time::Instant;

use visavis_protocol::{CloseCode, ErrorReply, RoomName, ServerMessage};

use crate::connection::ConnectionId;
use crate::output::Output;
use crate::refusal::Refusal;
use crate::rooms::Rooms;
use crate::session::{Session, SessionId};

impl Rooms {
    /// Answers with an `error`.
    pub(crate) fn refuse(&mut self, id: SessionId, refusal: Refusal, re: Option<u64>) {
        let Refusal { code, message } = refusal;
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

    /// Sends to every member of the room.
    pub(crate) fn send_to_all(&mut self, room: &RoomName, message: ServerMessage) {
        self.send_to_members(room, message, |_| true);
    }

    /// Sends to every member of the room but one.
    pub(crate) fn send_to_others(&mut self, room: &RoomName, but: SessionId, message: ServerMessage) {
        self.send_to_members(room, message, |member| member != but);
    }

    /// Sends to every member of the room that speaks the native protocol.
    pub(crate) fn send_to_native(&mut self, room: &RoomName, message: ServerMessage) {
        let members = self.rooms.get(room).map(|room| room.members().to_vec()).unwrap_or_default();
        let message = Arc::new(message);
        for member in members {
            if self.sessions.get(&member).is_some_and(Session::can_resume) {
                self.send(member, &message);
            }
        }
    }

    fn send_to_members(&mut self, room: &RoomName, message: ServerMessage, to: impl Fn(SessionId) -> bool) {
        let message = Arc::new(message);
        let members = self.rooms.get(room).map(|room| room.members().to_vec()).unwrap_or_default();
        for member in members.into_iter().filter(|member| to(*member)) {
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
}
