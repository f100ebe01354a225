//! The secrets that clients keep for the server.

use std::time::Instant;

use rand::Rng as _;
use visavis_protocol::{HostClaims, ResumeClaims, RoomName};

use crate::life::Life;
use crate::room::Room;
use crate::rooms::Rooms;
use crate::session::SessionId;

impl Rooms {
    /// Whether this is a key of the room in its present life, or in the one of before a restart that was brought back.
    pub(crate) fn opens(&self, key: &str, name: &RoomName, room: &Room) -> bool {
        self.sealer.open_host(key).is_ok_and(|claims| {
            let life = Life(claims.instance);
            claims.room == *name && (life == room.life || Some(life) == room.restored)
        })
    }

    /// The key that makes others host.
    pub(crate) fn host_key(&mut self, name: &RoomName) -> Option<String> {
        let claims = HostClaims { room: name.clone(), instance: self.rooms.get(name)?.life.0 };
        self.sealer.seal_host(&claims, self.random.random()).ok()
    }

    /// The secret for coming back. Empty for a client that cannot resume.
    pub(crate) fn resume_secret(&mut self, id: SessionId, now: Instant) -> String {
        let (nonce, issued) = (self.random.random(), self.clock.stamp(now));
        let seal = || {
            let session = self.sessions.get(&id).filter(|session| session.can_resume())?;
            let membership = session.membership.as_ref()?;
            let room = self.rooms.get(&membership.room)?;
            let claims = ResumeClaims {
                room: membership.room.clone(),
                instance: room.life.0,
                policy: room.paths.policy,
                participant: session.participant.clone(),
                name: membership.name.clone(),
                host: membership.host,
                boot: self.boot,
                issued,
            };
            self.sealer.seal_resume(&claims, nonce).ok()
        };
        seal().unwrap_or_default()
    }
}
