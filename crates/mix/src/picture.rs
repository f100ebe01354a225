//! Pictures as they are decoded, composed and encoded: I420.

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Size {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Size {
    /// So many pixels.
    #[must_use]
    pub const fn new(width: usize, height: usize) -> Self {
        Self { width, height }
    }

    /// Of each of the two planes of colour: one sample for two by two pixels.
    #[must_use]
    pub const fn chroma(self) -> Self {
        Self { width: self.width.div_ceil(2), height: self.height.div_ceil(2) }
    }

    /// Pixels.
    #[must_use]
    pub const fn area(self) -> usize {
        self.width * self.height
    }
}

/// One plane of somebody's picture.
#[derive(Clone, Copy, Debug)]
pub struct Plane<'a> {
    /// Its rows, each `stride` bytes after the one before; the last one may end with the picture.
    pub data: &'a [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
}

impl<'a> Plane<'a> {
    /// A row of `width` samples.
    #[must_use]
    pub fn row(&self, row: usize, width: usize) -> &'a [u8] {
        let start = row * self.stride;
        self.data.get(start..start + width).unwrap_or_default()
    }
}

/// A picture that belongs to somebody else: to a decoder, until it decodes the next one.
#[derive(Clone, Copy, Debug)]
pub struct PictureView<'a> {
    /// Of the luma plane.
    pub size: Size,
    /// Y, U and V.
    pub planes: [Plane<'a>; 3],
}

/// A picture in memory of its own, without gaps between rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    size: Size,
    planes: [Vec<u8>; 3],
}

impl Picture {
    /// All of one colour, given as Y, U and V.
    #[must_use]
    pub fn filled(size: Size, [y, u, v]: [u8; 3]) -> Self {
        let chroma = size.chroma().area();
        Self { size, planes: [vec![y; size.area()], vec![u; chroma], vec![v; chroma]] }
    }

    /// Becomes a copy of a picture of the same size.
    pub fn copy_from(&mut self, picture: PictureView<'_>) {
        let sizes = [self.size, self.size.chroma(), self.size.chroma()];
        for ((plane, from), size) in self.planes.iter_mut().zip(picture.planes).zip(sizes) {
            for (row, target) in plane.chunks_exact_mut(size.width.max(1)).enumerate() {
                let samples = from.row(row, size.width);
                if samples.len() == target.len() {
                    target.copy_from_slice(samples);
                }
            }
        }
    }

    /// Of the luma plane.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// Y, U and V.
    #[must_use]
    pub fn view(&self) -> PictureView<'_> {
        let [y, u, v] = &self.planes;
        let chroma = self.size.chroma().width;
        let plane = |data, stride| Plane { data, stride };
        PictureView {
            size: self.size,
            planes: [plane(y, self.size.width), plane(u, chroma), plane(v, chroma)],
        }
    }

    /// The samples of Y, U and V, to be written: of [`Size`], then twice of its [chroma](Size::chroma), without gaps.
    pub fn planes_mut(&mut self) -> [&mut [u8]; 3] {
        let [y, u, v] = &mut self.planes;
        [y, u, v]
    }
}
