//! One client, for as long as the server knows it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Instant;

use visavis_protocol::{Limits, Participant, ParticipantId, ParticipantKind, RoomName, SourceState};

use crate::allowance::Allowance;
use crate::connection::ConnectionId;
use crate::host::network_of;
use crate::knocks::Wish;
use crate::media::Media;
use crate::outbox::Outbox;

/// Names a session inside this crate; it is the number of its first connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SessionId(pub(crate) u64);

/// A client: its connection, its numbers, and the room that it is in.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) participant: ParticipantId,
    pub(crate) kind: ParticipantKind,
    /// The network that its connection came from, as far as that is known.
    pub(crate) from: Option<IpAddr>,
    pub(crate) link: Link,
    /// Whether `hello` was said; only native clients need to.
    pub(crate) greeted: bool,
    /// The highest request number handled.
    pub(crate) last_id: u64,
    /// The stamp of when `seq` and `id` began to count. A client whose secret is older counts something else.
    pub(crate) numbers_since: u64,
    pub(crate) errors_in_a_row: u32,
    pub(crate) outbox: Outbox,
    /// Offers to the forwarder.
    pub(crate) offers: Allowance,
    /// Looks at what it reports, what it has missed, and policies.
    pub(crate) looks: Allowance,
    pub(crate) stalls: Allowance,
    pub(crate) policies: Allowance,
    pub(crate) membership: Option<Membership>,
    /// While a host has to let it in.
    pub(crate) wish: Option<Wish>,
}

/// Whether a client can be reached.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Link {
    /// Through this connection; something was heard from it at `heard`.
    Connected { connection: ConnectionId, heard: Instant },
    /// Not since then.
    Lost { since: Instant },
}

/// A session's place in a room.
#[derive(Debug)]
pub(crate) struct Membership {
    pub(crate) room: RoomName,
    pub(crate) name: String,
    pub(crate) host: bool,
    pub(crate) state: SourceState,
    /// What its client said last; of that the rules of the room, or a host, may have switched something off.
    pub(crate) said: SourceState,
    pub(crate) media: Media,
    /// Candidates sent to each other member since the last description to it.
    pub(crate) candidates: HashMap<ParticipantId, u32>,
    /// The stamp of its `join`: secrets that are older are of an earlier stay. `None` if a secret of before a restart
    /// made it; those secrets say nothing about the time of the `join`.
    pub(crate) since: Option<u64>,
}

impl Session {
    pub(crate) fn new(
        participant: ParticipantId,
        kind: ParticipantKind,
        from: Option<IpAddr>,
        connection: ConnectionId,
        now: Instant,
    ) -> Self {
        let native = kind == ParticipantKind::Native;
        Self {
            participant,
            kind,
            from: from.map(network_of),
            link: Link::Connected { connection, heard: now },
            greeted: !native,
            last_id: 0,
            numbers_since: 0,
            errors_in_a_row: 0,
            outbox: Outbox::new(native),
            offers: Allowance::default(),
            looks: Allowance::default(),
            stalls: Allowance::default(),
            policies: Allowance::default(),
            membership: None,
            wish: None,
        }
    }

    /// Something came from the client.
    pub(crate) fn hear(&mut self, now: Instant) {
        if let Link::Connected { heard, .. } = &mut self.link {
            *heard = now;
        }
    }

    /// Begins `seq` and `id` anew, with nothing to replay.
    pub(crate) fn begin_numbers(&mut self, stamp: u64) {
        self.outbox = Outbox::new(self.can_resume());
        self.last_id = 0;
        self.numbers_since = stamp;
    }

    pub(crate) fn connection(&self) -> Option<ConnectionId> {
        match self.link {
            Link::Connected { connection, .. } => Some(connection),
            Link::Lost { .. } => None,
        }
    }

    /// Only native clients resume; any other one is gone with its connection.
    pub(crate) fn can_resume(&self) -> bool {
        self.kind == ParticipantKind::Native
    }

    /// When something is to be done about this session if nothing happens; `None` if never.
    pub(crate) fn deadline(&self, limits: &Limits) -> Option<Instant> {
        match self.link {
            Link::Lost { since } => Some(since + limits.lost),
            Link::Connected { .. } if !self.can_resume() => None,
            Link::Connected { heard, .. } if self.greeted => Some(heard + limits.silence),
            Link::Connected { heard, .. } => Some(heard + limits.hello),
        }
    }

    /// What the others know it by; `None` outside a room.
    pub(crate) fn name(&self) -> Option<String> {
        Some(self.membership.as_ref()?.name.clone())
    }

    /// As the others see it; `None` outside a room.
    pub(crate) fn as_participant(&self) -> Option<Participant> {
        let membership = self.membership.as_ref()?;
        Some(Participant {
            id: self.participant.clone(),
            name: membership.name.clone(),
            kind: self.kind,
            host: membership.host,
            connected: self.connection().is_some(),
            state: membership.state,
        })
    }
}
