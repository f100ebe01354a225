//! The edge for classic clients: Socket.IO at `/socket.io/`, over Engine.IO 3 and 4 (`docs/protocol.md`, section 5).
//!
//! ```text
//! HTTP --> admission --> socketioxide --> handlers --> queue --> Socket (a task) --> Hub
//!          (sessions,    (transports,     (parse,               ClassicSession
//!           old POSTs)    heartbeat)       in order)             translates
//! ```

mod admission;
mod emit;
mod polling;
mod queue;
mod request;
mod session;
mod socket;

use std::convert::Infallible;
use std::future::ready;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use serde_json::Value;
use socketioxide::extract::{Event, Extension, SocketRef, TryData};
use socketioxide::handler::ConnectHandler as _;
use socketioxide::{ParserConfig, SocketIo};
use visavis_protocol::ErrorCode;

use self::admission::Admission;
use self::queue::Receiver;
use self::request::{Request, refusal};
use self::socket::Socket;
use crate::hub::Hub;

/// The longest WebSocket message from a client, in bytes: what may be relayed, escaped, in its envelope.
const MAX_FRAME_BYTES: usize = 128 * 1024;

/// The longest POST, in bytes. A polling client sends in one what piled up during the last, which for a newcomer can be
/// an offer and some candidates for everyone in the room.
const MAX_POST_BYTES: usize = 1024 * 1024;

/// The most messages that wait for a client; with a further one it is sent away.
const MAX_UNSENT: usize = 512;

/// What the classic edge is made with.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// Engine.IO sessions at a time; a further one is answered with 503.
    pub(crate) sessions: usize,
    /// How long a client may take to connect to the namespace once it has a session.
    pub(crate) connect_timeout: Duration,
    /// How long the body of a POST may take.
    pub(crate) patience: Duration,
    /// How often client and server look whether the other is there.
    pub(crate) ping_interval: Duration,
    /// How long either waits for the answer.
    pub(crate) ping_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            sessions: 4096,
            patience: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(10),
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
        }
    }
}

/// All classic clients of a server.
#[derive(Clone)]
pub(crate) struct Classic {
    io: SocketIo,
}

impl Classic {
    /// Closes every client's transport, after which the client comes back by itself. A client that does not read is not
    /// waited for longer than `patience`.
    pub(crate) async fn close(&self, patience: Duration) {
        tokio::time::timeout(patience, self.io.close()).await.ok();
    }
}

/// The routes `/socket.io` and `/socket.io/`, and nothing below them: the client's script is somebody else's.
///
/// Whose origin may speak here is decided before it gets here.
pub(crate) fn router(hub: Hub, options: &Options) -> (Router, Classic) {
    let (service, io) = SocketIo::builder()
        .connect_timeout(options.connect_timeout)
        .ping_interval(options.ping_interval)
        .ping_timeout(options.ping_timeout)
        .max_payload(MAX_POST_BYTES as u64)
        .ws_max_message_size(MAX_FRAME_BYTES)
        .ws_max_frame_size(MAX_FRAME_BYTES)
        .max_buffer_size(MAX_UNSENT)
        .with_parser(ParserConfig::common().max_incoming_binaries(0).max_incoming_binary_buf_size(0))
        .build_svc();
    let connected =
        move |socket: SocketRef, Extension(pending): Extension<Pending>| drive(hub, socket, pending);
    io.ns("/", connected.with(prepare));
    let admission = from_fn_with_state(Admission::new(options.sessions, options.patience), admission::admit);
    let router = Router::new()
        .route_service("/socket.io", service.clone())
        .route_service("/socket.io/", service)
        .layer(admission);
    (router, Classic { io })
}

/// The task's end of a client's queue, on its way from [`prepare`] to [`drive`].
#[derive(Clone)]
struct Pending(Arc<Mutex<Option<Receiver>>>);

/// Runs before the client is told that it is connected, so that not even its first event comes too early for a handler.
async fn prepare(socket: SocketRef) -> Result<(), Infallible> {
    let (sender, receiver) = queue::queue();
    let gone = sender.clone();
    socket.on_disconnect(move || {
        gone.end();
        ready(())
    });
    socket.on_fallback(move |Event(name), TryData::<Value>(argument)| {
        let argument = argument.map_err(|error| refusal(ErrorCode::Invalid, format!("\"{name}\": {error}")));
        // Done when this is called, and not when what it returns is awaited: that is spawned, and a candidate would
        // overtake its session description.
        sender.push(argument.and_then(|argument| Request::parse(&name, argument)));
        ready(())
    });
    socket.extensions.insert(Pending(Arc::new(Mutex::new(Some(receiver)))));
    Ok(())
}

/// Runs as soon as events can be sent to the client.
async fn drive(hub: Hub, socket: SocketRef, pending: Pending) {
    let receiver = pending.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(receiver) = receiver {
        Socket::new(socket, hub).run(receiver).await;
    }
}
