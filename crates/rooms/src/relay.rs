//! What one participant says to another, or to all.

use std::sync::Arc;
use std::time::Instant;

use visavis_protocol::{
    Candidate, ChatLine, Description, Entry, ErrorCode, ParticipantId, ParticipantKind, Pong, Reaction,
    RelayedCandidate, RelayedDescription, RoomName, RoomView, ServerMessage, StateUpdate,
};

use crate::refusal::Refusal;
use crate::room::Room;
use crate::rooms::Rooms;
use crate::session::{Membership, Session, SessionId};

impl Rooms {
    /// `description`
    pub(crate) fn relay_description(&mut self, id: SessionId, body: Description) -> Result<(), Refusal> {
        let target = self.target(id, &body.to)?;
        let Some((from, membership)) = self.sender(id) else { return Ok(()) };
        membership.candidates.remove(&body.to);
        let message = RelayedDescription { from, description: body.description };
        self.send(target, &Arc::new(ServerMessage::Description(message)));
        Ok(())
    }

    /// `candidate`
    pub(crate) fn relay_candidate(&mut self, id: SessionId, body: Candidate) -> Result<(), Refusal> {
        let target = self.target(id, &body.to)?;
        let limit = self.limits.candidates;
        let Some((from, membership)) = self.sender(id) else { return Ok(()) };
        let sent = membership.candidates.entry(body.to).or_default();
        if *sent >= limit {
            let message = format!("at most {limit} candidates follow a description");
            return Err(Refusal::new(ErrorCode::TooManyCandidates, message));
        }
        *sent += 1;
        let message = RelayedCandidate { from, candidate: body.candidate };
        self.send(target, &Arc::new(ServerMessage::Candidate(message)));
        Ok(())
    }

    /// `state`
    pub(crate) fn change_state(
        &mut self,
        id: SessionId,
        update: StateUpdate,
        now: Instant,
    ) -> Result<(), Refusal> {
        let (_, membership) = self.sender(id).ok_or_else(not_joined)?;
        membership.said = membership.said.with(update);
        let changed = membership.state.with(update);
        if changed != membership.state {
            membership.state = changed;
            let room = membership.room.clone();
            self.announce_change(id);
            self.evaluate(&room, None, now);
        }
        Ok(())
    }

    /// `chat`
    pub(crate) fn chat(&mut self, id: SessionId, text: String, now: Instant) -> Result<(), Refusal> {
        let time = self.clock.unix_ms(now);
        let session = self.sessions.get(&id);
        let (from, membership) = session
            .and_then(|session| Some((&session.participant, session.membership.as_ref()?)))
            .ok_or_else(not_joined)?;
        let limit = self.limits.chat_text_bytes;
        if text.is_empty() || text.len() > limit {
            return Err(Refusal::new(ErrorCode::Invalid, format!("\"text\" has 1 to {limit} bytes")));
        }
        let name = membership.room.clone();
        let Some(room) = self.rooms.get_mut(&name) else { return Ok(()) };
        let message = room.chat.add(from, &membership.name, text, time, &self.limits);
        self.send_to_all(&name, ServerMessage::Chat(ChatLine { message }));
        Ok(())
    }

    /// `react`
    pub(crate) fn react(&mut self, id: SessionId, emoji: String) -> Result<(), Refusal> {
        let limit = self.limits.reaction_bytes;
        let (from, membership) = self.sender(id).ok_or_else(not_joined)?;
        let room = membership.room.clone();
        if emoji.is_empty() || emoji.len() > limit || emoji.chars().any(char::is_control) {
            let message = format!("\"emoji\" has 1 to {limit} bytes and no control characters");
            return Err(Refusal::new(ErrorCode::Invalid, message));
        }
        self.send_to_all(&room, ServerMessage::Reaction(Reaction { from, emoji }));
        Ok(())
    }

    /// `peek`
    pub(crate) fn peek(&mut self, id: SessionId, room: RoomName, re: u64) -> Result<(), Refusal> {
        let entry = self.rules_of(&room).entry;
        let members = self.rooms.get(&room).map(Room::members).filter(|_| entry == Entry::Open);
        let participants = members
            .unwrap_or_default()
            .iter()
            .filter_map(|member| self.sessions.get(member)?.as_participant());
        let tapes = self.rooms.get(&room).map(|room| &room.paths.tapes);
        let (recording, tracks) = tapes.map(|tapes| (tapes.is_on(), tapes.has_tracks())).unwrap_or_default();
        let view = RoomView { re, participants: participants.collect(), entry, recording, tracks, room };
        self.send(id, &Arc::new(ServerMessage::Room(view)));
        Ok(())
    }

    /// `ack`
    pub(crate) fn acknowledge(&mut self, id: SessionId, seq: u64) -> Result<(), Refusal> {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.outbox.acknowledge(seq);
        }
        Ok(())
    }

    /// `ping`
    pub(crate) fn pong(&mut self, id: SessionId, time: f64) -> Result<(), Refusal> {
        let Some(session) = self.sessions.get(&id) else { return Ok(()) };
        if let Some(connection) = session.connection() {
            let pong = Pong { time, last_id: session.last_id };
            self.send_as(connection, None, Arc::new(ServerMessage::Pong(pong)));
        }
        Ok(())
    }

    /// The session of another participant in the same room that connects to others: nothing is ever passed to anybody else.
    pub(crate) fn target(&self, id: SessionId, to: &ParticipantId) -> Result<SessionId, Refusal> {
        let membership = self.sessions.get(&id).and_then(|session| session.membership.as_ref());
        let room =
            membership.and_then(|membership| self.rooms.get(&membership.room)).ok_or_else(not_joined)?;
        let target = room.member(to).filter(|target| *target != id);
        let target = target.ok_or_else(|| {
            Refusal::new(ErrorCode::UnknownParticipant, "there is nobody else of that id in this room")
        })?;
        if self.sessions.get(&target).is_some_and(|session| session.kind == ParticipantKind::Whip) {
            let message = "whoever publishes by WHIP connects to nobody but the server";
            return Err(Refusal::new(ErrorCode::UnknownParticipant, message));
        }
        Ok(target)
    }

    pub(crate) fn sender(&mut self, id: SessionId) -> Option<(ParticipantId, &mut Membership)> {
        let Session { participant, membership, .. } = self.sessions.get_mut(&id)?;
        Some((participant.clone(), membership.as_mut()?))
    }
}

pub(crate) fn not_joined() -> Refusal {
    Refusal::new(ErrorCode::NotJoined, "this needs a room: join one first")
}
