//! Every test reads as what is told to the session and, word for word, what it commands.

use serde_json::{Value, json};
use visavis_protocol::{ServerFrame, ServerMessage};

use super::*;

#[derive(Default)]
struct Client(ClassicSession);

impl Client {
    fn says(&mut self, event: &str, argument: Value) -> Vec<String> {
        shown(self.0.handle_request(Request::parse(event, argument)))
    }

    fn joins(&mut self, channel: &str) -> Vec<String> {
        self.says("join", json!({ "channel": channel, "userdata": { "name": "Ada" } }))
    }

    fn hears(&mut self, channel: &str, message: Value) -> Vec<String> {
        shown(self.0.handle_message(&RoomName::new(channel).unwrap(), &server(message)))
    }

    fn is_let_in(&mut self, channel: &str, others: &[&str]) -> Vec<String> {
        let plan = json!({
            "version": 1, "policy": {"direct": "auto", "mix": "allowed", "direct_max": 4}, "legs": true,
            "standby": true, "forwarded": [], "switches": [], "unreached": [], "mix": "off", "mixed": [], "recording": false,
        });
        let participants: Vec<_> = others.iter().map(|id| participant(id)).collect();
        self.hears(
            channel,
            json!({
                "type": "joined", "seq": 1, "re": 1, "room": channel, "participant": "me", "resume": "",
                "host": false, "settling": null, "plan": plan, "participants": participants, "chat": []
            }),
        )
    }

    fn meets(&mut self, channel: &str, who: &str) -> Vec<String> {
        self.hears(channel, json!({ "type": "participant-joined", "participant": participant(who) }))
    }

    fn misses(&mut self, channel: &str, who: &str) -> Vec<String> {
        self.hears(channel, json!({ "type": "participant-left", "participant": who, "reason": "left" }))
    }

    /// In these channels, with these others in each.
    fn within(channels: &[(&str, &[&str])]) -> Self {
        let mut client = Self::default();
        for (channel, others) in channels {
            client.joins(channel);
            client.is_let_in(channel, others);
        }
        client
    }
}

fn server(message: Value) -> ServerMessage {
    ServerFrame::parse(&message.to_string()).unwrap().message
}

fn participant(id: &str) -> Value {
    let state = json!({ "mic": true, "camera": true, "screen": false, "screen_audio": false, "hand": false });
    json!({ "id": id, "name": id, "kind": "native", "host": false, "connected": true, "state": state })
}

fn shown(commands: Vec<Command>) -> Vec<String> {
    commands.iter().map(shown_one).collect()
}

fn shown_one(command: &Command) -> String {
    match command {
        Command::Open(channel) => format!("open {}", channel.as_str()),
        Command::Close(channel) => format!("close {}", channel.as_str()),
        Command::Emit(event) => format!("emit {} {}", event.name(), event.to_ascii_json().unwrap()),
        Command::Send(channel, frame) => {
            format!("{} #{} {}", channel.as_str(), frame.id.unwrap(), shown_message(&frame.message))
        }
    }
}

fn shown_message(message: &ClientMessage) -> String {
    match message {
        ClientMessage::Join(join) => format!("join as {} {}", join.name, json!(join.state)),
        ClientMessage::Leave(_) => "leave".to_owned(),
        ClientMessage::Description(body) => {
            format!("description to {} {}", body.to.as_str(), body.description)
        }
        ClientMessage::Candidate(body) => format!("candidate to {} {}", body.to.as_str(), body.candidate),
        other => format!("{other:?}"),
    }
}

fn candidate_for(peer: &str) -> Value {
    json!({ "peer_id": peer, "ice_candidate": { "candidate": "c" } })
}

const STRANGER: &str =
    r#"emit error {"code":"unknown-participant","message":"there is nobody of that id in a shared channel"}"#;

