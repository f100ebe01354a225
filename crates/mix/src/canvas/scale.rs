//! Scaling of planes: linear interpolation to enlarge, the mean of the area to shrink.
//!
//! In whole numbers, and rows first, which a processor does for many samples at once. Columns do not lie side by side: of them four
//! rows are scaled at a time, with their samples in one number. Weights are reckoned once for two sizes.

use crate::picture::{Plane, Size};

/// The weights of one sample add up to this.
const ONE: usize = 256;

/// Half of [`ONE`]: what is added to round.
const HALF: u16 = 128;

/// Rows whose samples are in one number, each in 16 of its bits: so much a sum of weighted samples has room for.
const LANES: usize = 4;
/// The same as [`HALF`], for each of them.
const HALVES: u64 = 0x0080_0080_0080_0080;

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
    rows: [Vec<u8>; LANES],
    /// The samples of all rows, before and after their columns are scaled.
    lanes: Vec<u64>,
    scaled: Vec<u64>,
}

/// Makes one row of three, with their weights.
fn mean(to: &mut [u8], [(a, wa), (b, wb), (c, wc)]: [(&[u8], u16); 3]) {
    for (((sample, &a), &b), &c) in to.iter_mut().zip(a).zip(b).zip(c) {
        *sample = rounded(u16::from(a) * wa + u16::from(b) * wb + u16::from(c) * wc);
    }
}

/// Makes one row of any number. Two at a time, which halves the sums that are written and read.
fn mean_of_many<'a>(to: &mut [u8], sums: &mut [u16], mut rows: impl Iterator<Item = (&'a [u8], u16)>) {
    sums.fill(0);
    while let Some((one, weight)) = rows.next() {
        let (other, other_weight) = rows.next().unwrap_or((one, 0));
        for ((sum, &one), &other) in sums.iter_mut().zip(one).zip(other) {
            *sum += u16::from(one) * weight + u16::from(other) * other_weight;
        }
    }
    for (sample, &sum) in to.iter_mut().zip(&*sums) {
        *sample = rounded(sum);
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
        let Scratch { sums, rows, lanes, scaled } = scratch;
        sums.resize(self.from.width, 0);
        rows.iter_mut().for_each(|row| row.resize(self.from.width, 0));
        lanes.resize(self.from.width, 0);
        scaled.resize(self.to.width, 0);
        let mut targets = target.chunks_mut(stride.max(1)).take(self.to.height);
        let mut made = self.rows.each();
        loop {
            // The rows of the target that this turn is for.
            let mut of_turn = [const { None }; LANES];
            let places = of_turn.iter_mut().zip(&mut *rows).zip(made.by_ref());
            let mut count = 0;
            for ((place, row), taps) in places {
                *place = targets.next().and_then(|target| target.get_mut(..self.to.width));
                if place.is_none() || !self.row(row, sums, taps, (source, left, top)) {
                    *place = None;
                    break;
                }
                count += 1;
            }
            self.columns(rows, lanes, scaled, of_turn.into_iter().flatten());
            if count < LANES {
                return;
            }
        }
    }

    /// Makes a row of those of the source that it lies above. False if there are none.
    fn row(
        &self,
        to: &mut [u8],
        sums: &mut [u16],
        (first, weights): (usize, &[u16]),
        (source, left, top): (Plane<'_>, usize, usize),
    ) -> bool {
        let source_row = |row: usize| {
            source.row(top + row, left + self.from.width).get(left..).filter(|row| !row.is_empty())
        };
        let Some(row) = source_row(first) else { return false };
        let next = |number: usize| source_row(first + number).unwrap_or(row);
        match *weights {
            [_] => to.copy_from_slice(row),
            [one, two] => mean(to, [(row, one), (next(1), two), (row, 0)]),
            [one, two, three] => mean(to, [(row, one), (next(1), two), (next(2), three)]),
            _ => mean_of_many(to, sums, (first..).map_while(source_row).zip(weights.iter().copied())),
        }
        true
    }

    /// Scales rows in their width.
    fn columns<'a>(
        &self,
        rows: &[Vec<u8>; LANES],
        lanes: &mut [u64],
        scaled: &mut [u64],
        targets: impl Iterator<Item = &'a mut [u8]>,
    ) {
        if self.columns.count == 1 && self.from.width == self.to.width {
            rows.iter().zip(targets).for_each(|(row, target)| target.copy_from_slice(row));
            return;
        }
        let [a, b, c, d] = rows;
        for ((((lanes, &a), &b), &c), &d) in lanes.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            *lanes = u64::from(a) | u64::from(b) << 16 | u64::from(c) << 32 | u64::from(d) << 48;
        }
        match self.columns.count {
            1 => columns::<1>(&self.columns, lanes, scaled),
            2 => columns::<2>(&self.columns, lanes, scaled),
            3 => columns::<3>(&self.columns, lanes, scaled),
            4 => columns::<4>(&self.columns, lanes, scaled),
            5 => columns::<5>(&self.columns, lanes, scaled),
            _ => {
                for (sum, (first, weights)) in scaled.iter_mut().zip(self.columns.each()) {
                    let taps = lanes.iter().skip(first).zip(weights);
                    *sum = taps.map(|(&tap, &weight)| tap * u64::from(weight)).sum();
                }
            }
        }
        for (lane, target) in targets.enumerate() {
            for (sample, &sum) in target.iter_mut().zip(&*scaled) {
                *sample = ((sum + HALVES) >> (16 * lane + 8)) as u8;
            }
        }
    }
}

/// Scales the columns of all lanes, with so many taps that the compiler knows them.
fn columns<const COUNT: usize>(taps: &Taps, lanes: &[u64], scaled: &mut [u64]) {
    let (weights, _) = taps.weights.as_chunks::<COUNT>();
    for ((sum, &first), weights) in scaled.iter_mut().zip(&taps.first).zip(weights) {
        let Some(taps) = lanes.get(first..).and_then(|lanes| lanes.first_chunk::<COUNT>()) else { return };
        *sum = 0;
        for (&tap, &weight) in taps.iter().zip(weights) {
            *sum += tap * u64::from(weight);
        }
    }
}

/// The mean of samples whose weighted sum this is.
fn rounded(sum: u16) -> u8 {
    ((sum + HALF) >> 8) as u8
}
