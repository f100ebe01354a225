//! One allocation: a client's relay, and whom it may talk to.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use foldhash::fast::FixedState;

use crate::addr::{Family, FiveTuple, PeerAddr, RelayedAddr, Transport};
use crate::integrity::Signer;
use crate::meter::Meter;
use crate::ports::Parity;
use crate::registrar::{Port, Whose};
use crate::reply::ReplyTo;
use crate::server::Toward;

/// The number of a channel: 0x4000 to 0x7FFF (RFC 5766 section 11), of which options may allow fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ChannelNumber(u16);

impl ChannelNumber {
    pub(crate) fn new(number: u16) -> Option<Self> {
        (0x4000..=0x7fff).contains(&number).then_some(Self(number))
    }

    pub(crate) fn to_be_bytes(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }
}

/// How far a permission reaches, beside our own live relays at that address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Everything there: the operator has opened its range.
    Opened,
    /// Everything there, unless the address is one of our own.
    Public,
    /// Nothing else.
    OwnRelays,
}

struct Permission {
    expires: Instant,
    reach: Reach,
}

struct Channel {
    peer: PeerAddr,
    expires: Instant,
}

/// Who made an allocation, and may change it.
pub(crate) struct Owner {
    pub(crate) username: Arc<str>,
    /// Signs the answer.
    pub(crate) signer: Signer,
}

/// A relayed address of an allocation, and its socket.
#[derive(Clone, Copy)]
pub(crate) struct Relay {
    pub(crate) transport: Transport,
    pub(crate) relayed: RelayedAddr,
    /// The local address of its socket.
    pub(crate) local_ip: IpAddr,
    pub(crate) socket: Socket,
}

/// Where a relay is on its way to a socket.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Socket {
    /// The driver was asked for it so many times.
    Wanted {
        attempts: u32,
    },
    /// That port could not be opened, and has gone back to the registrar in exchange for another one.
    Exchanged {
        attempts: u32,
    },
    Open,
}

/// A relayed address that could not be had, and the error code that says why (RFC 8656 section 18.13).
#[derive(Clone, Copy)]
pub(crate) struct Missing {
    pub(crate) family: Family,
    pub(crate) code: u16,
}

/// The request that an allocation was made by, as long as it is not answered.
#[derive(Clone, Copy)]
pub(crate) struct Pending {
    pub(crate) reply: ReplyTo,
    pub(crate) parity: Parity,
    pub(crate) transport: Transport,
}

pub(crate) struct Allocation {
    pub(crate) client: FiveTuple,
    pub(crate) owner: Owner,
    /// One relay; or one of each family, the second being the additional one; or the one that is left of two.
    pub(crate) relays: [Option<Relay>; 2],
    /// Whether the registrar has given it a place and ports.
    pub(crate) claimed: bool,
    pub(crate) missing: Option<Missing>,
    /// The token of the port above, where that was reserved.
    pub(crate) reservation: Option<u64>,
    /// `None` once it is answered: then the allocation is live.
    pub(crate) pending: Option<Pending>,
    /// The request that made it, and the lifetime granted then, in seconds: a retransmission is answered
    /// alike.
    pub(crate) made_by: u128,
    pub(crate) granted: u32,
    pub(crate) expires: Instant,
    /// What goes to peers, and what comes from them.
    pub(crate) sent: Meter,
    pub(crate) received: Meter,
    permissions: HashMap<IpAddr, Permission, FixedState>,
    channels: HashMap<ChannelNumber, Channel, FixedState>,
    by_peer: HashMap<PeerAddr, ChannelNumber, FixedState>,
}

impl Relay {
    pub(crate) fn family(&self) -> Family {
        Family::of(self.relayed.0.ip())
    }

    /// Whether datagrams can be sent to it.
    pub(crate) fn is_reached(&self) -> bool {
        self.socket == Socket::Open && self.transport == Transport::Udp
    }

    pub(crate) fn port(&self) -> Port {
        Port { family: self.family(), number: self.relayed.0.port() }
    }
}

/// A channel cannot be bound as asked (RFC 8656 section 12.2: answered with 400).
pub(crate) struct BoundOtherwise;

impl Allocation {
    pub(crate) fn new(
        client: FiveTuple,
        owner: Owner,
        missing: Option<Missing>,
        pending: Pending,
        (granted, expires): (u32, Instant),
        meter: Meter,
        hasher: &FixedState,
    ) -> Self {
        Self {
            client,
            owner,
            relays: [None, None],
            claimed: false,
            missing,
            reservation: None,
            pending: Some(pending),
            made_by: pending.reply.transaction.into(),
            granted,
            expires,
            sent: meter,
            received: meter,
            permissions: HashMap::with_hasher(hasher.clone()),
            channels: HashMap::with_hasher(hasher.clone()),
            by_peer: HashMap::with_hasher(hasher.clone()),
        }
    }

