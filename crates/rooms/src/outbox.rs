//! What was sent to one client and may have to be sent again.

use std::collections::VecDeque;
use std::sync::Arc;

use visavis_protocol::{Limits, ServerMessage};

/// Numbers a client's messages, and keeps those that it has not acknowledged, within bounds.
#[derive(Debug)]
pub(crate) struct Outbox {
    last_seq: u64,
    kept: VecDeque<Arc<ServerMessage>>,
    kept_bytes: usize,
    keep: bool,
}

impl Outbox {
    /// `keep`: whether the client can resume, so that keeping makes sense.
    pub(crate) fn new(keep: bool) -> Self {
        Self { last_seq: 0, kept: VecDeque::new(), kept_bytes: 0, keep }
    }

    /// Gives the message its number. Past the limits the oldest ones are forgotten, and a client that missed them gets a
    /// full picture instead.
    pub(crate) fn push(&mut self, message: &Arc<ServerMessage>, limits: &Limits) -> u64 {
        self.last_seq += 1;
        if self.keep {
            self.kept_bytes += message.weight();
            self.kept.push_back(Arc::clone(message));
            while self.kept.len() > limits.replay_messages || self.kept_bytes > limits.replay_bytes {
                self.forget_oldest();
            }
        }
        self.last_seq
    }

    /// Forgets everything up to `seq`.
    pub(crate) fn acknowledge(&mut self, seq: u64) {
        while !self.kept.is_empty() && self.oldest_seq() <= seq {
            self.forget_oldest();
        }
        if self.kept.is_empty() {
            self.kept.shrink_to_fit();
        }
    }

    /// Everything after `last_seq`, or `None` if some of it was forgotten (or `last_seq` was never sent).
    pub(crate) fn replay(&mut self, last_seq: u64) -> Option<Vec<(u64, Arc<ServerMessage>)>> {
        if last_seq > self.last_seq || last_seq + 1 < self.oldest_seq() {
            return None;
        }
        self.acknowledge(last_seq);
        Some((self.oldest_seq()..).zip(self.kept.iter().cloned()).collect())
    }

    fn oldest_seq(&self) -> u64 {
        self.last_seq + 1 - self.kept.len() as u64
    }

    fn forget_oldest(&mut self) {
        if let Some(message) = self.kept.pop_front() {
            self.kept_bytes -= message.weight();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use visavis_protocol::{ErrorCode, ErrorReply};

    fn message(bytes: usize) -> Arc<ServerMessage> {
        let reply = ErrorReply { code: ErrorCode::Invalid, message: "x".repeat(bytes), re: None };
        Arc::new(ServerMessage::Error(reply))
    }

    fn seqs(outbox: &mut Outbox, last_seq: u64) -> Option<Vec<u64>> {
        Some(outbox.replay(last_seq)?.into_iter().map(|(seq, _)| seq).collect())
    }

    #[test]
    fn a_replay_begins_after_the_last_message_handled() {
        let mut outbox = Outbox::new(true);
        for _ in 0..5 {
            outbox.push(&message(1), &Limits::default());
        }
        assert_eq!(seqs(&mut outbox, 3), Some(vec![4, 5]));
        assert_eq!(seqs(&mut outbox, 5), Some(vec![]));
        assert_eq!(seqs(&mut outbox, 6), None, "never sent");
        assert_eq!(seqs(&mut outbox, 2), None, "acknowledged and forgotten");
    }

    #[test]
    fn the_number_of_kept_messages_is_bounded() {
        let limits = Limits { replay_messages: 3, ..Limits::default() };
        let mut outbox = Outbox::new(true);
        for _ in 0..10 {
            outbox.push(&message(1), &limits);
        }
        assert_eq!(outbox.kept.len(), 3);
        assert_eq!(seqs(&mut outbox, 6), None);
        assert_eq!(seqs(&mut outbox, 7), Some(vec![8, 9, 10]));
    }

    #[test]
    fn the_bytes_of_kept_messages_are_bounded() {
        let limits = Limits { replay_bytes: 2000, ..Limits::default() };
        let mut outbox = Outbox::new(true);
        for _ in 0..10 {
            outbox.push(&message(700), &limits);
            assert!(outbox.kept_bytes <= 2000);
        }
        assert_eq!(outbox.kept.len(), 2);
        outbox.acknowledge(10);
        assert_eq!(outbox.kept_bytes, 0);
    }

    #[test]
    fn nothing_is_kept_for_a_client_that_cannot_resume() {
        let mut outbox = Outbox::new(false);
        assert_eq!(outbox.push(&message(1), &Limits::default()), 1);
        assert!(outbox.kept.is_empty());
    }
}
