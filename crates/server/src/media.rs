//! Media: every datagram on the shared port, and the TCP connections that begin with STUN.
//!
//! One plain thread owns the sockets and drives [`visavis_turn::Server`]. The rest of the program sends it
//! connections over a bounded channel and shares nothing else with it.

mod connection;
mod connections;
mod driver;
mod icmp;
mod port;
mod relays;
mod stream;
#[cfg(test)]
mod tests;
mod token;
mod udp;

use std::io;
use std::net::{TcpStream, UdpSocket};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use mio::{Poll, Waker};
use rustls::ServerConnection;

use driver::{Driver, Inbox};
use token::Token;

/// Connections that may wait to be taken over by the thread.
const ADOPTIONS: usize = 256;

/// Settings of the media thread.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Settings of STUN and TURN.
    pub(crate) turn: visavis_turn::Options,
    /// TCP connections held at a time; further ones are closed at once.
    pub(crate) max_connections: usize,
    /// How long a TCP connection may take until its first complete message.
    pub(crate) first_message: Duration,
    /// How long a TCP connection may be silent while it has no allocation.
    pub(crate) idle: Duration,
    /// The longest message taken from a TCP connection, in bytes.
    pub(crate) max_message: usize,
    /// Bytes that may wait for a TCP client that does not read. Datagrams beyond it are lost, as they would
    /// be on UDP.
    pub(crate) max_unsent: usize,
}

impl Options {
    /// The defaults, with `turn`.
    pub(crate) fn new(turn: visavis_turn::Options) -> Self {
        Self {
            turn,
            max_connections: 4096,
            first_message: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            max_message: 16 * 1024,
            max_unsent: 64 * 1024,
        }
    }
}

/// A TCP connection on its way to the thread.
struct Adoption {
    stream: TcpStream,
    /// Of a connection with TLS.
    session: Option<Box<ServerConnection>>,
}

/// The media thread does not take a connection over; it is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AdoptError {
    /// Too many wait already.
    Busy,
    /// The thread has ended.
    Stopped,
}

impl std::fmt::Display for AdoptError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Busy => "too many connections wait for the media thread",
            Self::Stopped => "the media thread has ended",
        })
    }
}

impl std::error::Error for AdoptError {}

/// The running media thread. Dropping it ends the thread without waiting for that.
pub(crate) struct MediaHandle {
    adoptions: SyncSender<Adoption>,
    stop: Arc<AtomicBool>,
    waker: Arc<Waker>,
    thread: Option<JoinHandle<()>>,
}

/// Starts the media thread on the bound sockets of the shared port.
///
/// # Errors
/// If a socket cannot be prepared or the thread not be started.
pub(crate) fn spawn(options: Options, udp: Vec<UdpSocket>) -> io::Result<MediaHandle> {
    let poll = Poll::new()?;
    let waker = Arc::new(Waker::new(poll.registry(), Token::Waker.into())?);
    let (adoptions, adopted) = sync_channel(ADOPTIONS);
    let stop = Arc::new(AtomicBool::new(false));
    let inbox = Inbox { adopted, stop: Arc::clone(&stop) };
    let driver = Driver::new(options, poll, udp, inbox)?;
    let thread =
        std::thread::Builder::new().name("media".to_owned()).spawn(move || whole(|| driver.run()))?;
    Ok(MediaHandle { adoptions, stop, waker, thread: Some(thread) })
}

/// A server whose media thread is gone would look healthy, and relay nothing. So it ends as a whole, and whatever watches over
/// it starts it again: calls between browsers do not notice, and clients come back by themselves.
fn whole(run: impl FnOnce() -> io::Result<()>) {
    match std::panic::catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(())) => return,
        Ok(Err(error)) => {
            tracing::error!(%error, "the media thread cannot wait for its sockets: the server ends")
        }
        Err(_) => tracing::error!("the media thread has panicked: the server ends"),
    }
    std::process::abort();
}

impl MediaHandle {
    /// Hands over a TCP connection that begins with a STUN message, none of which has been read yet.
    ///
    /// # Errors
    /// [`AdoptError`] if the thread does not take it; it is closed then.
    pub(crate) fn adopt_tcp(&self, stream: TcpStream) -> Result<(), AdoptError> {
        self.adopt(Adoption { stream, session: None })
    }

    /// Hands over a connection with TLS, after the handshake. What the session has decrypted already begins with STUN, and
    /// none of it has been read yet.
    ///
    /// # Errors
    /// [`AdoptError`] if the thread does not take it; it is closed then.
    pub(crate) fn adopt_tls(&self, stream: TcpStream, session: ServerConnection) -> Result<(), AdoptError> {
        self.adopt(Adoption { stream, session: Some(Box::new(session)) })
    }

    fn adopt(&self, adoption: Adoption) -> Result<(), AdoptError> {
        self.adoptions.try_send(adoption).map_err(|error| match error {
            TrySendError::Full(_) => AdoptError::Busy,
            TrySendError::Disconnected(_) => AdoptError::Stopped,
        })?;
        self.wake();
        Ok(())
    }

    /// Closes everything and waits until the thread has ended.
    pub(crate) fn shutdown(mut self) {
        self.stop();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the media thread panicked");
        }
    }

    fn stop(&self) {
        self.stop.store(true, Ordering::Release);
        self.wake();
    }

    fn wake(&self) {
        if let Err(error) = self.waker.wake() {
            tracing::warn!(%error, "the media thread cannot be woken");
        }
    }
}

impl Drop for MediaHandle {
    fn drop(&mut self) {
        self.stop();
    }
}
