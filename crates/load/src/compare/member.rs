//! A caller who connects as the plan of the room says: `docs/protocol.md`, sections 4, 6 and 7.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};
use str0m::media::Mid;
use tokio::time::{MissedTickBehavior, interval};
use visavis_protocol::{
    Candidate, Description, Device, Facts, Join, Joined, LegFacts, LegState, Limited, Participant,
    ParticipantId, Path, Ping, Plan, Policy, RoomName, ServerMessage, Slot, Source, StateUpdate, SwitchReady,
};

use crate::forwarded::{self, LEAD, PING};
use crate::link::Link;
use crate::media::{Media, Script, Stamped};
use crate::peer::{Draft, Leg, Lines, Progress, Role};
use crate::stage::Stage;

/// How often a caller looks after connections and switches that are under way.
const LOOK: Duration = Duration::from_millis(100);
/// How often it says what it sees of itself.
const FACTS: Duration = Duration::from_secs(2);
/// What its way out takes, in bit/s: loopback takes more than anybody here sends.
const UPLINK: u64 = 1_000_000_000;
/// Sounds that it takes from the server.
const SOUNDS: usize = 3;

/// What the callers of a room have in common.
pub(super) struct Venue {
    /// `HOST:PORT`
    pub(super) address: String,
    pub(super) room: RoomName,
    pub(super) policy: Policy,
    /// How many come.
    pub(super) callers: usize,
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
    /// Switches of others that this caller has not said to be ready for.
    waits: BTreeMap<u64, Wait>,
    /// Switches that it was ready for.
    ready: BTreeSet<u64>,
}

/// A connection with another caller.
enum Connection {
    Agreeing(Box<Leg>),
    /// In the stage under this number, with these m-lines for microphone and camera.
    Made {
        number: usize,
        mids: [Mid; 2],
        stands: bool,
    },
}

/// The connection with the server.
enum Standby {
    Offered(Box<Draft>),
    /// In the stage under this number.
    Made(usize),
}

/// A switch of somebody else.
struct Wait {
    publisher: ParticipantId,
    to: Path,
    /// How much had come on the m-lines of the new path when it was first looked at.
    before: BTreeMap<Mid, Progress>,
}

#[derive(Deserialize)]
struct SessionDescription {
    #[serde(rename = "type")]
    kind: String,
    sdp: String,
}

