//! What is said about media that this server forwards. `docs/protocol.md`, section 6.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use crate::client::Description;
use crate::members::{InvalidMember, Members};
use crate::{ParticipantId, RecordingId, SourceState};

/// The most pictures that a client says it shows.
const MAX_SHOWN: usize = 64;
/// The longest name of an m-line, in bytes.
const MAX_MID: usize = 16;

/// What rooms ask of whoever forwards their media. It never travels.
#[derive(Debug, Clone)]
pub enum ForwardRequest {
    /// The participant offers its connection.
    Offer {
        /// The offer.
        offer: Forward,
        /// Its request number.
        re: u64,
        /// What is live.
        state: SourceState,
        /// Whom it watches and listens to: whoever is no participant and sees nothing but this one, as large as can be.
        only: Option<ParticipantId>,
    },
    /// Which pictures are on its screen.
    Shows(Shows),
    /// What it publishes has changed.
    State(SourceState),
    /// It wants figures.
    Stats {
        /// The request number.
        re: u64,
    },
    /// In the name of the [mix](ParticipantId::mix): the room is to be mixed, until that leaves.
    Mix {
        /// Who is in the room, and under what name, in the order in which they came.
        people: Vec<(ParticipantId, String)>,
        /// The recording that it goes into.
        recording: Option<RecordingId>,
    },
    /// It has left the room.
    Leave,
}

/// What a participant publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The microphone.
    Mic,
    /// The camera.
    Camera,
    /// A screen.
    Screen,
    /// The screen's sound.
    ScreenAudio,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Mic, Self::Camera, Self::Screen, Self::ScreenAudio];

    /// Its name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mic => "mic",
            Self::Camera => "camera",
            Self::Screen => "screen",
            Self::ScreenAudio => "screen_audio",
        }
    }

    /// Whether it is a picture.
    #[must_use]
    pub fn is_video(self) -> bool {
        matches!(self, Self::Camera | Self::Screen)
    }
}

/// `forward`
#[derive(Debug, Clone, Serialize)]
pub struct Forward {
    /// Which of the client's connections with the server: it counts them from 1.
    pub connection: u32,
    /// The offer.
    pub description: Box<RawValue>,
    /// Which m-line, by its mid, sends which source.
    pub sources: BTreeMap<Source, String>,
    /// The session description in the offer.
    #[serde(skip)]
    pub sdp: String,
}

/// `shows`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shows {
    /// What is on screen, the most important first.
    pub items: Vec<Shown>,
    /// Whether the client hears the room's mix, if there is one, in place of the loudest.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub mix: bool,
}

/// A picture on somebody's screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Whose.
    pub participant: ParticipantId,
    /// Which of its pictures.
    pub source: Source,
    /// Its size in device pixels.
    pub width: u16,
    /// Its size in device pixels.
    pub height: u16,
}

/// `stats`
#[derive(Debug, Clone, Copy, Serialize)]
pub struct AskStats {}

/// `forwarded`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Forwarded {
    /// The `forward` that this answers.
    pub re: u64,
    /// As there.
    pub connection: u32,
    /// The answer.
    pub description: Answer,
}

/// A session description that answers an offer, as RTCSessionDescriptionInit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "answer")]
pub struct Answer {
    /// The description.
    pub sdp: String,
}

/// `forward-ended`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForwardEnded {
    /// Which connection.
    pub connection: u32,
    /// Why.
    pub reason: ForwardEnd,
}

/// Why a connection with the server is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ForwardEnd {
    /// Nothing came over it for too long.
    Lost,
    /// The client closed it, or what it sent could not be taken.
    Closed,
    /// The client has another certificate than it offered.
    Certificate,
    /// The server failed.
    Failed,
}

/// `slots`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slots {
    /// Which connection.
    pub connection: u32,
    /// What each slot carries from now on; slots that are not listed carry nothing.
    pub slots: Vec<Slot>,
    /// What is shown and was published in a codec that this client did not offer.
    pub undecodable: Vec<Undecodable>,
}

/// What one m-line carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// The m-line.
    pub mid: String,
    /// Whose.
    pub participant: ParticipantId,
    /// Which of its sources.
    pub source: Source,
}

/// A picture that a client cannot decode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undecodable {
    /// Whose.
    pub participant: ParticipantId,
    /// Which of its pictures.
    pub source: Source,
    /// The codec that it would take, as SDP names it.
    pub codec: String,
}

