//! What media threads send each other, and what the rest of the program sends them.

use std::collections::VecDeque;
use std::net::{IpAddr, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use mio::Waker;
use rustls::ServerConnection;
use tokio::sync::oneshot;
use visavis_protocol::{ForwardRequest, ParticipantId, RoomName};
use visavis_sfu::{FiveTuple, FromMix};
use visavis_turn::{Datagrams, PeerAddr, RelayedAddr, ShardId, ShardMessage};

use super::counter::MediaCounts;

/// Letters that may wait for a thread.
pub(super) const CAPACITY: usize = 1024;
/// Runs of datagrams that may wait for it beside them, so that a flood of these does not take their place.
pub(super) const DATA_CAPACITY: usize = 256;
/// Datagrams for endpoints of the forwarder that may wait for it beside both: what all clients send that the kernel gives to another
/// thread, in one turn of that thread.
pub(super) const MEDIA_CAPACITY: usize = 4096;
/// Messages that wait for one sibling from which on no more is begun that leads to any.
const MANY: usize = 4096;

/// Something for a media thread.
pub(super) enum Letter {
    /// A TCP connection to take over.
    Adopt(Adoption),
    /// Somebody wants to know what there is to count.
    Count(oneshot::Sender<MediaCounts>),
    /// What another shard tells.
    Shard { from: ShardId, message: ShardMessage },
    /// What a room asks of its forwarder.
    Forward(Box<Requested>),
    /// What the mix of a room says.
    Mixed(Mixed),
    /// Whether datagrams that come by this way are for the thread of that shard.
    Route { path: FiveTuple, of: ShardId, is_theirs: bool },
}

/// A room's request.
pub(super) struct Requested {
    pub(super) room: RoomName,
    pub(super) participant: ParticipantId,
    pub(super) request: ForwardRequest,
    /// The address of ours at which the participant's signaling reached us.
    pub(super) local: Option<IpAddr>,
}

/// Something from the mix of a room.
pub(super) struct Mixed {
    pub(super) room: RoomName,
    /// Which of its mixes, should there have been several.
    pub(super) number: u64,
    pub(super) made: Made,
}

/// What a mix has to say.
pub(super) enum Made {
    /// To the forwarder.
    Media(FromMix),
    /// That it takes so much of a core.
    Takes(f64),
    /// That this is too much for it.
    Overloaded,
}

/// A datagram for an endpoint of the forwarder that came in at another thread.
pub(super) struct Handed {
    pub(super) path: FiveTuple,
    pub(super) datagram: Vec<u8>,
}

/// Datagrams of another shard's relay for one of this thread's, each as long as said but for the last.
pub(super) struct Relayed {
    pub(super) to: RelayedAddr,
    pub(super) from: PeerAddr,
    pub(super) bytes: Vec<u8>,
    pub(super) each: usize,
}

/// Where a thread finds what others have for it.
pub(super) struct Inbox {
    pub(super) letters: Receiver<Letter>,
    pub(super) data: Receiver<Relayed>,
    pub(super) media: Receiver<Handed>,
}

/// A TCP connection on its way to a thread.
pub(super) struct Adoption {
    pub(super) stream: TcpStream,
    /// Of a connection with TLS.
    pub(super) session: Option<Box<ServerConnection>>,
    pub(super) speaks: Speaks,
}

/// What a TCP connection carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaks {
    /// STUN and TURN.
    Turn,
    /// Datagrams of an endpoint of the forwarder, each behind its length (RFC 4571).
    Ice,
}

/// Where a thread's letters are put.
#[derive(Clone)]
pub(super) struct Mailbox {
    letters: SyncSender<Letter>,
    data: SyncSender<Relayed>,
    media: SyncSender<Handed>,
    waker: Arc<Waker>,
}

/// The mailboxes of all threads, as one of them uses them.
pub(super) struct Siblings {
    this: ShardId,
    mailboxes: Vec<Mailbox>,
    /// Messages for each that found its mailbox full. None may be lost; but see [`are_behind`](Self::are_behind).
    waiting: Vec<VecDeque<ShardMessage>>,
    /// Whether something was put into the mailbox of each since it was last woken.
    written: Vec<bool>,
}

impl Mailbox {
    pub(super) fn new(waker: Waker) -> (Self, Inbox) {
        let (letters, received) = sync_channel(CAPACITY);
        let (data, received_data) = sync_channel(DATA_CAPACITY);
        let (media, received_media) = sync_channel(MEDIA_CAPACITY);
        let inbox = Inbox { letters: received, data: received_data, media: received_media };
        (Self { letters, data, media, waker: Arc::new(waker) }, inbox)
    }

    /// # Errors
    /// With the letter, if there is no room or nobody reads any more.
    pub(super) fn put(&self, letter: Letter) -> Result<(), TrySendError<Letter>> {
        self.letters.try_send(letter)
    }

    pub(super) fn wake(&self) {
        if let Err(error) = self.waker.wake() {
            tracing::warn!(%error, "a media thread cannot be woken");
        }
    }
}

impl Siblings {
    pub(super) fn new(this: ShardId, mailboxes: Vec<Mailbox>) -> Self {
        let waiting = mailboxes.iter().map(|_| VecDeque::new()).collect();
        let written = vec![false; mailboxes.len()];
        Self { this, mailboxes, waiting, written }
    }

