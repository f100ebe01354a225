//! One call, held and measured.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use tokio::task::JoinSet;
use visavis_protocol::{AskCosts, Limited, ParticipantId, Plan, RoomName, ServerMessage};

use super::costs::{Costs, Rate, Server, Side, number};
use super::member::{Member, Venue};
use super::topology::Topology;
use crate::delays::Delays;
use crate::link::Link;
use crate::media::{FRAME, Media};
use crate::peer::{Flow, Received};
use crate::program::{Program, Recipe};
use crate::stage::{Stage, Tally};
use crate::{machine, pinned, usage};

/// How long it may take until everybody receives everybody, by the paths that they should.
pub(super) const PATIENCE: Duration = Duration::from_secs(40);
/// How often that is looked at.
pub(super) const LOOK: Duration = Duration::from_millis(250);
/// From here on the callers' core is the bottleneck, in %.
const BUSY: f64 = 90.0;

/// How calls are measured.
pub(super) struct Means {
    pub(super) visavis: PathBuf,
    pub(super) server_core: usize,
    pub(super) settle: Duration,
    pub(super) window: Duration,
    pub(super) media: Arc<Media>,
    /// Of whoever flashes and beeps.
    pub(super) flashes: Arc<Media>,
    /// The encoding that everybody sees of everybody.
    pub(super) layer: usize,
}

/// One measurement.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) costs: Costs,
    /// What a caller pays on average, whatever the path of its media.
    pub(super) each: Side,
    /// CPU time of the server in a second, in ms.
    pub(super) cpu: f64,
    /// How long media took, from when it was due: on direct paths, and by way of the server.
    pub(super) direct: Option<Delay>,
    pub(super) forwarded: Option<Delay>,
    /// Of all packets of media: lost ones, in %.
    pub(super) lost: f64,
    /// How much of their core the callers used, in %.
    pub(super) callers: f64,
    /// How much later than planned they sent, in µs, 99 % of the time at most.
    pub(super) late: f64,
    /// How much of a core other programs of this machine took meanwhile, in %.
    pub(super) others: f64,
}

/// Of half of the packets, and of 99 %, in µs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Delay {
    pub(super) p50: f64,
    pub(super) p99: f64,
}

/// A call that goes on.
struct Call {
    topology: Topology,
    program: Program,
    stage: Arc<Stage>,
    room: RoomName,
    /// The connection of somebody who looks on.
    watch: Link,
    ids: Vec<ParticipantId>,
    members: JoinSet<anyhow::Result<()>>,
}

/// CPU time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Used {
    pub(super) server: Duration,
    /// By this program.
    callers: Duration,
    /// By everything on this machine.
    all: Duration,
}

/// What one caller sent and received.
#[derive(Debug, Clone, Copy, Default)]
struct Account {
    sent: Flow,
    received: Flow,
    frames: u64,
    pictures: usize,
}

impl Used {
    pub(super) fn read(server: &Program) -> anyhow::Result<Self> {
        let callers = usage::cpu_time(std::process::id())?;
        Ok(Self { server: usage::cpu_time(server.pid())?, callers, all: machine::cpu_time()? })
    }

    pub(super) fn since(self, before: Self) -> Self {
        Self {
            server: self.server.saturating_sub(before.server),
            callers: self.callers.saturating_sub(before.callers),
            all: self.all.saturating_sub(before.all),
        }
    }

    /// By everything else.
    pub(super) fn others(self) -> Duration {
        self.all.saturating_sub(self.server + self.callers)
    }
}

impl Account {
    fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.received += other.received;
        self.frames += other.frames;
        self.pictures += other.pictures;
    }
}

impl Sample {
    /// Whether it tells nothing, because the callers did not keep up.
    pub(super) fn is_overloaded(&self) -> bool {
        self.callers >= BUSY
    }
}

