//! Connections with peers (RFC 6062), and what flows between them and the clients' connections.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, ErrorKind, Read, Write};

use foldhash::fast::RandomState;
use mio::net::TcpStream;
use mio::{Interest, Registry};
use visavis_turn::{ConnectionId, Toward};

use super::connection::Connection;
use super::stream::Stream;
use super::token::Token;

/// The most that is read at once, and that waits for one side to read it, in bytes.
const AT_ONCE: usize = 16 * 1024;
/// Reads from one side before others get their turn.
const READS_IN_A_ROW: usize = 16;

/// Every connection with a peer, found by readiness event and by id.
#[derive(Default)]
pub(super) struct Pipes {
    pipes: HashMap<usize, Pipe, RandomState>,
    indexes: HashMap<ConnectionId, usize, RandomState>,
    next_index: usize,
    /// Those that may go on only when time has passed.
    throttled: BTreeSet<usize>,
}

struct Pipe {
    id: ConnectionId,
    peer: TcpStream,
    is_connected: bool,
    /// Once it is joined.
    client: Option<Stream>,
    to_peer: Flow,
    to_client: Flow,
}

/// Bytes on their way in one direction.
#[derive(Default)]
struct Flow {
    /// What was read and finds no room on the other side yet.
    waiting: Vec<u8>,
    has_ended: bool,
}

/// What became of a connection that is being made.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Connected(ConnectionId),
    Failed(ConnectionId),
    /// Nothing yet, or it was known before.
    None,
}

/// How a flow stands after some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// It waits for one of the sides.
    Waits,
    /// It has had its share for now.
    Throttled,
    /// There may be more at once.
    More,
    /// It is over.
    Over,
}

impl Pipes {
    pub(super) fn len(&self) -> usize {
        self.pipes.len()
    }

    /// Takes a connection with a peer that is made, or being made.
    pub(super) fn insert(
        &mut self,
        id: ConnectionId,
        mut peer: TcpStream,
        is_connected: bool,
        registry: &Registry,
    ) -> io::Result<()> {
        let index = self.next_index;
        registry.register(&mut peer, Token::Pipe(index).into(), Interest::READABLE | Interest::WRITABLE)?;
        self.next_index += 1;
        let (to_peer, to_client) = (Flow::default(), Flow::default());
        self.pipes.insert(index, Pipe { id, peer, is_connected, client: None, to_peer, to_client });
        self.indexes.insert(id, index);
        Ok(())
    }

    /// Whether a connection has come about, after an event for it.
    pub(super) fn outcome(&mut self, index: usize) -> Outcome {
        let Some(pipe) = self.pipes.get_mut(&index).filter(|pipe| !pipe.is_connected) else {
            return Outcome::None;
        };
        match (pipe.peer.take_error(), pipe.peer.peer_addr()) {
            (Ok(None), Ok(_)) => {
                pipe.is_connected = true;
                Outcome::Connected(pipe.id)
            }
            (Ok(None), Err(error)) if error.kind() == ErrorKind::NotConnected => Outcome::None,
            _ => Outcome::Failed(pipe.id),
        }
    }

    /// Joins a client's connection, with what it has sent beyond its request; the index of what can flow now.
    pub(super) fn join(
        &mut self,
        id: ConnectionId,
        client: Connection,
        registry: &Registry,
    ) -> io::Result<usize> {
        let index = self.indexes.get(&id).ok_or(ErrorKind::NotFound)?;
        let pipe = self.pipes.get_mut(index).ok_or(ErrorKind::NotFound)?;
        let (mut stream, sent, unsent) = client.into_parts();
        registry.reregister(
            stream.tcp(),
            Token::Pipe(*index).into(),
            Interest::READABLE | Interest::WRITABLE,
        )?;
        pipe.client = Some(stream);
        pipe.to_peer.waiting = sent;
        pipe.to_client.waiting = unsent;
        Ok(*index)
    }

