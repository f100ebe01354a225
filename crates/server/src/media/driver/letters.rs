//! What a media thread is told by the others, and by the rest of the program.

use std::time::Instant;

use visavis_turn::Datagrams;

use super::Driver;
use crate::media::connections::five_tuple;
use crate::media::counter::MediaCounts;
use crate::media::mail::{self, Adoption, Handed, Letter, Relayed};
use crate::media::token::Token;

impl Driver {
    /// Reads what has come so far, but not for ever if others go on writing.
    pub(super) fn read_letters(&mut self, now: Instant) {
        // Who writes wakes this thread anew, so that data which is left over is not forgotten either.
        self.has_letters = true;
        for _ in 0..mail::CAPACITY {
            let Ok(letter) = self.inbox.letters.try_recv() else {
                self.has_letters = false;
                break;
            };
            match letter {
                Letter::Adopt(adoption) => self.adopt(adoption, now),
                // Whoever asked may not wait any more.
                Letter::Count(answer) => drop(answer.send(self.counts())),
                Letter::Shard { from, message } => self.server.handle_shard(from, message, now),
                Letter::Forward(request) => self.forwarding.ask(*request, now),
                Letter::Mixed(mixed) => self.forwarding.take_mixed(mixed, now),
                Letter::Route { path, of, is_theirs } => self.forwarding.learn(path, of, is_theirs, now),
            }
            self.drain_if_much(now);
        }
        for _ in 0..mail::DATA_CAPACITY {
            let Ok(Relayed { to, from, bytes, each }) = self.inbox.data.try_recv() else { break };
            for datagram in Datagrams::new(&bytes, each).iter() {
                self.server.handle_relayed(to, from, datagram, now);
                self.drain_if_much(now);
            }
        }
        for _ in 0..mail::MEDIA_CAPACITY {
            let Ok(Handed { path, datagram }) = self.inbox.media.try_recv() else { break };
            self.forwarding.take_handed(path, &datagram, &mut self.siblings, now);
        }
        self.drain(now);
        self.send_forwarded(now);
    }

    fn counts(&self) -> MediaCounts {
        let count = |held| u64::try_from(held).unwrap_or(u64::MAX);
        let (connections, peers) = (count(self.connections.len()), count(self.pipes.len()));
        MediaCounts { turn: self.server.counts(), sfu: self.forwarding.counts(), connections, peers }
    }

    fn adopt(&mut self, adoption: Adoption, now: Instant) {
        let Ok(client) = five_tuple(&adoption.stream) else { return };
        // The same client may come back from the same port before the end of its last connection was noticed.
        if let Some(old) = self.connections.index_of(&client) {
            self.close(old, now);
        }
        let of_address = self.connections.held_from(client.client.network());
        if self.connections.len() >= self.options.max_connections
            || of_address >= self.options.max_per_address
        {
            return tracing::debug!("too many TCP connections: one is closed");
        }
        match self.connections.adopt(adoption, &self.options, self.poll.registry(), now) {
            Ok(index) => drop(self.ready.insert(Token::Connection(index))),
            Err(error) => tracing::debug!(%error, "connection not taken over"),
        }
    }
}
