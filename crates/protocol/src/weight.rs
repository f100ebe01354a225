//! How many bytes a message takes on the wire: never fewer than it does, and not many more.
//!
//! Bounds on what is kept and on what waits are bounds on weights, so that they hold for frames as well, whatever
//! characters are in them. Weighing is one pass over the text; nothing is written for it.

use serde_json::value::RawValue;

use crate::{
    ChatMessage, Costs, Gap, IceServer, Joined, Knock, Participant, ParticipantCosts, ParticipantId, Plan,
    Recording, RecordingPart, RoomName, RoomView, ServerMessage, Slot, SlotStats, Slots, Stats, Switch,
    SwitchRecord, Undecodable, Wanted, Welcome,
};

/// The longest whole number.
const NUMBER: usize = "18446744073709551615".len();
/// The longest number with a fraction.
const FRACTION: usize = "-1.7976931348623157e+308".len();
/// Braces, the sequence number, and the longest type.
const ENVELOPE: usize = r#"{"seq":,"type":"participant-changed"}"#.len() + NUMBER;
const RE: usize = r#","re":"#.len() + NUMBER;

impl ServerMessage {
    /// How many bytes the message takes on the wire, at most; with those of its number.
    #[must_use]
    pub fn weight(&self) -> usize {
        ENVELOPE
            + match self {
                Self::Welcome(body) => welcome(body),
                Self::Joined(body) => joined(body),
                Self::Left(_) => RE,
                Self::ParticipantJoined(body) | Self::ParticipantChanged(body) => {
                    r#","participant":"#.len() + body.participant.weight()
                }
                Self::ParticipantLeft(body) => {
                    r#","participant":"","reason":"removed""#.len() + body.participant.as_str().len()
                }
                Self::Description(body) => relayed("description", body.from.as_str(), &body.description),
                Self::Candidate(body) => relayed("candidate", body.from.as_str(), &body.candidate),
                Self::Chat(body) => r#","message":"#.len() + body.message.weight(),
                Self::Reaction(body) => {
                    r#","from":"","emoji":"#.len() + body.from.as_str().len() + string(&body.emoji)
                }
                Self::Forwarded(body) => {
                    r#","connection":,"description":{"type":"answer","sdp":}"#.len()
                        + RE
                        + NUMBER
                        + string(&body.description.sdp)
                }
                Self::ForwardEnded(_) => r#","connection":,"reason":"failed""#.len() + NUMBER,
                Self::Slots(body) => slots(body),
                Self::Wanted(body) => wanted(body),
                Self::Speakers(body) => {
                    let id = |id: &ParticipantId| "\"\",".len() + id.as_str().len();
                    r#","speaker":null,"loudest":[]"#.len()
                        + body.speaker.iter().chain(&body.loudest).map(id).sum::<usize>()
                }
                Self::Stats(body) => stats(body),
                Self::Plan(body) => plan(body),
                Self::Recordings(body) => {
                    r#","items":[]"#.len() + body.items.iter().map(recording).sum::<usize>()
                }
                Self::Waiting(body) => r#","room":,"host":false"#.len() + RE + room(&body.room),
                Self::Knocks(body) => {
                    let knock = |knock: &Knock| {
                        r#"{"id":"","name":},"#.len() + knock.id.as_str().len() + string(&knock.name)
                    };
                    r#","items":[]"#.len() + body.items.iter().map(knock).sum::<usize>()
                }
                Self::Muted(body) => {
                    r#","from":null,"mic":false,"camera":false,"screen":false"#.len()
                        + body.from.as_ref().map_or(0, |from| from.as_str().len())
                }
                Self::Asked(body) => {
                    r#","from":"","mic":false,"camera":false"#.len() + body.from.as_str().len()
                }
                Self::Removed(_) => r#","reason":"removed""#.len(),
                Self::Costs(body) => costs(body),
                Self::Room(body) => room_view(body),
                Self::Error(body) => {
                    r#","code":"unsupported-protocol","message":"#.len() + string(&body.message) + RE
                }
                Self::Pong(_) => r#","time":,"last_id":"#.len() + FRACTION + NUMBER,
            }
    }
}

impl ChatMessage {
    /// How many bytes this takes on the wire, at most.
    #[must_use]
    pub fn weight(&self) -> usize {
        const MEMBERS: usize = r#"{"id":,"from":"","name":,"text":,"time":},"#.len() + 2 * NUMBER;
        MEMBERS + self.from.as_str().len() + string(&self.name) + string(&self.text)
    }
}