#[derive(Deserialize)]
struct IceCandidate {
    candidate: String,
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
        link.request("join", Join { room, name, host_key: None, state, policy }).await?;
        let joined = loop {
            if let ServerMessage::Joined(joined) = link.next().await? {
                break joined;
            }
        };
        let Joined { plan, participants, .. } = joined;
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
            waits: BTreeMap::new(),
            ready: BTreeSet::new(),
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
            self.link.request("shows", forwarded::shows(self.cameras.iter(), self.venue.layer)).await?;
        }
        Ok(())
    }

    /// Sends the description of an end of a leg, then its only candidate, and that there is no other.
    async fn describe(&mut self, to: ParticipantId, kind: &str, mut leg: Leg) -> anyhow::Result<()> {
        let description = to_raw_value(&json!({ "type": kind, "sdp": leg.sdp }))?;
        self.link.request("description", Description::new(to.clone(), description)?).await?;
        let [mid, _] = leg.mids()?;
        let own = json!({ "candidate": leg.candidate()?, "sdpMid": &*mid, "sdpMLineIndex": 0 });
        for candidate in [own, json!(null)] {
            let candidate = Candidate::new(to.clone(), to_raw_value(&candidate)?)?;
            self.link.request("candidate", candidate).await?;
        }
        self.legs.insert(to, Connection::Agreeing(Box::new(leg)));
        Ok(())
    }

    async fn take_description(&mut self, from: ParticipantId, description: &RawValue) -> anyhow::Result<()> {
        let SessionDescription { kind, sdp } = serde_json::from_str(description.get())?;
        match (kind.as_str(), self.legs.get_mut(&from)) {
            ("offer", None) => {
                let leg = Leg::answer(self.link.local_ip(), &sdp)?;
                self.describe(from, "answer", leg).await
            }
            ("answer", Some(Connection::Agreeing(leg))) => leg.take_answer(&sdp),
            _ => bail!("nobody here waits for an {kind}"),
        }
    }

    /// With the end of the candidates the leg is complete.
    fn take_candidate(&mut self, from: &ParticipantId, candidate: &RawValue) -> anyhow::Result<()> {
        let candidate: Option<IceCandidate> = serde_json::from_str(candidate.get())?;
        let Some(Connection::Agreeing(mut leg)) = self.legs.remove(from) else {
            bail!("a candidate for no connection");
        };
        let connection = if let Some(IceCandidate { candidate }) = candidate {
            leg.take_candidate(&candidate)?;
            Connection::Agreeing(leg)
        } else {
            let mids = leg.mids()?;
            let mut script = self.script();
            script.pause(!self.sends_to(from));
            let peer = leg.take_part(self.number, script, self.venue.layer)?;
            Connection::Made { number: self.venue.stage.add(peer)?, mids, stands: false }
        };
        self.legs.insert(from.clone(), connection);
        Ok(())
    }

    /// Takes the server's answer.
    fn connect(&mut self, answer: &str) -> anyhow::Result<()> {
        let Some(Standby::Offered(draft)) = self.server.take() else { bail!("an answer to no offer") };
        let mut script = self.script();
        script.pause(!self.sends_on(Path::Forward));
        let peer = draft.answered(answer, Some(script)).context("the server's answer cannot be taken")?;
        let peer = peer.of(Role { caller: self.number, direct: false });
        self.server = Some(Standby::Made(self.venue.stage.add(peer)?));
        Ok(())
    }

    fn script(&self) -> Script {
        Script::new(Arc::clone(&self.venue.media), self.start, Stamped::Due)
    }

    /// Does as the plan says.
    async fn follow(&mut self) -> anyhow::Result<()> {
        if self.plan.standby && self.server.is_none() {
            let lines = Lines { publish: true, sounds: SOUNDS, pictures: self.venue.callers - 1 };
            let draft = Draft::offer(self.link.local_ip(), lines)?;
            self.link.request("forward", forwarded::request(&draft)?).await?;
            self.server = Some(Standby::Offered(Box::new(draft)));
        }
        for (to, connection) in &self.legs {
            if let Connection::Made { number, .. } = connection {
                self.venue.stage.pause(*number, !self.sends_to(to))?;
            }
        }
        if let Some(Standby::Made(number)) = self.server {
            self.venue.stage.pause(number, !self.sends_on(Path::Forward))?;
        }
        let under_way = self.plan.switches.iter().filter(|switch| switch.publisher != self.own);
        let mut waits = std::mem::take(&mut self.waits);
        self.waits = under_way
            .filter(|switch| !self.ready.contains(&switch.id))
            .map(|switch| {
                let wait =
                    || Wait { publisher: switch.publisher.clone(), to: switch.to, before: BTreeMap::new() };
                (switch.id, waits.remove(&switch.id).unwrap_or_else(wait))
            })
            .collect();
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
        let mut waits = std::mem::take(&mut self.waits);
        for (id, wait) in &mut waits {
            if self.has_come(wait)? {
                self.ready.insert(*id);
                self.link.request("switch-ready", SwitchReady { switch: *id }).await?;
            }
        }
        waits.retain(|id, _| !self.ready.contains(id));
        self.waits = waits;
        Ok(())
    }

    /// Whether picture and sound of the publisher have come by the new path.
    fn has_come(&self, wait: &mut Wait) -> anyhow::Result<bool> {
        let Some((number, lines)) = self.lines_of(&wait.publisher, wait.to) else { return Ok(false) };
        let look = self.venue.stage.look(number)?;
        let mut all = true;
        for (source, mid) in lines {
            let progress = look.streams.iter().find(|(line, _)| *line == mid).map(|(_, progress)| *progress);
            let progress = progress.unwrap_or_default();
            let before = *wait.before.entry(mid).or_insert(progress);
            all &= match source {
                Source::Camera => progress.frames > before.frames,
                _ => progress.packets > before.packets,
            };
        }
        Ok(all)
    }

    /// The connection, and the m-lines in it, by which the publisher comes on that path; `None` while there is no picture.
    /// Sound may be missing where the server passes on others that are louder.
    fn lines_of(&self, publisher: &ParticipantId, path: Path) -> Option<(usize, Vec<(Source, Mid)>)> {
        match path {
            Path::Direct => {
                let Connection::Made { number, mids: [mic, camera], .. } = self.legs.get(publisher)? else {
                    return None;
                };
                Some((*number, vec![(Source::Mic, *mic), (Source::Camera, *camera)]))
            }
            Path::Forward => {
                let Standby::Made(number) = self.server.as_ref()? else { return None };
                let slots = self.slots.iter().filter(|slot| slot.participant == *publisher);
                let lines: Vec<_> = slots.map(|slot| (slot.source, Mid::from(slot.mid.as_str()))).collect();
                let shown = lines.iter().any(|(source, _)| *source == Source::Camera);
                shown.then_some((*number, lines))
            }
        }
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
            legs: legs.collect(),
            ..Facts::default()
        };
        self.link.request("facts", facts).await
    }
}
