//! What a frame says of itself before it is decoded: a codec gets no memory for what nobody could have meant.

use visavis_rtp::VideoCodec;

use super::CodecError;
use crate::annex_b;
use crate::picture::Size;

/// The largest picture that is decoded: 1920 × 1080 as codecs have it, in blocks of 16 × 16, upright too.
pub const MAX_PIXELS: usize = 1920 * 1088;
/// The longest side: what is all border costs more than its pixels.
const MAX_SIDE: usize = 4096;
/// The only profile of VP9 with 4:2:0 and 8 bits.
const VP9_PROFILE: u32 = 0;
const VP9_SYNC_CODE: u32 = 0x49_8342;
/// At the end of more frames of VP9 in one (annex B of its specification); the lowest five bits say how many, and how long.
const SUPERFRAME: u8 = 0xc0;
const SEQUENCE_PARAMETERS: u8 = 7;
/// Of scalable streams and of those with more than one view; browsers send neither.
const SUBSET_PARAMETERS: u8 = 15;
/// Profiles of H.264 whose parameters say how colours are sampled.
const PROFILES_WITH_CHROMA: [u32; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

/// Whether a frame may be decoded: refused is one that claims too many pixels, another sampling than 4:2:0 with 8 bits, or
/// that does not even have a header.
pub(super) fn check(codec: VideoCodec, frame: &[u8]) -> Result<(), CodecError> {
    match codec {
        VideoCodec::Vp8 => check_vp8(frame),
        VideoCodec::Vp9 => superframe(frame)?.try_for_each(check_vp9),
        VideoCodec::H264 => annex_b::units(frame).try_for_each(check_unit),
        VideoCodec::Av1 => Err(CodecError::Unsupported(codec)),
    }
}

/// How many pictures' worth of time a frame may take to decode: several of VP9 may be in one, and each slice of H.264 may be all of
/// another picture. Encoders cut a picture into eight at most.
pub(super) fn cost(codec: VideoCodec, frame: &[u8]) -> usize {
    const SLICES: usize = 8;
    match codec {
        VideoCodec::Vp8 | VideoCodec::Av1 => 1,
        VideoCodec::Vp9 => superframe(frame).map_or(1, Iterator::count).max(1),
        VideoCodec::H264 => {
            let is_slice =
                |unit: &&[u8]| unit.first().is_some_and(|header| (1..=5).contains(&(header & 0x1f)));
            annex_b::units(frame).filter(is_slice).count().div_ceil(SLICES).max(1)
        }
    }
}

/// Whether a frame of VP9, one that [`check`] has found sound, says itself how long it is. To the decoder what follows one that
/// does not may be another frame.
pub(super) fn is_superframe(frame: &[u8]) -> bool {
    frame.last().is_some_and(|marker| marker & 0xe0 == SUPERFRAME)
}

/// What to append to a single frame of VP9, so that it says how long it is.
pub(super) fn superframe_index(length: usize) -> Result<[u8; 6], CodecError> {
    let [a, b, c, d] = u32::try_from(length).map_err(|_| CodecError::Malformed)?.to_le_bytes();
    // One frame, and four bytes for its length.
    const MARKER: u8 = SUPERFRAME | 3 << 3;
    Ok([MARKER, a, b, c, d, MARKER])
}

/// Whether a picture of this size may be decoded, or encoded.
pub(super) fn check_size(size: Size) -> Result<(), CodecError> {
    let Size { width, height } = size;
    match width.checked_mul(height) {
        Some(0) => Err(CodecError::Malformed),
        Some(area) if area <= MAX_PIXELS && width.max(height) <= MAX_SIDE => Ok(()),
        _ => Err(CodecError::TooLarge(size)),
    }
}

/// RFC 6386 section 9.1.
fn check_vp8(frame: &[u8]) -> Result<(), CodecError> {
    match *frame {
        [tag, _, _, ..] if tag & 1 != 0 => Ok(()),
        [_, _, _, 0x9d, 0x01, 0x2a, a, b, c, d, ..] => {
            // The upper two bits ask the player to scale.
            let pixels = |low, high| usize::from(u16::from_le_bytes([low, high]) & 0x3fff);
            check_size(Size::new(pixels(a, b), pixels(c, d)))
        }
        _ => Err(CodecError::Malformed),
    }
}

/// The frames in a frame of VP9: itself, or so many as its index says.
fn superframe(frame: &[u8]) -> Result<impl Iterator<Item = &[u8]>, CodecError> {
    let (frames, index, length_bytes) = if is_superframe(frame) {
        let marker = frame.last().copied().unwrap_or_default();
        let length_bytes = usize::from(marker >> 3 & 3) + 1;
        let index_bytes = 2 + length_bytes * (usize::from(marker & 7) + 1);
        let at = frame.len().checked_sub(index_bytes).ok_or(CodecError::Malformed)?;
        let (frames, index) = frame.split_at(at);
        let [first, index @ .., _] = index else { return Err(CodecError::Malformed) };
        if *first != marker {
            return Err(CodecError::Malformed);
        }
        (frames, index, length_bytes)
    } else {
        (frame, &[][..], 1)
    };
    let mut rest = frames;
    let indexed = index.chunks_exact(length_bytes).map(move |length| {
        let length = length.iter().rev().fold(0, |length, byte| length << 8 | usize::from(*byte));
        // One that is longer than what there is has no header either: it is refused like an empty one.
        let (frame, after) = rest.split_at_checked(length).unwrap_or_default();
        rest = after;
        frame
    });
    Ok(indexed.chain(index.is_empty().then_some(frame)))
}

fn check_vp9(frame: &[u8]) -> Result<(), CodecError> {
    vp9_header(&mut Bits::new(frame.iter().copied())).unwrap_or(Err(CodecError::Malformed))
}

/// The uncompressed header (VP9 specification, section 6.2), as far as sizes are in it; `None` if it is cut short.
///
/// Not only key frames say one: without a key frame a picture may become sixteen times as wide and high.
fn vp9_header(bits: &mut Bits<impl Iterator<Item = u8>>) -> Option<Result<(), CodecError>> {
    const MARKER: u32 = 2;
    if bits.take(2)? != MARKER {
        return Some(Err(CodecError::Malformed));
    }
    // The low bit comes first, but all others than 0 are refused.
    if bits.take(2)? != VP9_PROFILE {
        return Some(Err(CodecError::Format));
    }
    let shows_existing = bits.flag()?;
    if shows_existing {
        return Some(Ok(()));
    }
    let (is_inter, is_shown, is_resilient) = (bits.flag()?, bits.flag()?, bits.flag()?);
    if !is_inter {
        if bits.take(24)? != VP9_SYNC_CODE {
            return Some(Err(CodecError::Malformed));
        }
        const SRGB: u32 = 7;
        if bits.take(3)? == SRGB {
            return Some(Err(CodecError::Format));
        }
        let _full_range = bits.flag()?;
        return vp9_size(bits);
    }
    let is_intra_only = !is_shown && bits.flag()?;
    let _reset_context = if is_resilient { 0 } else { bits.take(2)? };
    if is_intra_only {
        if bits.take(24)? != VP9_SYNC_CODE {
            return Some(Err(CodecError::Malformed));
        }
        let _refreshed = bits.take(8)?;
        return vp9_size(bits);
    }
    let _refreshed_and_references = bits.take(8 + 3 * 4)?;
    for _ in 0..3 {
        let has_size_of_reference = bits.flag()?;
        if has_size_of_reference {
            return Some(Ok(()));
        }
    }
    vp9_size(bits)
}

fn vp9_size(bits: &mut Bits<impl Iterator<Item = u8>>) -> Option<Result<(), CodecError>> {
    let mut side = || Some(usize::try_from(bits.take(16)?).ok()? + 1);
    Some(check_size(Size::new(side()?, side()?)))
}

fn check_unit(unit: &[u8]) -> Result<(), CodecError> {
    match unit {
        [header, parameters @ ..] if header & 0x1f == SEQUENCE_PARAMETERS => {
            let bits = &mut Bits::new(without_emulation_prevention(parameters));
            sequence_parameters(bits).unwrap_or(Err(CodecError::Malformed))
        }
        [header, ..] if header & 0x1f == SUBSET_PARAMETERS => Err(CodecError::Format),
        _ => Ok(()),
    }
}

/// A unit as it is read: a 3 after two zeros only keeps them from being a start code.
fn without_emulation_prevention(unit: &[u8]) -> impl Iterator<Item = u8> {
    let mut zeros = 0;
    unit.iter().copied().filter(move |byte| {
        let prevents = zeros >= 2 && *byte == 3;
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        !prevents
    })
}

/// ITU-T H.264 section 7.3.2.1.1, as far as the size is in it; `None` if it is cut short.
fn sequence_parameters(bits: &mut Bits<impl Iterator<Item = u8>>) -> Option<Result<(), CodecError>> {
    let profile = bits.take(8)?;
    let _constraints_and_level = bits.take(16)?;
    let _id = bits.exp_golomb()?;
    if PROFILES_WITH_CHROMA.contains(&profile) {
        let (chroma_format, luma_depth, chroma_depth) =
            (bits.exp_golomb()?, bits.exp_golomb()?, bits.exp_golomb()?);
        if (chroma_format, luma_depth, chroma_depth) != (1, 0, 0) {
            return Some(Err(CodecError::Format));
        }
        let _is_lossless_possible = bits.flag()?;
        let has_scaling_lists = bits.flag()?;
        if has_scaling_lists {
            (0..8).try_for_each(|list| skip_scaling_list(bits, if list < 6 { 16 } else { 64 }))?;
        }
    }
    let _frame_number_bits = bits.exp_golomb()?;
    match bits.exp_golomb()? {
        0 => _ = bits.exp_golomb()?,
        1 => {
            let _is_never_coded = bits.flag()?;
            let _offsets = (bits.exp_golomb()?, bits.exp_golomb()?);
            let cycle = bits.exp_golomb()?.min(255);
            (0..cycle).try_for_each(|_| bits.exp_golomb().map(|_| ()))?;
        }
        _ => {}
    }
    let _references = bits.exp_golomb()?;
    let _may_have_gaps = bits.flag()?;
    let mut blocks = || Some(usize::try_from(bits.exp_golomb()?).ok()?.saturating_add(1));
    let (width, height) = (blocks()?, blocks()?);
    let fields = if bits.flag()? { 1 } else { 2 };
    Some(check_size(Size::new(width.saturating_mul(16), height.saturating_mul(16 * fields))))
}

fn skip_scaling_list(bits: &mut Bits<impl Iterator<Item = u8>>, length: usize) -> Option<()> {
    if !bits.flag()? {
        return Some(());
    }
    let (mut last, mut next) = (8, 8);
    for _ in 0..length {
        if next != 0 {
            next = (last + bits.signed_exp_golomb()?).rem_euclid(256);
        }
        last = if next == 0 { last } else { next };
    }
    Some(())
}

/// Reads bits, the highest of a byte first.
struct Bits<I> {
    bytes: I,
    current: u8,
    left: u8,
}

impl<I: Iterator<Item = u8>> Bits<I> {
    fn new(bytes: I) -> Self {
        Self { bytes, current: 0, left: 0 }
    }

    fn flag(&mut self) -> Option<bool> {
        if self.left == 0 {
            self.current = self.bytes.next()?;
            self.left = 8;
        }
        self.left -= 1;
        Some(self.current >> self.left & 1 != 0)
    }

    /// A number of up to 32 bits.
    fn take(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0, |number, _| Some(number << 1 | u32::from(self.flag()?)))
    }

    /// ITU-T H.264 section 9.1; `None` also for one of more than 31 bits.
    fn exp_golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
            if zeros == 32 {
                return None;
            }
        }
        Some((1 << zeros) - 1 + self.take(zeros)?)
    }

    fn signed_exp_golomb(&mut self) -> Option<i64> {
        let code = i64::from(self.exp_golomb()?);
        Some(if code % 2 == 0 { -code / 2 } else { (code + 1) / 2 })
    }
}
