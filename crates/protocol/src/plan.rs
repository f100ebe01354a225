//! Which way the media of a room goes, and what that is decided from. `docs/protocol.md`, section 7.

use serde::{Deserialize, Serialize};

use crate::ParticipantId;
use crate::host::Rules;
use crate::members::{InvalidMember, Members};

/// The most legs that one report may name.
const MAX_LEGS: usize = 64;
/// No way takes more than that, in bit/s.
const MAX_RATE: u64 = 100_000_000_000;
/// No time that is reported is longer, in milliseconds.
const MAX_MS: f64 = 3_600_000.0;
/// No browser has more encoders or decoders, and no picture more frames in a second.
const MAX_COUNT: u64 = 1000;

/// How a publisher's media reaches the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Path {
    /// From participant to participant.
    #[default]
    Direct,
    /// By way of this server.
    Forward,
}

/// What a room's host has decided about its media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Whether participants connect to each other.
    pub direct: DirectPolicy,
    /// Whether the server may mix.
    pub mix: MixPolicy,
    /// With more publishers than that everybody is forwarded, where `direct` leaves it open.
    pub direct_max: u32,
    /// What guests may do.
    #[serde(default, skip_serializing_if = "Rules::is_default")]
    pub rules: Rules,
}

/// Whether participants connect to each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DirectPolicy {
    /// As long as that is good for the call.
    #[default]
    Auto,
    /// Always, and the server never sees media.
    Only,
    /// Never: nobody learns anybody's address.
    Never,
}

/// Whether the server may mix.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MixPolicy {
    /// It may.
    #[default]
    Allowed,
    /// It may not.
    Never,
}

/// The paths of a room. Who is not listed is direct.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Grows with every change.
    pub version: u64,
    /// What the host has decided.
    pub policy: Policy,
    /// Whether participants keep connections to each other, used or not.
    pub legs: bool,
    /// Whether participants keep a connection with the server, used or not.
    pub standby: bool,
    /// Whose media is forwarded, and why.
    pub forwarded: Vec<ForwardedPublisher>,
    /// What is under way, at most one for each publisher.
    pub switches: Vec<Switch>,
    /// Who cannot reach the server's media port, as far as is known. They go on to be sent to directly.
    pub unreached: Vec<ParticipantId>,
    /// Whether the server mixes the room.
    pub mix: MixState,
    /// Who receives the mix in place of everybody's media.
    pub mixed: Vec<MixedSubscriber>,
    /// Whether the room is being recorded.
    pub recording: bool,
    /// Whether what each person sends is kept as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tracks: bool,
}

/// Whether the server mixes a room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MixState {
    /// Nobody wants it, or it may not.
    #[default]
    Off,
    /// It does.
    On,
    /// Somebody wants it, and the server has no room for one more mix.
    Busy,
}

/// A participant who receives the mix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MixedSubscriber {
    /// Who.
    pub participant: ParticipantId,
    /// Why.
    pub reason: MixReason,
}

/// Why somebody receives the mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MixReason {
    /// They have chosen so.
    Choice,
    /// Their decoder does not keep up with the pictures of all.
    Decoder,
    /// The way from the server to them does not carry the pictures of all.
    Downlink,
}

/// A publisher whose media is forwarded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForwardedPublisher {
    /// Who.
    pub participant: ParticipantId,
    /// Why.
    pub reason: Reason,
}

/// A publisher's media moves from one path to the other. Until the switch is gone from the plan it is sent on both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switch {
    /// Counts from 1 in each room.
    pub id: u64,
    /// Whose media.
    pub publisher: ParticipantId,
    /// The path that it leaves.
    pub from: Path,
    /// The path that it takes.
    pub to: Path,
    /// Whether it takes place whoever is ready.
    pub forced: bool,
    /// Why.
    pub reason: Reason,
}

/// Why a publisher's media takes the path that it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The host has decided so.
    Policy,
    /// Guests may not send everything: what is sent directly cannot be kept back.
    Rules,
    /// It publishes by WHIP.
    Whip,
    /// Somebody watches it by WHEP.
    Watched,
    /// The room is mixed.
    Mixed,
    /// A connection between two participants does not come about, or broke.
    LegFailed,
    /// There are more publishers than are connected to each other.
    RoomSize,
    /// It shares a screen with more than one.
    Screen,
    /// Its uplink does not take that many copies.
    Uplink,
    /// Its processor does not encode that many copies.
    Cpu,
    /// Connections to others lose too much, or take too long.
    LegPoor,
    /// The server cannot be reached from there.
    Unreached,
    /// Nothing speaks against connecting directly.
    Small,
}

