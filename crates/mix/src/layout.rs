//! Where on the picture everybody is. Pure geometry: what is to be shown goes in, rectangles come out.
//!
//! All coordinates are even, because colour has one sample for two by two pixels.

#[cfg(test)]
mod tests;

use crate::picture::Size;

/// Nothing is shown narrower than this: who is on it would not be recognised, and the name not be read.
const NARROWEST: usize = 100;

/// In a grid that is chosen, and not asked for.
const NARROWEST_CHOSEN: usize = 128;

/// More than these are not looked at all at once.
const MOST_CHOSEN: usize = 9;

/// As many as a grid has room for, however large it is.
const MOST_IN_GRID: usize = 16;

/// As many as are shown beside the one that is large.
const MOST_IN_STRIP: usize = 6;

/// Width and height of a small picture, and of a large one of which nothing is known.
const RATIO: (usize, usize) = (16, 9);

/// A rectangle of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rect {
    /// From the left.
    pub x: usize,
    /// From the top.
    pub y: usize,
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Rect {
    /// What it holds.
    #[must_use]
    pub const fn size(self) -> Size {
        Size::new(self.width, self.height)
    }
}

/// Something that is to be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// Whether it is a screen, and not a camera.
    pub is_screen: bool,
    /// What its pictures measure, if that is known.
    pub size: Option<Size>,
    /// Whether whoever it is of speaks, or spoke last: of cameras, the first such one is the large one.
    pub speaks: bool,
}

/// How they are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// All of the same size.
    Grid,
    /// The first one who speaks is large, and some of the others are small.
    Speaker,
    /// The first screen is large, and some of the others are small, those who speak first.
    Screen,
}

/// Where everything is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrangement {
    /// For each item in their order: where it is, unless it is left out.
    pub places: Vec<Option<Rect>>,
    /// How many are left out.
    pub left_out: usize,
    /// Where it is said how many are left out, if they are and there is room.
    pub more: Option<Rect>,
}

impl Layout {
    /// Which is best: a screen is to be read, few are looked at all at once, and of many the one who speaks.
    #[must_use]
    pub fn choose(items: &[Item], whole: Size) -> Self {
        if items.iter().any(|item| item.is_screen) {
            Self::Screen
        } else if items.len() <= 1 || items.len() <= MOST_CHOSEN && Grid::is_chosen(items.len(), whole) {
            Self::Grid
        } else {
            Self::Speaker
        }
    }

    /// Lays them out on a picture of this size.
    #[must_use]
    pub fn arrange(self, items: &[Item], whole: Size) -> Arrangement {
        let whole = Size::new(even(whole.width), even(whole.height));
        match self {
            Self::Grid => grid(items.len(), whole),
            Self::Speaker => strip(items, items.iter().position(|item| item.speaks), whole),
            Self::Screen => strip(items, items.iter().position(|item| item.is_screen), whole),
        }
    }
}

/// Pixels between rectangles, and between them and the edge.
pub(crate) fn gap(whole: Size) -> usize {
    match whole.height {
        600.. => 8,
        300.. => 6,
        _ => 4,
    }
}

const fn even(pixels: usize) -> usize {
    pixels & !1
}

/// The largest size of this ratio that fits, even.
fn fit((width, height): (usize, usize), room: Size) -> Size {
    let high = room.width * height / width.max(1);
    if high <= room.height {
        Size::new(even(room.width), even(high))
    } else {
        Size::new(even(room.height * width / height.max(1)), even(room.height))
    }
}

/// In the middle of what there is, at an even place.
const fn centred(size: usize, room: usize) -> usize {
    even(room.saturating_sub(size) / 2)
}

/// Rows and columns of the same size.
struct Grid {
    columns: usize,
    rows: usize,
    cell: Size,
}

impl Grid {
    /// The one with the largest cells. `None`, if they do not fit.
    fn of(count: usize, whole: Size) -> Option<Self> {
        let gap = gap(whole);
        let grid = |columns: usize| {
            let rows = count.div_ceil(columns);
            let width = whole.width.checked_sub((columns + 1) * gap)? / columns;
            let height = whole.height.checked_sub((rows + 1) * gap)? / rows;
            let cell = fit(RATIO, Size::new(width, height));
            (cell.area() > 0).then_some(Self { columns, rows, cell })
        };
        // Of equals the one with fewer rows: the one that comes last.
        (1..=count).filter_map(grid).max_by_key(|grid| grid.cell.area())
    }

    /// Whether so many are recognised at a glance.
    fn is_chosen(count: usize, whole: Size) -> bool {
        Self::of(count, whole).is_some_and(|grid| grid.cell.width >= NARROWEST_CHOSEN)
    }

    /// Where a cell of `count` is. The last row is in the middle too.
    fn cell(&self, index: usize, count: usize, whole: Size) -> Rect {
        let Size { width, height } = self.cell;
        let step = |size: usize, number: usize| number * (size + gap(whole));
        let row = index / self.columns;
        let in_row = self.columns.min(count - row * self.columns);
        let across = step(width, in_row) - gap(whole);
        let down = step(height, self.rows) - gap(whole);
        let x = centred(across, whole.width) + step(width, index % self.columns);
        let y = centred(down, whole.height) + step(height, row);
        Rect { x, y, width, height }
    }
}

