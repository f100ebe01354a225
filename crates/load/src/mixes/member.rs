//! A caller in a room of visavis who receives its mix: `docs/protocol.md`, section 8.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval};
use visavis_protocol::{
    DirectPolicy, Facts, Forward, Join, MixState, ParticipantId, Ping, Plan, Policy, RoomName, ServerMessage,
    Shown, Shows, Source, StateUpdate,
};

use super::talker::{self, Ears, Talker};
use super::voice::Sound;
use crate::forwarded::{self, CONNECTION, LEAD, PING};
use crate::link::Link;
use crate::media::{Media, Script, Stamped};
use crate::peer::{Draft, Lines};
use crate::stage::Stage;

/// How often a caller looks after the mix, and says what it sees of itself: as often as the page does.
const LOOK: Duration = Duration::from_millis(250);
const FACTS: Duration = Duration::from_secs(2);
/// So many frames of the mix are decoded before nothing else is shown.
const FRAMES: u64 = 3;
/// The size in which the mix is shown.
const SIZE: (u16, u16) = (1280, 720);

/// Where a caller is let in.
#[derive(Clone)]
pub(super) struct Venue {
    /// `HOST:PORT`
    pub(super) address: String,
    pub(super) room: RoomName,
    pub(super) stage: Arc<Stage>,
}

/// How far a caller has got.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress {
    /// What the plan says of the mix.
    pub(super) mix: MixState,
    /// Whether the caller has told the server that it hears the mix, and nobody apart from it.
    pub(super) hears: bool,
}

/// A caller in the room.
pub(super) struct Member {
    link: Link,
    own: ParticipantId,
    stage: Arc<Stage>,
    /// In the stage under this number.
    number: usize,
    /// Whether it sees the mix as well.
    sees: bool,
    plan: Plan,
    /// Whether it has asked for the picture.
    has_asked: bool,
    progress: watch::Sender<Progress>,
}

impl Member {
    /// Lets somebody in who has sound alone, and wants no picture; also tells what they hear.
    ///
    /// # Errors
    /// If the server refuses something.
    pub(super) async fn talk(
        venue: &Venue,
        sound: (Sound, bool),
        progress: watch::Sender<Progress>,
    ) -> anyhow::Result<(Self, Ears)> {
        let (mut link, own, plan) = join(venue, false).await?;
        let draft = talker::Draft::offer(link.local_ip(), talker::Lines::Two)?;
        let sources = BTreeMap::from([(Source::Mic, draft.mid.to_string())]);
        link.request("forward", Forward::new(CONNECTION, draft.sdp.clone(), sources)?).await?;
        let (answer, plan) = answer(&mut link, plan).await?;
        let (talker, ears): (Talker, Ears) = draft.answered(&answer, sound)?;
        let (number, stage) = (venue.stage.add(talker)?, Arc::clone(&venue.stage));
        Ok((Self { link, own, stage, number, sees: false, plan, has_asked: false, progress }, ears))
    }

    /// Lets somebody in who sends camera and microphone, and sees and hears the mix; also tells their number in the stage.
    ///
    /// # Errors
    /// If the server refuses something.
    pub(super) async fn appear(
        venue: &Venue,
        media: &Arc<Media>,
        progress: watch::Sender<Progress>,
    ) -> anyhow::Result<(Self, usize)> {
        let (mut link, own, plan) = join(venue, true).await?;
        let draft = Draft::offer(link.local_ip(), Lines { publish: true, sounds: 1, pictures: 1 })?;
        link.request("forward", forwarded::request(&draft)?).await?;
        let (answer, plan) = answer(&mut link, plan).await?;
        let script = Script::new(Arc::clone(media), Instant::now() + LEAD, Stamped::No);
        let peer = draft.answered(&answer, Some(script)).context("the server's answer cannot be taken")?;
        let (number, stage) = (venue.stage.add(peer)?, Arc::clone(&venue.stage));
        Ok((Self { link, own, stage, number, sees: true, plan, has_asked: false, progress }, number))
    }

    /// Takes part for as long as the server is there.
    ///
    /// # Errors
    /// If it refuses something, or gives the caller up.
    pub(super) async fn attend(mut self) -> anyhow::Result<()> {
        let [mut looks, mut facts, mut pings] = [LOOK, FACTS, PING].map(every);
        self.progress.send_modify(|progress| progress.mix = self.plan.mix);
        loop {
            tokio::select! {
                message = self.link.next() => self.hear(message?)?,
                _ = looks.tick() => self.look_after().await?,
                _ = facts.tick() => {
                    self.link.request("facts", Facts { mix: Some(true), ..Facts::default() }).await?;
                }
                _ = pings.tick() => self.link.tell("ping", Ping { time: 0.0 }).await?,
            }
        }
    }

    fn hear(&mut self, message: ServerMessage) -> anyhow::Result<()> {
        match message {
            ServerMessage::Plan(plan) => {
                self.progress.send_modify(|progress| progress.mix = plan.mix);
                self.plan = plan;
                Ok(())
            }
            ServerMessage::Wanted(wanted) if self.sees => {
                let camera = wanted.sources.into_iter().find(|wanted| wanted.source == Source::Camera);
                camera.map_or(Ok(()), |camera| self.stage.only(self.number, camera.rids))
            }
            ServerMessage::ForwardEnded(ended) => bail!("the server ended a connection: {:?}", ended.reason),
            _ => Ok(()),
        }
    }

    /// Changes over to the mix, as the page does.
    async fn look_after(&mut self) -> anyhow::Result<()> {
        let is_mixed = self.plan.mixed.iter().any(|mixed| mixed.participant == self.own);
        if !is_mixed || self.progress.borrow().hears {
            return Ok(());
        }
        if self.sees && !self.has_asked {
            self.has_asked = true;
            return self.show(false).await;
        }
        let frames = self.stage.look(self.number)?.streams.iter().map(|(_, stream)| stream.frames).max();
        if !self.sees || frames.unwrap_or_default() >= FRAMES {
            self.show(true).await?;
            self.progress.send_modify(|progress| progress.hears = true);
        }
        Ok(())
    }

    async fn show(&mut self, mix: bool) -> anyhow::Result<()> {
        let (width, height) = SIZE;
        let picture = Shown { participant: ParticipantId::mix(), source: Source::Camera, width, height };
        let items = self.sees.then_some(picture).into_iter().collect();
        self.link.request("shows", Shows { items, mix }).await
    }
}

fn every(period: Duration) -> Interval {
    let mut interval = interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

/// Joins a room whose media is forwarded.
async fn join(venue: &Venue, camera: bool) -> anyhow::Result<(Link, ParticipantId, Plan)> {
    let mut link = Link::connect(&venue.address).await?;
    let own = link.hello().await?;
    let state = StateUpdate { mic: Some(true), camera: Some(camera), ..StateUpdate::default() };
    let policy = Some(Policy { direct: DirectPolicy::Never, ..Policy::default() });
    let (room, name) = (venue.room.clone(), "Guest".to_owned());
    link.request("join", Join { room, name, host_key: None, token: None, state, policy }).await?;
    loop {
        if let ServerMessage::Joined(joined) = link.next().await? {
            return Ok((link, own, joined.plan));
        }
    }
}

/// Waits for the server's answer to an offer; there may be another plan by then.
async fn answer(link: &mut Link, mut plan: Plan) -> anyhow::Result<(String, Plan)> {
    loop {
        match link.next().await? {
            ServerMessage::Forwarded(forwarded) => return Ok((forwarded.description.sdp, plan)),
            ServerMessage::Plan(newer) => plan = newer,
            _ => {}
        }
    }
}
