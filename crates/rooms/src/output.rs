//! The ways out of the state machine.

use std::sync::Arc;

use visavis_protocol::{CloseCode, ForwardRequest, ParticipantId, RoomName, ServerMessage};

use crate::connection::ConnectionId;

/// What is to be done: every side effect there is.
#[derive(Debug, Clone)]
pub enum Output {
    /// Send this to the client. Order matters.
    Send {
        /// Through this connection.
        connection: ConnectionId,
        /// Its number; `None` for `welcome` and `pong`.
        seq: Option<u64>,
        /// What to say.
        message: Arc<ServerMessage>,
    },
    /// Ask this of whoever forwards the room's media, in this order for each room. What there is to answer comes back by
    /// [`handle_forwarder`](crate::Rooms::handle_forwarder).
    Forward {
        /// The room.
        room: RoomName,
        /// Whose request it is.
        participant: ParticipantId,
        /// Its connection, while it has one.
        via: Option<ConnectionId>,
        /// What to do.
        request: ForwardRequest,
    },
    /// Close the connection after what was sent before; nothing further is said of it, nor heard from it.
    Close {
        /// This one.
        connection: ConnectionId,
        /// With this code.
        code: CloseCode,
    },
}
