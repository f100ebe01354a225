//! Coming back: to a session that is still here, or to one that a restart of the server has taken.

use std::collections::HashMap;
use std::time::Instant;

use visavis_protocol::{CloseCode, ErrorCode, ResumeClaims, RoomName, SourceState};

use crate::refusal::Refusal;
use crate::room::Room;
use crate::rooms::Rooms;
use crate::session::{Link, Membership, SessionId};

/// What a resume secret is good for.
enum Way {
    /// Its session is still here.
    Back {
        session: SessionId,
        /// Whether the client's `last_seq` counts the messages that this session counts. A client that never received
        /// its latest full picture still counts those of before.
        same_numbers: bool,
    },
    /// The server was restarted since, and takes the participant back.
    Restore(ResumeClaims),
}

impl Rooms {
    /// `hello` with a secret.
    pub(crate) fn resume(&mut self, id: SessionId, secret: &str, last_seq: u64, now: Instant) {
        match self.examine(secret, now) {
            Some(Way::Back { session, same_numbers }) => {
                self.come_back(id, session, same_numbers.then_some(last_seq), now);
            }
            Some(Way::Restore(claims)) => self.restore(id, claims, now),
            None => {
                if self.admit(id, now) {
                    let message = "the session is over: join as a newcomer";
                    self.refuse(id, Refusal::new(ErrorCode::ResumeRefused, message), None);
                }
            }
        }
    }

    fn examine(&self, secret: &str, now: Instant) -> Option<Way> {
        let claims = self.sealer.open_resume(secret).ok()?;
        let here = self.rooms.get(&claims.room).and_then(|room| room.member(&claims.participant));
        match here {
            Some(session) => self.way_back(session, &claims),
            None => self.may_restore(&claims, now).then_some(Way::Restore(claims)),
        }
    }

    fn way_back(&self, id: SessionId, claims: &ResumeClaims) -> Option<Way> {
        let session = self.sessions.get(&id)?;
        let of_this_run = claims.boot == self.boot;
        let of_this_stay = match session.membership.as_ref()?.since {
            Some(since) => of_this_run && claims.issued >= since,
            None => true,
        };
        let same_numbers = of_this_run && claims.issued >= session.numbers_since;
        of_this_stay.then_some(Way::Back { session: id, same_numbers })
    }

    fn may_restore(&self, claims: &ResumeClaims, now: Instant) -> bool {
        let age = self.clock.unix_ms(now).saturating_sub(claims.issued);
        let in_time = self.clock.uptime(now) <= self.limits.restart_grace
            && u128::from(age) <= self.limits.resume_age.as_millis();
        let has_place = match self.rooms.get(&claims.room) {
            None => self.rooms.len() < self.limits.rooms,
            Some(room) => {
                let same_life = !room.restored || room.instance == claims.instance;
                same_life && room.members().len() < self.limits.room_participants
            }
        };
        claims.boot != self.boot && in_time && has_place && self.is_first_return(claims)
    }

    /// Nobody is restored twice: who was taken back and is not here any more has left.
    fn is_first_return(&self, claims: &ResumeClaims) -> bool {
        self.restored.len() < self.limits.sessions && !self.restored.contains(&claims.participant)
    }

    /// The session `old` goes on over the connection that `id` was made for.
    fn come_back(&mut self, id: SessionId, old: SessionId, last_seq: Option<u64>, now: Instant) {
        let Some(connection) = self.sessions.get(&id).and_then(|session| session.connection()) else {
            return;
        };
        self.drop_session(id);
        let Some(session) = self.sessions.get_mut(&old) else { return };
        let previous = session.link;
        session.link = Link::Connected { connection, heard: now };
        session.errors_in_a_row = 0;
        let replay = last_seq.and_then(|last_seq| session.outbox.replay(last_seq));
        if replay.is_none() {
            session.begin_numbers(self.clock.stamp(now));
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
                missed.into_iter().for_each(|(seq, message)| self.send_as(connection, Some(seq), message));
            }
            None => self.send_joined(old, None, None, now),
        }
        if let Link::Lost { .. } = previous {
            self.announce_change(old);
        }
    }

    /// Makes the participant again as it was before the server was restarted.
    fn restore(&mut self, id: SessionId, claims: ResumeClaims, now: Instant) {
        if !self.take_in(id, now) {
            return;
        }
        self.restored.insert(claims.participant.clone());
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
            since: None,
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
        let left = self.limits.restart_grace.checked_sub(self.clock.uptime(now))?;
        room.restored.then(|| u64::try_from(left.as_millis()).unwrap_or(u64::MAX))
    }
}
