//! Who may come in.

use visavis_protocol::{ErrorCode, Join};

use crate::refusal::Refusal;
use crate::rooms::Rooms;
use crate::session::SessionId;

impl Rooms {
    /// Whether the join makes the room.
    pub(crate) fn may_join(&self, id: SessionId, join: &Join) -> Result<bool, Refusal> {
        let session =
            self.sessions.get(&id).ok_or_else(|| Refusal::new(ErrorCode::NotJoined, "no such session"))?;
        if session.membership.is_some() {
            return Err(Refusal::new(ErrorCode::AlreadyJoined, "in a room already: leave it first"));
        }
        self.check_name(&join.name)?;
        let Some(room) = self.rooms.get(&join.room) else {
            return self.may_make_room(join);
        };
        if join.host_key.as_ref().is_some_and(|key| !self.opens(key, &join.room, room)) {
            return Err(Refusal::new(ErrorCode::HostKeyRefused, "the host key is not this room's"));
        }
        if room.member(&session.participant).is_some() {
            return Err(Refusal::new(ErrorCode::AlreadyJoined, "in this room already"));
        }
        if room.members().len() >= self.limits.room_participants {
            let message = format!("the room is full: {} participants", self.limits.room_participants);
            return Err(Refusal::new(ErrorCode::RoomFull, message));
        }
        Ok(false)
    }

    fn may_make_room(&self, join: &Join) -> Result<bool, Refusal> {
        if join.host_key.is_some() {
            return Err(Refusal::new(
                ErrorCode::HostKeyRefused,
                "the room that this host key was for has ended",
            ));
        }
        if self.rooms.len() >= self.limits.rooms {
            return Err(Refusal::new(ErrorCode::TooManyRooms, "the server has as many rooms as it allows"));
        }
        Ok(true)
    }

    fn check_name(&self, name: &str) -> Result<(), Refusal> {
        let limit = self.limits.name_bytes;
        if name.len() > limit {
            return Err(Refusal::new(ErrorCode::Invalid, format!("\"name\" has at most {limit} bytes")));
        }
        if name.chars().any(char::is_control) {
            return Err(Refusal::new(ErrorCode::Invalid, "\"name\" has no control characters"));
        }
        Ok(())
    }
}
