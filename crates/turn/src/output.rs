//! What a server wants done: every side effect it has.

use std::collections::VecDeque;
use std::fmt;
use std::net::IpAddr;
use std::ops::Range;

use crate::addr::{Family, FiveTuple, PeerAddr, RelayedAddr, Transport};
use crate::connections::ConnectionId;
use crate::shards::{Note, ShardId, ShardMessage};

/// Outputs, and bytes in them, that are worth taking at once.
const MANY: usize = 256;
const MANY_BYTES: usize = 256 << 10;
/// The most bytes that leave together: the longest payload of a UDP datagram.
const LONGEST_RUN: usize = 65_507;
/// The longest datagram that leaves together with others, in bytes: what fits every link of IPv6 (an MTU of 1280, less its and
/// UDP's header). The kernel cuts no datagram of a run into fragments, but refuses the whole run.
const LONGEST_IN_RUN: usize = 1232;

/// Names an allocation. Never used twice in the life of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct AllocationId {
    pub(crate) slot: u32,
    pub(crate) generation: u32,
}

/// Names a relay, and the socket that the driver opened for it. Never used twice in the life of a server.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RelayId {
    pub(crate) allocation: AllocationId,
    /// Whether it is the second of its allocation.
    pub(crate) additional: bool,
}

impl fmt::Debug for RelayId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AllocationId { slot, generation } = self.allocation;
        write!(f, "RelayId({slot}.{generation}{})", if self.additional { "+" } else { "" })
    }
}

/// What may happen to bytes for a client that does not read fast enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The answer to a request. Over TCP it must arrive, or the connection be closed.
    Reply,
    /// A peer's datagram. It may be lost, as datagrams are.
    Datagram,
}

/// The bytes of one datagram, or of several that go to one destination, one behind the other. All but the last have the same
/// length, which is what the kernel wants of datagrams that it is given at once (UDP_SEGMENT, *GSO*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Datagrams<'a> {
    bytes: &'a [u8],
    /// The length of each, in bytes.
    each: usize,
}

impl<'a> Datagrams<'a> {
    /// Those that `bytes` consist of, `each` bytes long but for the last, which may be shorter.
    #[must_use]
    pub fn new(bytes: &'a [u8], each: usize) -> Self {
        Self { bytes, each }
    }

    /// The length of each but the last, in bytes.
    #[must_use]
    pub fn each(self) -> usize {
        self.each
    }

    /// All bytes: as they stand in a stream.
    #[must_use]
    pub fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// The datagrams one by one.
    pub fn iter(self) -> impl Iterator<Item = &'a [u8]> {
        self.in_runs_of(1).map(|(datagram, _)| datagram)
    }

    /// Runs of at most `most` datagrams, each with the length of all datagrams in it but the last.
    pub fn in_runs_of(self, most: usize) -> impl Iterator<Item = (&'a [u8], usize)> {
        let Self { bytes, each } = self;
        // An empty datagram is one, too.
        let empty = bytes.is_empty().then_some((bytes, each));
        empty.into_iter().chain(bytes.chunks((each * most).max(1)).map(move |run| (run, each)))
    }
}

