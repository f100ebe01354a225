//! CPU time for each relayed session description.

use super::contest::{Contest, Figures, Side, within};
use crate::exchange::{Exchange, PAIRS};
use crate::report::Report;

/// Relays in a round.
const RELAYS: usize = 20_000;
/// Fewer for a server that takes its time.
const REFERENCE_RELAYS: usize = 6_400;

const SIDES: [Side; 4] = [Side::Native, Side::Classic, Side::Reference, Side::LoggingReference];

/// Measures all sides.
pub(super) async fn run(contest: &Contest, report: &mut Report) -> anyhow::Result<()> {
    let mut costs = SIDES.map(|_| Figures::default());
    for _ in 0..contest.rounds {
        for (side, costs) in SIDES.into_iter().zip(&mut costs) {
            costs.push(within(measure(contest, side)).await?);
        }
    }
    tell(&costs, report);
    Ok(())
}

async fn measure(contest: &Contest, side: Side) -> anyhow::Result<f64> {
    let server = contest.start(side)?;
    let mut exchange = Exchange::prepare(server.address(), side.dialect(), PAIRS).await?;
    exchange.cost(&server, relays(side)).await
}

/// How many relays are enough to tell what one costs.
pub(super) fn relays(side: Side) -> usize {
    match side {
        Side::Native | Side::Classic => RELAYS,
        Side::Reference | Side::LoggingReference => REFERENCE_RELAYS,
    }
}

fn tell([native, classic, quiet, logging]: &[Figures; 4], report: &mut Report) {
    report.paragraph(&format!(
        "CPU time of the server for one relayed session description of 2 kB, {PAIRS} on their way at a time; the classic \
         server without its log, and with the log that the published one writes:"
    ));
    let row = |name: &str, ours: &Figures, theirs: &Figures, goal: String| {
        [name.to_owned(), ours.summary(), theirs.summary(), ours.of(theirs), goal]
    };
    report.table(
        ["visavis asked at", "visavis, µs", "classic server, µs", "ratio", "goal"],
        &[
            row("`/ws`", native, quiet, "–".to_owned()),
            row("`/ws`, that one logging", native, logging, native.at_most_of(logging, 0.1)),
            row("`/socket.io/`", classic, quiet, "–".to_owned()),
            row("`/socket.io/`, that one logging", classic, logging, "–".to_owned()),
        ],
    );
}
