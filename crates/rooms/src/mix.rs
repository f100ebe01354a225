//! The mix of a room: whether there is one, who receives it, and what whoever mixes has to know.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use visavis_protocol::{
    Entry, ForwardRequest, MixReason, MixState, MixedSubscriber, ParticipantId, ParticipantKind, RecordingId,
    RoomName,
};

use crate::output::Output;
use crate::room::Room;
use crate::rooms::Rooms;
use crate::viewers::NotFound;

/// How long a mix is not tried again that was too much.
const PAUSE: Duration = Duration::from_secs(60);

/// What whoever mixes is told: who is in it, and into which recording it goes.
type Told = (Vec<(ParticipantId, String)>, Option<RecordingId>);

/// The mix of one room.
#[derive(Debug, Default)]
pub(crate) struct Mixing {
    /// As it was last; `None` while nobody mixes.
    told: Option<Told>,
    /// Who receives it, why, and since when.
    receivers: HashMap<ParticipantId, (MixReason, Instant)>,
    /// When it was last too much for the time there is.
    overloaded: Option<Instant>,
}

impl Mixing {
    /// Why somebody receives it, and for how long they have.
    pub(crate) fn receives(&self, who: &ParticipantId, now: Instant) -> Option<(MixReason, Duration)> {
        let (reason, since) = self.receivers.get(who)?;
        Some((*reason, now.saturating_duration_since(*since)))
    }

    /// This is who receives it from now on.
    pub(crate) fn set_receivers(&mut self, receivers: &[(ParticipantId, MixReason)], now: Instant) {
        let before = std::mem::take(&mut self.receivers);
        self.receivers = receivers
            .iter()
            .map(|(who, reason)| {
                let since = before.get(who).filter(|(before, _)| before == reason);
                let since = since.map_or(now, |(_, since)| *since);
                (who.clone(), (*reason, since))
            })
            .collect();
    }

    /// Whether it is not tried, because it was too much a short time ago.
    fn is_barred(&self, now: Instant) -> bool {
        self.overloaded.is_some_and(|at| now.saturating_duration_since(at) < PAUSE)
    }

    pub(crate) fn is_on(&self) -> bool {
        self.told.is_some()
    }
}

impl Rooms {
    /// The mix of a room is too much for the time there is, however little it makes: whoever receives it goes back to what each publishes.
    pub fn handle_overloaded(&mut self, name: &RoomName, now: Instant) {
        if let Some(room) = self.rooms.get_mut(name) {
            room.paths.mixing.overloaded = Some(now);
            self.evaluate(name, None, now);
        }
    }

    /// What the mix of a room is watched by.
    ///
    /// # Errors
    /// [`NotFound`] if there is no such room with anybody in it, if it may not be mixed, or if the server mixes as many as it can.
    pub fn find_mix(&self, name: &RoomName, now: Instant) -> Result<ParticipantId, NotFound> {
        let is_mixable = |room: &&Room| {
            !room.members().is_empty()
                && crate::topology::may_mix(&room.paths.policy)
                && self.limits.mixes > 0
                && room.paths.policy.rules.entry == Entry::Open
        };
        self.rooms.get(name).filter(is_mixable).ok_or(NotFound::NoMix)?;
        if self.can_mix(name, now) { Ok(ParticipantId::mix()) } else { Err(NotFound::Busy) }
    }

    /// Whether there is room for the mix of this room.
    pub(crate) fn can_mix(&self, name: &RoomName, now: Instant) -> bool {
        if self.rooms.get(name).is_some_and(|room| room.paths.mixing.is_barred(now)) {
            return false;
        }
        let others = self.rooms.iter().filter(|(other, room)| *other != name && room.paths.mixing.is_on());
        others.count() < self.limits.mixes
    }

    /// Tells whoever mixes who is in the room; or that nobody wants it any more. Where there is no mix, nobody watches it.
    pub(crate) fn tell_mix(&mut self, name: &RoomName) {
        if self.rooms.get(name).is_some_and(|room| room.paths.plan.mix != MixState::On) {
            self.end_viewers_of(name, &ParticipantId::mix());
        }
        let Some(room) = self.rooms.get(name) else { return };
        let told = (room.paths.plan.mix == MixState::On).then(|| {
            let sessions = room.members().iter().filter_map(|member| self.sessions.get(member));
            let sessions = sessions.filter(|session| session.kind != ParticipantKind::Classic);
            let person = |session: &crate::session::Session| {
                (session.participant.clone(), session.name().unwrap_or_default())
            };
            (sessions.map(person).collect::<Vec<_>>(), room.paths.tapes.current().cloned())
        });
        if room.paths.mixing.told == told {
            return;
        }
        let request = match told.clone() {
            Some((people, recording)) => ForwardRequest::Mix { people, recording },
            None => ForwardRequest::Leave,
        };
        let (room, participant) = (name.clone(), ParticipantId::mix());
        self.outputs.push_back(Output::Forward { room, participant, via: None, request });
        if let Some(room) = self.rooms.get_mut(name) {
            room.paths.mixing.told = told;
        }
    }
}

/// Those of a decision who receive the mix, as the plan has them.
pub(crate) fn subscribers(receivers: &[(ParticipantId, MixReason)]) -> Vec<MixedSubscriber> {
    let subscriber = |(participant, reason): &(ParticipantId, MixReason)| MixedSubscriber {
        participant: participant.clone(),
        reason: *reason,
    };
    receivers.iter().map(subscriber).collect()
}