/// Holds a call on a server that is started for it, and measures.
///
/// # Errors
/// If the server fails, or the call does not come about as it should.
pub(super) async fn measure(topology: Topology, callers: usize, means: &Means) -> anyhow::Result<Sample> {
    let mut call = Call::open(topology, callers, means).await?;
    let plan = call.until_it_stands().await?;
    tokio::time::sleep(means.settle).await;

    call.stage.collect()?;
    let (began, before) = (Instant::now(), Used::read(&call.program)?);
    tokio::time::sleep(means.window).await;
    let used = Used::read(&call.program)?.since(before);
    let tally = call.stage.collect()?;
    let took = began.elapsed();
    let after = call.plan().await?;
    let is_same = (after.forwarded, after.mixed) == (plan.forwarded.clone(), plan.mixed.clone());
    ensure!(is_same, "paths changed while they were measured");
    call.sample(&tally, &plan, took, used)
}

impl Call {
    async fn open(topology: Topology, callers: usize, means: &Means) -> anyhow::Result<Self> {
        let stage = Arc::new(Stage::awake()?);
        let recipe = Recipe::Visavis { binary: means.visavis.clone(), arguments: Vec::new() };
        let program = pinned::on(means.server_core, || recipe.start())?;
        let (address, room) = (program.address().to_string(), RoomName::new("compare")?);
        let mut watch = Link::connect(&address).await?;
        watch.hello().await?;
        let venue = Arc::new(Venue {
            address,
            room: room.clone(),
            policy: topology.policy(),
            callers,
            mix: topology == Topology::Mix,
            stage: Arc::clone(&stage),
            media: Arc::clone(&means.media),
            layer: means.layer,
        });
        let mut call =
            Self { topology, program, stage, room, watch, ids: Vec::new(), members: JoinSet::new() };
        for number in 0..callers {
            // The server forwards the media of those whose processor does not do as many copies.
            let limited = topology == Topology::Hybrid && number >= topology.direct(callers);
            let limited = if limited { Limited::Cpu } else { Limited::None };
            let member = Member::join(&venue, number, limited).await?;
            call.ids.push(member.id().clone());
            call.members.spawn(member.attend());
        }
        Ok(call)
    }

    /// Waits until everybody sees what they should, and the paths are as they should be; tells the plan then.
    async fn until_it_stands(&mut self) -> anyhow::Result<Plan> {
        let end = Instant::now() + PATIENCE;
        let forwarded = self.ids.len() - self.topology.direct(self.ids.len());
        let pictures = self.topology.pictures(self.ids.len());
        let mixed = if self.topology == Topology::Mix { self.ids.len() } else { 0 };
        loop {
            tokio::time::sleep(LOOK).await;
            let plan = self.plan().await?;
            let accounts = self.accounts(&self.stage.collect()?);
            let sees_all = |account: &Account| account.pictures == pictures;
            let seeing = accounts.iter().filter(|account| sees_all(account)).count();
            let settled =
                plan.switches.is_empty() && plan.forwarded.len() == forwarded && plan.mixed.len() == mixed;
            if settled && seeing == self.ids.len() {
                return Ok(plan);
            }
            if Instant::now() > end {
                let (callers, topology, is) = (self.ids.len(), self.topology, plan.forwarded.len());
                bail!(
                    "{topology} of {callers}: {seeing} see what they should, {is} are forwarded instead of \
                     {forwarded}, {} receive the mix instead of {mixed}, {} switches are under way",
                    plan.mixed.len(),
                    plan.switches.len()
                );
            }
        }
    }

    /// The paths, as the server says. An error if somebody has left.
    async fn plan(&mut self) -> anyhow::Result<Plan> {
        if let Some(ended) = self.members.try_join_next() {
            ended??;
        }
        self.watch.request("costs", AskCosts { room: self.room.clone() }).await?;
        loop {
            if let ServerMessage::Costs(costs) = self.watch.next().await? {
                match costs.plan {
                    Some(plan) => return Ok(plan),
                    None => bail!("the server knows nothing of the room"),
                }
            }
        }
    }

