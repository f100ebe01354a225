//! The sound of a room with many callers, beside Janus AudioBridge with the same callers.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use clap::ValueEnum;
use tokio::sync::watch;
use tokio::task::JoinSet;
use visavis_protocol::RoomName;

use super::Options;
use super::member::{Member, Progress, Venue};
use super::talker::{Draft, Ears, Lines};
use super::voice::{self, Heard, Sound};
use crate::program::{Program, Recipe};
use crate::report::Report;
use crate::series::{Series, short};
use crate::sfu::janus::{self, Bridge, Effort};
use crate::stage::{Stage, Tally};
use crate::{limits, machine, pinned, usage};

/// How long it may take until everybody hears the mix, and how often that is looked at.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(250);
/// So many speak in a room where not all do.
const FEW: usize = 3;
/// What is quieter than this is no voice, in dBFS.
const HEARD: f64 = -45.0;
/// How the mix of visavis encodes voices.
const OURS: Effort = Effort { complexity: 1, bitrate: 40_000, loss: 5 };

/// Who mixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Who {
    /// visavis.
    Visavis,
    /// Janus as it comes.
    Janus,
    /// Janus with one event loop.
    JanusLoop,
    /// Janus as it comes, but encoding as visavis does.
    JanusAlike,
}

impl Who {
    pub(super) const ALL: [Self; 4] = [Self::Visavis, Self::Janus, Self::JanusLoop, Self::JanusAlike];

    fn name(self) -> &'static str {
        match self {
            Self::Visavis => "visavis",
            Self::Janus => "Janus",
            Self::JanusLoop => "Janus, one event loop",
            Self::JanusAlike => "Janus, encoding like visavis",
        }
    }

    fn effort(self) -> Option<Effort> {
        (self == Self::JanusAlike).then_some(OURS)
    }
}

impl std::fmt::Display for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.to_possible_value().map_or(Ok(()), |value| f.write_str(value.get_name()))
    }
}

/// How measurements are made.
struct Means {
    who: Vec<Who>,
    visavis: PathBuf,
    janus: PathBuf,
    server_core: usize,
    warm_up: Duration,
    window: Duration,
    /// Of everybody: while they speak, and while they do not.
    voices: Vec<[Sound; 2]>,
}

/// One measurement.
struct Sample {
    /// CPU time of the server in a second for each caller, in ms.
    cost: f64,
    /// What each caller receives: packets in a second, the fewest that one does, and kbit/s of sound.
    packets: f64,
    least: f64,
    kilobits: f64,
    /// How loud the mix is to whoever hears it the least, in dBFS.
    level: f64,
    /// How much less of a speaker's voice is in what they hear themselves than in what others do, in dB; where all speak that is not
    /// told apart.
    own: Option<f64>,
    /// How much of their core the server and the callers used, in %.
    server: f64,
    callers: f64,
}

enum Host {
    Visavis(Box<Hall>),
    Janus(Box<Bridge>, Option<Effort>),
}

/// A visavis with one room.
struct Hall {
    program: Program,
    venue: Venue,
    guests: JoinSet<anyhow::Result<()>>,
    progress: Vec<watch::Receiver<Progress>>,
}

/// Measures, and adds the tables.
pub(super) async fn run(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    limits::make_room_for(200)?;
    let most = options.callers.iter().copied().max().unwrap_or_default();
    let voice = |number| Ok([voice::speaking(number)?, voice::silent(number)?]);
    let means = Means {
        who: options.who.clone(),
        visavis: options.visavis()?,
        janus: options.janus.clone().map_or_else(janus::find, Ok)?,
        server_core: options.cores[0],
        warm_up: Duration::from_secs(options.warm_up.into()),
        window: Duration::from_secs(options.seconds.into()),
        voices: (0..usize::from(most)).map(voice).collect::<anyhow::Result<_>>()?,
    };
    report.paragraph(&format!(
        "Sound only: {} beside Janus {} (AudioBridge, 48 kHz), in turns; median (least–greatest), ratios are taken in each round.",
        machine::version_of(&means.visavis)?,
        janus::version(&means.janus).await?,
    ));
    let before = rustix::thread::sched_getaffinity(None)?;
    pinned::to(options.cores[1])?;
    for callers in options.callers.iter().copied().map(usize::from) {
        for speaking in [FEW, callers] {
            report.paragraph(&format!("{callers} callers, {speaking} of them speaking:"));
            let samples = hold(callers, speaking, options.rounds, &means).await?;
            add(report, &samples);
        }
    }
    Ok(rustix::thread::sched_setaffinity(None, &before)?)
}

