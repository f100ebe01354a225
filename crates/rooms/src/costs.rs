//! What is measured in a room.

use std::sync::Arc;
use std::time::Instant;

use visavis_protocol::{Costs, Facts, ParticipantCosts, RoomName, ServerCosts, ServerMessage};

use crate::refusal::Refusal;
use crate::room::Room;
use crate::rooms::Rooms;
use crate::session::{Session, SessionId};

/// No answer takes more bytes than that; the oldest switches are left out then.
const LONGEST: usize = 64 * 1024;

impl Rooms {
    /// `costs`
    pub(crate) fn tell_costs(
        &mut self,
        id: SessionId,
        name: RoomName,
        re: u64,
        now: Instant,
    ) -> Result<(), Refusal> {
        let costs = match self.rooms.get(&name) {
            None => Costs {
                re,
                room: name,
                plan: None,
                participants: Vec::new(),
                server: ServerCosts::default(),
                switches: Vec::new(),
            },
            Some(room) => Costs {
                re,
                room: name,
                plan: Some(room.paths.plan.clone()),
                participants: self.participant_costs(room, now),
                server: room.paths.figures,
                switches: room.paths.switches.records(|at| self.clock.unix_ms(at), now),
            },
        };
        let mut message = ServerMessage::Costs(costs);
        while message.weight() > LONGEST
            && let ServerMessage::Costs(costs) = &mut message
            && !costs.switches.is_empty()
        {
            costs.switches.remove(0);
        }
        self.send(id, &Arc::new(message));
        Ok(())
    }

    fn participant_costs(&self, room: &Room, now: Instant) -> Vec<ParticipantCosts> {
        let sessions = room.members().iter().filter_map(|member| self.sessions.get(member));
        sessions.filter_map(|session| costs_of(session, room, now)).collect()
    }
}

fn costs_of(session: &Session, room: &Room, now: Instant) -> Option<ParticipantCosts> {
    let membership = session.membership.as_ref()?;
    let unknown = Facts::default();
    let facts = membership.media.facts(now).unwrap_or(&unknown);
    Some(ParticipantCosts {
        participant: session.participant.clone(),
        name: membership.name.clone(),
        kind: session.kind,
        path: room.paths.switches.path(&session.participant),
        standby: membership.media.is_reached(),
        uplink: facts.uplink,
        up: facts.up,
        down: facts.down,
        encoders: facts.encoders,
        decoders: facts.decoders,
        rtt: facts.rtt,
    })
}
