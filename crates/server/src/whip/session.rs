//! One publisher or viewer: what a client with signaling would say for itself is said here for it.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use visavis_protocol::{
    ClientFrame, ClientMessage, CloseCode, ErrorReply, Forward, Join, ParticipantId, RoomName, ServerMessage,
};

use super::fragment::{Credentials, attribute, of_answer};
use super::offer::Offer;
use super::refusal::Refusal;
use crate::hub::{Client, Connection, Deliveries, Delivery, Full, Hub};

/// How long the hub and the media threads may take for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Its one connection, as clients count theirs.
const CONNECTION: u32 = 1;

/// A session; dropping it ends it.
pub(super) struct Session {
    connection: Connection,
    deliveries: Deliveries,
    /// The number of the last request.
    asked: u64,
    offer: Offer,
    answer: String,
}

/// Why something was not done.
pub(super) enum Failure {
    /// It was refused; the session goes on as it was.
    Refused(ErrorReply),
    /// There was no answer in time.
    Late,
    /// The session is over.
    Over(CloseCode),
}

impl Session {
    /// Joins a room, and offers; also who that makes it.
    pub(super) async fn publish(
        hub: &Hub,
        local: IpAddr,
        room: RoomName,
        name: String,
        offer: Offer,
    ) -> Result<(Self, ParticipantId), Refusal> {
        let mut session = Self::connect(hub, Client::Whip, local, offer)?;
        let join =
            Join { room, name, host_key: None, token: None, state: session.offer.state(), policy: None };
        let joined = session.ask(ClientMessage::Join(join)).await?;
        let ServerMessage::Joined(joined) = &*joined else { return Err(Refusal::busy()) };
        session.offer(session.offer.clone()).await?;
        Ok((session, joined.participant.clone()))
    }

    /// Offers to watch somebody in a room, or its mix.
    pub(super) async fn watch(
        hub: &Hub,
        local: IpAddr,
        room: RoomName,
        who: Option<String>,
        offer: Offer,
    ) -> Result<Self, Refusal> {
        let watched = hub.find(room.clone(), who).await.ok_or_else(Refusal::busy)??;
        let mut session = Self::connect(hub, Client::Viewer { room, watched }, local, offer)?;
        session.offer(session.offer.clone()).await?;
        Ok(session)
    }

    fn connect(hub: &Hub, client: Client, local: IpAddr, offer: Offer) -> Result<Self, Refusal> {
        let (connection, deliveries) = hub.connect(client, Some(local)).map_err(|Full| Refusal::full())?;
        Ok(Self { connection, deliveries, asked: 0, offer, answer: String::new() })
    }

    /// The answer to its offer.
    pub(super) fn answer(&self) -> &str {
        &self.answer
    }

    /// The entity tag of its ICE session: the name that this end goes by in it.
    pub(super) fn tag(&self) -> String {
        format!("\"{}\"", attribute(&self.answer, "ice-ufrag").unwrap_or_default())
    }

    /// Whether these are other credentials than those of its ICE session.
    pub(super) fn is_restarted_by(&self, credentials: &Credentials) -> bool {
        self.offer.credentials.as_ref() != Some(credentials)
    }

    /// Begins another ICE session; what there is to say of it to the client.
    pub(super) async fn restart(&mut self, credentials: &Credentials) -> Result<String, Failure> {
        self.offer(self.offer.restarted(credentials)).await?;
        Ok(of_answer(&self.answer))
    }

    /// Comes when the session is over by itself.
    pub(super) async fn over(&mut self) {
        while !is_end(&self.deliveries.next().await) {}
    }

    /// The client wants no more of it.
    pub(super) fn close(mut self) {
        self.connection.closed();
    }

    async fn offer(&mut self, offer: Offer) -> Result<(), Failure> {
        let invalid = |_| Failure::Over(CloseCode::ProtocolError);
        let forward = Forward::new(CONNECTION, offer.sdp.clone(), offer.sources.clone()).map_err(invalid)?;
        let answered = self.ask(ClientMessage::Forward(forward)).await?;
        if let ServerMessage::Forwarded(answered) = &*answered {
            self.answer.clone_from(&answered.description.sdp);
            self.offer = offer;
        }
        Ok(())
    }

    /// Says something, and waits for what is said to it.
    async fn ask(&mut self, message: ClientMessage) -> Result<Arc<ServerMessage>, Failure> {
        self.asked += 1;
        let asked = self.asked;
        let answered = async {
            self.connection.send(Ok(ClientFrame { id: Some(asked), message })).await;
            loop {
                match self.deliveries.next().await {
                    Delivery::Close(code) => return Err(Failure::Over(code)),
                    delivery if is_end(&delivery) => return Err(Failure::Over(CloseCode::TryAgainLater)),
                    Delivery::Message { message, .. } => match &*message {
                        ServerMessage::Error(error) if error.re == Some(asked) => {
                            return Err(Failure::Refused(error.clone()));
                        }
                        ServerMessage::Joined(joined) if joined.re == Some(asked) => return Ok(message),
                        ServerMessage::Forwarded(answer) if answer.re == asked => return Ok(message),
                        _ => {}
                    },
                }
            }
        };
        tokio::time::timeout(PATIENCE, answered).await.unwrap_or(Err(Failure::Late))
    }
}

/// Whether there is nothing after this.
fn is_end(delivery: &Delivery) -> bool {
    match delivery {
        Delivery::Message { message, .. } => matches!(**message, ServerMessage::ForwardEnded(_)),
        Delivery::Close(_) => true,
    }
}

impl From<&Failure> for Refusal {
    fn from(failure: &Failure) -> Self {
        match failure {
            Failure::Refused(error) => error.into(),
            Failure::Late => Self::busy(),
            Failure::Over(code) => (*code).into(),
        }
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        (&failure).into()
    }
}
