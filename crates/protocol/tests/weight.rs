//! A message's weight against its frame, for whatever may be in it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::value::{RawValue, to_raw_value};
use visavis_protocol::{
    Answer, Asked, ChatLine, ChatMessage, Costs, Entry, ErrorCode, ErrorReply, ForwardEnd, ForwardEnded,
    Forwarded, ForwardedPublisher, Gap, IceServer, Joined, Knock, Knocks, Left, LeftReason, MixReason,
    MixState, MixedSubscriber, Muted, Outcome, Participant, ParticipantCosts, ParticipantId,
    ParticipantJoined, ParticipantKind, ParticipantLeft, Path, Plan, Policy, Pong, Reaction, Reason,
    Recording, RecordingPart, RecordingState, Recordings, RelayedCandidate, RelayedDescription, Removed,
    RemovedReason, RoomName, RoomStats, RoomView, Rules, ServerCosts, ServerMessage, Slot, SlotStats, Slots,
    Source, SourceState, Speakers, Stats, Switch, SwitchRecord, Undecodable, Waiting, Wanted, WantedSource,
    Welcome,
};

/// More than what a message has when nothing is in it, and less than what would make bounds on weights useless.
const SLACK: usize = 256;

/// Any text, and often text that JSON has to escape.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[\\x00-\\x1f\"\\\\\x7f]{0,300}", "[\u{20}-\u{ffff}]{0,300}"]
}

fn id() -> impl Strategy<Value = ParticipantId> {
    "[A-Za-z0-9_-]{1,64}".prop_map(|id| ParticipantId::new(&id).unwrap())
}

fn room() -> impl Strategy<Value = RoomName> {
    "[\\x00-\\x7f]{1,128}".prop_map(|name| RoomName::new(&name).unwrap())
}

fn raw() -> impl Strategy<Value = Box<RawValue>> {
    text().prop_map(|text| to_raw_value(&text).unwrap())
}

fn participant() -> impl Strategy<Value = Participant> {
    (id(), text(), any::<[bool; 8]>()).prop_map(|(id, name, [classic, host, connected, on @ ..])| {
        Participant {
            id,
            name,
            kind: if classic { ParticipantKind::Classic } else { ParticipantKind::Native },
            host,
            connected,
            state: SourceState { mic: on[0], camera: on[1], screen: on[2], screen_audio: on[3], hand: on[4] },
        }
    })
}

fn chat() -> impl Strategy<Value = ChatMessage> {
    let line = (any::<u64>(), id(), text(), text(), any::<u64>());
    line.prop_map(|(id, from, name, text, time)| ChatMessage { id, from, name, text, time })
}

fn ice_server() -> impl Strategy<Value = IceServer> {
    let members = (vec(text(), 0..3), prop::option::of(text()), prop::option::of(text()));
    members.prop_map(|(urls, username, credential)| IceServer { urls, username, credential })
}

fn welcome() -> impl Strategy<Value = ServerMessage> {
    let numbers = any::<(u32, u64, u64, u64, bool)>();
    let members = (numbers, text(), id(), prop::option::of(room()), vec(ice_server(), 0..3));
    members.prop_map(
        |((protocol, last_id, ice_ttl, time, resumed), server, participant, room, ice_servers)| {
            ServerMessage::Welcome(Welcome {
                protocol,
                server,
                participant,
                room,
                resumed,
                last_id,
                ice_servers,
                ice_ttl,
                time,
            })
        },
    )
}

fn switch() -> impl Strategy<Value = Switch> {
    let reason = prop::sample::select(&[Reason::LegFailed, Reason::Small][..]);
    (any::<(u64, bool)>(), id(), reason).prop_map(|((id, forced), publisher, reason)| {
        let from = if forced { Path::Direct } else { Path::Forward };
        Switch { id, publisher, from, to: from.other(), forced, reason }
    })
}

