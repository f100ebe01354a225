//! Recordings of a room: its hosts begin and end them, and get the keys to them; everybody sees that there is one.

use std::sync::Arc;
use std::time::Instant;

use rand::Rng as _;
use visavis_protocol::{
    ErrorCode, ParticipantId, Record, Recorded, Recording, RecordingId, RecordingPart, RecordingState,
    Recordings, RoomName, ServerMessage,
};

use crate::refusal::Refusal;
use crate::relay::not_joined;
use crate::rooms::Rooms;
use crate::session::SessionId;

/// Recordings that a room remembers; of more the oldest are forgotten, and their files stay.
const KEPT: usize = 32;
/// Parts of them all that it remembers; of more those of the oldest recordings are forgotten.
const PARTS: usize = 128;

/// The recordings of one room.
#[derive(Debug, Default)]
pub(crate) struct Tapes {
    items: Vec<Recording>,
    /// The one under way.
    current: Option<RecordingId>,
}

impl Tapes {
    /// Whether the room is being recorded.
    pub(crate) fn is_on(&self) -> bool {
        self.current.is_some()
    }

    /// Whether what each person sends is kept as well.
    pub(crate) fn has_tracks(&self) -> bool {
        self.current.as_ref().is_some_and(|current| current.tracks)
    }

    pub(crate) fn items(&self) -> &[Recording] {
        &self.items
    }

    pub(crate) fn current(&self) -> Option<&RecordingId> {
        self.current.as_ref()
    }

    fn begin(&mut self, tape: RecordingId, began: u64) {
        if self.items.len() >= KEPT {
            self.items.remove(0);
        }
        self.items.push(Recording {
            id: tape.id.clone(),
            key: tape.key.clone(),
            began,
            state: RecordingState::Running,
            seconds: None,
            bytes: None,
            problem: None,
            parts: Vec::new(),
        });
        self.current = Some(tape);
    }

    /// No more of it, for this reason if it was to go on; what there is of it is told when it has ended.
    pub(crate) fn end(&mut self, problem: Option<&str>) {
        let Some(RecordingId { id, .. }) = self.current.take() else { return };
        if let Some(item) = self.items.iter_mut().find(|item| item.id == id) {
            item.problem = problem.map(str::to_owned);
        }
    }

    /// There is another part of a recording, or more is known of one.
    fn note_part(&mut self, of: &str, part: RecordingPart) {
        let Some(item) = self.items.iter_mut().find(|item| item.id == of) else { return };
        match item.parts.iter_mut().find(|known| known.id == part.id) {
            Some(known) => *known = part,
            None => item.parts.push(part),
        }
        // One in which there is nothing is not there.
        item.parts.retain(|part| part.bytes != Some(0));
        while self.items.iter().map(|item| item.parts.len()).sum::<usize>() > PARTS {
            let Some(oldest) = self.items.iter_mut().find(|item| !item.parts.is_empty()) else { return };
            oldest.parts.remove(0);
        }
    }

    fn note(&mut self, recorded: Recorded) {
        let Some(item) = self.items.iter_mut().find(|item| item.id == recorded.id) else { return };
        item.state = if recorded.result.is_some() { RecordingState::Done } else { RecordingState::Failed };
        (item.seconds, item.bytes) = recorded.result.unzip();
        item.problem = recorded.problem.or(item.problem.take());
        if self.current.as_ref().is_some_and(|current| current.id == recorded.id) {
            self.current = None;
        }
    }
}

impl Rooms {
    /// `record`
    pub(crate) fn record(&mut self, id: SessionId, record: Record, now: Instant) -> Result<(), Refusal> {
        let (_, membership) = self.sender(id).ok_or_else(not_joined)?;
        let name = membership.room.clone();
        let Some(room) = self.rooms.get(&name) else { return Ok(()) };
        if room.paths.tapes.is_on() == record.on {
            return Ok(());
        }
        if record.on {
            self.may_record(&name, now)?;
            let (at_once, every) = (self.limits.reports, self.limits.report_every);
            if !self.sessions.get_mut(&id).is_some_and(|session| session.policies.take(at_once, every, now)) {
                let message = "so many recordings in so short a time are not begun";
                return Err(Refusal::new(ErrorCode::Busy, message));
            }
        }
        self.record_room(&name, record, now)
    }

    /// A room is recorded from now on, if it can be, or no longer.
    pub(crate) fn record_room(
        &mut self,
        name: &RoomName,
        record: Record,
        now: Instant,
    ) -> Result<(), Refusal> {
        let Record { on, tracks } = record;
        if self.rooms.get(name).is_none_or(|room| room.paths.tapes.is_on() == on) {
            return Ok(());
        }
        if on {
            self.may_record(name, now)?;
        }
        let mut draw = || ParticipantId::from_random(self.random.random()).as_str().to_owned();
        let tape = RecordingId { id: draw(), key: draw(), tracks };
        let began = self.clock.unix_ms(now);
        let Some(room) = self.rooms.get_mut(name) else { return Ok(()) };
        if on {
            room.paths.tapes.begin(tape, began);
        } else {
            room.paths.tapes.end(None);
        }
        self.evaluate(name, None, now);
        self.tell_recordings(name);
        Ok(())
    }

    /// A recording has ended, or did not begin.
    pub fn handle_recorded(&mut self, name: &RoomName, recorded: Recorded, now: Instant) {
        let Some(room) = self.rooms.get_mut(name) else { return };
        room.paths.tapes.note(recorded);
        self.evaluate(name, None, now);
        self.tell_recordings(name);
    }

    /// There is another part of a recording, or one has ended: what one person has sent.
    pub fn handle_recorded_part(&mut self, name: &RoomName, of: &str, part: RecordingPart) {
        let Some(room) = self.rooms.get_mut(name) else { return };
        room.paths.tapes.note_part(of, part);
        self.tell_recordings(name);
    }

    /// Tells a host what there is, if there is anything.
    pub(crate) fn tell_recordings_to(&mut self, id: SessionId) {
        let membership = self.sessions.get(&id).and_then(|session| session.membership.as_ref());
        let Some(membership) = membership.filter(|membership| membership.host) else { return };
        let items = self.rooms.get(&membership.room).map(|room| room.paths.tapes.items.clone());
        if let Some(items) = items.filter(|items| !items.is_empty()) {
            self.send(id, &Arc::new(ServerMessage::Recordings(Recordings { items })));
        }
    }

    fn tell_recordings(&mut self, name: &RoomName) {
        for member in self.rooms.get(name).map(|room| room.members().to_vec()).unwrap_or_default() {
            if self.sessions.get(&member).is_some_and(|session| session.can_resume()) {
                self.tell_recordings_to(member);
            }
        }
    }

    fn may_record(&self, name: &RoomName, now: Instant) -> Result<(), Refusal> {
        let refused = |code, why: &str| Err(Refusal::new(code, why));
        let Some(room) = self.rooms.get(name) else { return Ok(()) };
        if !self.limits.records {
            return refused(ErrorCode::NotRecorded, "this server records nothing");
        }
        if room.members().is_empty() {
            return refused(ErrorCode::NotRecorded, "nobody is there");
        }
        if !crate::topology::may_mix(&room.paths.policy) {
            let why = "what is recorded is the mix, which the policy of this room does not allow";
            return refused(ErrorCode::NotRecorded, why);
        }
        if !self.can_mix(name, now) {
            return refused(ErrorCode::Busy, "the server mixes as many rooms as it can");
        }
        Ok(())
    }
}
