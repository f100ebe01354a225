//! Charts of lines as SVG: small, without scripts and fonts of their own, readable on white and on black.

use std::fmt::Write as _;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
/// Around the plot: what stands there are the title, the labels of the axes, and the names of the lines.
const LEFT: f64 = 72.0;
const RIGHT: f64 = 150.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 56.0;
/// Text and axes: as far from white as from black.
const INK: &str = "#7d7d7d";
/// Between the names of lines that end close to each other.
const APART: f64 = 17.0;
/// About so many steps has the axis of values.
const STEPS: f64 = 5.0;

/// A chart.
pub(super) struct Chart<'a> {
    pub(super) title: &'a str,
    /// What the axes count.
    pub(super) across: &'a str,
    pub(super) up: &'a str,
    pub(super) lines: Vec<Line<'a>>,
}

/// A line in it.
pub(super) struct Line<'a> {
    /// Stands at its end.
    pub(super) name: &'a str,
    /// Seen well on white and on black.
    pub(super) colour: &'a str,
    pub(super) dashed: bool,
    /// From left to right.
    pub(super) points: Vec<Point>,
}

/// A figure, and how far it was from that at times.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) low: f64,
    pub(super) y: f64,
    pub(super) high: f64,
}

/// Where figures are on the paper.
struct Scale {
    first: f64,
    last: f64,
    step: f64,
    top: f64,
}

impl Chart<'_> {
    /// The whole document.
    pub(super) fn draw(&self) -> String {
        let mut svg = String::new();
        let scale = self.scale();
        let _ = writeln!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
             font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"{INK}\">\n<title>{}</title>",
            escape(self.title)
        );
        text(&mut svg, (LEFT, 24.0), "start", "font-size=\"15\" font-weight=\"600\"", self.title);
        self.axes(&mut svg, &scale);
        for line in &self.lines {
            line.draw(&mut svg, &scale);
        }
        for (line, y) in self.lines.iter().zip(self.places(&scale)) {
            let style = format!("fill=\"{}\" font-weight=\"600\"", line.colour);
            text(&mut svg, (WIDTH - RIGHT + 12.0, y + 4.5), "start", &style, line.name);
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn scale(&self) -> Scale {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let (first, last) = points().fold((f64::INFINITY, f64::NEG_INFINITY), |(first, last), point| {
            (first.min(point.x), last.max(point.x))
        });
        let highest = points().map(|point| point.high).fold(0.0, f64::max);
        let step = step(highest / STEPS);
        Scale { first, last, step, top: step * (highest / step).ceil().max(1.0) }
    }

    fn axes(&self, svg: &mut String, scale: &Scale) {
        let end = WIDTH - RIGHT;
        let mut value = 0.0;
        while value <= scale.top * 1.001 {
            let y = scale.y(value);
            let _ = writeln!(
                svg,
                "<path d=\"M{LEFT} {y:.1}H{end}\" stroke=\"{INK}\" stroke-opacity=\"{}\"/>",
                if value > 0.0 { 0.25 } else { 1.0 }
            );
            text(svg, (LEFT - 8.0, y + 4.5), "end", "", &figure(value, scale.step));
            value += scale.step;
        }
        for x in self.stations() {
            text(svg, (scale.x(x), HEIGHT - BOTTOM + 20.0), "middle", "", &figure(x, 1.0));
        }
        let middle = f64::midpoint(TOP, HEIGHT - BOTTOM);
        text(svg, (f64::midpoint(LEFT, end), HEIGHT - 12.0), "middle", "", self.across);
        let turned = format!("transform=\"rotate(-90 18 {middle})\"");
        text(svg, (18.0, middle), "middle", &turned, self.up);
    }

    /// All places that have a figure.
    fn stations(&self) -> Vec<f64> {
        let mut stations: Vec<f64> =
            self.lines.iter().flat_map(|line| &line.points).map(|point| point.x).collect();
        stations.sort_by(f64::total_cmp);
        stations.dedup();
        stations
    }

    /// How high the name of each line stands: where the line ends, or as close as the others let it.
    fn places(&self, scale: &Scale) -> Vec<f64> {
        let ends: Vec<f64> =
            self.lines.iter().map(|line| line.points.last().map_or(0.0, |point| scale.y(point.y))).collect();
        let mut order: Vec<usize> = (0..ends.len()).collect();
        order.sort_by(|a, b| ends[*a].total_cmp(&ends[*b]));
        let mut places = ends.clone();
        let mut above = f64::NEG_INFINITY;
        for index in &order {
            places[*index] = ends[*index].max(above + APART);
            above = places[*index];
        }
        // What went too far down goes back up, and takes those above along.
        let mut below = HEIGHT - BOTTOM + APART;
        for index in order.iter().rev() {
            places[*index] = places[*index].min(below - APART);
            below = places[*index];
        }
        places
    }
}

