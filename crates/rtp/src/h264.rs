//! Payloads of H.264 (RFC 6184): single NAL units, STAP-A and FU-A, which is all that browsers send.

const SLICE: u8 = 1;
const IDR_SLICE: u8 = 5;
const SUPPLEMENT: u8 = 6;
const SEQUENCE_PARAMETERS: u8 = 7;
const DELIMITER: u8 = 9;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;

/// Whether an RTP payload begins a key frame: it has sequence parameters or the first slice of an IDR picture.
///
/// Of a key frame whose parameters travel in a packet of their own it is true twice: who missed the parameters can still begin
/// with the slice if it knows them.
#[must_use]
pub fn is_key_frame(payload: &[u8]) -> bool {
    units(payload).any(|unit| match unit.kind() {
        Some(SEQUENCE_PARAMETERS) => true,
        Some(IDR_SLICE) => unit.is_first_slice(),
        _ => false,
    })
}

/// Whether a frame can begin with this RTP payload: it has the first slice of a picture, or what comes before one.
#[must_use]
pub fn starts_frame(payload: &[u8]) -> bool {
    units(payload).any(|unit| match unit.kind() {
        Some(SUPPLEMENT | SEQUENCE_PARAMETERS | DELIMITER) => true,
        Some(SLICE | IDR_SLICE) => unit.is_first_slice(),
        _ => false,
    })
}

/// The beginning of a NAL unit.
#[derive(Clone, Copy)]
struct Unit<'a> {
    header: Option<u8>,
    body: &'a [u8],
}

impl Unit<'_> {
    fn kind(&self) -> Option<u8> {
        self.header.map(|header| header & 0x1f)
    }

    /// Whether `first_mb_in_slice`, an Exp-Golomb number, is 0: then it is a single bit, set.
    fn is_first_slice(&self) -> bool {
        self.body.first().is_some_and(|first| first & 0x80 != 0)
    }
}

/// The NAL units that begin in an RTP payload.
fn units(payload: &[u8]) -> impl Iterator<Item = Unit<'_>> {
    let (alone, mut aggregated) = match payload {
        [header, rest @ ..] => match (header & 0x1f, rest) {
            (STAP_A, _) => (None, rest),
            (FU_A, [fragment, body @ ..]) if fragment & 0x80 != 0 => {
                (Some(Unit { header: Some(*fragment), body }), &[][..])
            }
            (1..STAP_A, _) => (Some(Unit { header: Some(*header), body: rest }), &[][..]),
            _ => (None, &[][..]),
        },
        [] => (None, &[][..]),
    };
    alone.into_iter().chain(std::iter::from_fn(move || {
        let (length, rest) = aggregated.split_first_chunk::<2>()?;
        let (unit, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        aggregated = rest;
        Some(Unit { header: unit.first().copied(), body: unit.get(1..).unwrap_or_default() })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idr_picture_begins_alone_aggregated_or_in_fragments() {
        let parameters = [0x67, 0x42, 0xc0, 0x1f];
        // Sequence and picture parameters together, as browsers send them before each IDR picture.
        let aggregated = [0x78, 0x00, 0x04, 0x67, 0x42, 0xc0, 0x1f, 0x00, 0x02, 0x68, 0xce];
        let slice = [0x65, 0x88, 0x84];
        let fragment = [0x7c, 0x85, 0x88, 0x84];
        for payload in [&parameters[..], &aggregated, &slice, &fragment] {
            assert!(is_key_frame(payload) && starts_frame(payload), "{payload:x?}");
        }
    }

    #[test]
    fn what_goes_on_or_needs_another_picture_is_no_key_frame() {
        let (second_slice, second_fragment) = ([0x65, 0x48], [0x7c, 0x05, 0x88]);
        for payload in [&second_slice[..], &second_fragment, &[0x68, 0xce], &[0x7c], &[0x7c, 0x85], &[]] {
            assert!(!is_key_frame(payload) && !starts_frame(payload), "{payload:x?}");
        }
        for payload in [&[0x41, 0x9a][..], &[0x7c, 0x81, 0x9a], &[0x78, 0, 2, 0x41, 0x9a], &[0x09, 0x30]] {
            assert!(!is_key_frame(payload) && starts_frame(payload), "{payload:x?}");
        }
    }

    #[test]
    fn an_aggregate_is_read_as_far_as_it_goes() {
        let cut = [0x78, 0x00, 0x02, 0x41, 0x1a, 0x00, 0x09, 0x65, 0x88];
        assert!(!is_key_frame(&cut));
        let empty_unit = [0x78, 0x00, 0x00, 0x00, 0x02, 0x65, 0x88];
        assert!(is_key_frame(&empty_unit));
    }
}
