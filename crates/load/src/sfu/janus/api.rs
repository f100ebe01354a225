//! Janus's API over a WebSocket: <https://janus.conf.meetecho.com/docs/rest.html>.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{WebSocketStream, client_async};

/// A session. It ends with this.
pub(super) struct Api {
    socket: WebSocketStream<TcpStream>,
    session: u64,
    transactions: u64,
}

impl Api {
    pub(super) async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let mut request = format!("ws://{address}/").into_client_request()?;
        let protocol = HeaderValue::from_static("janus-protocol");
        request.headers_mut().insert("Sec-WebSocket-Protocol", protocol);
        let stream = TcpStream::connect(address).await?;
        let (socket, _) = client_async(request, stream).await?;
        let mut api = Self { socket, session: 0, transactions: 0 };
        let reply = api.ask(json!({ "janus": "create" })).await?;
        api.session = id(&reply)?;
        Ok(api)
    }

    pub(super) async fn version(&mut self) -> anyhow::Result<String> {
        let reply = self.ask(json!({ "janus": "info" })).await?;
        Ok(reply["version_string"].as_str().context("janus without a version")?.to_owned())
    }

    /// A new handle of a plug-in.
    pub(super) async fn attach(&mut self, plugin: &str) -> anyhow::Result<u64> {
        let session = self.session;
        id(&self.ask(json!({ "janus": "attach", "plugin": plugin, "session_id": session })).await?)
    }

    /// Tells a plug-in something, and waits until it has done that.
    pub(super) async fn message(
        &mut self,
        handle: u64,
        body: Value,
        jsep: Option<Value>,
    ) -> anyhow::Result<Value> {
        let mut message =
            json!({ "janus": "message", "session_id": self.session, "handle_id": handle, "body": body });
        if let Some(jsep) = jsep {
            message["jsep"] = jsep;
        }
        let reply = self.ask(message).await?;
        match reply.pointer("/plugindata/data/error") {
            Some(error) => bail!("janus refused something: {error}"),
            None => Ok(reply),
        }
    }

    /// Janus acknowledges what takes longer, and answers later; events come in between.
    async fn ask(&mut self, mut question: Value) -> anyhow::Result<Value> {
        self.transactions += 1;
        let transaction = self.transactions.to_string();
        question["transaction"] = transaction.clone().into();
        self.socket.send(Message::text(question.to_string())).await?;
        loop {
            let Message::Text(text) = self.socket.next().await.context("janus closed the connection")??
            else {
                continue;
            };
            let reply: Value = serde_json::from_str(&text)?;
            if reply["transaction"] != transaction.as_str() {
                continue;
            }
            match reply["janus"].as_str() {
                Some("ack") => {}
                Some("error") => bail!("janus refused something: {}", reply["error"]),
                _ => return Ok(reply),
            }
        }
    }
}

fn id(reply: &Value) -> anyhow::Result<u64> {
    reply.pointer("/data/id").and_then(Value::as_u64).context("janus gave no id")
}
