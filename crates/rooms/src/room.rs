//! One room.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::time::{Duration, Instant};

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
    /// Until when it is there at least, though nobody is in it.
    held_until: Option<Instant>,
    /// Who waits to be let in, longest first.
    pub(crate) knocks: Vec<SessionId>,
    /// Where those came from who were taken out: whoever comes from there has to be let in.
    barred: VecDeque<IpAddr>,
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
            held_until: None,
            knocks: Vec::new(),
            barred: VecDeque::new(),
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
        (self.empty_since, self.held_until) = (None, None);
    }

    /// It waits so long for somebody to come.
    pub(crate) fn hold(&mut self, until: Instant) {
        self.held_until = Some(until);
    }

    /// When it ends, if nobody comes; `patience`: how long an empty room stays.
    pub(crate) fn ends_at(&self, patience: Duration) -> Option<Instant> {
        let end = self.empty_since? + patience;
        Some(self.held_until.map_or(end, |held| held.max(end)))
    }

    /// Whoever comes from there has to be let in from now on; of more than `most` the oldest are forgotten.
    pub(crate) fn bar(&mut self, from: IpAddr, most: usize) {
        self.barred.retain(|barred| *barred != from);
        self.barred.push_back(from);
        if self.barred.len() > most {
            self.barred.pop_front();
        }
    }

    pub(crate) fn is_barred(&self, from: IpAddr) -> bool {
        self.barred.contains(&from)
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
