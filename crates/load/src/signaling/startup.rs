//! From the start of the process to its first answer, and what it weighs then.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::contest::{Contest, Figures, Side, within};
use crate::program::Program;
use crate::report::Report;
use crate::usage;

/// Starts in a round.
const STARTS: usize = 2;

/// Measurements of one side.
#[derive(Default)]
struct Starts {
    /// In ms.
    answered: Figures,
    /// In MB.
    resident: Figures,
    proportional: Figures,
}

/// Measures both sides.
pub(super) async fn run(contest: &Contest, report: &mut Report) -> anyhow::Result<()> {
    let (mut ours, mut reference) = (Starts::default(), Starts::default());
    for _ in 0..contest.rounds * STARTS {
        within(measure(contest, Side::Native, &mut ours)).await?;
        within(measure(contest, Side::Reference, &mut reference)).await?;
    }
    tell(&ours, &reference, report);
    Ok(())
}

async fn measure(contest: &Contest, side: Side, starts: &mut Starts) -> anyhow::Result<()> {
    let server = contest.start(side)?;
    let answered = first_answer(&server, side).await?;
    let memory = usage::memory(server.pid())?;
    starts.answered.push(answered.as_secs_f64() * 1e3);
    starts.resident.push(megabytes(memory.resident)?);
    starts.proportional.push(megabytes(memory.proportional)?);
    Ok(())
}

/// Asks for `/healthz`; the classic server has no such thing, and may say so.
async fn first_answer(server: &Program, side: Side) -> anyhow::Result<Duration> {
    let mut stream = TcpStream::connect(server.address()).await?;
    let request = format!("GET /healthz HTTP/1.1\r\nhost: {}\r\n\r\n", server.address());
    stream.write_all(request.as_bytes()).await?;
    let mut status = [0; 12];
    stream.read_exact(&mut status).await?;
    let elapsed = server.spawned().elapsed();
    let expected = if side == Side::Reference { "HTTP/1.1 404" } else { "HTTP/1.1 200" };
    let status = str::from_utf8(&status).context("no HTTP")?;
    ensure!(status == expected, "/healthz is answered with {status}");
    Ok(elapsed)
}

fn megabytes(bytes: u64) -> anyhow::Result<f64> {
    Ok(f64::from(u32::try_from(bytes / 1024)?) * 1.024 / 1000.0)
}

fn tell(ours: &Starts, reference: &Starts, report: &mut Report) {
    report
        .paragraph("From the start of the process to its first answer over HTTP, and its memory after that:");
    let row = |name: &str, of: fn(&Starts) -> &Figures, goal: String| {
        let (ours, reference) = (of(ours), of(reference));
        [name.to_owned(), ours.summary(), reference.summary(), ours.of(reference), goal]
    };
    report.table(
        ["", "visavis", "classic server", "ratio", "goal"],
        &[
            row("first answer, ms", |starts| &starts.answered, ours.answered.at_most(100.0, " ms")),
            row("resident memory, MB", |starts| &starts.resident, ours.resident.at_most(25.0, " MB")),
            row("shared pages in part, MB", |starts| &starts.proportional, "–".to_owned()),
        ],
    );
}
