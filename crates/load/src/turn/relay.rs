//! CPU time for each relayed packet.

use std::io::Write as _;
use std::net::SocketAddr;

use super::Options;
use super::coturn::{Load, Outcome, Running, Tools};
use crate::program::Program;
use crate::report::Report;
use crate::series::Series;
use crate::usage::cpu_time;

/// One load, measured with both servers in turns.
#[derive(Default)]
struct Contest {
    /// Microseconds of CPU for each packet, round by round.
    ours: Vec<f64>,
    theirs: Vec<f64>,
    /// Packets that did not come back, and all that were sent.
    lost: [u64; 2],
    sent: [u64; 2],
}

/// Measures every load that was asked for.
///
/// # Errors
/// If a server or the client does not do what is expected of it.
pub(super) fn run(
    options: &Options,
    (ours, theirs): (&Program, &Running),
    tools: &Tools,
    report: &mut Report,
) -> anyhow::Result<()> {
    let peer = tools.echo()?;
    let mut rows = Vec::new();
    for load in loads(options) {
        let Load { way, clients, bytes, .. } = load;
        let _ = writeln!(std::io::stderr(), "measuring: {}, {clients} clients, {bytes} bytes", way.name());
        let mut contest = Contest::default();
        for _ in 0..options.rounds {
            let mut measure = |index: usize, pid: u32, address: SocketAddr| {
                let before = cpu_time(pid)?;
                let Outcome { sent, received } = tools.put(load, address, peer.address)?;
                let used = cpu_time(pid)?.saturating_sub(before);
                contest.sent[index] += sent;
                contest.lost[index] += sent.saturating_sub(received);
                #[expect(clippy::cast_precision_loss, reason = "far fewer packets than a f64 counts exactly")]
                anyhow::Ok(used.as_secs_f64() * 1e6 / (sent + received) as f64)
            };
            let [one, other] =
                [measure(0, ours.pid(), ours.address())?, measure(1, theirs.pid(), theirs.address)?];
            contest.ours.push(one);
            contest.theirs.push(other);
        }
        rows.push(row(load, &contest));
    }
    report.paragraph(&format!(
        "CPU time of the server for each packet that it takes from one side and gives to the other, in microseconds. Each \
         client sends a packet every {} ms to a peer that sends it back.",
        options.interval
    ));
    report.table(["way", "clients", "bytes", "visavis", "coturn", "ratio", "lost: visavis", "coturn"], &rows);
    Ok(())
}

fn loads(options: &Options) -> Vec<Load> {
    let mut loads = Vec::new();
    for &way in &options.ways {
        for &bytes in &options.bytes {
            for &clients in &options.clients {
                let packets_each = (options.packets / clients.max(1)).clamp(1, MOST_EACH);
                loads.push(Load { way, clients, bytes, packets_each, interval: options.interval });
            }
        }
    }
    loads
}

/// So that one client alone does not take a minute.
const MOST_EACH: u32 = 2_000;

fn row(load: Load, contest: &Contest) -> [String; 8] {
    let Contest { ours, theirs, lost, sent } = contest;
    let summary = |series: Option<Series>| series.map_or_else(|| "–".to_owned(), |series| series.to_string());
    let share = |index: usize| {
        #[expect(clippy::cast_precision_loss, reason = "far fewer packets than a f64 counts exactly")]
        let percent = 100.0 * lost[index] as f64 / sent[index].max(1) as f64;
        format!("{percent:.2} %")
    };
    [
        load.way.name().to_owned(),
        load.clients.to_string(),
        load.bytes.to_string(),
        summary(Series::new(ours.iter().copied())),
        summary(Series::new(theirs.iter().copied())),
        summary(Series::ratio(ours, theirs)),
        share(0),
        share(1),
    ]
}