fn plan() -> impl Strategy<Value = Plan> {
    let forwarded =
        id().prop_map(|participant| ForwardedPublisher { participant, reason: Reason::LegFailed });
    let mixed = id().prop_map(|participant| MixedSubscriber { participant, reason: MixReason::Downlink });
    let lists = (vec(forwarded, 0..4), vec(switch(), 0..4), vec(id(), 0..4), vec(mixed, 0..4));
    (any::<(u64, u32, bool)>(), lists).prop_map(
        |((version, direct_max, legs), (forwarded, switches, unreached, mixed))| Plan {
            version,
            policy: Policy {
                direct_max,
                rules: Rules { mic: legs, ..Rules::default() },
                ..Policy::default()
            },
            legs,
            standby: !legs,
            forwarded,
            switches,
            unreached,
            recording: legs,
            tracks: legs,
            mix: if mixed.is_empty() { MixState::Busy } else { MixState::On },
            mixed,
        },
    )
}

fn recording() -> impl Strategy<Value = Recording> {
    let ended =
        prop::option::of(any::<(f64, u64)>().prop_filter("finite", |(seconds, _)| seconds.is_finite()));
    let part = (any::<Option<u64>>(), text()).prop_map(|(bytes, name)| RecordingPart {
        id: "cdefghijklmnopqrstuvwxyz23".to_owned(),
        key: "defghijklmnopqrstuvwxyz234".to_owned(),
        name,
        screen: false,
        bytes,
    });
    let parts = prop::collection::vec(part, 0..4);
    let members = (any::<u64>(), ended, prop::option::of(text()), parts);
    members.prop_map(|(began, ended, problem, parts)| Recording {
        id: "abcdefghijklmnopqrstuvwxy2".to_owned(),
        key: "bcdefghijklmnopqrstuvwxyz3".to_owned(),
        began,
        state: RecordingState::Running,
        seconds: ended.map(|(seconds, _)| seconds),
        bytes: ended.map(|(_, bytes)| bytes),
        problem,
        parts,
    })
}

fn costs() -> impl Strategy<Value = ServerMessage> {
    let numbers = any::<([Option<u64>; 5], Option<f64>, bool)>();
    let participant = (id(), text(), numbers).prop_map(
        |(participant, name, ([uplink, up, down, encoders, decoders], rtt, standby))| ParticipantCosts {
            participant,
            name,
            kind: ParticipantKind::Classic,
            path: Path::Forward,
            standby,
            uplink,
            up,
            down,
            encoders,
            decoders,
            rtt,
        },
    );
    let gap = (id(), any::<(Option<f64>, Option<f64>)>()).prop_map(|(participant, (picture, sound))| Gap {
        participant,
        picture,
        sound,
    });
    let record = (switch(), text(), any::<(u64, u64)>(), vec(id(), 0..3), vec(gap, 0..3)).prop_map(
        |(switch, name, (began, took), late, gaps)| {
            let outcome = Outcome::Committed;
            SwitchRecord { switch, name, outcome, began, took, late, gaps }
        },
    );
    let server = any::<([u64; 4], f64, f64)>().prop_map(|([a, b, c, d], cpu, mix)| ServerCosts {
        packets_in: a,
        packets_out: b,
        bitrate_in: c,
        bitrate_out: d,
        cpu,
        mix,
    });
    let lists = (vec(participant, 0..3), vec(record, 0..3));
    (any::<u64>(), room(), prop::option::of(plan()), server, lists).prop_map(
        |(re, room, plan, server, (participants, switches))| {
            ServerMessage::Costs(Costs { re, room, plan, participants, server, switches })
        },
    )
}

fn joined() -> impl Strategy<Value = ServerMessage> {
    let numbers = any::<(Option<u64>, Option<u64>, bool)>();
    let lists = (vec(participant(), 0..4), vec(chat(), 0..4));
    let members = (numbers, room(), id(), text(), prop::option::of(text()), lists, plan());
    members.prop_map(
        |((re, settling, host), room, participant, resume, host_key, (participants, chat), plan)| {
            ServerMessage::Joined(Joined {
                re,
                room,
                participant,
                resume,
                host,
                host_key,
                settling,
                plan,
                participants,
                chat,
            })
        },
    )
}

