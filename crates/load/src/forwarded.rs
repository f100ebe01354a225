//! Callers in a forwarded room of visavis: `docs/protocol.md`, section 6.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::time::MissedTickBehavior;
use visavis_protocol::{
    DirectPolicy, Forward, Join, Participant, ParticipantId, Ping, Policy, RoomName, ServerMessage, Shown,
    Shows, Source, StateUpdate,
};

use crate::link::Link;
use crate::media::{Media, SIZES, Script, Stamped};
use crate::peer::{Draft, Lines};
use crate::stage::Stage;

/// A client that says nothing for longer is taken for dead.
pub(crate) const PING: Duration = Duration::from_secs(10);
/// The only connection of each caller.
pub(crate) const CONNECTION: u32 = 1;
/// The first frame of a publisher is due so long after its connection is agreed on.
pub(crate) const LEAD: Duration = Duration::from_millis(50);

/// What callers of a room have in common.
#[derive(Clone)]
pub(crate) struct Venue {
    /// `HOST:PORT`
    pub(crate) address: String,
    pub(crate) room: String,
    pub(crate) stage: Arc<Stage>,
    pub(crate) media: Arc<Media>,
    /// What subscribers show each picture as: the size of this encoding.
    pub(crate) layer: usize,
    /// Which time payloads end with.
    pub(crate) stamped: Stamped,
    /// Whether publishers stop what nobody watches, as browsers do.
    pub(crate) obliging: bool,
    /// When the first frame of each publisher is due, if not shortly after its connection is agreed on.
    pub(crate) start: Option<Instant>,
}

/// A caller that is in the room, and in the stage as number `index`.
pub(crate) struct Guest {
    link: Link,
    own: ParticipantId,
    index: usize,
    layer: usize,
    obliging: bool,
    /// Pictures that it receives at a time.
    pictures: usize,
    stage: Arc<Stage>,
    /// Who has a camera on.
    cameras: BTreeSet<ParticipantId>,
}

impl Guest {
    /// Joins, and agrees with the server on a connection. `index` is how many callers the stage has.
    ///
    /// # Errors
    /// If the server refuses something.
    pub(crate) async fn join(venue: &Venue, index: usize, lines: Lines) -> anyhow::Result<Self> {
        let mut link = Link::connect(&venue.address).await?;
        let own = link.hello().await?;
        let publish = Some(lines.publish);
        let state = StateUpdate { mic: publish, camera: publish, ..StateUpdate::default() };
        let (room, name) = (RoomName::new(&venue.room)?, format!("Guest {}", index + 1));
        let policy = Some(Policy { direct: DirectPolicy::Never, ..Policy::default() });
        let joined = link.join(Join { room, name, host_key: None, token: None, state, policy }).await?;
        if joined.plan.policy.direct != DirectPolicy::Never {
            bail!("the room {:?} is there already, and its media is not forwarded", venue.room);
        }
        let mut guest = Self {
            link,
            own,
            index,
            layer: venue.layer,
            obliging: venue.obliging,
            pictures: lines.pictures,
            stage: Arc::clone(&venue.stage),
            cameras: BTreeSet::new(),
        };
        joined.participants.into_iter().for_each(|participant| guest.notice(participant));
        guest.connect(venue, lines).await?;
        guest.show().await?;
        Ok(guest)
    }

    async fn connect(&mut self, venue: &Venue, lines: Lines) -> anyhow::Result<()> {
        let draft = Draft::offer(self.link.local_ip(), lines)?;
        self.link.request("forward", request(&draft)?).await?;
        let answer = loop {
            match self.link.next().await? {
                ServerMessage::Forwarded(forwarded) => break forwarded.description.sdp,
                other => self.hear(other).await?,
            }
        };
        let start = || venue.start.unwrap_or_else(|| Instant::now() + LEAD);
        let script = || Script::new(Arc::clone(&venue.media), start(), venue.stamped);
        let script = lines.publish.then(script);
        let peer = draft.answered(&answer, script).context("the server's answer cannot be taken")?;
        self.stage.add(peer)?;
        Ok(())
    }

    /// Its id in the room.
    pub(crate) fn id(&self) -> &ParticipantId {
        &self.own
    }

    /// Goes on hearing what the server says, for as long as that is.
    ///
    /// # Errors
    /// If the server gives the caller up.
    pub(crate) async fn attend(mut self) -> anyhow::Result<()> {
        let mut pings = tokio::time::interval(PING);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                message = self.link.next() => self.hear(message?).await?,
                _ = pings.tick() => self.link.tell("ping", Ping { time: 0.0 }).await?,
            }
        }
    }

    async fn hear(&mut self, message: ServerMessage) -> anyhow::Result<()> {
        match message {
            ServerMessage::ParticipantJoined(body) | ServerMessage::ParticipantChanged(body) => {
                self.notice(body.participant);
                self.show().await
            }
            ServerMessage::ParticipantLeft(body) => {
                self.cameras.remove(&body.participant);
                self.show().await
            }
            ServerMessage::Wanted(wanted) if self.obliging => {
                let camera = wanted.sources.into_iter().find(|wanted| wanted.source == Source::Camera);
                camera.map_or(Ok(()), |camera| self.stage.only(self.index, camera.rids))
            }
            ServerMessage::ForwardEnded(ended) => bail!("the server ended a connection: {:?}", ended.reason),
            _ => Ok(()),
        }
    }

    fn notice(&mut self, participant: Participant) {
        if participant.state.camera && participant.id != self.own {
            self.cameras.insert(participant.id);
        } else {
            self.cameras.remove(&participant.id);
        }
    }

    async fn show(&mut self) -> anyhow::Result<()> {
        if self.pictures == 0 {
            return Ok(());
        }
        let shown = shows(self.cameras.iter().take(self.pictures), self.layer);
        self.link.request("shows", shown).await
    }
}

/// The request for a connection with the server.
pub(crate) fn request(draft: &Draft) -> anyhow::Result<Forward> {
    let mids = [(Source::Mic, draft.sound), (Source::Camera, draft.picture)];
    let sources = mids.into_iter().filter_map(|(source, mid)| Some((source, mid?.to_string()))).collect();
    Ok(Forward::new(CONNECTION, draft.sdp.clone(), sources)?)
}

/// These cameras on screen, in the size of that encoding.
pub(crate) fn shows<'a>(cameras: impl Iterator<Item = &'a ParticipantId>, layer: usize) -> Shows {
    let (width, height) = SIZES[layer];
    let shown = |participant: &ParticipantId| Shown {
        participant: participant.clone(),
        source: Source::Camera,
        width,
        height,
    };
    Shows { items: cameras.map(shown).collect(), mix: false }
}
