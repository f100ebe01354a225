//! How publishers change their paths: each by itself, and sent on both until those who take it have changed over.
//!
//! The table of states and events is in `ARCHITECTURE.md`; the tests walk it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use visavis_protocol::{
    ForwardedPublisher, Gap, Outcome, ParticipantId, Path, Reason, Switch, SwitchGap, SwitchRecord,
};

use crate::topology::{Course, is_forced};

/// How long those who take a publisher have to change over.
const PATIENCE: Duration = Duration::from_secs(8);

/// How long a path is not tried again after an optional switch to it was undone.
const BARRED: Duration = Duration::from_secs(120);

/// The paths of a room's publishers, and the switches that it remembers.
#[derive(Debug, Default)]
pub(crate) struct Switches {
    publishers: BTreeMap<ParticipantId, Publisher>,
    last_id: u64,
    records: VecDeque<Record>,
    ended: Vec<Outcome>,
}

/// A publisher's path, and its switch to the other one, if that is under way.
#[derive(Debug)]
struct Publisher {
    name: String,
    path: Path,
    reason: Reason,
    since: Instant,
    /// What was tried in vain, and when.
    barred: BTreeMap<Path, Instant>,
    open: Option<Open>,
}

/// A switch that is under way.
#[derive(Debug)]
struct Open {
    switch: Switch,
    deadline: Instant,
    /// Who has not changed over yet.
    waiting: BTreeSet<ParticipantId>,
}

/// A switch that is remembered.
#[derive(Debug)]
struct Record {
    began: Instant,
    /// `None` while it is under way.
    took: Option<Duration>,
    record: SwitchRecord,
}

/// Where a switch leads, why, and whether it counts from its beginning on.
#[derive(Debug, Clone, Copy)]
struct Aim {
    path: Path,
    reason: Reason,
    forced: bool,
}

/// There is no such switch, or it has nothing to do with whoever speaks of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unknown;

impl Switches {
    /// Somebody publishes from now on, on this path.
    pub(crate) fn enter(
        &mut self,
        id: ParticipantId,
        name: String,
        (path, reason): (Path, Reason),
        now: Instant,
    ) {
        let publisher = Publisher { name, path, reason, since: now, barred: BTreeMap::new(), open: None };
        self.publishers.insert(id, publisher);
    }

    /// A publisher has left. What was under way counts as far as it had come.
    pub(crate) fn leave(&mut self, id: &ParticipantId, now: Instant) {
        let open = self.publishers.get_mut(id).and_then(|publisher| publisher.open.take());
        if let Some(open) = open {
            let outcome = if open.switch.forced { Outcome::Committed } else { Outcome::Undone };
            self.close(open, outcome, now);
        }
        self.publishers.remove(id);
    }

    /// Who is in the room has changed: what did not go before may go now.
    pub(crate) fn lift_bars(&mut self) {
        self.publishers.values_mut().for_each(|publisher| publisher.barred.clear());
    }

    /// A publisher is to take this path, for this reason. `others`: who has to change over.
    pub(crate) fn prefer(
        &mut self,
        id: &ParticipantId,
        (path, reason): (Path, Reason),
        others: impl FnOnce() -> BTreeSet<ParticipantId>,
        now: Instant,
    ) {
        let Some(publisher) = self.publishers.get_mut(id) else { return };
        let forced = is_forced(reason);
        let aim = Aim { path, reason, forced };
        match &mut publisher.open {
            // What began by choice no longer is one.
            Some(open) if forced && !open.switch.forced && open.switch.to == path => {
                (open.switch.forced, open.switch.reason) = (true, reason);
                open.deadline = now + PATIENCE;
                (publisher.path, publisher.reason, publisher.since) = (path, reason, now);
                let switch = open.switch.clone();
                self.note(&switch);
            }
            Some(open) if forced && open.switch.to != path => {
                let outcome = if open.switch.forced { Outcome::Committed } else { Outcome::Undone };
                self.end(id, outcome, now);
                self.begin(id, aim, others(), now);
            }
            None if publisher.path != path => self.begin(id, aim, others(), now),
            _ if publisher.path == path => publisher.reason = reason,
            // By choice nothing is turned round.
            _ => {}
        }
        self.commit_ready(now);
    }

