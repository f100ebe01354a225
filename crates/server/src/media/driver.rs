//! The loop of a media thread.

mod forwarding;
mod letters;
mod streams;

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mio::{Events, Poll};
use nix::ifaddrs::getifaddrs;
use visavis_sfu::{FiveTuple as SfuPath, Transport as SfuTransport};
use visavis_turn::classify::{self, Datagram};
use visavis_turn::{
    BindFailed, ClientAddr, FiveTuple, Keys, Output, PeerAddr, Server, ServerAddr, Transport,
};

use super::Options;
use super::connections::Connections;
use super::listeners::Listeners;
use super::mail::{Inbox, Siblings, Speaks};
use super::pipes::{Pipes, SHARE};
use super::port::Ports;
use super::relays::Relays;
use super::token::Token;
use super::udp::{Batch, Taken};

pub(super) use forwarding::Forwarding;

/// Reads from one source before the others get their turn.
const READS_IN_A_ROW: usize = 32;
const EVENTS: usize = 1024;
/// Errors that are told at a time: those that are left wait for the next one.
const ERRORS_IN_A_ROW: usize = 1024;
/// What is read from a stream at once, in bytes. A longest message fits.
const SPACE: usize = 64 * 1024;

/// How often the addresses of this machine are looked at, if anything happens at all.
const LOOK: Duration = Duration::from_secs(10);
/// How long those wait who are told by nobody when they may go on: messages that found another thread's mailbox full, and
/// streams that have had their share.
const SOON: Duration = SHARE;

/// Whether a source may have more to read. Readiness is told once, so that it has to be remembered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum More {
    Maybe,
    No,
}

/// Owns every socket of the thread, and the state machine that decides what they do.
pub(super) struct Driver {
    options: Options,
    poll: Poll,
    stop: Arc<AtomicBool>,
    inbox: Inbox,
    /// Whether it may have more letters.
    has_letters: bool,
    siblings: Siblings,
    server: Server,
    forwarding: Forwarding,
    ports: Ports,
    relays: Relays,
    connections: Connections,
    listeners: Listeners,
    pipes: Pipes,
    /// Sources that may have more to read.
    ready: BTreeSet<Token>,
    /// Sources that could not be read, and are tried again.
    later: BTreeSet<Token>,
    /// When to look again at the addresses of this machine.
    next_look: Instant,
    /// Where streams are read to, so that none needs so much space for itself.
    space: Vec<u8>,
}

impl Driver {
    pub(super) fn new(
        options: Options,
        keys: &Keys,
        poll: Poll,
        udp: Vec<UdpSocket>,
        stop: Arc<AtomicBool>,
        (inbox, siblings): (Inbox, Siblings),
        forwarding: Forwarding,
    ) -> io::Result<Self> {
        let unix_now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let shard = (siblings.this(), siblings.count());
        Ok(Self {
            server: Server::sharded(options.turn.clone(), keys, shard, Instant::now(), unix_now),
            ports: Ports::new(udp, poll.registry())?,
            relays: Relays::default(),
            connections: Connections::new(),
            listeners: Listeners::default(),
            pipes: Pipes::default(),
            ready: BTreeSet::new(),
            later: BTreeSet::new(),
            next_look: Instant::now(),
            space: vec![0; SPACE],
            options,
            poll,
            stop,
            inbox,
            has_letters: false,
            siblings,
            forwarding,
        })
    }

    /// Runs until it is told to stop. In this order, again and again: what is ready is noted, deadlines are
    /// kept, letters read, what waited is written, and every source is read for a while.
    ///
    /// # Errors
    /// If it cannot wait for its sockets.
    pub(super) fn run(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(EVENTS);
        let mut batch = Batch::new();
        while !self.stop.load(Ordering::Acquire) {
            if let Err(error) = self.poll.poll(&mut events, self.time_to_wait())
                && error.kind() != ErrorKind::Interrupted
            {
                return Err(error);
            }
            let now = Instant::now();
            self.keep_deadlines(now);
            for event in &events {
                self.note(event, now);
            }
            self.read_letters(now);
            self.ready.append(&mut self.later);
            for index in self.pipes.take_throttled(now) {
                if self.let_flow(index, now) == More::Maybe {
                    self.ready.insert(Token::Pipe(index));
                }
            }
            for token in std::mem::take(&mut self.ready) {
                if self.read(token, &mut batch, now) == More::Maybe {
                    self.ready.insert(token);
                }
            }
            self.siblings.send();
            self.server.handle_backlog(self.siblings.are_behind());
        }
        Ok(())
    }

