//! Debian's coturn: the server to be measured against, its client, which makes the load, and its peer.

use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::certificate::Certificate;
use super::{PASSWORD, REALM, USER, Way};
use crate::program::{Child, free_port};

/// How long a program may take to be ready, and to answer.
const PATIENCE: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_millis(100);

/// A Binding request of RFC 8489.
const BINDING: [u8; 20] = *b"\x00\x01\x00\x00\x21\x12\xa4\x42benchmarking";

/// The programs of coturn.
pub(super) struct Tools {
    server: PathBuf,
    client: PathBuf,
    peer: PathBuf,
}

/// A load: so many clients send so many packets of so many bytes each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    pub(super) way: Way,
    pub(super) clients: u32,
    pub(super) bytes: u32,
    pub(super) packets_each: u32,
    /// Between two packets of a client, in milliseconds.
    pub(super) interval: u32,
}

/// What came of a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) sent: u64,
    /// Sent back by the peer.
    pub(super) received: u64,
}

/// A program on a port of its own.
pub(super) struct Running {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Running {
    pub(super) fn pid(&self) -> u32 {
        self.child.pid()
    }
}

impl Tools {
    /// # Errors
    /// If one is missing, with what installs it.
    pub(super) fn find() -> anyhow::Result<Self> {
        Ok(Self {
            server: find("turnserver")?,
            client: find("turnutils_uclient")?,
            peer: find("turnutils_peer")?,
        })
    }

    pub(super) fn version(&self) -> anyhow::Result<String> {
        let output = Command::new(&self.server).arg("--version").output()?;
        let text =
            [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
        let digits = |word: &&str| word.chars().next().is_some_and(|first| first.is_ascii_digit());
        let version = text.split_whitespace().find(digits).context("turnserver does not say its version")?;
        Ok(version.to_owned())
    }

    /// Starts the server, with nothing but what the product does too: TLS only if there is a certificate.
    pub(super) fn serve(&self, certificate: Option<&Certificate>) -> anyhow::Result<Running> {
        let address = free_port()?;
        let mut command = Command::new(&self.server);
        let user = format!("{USER}:{PASSWORD}");
        command.args(["-n", "-L", "127.0.0.1", "--no-dtls", "--no-cli", "--lt-cred-mech"]);
        command.args(["--allow-loopback-peers", "--min-port", "45000", "--max-port", "60000"]);
        command.args(["--log-file", "/dev/null", "--pidfile", "/dev/null", "-r", REALM, "-u", &user]);
        command.arg("-p").arg(address.port().to_string());
        match certificate {
            // It speaks TLS on its plain port as well, and wants another for nothing else.
            Some(certificate) => {
                command.arg("--cert").arg(certificate.cert()).arg("--pkey").arg(certificate.key());
                command.arg("--tls-listening-port").arg(free_port()?.port().to_string());
            }
            None => drop(command.arg("--no-tls")),
        }
        let child = Child::spawn(quiet(&mut command))?;
        until_answered("coturn", address, &BINDING)?;
        Ok(Running { child, address })
    }

    /// Starts a peer that sends everything back.
    pub(super) fn echo(&self) -> anyhow::Result<Running> {
        let address = free_port()?;
        let mut command = Command::new(&self.peer);
        command.args(["-L", "127.0.0.1", "-p"]).arg(address.port().to_string());
        let child = Child::spawn(quiet(&mut command))?;
        until_answered("the peer", address, b"?")?;
        Ok(Running { child, address })
    }

    /// Puts a load on the server at `server`, and waits for its end.
    pub(super) fn put(&self, load: Load, server: SocketAddr, peer: SocketAddr) -> anyhow::Result<Outcome> {
        let mut command = Command::new(&self.client);
        command.args(["-c", "-u", USER, "-w", PASSWORD]).args(load.way.flags());
        for (flag, value) in [
            ("-p", server.port().to_string()),
            ("-e", peer.ip().to_string()),
            ("-r", peer.port().to_string()),
            ("-n", load.packets_each.to_string()),
            ("-m", load.clients.to_string()),
            ("-l", load.bytes.to_string()),
            ("-z", load.interval.to_string()),
        ] {
            command.arg(flag).arg(value);
        }
        command.arg(server.ip().to_string());
        let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let outcome = match load.way {
            Way::Tls => outcome_over_tls(&text, load.bytes),
            Way::Udp | Way::Send | Way::Tcp => outcome(&text),
        };
        match outcome {
            Some(outcome) if outcome.sent > 0 => Ok(outcome),
            _ => bail!("{command:?} sent nothing; it ended with\n{}", tail(&text)),
        }
    }
}

/// The last figures that the client gives.
fn outcome(text: &str) -> Option<Outcome> {
    let line = text.lines().rfind(|line| line.contains("tot_send_msgs="))?;
    let figure = |name: &str| line.split_once(name)?.1.split([',', ' ']).next()?.trim().parse().ok();
    Some(Outcome { sent: figure("tot_send_msgs=")?, received: figure("tot_recv_msgs=")? })
}

/// The same over TLS, where the client takes what it reads at once for one message, and leaves several uncounted. What it reads
/// it tells, and once it is connected that is data only: ChannelData, padded.
fn outcome_over_tls(text: &str, payload: u32) -> Option<Outcome> {
    let Outcome { sent, .. } = outcome(text)?;
    let (_, connected) = text.split_once("Total connect time")?;
    let sizes = connected.lines().filter_map(|line| line.split_once("response received: size="));
    let bytes: u64 = sizes.filter_map(|(_, size)| size.trim().parse::<u64>().ok()).sum();
    Some(Outcome { sent, received: bytes / u64::from((4 + payload).next_multiple_of(4)) })
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(5)..].join("\n")
}

fn quiet(command: &mut Command) -> &mut Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null())
}

