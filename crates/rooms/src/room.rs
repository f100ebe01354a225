//! One room.

use std::collections::HashMap;
use std::time::Instant;

use visavis_protocol::ParticipantId;

use crate::chat::ChatLog;
use crate::life::Life;
use crate::paths::Paths;
use crate::session::SessionId;

/// Who is in a room, and what was said.
#[derive(Debug)]
pub(crate) struct Room {
    /// Which life of the room this is; secrets name it, so that those of an ended room are worth nothing in the next.
    pub(crate) life: Life,
    /// The life of before a restart of the server that somebody brought back. Mostly that is `life` itself.
    pub(crate) restored: Option<Life>,
    pub(crate) paths: Paths,
    pub(crate) chat: ChatLog,
    pub(crate) empty_since: Option<Instant>,
    members: Vec<SessionId>,
    by_participant: HashMap<ParticipantId, SessionId>,
}

impl Room {
    pub(crate) fn new(life: Life, paths: Paths, now: Instant) -> Self {
        Self {
            life,
            restored: None,
            paths,
            chat: ChatLog::default(),
            empty_since: Some(now),
            members: Vec::new(),
            by_participant: HashMap::new(),
        }
    }

    /// The members, in the order they came.
    pub(crate) fn members(&self) -> &[SessionId] {
        &self.members
    }

    pub(crate) fn member(&self, participant: &ParticipantId) -> Option<SessionId> {
        self.by_participant.get(participant).copied()
    }

    pub(crate) fn add(&mut self, participant: ParticipantId, session: SessionId) {
        self.members.push(session);
        self.by_participant.insert(participant, session);
        self.empty_since = None;
    }

    pub(crate) fn remove(&mut self, participant: &ParticipantId, now: Instant) {
        if let Some(session) = self.by_participant.remove(participant) {
            self.members.retain(|member| *member != session);
        }
        if self.members.is_empty() {
            self.empty_since = Some(now);
        }
    }
}