    /// Whom quotas count it for.
    pub(crate) fn whose(&self) -> Whose {
        Whose { username: self.owner.username.clone(), network: self.client.client.network() }
    }

    pub(crate) fn is_live(&self) -> bool {
        self.pending.is_none()
    }

    /// The relay for connections, and whether it is the additional one.
    pub(crate) fn tcp_relay(&self) -> Option<(&Relay, bool)> {
        let relays = self.relays.iter().zip([false, true]);
        let mut relays = relays.filter_map(|(relay, additional)| Some((relay.as_ref()?, additional)));
        relays.find(|(relay, _)| relay.transport == Transport::Tcp)
    }

    /// What counts the bytes that flow one way.
    pub(crate) fn meter(&mut self, toward: Toward) -> &mut Meter {
        match toward {
            Toward::Peer => &mut self.sent,
            Toward::Client => &mut self.received,
        }
    }

    /// The relay of `family`, and whether it is the additional one.
    pub(crate) fn relay_of(&self, family: Family) -> Option<(&Relay, bool)> {
        let [first, additional] = &self.relays;
        let relays =
            first.iter().map(|relay| (relay, false)).chain(additional.iter().map(|relay| (relay, true)));
        relays.into_iter().find(|(relay, _)| relay.family() == family)
    }

    /// Whether no socket is waited for any more.
    pub(crate) fn is_settled(&self) -> bool {
        self.claimed && self.relays.iter().flatten().all(|relay| relay.socket == Socket::Open)
    }

    /// How far the permission for `ip` reaches at `now`; `None` if there is none.
    pub(crate) fn permission(&self, ip: IpAddr, now: Instant) -> Option<Reach> {
        let permission = self.permissions.get(&ip)?;
        (now < permission.expires).then_some(permission.reach)
    }

    /// Whether permissions for all of `peers` can be held, of at most `max`; forgets expired ones if that
    /// helps.
    pub(crate) fn has_room_for(&mut self, peers: &[(IpAddr, Reach)], max: usize, now: Instant) -> bool {
        if self.permissions.len() + peers.len() > max {
            self.permissions.retain(|_, permission| now < permission.expires);
        }
        let mut new: Vec<IpAddr> = peers.iter().map(|(ip, _)| *ip).collect();
        new.retain(|ip| !self.permissions.contains_key(ip));
        new.sort_unstable();
        new.dedup();
        self.permissions.len() + new.len() <= max
    }

    pub(crate) fn permit(&mut self, ip: IpAddr, reach: Reach, expires: Instant) {
        self.permissions.insert(ip, Permission { expires, reach });
    }

    /// The peer that `number` is bound to at `now`.
    pub(crate) fn peer_of(&self, number: ChannelNumber, now: Instant) -> Option<PeerAddr> {
        let channel = self.channels.get(&number)?;
        (now < channel.expires).then_some(channel.peer)
    }

    /// The channel that `peer` is bound to at `now`.
    pub(crate) fn channel_of(&self, peer: PeerAddr, now: Instant) -> Option<ChannelNumber> {
        let number = *self.by_peer.get(&peer)?;
        (now < self.channels.get(&number)?.expires).then_some(number)
    }

    /// Whether `number` may be bound to `peer`: neither is bound otherwise.
    pub(crate) fn check_channel(
        &self,
        number: ChannelNumber,
        peer: PeerAddr,
        now: Instant,
    ) -> Result<(), BoundOtherwise> {
        let same_peer = self.peer_of(number, now).is_none_or(|bound| bound == peer);
        let same_number = self.channel_of(peer, now).is_none_or(|bound| bound == number);
        if same_peer && same_number { Ok(()) } else { Err(BoundOtherwise) }
    }

    /// Whether channel `number` can be held, of at most `max`; forgets expired ones if that helps.
    pub(crate) fn has_channel_room(&mut self, number: ChannelNumber, max: usize, now: Instant) -> bool {
        if self.channels.len() >= max {
            self.channels.retain(|_, channel| now < channel.expires);
            self.by_peer.retain(|_, number| self.channels.contains_key(number));
        }
        self.channels.contains_key(&number) || self.channels.len() < max
    }

    /// Binds `number` to `peer`, after [`check_channel`](Self::check_channel).
    pub(crate) fn bind_channel(&mut self, number: ChannelNumber, peer: PeerAddr, expires: Instant) {
        if let Some(old) = self.by_peer.insert(peer, number).filter(|&old| old != number) {
            self.channels.remove(&old);
        }
        if let Some(old) =
            self.channels.insert(number, Channel { peer, expires }).filter(|old| old.peer != peer)
        {
            self.by_peer.remove(&old.peer);
        }
    }
}