fn find(program: &str) -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| is_there(file));
    found.with_context(|| format!("{program} is missing: `apt-get install coturn` installs it"))
}

fn is_there(file: &Path) -> bool {
    file.is_file()
}

/// Asks again and again until there is an answer.
fn until_answered(who: &str, address: SocketAddr, question: &[u8]) -> anyhow::Result<()> {
    let own = UdpSocket::bind("127.0.0.1:0")?;
    own.set_read_timeout(Some(ANSWER))?;
    let end = Instant::now() + PATIENCE;
    while own.send_to(question, address).is_err() || own.recv(&mut [0; 512]).is_err() {
        if Instant::now() > end {
            bail!("{who} does not answer");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_figures_of_the_client_count() {
        let text = "0: : start_mclient: msz=1, tot_send_msgs=0, tot_recv_msgs=0, tot_send_bytes ~ 0\n\
                    3: : start_mclient: tot_send_msgs=500, tot_recv_msgs=499\n\
                    3: : start_mclient: tot_send_bytes ~ 500, tot_recv_bytes ~ 500\n";
        assert_eq!(outcome(text), Some(Outcome { sent: 500, received: 499 }));
        assert_eq!(outcome("error 486\n"), None);
    }

    #[test]
    fn over_tls_everything_that_is_read_counts() {
        let text = "0: : response received: size=84\n\
                    0: : Total connect time is 0\n\
                    1: : response received: size=108\n\
                    1: : response received: size=324\n\
                    3: : start_mclient: tot_send_msgs=4, tot_recv_msgs=1\n";
        assert_eq!(outcome_over_tls(text, 101), Some(Outcome { sent: 4, received: 4 }));
    }

    #[test]
    fn a_program_that_is_missing_is_named_with_what_installs_it() {
        let error = find("turnutils_nothing").unwrap_err().to_string();
        assert!(error.contains("turnutils_nothing") && error.contains("apt-get install coturn"), "{error}");
    }
}
