//! The mix of one room, as one state machine: people and packets go in, pictures and sounds come out.

mod encoding;
mod load;
mod stage;
#[cfg(test)]
mod tests;
mod video;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use visavis_protocol::{ParticipantId, Shown, Source, SourceState};
use visavis_rtp::VideoCodec;

use self::encoding::{Encoded, Encoding, Small};
use self::load::{Load, Verdict};
use self::stage::Stage;
use self::video::{Video, let_dearest_rest};
use crate::assembly;
use crate::canvas::Rotation;
use crate::codec::CodecError;
use crate::picture::{PictureView, Size};
use crate::sound::{SoundError, SoundKind, SoundMixer, SoundPacket};

/// People whose pictures and sounds are looked at; others come when somebody leaves.
const MAX_PEOPLE: usize = 64;
/// A picture on which nothing is drawn any more comes as before for so long, which is three times, and then once in a while:
/// while nobody's camera is on there is nothing to be seen but who speaks.
const SETTLING: Duration = Duration::from_millis(150);
const STILL: Duration = Duration::from_millis(250);

/// What the picture is made in as well, while somebody wants that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edition {
    /// VP8 in small: less often, and in a fifteenth of the bits, for those whose way does not take the whole one.
    Small,
    /// H.264, as large and as often, for those who cannot decode VP8.
    H264,
}

/// What a mix is to be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Of its picture, which gets smaller only where there is not time enough for that.
    pub size: Size,
    /// Pictures in a second, or fewer where there is not time enough.
    pub frame_rate: u32,
    /// Of its picture, in bit/s.
    pub bitrate: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { size: Size::new(1280, 720), frame_rate: 20, bitrate: 1_500_000 }
    }
}

/// Why there is no mix.
#[derive(Debug, thiserror::Error)]
pub enum MixError {
    /// Of pictures.
    #[error(transparent)]
    Picture(#[from] CodecError),
    /// Of sound.
    #[error(transparent)]
    Sound(#[from] SoundError),
}

/// A participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub participant: ParticipantId,
    /// What stands on the tile.
    pub name: String,
    /// What of it is live.
    pub state: SourceState,
}

/// A packet of a participant's.
#[derive(Clone, Debug)]
pub struct MediaPacket {
    /// Whose.
    pub participant: ParticipantId,
    /// Of which source.
    pub source: Source,
    /// Which stream it belongs to: in another one, numbers and time stamps have nothing to do with those of before.
    pub stream: usize,
    /// Of a picture; `None` is sound, which is Opus.
    pub codec: Option<VideoCodec>,
    /// Extended beyond 16 bits; those of a stream follow each other without gaps.
    pub sequence: u64,
    /// In ticks of 90 kHz for pictures, of 48 kHz for sound.
    pub timestamp: u32,
    /// Whether it ends a frame.
    pub marker: bool,
    /// How the picture is to be turned, clockwise, in degrees.
    pub rotation: u16,
    /// When it came.
    pub arrival: Instant,
    /// The payload.
    pub payload: Arc<[u8]>,
}

/// What a mix has made, or wants.
#[derive(Clone, Debug)]
pub enum Output {
    /// A frame of VP8, as payloads of RTP (RFC 7741).
    Picture {
        /// In ticks of 90 kHz, from 0.
        timestamp: u32,
        /// When what it shows is to be heard: the sounds that were [`mixed`](Output::Sounds::mixed) then are of the same moment.
        composed: Instant,
        /// One for each packet.
        payloads: Vec<Arc<[u8]>>,
        /// The whole frame.
        frame: Arc<[u8]>,
        /// Whether it needs no frame before it.
        is_key_frame: bool,
    },
    /// The same in another edition, while somebody wants that.
    Edition {
        /// In which.
        edition: Edition,
        /// As of the whole one.
        timestamp: u32,
        /// As of the whole one.
        composed: Instant,
        /// One for each packet.
        payloads: Vec<Arc<[u8]>>,
    },
    /// The sounds of the same 20 ms.
    Sounds {
        /// When they were due.
        mixed: Instant,
        /// The one for all, and those for each who is heard.
        sounds: Vec<Sound>,
        /// All who are heard in the one for all: whoever of them has none of their own here has silence, and nothing else.
        heard: Vec<ParticipantId>,
    },
    /// Which pictures it shows and in what size: it needs no others, and no larger ones.
    Shows(Vec<Shown>),
    /// It cannot go on with this picture before that begins anew.
    KeyFrameWanted {
        /// Whose.
        participant: ParticipantId,
        /// Which.
        source: Source,
    },
    /// The least that it can make is still too much for what time there is.
    Overloaded,
}

/// 20 ms of Opus.
#[derive(Clone, Debug)]
pub struct Sound {
    /// Who is not in it, because it is for them; `None`: it is for all others.
    pub without: Option<ParticipantId>,
    /// In ticks of 48 kHz, from 0.
    pub timestamp: u32,
    /// The payload.
    pub payload: Arc<[u8]>,
}

/// Whose pictures are there.
type Videos = BTreeMap<(ParticipantId, Source), Video>;

/// The mix of one room.
pub struct Mixer {
    options: Options,
    people: Vec<Person>,
    speaker: Option<ParticipantId>,
    /// Pictures that are live.
    videos: Videos,
    stage: Stage,
    encoding: Encoding,
    /// While somebody wants them.
    small: Option<Small>,
    h264: Option<Encoding>,
    load: Load,
    /// When it was last looked at how much this takes.
    looked: Instant,
    sound: SoundMixer,
    /// What the sound mixer calls its sources' owners.
    numbers: BTreeMap<ParticipantId, u64>,
    /// Which stream each of its sources comes by.
    streams: BTreeMap<u64, usize>,
    next_number: u64,
    start: Instant,
    next_picture: Instant,
    /// When what the last picture shows is heard.
    heard: Option<Instant>,
    /// When something was last drawn, and when the picture was last encoded.
    drawn: Instant,
    encoded: Option<Instant>,
    outputs: VecDeque<Output>,
}

impl Mixer {
    /// Of a room in which nobody is yet.
    ///
    /// # Errors
    /// If a codec cannot be had.
    pub fn new(options: Options, now: Instant) -> Result<Self, MixError> {
        Ok(Self {
            options,
            people: Vec::new(),
            speaker: None,
            videos: Videos::new(),
            stage: Stage::new(options.size),
            encoding: Encoding::new(VideoCodec::Vp8, options)?,
            small: None,
            h264: None,
            load: Load::new(options),
            looked: now,
            sound: SoundMixer::new()?,
            numbers: BTreeMap::new(),
            streams: BTreeMap::new(),
            next_number: 0,
            start: now,
            next_picture: now,
            heard: None,
            drawn: now,
            encoded: None,
            outputs: VecDeque::new(),
        })
    }

