//! The one task that owns all rooms, and the handles through which everybody else talks to it.

mod mailbox;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use tokio::sync::mpsc::{self, OwnedPermit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use visavis_protocol::{ClientFrame, CloseCode, FrameError, ParticipantId, RoomName, ServerMessage};
use visavis_rooms::{Command, CommandError, ConnectionId, Counts, End, Output, Reply, Rooms};

use self::mailbox::{Link, mailbox};
use crate::media::{Forwarder, Said};

pub(crate) use self::mailbox::Deliveries;
pub(crate) use visavis_rooms::{Client, NotFound};

/// Frames that may wait for the hub. A connection that finds it busy waits, and with it its client.
const WAITING_FRAMES: usize = 1024;
/// What is taken from one side before the other has its turn.
const BATCH: usize = 64;

type Frame = Result<ClientFrame, FrameError>;
type Found = Result<ParticipantId, NotFound>;
type Replied = Result<Reply, CommandError>;

/// Talks to the hub. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Hub {
    events: mpsc::Sender<Event>,
    frames: Arc<Semaphore>,
    next_connection: Arc<AtomicU64>,
}

/// A client's way to the hub. Dropping it disconnects the client.
pub(crate) struct Connection {
    id: ConnectionId,
    hub: Hub,
    /// How it ends, as far as is known.
    end: End,
    /// Reserved from the start, so that saying goodbye can never fail.
    goodbye: Option<OwnedPermit<Event>>,
}

/// What a client is told.
#[derive(Debug)]
pub(crate) enum Delivery {
    /// This message.
    Message { seq: Option<u64>, message: Arc<ServerMessage> },
    /// Nothing more.
    Close(CloseCode),
}

/// No room for another connection, or for another message to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

enum Event {
    Connected(ConnectionId, Client, Reach),
    Frame(ConnectionId, Frame, OwnedSemaphorePermit),
    Find { room: RoomName, who: Option<String>, found: oneshot::Sender<Found>, _permit: OwnedSemaphorePermit },
    Count { counts: oneshot::Sender<Counts>, _permit: OwnedSemaphorePermit },
    Command { command: Command, reply: oneshot::Sender<Replied>, _permit: OwnedSemaphorePermit },
    Disconnected(ConnectionId, End),
    Shutdown,
}

impl Hub {
    /// Starts the task. It ends after [`Hub::shutdown`].
    pub(crate) fn start(rooms: Rooms, max_connections: usize, forwarder: Forwarder) -> Self {
        // Each connection has a place for its coming and one for its going; frames are bounded on their own.
        let (events, inbox) = mpsc::channel(WAITING_FRAMES + 2 * max_connections + 1);
        tokio::spawn(Task { rooms, links: HashMap::new(), forwarder }.run(inbox));
        Self { events, frames: Arc::new(Semaphore::new(WAITING_FRAMES)), next_connection: Arc::default() }
    }

    /// Announces a client, which has reached us at `local`.
    pub(crate) fn connect(
        &self,
        client: Client,
        local: Option<IpAddr>,
    ) -> Result<(Connection, Deliveries), Full> {
        let hello = self.events.clone().try_reserve_owned().map_err(|_| Full)?;
        let goodbye = self.events.clone().try_reserve_owned().map_err(|_| Full)?;
        let id = ConnectionId(self.next_connection.fetch_add(1, Ordering::Relaxed));
        let (link, deliveries) = mailbox();
        hello.send(Event::Connected(id, client, Reach { link, local }));
        Ok((Connection { id, hub: self.clone(), end: End::Lost, goodbye: Some(goodbye) }, deliveries))
    }

    /// Whom `who` means in a room; nobody is its mix. `None` if the hub has ended.
    pub(crate) async fn find(&self, room: RoomName, who: Option<String>) -> Option<Found> {
        let permit = Arc::clone(&self.frames).acquire_owned().await.ok()?;
        let (found, answer) = oneshot::channel();
        self.events.send(Event::Find { room, who, found, _permit: permit }).await.ok()?;
        answer.await.ok()
    }

    /// How much there is of everything. `None` if the hub has ended.
    pub(crate) async fn counts(&self) -> Option<Counts> {
        let permit = Arc::clone(&self.frames).acquire_owned().await.ok()?;
        let (counts, answer) = oneshot::channel();
        self.events.send(Event::Count { counts, _permit: permit }).await.ok()?;
        answer.await.ok()
    }

    /// Asks for something in the operator's name. `None` if the hub has ended.
    pub(crate) async fn command(&self, command: Command) -> Option<Replied> {
        let permit = Arc::clone(&self.frames).acquire_owned().await.ok()?;
        let (reply, answer) = oneshot::channel();
        self.events.send(Event::Command { command, reply, _permit: permit }).await.ok()?;
        answer.await.ok()
    }

    /// Closes every connection as for a restart, and ends the task.
    pub(crate) async fn shutdown(&self) {
        // If the task is gone, everything is closed already.
        let _ = self.events.send(Event::Shutdown).await;
        self.events.closed().await;
    }
}

