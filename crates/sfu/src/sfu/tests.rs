//! What becomes of a room in which an endpoint panics: in the step that takes what its client has sent, or in one that sends it
//! something. Nobody outside can have one panic at will; the ways that are left are looked at in `tests/all/feedback.rs`.

use std::time::Duration;

use str0m::RtcConfig;
use str0m::media::{Direction, MediaKind, Mid};
use visavis_protocol::{Forward, ForwardRequest, ParticipantId, Source, SourceState};

use super::*;
use crate::packet::Format;

const ALL_LIVE: SourceState =
    SourceState { mic: true, camera: true, screen: true, screen_audio: true, hand: false };

/// A room of people who all speak, at the other end of whose connections nobody is.
struct Place {
    sfu: Sfu,
    room: RoomName,
    now: Instant,
    sequence: u64,
}

impl Place {
    #[expect(clippy::disallowed_methods, reason = "a test needs some time to begin with")]
    fn new() -> Self {
        let sfu = Sfu::new(Options::default(), [1; 32], 0).unwrap();
        Self { sfu, room: RoomName::new("room").unwrap(), now: Instant::now(), sequence: 1 }
    }

    fn join(&mut self, name: &str) -> MemberId {
        let mut rtc = RtcConfig::new().set_rtp_mode(true).build(self.now);
        let mut changes = rtc.sdp_api();
        let mut add = |direction| changes.add_media(MediaKind::Audio, direction, None, None, None);
        let mic = add(Direction::SendOnly);
        let _ = [0; 2].map(|_| add(Direction::RecvOnly));
        let (offer, _) = changes.apply().unwrap();
        let offer = Forward::new(1, offer.to_sdp_string(), [(Source::Mic, mic.to_string())].into()).unwrap();
        let request = ForwardRequest::Offer { offer, re: 1, state: ALL_LIVE, only: None };
        self.sfu.handle_request(&self.room, &id(name), request, &[], self.now);
        let member = self.sfu.rooms[&self.room].members[&id(name)];
        self.sfu.connected(member, self.now);
        member
    }

    /// All of them speak for a second. How many packets go on to somebody.
    fn speak(&mut self, members: &[MemberId]) -> u64 {
        let before = self.sfu.counts.packets_out;
        for _ in 0..50 {
            self.now += Duration::from_millis(20);
            self.sequence += 1;
            for member in members {
                let mid = self.sfu.members[member].sources[0].mid;
                let packet = self.packet(u32::try_from(member.0).unwrap(), mid);
                self.sfu.take_in(*member, packet, self.now);
            }
            self.sfu.handle_timeout(self.now);
        }
        self.sfu.counts.packets_out - before
    }

    fn packet(&self, ssrc: u32, mid: Mid) -> Packet {
        Packet {
            ssrc,
            mid,
            rid: None,
            format: Format::Opus,
            sequence: self.sequence,
            timestamp: u32::try_from(self.sequence * 960).unwrap(),
            marker: false,
            arrival: self.now,
            captured: None,
            level: Some(30),
            voice: Some(true),
            orientation: None,
            payload: vec![0; 80].into(),
        }
    }
}

fn id(name: &str) -> ParticipantId {
    ParticipantId::new(name).unwrap()
}

/// Everything that names a member.
fn remains(sfu: &mut Sfu, id: MemberId) -> Vec<&'static str> {
    let carries = |member: &Member| {
        member.slots.iter().any(|slot| slot.carries.is_some_and(|source| source.member == id))
    };
    let watched = |member: &Member| {
        let layers = member.sources.iter().flat_map(|source| &source.layers);
        layers.flat_map(|layer| &layer.watchers).any(|watcher| watcher.member == id)
    };
    let speaks =
        |room: &Room| room.speakers.loudest().iter().chain(room.floor.loudest()).any(|it| it.member == id);
    let known = [
        ("a member", sfu.members.contains_key(&id)),
        ("an endpoint", sfu.endpoints.contains_key(&id)),
        ("a place in the room", sfu.rooms.values().any(|room| room.members.values().any(|it| *it == id))),
        ("a speaker", sfu.rooms.values().any(speaks)),
        ("a name in checks", sfu.ufrags.values().any(|it| *it == id)),
        ("a feed", sfu.feeds.values().any(|it| *it == id)),
        ("a slot of somebody's", sfu.members.values().any(carries)),
        ("a watcher", sfu.members.values().any(watched)),
    ];
    let mut remains: Vec<_> = known.into_iter().filter(|(_, there)| *there).map(|(what, _)| what).collect();
    let due = sfu.timers.take_due(sfu.poll_timeout().unwrap() + Duration::from_secs(3600));
    remains.extend(due.contains(&id).then_some("a deadline"));
    due.into_iter().for_each(|member| sfu.arm(member));
    remains
}

#[test]
fn a_panic_of_one_endpoint_is_told_to_its_participant_leaves_nothing_of_it_and_costs_nobody_else_a_packet() {
    for sends in [false, true] {
        let mut place = Place::new();
        let members = ["ada", "bob", "eve"].map(|name| place.join(name));
        // Everyone hears the two others.
        assert!(place.speak(&members) >= 49 * 6);
        while place.sfu.poll_output().is_some() {}
        let (sfu, now) = (&mut place.sfu, place.now);
        if sends {
            sfu.egress.on(&mut sfu.endpoints, members[2], |_| panic!("a bug"));
        } else {
            sfu.egress.step(&mut sfu.endpoints, members[2], now, |_| panic!("a bug"));
        }
        sfu.flush(now);
        let mut ended = Vec::new();
        while let Some(output) = sfu.poll_output() {
            if let Output::Say { to, message: ServerMessage::ForwardEnded(it), .. } = output {
                ended.push((to, it.connection, it.reason));
            }
        }
        assert_eq!(ended, [(Some(id("eve")), 1, ForwardEnd::Failed)]);
        assert_eq!((sfu.counts().endpoints, sfu.counts().failed), (2, 1));
        assert_eq!(remains(sfu, members[2]), [""; 0]);
        // The two who are left hear each other, packet by packet.
        assert_eq!(place.speak(&members[..2]), 50 * 2);
        // And whoever has lost the connection comes back.
        let again = place.join("eve");
        assert!(place.speak(&[members[0], members[1], again]) >= 49 * 6);
    }
}
