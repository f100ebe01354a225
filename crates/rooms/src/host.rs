//! What hosts do to others, and what the rules of a room do to its guests. Who may do what stands in [`crate::permissions`].

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use visavis_protocol::{
    Appoint, Ask, Asked, CloseCode, ErrorCode, LeftReason, Mute, Muted, ParticipantId, ParticipantKind,
    Remove, Removed, RemovedReason, RoomName, Rules, ServerMessage, SourceState, StateUpdate,
};

use crate::refusal::Refusal;
use crate::relay::not_joined;
use crate::rooms::Rooms;
use crate::session::{Session, SessionId};

impl Rooms {
    /// `mute`
    pub(crate) fn mute(&mut self, id: SessionId, mute: &Mute, now: Instant) -> Result<(), Refusal> {
        let (from, membership) = self.sender(id).ok_or_else(not_joined)?;
        let room = membership.room.clone();
        let members = match &mute.participant {
            Some(whom) => vec![self.other(id, whom)?],
            None => self.guests_of(&room),
        };
        let off = |is_off: bool| is_off.then_some(false);
        let update = StateUpdate {
            mic: off(mute.mic),
            camera: off(mute.camera),
            screen: off(mute.screen),
            screen_audio: off(mute.screen),
            hand: None,
        };
        for member in members {
            self.switch_off(member, Some(&from), |state| state.with(update));
        }
        self.evaluate(&room, None, now);
        Ok(())
    }

    /// `ask`. For whoever publishes by WHIP there is nobody to ask: it is as it was before a host switched it off.
    pub(crate) fn ask(&mut self, id: SessionId, ask: &Ask, now: Instant) -> Result<(), Refusal> {
        let (from, membership) = self.sender(id).ok_or_else(not_joined)?;
        let room = membership.room.clone();
        let whom = self.other(id, &ask.participant)?;
        let Ask { mic, camera, .. } = *ask;
        if self.sessions.get(&whom).is_some_and(Session::can_resume) {
            self.send(whom, &Arc::new(ServerMessage::Asked(Asked { from, mic, camera })));
            return Ok(());
        }
        let rules = self.rules_of(&room);
        let session = self.sessions.get_mut(&whom).filter(|session| session.kind == ParticipantKind::Whip);
        if let Some(membership) = session.and_then(|session| session.membership.as_mut()) {
            let said = rules.allowed(membership.said);
            membership.state.mic |= mic && said.mic;
            membership.state.camera |= camera && said.camera;
            self.announce_change(whom);
            self.evaluate(&room, None, now);
        }
        Ok(())
    }

    /// `remove`
    pub(crate) fn remove(&mut self, id: SessionId, remove: &Remove, now: Instant) -> Result<(), Refusal> {
        let (_, membership) = self.sender(id).ok_or_else(not_joined)?;
        let name = membership.room.clone();
        let whom = self.other(id, &remove.participant)?;
        self.remove_one(&name, whom, now)
    }

    /// Takes a guest out of a room, for good.
    pub(crate) fn remove_one(
        &mut self,
        name: &RoomName,
        whom: SessionId,
        now: Instant,
    ) -> Result<(), Refusal> {
        let Some(session) = self.sessions.get(&whom) else { return Ok(()) };
        if session.membership.as_ref().is_some_and(|membership| membership.host) {
            return Err(Refusal::new(ErrorCode::NotAllowed, "a host is not taken out by another one"));
        }
        let from = session.from;
        if let (Some(room), Some(from)) = (self.rooms.get_mut(name), from) {
            room.bar(from, self.limits.barred);
        }
        self.take_out(whom, RemovedReason::Removed, now);
        Ok(())
    }

    /// `appoint`
    pub(crate) fn appoint(&mut self, id: SessionId, appoint: &Appoint, now: Instant) -> Result<(), Refusal> {
        let whom = self.other(id, &appoint.participant)?;
        let session = self.sessions.get_mut(&whom).filter(|session| session.can_resume());
        let Some(membership) = session.and_then(|session| session.membership.as_mut()) else {
            return Err(Refusal::new(ErrorCode::NotAllowed, "a client of this kind cannot do what hosts do"));
        };
        if !std::mem::replace(&mut membership.host, true) {
            let room = membership.room.clone();
            let key = self.host_key(&room);
            self.announce_change(whom);
            // With a secret that says so, and the key that makes others host.
            self.send_joined(whom, None, key, now);
            self.tell_waiting(&room);
        }
        Ok(())
    }