async fn hold(
    callers: usize,
    speaking: usize,
    rounds: u32,
    means: &Means,
) -> anyhow::Result<Vec<(Who, Vec<Sample>)>> {
    let mut all: Vec<(Who, Vec<Sample>)> = means.who.iter().map(|who| (*who, Vec::new())).collect();
    for round in 1..=rounds {
        for (who, samples) in &mut all {
            let sample = measure(*who, callers, speaking, means).await?;
            writeln!(
                std::io::stderr(),
                "{callers} callers, {speaking} speaking, round {round}: {}: {:.3} ms a caller and second, {:.1} packets/s, {:.0} dBFS, \
                 server {:.0} %, callers {:.0} %",
                who.name(),
                sample.cost,
                sample.packets,
                sample.level,
                sample.server,
                sample.callers
            )?;
            samples.push(sample);
        }
    }
    Ok(all)
}

fn add(report: &mut Report, all: &[(Who, Vec<Sample>)]) {
    let costs = |who: Who| -> Vec<f64> {
        let samples = all.iter().filter(|(other, _)| *other == who).flat_map(|(_, samples)| samples);
        samples.map(|sample| sample.cost).collect()
    };
    let text = |series: Option<Series>| series.map_or_else(|| "–".to_owned(), |series| series.to_string());
    let rows: Vec<_> = all
        .iter()
        .map(|(who, samples)| {
            let series = |figure: fn(&Sample) -> f64| Series::new(samples.iter().map(figure));
            let median = |figure| series(figure).map_or(f64::NAN, |series| series.median());
            let least = |figure: fn(&Sample) -> f64| samples.iter().map(figure).fold(f64::INFINITY, f64::min);
            let ratio = |to: Who| text(Series::ratio(&costs(*who), &costs(to)));
            let own = samples.iter().filter_map(|sample| sample.own).reduce(f64::min);
            [
                who.name().to_owned(),
                text(series(|sample| sample.cost)),
                ratio(Who::Janus),
                ratio(Who::JanusLoop),
                ratio(Who::JanusAlike),
                format!(
                    "{} ({})",
                    short(median(|sample| sample.packets)),
                    short(least(|sample| sample.least))
                ),
                short(median(|sample| sample.kilobits)),
                format!("{:.0}", least(|sample| sample.level)),
                own.map_or_else(|| "–".to_owned(), |own| format!("{own:.0}")),
                format!("{:.0} %", median(|sample| sample.server)),
                format!("{:.0} %", median(|sample| sample.callers)),
            ]
        })
        .collect();
    let head = [
        "",
        "CPU a caller, ms/s",
        "of Janus",
        "of Janus, one event loop",
        "of Janus, encoding like visavis",
        "packets/s each (least)",
        "kbit/s each",
        "least level, dBFS",
        "own voice less, dB",
        "its core",
        "callers' core",
    ];
    report.table(head, &rows);
}

/// Fills a room on a server that is started for it, and measures.
async fn measure(who: Who, callers: usize, speaking: usize, means: &Means) -> anyhow::Result<Sample> {
    let stage = Arc::new(Stage::awake()?);
    let mut host = Host::open(who, means, &stage).await?;
    let mut ears = Vec::new();
    for (number, [voice, silence]) in means.voices.iter().enumerate().take(callers) {
        let speaks = number < speaking;
        let sound = if speaks { voice } else { silence };
        ears.push(host.join((Arc::clone(sound), speaks), &stage).await?);
    }
    until_all_hear(&stage, &mut host, callers).await?;
    tokio::time::sleep(means.warm_up).await;

    stage.collect()?;
    let (began, used, bytes) = (Instant::now(), usage::cpu_time(host.pid())?, bytes(&ears));
    tokio::time::sleep(means.window).await;
    let used = usage::cpu_time(host.pid())?.saturating_sub(used);
    let (tally, took) = (stage.collect()?, began.elapsed());
    host.check()?;
    sample(&ears, speaking, (&tally, took, used, self::bytes(&ears) - bytes))
}

