//! How somebody comes by the mix in place of everybody: `docs/protocol.md`, section 8, rule 3.

use anyhow::bail;
use str0m::media::Mid;
use visavis_protocol::{ParticipantId, Plan, Shown, Shows, Slot, Source};

use crate::peer::Look;

/// So many frames of it have to have come.
const FRAMES: u64 = 3;
/// The size in which it is shown.
const SIZE: (u16, u16) = (1280, 720);

/// How far somebody is with the mix.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::compare) enum Mixing {
    /// They are not to have it.
    #[default]
    Off,
    /// They are, and look on at the others until it comes. How many frames had come before in its place.
    Coming(Option<u64>),
    /// They have it, and nobody else.
    On,
}

impl Mixing {
    /// Does as the plan says. Whether there is something else to show now.
    ///
    /// # Errors
    /// If the mix is taken away: who measures it has no use for what follows.
    pub(in crate::compare) fn follow(&mut self, plan: &Plan, own: &ParticipantId) -> anyhow::Result<bool> {
        let wanted = plan.mixed.iter().any(|subscriber| subscriber.participant == *own);
        match (&self, wanted) {
            (Self::Off, true) => {
                *self = Self::Coming(None);
                Ok(true)
            }
            (Self::Coming(_) | Self::On, false) => bail!("the server mixes the room no longer"),
            _ => Ok(false),
        }
    }

    /// Looks whether it has come. Whether there is something else to show now.
    pub(in crate::compare) fn look(&mut self, look: &Look, slots: &[Slot]) -> bool {
        let Self::Coming(before) = self else { return false };
        let is_picture =
            |slot: &&Slot| slot.participant == ParticipantId::mix() && slot.source == Source::Camera;
        let Some(slot) = slots.iter().find(is_picture) else { return false };
        let mid = Mid::from(slot.mid.as_str());
        let line = look.streams.iter().find(|(line, _)| *line == mid);
        let frames = line.map_or(0, |(_, progress)| progress.frames);
        let has_come = frames >= *before.get_or_insert(frames) + FRAMES;
        if has_come {
            *self = Self::On;
        }
        has_come
    }

    /// What to show where these others would be shown without it.
    pub(in crate::compare) fn shows(&self, others: Shows) -> Shows {
        let (width, height) = SIZE;
        let mix = Shown { participant: ParticipantId::mix(), source: Source::Camera, width, height };
        match self {
            Self::Off => others,
            Self::Coming(_) => Shows { items: [vec![mix], others.items].concat(), mix: false },
            Self::On => Shows { items: vec![mix], mix: true },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forwarded;
    use crate::peer::Progress;
    use visavis_protocol::{MixReason, MixState, MixedSubscriber, Policy};

    fn plan(mixed: &[&ParticipantId]) -> Plan {
        let subscriber =
            |id: &&ParticipantId| MixedSubscriber { participant: (*id).clone(), reason: MixReason::Choice };
        Plan {
            version: 1,
            policy: Policy::default(),
            legs: false,
            standby: true,
            forwarded: Vec::new(),
            switches: Vec::new(),
            unreached: Vec::new(),
            mix: MixState::On,
            mixed: mixed.iter().map(subscriber).collect(),
            recording: false,
            tracks: false,
        }
    }

    #[test]
    fn the_mix_is_shown_beside_the_others_until_three_frames_of_it_have_come() {
        let [own, other] = ["own", "other"].map(|id| ParticipantId::new(id).unwrap());
        let others = || forwarded::shows([&other].into_iter(), 1);
        let ids = |mixing: &Mixing| -> (Vec<String>, bool) {
            let Shows { items, mix } = mixing.shows(others());
            (items.iter().map(|shown| shown.participant.as_str().to_owned()).collect(), mix)
        };
        let slot = |participant: &ParticipantId| Slot {
            mid: "3".to_owned(),
            participant: participant.clone(),
            source: Source::Camera,
        };
        let look = |frames| Look {
            connected: true,
            streams: vec![(Mid::from("3"), Progress { packets: 9, frames })],
        };

        let mut mixing = Mixing::default();
        assert!(!mixing.follow(&plan(&[&other]), &own).unwrap());
        assert_eq!(ids(&mixing), (vec!["other".to_owned()], false));
        assert!(mixing.follow(&plan(&[&own]), &own).unwrap());
        assert_eq!(ids(&mixing), (vec!["mix".to_owned(), "other".to_owned()], false));
        // What came in that place before was somebody else.
        assert!(!mixing.look(&look(70), &[slot(&other)]));
        for (frames, has_come) in [(70, false), (72, false), (73, true)] {
            assert_eq!(mixing.look(&look(frames), &[slot(&ParticipantId::mix())]), has_come);
        }
        assert_eq!(ids(&mixing), (vec!["mix".to_owned()], true));
        assert!(!mixing.follow(&plan(&[&own]), &own).unwrap());
        assert!(mixing.follow(&plan(&[]), &own).is_err());
    }
}