    /// Somebody has changed over.
    pub(crate) fn ready(&mut self, id: &ParticipantId, switch: u64, now: Instant) -> Result<(), Unknown> {
        let open = self.publishers.values_mut().filter_map(|publisher| publisher.open.as_mut());
        let mut open = open.filter(|open| open.switch.id == switch);
        let was_waited_for = open.any(|open| open.waiting.remove(id));
        self.commit_ready(now);
        if was_waited_for { Ok(()) } else { Err(Unknown) }
    }

    /// Somebody has left, or is lost: nobody waits for it any more.
    pub(crate) fn pass_over(&mut self, id: &ParticipantId, now: Instant) {
        for open in self.publishers.values_mut().filter_map(|publisher| publisher.open.as_mut()) {
            open.waiting.remove(id);
        }
        self.commit_ready(now);
    }

    /// Ends what has taken too long. Whoever has changed over already goes back without a gap, as they came.
    pub(crate) fn handle_timeout(
        &mut self,
        others: impl Fn(&ParticipantId) -> BTreeSet<ParticipantId>,
        now: Instant,
    ) {
        let is_late =
            |publisher: &Publisher| publisher.open.as_ref().is_some_and(|open| open.deadline <= now);
        for id in self.those(is_late) {
            let Some(open) = self.publishers.get(&id).and_then(|publisher| publisher.open.as_ref()) else {
                continue;
            };
            if open.switch.forced {
                self.end(&id, Outcome::Committed, now);
                continue;
            }
            let to = open.switch.to;
            self.end(&id, Outcome::Undone, now);
            let Some(publisher) = self.publishers.get_mut(&id) else { continue };
            publisher.barred.insert(to, now);
            let back = Aim { path: publisher.path, reason: publisher.reason, forced: true };
            self.begin(&id, back, others(&id), now);
        }
        self.commit_ready(now);
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.open().map(|open| open.deadline).min()
    }

    /// What somebody has seen and heard of a switch: of others', and once. At most `limit` may say so of each.
    pub(crate) fn add_gap(
        &mut self,
        id: &ParticipantId,
        gap: SwitchGap,
        limit: usize,
    ) -> Result<(), Unknown> {
        let record = self.records.iter_mut().find(|record| record.record.switch.id == gap.switch);
        let record = &mut record.ok_or(Unknown)?.record;
        let is_known = record.gaps.iter().any(|gap| gap.participant == *id);
        if is_known || record.switch.publisher == *id || record.gaps.len() >= limit {
            return Err(Unknown);
        }
        let whole = |milliseconds: f64| milliseconds.round();
        record.gaps.push(Gap {
            participant: id.clone(),
            picture: gap.picture.map(whole),
            sound: gap.sound.map(whole),
        });
        Ok(())
    }

    /// A publisher's path until now.
    pub(crate) fn course(&self, id: &ParticipantId, now: Instant) -> Option<Course> {
        let Publisher { path, reason, since, barred, .. } = self.publishers.get(id)?;
        let ago = |at: &Instant| now.saturating_duration_since(*at);
        let barred = barred.iter().filter(|(_, since)| ago(since) < BARRED).map(|(path, _)| *path);
        Some(Course { path: *path, reason: *reason, age: ago(since), barred: barred.collect() })
    }

    /// A publisher's path.
    pub(crate) fn path(&self, id: &ParticipantId) -> Path {
        self.publishers.get(id).map(|publisher| publisher.path).unwrap_or_default()
    }

    /// Whether a publisher's media goes by the server: for good, or also.
    pub(crate) fn uses_server(&self, id: &ParticipantId) -> bool {
        let publisher = self.publishers.get(id);
        publisher.is_some_and(|publisher| publisher.path == Path::Forward || publisher.open.is_some())
    }

    /// Whose media is forwarded.
    pub(crate) fn forwarded(&self) -> Vec<ForwardedPublisher> {
        let forwarded = self.publishers.iter().filter(|(_, publisher)| publisher.path == Path::Forward);
        forwarded
            .map(|(id, publisher)| ForwardedPublisher { participant: id.clone(), reason: publisher.reason })
            .collect()
    }

