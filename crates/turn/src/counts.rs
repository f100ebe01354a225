//! What a server has done, in numbers.

use std::ops::AddAssign;

/// Datagrams and their payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// How many.
    pub datagrams: u64,
    /// Bytes of payload in them; with streams, all there are.
    pub bytes: u64,
}

/// Counts of one server since its start, and how much it holds now. Those of several shards add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Allocations that are live, or about to be.
    pub allocations: u64,
    /// Allocations that were made.
    pub allocated: u64,
    /// Requests refused for want of good credentials, each with a challenge.
    pub challenged: u64,
    /// Such requests that were not answered, because their source had got its share of challenges.
    pub unanswered: u64,
    /// Requests refused for any other reason.
    pub refused: u64,
    /// From clients to peers, those at relays of our own among them.
    pub to_peers: Traffic,
    /// From peers to clients.
    pub to_clients: Traffic,
    /// Datagrams that were not relayed: beyond the bandwidth of their allocation, or without a permission.
    pub dropped: u64,
}

impl Traffic {
    pub(crate) fn count(&mut self, payload: &[u8]) {
        self.datagrams += 1;
        self.count_stream(payload.len());
    }

    pub(crate) fn count_stream(&mut self, bytes: usize) {
        self.bytes += u64::try_from(bytes).unwrap_or(u64::MAX);
    }
}

impl AddAssign for Traffic {
    fn add_assign(&mut self, other: Self) {
        self.datagrams += other.datagrams;
        self.bytes += other.bytes;
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.allocations += other.allocations;
        self.allocated += other.allocated;
        self.challenged += other.challenged;
        self.unanswered += other.unanswered;
        self.refused += other.refused;
        self.to_peers += other.to_peers;
        self.to_clients += other.to_clients;
        self.dropped += other.dropped;
    }
}