/// A side effect. There are no others.
#[derive(Debug, PartialEq, Eq)]
pub enum Output<'a> {
    /// Send `data` to a client: as one datagram, or as the next bytes of its stream.
    ToClient {
        /// Which client, and from which of our addresses.
        client: FiveTuple,
        /// Whether it may be lost.
        delivery: Delivery,
        /// What to send, padded as the transport wants it. In a stream messages that follow each other are one.
        data: Datagrams<'a>,
    },
    /// Send datagrams from a relay's socket.
    ToPeer {
        /// From which relay.
        relay: RelayId,
        /// To whom.
        peer: PeerAddr,
        /// Their payload.
        data: Datagrams<'a>,
        /// Whether they are to be lost rather than cut into fragments (RFC 8656 section 15).
        dont_fragment: bool,
    },
    /// Open a UDP socket or, for TCP, listen; and answer with [`handle_bound`](crate::Server::handle_bound).
    Bind {
        /// The relay that it is for.
        relay: RelayId,
        /// The local address to bind: the unspecified one when a public address is configured.
        ip: IpAddr,
        /// The port to bind.
        port: u16,
        /// The family of the socket; an IPv6 socket must not accept IPv4.
        family: Family,
        /// Whether it is for datagrams or for connections. Those that peers make are told by
        /// [`handle_accepted`](crate::Server::handle_accepted).
        transport: Transport,
    },
    /// Close a relay's socket.
    Unbind {
        /// The relay. Its id is not used again.
        relay: RelayId,
    },
    /// Connect to a peer from the address of a TCP relay, and answer with
    /// [`handle_connected`](crate::Server::handle_connected).
    Connect {
        /// The new connection.
        connection: ConnectionId,
        /// From which relay.
        relay: RelayId,
        /// To whom.
        peer: PeerAddr,
    },
    /// Take over the client's TCP connection, once what is queued for it has been sent: from now on its bytes go to the
    /// connection with the peer, and that one's to the client, as far as [`allowance`](crate::Server::allowance) lets them.
    Join {
        /// The connection with the peer.
        connection: ConnectionId,
        /// Which client.
        client: FiveTuple,
    },
    /// Close the connection with a peer, and the client's that was joined to it.
    Disconnect {
        /// The connection. Its id may be used again.
        connection: ConnectionId,
    },
    /// Hand datagrams to whoever takes media in this program; see
    /// [`handle_media_addresses`](crate::Server::handle_media_addresses). They may be lost.
    ToMedia {
        /// The relay that they come from.
        from: PeerAddr,
        /// The address of ours that they are for.
        to: RelayedAddr,
        /// Their payload.
        data: Datagrams<'a>,
    },
    /// Hand datagrams to the relay of another shard, which takes them with
    /// [`handle_relayed`](crate::Server::handle_relayed). They may be lost.
    ToRelay {
        /// Whose relay it is.
        shard: ShardId,
        /// Where it is.
        to: RelayedAddr,
        /// The relay that they come from.
        from: PeerAddr,
        /// Their payload.
        data: Datagrams<'a>,
    },
    /// Carry a message to another shard, which takes it with [`handle_shard`](crate::Server::handle_shard).
    ToShard {
        /// To which.
        shard: ShardId,
        /// What to carry.
        message: ShardMessage,
    },
}

enum Queued {
    ToClient { client: FiveTuple, delivery: Delivery, data: Range<usize> },
    ToPeer { relay: RelayId, peer: PeerAddr, data: Range<usize>, dont_fragment: bool },
    Bind { relay: RelayId, ip: IpAddr, port: u16, transport: Transport },
    Unbind { relay: RelayId },
    Connect { connection: ConnectionId, relay: RelayId, peer: PeerAddr },
    Join { connection: ConnectionId, client: FiveTuple },
    Disconnect { connection: ConnectionId },
    ToMedia { from: PeerAddr, to: RelayedAddr, data: Range<usize> },
    ToRelay { shard: ShardId, to: RelayedAddr, from: PeerAddr, data: Range<usize> },
    ToShard { shard: ShardId, message: ShardMessage },
}

/// Outputs that wait to be polled. Their bytes lie in one buffer that is used again once all are taken.
pub(crate) struct Outputs {
    queue: VecDeque<Queued>,
    bytes: Vec<u8>,
    max_outputs: usize,
    max_bytes: usize,
}

impl Outputs {
    pub(crate) fn new(max_outputs: usize, max_bytes: usize) -> Self {
        Self { queue: VecDeque::new(), bytes: Vec::new(), max_outputs, max_bytes }
    }

    /// Whether input has to be refused until outputs are taken.
    pub(crate) fn is_full(&self) -> bool {
        self.queue.len() >= self.max_outputs || (!self.queue.is_empty() && self.bytes.len() >= self.max_bytes)
    }

    /// Whether it is time to take some.
    pub(crate) fn are_many(&self) -> bool {
        self.queue.len() >= MANY || self.bytes.len() >= MANY_BYTES
    }

    /// Queues what `write` appends for a client.
    pub(crate) fn push_to_client(
        &mut self,
        client: FiveTuple,
        delivery: Delivery,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        let data = self.append(write);
        self.queue.push_back(Queued::ToClient { client, delivery, data });
    }

    pub(crate) fn push_to_peer(
        &mut self,
        relay: RelayId,
        peer: PeerAddr,
        payload: &[u8],
        dont_fragment: bool,
    ) {
        let data = self.append(|bytes| bytes.extend_from_slice(payload));
        self.queue.push_back(Queued::ToPeer { relay, peer, data, dont_fragment });
    }

    pub(crate) fn push_bind(&mut self, relay: RelayId, ip: IpAddr, port: u16, transport: Transport) {
        self.queue.push_back(Queued::Bind { relay, ip, port, transport });
    }

