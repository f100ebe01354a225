//! The native protocol's WebSocket: frames in, frames out, one task for each client.

use std::error::Error as _;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{ConnectInfo, Extension, State};
use axum::response::Response;
use futures_util::SinkExt as _;
use futures_util::future::Either;
use http::HeaderMap;
use visavis_protocol::{ClientFrame, CloseCode, ServerMessage, Welcome};

use crate::http::App;
use crate::hub::{Client, Connection, Deliveries, Delivery};
use crate::ice::{IceIssuer, authority};
use crate::listener::{LocalAddr, Place};

/// What is read at a time, in bytes: a session description, in one go. Every connection holds as much.
const BUFFER: usize = 4 * 1024;

/// What is written at a time, in bytes, if so much waits. A connection holds on to as much once it was needed.
const WRITE_BUFFER: usize = 2 * 1024;

/// Messages told before the client is listened to again.
const BATCH: usize = 32;

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
    _place: Place,
}

/// `GET /ws`
pub(crate) async fn upgrade(
    State(app): State<App>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Extension(local): Extension<LocalAddr>,
    Extension(place): Extension<Place>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let authority = authority(&headers, local);
    let local = local.0.ip().to_canonical();
    let client = Client::Native { from: Some(from.ip()) };
    let limit = app.message_bytes;
    upgrade
        .max_message_size(limit)
        .max_frame_size(limit)
        .read_buffer_size(BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .on_upgrade(move |socket| match app.hub.connect(client, Some(local)) {
            Ok((connection, deliveries)) => {
                let client =
                    NativeClient { socket, connection, deliveries, ice: app.ice, authority, _place: place };
                Either::Left(client.serve())
            }
            Err(_) => Either::Right(refuse(socket, place)),
        })
}

impl NativeClient {
    /// Not an `async fn`: that would hold the client twice, as an argument and as the variable that it becomes, in the
    /// memory of every idle connection.
    #[expect(clippy::manual_async_fn, reason = "the client is to be held once")]
    fn serve(mut self) -> impl Future<Output = ()> {
        async move {
            let mut step = ControlFlow::Continue(());
            while step.is_continue() {
                step = tokio::select! {
                    delivery = self.deliveries.next() => self.deliver(delivery).await,
                    message = self.socket.recv() => self.receive(message).await,
                };
            }
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
            Some(Ok(Message::Close(frame))) => self.answer_close(frame).await,
            Some(Err(error)) => match objection(&error) {
                Some(code) => self.close(code).await,
                None => ControlFlow::Break(()),
            },
            None => ControlFlow::Break(()),
        }
    }

    /// Tells the client this, and more of what waits for it, in as few writes as possible; not without end, for what the
    /// client says has to be heard as well.
    async fn deliver(&mut self, first: Delivery) -> ControlFlow<()> {
        let mut next = Some(first);
        for told in 1..=BATCH {
            let Some(delivery) = next else { break };
            let frame = match delivery {
                Delivery::Message { seq, message } => self.frame(seq, &message),
                Delivery::Close(code) => return self.close(code).await,
            };
            // A client that does not read must not hold this task: the hub may cut it off in the middle.
            tokio::select! {
                fed = self.socket.feed(Message::text(frame)) => if fed.is_err() { return ControlFlow::Break(()) },
                code = self.deliveries.aborted() => return self.close(code).await,
            }
            // What is taken has to be told: at the end of a batch nothing is.
            next = if told < BATCH { self.deliveries.try_next() } else { None };
        }
        tokio::select! {
            flushed = self.socket.flush() => match flushed {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            },
            code = self.deliveries.aborted() => self.close(code).await,
        }
    }

    fn frame(&self, seq: Option<u64>, message: &ServerMessage) -> String {
        match message {
            ServerMessage::Welcome(welcome) => self.with_ice(welcome).to_frame(seq),
            message => message.to_frame(seq),
        }
    }

    /// Says why, if the client still reads; it is not waited for.
    async fn close(&mut self, code: CloseCode) -> ControlFlow<()> {
        let farewell = self.socket.send(close_frame(code));
        let _ = tokio::time::timeout(FAREWELL, farewell).await;
        ControlFlow::Break(())
    }

    /// The library has put the answering close frame behind what is being written (RFC 6455, section 5.5.1). A client that
    /// has done its purpose or goes away (section 7.4.1) does not come back to this session; any other one may.
    async fn answer_close(&mut self, frame: Option<CloseFrame>) -> ControlFlow<()> {
        if frame.is_some_and(|frame| matches!(frame.code, close_code::NORMAL | close_code::AWAY)) {
            self.connection.closed();
        }
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

/// There is no room for this client.
async fn refuse(mut socket: WebSocket, _place: Place) {
    let _ = socket.send(close_frame(CloseCode::TryAgainLater)).await;
}

fn close_frame(code: CloseCode) -> Message {
    Message::Close(Some(CloseFrame { code: code.number(), reason: code.reason().into() }))
}

/// What the WebSocket library has against the client's frames; nothing if the connection is simply lost.
fn objection(error: &axum::Error) -> Option<CloseCode> {
    use tokio_tungstenite::tungstenite::Error;
    use tokio_tungstenite::tungstenite::error::ProtocolError;
    match error.source()?.downcast_ref::<Error>()? {
        Error::Capacity(_) => Some(CloseCode::TooBig),
        Error::Utf8(_) => Some(CloseCode::NotUtf8),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        Error::Protocol(_) => Some(CloseCode::ProtocolError),
        _ => None,
    }
}