fn small() -> impl Strategy<Value = ServerMessage> {
    let error = (text(), any::<Option<u64>>());
    let pong = any::<(f64, u64)>();
    prop_oneof![
        any::<u64>().prop_map(|re| ServerMessage::Left(Left { re })),
        id().prop_map(|participant| {
            ServerMessage::ParticipantLeft(ParticipantLeft { participant, reason: LeftReason::Left })
        }),
        (id(), text()).prop_map(|(from, emoji)| ServerMessage::Reaction(Reaction { from, emoji })),
        error.prop_map(|(message, re)| {
            let code = ErrorCode::UnsupportedProtocol;
            ServerMessage::Error(ErrorReply { code, message, re })
        }),
        pong.prop_map(|(time, last_id)| ServerMessage::Pong(Pong { time, last_id })),
    ]
}

fn source() -> impl Strategy<Value = Source> {
    prop::sample::select(&Source::ALL[..])
}

fn slots() -> impl Strategy<Value = ServerMessage> {
    let slot =
        (text(), id(), source()).prop_map(|(mid, participant, source)| Slot { mid, participant, source });
    let undecodable = (id(), source(), text()).prop_map(|(participant, source, codec)| Undecodable {
        participant,
        source,
        codec,
    });
    (any::<u32>(), vec(slot, 0..4), vec(undecodable, 0..4)).prop_map(|(connection, slots, undecodable)| {
        ServerMessage::Slots(Slots { connection, slots, undecodable })
    })
}

fn stats() -> impl Strategy<Value = ServerMessage> {
    let slot = (text(), prop::option::of(text()), any::<u64>()).prop_map(|(mid, rid, bitrate)| SlotStats {
        mid,
        rid,
        bitrate,
    });
    let room = any::<[u64; 7]>().prop_map(|[a, b, c, d, e, f, g]| RoomStats {
        publishers: a,
        subscribers: b,
        bitrate_in: c,
        bitrate_out: d,
        packets_in: e,
        packets_out: f,
        key_frame_requests: g,
    });
    (any::<u64>(), any::<Option<u64>>(), vec(slot, 0..4), room)
        .prop_map(|(re, estimate, slots, room)| ServerMessage::Stats(Stats { re, estimate, slots, room }))
}

fn forwarding() -> impl Strategy<Value = ServerMessage> {
    let rids = (source(), vec(text(), 0..3)).prop_map(|(source, rids)| WantedSource { source, rids });
    prop_oneof![
        slots(),
        stats(),
        (any::<u64>(), any::<u32>(), text()).prop_map(|(re, connection, sdp)| {
            ServerMessage::Forwarded(Forwarded { re, connection, description: Answer { sdp } })
        }),
        any::<u32>().prop_map(|connection| {
            ServerMessage::ForwardEnded(ForwardEnded { connection, reason: ForwardEnd::Closed })
        }),
        (any::<u32>(), vec(rids, 0..4))
            .prop_map(|(connection, sources)| ServerMessage::Wanted(Wanted { connection, sources })),
        (prop::option::of(id()), vec(id(), 0..4))
            .prop_map(|(speaker, loudest)| ServerMessage::Speakers(Speakers { speaker, loudest })),
    ]
}

fn message() -> impl Strategy<Value = ServerMessage> {
    let view = (any::<u64>(), room(), vec(participant(), 0..4));
    prop_oneof![
        welcome(),
        joined(),
        small(),
        forwarding(),
        plan().prop_map(ServerMessage::Plan),
        costs(),
        participant()
            .prop_map(|participant| { ServerMessage::ParticipantChanged(ParticipantJoined { participant }) }),
        participant()
            .prop_map(|participant| { ServerMessage::ParticipantJoined(ParticipantJoined { participant }) }),
        (id(), raw()).prop_map(|(from, description)| {
            ServerMessage::Description(RelayedDescription { from, description })
        }),
        (id(), raw())
            .prop_map(|(from, candidate)| ServerMessage::Candidate(RelayedCandidate { from, candidate })),
        chat().prop_map(|message| ServerMessage::Chat(ChatLine { message })),
        vec(recording(), 0..4).prop_map(|items| ServerMessage::Recordings(Recordings { items })),
        view.prop_map(|(re, room, participants)| {
            let entry = Entry::Closed;
            ServerMessage::Room(RoomView { re, room, participants, entry, recording: true, tracks: true })
        }),
        hosts(),
    ]
}

