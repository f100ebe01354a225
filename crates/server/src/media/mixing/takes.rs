//! What each person sends, in files of their own beside the recording of the mix: a thread, which the mix does not wait for.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;

use visavis_mix::webm::Track;
use visavis_mix::{MediaPacket, Take, TakeOutput};
use visavis_protocol::{ParticipantId, RecordingId, RecordingPart, RoomName, Source};
use visavis_sfu::{FromMix, MixPacket, Person};

use super::recorder::passable;
use super::worker::{Voice, packet};
use crate::recordings::{Finished, Recording, RecordingError, Recordings};

/// Files of one recording, beside that of the mix. Who would need another one is in the mix only.
pub(super) const MAX_PARTS: usize = 32;
/// Of them, of one person's: whoever changes what they send again and again takes no place of the others.
pub(super) const MAX_PARTS_EACH: usize = 8;
/// What may wait for the disk: a second of nine cameras and as many microphones. More is lost, as on a network.
const WAITING: usize = 2048;

/// A thread that writes.
pub(super) struct Takes {
    letters: SyncSender<Letter>,
    /// Who is there, until it is told.
    untold: Option<Vec<Person>>,
    /// Why nothing more can be written.
    problem: Receiver<String>,
    thread: JoinHandle<()>,
}

enum Letter {
    People(Vec<Person>),
    Packet(MixPacket),
}

/// What the thread has.
struct Desk {
    room: RoomName,
    of: String,
    recordings: Recordings,
    voice: Voice,
    start: Instant,
    people: Vec<Person>,
    takes: BTreeMap<Whose, (Take, Option<File>)>,
    /// Files that have been begun, of whom.
    begun: Vec<ParticipantId>,
}

/// What there is one file of at a time: somebody, or their screen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Whose {
    participant: ParticipantId,
    is_screen: bool,
}

/// A file under way.
struct File {
    recording: Recording,
    part: RecordingPart,
}

impl Takes {
    /// Writes what these people send from `start` on.
    pub(super) fn begin(
        recordings: &Recordings,
        of: &RecordingId,
        voice: Voice,
        start: Instant,
        people: Vec<Person>,
    ) -> std::io::Result<Self> {
        let (letters, inbox) = sync_channel(WAITING);
        let (trouble, problem) = sync_channel(1);
        let (room, of, recordings) = (voice.room.clone(), of.id.clone(), recordings.clone());
        let desk =
            Desk { room, of, recordings, voice, start, people, takes: BTreeMap::new(), begun: Vec::new() };
        let work = move || {
            if let Err(error) = desk.work(&inbox) {
                tracing::warn!(%error, "what people send is not recorded any more");
                // Nobody asks when the recording has ended.
                let _ = trouble.try_send(error.to_string());
            }
        };
        let thread = std::thread::Builder::new().name("takes".to_owned()).spawn(work)?;
        Ok(Self { letters, untold: None, problem, thread })
    }

    /// Others are there, or something else of them is live.
    pub(super) fn handle_people(&mut self, people: &[Person]) {
        self.untold = Some(people.to_vec());
        self.tell_people();
    }

    /// Somebody has sent something.
    pub(super) fn handle_packet(&mut self, packet: &MixPacket) {
        self.tell_people();
        let sent = self.letters.try_send(Letter::Packet(packet.clone()));
        if let Err(TrySendError::Full(_)) = sent {
            tracing::debug!("the disk does not keep up: something is not recorded");
        }
    }

    /// Why nothing more can be written, once.
    pub(super) fn problem(&self) -> Option<String> {
        self.problem.try_recv().ok()
    }

    /// Why nothing more can be written, when it has ended for that.
    #[cfg(test)]
    pub(super) fn last_problem(self) -> Option<String> {
        self.thread.join().ok()?;
        self.problem.try_recv().ok()
    }

    /// Finishes all files, and waits until they are.
    pub(super) fn finish(self) {
        drop(self.letters);
        if self.thread.join().is_err() {
            tracing::error!("what people send: its thread has panicked");
        }
    }

    /// Packets may be lost where there is no room, but not who is there.
    fn tell_people(&mut self) {
        let letter = self.untold.take().map(Letter::People);
        if let Some(Err(TrySendError::Full(Letter::People(people)))) =
            letter.map(|it| self.letters.try_send(it))
        {
            self.untold = Some(people);
        }
    }
}