    /// Closes a connection, and the one that is joined to it.
    pub(super) fn close(&mut self, id: ConnectionId, registry: &Registry) {
        let Some(index) = self.indexes.remove(&id) else { return };
        self.throttled.remove(&index);
        let Some(mut pipe) = self.pipes.remove(&index) else { return };
        let sides = [Some(&mut pipe.peer), pipe.client.as_mut().map(Stream::tcp)];
        for side in sides.into_iter().flatten() {
            if let Err(error) = registry.deregister(side) {
                tracing::debug!(%error, "connection not deregistered");
            }
        }
    }

    /// Lets flow what can. `allowance` says how many bytes may flow in a direction, `count` is told how many have.
    pub(super) fn flow(
        &mut self,
        index: usize,
        space: &mut [u8],
        meter: &mut impl Meter,
    ) -> Option<(ConnectionId, Standing)> {
        let pipe = self.pipes.get_mut(&index)?;
        let client = pipe.client.as_mut()?;
        let at_once = AT_ONCE.min(space.len());
        let space = &mut space[..at_once];
        let id = pipe.id;
        let mut metered = Metered { meter: &mut *meter, id, toward: Toward::Peer };
        let there = pipe.to_peer.carry(client, &mut pipe.peer, space, &mut metered);
        metered.toward = Toward::Client;
        let back = pipe.to_client.carry(&mut pipe.peer, client, space, &mut metered);
        let standing = there.max(back);
        if [there, back].contains(&Standing::Throttled) {
            self.throttled.insert(index);
        }
        Some((id, standing))
    }

    /// Those that may go on now that time has passed.
    pub(super) fn take_throttled(&mut self) -> BTreeSet<usize> {
        std::mem::take(&mut self.throttled)
    }

    pub(super) fn has_throttled(&self) -> bool {
        !self.throttled.is_empty()
    }
}

/// Says how much may flow, and counts it.
pub(super) trait Meter {
    /// How many bytes may flow now.
    fn allowance(&mut self, id: ConnectionId, toward: Toward) -> usize;
    /// So many have.
    fn count(&mut self, id: ConnectionId, toward: Toward, bytes: usize);
}

struct Metered<'a, M> {
    meter: &'a mut M,
    id: ConnectionId,
    toward: Toward,
}

impl Flow {
    /// Carries bytes from one side to the other. When one side has ended, so has the connection, once the other one has what
    /// was read (RFC 6062 section 5.5).
    fn carry(
        &mut self,
        from: &mut impl Read,
        to: &mut impl Write,
        space: &mut [u8],
        metered: &mut Metered<'_, impl Meter>,
    ) -> Standing {
        for _ in 0..READS_IN_A_ROW {
            match self.write(to) {
                Ok(true) if self.has_ended => return Standing::Over,
                Ok(true) => {}
                Ok(false) => return Standing::Waits,
                Err(_) => return Standing::Over,
            }
            let allowed = metered.meter.allowance(metered.id, metered.toward).min(space.len());
            if allowed == 0 {
                return Standing::Throttled;
            }
            match from.read(&mut space[..allowed]) {
                Ok(0) => self.has_ended = true,
                Ok(length) => {
                    metered.meter.count(metered.id, metered.toward, length);
                    self.waiting.extend_from_slice(&space[..length]);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Standing::Waits,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Standing::Over,
            }
        }
        Standing::More
    }

    /// Writes what waits; whether nothing is left.
    fn write(&mut self, to: &mut impl Write) -> io::Result<bool> {
        let mut written = 0;
        let result = loop {
            if written == self.waiting.len() {
                break to.flush().map(|()| true);
            }
            match to.write(&self.waiting[written..]) {
                Ok(0) => break Err(ErrorKind::WriteZero.into()),
                Ok(length) => written += length,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        self.waiting.drain(..written);
        match result {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
            other => other,
        }
    }
}
