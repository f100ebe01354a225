//! What the rooms ask of the media threads, and what these have to say to participants.

use std::collections::VecDeque;
use std::hash::BuildHasher as _;
use std::net::IpAddr;
use std::sync::mpsc::TrySendError;
use std::time::Duration;

use foldhash::fast::RandomState;
use tokio::sync::mpsc;
use visavis_protocol::{
    ErrorCode, ErrorReply, ForwardRequest, ParticipantId, Recorded, RecordingPart, RoomName, ServerCosts,
    ServerMessage,
};

use super::mail::{Letter, Mailbox, Requested};

/// Messages of all media threads that may wait for the rooms.
const SAID: usize = 16 * 1024;
/// Requests that may wait for one media thread, beside those in its mailbox, and the bytes of their offers. More are refused;
/// that somebody has left or is muted is taken up to [`ASKED_AT_MOST`].
const ASKED: usize = 8 * 1024;
const ASKED_AT_MOST: usize = 2 * ASKED;
const ASKED_BYTES: usize = 16 << 20;
/// Refusals that may wait to be told.
const REFUSALS: usize = 1024;
/// When a full mailbox is tried again.
const AGAIN: Duration = Duration::from_millis(20);

/// What there is to tell of a room.
#[derive(Debug)]
pub(crate) enum Said {
    /// Something for a participant, or for all.
    Message { room: RoomName, to: Option<ParticipantId>, message: ServerMessage },
    /// The connection of a participant is up, or no longer.
    Reached { room: RoomName, participant: ParticipantId, reached: bool },
    /// The way to a participant is narrow, or no longer.
    Narrow { room: RoomName, participant: ParticipantId, narrow: bool },
    /// Its mix is too much for the time there is.
    Overloaded { room: RoomName },
    /// A recording of it has ended, or did not begin.
    Recorded { room: RoomName, recorded: Recorded },
    /// A part of a recording of it has begun, or ended.
    Part { room: RoomName, of: String, part: RecordingPart },
    /// What is done for it.
    Figures { room: RoomName, figures: ServerCosts },
}

/// Where media threads put what they say.
pub(super) type Says = mpsc::Sender<Said>;

/// The rooms' way to the media threads. Each room is on one of them.
pub(crate) struct Forwarder {
    threads: Vec<Asked>,
    said: mpsc::Receiver<Said>,
    /// What is said here, for want of a thread that could.
    refusals: VecDeque<Said>,
    hasher: RandomState,
}

struct Asked {
    mailbox: Mailbox,
    waiting: VecDeque<Requested>,
    /// What the waiting offers take, in bytes.
    bytes: usize,
}

/// A channel for what media threads say.
pub(super) fn channel() -> (Says, mpsc::Receiver<Said>) {
    mpsc::channel(SAID)
}

impl Forwarder {
    pub(super) fn new(mailboxes: Vec<Mailbox>, said: mpsc::Receiver<Said>) -> Self {
        let threads =
            mailboxes.into_iter().map(|mailbox| Asked { mailbox, waiting: VecDeque::new(), bytes: 0 });
        Self { threads: threads.collect(), said, refusals: VecDeque::new(), hasher: RandomState::default() }
    }

    /// Asks the thread that the room is on. `local`: the address of ours at which the participant's signaling reached us.
    pub(crate) fn ask(
        &mut self,
        room: RoomName,
        participant: ParticipantId,
        request: ForwardRequest,
        local: Option<IpAddr>,
    ) {
        let hash = self.hasher.hash_one(&room).checked_rem(self.threads.len() as u64).unwrap_or_default();
        let Some(thread) = usize::try_from(hash).ok().and_then(|place| self.threads.get_mut(place)) else {
            return;
        };
        if !thread.takes(&request) {
            tracing::warn!("a media thread is far behind: a request is refused");
            let (ForwardRequest::Offer { re, .. } | ForwardRequest::Stats { re }) = request else { return };
            if self.refusals.len() >= REFUSALS {
                return;
            }
            let message = "the server has too much to do".to_owned();
            let error = ErrorReply { code: ErrorCode::Busy, message, re: Some(re) };
            let said = Said::Message { room, to: Some(participant), message: ServerMessage::Error(error) };
            return self.refusals.push_back(said);
        }
        thread.bytes += bytes_of(&request);
        thread.waiting.push_back(Requested { room, participant, request, local });
        thread.send();
    }

    /// As [`next`](Self::next), without waiting.
    pub(crate) fn try_next(&mut self) -> Option<Said> {
        self.refusals.pop_front().or_else(|| self.said.try_recv().ok())
    }

