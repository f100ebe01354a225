//! Connections with peers (RFC 6062), and what flows between them and the clients' connections.

use std::collections::{HashMap, VecDeque};
use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

use foldhash::fast::RandomState;
use mio::net::TcpStream;
use mio::{Interest, Registry};
use visavis_turn::{ConnectionId, Toward};

use super::connection::Connection;
use super::flow::{Flow, Meter, Metered, Standing};
use super::stream::Stream;
use super::token::Token;

/// How long a connection of which one side has ended may stand still until it is over.
const LINGER: Duration = Duration::from_secs(30);
/// How long those wait that have had their share.
pub(super) const SHARE: Duration = Duration::from_millis(2);

/// Every connection with a peer, found by readiness event and by id.
#[derive(Default)]
pub(super) struct Pipes {
    pipes: HashMap<usize, Pipe, RandomState>,
    indexes: HashMap<ConnectionId, usize, RandomState>,
    next_index: usize,
    throttled: Throttled,
    /// When something last flowed through each of which one side has ended.
    half_closed: HashMap<usize, Instant, RandomState>,
    /// When to look for those that stand still.
    next_sweep: Option<Instant>,
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

/// Connections that may go on only when time has passed. All of one allocation have one share: so those that got nothing of the
/// last one come first.
#[derive(Default)]
struct Throttled {
    hungry: VecDeque<usize>,
    fed: VecDeque<usize>,
    resumed: Option<Instant>,
}

/// What an event means for a connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It has come about.
    Connected(ConnectionId),
    /// It could not be made.
    Failed(ConnectionId),
    /// The peer has closed it before it was bound, and left nothing to read.
    Abandoned(ConnectionId),
    /// Nothing new.
    None,
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

    /// What an event for a connection means that is not joined yet.
    pub(super) fn outcome(&mut self, index: usize) -> Outcome {
        let Some(pipe) = self.pipes.get_mut(&index).filter(|pipe| pipe.client.is_none()) else {
            return Outcome::None;
        };
        if pipe.is_connected {
            return match pipe.peer.peek(&mut [0]) {
                Ok(1..) => Outcome::None,
                Err(error) if error.kind() == ErrorKind::WouldBlock => Outcome::None,
                Ok(0) | Err(_) => Outcome::Abandoned(pipe.id),
            };
        }
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
        let tcp = stream.tcp();
        registry.reregister(tcp, Token::Pipe(*index).into(), Interest::READABLE | Interest::WRITABLE)?;
        // Who reads late now holds up nobody but itself and its peer.
        socket2::SockRef::from(&*tcp).set_tcp_user_timeout(None)?;
        pipe.client = Some(stream);
        pipe.to_peer = Flow::beginning_with(sent);
        pipe.to_client = Flow::beginning_with(unsent);
        Ok(*index)
    }

    /// Closes a connection, and the one that is joined to it.
    pub(super) fn close(&mut self, id: ConnectionId, registry: &Registry) {
        let Some(index) = self.indexes.remove(&id) else { return };
        self.half_closed.remove(&index);
        let Some(mut pipe) = self.pipes.remove(&index) else { return };
        let sides = [Some(&mut pipe.peer), pipe.client.as_mut().map(Stream::tcp)];
        for side in sides.into_iter().flatten() {
            if let Err(error) = registry.deregister(side) {
                tracing::debug!(%error, "connection not deregistered");
            }
        }
    }

    /// Lets flow what can, as far as `meter` allows.
    pub(super) fn flow(
        &mut self,
        index: usize,
        space: &mut [u8],
        meter: &mut impl Meter,
        now: Instant,
    ) -> Option<(ConnectionId, Standing)> {
        let pipe = self.pipes.get_mut(&index)?;
        let client = pipe.client.as_mut()?;
        let mut metered = Metered::new(meter, pipe.id);
        let there = pipe.to_peer.carry(client, &mut pipe.peer, space, metered.toward(Toward::Peer));
        let back = pipe.to_client.carry(&mut pipe.peer, client, space, metered.toward(Toward::Client));
        let has_flown = metered.has_counted();
        let ended = [there, back].iter().filter(|standing| **standing == Standing::Ended).count();
        if ended == 1 && (has_flown || !self.half_closed.contains_key(&index)) {
            self.half_closed.insert(index, now);
            self.next_sweep.get_or_insert(now + LINGER);
        }
        if [there, back].contains(&Standing::Throttled) {
            self.throttled.add(index, has_flown);
        }
        let standing = if ended == 2 { Standing::Ended } else { there.without_end().max(back.without_end()) };
        Some((pipe.id, standing))
    }

    /// Those that may go on now that time has passed.
    pub(super) fn take_throttled(&mut self, now: Instant) -> VecDeque<usize> {
        self.throttled.take(now)
    }

    pub(super) fn has_throttled(&self) -> bool {
        !self.throttled.hungry.is_empty() || !self.throttled.fed.is_empty()
    }

    /// When [`still`](Self::still) is wanted next.
    pub(super) fn next_sweep(&self) -> Option<Instant> {
        self.next_sweep
    }

    /// Those of which one side has ended, and through which nothing has flown for too long.
    pub(super) fn still(&mut self, now: Instant) -> Vec<ConnectionId> {
        if self.next_sweep.is_none_or(|sweep| now < sweep) {
            return Vec::new();
        }
        let is_over = |flown: &Instant| *flown + LINGER <= now;
        let over = self.half_closed.iter().filter(|(_, flown)| is_over(flown));
        let over = over.filter_map(|(index, _)| Some(self.pipes.get(index)?.id)).collect();
        let left = self.half_closed.values().filter(|flown| !is_over(flown));
        self.next_sweep = left.min().map(|flown| *flown + LINGER);
        over
    }
}

impl Throttled {
    fn add(&mut self, index: usize, has_flown: bool) {
        if !self.hungry.contains(&index) && !self.fed.contains(&index) {
            if has_flown { &mut self.fed } else { &mut self.hungry }.push_back(index);
        }
    }

    fn take(&mut self, now: Instant) -> VecDeque<usize> {
        if self.resumed.is_some_and(|resumed| now < resumed + SHARE) {
            return VecDeque::new();
        }
        self.resumed = Some(now);
        let mut all = std::mem::take(&mut self.hungry);
        all.append(&mut self.fed);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_throttled_connection_gets_its_turn_though_each_takes_all_there_is() {
        let mut throttled = Throttled::default();
        let mut now = Instant::now();
        let mut turns = [0; 3];
        (0..turns.len()).for_each(|index| throttled.add(index, false));
        for _ in 0..30 {
            for (place, index) in throttled.take(now).into_iter().enumerate() {
                turns[index] += usize::from(place == 0);
                throttled.add(index, place == 0);
            }
            assert_eq!(throttled.take(now), VecDeque::new(), "not before time has passed");
            now += SHARE;
        }
        assert_eq!(turns, [10; 3]);
    }
}
