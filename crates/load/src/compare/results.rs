//! All measurements of a comparison, and the tables of them.

use std::collections::BTreeMap;

use super::call::{Delay, Sample};
use super::costs::{Costs, Rate, Side, Unit};
use super::topology::Topology;
use crate::report::Report;
use crate::series::{Series, short};

/// Datagrams that were lost make figures doubtful from here on, in %.
const LOSSY: f64 = 0.5;

/// Samples of each room size and topology.
pub(super) struct Results {
    unit: Unit,
    points: BTreeMap<(usize, Topology), Vec<Sample>>,
    /// What is not counted.
    missing: BTreeMap<(usize, Topology), Missing>,
}

/// Rounds that tell nothing.
#[derive(Default)]
struct Missing {
    /// The callers did not keep up.
    overloaded: usize,
    /// The call did not come about, or changed while it was measured.
    failed: usize,
}

/// A figure of a measurement, where there is one.
pub(super) type Pick<T> = fn(&Sample) -> Option<T>;

impl Results {
    /// `unit`: what the media that is sent takes.
    pub(super) fn new(unit: Unit) -> Self {
        Self { unit, points: BTreeMap::new(), missing: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, callers: usize, topology: Topology, sample: Sample) {
        if sample.is_overloaded() {
            self.missing.entry((callers, topology)).or_default().overloaded += 1;
        } else {
            self.points.entry((callers, topology)).or_default().push(sample);
        }
    }

    /// A call that was not measured.
    pub(super) fn add_failed(&mut self, callers: usize, topology: Topology) {
        self.missing.entry((callers, topology)).or_default().failed += 1;
    }

    /// The tables, and what makes their figures doubtful.
    pub(super) fn report(&self, report: &mut Report) {
        self.what_callers_pay(report);
        self.what_the_server_pays(report);
        self.how_long_media_takes(report);
        let all = self.points.values().flatten().map(|sample| sample.others);
        report.paragraph(&format!(
            "Other programs of this machine took {} % of a core meanwhile: CPU time and delays are the callers' and the server's alone \
             as far as that is little.",
            spread(all)
        ));
        for ((callers, topology), Missing { overloaded, failed }) in &self.missing {
            let said = [
                (overloaded, "the callers did not keep up, which is not counted"),
                (failed, "the call did not come about, or not as it should"),
            ];
            for (count, what) in said.into_iter().filter(|(count, _)| **count > 0) {
                report.paragraph(&format!("**{topology} of {callers}: in {count} of the rounds {what}.**"));
            }
        }
        for ((callers, topology), samples) in &self.points {
            let lost = median(samples, |sample| sample.lost);
            if lost >= LOSSY {
                report.paragraph(&format!("**{topology} of {callers}: {lost:.1} % of the media was lost.**"));
            }
        }
    }

    fn what_callers_pay(&self, report: &mut Report) {
        report.paragraph(
            "What each caller pays: measured, and in brackets the least and the greatest; beside it what the formula \
             says. Mbit/s of UDP payload; pictures encoded and decoded at the same time.",
        );
        let head = [
            "callers", "room", "sends", "formula", "receives", "formula", "encodes", "formula", "decodes",
            "formula",
        ];
        let mut rows = Vec::new();
        for ((callers, topology), samples) in &self.points {
            let expected = Costs::expected(*topology, *callers, self.unit);
            let sides: [(&str, Pick<Side>, _); 2] = [
                ("who send directly", |sample| sample.costs.direct, expected.direct),
                ("who are forwarded", |sample| sample.costs.forwarded, expected.forwarded),
            ];
            for (whose, pick, expected) in sides {
                let Some(expected) = expected else { continue };
                let figures =
                    |figure: fn(&Side) -> f64| samples.iter().filter_map(pick).map(move |it| figure(&it));
                let megabits = |figure| spread(figures(figure).map(|bits| bits / 1e6));
                let count = |figure| Series::new(figures(figure)).map_or(f64::NAN, |series| series.median());
                let mixed = *topology == Topology::Hybrid;
                rows.push([
                    callers.to_string(),
                    if mixed { format!("{topology}, {whose}") } else { topology.to_string() },
                    megabits(|side| side.up),
                    short(expected.up / 1e6),
                    megabits(|side| side.down),
                    short(expected.down / 1e6),
                    tenth(count(|side| side.encoders)),
                    tenth(expected.encoders),
                    tenth(count(|side| side.decoders)),
                    tenth(expected.decoders),
                ]);
            }
        }
        report.table(head, &rows);
    }

    fn what_the_server_pays(&self, report: &mut Report) {
        report.paragraph(
            "What the server pays: its CPU time in ms for each second of the call; datagrams in a second, and Mbit/s of UDP \
             payload.",
        );
        let head = [
            "callers",
            "room",
            "CPU, ms/s",
            "packets in",
            "formula",
            "packets out",
            "formula",
            "Mbit/s in",
            "formula",
            "Mbit/s out",
            "formula",
        ];
        let row = |(key, samples): (&(usize, Topology), &Vec<Sample>)| {
            let (callers, topology) = *key;
            let expected = Costs::expected(topology, callers, self.unit).server;
            let middle = |figure: fn(&Sample) -> f64| short_or_zero(median(samples, figure));
            let bits = |rate: Rate| short_or_zero(rate.bits / 1e6);
            [
                callers.to_string(),
                topology.to_string(),
                spread(samples.iter().map(|sample| sample.cpu)),
                middle(|sample| sample.costs.server.received.packets),
                short_or_zero(expected.received.packets),
                middle(|sample| sample.costs.server.sent.packets),
                short_or_zero(expected.sent.packets),
                middle(|sample| sample.costs.server.received.bits / 1e6),
                bits(expected.received),
                middle(|sample| sample.costs.server.sent.bits / 1e6),
                bits(expected.sent),
            ]
        };
        let rows: Vec<_> = self.points.iter().map(row).collect();
        report.table(head, &rows);
    }

    fn how_long_media_takes(&self, report: &mut Report) {
        report.paragraph(
            "How long media takes, in ms, from when it is due at its sender to the receiver's socket: half of the packets, and 99 % \
             of them. How busy the core was that the callers share stands beside it, and how late they sent. A mix passes on no \
             packets, so it has no line here: how long it takes stands below.",
        );
        let head = ["callers", "room", "path", "p50", "p99", "lost", "callers' core", "they send late, p99"];
        let mut rows = Vec::new();
        for ((callers, topology), samples) in &self.points {
            let paths: [(&str, Pick<Delay>); 2] =
                [("direct", |sample| sample.direct), ("by the server", |sample| sample.forwarded)];
            for (path, pick) in paths {
                let delays: Vec<Delay> = samples.iter().filter_map(pick).collect();
                if delays.is_empty() {
                    continue;
                }
                rows.push([
                    callers.to_string(),
                    topology.to_string(),
                    path.to_owned(),
                    spread(delays.iter().map(|delay| delay.p50 / 1e3)),
                    spread(delays.iter().map(|delay| delay.p99 / 1e3)),
                    format!("{:.3} %", median(samples, |sample| sample.lost)),
                    format!("{:.0} %", median(samples, |sample| sample.callers)),
                    short(median(samples, |sample| sample.late) / 1e3),
                ]);
            }
        }
        report.table(head, &rows);
    }

    /// A figure of one topology, from the smallest room to the largest: how large the room is, and the figure.
    pub(super) fn series(&self, topology: Topology, figure: Pick<f64>) -> Vec<(usize, Series)> {
        let points = self.points.iter().filter(|((_, of), _)| *of == topology);
        points
            .filter_map(|((callers, _), samples)| {
                Some((*callers, Series::new(samples.iter().filter_map(figure))?))
            })
            .collect()
    }
}

fn median(samples: &[Sample], figure: fn(&Sample) -> f64) -> f64 {
    Series::new(samples.iter().map(figure)).map_or(f64::NAN, |series| series.median())
}

/// `median (least–greatest)`
fn spread(values: impl Iterator<Item = f64>) -> String {
    Series::new(values).map_or_else(|| "–".to_owned(), |series| series.to_string())
}

fn short_or_zero(value: f64) -> String {
    if value < 0.000_5 { "0".to_owned() } else { short(value) }
}

/// A count, which on average need not be whole.
fn tenth(count: f64) -> String {
    let is_whole = (count - count.round()).abs() < 0.05;
    format!("{count:.*}", usize::from(!is_whole))
}

/// Measurements as theory has them.
#[cfg(test)]
pub(super) mod samples {
    use super::*;