#[expect(clippy::cast_precision_loss, reason = "far fewer packets and bytes than a f64 counts exactly")]
fn sample(
    ears: &[Ears],
    speaking: usize,
    (tally, took, used, bytes): (&Tally, Duration, Duration, u64),
) -> anyhow::Result<Sample> {
    let (callers, seconds) = (ears.len() as f64, took.as_secs_f64());
    let packets: Vec<f64> =
        tally.publishers.iter().map(|received| received.packets as f64 / seconds).collect();
    let heard = ears.iter().map(heard).collect::<anyhow::Result<Vec<_>>>()?;
    let level = heard.iter().map(Heard::level).fold(f64::INFINITY, f64::min);
    ensure!(level >= HEARD, "somebody hears {level:.0} dBFS, which is nothing");
    ensure!(tally.dropped == 0, "the callers' sockets dropped {} packets", tally.dropped);
    Ok(Sample {
        cost: 1e3 * used.as_secs_f64() / seconds / callers,
        packets: packets.iter().sum::<f64>() / callers,
        least: packets.iter().copied().fold(f64::INFINITY, f64::min),
        kilobits: 8e-3 * bytes as f64 / seconds / callers,
        level,
        own: own(&heard, speaking),
        server: 100.0 * used.as_secs_f64() / seconds,
        callers: 100.0 * tally.busy.as_secs_f64() / seconds,
    })
}

/// How much less of a speaker's voice they hear than somebody who is silent, at the least.
fn own(heard: &[Heard], speaking: usize) -> Option<f64> {
    let listener = heard.get(speaking)?;
    let less = |(number, own): (usize, &Heard)| listener.voice(number) - own.voice(number);
    heard.iter().enumerate().take(speaking).map(less).reduce(f64::min)
}

fn heard(ears: &Ears) -> anyhow::Result<Heard> {
    let packets = ears.lock().unwrap_or_else(PoisonError::into_inner).packets();
    Heard::decode(&packets)
}

/// Of sound, that came to everybody in all.
fn bytes(ears: &[Ears]) -> u64 {
    ears.iter().map(|ears| ears.lock().unwrap_or_else(PoisonError::into_inner).bytes()).sum()
}

/// Waits until the mix comes to everybody.
async fn until_all_hear(stage: &Stage, host: &mut Host, callers: usize) -> anyhow::Result<()> {
    let end = Instant::now() + PATIENCE;
    loop {
        tokio::time::sleep(LOOK).await;
        host.check()?;
        let tally = stage.collect()?;
        let hearing = tally.publishers.iter().filter(|received| received.packets > 0).count();
        if hearing == callers && host.all_are_mixed() {
            return Ok(());
        }
        if Instant::now() > end {
            bail!("of {callers} callers {hearing} hear something, {} are connected", tally.connected);
        }
    }
}

impl Host {
    async fn open(who: Who, means: &Means, stage: &Arc<Stage>) -> anyhow::Result<Self> {
        if who == Who::Visavis {
            let recipe = Recipe::Visavis { binary: means.visavis.clone(), arguments: Vec::new() };
            let program = pinned::on(means.server_core, || recipe.start())?;
            let (address, room) = (program.address().to_string(), RoomName::new("benchmark")?);
            let venue = Venue { address, room, stage: Arc::clone(stage) };
            let hall = Hall { program, venue, guests: JoinSet::new(), progress: Vec::new() };
            return Ok(Self::Visavis(Box::new(hall)));
        }
        let loops = (who == Who::JanusLoop).then_some(1);
        let started = pinned::on(means.server_core, || Bridge::start(&means.janus, loops))?;
        Ok(Self::Janus(Box::new(Bridge::open(started).await?), who.effort()))
    }

    fn pid(&self) -> u32 {
        match self {
            Self::Visavis(hall) => hall.program.pid(),
            Self::Janus(bridge, _) => bridge.pid(),
        }
    }

    async fn join(&mut self, sound: (Sound, bool), stage: &Stage) -> anyhow::Result<Ears> {
        match self {
            Self::Visavis(hall) => {
                let (sender, receiver) = watch::channel(Progress::default());
                let (member, ears) = Member::talk(&hall.venue, sound, sender).await?;
                hall.progress.push(receiver);
                hall.guests.spawn(member.attend());
                Ok(ears)
            }
            Self::Janus(bridge, effort) => {
                let draft = Draft::offer(bridge.local_ip(), Lines::One)?;
                let answer = bridge.join(&draft.sdp, *effort).await?;
                let (talker, ears) = draft.answered(&answer, sound)?;
                stage.add(talker)?;
                Ok(ears)
            }
        }
    }

    /// Whether nobody hears anything but the mix.
    fn all_are_mixed(&self) -> bool {
        match self {
            Self::Visavis(hall) => hall.progress.iter().all(|progress| progress.borrow().hears),
            Self::Janus(..) => true,
        }
    }

    /// Whether all is well with the callers' signaling.
    fn check(&mut self) -> anyhow::Result<()> {
        if let Self::Visavis(hall) = self
            && let Some(ended) = hall.guests.try_join_next()
        {
            ended??;
        }
        Ok(())
    }
}
