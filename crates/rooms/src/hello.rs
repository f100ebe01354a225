//! The first message of a connection.

use std::sync::Arc;
use std::time::Instant;

use visavis_protocol::{CloseCode, ErrorCode, Hello, PROTOCOL, RoomName, ServerMessage, Welcome};

use crate::refusal::Refusal;
use crate::rooms::Rooms;
use crate::session::SessionId;

/// The longest `client`, in bytes.
const CLIENT_BYTES: usize = 64;

impl Rooms {
    /// `hello`: somebody new, or somebody who comes back.
    pub(crate) fn greet(&mut self, id: SessionId, hello: &Hello, now: Instant) {
        if hello.protocol != PROTOCOL {
            let message = format!("protocol {} is not spoken here, only {PROTOCOL}", hello.protocol);
            self.refuse(id, Refusal::new(ErrorCode::UnsupportedProtocol, message), None);
            return self.close(id, CloseCode::UnsupportedProtocol, now);
        }
        if hello.client.len() > CLIENT_BYTES {
            let message = format!("\"client\" has at most {CLIENT_BYTES} bytes");
            self.refuse(id, Refusal::new(ErrorCode::Invalid, message), None);
            return self.close(id, CloseCode::NoHello, now);
        }
        match hello.resume.as_deref() {
            Some(secret) => self.resume(id, secret, hello, now),
            None => {
                self.admit(id, now);
            }
        }
    }

    /// Welcomes a newcomer. False if the server has no room for it: its connection is closed.
    pub(crate) fn admit(&mut self, id: SessionId, now: Instant) -> bool {
        let admitted = self.take_in(id, now);
        if admitted {
            self.welcome(id, None, false, now);
        }
        admitted
    }

    /// Counts the client among those that the server knows. Until here it took no place but its connection's, or those
    /// who lost theirs could not come back to a full server.
    pub(crate) fn take_in(&mut self, id: SessionId, now: Instant) -> bool {
        if self.sessions.len() > self.limits.sessions {
            self.close(id, CloseCode::TryAgainLater, now);
            return false;
        }
        let Some(session) = self.sessions.get_mut(&id) else { return false };
        session.greeted = true;
        session.hear(now);
        self.arm_session(id);
        true
    }

    pub(crate) fn welcome(&mut self, id: SessionId, room: Option<RoomName>, resumed: bool, now: Instant) {
        let Some(session) = self.sessions.get(&id) else { return };
        let Some(connection) = session.connection() else { return };
        let welcome = Welcome {
            protocol: PROTOCOL,
            server: self.server.clone(),
            participant: session.participant.clone(),
            room,
            resumed,
            last_id: session.last_id,
            ice_servers: Vec::new(),
            ice_ttl: 0,
            time: self.clock.unix_ms(now),
        };
        self.send_as(connection, None, Arc::new(ServerMessage::Welcome(welcome)));
    }
}
