//! What a forwarded packet costs, beside Janus and beside the least that a forwarder must do, with the same callers.

pub(crate) mod fan_out;
pub(crate) mod janus;
mod plain;
mod room;
mod sealed;
mod table;

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::media::Media;
use crate::report::Report;
use crate::{limits, machine, pinned, program};
use room::{Contender, Means, Setup, measure};
use table::Contest;

/// Participants that visavis lets into a room: more than it does by itself.
const MOST: usize = 1_000;
/// The largest encoding.
const FULL: usize = 2;

/// What a forwarded packet costs, beside Janus and beside the least that a forwarder must do
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The server's binary [default: `visavis` beside this program]
    #[arg(long, value_name = "PATH")]
    server: Option<PathBuf>,

    /// Debian's Janus [default: `janus` on the path]
    #[arg(long, value_name = "PATH")]
    janus: Option<PathBuf>,

    /// How often each measurement is made
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: u16,

    /// How long one takes, in seconds
    #[arg(long, value_name = "S", default_value_t = 5)]
    seconds: u64,

    /// How long a room runs before, in seconds
    #[arg(long, value_name = "S", default_value_t = 4)]
    warm_up: u64,

    /// What to measure
    #[arg(long, value_name = "PART,…", value_delimiter = ',', default_values_t = Part::ALL)]
    parts: Vec<Part>,

    /// Who forwards
    #[arg(long, value_name = "WHO,…", value_delimiter = ',', default_values_t = Who::ALL)]
    who: Vec<Who>,

    /// The core of the server, and that of the callers
    #[arg(long, value_name = "N,N", value_delimiter = ',', num_args = 2, default_values_t = [0, 1])]
    cores: Vec<usize>,

    /// An option for visavis in all of its variants; repeatable
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true)]
    server_option: Vec<String>,

    /// Publishers and subscribers of the busy room
    #[arg(long, value_name = "N,N", value_delimiter = ',', num_args = 2, default_values_t = [8, 60])]
    busy: Vec<usize>,
}

/// A table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// 3 publishers, 30 subscribers.
    Room,
    /// 3 publishers, 50 subscribers.
    Crowd,
    /// More and more of both.
    Growth,
    /// More and more m-lines.
    Lines,
    /// As much as takes most of a core.
    Busy,
}

/// A forwarder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Who {
    /// visavis, with bandwidth estimation.
    Visavis,
    /// visavis without.
    VisavisPlain,
    /// Janus as it comes.
    Janus,
    /// Janus with one event loop.
    JanusLoop,
    /// The bare fan-out.
    Floor,
}

impl Part {
    const ALL: [Self; 5] = [Self::Room, Self::Crowd, Self::Growth, Self::Lines, Self::Busy];
}

impl Who {
    const ALL: [Self; 5] = [Self::Visavis, Self::VisavisPlain, Self::Janus, Self::JanusLoop, Self::Floor];

    fn name(self) -> &'static str {
        match self {
            Self::Visavis => "visavis",
            Self::VisavisPlain => "visavis, no estimation",
            Self::Janus => "Janus",
            Self::JanusLoop => "Janus, one event loop",
            Self::Floor => "bare fan-out",
        }
    }

    fn contender(self, options: &[String]) -> Contender {
        let visavis = |estimate: bool| {
            let estimate = format!("--estimate-bandwidth={estimate}");
            let own = [estimate, format!("--room-participants={MOST}")];
            Contender::Visavis(own.into_iter().chain(options.iter().cloned()).collect())
        };
        match self {
            Self::Visavis => visavis(true),
            Self::VisavisPlain => visavis(false),
            Self::Janus => Contender::Janus(None),
            Self::JanusLoop => Contender::Janus(Some(1)),
            Self::Floor => Contender::FanOut,
        }
    }
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.to_possible_value().map_or(Ok(()), |value| f.write_str(value.get_name()))
    }
}

impl std::fmt::Display for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.to_possible_value().map_or(Ok(()), |value| f.write_str(value.get_name()))
    }
}

/// Measures, and tells the results as Markdown.
///
/// # Errors
/// If a server does not do what is expected of it.
pub(crate) async fn run(options: &Options) -> anyhow::Result<String> {
    limits::make_room_for(1_000)?;
    let means = Means {
        visavis: options.server.clone().map_or_else(program::neighbour, Ok)?,
        janus: options.janus.clone().map_or_else(janus::find, Ok)?,
        server_core: options.cores[0],
        warm_up: Duration::from_secs(options.warm_up),
        window: Duration::from_secs(options.seconds),
        media: Arc::new(Media::load()?),
    };
    let mut report = Report::default();
    report.paragraph(&format!(
        "{}; {} beside Janus {}. Median of {} rounds (least–greatest), in turns; a ratio is taken in each round.",
        machine::describe()?,
        machine::version_of(&means.visavis)?,
        janus::version(&means.janus).await?,
        options.rounds,
    ));
    pinned::to(options.cores[1])?;
    for part in &options.parts {
        for (title, setup, who) in rooms(*part, options) {
            let who: Vec<Who> = who.iter().copied().filter(|who| options.who.contains(who)).collect();
            let contest = hold(&title, setup, &who, options, &means).await?;
            report.paragraph(&title);
            table::add(&mut report, &contest);
        }
    }
    Ok(report.finish())
}

/// The rooms of a part, and who forwards in each.
fn rooms(part: Part, options: &Options) -> Vec<(String, Setup, &'static [Who])> {
    const OURS: &[Who] = &[Who::Visavis, Who::Floor];
    let room = |publishers, subscribers| {
        let title = format!("{publishers} publishers, {subscribers} subscribers:");
        (title, Setup { publishers, subscribers, layer: FULL, sounds: 3, pictures: publishers })
    };
    let with = |(title, setup), who: &'static [Who]| (title, setup, who);
    match part {
        Part::Room => vec![with(room(3, 30), &Who::ALL)],
        Part::Crowd => vec![with(room(3, 50), &Who::ALL)],
        Part::Growth => [(1, 10), (2, 20), (5, 20), (5, 40)].map(|(p, s)| with(room(p, s), OURS)).to_vec(),
        Part::Lines => [(1, 1), (3, 7), (3, 17)]
            .map(|(sounds, pictures)| {
                let lines = sounds + pictures;
                let (title, setup) = room(1, 30);
                let title = title.replace(':', &format!(" with {lines} m-lines each:"));
                with((title, Setup { sounds, pictures, ..setup }), &[Who::Visavis, Who::VisavisPlain])
            })
            .to_vec(),
        Part::Busy => vec![with(room(options.busy[0], options.busy[1]), OURS)],
    }
}

async fn hold(
    title: &str,
    setup: Setup,
    who: &[Who],
    options: &Options,
    means: &Means,
) -> anyhow::Result<Contest> {
    let mut contest = Contest::new(who);
    for round in 1..=options.rounds {
        for (index, who) in who.iter().enumerate() {
            let sample = measure(setup, &who.contender(&options.server_option), means).await?;
            let _ = writeln!(
                std::io::stderr(),
                "{title} round {round}: {}: {:.2} µs, {:.0} packets/s, server {:.0} %, callers {:.0} %",
                who.name(),
                sample.cost,
                sample.rate,
                sample.server,
                sample.callers
            );
            contest.add(index, sample);
        }
    }
    Ok(contest)
}
