//! What is due when nothing happens.

use std::time::Instant;

use visavis_protocol::{CloseCode, LeftReason, RoomName};

use crate::rooms::Rooms;
use crate::session::{Link, SessionId};

impl Rooms {
    /// Makes sure that somebody looks at the session when its deadline comes.
    pub(crate) fn arm_session(&mut self, id: SessionId) {
        match self.sessions.get(&id).and_then(|session| session.deadline(&self.limits)) {
            Some(deadline) => self.session_timers.wake_by(&id, deadline),
            None => self.session_timers.cancel(&id),
        }
    }

    /// Makes sure that an empty room ends.
    pub(crate) fn arm_room(&mut self, name: &RoomName) {
        match self.rooms.get(name).and_then(|room| room.ends_at(self.limits.empty_room)) {
            Some(end) => self.room_timers.wake_by(name, end),
            None => self.room_timers.cancel(name),
        }
    }

    /// The deadline that was set for this session has come; it may have moved since.
    pub(crate) fn session_due(&mut self, id: SessionId, now: Instant) {
        let Some(session) = self.sessions.get(&id) else { return };
        if session.deadline(&self.limits).is_none_or(|deadline| deadline > now) {
            self.arm_session(id);
            return;
        }
        match (session.link, session.greeted) {
            (Link::Lost { .. }, _) => self.give_up(id, LeftReason::Lost, now),
            (Link::Connected { .. }, false) => self.close(id, CloseCode::NoHello, now),
            (Link::Connected { .. }, true) => self.close(id, CloseCode::Silent, now),
        }
    }

    /// As [`Rooms::session_due`], for a room.
    pub(crate) fn room_due(&mut self, name: &RoomName, now: Instant) {
        match self.rooms.get(name).and_then(|room| room.ends_at(self.limits.empty_room)) {
            Some(end) if end <= now => self.end_room(name),
            _ => self.arm_room(name),
        }
    }

    /// There is no such room any more.
    pub(crate) fn end_room(&mut self, name: &RoomName) {
        self.room_timers.cancel(name);
        if let Some(room) = self.rooms.remove(name) {
            self.turn_all_away(room.knocks);
        }
    }
}
