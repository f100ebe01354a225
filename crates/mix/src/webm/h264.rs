//! H.264 as Matroska wants it: NAL units after their length, and the parameter sets once more in the header (ISO/IEC 14496-15).

const SEQUENCE_PARAMETERS: u8 = 7;
const PICTURE_PARAMETERS: u8 = 8;
/// Profiles from which on decoders want to know how colours are sampled.
const HIGH_PROFILES: [u8; 4] = [100, 110, 122, 144];

/// The NAL units of a byte stream, without start codes and the zeros around them.
pub(super) fn units(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = start_code(stream).and_then(|at| stream.get(at + 3..));
    std::iter::from_fn(move || {
        let stream = rest?;
        let end = start_code(stream);
        rest = end.and_then(|at| stream.get(at + 3..));
        stream.get(..end.unwrap_or(stream.len()))
    })
    .map(|unit| {
        let zeros = unit.iter().rev().take_while(|byte| **byte == 0).count();
        unit.get(..unit.len() - zeros).unwrap_or_default()
    })
    .filter(|unit| !unit.is_empty())
}

fn start_code(stream: &[u8]) -> Option<usize> {
    stream.windows(3).position(|window| window == [0, 0, 1])
}

/// The decoder configuration record, from the first parameter set of each kind. None: one is missing or too long.
pub(super) fn configuration(stream: &[u8]) -> Option<Vec<u8>> {
    const MAX_PARAMETERS: usize = 256;
    let find = |kind| {
        let is_it = |unit: &&[u8]| unit.first().is_some_and(|header| header & 0x1f == kind);
        units(stream).find(is_it).filter(|unit| unit.len() <= MAX_PARAMETERS)
    };
    let (sequence, picture) = (find(SEQUENCE_PARAMETERS)?, find(PICTURE_PARAMETERS)?);
    let [_, profile, compatibility, level, ..] = *sequence else { return None };
    // Lengths take four bytes; there is one set of each kind.
    let mut record = vec![1, profile, compatibility, level, 0xff, 0xe1];
    put_unit(&mut record, sequence)?;
    record.push(1);
    put_unit(&mut record, picture)?;
    if HIGH_PROFILES.contains(&profile) {
        // 4:2:0 with eight bits, which is all that WebRTC has, and no extensions.
        record.extend([0xfd, 0xf8, 0xf8, 0]);
    }
    Some(record)
}

fn put_unit(record: &mut Vec<u8>, unit: &[u8]) -> Option<()> {
    record.extend(u16::try_from(unit.len()).ok()?.to_be_bytes());
    record.extend_from_slice(unit);
    Some(())
}

/// Appends the NAL units of a byte stream, each after its length.
pub(super) fn put_with_lengths(out: &mut Vec<u8>, stream: &[u8]) {
    for unit in units(stream) {
        out.extend(u32::try_from(unit.len()).unwrap_or_default().to_be_bytes());
        out.extend_from_slice(unit);
    }
}