    pub(super) fn this(&self) -> ShardId {
        self.this
    }

    pub(super) fn count(&self) -> usize {
        self.mailboxes.len()
    }

    /// Has another shard told something: at once, before any client hears of it, or as soon as there is room.
    pub(super) fn tell(&mut self, shard: ShardId, message: ShardMessage) {
        if let Some(waiting) = self.waiting.get_mut(shard.0) {
            waiting.push_back(message);
            self.send();
        }
    }

    /// Hands datagrams to another shard's relay. They are lost if there is no room.
    pub(super) fn hand(&mut self, shard: ShardId, to: RelayedAddr, from: PeerAddr, data: Datagrams<'_>) {
        let relayed = Relayed { to, from, bytes: data.bytes().to_vec(), each: data.each() };
        let Some(mailbox) = self.mailboxes.get(shard.0) else { return };
        let put = mailbox.data.try_send(relayed).is_ok();
        self.note(shard, put);
    }

    /// Hands a datagram to another shard's forwarder. It is lost if there is no room.
    pub(super) fn hand_media(&mut self, shard: ShardId, path: FiveTuple, datagram: &[u8]) {
        let Some(mailbox) = self.mailboxes.get(shard.0) else { return };
        let put = mailbox.media.try_send(Handed { path, datagram: datagram.to_vec() }).is_ok();
        self.note(shard, put);
    }

    /// Tells all others whether a way belongs to this one. That it does is told again with every check that comes in elsewhere, so
    /// that it does no harm if a letter finds no room.
    pub(super) fn tell_route(&mut self, path: FiveTuple, is_theirs: bool) {
        let of = self.this;
        for (shard, (mailbox, written)) in self.mailboxes.iter().zip(&mut self.written).enumerate() {
            if shard != of.0 {
                *written |= mailbox.put(Letter::Route { path, of, is_theirs }).is_ok();
            }
        }
    }

    /// Whoever got something is woken at the end of this turn.
    fn note(&mut self, shard: ShardId, put: bool) {
        if let Some(written) = self.written.get_mut(shard.0) {
            *written |= put;
        }
    }

    /// Puts what waits where it belongs, as far as there is room, and wakes who got something.
    pub(super) fn send(&mut self) {
        for ((mailbox, waiting), written) in
            self.mailboxes.iter().zip(&mut self.waiting).zip(&mut self.written)
        {
            while let Some(message) = waiting.pop_front() {
                match mailbox.put(Letter::Shard { from: self.this, message }) {
                    Ok(()) => *written = true,
                    Err(TrySendError::Full(Letter::Shard { message, .. })) => {
                        waiting.push_front(message);
                        break;
                    }
                    // It has ended, and with it the server.
                    Err(_) => waiting.clear(),
                }
            }
            if std::mem::take(written) {
                mailbox.wake();
            }
        }
    }

    /// Whether so many messages wait that no allocation should be made: what those that there are lead to still finds room.
    pub(super) fn are_behind(&self) -> bool {
        self.waiting.iter().any(|waiting| waiting.len() >= MANY)
    }

    /// Whether messages wait for room.
    pub(super) fn have_waiting(&self) -> bool {
        self.waiting.iter().any(|waiting| !waiting.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use mio::Poll;

    use super::*;
    use crate::media::token::Token;

    #[test]
    fn datagrams_that_find_no_room_are_lost() {
        let poll = Poll::new().unwrap();
        let (mailbox, inbox) = Mailbox::new(Waker::new(poll.registry(), Token::Waker.into()).unwrap());
        let mut siblings = Siblings::new(ShardId(1), vec![mailbox]);
        let to: std::net::SocketAddr = "192.0.2.1:50000".parse().unwrap();
        for _ in 0..=DATA_CAPACITY {
            siblings.hand(ShardId(0), RelayedAddr(to), PeerAddr(to), Datagrams::new(b"hello", 5));
        }
        siblings.send();
        assert_eq!(inbox.data.try_iter().count(), DATA_CAPACITY);
        assert_eq!(inbox.letters.try_iter().count(), 0);
        assert!(!siblings.have_waiting());
    }

    #[test]
    fn media_that_finds_no_room_is_lost_and_takes_none_from_relays() {
        let poll = Poll::new().unwrap();
        let (mailbox, inbox) = Mailbox::new(Waker::new(poll.registry(), Token::Waker.into()).unwrap());
        let mut siblings = Siblings::new(ShardId(1), vec![mailbox]);
        let at: std::net::SocketAddr = "192.0.2.1:50000".parse().unwrap();
        let path = FiveTuple { transport: visavis_sfu::Transport::Udp, remote: at, local: at };
        for _ in 0..=MEDIA_CAPACITY {
            siblings.hand_media(ShardId(0), path, b"hello");
        }
        siblings.hand(ShardId(0), RelayedAddr(at), PeerAddr(at), Datagrams::new(b"hello", 5));
        assert_eq!((inbox.media.try_iter().count(), inbox.data.try_iter().count()), (MEDIA_CAPACITY, 1));
    }
}
