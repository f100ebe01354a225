//! Media: every datagram on the shared port, and the TCP connections that begin with STUN.
//!
//! Plain threads, each with sockets of its own on the one port, among which the kernel spreads the clients
//! (`SO_REUSEPORT`). Each drives one shard of [`visavis_turn::Server`]. They send each other letters, as the rest of the
//! program does, and share nothing else.

mod connection;
mod connections;
mod counter;
mod cpu;
mod driver;
mod flow;
mod forwarder;
mod icmp;
mod listeners;
mod mail;
mod mixing;
mod pipes;
mod port;
mod relays;
mod sockets;
mod stream;
#[cfg(test)]
mod tests;
mod token;
mod udp;

use std::hash::BuildHasher as _;
use std::io;
use std::net::{TcpStream, UdpSocket};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::TrySendError;
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use foldhash::fast::RandomState;
use mio::{Poll, Waker};
use rustls::ServerConnection;
use visavis_sfu::Sfu;
use visavis_turn::{ClientAddr, Keys, ShardId};

pub(crate) use counter::{MediaCounter, MediaCounts};
pub(crate) use forwarder::{Forwarder, Said};
pub(crate) use port::bind_udp;

use crate::recordings::Recordings;
use driver::{Driver, Forwarding};
use mail::{Adoption, Letter, Mailbox, Siblings, Speaks};
use mixing::Mixes;
use token::Token;
use udp::canonical;

/// Settings of the media threads.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Settings of STUN and TURN.
    pub(crate) turn: visavis_turn::Options,
    /// Settings of forwarding.
    pub(crate) sfu: visavis_sfu::Options,
    /// TCP connections that each thread holds at a time; further ones are closed at once.
    pub(crate) max_connections: usize,
    /// Those of one client address (of one /64 with IPv6) among them.
    pub(crate) max_per_address: usize,
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
    /// The defaults, with `turn` and `sfu`.
    pub(crate) fn new(turn: visavis_turn::Options, sfu: visavis_sfu::Options) -> Self {
        Self {
            turn,
            sfu,
            max_connections: 4096,
            max_per_address: 1024,
            first_message: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            max_message: 16 * 1024,
            max_unsent: 64 * 1024,
        }
    }
}

/// No media thread takes a connection over; it is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AdoptError {
    /// Too many wait already.
    Busy,
    /// The thread has ended.
    Stopped,
    /// The client has closed it already.
    Gone,
}

impl std::fmt::Display for AdoptError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Busy => "too many connections wait for the media thread",
            Self::Stopped => "the media thread has ended",
            Self::Gone => "its client has gone",
        })
    }
}

impl std::error::Error for AdoptError {}

/// The running media threads. Dropping it ends them without waiting for that.
pub(crate) struct MediaHandle {
    threads: Vec<Thread>,
    stop: Arc<AtomicBool>,
    /// Spreads TCP connections.
    hasher: RandomState,
}

struct Thread {
    mailbox: Mailbox,
    /// Until somebody waits for its end.
    handle: Mutex<Option<JoinHandle<()>>>,
}

/// Starts a media thread for each set of sockets: all of them have the same addresses, those of the shared port.
///
/// # Errors
/// If a socket cannot be prepared or a thread not be started.
pub(crate) fn spawn(
    mut options: Options,
    udp: Vec<Vec<UdpSocket>>,
    recordings: &Recordings,
) -> io::Result<(MediaHandle, Forwarder)> {
    let shards = u32::try_from(udp.len()).unwrap_or(u32::MAX).max(1);
    // A forged address may be hit by all of them.
    let refusals = &mut options.turn.refusals_per_second;
    *refusals = (*refusals / shards).max(1);
    let nonce = rand::random();
    let stop = Arc::new(AtomicBool::new(false));
    let boxes = udp.iter().map(|_| {
        let poll = Poll::new()?;
        let (mailbox, inbox) = Mailbox::new(Waker::new(poll.registry(), Token::Waker.into())?);
        Ok((poll, mailbox, inbox))
    });
    let boxes = boxes.collect::<io::Result<Vec<_>>>()?;
    let mailboxes: Vec<Mailbox> = boxes.iter().map(|(_, mailbox, _)| mailbox.clone()).collect();
    let (says, said) = forwarder::channel();
    let forwarder = Forwarder::new(mailboxes.clone(), said);
    let mut media = MediaHandle { threads: Vec::new(), stop, hasher: RandomState::default() };
    for (index, ((poll, mailbox, inbox), udp)) in boxes.into_iter().zip(udp).enumerate() {
        let keys = Keys { nonce, seed: rand::random() };
        let sfu = Sfu::new(options.sfu.clone(), rand::random(), index).map_err(io::Error::other)?;
        let forwarding =
            Forwarding::new(sfu, Mixes::new(mailbox.clone(), says.clone(), recordings.clone()), says.clone());
        let siblings = Siblings::new(ShardId(index), mailboxes.clone());
        let stop = Arc::clone(&media.stop);
        let driver = Driver::new(options.clone(), &keys, poll, udp, stop, (inbox, siblings), forwarding)?;
        let thread = std::thread::Builder::new().name(format!("media {index}"));
        let handle = thread.spawn(move || whole(|| driver.run()))?;
        media.threads.push(Thread { mailbox, handle: Mutex::new(Some(handle)) });
    }
    Ok((media, forwarder))
}

