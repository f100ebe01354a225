//! A whole server on a port of its own, and clients of the native protocol.

#![allow(dead_code, reason = "each test file uses its own part of this")]

use std::net::SocketAddr;
use std::path::Path;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::{Utf8Bytes, coding::CloseCode};
use tokio_tungstenite::tungstenite::{Error, Message, client::IntoClientRequest};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use visavis_server::recordings::Recordings;
use visavis_server::{Options, Server};

/// A running server.
pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    pub(crate) data: TempDir,
    pub(crate) recordings: Recordings,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<anyhow::Result<()>>,
}

/// The defaults on a free loopback port, with a data folder of its own.
pub(crate) fn options(data: &Path) -> Options {
    Options {
        listen: vec!["127.0.0.1:0".parse().unwrap()],
        data_dir: Some(data.to_owned()),
        ..Options::defaults()
    }
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Options)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut options = options(data.path());
        change(&mut options);
        Self::start_in(data, options).await
    }

    async fn start_in(data: TempDir, options: Options) -> Self {
        let server = Server::bind(options).await.unwrap();
        let address = server.local_addrs()[0];
        let recordings = server.recordings().clone();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(server.run(async { drop(stopped.await) }));
        Self { address, data, recordings, stop: Some(stop), task }
    }

    /// Stops it, as SIGTERM does, and starts another one on the same port with the same data.
    pub(crate) async fn restart(mut self) -> Self {
        drop(self.stop.take());
        (&mut self.task).await.unwrap().unwrap();
        drop(self.recordings);
        let options = Options { listen: vec![self.address], ..options(self.data.path()) };
        Self::start_in(self.data, options).await
    }

    /// A client that has said hello.
    pub(crate) async fn client(&self) -> TestClient {
        self.client_with(json!({})).await.0
    }

    /// A client whose hello has these members too, and the welcome it got.
    pub(crate) async fn client_with(&self, more: Value) -> (TestClient, Value) {
        let mut client = self.connect().await;
        let mut hello = json!({"type": "hello", "protocol": 1, "client": "test"});
        hello.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        client.send(hello).await;
        let welcome = client.expect("welcome").await;
        (client, welcome)
    }

    /// A client that has joined, and what `joined` said.
    pub(crate) async fn joined(&self, room: &str, name: &str) -> (TestClient, Value) {
        let mut client = self.client().await;
        client.request(json!({"type": "join", "room": room, "name": name})).await;
        let joined = client.expect("joined").await;
        (client, joined)
    }

    /// A bare WebSocket.
    pub(crate) async fn connect(&self) -> TestClient {
        self.connect_from(None).await.unwrap()
    }

    /// A bare WebSocket of a page of this origin.
    pub(crate) async fn connect_from(&self, origin: Option<&str>) -> Result<TestClient, Error> {
        let mut request = format!("ws://{}/ws", self.address).into_client_request().unwrap();
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        let (socket, _) = tokio_tungstenite::connect_async(request).await?;
        Ok(TestClient { socket, next_id: 1 })
    }
}

/// One WebSocket.
pub(crate) struct TestClient {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    next_id: u64,
}

impl TestClient {
    pub(crate) async fn send(&mut self, message: Value) {
        self.send_text(message.to_string()).await;
    }

    pub(crate) async fn send_text(&mut self, text: String) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// Sends with the next number, and tells it.
    pub(crate) async fn request(&mut self, mut message: Value) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        message["id"] = json!(id);
        self.send(message).await;
        id
    }

    pub(crate) async fn next(&mut self) -> Value {
        match self.socket.next().await {
            Some(Ok(Message::Text(text))) => serde_json::from_str(&text).unwrap(),
            other => panic!("a message was expected, not {other:?}"),
        }
    }

    /// The next message, which is of this type.
    pub(crate) async fn expect(&mut self, kind: &str) -> Value {
        let message = self.next().await;
        assert_eq!(message["type"], kind, "{message}");
        message
    }

    /// The next message, which is an error of this code.
    pub(crate) async fn expect_error(&mut self, code: &str) -> Value {
        let error = self.expect("error").await;
        assert_eq!(error["code"], code, "{error}");
        error
    }

    /// Closes the connection with this code, or without any.
    pub(crate) async fn close(mut self, code: Option<CloseCode>) {
        let frame = code.map(|code| CloseFrame { code, reason: Utf8Bytes::default() });
        self.socket.close(frame).await.unwrap();
        while self.socket.next().await.is_some_and(|received| received.is_ok()) {}
    }

    /// The code that the server closes with, and its reason; messages before it are passed over.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Close(Some(CloseFrame { code, reason })))) => {
                    return (code.into(), reason.to_string());
                }
                Some(Ok(_)) => {}
                other => panic!("a close frame was expected, not {other:?}"),
            }
        }
    }
}
