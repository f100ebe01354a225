//! The thread of one mix.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use visavis_mix::{Edition as MixEdition, MediaPacket, Mixer, Options, Output, Person, Sound};
use visavis_protocol::{Recorded, RecordingId, RecordingPart, RoomName};
use visavis_sfu::{Edition, Editions, FromMix, MixPacket, MixedSound, ToMix};

use super::recorder::Recorder;
use super::takes::Takes;
use crate::media::cpu::thread_time;
use crate::media::forwarder::{Said, Says};
use crate::media::mail::{Letter, Made, Mailbox, Mixed};
use crate::recordings::{RecordingError, Recordings};

/// How often it is looked at what a mix takes.
const LOOK: Duration = Duration::from_secs(1);

/// Where a mix finds what is for it, and puts what it makes.
pub(super) struct Desk {
    pub(super) letters: Receiver<ToMix>,
    pub(super) voice: Voice,
    pub(super) recordings: Recordings,
}

/// How a mix is heard.
#[derive(Clone)]
pub(super) struct Voice {
    pub(super) room: RoomName,
    pub(super) number: u64,
    pub(super) mailbox: Mailbox,
    pub(super) says: Says,
}

/// A mix at work.
pub(super) struct Worker {
    desk: Desk,
    mixer: Mixer,
    recorder: Option<Recorder>,
    /// What each person sends goes into this recording as well.
    tracks: Option<RecordingId>,
    takes: Option<Takes>,
    /// Who is there.
    people: Vec<visavis_sfu::Person>,
    /// Recordings that are being finished: a slow disk does not hold up the mix.
    finishing: Vec<JoinHandle<()>>,
    /// What is to be shown, while the media thread has no room for it: it is not said again.
    unsaid: Option<FromMix>,
}

impl Desk {
    /// Mixes until nobody wants it any more.
    pub(super) fn work(self) {
        match Mixer::new(Options::default(), Instant::now()) {
            Ok(mixer) => Worker::new(self, mixer).run(),
            Err(error) => {
                tracing::error!(%error, "a room cannot be mixed");
                self.voice.hand(Made::Overloaded);
                self.voice.mailbox.wake();
                for letter in self.letters {
                    let ToMix::Record(Some(of)) = letter else { continue };
                    self.voice.tell(Recorded { id: of.id, result: None, problem: Some(error.to_string()) });
                }
            }
        }
    }
}

impl Voice {
    /// A media thread that is that far behind has no use for more.
    fn hand(&self, made: Made) -> bool {
        let mixed = Mixed { room: self.room.clone(), number: self.number, made };
        self.mailbox.put(Letter::Mixed(mixed)).is_ok()
    }

    /// Says something to the forwarder at once.
    pub(super) fn say(&self, from: FromMix) {
        if self.hand(Made::Media(from)) {
            self.mailbox.wake();
        }
    }

    /// What has become of a recording.
    fn tell(&self, recorded: Recorded) {
        self.wait(Said::Recorded { room: self.room.clone(), recorded });
    }

    /// What is known of a part of one.
    pub(super) fn tell_part(&self, of: &str, part: RecordingPart) {
        self.wait(Said::Part { room: self.room.clone(), of: of.to_owned(), part });
    }

    /// Waits until the rooms take it: they would show a recording that goes on for ever.
    fn wait(&self, said: Said) {
        if self.says.blocking_send(said).is_err() {
            tracing::debug!("the server ends, and with it a recording");
        }
    }
}

impl Worker {
    /// With nothing to do yet.
    pub(super) fn new(desk: Desk, mixer: Mixer) -> Self {
        Self {
            desk,
            mixer,
            recorder: None,
            tracks: None,
            takes: None,
            people: Vec::new(),
            finishing: Vec::new(),
            unsaid: None,
        }
    }

    fn run(mut self) {
        let mut usage = Usage::new();
        loop {
            let wait = self.mixer.poll_timeout().saturating_duration_since(Instant::now());
            match self.desk.letters.recv_timeout(wait) {
                Ok(letter) => self.take(letter),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.end(),
            }
            // What has come meanwhile belongs into the next picture and the next sound.
            while let Ok(letter) = self.desk.letters.try_recv() {
                self.take(letter);
            }
            let now = Instant::now();
            self.mixer.handle_timeout(now);
            if let Some(cores) = usage.look(now) {
                self.mixer.handle_load(cores, now);
                self.desk.voice.hand(Made::Takes(cores));
            }
            self.hand_on();
        }
    }