#[test]
fn a_join_opens_a_connection_for_the_room_of_that_name_with_sound_and_picture_live() {
    let mut client = Client::default();
    assert_eq!(client.joins("blå"), ["open blå", r#"blå #1 join as Ada {"camera":true,"mic":true}"#]);
}

#[test]
fn the_newcomer_offers_and_those_who_were_there_wait() {
    let mut client = Client::default();
    client.joins("room");
    let added = client.is_let_in("room", &["a", "b"]);
    assert_eq!(
        added,
        [
            r#"emit addPeer {"peer_id":"a","should_create_offer":true}"#,
            r#"emit addPeer {"peer_id":"b","should_create_offer":true}"#,
        ]
    );
    assert_eq!(client.meets("room", "c"), [r#"emit addPeer {"peer_id":"c","should_create_offer":false}"#]);
}

#[test]
fn two_who_share_two_channels_are_connected_once_and_until_the_last_one_is_left() {
    let mut client = Client::within(&[("one", &["a"])]);
    client.joins("two");
    assert!(client.is_let_in("two", &["a"]).is_empty());
    assert!(client.misses("one", "a").is_empty());
    assert_eq!(client.misses("two", "a"), [r#"emit removePeer {"peer_id":"a"}"#]);
}

#[test]
fn to_part_removes_whoever_shares_no_other_channel() {
    let mut client = Client::within(&[("one", &["a", "b"]), ("two", &["b"])]);
    let parted = client.says("part", json!("one"));
    assert_eq!(parted, ["one #2 leave", r#"emit removePeer {"peer_id":"a"}"#, "close one"]);
    assert_eq!(client.says("relayICECandidate", candidate_for("a")), [STRANGER]);
    assert_eq!(
        client.says("relayICECandidate", candidate_for("b")),
        [r#"two #2 candidate to b {"candidate":"c"}"#]
    );
}

#[test]
fn a_channel_can_be_joined_again_after_it_was_left() {
    let mut client = Client::within(&[("room", &["a"])]);
    client.says("part", json!("room"));
    assert_eq!(client.joins("room")[0], "open room");
    assert_eq!(
        client.is_let_in("room", &["a"]),
        [r#"emit addPeer {"peer_id":"a","should_create_offer":true}"#]
    );
}

#[test]
fn to_join_twice_or_to_part_from_elsewhere_is_refused() {
    let mut client = Client::within(&[("room", &[])]);
    assert_eq!(
        client.joins("room"),
        [r#"emit error {"code":"already-joined","message":"in this channel already"}"#]
    );
    assert_eq!(
        client.says("part", json!("elsewhere")),
        [r#"emit error {"code":"not-joined","message":"not in this channel"}"#]
    );
}

#[test]
fn a_client_waits_for_the_answer_to_its_join() {
    let mut client = Client::default();
    assert!(!client.0.is_waiting());
    client.joins("room");
    assert!(client.0.is_waiting());
    client.is_let_in("room", &[]);
    assert!(!client.0.is_waiting());
    client.joins("full");
    client.hears(
        "full",
        json!({ "type": "error", "code": "room-full", "message": "the room is full", "re": 1 }),
    );
    assert!(!client.0.is_waiting());
}

#[test]
fn whoever_moves_with_others_from_one_channel_to_another_keeps_them() {
    let mut client = Client::within(&[("old", &["a"])]);
    client.joins("new");
    assert!(client.is_let_in("new", &["a"]).is_empty());
    assert_eq!(client.says("part", json!("old")), ["old #2 leave", "close old"]);
}

#[test]
fn the_seventeenth_channel_is_refused() {
    let mut client = Client::default();
    for number in 0..MAX_CHANNELS {
        assert_eq!(client.joins(&number.to_string()).len(), 2);
    }
    let refused = client.joins("one more");
    assert_eq!(
        refused,
        [r#"emit error {"code":"too-many-rooms","message":"a client may be in up to 16 channels"}"#]
    );
}

#[test]
fn a_relay_goes_through_the_oldest_shared_channel_with_numbers_that_count_up() {
    let mut client = Client::within(&[("one", &["a"]), ("two", &["a"])]);
    let description = json!({ "peer_id": "a", "session_description": { "type": "offer", "sdp": "v=0" } });
    assert_eq!(
        client.says("relaySessionDescription", description),
        [r#"one #2 description to a {"sdp":"v=0","type":"offer"}"#]
    );
    assert_eq!(
        client.says("relayICECandidate", candidate_for("a")),
        [r#"one #3 candidate to a {"candidate":"c"}"#]
    );
}

#[test]
fn a_relay_to_somebody_who_shares_no_channel_is_an_error_and_never_dropped() {
    let mut client = Client::within(&[("room", &["a"])]);
    assert_eq!(client.says("relayICECandidate", candidate_for("stranger")), [STRANGER]);
    client.misses("room", "a");
    assert_eq!(client.says("relayICECandidate", candidate_for("a")), [STRANGER]);
}

#[test]
fn what_others_send_arrives_as_they_sent_it() {
    let mut client = Client::within(&[("room", &["a"])]);
    let description =
        json!({ "type": "description", "from": "a", "description": { "type": "answer", "sdp": "v=0" } });
    assert_eq!(
        client.hears("room", description),
        [r#"emit sessionDescription {"peer_id":"a","session_description":{"sdp":"v=0","type":"answer"}}"#]
    );
    let candidate = json!({ "type": "candidate", "from": "a", "candidate": { "candidate": "c" } });
    assert_eq!(
        client.hears("room", candidate),
        [r#"emit iceCandidate {"peer_id":"a","ice_candidate":{"candidate":"c"}}"#]
    );
}

#[test]
fn the_end_of_candidates_is_kept_from_a_page_that_would_take_it_for_one() {
    let mut client = Client::within(&[("room", &["a"])]);
    assert!(client.hears("room", json!({ "type": "candidate", "from": "a", "candidate": null })).is_empty());
}

#[test]
fn somebody_whose_connection_is_lost_is_not_removed() {
    let mut client = Client::within(&[("room", &["a"])]);
    let mut lost = participant("a");
    lost["connected"] = json!(false);
    assert!(client.hears("room", json!({ "type": "participant-changed", "participant": lost })).is_empty());
    assert!(client.meets("room", "a").is_empty());
}

#[test]
fn chat_is_not_of_the_classic_protocol() {
    let mut client = Client::within(&[("room", &["a"])]);
    let line = json!({ "id": 1, "from": "a", "name": "a", "text": "hello", "time": 0 });
    assert!(client.hears("room", json!({ "type": "chat", "message": line })).is_empty());
}

#[test]
fn a_refused_join_leaves_nothing_behind() {
    let mut client = Client::default();
    client.joins("full");
    let refusal = json!({ "type": "error", "code": "room-full", "message": "the room is full", "re": 1 });
    assert_eq!(
        client.hears("full", refusal),
        [r#"emit error {"code":"room-full","message":"the room is full"}"#, "close full"]
    );
    assert_eq!(client.joins("full")[0], "open full");
}

#[test]
fn a_refused_relay_is_told_and_the_channel_stays() {
    let mut client = Client::within(&[("room", &["a"])]);
    let refusal = json!({ "type": "error", "code": "too-many-candidates", "message": "enough", "re": 52 });
    assert_eq!(
        client.hears("room", refusal),
        [r#"emit error {"code":"too-many-candidates","message":"enough"}"#]
    );
    assert!(!client.says("relayICECandidate", candidate_for("a"))[0].contains("error"));
}

#[test]
fn what_is_not_understood_is_answered() {
    let mut client = Client::default();
    let answer = client.says("shout", json!("x"));
    assert_eq!(answer, [r#"emit error {"code":"unknown-type","message":"there is no event \"shout\""}"#]);
}

#[test]
fn a_publisher_by_whip_is_no_peer() {
    let mut client = Client::within(&[("a", &[])]);
    let mut publisher = participant("obs");
    publisher["kind"] = json!("whip");
    let came = client.hears("a", json!({ "type": "participant-joined", "participant": publisher }));
    assert_eq!((came, client.misses("a", "obs")), (Vec::new(), Vec::new()));
}
