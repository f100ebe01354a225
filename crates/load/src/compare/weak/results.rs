//! What was measured of weak receivers, as a table.

use std::collections::BTreeMap;

use super::{Sample, Way};
use crate::report::Report;
use crate::series::{Series, short};

/// From here on the callers' core is so busy that delays say nothing, in %.
const BUSY: f64 = 90.0;

/// All measurements.
pub(in crate::compare) struct Results {
    publishers: usize,
    samples: BTreeMap<Way, Vec<Sample>>,
    /// Rounds that tell nothing.
    missing: BTreeMap<Way, usize>,
}

impl Results {
    /// Of rooms in which so many publish.
    pub(in crate::compare) fn new(publishers: usize) -> Self {
        Self { publishers, samples: BTreeMap::new(), missing: BTreeMap::new() }
    }

    pub(in crate::compare) fn add(&mut self, way: Way, sample: Sample) {
        if sample.callers >= BUSY {
            return self.add_failed(way);
        }
        self.samples.entry(way).or_default().push(sample);
    }

    /// A call that was not measured.
    pub(in crate::compare) fn add_failed(&mut self, way: Way) {
        *self.missing.entry(way).or_default() += 1;
    }

    /// The tables, and what makes their figures doubtful.
    pub(in crate::compare) fn report(&self, report: &mut Report) {
        self.what_it_takes(report);
        self.how_long_it_takes(report);
        for (way, count) in &self.missing {
            report.paragraph(&format!(
                "**{}: {count} of the rounds are missing: the call did not come about, or the callers did not keep up.**",
                way.name()
            ));
        }
    }

    fn what_it_takes(&self, report: &mut Report) {
        report.paragraph(&format!(
            "A weak receiver in a room in which {} publish, who see each other: one small layer of one of them (320×180, and the three \
             loudest) beside the mix. Mbit/s of UDP payload; decoding: CPU time in ms for each second of the call; the same of the \
             server, for the whole room.",
            self.publishers
        ));
        let head = [
            "it receives",
            "sees",
            "Mbit/s",
            "pictures in a second",
            "decoding pictures, ms/s",
            "decoding sounds, ms/s",
            "server's CPU, ms/s",
        ];
        let row = |(way, samples): (&Way, &Vec<Sample>)| {
            let spread = |figure: fn(&Sample) -> f64| {
                Series::new(samples.iter().map(figure)).map_or_else(nothing, |series| series.to_string())
            };
            [
                way.name().to_owned(),
                way.sees(self.publishers).to_string(),
                spread(|sample| sample.down / 1e6),
                spread(|sample| sample.frames),
                spread(|sample| sample.pictures),
                spread(|sample| sample.sounds),
                spread(|sample| sample.cpu),
            ]
        };
        let rows: Vec<_> = self.samples.iter().map(row).collect();
        report.table(head, &rows);
    }

    fn how_long_it_takes(&self, report: &mut Report) {
        report.paragraph(
            "How long a flash and a beep of the same moment take, in ms, from when frame and packet are due at their sender until they \
             are decoded, without cameras, microphones, and buffers of a player: half of them, and 95 %. How far the beep is behind \
             the flash as they come, and by the times that the server tells with them, by which players put them together; half, from \
             5 to 95 %.",
        );
        let head = [
            "it receives",
            "flashes",
            "picture p50",
            "p95",
            "sound p50",
            "p95",
            "sound behind picture, as they come",
            "by the times told",
        ];
        let row = |(way, samples): (&Way, &Vec<Sample>)| {
            let all = |figure: fn(&Sample) -> &[f64]| Series::new(samples.iter().flat_map(figure).copied());
            let [pictures, sounds] = [all(|it| &it.delays.pictures), all(|it| &it.delays.sounds)];
            let at = |series: &Option<Series>, percent| {
                series.as_ref().map_or_else(nothing, |series| short(series.percentile(percent)))
            };
            let apart = |series: Option<Series>| {
                series.map_or_else(nothing, |series| {
                    let [low, high] = [5, 95].map(|percent| short(series.percentile(percent)));
                    format!("{} ({low} to {high})", short(series.median()))
                })
            };
            [
                way.name().to_owned(),
                samples.iter().map(|it| it.delays.pictures.len()).sum::<usize>().to_string(),
                at(&pictures, 50),
                at(&pictures, 95),
                at(&sounds, 50),
                at(&sounds, 95),
                apart(all(|it| &it.delays.behind)),
                apart(all(|it| &it.delays.told)),
            ]
        };
        let rows: Vec<_> = self.samples.iter().map(row).collect();
        report.table(head, &rows);
    }
}

fn nothing() -> String {
    "–".to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::Delays;
    use super::*;

    fn sample(down: f64, delays: Delays) -> Sample {
        Sample {
            down,
            pictures: 12.0,
            sounds: 0.5,
            frames: 20.0,
            delays,
            cpu: 150.0,
            callers: 20.0,
            others: 2.0,
        }
    }

    fn text(results: &Results) -> String {
        let mut report = Report::default();
        results.report(&mut report);
        report.finish()
    }

    #[test]
    fn each_way_has_a_line_with_what_it_takes_and_delays_are_counted_over_all_rounds() {
        let mut results = Results::new(6);
        let delays = |pictures: &[f64]| Delays {
            pictures: pictures.to_vec(),
            sounds: vec![60.0],
            behind: vec![-20.0],
            told: Vec::new(),
        };
        results.add(Way::Mix, sample(1.5e6, delays(&[80.0, 90.0])));
        results.add(Way::Mix, sample(1.6e6, delays(&[100.0])));
        results.add(Way::Layer, sample(0.3e6, Delays::default()));
        let text = text(&results);
        assert!(
            text.contains("| the mix | 6 | 1.55 (1.50–1.60) | 20.0 (20.0–20.0) | 12.0 (12.0–12.0) |"),
            "{text}"
        );
        assert!(text.contains("| one small layer | 1 | 0.300 (0.300–0.300) |"), "{text}");
        assert!(
            text.contains("| the mix | 3 | 90.0 | 100 | 60.0 | 60.0 | -20.0 (-20.0 to -20.0) | – |"),
            "{text}"
        );
        assert!(text.contains("| one small layer | 0 | – | – | – | – | – | – |"), "{text}");
        assert!(!text.contains("**"), "{text}");
    }

    #[test]
    fn rounds_that_tell_nothing_are_said_and_not_counted() {
        let mut results = Results::new(6);
        results.add_failed(Way::Mix);
        results.add(Way::Mix, Sample { callers: 99.0, ..sample(1e6, Delays::default()) });
        let text = text(&results);
        assert!(text.contains("**the mix: 2 of the rounds are missing"), "{text}");
        assert!(!text.contains("| the mix |"), "{text}");
    }
}