/// `wanted`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Which connection.
    pub connection: u32,
    /// The client's own pictures that are on that connection.
    pub sources: Vec<WantedSource>,
}

/// Which encodings of one picture somebody watches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantedSource {
    /// Which picture.
    pub source: Source,
    /// The encodings by their rid; one without a rid is the empty string.
    pub rids: Vec<String>,
}

/// `speakers`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Speakers {
    /// Who speaks; the last one while nobody does.
    pub speaker: Option<ParticipantId>,
    /// Who is heard, at most three.
    pub loudest: Vec<ParticipantId>,
}

/// `stats`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// The `stats` that this answers.
    pub re: u64,
    /// What the way to this client takes, as estimated, in bit/s; `None` while nothing is known.
    pub estimate: Option<u64>,
    /// What is sent to it.
    pub slots: Vec<SlotStats>,
    /// The whole room.
    pub room: RoomStats,
}

/// What one slot carries now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotStats {
    /// The m-line.
    pub mid: String,
    /// Which simulcast layer; `None` of a source without.
    pub rid: Option<String>,
    /// Over the last seconds, in bit/s.
    pub bitrate: u64,
}

/// What the server does for a room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomStats {
    /// Participants with a connection that publish something.
    pub publishers: u64,
    /// Participants with a connection that receive.
    pub subscribers: u64,
    /// Payload received over the last seconds, in bit/s.
    pub bitrate_in: u64,
    /// Payload sent over the last seconds, in bit/s.
    pub bitrate_out: u64,
    /// RTP packets received since the room began.
    pub packets_in: u64,
    /// RTP packets forwarded since the room began.
    pub packets_out: u64,
    /// Key frames asked of publishers since the room began.
    pub key_frame_requests: u64,
}

impl Forward {
    /// An offer that did not come as a message.
    ///
    /// # Errors
    /// [`InvalidMember`] if it cannot be written as one.
    pub fn new(
        connection: u32,
        sdp: String,
        sources: BTreeMap<Source, String>,
    ) -> Result<Self, InvalidMember> {
        #[derive(Serialize)]
        #[serde(tag = "type", rename = "offer")]
        struct Offer<'a> {
            sdp: &'a str,
        }
        let description =
            to_raw_value(&Offer { sdp: &sdp }).map_err(|error| InvalidMember(error.to_string()))?;
        Ok(Self { connection, description, sources, sdp })
    }

    pub(crate) fn read(members: &Members<'_>) -> Result<Self, InvalidMember> {
        let connection = u32::try_from(members.whole_number("connection")?).ok();
        let connection = connection.filter(|connection| *connection > 0);
        let connection =
            connection.ok_or_else(|| InvalidMember("\"connection\" counts from 1".to_owned()))?;
        let description = members.raw("description")?;
        Description::check(description)?;
        let offer = members.object("description")?;
        if offer.text("type")? != "offer" {
            return Err(InvalidMember("the server is offered to, and answers".to_owned()));
        }
        let named = members.object("sources")?;
        let mut sources = BTreeMap::new();
        for source in Source::ALL {
            if let Some(mid) = named.optional(source.name(), Members::text)? {
                if mid.is_empty() || mid.len() > MAX_MID {
                    return Err(InvalidMember(format!("a mid has 1 to {MAX_MID} bytes")));
                }
                sources.insert(source, mid);
            }
        }
        Ok(Self { connection, description: description.to_owned(), sources, sdp: offer.text("sdp")? })
    }
}

impl Shows {
    pub(crate) fn read(members: &Members<'_>) -> Result<Self, InvalidMember> {
        let items = members.list("items")?;
        if items.len() > MAX_SHOWN {
            return Err(InvalidMember(format!("\"items\" has at most {MAX_SHOWN} entries")));
        }
        let items = items.iter().map(Shown::read).collect::<Result<_, _>>()?;
        Ok(Self { items, mix: members.optional("mix", Members::flag)?.unwrap_or_default() })
    }
}

impl Shown {
    fn read(members: &Members<'_>) -> Result<Self, InvalidMember> {
        let source = match &*members.text("source")? {
            "camera" => Source::Camera,
            "screen" => Source::Screen,
            _ => return Err(InvalidMember("\"source\" is camera or screen".to_owned())),
        };
        // A screen larger than that is shown no better.
        let pixels = |name| Ok(u16::try_from(members.whole_number(name)?).unwrap_or(u16::MAX));
        let (width, height) = (pixels("width")?, pixels("height")?);
        Ok(Self { participant: members.participant("participant")?, source, width, height })
    }
}
