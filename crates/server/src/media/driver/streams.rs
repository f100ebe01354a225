//! The streams of a media thread: TCP connections of clients, and those with peers of TCP relays.

use std::io::ErrorKind;
use std::time::Instant;

use visavis_turn::{ConnectFailed, ConnectionId, FiveTuple, PeerAddr, RelayId, Server, Toward};

use super::forwarding::path;
use super::{Driver, More, READS_IN_A_ROW, SPACE};
use crate::media::connection::ReadOutcome;
use crate::media::flow::{Meter, Standing};
use crate::media::mail::Speaks;
use crate::media::pipes::Outcome;
use crate::media::token::Token;

/// Reads from one stream before others get their turn: each brings as much as the space takes.
const READS_OF_STREAM: usize = 4;

impl Driver {
    pub(super) fn read_connection(&mut self, index: usize, now: Instant) -> More {
        for _ in 0..READS_OF_STREAM {
            let Some(connection) = self.connections.get_mut(index) else { return More::No };
            connection.lend(&mut self.space);
            let outcome = connection.read();
            let in_step = outcome != ReadOutcome::Closed && self.handle_messages(index, now);
            match self.connections.get_mut(index) {
                Some(connection) => connection.reclaim(&mut self.space),
                // It went with the connection.
                None => self.space = vec![0; SPACE],
            }
            if !in_step {
                self.close(index, now);
                return More::No;
            }
            if outcome != ReadOutcome::Some {
                return More::No;
            }
        }
        More::Maybe
    }

    /// Handles every complete message that has been read; says whether the connection is still in step.
    fn handle_messages(&mut self, index: usize, now: Instant) -> bool {
        let in_step = loop {
            let Some(connection) = self.connections.get_mut(index) else { break true };
            let (client, speaks) = (connection.five_tuple, connection.speaks());
            let is_data = match connection.next_message(now) {
                Ok(Some(datagram)) if speaks == Speaks::Ice => {
                    self.forwarding.handle(path(&client), datagram, now);
                    true
                }
                Ok(Some(message)) => {
                    self.server.handle_client(client, message, now);
                    message.first().is_some_and(|first| *first >= 0x40)
                }
                Ok(None) => break true,
                Err(error) => {
                    tracing::debug!(%error, "connection closed");
                    break false;
                }
            };
            // Data gathers, and leaves together; what a request leads to may be that no further message comes here.
            if is_data {
                self.drain_if_much(now);
            } else {
                self.drain(now);
            }
        };
        self.drain(now);
        self.send_forwarded(now);
        in_step
    }

    pub(super) fn close(&mut self, index: usize, now: Instant) {
        if let Some(client) = self.connections.close(index, self.poll.registry()) {
            self.server.handle_client_gone(&client);
            self.forwarding.handle_gone(&path(&client));
            self.drain(now);
        }
    }

    /// Takes the connections that peers have made to a TCP relay.
    pub(super) fn accept_peers(&mut self, index: usize, now: Instant) -> More {
        for _ in 0..READS_IN_A_ROW {
            let (relay, stream, peer) = match self.listeners.accept(index) {
                Ok(accepted) => accepted,
                // It was closed before anybody took it.
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotFound) => {
                    return More::No;
                }
                // Out of files, perhaps: to try again at once would not help.
                Err(error) => {
                    tracing::debug!(%error, "a connection of a peer is not accepted");
                    self.later.insert(Token::Listener(index));
                    return More::No;
                }
            };
            // Over the limit, or not permitted: it is closed at once.
            if self.pipes.len() >= self.options.max_connections {
                continue;
            }
            let Some(connection) = self.server.handle_accepted(relay, peer, now) else { continue };
            let registry = self.poll.registry();
            if let Err(error) = self.pipes.insert(connection, stream, true, registry) {
                tracing::debug!(%error, "the connection of a peer is not taken over");
                self.server.handle_disconnected(connection);
            }
            self.drain(now);
        }
        More::Maybe
    }

    /// Begins to connect to a peer.
    pub(super) fn connect(&mut self, connection: ConnectionId, relay: RelayId, peer: PeerAddr, now: Instant) {
        let begun = if self.pipes.len() < self.options.max_connections {
            let stream = self.listeners.connect(relay, peer);
            stream.and_then(|stream| self.pipes.insert(connection, stream, false, self.poll.registry()))
        } else {
            Err(std::io::ErrorKind::QuotaExceeded.into())
        };
        if let Err(error) = begun {
            tracing::debug!(%error, "no connection to a peer");
            self.server.handle_connected(connection, Err(ConnectFailed), now);
        }
    }

    /// A client's connection carries from now on what the peer's does.
    pub(super) fn join(&mut self, connection: ConnectionId, client: &FiveTuple) {
        let Some(stream) = self.connections.take(client) else {
            return self.disconnect(connection);
        };
        match self.pipes.join(connection, stream, self.poll.registry()) {
            Ok(index) => drop(self.ready.insert(Token::Pipe(index))),
            Err(error) => {
                tracing::debug!(%error, "a connection is not joined");
                self.disconnect(connection);
            }
        }
    }

    /// Lets flow what can between a peer and a client, or learns what became of the connection with the peer.
    pub(super) fn let_flow(&mut self, index: usize, now: Instant) -> More {
        match self.pipes.outcome(index) {
            Outcome::Connected(connection) => self.server.handle_connected(connection, Ok(()), now),
            Outcome::Failed(connection) => {
                self.pipes.close(connection, self.poll.registry());
                self.server.handle_connected(connection, Err(ConnectFailed), now);
            }
            Outcome::Abandoned(connection) => self.disconnect(connection),
            Outcome::None => {}
        }
        self.drain(now);
        let mut metered = AllowedBy { server: &mut self.server, now };
        match self.pipes.flow(index, &mut self.space, &mut metered, now) {
            Some((_, Standing::More)) => More::Maybe,
            Some((connection, Standing::Ended)) => {
                self.disconnect(connection);
                More::No
            }
            Some((_, Standing::Waits | Standing::Throttled)) | None => More::No,
        }
    }

    pub(super) fn disconnect(&mut self, connection: ConnectionId) {
        self.pipes.close(connection, self.poll.registry());
        self.server.handle_disconnected(connection);
    }
}

/// The core knows how much an allocation may relay.
struct AllowedBy<'a> {
    server: &'a mut Server,
    now: Instant,
}

impl Meter for AllowedBy<'_> {
    fn allowance(&mut self, id: ConnectionId, toward: Toward) -> usize {
        self.server.allowance(id, toward, self.now)
    }

    fn count(&mut self, id: ConnectionId, toward: Toward, bytes: usize) {
        self.server.handle_flow(id, toward, bytes, self.now);
    }
}