impl Line<'_> {
    fn draw(&self, svg: &mut String, scale: &Scale) {
        let Self { colour, .. } = self;
        let mut path = String::new();
        for (index, point) in self.points.iter().enumerate() {
            let letter = if index == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{letter}{:.1} {:.1}", scale.x(point.x), scale.y(point.y));
        }
        let dashes = if self.dashed { " stroke-dasharray=\"6 5\"" } else { "" };
        let _ = writeln!(
            svg,
            "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\" stroke-linejoin=\"round\"{dashes}/>"
        );
        for point in &self.points {
            let (x, y) = (scale.x(point.x), scale.y(point.y));
            let (low, high) = (scale.y(point.low), scale.y(point.high));
            let _ = writeln!(
                svg,
                "<path d=\"M{x:.1} {low:.1}V{high:.1}\" stroke=\"{colour}\" stroke-opacity=\"0.6\"/>\
                 <circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{colour}\"/>"
            );
        }
    }
}

impl Scale {
    fn x(&self, value: f64) -> f64 {
        let span = (self.last - self.first).max(f64::MIN_POSITIVE);
        LEFT + 16.0 + (value - self.first) / span * (WIDTH - LEFT - RIGHT - 32.0)
    }

    fn y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - value / self.top * (HEIGHT - TOP - BOTTOM)
    }
}

/// The least of 1, 2 and 5, times a power of ten, that is not below this.
fn step(least: f64) -> f64 {
    if least <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .map(|times| times * power)
        .into_iter()
        .find(|step| *step >= least)
        .unwrap_or(10.0 * power)
}

/// A figure of an axis that goes in such steps.
fn figure(value: f64, step: f64) -> String {
    let decimals = if step >= 1.0 {
        0
    } else if step >= 0.1 {
        1
    } else {
        2
    };
    format!("{value:.decimals$}")
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, style: &str, text: &str) {
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" {style}>{}</text>",
        escape(text)
    );
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &'static str, values: &[f64]) -> Line<'static> {
        let point = |(x, y): (u32, &f64)| Point { x: f64::from(x), low: y * 0.9, y: *y, high: y * 1.1 };
        Line { name, colour: "#123456", dashed: false, points: (2..).zip(values).map(point).collect() }
    }

    fn chart(lines: Vec<Line<'static>>) -> Chart<'static> {
        Chart { title: "Cost & delay", across: "callers", up: "ms", lines }
    }

    #[test]
    fn a_chart_has_its_title_its_axes_and_the_name_of_each_line_once() {
        let svg = chart(vec![line("mesh", &[1.0, 4.0, 9.0]), line("star", &[1.0, 2.0, 3.0])]).draw();
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
        for text in [
            "<title>Cost &amp; delay</title>",
            ">callers</text>",
            ">ms</text>",
            ">mesh</text>",
            ">star</text>",
        ] {
            assert_eq!(svg.matches(text).count(), 1, "{text}");
        }
        assert_eq!(svg.matches("<circle").count(), 6);
        assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
    }

    #[test]
    fn higher_figures_stand_higher_and_all_on_the_paper() {
        let chart = chart(vec![line("mesh", &[0.0, 4.0, 9.0])]);
        let scale = chart.scale();
        assert!(scale.y(9.0) < scale.y(4.0) && scale.y(4.0) < scale.y(0.0));
        assert!(scale.y(9.9) >= TOP && (scale.y(0.0) - (HEIGHT - BOTTOM)).abs() < 1e-9);
        assert!(scale.x(2.0) > LEFT && scale.x(4.0) < WIDTH - RIGHT);
    }

    #[test]
    fn names_of_lines_that_end_together_stand_apart_and_on_the_paper() {
        let chart = chart(vec![line("a", &[5.0, 0.0]), line("b", &[5.0, 0.0]), line("c", &[5.0, 0.1])]);
        let places = chart.places(&chart.scale());
        assert!(places[2] <= places[0] - APART + 1e-9 && places[0] <= places[1] - APART + 1e-9, "{places:?}");
        assert!(places.iter().all(|place| (TOP..=HEIGHT - BOTTOM + 1e-9).contains(place)), "{places:?}");
    }

    #[test]
    fn steps_are_round() {
        assert_eq!([0.0, 0.7, 1.0, 1.1, 3.0, 7.0, 42.0].map(step), [1.0, 1.0, 1.0, 2.0, 5.0, 10.0, 50.0]);
        assert_eq!(
            [(3.0, 1.0), (0.4, 0.2), (0.05, 0.05)].map(|(value, step)| figure(value, step)),
            ["3", "0.4", "0.05"]
        );
    }

    #[test]
    fn a_chart_of_nothing_is_empty_and_no_more() {
        assert!(chart(vec![line("none", &[])]).draw().contains(">none</text>"));
    }
}
