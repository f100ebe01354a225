//! All TCP connections.

use std::collections::HashMap;
use std::io;
use std::time::Instant;

use mio::net::TcpStream;
use mio::{Interest, Registry};
use visavis_turn::{ClientAddr, ClientNetwork, Delivery, FiveTuple, ServerAddr, Transport};

use super::Options;
use super::connection::Connection;
use super::mail::{Adoption, Speaks};
use super::stream::Stream;
use super::token::Token;
use super::udp::canonical;

/// The TCP connections, found by readiness event and by five-tuple.
pub(super) struct Connections {
    connections: HashMap<usize, Connection>,
    indexes: HashMap<FiveTuple, usize>,
    per_network: HashMap<ClientNetwork, usize>,
    /// Those that have to be closed because an answer found no room.
    stuck: Vec<usize>,
    next_index: usize,
    /// When to look for silent ones.
    next_sweep: Option<Instant>,
}

impl Connections {
    pub(super) fn new() -> Self {
        let (connections, per_network) = (HashMap::new(), HashMap::new());
        Self {
            connections,
            indexes: HashMap::new(),
            per_network,
            stuck: Vec::new(),
            next_index: 0,
            next_sweep: None,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.connections.len()
    }

    /// The connection that a client has.
    pub(super) fn index_of(&self, client: &FiveTuple) -> Option<usize> {
        self.indexes.get(client).copied()
    }

    /// How many come from there.
    pub(super) fn held_from(&self, network: ClientNetwork) -> usize {
        self.per_network.get(&network).copied().unwrap_or_default()
    }

    /// Takes a connection over; its index.
    pub(super) fn adopt(
        &mut self,
        Adoption { stream, session, speaks }: Adoption,
        options: &Options,
        registry: &Registry,
        now: Instant,
    ) -> io::Result<usize> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        let five_tuple = five_tuple(&stream)?;
        let mut stream = TcpStream::from_std(stream);
        let index = self.next_index;
        registry.register(
            &mut stream,
            Token::Connection(index).into(),
            Interest::READABLE | Interest::WRITABLE,
        )?;
        self.next_index += 1;
        *self.per_network.entry(five_tuple.client.network()).or_default() += 1;
        let limits = (options.max_message, options.max_unsent);
        let stream = Stream::new(stream, session);
        self.connections.insert(index, Connection::new(stream, five_tuple, speaks, limits, now));
        self.indexes.insert(five_tuple, index);
        let look = now + options.first_message.min(options.idle);
        self.next_sweep = Some(self.next_sweep.map_or(look, |sweep| sweep.min(look)));
        Ok(index)
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut Connection> {
        self.connections.get_mut(&index)
    }

    /// Sends to a client; one that is stuck is remembered for [`take_stuck`](Self::take_stuck).
    pub(super) fn send(&mut self, client: &FiveTuple, delivery: Delivery, data: &[u8]) {
        let Some(index) = self.indexes.get(client) else { return };
        let Some(connection) = self.connections.get_mut(index) else { return };
        if connection.send(delivery, data).is_err() {
            self.stuck.push(*index);
        }
    }

    pub(super) fn take_stuck(&mut self) -> Option<usize> {
        self.stuck.pop()
    }

    /// Closes a connection; whose it was.
    pub(super) fn close(&mut self, index: usize, registry: &Registry) -> Option<FiveTuple> {
        let mut connection = self.connections.remove(&index)?;
        if let Err(error) = registry.deregister(connection.stream.tcp()) {
            tracing::debug!(%error, "connection not deregistered");
        }
        self.indexes.remove(&connection.five_tuple);
        self.forget(&connection.five_tuple);
        Some(connection.five_tuple)
    }

    /// Gives a client's connection away.
    pub(super) fn take(&mut self, client: &FiveTuple) -> Option<Connection> {
        let taken = self.indexes.remove(client).and_then(|index| self.connections.remove(&index))?;
        self.forget(client);
        Some(taken)
    }

    fn forget(&mut self, client: &FiveTuple) {
        let network = client.client.network();
        if let Some(count) = self.per_network.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                self.per_network.remove(&network);
            }
        }
    }

    /// When [`silent`](Self::silent) is wanted next.
    pub(super) fn next_sweep(&self) -> Option<Instant> {
        self.next_sweep
    }

    /// Those that have been silent for too long.
    pub(super) fn silent(
        &mut self,
        options: &Options,
        is_needed: impl Fn(&FiveTuple, Speaks) -> bool,
        now: Instant,
    ) -> Vec<usize> {
        if self.next_sweep.is_none_or(|sweep| now < sweep) {
            return Vec::new();
        }
        let mut silent = Vec::new();
        let mut next = None;
        for (index, connection) in &self.connections {
            let is_needed = is_needed(&connection.five_tuple, connection.speaks());
            let deadline = connection.deadline(options.first_message, options.idle, is_needed);
            if deadline.is_some_and(|deadline| deadline <= now) {
                silent.push(*index);
                continue;
            }
            // Until then it may speak for the first time, or lose its allocation, and be due earlier.
            let again = now + options.idle;
            let look = deadline.map_or(again, |deadline| deadline.min(again));
            next = Some(next.map_or(look, |next: Instant| next.min(look)));
        }
        self.next_sweep = next;
        silent
    }
}

/// Whose a connection is.
pub(super) fn five_tuple(stream: &std::net::TcpStream) -> io::Result<FiveTuple> {
    let client = ClientAddr(canonical(stream.peer_addr()?));
    let server = ServerAddr(canonical(stream.local_addr()?));
    Ok(FiveTuple { transport: Transport::Tcp, client, server })
}
