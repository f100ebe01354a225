//! One TCP connection.

use std::io::{self, ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use visavis_rtp::framing;
use visavis_turn::stream::{self, StreamError};
use visavis_turn::{Delivery, FiveTuple};

use super::mail::Speaks;
use super::stream::Stream;

/// Bytes beyond the limit on what waits that answers may still take, so that data cannot crowd them out.
const FOR_REPLIES: usize = 4096;

/// A TCP connection that carries messages.
pub(super) struct Connection {
    pub(super) stream: Stream,
    pub(super) five_tuple: FiveTuple,
    framer: Framer,
    unsent: Vec<u8>,
    max_unsent: usize,
    /// Whether the client has ended it: then no further event tells so.
    has_ended: bool,
    /// When something complete last came in, or the connection began.
    active: Instant,
    has_spoken: bool,
}

/// Cuts what comes in into messages.
enum Framer {
    Turn(stream::Framer),
    Ice(framing::Framer),
}

/// What comes in can no longer be cut into messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum OutOfStep {
    #[error(transparent)]
    Turn(#[from] StreamError),
    #[error(transparent)]
    Ice(#[from] framing::TooLong),
}

/// What reading from a connection came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ReadOutcome {
    /// Bytes were read; there may be more.
    Some,
    /// Bytes were read, and there is nothing more for now.
    All,
    /// There is nothing for now.
    Nothing,
    /// The client closed the connection, or it broke.
    Closed,
}

/// The client does not read, and an answer for it finds no room.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stuck;

impl Connection {
    pub(super) fn new(
        stream: Stream,
        five_tuple: FiveTuple,
        speaks: Speaks,
        (max_message, max_unsent): (usize, usize),
        now: Instant,
    ) -> Self {
        let framer = match speaks {
            Speaks::Turn => Framer::Turn(stream::Framer::new(max_message)),
            Speaks::Ice => Framer::Ice(framing::Framer::new(max_message)),
        };
        Self {
            stream,
            five_tuple,
            framer,
            unsent: Vec::new(),
            max_unsent,
            has_ended: false,
            active: now,
            has_spoken: false,
        }
    }

    /// What it carries.
    pub(super) fn speaks(&self) -> Speaks {
        match self.framer {
            Framer::Turn(_) => Speaks::Turn,
            Framer::Ice(_) => Speaks::Ice,
        }
    }

    /// Tells that the client has ended it, or that it broke: it is read to its end.
    pub(super) fn ends(&mut self) {
        self.has_ended = true;
    }

    /// Has messages read into `space` until [`reclaim`](Self::reclaim).
    pub(super) fn lend(&mut self, space: &mut Vec<u8>) {
        self.framer.lend(space);
    }

    /// Gives `space` back.
    pub(super) fn reclaim(&mut self, space: &mut Vec<u8>) {
        self.framer.reclaim(space);
    }

    /// Reads what fits.
    pub(super) fn read(&mut self) -> ReadOutcome {
        let space = self.framer.space();
        match self.stream.read(space) {
            Ok(0) => ReadOutcome::Closed,
            // A stream that gives less than it could has no more (epoll(7)), unless its end came with it.
            Ok(length) if length < space.len() && self.stream.is_plain() && !self.has_ended => {
                self.framer.filled(length);
                ReadOutcome::All
            }
            Ok(length) => {
                self.framer.filled(length);
                ReadOutcome::Some
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => ReadOutcome::Nothing,
            Err(error) if error.kind() == ErrorKind::Interrupted => ReadOutcome::Some,
            Err(_) => ReadOutcome::Closed,
        }
    }

    /// The next complete message, if there is one.
    pub(super) fn next_message(&mut self, now: Instant) -> Result<Option<&[u8]>, OutOfStep> {
        let next = match &mut self.framer {
            Framer::Turn(framer) => framer.next_message()?,
            Framer::Ice(framer) => framer.next_frame()?,
        };
        if next.is_some() {
            self.active = now;
            self.has_spoken = true;
        }
        Ok(next)
    }

    /// Sends `data` now or later. Datagrams that find no room are lost.
    pub(super) fn send(&mut self, delivery: Delivery, data: &[u8]) -> Result<(), Stuck> {
        let room = match delivery {
            Delivery::Datagram => self.max_unsent,
            Delivery::Reply => self.max_unsent + FOR_REPLIES,
        };
        if self.unsent.len() + data.len() > room {
            return if delivery == Delivery::Datagram { Ok(()) } else { Err(Stuck) };
        }
        if !self.unsent.is_empty() {
            self.unsent.extend_from_slice(data);
            return Ok(());
        }
        let written = self.write(data);
        self.unsent.extend_from_slice(&data[written..]);
        Ok(())
    }

    /// Sends what waits, as far as the client reads.
    pub(super) fn flush(&mut self) {
        // With TLS something may wait that is encrypted already. A full socket is found out again right below.
        let _ = self.stream.flush();
        let unsent = std::mem::take(&mut self.unsent);
        let written = self.write(&unsent);
        self.unsent = unsent;
        self.unsent.drain(..written);
        if self.unsent.is_empty() {
            // A client that was slow once does not hold the memory for good.
            self.unsent = Vec::new();
        }
    }

    /// The stream, with what was read and not taken, and what was not sent yet: once it carries something else than messages.
    pub(super) fn into_parts(self) -> (Stream, Vec<u8>, Vec<u8>) {
        (self.stream, self.framer.rest().to_vec(), self.unsent)
    }

    /// Bytes that wait for the client to read.
    #[cfg(test)]
    pub(super) fn unsent(&self) -> usize {
        self.unsent.len()
    }

    /// When this connection has been silent for too long; `None` for one that spoke and `is_needed`.
    pub(super) fn deadline(&self, first: Duration, idle: Duration, is_needed: bool) -> Option<Instant> {
        match (self.has_spoken, is_needed) {
            (false, _) => Some(self.active + first),
            (true, false) => Some(self.active + idle),
            (true, true) => None,
        }
    }

    /// Writes as much as goes. A broken connection is noticed when it is read.
    fn write(&mut self, data: &[u8]) -> usize {
        let mut written = 0;
        while written < data.len() {
            match self.stream.write(&data[written..]) {
                Ok(0) => break,
                Ok(length) => written += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        written
    }
}

impl Framer {
    fn space(&mut self) -> &mut [u8] {
        match self {
            Self::Turn(framer) => framer.space(),
            Self::Ice(framer) => framer.space(),
        }
    }

    fn filled(&mut self, length: usize) {
        match self {
            Self::Turn(framer) => framer.filled(length),
            Self::Ice(framer) => framer.filled(length),
        }
    }

    fn lend(&mut self, buffer: &mut Vec<u8>) {
        match self {
            Self::Turn(framer) => framer.lend(buffer),
            Self::Ice(framer) => framer.lend(buffer),
        }
    }

    fn reclaim(&mut self, buffer: &mut Vec<u8>) {
        match self {
            Self::Turn(framer) => framer.reclaim(buffer),
            Self::Ice(framer) => framer.reclaim(buffer),
        }
    }

    /// What was read and not taken; of a stream that goes over to carrying something else.
    fn rest(&self) -> &[u8] {
        match self {
            Self::Turn(framer) => framer.rest(),
            Self::Ice(_) => &[],
        }
    }
}
