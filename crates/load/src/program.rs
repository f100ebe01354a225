//! A server as a child process.

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{ChildStdout, Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, bail};
use tempfile::TempDir;

/// What both servers print once they listen.
const LISTENING: &str = "listening on http://";
/// And the bare fan-out, which knows no HTTP.
const RECEIVING: &str = "listening on ";

/// How to start a server.
#[derive(Debug, Clone)]
pub(crate) enum Recipe {
    /// The product.
    Visavis {
        /// Its binary.
        binary: PathBuf,
        /// Options besides address, data folder and log.
        arguments: Vec<String>,
    },
    /// The classic server: Node and Socket.IO 1.x.
    Reference {
        /// The runtime.
        node: PathBuf,
        /// Its program.
        script: PathBuf,
        /// Whether it logs every message, which nobody reads.
        log: bool,
    },
    /// This program itself, as a bare fan-out.
    FanOut {
        /// What `visavis-load fan-out` is told.
        arguments: Vec<String>,
    },
}

/// A running server, on a free loopback port and with a data folder of its own. Dropping it ends it.
pub(crate) struct Program {
    child: std::process::Child,
    address: SocketAddr,
    spawned: Instant,
    /// Held open: a server whose output nobody takes might stop.
    _output: BufReader<ChildStdout>,
    _data: TempDir,
}

impl Recipe {
    /// Starts it, and waits until it listens.
    ///
    /// # Errors
    /// If it cannot be started, or ends before it listens.
    pub(crate) fn start(&self) -> anyhow::Result<Program> {
        let data = tempfile::tempdir()?;
        let mut command = self.command(&data)?;
        let spawned = Instant::now();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {command:?}"))?;
        let output = child.stdout.take().context("a child without output")?;
        let mut output = BufReader::new(output);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let Some(address) = address_in(&line) else {
            child.kill()?;
            child.wait()?;
            bail!("{command:?} does not say where it listens, but {line:?}");
        };
        Ok(Program { child, address, spawned, _output: output, _data: data })
    }

    fn command(&self, data: &TempDir) -> anyhow::Result<Command> {
        let command = match self {
            Self::Visavis { binary, arguments } => {
                let mut command = Command::new(binary);
                command.args(["--listen", "127.0.0.1:0", "--log", "warn"]);
                command.arg("--data-dir").arg(data.path());
                command.args(arguments);
                command
            }
            Self::Reference { node, script, log } => {
                let mut command = Command::new(node);
                command.arg(script);
                if *log {
                    command.arg("--log").stderr(Stdio::null());
                }
                command
            }
            Self::FanOut { arguments } => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg("fan-out").args(arguments);
                command
            }
        };
        Ok(command)
    }
}

impl Program {
    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// When it was started.
    pub(crate) fn spawned(&self) -> Instant {
        self.spawned
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The product, if it was built where this program was.
pub(crate) fn neighbour() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    Ok(own.parent().context("a program in no folder")?.join("visavis"))
}

fn address_in(line: &str) -> Option<SocketAddr> {
    line.strip_prefix(LISTENING)
        .or_else(|| line.strip_prefix(RECEIVING))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

/// A child process that ends with this.
pub(crate) struct Child(std::process::Child);

impl Child {
    pub(crate) fn spawn(command: &mut Command) -> anyhow::Result<Self> {
        Ok(Self(command.spawn().with_context(|| format!("cannot start {command:?}"))?))
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_from_what_either_server_prints() {
        let address = Some("127.0.0.1:4711".parse().unwrap());
        assert_eq!(address_in("listening on http://127.0.0.1:4711\n"), address);
        assert_eq!(address_in("listening on http://127.0.0.1:4711 (TCP and UDP)\n"), address);
        assert_eq!(address_in("something else\n"), None);
    }

    #[test]
    fn a_program_that_ends_at_once_is_an_error() {
        let recipe = Recipe::Visavis { binary: PathBuf::from("/bin/true"), arguments: Vec::new() };
        assert!(recipe.start().is_err());
    }
}
