//! The colours of what is drawn: those of the page in dark.

/// A colour of a picture: Y, U and V of BT.601 in limited range, as in what cameras send.
///
/// ```
/// assert_eq!(visavis_mix::yuv([255, 255, 255]), [235, 128, 128]);
/// assert_eq!(visavis_mix::yuv([0, 0, 0]), [16, 128, 128]);
/// ```
#[must_use]
pub const fn yuv([red, green, blue]: [u8; 3]) -> [u8; 3] {
    let (red, green, blue) = (red as i32, green as i32, blue as i32);
    let y = (66 * red + 129 * green + 25 * blue + 128) >> 8;
    let u = (-38 * red - 74 * green + 112 * blue + 128) >> 8;
    let v = (112 * red - 94 * green - 18 * blue + 128) >> 8;
    [(y + 16) as u8, (u + 128) as u8, (v + 128) as u8]
}

/// Behind all tiles.
pub(crate) const GROUND: [u8; 3] = yuv([0x0f, 0x12, 0x13]);

/// Of a tile without a picture, and beside a picture that does not fill it.
pub(crate) const TILE: [u8; 3] = yuv([0x1d, 0x23, 0x26]);

/// Around whoever speaks.
pub(crate) const ACCENT: [u8; 3] = yuv([0x5f, 0xd0, 0xae]);

/// Under letters that lie on a picture.
pub(crate) const VEIL: [u8; 3] = yuv([0x0a, 0x0d, 0x0e]);

/// How much of what is under a veil it hides, of 255.
pub(crate) const VEIL_ALPHA: u8 = 184;

/// Letters.
pub(crate) const INK: [u8; 3] = yuv([0xff, 0xff, 0xff]);

/// Of the discs that stand in for faces: dark enough for white letters.
const DISCS: [[u8; 3]; 10] = [
    yuv([0x2f, 0x6f, 0x9f]),
    yuv([0x8a, 0x4f, 0x9e]),
    yuv([0xa8, 0x4a, 0x5f]),
    yuv([0x2d, 0x7d, 0x6b]),
    yuv([0x9a, 0x5b, 0x2b]),
    yuv([0x5b, 0x5f, 0xb3]),
    yuv([0x4f, 0x7a, 0x35]),
    yuv([0xa4, 0x48, 0x86]),
    yuv([0x3a, 0x72, 0x82]),
    yuv([0x86, 0x66, 0x1f]),
];

/// The same for the same name, everywhere: FNV-1a chooses.
pub(crate) fn of_name(name: &str) -> [u8; 3] {
    let hash =
        name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    // The low bits of FNV alone say little of short names.
    let mixed = (hash ^ (hash >> 16)) as usize;
    DISCS.get(mixed % DISCS.len()).copied().unwrap_or(TILE)
}