/// `policy`: a host decides otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SetPolicy {
    /// What from now on.
    pub policy: Policy,
}

/// `facts`: what a client sees of itself and of its connections. All of it is optional: browsers differ.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Facts {
    /// What its uplink takes, as estimated, in bit/s.
    pub uplink: Option<u64>,
    /// Sent over the last seconds, in bit/s.
    pub up: Option<u64>,
    /// Received over the last seconds, in bit/s.
    pub down: Option<u64>,
    /// Pictures that it encodes at the same time.
    pub encoders: Option<u64>,
    /// Pictures that it decodes at the same time.
    pub decoders: Option<u64>,
    /// Round trip to the server, in milliseconds.
    pub rtt: Option<f64>,
    /// What keeps its encoders from more.
    pub limited: Option<Limited>,
    /// What it runs on.
    pub device: Option<Device>,
    /// Whether the person wants the mix: one picture and one sound in place of everybody's.
    pub mix: Option<bool>,
    /// Which part of the pictures that arrived its decoders did not get to, from 0 to 1.
    pub undecoded: Option<f64>,
    /// Its connections to other participants.
    pub legs: Vec<LegFacts>,
}

/// What keeps encoders from more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Limited {
    /// Nothing.
    None,
    /// The processor.
    Cpu,
    /// The network.
    Bandwidth,
}

/// What a client runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Device {
    /// Something with a keyboard.
    Desktop,
    /// Something for a pocket.
    Phone,
}

/// One connection to another participant, seen from one side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LegFacts {
    /// To whom.
    pub participant: ParticipantId,
    /// How it is.
    pub state: LegState,
    /// Round trip in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rtt: Option<f64>,
    /// Which part of what was sent from there was lost, from 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<f64>,
    /// Pictures of their camera in a second, while that is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fps: Option<f64>,
}

/// How a connection between two participants is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LegState {
    /// Coming about, or being repaired.
    Connecting,
    /// Up.
    Direct,
    /// Up, through TURN.
    Relayed,
    /// Given up for now.
    Failed,
}

/// `stalled`: nothing comes any more of a publisher who is live and direct.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stalled {
    /// Whose media.
    pub publisher: ParticipantId,
}

/// `switch-ready`: this participant shows and hears the publisher by its new path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SwitchReady {
    /// Which switch.
    pub switch: u64,
}

/// `switch-gap`: what was seen and heard of a switch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SwitchGap {
    /// Which switch.
    pub switch: u64,
    /// For how many milliseconds the picture stood still beyond what it does anyway; absent where none was shown.
    pub picture: Option<f64>,
    /// For how many milliseconds nothing was heard that should have been; absent where there was no sound.
    pub sound: Option<f64>,
}

impl Path {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Direct => Self::Forward,
            Self::Forward => Self::Direct,
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            direct: DirectPolicy::Auto,
            mix: MixPolicy::Allowed,
            direct_max: Self::DIRECT_MAX,
            rules: Rules::default(),
        }
    }
}

impl Policy {
    /// So many publishers are connected to each other unless the host decides otherwise.
    pub const DIRECT_MAX: u32 = 4;
    /// The most that a host may allow: each of them encodes for all others.
    pub const DIRECT_MOST: u32 = 12;

    pub(crate) fn read(members: &Members<'_>, name: &str) -> Result<Self, InvalidMember> {
        let policy = Self::of(&members.object(name)?)?;
        policy.check().map(|()| policy)
    }

    /// A policy as a JSON object, of which everything may be absent, and which may have more members; to be [checked](Self::check).
    ///
    /// # Errors
    /// [`InvalidMember`] if a member is not what it should be.
    pub fn parse(text: &str) -> Result<Self, InvalidMember> {
        Self::of(&Members::read(text)?)
    }

