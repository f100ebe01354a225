//! The first message of a connection: a new client, or one that comes back.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use visavis_protocol::{
    CloseCode, ErrorCode, Hello, PROTOCOL, ParticipantId, ResumeClaims, RoomName, ServerMessage, SourceState,
    Welcome,
};

use crate::outbox::Outbox;
use crate::room::Room;
use crate::rooms::{Refusal, Rooms};
use crate::session::{Link, Membership, SessionId};

/// What a resume secret is good for.
enum Way {
    /// Its session is still here.
    Back(SessionId),
    /// The server was restarted since, and takes the participant back.
    Restore,
}

impl Rooms {
    /// `hello`
    pub(crate) fn hello(&mut self, id: SessionId, hello: &Hello, now: Instant) -> Result<(), Refusal> {
        let Some(session) = self.sessions.get_mut(&id) else { return Ok(()) };
        if session.greeted {
            return Err(Refusal::new(ErrorCode::HelloRepeated, "\"hello\" is said once"));
        }
        if hello.protocol != PROTOCOL {
            let message = format!("protocol {} is not spoken here, only {PROTOCOL}", hello.protocol);
            self.refuse(id, Refusal::new(ErrorCode::UnsupportedProtocol, message), None);
            self.close(id, CloseCode::UnsupportedProtocol, now);
            return Ok(());
        }
        session.greeted = true;
        self.arm_session(id);
        match hello.resume.as_deref() {
            None => self.welcome(id, None, false, now),
            Some(secret) => self.resume(id, secret, hello.last_seq, now),
        }
        Ok(())
    }

    fn resume(&mut self, id: SessionId, secret: &str, last_seq: u64, now: Instant) {
        let Ok((claims, way)) = self.examine(secret, now) else {
            self.welcome(id, None, false, now);
            let message = "the session is over: join as a newcomer";
            self.refuse(id, Refusal::new(ErrorCode::ResumeRefused, message), None);
            return;
        };
        match way {
            Way::Back(old) => self.come_back(id, old, last_seq, now),
            Way::Restore => self.restore(id, claims, now),
        }
    }

    fn examine(&self, secret: &str, now: Instant) -> Result<(ResumeClaims, Way), ()> {
        let claims = self.sealer.open_resume(secret).map_err(|_| ())?;
        let room = self.rooms.get(&claims.room);
        let here = room.and_then(|room| room.member(&claims.participant));
        if let Some(session) = here {
            return Ok((claims, Way::Back(session)));
        }
        let age = self.clock.unix_ms(now).saturating_sub(claims.issued);
        let of_predecessor = claims.boot != self.boot && self.clock.uptime(now) <= self.limits.restart_grace;
        let same_life = room.is_none_or(|room| !room.restored || room.instance == claims.instance);
        if of_predecessor && same_life && u128::from(age) <= self.limits.resume_age.as_millis() {
            return Ok((claims, Way::Restore));
        }
        Err(())
    }

    /// The session `old` goes on over the connection that `id` was made for.
    fn come_back(&mut self, id: SessionId, old: SessionId, last_seq: u64, now: Instant) {
        let Some(connection) = self.sessions.get(&id).and_then(|session| session.connection()) else {
            return;
        };
        self.drop_session(id);
        let Some(session) = self.sessions.get_mut(&old) else { return };
        let previous = session.link;
        session.link = Link::Connected { connection, heard: now };
        session.errors_in_a_row = 0;
        let replay = session.outbox.replay(last_seq);
        if replay.is_none() {
            session.outbox = Outbox::new(true);
            session.last_id = 0;
        }
        let room = session.membership.as_ref().map(|membership| membership.room.clone());
        self.connections.insert(connection, old);
        self.arm_session(old);
        if let Link::Connected { connection, .. } = previous {
            self.disown(connection, CloseCode::ResumedElsewhere);
        }
        self.welcome(old, room, replay.is_some(), now);
        match replay {
            Some(missed) => {
                missed.into_iter().for_each(|(seq, message)| self.send_as(connection, Some(seq), message))
            }
            None => self.send_joined(old, None, None, now),
        }
        if let Link::Lost { .. } = previous {
            self.announce_change(old);
        }
    }

    /// Makes the participant again as it was before the server was restarted.
    fn restore(&mut self, id: SessionId, claims: ResumeClaims, now: Instant) {
        self.restore_room(&claims.room, claims.instance, now);
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.participant = claims.participant;
        self.welcome(id, Some(claims.room.clone()), false, now);
        let membership = Membership {
            room: claims.room,
            name: claims.name,
            host: claims.host,
            state: SourceState::default(),
            candidates: HashMap::new(),
        };
        self.enter(id, membership);
        self.send_joined(id, None, None, now);
    }

    /// Brings the room's old life back. If a newcomer made the room before anybody came back, its rights as the maker
    /// were a mistake: those who were in it before decide who is host.
    fn restore_room(&mut self, name: &RoomName, instance: u64, now: Instant) {
        let room = self.rooms.entry(name.clone()).or_insert_with(|| Room::new(instance, now));
        if room.restored {
            return;
        }
        room.restored = true;
        room.instance = instance;
        let members = room.members().to_vec();
        for member in members {
            let membership = self.sessions.get_mut(&member).and_then(|session| session.membership.as_mut());
            if membership.is_some_and(|membership| std::mem::take(&mut membership.host)) {
                self.announce_change(member);
                self.send_joined(member, None, None, now);
            }
        }
    }

    /// For how many milliseconds yet participants of before a restart may come back into this room.
    pub(crate) fn settling(&self, room: &Room, now: Instant) -> Option<u64> {
        let left = self.limits.lost.checked_sub(self.clock.uptime(now))?;
        room.restored.then(|| u64::try_from(left.as_millis()).unwrap_or(u64::MAX))
    }

    fn welcome(&mut self, id: SessionId, room: Option<RoomName>, resumed: bool, now: Instant) {
        let Some(session) = self.sessions.get(&id) else { return };
        let Some(connection) = session.connection() else { return };
        let participant: ParticipantId = session.participant.clone();
        let welcome = Welcome {
            protocol: PROTOCOL,
            server: self.server.clone(),
            participant,
            room,
            resumed,
            last_id: session.last_id,
            ice_servers: Vec::new(),
            ice_ttl: 0,
            time: self.clock.unix_ms(now),
        };
        self.send_as(connection, None, Arc::new(ServerMessage::Welcome(welcome)));
    }
}
