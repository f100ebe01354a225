//! The pages and what they are made of: which answer carries which header.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::collections::HashMap;

use common::TestServer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// What only documents carry.
const OF_DOCUMENTS: [&str; 4] =
    ["content-security-policy", "permissions-policy", "cross-origin-opener-policy", "referrer-policy"];

/// An answer's status and headers.
async fn head(server: &TestServer, path: &str, more: &str) -> (u16, HashMap<String, String>) {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: call.example\r\nConnection: close\r\n{more}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer);
    let (head, _) = answer.split_once("\r\n\r\n").unwrap();
    let (status, headers) = head.split_once("\r\n").unwrap();
    let headers = headers.lines().map(|line| line.split_once(": ").unwrap());
    (status[9..12].parse().unwrap(), headers.map(|(name, value)| (name.into(), value.into())).collect())
}

#[tokio::test]
async fn documents_say_what_they_may_do() {
    let server = TestServer::start().await;
    for (path, status, kind) in [
        ("/", 200, "text/html"),
        ("/r/room", 200, "text/html"),
        ("/r/room/costs", 200, "text/html"),
        ("/r/room/watch", 200, "text/html"),
        ("/examples/client.html", 200, "text/html"),
        ("/classic", 200, "text/html"),
        ("/assets/icons/mark.svg", 200, "image/svg+xml"),
        ("/nothing", 404, "text/html"),
    ] {
        let (answered, headers) = head(&server, path, "").await;
        assert_eq!((answered, headers["content-type"].as_str()), (status, kind), "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        for name in OF_DOCUMENTS {
            assert!(headers.contains_key(name), "{path} lacks {name}");
        }
        assert!(headers["content-security-policy"].contains("frame-ancestors 'none'"), "{path}");
    }
}

#[tokio::test]
async fn only_the_example_may_have_script_and_style_of_its_own_inside() {
    let server = TestServer::start().await;
    for (path, allowed) in [
        ("/", false),
        ("/r/room", false),
        ("/r/room/costs", false),
        ("/r/room/watch", false),
        ("/nothing", false),
        ("/assets/icons/mark.svg", false),
        ("/classic", true),
    ] {
        let (_, headers) = head(&server, path, "").await;
        assert_eq!(headers["content-security-policy"].contains("'unsafe-inline'"), allowed, "{path}");
    }
}

#[tokio::test]
async fn what_documents_are_made_of_carries_its_type_and_no_more() {
    let server = TestServer::start().await;
    for (path, kind) in [
        ("/assets/start.js", "text/javascript"),
        ("/socket.io/socket.io.js", "text/javascript"),
        ("/assets/styles/base.css", "text/css"),
        ("/assets/icons/mark-192.png", "image/png"),
        ("/assets/manifest.webmanifest", "application/manifest+json"),
    ] {
        let (status, headers) = head(&server, path, "").await;
        assert_eq!((status, headers["content-type"].as_str()), (200, kind), "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        for name in OF_DOCUMENTS {
            assert!(!headers.contains_key(name), "{path} carries {name}");
        }
    }
}

#[tokio::test]
async fn a_document_that_has_not_changed_still_says_what_it_may_do() {
    let server = TestServer::start().await;
    let (_, headers) = head(&server, "/", "").await;
    let condition = format!("If-None-Match: {}\r\n", headers["etag"]);
    let (status, headers) = head(&server, "/", &condition).await;
    assert_eq!(status, 304);
    assert!(headers.contains_key("content-security-policy"));
}
