//! The task of one classic client: it owns the client's session, and carries out what that commands.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use socketioxide::extract::SocketRef;
use socketioxide::{SendError, SocketError};
use visavis_protocol::{ClientFrame, CloseCode, ParticipantId, RoomName};

use super::emit::Emit;
use super::queue::{Next, Receiver};
use super::session::{ClassicSession, Command};
use crate::hub::{Client, Connection, Deliveries, Delivery, Hub};

/// One socket, with a connection to the hub for each of its channels.
pub(crate) struct Socket {
    socket: SocketRef,
    hub: Hub,
    participant: ParticipantId,
    session: ClassicSession,
    channels: Vec<Channel>,
}

struct Channel {
    name: RoomName,
    connection: Connection,
    deliveries: Deliveries,
}

/// Why a client's task is over.
#[derive(Debug, Clone, Copy)]
enum End {
    /// The client is gone.
    Gone,
    /// It is sent away, for this reason.
    Refused(&'static str),
    /// The server restarts.
    Restart,
}

/// How often a client that is sent away is looked at, while there is no room to tell it.
const PATIENCE: Duration = Duration::from_secs(1);

impl Socket {
    /// In no channel yet.
    pub(crate) fn new(socket: SocketRef, hub: Hub) -> Self {
        // Every socket id is a valid participant id; if that ever changes, peers only need some id that is unique.
        let participant = ParticipantId::new(socket.id.as_str())
            .unwrap_or_else(|_| ParticipantId::from_random(rand::random()));
        Self { socket, hub, participant, session: ClassicSession::default(), channels: Vec::new() }
    }

    /// Serves the client until it is gone. What it is in, it leaves with the end of this.
    pub(crate) async fn run(mut self, mut requests: Receiver) {
        let end = loop {
            if let Err(end) = self.step(&mut requests).await {
                break end;
            }
        };
        let Self { socket, channels, .. } = self;
        // First, so that the others learn of it however long the socket takes to close.
        drop(channels);
        match end {
            // At a restart the transport is closed, and not the socket alone: after that a client comes back by itself.
            End::Gone | End::Restart => {}
            End::Refused(why) => send_away(socket, why).await,
        }
    }

    async fn step(&mut self, requests: &mut Receiver) -> Result<(), End> {
        let commands = tokio::select! {
            // What the rooms said came first: the answer to a request tells the client that it has heard all of it.
            biased;
            (index, delivery) = next_delivery(&mut self.channels) => match delivery {
                Delivery::Message { message, .. } => {
                    self.session.handle_message(&self.channels[index].name, &message)
                }
                Delivery::Close(CloseCode::Restart) => return Err(End::Restart),
                Delivery::Close(code) => return Err(End::Refused(code.reason())),
            },
            next = requests.next(), if !self.session.is_waiting() => match next {
                Next::Said(said) => self.session.handle_request(said),
                Next::Gone => return Err(End::Gone),
                Next::Overflow => return Err(End::Refused("more came than the server keeps up with")),
            },
        };
        for command in commands {
            self.carry_out(command).await?;
        }
        Ok(())
    }

    async fn carry_out(&mut self, command: Command) -> Result<(), End> {
        match command {
            Command::Open(channel) => self.open(channel)?,
            Command::Send(channel, frame) => self.send(&channel, frame).await,
            Command::Close(channel) => self.channels.retain(|open| open.name != channel),
            Command::Emit(event) => emit(&self.socket, &event)?,
        }
        Ok(())
    }

    fn open(&mut self, name: RoomName) -> Result<(), End> {
        let client = Client::Classic { participant: self.participant.clone() };
        let (connection, deliveries) =
            self.hub.connect(client, None).map_err(|_| End::Refused(CloseCode::TryAgainLater.reason()))?;
        self.channels.push(Channel { name, connection, deliveries });
        Ok(())
    }

    async fn send(&self, channel: &RoomName, frame: ClientFrame) {
        if let Some(open) = self.channels.iter().find(|open| open.name == *channel) {
            open.connection.send(Ok(frame)).await;
        }
    }
}

/// The next thing that any channel says, with the channel's place; never, while there is none.
async fn next_delivery(channels: &mut [Channel]) -> (usize, Delivery) {
    poll_fn(|context| {
        for (index, channel) in channels.iter_mut().enumerate() {
            if let Poll::Ready(delivery) = pin!(channel.deliveries.next()).poll(context) {
                return Poll::Ready((index, delivery));
            }
        }
        Poll::Pending
    })
    .await
}

/// Tells the client, or says why that is not possible.
fn emit(socket: &SocketRef, event: &Emit) -> Result<(), End> {
    let Ok(argument) = event.to_ascii_json() else { return Ok(()) };
    socket.emit(event.name(), &argument).map_err(|error| match error {
        SendError::Socket(SocketError::InternalChannelFull) => End::Refused(CloseCode::TooSlow.reason()),
        SendError::Socket(_) | SendError::Serialize(_) => End::Gone,
    })
}

/// Tells the client why, and disconnects it; that takes until it has read enough to make room for both. One that never
/// does is ended by its heartbeat, which finds no room either.
async fn send_away(socket: SocketRef, why: &str) {
    while emit(&socket, &Emit::closed(why)).is_err() && socket.connected() {
        tokio::time::sleep(PATIENCE).await;
    }
    while socket.connected() && socket.clone().disconnect().is_err() {
        tokio::time::sleep(PATIENCE).await;
    }
}
