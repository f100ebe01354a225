//! Areas and masks in one colour, painted on a picture.

use super::mask::Mask;
use crate::layout::Rect;
use crate::picture::{Picture, Size};

/// What is painted on.
#[derive(Debug)]
pub(crate) struct Sheet {
    picture: Picture,
    /// Whether anything was painted since that was asked.
    is_painted: bool,
}

impl Sheet {
    /// All of one colour.
    pub(crate) fn new(size: Size, colour: [u8; 3]) -> Self {
        Self { picture: Picture::filled(size, colour), is_painted: true }
    }

    pub(crate) fn picture(&self) -> &Picture {
        &self.picture
    }

    /// Whether anything was painted since the last call.
    pub(crate) fn take_painted(&mut self) -> bool {
        std::mem::take(&mut self.is_painted)
    }

    /// The three planes from the pixel at `x` and `y` on, both even, with the distance of their rows.
    pub(crate) fn planes_from(&mut self, x: usize, y: usize) -> [(&mut [u8], usize); 3] {
        self.is_painted = true;
        let size = self.picture.size();
        let mut index = 0;
        self.picture.planes_mut().map(|plane| {
            let (stride, x, y) =
                if index == 0 { (size.width, x, y) } else { (size.chroma().width, x / 2, y / 2) };
            index += 1;
            (plane.get_mut(y * stride + x..).unwrap_or_default(), stride)
        })
    }

    /// Fills a rectangle that begins at even places.
    pub(crate) fn fill(&mut self, rect: Rect, colour: [u8; 3]) {
        self.each_row(rect, |_, sample, row| row.fill(colour[sample]));
    }

    /// Lays a colour over a rectangle that begins at even places, so thick, of 255.
    pub(crate) fn veil(&mut self, rect: Rect, colour: [u8; 3], alpha: u8) {
        self.each_row(rect, |_, sample, row| {
            for under in row {
                *under = over(*under, colour[sample], alpha);
            }
        });
    }

    /// Paints through a mask whose first pixel lies at `x` and `y`, both even. What does not fit is left out.
    pub(crate) fn blend(&mut self, mask: &Mask, x: usize, y: usize, colour: [u8; 3]) {
        let size = mask.size();
        let [luma, chroma] = mask.luma_and_chroma();
        let rect = Rect { x, y, width: size.width, height: size.height };
        self.each_row(rect, |row, sample, under| {
            let (mask, width) = if sample == 0 { (luma, size.width) } else { (chroma, size.chroma().width) };
            let alphas = mask.get(row * width..(row + 1) * width).unwrap_or_default();
            for (under, &alpha) in under.iter_mut().zip(alphas) {
                *under = over(*under, colour[sample], alpha);
            }
        });
    }

    /// What of a rectangle lies on the sheet, row by row: with the number of the row and that of the plane.
    fn each_row(&mut self, rect: Rect, mut paint: impl FnMut(usize, usize, &mut [u8])) {
        let size = self.picture.size();
        if rect.x >= size.width || rect.y >= size.height {
            return;
        }
        let part = Size::new(rect.width.min(size.width - rect.x), rect.height.min(size.height - rect.y));
        for (sample, (plane, stride)) in self.planes_from(rect.x, rect.y).into_iter().enumerate() {
            let part = if sample == 0 { part } else { part.chroma() };
            for (number, row) in plane.chunks_mut(stride.max(1)).take(part.height).enumerate() {
                paint(number, sample, row.get_mut(..part.width).unwrap_or_default());
            }
        }
    }
}

/// One sample over another.
fn over(under: u8, colour: u8, alpha: u8) -> u8 {
    // 255 is all of it: a number of 256 parts needs no division.
    let alpha = u16::from(alpha) + u16::from(alpha >> 7);
    ((u16::from(under) * (256 - alpha) + u16::from(colour) * alpha + 128) >> 8) as u8
}
