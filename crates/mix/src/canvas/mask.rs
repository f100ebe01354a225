//! What is drawn in one colour: how much of it covers each pixel.

use super::scale::{Scale, Scratch};
use crate::picture::{Plane, Size};

/// How much of a colour covers each pixel of a small area, of 255.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mask {
    size: Size,
    luma: Vec<u8>,
    chroma: Vec<u8>,
}

impl Mask {
    /// Of `size.area()` pixels in rows; what is missing is bare.
    pub(crate) fn new(size: Size, mut luma: Vec<u8>) -> Self {
        luma.resize(size.area(), 0);
        let half = size.chroma();
        let mut chroma = Vec::with_capacity(half.area());
        for row in 0..half.height {
            for column in 0..half.width {
                let at = |x: usize, y: usize| {
                    let (x, y) = (2 * column + x, 2 * row + y);
                    if x < size.width { luma.get(y * size.width + x).copied().unwrap_or(0) } else { 0 }
                };
                let sum = [at(0, 0), at(1, 0), at(0, 1), at(1, 1)].map(u16::from).iter().sum::<u16>();
                chroma.push((sum / 4) as u8);
            }
        }
        Self { size, luma, chroma }
    }

    /// Of the pixels of which so much lies inside: `inside` is asked with the middle of each, and answers with the distance to the
    /// edge, negative outside.
    fn shape(size: Size, inside: impl Fn(f32, f32) -> f32) -> Self {
        let middles =
            (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x as f32 + 0.5, y as f32 + 0.5)));
        let covered = middles.map(|(x, y)| ((inside(x, y) + 0.5).clamp(0.0, 1.0) * 255.0) as u8);
        Self::new(size, covered.collect())
    }

    /// A rectangle with round corners; a disc, if the radius is half of its size.
    pub(crate) fn rounded(size: Size, radius: usize) -> Self {
        let radius = radius.min(size.width.min(size.height) / 2) as f32;
        let (width, height) = (size.width as f32, size.height as f32);
        Self::shape(size, |x, y| {
            let across = (radius - x).max(x - (width - radius)).max(0.0);
            let down = (radius - y).max(y - (height - radius)).max(0.0);
            radius - across.hypot(down)
        })
    }

    /// The same, so much thinner: `alpha` of 255 is left where all was covered.
    pub(crate) fn scaled(mut self, alpha: u8) -> Self {
        for covered in self.luma.iter_mut().chain(&mut self.chroma) {
            *covered = (u16::from(*covered) * u16::from(alpha) / 255) as u8;
        }
        self
    }

    /// What a round corner leaves of a square one: at the left or right, and at the top or bottom.
    pub(crate) fn corner(radius: usize, right: bool, bottom: bool) -> Self {
        let far = radius as f32;
        Self::shape(Size::new(radius, radius), |x, y| {
            let across = if right { x } else { far - x };
            let down = if bottom { y } else { far - y };
            across.hypot(down) - far
        })
    }

    /// The same as high as this, and as much wider. Edges stay sharp.
    pub(crate) fn enlarged(&self, height: usize) -> Self {
        let to = Size::new((self.size.width * height).div_ceil(self.size.height.max(1)), height);
        if self.luma.is_empty() || to.area() == 0 {
            return Self::new(Size::new(0, 0), Vec::new());
        }
        let mut luma = vec![0; to.area()];
        let source = Plane { data: &self.luma, stride: self.size.width };
        Scale::new(self.size, to).run(&mut Scratch::default(), (source, 0, 0), (&mut luma, to.width));
        for sample in &mut luma {
            *sample = (i16::from(*sample) * 2 - 128).clamp(0, 255) as u8;
        }
        Self::new(to, luma)
    }

    /// In pixels.
    pub(crate) fn size(&self) -> Size {
        self.size
    }

    /// How much is covered: of each pixel, and of each two by two.
    pub(crate) fn luma_and_chroma(&self) -> [&[u8]; 2] {
        [&self.luma, &self.chroma]
    }
}
