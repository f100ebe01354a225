//! `visavis-load mix`: what mixing rooms takes of the processor.

mod member;
pub(crate) mod picture;
mod rooms;
mod sound;
mod talker;
mod voice;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use self::sound::Who;
use crate::report::Report;
use crate::{machine, program};

/// What mixing rooms takes of the processor: the picture beside libvpx alone, the sound beside Janus, and many rooms at once
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// What to measure
    #[arg(long, value_name = "PART,…", value_delimiter = ',', default_values_t = Part::ALL)]
    parts: Vec<Part>,

    /// How often each measurement is made
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,

    /// How long one takes, in seconds
    #[arg(long, value_name = "S", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,

    /// How long a room runs before, in seconds
    #[arg(long, value_name = "S", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=600))]
    warm_up: u32,

    /// The server's binary [default: `visavis` beside this program]
    #[arg(long, value_name = "PATH")]
    server: Option<PathBuf>,

    /// Debian's Janus [default: `janus` on the path]
    #[arg(long, value_name = "PATH")]
    janus: Option<PathBuf>,

    /// The core of the server, and that of the callers, where there is sound only
    #[arg(long, value_name = "N,N", value_delimiter = ',', num_args = 2, default_values_t = [0, 1])]
    cores: Vec<usize>,

    /// Who mixes sound
    #[arg(long, value_name = "WHO,…", value_delimiter = ',', default_values_t = Who::ALL)]
    who: Vec<Who>,

    /// Callers with sound only
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [10, 30],
          value_parser = clap::value_parser!(u16).range(4..=32))]
    callers: Vec<u16>,

    /// Callers in each of the many rooms
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=50))]
    room: u16,

    /// How many rooms the server is to mix at a time [default: its own]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    mixes: Option<u16>,
}

/// A table, or several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// One picture, on virtual time, beside libvpx alone.
    Picture,
    /// Sound only, beside Janus AudioBridge.
    Sound,
    /// More and more rooms on one server.
    Rooms,
}

impl Part {
    const ALL: [Self; 3] = [Self::Picture, Self::Sound, Self::Rooms];
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.to_possible_value().map_or(Ok(()), |value| f.write_str(value.get_name()))
    }
}

impl Options {
    fn visavis(&self) -> anyhow::Result<PathBuf> {
        self.server.clone().map_or_else(program::neighbour, Ok)
    }
}

/// Measures, and says what was found.
///
/// # Errors
/// If a codec fails, or a server does not do what is expected of it.
pub(crate) async fn run(options: &Options) -> anyhow::Result<String> {
    let mut report = Report::default();
    report.paragraph(&format!(
        "{}. {} rounds of {} s.",
        machine::describe()?,
        options.rounds,
        options.seconds
    ));
    for part in &options.parts {
        match part {
            Part::Picture => picture::run(options, &mut report)?,
            Part::Sound => sound::run(options, &mut report).await?,
            Part::Rooms => rooms::run(options, &mut report).await?,
        }
    }
    Ok(report.finish())
}
