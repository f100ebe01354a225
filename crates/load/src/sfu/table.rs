//! The results of one room.

use super::Who;
use super::room::Sample;
use crate::report::Report;
use crate::series::{Series, short};

/// The callers' core is the bottleneck from here on, in %.
const BUSY: f64 = 85.0;
/// Something else had the callers' core when they send later than this, in µs: the kernel wakes them by the millisecond.
const LATE: f64 = 5_000.0;

/// All rounds of one room.
pub(super) struct Contest {
    sides: Vec<(Who, Vec<Sample>)>,
}

impl Contest {
    pub(super) fn new(who: &[Who]) -> Self {
        Self { sides: who.iter().map(|who| (*who, Vec::new())).collect() }
    }

    pub(super) fn add(&mut self, side: usize, sample: Sample) {
        self.sides[side].1.push(sample);
    }

    fn costs(&self, who: Who) -> Option<Vec<f64>> {
        let (_, samples) = self.sides.iter().find(|(side, _)| *side == who)?;
        Some(samples.iter().map(|sample| sample.cost).collect())
    }

    /// What a side costs, as a share of what that one costs.
    fn ratio(&self, samples: &[Sample], to: Who) -> String {
        let ours: Vec<f64> = samples.iter().map(|sample| sample.cost).collect();
        let ratio = self.costs(to).and_then(|theirs| Series::ratio(&ours, &theirs));
        ratio.map_or_else(|| "–".to_owned(), |ratio| ratio.to_string())
    }
}

/// Adds the table, and says when its figures say more about the callers, or about what else the machine did, than about the server.
pub(super) fn add(report: &mut Report, contest: &Contest) {
    let rows: Vec<_> = contest.sides.iter().map(|(who, samples)| row(*who, samples, contest)).collect();
    let head = [
        "",
        "packets/s",
        "CPU each, µs",
        "of Janus",
        "of Janus, one event loop",
        "of the fan-out",
        "lost",
        "delay p50, µs",
        "p99, µs",
        "kB a subscriber",
        "its core",
        "callers' core",
    ];
    report.table(head, &rows);
    for (who, samples) in &contest.sides {
        if let Some(warning) = warning(samples) {
            report.paragraph(&format!("**{}: {warning}.**", who.name()));
        }
    }
}

fn row(who: Who, samples: &[Sample], contest: &Contest) -> [String; 12] {
    let series = |figure: fn(&Sample) -> f64| Series::new(samples.iter().map(figure));
    let spread = |figure| series(figure).map_or_else(|| "–".to_owned(), |series| series.to_string());
    let median = |figure| series(figure).map_or(f64::NAN, |series| series.median());
    [
        who.name().to_owned(),
        format!("{:.0}", median(|sample| sample.rate)),
        spread(|sample| sample.cost),
        contest.ratio(samples, Who::Janus),
        contest.ratio(samples, Who::JanusLoop),
        contest.ratio(samples, Who::Floor),
        format!("{:.3} %", median(|sample| sample.lost)),
        spread(|sample| sample.p50),
        spread(|sample| sample.p99),
        if who == Who::Floor { "–".to_owned() } else { short(median(|sample| sample.memory)) },
        format!("{:.0} %", median(|sample| sample.server)),
        format!("{:.0} %", median(|sample| sample.callers)),
    ]
}

fn warning(samples: &[Sample]) -> Option<String> {
    let greatest = |figure: fn(&Sample) -> f64| samples.iter().map(figure).fold(0.0, f64::max);
    let (callers, late) = (greatest(|sample| sample.callers), greatest(|sample| sample.late));
    let dropped: u64 = samples.iter().map(|sample| sample.dropped).sum();
    let said = [
        (callers > BUSY).then(|| format!("the callers used up to {callers:.0} % of their core")),
        (dropped > 0).then(|| format!("the callers' sockets dropped {dropped} packets")),
        (late > LATE).then(|| {
            format!("callers sent up to {:.1} ms late: the delays are not the server's alone", late / 1e3)
        }),
    ];
    let said: Vec<String> = said.into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(cost: f64) -> Sample {
        Sample {
            rate: 18_000.0,
            cost,
            lost: 0.0,
            p50: 100.0,
            p99: 200.0,
            memory: 50.0,
            server: 10.0,
            callers: 10.0,
            late: 1_000.0,
            dropped: 0,
        }
    }

    #[test]
    fn ratios_are_taken_to_whoever_is_there() {
        let mut contest = Contest::new(&[Who::Visavis, Who::Janus]);
        contest.add(0, sample(4.0));
        contest.add(1, sample(16.0));
        let row = row(Who::Visavis, &contest.sides[0].1, &contest);
        assert_eq!(row[2..6], ["4.00 (4.00–4.00)", "0.250 (0.250–0.250)", "–", "–"]);
    }

    #[test]
    fn what_makes_figures_doubtful_is_said() {
        assert_eq!(warning(&[sample(1.0)]), None);
        let late = Sample { late: 9_000.0, ..sample(1.0) };
        let said = warning(&[sample(1.0), late]).unwrap();
        assert_eq!(said, "callers sent up to 9.0 ms late: the delays are not the server's alone");
        let lossy = Sample { dropped: 3, callers: 99.0, ..sample(1.0) };
        let said = warning(&[lossy]).unwrap();
        assert_eq!(said, "the callers used up to 99 % of their core; the callers' sockets dropped 3 packets");
    }
}