fn hosts() -> impl Strategy<Value = ServerMessage> {
    let knock = (id(), text()).prop_map(|(id, name)| Knock { id, name });
    prop_oneof![
        (prop::option::of(any::<u64>()), room(), any::<bool>())
            .prop_map(|(re, room, host)| ServerMessage::Waiting(Waiting { re, room, host })),
        vec(knock, 0..4).prop_map(|items| ServerMessage::Knocks(Knocks { items })),
        (prop::option::of(id()), any::<[bool; 3]>()).prop_map(|(from, [mic, camera, screen])| {
            ServerMessage::Muted(Muted { from, mic, camera, screen })
        }),
        (id(), any::<bool>()).prop_map(|(from, mic)| ServerMessage::Asked(Asked { from, mic, camera: !mic })),
        Just(ServerMessage::Removed(Removed { reason: RemovedReason::Removed })),
    ]
}

/// How many values the message is made of that may each weigh more than they are long.
fn pieces(message: &ServerMessage) -> usize {
    1 + match message {
        ServerMessage::Welcome(body) => body.ice_servers.len(),
        ServerMessage::Joined(body) => body.participants.len() + body.chat.len() + pieces_of(&body.plan),
        ServerMessage::Plan(body) => pieces_of(body),
        ServerMessage::Costs(body) => {
            let records =
                body.switches.iter().map(|record| 2 + record.late.len() + record.gaps.len()).sum::<usize>();
            2 + records + 2 * body.participants.len() + body.plan.as_ref().map_or(0, pieces_of)
        }
        ServerMessage::Room(body) => body.participants.len(),
        ServerMessage::Slots(body) => body.slots.len() + body.undecodable.len(),
        ServerMessage::Wanted(body) => body.sources.iter().map(|source| 1 + source.rids.len()).sum(),
        ServerMessage::Speakers(body) => body.loudest.len(),
        ServerMessage::Stats(body) => 1 + body.slots.len(),
        _ => 0,
    }
}

fn pieces_of(plan: &Plan) -> usize {
    plan.forwarded.len() + plan.switches.len() + plan.unreached.len()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_message_weighs_no_less_than_its_frame_and_not_much_more(message in message(), seq in any::<Option<u64>>()) {
        let bytes = message.to_frame(seq).len();
        prop_assert!(message.weight() >= bytes, "{} for {bytes} bytes", message.weight());
        prop_assert!(message.weight() <= bytes + pieces(&message) * SLACK, "{} for {bytes} bytes", message.weight());
    }
}

#[test]
fn characters_that_are_escaped_weigh_what_they_are_on_the_wire() {
    let text = "\u{1}".repeat(4096);
    let message =
        ChatMessage { id: 1, from: ParticipantId::from_random(1), name: String::new(), text, time: 0 };
    assert!((6 * 4096..6 * 4096 + SLACK).contains(&message.weight()));
}

#[test]
fn the_longest_names_of_codes_and_types_are_counted() {
    let number = Some(u64::MAX);
    for (message, seq) in [
        (ServerMessage::Pong(Pong { time: f64::MIN, last_id: u64::MAX }), None),
        (ServerMessage::Pong(Pong { time: -f64::MIN_POSITIVE, last_id: u64::MAX }), None),
        (
            ServerMessage::Error(ErrorReply {
                code: ErrorCode::UnsupportedProtocol,
                message: String::new(),
                re: number,
            }),
            number,
        ),
        (ServerMessage::Left(Left { re: u64::MAX }), number),
    ] {
        let frame = message.to_frame(seq);
        assert!(message.weight() >= frame.len(), "{frame}");
    }
}
