//! One synthetic caller: a WebSocket, and just as much of a dialect as calls need.

mod classic;
mod dialect;
pub(crate) mod native;
mod pair;

pub(crate) use dialect::Dialect;
pub(crate) use pair::Pair;

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use dialect::Heard;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::value::RawValue;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Message, protocol::WebSocketConfig};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// What a caller reads at a time, in bytes; small, because there are thousands.
const READ_BUFFER: usize = 4 * 1024;

/// A caller that is connected, and has said hello where that is the custom.
pub(crate) struct Caller {
    dialect: Dialect,
    socket: WebSocketStream<TcpStream>,
    /// The number of the last request.
    last_id: u64,
    /// The number of the last message from the server, and of the last one acknowledged.
    last_seq: u64,
    acknowledged: u64,
}

impl Caller {
    /// Connects, and waits until the server has answered the greeting.
    pub(crate) async fn connect(address: SocketAddr, dialect: Dialect) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER).write_buffer_size(0);
        let url = format!("ws://{address}{}", dialect.path());
        let (socket, _) = client_async_with_config(url, stream, Some(config)).await?;
        let mut caller = Self { dialect, socket, last_id: 0, last_seq: 0, acknowledged: 0 };
        if let Some(hello) = dialect.hello()? {
            caller.send(hello).await?;
        }
        while caller.next().await? != Heard::Welcome {}
        Ok(caller)
    }

    /// Asks to be let into the room.
    pub(crate) async fn join(&mut self, room: &str) -> anyhow::Result<()> {
        self.last_id += 1;
        self.send(self.dialect.join(self.last_id, room)?).await
    }

    /// Waits until this many others have been seen, and tells their ids.
    pub(crate) async fn meet(&mut self, others: usize) -> anyhow::Result<Vec<String>> {
        let mut met = Vec::new();
        while met.len() < others {
            if let Heard::Peers(peers) = self.next().await? {
                met.extend(peers);
            }
        }
        Ok(met)
    }

    /// Sends a session description to somebody in the same room.
    pub(crate) async fn describe(&mut self, to: &str, description: &RawValue) -> anyhow::Result<()> {
        self.last_id += 1;
        self.send(self.dialect.describe(self.last_id, to, description)?).await
    }

    /// Waits for a session description.
    pub(crate) async fn described(&mut self) -> anyhow::Result<()> {
        while self.next().await? != Heard::Description {}
        Ok(())
    }

    /// Acknowledges all that came, and waits until the server has answered: then nothing is on its way any more, and
    /// the server knows that this caller lives.
    pub(crate) async fn settle(&mut self) -> anyhow::Result<()> {
        self.acknowledge().await?;
        self.send(self.dialect.ping()?).await?;
        while self.next().await? != Heard::Pong {}
        Ok(())
    }

    async fn acknowledge(&mut self) -> anyhow::Result<()> {
        if self.acknowledged < self.last_seq
            && let Some(ack) = self.dialect.acknowledge(self.last_seq)?
        {
            self.acknowledged = self.last_seq;
            self.send(ack).await?;
        }
        Ok(())
    }

    async fn next(&mut self) -> anyhow::Result<Heard> {
        let text = match self.socket.next().await.context("the server closed the connection")?? {
            Message::Text(text) => text,
            Message::Close(frame) => bail!("the server closed the connection: {frame:?}"),
            _ => return Ok(Heard::Other),
        };
        let (seq, heard) = self.dialect.read(&text)?;
        if let Heard::Refusal(message) = heard {
            bail!("the server refused something: {message}");
        }
        self.last_seq = seq.unwrap_or(self.last_seq);
        if self.last_seq - self.acknowledged >= native::ACKNOWLEDGE_EVERY {
            self.acknowledge().await?;
        }
        Ok(heard)
    }

    async fn send(&mut self, text: String) -> anyhow::Result<()> {
        Ok(self.socket.send(Message::text(text)).await?)
    }
}
