//! Who receives little, and decodes it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::time::{Interval, MissedTickBehavior, interval};
use visavis_protocol::{
    Device, DirectPolicy, Facts, Join, ParticipantId, Ping, Plan, Policy, RoomName, ServerMessage, Slot,
    Source, StateUpdate,
};

use super::{SOUNDS, Way};
use crate::compare::member::{FACTS, Mixing};
use crate::forwarded::{self, PING, Venue};
use crate::link::Link;
use crate::peer::{Draft, Lines, Viewer};
use crate::stage::Stage;

/// How often it looks whether the mix has come.
const LOOK: Duration = Duration::from_millis(100);
/// The smallest encoding, by its place among the rids.
const SMALL: usize = 0;

/// A receiver in the room.
pub(super) struct Receiver {
    link: Link,
    own: ParticipantId,
    way: Way,
    /// Whom it looks at, if not at the mix.
    other: ParticipantId,
    stage: Arc<Stage>,
    /// Its place among the callers of the stage.
    index: usize,
    slots: Vec<Slot>,
    mixing: Mixing,
    looks: Interval,
    facts: Interval,
    pings: Interval,
}

impl Receiver {
    /// Joins, and agrees with the server on a connection. What it sees has so many tiles.
    ///
    /// # Errors
    /// If the server refuses something.
    pub(super) async fn join(
        venue: &Venue,
        way: Way,
        other: ParticipantId,
        tiles: usize,
    ) -> anyhow::Result<Self> {
        let mut link = Link::connect(&venue.address).await?;
        let own = link.hello().await?;
        let policy = Some(Policy { direct: DirectPolicy::Never, ..Policy::default() });
        let (room, name) = (RoomName::new(&venue.room)?, "Receiver".to_owned());
        let state = StateUpdate::default();
        let plan = link.join(Join { room, name, host_key: None, token: None, state, policy }).await?.plan;
        let lines = Lines { publish: false, sounds: SOUNDS, pictures: 1 };
        let draft = Draft::offer(link.local_ip(), lines)?;
        link.request("forward", forwarded::request(&draft)?).await?;
        let (mut mixing, mut slots) = (Mixing::default(), Vec::new());
        mixing.follow(&plan, &own)?;
        let answer = loop {
            match link.next().await? {
                ServerMessage::Forwarded(forwarded) => break forwarded.description.sdp,
                ServerMessage::Plan(plan) => drop(mixing.follow(&plan, &own)?),
                ServerMessage::Slots(told) => slots = told.slots,
                _ => {}
            }
        };
        let peer = draft.answered(&answer, None).context("the server's answer cannot be taken")?;
        let stage = Arc::clone(&venue.stage);
        let index = stage.add(peer.viewed_by(Viewer::new(tiles)))?;
        let [looks, facts, pings] = [LOOK, FACTS, PING].map(|every| {
            let mut interval = interval(every);
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            interval
        });
        let mut receiver = Self { link, own, way, other, stage, index, slots, mixing, looks, facts, pings };
        receiver.show().await?;
        Ok(receiver)
    }

    /// Its place among the callers of the stage.
    pub(super) fn index(&self) -> usize {
        self.index
    }

    /// Takes part until it has what it wants.
    ///
    /// # Errors
    /// If the server refuses something, or gives it up.
    pub(super) async fn until_it_sees(&mut self) -> anyhow::Result<()> {
        while !self.sees() {
            self.go_on().await?;
        }
        Ok(())
    }

    /// Takes part for as long as the server is there.
    ///
    /// # Errors
    /// If it refuses something, or gives the receiver up.
    pub(super) async fn attend(mut self) -> anyhow::Result<()> {
        loop {
            self.go_on().await?;
        }
    }

    fn sees(&self) -> bool {
        match self.way {
            Way::Layer => self.slots.iter().any(|slot| slot.source == Source::Camera),
            Way::Mix => self.mixing == Mixing::On,
        }
    }

    async fn go_on(&mut self) -> anyhow::Result<()> {
        tokio::select! {
            message = self.link.next() => self.hear(message?).await,
            _ = self.looks.tick() => self.look().await,
            _ = self.facts.tick() => self.tell_facts().await,
            _ = self.pings.tick() => self.link.tell("ping", Ping { time: 0.0 }).await,
        }
    }

    async fn hear(&mut self, message: ServerMessage) -> anyhow::Result<()> {
        match message {
            ServerMessage::Plan(plan) => self.follow(&plan).await,
            ServerMessage::Slots(slots) => {
                self.slots = slots.slots;
                Ok(())
            }
            ServerMessage::ParticipantLeft(body) => bail!("{:?} left the call", body.participant),
            ServerMessage::ForwardEnded(ended) => bail!("the server ended a connection: {:?}", ended.reason),
            _ => Ok(()),
        }
    }

    async fn follow(&mut self, plan: &Plan) -> anyhow::Result<()> {
        if self.mixing.follow(plan, &self.own)? {
            self.show().await?;
        }
        Ok(())
    }

    async fn look(&mut self) -> anyhow::Result<()> {
        if self.mixing.look(&self.stage.look(self.index)?, &self.slots) {
            self.show().await?;
        }
        Ok(())
    }

    /// Whoever waits for the mix has one place for a picture, and looks at nobody before.
    async fn show(&mut self) -> anyhow::Result<()> {
        let others = (self.way == Way::Layer).then_some(&self.other);
        let others = forwarded::shows(others.into_iter(), SMALL);
        self.link.request("shows", self.mixing.shows(others)).await
    }

    async fn tell_facts(&mut self) -> anyhow::Result<()> {
        let mix = Some(self.way == Way::Mix);
        let facts = Facts { device: Some(Device::Phone), mix, ..Facts::default() };
        self.link.request("facts", facts).await
    }
}
