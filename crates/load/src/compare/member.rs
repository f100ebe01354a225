//! A caller who connects as the plan of the room says: `docs/protocol.md`, sections 4, 6 and 7.

mod connections;
mod mixing;
mod switches;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::bail;
use tokio::time::{MissedTickBehavior, interval};
use visavis_protocol::{
    Device, Facts, Join, Joined, LegFacts, LegState, Limited, Participant, ParticipantId, Path, Ping, Plan,
    Policy, RoomName, ServerMessage, Slot, Source, StateUpdate,
};

use crate::forwarded::{self, LEAD, PING};
use crate::link::Link;
use crate::media::{Media, Script, Stamped};
use crate::peer::Leg;
use crate::stage::Stage;
use connections::{Connection, Standby};
pub(super) use mixing::Mixing;
use switches::Switches;

/// How often a caller looks after connections and switches that are under way.
const LOOK: Duration = Duration::from_millis(100);
/// How often it says what it sees of itself.
pub(super) const FACTS: Duration = Duration::from_secs(2);
/// What its way out takes, in bit/s: loopback takes more than anybody here sends.
const UPLINK: u64 = 1_000_000_000;

/// What the callers of a room have in common.
pub(super) struct Venue {
    /// `HOST:PORT`
    pub(super) address: String,
    pub(super) room: RoomName,
    pub(super) policy: Policy,
    /// How many come.
    pub(super) callers: usize,
    /// Whether they want the mix.
    pub(super) mix: bool,
    pub(super) stage: Arc<Stage>,
    pub(super) media: Arc<Media>,
    /// The encoding that is sent directly, and shown of those who are forwarded.
    pub(super) layer: usize,
}

/// A caller in the room.
pub(super) struct Member {
    venue: Arc<Venue>,
    link: Link,
    own: ParticipantId,
    /// Its number among the callers.
    number: usize,
    /// What keeps it from encoding more.
    limited: Limited,
    /// When its first frame is due, on all of its connections.
    start: Instant,
    plan: Plan,
    legs: BTreeMap<ParticipantId, Connection>,
    server: Option<Standby>,
    /// Whom it shows.
    cameras: BTreeSet<ParticipantId>,
    slots: Vec<Slot>,
    /// Of others.
    switches: Switches,
    /// How far it is with the mix.
    mixing: Mixing,
}

impl Member {
    /// Joins, and begins to connect.
    ///
    /// # Errors
    /// If the server refuses something.
    pub(super) async fn join(venue: &Arc<Venue>, number: usize, limited: Limited) -> anyhow::Result<Self> {
        let mut link = Link::connect(&venue.address).await?;
        let own = link.hello().await?;
        let state = StateUpdate { mic: Some(true), camera: Some(true), ..StateUpdate::default() };
        let (room, name, policy) = (venue.room.clone(), format!("Guest {}", number + 1), Some(venue.policy));
        let join = Join { room, name, host_key: None, token: None, state, policy };
        let Joined { plan, participants, .. } = link.join(join).await?;
        let mut member = Self {
            venue: Arc::clone(venue),
            link,
            own,
            number,
            limited,
            start: Instant::now() + LEAD,
            plan,
            legs: BTreeMap::new(),
            server: None,
            cameras: BTreeSet::new(),
            slots: Vec::new(),
            switches: Switches::default(),
            mixing: Mixing::default(),
        };
        member.arrive(participants).await?;
        Ok(member)
    }

    /// Its id in the room.
    pub(super) fn id(&self) -> &ParticipantId {
        &self.own
    }

    /// Takes part for as long as the server is there.
    ///
    /// # Errors
    /// If it refuses something, or gives the caller up.
    pub(super) async fn attend(mut self) -> anyhow::Result<()> {
        let [mut looks, mut facts, mut pings] = [LOOK, FACTS, PING].map(|every| {
            let mut interval = interval(every);
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            interval
        });
        loop {
            tokio::select! {
                message = self.link.next() => self.hear(message?).await?,
                _ = looks.tick() => self.look_after().await?,
                _ = facts.tick() => self.tell_facts().await?,
                _ = pings.tick() => self.link.tell("ping", Ping { time: 0.0 }).await?,
            }
        }
    }

    /// The newcomer offers to everybody, as far as there are to be connections.
    async fn arrive(&mut self, others: Vec<Participant>) -> anyhow::Result<()> {
        let ids: Vec<ParticipantId> = others.iter().map(|other| other.id.clone()).collect();
        others.into_iter().for_each(|other| self.notice(other));
        if self.plan.legs {
            for id in ids {
                let leg = Leg::offer(self.link.local_ip())?;
                self.describe(id, "offer", leg).await?;
            }
        }
        self.follow().await?;
        self.show().await
    }

