//! What a client has said and its task has not looked at yet.
//!
//! Socket.IO calls its handlers while it reads, and cannot be made to wait. So they put requests here, in order, as long as
//! there is room; a client that says more than the server keeps up with is sent away.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError, mpsc};
use visavis_protocol::FrameError;

use super::request::Request;

/// The most memory that may wait, in bytes: one full POST of a client that could not send for a while.
pub(crate) const MAX_WAITING_BYTES: usize = 2 * 1024 * 1024;

/// What a request takes besides its text.
const REQUEST_BYTES: usize = 256;

type Said = Result<Request, FrameError>;

/// What comes out.
#[derive(Debug)]
pub(crate) enum Next {
    /// The client said this, or something that is not understood.
    Said(Said),
    /// The client is gone; nothing more comes.
    Gone,
    /// The client said more than may wait, and what it said is lost; nothing more comes.
    Overflow,
}

/// The handlers' end.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    /// Bounded by `space`: whatever waits has a permit.
    queue: mpsc::UnboundedSender<(Next, Option<OwnedSemaphorePermit>)>,
    /// Closed after an overflow, so that nothing follows what is missing.
    space: Arc<Semaphore>,
}

/// The task's end.
#[derive(Debug)]
pub(crate) struct Receiver(mpsc::UnboundedReceiver<(Next, Option<OwnedSemaphorePermit>)>);

/// A queue for one client.
pub(crate) fn queue() -> (Sender, Receiver) {
    let (queue, receiver) = mpsc::unbounded_channel();
    (Sender { queue, space: Arc::new(Semaphore::new(MAX_WAITING_BYTES)) }, Receiver(receiver))
}

impl Sender {
    /// Adds what the client said.
    pub(crate) fn push(&self, said: Said) {
        let weight = REQUEST_BYTES + said.as_ref().map_or_else(|error| error.message.len(), Request::weight);
        let weight = u32::try_from(weight).unwrap_or(u32::MAX);
        match Arc::clone(&self.space).try_acquire_many_owned(weight) {
            Ok(permit) => self.add(Next::Said(said), Some(permit)),
            Err(TryAcquireError::NoPermits) => {
                self.space.close();
                self.add(Next::Overflow, None);
            }
            Err(TryAcquireError::Closed) => {}
        }
    }

    /// The client is gone.
    pub(crate) fn end(&self) {
        self.add(Next::Gone, None);
    }

    /// Without a receiver the client is being disconnected, and nobody is left to be told.
    fn add(&self, next: Next, permit: Option<OwnedSemaphorePermit>) {
        self.queue.send((next, permit)).ok();
    }
}

impl Receiver {
    /// What came next. May be dropped while it waits, without loss.
    pub(crate) async fn next(&mut self) -> Next {
        self.0.recv().await.map_or(Next::Gone, |(next, _)| next)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn part(channel: &str) -> Said {
        Request::parse("part", json!(channel))
    }

    fn parted(next: Next) -> String {
        let Next::Said(Ok(Request::Part(channel))) = next else { panic!("{next:?}") };
        channel.as_str().to_owned()
    }

    #[tokio::test]
    async fn requests_come_out_in_order_and_then_the_end() {
        let (sender, mut receiver) = queue();
        for channel in ["one", "two"] {
            sender.push(part(channel));
        }
        sender.end();
        for channel in ["one", "two"] {
            assert_eq!(parted(receiver.next().await), channel);
        }
        assert!(matches!(receiver.next().await, Next::Gone));
        drop(sender);
        assert!(matches!(receiver.next().await, Next::Gone));
    }

    #[tokio::test]
    async fn what_may_wait_is_bounded_and_nothing_follows_what_found_no_room() {
        let (sender, mut receiver) = queue();
        let bound = MAX_WAITING_BYTES / (REQUEST_BYTES + "room".len());
        for _ in 0..=bound {
            sender.push(part("room"));
        }
        for _ in 0..bound {
            parted(receiver.next().await);
        }
        sender.push(part("late"));
        assert!(matches!(receiver.next().await, Next::Overflow));
        sender.end();
        assert!(matches!(receiver.next().await, Next::Gone));
    }

    #[tokio::test]
    async fn what_was_looked_at_makes_room() {
        let (sender, mut receiver) = queue();
        for _ in 0..3 * MAX_WAITING_BYTES / REQUEST_BYTES {
            sender.push(part("room"));
            parted(receiver.next().await);
        }
    }
}
