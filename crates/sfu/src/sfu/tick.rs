//! What is looked after ten times a second.

use std::time::{Duration, Instant};

use visavis_protocol::ForwardEnd;

use super::Sfu;
use crate::member::MemberId;
use crate::output::Output;

/// How often.
const TICK: Duration = Duration::from_millis(100);
/// How often it is told what is done for each room.
const FIGURES: Duration = Duration::from_secs(2);

impl Sfu {
    pub(super) fn tick(&mut self, now: Instant) {
        self.end_silent(now);
        self.send_key_frame_requests(now);
        let rooms: Vec<_> = self.rooms.keys().cloned().collect();
        for name in rooms {
            let Some(room) = self.rooms.get_mut(&name) else { continue };
            let heard_changed = room.speakers.handle_timeout(now);
            if room.floor.handle_timeout(now) || heard_changed {
                self.speakers_changed(&name, now);
            }
            if self.rooms.get(&name).is_some_and(|room| room.changed) {
                self.reassign(&name, now);
            }
            let members =
                self.rooms.get(&name).map(|room| room.members.values().copied().collect::<Vec<_>>());
            let members = members.unwrap_or_default();
            for member in &members {
                self.allocate(*member, now);
            }
            self.tell_wanted(&members, now);
        }
        self.tell_figures(now);
        self.next_tick = (!self.members.is_empty()).then(|| now + TICK);
        if self.members.is_empty() {
            self.figured = None;
        }
    }

    fn tell_figures(&mut self, now: Instant) {
        let since = now.saturating_duration_since(*self.figured.get_or_insert(now));
        if since < FIGURES {
            return;
        }
        self.figured = Some(now);
        for (name, room) in &mut self.rooms {
            let (room, figures) = (name.clone(), room.figures(since, now));
            self.outputs.push_back(Output::Figures { room, figures });
        }
    }

    /// Ends what never came about, and what nothing comes from any more. ICE goes on as long as the client is there (RFC 7675),
    /// whatever it publishes.
    fn end_silent(&mut self, now: Instant) {
        let silent = self.members.iter().filter(|(_, member)| {
            if member.is_mix {
                return false;
            }
            let (since, patience) = if member.connected {
                (member.heard, self.options.silence)
            } else {
                (member.began, self.options.connecting)
            };
            now.saturating_duration_since(since) > patience
        });
        let silent: Vec<MemberId> = silent.map(|(id, _)| *id).collect();
        for id in silent {
            self.end(id, Some(ForwardEnd::Lost), now);
        }
    }

    /// A member has its keys: it gets what it shows, and others get what it publishes.
    pub(super) fn connected(&mut self, id: MemberId, now: Instant) {
        let Some(member) = self.members.get_mut(&id) else { return };
        let (room, participant) = (member.room.clone(), member.participant.clone());
        if !std::mem::replace(&mut member.connected, true) {
            self.outputs.push_back(Output::Reached { room, participant, reached: true });
        }
        member.heard = now;
        let waiting: Vec<_> = member
            .slots
            .iter()
            .filter_map(|slot| Some((slot.carries?, slot.target?)))
            .filter(|(source, _)| source.source.is_video())
            .collect();
        for (source, layer) in waiting {
            self.request_key_frame(source, layer, now);
        }
    }
}
