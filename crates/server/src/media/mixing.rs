//! The mixes of a media thread's rooms: a thread for each, which drives a [`Mixer`].
//!
//! What goes there never waits: where a mix does not keep up, packets are lost, as they would be on a network. It ends when nobody
//! wants it any more, or when the media thread does, which waits for it: a recording has to be finished.

mod recorder;
mod takes;
mod worker;

use std::collections::HashMap;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use foldhash::fast::RandomState;
use visavis_protocol::RoomName;
use visavis_sfu::ToMix;

use self::worker::{Desk, Voice};
use super::forwarder::Says;
use super::mail::Mailbox;
use crate::recordings::Recordings;

/// What may wait for a mix: a second of nine cameras and as many microphones.
const WAITING: usize = 2048;

/// Everything that is mixed for one media thread.
pub(super) struct Mixes {
    mixes: HashMap<RoomName, Mix, RandomState>,
    /// The media thread's own.
    mailbox: Mailbox,
    says: Says,
    recordings: Recordings,
    /// How many there have been.
    count: u64,
    /// Those that have ended, or are about to.
    ending: Vec<JoinHandle<()>>,
}

struct Mix {
    number: u64,
    letters: SyncSender<ToMix>,
    /// What it takes, in cores.
    usage: f64,
    thread: JoinHandle<()>,
}

impl Mixes {
    /// None yet.
    pub(super) fn new(mailbox: Mailbox, says: Says, recordings: Recordings) -> Self {
        Self { mixes: HashMap::default(), mailbox, says, recordings, count: 0, ending: Vec::new() }
    }

    /// Whether this is the mix that a room has now.
    pub(super) fn is_number_of(&self, room: &RoomName, number: u64) -> bool {
        self.mixes.get(room).is_some_and(|mix| mix.number == number)
    }

    /// The mix of a room takes so much of a core.
    pub(super) fn note_usage(&mut self, room: &RoomName, cores: f64) {
        if let Some(mix) = self.mixes.get_mut(room) {
            mix.usage = cores;
        }
    }

    /// What the mix of a room takes, in cores.
    pub(super) fn usage(&self, room: &RoomName) -> f64 {
        self.mixes.get(room).map_or(0.0, |mix| mix.usage)
    }

    /// Something is for the mix of a room. That there are people in it begins one. False if it is so far behind that it misses more than
    /// packets: it is given up then.
    pub(super) fn tell(&mut self, room: &RoomName, to: ToMix) -> bool {
        if matches!(to, ToMix::End) {
            self.end(room);
            return true;
        }
        if matches!(to, ToMix::People(_)) && !self.mixes.contains_key(room) {
            self.begin(room.clone());
        }
        // There is none because its thread did not start, or none any more.
        let Some(mix) = self.mixes.get(room) else { return !matches!(to, ToMix::People(_)) };
        match mix.letters.try_send(to) {
            Ok(()) => true,
            // Somebody else speaks soon, and asks for a key frame again.
            Err(TrySendError::Full(ToMix::Packet(_) | ToMix::Speaker(_) | ToMix::KeyFrameWanted(_))) => {
                tracing::debug!("a mix does not keep up: it misses something");
                true
            }
            Err(_) => {
                self.end(room);
                false
            }
        }
    }

    fn begin(&mut self, room: RoomName) {
        self.count += 1;
        let (sender, letters) = sync_channel(WAITING);
        let number = self.count;
        let (mailbox, says, recordings) = (self.mailbox.clone(), self.says.clone(), self.recordings.clone());
        let voice = Voice { room: room.clone(), number, mailbox, says };
        let desk = Desk { letters, voice, recordings };
        let thread = std::thread::Builder::new().name("mix".to_owned());
        match thread.spawn(move || desk.work()) {
            Ok(thread) => drop(self.mixes.insert(room, Mix { number, letters: sender, usage: 0.0, thread })),
            Err(error) => tracing::error!(%error, "no thread for a mix"),
        }
    }

    /// Without letters it ends by itself.
    fn end(&mut self, room: &RoomName) {
        if let Some(mix) = self.mixes.remove(room) {
            self.ending.retain(|thread| !thread.is_finished());
            self.ending.push(mix.thread);
        }
    }
}

impl Drop for Mixes {
    fn drop(&mut self) {
        let ending = self.mixes.drain().map(|(_, mix)| mix.thread).chain(self.ending.drain(..));
        for thread in ending.collect::<Vec<_>>() {
            if thread.join().is_err() {
                tracing::error!("a mix has panicked");
            }
        }
    }
}

#[cfg(test)]
mod tests;
