//! What a classic client says, checked once, where it comes in.

use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use visavis_protocol::{
    Candidate, Description, ErrorCode, FrameError, InvalidMember, ParticipantId, RoomName, may_be_in_name,
};

/// The longest session description or candidate that is passed on, in bytes of JSON: what a native client's frame may hold.
pub(crate) const MAX_RELAYED_BYTES: usize = 64 * 1024;

/// The longest display name, in bytes.
const MAX_NAME_BYTES: usize = 128;

/// The display name of whoever gives none.
const NAMELESS: &str = "Guest";

/// An event from a classic client. `docs/protocol.md`, section 5.
#[derive(Debug)]
pub(crate) enum Request {
    /// `join`: enter a channel, which is the room of that name.
    Join {
        /// The channel.
        channel: RoomName,
        /// What native participants see.
        name: String,
    },
    /// `part`: leave a channel.
    Part(RoomName),
    /// `relayICECandidate`
    Candidate(Candidate),
    /// `relaySessionDescription`
    Description(Description),
}

impl Request {
    /// Reads the event `name` with its first argument.
    ///
    /// # Errors
    /// The `error` event that answers it: `unknown-type` or `invalid`.
    pub(crate) fn parse(name: &str, argument: Value) -> Result<Self, FrameError> {
        match name {
            "join" => join(&argument),
            "part" => Ok(Self::Part(channel("part", &argument)?)),
            "relayICECandidate" => {
                relay(name, "ice_candidate", argument, Candidate::new).map(Self::Candidate)
            }
            "relaySessionDescription" => {
                relay(name, "session_description", argument, Description::new).map(Self::Description)
            }
            _ => {
                let shown: String = name.chars().take(40).collect();
                Err(refusal(ErrorCode::UnknownType, format!("there is no event \"{shown}\"")))
            }
        }
    }

    /// About how many bytes of memory this takes.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Join { channel, name } => channel.as_str().len() + name.len(),
            Self::Part(channel) => channel.as_str().len(),
            Self::Candidate(body) => body.candidate.get().len(),
            Self::Description(body) => body.description.get().len(),
        }
    }
}

fn join(argument: &Value) -> Result<Request, FrameError> {
    let channel = channel("join", &argument["channel"])?;
    let name = argument["userdata"]["name"].as_str().map(display_name).unwrap_or_default();
    let name = if name.is_empty() { NAMELESS.to_owned() } else { name };
    Ok(Request::Join { channel, name })
}

fn channel(event: &str, value: &Value) -> Result<RoomName, FrameError> {
    let Some(name) = value.as_str() else {
        return Err(invalid(event, "the channel is not a string"));
    };
    RoomName::new(name).map_err(|error| invalid(event, &error.to_string()))
}

/// The name as native participants may have one: without characters that names may not have, and cut to what fits.
fn display_name(given: &str) -> String {
    let mut name = String::new();
    for character in given.chars().filter(|&character| may_be_in_name(character)) {
        if name.len() + character.len_utf8() > MAX_NAME_BYTES {
            break;
        }
        name.push(character);
    }
    name
}

/// Reads a relay event as the native message that says the same, which `checked` makes, so that both are checked alike.
fn relay<T>(
    event: &str,
    given: &str,
    argument: Value,
    checked: impl FnOnce(ParticipantId, Box<RawValue>) -> Result<T, InvalidMember>,
) -> Result<T, FrameError> {
    let peer = argument["peer_id"].as_str().ok_or_else(|| invalid(event, "\"peer_id\" is not a string"))?;
    // An id that nobody can have is nobody's: there is no need to tell the two apart.
    let peer = ParticipantId::new(peer).map_err(|_| stranger())?;
    let payload = argument.get(given).ok_or_else(|| invalid(event, &format!("\"{given}\" is missing")))?;
    let payload = to_raw_value(payload).map_err(|error| invalid(event, &error.to_string()))?;
    if payload.get().len() > MAX_RELAYED_BYTES {
        return Err(invalid(event, &format!("\"{given}\" has at most {MAX_RELAYED_BYTES} bytes")));
    }
    checked(peer, payload).map_err(|error| invalid(event, &error.to_string()))
}

/// Nobody of that id shares a channel.
pub(crate) fn stranger() -> FrameError {
    refusal(ErrorCode::UnknownParticipant, "there is nobody of that id in a shared channel")
}

/// An `error` that is no answer to a numbered message.
pub(crate) fn refusal(code: ErrorCode, message: impl Into<String>) -> FrameError {
    FrameError { code, message: message.into(), re: None }
}

