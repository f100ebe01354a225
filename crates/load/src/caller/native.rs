//! The native protocol.

use serde::Serialize;
use serde_json::value::RawValue;
use visavis_protocol::{
    Ack, Description, Hello, Join, PROTOCOL, ParticipantId, Ping, RoomName, ServerFrame, ServerMessage,
    StateUpdate,
};

use super::dialect::Heard;

/// Where the server speaks it.
pub(crate) const PATH: &str = "/ws";

/// After so many messages they are acknowledged at the latest.
pub(crate) const ACKNOWLEDGE_EVERY: u64 = 32;

#[derive(Serialize)]
struct Frame<'a, T> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    #[serde(flatten)]
    body: T,
}

pub(crate) fn hello() -> serde_json::Result<String> {
    let client = concat!("visavis-load/", env!("CARGO_PKG_VERSION")).to_owned();
    frame("hello", None, Hello { protocol: PROTOCOL, client, resume: None, last_seq: 0, path: None })
}

pub(super) fn join(id: u64, room: &str) -> anyhow::Result<String> {
    let state = StateUpdate { mic: Some(true), camera: Some(true), ..StateUpdate::default() };
    let join = Join {
        room: RoomName::new(room)?,
        name: "Guest".to_owned(),
        host_key: None,
        token: None,
        state,
        policy: None,
    };
    Ok(frame("join", Some(id), join)?)
}

pub(super) fn describe(id: u64, to: &str, description: &RawValue) -> anyhow::Result<String> {
    let body = Description { to: ParticipantId::new(to)?, description: description.to_owned() };
    Ok(frame("description", Some(id), body)?)
}

pub(super) fn acknowledge(seq: u64) -> serde_json::Result<String> {
    frame("ack", None, Ack { seq })
}

pub(super) fn ping() -> serde_json::Result<String> {
    frame("ping", None, Ping { time: 0.0 })
}

pub(super) fn read(text: &str) -> serde_json::Result<(Option<u64>, Heard)> {
    let ServerFrame { seq, message } = ServerFrame::parse(text)?;
    let heard = match message {
        ServerMessage::Welcome(_) => Heard::Welcome,
        ServerMessage::Joined(joined) => {
            Heard::Peers(joined.participants.iter().map(|peer| peer.id.as_str().to_owned()).collect())
        }
        ServerMessage::ParticipantJoined(body) => Heard::Peers(vec![body.participant.id.as_str().to_owned()]),
        ServerMessage::Description(_) => Heard::Description,
        ServerMessage::Pong(_) => Heard::Pong,
        ServerMessage::Error(error) => Heard::Refusal(error.message),
        _ => Heard::Other,
    };
    Ok((seq, heard))
}

/// A message with its request number, if it has one.
pub(crate) fn frame<T: Serialize>(kind: &str, id: Option<u64>, body: T) -> serde_json::Result<String> {
    serde_json::to_string(&Frame { kind, id, body })
}

#[cfg(test)]
mod tests {
    use super::*;
    use visavis_protocol::{ClientFrame, ClientMessage};

    #[test]
    fn the_server_understands_what_a_caller_says() {
        let description = RawValue::from_string(r#"{"type":"offer","sdp":"v=0"}"#.to_owned()).unwrap();
        let frames = [
            (hello().unwrap(), None),
            (join(1, "room").unwrap(), Some(1)),
            (describe(2, "peer", &description).unwrap(), Some(2)),
            (acknowledge(9).unwrap(), None),
            (ping().unwrap(), None),
        ];
        for (text, id) in frames {
            assert_eq!(ClientFrame::parse(&text).map(|frame| frame.id), Ok(id), "{text}");
        }
        let relayed = ClientFrame::parse(&describe(2, "peer", &description).unwrap()).unwrap();
        let ClientMessage::Description(body) = relayed.message else { panic!() };
        assert_eq!(body.description.get(), description.get());
    }

    #[test]
    fn a_caller_understands_who_is_there_and_what_was_refused() {
        let error = r#"{"seq":3,"type":"error","code":"room-full","message":"full"}"#;
        assert_eq!(read(error).unwrap(), (Some(3), Heard::Refusal("full".to_owned())));
        let came = r#"{"seq":4,"type":"participant-joined","participant":{"id":"p","name":"","kind":"native","host":false,
            "connected":true,"state":{"mic":true,"camera":true,"screen":false,"screen_audio":false,"hand":false}}}"#;
        assert_eq!(read(came).unwrap(), (Some(4), Heard::Peers(vec!["p".to_owned()])));
        assert_eq!(read(r#"{"type":"pong","time":1.0,"last_id":0}"#).unwrap(), (None, Heard::Pong));
    }
}