    pub(super) fn take(&mut self, letter: ToMix) {
        match letter {
            ToMix::People(people) => {
                self.mixer.handle_people(people.iter().cloned().map(person).collect());
                if let Some(takes) = &mut self.takes {
                    takes.handle_people(&people);
                }
                self.people = people;
            }
            ToMix::Record(of) => self.record(of),
            ToMix::Speaker(speaker) => self.mixer.handle_speaker(speaker),
            ToMix::Packet(of) => {
                if let Some(takes) = &mut self.takes {
                    takes.handle_packet(&of);
                }
                self.mixer.handle_packet(&packet(of));
            }
            ToMix::KeyFrameWanted(edition) => match beside(edition) {
                None => self.mixer.handle_key_frame_wanted(),
                Some(edition) => self.mixer.handle_edition_key_frame_wanted(edition),
            },
            ToMix::Wanted(Editions { small, h264 }) => {
                self.mixer.handle_edition_wanted(MixEdition::Small, small);
                self.mixer.handle_edition_wanted(MixEdition::H264, h264);
            }
            ToMix::End => {}
        }
    }

    /// Into this recording it goes from now on, or into none.
    fn record(&mut self, of: Option<RecordingId>) {
        if of.as_ref().zip(self.recorder.as_ref()).is_some_and(|(of, recorder)| recorder.is(of)) {
            return;
        }
        self.end_recording(None);
        let Some(of) = of else { return };
        let Desk { recordings, voice, .. } = &self.desk;
        match Recorder::begin(recordings, of.clone(), &voice.room, self.mixer.size(), Instant::now()) {
            Ok(recorder) => {
                self.recorder = Some(recorder);
                self.tracks = of.tracks.then_some(of);
                self.mixer.handle_key_frame_wanted();
            }
            Err(recorded) => voice.tell(recorded),
        }
    }

    /// What each person sends is recorded from the moment on at which the mix is: all files have one beginning.
    fn begin_takes(&mut self) {
        if !self.recorder.as_ref().is_some_and(Recorder::has_begun) {
            return;
        }
        let Some(of) = self.tracks.take() else { return };
        let Desk { recordings, voice, .. } = &self.desk;
        match Takes::begin(recordings, &of, voice.clone(), Instant::now(), self.people.clone()) {
            Ok(takes) => self.takes = Some(takes),
            Err(error) => self.end_recording(Some(error.to_string())),
        }
    }

    /// Finishes the recording on a thread of its own.
    fn end_recording(&mut self, problem: Option<String>) {
        let Some(recorder) = self.recorder.take() else { return };
        let (voice, takes) = (self.desk.voice.clone(), self.takes.take());
        self.tracks = None;
        let finish = move || {
            if let Some(takes) = takes {
                takes.finish();
            }
            voice.tell(recorder.finish(problem));
        };
        self.finishing.retain(|thread| !thread.is_finished());
        match std::thread::Builder::new().name("recording".to_owned()).spawn(finish) {
            Ok(thread) => self.finishing.push(thread),
            // What it was to finish is finished as it is dropped.
            Err(error) => tracing::error!(%error, "no thread to finish a recording"),
        }
    }

    /// Nobody wants the mix any more. What is being recorded is finished before this thread ends.
    fn end(mut self) {
        self.end_recording(None);
        for thread in std::mem::take(&mut self.finishing) {
            if thread.join().is_err() {
                tracing::error!("a recording has panicked");
            }
        }
    }