fn invalid(event: &str, what: &str) -> FrameError {
    refusal(ErrorCode::Invalid, format!("\"{event}\": {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn name_of(userdata: Value) -> String {
        match Request::parse("join", json!({ "channel": "room", "userdata": userdata })).unwrap() {
            Request::Join { name, .. } => name,
            other => panic!("{other:?}"),
        }
    }

    fn refused(event: &str, argument: Value) -> (ErrorCode, String) {
        let error = Request::parse(event, argument).unwrap_err();
        (error.code, error.message)
    }

    #[test]
    fn a_name_that_is_a_string_is_taken_and_anything_else_makes_a_guest() {
        assert_eq!(name_of(json!({ "name": "Ada" })), "Ada");
        for nameless in [json!(null), json!({}), json!({ "name": 7 }), json!("Ada"), json!({ "name": "\n" })]
        {
            assert_eq!(name_of(nameless), "Guest");
        }
        let without = Request::parse("join", json!({ "channel": "room" })).unwrap();
        assert!(matches!(without, Request::Join { name, .. } if name == "Guest"));
    }

    #[test]
    fn a_name_loses_control_characters_of_text_and_direction_and_is_cut_between_characters() {
        assert_eq!(name_of(json!({ "name": "A\u{0}d\na\u{7f}" })), "Ada");
        assert_eq!(name_of(json!({ "name": "\u{202e}adA\u{2069}" })), "adA");
        assert_eq!(name_of(json!({ "name": "€".repeat(50) })), "€".repeat(42));
    }

    #[test]
    fn a_join_without_a_usable_channel_is_invalid() {
        let long = "c".repeat(129);
        for argument in
            [json!({}), json!(null), json!("room"), json!({ "channel": 1 }), json!({ "channel": "" })]
        {
            assert_eq!(refused("join", argument).0, ErrorCode::Invalid);
        }
        let (code, message) = refused("join", json!({ "channel": long }));
        assert_eq!(code, ErrorCode::Invalid);
        assert_eq!(message, "\"join\": a room's name has 1 to 128 bytes");
        assert_eq!(refused("part", json!({ "channel": "room" })).0, ErrorCode::Invalid);
    }

    #[test]
    fn a_relay_says_what_is_wrong_with_it() {
        let cases = [
            ("relaySessionDescription", json!({ "session_description": { "type": "offer", "sdp": "" } })),
            ("relaySessionDescription", json!({ "peer_id": "p" })),
            (
                "relaySessionDescription",
                json!({ "peer_id": "p", "session_description": { "type": "offer" } }),
            ),
            (
                "relaySessionDescription",
                json!({ "peer_id": "p", "session_description": { "type": "x", "sdp": "" } }),
            ),
            ("relayICECandidate", json!({ "peer_id": "p", "ice_candidate": { "candidate": 1 } })),
            ("relayICECandidate", json!([])),
        ];
        for (event, argument) in cases {
            assert_eq!(refused(event, argument.clone()).0, ErrorCode::Invalid, "{event} {argument}");
        }
    }

    #[test]
    fn an_id_that_nobody_can_have_is_nobody_s() {
        let argument = json!({ "peer_id": "<b>", "ice_candidate": { "candidate": "" } });
        assert_eq!(refused("relayICECandidate", argument).0, ErrorCode::UnknownParticipant);
    }

    #[test]
    fn a_relayed_value_is_as_it_was_sent() {
        let candidate = json!({ "candidate": "candidate:1 ü", "sdpMLineIndex": 0, "more": null });
        let argument = json!({ "peer_id": "p", "ice_candidate": candidate });
        let Request::Candidate(body) = Request::parse("relayICECandidate", argument).unwrap() else {
            panic!()
        };
        assert_eq!(serde_json::from_str::<Value>(body.candidate.get()).unwrap(), candidate);
    }

    #[test]
    fn what_is_relayed_has_a_longest_size() {
        let envelope = json!({ "type": "offer", "sdp": "" }).to_string().len();
        let of = |bytes: usize| {
            let sdp = "s".repeat(bytes - envelope);
            json!({ "peer_id": "p", "session_description": { "type": "offer", "sdp": sdp } })
        };
        assert!(Request::parse("relaySessionDescription", of(MAX_RELAYED_BYTES)).is_ok());
        assert_eq!(refused("relaySessionDescription", of(MAX_RELAYED_BYTES + 1)).0, ErrorCode::Invalid);
    }

    #[test]
    fn an_event_that_does_not_exist_is_named_in_the_answer() {
        let (code, message) = refused("shout", json!(null));
        assert_eq!((code, message.as_str()), (ErrorCode::UnknownType, "there is no event \"shout\""));
    }
}