/// All of the same size; if there are too many, the last cell says how many are missing.
fn grid(count: usize, whole: Size) -> Arrangement {
    let legible = |&cells: &usize| {
        Grid::of(cells, whole).is_some_and(|grid| cells == 1 || grid.cell.width >= NARROWEST)
    };
    let cells = (1..=count.min(MOST_IN_GRID)).rev().find(legible).unwrap_or(0);
    let Some(grid) = Grid::of(cells, whole) else {
        return Arrangement { places: vec![None; count], left_out: count, more: None };
    };
    let (shown, more) = shown(count, cells);
    let place = |index: usize| (index < shown).then(|| grid.cell(index, cells, whole));
    Arrangement {
        places: (0..count).map(place).collect(),
        left_out: count - shown,
        more: more.then(|| grid.cell(cells - 1, cells, whole)),
    }
}

/// How many are shown in so many cells, and whether the last cell says that there are more.
fn shown(count: usize, cells: usize) -> (usize, bool) {
    if count <= cells {
        (count, false)
    } else if cells < 2 {
        (cells, false)
    } else {
        (cells - 1, true)
    }
}

/// One large rectangle and small ones beside or below it.
struct Strip {
    large: Rect,
    small: Vec<Rect>,
}

impl Strip {
    /// The small ones at the right, or at the bottom; as many of them as there is room for.
    fn of(others: usize, ratio: (usize, usize), whole: Size, at_right: bool) -> Self {
        let gap = gap(whole);
        let width = even(whole.width * 18 / 100).max(NARROWEST + 12);
        let small = Size::new(width, even(width * RATIO.1 / RATIO.0));
        let (along, each) = if at_right { (whole.height, small.height) } else { (whole.width, small.width) };
        let room = along.saturating_sub(gap) / (each + gap);
        let area = if at_right {
            Size::new(whole.width.saturating_sub(small.width + 3 * gap), whole.height.saturating_sub(2 * gap))
        } else {
            Size::new(
                whole.width.saturating_sub(2 * gap),
                whole.height.saturating_sub(small.height + 3 * gap),
            )
        };
        let size = fit(ratio, area);
        let large = Rect {
            x: gap + centred(size.width, area.width),
            y: gap + centred(size.height, area.height),
            width: size.width,
            height: size.height,
        };
        let cells = others.min(room).min(MOST_IN_STRIP);
        let start = centred((cells * (each + gap)).saturating_sub(gap), along);
        let place = |index: usize| {
            let along = start + index * (each + gap);
            let (x, y) =
                if at_right { (area.width + 2 * gap, along) } else { (along, area.height + 2 * gap) };
            Rect { x, y, width: small.width, height: small.height }
        };
        Self { large, small: (0..cells).map(place).collect() }
    }

    /// Whether it is worth it: what is large is larger than what is small, in both directions.
    fn is_sane(&self) -> bool {
        self.small
            .first()
            .is_none_or(|small| self.large.width > small.width && self.large.height > small.height)
    }
}

/// One is large; the others are small, those who speak first.
fn strip(items: &[Item], large: Option<usize>, whole: Size) -> Arrangement {
    let large = large.unwrap_or(0);
    let Some(item) = items.get(large) else {
        return Arrangement { places: Vec::new(), left_out: 0, more: None };
    };
    let ratio = ratio(item);
    let beside = [true, false].map(|at_right| Strip::of(items.len() - 1, ratio, whole, at_right));
    let most = |strip: &Strip| (strip.large.size().area(), strip.small.len());
    let strip = beside.into_iter().filter(|strip| items.len() > 1 && strip.is_sane()).max_by_key(most);
    let strip = strip.unwrap_or_else(|| alone(ratio, whole));
    let mut places = vec![None; items.len()];
    if strip.large.size().area() == 0 {
        return Arrangement { left_out: places.len(), places, more: None };
    }
    let others = || (0..items.len()).filter(|&index| index != large);
    let speaks = |&index: &usize| items.get(index).is_some_and(|item| item.speaks);
    let order = others().filter(speaks).chain(others().filter(|index| !speaks(index)));
    let (shown, more) = shown(items.len() - 1, strip.small.len());
    for (index, rect) in order.zip(strip.small.iter().take(shown)) {
        if let Some(place) = places.get_mut(index) {
            *place = Some(*rect);
        }
    }
    if let Some(place) = places.get_mut(large) {
        *place = Some(strip.large);
    }
    let more = strip.small.last().copied().filter(|_| more);
    Arrangement { left_out: items.len() - 1 - shown, places, more }
}

/// Nothing beside it.
fn alone(ratio: (usize, usize), whole: Size) -> Strip {
    let room = |pixels: usize| pixels.saturating_sub(2 * gap(whole));
    let Size { width, height } = fit(ratio, Size::new(room(whole.width), room(whole.height)));
    let (x, y) = (centred(width, whole.width), centred(height, whole.height));
    Strip { large: Rect { x, y, width, height }, small: Vec::new() }
}

/// That of a screen, unless it is extreme; a camera has that of all tiles.
fn ratio(item: &Item) -> (usize, usize) {
    match item.size {
        Some(Size { width, height })
            if item.is_screen && width <= 3 * height && height <= 2 * width && width > 0 =>
        {
            (width, height)
        }
        _ => RATIO,
    }
}
