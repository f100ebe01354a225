//! Who is compared with whom.

use std::time::Duration;

use anyhow::Context as _;

use crate::caller::Dialect;
use crate::program::{Program, Recipe};
use crate::series::{Series, short};

/// How long one step may take before the benchmark gives up.
const PATIENCE: Duration = Duration::from_secs(120);

/// Ours and the other one.
pub(super) struct Contest {
    pub(super) ours: Recipe,
    pub(super) reference: Recipe,
    pub(super) logging_reference: Recipe,
    pub(super) rounds: usize,
}

/// A server, and the protocol that it is asked in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Ours, native protocol.
    Native,
    /// Ours, classic protocol.
    Classic,
    /// The classic server.
    Reference,
    /// The same, logging every message as the published one does.
    LoggingReference,
}

impl Side {
    /// Those that write no log.
    pub(super) const QUIET: [Self; 3] = [Self::Native, Self::Classic, Self::Reference];

    pub(super) fn dialect(self) -> Dialect {
        match self {
            Self::Native => Dialect::Native,
            Self::Classic | Self::Reference | Self::LoggingReference => Dialect::Classic,
        }
    }
}

impl Contest {
    /// Starts the server of this side.
    pub(super) fn start(&self, side: Side) -> anyhow::Result<Program> {
        match side {
            Side::Native | Side::Classic => self.ours.start(),
            Side::Reference => self.reference.start(),
            Side::LoggingReference => self.logging_reference.start(),
        }
    }
}

/// Waits, but not for ever.
pub(super) async fn within<T>(step: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::time::timeout(PATIENCE, step).await.context("a step of the benchmark hangs")?
}

/// One figure of one side, measured in every round.
#[derive(Debug, Default, Clone)]
pub(super) struct Figures(Vec<f64>);

impl Figures {
    pub(super) fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// Median and spread.
    pub(super) fn summary(&self) -> String {
        Series::new(self.0.iter().copied()).map_or_else(|| "–".to_owned(), |series| series.to_string())
    }

    /// What these are of the others, round by round.
    pub(super) fn of(&self, others: &Self) -> String {
        Series::ratio(&self.0, &others.0).map_or_else(|| "–".to_owned(), |series| series.to_string())
    }

    /// `goal`, and whether the median keeps to it.
    pub(super) fn at_most(&self, goal: f64, unit: &str) -> String {
        verdict(Series::new(self.0.iter().copied()), &format!("≤ {}{unit}", short(goal)), |median| {
            median <= goal
        })
    }

    /// As [`Figures::at_most`], for the ratio.
    pub(super) fn at_most_of(&self, others: &Self, goal: f64) -> String {
        verdict(Series::ratio(&self.0, &others.0), &format!("≤ {goal} ×"), |median| median <= goal)
    }

    /// As [`Figures::at_most_of`], where more is better.
    pub(super) fn at_least_of(&self, others: &Self, goal: f64) -> String {
        verdict(Series::ratio(&self.0, &others.0), &format!("≥ {goal} ×"), |median| median >= goal)
    }
}

fn verdict(series: Option<Series>, goal: &str, kept: impl Fn(f64) -> bool) -> String {
    match series.map(|series| kept(series.median())) {
        Some(true) => format!("{goal}: met"),
        Some(false) => format!("{goal}: missed"),
        None => goal.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_met_or_missed_by_the_median() {
        let [ours, theirs] = [Figures(vec![1.0, 2.0, 30.0]), Figures(vec![20.0; 3])];
        assert_eq!(ours.at_most_of(&theirs, 0.1), "≤ 0.1 ×: met");
        assert_eq!(ours.at_most_of(&theirs, 0.05), "≤ 0.05 ×: missed");
        assert_eq!(theirs.at_least_of(&ours, 10.0), "≥ 10 ×: met");
        assert_eq!(ours.at_most(1.0, " MB"), "≤ 1.00 MB: missed");
        assert_eq!(Figures::default().at_most_of(&theirs, 0.1), "≤ 0.1 ×");
    }
}
