//! What idle clients cost: memory for each, and time when others talk.

use super::contest::{Contest, Figures, Side, within};
use super::relay;
use crate::crowd::{Crowd, Place};
use crate::exchange::{Exchange, PAIRS};
use crate::report::Report;
use crate::usage;

/// The most memory that an idle native client is to cost, in kB.
const GOAL_KB: f64 = 10.0;

/// Measurements with crowds of one size.
#[derive(Default)]
struct AtSize {
    /// kB for each native client that said hello, and no more.
    greeted: Figures,
    /// kB for each one in a room of two.
    joined: Figures,
    reference: Figures,
    /// µs for each relay between others.
    native_relay: Figures,
    reference_relay: Figures,
}

/// Measures with crowds of these sizes.
pub(super) async fn run(contest: &Contest, sizes: &[usize], report: &mut Report) -> anyhow::Result<()> {
    let mut sizes = sizes.to_vec();
    sizes.sort_unstable();
    let mut results: Vec<AtSize> = sizes.iter().map(|_| AtSize::default()).collect();
    for _ in 0..contest.rounds {
        for (side, place) in
            [(Side::Native, Place::Lobby), (Side::Native, Place::Rooms), (Side::Reference, Place::Rooms)]
        {
            let memory = within(memory(contest, &sizes, side, place)).await?;
            for (result, memory) in results.iter_mut().zip(memory) {
                result.memory_of(side, place).push(memory);
            }
        }
        for side in [Side::Native, Side::Reference] {
            let costs = within(relays(contest, &sizes, side)).await?;
            for (result, cost) in results.iter_mut().zip(costs) {
                result.relay_of(side).push(cost);
            }
        }
    }
    tell(&sizes, &results, report);
    Ok(())
}

impl AtSize {
    fn memory_of(&mut self, side: Side, place: Place) -> &mut Figures {
        match (side, place) {
            (Side::Reference | Side::LoggingReference, _) => &mut self.reference,
            (_, Place::Lobby) => &mut self.greeted,
            (_, Place::Rooms) => &mut self.joined,
        }
    }

    fn relay_of(&mut self, side: Side) -> &mut Figures {
        match side {
            Side::Reference | Side::LoggingReference => &mut self.reference_relay,
            Side::Native | Side::Classic => &mut self.native_relay,
        }
    }
}

/// How much the server has grown for each client, in kB, at every size.
async fn memory(contest: &Contest, sizes: &[usize], side: Side, place: Place) -> anyhow::Result<Vec<f64>> {
    let server = contest.start(side)?;
    let before = usage::memory(server.pid())?.resident;
    let mut crowd = Crowd::default();
    let mut grown = Vec::new();
    for &size in sizes {
        crowd.grow(size, server.address(), side.dialect(), place).await?;
        let growth = usage::memory(server.pid())?.resident.saturating_sub(before);
        grown.push(kilobytes(growth)? / f64::from(u32::try_from(size)?));
    }
    Ok(grown)
}

/// What a relay between others costs, in µs, while so many are idle.
async fn relays(contest: &Contest, sizes: &[usize], side: Side) -> anyhow::Result<Vec<f64>> {
    let server = contest.start(side)?;
    let mut exchange = Exchange::prepare(server.address(), side.dialect(), PAIRS).await?;
    let mut crowd = Crowd::default();
    let mut costs = Vec::new();
    for &size in sizes {
        crowd.grow(size, server.address(), side.dialect(), Place::Rooms).await?;
        crowd.stir().await?;
        costs.push(exchange.cost(&server, relay::relays(side)).await?);
    }
    Ok(costs)
}

fn kilobytes(bytes: u64) -> anyhow::Result<f64> {
    Ok(f64::from(u32::try_from(bytes / 1024)?) * 1.024)
}

fn tell(sizes: &[usize], results: &[AtSize], report: &mut Report) {
    report.paragraph("Growth of the server's resident memory for each idle client, in kB:");
    let with_size = || sizes.iter().map(ToString::to_string).zip(results);
    let rows: Vec<_> = with_size()
        .map(|(size, at)| {
            let goal = at.joined.at_most(GOAL_KB, " kB");
            [size, at.greeted.summary(), at.joined.summary(), at.reference.summary(), goal]
        })
        .collect();
    let head =
        ["idle clients", "visavis, greeted", "visavis, in rooms of two", "classic server, in rooms of two"];
    report.table([head[0], head[1], head[2], head[3], "goal, in rooms"], &rows);
    report.paragraph("CPU time for one relay between others, while so many are idle, in µs:");
    let rows: Vec<_> = with_size()
        .map(|(size, at)| {
            let ratio = at.native_relay.of(&at.reference_relay);
            [size, at.native_relay.summary(), at.reference_relay.summary(), ratio]
        })
        .collect();
    report.table(["idle clients", "visavis, `/ws`", "classic server", "ratio"], &rows);
}
