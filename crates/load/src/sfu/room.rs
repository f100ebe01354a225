//! A room on one of the servers, and what it costs.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::bail;
use tokio::task::JoinSet;

use super::janus::Janus;
use super::plain::{Publisher, Subscriber};
use crate::forwarded::{Guest, Venue};
use crate::media::{Media, Script, Stamped};
use crate::peer::Lines;
use crate::pinned;
use crate::program::{Program, Recipe};
use crate::stage::{Stage, Tally};
use crate::usage;

/// How long it may take until everybody receives everything.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often that is looked at.
const LOOK: Duration = Duration::from_millis(250);
/// Sounds that visavis gives each subscriber at most.
const HEARD: usize = 3;

/// Who is there, and what they receive.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setup {
    pub(super) publishers: usize,
    pub(super) subscribers: usize,
    /// The encoding that subscribers receive, by its place among the rids.
    pub(super) layer: usize,
    /// What m-lines subscribers of visavis have.
    pub(super) sounds: usize,
    pub(super) pictures: usize,
}

/// Who forwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Contender {
    /// visavis, with these options besides what all have.
    Visavis(Vec<String>),
    /// Janus, with so many event loops.
    Janus(Option<u32>),
    /// The bare fan-out.
    FanOut,
}

/// How measurements are made.
#[derive(Debug, Clone)]
pub(super) struct Means {
    pub(super) visavis: PathBuf,
    pub(super) janus: PathBuf,
    pub(super) server_core: usize,
    pub(super) warm_up: Duration,
    pub(super) window: Duration,
    pub(super) media: Arc<Media>,
}

/// One measurement.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    /// Forwarded packets in a second: what subscribers received.
    pub(super) rate: f64,
    /// CPU time of the server for each of them, in µs.
    pub(super) cost: f64,
    /// Of all packets to subscribers: lost ones, in %.
    pub(super) lost: f64,
    /// Forwarding delay, in µs: of half of the packets, and of 99 %.
    pub(super) p50: f64,
    pub(super) p99: f64,
    /// Memory of the server for each subscriber, in kB.
    pub(super) memory: f64,
    /// Of their cores: how much the server and the callers used, in %.
    pub(super) server: f64,
    pub(super) callers: f64,
    /// How much later than planned the callers sent, in µs, 99 % of the time at most.
    pub(super) late: f64,
    /// Datagrams lost in the callers' own sockets.
    pub(super) dropped: u64,
}

enum Host {
    Visavis { program: Program, venue: Venue, guests: JoinSet<anyhow::Result<()>>, count: usize },
    Janus(Box<Janus>),
    FanOut(Program),
}

impl Setup {
    /// Streams that each subscriber receives.
    fn streams(&self, contender: &Contender) -> usize {
        match contender {
            Contender::Visavis(_) => {
                self.publishers.min(self.pictures) + self.publishers.min(self.sounds).min(HEARD)
            }
            Contender::Janus(_) | Contender::FanOut => 2 * self.publishers,
        }
    }
}

/// Fills a room on a server that is started for it, and measures.
///
/// # Errors
/// If the server fails, or does not forward everything to everybody.
pub(super) async fn measure(setup: Setup, contender: &Contender, means: &Means) -> anyhow::Result<Sample> {
    let stage = Arc::new(Stage::awake()?);
    let mut host = Host::open(setup, contender, means, &stage).await?;
    for _ in 0..setup.publishers {
        host.publish(means, &stage).await?;
    }
    until(&stage, &mut host, |tally| tally.connected >= setup.publishers).await?;
    let empty = usage::memory(host.pid())?.resident;
    for _ in 0..setup.subscribers {
        host.subscribe(setup, &stage).await?;
    }
    let streams = setup.streams(contender);
    until(&stage, &mut host, |tally| {
        let served = tally.subscribers.iter().filter(|received| received.streams >= streams);
        served.count() == setup.subscribers
    })
    .await?;
    tokio::time::sleep(means.warm_up).await;

    let before = stage.collect()?;
    let began = Instant::now();
    let used = usage::cpu_time(host.pid())?;
    tokio::time::sleep(means.window).await;
    let used = usage::cpu_time(host.pid())?.saturating_sub(used);
    let tally = stage.collect()?;
    let full = usage::memory(host.pid())?.resident;
    host.check()?;
    let took = began.elapsed();
    #[expect(clippy::cast_precision_loss, reason = "far fewer bytes than a f64 counts exactly")]
    let memory = full.saturating_sub(empty) as f64 / 1e3 / setup.subscribers as f64;
    Ok(sample(&tally, took, used, memory, tally.dropped - before.dropped))
}

