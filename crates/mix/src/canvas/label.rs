//! Names on tiles, and what stands in for a picture.

use noto_sans_mono_bitmap::{FontWeight, RasterHeight};

use super::colour::{INK, VEIL, VEIL_ALPHA, of_name};
use super::mask::Mask;
use super::paint::Sheet;
use super::{Content, Tile};
use crate::layout::Rect;
use crate::picture::Size;
use crate::text::{Font, initials};

/// A name at the lower left of a tile: letters on a veil, each drawn once and blended into every picture.
#[derive(Debug)]
pub(crate) struct Label {
    veil: Mask,
    at: (usize, usize),
    letters: Mask,
    letters_at: (usize, usize),
}

/// Measures of labels, which depend on the height of the tile.
struct Measures {
    font: Font,
    /// By what letters are enlarged.
    by: usize,
    /// From the edges of the tile.
    inset: usize,
    /// Left and right of the letters.
    beside: usize,
    /// Above and below them.
    above: usize,
}

impl Measures {
    /// Of one that is looked at in half its size as well everything is twice as large.
    const fn of(height: usize, is_halved: bool) -> Self {
        let by = if is_halved { 2 } else { 1 };
        let (size, weight, inset, beside, above) = match height / by {
            320.. => (RasterHeight::Size24, FontWeight::Regular, 12, 12, 4),
            160.. => (RasterHeight::Size20, FontWeight::Regular, 8, 10, 2),
            100.. => (RasterHeight::Size16, FontWeight::Bold, 6, 8, 2),
            _ => (RasterHeight::Size16, FontWeight::Bold, 4, 6, 0),
        };
        Self {
            font: Font { height: size, weight },
            by,
            inset: by * inset,
            beside: by * beside,
            above: by * above,
        }
    }

    /// Of the veil.
    const fn height(&self) -> usize {
        self.by * self.font.height.val() + 2 * self.above
    }
}

impl Label {
    /// None, if there is no name, or no room for it.
    pub(crate) fn new(name: &str, tile: Rect, is_halved: bool) -> Option<Self> {
        let measures = Measures::of(tile.height, is_halved);
        let Measures { font, by, inset, beside, above } = measures;
        let room = tile.width.checked_sub(2 * (inset + beside))?;
        let y = tile.height.checked_sub(inset + measures.height())?;
        let letters = font.line(name, room / by);
        let letters = if by > 1 { letters.enlarged(by * letters.size().height) } else { letters };
        if letters.size().width == 0 {
            return None;
        }
        let veil = Size::new(letters.size().width + 2 * beside, measures.height());
        let at = (tile.x + inset, tile.y + y);
        let letters_at = (at.0 + beside, at.1 + above);
        Some(Self { veil: Mask::rounded(veil, veil.height / 2).scaled(VEIL_ALPHA), at, letters, letters_at })
    }

    /// Over what is there.
    pub(crate) fn draw(&self, sheet: &mut Sheet) {
        sheet.blend(&self.veil, self.at.0, self.at.1, VEIL);
        sheet.blend(&self.letters, self.letters_at.0, self.letters_at.1, INK);
    }
}

/// What is on a tile without a picture: a disc with initials, or how many others there are. A screen's is empty.
pub(crate) fn stand_in(sheet: &mut Sheet, tile: &Tile, rect: Rect) {
    match tile.content {
        Content::Screen => {}
        Content::More(count) => {
            let letters = lettering(&format!("+{count}"), rect.height / 3, rect.width);
            middle(sheet, &letters, rect, INK);
        }
        Content::Camera | Content::Off => {
            let measures = Measures::of(rect.height, tile.is_halved);
            let free = rect.height.saturating_sub(measures.height() + 2 * measures.inset);
            // The name covers much of a small tile: the disc is above it then.
            let room = if rect.height < 160 * measures.by { Rect { height: free, ..rect } } else { rect };
            let width = (rect.height * 46 / 100).min(rect.width * 46 / 100).min(room.height) & !1;
            middle(sheet, &Mask::rounded(Size::new(width, width), width / 2), room, of_name(&tile.label));
            middle(sheet, &lettering(&initials(&tile.label), width * 6 / 10, width), room, INK);
        }
    }
}

/// Large letters, about so high.
fn lettering(text: &str, height: usize, width: usize) -> Mask {
    let size = match height {
        28.. => RasterHeight::Size32,
        22.. => RasterHeight::Size24,
        18.. => RasterHeight::Size20,
        _ => RasterHeight::Size16,
    };
    let letters = Font { height: size, weight: FontWeight::Regular }.line(text, width);
    if height > 40 { letters.enlarged(height) } else { letters }
}

/// Paints a mask in the middle of a rectangle.
fn middle(sheet: &mut Sheet, mask: &Mask, rect: Rect, colour: [u8; 3]) {
    let size = mask.size();
    let x = rect.x + rect.width.saturating_sub(size.width) / 2;
    let y = rect.y + rect.height.saturating_sub(size.height) / 2;
    sheet.blend(mask, x & !1, y & !1, colour);
}
