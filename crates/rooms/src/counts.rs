//! How much there is of everything.

use crate::rooms::Rooms;
use crate::switched::Switched;

/// How much the server keeps at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counts {
    /// Clients that are connected.
    pub connections: usize,
    /// Clients that are known: those that are connected, and those that lost their connection and may come back.
    pub sessions: usize,
    /// Rooms, the empty ones that have not ended yet included.
    pub rooms: usize,
    /// What switches were like so far.
    pub switched: Switched,
}

impl Rooms {
    /// How much the server keeps at the moment, for metrics. Costs nothing.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            connections: self.connections.len(),
            sessions: self.sessions.len(),
            rooms: self.rooms.len(),
            switched: self.switched,
        }
    }
}
