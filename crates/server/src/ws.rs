//! The native protocol's WebSocket: frames in, frames out, one task for each client.

use std::error::Error as _;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Extension, State};
use axum::response::Response;
use futures_util::SinkExt as _;
use http::HeaderMap;
use visavis_protocol::{ClientFrame, CloseCode, ServerMessage, Welcome};

use crate::http::App;
use crate::hub::{Client, Connection, Deliveries, Delivery};
use crate::ice::{IceIssuer, authority};
use crate::listener::{LocalAddr, Place};

/// What is read and written at a time, in bytes; small, because most clients are idle most of the time.
const BUFFER: usize = 2 * 1024;

/// How long a close frame may take to be written.
const FAREWELL: Duration = Duration::from_secs(5);

/// A client of the native protocol.
struct NativeClient {
    socket: WebSocket,
    connection: Connection,
    deliveries: Deliveries,
    ice: Arc<IceIssuer>,
    /// Host and port as the client reached us.
    authority: String,
}

/// `GET /ws`
pub(crate) async fn upgrade(
    State(app): State<App>,
    Extension(local): Extension<LocalAddr>,
    Extension(place): Extension<Place>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let authority = authority(&headers, local);
    let limit = app.message_bytes;
    upgrade
        .max_message_size(limit)
        .max_frame_size(limit)
        .read_buffer_size(BUFFER)
        .write_buffer_size(0)
        .on_upgrade(move |mut socket| async move {
            let _place = place;
            match app.hub.connect(Client::Native) {
                Ok((connection, deliveries)) => {
                    NativeClient { socket, connection, deliveries, ice: app.ice, authority }.serve().await;
                }
                Err(_) => {
                    let _ = socket.send(close_frame(CloseCode::TryAgainLater)).await;
                }
            }
        })
}

impl NativeClient {
    async fn serve(mut self) {
        let mut step = ControlFlow::Continue(());
        while step.is_continue() {
            step = tokio::select! {
                delivery = self.deliveries.next() => self.deliver(delivery).await,
                message = self.socket.recv() => self.receive(message).await,
            };
        }
    }

    async fn receive(&mut self, message: Option<Result<Message, axum::Error>>) -> ControlFlow<()> {
        match message {
            Some(Ok(Message::Text(text))) => {
                self.connection.send(ClientFrame::parse(&text)).await;
                ControlFlow::Continue(())
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => ControlFlow::Continue(()),
            Some(Ok(Message::Binary(_))) => self.close(CloseCode::NotText).await,
            Some(Err(error)) if is_too_big(&error) => self.close(CloseCode::TooBig).await,
            Some(Ok(Message::Close(_))) => self.answer_close().await,
            Some(Err(_)) | None => ControlFlow::Break(()),
        }
    }

    async fn deliver(&mut self, delivery: Delivery) -> ControlFlow<()> {
        match delivery {
            Delivery::Message { seq, message } => {
                let frame = match &*message {
                    ServerMessage::Welcome(welcome) => self.with_ice(welcome).to_frame(seq),
                    message => message.to_frame(seq),
                };
                // A client that does not read must not hold this task: the hub may cut it off in the middle.
                tokio::select! {
                    sent = self.socket.send(Message::text(frame)) => match sent {
                        Ok(()) => ControlFlow::Continue(()),
                        Err(_) => ControlFlow::Break(()),
                    },
                    code = self.deliveries.aborted() => self.close(code).await,
                }
            }
            Delivery::Close(code) => self.close(code).await,
        }
    }

    /// Says why, if the client still reads; it is not waited for.
    async fn close(&mut self, code: CloseCode) -> ControlFlow<()> {
        let farewell = self.socket.send(close_frame(code));
        let _ = tokio::time::timeout(FAREWELL, farewell).await;
        ControlFlow::Break(())
    }

    /// The library has put the answering close frame behind what is being written (RFC 6455, section 5.5.1).
    async fn answer_close(&mut self) -> ControlFlow<()> {
        let _ = tokio::time::timeout(FAREWELL, self.socket.flush()).await;
        ControlFlow::Break(())
    }

    fn with_ice(&self, welcome: &Welcome) -> ServerMessage {
        let issued = self.ice.issue(&self.authority, welcome.participant.as_str());
        ServerMessage::Welcome(Welcome {
            ice_servers: issued.ice_servers,
            ice_ttl: issued.ice_ttl,
            ..welcome.clone()
        })
    }
}

fn close_frame(code: CloseCode) -> Message {
    Message::Close(Some(CloseFrame { code: code.number(), reason: code.reason().into() }))
}

/// Whether the WebSocket library gave up because a message was over the limit.
fn is_too_big(error: &axum::Error) -> bool {
    use tokio_tungstenite::tungstenite::Error;
    let cause = error.source().and_then(|source| source.downcast_ref::<Error>());
    matches!(cause, Some(Error::Capacity(_)))
}