    /// What a media thread says next. `None` if none does any more.
    pub(crate) async fn next(&mut self) -> Option<Said> {
        loop {
            if let Some(said) = self.refusals.pop_front() {
                return Some(said);
            }
            self.threads.iter_mut().for_each(Asked::send);
            if self.threads.iter().all(|thread| thread.waiting.is_empty()) {
                return self.said.recv().await;
            }
            if let Ok(said) = tokio::time::timeout(AGAIN, self.said.recv()).await {
                return said;
            }
        }
    }
}

/// What an offer takes, in bytes; the other requests are small.
fn bytes_of(request: &ForwardRequest) -> usize {
    match request {
        ForwardRequest::Offer { offer, .. } => offer.sdp.len() + offer.description.get().len(),
        _ => 0,
    }
}

impl Asked {
    fn takes(&self, request: &ForwardRequest) -> bool {
        let most = match request {
            ForwardRequest::Leave | ForwardRequest::State(_) => ASKED_AT_MOST,
            _ => ASKED,
        };
        let bytes = bytes_of(request);
        self.waiting.len() < most && (bytes == 0 || self.bytes + bytes <= ASKED_BYTES)
    }

    /// Puts what waits where it belongs, in order, as far as there is room.
    fn send(&mut self) {
        let mut sent = false;
        while let Some(request) = self.waiting.pop_front() {
            let bytes = bytes_of(&request.request);
            match self.mailbox.put(Letter::Forward(Box::new(request))) {
                Ok(()) => {
                    self.bytes -= bytes;
                    sent = true;
                }
                Err(TrySendError::Full(Letter::Forward(request))) => {
                    self.waiting.push_front(*request);
                    break;
                }
                // It has ended, and with it the server.
                Err(_) => {
                    self.waiting.clear();
                    self.bytes = 0;
                }
            }
        }
        if sent {
            self.mailbox.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use mio::{Poll, Waker};
    use visavis_protocol::{Forward, SourceState};

    use super::super::mail::CAPACITY;
    use super::super::token::Token;
    use super::*;

    /// Everything that is asked goes to one thread, which reads nothing.
    fn forwarder() -> (Forwarder, Poll, super::super::mail::Inbox) {
        let poll = Poll::new().unwrap();
        let waker = Waker::new(poll.registry(), Token::Waker.into()).unwrap();
        let (mailbox, inbox) = Mailbox::new(waker);
        (Forwarder::new(vec![mailbox], channel().1), poll, inbox)
    }

    fn ask(forwarder: &mut Forwarder, request: ForwardRequest) {
        let (room, participant) = (RoomName::new("r").unwrap(), ParticipantId::new("p").unwrap());
        forwarder.ask(room, participant, request, None);
    }

    fn offer(bytes: usize) -> ForwardRequest {
        let offer = Forward::new(1, "x".repeat(bytes), BTreeMap::new()).unwrap();
        ForwardRequest::Offer { offer, re: 1, state: SourceState::default(), only: None }
    }

    #[test]
    fn a_thread_that_is_far_behind_is_asked_no_more_but_hears_who_has_left() {
        let (mut forwarder, _poll, inbox) = forwarder();
        for _ in 0..CAPACITY + ASKED {
            ask(&mut forwarder, ForwardRequest::Stats { re: 1 });
        }
        assert!(forwarder.try_next().is_none());
        for _ in 0..REFUSALS + 10 {
            ask(&mut forwarder, ForwardRequest::Stats { re: 1 });
        }
        assert_eq!(std::iter::from_fn(|| forwarder.try_next()).count(), REFUSALS);
        for _ in 0..ASKED_AT_MOST {
            ask(&mut forwarder, ForwardRequest::Leave);
        }
        assert_eq!(forwarder.threads[0].waiting.len(), ASKED_AT_MOST);
        assert_eq!(inbox.letters.try_iter().count(), CAPACITY);
    }

    #[test]
    fn offers_that_wait_take_only_so_many_bytes_and_give_them_back() {
        let (mut forwarder, _poll, inbox) = forwarder();
        for _ in 0..CAPACITY {
            ask(&mut forwarder, ForwardRequest::Leave);
        }
        let each = bytes_of(&offer(60_000));
        for _ in 0..ASKED_BYTES / each {
            ask(&mut forwarder, offer(60_000));
        }
        assert!(forwarder.try_next().is_none());
        ask(&mut forwarder, offer(60_000));
        let refusal = forwarder.try_next();
        assert!(matches!(refusal, Some(Said::Message { message: ServerMessage::Error(_), .. })));
        assert_eq!(inbox.letters.try_iter().count(), CAPACITY);
        forwarder.threads.iter_mut().for_each(Asked::send);
        assert_eq!(forwarder.threads[0].bytes, 0);
        assert_eq!(inbox.letters.try_iter().count(), ASKED_BYTES / each);
    }
}