/// A server that has lost a media thread would look healthy, and relay nothing. So it ends as a whole, and whatever watches
/// over it starts it again: calls between browsers do not notice, and clients come back by themselves.
fn whole(run: impl FnOnce() -> io::Result<()>) {
    match std::panic::catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(())) => return,
        Ok(Err(error)) => {
            tracing::error!(%error, "a media thread cannot wait for its sockets: the server ends")
        }
        Err(_) => tracing::error!("a media thread has panicked: the server ends"),
    }
    std::process::abort();
}

impl MediaHandle {
    /// Hands over a TCP connection that begins with a STUN message, none of which has been read yet.
    ///
    /// # Errors
    /// [`AdoptError`] if no thread takes it; it is closed then.
    pub(crate) fn adopt_tcp(&self, stream: TcpStream) -> Result<(), AdoptError> {
        let place = self.of_client(&stream)?;
        self.adopt(place, Adoption { stream, session: None, speaks: Speaks::Turn })
    }

    /// Hands over a connection with TLS, after the handshake. What the session has decrypted already begins with STUN, and
    /// none of it has been read yet.
    ///
    /// # Errors
    /// [`AdoptError`] if no thread takes it; it is closed then.
    pub(crate) fn adopt_tls(&self, stream: TcpStream, session: ServerConnection) -> Result<(), AdoptError> {
        let place = self.of_client(&stream)?;
        self.adopt(place, Adoption { stream, session: Some(Box::new(session)), speaks: Speaks::Turn })
    }

    /// Hands over a TCP connection that begins with a connectivity check for an endpoint of shard `shard`, none of which has
    /// been read yet.
    ///
    /// # Errors
    /// [`AdoptError`] if the thread does not take it; it is closed then.
    pub(crate) fn adopt_ice(&self, stream: TcpStream, shard: usize) -> Result<(), AdoptError> {
        self.adopt(shard, Adoption { stream, session: None, speaks: Speaks::Ice })
    }

    /// Counts what the threads do.
    pub(crate) fn counter(&self) -> MediaCounter {
        MediaCounter::new(self.threads.iter().map(|thread| thread.mailbox.clone()))
    }

    /// The thread of a client that speaks TURN. All connections of one client address belong to one: what one of them begins
    /// may be for another.
    fn of_client(&self, stream: &TcpStream) -> Result<usize, AdoptError> {
        let client = stream.peer_addr().map_err(|_| AdoptError::Gone)?;
        let hash = self.hasher.hash_one(ClientAddr(canonical(client)).network());
        let place = hash.checked_rem(self.threads.len() as u64).unwrap_or_default();
        usize::try_from(place).map_err(|_| AdoptError::Stopped)
    }

    fn adopt(&self, place: usize, adoption: Adoption) -> Result<(), AdoptError> {
        let Thread { mailbox, .. } = self.threads.get(place).ok_or(AdoptError::Stopped)?;
        mailbox.put(Letter::Adopt(adoption)).map_err(|error| match error {
            TrySendError::Full(_) => AdoptError::Busy,
            TrySendError::Disconnected(_) => AdoptError::Stopped,
        })?;
        mailbox.wake();
        Ok(())
    }

    /// Closes everything and waits until the threads have ended, whoever else still has this handle.
    pub(crate) fn shutdown(&self) {
        self.stop();
        for thread in &self.threads {
            // Nothing in there can panic.
            let handle = thread.handle.lock().unwrap_or_else(PoisonError::into_inner).take();
            if handle.is_some_and(|handle| handle.join().is_err()) {
                tracing::error!("a media thread panicked");
            }
        }
    }

    fn stop(&self) {
        self.stop.store(true, Ordering::Release);
        self.threads.iter().for_each(|thread| thread.mailbox.wake());
    }
}

impl Drop for MediaHandle {
    fn drop(&mut self) {
        self.stop();
    }
}
