//! Coming into a room, being lost, leaving.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use visavis_protocol::{
    DirectPolicy, ErrorCode, ForwardRequest, Join, Joined, Left, LeftReason, ParticipantJoined,
    ParticipantLeft, Path, Reason, Rights, ServerMessage, SourceState,
};

use crate::media::Media;
use crate::paths::Paths;
use crate::refusal::Refusal;
use crate::rooms::Rooms;
use crate::session::{Link, Membership, SessionId};

/// How somebody comes into a room.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Coming {
    /// There is no such room yet.
    pub(crate) makes_room: bool,
    /// They may do what hosts may.
    pub(crate) host: bool,
}

impl Rooms {
    /// `join`
    pub(crate) fn join(
        &mut self,
        id: SessionId,
        join: Join,
        re: Option<u64>,
        now: Instant,
    ) -> Result<(), Refusal> {
        let mut join = join;
        let token = self.check_token(id, &join, now)?;
        let rights = token.as_ref().map(|token| token.rights);
        if let Some(name) = token.and_then(|token| token.name) {
            join.name = name;
        }
        let makes_room = self.may_join(id, &join)?;
        let has_key = join.host_key.is_some() || rights == Some(Rights::Host);
        if !makes_room && !has_key && self.holds(id, &join, re)? {
            return Ok(());
        }
        // Where tokens say who is host, making the room does not.
        let makes_host = makes_room && rights.is_none();
        self.come_in(id, join, re, Coming { makes_room, host: has_key || makes_host }, now);
        Ok(())
    }

    /// Enters a room in which there is a place.
    pub(crate) fn come_in(
        &mut self,
        id: SessionId,
        join: Join,
        re: Option<u64>,
        coming: Coming,
        now: Instant,
    ) {
        let Coming { makes_room, host } = coming;
        if makes_room {
            let life = self.begin_life(now);
            let policy = join.policy.unwrap_or_default();
            let legs = policy.direct_in_effect() != DirectPolicy::Never;
            self.make_room(&join.room, life, Paths::new(policy, legs, now), now);
        }
        let (said, rules) = (SourceState::default().with(join.state), self.rules_of(&join.room));
        let membership = Membership {
            room: join.room.clone(),
            name: join.name,
            host,
            state: if host { said } else { rules.allowed(said) },
            said,
            media: Media::new(now),
            candidates: HashMap::new(),
            since: Some(self.clock.stamp(now)),
        };
        self.enter(id, membership, None, now);
        let host_key = if makes_room && host { self.host_key(&join.room) } else { None };
        self.send_joined(id, re, host_key, now);
        if host {
            self.tell_waiting(&join.room);
        }
    }

    /// `leave`
    pub(crate) fn leave(&mut self, id: SessionId, re: u64, now: Instant) -> Result<(), Refusal> {
        if !self.stop_waiting(id) && !self.remove_from_room(id, LeftReason::Left, now) {
            return Err(Refusal::new(ErrorCode::NotJoined, "there is no room to leave"));
        }
        self.send(id, &Arc::new(ServerMessage::Left(Left { re })));
        Ok(())
    }

    /// Puts a session into its room, and tells the others. `path`: that of its media before the server was restarted.
    pub(crate) fn enter(&mut self, id: SessionId, membership: Membership, path: Option<Path>, now: Instant) {
        let name = membership.room.clone();
        let (Some(session), Some(room)) = (self.sessions.get_mut(&id), self.rooms.get_mut(&name)) else {
            return;
        };
        room.add(session.participant.clone(), id);
        room.paths.enter(now);
        if let Some(path) = path.filter(|_| room.paths.policy.direct_in_effect() == DirectPolicy::Auto) {
            let reason = if path == Path::Forward { Reason::RoomSize } else { Reason::Small };
            let (participant, name) = (session.participant.clone(), membership.name.clone());
            room.paths.switches.enter(participant, name, (path, reason), now);
        }
        session.membership = Some(membership);
        let Some(participant) = session.as_participant() else { return };
        self.arm_room(&name);
        self.send_to_others(&name, id, ServerMessage::ParticipantJoined(ParticipantJoined { participant }));
        self.evaluate(&name, Some(id), now);
    }

    /// Sends the full picture.
    pub(crate) fn send_joined(
        &mut self,
        id: SessionId,
        re: Option<u64>,
        host_key: Option<String>,
        now: Instant,
    ) {
        let Some(session) = self.sessions.get(&id) else { return };
        let (participant, Some(membership)) = (session.participant.clone(), &session.membership) else {
            return;
        };
        let Some(room) = self.rooms.get(&membership.room) else { return };
        let others = room.members().iter().filter(|member| **member != id);
        let is_host = membership.host;
        let joined = Joined {
            re,
            room: membership.room.clone(),
            participant,
            resume: String::new(),
            host: membership.host,
            host_key,
            settling: None,
            plan: room.paths.plan.clone(),
            participants: others.filter_map(|member| self.sessions.get(member)?.as_participant()).collect(),
            chat: room.chat.lines(),
        };
        let settling = self.settling(room, now);
        let resume = self.resume_secret(id, now);
        self.send(id, &Arc::new(ServerMessage::Joined(Joined { resume, settling, ..joined })));
        self.tell_recordings_to(id);
        if is_host {
            self.tell_knocks_to(id);
        }
    }

    /// Tells the others that something about this participant changed.
    pub(crate) fn announce_change(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get(&id) else { return };
        let (Some(participant), Some(membership)) = (session.as_participant(), &session.membership) else {
            return;
        };
        let room = membership.room.clone();
        self.send_to_others(&room, id, ServerMessage::ParticipantChanged(ParticipantJoined { participant }));
    }

    /// The session's connection is gone: wait for it if it may come back, otherwise let it go.
    pub(crate) fn lose(&mut self, id: SessionId, now: Instant) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.link = Link::Lost { since: now };
        if session.membership.is_some() && session.can_resume() {
            self.arm_session(id);
            self.announce_change(id);
            self.pass_over(id, now);
        } else {
            self.give_up(id, LeftReason::Lost, now);
        }
    }

    /// The session is over.
    pub(crate) fn give_up(&mut self, id: SessionId, reason: LeftReason, now: Instant) {
        self.stop_waiting(id);
        self.remove_from_room(id, reason, now);
        self.drop_session(id);
    }

    /// False if it was in no room.
    pub(crate) fn remove_from_room(&mut self, id: SessionId, reason: LeftReason, now: Instant) -> bool {
        let Some(session) = self.sessions.get_mut(&id) else { return false };
        let Some(membership) = session.membership.take() else { return false };
        let participant = session.participant.clone();
        self.ask_forwarder(&membership.room, &participant, ForwardRequest::Leave);
        if let Some(room) = self.rooms.get_mut(&membership.room) {
            room.remove(&participant, now);
            room.paths.leave(&participant, now);
            for member in room.members() {
                let membership =
                    self.sessions.get_mut(member).and_then(|session| session.membership.as_mut());
                membership.and_then(|membership| membership.candidates.remove(&participant));
            }
        }
        self.arm_room(&membership.room);
        self.end_viewers_of(&membership.room, &participant);
        let left = ServerMessage::ParticipantLeft(ParticipantLeft { participant, reason });
        self.send_to_others(&membership.room, id, left);
        self.evaluate(&membership.room, None, now);
        if membership.host {
            self.tell_waiting(&membership.room);
        }
        true
    }
}
