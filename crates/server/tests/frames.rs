//! Frames that no good client sends, written byte by byte: which close code (RFC 6455, section 7.4.1) each one gets.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use common::{TestClient, TestServer};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;

/// The first byte of a frame: FIN, and what it is.
const FIN: u8 = 0x80;
const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;

/// A frame as a client sends it, masked with zeros, which leave the payload as it is.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match u16::try_from(payload.len()).unwrap() {
        length @ ..126 => frame.push(0x80 | length.to_le_bytes()[0]),
        length => {
            frame.push(0x80 | 126);
            frame.extend(length.to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// What the server closes with, told of somebody who has said hello and then sends these bytes.
async fn code_for(server: &TestServer, bytes: &[u8]) -> u16 {
    let mut client = server.client().await;
    client.socket.get_mut().write_all(bytes).await.unwrap();
    code(&mut client).await
}

async fn code(client: &mut TestClient) -> u16 {
    client.closed().await.0
}

#[tokio::test]
async fn text_that_is_not_utf_8_is_closed_with_1007() {
    let server = TestServer::start().await;
    let half_a_character = [frame(TEXT, b"\"\xC3"), frame(FIN | CONTINUATION, b"\"")].concat();
    for (what, bytes) in [
        ("a byte that no character has", frame(FIN | TEXT, b"{\"type\":\"\xFF\"}")),
        ("an end in the middle of a character", frame(FIN | TEXT, b"\xE2\x82")),
        ("half a character in a fragment", half_a_character),
        ("the reason in a close frame", frame(FIN | CLOSE, b"\x03\xE8\xFF")),
    ] {
        assert_eq!(code_for(&server, &bytes).await, 1007, "{what}");
    }
}

#[tokio::test]
async fn a_character_may_be_divided_among_fragments() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    let text = json!({"type": "join", "id": 1, "room": "r\u{e9}", "name": "x"}).to_string();
    let (begin, end) = text.as_bytes().split_at(text.find('\u{e9}').unwrap() + 1);
    let bytes = [frame(TEXT, begin), frame(FIN | CONTINUATION, end)].concat();
    client.socket.get_mut().write_all(&bytes).await.unwrap();
    assert_eq!(client.expect("joined").await["room"], "r\u{e9}");
}

#[tokio::test]
async fn what_is_not_websocket_is_closed_with_1002() {
    let server = TestServer::start().await;
    let in_the_middle = [frame(TEXT, b"{"), frame(FIN | TEXT, b"}")].concat();
    for (what, bytes) in [
        ("no mask", b"\x81\x02{}".to_vec()),
        ("a reserved bit", frame(FIN | 0x40 | TEXT, b"{}")),
        ("an unknown kind of data", frame(FIN | 0x3, b"{}")),
        ("an unknown kind of control", frame(FIN | 0xB, b"")),
        ("a continuation of nothing", frame(FIN | CONTINUATION, b"{}")),
        ("a message within another", in_the_middle),
        ("a ping in fragments", frame(PING, b"")),
        ("a ping of 126 bytes", frame(FIN | PING, &[0; 126])),
        ("half a close code", frame(FIN | CLOSE, b"\x03")),
        ("a close code that is never sent", frame(FIN | CLOSE, &1005_u16.to_be_bytes())),
    ] {
        assert_eq!(code_for(&server, &bytes).await, 1002, "{what}");
    }
}

#[tokio::test]
async fn more_than_the_limit_is_closed_with_1009_before_it_is_read() {
    let server = TestServer::start().await;
    // 65,537 bytes, masked; they never follow.
    let announced = b"\x81\xFF\0\0\0\0\0\x01\0\x01\0\0\0\0";
    assert_eq!(code_for(&server, announced).await, 1009, "one frame");
    let most = vec![b'x'; 65_535];
    let together = [frame(TEXT, &most), frame(CONTINUATION, b"xx")].concat();
    assert_eq!(code_for(&server, &together).await, 1009, "fragments together");
}

#[tokio::test]
async fn a_binary_message_is_closed_with_1003() {
    let server = TestServer::start().await;
    assert_eq!(code_for(&server, &frame(FIN | BINARY, b"{}")).await, 1003);
    let in_fragments = [frame(BINARY, b"{"), frame(FIN | CONTINUATION, b"}")].concat();
    assert_eq!(code_for(&server, &in_fragments).await, 1003);
}

#[tokio::test]
async fn a_bad_frame_does_not_take_back_what_came_before_it() {
    let server = TestServer::start().await;
    let (mut ada, _) = server.joined("r", "Ada").await;
    let (mut bob, _) = server.joined("r", "Bob").await;
    ada.expect("participant-joined").await;
    let chat = json!({"type": "chat", "id": 2, "text": "the last word"}).to_string();
    let bytes = [frame(FIN | TEXT, chat.as_bytes()), frame(FIN | TEXT, b"\xFF")].concat();
    bob.socket.get_mut().write_all(&bytes).await.unwrap();
    assert_eq!(ada.expect("chat").await["message"]["text"], "the last word");
    assert_eq!(code(&mut bob).await, 1007);
    assert_eq!(ada.expect("participant-changed").await["participant"]["connected"], false);
}