    fn hand_on(&mut self) {
        let mut is_any = self.unsaid.take().is_some_and(|shows| self.show(shows));
        while let Some(output) = self.mixer.poll_output() {
            if let Err(error) = self.keep(&output) {
                tracing::warn!(%error, "a recording ends");
                self.end_recording(Some(error.to_string()));
            }
            is_any |= match made(output) {
                Made::Media(shows @ FromMix::Shows(_)) => self.show(shows),
                made => self.desk.voice.hand(made),
            };
        }
        self.begin_takes();
        if let Some(problem) = self.takes.as_ref().and_then(Takes::problem) {
            self.end_recording(Some(problem));
        }
        if is_any {
            self.desk.voice.mailbox.wake();
        }
    }

    /// Says what is to be shown; now, or as soon as that is possible.
    fn show(&mut self, shows: FromMix) -> bool {
        let is_said = self.desk.voice.hand(Made::Media(shows.clone()));
        self.unsaid = (!is_said).then_some(shows);
        is_said
    }

    /// Puts it into the recording, if there is one.
    fn keep(&mut self, output: &Output) -> Result<(), RecordingError> {
        let Some(recorder) = &mut self.recorder else { return Ok(()) };
        match output {
            Output::Picture { frame, is_key_frame, composed, .. } => {
                if recorder.wants_key_frame(*composed) {
                    self.mixer.handle_key_frame_wanted();
                }
                recorder.take_picture(frame, *is_key_frame, *composed)
            }
            Output::Sounds { mixed, sounds, .. } => {
                let shared = sounds.iter().find(|sound| sound.without.is_none());
                shared.map_or(Ok(()), |shared| recorder.take_sound(shared, *mixed))
            }
            _ => Ok(()),
        }
    }
}

/// A mix that fails does not leave a recording that is under way for ever.
impl Drop for Worker {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.end_recording(Some("the mix has failed".to_owned()));
        }
    }
}

/// What this thread takes of a core, looked at now and then.
struct Usage {
    looked: Instant,
    cpu: Option<Duration>,
}

impl Usage {
    fn new() -> Self {
        Self { looked: Instant::now(), cpu: thread_time() }
    }

    /// What it has taken since it was looked at last, if that is long enough ago.
    fn look(&mut self, now: Instant) -> Option<f64> {
        let passed = now.saturating_duration_since(self.looked);
        if passed < LOOK {
            return None;
        }
        let cpu = thread_time();
        let taken = cpu.zip(self.cpu).map(|(cpu, before)| cpu.saturating_sub(before));
        (self.looked, self.cpu) = (now, cpu);
        Some(taken?.as_secs_f64() / passed.as_secs_f64())
    }
}

fn person(visavis_sfu::Person { participant, name, state }: visavis_sfu::Person) -> Person {
    Person { participant, name, state }
}

pub(super) fn packet(of: MixPacket) -> MediaPacket {
    let MixPacket {
        participant,
        source,
        stream,
        codec,
        sequence,
        timestamp,
        marker,
        rotation,
        arrival,
        payload,
    } = of;
    MediaPacket {
        participant,
        source,
        stream,
        codec,
        sequence,
        timestamp,
        marker,
        rotation,
        arrival,
        payload,
    }
}

/// What of the picture is made beside the whole one.
fn beside(edition: Edition) -> Option<MixEdition> {
    match edition {
        Edition::Whole => None,
        Edition::Small => Some(MixEdition::Small),
        Edition::H264 => Some(MixEdition::H264),
    }
}

fn made(output: Output) -> Made {
    Made::Media(match output {
        Output::Picture { timestamp, composed, payloads, .. } => {
            FromMix::Picture { edition: Edition::Whole, timestamp, composed, payloads }
        }
        Output::Edition { edition, timestamp, composed, payloads } => {
            let edition = match edition {
                MixEdition::Small => Edition::Small,
                MixEdition::H264 => Edition::H264,
            };
            FromMix::Picture { edition, timestamp, composed, payloads }
        }
        Output::Sounds { mixed, sounds, heard } => {
            let sound = |Sound { without, timestamp, payload }| MixedSound { without, timestamp, payload };
            FromMix::Sounds { mixed, sounds: sounds.into_iter().map(sound).collect(), heard }
        }
        Output::Shows(shows) => FromMix::Shows(shows),
        Output::KeyFrameWanted { participant, source } => FromMix::KeyFrameWanted { participant, source },
        Output::Overloaded => return Made::Overloaded,
    })
}
