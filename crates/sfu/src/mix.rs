//! What goes between the forwarder and whoever mixes its rooms.

use std::sync::Arc;
use std::time::Instant;

use visavis_protocol::{ParticipantId, RecordingId, Shown, Source, SourceState};
use visavis_rtp::VideoCodec;

use crate::packet::Format;

/// Profile and constraints of H.264 that whoever has H.264 at all can decode.
const CONSTRAINED_BASELINE: u16 = 0x42e0;

/// An encoding of the picture of a mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// VP8, for ways that do not take the whole one.
    Small,
    /// VP8, as large as the mix is.
    Whole,
    /// H.264 (constrained baseline), as large, for those who have no VP8.
    H264,
}

/// Whether somebody wants the picture of a mix in other editions than [`Edition::Whole`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Editions {
    /// [`Edition::Small`].
    pub small: bool,
    /// [`Edition::H264`].
    pub h264: bool,
}

impl Edition {
    pub(crate) const ALL: [Self; 3] = [Self::Small, Self::Whole, Self::H264];

    /// What a receiver has to take for it.
    pub(crate) fn format(self) -> Format {
        match self {
            Self::Small | Self::Whole => Format::Video(VideoCodec::Vp8, 0),
            Self::H264 => Format::Video(VideoCodec::H264, CONSTRAINED_BASELINE),
        }
    }
}

/// Something for the mix of a room.
#[derive(Clone, Debug)]
pub enum ToMix {
    /// Who is in the room, and what of them is live. The first of these begins the mix.
    People(Vec<Person>),
    /// Into which recording it goes; `None`: into none, from now on.
    Record(Option<RecordingId>),
    /// Who speaks; the last one while nobody does.
    Speaker(Option<ParticipantId>),
    /// A packet of somebody's.
    Packet(MixPacket),
    /// Somebody cannot go on with the picture before it begins anew.
    KeyFrameWanted(Edition),
    /// Which editions of the picture are wanted besides the whole one.
    Wanted(Editions),
    /// Nobody wants it any more.
    End,
}

/// A participant as the mix shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub participant: ParticipantId,
    /// The name that stands on its tile.
    pub name: String,
    /// What of it is live, and sent here.
    pub state: SourceState,
}

/// A packet, decrypted, whose numbers go on whatever layer it is of.
#[derive(Clone, Debug)]
pub struct MixPacket {
    /// Whose.
    pub participant: ParticipantId,
    /// Of which of its sources.
    pub source: Source,
    /// Which stream it belongs to: in another one, numbers and time stamps have nothing to do with those of before.
    pub stream: usize,
    /// The codec of a picture; `None` is sound, which is Opus.
    pub codec: Option<VideoCodec>,
    /// Extended beyond 16 bits.
    pub sequence: u64,
    /// In ticks of 90 kHz for pictures, of 48 kHz for sound.
    pub timestamp: u32,
    /// Whether it ends a frame.
    pub marker: bool,
    /// How the picture is to be turned, clockwise, in degrees (3GPP TS 26.114 section 7.4.5).
    pub rotation: u16,
    /// When it came.
    pub arrival: Instant,
    /// The payload.
    pub payload: Arc<[u8]>,
}

/// Something from the mix of a room.
#[derive(Clone, Debug)]
pub enum FromMix {
    /// The packets of one frame of its picture.
    Picture {
        /// Which of its editions.
        edition: Edition,
        /// In ticks of 90 kHz.
        timestamp: u32,
        /// When it was composed.
        composed: Instant,
        /// One payload for each packet.
        payloads: Vec<Arc<[u8]>>,
    },
    /// What is to be heard in the next 20 ms: one for all, and one for each who is heard in it.
    Sounds {
        /// When it was mixed.
        mixed: Instant,
        /// All of them.
        sounds: Vec<MixedSound>,
        /// Who is heard in the one for all, and gets another, or silence.
        heard: Vec<ParticipantId>,
    },
    /// What it shows, the most important first.
    Shows(Vec<Shown>),
    /// It cannot go on with this picture before that begins anew.
    KeyFrameWanted {
        /// Whose.
        participant: ParticipantId,
        /// Which.
        source: Source,
    },
}

/// 20 ms of Opus.
#[derive(Clone, Debug)]
pub struct MixedSound {
    /// Who is not in it; `None`: everybody is.
    pub without: Option<ParticipantId>,
    /// In ticks of 48 kHz.
    pub timestamp: u32,
    /// The payload.
    pub payload: Arc<[u8]>,
}