impl Desk {
    fn work(mut self, inbox: &Receiver<Letter>) -> Result<(), RecordingError> {
        let mut worked = Ok(());
        for letter in inbox {
            worked = match letter {
                Letter::People(people) => {
                    self.meet(people);
                    Ok(())
                }
                Letter::Packet(packet) => self.take(packet),
            };
            if worked.is_err() {
                break;
            }
        }
        for (_, (_, file)) in std::mem::take(&mut self.takes) {
            self.end(file);
        }
        worked
    }

    /// Who is gone has a file that has ended.
    fn meet(&mut self, people: Vec<Person>) {
        self.people = people;
        let people = &self.people;
        let is_there = |whose: &Whose| people.iter().any(|person| person.participant == whose.participant);
        let gone: Vec<_> = self.takes.extract_if(.., |whose, _| !is_there(whose)).collect();
        for (_, (_, file)) in gone {
            self.end(file);
        }
        for (whose, (take, _)) in &mut self.takes {
            expect(take, whose, &self.people);
        }
    }

    fn take(&mut self, of: MixPacket) -> Result<(), RecordingError> {
        let is_screen = matches!(of.source, Source::Screen | Source::ScreenAudio);
        let whose = Whose { participant: of.participant.clone(), is_screen };
        if !self.people.iter().any(|person| person.participant == whose.participant) {
            return Ok(());
        }
        let of: MediaPacket = packet(of);
        let (people, start) = (&self.people, self.start);
        let (take, _) = self.takes.entry(whose.clone()).or_insert_with(|| {
            let mut take = Take::new(start);
            expect(&mut take, &whose, people);
            (take, None)
        });
        take.handle_packet(&of);
        loop {
            let Some((take, file)) = self.takes.get_mut(&whose) else { return Ok(()) };
            match take.poll_output() {
                None => return Ok(()),
                Some(TakeOutput::Frame { track, at, is_key_frame, data }) => {
                    if let Some(file) = file {
                        passable(file.recording.write(track, at, is_key_frame, &data))?;
                    }
                }
                Some(TakeOutput::KeyFrameWanted) => {
                    let (participant, source) = (whose.participant.clone(), of.source);
                    self.voice.say(FromMix::KeyFrameWanted { participant, source });
                }
                Some(TakeOutput::Begin(tracks)) => {
                    let before = file.take();
                    self.end(before);
                    let begun = self.begin(&whose, tracks)?;
                    if let Some((_, file)) = self.takes.get_mut(&whose) {
                        *file = begun;
                    }
                }
            }
        }
    }

    /// Begins a file, if there may be one more.
    fn begin(&mut self, whose: &Whose, mut tracks: Vec<Track>) -> Result<Option<File>, RecordingError> {
        let of_theirs = self.begun.iter().filter(|begun| **begun == whose.participant).count();
        if self.begun.len() >= MAX_PARTS || of_theirs >= MAX_PARTS_EACH {
            tracing::debug!("there are as many files as may be of one recording, or of one person");
            return Ok(None);
        }
        let person = self.people.iter().find(|person| person.participant == whose.participant);
        let name = person.map(|person| person.name.clone()).unwrap_or_default();
        for track in &mut tracks {
            track.name.clone_from(&name);
        }
        let draw = || ParticipantId::from_random(rand::random()).as_str().to_owned();
        let part = RecordingPart { id: draw(), key: draw(), name, screen: whose.is_screen, bytes: None };
        let recording = match self.recordings.begin_part(&self.of, &part, &self.room, &tracks) {
            // Nobody can keep the others from being recorded by what they send.
            Err(RecordingError::Tracks(error)) => {
                tracing::debug!(%error, "of what somebody sends there can be no file");
                return Ok(None);
            }
            begun => begun?,
        };
        self.begun.push(whose.participant.clone());
        self.voice.tell_part(&self.of, part.clone());
        Ok(Some(File { recording, part }))
    }

    fn end(&self, file: Option<File>) {
        let Some(File { recording, mut part }) = file else { return };
        match recording.finish() {
            Ok(Finished { bytes, .. }) => {
                part.bytes = Some(bytes);
                self.voice.tell_part(&self.of, part);
            }
            Err(error) => tracing::warn!(%error, "what somebody sent is not finished"),
        }
    }
}

fn expect(take: &mut Take, whose: &Whose, people: &[Person]) {
    let person = people.iter().find(|person| person.participant == whose.participant);
    let state = person.map(|person| person.state).unwrap_or_default();
    match whose.is_screen {
        false => take.handle_expected(state.camera, state.mic),
        true => take.handle_expected(state.screen, state.screen_audio),
    }
}