    pub(in crate::compare) const UNIT: Unit =
        Unit { picture: Rate { packets: 60.0, bits: 450e3 }, sound: Rate { packets: 50.0, bits: 60e3 } };

    pub(in crate::compare) fn sample(topology: Topology, callers: usize) -> Sample {
        let delay = |ms: f64| Delay { p50: ms * 1e3, p99: ms * 5e3 };
        let costs = Costs::expected(topology, callers, UNIT);
        let side = |direct: bool| if direct { costs.direct } else { costs.forwarded };
        Sample {
            costs,
            each: side(true).or(side(false)).unwrap(),
            cpu: 12.0,
            direct: costs.direct.map(|_| delay(0.1)),
            forwarded: costs.forwarded.filter(|_| topology != Topology::Mix).map(|_| delay(0.8)),
            lost: 0.0,
            callers: 20.0,
            late: 1_000.0,
            others: 2.0,
        }
    }

    pub(in crate::compare) fn results() -> Results {
        let mut results = Results::new(UNIT);
        for callers in [2, 4] {
            for topology in Topology::ALL {
                results.add(callers, topology, sample(topology, callers));
            }
        }
        results
    }
}

#[cfg(test)]
mod tests {
    use super::samples::{UNIT, results, sample};
    use super::*;

    #[test]
    fn each_path_of_a_room_has_a_row_and_its_formula_beside_it() {
        let mut report = Report::default();
        results().report(&mut report);
        let text = report.finish();
        assert!(
            text.contains("| 4 | mesh | 1.53 (1.53–1.53) | 1.53 | 1.53 (1.53–1.53) | 1.53 | 3 | 3 | 3 | 3 |"),
            "{text}"
        );
        assert!(text.contains("| 4 | hybrid, who are forwarded | 0.510 (0.510–0.510) | 0.510 |"), "{text}");
        assert!(text.contains("| 4 | mesh | 12.0 (12.0–12.0) | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |"), "{text}");
        assert!(
            text.contains("| 4 | star | by the server | 0.800 (0.800–0.800) | 4.00 (4.00–4.00) |"),
            "{text}"
        );
        assert!(
            text.contains(
                "| 4 | mix | 0.510 (0.510–0.510) | 0.510 | 1.63 (1.63–1.63) | 1.63 | 1 | 1 | 1 | 1 |"
            ),
            "{text}"
        );
        assert!(!text.contains("| mix | by the server |"), "{text}");
        assert!(!text.contains("**"), "{text}");
    }