impl Participant {
    /// How many bytes this takes on the wire, at most.
    #[must_use]
    pub fn weight(&self) -> usize {
        const STATE: usize =
            r#"{"mic":false,"camera":false,"screen":false,"screen_audio":false,"hand":false}"#.len();
        const MEMBERS: usize =
            r#"{"id":"","name":,"kind":"classic","host":false,"connected":false,"state":},"#.len();
        MEMBERS + STATE + self.id.as_str().len() + string(&self.name)
    }
}

fn welcome(body: &Welcome) -> usize {
    const MEMBERS: usize = concat!(
        r#","protocol":,"server":,"participant":"","room":null,"resumed":false,"last_id":"#,
        r#","ice_servers":[],"ice_ttl":,"time":"#
    )
    .len();
    let ice_servers: usize = body.ice_servers.iter().map(ice_server).sum();
    let room = body.room.as_ref().map_or(0, room);
    MEMBERS + 4 * NUMBER + string(&body.server) + body.participant.as_str().len() + room + ice_servers
}

fn ice_server(server: &IceServer) -> usize {
    const MEMBERS: usize = r#"{"urls":[],"username":,"credential":},"#.len();
    let optional = |text: &Option<String>| text.as_deref().map_or(0, string);
    let urls: usize = server.urls.iter().map(|url| string(url) + ",".len()).sum();
    MEMBERS + urls + optional(&server.username) + optional(&server.credential)
}

fn joined(body: &Joined) -> usize {
    const MEMBERS: usize = concat!(
        r#","room":,"participant":"","resume":,"host":false,"host_key":,"settling":"#,
        r#","plan":,"participants":[],"chat":[]"#
    )
    .len();
    let texts = string(&body.resume) + body.host_key.as_deref().map_or(0, string);
    let chat: usize = body.chat.iter().map(ChatMessage::weight).sum();
    let ids = RE + NUMBER + body.participant.as_str().len();
    MEMBERS + ids + room(&body.room) + texts + plan(&body.plan) + participants(&body.participants) + chat
}

fn plan(body: &Plan) -> usize {
    const MEMBERS: usize = concat!(
        r#"{"version":,"policy":{"direct":"never","mix":"allowed","direct_max":},"legs":false,"standby":false,"#,
        r#""forwarded":[],"switches":[],"unreached":[],"mix":"busy","mixed":[],"recording":false,"tracks":true}"#
    )
    .len();
    const RULES: usize =
        r#","rules":{"entry":"closed","mic":false,"camera":false,"screen":false,"chat":false}"#.len();
    const FORWARDED: usize = r#"{"participant":"","reason":"leg-failed"},"#.len();
    let forwarded = body.forwarded.iter().map(|one| FORWARDED + one.participant.as_str().len());
    let switches = body.switches.iter().map(switch);
    let unreached = body.unreached.iter().map(|one| "\"\",".len() + one.as_str().len());
    const MIXED: usize = r#"{"participant":"","reason":"downlink"},"#.len();
    let mixed = body.mixed.iter().map(|one| MIXED + one.participant.as_str().len());
    let rules = if body.policy.rules.is_default() { 0 } else { RULES };
    MEMBERS + rules + 2 * NUMBER + forwarded.chain(switches).chain(unreached).chain(mixed).sum::<usize>()
}

fn switch(switch: &Switch) -> usize {
    const MEMBERS: usize =
        r#"{"id":,"publisher":"","from":"forward","to":"forward","forced":false,"reason":"leg-failed"},"#
            .len();
    MEMBERS + NUMBER + switch.publisher.as_str().len()
}

