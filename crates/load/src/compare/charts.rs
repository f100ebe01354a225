//! The charts of a comparison.

use super::call::Delay;
use super::costs::number;
use super::results::{Pick, Results};
use super::svg::{Chart, Line, Point};
use super::topology::Topology;

/// All of them, each with the name of its file.
pub(super) fn draw(results: &Results) -> Vec<(&'static str, String)> {
    vec![
        (
            "uplink.svg",
            of_topologies(results, "What each caller sends, on average", "Mbit/s", |sample| {
                Some(sample.each.up / 1e6)
            }),
        ),
        (
            "encoders.svg",
            of_topologies(results, "Pictures that each caller encodes, on average", "encoders", |sample| {
                Some(sample.each.encoders)
            }),
        ),
        (
            "server-packets.svg",
            of_topologies(results, "What the server sends", "packets in a second", |sample| {
                Some(sample.costs.server.sent.packets)
            }),
        ),
        (
            "server-cpu.svg",
            of_topologies(results, "What the server's processor does", "ms in a second", |sample| {
                Some(sample.cpu)
            }),
        ),
        ("delay.svg", delays(results)),
    ]
}

fn of_topologies(results: &Results, title: &str, up: &str, figure: Pick<f64>) -> String {
    let lines = Topology::ALL.map(|topology| line(results, topology.name(), topology, figure));
    chart(title, up, lines.into())
}

fn delays(results: &Results) -> String {
    fn half(delay: Option<Delay>) -> Option<f64> {
        Some(delay?.p50 / 1e3)
    }
    fn most(delay: Option<Delay>) -> Option<f64> {
        Some(delay?.p99 / 1e3)
    }
    let dashed = |line| Line { dashed: true, ..line };
    let lines = vec![
        line(results, "mesh, half", Topology::Mesh, |sample| half(sample.direct)),
        dashed(line(results, "mesh, 99 %", Topology::Mesh, |sample| most(sample.direct))),
        line(results, "star, half", Topology::Star, |sample| half(sample.forwarded)),
        dashed(line(results, "star, 99 %", Topology::Star, |sample| most(sample.forwarded))),
    ];
    chart("How long media takes on this machine", "ms", lines)
}

fn chart(title: &str, up: &str, mut lines: Vec<Line<'_>>) -> String {
    lines.retain(|line| !line.points.is_empty());
    Chart { title, across: "callers in the room", up, lines }.draw()
}

fn line<'a>(results: &Results, name: &'a str, topology: Topology, figure: Pick<f64>) -> Line<'a> {
    let point = |(callers, series): (usize, crate::series::Series)| {
        let [low, high] = [0, 100].map(|percent| series.percentile(percent));
        Point { x: number(callers), low, y: series.median(), high }
    };
    let colour = match topology {
        Topology::Mesh => "#d1622b",
        Topology::Hybrid => "#9a6bc9",
        Topology::Star => "#2b8fbf",
        Topology::Mix => "#4c9a3f",
    };
    let points = results.series(topology, figure).into_iter().map(point).collect();
    Line { name, colour, dashed: false, points }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::results::samples;

    #[test]
    fn each_chart_has_a_line_for_whatever_was_measured() {
        let charts = draw(&samples::results());
        assert_eq!(charts.len(), 5);
        for (file, svg) in &charts {
            assert!(svg.contains(">mesh") && svg.contains(">star"), "{file}");
            assert_eq!(svg.contains(">hybrid<"), *file != "delay.svg", "{file}");
            assert_eq!(svg.contains(">mix<"), *file != "delay.svg", "{file}");
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{file}: {svg}");
        }
    }

    #[test]
    fn what_was_not_measured_has_no_line() {
        let mut results = Results::new(samples::UNIT);
        results.add(2, Topology::Star, samples::sample(Topology::Star, 2));
        let charts = draw(&results);
        assert!(charts.iter().all(|(_, svg)| svg.contains(">star") && !svg.contains(">mesh")));
    }
}