    #[test]
    fn what_the_callers_did_not_keep_up_with_is_said_and_not_counted() {
        let mut results = results();
        results.add(4, Topology::Mesh, Sample { callers: 95.0, cpu: 1e6, ..sample(Topology::Mesh, 4) });
        results.add(12, Topology::Mesh, Sample { callers: 99.0, ..sample(Topology::Mesh, 12) });
        results.add_failed(4, Topology::Star);
        let mut report = Report::default();
        results.report(&mut report);
        let text = report.finish();
        assert!(text.contains("**star of 4: in 1 of the rounds the call did not come about"), "{text}");
        assert!(text.contains("**mesh of 4: in 1 of the rounds the callers did not keep up"), "{text}");
        assert!(text.contains("**mesh of 12: "), "{text}");
        assert!(!text.contains("| 12 |") && text.contains("| 4 | mesh | 12.0 (12.0–12.0) |"), "{text}");
    }

    #[test]
    fn lost_media_is_said() {
        let mut results = Results::new(UNIT);
        results.add(2, Topology::Star, Sample { lost: 2.0, ..sample(Topology::Star, 2) });
        let mut report = Report::default();
        results.report(&mut report);
        assert!(report.finish().contains("**star of 2: 2.0 % of the media was lost.**"));
    }
}
