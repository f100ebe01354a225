//! What a caller does about switches of others: it looks for them on the new path, and says when they have come.

use std::collections::{BTreeMap, BTreeSet};

use str0m::media::Mid;
use visavis_protocol::{ParticipantId, Path, Source, Switch, SwitchReady};

use super::Member;
use super::connections::{Connection, Standby};
use crate::peer::Progress;

/// So many frames have to have come: docs/protocol.md, section 7, rule 3.
const FRAMES: u64 = 3;

/// Those under way.
#[derive(Default)]
pub(super) struct Switches {
    /// By their numbers, for as long as the caller is not ready.
    waits: BTreeMap<u64, Wait>,
    /// Those that it was ready for.
    ready: BTreeSet<u64>,
}

/// A switch of somebody else.
struct Wait {
    publisher: ParticipantId,
    to: Path,
    /// How much had come on the m-lines of the new path when it was first looked at.
    before: BTreeMap<Mid, Progress>,
}

impl Switches {
    /// These are under way.
    pub(super) fn follow<'a>(&mut self, switches: impl Iterator<Item = &'a Switch>) {
        let mut waits = std::mem::take(&mut self.waits);
        for switch in switches.filter(|switch| !self.ready.contains(&switch.id)) {
            let (publisher, to) = (switch.publisher.clone(), switch.to);
            let wait = waits.remove(&switch.id).unwrap_or(Wait { publisher, to, before: BTreeMap::new() });
            self.waits.insert(switch.id, wait);
        }
    }
}

impl Member {
    /// Says to be ready for those whose publishers have come by the new path.
    pub(super) async fn look_after_switches(&mut self) -> anyhow::Result<()> {
        for (id, mut wait) in std::mem::take(&mut self.switches.waits) {
            if self.has_come(&mut wait)? {
                self.switches.ready.insert(id);
                self.link.request("switch-ready", SwitchReady { switch: id }).await?;
            } else {
                self.switches.waits.insert(id, wait);
            }
        }
        Ok(())
    }

    /// Whether picture and sound of the publisher have come by the new path.
    fn has_come(&self, wait: &mut Wait) -> anyhow::Result<bool> {
        let Some((number, lines)) = self.lines_of(&wait.publisher, wait.to) else { return Ok(false) };
        let look = self.venue.stage.look(number)?;
        let mut all = true;
        for (source, mid) in lines {
            let progress = look.streams.iter().find(|(line, _)| *line == mid).map(|(_, progress)| *progress);
            let progress = progress.unwrap_or_default();
            let before = *wait.before.entry(mid).or_insert(progress);
            all &= match source {
                Source::Camera => progress.frames >= before.frames + FRAMES,
                _ => progress.packets > before.packets,
            };
        }
        Ok(all)
    }

    /// The connection, and the m-lines in it, by which the publisher comes on that path; `None` while there is no picture.
    /// Sound may be missing where the server passes on others that are louder.
    fn lines_of(&self, publisher: &ParticipantId, path: Path) -> Option<(usize, Vec<(Source, Mid)>)> {
        match path {
            Path::Direct => {
                let Connection::Made { number, mids: [mic, camera], .. } = self.legs.get(publisher)? else {
                    return None;
                };
                Some((*number, vec![(Source::Mic, *mic), (Source::Camera, *camera)]))
            }
            Path::Forward => {
                let Standby::Made(number) = self.server.as_ref()? else { return None };
                let slots = self.slots.iter().filter(|slot| slot.participant == *publisher);
                let lines: Vec<_> = slots.map(|slot| (slot.source, Mid::from(slot.mid.as_str()))).collect();
                let shown = lines.iter().any(|(source, _)| *source == Source::Camera);
                shown.then_some((*number, lines))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use visavis_protocol::Reason;

    fn switch(id: u64) -> Switch {
        let publisher = ParticipantId::new("p").unwrap();
        let (from, to, reason) = (Path::Direct, Path::Forward, Reason::Cpu);
        Switch { id, publisher, from, to, forced: false, reason }
    }

    #[test]
    fn whoever_waits_goes_on_until_the_switch_is_gone_or_it_was_ready() {
        let mut switches = Switches::default();
        switches.follow([switch(1), switch(2)].iter());
        let mid = Mid::from("a");
        switches.waits.get_mut(&2).unwrap().before.insert(mid, Progress::default());
        switches.follow([switch(2), switch(3)].iter());
        assert_eq!(switches.waits.keys().collect::<Vec<_>>(), [&2, &3]);
        assert!(switches.waits[&2].before.contains_key(&mid));
        switches.waits.remove(&2);
        switches.ready.insert(2);
        switches.follow([switch(2), switch(3)].iter());
        assert_eq!(switches.waits.keys().collect::<Vec<_>>(), [&3]);
    }
}