fn recording(body: &Recording) -> usize {
    const MEMBERS: usize =
        r#"{"id":"","key":"","began":,"state":"running","seconds":,"bytes":,"problem":null},"#.len();
    let problem = body.problem.as_deref().map_or(0, string);
    let parts = if body.parts.is_empty() { 0 } else { r#","parts":[]"#.len() };
    let parts = parts + body.parts.iter().map(recording_part).sum::<usize>();
    MEMBERS + body.id.len() + body.key.len() + problem + 2 * NUMBER + FRACTION + parts
}

fn recording_part(body: &RecordingPart) -> usize {
    const MEMBERS: usize = r#"{"id":"","key":"","name":,"screen":false,"bytes":},"#.len();
    MEMBERS + body.id.len() + body.key.len() + string(&body.name) + NUMBER
}

fn costs(body: &Costs) -> usize {
    const MEMBERS: usize = concat!(
        r#","room":,"plan":null,"participants":[],"switches":[],"server":{"packets_in":,"packets_out":,"#,
        r#""bitrate_in":,"bitrate_out":,"cpu":,"mix":}"#
    )
    .len();
    let participants = body.participants.iter().map(participant_costs);
    let switches = body.switches.iter().map(switch_record);
    let plan = body.plan.as_ref().map_or(0, plan);
    let parts = participants.chain(switches).sum::<usize>();
    RE + MEMBERS + room(&body.room) + plan + 4 * NUMBER + 2 * FRACTION + parts
}

fn participant_costs(body: &ParticipantCosts) -> usize {
    const MEMBERS: usize = concat!(
        r#"{"participant":"","name":,"kind":"classic","path":"forward","standby":false,"uplink":,"up":,"down":,"#,
        r#""encoders":,"decoders":,"rtt":},"#
    )
    .len();
    MEMBERS + body.participant.as_str().len() + string(&body.name) + 5 * NUMBER + FRACTION
}

fn switch_record(body: &SwitchRecord) -> usize {
    const MEMBERS: usize = r#""name":,"outcome":"committed","began":,"took":,"late":[],"gaps":[],"#.len();
    let late = body.late.iter().map(|one| "\"\",".len() + one.as_str().len());
    let gaps = body.gaps.iter().map(gap);
    switch(&body.switch) + MEMBERS + string(&body.name) + 2 * NUMBER + late.chain(gaps).sum::<usize>()
}

fn gap(gap: &Gap) -> usize {
    r#"{"participant":"","picture":,"sound":},"#.len() + gap.participant.as_str().len() + 2 * FRACTION
}

fn slots(body: &Slots) -> usize {
    const SLOT: usize = r#"{"mid":,"participant":"","source":"screen_audio"},"#.len();
    const UNDECODABLE: usize = r#"{"participant":"","source":"screen_audio","codec":},"#.len();
    let slot = |slot: &Slot| SLOT + string(&slot.mid) + slot.participant.as_str().len();
    let undecodable =
        |picture: &Undecodable| UNDECODABLE + picture.participant.as_str().len() + string(&picture.codec);
    r#","connection":,"slots":[],"undecodable":[]"#.len()
        + NUMBER
        + body.slots.iter().map(slot).sum::<usize>()
        + body.undecodable.iter().map(undecodable).sum::<usize>()
}

fn wanted(body: &Wanted) -> usize {
    const SOURCE: usize = r#"{"source":"screen_audio","rids":[]},"#.len();
    let rids = |rids: &[String]| rids.iter().map(|rid| string(rid) + ",".len()).sum::<usize>();
    let sources = body.sources.iter().map(|source| SOURCE + rids(&source.rids));
    r#","connection":,"sources":[]"#.len() + NUMBER + sources.sum::<usize>()
}

fn stats(body: &Stats) -> usize {
    const SLOT: usize = r#"{"mid":,"rid":null,"bitrate":},"#.len() + NUMBER;
    const ROOM: usize = concat!(
        r#","room":{"publishers":,"subscribers":,"bitrate_in":,"bitrate_out":,"packets_in":,"packets_out":,"#,
        r#""key_frame_requests":}"#
    )
    .len()
        + 7 * NUMBER;
    let slot = |slot: &SlotStats| SLOT + string(&slot.mid) + slot.rid.as_deref().map_or(0, string);
    RE + r#","estimate":,"slots":[]"#.len() + NUMBER + body.slots.iter().map(slot).sum::<usize>() + ROOM
}

fn room_view(body: &RoomView) -> usize {
    r#","room":,"participants":[],"recording":false,"tracks":true,"entry":"closed""#.len()
        + RE
        + room(&body.room)
        + participants(&body.participants)
}

fn participants(participants: &[Participant]) -> usize {
    participants.iter().map(Participant::weight).sum()
}

fn relayed(member: &str, from: &str, value: &RawValue) -> usize {
    r#","from":"","":"#.len() + member.len() + from.len() + value.get().len()
}

fn room(name: &RoomName) -> usize {
    string(name.as_str())
}

/// The length of a string in JSON, with its quotes and with what is escaped in it (RFC 8259, section 7).
fn string(text: &str) -> usize {
    let escapes: usize = text
        .bytes()
        .map(|byte| match byte {
            b'"' | b'\\' | 0x08 | 0x09 | 0x0a | 0x0c | 0x0d => 1,
            0..0x20 => 5,
            _ => 0,
        })
        .sum();
    "\"\"".len() + text.len() + escapes
}
