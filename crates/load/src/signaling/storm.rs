//! Everybody joins at once.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures_util::future::try_join_all;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::contest::{Contest, Figures, Side, within};
use crate::caller::Caller;
use crate::report::Report;
use crate::series::Series;
use crate::usage;

/// Rooms, and how many come into each.
const ROOMS: usize = 250;
const IN_A_ROOM: usize = 4;
/// How many come in all.
pub(super) const CALLERS: usize = ROOMS * IN_A_ROOM;

/// Measurements of one side.
#[derive(Default)]
struct Storms {
    /// Joins in a second, until the last one has seen the others.
    rate: Figures,
    /// In ms: 99 of 100 have seen the others so long after their own `join`.
    slowest: Figures,
    /// CPU time of the server for each join, in µs.
    cost: Figures,
}

/// Measures all sides.
pub(super) async fn run(contest: &Contest, report: &mut Report) -> anyhow::Result<()> {
    let mut storms = [Storms::default(), Storms::default(), Storms::default()];
    for _ in 0..contest.rounds {
        for (side, storms) in Side::QUIET.into_iter().zip(&mut storms) {
            within(measure(contest, side, storms)).await?;
        }
    }
    tell(&storms, report);
    Ok(())
}

async fn measure(contest: &Contest, side: Side, storms: &mut Storms) -> anyhow::Result<()> {
    let server = contest.start(side)?;
    let come = |_| Caller::connect(server.address(), side.dialect());
    let callers = stream::iter(0..CALLERS).map(come).buffer_unordered(16);
    let mut callers: Vec<Caller> = callers.try_collect().await?;
    let (before, start) = (usage::cpu_time(server.pid())?, Instant::now());
    // Neighbours in this order are in different rooms: every room fills while all others do.
    let joins = callers.iter_mut().enumerate().map(|(number, caller)| join(caller, number % ROOMS));
    let waits = try_join_all(joins).await?;
    let (elapsed, spent) = (start.elapsed(), usage::cpu_time(server.pid())?.saturating_sub(before));
    let waits = Series::new(waits.iter().map(Duration::as_secs_f64)).context("nobody joined")?;
    let joins = f64::from(u32::try_from(CALLERS)?);
    storms.rate.push(joins / elapsed.as_secs_f64());
    storms.slowest.push(waits.percentile(99) * 1e3);
    storms.cost.push(spent.as_secs_f64() * 1e6 / joins);
    Ok(())
}

/// How long it took to see everybody else in the room.
async fn join(caller: &mut Caller, room: usize) -> anyhow::Result<Duration> {
    let start = Instant::now();
    caller.join(&format!("storm-{room}")).await?;
    caller.meet(IN_A_ROOM - 1).await?;
    Ok(start.elapsed())
}

fn tell([native, classic, reference]: &[Storms; 3], report: &mut Report) {
    report.paragraph(&format!(
        "{CALLERS} connected clients join {ROOMS} rooms of {IN_A_ROOM} at once, until the last one has seen the others:"
    ));
    let none = || "–".to_owned();
    let row = |name: &str, ours: &Storms, of: fn(&Storms) -> &Figures, goal: String| {
        let (ours, reference) = (of(ours), of(reference));
        [name.to_owned(), ours.summary(), reference.summary(), ours.of(reference), goal]
    };
    let rate = |storms: &Storms| storms.rate.at_least_of(&reference.rate, 10.0);
    report.table(
        ["", "visavis", "classic server", "ratio", "goal"],
        &[
            row("`/ws`: joins per second", native, |storms| &storms.rate, rate(native)),
            row("`/ws`: p99, ms", native, |storms| &storms.slowest, none()),
            row("`/ws`: CPU time for a join, µs", native, |storms| &storms.cost, none()),
            row("`/socket.io/`: joins per second", classic, |storms| &storms.rate, none()),
            row("`/socket.io/`: p99, ms", classic, |storms| &storms.slowest, none()),
            row("`/socket.io/`: CPU time for a join, µs", classic, |storms| &storms.cost, none()),
        ],
    );
}
