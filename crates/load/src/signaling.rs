//! What the server does before media flows: relays between two, memory for those who wait, its start, and a crowd that
//! comes at once.

mod contest;
mod idle;
mod relay;
mod startup;
mod storm;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use crate::program::{self, Recipe};
use crate::report::Report;
use crate::{exchange, limits, machine};
use contest::Contest;

/// Connections that a server may have besides those of callers.
const SPARE_CONNECTIONS: usize = 100;

/// Relays, memory for idle clients, start and join storms, beside the classic server
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The server's binary [default: `visavis` beside this program]
    #[arg(long, value_name = "PATH")]
    server: Option<PathBuf>,

    /// The classic server; its folder needs `npm ci` once
    #[arg(long, value_name = "PATH", default_value = "e2e/reference/server.js")]
    reference: PathBuf,

    /// What runs the classic server
    #[arg(long, value_name = "PATH", default_value = "node")]
    node: PathBuf,

    /// How often each measurement is made
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: u16,

    /// How many clients are idle
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "100,1000,10000")]
    idle: Vec<usize>,

    /// Measure only this
    #[arg(long, value_name = "PART", value_delimiter = ',')]
    only: Vec<Part>,
}

/// A part of the benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// CPU time for each relayed description.
    Relay,
    /// Memory and CPU time with idle clients connected.
    Idle,
    /// From the start of the process to its first answer.
    Start,
    /// A crowd that joins at once.
    Storm,
}

/// Runs what was asked for, and tells the results.
///
/// # Errors
/// If a server cannot be started, or does not do what callers expect of it.
pub(crate) async fn run(options: &Options) -> anyhow::Result<String> {
    let contest = contest(options)?;
    let mut report = Report::default();
    report.paragraph(&setting(options, &contest)?);
    for part in [Part::Relay, Part::Idle, Part::Start, Part::Storm] {
        if !options.only.is_empty() && !options.only.contains(&part) {
            continue;
        }
        let _ = writeln!(std::io::stderr(), "measuring: {part:?}");
        match part {
            Part::Relay => relay::run(&contest, &mut report).await?,
            Part::Idle => idle::run(&contest, &options.idle, &mut report).await?,
            Part::Start => startup::run(&contest, &mut report).await?,
            Part::Storm => storm::run(&contest, &mut report).await?,
        }
    }
    Ok(report.finish())
}

fn contest(options: &Options) -> anyhow::Result<Contest> {
    let most =
        options.idle.iter().copied().max().unwrap_or_default().max(storm::CALLERS) + 2 * exchange::PAIRS;
    limits::make_room_for(most)?;
    let reference =
        |log| Recipe::Reference { node: options.node.clone(), script: options.reference.clone(), log };
    Ok(Contest {
        ours: Recipe::Visavis {
            binary: options.server.clone().map_or_else(program::neighbour, Ok)?,
            arguments: vec!["--max-connections".to_owned(), (most + SPARE_CONNECTIONS).to_string()],
        },
        reference: reference(false),
        logging_reference: reference(true),
        rounds: options.rounds.into(),
    })
}

fn setting(options: &Options, contest: &Contest) -> anyhow::Result<String> {
    let Recipe::Visavis { binary, .. } = &contest.ours else { anyhow::bail!("not the product") };
    Ok(format!(
        "{}; {} beside Socket.IO {} on Node {}. Median of {} rounds (least–greatest), in turns; a ratio is taken in \
         each round.",
        machine::describe()?,
        machine::version_of(binary)?,
        socket_io_version(&options.reference)?,
        machine::version_of(&options.node)?,
        options.rounds,
    ))
}

fn socket_io_version(script: &Path) -> anyhow::Result<String> {
    let package = script.with_file_name("node_modules").join("socket.io/package.json");
    let text = std::fs::read_to_string(&package)
        .with_context(|| format!("no {}: run \"npm ci\" beside {}", package.display(), script.display()))?;
    let package: serde_json::Value = serde_json::from_str(&text)?;
    Ok(package["version"].as_str().unwrap_or_default().to_owned())
}
