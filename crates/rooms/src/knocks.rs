//! Those who wait to be let in.

use std::sync::Arc;
use std::time::Instant;

use visavis_protocol::{
    Admit, Entry, ErrorCode, Join, Knock, Knocks, ParticipantKind, RoomName, ServerMessage, Waiting,
};

use crate::membership::Coming;
use crate::refusal::Refusal;
use crate::relay::not_joined;
use crate::room::Room;
use crate::rooms::Rooms;
use crate::session::SessionId;

/// What somebody waits for.
#[derive(Debug)]
pub(crate) struct Wish {
    join: Join,
    re: Option<u64>,
}

impl Rooms {
    /// Whether this join has to wait for a host. Then it does.
    pub(crate) fn holds(&mut self, id: SessionId, join: &Join, re: Option<u64>) -> Result<bool, Refusal> {
        let Some(session) = self.sessions.get(&id) else { return Ok(false) };
        let Some(room) = self.rooms.get(&join.room) else { return Ok(false) };
        let is_barred = session.from.is_some_and(|from| room.is_barred(from));
        match room.paths.policy.rules.entry {
            Entry::Closed => {
                return Err(Refusal::new(ErrorCode::RoomClosed, "nobody but hosts may come into this room"));
            }
            Entry::Open if !is_barred => return Ok(false),
            Entry::Open | Entry::Knock => {}
        }
        if session.kind != ParticipantKind::Native {
            let message =
                "hosts let in who comes into this room, which a client of this kind cannot wait for";
            return Err(Refusal::new(ErrorCode::RoomClosed, message));
        }
        if room.knocks.len() >= self.limits.knocks {
            let message = format!("{} others wait to be let in, and more are not kept", self.limits.knocks);
            return Err(Refusal::new(ErrorCode::Busy, message));
        }
        let name = join.room.clone();
        if let (Some(session), Some(room)) = (self.sessions.get_mut(&id), self.rooms.get_mut(&name)) {
            session.wish = Some(Wish { join: join.clone(), re });
            room.knocks.push(id);
        }
        self.tell_waiting_to(id, &name);
        self.tell_knocks(&name);
        Ok(true)
    }

    /// `admit`
    pub(crate) fn admit_one(&mut self, id: SessionId, admit: &Admit, now: Instant) -> Result<(), Refusal> {
        let (_, membership) = self.sender(id).ok_or_else(not_joined)?;
        let name = membership.room.clone();
        let knocks = self.rooms.get(&name).map(|room| room.knocks.clone()).unwrap_or_default();
        let is_meant = |knock: &SessionId| {
            self.sessions.get(knock).is_some_and(|session| session.participant == admit.participant)
        };
        let Some(whom) = knocks.into_iter().find(is_meant) else {
            return Err(Refusal::new(ErrorCode::UnknownParticipant, "nobody of that id waits to be let in"));
        };
        if admit.on {
            self.check_place(&name)?;
            self.let_in(whom, now);
        } else {
            self.turn_away(whom, ErrorCode::NotAdmitted, "a host did not let you in");
        }
        self.tell_knocks(&name);
        Ok(())
    }

    /// Whoever waits does so for what the rules say now.
    pub(crate) fn apply_entry(&mut self, name: &RoomName, now: Instant) {
        let Some(room) = self.rooms.get(name).filter(|room| !room.knocks.is_empty()) else { return };
        let entry = room.paths.policy.rules.entry;
        for knock in room.knocks.clone() {
            let from = self.sessions.get(&knock).and_then(|session| session.from);
            let room = self.rooms.get(name);
            let is_barred = from.zip(room).is_some_and(|(from, room)| room.is_barred(from));
            match entry {
                Entry::Closed => {
                    self.turn_away(knock, ErrorCode::RoomClosed, "a host has closed the room");
                }
                Entry::Open if !is_barred && self.check_place(name).is_ok() => self.let_in(knock, now),
                Entry::Open | Entry::Knock => {}
            }
        }
        self.tell_knocks(name);
    }

    /// Nobody waits for this room any more: it has ended.
    pub(crate) fn turn_all_away(&mut self, knocks: Vec<SessionId>) {
        for knock in knocks {
            self.turn_away(knock, ErrorCode::NotAdmitted, "the call has ended, and nobody let you in");
        }
    }

    /// A client does not wait any more. False if it did not.
    pub(crate) fn stop_waiting(&mut self, id: SessionId) -> bool {
        let Some(wish) = self.forget_wish(id) else { return false };
        self.tell_knocks(&wish.join.room);
        true
    }

    /// Tells a host who waits, if anybody does.
    pub(crate) fn tell_knocks_to(&mut self, id: SessionId) {
        let membership = self.sessions.get(&id).and_then(|session| session.membership.as_ref());
        let room = membership.and_then(|membership| self.rooms.get(&membership.room));
        if room.is_some_and(|room| !room.knocks.is_empty()) {
            let name = membership.map(|membership| membership.room.clone());
            name.iter().for_each(|name| self.tell_knocks(name));
        }
    }

    /// Tells those who wait whether anybody is there who could let them in.
    pub(crate) fn tell_waiting(&mut self, name: &RoomName) {
        for knock in self.rooms.get(name).map(|room| room.knocks.clone()).unwrap_or_default() {
            self.tell_waiting_to(knock, name);
        }
    }

    fn tell_waiting_to(&mut self, id: SessionId, name: &RoomName) {
        let re = self.sessions.get(&id).and_then(|session| session.wish.as_ref()?.re);
        let host = !self.hosts_of(name).is_empty();
        self.send(id, &Arc::new(ServerMessage::Waiting(Waiting { re, room: name.clone(), host })));
    }

    fn tell_knocks(&mut self, name: &RoomName) {
        let Some(room) = self.rooms.get(name) else { return };
        let message = Arc::new(ServerMessage::Knocks(Knocks { items: self.knocks_at(room) }));
        for host in self.hosts_of(name) {
            self.send(host, &message);
        }
    }

    /// Who waits.
    pub(crate) fn knocks_at(&self, room: &Room) -> Vec<Knock> {
        let knocks = room.knocks.iter().filter_map(|knock| {
            let session = self.sessions.get(knock)?;
            Some(Knock { id: session.participant.clone(), name: session.wish.as_ref()?.join.name.clone() })
        });
        knocks.collect()
    }

    fn let_in(&mut self, id: SessionId, now: Instant) {
        if let Some(Wish { join, re }) = self.forget_wish(id) {
            self.come_in(id, join, re, Coming { makes_room: false, host: false }, now);
        }
    }

    fn turn_away(&mut self, id: SessionId, code: ErrorCode, why: &str) {
        if let Some(Wish { re, .. }) = self.forget_wish(id) {
            self.refuse(id, Refusal::new(code, why), re);
        }
    }

    fn forget_wish(&mut self, id: SessionId) -> Option<Wish> {
        let wish = self.sessions.get_mut(&id)?.wish.take()?;
        if let Some(room) = self.rooms.get_mut(&wish.join.room) {
            room.knocks.retain(|knock| *knock != id);
        }
        Some(wish)
    }

    /// Those who can be told something and let somebody in.
    fn hosts_of(&self, name: &RoomName) -> Vec<SessionId> {
        let members = self.rooms.get(name).map(|room| room.members().to_vec()).unwrap_or_default();
        let is_host = |member: &SessionId| {
            let session = self.sessions.get(member).filter(|session| session.can_resume());
            session.and_then(|session| session.membership.as_ref()).is_some_and(|membership| membership.host)
        };
        members.into_iter().filter(is_host).collect()
    }
}