    fn time_to_wait(&self) -> Option<Duration> {
        if !self.ready.is_empty() || self.has_letters {
            return Some(Duration::ZERO);
        }
        let sweeps = self.connections.next_sweep().into_iter().chain(self.pipes.next_sweep());
        let cores = self.server.poll_timeout().into_iter().chain(self.forwarding.poll_timeout());
        let next = cores.chain(sweeps).min();
        let wait = next.map(|next| next.saturating_duration_since(Instant::now()));
        let soon = self.siblings.have_waiting()
            || self.forwarding.has_unsaid()
            || self.pipes.has_throttled()
            || !self.later.is_empty();
        wait.into_iter().chain(soon.then_some(SOON)).min()
    }

    fn note(&mut self, event: &mio::event::Event, now: Instant) {
        let token = Token::from(event.token());
        if let Token::Relay(index) = token
            && event.is_error()
        {
            self.report_errors(index, now);
        }
        if let Token::Connection(index) = token
            && let Some(connection) = self.connections.get_mut(index)
        {
            if event.is_writable() {
                connection.flush();
            }
            if event.is_read_closed() || event.is_error() {
                connection.ends();
            }
        }
        let flows = matches!(token, Token::Pipe(_)) && event.is_writable();
        if token != Token::Waker
            && (flows || event.is_readable() || event.is_read_closed() || event.is_error())
        {
            self.ready.insert(token);
        }
    }

    fn keep_deadlines(&mut self, now: Instant) {
        self.server.handle_timeout(now);
        self.drain(now);
        self.forwarding.handle_timeout(now);
        self.send_forwarded(now);
        let server = &self.server;
        let forwarding = &self.forwarding;
        let is_needed = |client: &FiveTuple, speaks| match speaks {
            Speaks::Turn => server.has_allocation(client),
            Speaks::Ice => forwarding.knows(client),
        };
        let silent = self.connections.silent(&self.options, is_needed, now);
        for index in silent {
            self.close(index, now);
        }
        for connection in self.pipes.still(now) {
            self.disconnect(connection);
        }
        if now >= self.next_look {
            self.next_look = now + LOOK;
            let own = own_addresses();
            self.forwarding.set_own_addresses(&own, &self.ports);
            self.server.handle_own_addresses(own);
            self.server.handle_media_addresses(self.forwarding.media_addresses());
        }
    }

    fn read(&mut self, token: Token, batch: &mut Batch, now: Instant) -> More {
        match token {
            Token::Waker => More::No,
            Token::Port(index) => self.read_port(index, batch, now),
            Token::Relay(index) => self.read_relay(index, batch, now),
            Token::Connection(index) => self.read_connection(index, now),
            Token::Listener(index) => self.accept_peers(index, now),
            Token::Pipe(index) => self.let_flow(index, now),
        }
    }

    fn read_port(&mut self, index: usize, batch: &mut Batch, now: Instant) -> More {
        let taken = match self.ports.receive(index, batch) {
            Ok(taken) => taken,
            Err(error) => return after(&error),
        };
        for (client, server, datagram) in batch.datagrams() {
            match classify::datagram(datagram) {
                Datagram::Turn => {
                    let (client, server) = (ClientAddr(client), ServerAddr(server));
                    let client = FiveTuple { transport: Transport::Udp, client, server };
                    self.server.handle_client(client, datagram, now);
                    self.drain_if_much(now);
                }
                Datagram::Check | Datagram::Other => {
                    let path = SfuPath { transport: SfuTransport::Udp, remote: client, local: server };
                    self.forwarding.take_in(path, datagram, &mut self.siblings, now);
                }
            }
        }
        self.drain(now);
        self.send_forwarded(now);
        taken.into()
    }

    /// Tells clients of the ICMP errors that came back for what their relay has sent.
    fn report_errors(&mut self, index: usize, now: Instant) {
        for _ in 0..ERRORS_IN_A_ROW {
            let Some((relay, peer, error)) = self.relays.next_error(index) else { return };
            self.server.handle_icmp(relay, peer, error, now);
            self.drain(now);
        }
    }

