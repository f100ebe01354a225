//! Which part of a picture is shown, and where in its tile.

use super::scale::Scale;
use crate::layout::Rect;
use crate::picture::Size;

/// Of a camera's width or height so much is shown at least, in percent: faces are in the middle.
const LEAST_SHOWN: usize = 66;

/// How a picture of one size lies in its tile.
#[derive(Debug)]
pub(crate) struct Fit {
    /// What the picture measures.
    pub(crate) source: Size,
    /// Where the part of it begins that is shown: both even.
    pub(crate) from: (usize, usize),
    /// Where that part is on the canvas.
    pub(crate) place: Rect,
    /// Of Y, and of U and V.
    pub(crate) scales: [Scale; 2],
}

impl Fit {
    /// A camera covers its tile as far as not too much of it is cut off; a screen is shown whole. Neither size is empty.
    pub(crate) fn new(source: Size, tile: Rect, whole: bool) -> Self {
        let part = if whole { source } else { cropped(source, tile.size()) };
        let middle = |all: usize, part: usize| ((all - part) / 2) & !1;
        let from = (middle(source.width, part.width), middle(source.height, part.height));
        let size = within(part, tile.size());
        let place = Rect {
            x: tile.x + middle(tile.width, size.width),
            y: tile.y + middle(tile.height, size.height),
            width: size.width,
            height: size.height,
        };
        Self {
            source,
            from,
            place,
            scales: [Scale::new(part, size), Scale::new(part.chroma(), size.chroma())],
        }
    }
}

/// What is left of a picture that covers a tile, if enough is.
fn cropped(source: Size, tile: Size) -> Size {
    let cut = |all: usize, wanted: usize| wanted.max((all * LEAST_SHOWN).div_ceil(100)).clamp(1, all);
    let width = (source.height * tile.width).div_ceil(tile.height.max(1));
    let height = (source.width * tile.height).div_ceil(tile.width.max(1));
    if width < source.width {
        Size::new(cut(source.width, width), source.height)
    } else {
        Size::new(source.width, cut(source.height, height.min(source.height)))
    }
}

/// The largest size of the same ratio, even; or all of the tile, if no more than two rows or columns would be missing.
fn within(part: Size, tile: Size) -> Size {
    let even = |pixels: usize| (pixels & !1).max(2);
    let height = part.height * tile.width / part.width.max(1);
    let width = part.width * tile.height / part.height.max(1);
    let close = |all: usize, wanted: usize| if wanted + 2 >= all { all } else { even(wanted) };
    if height <= tile.height {
        Size::new(tile.width, close(tile.height, height))
    } else {
        Size::new(close(tile.width, width), tile.height)
    }
}
