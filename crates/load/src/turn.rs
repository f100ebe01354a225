//! What a relayed packet and an allocation cost, beside coturn, under the same load of coturn's own client.

mod allocations;
mod coturn;
mod relay;

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use crate::program::{self, Recipe};
use crate::report::Report;
use crate::{limits, machine};
use coturn::Tools;

/// Whom the client asks as.
const USER: &str = "ada";
/// And how it proves that.
const PASSWORD: &str = "a password for the benchmark";
/// The realm of both servers.
const REALM: &str = "bench";

/// What a relayed packet and an allocation cost, beside coturn
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The server's binary [default: `visavis` beside this program]
    #[arg(long, value_name = "PATH")]
    server: Option<PathBuf>,

    /// How often each measurement is made
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: u16,

    /// How many clients send at a time
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "1,10,50")]
    clients: Vec<u32>,

    /// How long the payloads are, in bytes
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "100,1000")]
    bytes: Vec<u32>,

    /// How clients reach the server
    #[arg(long, value_name = "WAY,…", value_delimiter = ',', default_values_t = Way::ALL)]
    ways: Vec<Way>,

    /// How long each client waits between two packets, in milliseconds; at 0 the client sends what it can, and packets are
    /// lost on the way
    #[arg(long, value_name = "N", default_value_t = 1)]
    interval: u32,

    /// How many packets all clients together send in a measurement
    #[arg(long, value_name = "N", default_value_t = 40_000)]
    packets: u32,
}

/// How data goes between a client and the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Way {
    /// UDP, on channels.
    Udp,
    /// UDP, in Send and Data indications.
    Send,
    /// TCP, on channels.
    Tcp,
}

impl Way {
    const ALL: [Self; 3] = [Self::Udp, Self::Send, Self::Tcp];

    fn name(self) -> &'static str {
        match self {
            Self::Udp => "UDP, channels",
            Self::Send => "UDP, indications",
            Self::Tcp => "TCP, channels",
        }
    }

    /// What tells coturn's client.
    fn flag(self) -> Option<&'static str> {
        match self {
            Self::Udp => None,
            Self::Send => Some("-s"),
            Self::Tcp => Some("-t"),
        }
    }
}

impl std::fmt::Display for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.to_possible_value().map_or(Ok(()), |value| f.write_str(value.get_name()))
    }
}

/// Runs everything, and tells the results.
///
/// # Errors
/// If a program is not there, or does not do what is expected of it.
pub(crate) fn run(options: &Options) -> anyhow::Result<String> {
    limits::make_room_for(allocations::HELD)?;
    let tools = Tools::find()?;
    let binary = options.server.clone().map_or_else(program::neighbour, Ok)?;
    let ours = ours(binary.clone());
    let mut report = Report::default();
    report.paragraph(&format!(
        "{}; {} beside coturn {}. Median of {} rounds (least–greatest), in turns; a ratio is taken in each round.",
        machine::describe()?,
        machine::version_of(&binary)?,
        tools.version()?,
        options.rounds,
    ));
    relay::run(options, &ours, &tools, &mut report)?;
    let _ = writeln!(std::io::stderr(), "measuring: allocations");
    allocations::run(options.rounds.into(), &ours, &tools, &mut report)?;
    Ok(report.finish())
}

/// The product, as open as coturn is for the benchmark: peers on loopback, and as many allocations as anybody wants.
fn ours(binary: PathBuf) -> Recipe {
    let user = format!("{USER}:{PASSWORD}");
    let arguments = [
        ["--turn-user", &user],
        ["--turn-realm", REALM],
        ["--turn-allow-peer", "127.0.0.0/8"],
        ["--turn-challenges", "1000000"],
        ["--turn-per-user", "100000"],
        ["--turn-per-address", "100000"],
        ["--turn-bandwidth", "10000000"],
        ["--relay-ports", "30000-44999"],
    ];
    Recipe::Visavis { binary, arguments: arguments.concat().into_iter().map(str::to_owned).collect() }
}

/// A child process that ends with this.
struct Child(std::process::Child);

impl Child {
    fn spawn(command: &mut std::process::Command) -> anyhow::Result<Self> {
        Ok(Self(command.spawn().with_context(|| format!("cannot start {command:?}"))?))
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
