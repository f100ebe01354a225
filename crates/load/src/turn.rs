//! What a relayed packet and an allocation cost, beside coturn, under the same load of coturn's own client.

mod allocations;
mod certificate;
mod coturn;
mod relay;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::program::{self, Recipe};
use crate::report::Report;
use crate::{limits, machine};
use certificate::Certificate;
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
    /// TLS over TCP, on channels.
    Tls,
}

impl Way {
    const ALL: [Self; 4] = [Self::Udp, Self::Send, Self::Tcp, Self::Tls];

    fn name(self) -> &'static str {
        match self {
            Self::Udp => "UDP, channels",
            Self::Send => "UDP, indications",
            Self::Tcp => "TCP, channels",
            Self::Tls => "TLS, channels",
        }
    }

    /// What tells coturn's client.
    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Udp => &[],
            Self::Send => &["-s"],
            Self::Tcp => &["-t"],
            Self::Tls => &["-t", "-S", "-v"],
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
    let certificate = Certificate::new()?;
    let mut report = Report::default();
    report.paragraph(&format!(
        "{}; {} beside coturn {}. Median of {} rounds (least–greatest), in turns; a ratio is taken in each round.",
        machine::describe()?,
        machine::version_of(&binary)?,
        tools.version()?,
        options.rounds,
    ));
    let servers = (ours(&binary, Some(&certificate)).start()?, tools.serve(Some(&certificate))?);
    relay::run(options, (&servers.0, &servers.1), &tools, &mut report)?;
    drop(servers);
    let _ = writeln!(std::io::stderr(), "measuring: allocations");
    allocations::run(options.rounds.into(), &ours(&binary, None), &tools, &mut report)?;
    Ok(report.finish())
}

/// The product, as open as coturn is for the benchmark: peers on loopback, and as many allocations as anybody wants. With TLS,
/// too, if there is a certificate.
fn ours(binary: &Path, certificate: Option<&Certificate>) -> Recipe {
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
    let mut arguments: Vec<String> = arguments.concat().into_iter().map(str::to_owned).collect();
    if let Some(certificate) = certificate {
        let files = [certificate.cert(), certificate.key()].map(|file| file.display().to_string());
        let options = ["--tls-cert", "--tls-key"].map(str::to_owned);
        arguments.extend(["--tls", "files"].map(str::to_owned));
        arguments.extend(options.into_iter().zip(files).flat_map(|(option, file)| [option, file]));
    }
    Recipe::Visavis { binary: binary.to_owned(), arguments }
}
