//! Bytes on their way from one stream to another.

use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;

use mio::net::TcpStream;
use visavis_turn::{ConnectionId, Toward};

use super::stream::Stream;

/// The most that is read at once, and that waits for the other side to read it, in bytes.
const AT_ONCE: usize = 16 * 1024;
/// Reads from one side before others get their turn.
const READS_IN_A_ROW: usize = 16;

/// One direction of a connection.
#[derive(Default)]
pub(super) struct Flow {
    /// What was read and finds no room on the other side yet.
    waiting: Vec<u8>,
    /// Nothing more comes.
    has_ended: bool,
    /// The other side was told so.
    is_shut: bool,
    /// The other side takes nothing any more: what comes is read and thrown away, because a socket that is closed with
    /// something to read takes back what it has not sent yet.
    is_broken: bool,
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
    /// It is over, and the other side knows.
    Ended,
}

/// A stream whose end can be told before it is closed.
pub(super) trait Side: Read + Write {
    /// Tells the other end that nothing more comes.
    fn shut(&mut self);
}

/// Says how much may flow, and counts it.
pub(super) trait Meter {
    /// How many bytes may flow now.
    fn allowance(&mut self, id: ConnectionId, toward: Toward) -> usize;
    /// So many have.
    fn count(&mut self, id: ConnectionId, toward: Toward, bytes: usize);
}

/// The meter of one direction.
pub(super) trait Allowance {
    fn allowance(&mut self) -> usize;
    fn count(&mut self, bytes: usize);
}

/// That of a connection, of which one direction is looked at at a time.
pub(super) struct Metered<'a, M> {
    meter: &'a mut M,
    id: ConnectionId,
    toward: Toward,
    has_counted: bool,
}

impl Side for TcpStream {
    fn shut(&mut self) {
        // It may be gone already.
        let _ = self.shutdown(Shutdown::Write);
    }
}

impl Side for Stream {
    fn shut(&mut self) {
        self.end();
    }
}

impl<'a, M: Meter> Metered<'a, M> {
    pub(super) fn new(meter: &'a mut M, id: ConnectionId) -> Self {
        Self { meter, id, toward: Toward::Peer, has_counted: false }
    }

    pub(super) fn toward(&mut self, toward: Toward) -> &mut Self {
        self.toward = toward;
        self
    }

    pub(super) fn has_counted(&self) -> bool {
        self.has_counted
    }
}

impl<M: Meter> Allowance for Metered<'_, M> {
    fn allowance(&mut self) -> usize {
        self.meter.allowance(self.id, self.toward)
    }

    fn count(&mut self, bytes: usize) {
        self.has_counted = true;
        self.meter.count(self.id, self.toward, bytes);
    }
}

impl Standing {
    /// One direction that has ended waits for the other.
    pub(super) fn without_end(self) -> Self {
        if self == Self::Ended { Self::Waits } else { self }
    }
}

impl Flow {
    /// One whose first bytes were read already.
    pub(super) fn beginning_with(waiting: Vec<u8>) -> Self {
        Self { waiting, ..Self::default() }
    }

    /// Carries bytes from one side to the other, and the end when it comes.
    pub(super) fn carry(
        &mut self,
        from: &mut impl Side,
        to: &mut impl Side,
        space: &mut [u8],
        metered: &mut impl Allowance,
    ) -> Standing {
        for _ in 0..READS_IN_A_ROW {
            if !self.write(to) {
                return Standing::Waits;
            }
            if self.has_ended {
                if !std::mem::replace(&mut self.is_shut, true) {
                    to.shut();
                }
                return Standing::Ended;
            }
            let allowed = metered.allowance().min(AT_ONCE).min(space.len());
            if allowed == 0 {
                return Standing::Throttled;
            }
            match from.read(&mut space[..allowed]) {
                Ok(0) => self.has_ended = true,
                Ok(length) => {
                    metered.count(length);
                    if !self.is_broken {
                        self.waiting.extend_from_slice(&space[..length]);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Standing::Waits,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => self.has_ended = true,
            }
        }
        Standing::More
    }

    /// Writes what waits; whether nothing is left.
    fn write(&mut self, to: &mut impl Write) -> bool {
        let mut written = 0;
        while !self.is_broken {
            let result = match &self.waiting[written..] {
                [] => match to.flush() {
                    Ok(()) => break,
                    Err(error) => Err(error),
                },
                rest => to.write(rest),
            };
            match result {
                Ok(0) => self.is_broken = true,
                Ok(length) => written += length,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.waiting.drain(..written);
                    return false;
                }
                Err(_) => self.is_broken = true,
            }
        }
        self.waiting.clear();
        true
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::io;

    use super::*;

    /// A side that gives these bytes, then its end, and takes what it is given until it is gone.
    #[derive(Default)]
    struct Fake {
        gives: VecDeque<Vec<u8>>,
        taken: Vec<u8>,
        is_gone: bool,
        is_shut: bool,
    }

    impl Read for Fake {
        fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
            let Some(bytes) = self.gives.pop_front() else { return Ok(0) };
            space[..bytes.len()].copy_from_slice(&bytes);
            Ok(bytes.len())
        }
    }

    impl Write for Fake {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.is_gone {
                return Err(ErrorKind::ConnectionReset.into());
            }
            self.taken.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Side for Fake {
        fn shut(&mut self) {
            self.is_shut = true;
        }
    }

    struct Unmetered;

    impl Allowance for Unmetered {
        fn allowance(&mut self) -> usize {
            usize::MAX
        }

        fn count(&mut self, _: usize) {}
    }

    fn carry(flow: &mut Flow, from: &mut Fake, to: &mut Fake) -> Standing {
        flow.carry(from, to, &mut [0; 64], &mut Unmetered)
    }

    #[test]
    fn end_is_told_once_everything_is_there() {
        let (mut flow, mut to) = (Flow::beginning_with(b"first ".to_vec()), Fake::default());
        let mut from = Fake { gives: [b"second".to_vec()].into(), ..Fake::default() };
        assert_eq!(carry(&mut flow, &mut from, &mut to), Standing::Ended);
        assert_eq!((&to.taken[..], to.is_shut), (&b"first second"[..], true));
    }

    #[test]
    fn what_comes_for_a_side_that_is_gone_is_read_to_its_end() {
        let (mut flow, mut to) = (Flow::default(), Fake { is_gone: true, ..Fake::default() });
        let mut from = Fake { gives: vec![b"in vain".to_vec(); 5].into(), ..Fake::default() };
        assert_eq!(carry(&mut flow, &mut from, &mut to), Standing::Ended);
        assert!(from.gives.is_empty());
    }
}