    /// What is under way, in the order in which it began.
    pub(crate) fn under_way(&self) -> Vec<Switch> {
        let mut switches: Vec<Switch> = self.open().map(|open| open.switch.clone()).collect();
        switches.sort_unstable_by_key(|switch| switch.id);
        switches
    }

    /// What is remembered, oldest first. `unix`: what time it was then, in milliseconds since the Unix epoch.
    pub(crate) fn records(&self, unix: impl Fn(Instant) -> u64, now: Instant) -> Vec<SwitchRecord> {
        let records = self.records.iter().map(|Record { began, took, record }| {
            let took = took.unwrap_or_else(|| now.saturating_duration_since(*began));
            let took = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
            SwitchRecord { began: unix(*began), took, ..record.clone() }
        });
        records.collect()
    }

    /// How switches have ended since this was asked last.
    pub(crate) fn take_ended(&mut self) -> Vec<Outcome> {
        std::mem::take(&mut self.ended)
    }

    /// Forgets the oldest ones.
    pub(crate) fn keep(&mut self, records: usize) {
        while self.records.len() > records {
            self.records.pop_front();
        }
    }

    fn open(&self) -> impl Iterator<Item = &Open> {
        self.publishers.values().filter_map(|publisher| publisher.open.as_ref())
    }

    fn those(&self, which: impl Fn(&Publisher) -> bool) -> Vec<ParticipantId> {
        let those = self.publishers.iter().filter(|(_, publisher)| which(publisher));
        those.map(|(id, _)| id.clone()).collect()
    }

    fn begin(
        &mut self,
        id: &ParticipantId,
        Aim { path: to, reason, forced }: Aim,
        others: BTreeSet<ParticipantId>,
        now: Instant,
    ) {
        let Some(publisher) = self.publishers.get_mut(id) else { return };
        self.last_id += 1;
        let switch = Switch { id: self.last_id, publisher: id.clone(), from: to.other(), to, forced, reason };
        if switch.forced {
            publisher.take(to, reason, now);
        }
        let record = SwitchRecord {
            switch: switch.clone(),
            name: publisher.name.clone(),
            outcome: Outcome::Open,
            began: 0,
            took: 0,
            late: Vec::new(),
            gaps: Vec::new(),
        };
        publisher.open = Some(Open { switch, deadline: now + PATIENCE, waiting: others });
        self.records.push_back(Record { began: now, took: None, record });
    }

    /// Ends all for which nobody is waited.
    pub(crate) fn commit_ready(&mut self, now: Instant) {
        let is_ready =
            |publisher: &Publisher| publisher.open.as_ref().is_some_and(|open| open.waiting.is_empty());
        for id in self.those(is_ready) {
            self.end(&id, Outcome::Committed, now);
        }
    }

    fn end(&mut self, id: &ParticipantId, outcome: Outcome, now: Instant) {
        let Some(publisher) = self.publishers.get_mut(id) else { return };
        let Some(open) = publisher.open.take() else { return };
        if outcome == Outcome::Committed && !open.switch.forced {
            publisher.take(open.switch.to, open.switch.reason, now);
        }
        self.close(open, outcome, now);
    }

    /// Remembers how a switch has ended.
    fn close(&mut self, Open { switch, waiting, .. }: Open, outcome: Outcome, now: Instant) {
        self.ended.push(outcome);
        let Some(record) = self.record_of(&switch) else { return };
        record.took = Some(now.saturating_duration_since(record.began));
        record.record.outcome = outcome;
        record.record.late = waiting.into_iter().collect();
    }

    /// Remembers what has become of a switch.
    fn note(&mut self, switch: &Switch) {
        if let Some(record) = self.record_of(switch) {
            record.record.switch = switch.clone();
        }
    }

    fn record_of(&mut self, switch: &Switch) -> Option<&mut Record> {
        self.records.iter_mut().find(|record| record.record.switch.id == switch.id)
    }
}

impl Publisher {
    fn take(&mut self, path: Path, reason: Reason, now: Instant) {
        if self.path != path {
            (self.path, self.since) = (path, now);
        }
        self.reason = reason;
    }
}

#[cfg(test)]
mod tests;
