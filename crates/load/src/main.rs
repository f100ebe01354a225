//! `visavis-load`: synthetic callers, and benchmarks of visavis beside other programs.
//!
//! Every figure compares two programs, or two ways to do the same, measured in the same run, in turns, and is printed as it was
//! found: a benchmark never passes or fails. All traffic stays on the loopback interface. `docs/benchmarks.md` keeps the
//! results, and `docs/topologies.md` those of `compare`.
//!
//! ```text
//! signaling, turn, sfu, compare, mix --> Program (a server as a child process) <-- usage (its CPU time and memory, from /proc)
//!     |                               ^          ^
//!     |                     WebSocket |          | RTP
//!     v                               |          |
//!   report         Caller, Guest or Member      Stage (a thread) of many Peers
//! ```

mod caller;
mod callers;
mod clients;
mod compare;
mod crowd;
mod delays;
mod drops;
mod exchange;
mod forwarded;
mod limits;
mod link;
mod machine;
mod media;
mod mixes;
mod peer;
mod pinned;
mod program;
mod report;
mod series;
mod sfu;
mod signaling;
mod stage;
mod turn;
mod usage;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Synthetic callers, and benchmarks of visavis beside other programs
#[derive(Debug, Parser)]
#[command(name = "visavis-load", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Signaling(signaling::Options),
    Clients(clients::Options),
    Callers(callers::Options),
    Turn(turn::Options),
    Sfu(sfu::Options),
    Compare(compare::Options),
    Mix(mixes::Options),
    FanOut(sfu::fan_out::Options),
}

// One thread, so that the server under test has the other cores to itself.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Signaling(options) => signaling::run(&options).await,
        Command::Clients(options) => clients::run(&options).await,
        Command::Callers(options) => callers::run(&options).await,
        Command::Turn(options) => turn::run(&options),
        Command::Sfu(options) => sfu::run(&options).await,
        Command::Compare(options) => compare::run(&options).await,
        Command::Mix(options) => mixes::run(&options).await,
        Command::FanOut(options) => sfu::fan_out::run(&options),
    };
    match result {
        Ok(report) => {
            let _ = std::io::stdout().write_all(report.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "visavis-load: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
