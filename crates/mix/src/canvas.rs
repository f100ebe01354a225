//! The one picture that is made of many.
//!
//! What is on it is said once, as a [`Scene`]; then each source's pictures are drawn as they come. A tile that no picture came for
//! costs nothing: it stays as it is.

mod colour;
mod fit;
mod label;
mod mask;
mod paint;
mod scale;
#[cfg(test)]
mod tests;
mod turn;

use colour::{ACCENT, GROUND, TILE, VEIL};
use fit::Fit;
use label::{Label, stand_in};
use paint::Sheet;
use turn::Turned;

pub use colour::yuv;
pub(crate) use mask::Mask;
pub(crate) use scale::{Scale, Scratch};
pub use turn::Rotation;

use crate::layout::{Rect, gap};
use crate::picture::{PictureView, Size};

/// Tiles of a scene; the others are left out.
const MOST_TILES: usize = 64;

/// How dark a tile becomes whose source stands still, of 255.
const DIM: u8 = 140;

/// What is on the picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scene {
    /// Of which none lies on another, with the gaps that a [`Layout`](crate::Layout) leaves: at most 64 are drawn.
    pub tiles: Vec<Tile>,
}

/// One rectangle of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// By which its pictures are brought, and it is known in the next scene.
    pub key: u64,
    /// Where it is: even, and within the picture; otherwise it is made so.
    pub rect: Rect,
    /// The name on it; none, if it is empty.
    pub label: String,
    /// Whether there is a line around it.
    pub speaks: bool,
    /// Whether it is looked at in half its size as well: the name is twice as large then, so that it can be read.
    pub is_halved: bool,
    /// What is on it.
    pub content: Content,
}

/// What is on a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Pictures of a camera, which fill the tile and may lose a third of their width or height for it. Initials, until there is one.
    Camera,
    /// Pictures of a screen, of which nothing is cut off. Empty, until there is one.
    Screen,
    /// Initials: somebody whose camera is off.
    Off,
    /// How many others there are, who are not shown.
    More(usize),
}

impl Content {
    const fn takes_pictures(self) -> bool {
        matches!(self, Self::Camera | Self::Screen)
    }
}

/// A tile as it is on the canvas.
#[derive(Debug)]
struct Placed {
    /// With its rectangle as it was asked for.
    tile: Tile,
    /// Where it is.
    rect: Rect,
    label: Option<Label>,
    fit: Option<Fit>,
    state: State,
}

/// What can be seen on a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Quiet,
    Live,
    Dim,
}

/// The picture, and what of it stays the same from one to the next.
#[derive(Debug)]
pub struct Canvas {
    sheet: Sheet,
    tiles: Vec<Placed>,
    corners: Corners,
    scratch: Scratch,
    turned: Turned,
}

/// What makes the corners of tiles round, and of the lines around them.
#[derive(Debug)]
struct Corners {
    /// Pixels of the line.
    line: usize,
    inner: [Mask; 4],
    outer: [Mask; 4],
}

impl Corners {
    fn new(size: Size) -> Self {
        let gap = gap(size);
        let line = if gap < 8 { 2 } else { 4 };
        let four = |radius| {
            [(false, false), (true, false), (false, true), (true, true)]
                .map(|(right, bottom)| Mask::corner(radius, right, bottom))
        };
        Self { line, inner: four(gap), outer: four(gap + line) }
    }

    /// Rounds a rectangle with what is behind it.
    fn round(sheet: &mut Sheet, corners: &[Mask; 4], rect: Rect, colour: [u8; 3]) {
        for (index, mask) in corners.iter().enumerate() {
            let Size { width, height } = mask.size();
            if width <= rect.width && height <= rect.height {
                let x = if index % 2 == 1 { rect.x + rect.width - width } else { rect.x };
                let y = if index / 2 == 1 { rect.y + rect.height - height } else { rect.y };
                sheet.blend(mask, x, y, colour);
            }
        }
    }
}

impl Canvas {
    /// An empty one. Odd sizes become even.
    #[must_use]
    pub fn new(size: Size) -> Self {
        let size = Size::new(size.width & !1, size.height & !1);
        Self {
            sheet: Sheet::new(size, GROUND),
            tiles: Vec::new(),
            corners: Corners::new(size),
            scratch: Scratch::default(),
            turned: Turned::default(),
        }
    }

    /// From now on this is on it. A tile that differs in nothing but who speaks stays as it is. All others are drawn anew and show no
    /// picture yet: the keys of those that wait for one are given back, to be drawn before anybody sees the canvas, if there is one.
    pub fn begin(&mut self, scene: &Scene) -> Vec<u64> {
        let wanted = scene.tiles.get(..MOST_TILES).unwrap_or(&scene.tiles);
        let before = std::mem::take(&mut self.tiles);
        let same = |old: &Tile, new: &Tile| Tile { speaks: new.speaks, ..old.clone() } == *new;
        let (mut kept, gone): (Vec<_>, Vec<_>) =
            before.into_iter().partition(|old| wanted.iter().any(|new| same(&old.tile, new)));
        for old in &gone {
            self.sheet.fill(self.around(old.rect), GROUND);
        }
        for tile in wanted {
            let stays =
                kept.iter().position(|old| same(&old.tile, tile)).map(|index| kept.swap_remove(index));
            let line = stays.as_ref().is_none_or(|old| old.tile.speaks != tile.speaks);
            let mut placed = stays.unwrap_or_else(|| self.place(tile.clone()));
            placed.tile.speaks = tile.speaks;
            if line {
                self.draw_line(&placed);
            }
            self.tiles.push(placed);
        }
        let waits = |placed: &&Placed| placed.tile.content.takes_pictures() && placed.state == State::Quiet;
        self.tiles.iter().filter(waits).map(|placed| placed.tile.key).collect()
    }