impl Connection {
    /// Passes a frame on; waits while the hub is busy.
    pub(crate) async fn send(&self, frame: Frame) {
        if let Ok(permit) = Arc::clone(&self.hub.frames).acquire_owned().await {
            let _ = self.hub.events.send(Event::Frame(self.id, frame, permit)).await;
        }
    }

    /// The client has ended it.
    pub(crate) fn closed(&mut self) {
        self.end = End::Closed;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(goodbye) = self.goodbye.take() {
            goodbye.send(Event::Disconnected(self.id, self.end));
        }
    }
}

impl Delivery {
    /// About how many bytes it takes on the wire.
    fn weight(&self) -> usize {
        match self {
            Self::Message { message, .. } => message.weight(),
            Self::Close(_) => 0,
        }
    }
}

struct Task {
    rooms: Rooms,
    links: HashMap<ConnectionId, Reach>,
    forwarder: Forwarder,
}

/// How a client is reached, and at which of our addresses it reached us.
struct Reach {
    link: Link,
    local: Option<IpAddr>,
}

impl Task {
    async fn run(mut self, mut inbox: mpsc::Receiver<Event>) {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let deadline = self.rooms.poll_timeout();
            tokio::select! {
                biased;
                received = inbox.recv_many(&mut batch, BATCH) => if received == 0 { break },
                Some(said) = self.forwarder.next() => self.pass_on(said),
                () = sleep_until(deadline) => self.rooms.handle_timeout(Instant::now()),
            }
            self.carry_out();
            // Clients that never cease to ask do not keep from others what is for them.
            for _ in 0..BATCH {
                let Some(said) = self.forwarder.try_next() else { break };
                self.pass_on(said);
                self.carry_out();
            }
            let now = Instant::now();
            for event in batch.drain(..) {
                if matches!(event, Event::Shutdown) {
                    return self.close_all();
                }
                self.handle(event, now);
                self.carry_out();
            }
        }
    }

    fn pass_on(&mut self, said: Said) {
        match said {
            Said::Message { room, to, message } => self.rooms.handle_forwarder(&room, to.as_ref(), message),
            Said::Reached { room, participant, reached } => {
                self.rooms.handle_reached(&room, &participant, reached, Instant::now());
            }
            Said::Narrow { room, participant, narrow } => {
                self.rooms.handle_narrow(&room, &participant, narrow, Instant::now());
            }
            Said::Overloaded { room } => self.rooms.handle_overloaded(&room, Instant::now()),
            Said::Recorded { room, recorded } => {
                self.rooms.handle_recorded(&room, recorded, Instant::now());
            }
            Said::Part { room, of, part } => self.rooms.handle_recorded_part(&room, &of, part),
            Said::Figures { room, figures } => self.rooms.handle_figures(&room, figures),
        }
    }

    fn handle(&mut self, event: Event, now: Instant) {
        match event {
            Event::Connected(id, client, reach) => {
                self.links.insert(id, reach);
                self.rooms.handle_connected(id, client, now);
            }
            Event::Frame(id, frame, _permit) => self.rooms.handle_frame(id, frame, now),
            Event::Find { room, who, found, .. } => {
                // Whoever asked may be gone.
                let _ = found.send(match who {
                    Some(who) => self.rooms.find(&room, &who),
                    None => self.rooms.find_mix(&room, now),
                });
            }
            // As above.
            Event::Count { counts, .. } => drop(counts.send(self.rooms.counts())),
            // As above.
            Event::Command { command, reply, .. } => {
                drop(reply.send(self.rooms.handle_command(command, now)));
            }
            Event::Disconnected(id, end) => {
                self.links.remove(&id);
                self.rooms.handle_disconnected(id, end, now);
            }
            Event::Shutdown => {}
        }
    }

    /// Does what the rooms want done.
    fn carry_out(&mut self) {
        while let Some(output) = self.rooms.poll_output() {
            match output {
                Output::Send { connection, seq, message } => self.deliver(connection, seq, message),
                Output::Forward { room, participant, via, request } => {
                    let local = via.and_then(|via| self.links.get(&via)?.local);
                    self.forwarder.ask(room, participant, request, local);
                }
                Output::Close { connection, code } => {
                    if let Some(Reach { link, .. }) = self.links.remove(&connection)
                        && link.deliver(Delivery::Close(code)).is_err()
                    {
                        link.abort(code);
                    }
                }
            }
        }
    }

    /// A client whose queue is full does not read: it is cut off, and may come back and resume.
    fn deliver(&mut self, connection: ConnectionId, seq: Option<u64>, message: Arc<ServerMessage>) {
        let Some(Reach { link, .. }) = self.links.get(&connection) else { return };
        if link.deliver(Delivery::Message { seq, message }).is_err()
            && let Some(Reach { link, .. }) = self.links.remove(&connection)
        {
            link.abort(CloseCode::TooSlow);
            self.rooms.handle_disconnected(connection, End::Lost, Instant::now());
        }
    }

    fn close_all(self) {
        for Reach { link, .. } in self.links.into_values() {
            if link.deliver(Delivery::Close(CloseCode::Restart)).is_err() {
                link.abort(CloseCode::Restart);
            }
        }
    }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}
