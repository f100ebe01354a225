//! Which recordings there are.

use std::collections::HashMap;
use std::time::Duration;

use super::id::Id;
use super::sidecar::{Part, Sidecar};
use super::{Limits, RecordingError};

/// Recordings that are kept; beyond that the oldest go.
pub(super) const MAX_KEPT: usize = 10_000;

/// What is known of one.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// `None` where it was lost: nobody has a key then.
    pub(super) sidecar: Option<Sidecar>,
    pub(super) bytes: u64,
    pub(super) stage: Stage,
}

impl Entry {
    /// What it is a part of, if it is one.
    pub(super) fn part(&self) -> Option<&Part> {
        self.sidecar.as_ref().and_then(|sidecar| sidecar.part.as_ref())
    }

    /// Whether it takes one of the places of those under way; parts have those of what they belong to.
    fn takes_place(&self) -> bool {
        self.stage == Stage::UnderWay && self.part().is_none()
    }
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It is being written.
    UnderWay,
    /// It was under way when the server ended, and is to be finished.
    Left,
    /// It has ended, in seconds since 1970.
    Ended(u64),
}

/// For `/metrics`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) under_way: u64,
    pub(crate) finished: u64,
    pub(crate) bytes: u64,
}

/// A recording with its parts.
struct Whole {
    /// When the last of them has; `None`: not all of them have.
    ended: Option<u64>,
    /// Of all of them.
    bytes: u64,
    ids: Vec<Id>,
}

/// All of them.
#[derive(Default)]
pub(super) struct Index {
    entries: HashMap<Id, Entry>,
    /// Bytes of all, and of those under way.
    bytes: u64,
    under_way_bytes: u64,
    under_way: usize,
    /// Since the start.
    finished: u64,
}

impl Index {
    pub(super) fn get(&self, id: Id) -> Option<&Entry> {
        self.entries.get(&id)
    }

    pub(super) fn put(&mut self, id: Id, entry: Entry) {
        self.take(id);
        self.bytes += entry.bytes;
        self.under_way += usize::from(entry.takes_place());
        if entry.stage == Stage::UnderWay {
            self.under_way_bytes += entry.bytes;
        }
        self.entries.insert(id, entry);
    }

    pub(super) fn take(&mut self, id: Id) -> Option<Entry> {
        let entry = self.entries.remove(&id)?;
        self.bytes -= entry.bytes;
        self.under_way -= usize::from(entry.takes_place());
        if entry.stage == Stage::UnderWay {
            self.under_way_bytes -= entry.bytes;
        }
        Some(entry)
    }

    /// Those that nobody has finished.
    pub(super) fn left(&self) -> Vec<Id> {
        self.entries.iter().filter(|(_, entry)| entry.stage == Stage::Left).map(|(id, _)| *id).collect()
    }

    /// The parts of a recording.
    pub(super) fn parts_of(&self, id: Id) -> Vec<Id> {
        let of = id.to_string();
        let parts = self.entries.iter().filter(|(_, entry)| entry.part().is_some_and(|part| part.of == of));
        parts.map(|(id, _)| *id).collect()
    }

    /// Whether another one may begin, under this id.
    pub(super) fn admit(&self, id: Id, is_part: bool, limits: &Limits) -> Result<(), RecordingError> {
        if self.entries.contains_key(&id) {
            Err(RecordingError::Exists)
        } else if !is_part && self.under_way >= limits.under_way {
            Err(RecordingError::TooMany(limits.under_way))
        } else if self.under_way_bytes >= limits.bytes {
            Err(RecordingError::Full)
        } else {
            Ok(())
        }
    }

    /// One under way has so many bytes now.
    pub(super) fn grow(&mut self, id: Id, bytes: u64) {
        if let Some(entry) = self.entries.get_mut(&id) {
            self.bytes = self.bytes - entry.bytes + bytes;
            self.under_way_bytes = self.under_way_bytes - entry.bytes + bytes;
            entry.bytes = bytes;
        }
    }

    /// One has ended as it should.
    pub(super) fn count_finished(&mut self) {
        self.finished += 1;
    }

    /// Whether those under way take everything there may be.
    pub(super) fn is_full(&self, limits: &Limits) -> bool {
        self.under_way_bytes >= limits.bytes
    }

    /// Whether some have to go, whatever their age.
    pub(super) fn is_over(&self, limits: &Limits) -> bool {
        self.bytes > limits.bytes || self.entries.len() > MAX_KEPT
    }

    /// Those that have to go at this time, in seconds since 1970: the oldest ones first. A recording goes with its parts, and no
    /// part of it before.
    pub(super) fn surplus(&self, now: u64, limits: &Limits) -> Vec<Id> {
        let age = |ended: u64| Duration::from_secs(now.saturating_sub(ended));
        let (mut bytes, mut count) = (self.bytes, self.entries.len());
        let mut wholes: Vec<(u64, Whole)> =
            self.wholes().into_values().filter_map(|whole| Some((whole.ended?, whole))).collect();
        wholes.sort_unstable_by(|(a, of_a), (b, of_b)| (a, &of_a.ids).cmp(&(b, &of_b.ids)));
        let surplus = wholes.into_iter().take_while(|(ended, whole)| {
            let goes = age(*ended) > limits.keep || bytes > limits.bytes || count > MAX_KEPT;
            bytes -= whole.bytes;
            count -= whole.ids.len();
            goes
        });
        surplus.flat_map(|(_, whole)| whole.ids).collect()
    }

    /// Recordings, each with its parts. A part whose recording is not there is one for itself.
    fn wholes(&self) -> HashMap<Id, Whole> {
        let mut wholes: HashMap<Id, Whole> = HashMap::new();
        for (id, entry) in &self.entries {
            let of = entry.part().and_then(|part| Id::new(&part.of));
            let of = of.filter(|of| self.entries.contains_key(of)).unwrap_or(*id);
            let whole = wholes.entry(of).or_insert(Whole { ended: Some(0), bytes: 0, ids: Vec::new() });
            let ended = match entry.stage {
                Stage::Ended(ended) => Some(ended),
                Stage::UnderWay | Stage::Left => None,
            };
            whole.ended = whole.ended.zip(ended).map(|(before, ended)| before.max(ended));
            whole.bytes += entry.bytes;
            whole.ids.push(*id);
        }
        wholes.values_mut().for_each(|whole| whole.ids.sort_unstable());
        wholes
    }

    pub(super) fn counts(&self) -> Counts {
        let under_way = u64::try_from(self.under_way).unwrap_or(u64::MAX);
        Counts { under_way, finished: self.finished, bytes: self.bytes }
    }
}
