//! What a server asks of the registrar and tells the other shards, and what it hears from them.

use std::time::Instant;

use super::Server;
use crate::addr::RelayedAddr;
use crate::registrar::{Answer, Grant, Question, Release};
use crate::shards::{Note, ShardId, ShardMessage};

impl Server {
    /// Takes what another shard tells this one.
    pub fn handle_shard(&mut self, from: ShardId, message: ShardMessage, now: Instant) {
        self.handle_timeout(now);
        match message.0 {
            Note::Question(question) => {
                if let Some(registrar) = &mut self.registrar {
                    let answer = registrar.answer(question, now);
                    self.outputs.push_to_shard(from, Note::Answer(answer));
                }
            }
            Note::Answer(answer) => self.answered(answer),
            Note::Release(release) => self.release(release),
            Note::Opened(relayed) => self.directory.open(relayed, from),
            Note::Closed(relayed) => self.directory.close(relayed, from),
        }
    }

    /// Asks the registrar, who may be here.
    pub(super) fn ask(&mut self, question: Question, now: Instant) {
        match &mut self.registrar {
            Some(registrar) => {
                let answer = registrar.answer(question, now);
                self.answered(answer);
            }
            None => self.outputs.push_to_shard(ShardId::FIRST, Note::Question(question)),
        }
    }

    /// Gives back to the registrar, who may be here.
    pub(super) fn release(&mut self, release: Release) {
        match &mut self.registrar {
            Some(registrar) => registrar.release(&release),
            None => self.outputs.push_to_shard(ShardId::FIRST, Note::Release(release)),
        }
    }

    /// The others reach a relay of this shard by its address.
    pub(super) fn tell_opened(&mut self, relayed: RelayedAddr) {
        self.tell_others(&Note::Opened(relayed));
    }

    pub(super) fn tell_closed(&mut self, relayed: RelayedAddr) {
        self.tell_others(&Note::Closed(relayed));
    }

    fn tell_others(&mut self, note: &Note) {
        let this = self.shard;
        for shard in (0..self.shards).map(ShardId).filter(|shard| *shard != this) {
            self.outputs.push_to_shard(shard, note.clone());
        }
    }

    fn answered(&mut self, answer: Answer) {
        match answer {
            Answer::Claimed { allocation, whose, result } => {
                self.unanswered_claims -= 1;
                let waits = self.allocations.get(allocation).is_some_and(|waiting| !waiting.claimed);
                match result {
                    _ if waits => self.claimed(allocation, result),
                    // It ended meanwhile.
                    Ok(Grant { ports, token }) => self.release(Release { ports, token, whose: Some(whose) }),
                    Err(_) => {}
                }
            }
            Answer::Exchanged { relay, grant } => {
                if self.allocations.relay(relay).is_some() {
                    self.exchanged(relay, grant);
                } else if let Some(Grant { ports, token }) = grant {
                    self.release(Release { ports, token, whose: None });
                }
            }
        }
    }
}