    fn read_relay(&mut self, index: usize, batch: &mut Batch, now: Instant) -> More {
        let (relay, taken) = match self.relays.receive(index, batch) {
            Ok(read) => read,
            Err(error) => return after(&error),
        };
        for (peer, _, datagram) in batch.datagrams() {
            self.server.handle_relay(relay, PeerAddr(peer), datagram, now);
            self.drain_if_much(now);
        }
        self.drain(now);
        taken.into()
    }

    /// The outputs of one batch wait for each other, so that several for one destination leave together; but the server
    /// holds only so many.
    fn drain_if_much(&mut self, now: Instant) {
        if self.server.has_much_to_do() {
            self.drain(now);
        }
    }

    /// Carries out everything the server wants done.
    fn drain(&mut self, now: Instant) {
        loop {
            self.carry_out(now);
            let Some(index) = self.connections.take_stuck() else { break };
            tracing::debug!("a TCP client that does not read is closed");
            if let Some(client) = self.connections.close(index, self.poll.registry()) {
                self.server.handle_client_gone(&client);
            }
        }
    }

    fn carry_out(&mut self, now: Instant) {
        while let Some(output) = self.server.poll_output() {
            match output {
                Output::ToClient { client, delivery, data } => match client.transport {
                    Transport::Udp => self.ports.send(client.server, client.client, data),
                    Transport::Tcp => self.connections.send(&client, delivery, data.bytes()),
                },
                Output::ToPeer { relay, peer, data, dont_fragment: false } => {
                    self.relays.send(relay, peer, data);
                }
                Output::ToPeer { relay, peer, data, dont_fragment: true } => {
                    self.relays.send_whole(relay, peer, data);
                }
                Output::Bind { relay, ip, port, transport, .. } => {
                    let registry = self.poll.registry();
                    let opened = match transport {
                        Transport::Udp => self.relays.open(relay, ip, port, registry),
                        Transport::Tcp => self.listeners.open(relay, ip, port, registry),
                    };
                    if let Err(error) = &opened {
                        tracing::debug!(%error, port, "relay not opened");
                    }
                    self.server.handle_bound(relay, opened.map_err(|_| BindFailed), now);
                }
                Output::Unbind { relay } => {
                    self.relays.close(relay, self.poll.registry());
                    self.listeners.close(relay, self.poll.registry());
                }
                Output::Connect { connection, relay, peer } => self.connect(connection, relay, peer, now),
                Output::Join { connection, client } => self.join(connection, &client),
                Output::Disconnect { connection } => self.pipes.close(connection, self.poll.registry()),
                Output::ToMedia { from, to, data } => {
                    let path = SfuPath { transport: SfuTransport::Relay, remote: from.0, local: to.0 };
                    for datagram in data.iter() {
                        self.forwarding.take_in(path, datagram, &mut self.siblings, now);
                    }
                }
                Output::ToRelay { shard, to, from, data } => self.siblings.hand(shard, to, from, data),
                Output::ToShard { shard, message } => self.siblings.tell(shard, message),
            }
        }
    }
}

impl From<Taken> for More {
    fn from(taken: Taken) -> Self {
        match taken {
            Taken::All => Self::No,
            Taken::Some => Self::Maybe,
        }
    }
}

/// Every address that this machine has now.
fn own_addresses() -> Vec<IpAddr> {
    let interfaces = match getifaddrs() {
        Ok(interfaces) => interfaces,
        Err(error) => {
            tracing::warn!(%error, "the addresses of this machine are not known");
            return Vec::new();
        }
    };
    let addresses = interfaces.filter_map(|interface| {
        let address = interface.address?;
        let v4 = address.as_sockaddr_in().map(|v4| IpAddr::V4(v4.ip()));
        v4.or_else(|| address.as_sockaddr_in6().map(|v6| IpAddr::V6(v6.ip())))
    });
    addresses.collect()
}

/// Whether there may be more behind an error: only an interrupted read says nothing about that.
fn after(error: &io::Error) -> More {
    match error.kind() {
        ErrorKind::Interrupted => More::Maybe,
        ErrorKind::WouldBlock | ErrorKind::NotFound => More::No,
        _ => {
            tracing::debug!(%error, "socket not read");
            More::Maybe
        }
    }
}
