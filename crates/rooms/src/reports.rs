//! What participants see of each other's media, and of its paths.

use std::time::Instant;

use visavis_protocol::{ErrorCode, Facts, ParticipantId, ParticipantKind, Path, SwitchGap};

use crate::refusal::Refusal;
use crate::relay::not_joined;
use crate::rooms::Rooms;
use crate::session::SessionId;
use crate::switch::Unknown;

impl Rooms {
    /// `facts`
    pub(crate) fn learn(&mut self, id: SessionId, facts: Facts, now: Instant) -> Result<(), Refusal> {
        let (_, membership) = self.sender(id).ok_or_else(not_joined)?;
        membership.media.learn(facts, now);
        // What comes too often is looked at with what comes next.
        let (at_once, every) = (self.limits.looks, self.limits.look_every);
        if self.sessions.get_mut(&id).is_some_and(|session| session.looks.take(at_once, every, now)) {
            self.evaluate_of(id, now);
        }
        Ok(())
    }

    /// `stalled`
    pub(crate) fn stall(
        &mut self,
        id: SessionId,
        publisher: &ParticipantId,
        now: Instant,
    ) -> Result<(), Refusal> {
        let target = self.target(id, publisher)?;
        if self.sessions.get(&target).is_none_or(|session| session.kind != ParticipantKind::Native) {
            let message = "only what comes from native participants can be had otherwise";
            return Err(Refusal::new(ErrorCode::UnknownParticipant, message));
        }
        let (at_once, every) = (self.limits.reports, self.limits.report_every);
        if !self.sessions.get_mut(&id).is_some_and(|session| session.stalls.take(at_once, every, now)) {
            return Err(Refusal::new(ErrorCode::Busy, "so many stalls in so short a time are not looked at"));
        }
        let (participant, membership) = self.sender(id).ok_or_else(not_joined)?;
        let name = membership.room.clone();
        let Some(room) = self.rooms.get_mut(&name) else { return Ok(()) };
        // The other path may have been taken while this was on its way.
        if room.paths.switches.path(publisher) == Path::Direct {
            room.paths.stall(participant, publisher.clone(), now);
            self.evaluate(&name, None, now);
        }
        Ok(())
    }

    /// `switch-ready`
    pub(crate) fn is_ready(&mut self, id: SessionId, switch: u64, now: Instant) -> Result<(), Refusal> {
        let (participant, membership) = self.sender(id).ok_or_else(not_joined)?;
        let name = membership.room.clone();
        let Some(room) = self.rooms.get_mut(&name) else { return Ok(()) };
        room.paths.switches.ready(&participant, switch, now).map_err(unknown)?;
        self.evaluate(&name, None, now);
        Ok(())
    }

    /// `switch-gap`
    pub(crate) fn note_gap(&mut self, id: SessionId, gap: SwitchGap) -> Result<(), Refusal> {
        let limit = self.limits.room_participants;
        let (participant, membership) = self.sender(id).ok_or_else(not_joined)?;
        let name = membership.room.clone();
        let Some(room) = self.rooms.get_mut(&name) else { return Ok(()) };
        room.paths.switches.add_gap(&participant, gap, limit).map_err(unknown)?;
        self.switched.note_gap(gap);
        Ok(())
    }

    /// Something has happened to a session: the paths of its room are decided anew.
    pub(crate) fn evaluate_of(&mut self, id: SessionId, now: Instant) {
        let membership = self.sessions.get(&id).and_then(|session| session.membership.as_ref());
        if let Some(name) = membership.map(|membership| membership.room.clone()) {
            self.evaluate(&name, None, now);
        }
    }

    /// A session is lost: nobody waits for it any more.
    pub(crate) fn pass_over(&mut self, id: SessionId, now: Instant) {
        let Some((participant, membership)) = self.sender(id) else { return };
        let name = membership.room.clone();
        if let Some(room) = self.rooms.get_mut(&name) {
            room.paths.switches.pass_over(&participant, now);
        }
        self.evaluate(&name, None, now);
    }
}

fn unknown(_: Unknown) -> Refusal {
    Refusal::new(ErrorCode::UnknownSwitch, "there is no such switch, or this participant has no part in it")
}
