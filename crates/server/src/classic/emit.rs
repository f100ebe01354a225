//! What a classic client is told: the events from the server, and how they are written.

use serde::Serialize;
use serde_json::value::RawValue;
use visavis_protocol::{ErrorCode, FrameError, ParticipantId};

/// An event for a classic client. `docs/protocol.md`, section 5.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(crate) enum Emit {
    /// Connect to this peer.
    AddPeer {
        /// Whom.
        peer_id: ParticipantId,
        /// Whether this client makes the offer.
        should_create_offer: bool,
    },
    /// The peer is gone, or shares no channel any more.
    RemovePeer {
        /// Who.
        peer_id: ParticipantId,
    },
    /// An ICE candidate from a peer.
    IceCandidate {
        /// Who sent it.
        peer_id: ParticipantId,
        /// As it was sent.
        ice_candidate: Box<RawValue>,
    },
    /// A session description from a peer.
    SessionDescription {
        /// Who sent it.
        peer_id: ParticipantId,
        /// As it was sent.
        session_description: Box<RawValue>,
    },
    /// Something was refused.
    Error {
        /// For programs.
        code: Code,
        /// For people.
        message: String,
    },
}

/// The `code` of an `error` event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Code {
    /// A code that native clients know as well.
    Refused(ErrorCode),
    /// The server ends this socket. A native client learns it from a close code, which Socket.IO does not have.
    #[serde(serialize_with = "closed")]
    Closed,
}

fn closed<S: serde::Serializer>(serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str("closed")
}

impl Emit {
    /// The event's name.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::AddPeer { .. } => "addPeer",
            Self::RemovePeer { .. } => "removePeer",
            Self::IceCandidate { .. } => "iceCandidate",
            Self::SessionDescription { .. } => "sessionDescription",
            Self::Error { .. } => "error",
        }
    }

    /// The event's one argument as JSON that is all ASCII.
    ///
    /// Clients of Engine.IO 3 decode UTF-8 once more than the server encodes it when they poll, and drop the connection
    /// over text that is not; `\uXXXX` means the same to everybody.
    pub(crate) fn to_ascii_json(&self) -> Result<Box<RawValue>, serde_json::Error> {
        RawValue::from_string(escape_non_ascii(serde_json::to_string(self)?))
    }

    /// The server ends the socket.
    pub(crate) fn closed(why: &str) -> Self {
        Self::Error { code: Code::Closed, message: why.to_owned() }
    }
}

impl From<FrameError> for Emit {
    fn from(error: FrameError) -> Self {
        Self::Error { code: Code::Refused(error.code), message: error.message }
    }
}

/// In JSON, characters beyond ASCII stand in strings only, where an escape (RFC 8259, section 7) may replace each.
fn escape_non_ascii(json: String) -> String {
    if json.is_ascii() {
        return json;
    }
    let mut escaped = String::with_capacity(json.len() * 2);
    for character in json.chars() {
        if character.is_ascii() {
            escaped.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_ascii_and_means_the_same() {
        let description = r#"{"type":"offer","sdp":"ümläut \\ € 👋\r\n"}"#;
        let event = Emit::SessionDescription {
            peer_id: ParticipantId::new("peer").unwrap(),
            session_description: RawValue::from_string(description.to_owned()).unwrap(),
        };
        let written = event.to_ascii_json().unwrap();
        assert!(written.get().is_ascii(), "{written}");
        let read: serde_json::Value = serde_json::from_str(written.get()).unwrap();
        let sent: serde_json::Value = serde_json::from_str(description).unwrap();
        assert_eq!(read, serde_json::json!({ "peer_id": "peer", "session_description": sent }));
    }

    #[test]
    fn an_error_names_its_code_and_says_why() {
        let error = Emit::from(FrameError { code: ErrorCode::NotJoined, message: "no".to_owned(), re: None });
        assert_eq!(error.to_ascii_json().unwrap().get(), r#"{"code":"not-joined","message":"no"}"#);
        let closed = Emit::closed("why").to_ascii_json().unwrap();
        assert_eq!(closed.get(), r#"{"code":"closed","message":"why"}"#);
    }
}
