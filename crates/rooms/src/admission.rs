//! Who may come in.

use std::time::Instant;

use rand::Rng as _;
use visavis_protocol::{
    DirectPolicy, ErrorCode, Join, ParticipantKind, Rights, RoomName, RoomToken, may_be_in_name,
};

use crate::life::Life;
use crate::paths::Paths;
use crate::refusal::Refusal;
use crate::room::Room;
use crate::rooms::Rooms;
use crate::session::SessionId;

impl Rooms {
    /// Whether the join makes the room.
    pub(crate) fn may_join(&self, id: SessionId, join: &Join) -> Result<bool, Refusal> {
        let session =
            self.sessions.get(&id).ok_or_else(|| Refusal::new(ErrorCode::NotJoined, "no such session"))?;
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
        self.check_place(&join.room)?;
        self.check_kind(session.kind, room)?;
        Ok(false)
    }

    /// What the token of a join says; nothing, where none is needed. WHIP is looked at where it comes in, by HTTP.
    pub(crate) fn check_token(
        &self,
        id: SessionId,
        join: &Join,
        now: Instant,
    ) -> Result<Option<RoomToken>, Refusal> {
        let kind = self.sessions.get(&id).map(|session| session.kind);
        if self.tokens.is_empty() || kind == Some(ParticipantKind::Whip) {
            return Ok(None);
        }
        let refused = |why: String| Refusal::new(ErrorCode::TokenRefused, why);
        let token = join.token.as_deref();
        let token = token.ok_or_else(|| refused("this server lets nobody in without a token".to_owned()))?;
        let checked = self.tokens.check(token, &join.room, self.clock.unix_ms(now) / 1000);
        let token = checked.map_err(|error| refused(error.to_string()))?;
        match token.rights {
            Rights::Watch => Err(refused("with this token one may watch, and not come in".to_owned())),
            Rights::Guest | Rights::Host => Ok(Some(token)),
        }
    }

    /// Whether one more may be in it.
    pub(crate) fn check_place(&self, name: &RoomName) -> Result<(), Refusal> {
        let most = self.limits.room_participants;
        match self.rooms.get(name) {
            Some(room) if room.members().len() >= most => {
                Err(Refusal::new(ErrorCode::RoomFull, format!("the room is full: {most} participants")))
            }
            _ => Ok(()),
        }
    }

    /// Whether the way that the room's media goes leaves a place for a client of this kind.
    fn check_kind(&self, kind: ParticipantKind, room: &Room) -> Result<(), Refusal> {
        match (kind, room.paths.policy.direct_in_effect()) {
            (ParticipantKind::Whip, DirectPolicy::Only) => {
                let message =
                    "the media of this room is not forwarded, but goes from participant to participant only";
                Err(Refusal::new(ErrorCode::NotForwarded, message))
            }
            (ParticipantKind::Classic, DirectPolicy::Never) => {
                let message =
                    "nobody connects to anybody in this room, which classic clients cannot do without";
                Err(Refusal::new(ErrorCode::RoomFull, message))
            }
            (ParticipantKind::Classic, DirectPolicy::Auto) if !self.has_place_for_classic(room) => {
                let places = self.limits.classic_forwarded;
                let message = format!(
                    "a room in which anybody is forwarded has {places} places for classic clients, and all are taken"
                );
                Err(Refusal::new(ErrorCode::RoomFull, message))
            }
            _ => Ok(()),
        }
    }

    /// Everyone sends to a classic client directly, which is what those who are forwarded are to be spared.
    fn has_place_for_classic(&self, room: &Room) -> bool {
        let places = self.limits.classic_forwarded;
        room.paths.plan.forwarded.is_empty() || self.count(room, ParticipantKind::Classic) < places
    }

    /// How many of a kind are in a room.
    pub(crate) fn count(&self, room: &Room, kind: ParticipantKind) -> usize {
        let members = room.members().iter().filter_map(|member| self.sessions.get(member));
        members.filter(|session| session.kind == kind).count()
    }

    fn may_make_room(&self, join: &Join) -> Result<bool, Refusal> {
        if join.host_key.is_some() {
            return Err(Refusal::new(
                ErrorCode::HostKeyRefused,
                "the room that this host key was for has ended",
            ));
        }
        if !self.has_place_for_a_room() {
            return Err(Refusal::new(ErrorCode::TooManyRooms, "the server has as many rooms as it allows"));
        }
        Ok(true)
    }

    /// Whether one more room may be made: at the limit an empty one has to end for it.
    pub(crate) fn has_place_for_a_room(&self) -> bool {
        self.rooms.len() < self.limits.rooms || self.room_timers.first().is_some()
    }

    /// Makes a room, for which there is a place. Empty rooms are kept for those who may come back to them, and not so
    /// that somebody can fill the server with them: at the limit, the one that has been empty longest ends.
    pub(crate) fn make_room(&mut self, name: &RoomName, life: Life, paths: Paths, now: Instant) {
        if self.rooms.len() >= self.limits.rooms
            && let Some(longest_empty) = self.room_timers.take_first()
        {
            self.end_room(&longest_empty);
        }
        self.rooms.insert(name.clone(), Room::new(life, paths, now));
    }

    /// The number of a life that begins now.
    pub(crate) fn begin_life(&mut self, now: Instant) -> Life {
        Life::begin(self.clock.stamp(now), self.random.random())
    }

    fn check_name(&self, name: &str) -> Result<(), Refusal> {
        let limit = self.limits.name_bytes;
        if name.len() > limit {
            return Err(Refusal::new(ErrorCode::Invalid, format!("\"name\" has at most {limit} bytes")));
        }
        if !name.chars().all(may_be_in_name) {
            let message = "\"name\" has no control characters, and none that turn the direction of text";
            return Err(Refusal::new(ErrorCode::Invalid, message));
        }
        Ok(())
    }
}