    pub(crate) fn push_connect(&mut self, connection: ConnectionId, relay: RelayId, peer: PeerAddr) {
        self.queue.push_back(Queued::Connect { connection, relay, peer });
    }

    pub(crate) fn push_join(&mut self, connection: ConnectionId, client: FiveTuple) {
        self.queue.push_back(Queued::Join { connection, client });
    }

    pub(crate) fn push_disconnect(&mut self, connection: ConnectionId) {
        self.queue.push_back(Queued::Disconnect { connection });
    }

    pub(crate) fn push_unbind(&mut self, relay: RelayId) {
        self.queue.push_back(Queued::Unbind { relay });
    }

    pub(crate) fn push_to_relay(&mut self, shard: ShardId, to: RelayedAddr, from: PeerAddr, payload: &[u8]) {
        let data = self.append(|bytes| bytes.extend_from_slice(payload));
        self.queue.push_back(Queued::ToRelay { shard, to, from, data });
    }

    pub(crate) fn push_to_media(&mut self, from: PeerAddr, to: RelayedAddr, payload: &[u8]) {
        let data = self.append(|bytes| bytes.extend_from_slice(payload));
        self.queue.push_back(Queued::ToMedia { from, to, data });
    }

    pub(crate) fn push_to_shard(&mut self, shard: ShardId, note: Note) {
        self.queue.push_back(Queued::ToShard { shard, message: ShardMessage(note) });
    }

    pub(crate) fn poll(&mut self) -> Option<Output<'_>> {
        Some(match self.queue.pop_front()? {
            Queued::ToClient { client, delivery, data } => {
                let is_stream = client.transport == Transport::Tcp;
                let data = self.run(data, is_stream, |next| match next {
                    Queued::ToClient { client: to, delivery: how, data } => {
                        (*to == client && *how == delivery).then_some(data)
                    }
                    _ => None,
                });
                Output::ToClient { client, delivery, data }
            }
            Queued::ToPeer { relay, peer, data, dont_fragment } => {
                let data = self.run(data, false, |next| match next {
                    Queued::ToPeer { relay: from, peer: to, data, dont_fragment: whole } => {
                        (*from == relay && *to == peer && *whole == dont_fragment).then_some(data)
                    }
                    _ => None,
                });
                Output::ToPeer { relay, peer, data, dont_fragment }
            }
            Queued::Bind { relay, ip, port, transport } => {
                Output::Bind { relay, ip, port, family: Family::of(ip), transport }
            }
            Queued::Unbind { relay } => Output::Unbind { relay },
            Queued::Connect { connection, relay, peer } => Output::Connect { connection, relay, peer },
            Queued::Join { connection, client } => Output::Join { connection, client },
            Queued::Disconnect { connection } => Output::Disconnect { connection },
            Queued::ToMedia { from, to, data } => {
                Output::ToMedia { from, to, data: self.run(data, false, |_| None) }
            }
            Queued::ToRelay { shard, to, from, data } => {
                let data = self.run(data, false, |next| match next {
                    Queued::ToRelay { to: next_to, from: next_from, data, .. } => {
                        (*next_to == to && *next_from == from).then_some(data)
                    }
                    _ => None,
                });
                Output::ToRelay { shard, to, from, data }
            }
            Queued::ToShard { shard, message } => Output::ToShard { shard, message },
        })
    }

    /// The datagram `first`, and those behind it that can leave with it: `alike` has their bytes if they go the same way. In a
    /// stream all of them can.
    fn run(
        &mut self,
        first: Range<usize>,
        is_stream: bool,
        alike: impl Fn(&Queued) -> Option<&Range<usize>>,
    ) -> Datagrams<'_> {
        let each = first.len();
        let Range { start, mut end } = first;
        while let Some(next) = self.queue.front().and_then(&alike) {
            let fits = is_stream || (each <= LONGEST_IN_RUN && !next.is_empty() && next.len() <= each);
            if !fits || next.start != end || next.end - start > LONGEST_RUN {
                break;
            }
            let is_last = next.len() < each && !is_stream;
            end = next.end;
            self.queue.pop_front();
            if is_last {
                break;
            }
        }
        Datagrams { bytes: &self.bytes[start..end], each: if is_stream { end - start } else { each } }
    }

    fn append(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Range<usize> {
        if self.queue.is_empty() {
            self.bytes.clear();
        }
        let start = self.bytes.len();
        write(&mut self.bytes);
        start..self.bytes.len()
    }
}
