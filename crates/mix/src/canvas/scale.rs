//! Scaling of planes: linear interpolation to enlarge, the mean of the area to shrink.
//!
//! In whole numbers, and rows first, which a processor does for many samples at once. Weights are reckoned once for two sizes.

use crate::picture::{Plane, Size};

/// The weights of one sample add up to this.
const ONE: usize = 256;

/// Half of [`ONE`]: what is added to round.
const HALF: u16 = 128;

/// From which samples another is made, in one direction.
#[derive(Debug)]
struct Taps {
    /// How many, for each.
    count: usize,
    /// Where they begin, for each.
    first: Vec<usize>,
    /// `count` for each.
    weights: Vec<u16>,
}

impl Taps {
    /// Of `to` samples made of `from`, which are one at least.
    fn new(from: usize, to: usize) -> Self {
        let enlarges = to > from;
        let count = if enlarges { from.min(2) } else { Self::most_of_area(from, to) };
        let mut taps = Self { count, first: Vec::with_capacity(to), weights: Vec::with_capacity(to * count) };
        for index in 0..to {
            let position = ((2 * index + 1) * from * ONE).saturating_sub(to * ONE) / (2 * to);
            let position = position.min((from - 1) * ONE);
            let begins = if enlarges { position / ONE } else { index * from / to };
            let first = begins.min(from - count);
            let linear = |at: usize| ONE.saturating_sub(position.abs_diff(at * ONE));
            let bound = |at: usize| (at * to).saturating_sub(index * from).min(from) * ONE / from;
            let area = |at: usize| bound(at + 1) - bound(at);
            let weight = |at| (if enlarges { linear(at) } else { area(at) }) as u16;
            taps.first.push(first);
            taps.weights.extend((first..first + count).map(weight));
        }
        taps
    }

    /// How many samples one of fewer lies above, at most.
    fn most_of_area(from: usize, to: usize) -> usize {
        let touched = |index: usize| ((index + 1) * from).div_ceil(to) - index * from / to;
        (0..to).map(touched).max().unwrap_or(1)
    }

    /// Where the samples of each begin, and their weights.
    fn each(&self) -> impl Iterator<Item = (usize, &[u16])> {
        self.first.iter().copied().zip(self.weights.chunks_exact(self.count))
    }
}

/// How a plane of one size becomes one of another.
#[derive(Debug)]
pub(crate) struct Scale {
    from: Size,
    to: Size,
    columns: Taps,
    rows: Taps,
}

/// What is needed while a plane is scaled, kept for the next one.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    sums: Vec<u16>,
    row: Vec<u8>,
}

impl Scratch {
    /// Makes one row of three, with their weights.
    fn mean(&mut self, [(a, wa), (b, wb), (c, wc)]: [(&[u8], u16); 3]) {
        for (((sample, &a), &b), &c) in self.row.iter_mut().zip(a).zip(b).zip(c) {
            *sample = rounded(u16::from(a) * wa + u16::from(b) * wb + u16::from(c) * wc);
        }
    }

    /// Makes one row of any number. Two at a time, which halves the sums that are written and read.
    fn mean_of_many<'a>(&mut self, mut rows: impl Iterator<Item = (&'a [u8], u16)>) {
        self.sums.fill(0);
        while let Some((one, weight)) = rows.next() {
            let (other, other_weight) = rows.next().unwrap_or((one, 0));
            for ((sum, &one), &other) in self.sums.iter_mut().zip(one).zip(other) {
                *sum += u16::from(one) * weight + u16::from(other) * other_weight;
            }
        }
        for (sample, &sum) in self.row.iter_mut().zip(&self.sums) {
            *sample = rounded(sum);
        }
    }
}

impl Scale {
    /// From one size to another. Neither is empty: an empty one is taken for a single sample.
    pub(crate) fn new(from: Size, to: Size) -> Self {
        let some = |size: Size| Size::new(size.width.max(1), size.height.max(1));
        let (from, to) = (some(from), some(to));
        Self { from, to, columns: Taps::new(from.width, to.width), rows: Taps::new(from.height, to.height) }
    }

    /// Writes the plane whose first sample is at `left` and `top` of `source` into rows that are `stride` apart, the first one at the
    /// beginning of `target`. Rows that the source does not have are left as they are.
    pub(crate) fn run(
        &self,
        scratch: &mut Scratch,
        (source, left, top): (Plane<'_>, usize, usize),
        (target, stride): (&mut [u8], usize),
    ) {
        scratch.sums.resize(self.from.width, 0);
        scratch.row.resize(self.from.width, 0);
        let source_row = |row: usize| {
            source.row(top + row, left + self.from.width).get(left..).filter(|row| !row.is_empty())
        };
        for ((first, weights), target) in self.rows.each().zip(target.chunks_mut(stride.max(1))) {
            let Some(target) = target.get_mut(..self.to.width) else { return };
            let Some(row) = source_row(first) else { return };
            let next = |number: usize| source_row(first + number).unwrap_or(row);
            match *weights {
                [_] => {}
                [one, two] => scratch.mean([(row, one), (next(1), two), (row, 0)]),
                [one, two, three] => scratch.mean([(row, one), (next(1), two), (next(2), three)]),
                _ => scratch.mean_of_many((first..).map_while(source_row).zip(weights.iter().copied())),
            }
            let row = if weights.len() == 1 { row } else { &scratch.row };
            self.columns(row, target);
        }
    }

    /// Scales one row.
    fn columns(&self, row: &[u8], target: &mut [u8]) {
        match self.columns.count {
            1 if row.len() == target.len() => target.copy_from_slice(row),
            1 => columns::<1>(&self.columns, row, target),
            2 => columns::<2>(&self.columns, row, target),
            3 => columns::<3>(&self.columns, row, target),
            4 => columns::<4>(&self.columns, row, target),
            5 => columns::<5>(&self.columns, row, target),
            _ => {
                for (sample, (first, weights)) in target.iter_mut().zip(self.columns.each()) {
                    let taps = row.iter().skip(first).zip(weights);
                    *sample = rounded(taps.map(|(&tap, &weight)| u16::from(tap) * weight).sum());
                }
            }
        }
    }
}

/// Scales one row, with so many taps that the compiler knows them.
fn columns<const COUNT: usize>(taps: &Taps, row: &[u8], target: &mut [u8]) {
    let (weights, _) = taps.weights.as_chunks::<COUNT>();
    for ((sample, &first), weights) in target.iter_mut().zip(&taps.first).zip(weights) {
        let Some(taps) = row.get(first..).and_then(|row| row.first_chunk::<COUNT>()) else { return };
        let mut sum = 0;
        for (&tap, &weight) in taps.iter().zip(weights) {
            sum += u16::from(tap) * weight;
        }
        *sample = rounded(sum);
    }
}

/// The mean of samples whose weighted sum this is.
fn rounded(sum: u16) -> u8 {
    ((sum + HALF) >> 8) as u8
}
