//! Coming back: to a session that is still here, or to one that a restart of the server has taken.

use std::collections::HashMap;
use std::time::Instant;

use visavis_protocol::{
    CloseCode, DirectPolicy, ErrorCode, Hello, Path, ResumeClaims, RoomName, SourceState,
};

use crate::life::Life;
use crate::media::Media;
use crate::paths::Paths;
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
    pub(crate) fn resume(&mut self, id: SessionId, secret: &str, hello: &Hello, now: Instant) {
        match self.examine(secret, now) {
            Some(Way::Back { session, same_numbers }) => {
                self.come_back(id, session, same_numbers.then_some(hello.last_seq), now);
            }
            Some(Way::Restore(claims)) => self.restore(id, claims, hello.path, now),
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
            None => self.has_place_for_a_room(),
            Some(room) => {
                let last_life = room.restored.is_none_or(|restored| restored <= Life(claims.instance));
                last_life && room.members().len() < self.limits.room_participants
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
            self.evaluate_of(old, now);
        }
    }

    /// Makes the participant again as it was before the server was restarted, its media on the path that it had.
    fn restore(&mut self, id: SessionId, claims: ResumeClaims, path: Option<Path>, now: Instant) {
        if !self.take_in(id, now) {
            return;
        }
        self.restored.insert(claims.participant.clone());
        self.restore_room(&claims, now);
        let room = claims.room.clone();
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.participant = claims.participant;
        self.welcome(id, Some(claims.room.clone()), false, now);
        let membership = Membership {
            room: claims.room,
            name: claims.name,
            host: claims.host,
            state: SourceState::default(),
            said: SourceState::default(),
            media: Media::new(now),
            candidates: HashMap::new(),
            since: None,
        };
        self.enter(id, membership, path, now);
        self.send_joined(id, None, None, now);
        // Whoever has waited meanwhile takes no place of those who come back.
        self.apply_entry(&room, now);
    }

    /// Brings back a life that the room had before the restart: the last one, as far as is known. Whoever is there already
    /// made the room as a newcomer, or was in a life before this one: their rights as hosts were a mistake.
    fn restore_room(&mut self, claims: &ResumeClaims, now: Instant) {
        let (name, life) = (&claims.room, Life(claims.instance));
        let Some(room) = self.rooms.get(name) else {
            // Those who connected to each other before go on to do so.
            let legs = claims.policy.direct_in_effect() != DirectPolicy::Never;
            self.make_room(name, life, Paths::new(claims.policy, legs, now), now);
            return self.set_life(name, life, life);
        };
        if room.restored == Some(life) {
            return;
        }
        // Secrets given out here so far may name a life that began after this one, and make their bearers host: after
        // another restart they must not be the ones that count.
        let number = if room.life > life { self.begin_life(now) } else { life };
        self.set_life(name, number, life);
        self.take_policy(name, claims.policy, now);
        self.demote_all(name, now);
    }

    fn set_life(&mut self, name: &RoomName, life: Life, restored: Life) {
        if let Some(room) = self.rooms.get_mut(name) {
            room.life = life;
            room.restored = Some(restored);
        }
    }

    /// Nobody in the room is a host any more. Everybody gets a secret of the room's present life.
    fn demote_all(&mut self, name: &RoomName, now: Instant) {
        let members = self.rooms.get(name).map(|room| room.members().to_vec()).unwrap_or_default();
        for &member in &members {
            let membership = self.sessions.get_mut(&member).and_then(|session| session.membership.as_mut());
            if membership.is_some_and(|membership| std::mem::take(&mut membership.host)) {
                self.announce_change(member);
            }
        }
        for member in members {
            self.send_joined(member, None, None, now);
        }
    }

    /// For how many milliseconds yet participants of before a restart may come back into this room.
    pub(crate) fn settling(&self, room: &Room, now: Instant) -> Option<u64> {
        let left = self.limits.restart_grace.checked_sub(self.clock.uptime(now))?;
        room.restored.map(|_| u64::try_from(left.as_millis()).unwrap_or(u64::MAX))
    }
}