    /// What each caller sent and received, over all of its connections.
    fn accounts(&self, tally: &Tally) -> Vec<Account> {
        let mut accounts = vec![Account::default(); self.ids.len()];
        for (traffic, received) in tally.traffic.iter().zip(&tally.publishers) {
            accounts[traffic.role.caller].add(&Account {
                sent: traffic.sent,
                received: traffic.received,
                frames: traffic.frames,
                pictures: received.pictures,
            });
        }
        accounts
    }

    fn sample(&self, tally: &Tally, plan: &Plan, took: Duration, used: Used) -> anyhow::Result<Sample> {
        let accounts = self.accounts(tally);
        let callers = || self.ids.iter().zip(&accounts);
        let is_forwarded = |id: &ParticipantId| plan.forwarded.iter().any(|one| one.participant == *id);
        let side = |forwarded: bool| {
            mean(callers().filter(|(id, _)| is_forwarded(id) == forwarded).map(|(_, account)| account), took)
        };
        let (mut to_server, mut from_server) = (Flow::default(), Flow::default());
        for traffic in tally.traffic.iter().filter(|traffic| !traffic.role.direct) {
            to_server += traffic.sent;
            from_server += traffic.received;
        }
        let sum = |figure: fn(&Received) -> u64| tally.publishers.iter().map(figure).sum::<u64>();
        let (packets, lost) = (sum(|received| received.packets), sum(|received| received.lost));
        let share = |time: Duration| time.as_secs_f64() / took.as_secs_f64();
        Ok(Sample {
            costs: Costs {
                direct: side(false),
                forwarded: side(true),
                server: Server { received: rate(to_server, took), sent: rate(from_server, took) },
            },
            each: mean(accounts.iter(), took).context("nobody came")?,
            cpu: 1e3 * share(used.server),
            direct: Delay::of(&tally.happened.direct),
            forwarded: Delay::of(&tally.happened.delays),
            lost: 100.0 * count(lost) / count(packets + lost).max(1.0),
            callers: 100.0 * share(tally.busy),
            late: tally.happened.late.percentile(99).map_or(0.0, micros),
            others: 100.0 * share(used.others()),
        })
    }
}

impl Delay {
    /// `None` of none.
    fn of(delays: &Delays) -> Option<Self> {
        Some(Self { p50: micros(delays.percentile(50)?), p99: micros(delays.percentile(99)?) })
    }
}

/// What each of these callers pays on average; `None` of none.
fn mean<'a>(accounts: impl Iterator<Item = &'a Account>, took: Duration) -> Option<Side> {
    let (mut callers, mut sum) = (0, Account::default());
    for account in accounts {
        callers += 1;
        sum.add(account);
    }
    let each = |sum: f64| sum / number(callers);
    (callers > 0).then(|| Side {
        up: each(rate(sum.sent, took).bits),
        down: each(rate(sum.received, took).bits),
        encoders: each(count(sum.frames) * FRAME.div_duration_f64(took)),
        decoders: each(number(sum.pictures)),
    })
}

pub(super) fn rate(flow: Flow, took: Duration) -> Rate {
    let seconds = took.as_secs_f64();
    Rate { packets: count(flow.datagrams) / seconds, bits: 8.0 * count(flow.bytes) / seconds }
}

fn micros(delay: Duration) -> f64 {
    delay.as_secs_f64() * 1e6
}

#[expect(clippy::cast_precision_loss, reason = "far less than a f64 counts exactly")]
pub(super) fn count(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_what_its_callers_pay_on_average() {
        let flow = |datagrams, bytes| Flow { datagrams, bytes };
        let one = Account { sent: flow(10, 1_000), received: flow(4, 200), frames: 50, pictures: 3 };
        let other = Account { sent: flow(20, 3_000), received: flow(4, 400), frames: 100, pictures: 3 };
        let side = mean([&one, &other].into_iter(), Duration::from_secs(2)).unwrap();
        assert_eq!(side, Side { up: 8_000.0, down: 1_200.0, encoders: 1.5, decoders: 3.0 });
        assert_eq!(mean([].into_iter(), Duration::from_secs(2)), None);
    }
}