    /// Draws a source's picture on its tile. Returns whether it did: not, if no tile of this key takes pictures, or there is nothing in
    /// the picture.
    pub fn draw(&mut self, key: u64, picture: PictureView<'_>, rotation: Rotation) -> bool {
        let Self { sheet, tiles, corners, scratch, turned } = self;
        let takes = |placed: &&mut Placed| placed.tile.key == key && placed.tile.content.takes_pictures();
        let Some(placed) = tiles.iter_mut().find(takes) else { return false };
        let rect = placed.rect;
        if picture.size.area() == 0 || rect.size().area() == 0 {
            return false;
        }
        let picture = turned.turn(picture, rotation);
        let whole = placed.tile.content == Content::Screen;
        let fit = placed.fit.take().filter(|fit| fit.source == picture.size);
        let fit = fit.unwrap_or_else(|| Fit::new(picture.size, rect, whole));
        if fit.place != rect {
            sheet.fill(rect, TILE);
        }
        let ((left, top), [luma, chroma]) = (fit.from, &fit.scales);
        let targets = sheet.planes_from(fit.place.x, fit.place.y);
        let from = [(left, top), (left / 2, top / 2), (left / 2, top / 2)];
        for (((scale, plane), (left, top)), target) in
            [luma, chroma, chroma].into_iter().zip(picture.planes).zip(from).zip(targets)
        {
            scale.run(scratch, (plane, left, top), target);
        }
        placed.fit = Some(fit);
        placed.state = State::Live;
        placed.finish(sheet, corners);
        true
    }

    /// Darkens what is on a tile, until its next picture: its source stands still.
    pub fn dim(&mut self, key: u64) {
        let live = |placed: &&mut Placed| placed.tile.key == key && placed.state == State::Live;
        if let Some(placed) = self.tiles.iter_mut().find(live) {
            self.sheet.veil(placed.rect, VEIL, DIM);
            placed.state = State::Dim;
            placed.finish(&mut self.sheet, &self.corners);
        }
    }

    /// The picture as it is now.
    #[must_use]
    pub fn picture(&self) -> PictureView<'_> {
        self.sheet.picture().view()
    }

    /// Whether anything was drawn since the last call, even if that is the same as before.
    pub fn take_drawn(&mut self) -> bool {
        self.sheet.take_painted()
    }

    /// Draws a tile without its line, and without a picture.
    fn place(&mut self, tile: Tile) -> Placed {
        let rect = within(tile.rect, self.sheet.picture().size());
        let label = Label::new(&tile.label, rect, tile.is_halved);
        self.sheet.fill(rect, TILE);
        stand_in(&mut self.sheet, &tile, rect);
        if let Some(label) = &label {
            label.draw(&mut self.sheet);
        }
        Placed { tile, rect, label, fit: None, state: State::Quiet }
    }

    /// The line around a tile, or what is there without one.
    fn draw_line(&mut self, placed: &Placed) {
        let (rect, outer) = (placed.rect, self.around(placed.rect));
        let colour = placed.ground();
        let (right, bottom) = (rect.x + rect.width, rect.y + rect.height);
        let (above, below) = (rect.y - outer.y, outer.y + outer.height - bottom);
        let (before, after) = (rect.x - outer.x, outer.x + outer.width - right);
        self.sheet.fill(Rect { height: above, ..outer }, colour);
        self.sheet.fill(Rect { y: bottom, height: below, ..outer }, colour);
        self.sheet.fill(Rect { x: outer.x, width: before, ..rect }, colour);
        self.sheet.fill(Rect { x: right, width: after, ..rect }, colour);
        Corners::round(&mut self.sheet, &self.corners.outer, outer, GROUND);
        Corners::round(&mut self.sheet, &self.corners.inner, rect, colour);
    }

    /// A tile with the line around it.
    fn around(&self, rect: Rect) -> Rect {
        let (size, line) = (self.sheet.picture().size(), self.corners.line);
        let (x, y) = (rect.x.saturating_sub(line), rect.y.saturating_sub(line));
        let (right, bottom) = (rect.x + rect.width + line, rect.y + rect.height + line);
        Rect { x, y, width: right.min(size.width) - x, height: bottom.min(size.height) - y }
    }
}

impl Placed {
    /// What is drawn over each picture.
    fn finish(&self, sheet: &mut Sheet, corners: &Corners) {
        Corners::round(sheet, &corners.inner, self.rect, self.ground());
        if let Some(label) = self.label.as_ref() {
            label.draw(sheet);
        }
    }

    /// What is behind it.
    const fn ground(&self) -> [u8; 3] {
        if self.tile.speaks { ACCENT } else { GROUND }
    }
}

/// Even, and on a picture of this size.
fn within(rect: Rect, size: Size) -> Rect {
    let (x, y) = (rect.x.min(size.width) & !1, rect.y.min(size.height) & !1);
    let (width, height) = (rect.width.min(size.width - x) & !1, rect.height.min(size.height - y) & !1);
    Rect { x, y, width, height }
}