    fn of(policy: &Members<'_>) -> Result<Self, InvalidMember> {
        let default = Self::default();
        let most = policy.optional("direct_max", Members::whole_number)?;
        let most = most.map_or(Some(default.direct_max), |most| u32::try_from(most).ok());
        let allowed = most.filter(|most| (1..=Self::DIRECT_MOST).contains(most));
        let direct_max =
            allowed.ok_or_else(|| InvalidMember(format!("\"direct_max\" is 1 to {}", Self::DIRECT_MOST)))?;
        Ok(Self {
            direct: policy.optional("direct", one_of)?.unwrap_or_default(),
            mix: policy.optional("mix", one_of)?.unwrap_or_default(),
            direct_max,
            rules: policy.optional("rules", Rules::read)?.unwrap_or_default(),
        })
    }

    /// Whether its members go together.
    ///
    /// # Errors
    /// [`InvalidMember`] if they do not.
    pub fn check(&self) -> Result<(), InvalidMember> {
        if self.direct == DirectPolicy::Only && self.rules.restrict_media() {
            let message = "with \"direct\": \"only\" nothing that guests send can be kept back";
            return Err(InvalidMember(message.into()));
        }
        Ok(())
    }

    /// Whether participants connect to each other, the rules considered: what is sent directly cannot be kept back.
    #[must_use]
    pub fn direct_in_effect(&self) -> DirectPolicy {
        if self.rules.restrict_media() { DirectPolicy::Never } else { self.direct }
    }
}

/// One of the words that the type has.
pub(crate) fn one_of<T: serde::de::DeserializeOwned>(
    members: &Members<'_>,
    name: &str,
) -> Result<T, InvalidMember> {
    let word = members.text(name)?;
    serde_json::from_value(word.into())
        .map_err(|_| InvalidMember(format!("\"{name}\" is none of the words that it may be")))
}

impl SetPolicy {
    pub(crate) fn read(members: &Members<'_>) -> Result<Self, InvalidMember> {
        Ok(Self { policy: Policy::read(members, "policy")? })
    }
}

impl Facts {
    pub(crate) fn read(members: &Members<'_>) -> Result<Self, InvalidMember> {
        let rate = |name| Ok(members.optional(name, Members::whole_number)?.map(|rate| rate.min(MAX_RATE)));
        let count =
            |name| Ok(members.optional(name, Members::whole_number)?.map(|count| count.min(MAX_COUNT)));
        let legs = members.optional("legs", Members::list)?.unwrap_or_default();
        if legs.len() > MAX_LEGS {
            return Err(InvalidMember(format!("\"legs\" has at most {MAX_LEGS} entries")));
        }
        Ok(Self {
            uplink: rate("uplink")?,
            up: rate("up")?,
            down: rate("down")?,
            encoders: count("encoders")?,
            decoders: count("decoders")?,
            rtt: measure(members, "rtt", MAX_MS)?,
            limited: members.optional("limited", one_of)?,
            device: members.optional("device", one_of)?,
            mix: members.optional("mix", Members::flag)?,
            undecoded: measure(members, "undecoded", 1.0)?,
            legs: legs.iter().map(LegFacts::read).collect::<Result<_, _>>()?,
        })
    }
}

impl LegFacts {
    fn read(members: &Members<'_>) -> Result<Self, InvalidMember> {
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let most_fps = MAX_COUNT as f64;
        Ok(Self {
            participant: members.participant("participant")?,
            state: one_of(members, "state")?,
            rtt: measure(members, "rtt", MAX_MS)?,
            loss: measure(members, "loss", 1.0)?,
            fps: measure(members, "fps", most_fps)?,
        })
    }
}

impl Stalled {
    pub(crate) fn read(members: &Members<'_>) -> Result<Self, InvalidMember> {
        Ok(Self { publisher: members.participant("publisher")? })
    }
}

impl SwitchReady {
    pub(crate) fn read(members: &Members<'_>) -> Result<Self, InvalidMember> {
        Ok(Self { switch: members.whole_number("switch")? })
    }
}

impl SwitchGap {
    pub(crate) fn read(members: &Members<'_>) -> Result<Self, InvalidMember> {
        Ok(Self {
            switch: members.whole_number("switch")?,
            picture: measure(members, "picture", MAX_MS)?,
            sound: measure(members, "sound", MAX_MS)?,
        })
    }
}

/// A number that is not negative; what is more than can be is as much as can be.
fn measure(members: &Members<'_>, name: &str, most: f64) -> Result<Option<f64>, InvalidMember> {
    let Some(number) = members.optional(name, Members::number)? else { return Ok(None) };
    if number < 0.0 {
        return Err(InvalidMember(format!("\"{name}\" is not negative")));
    }
    Ok(Some(number.min(most)))
}