    /// This is who is in the room, in the order in which they are shown.
    pub fn handle_people(&mut self, mut people: Vec<Person>) {
        people.truncate(MAX_PEOPLE);
        let is_live = |participant: &ParticipantId, source: Source| {
            let person = people.iter().find(|person| person.participant == *participant);
            person.is_some_and(|person| is_live(person.state, source))
        };
        self.videos.retain(|(participant, source), _| is_live(participant, *source));
        for (participant, number) in &self.numbers {
            let sounds = [Source::Mic, Source::ScreenAudio].into_iter();
            for source in sounds.filter(|source| !is_live(participant, *source)) {
                self.sound.remove(sound_key(*number, source));
                self.streams.remove(&sound_key(*number, source));
            }
        }
        self.numbers.retain(|participant, _| people.iter().any(|person| person.participant == *participant));
        self.people = people;
        self.arrange();
    }

    /// This is who speaks.
    pub fn handle_speaker(&mut self, speaker: Option<ParticipantId>) {
        self.speaker = speaker;
        self.arrange();
    }

    /// A packet has come.
    pub fn handle_packet(&mut self, packet: &MediaPacket) {
        let person = self.people.iter().find(|person| person.participant == packet.participant);
        if !person.is_some_and(|person| is_live(person.state, packet.source)) {
            return;
        }
        match packet.codec {
            Some(codec) => self.take_picture(packet, codec),
            None => self.take_sound(packet),
        }
    }

    /// Somebody cannot go on with the picture before it begins anew.
    pub fn handle_key_frame_wanted(&mut self) {
        self.encoding.want_key_frame();
    }

    /// Whether somebody wants the picture in this edition as well. It begins with a key frame.
    pub fn handle_edition_wanted(&mut self, edition: Edition, wanted: bool) {
        let made = match edition {
            Edition::Small if wanted == self.small.is_some() => Ok(()),
            Edition::Small => wanted.then(Small::new).transpose().map(|small| self.small = small),
            Edition::H264 if wanted == self.h264.is_some() => Ok(()),
            Edition::H264 => {
                let encoding = || Encoding::new(VideoCodec::H264, self.options);
                wanted.then(encoding).transpose().map(|encoding| self.h264 = encoding)
            }
        };
        if let Err(error) = made {
            tracing::warn!(%error, ?edition, "there is no such edition of a mix");
        }
        if edition == Edition::Small {
            self.arrange(); // names are larger where it is made
        }
    }