#[expect(clippy::cast_precision_loss, reason = "far fewer packets than a f64 counts exactly")]
fn sample(tally: &Tally, took: Duration, used: Duration, memory: f64, dropped: u64) -> Sample {
    let packets: u64 = tally.subscribers.iter().map(|received| received.packets).sum();
    let lost: u64 = tally.subscribers.iter().map(|received| received.lost).sum();
    let micros = |delay: Option<Duration>| delay.map_or(f64::NAN, |delay| delay.as_secs_f64() * 1e6);
    let share = |time: Duration| 100.0 * time.as_secs_f64() / took.as_secs_f64();
    let happened = &tally.happened;
    Sample {
        rate: packets as f64 / took.as_secs_f64(),
        cost: used.as_secs_f64() * 1e6 / packets.max(1) as f64,
        lost: 100.0 * lost as f64 / (packets + lost).max(1) as f64,
        p50: micros(happened.delays.percentile(50)),
        p99: micros(happened.delays.percentile(99)),
        memory,
        server: share(used),
        callers: share(tally.busy),
        late: micros(happened.late.percentile(99)),
        dropped,
    }
}

/// Waits until the callers are as they should be.
async fn until(stage: &Stage, host: &mut Host, ready: impl Fn(&Tally) -> bool) -> anyhow::Result<()> {
    let end = Instant::now() + PATIENCE;
    loop {
        tokio::time::sleep(LOOK).await;
        host.check()?;
        let tally = stage.collect()?;
        if ready(&tally) {
            return Ok(());
        }
        if Instant::now() > end {
            let least = tally.subscribers.iter().map(|received| received.streams).min().unwrap_or_default();
            bail!("{} callers are connected; somebody receives {least} streams", tally.connected);
        }
    }
}

impl Host {
    async fn open(
        setup: Setup,
        contender: &Contender,
        means: &Means,
        stage: &Arc<Stage>,
    ) -> anyhow::Result<Self> {
        match contender {
            Contender::Visavis(arguments) => {
                let recipe = Recipe::Visavis { binary: means.visavis.clone(), arguments: arguments.clone() };
                let program = pinned::on(means.server_core, || recipe.start())?;
                let venue = Venue {
                    address: program.address().to_string(),
                    room: "benchmark".to_owned(),
                    stage: Arc::clone(stage),
                    media: Arc::clone(&means.media),
                    layer: setup.layer,
                    stamped: Stamped::Sent,
                    obliging: false,
                    start: None,
                };
                Ok(Self::Visavis { program, venue, guests: JoinSet::new(), count: 0 })
            }
            Contender::Janus(loops) => {
                let started = pinned::on(means.server_core, || Janus::start(&means.janus, *loops))?;
                Ok(Self::Janus(Box::new(Janus::open(started, setup.publishers).await?)))
            }
            Contender::FanOut => Self::fan_out(setup, means, stage),
        }
    }

    /// Subscribers are there first: nothing is negotiated.
    fn fan_out(setup: Setup, means: &Means, stage: &Stage) -> anyhow::Result<Self> {
        let mut arguments = vec!["--layer".to_owned(), setup.layer.to_string()];
        for number in 0..u32::try_from(setup.subscribers)? {
            let subscriber = Subscriber::new(number)?;
            arguments.extend(["--to".to_owned(), subscriber.local().to_string()]);
            stage.add(subscriber)?;
        }
        let program = pinned::on(means.server_core, || Recipe::FanOut { arguments }.start())?;
        for number in 0..u32::try_from(setup.publishers)? {
            let script = Script::new(Arc::clone(&means.media), Instant::now(), Stamped::Sent);
            stage.add(Publisher::new(number, program.address(), script)?)?;
        }
        Ok(Self::FanOut(program))
    }

    fn pid(&self) -> u32 {
        match self {
            Self::Visavis { program, .. } | Self::FanOut(program) => program.pid(),
            Self::Janus(janus) => janus.pid(),
        }
    }

    async fn publish(&mut self, means: &Means, stage: &Stage) -> anyhow::Result<()> {
        match self {
            Self::Visavis { .. } => self.join(Lines { publish: true, ..Lines::default() }).await,
            Self::Janus(janus) => janus.publish(&means.media, stage).await,
            Self::FanOut(_) => Ok(()),
        }
    }

    async fn subscribe(&mut self, setup: Setup, stage: &Stage) -> anyhow::Result<()> {
        let Setup { sounds, pictures, layer, .. } = setup;
        match self {
            Self::Visavis { .. } => self.join(Lines { publish: false, sounds, pictures }).await,
            Self::Janus(janus) => janus.subscribe(layer, stage).await,
            Self::FanOut(_) => Ok(()),
        }
    }

    async fn join(&mut self, lines: Lines) -> anyhow::Result<()> {
        if let Self::Visavis { venue, guests, count, .. } = self {
            guests.spawn(Guest::join(venue, *count, lines).await?.attend());
            *count += 1;
        }
        Ok(())
    }

    /// Whether all is well with the callers' signaling.
    fn check(&mut self) -> anyhow::Result<()> {
        if let Self::Visavis { guests, .. } = self
            && let Some(ended) = guests.try_join_next()
        {
            ended??;
        }
        Ok(())
    }
}
