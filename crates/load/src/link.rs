//! The WebSocket of one caller.

use std::net::IpAddr;

use anyhow::{Context as _, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use serde::Serialize;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};
use visavis_protocol::{Ack, ErrorCode, Join, Joined, ParticipantId, ServerFrame, ServerMessage};

use crate::caller::native;

pub(crate) struct Link {
    socket: WebSocketStream<TcpStream>,
    local: IpAddr,
    /// The number of the last request.
    last_id: u64,
    /// The number of the last message from the server, and of the last one acknowledged.
    last_seq: u64,
    acknowledged: u64,
}

impl Link {
    pub(crate) async fn connect(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("no server at {address}"))?;
        stream.set_nodelay(true)?;
        let local = stream.local_addr()?.ip();
        let (socket, _) = client_async(format!("ws://{address}{}", native::PATH), stream).await?;
        Ok(Self { socket, local, last_id: 0, last_seq: 0, acknowledged: 0 })
    }

    /// The address by which the server is reached.
    pub(crate) fn local_ip(&self) -> IpAddr {
        self.local
    }

    /// Greets, and tells the own id.
    pub(crate) async fn hello(&mut self) -> anyhow::Result<ParticipantId> {
        self.send(native::hello()?).await?;
        loop {
            if let ServerMessage::Welcome(welcome) = self.next().await? {
                return Ok(welcome.participant);
            }
        }
    }

    /// Enters a room.
    pub(crate) async fn join(&mut self, join: Join) -> anyhow::Result<Joined> {
        self.request("join", join).await?;
        loop {
            if let ServerMessage::Joined(joined) = self.next().await? {
                return Ok(joined);
            }
        }
    }

    /// Says something that the server may refuse.
    pub(crate) async fn request(&mut self, kind: &str, body: impl Serialize) -> anyhow::Result<()> {
        self.last_id += 1;
        self.send(native::frame(kind, Some(self.last_id), body)?).await
    }

    /// Says something that it does not answer.
    pub(crate) async fn tell(&mut self, kind: &str, body: impl Serialize) -> anyhow::Result<()> {
        self.send(native::frame(kind, None, body)?).await
    }

    /// Waits for what the server says.
    ///
    /// # Errors
    /// If it refuses something, or ends the connection.
    pub(crate) async fn next(&mut self) -> anyhow::Result<ServerMessage> {
        loop {
            // Before the wait: whoever gives up waiting loses no message to it.
            if self.last_seq - self.acknowledged >= native::ACKNOWLEDGE_EVERY {
                self.acknowledged = self.last_seq;
                self.tell("ack", Ack { seq: self.last_seq }).await?;
            }
            let text = match self.socket.next().await.context("the server closed the connection")?? {
                Message::Text(text) => text,
                Message::Close(frame) => bail!("the server closed the connection: {frame:?}"),
                _ => continue,
            };
            let ServerFrame { seq, message } = ServerFrame::parse(&text)?;
            self.last_seq = seq.unwrap_or(self.last_seq);
            match message {
                // A switch may end while somebody says to be ready for it.
                ServerMessage::Error(error) if error.code != ErrorCode::UnknownSwitch => {
                    bail!("the server refused something: {}", error.message)
                }
                message => return Ok(message),
            }
        }
    }

    async fn send(&mut self, text: String) -> anyhow::Result<()> {
        Ok(self.socket.send(Message::text(text)).await?)
    }
}