    /// Somebody cannot go on with this edition before it begins anew.
    pub fn handle_edition_key_frame_wanted(&mut self, edition: Edition) {
        match edition {
            Edition::Small => self.small.iter_mut().for_each(Small::want_key_frame),
            Edition::H264 => self.h264.iter_mut().for_each(Encoding::want_key_frame),
        }
    }

    /// So much of a core this has taken since the last call, as a part of the time that passed. Where that is too much the picture comes
    /// less often, and is smaller then; after that the source that takes the most stands still for a while, if it takes more than is fair.
    pub fn handle_load(&mut self, cores: f64, now: Instant) {
        let passed = now.saturating_duration_since(std::mem::replace(&mut self.looked, now));
        match self.load.handle(cores, now) {
            Verdict::Stay => {}
            Verdict::Change(options) => self.change(options),
            Verdict::Hopeless if let_dearest_rest(&mut self.videos, passed, now) => {}
            Verdict::Hopeless => self.outputs.push_back(Output::Overloaded),
        }
        self.videos.values_mut().for_each(|video| video.pixels = 0);
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called.
    #[must_use]
    pub fn poll_timeout(&self) -> Instant {
        self.sound.poll_timeout().map_or(self.next_picture, |sound| sound.min(self.next_picture))
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.mix(now);
        if now >= self.next_picture {
            self.compose(now);
        }
    }

    /// Its picture as it is now.
    #[must_use]
    pub fn picture(&self) -> PictureView<'_> {
        self.stage.picture()
    }

    /// The size of its picture as it is now.
    #[must_use]
    pub fn size(&self) -> Size {
        self.options.size
    }

    /// What has been made; to be asked until there is nothing, after every `handle_…`.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }
}

impl Mixer {
    /// Makes more or less from now on.
    fn change(&mut self, options: Options) {
        tracing::debug!(?options, "a mix changes what it makes");
        if self.encoding.change(options).is_ok() {
            self.options = options;
            self.stage = Stage::new(options.size);
            if self.h264.as_mut().is_some_and(|h264| h264.change(options).is_err()) {
                self.h264 = None;
            }
            self.arrange();
        }
    }

    fn take_picture(&mut self, packet: &MediaPacket, codec: VideoCodec) {
        let video = self.videos.entry((packet.participant.clone(), packet.source)).or_default();
        let MediaPacket { sequence, timestamp, marker, ref payload, arrival, .. } = *packet;
        let of_frame = assembly::Packet { sequence, timestamp, marker, codec, payload };
        video.take(packet.stream, of_frame, Rotation::of_degrees(packet.rotation), arrival);
    }

    fn take_sound(&mut self, packet: &MediaPacket) {
        let number = *self.numbers.entry(packet.participant.clone()).or_insert_with(|| {
            self.next_number += 1;
            self.next_number
        });
        let kind = if packet.source == Source::Mic { SoundKind::Voice } else { SoundKind::Content };
        let key = sound_key(number, packet.source);
        if self.streams.insert(key, packet.stream).is_some_and(|before| before != packet.stream) {
            self.sound.remove(key);
        }
        if let Err(error) = self.sound.set(key, number, kind) {
            return tracing::debug!(%error, "a sound is not mixed");
        }
        let MediaPacket { sequence, timestamp, arrival, .. } = *packet;
        let payload = Arc::clone(&packet.payload);
        self.sound.handle_packet(key, &SoundPacket { sequence, timestamp, arrival, payload });
    }

    fn mix(&mut self, now: Instant) {
        let numbers = &self.numbers;
        let owner =
            |number: u64| numbers.iter().find(|(_, known)| **known == number).map(|(owner, _)| owner.clone());
        let sounds = self.sound.mix(now).filter_map(|mixed| {
            let without = match mixed.minus {
                Some(number) => Some(owner(number)?),
                None => None,
            };
            Some((mixed.mixed, Sound { without, timestamp: mixed.timestamp, payload: mixed.payload }))
        });
        let sounds: Vec<(Instant, Sound)> = sounds.collect();
        let heard = numbers.iter().filter(|(_, number)| !self.sound.is_shared_with(**number));
        let heard: Vec<ParticipantId> = heard.map(|(participant, _)| participant.clone()).collect();
        // Those of several times may be late together.
        for sounds in sounds.chunk_by(|(_, a), (_, b)| a.timestamp == b.timestamp) {
            let Some((mixed, _)) = sounds.first() else { continue };
            let (mixed, heard) = (*mixed, heard.clone());
            let sounds = sounds.iter().map(|(_, sound)| sound.clone()).collect();
            self.outputs.push_back(Output::Sounds { mixed, sounds, heard });
        }
    }

