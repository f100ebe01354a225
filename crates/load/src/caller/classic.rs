//! The classic protocol, raw: Socket.IO packets in Engine.IO 3 messages, one in each WebSocket frame.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::dialect::Heard;

/// Where the servers speak it.
pub(super) const PATH: &str = "/socket.io/?EIO=3&transport=websocket";

/// An Engine.IO ping; in version 3 it is the client that asks.
pub(super) const PING: &str = "2";
const PONG: &str = "3";
/// A Socket.IO connect packet.
const CONNECTED: &str = "40";
/// Begins a Socket.IO event.
const EVENT: &str = "42";

#[derive(Serialize)]
struct Join<'a> {
    channel: &'a str,
    userdata: Userdata<'a>,
}

#[derive(Serialize)]
struct Userdata<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Relay<'a> {
    peer_id: &'a str,
    session_description: &'a RawValue,
}

#[derive(Deserialize)]
struct Peer {
    peer_id: String,
}

#[derive(Deserialize)]
struct Refusal {
    message: String,
}

pub(super) fn join(channel: &str) -> serde_json::Result<String> {
    event("join", &Join { channel, userdata: Userdata { name: "Guest" } })
}

pub(super) fn describe(peer_id: &str, session_description: &RawValue) -> serde_json::Result<String> {
    event("relaySessionDescription", &Relay { peer_id, session_description })
}

pub(super) fn read(text: &str) -> serde_json::Result<Heard> {
    match text {
        CONNECTED => return Ok(Heard::Welcome),
        PONG => return Ok(Heard::Pong),
        _ => {}
    }
    let Some(event) = text.strip_prefix(EVENT) else { return Ok(Heard::Other) };
    let (name, argument): (Cow<'_, str>, &RawValue) = serde_json::from_str(event)?;
    Ok(match &*name {
        "addPeer" => Heard::Peers(vec![serde_json::from_str::<Peer>(argument.get())?.peer_id]),
        "sessionDescription" => Heard::Description,
        "error" => Heard::Refusal(serde_json::from_str::<Refusal>(argument.get())?.message),
        _ => Heard::Other,
    })
}

fn event(name: &str, argument: &impl Serialize) -> serde_json::Result<String> {
    Ok(format!("{EVENT}{}", serde_json::to_string(&(name, argument))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_written_as_socket_io_does() {
        assert_eq!(join("room").unwrap(), r#"42["join",{"channel":"room","userdata":{"name":"Guest"}}]"#);
        let description = RawValue::from_string("{\"sdp\":\"v=0\"}".to_owned()).unwrap();
        assert_eq!(
            describe("p", &description).unwrap(),
            r#"42["relaySessionDescription",{"peer_id":"p","session_description":{"sdp":"v=0"}}]"#
        );
    }

    #[test]
    fn frames_are_read_as_socket_io_writes_them() {
        let read = |text| read(text).unwrap();
        assert_eq!(read(r#"0{"sid":"x","upgrades":[]}"#), Heard::Other);
        assert_eq!(read("40"), Heard::Welcome);
        assert_eq!(read("3"), Heard::Pong);
        let peers = Heard::Peers(vec!["p".to_owned()]);
        assert_eq!(read(r#"42["addPeer",{"peer_id":"p","should_create_offer":true}]"#), peers);
        assert_eq!(read(r#"42["sessionDescription",{"peer_id":"p"}]"#), Heard::Description);
        assert_eq!(read(r#"42["error",{"code":"invalid","message":"no"}]"#), Heard::Refusal("no".to_owned()));
    }
}
