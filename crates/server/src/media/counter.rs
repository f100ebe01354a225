//! Asking the media threads what they have done. They count for themselves, and tell when they are asked: so that counting costs
//! nothing while datagrams come in.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};
use visavis_turn::Counts;

use super::mail::{Letter, Mailbox};

/// How long a thread may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the media threads have done, and hold now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MediaCounts {
    pub(crate) turn: Counts,
    pub(crate) sfu: visavis_sfu::Counts,
    /// TCP connections of clients.
    pub(crate) connections: u64,
    /// Connections with peers of TCP relays.
    pub(crate) peers: u64,
}

/// Asks the media threads.
#[derive(Clone)]
pub(crate) struct MediaCounter {
    threads: Arc<[Mailbox]>,
    /// One at a time, or a flood of questions would take the room of other letters.
    turn: Arc<Semaphore>,
}

impl MediaCounter {
    pub(super) fn new(threads: impl Iterator<Item = Mailbox>) -> Self {
        Self { threads: threads.collect(), turn: Arc::new(Semaphore::new(1)) }
    }

    /// The sum of what all threads count; `None` if one does not answer in time.
    pub(crate) async fn counts(&self) -> Option<MediaCounts> {
        let _turn = self.turn.acquire().await.ok()?;
        let mut answers = Vec::new();
        for thread in &*self.threads {
            let (sender, answer) = oneshot::channel();
            thread.put(Letter::Count(sender)).ok()?;
            thread.wake();
            answers.push(answer);
        }
        let mut sum = MediaCounts::default();
        for answer in answers {
            let counts = tokio::time::timeout(PATIENCE, answer).await.ok()?.ok()?;
            sum.turn += counts.turn;
            sum.sfu += counts.sfu;
            sum.connections += counts.connections;
            sum.peers += counts.peers;
        }
        Some(sum)
    }
}
