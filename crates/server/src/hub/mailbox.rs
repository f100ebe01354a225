//! What waits for one client: little memory while nothing does, bounded when the client does not read.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use visavis_protocol::CloseCode;

use super::{Delivery, Full};

/// Messages that may wait for one client: more than a resume replays at once, with its `welcome` and what comes meanwhile.
const WAITING_MESSAGES: usize = 320;
/// Bytes that may wait for one client.
const WAITING_BYTES: usize = 1024 * 1024;
/// Room in an empty queue that is worth keeping, in messages.
const KEPT_CAPACITY: usize = 8;

/// The hub's end. Dropping it lets the client have what waits, and then closes it as for a restart.
pub(super) struct Link(Arc<Mutex<Mailbox>>);

/// The client's end: the hub's way to it.
pub(crate) struct Deliveries(Arc<Mutex<Mailbox>>);

#[derive(Default)]
struct Mailbox {
    waiting: VecDeque<Delivery>,
    bytes: usize,
    /// The client is to be cut off at once.
    abort: Option<CloseCode>,
    /// One of the ends is gone.
    ended: bool,
    /// The client's task; there is only one.
    reader: Option<Waker>,
}

/// Both ends of an empty mailbox.
pub(super) fn mailbox() -> (Link, Deliveries) {
    let mailbox = Arc::<Mutex<Mailbox>>::default();
    (Link(Arc::clone(&mailbox)), Deliveries(mailbox))
}

impl Link {
    /// Puts it behind what waits already. What is for a client that is gone is dropped: how it went is on its way to the
    /// hub, and to take it for one that does not read would keep the place of somebody who has left.
    pub(super) fn deliver(&self, delivery: Delivery) -> Result<(), Full> {
        let mut mailbox = lock(&self.0);
        if mailbox.ended {
            return Ok(());
        }
        let bytes = mailbox.bytes + delivery.weight();
        if bytes > WAITING_BYTES || mailbox.waiting.len() >= WAITING_MESSAGES {
            return Err(Full);
        }
        mailbox.bytes = bytes;
        mailbox.waiting.push_back(delivery);
        wake(mailbox);
        Ok(())
    }

    /// Cuts the client off, even in the middle of a write.
    pub(super) fn abort(self, code: CloseCode) {
        lock(&self.0).abort = Some(code);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let mut mailbox = lock(&self.0);
        mailbox.ended = true;
        wake(mailbox);
    }
}

impl Deliveries {
    /// The next thing to tell the client. After `Close` there is nothing more.
    pub(crate) async fn next(&mut self) -> Delivery {
        poll_fn(|context| lock(&self.0).poll_next(context)).await
    }

    /// What else is there to tell, if something waits already.
    pub(crate) fn try_next(&mut self) -> Option<Delivery> {
        let mut mailbox = lock(&self.0);
        mailbox.abort.take().map(Delivery::Close).or_else(|| mailbox.take_first())
    }

    /// Comes when the client is to be cut off even in the middle of a write. Never, otherwise.
    pub(crate) async fn aborted(&mut self) -> CloseCode {
        poll_fn(|context| lock(&self.0).poll_aborted(context)).await
    }
}

impl Drop for Deliveries {
    fn drop(&mut self) {
        let mut mailbox = lock(&self.0);
        mailbox.ended = true;
        mailbox.waiting = VecDeque::new();
    }
}

impl Mailbox {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Delivery> {
        if let Poll::Ready(code) = self.poll_aborted(context) {
            return Poll::Ready(Delivery::Close(code));
        }
        match self.take_first() {
            Some(delivery) => Poll::Ready(delivery),
            None if self.ended => Poll::Ready(Delivery::Close(CloseCode::Restart)),
            None => Poll::Pending,
        }
    }

    fn take_first(&mut self) -> Option<Delivery> {
        let delivery = self.waiting.pop_front()?;
        self.bytes -= delivery.weight();
        if self.waiting.is_empty() && self.waiting.capacity() > KEPT_CAPACITY {
            self.waiting = VecDeque::new();
        }
        Some(delivery)
    }

