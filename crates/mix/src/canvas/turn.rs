//! Pictures of cameras that are not held upright.

use crate::picture::{PictureView, Plane, Size};

/// How a picture has to be turned to be upright, clockwise: the video orientation of 3GPP TS 26.114, section 7.4.5, which browsers
/// send as an RTP header extension.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Rotation {
    /// It is upright.
    #[default]
    None,
    /// By 90 degrees.
    Right,
    /// By 180 degrees.
    Half,
    /// By 270 degrees.
    Left,
}

impl Rotation {
    /// By so many degrees; none, if that is no quarter of a turn.
    #[must_use]
    pub fn of_degrees(degrees: u16) -> Self {
        match degrees {
            90 => Self::Right,
            180 => Self::Half,
            270 => Self::Left,
            _ => Self::None,
        }
    }

    /// Whether width becomes height.
    fn swaps(self) -> bool {
        matches!(self, Self::Right | Self::Left)
    }

    /// The size that a picture has afterwards.
    #[must_use]
    pub fn of_size(self, size: Size) -> Size {
        if self.swaps() { Size::new(size.height, size.width) } else { size }
    }
}

/// A picture that was turned, whose memory is kept for the next one.
#[derive(Debug, Default)]
pub(crate) struct Turned {
    planes: [Vec<u8>; 3],
}

impl Turned {
    /// Turns a picture; one that is upright is given back as it is.
    pub(crate) fn turn<'a>(&'a mut self, picture: PictureView<'a>, rotation: Rotation) -> PictureView<'a> {
        if rotation == Rotation::None {
            return picture;
        }
        let size = rotation.of_size(picture.size);
        let sizes = [picture.size, picture.size.chroma(), picture.size.chroma()];
        for ((target, plane), size) in self.planes.iter_mut().zip(picture.planes).zip(sizes) {
            target.resize(size.area(), 0);
            turn_plane(plane, size, rotation, target);
        }
        let [y, u, v] = &self.planes;
        let chroma = size.chroma().width;
        let plane = |data, stride| Plane { data, stride };
        PictureView { size, planes: [plane(y, size.width), plane(u, chroma), plane(v, chroma)] }
    }
}

/// Writes the rows of a plane where they belong.
fn turn_plane(plane: Plane<'_>, size: Size, rotation: Rotation, target: &mut [u8]) {
    for number in 0..size.height {
        let row = plane.row(number, size.width);
        let other = size.height - 1 - number;
        match rotation {
            Rotation::None => put(target, number * size.width, 1, row.iter()),
            Rotation::Half => put(target, other * size.width, 1, row.iter().rev()),
            Rotation::Right => put(target, other, size.height, row.iter()),
            Rotation::Left => put(target, number, size.height, row.iter().rev()),
        }
    }
}

/// Writes samples from `start` on, `step` apart.
fn put<'a>(target: &mut [u8], start: usize, step: usize, samples: impl Iterator<Item = &'a u8>) {
    let places = target.get_mut(start..).unwrap_or_default().iter_mut().step_by(step);
    for (place, &sample) in places.zip(samples) {
        *place = sample;
    }
}
