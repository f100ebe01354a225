//! What a client has said and its task has not looked at yet.
//!
//! Socket.IO calls its handlers while it reads, and cannot be made to wait. So they put requests here, in order, as long as
//! there is room; a client that says more than the server keeps up with is sent away.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use visavis_protocol::FrameError;

use super::request::Request;

/// The most memory that may wait, in bytes: one full POST of a client that could not send for a while.
pub(crate) const MAX_WAITING_BYTES: usize = 2 * 1024 * 1024;

/// What a request takes besides its text.
const REQUEST_BYTES: usize = 256;

type Said = Result<Request, FrameError>;

/// The handlers' end.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    /// Bounded by `space`: what waits has a permit each.
    queue: mpsc::UnboundedSender<Option<(Said, OwnedSemaphorePermit)>>,
    space: Arc<Semaphore>,
}

/// The task's end.
#[derive(Debug)]
pub(crate) struct Receiver(mpsc::UnboundedReceiver<Option<(Said, OwnedSemaphorePermit)>>);

/// More waits than may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overflow;

/// A queue for one client.
pub(crate) fn queue() -> (Sender, Receiver) {
    let (queue, receiver) = mpsc::unbounded_channel();
    (Sender { queue, space: Arc::new(Semaphore::new(MAX_WAITING_BYTES)) }, Receiver(receiver))
}

impl Sender {
    /// Adds what the client said.
    pub(crate) fn push(&self, said: Said) -> Result<(), Overflow> {
        let weight = REQUEST_BYTES + said.as_ref().map_or_else(|error| error.message.len(), Request::weight);
        let weight = u32::try_from(weight).map_err(|_| Overflow)?;
        let permit = Arc::clone(&self.space).try_acquire_many_owned(weight).map_err(|_| Overflow)?;
        // Without a receiver the client is being disconnected, and nobody is left to be told.
        self.queue.send(Some((said, permit))).ok();
        Ok(())
    }

    /// The client is gone; nothing more comes.
    pub(crate) fn end(&self) {
        self.queue.send(None).ok();
    }
}

impl Receiver {
    /// What the client said next; `None` once it is gone. May be dropped while it waits, without loss.
    pub(crate) async fn next(&mut self) -> Option<Said> {
        self.0.recv().await.flatten().map(|(said, _)| said)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn part(channel: &str) -> Said {
        Request::parse("part", json!(channel))
    }

    #[tokio::test]
    async fn requests_come_out_in_order_and_then_the_end() {
        let (sender, mut receiver) = queue();
        for channel in ["one", "two"] {
            sender.push(part(channel)).unwrap();
        }
        sender.end();
        for channel in ["one", "two"] {
            let Some(Ok(Request::Part(name))) = receiver.next().await else { panic!() };
            assert_eq!(name.as_str(), channel);
        }
        assert!(receiver.next().await.is_none());
    }

    #[tokio::test]
    async fn what_may_wait_is_bounded_and_what_was_looked_at_makes_room() {
        let (sender, mut receiver) = queue();
        let mut pushed = 0;
        while sender.push(part("room")).is_ok() {
            pushed += 1;
        }
        assert_eq!(pushed, MAX_WAITING_BYTES / (REQUEST_BYTES + "room".len()));
        assert_eq!(sender.push(part("room")), Err(Overflow));
        receiver.next().await.unwrap().unwrap();
        assert_eq!(sender.push(part("room")), Ok(()));
    }
}