    fn poll_aborted(&mut self, context: &mut Context<'_>) -> Poll<CloseCode> {
        if let Some(code) = self.abort.take() {
            return Poll::Ready(code);
        }
        match &mut self.reader {
            Some(reader) => reader.clone_from(context.waker()),
            None => self.reader = Some(context.waker().clone()),
        }
        Poll::Pending
    }
}

/// A mailbox is whole between any two statements, so that a panic of somebody else does not matter here.
fn lock(mailbox: &Mutex<Mailbox>) -> MutexGuard<'_, Mailbox> {
    mailbox.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Not before the lock is free: the reader might run on another core at once, only to wait for it.
fn wake(mut mailbox: MutexGuard<'_, Mailbox>) {
    let reader = mailbox.reader.take();
    drop(mailbox);
    if let Some(reader) = reader {
        reader.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use visavis_protocol::{ErrorCode, ErrorReply, ServerMessage};

    use super::*;

    fn message(bytes: usize) -> Delivery {
        let reply = ErrorReply { code: ErrorCode::Invalid, message: "x".repeat(bytes), re: None };
        Delivery::Message { seq: None, message: Arc::new(ServerMessage::Error(reply)) }
    }

    async fn next_is_message(deliveries: &mut Deliveries) -> bool {
        matches!(deliveries.next().await, Delivery::Message { .. })
    }

    async fn closed_with(deliveries: &mut Deliveries) -> Option<CloseCode> {
        match deliveries.next().await {
            Delivery::Close(code) => Some(code),
            Delivery::Message { .. } => None,
        }
    }

    #[tokio::test]
    async fn so_many_messages_may_wait_and_what_is_read_makes_room() {
        let (link, mut deliveries) = mailbox();
        for _ in 0..WAITING_MESSAGES {
            link.deliver(message(1)).unwrap();
        }
        assert_eq!(link.deliver(message(1)), Err(Full));
        assert!(next_is_message(&mut deliveries).await);
        assert_eq!(link.deliver(message(1)), Ok(()));
    }

    #[test]
    fn a_whole_replay_fits_and_more() {
        let limits = visavis_protocol::Limits::default();
        assert!(WAITING_MESSAGES > limits.replay_messages + 32);
        assert!(WAITING_BYTES > 2 * limits.replay_bytes);
    }

    #[tokio::test]
    async fn so_many_bytes_may_wait_and_an_empty_queue_keeps_little_room() {
        let (link, mut deliveries) = mailbox();
        let mut delivered = 0;
        while link.deliver(message(WAITING_BYTES / 20)).is_ok() {
            delivered += 1;
        }
        assert!((10..20).contains(&delivered), "{delivered}");
        for _ in 0..delivered {
            assert!(next_is_message(&mut deliveries).await);
        }
        let mailbox = lock(&deliveries.0);
        assert_eq!(mailbox.bytes, 0);
        assert!(mailbox.waiting.capacity() <= KEPT_CAPACITY);
    }

    #[tokio::test]
    async fn an_abort_overtakes_what_waits() {
        let (link, mut deliveries) = mailbox();
        link.deliver(message(1)).unwrap();
        link.abort(CloseCode::TooSlow);
        assert_eq!(closed_with(&mut deliveries).await, Some(CloseCode::TooSlow));
    }

    #[tokio::test]
    async fn whoever_is_let_go_in_peace_gets_what_waits_first() {
        let (link, mut deliveries) = mailbox();
        link.deliver(message(1)).unwrap();
        drop(link);
        assert!(next_is_message(&mut deliveries).await);
        assert_eq!(closed_with(&mut deliveries).await, Some(CloseCode::Restart));
    }

    #[tokio::test]
    async fn a_reader_that_waits_is_woken() {
        let (link, mut deliveries) = mailbox();
        let reading = async { closed_with(&mut deliveries).await };
        let writing = async { link.deliver(Delivery::Close(CloseCode::Silent)) };
        assert_eq!(tokio::join!(reading, writing), (Some(CloseCode::Silent), Ok(())));
    }

    #[test]
    fn nothing_is_kept_for_a_client_that_is_gone_nor_is_it_taken_for_slow() {
        let (link, deliveries) = mailbox();
        drop(deliveries);
        assert_eq!(link.deliver(message(1)), Ok(()));
        assert!(lock(&link.0).waiting.is_empty());
    }
}