    async fn hear(&mut self, message: ServerMessage) -> anyhow::Result<()> {
        match message {
            ServerMessage::ParticipantJoined(body) | ServerMessage::ParticipantChanged(body) => {
                self.notice(body.participant);
                self.show().await
            }
            ServerMessage::ParticipantLeft(body) => bail!("{:?} left the call", body.participant),
            ServerMessage::Description(body) => self.take_description(body.from, &body.description).await,
            ServerMessage::Candidate(body) => self.take_candidate(&body.from, &body.candidate),
            ServerMessage::Plan(plan) => {
                self.plan = plan;
                self.follow().await
            }
            ServerMessage::Forwarded(forwarded) => self.connect(&forwarded.description.sdp),
            ServerMessage::Slots(slots) => {
                self.slots = slots.slots;
                Ok(())
            }
            ServerMessage::Wanted(wanted) => {
                let camera = wanted.sources.into_iter().find(|wanted| wanted.source == Source::Camera);
                match (camera, &self.server) {
                    (Some(camera), Some(Standby::Made(number))) => {
                        self.venue.stage.only(*number, camera.rids)
                    }
                    _ => Ok(()),
                }
            }
            ServerMessage::ForwardEnded(ended) => bail!("the server ended a connection: {:?}", ended.reason),
            _ => Ok(()),
        }
    }

    fn notice(&mut self, participant: Participant) {
        if participant.state.camera && participant.id != self.own {
            self.cameras.insert(participant.id);
        }
    }

    async fn show(&mut self) -> anyhow::Result<()> {
        if self.plan.standby {
            let others = forwarded::shows(self.cameras.iter(), self.venue.layer);
            self.link.request("shows", self.mixing.shows(others)).await?;
        }
        Ok(())
    }

    fn script(&self) -> Script {
        // What is mixed is decoded, and a time stamp is no part of a picture.
        let stamped = if self.venue.mix { Stamped::No } else { Stamped::Due };
        Script::new(Arc::clone(&self.venue.media), self.start, stamped)
    }

    /// Does as the plan says.
    async fn follow(&mut self) -> anyhow::Result<()> {
        if self.plan.standby && self.server.is_none() {
            self.stand_by().await?;
        }
        for (to, connection) in &self.legs {
            if let Connection::Made { number, .. } = connection {
                self.venue.stage.pause(*number, !self.sends_to(to))?;
            }
        }
        if let Some(Standby::Made(number)) = self.server {
            self.venue.stage.pause(number, !self.sends_on(Path::Forward))?;
        }
        self.switches.follow(self.plan.switches.iter().filter(|switch| switch.publisher != self.own));
        if self.mixing.follow(&self.plan, &self.own)? {
            self.show().await?;
        }
        Ok(())
    }

    /// Whether its media goes that way: on the path that it has, and on both during a switch.
    fn sends_on(&self, path: Path) -> bool {
        let is_forwarded = self.plan.forwarded.iter().any(|publisher| publisher.participant == self.own);
        let own = if is_forwarded { Path::Forward } else { Path::Direct };
        own == path || self.plan.switches.iter().any(|switch| switch.publisher == self.own)
    }

    fn sends_to(&self, other: &ParticipantId) -> bool {
        self.sends_on(Path::Direct) || self.plan.unreached.contains(other)
    }

    async fn look_after(&mut self) -> anyhow::Result<()> {
        let mut fresh = false;
        for connection in self.legs.values_mut() {
            if let Connection::Made { number, stands, .. } = connection
                && !*stands
            {
                *stands = self.venue.stage.look(*number)?.connected;
                fresh |= *stands;
            }
        }
        if fresh {
            self.tell_facts().await?;
        }
        if let Some(Standby::Made(number)) = self.server
            && self.mixing.look(&self.venue.stage.look(number)?, &self.slots)
        {
            self.show().await?;
        }
        self.look_after_switches().await
    }

    async fn tell_facts(&mut self) -> anyhow::Result<()> {
        let legs = self.legs.iter().map(|(participant, connection)| {
            let stands = matches!(connection, Connection::Made { stands: true, .. });
            let state = if stands { LegState::Direct } else { LegState::Connecting };
            LegFacts { participant: participant.clone(), state, rtt: None, loss: None, fps: None }
        });
        let facts = Facts {
            uplink: Some(UPLINK),
            limited: Some(self.limited),
            device: Some(Device::Desktop),
            mix: Some(self.venue.mix),
            legs: legs.collect(),
            ..Facts::default()
        };
        self.link.request("facts", facts).await
    }
}
