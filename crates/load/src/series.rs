//! The same thing measured several times.

use std::fmt;

/// Measurements of one figure; at least one.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    sorted: Vec<f64>,
}

impl Series {
    /// `None` of no measurements.
    pub(crate) fn new(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        (!sorted.is_empty()).then_some(Self { sorted })
    }

    /// What the first is of the second, round by round: what slows down a whole round then cancels out.
    pub(crate) fn ratio(ours: &[f64], theirs: &[f64]) -> Option<Self> {
        Self::new(ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs))
    }

    /// The middle one, or the mean of the two in the middle.
    pub(crate) fn median(&self) -> f64 {
        let middle = self.sorted.len() / 2;
        match self.sorted.len() % 2 {
            0 => f64::midpoint(self.sorted[middle - 1], self.sorted[middle]),
            _ => self.sorted[middle],
        }
    }

    /// The smallest one that is no smaller than this many of a hundred.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.sorted.len() * percent).div_ceil(100);
        self.sorted[rank.clamp(1, self.sorted.len()) - 1]
    }
}

/// `median (smallest–greatest)`
impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [least, greatest] = [0, 100].map(|percent| self.percentile(percent));
        write!(f, "{} ({}–{})", short(self.median()), short(least), short(greatest))
    }
}

/// Three digits that count, and no more: the spread is wider than the rest.
pub(crate) fn short(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_stands_in_the_middle() {
        let median = |values: &[f64]| Series::new(values.iter().copied()).map(|series| series.median());
        assert_eq!(median(&[3.0, 1.0, 9.0]), Some(3.0));
        assert_eq!(median(&[3.0, 1.0, 9.0, 5.0]), Some(4.0));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn a_percentile_is_one_of_the_measurements() {
        let series = Series::new((1..=200).map(f64::from)).unwrap();
        assert_eq!([0, 50, 99, 100].map(|percent| series.percentile(percent)), [1.0, 100.0, 198.0, 200.0]);
        let single = Series::new([7.0]).unwrap();
        assert_eq!([0, 99, 100].map(|percent| single.percentile(percent)), [7.0; 3]);
    }

    #[test]
    fn a_ratio_is_taken_round_by_round() {
        let ratio = Series::ratio(&[1.0, 2.0, 3.0], &[10.0, 10.0, 10.0]).unwrap();
        assert_eq!(ratio.to_string(), "0.200 (0.100–0.300)");
    }

    #[test]
    fn figures_are_printed_with_three_digits() {
        assert_eq!(
            [0.1234, 1.234, 12.34, 123.4, 1234.0].map(short),
            ["0.123", "1.23", "12.3", "123", "1234"]
        );
    }
}