    /// `end`: nobody is in the room any more, and it is one no longer.
    pub(crate) fn end(&mut self, id: SessionId, now: Instant) -> Result<(), Refusal> {
        let (_, membership) = self.sender(id).ok_or_else(not_joined)?;
        let name = membership.room.clone();
        self.end_call(&name, Some(id), now);
        Ok(())
    }

    /// Nobody is in the room any more, last of all whoever has ended it, and it is one no longer.
    pub(crate) fn end_call(&mut self, name: &RoomName, by: Option<SessionId>, now: Instant) {
        let members = self.rooms.get(name).map(|room| room.members().to_vec()).unwrap_or_default();
        for member in members.into_iter().filter(|member| Some(*member) != by).chain(by) {
            self.take_out(member, RemovedReason::Ended, now);
        }
        self.end_room(name);
    }

    /// What the rules do not allow any more is off; what they allow again is on, where nobody has to be asked.
    pub(crate) fn apply_rules(&mut self, name: &RoomName) {
        let rules = self.rules_of(name);
        for member in self.guests_of(name) {
            let Some(session) = self.sessions.get_mut(&member) else { continue };
            let is_asked = session.can_resume();
            let Some(membership) = &mut session.membership else { continue };
            if is_asked {
                self.switch_off(member, None, |state| rules.allowed(state));
            } else if membership.state != rules.allowed(membership.said) {
                membership.state = rules.allowed(membership.said);
                self.announce_change(member);
            }
        }
    }

    /// The rules of a room.
    pub(crate) fn rules_of(&self, name: &RoomName) -> Rules {
        self.rooms.get(name).map(|room| room.paths.policy.rules).unwrap_or_default()
    }

    /// Switches off what `left` leaves out, and tells.
    fn switch_off(
        &mut self,
        member: SessionId,
        from: Option<&ParticipantId>,
        left: impl FnOnce(SourceState) -> SourceState,
    ) {
        let Some(session) = self.sessions.get_mut(&member) else { return };
        let is_told = session.can_resume();
        let Some(membership) = &mut session.membership else { return };
        let (before, after) = (membership.state, left(membership.state));
        if before == after {
            return;
        }
        membership.state = after;
        if is_told {
            let muted = Muted {
                from: from.cloned(),
                mic: before.mic && !after.mic,
                camera: before.camera && !after.camera,
                screen: before.screen && !after.screen || before.screen_audio && !after.screen_audio,
            };
            self.send(member, &Arc::new(ServerMessage::Muted(muted)));
        }
        self.announce_change(member);
    }

    /// Takes somebody out of the room. Whoever has no connection beside it has none any more.
    fn take_out(&mut self, member: SessionId, reason: RemovedReason, now: Instant) {
        let Some(session) = self.sessions.get(&member) else { return };
        if session.can_resume() {
            self.send(member, &Arc::new(ServerMessage::Removed(Removed { reason })));
            self.remove_from_room(member, LeftReason::Removed, now);
        } else {
            let connection = session.connection();
            self.give_up(member, LeftReason::Removed, now);
            if let Some(connection) = connection {
                self.disown(connection, CloseCode::Removed);
            }
        }
    }

    /// Another participant of one's room, of whatever kind.
    fn other(&self, id: SessionId, whom: &ParticipantId) -> Result<SessionId, Refusal> {
        let membership = self.sessions.get(&id).and_then(|session| session.membership.as_ref());
        let room = membership.and_then(|membership| self.rooms.get(&membership.room));
        room.and_then(|room| room.member(whom)).filter(|member| *member != id).ok_or_else(|| {
            Refusal::new(ErrorCode::UnknownParticipant, "there is nobody else of that id in this room")
        })
    }

    fn guests_of(&self, name: &RoomName) -> Vec<SessionId> {
        let members = self.rooms.get(name).map(|room| room.members().to_vec()).unwrap_or_default();
        let is_guest = |member: &SessionId| {
            let membership = self.sessions.get(member).and_then(|session| session.membership.as_ref());
            membership.is_some_and(|membership| !membership.host)
        };
        members.into_iter().filter(is_guest).collect()
    }
}

/// What stands for everybody behind one connection to the internet: with IPv6 each has a network of their own.
pub(crate) fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
        address => address,
    }
}