    /// Makes the next frame of the picture of what there is.
    fn compose(&mut self, now: Instant) {
        let composed = self.take_turn(now);
        let mut is_resized = false;
        for ((participant, source), video) in &mut self.videos {
            if !self.stage.shows(participant, *source) || video.rests(now) {
                video.rest();
                continue;
            }
            let before = video.size();
            let is_new = video.decode(now);
            is_resized |= video.size() != before;
            if video.asks(now) {
                let (participant, source) = (participant.clone(), *source);
                self.outputs.push_back(Output::KeyFrameWanted { participant, source });
            }
            if is_new {
                self.stage.draw(participant, *source, video);
            }
        }
        if is_resized {
            self.arrange();
        }
        self.stage.dim(&self.videos, now);
        self.encode(composed);
    }

    /// Whether a picture is worth being encoded: it is another one, or none came for a while.
    fn is_due(&mut self, now: Instant) -> bool {
        if self.stage.take_drawn() {
            self.drawn = now;
        }
        let lasts = |since: Instant, least| now.saturating_duration_since(since) >= least;
        !lasts(self.drawn, SETTLING) || self.encoded.is_none_or(|encoded| lasts(encoded, STILL))
    }

    /// The time of the picture that is composed now: pictures are evenly spaced, and one that comes too late is left out.
    fn take_turn(&mut self, now: Instant) -> Instant {
        let interval = Duration::from_secs(1) / self.options.frame_rate;
        let late = now.saturating_duration_since(self.next_picture).as_micros() / interval.as_micros().max(1);
        let turn = self.next_picture + interval * u32::try_from(late).unwrap_or_default();
        self.next_picture = turn + interval;
        turn
    }

    fn encode(&mut self, now: Instant) {
        let encodings = [Some(&self.encoding), self.small.as_ref().map(Small::encoding), self.h264.as_ref()];
        if encodings.into_iter().flatten().any(|encoding| encoding.is_to_begin(now)) {
            self.drawn = now;
        }
        if !self.is_due(now) {
            return;
        }
        self.encoded = Some(now);
        let composed = self.heard_at(now);
        self.heard = Some(composed);
        let at = now.saturating_duration_since(self.start);
        let (picture, timestamp) = (self.stage.picture(), ticks(at));
        if let Some(Encoded { payloads, frame, is_key_frame }) = self.encoding.encode(picture, at, now) {
            self.outputs.push_back(Output::Picture { timestamp, composed, payloads, frame, is_key_frame });
        }
        let small = self.small.as_mut().and_then(|small| small.encode(picture, at, now));
        let h264 = self.h264.as_mut().and_then(|h264| h264.encode(picture, at, now));
        let editions = [(Edition::Small, small), (Edition::H264, h264)];
        for (edition, Encoded { payloads, .. }) in
            editions.into_iter().filter_map(|(edition, encoded)| Some((edition, encoded?)))
        {
            self.outputs.push_back(Output::Edition { edition, timestamp, composed, payloads });
        }
    }

    /// When the sound is mixed of what a picture shows that is composed at this time. The pictures in it have waited for half the time
    /// between two on the average. Sound waits longer in most cases, until what is late is there.
    fn heard_at(&self, composed: Instant) -> Instant {
        let half = Duration::from_secs(1) / self.options.frame_rate / 2;
        let heard = self.sound.lag().and_then(|lag| (composed + lag).checked_sub(half)).unwrap_or(composed);
        // Where sound waits less than before, no picture comes before the last one.
        self.heard.map_or(heard, |last| heard.max(last + Duration::from_millis(1)))
    }

    /// Puts everybody where they belong, and says what is to be seen of them.
    fn arrange(&mut self) {
        let is_halved = self.small.is_some() && Small::is_half_of(self.options.size);
        let shows = self.stage.arrange(&self.people, self.speaker.as_ref(), &self.videos, is_halved);
        if let Some(shows) = shows {
            self.outputs.push_back(Output::Shows(shows));
        }
    }
}

fn is_live(state: SourceState, source: Source) -> bool {
    match source {
        Source::Mic => state.mic,
        Source::Camera => state.camera,
        Source::Screen => state.screen,
        Source::ScreenAudio => state.screen_audio,
    }
}

/// What the sound mixer calls a source.
fn sound_key(owner: u64, source: Source) -> u64 {
    owner * 2 + u64::from(source == Source::ScreenAudio)
}

/// A time in ticks of 90 kHz, which go round.
fn ticks(time: Duration) -> u32 {
    let ticks = time.as_micros() * 9 / 100;
    u32::try_from(ticks % (1 << 32)).unwrap_or_default()
}
