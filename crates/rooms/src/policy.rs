//! What a host decides about a room's media.

use std::time::Instant;

use visavis_protocol::{DirectPolicy, Entry, ErrorCode, ParticipantId, ParticipantKind, Policy, RoomName};

use crate::refusal::Refusal;
use crate::relay::not_joined;
use crate::rooms::Rooms;
use crate::session::SessionId;

impl Rooms {
    /// `policy`
    pub(crate) fn set_policy(&mut self, id: SessionId, policy: Policy, now: Instant) -> Result<(), Refusal> {
        let (_, membership) = self.sender(id).ok_or_else(not_joined)?;
        let name = membership.room.clone();
        self.check_policy(&name, policy)?;
        if self.rooms.get(&name).is_none_or(|room| room.paths.policy == policy) {
            return Ok(());
        }
        let (at_once, every) = (self.limits.reports, self.limits.report_every);
        if !self.sessions.get_mut(&id).is_some_and(|session| session.policies.take(at_once, every, now)) {
            return Err(Refusal::new(
                ErrorCode::Busy,
                "so many policies in so short a time are not followed",
            ));
        }
        self.change_policy(&name, policy, now)
    }

    /// Whether whoever is there can be in a room in which this holds.
    fn check_policy(&self, name: &RoomName, policy: Policy) -> Result<(), Refusal> {
        let Some(room) = self.rooms.get(name) else { return Ok(()) };
        let refused = match policy.direct_in_effect() {
            DirectPolicy::Never if self.count(room, ParticipantKind::Classic) > 0 => {
                "there are classic clients in the room, to whom everybody connects"
            }
            DirectPolicy::Only if self.count(room, ParticipantKind::Whip) > 0 => {
                "somebody publishes by WHIP, which takes this server"
            }
            _ => "",
        };
        if refused.is_empty() { Ok(()) } else { Err(Refusal::new(ErrorCode::Invalid, refused)) }
    }

    /// This holds in a room from now on, if it can.
    pub(crate) fn change_policy(
        &mut self,
        name: &RoomName,
        policy: Policy,
        now: Instant,
    ) -> Result<(), Refusal> {
        self.check_policy(name, policy)?;
        if self.rooms.get(name).is_some_and(|room| room.paths.policy == policy) {
            return Ok(());
        }
        self.take_policy(name, policy, now);
        self.apply_entry(name, now);
        // Secrets say what holds, so that it does after a restart as well.
        for member in self.rooms.get(name).map(|room| room.members().to_vec()).unwrap_or_default() {
            if self.sessions.get(&member).is_some_and(|session| session.can_resume()) {
                self.send_joined(member, None, None, now);
            }
        }
        Ok(())
    }

    /// This holds in the room from now on.
    pub(crate) fn take_policy(&mut self, name: &RoomName, policy: Policy, now: Instant) {
        let Some(room) = self.rooms.get_mut(name) else { return };
        let is_asked_for = !room.paths.plan.standby && policy.direct != DirectPolicy::Only;
        let members = room.members().to_vec();
        room.paths.set_policy(policy);
        self.apply_rules(name);
        for member in members {
            let Some(session) = self.sessions.get_mut(&member) else { continue };
            let participant = session.participant.clone();
            if let Some(membership) = session.membership.as_mut().filter(|_| is_asked_for) {
                membership.media.await_standby(now);
            }
            if policy.direct == DirectPolicy::Only || policy.rules.entry != Entry::Open {
                self.end_viewers_of(name, &participant);
            }
        }
        if policy.rules.entry != Entry::Open {
            self.end_viewers_of(name, &ParticipantId::mix());
        }
        self.evaluate(name, None, now);
    }
}
