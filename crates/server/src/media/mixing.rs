//! The mixes of a media thread's rooms: a thread for each, which drives a [`Mixer`].
//!
//! What goes there never waits: where a mix does not keep up, packets are lost, as they would be on a network. It ends when nobody
//! wants it any more, or when the media thread does.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use foldhash::fast::RandomState;
use visavis_mix::{MediaPacket, Mixer, Options, Output, Person, Sound};
use visavis_protocol::RoomName;
use visavis_sfu::{FromMix, MixPacket, MixedSound, ToMix};

use super::cpu::thread_time;
use super::mail::{Letter, Made, Mailbox, Mixed};

/// What may wait for a mix: a second of nine cameras and as many microphones.
const WAITING: usize = 2048;
/// How often it is looked at what a mix takes.
const LOOK: Duration = Duration::from_secs(1);

/// Everything that is mixed for one media thread.
pub(super) struct Mixes {
    mixes: HashMap<RoomName, Mix, RandomState>,
    /// The media thread's own.
    mailbox: Mailbox,
    /// How many there have been.
    count: u64,
}

struct Mix {
    number: u64,
    letters: SyncSender<ToMix>,
    /// What it takes, in cores.
    usage: f64,
}

/// Where a mix finds what is for it, and puts what it makes.
struct Desk {
    room: RoomName,
    number: u64,
    letters: Receiver<ToMix>,
    mailbox: Mailbox,
}

impl Mixes {
    /// None yet.
    pub(super) fn new(mailbox: Mailbox) -> Self {
        Self { mixes: HashMap::default(), mailbox, count: 0 }
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

    /// Something is for the mix of a room. That there are people in it begins one.
    pub(super) fn tell(&mut self, room: &RoomName, to: ToMix) {
        if matches!(to, ToMix::End) {
            self.mixes.remove(room);
            return;
        }
        if matches!(to, ToMix::People(_)) && !self.mixes.contains_key(room) {
            self.begin(room.clone());
        }
        let Some(mix) = self.mixes.get(room) else { return };
        match mix.letters.try_send(to) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => tracing::debug!("a mix does not keep up: it misses something"),
            Err(TrySendError::Disconnected(_)) => drop(self.mixes.remove(room)),
        }
    }

    fn begin(&mut self, room: RoomName) {
        self.count += 1;
        let (sender, letters) = sync_channel(WAITING);
        let number = self.count;
        let desk = Desk { room: room.clone(), number, letters, mailbox: self.mailbox.clone() };
        let thread = std::thread::Builder::new().name("mix".to_owned());
        match thread.spawn(move || desk.work()) {
            Ok(_) => drop(self.mixes.insert(room, Mix { number, letters: sender, usage: 0.0 })),
            Err(error) => tracing::error!(%error, "no thread for a mix"),
        }
    }
}

impl Desk {
    /// Mixes until nobody wants it any more.
    fn work(self) {
        let mut mixer = match Mixer::new(Options::default(), Instant::now()) {
            Ok(mixer) => mixer,
            Err(error) => return tracing::error!(%error, "a room cannot be mixed"),
        };
        let mut usage = Usage::new();
        loop {
            let wait = mixer.poll_timeout().saturating_duration_since(Instant::now());
            match self.letters.recv_timeout(wait) {
                Ok(letter) => take(&mut mixer, letter),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            // What has come meanwhile belongs into the next picture and the next sound.
            while let Ok(letter) = self.letters.try_recv() {
                take(&mut mixer, letter);
            }
            let now = Instant::now();
            mixer.handle_timeout(now);
            if let Some(cores) = usage.look(now) {
                mixer.handle_load(cores, now);
                self.hand(Made::Takes(cores));
            }
            self.hand_on(&mut mixer);
        }
    }

    fn hand_on(&self, mixer: &mut Mixer) {
        let mut is_any = false;
        while let Some(output) = mixer.poll_output() {
            is_any |= self.hand(made(output));
        }
        if is_any {
            self.mailbox.wake();
        }
    }

    /// A media thread that is that far behind has no use for more.
    fn hand(&self, made: Made) -> bool {
        let mixed = Mixed { room: self.room.clone(), number: self.number, made };
        self.mailbox.put(Letter::Mixed(mixed)).is_ok()
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

fn take(mixer: &mut Mixer, letter: ToMix) {
    match letter {
        ToMix::People(people) => mixer.handle_people(people.into_iter().map(person).collect()),
        ToMix::Speaker(speaker) => mixer.handle_speaker(speaker),
        ToMix::Packet(of) => mixer.handle_packet(&packet(of)),
        ToMix::KeyFrameWanted => mixer.handle_key_frame_wanted(),
        ToMix::End => {}
    }
}

fn person(visavis_sfu::Person { participant, name, state }: visavis_sfu::Person) -> Person {
    Person { participant, name, state }
}

fn packet(of: MixPacket) -> MediaPacket {
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

fn made(output: Output) -> Made {
    Made::Media(match output {
        Output::Picture { timestamp, composed, payloads } => {
            FromMix::Picture { timestamp, composed, payloads }
        }
        Output::Sounds { mixed, sounds } => {
            let sound = |Sound { without, timestamp, payload }| MixedSound { without, timestamp, payload };
            FromMix::Sounds { mixed, sounds: sounds.into_iter().map(sound).collect() }
        }
        Output::Shows(shows) => FromMix::Shows(shows),
        Output::KeyFrameWanted { participant, source } => FromMix::KeyFrameWanted { participant, source },
        Output::Overloaded => return Made::Overloaded,
    })
}
