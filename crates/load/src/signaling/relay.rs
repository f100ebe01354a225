//! CPU time for each relayed session description.

use super::contest::{Contest, Figures, Side, within};
use crate::exchange::{Exchange, PAIRS};
use crate::report::Report;

/// Relays in a round.
const RELAYS: usize = 20_000;
/// Fewer for a server that takes its time.
const REFERENCE_RELAYS: usize = 6_400;

/// Measures all sides.
pub(super) async fn run(contest: &Contest, report: &mut Report) -> anyhow::Result<()> {
    let mut costs = [Figures::default(), Figures::default(), Figures::default()];
    for _ in 0..contest.rounds {
        for (side, costs) in Side::ALL.into_iter().zip(&mut costs) {
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
        Side::Reference => REFERENCE_RELAYS,
    }
}

fn tell([native, classic, reference]: &[Figures; 3], report: &mut Report) {
    report.paragraph(&format!(
        "CPU time of the server for one relayed session description of 2 kB, {PAIRS} on their way at a time:"
    ));
    let row = |name: &str, ours: &Figures, goal: String| {
        [name.to_owned(), ours.summary(), reference.summary(), ours.of(reference), goal]
    };
    report.table(
        ["visavis asked at", "visavis, µs", "classic server, µs", "ratio", "goal"],
        &[
            row("`/ws`", native, native.at_most_of(reference, 0.1)),
            row("`/socket.io/`", classic, "–".to_owned()),
        ],
    );
}
