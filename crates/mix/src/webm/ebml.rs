//! Elements of EBML (RFC 8794): an ID, a size, and what is in it.

/// The elements that are written, by the names that RFC 8794 and RFC 9559 give them.
pub(super) mod id {
    pub(in super::super) const EBML: u32 = 0x1a45_dfa3;
    pub(in super::super) const EBML_VERSION: u32 = 0x4286;
    pub(in super::super) const EBML_READ_VERSION: u32 = 0x42f7;
    pub(in super::super) const EBML_MAX_ID_LENGTH: u32 = 0x42f2;
    pub(in super::super) const EBML_MAX_SIZE_LENGTH: u32 = 0x42f3;
    pub(in super::super) const DOC_TYPE: u32 = 0x4282;
    pub(in super::super) const DOC_TYPE_VERSION: u32 = 0x4287;
    pub(in super::super) const DOC_TYPE_READ_VERSION: u32 = 0x4285;
    pub(in super::super) const VOID: u32 = 0xec;
    pub(in super::super) const SEGMENT: u32 = 0x1853_8067;
    pub(in super::super) const SEEK_HEAD: u32 = 0x114d_9b74;
    pub(in super::super) const SEEK: u32 = 0x4dbb;
    pub(in super::super) const SEEK_ID: u32 = 0x53ab;
    pub(in super::super) const SEEK_POSITION: u32 = 0x53ac;
    pub(in super::super) const INFO: u32 = 0x1549_a966;
    pub(in super::super) const DURATION: u32 = 0x4489;
    pub(in super::super) const TIMESTAMP_SCALE: u32 = 0x2a_d7b1;
    pub(in super::super) const MUXING_APP: u32 = 0x4d80;
    pub(in super::super) const WRITING_APP: u32 = 0x5741;
    pub(in super::super) const TRACKS: u32 = 0x1654_ae6b;
    pub(in super::super) const TRACK_ENTRY: u32 = 0xae;
    pub(in super::super) const TRACK_NUMBER: u32 = 0xd7;
    pub(in super::super) const TRACK_UID: u32 = 0x73c5;
    pub(in super::super) const TRACK_TYPE: u32 = 0x83;
    pub(in super::super) const FLAG_LACING: u32 = 0x9c;
    pub(in super::super) const NAME: u32 = 0x536e;
    pub(in super::super) const LANGUAGE: u32 = 0x22_b59c;
    pub(in super::super) const CODEC_ID: u32 = 0x86;
    pub(in super::super) const CODEC_PRIVATE: u32 = 0x63a2;
    pub(in super::super) const CODEC_DELAY: u32 = 0x56aa;
    pub(in super::super) const SEEK_PRE_ROLL: u32 = 0x56bb;
    pub(in super::super) const VIDEO: u32 = 0xe0;
    pub(in super::super) const PIXEL_WIDTH: u32 = 0xb0;
    pub(in super::super) const PIXEL_HEIGHT: u32 = 0xba;
    pub(in super::super) const AUDIO: u32 = 0xe1;
    pub(in super::super) const SAMPLING_FREQUENCY: u32 = 0xb5;
    pub(in super::super) const CHANNELS: u32 = 0x9f;
    pub(in super::super) const CLUSTER: u32 = 0x1f43_b675;
    pub(in super::super) const TIMESTAMP: u32 = 0xe7;
    pub(in super::super) const SIMPLE_BLOCK: u32 = 0xa3;
    pub(in super::super) const CUES: u32 = 0x1c53_bb6b;
    pub(in super::super) const CUE_POINT: u32 = 0xbb;
    pub(in super::super) const CUE_TIME: u32 = 0xb3;
    pub(in super::super) const CUE_TRACK_POSITIONS: u32 = 0xb7;
    pub(in super::super) const CUE_TRACK: u32 = 0xf7;
    pub(in super::super) const CUE_CLUSTER_POSITION: u32 = 0xf1;
}

/// The size, in eight bytes, of an element that has none yet.
pub(super) const UNKNOWN_SIZE: [u8; 8] = [1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

/// A size in eight bytes, whatever it is. Sizes have 56 bits.
pub(super) fn size_in_eight(size: u64) -> [u8; 8] {
    (size | 1 << 56).to_be_bytes()
}

/// A size in four bytes, whatever it is. Up to 28 bits.
pub(super) fn size_in_four(size: u32) -> [u8; 4] {
    (size | 1 << 28).to_be_bytes()
}

/// An ID, which has its own length in it.
pub(super) fn put_id(out: &mut Vec<u8>, id: u32) {
    out.extend(id.to_be_bytes().into_iter().skip_while(|byte| *byte == 0));
}

/// A size in as few bytes as it takes. All ones mean that it is unknown.
pub(super) fn put_size(out: &mut Vec<u8>, size: usize) {
    let size = size as u64;
    let length = (1..8).find(|length| size < (1 << (7 * length)) - 1).unwrap_or(8);
    let coded = size | 1 << (7 * length);
    out.extend(coded.to_be_bytes().into_iter().skip(8 - length));
}

/// An element that is bytes, or text.
pub(super) fn put(out: &mut Vec<u8>, id: u32, content: &[u8]) {
    put_id(out, id);
    put_size(out, content.len());
    out.extend_from_slice(content);
}

/// An unsigned integer in as few bytes as it takes.
pub(super) fn put_uint(out: &mut Vec<u8>, id: u32, value: u64) {
    let bytes = value.to_be_bytes();
    let zeros = value.leading_zeros() as usize / 8;
    put(out, id, bytes.get(zeros.min(7)..).unwrap_or_default());
}

/// A floating-point number, always of eight bytes.
pub(super) fn put_float(out: &mut Vec<u8>, id: u32, value: f64) {
    put(out, id, &value.to_be_bytes());
}

/// An element that has others in it.
pub(super) fn put_master(out: &mut Vec<u8>, id: u32, fill: impl FnOnce(&mut Vec<u8>)) {
    let mut content = Vec::new();
    fill(&mut content);
    put(out, id, &content);
}

/// So many bytes that say nothing: from 2 to 128.
pub(super) fn put_void(out: &mut Vec<u8>, bytes: usize) {
    put(out, id::VOID, &vec![0; bytes.saturating_sub(2)]);
}

/// What an element says before its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) id: u32,
    /// Bytes of content. None: unknown.
    pub(super) size: Option<u64>,
    /// Bytes of ID and size.
    pub(super) length: usize,
}

/// Reads what an element begins with. None: that is not an element, or not enough of one.
pub(super) fn head(bytes: &[u8]) -> Option<Head> {
    let id_length = bytes.first()?.leading_zeros() as usize + 1;
    let (id, rest) = bytes.split_at_checked(id_length).filter(|(id, _)| id.len() <= 4)?;
    let id = id.iter().fold(0, |id, byte| id << 8 | u32::from(*byte));
    let size_length = rest.first()?.leading_zeros() as usize + 1;
    let size = rest.get(..size_length).filter(|size| size.len() <= 8)?;
    let size = size.iter().fold(0, |size, byte| size << 8 | u64::from(*byte));
    let ones = (1 << (7 * size_length)) - 1;
    let size = Some(size & ones).filter(|size| *size != ones);
    Some(Head { id, size, length: id_length + size_length })
}

/// The first element of these bytes, whole: its ID, its content, and what follows it.
pub(super) fn split(bytes: &[u8]) -> Option<(u32, &[u8], &[u8])> {
    let head = head(bytes)?;
    let (content, rest) = bytes.get(head.length..)?.split_at_checked(usize::try_from(head.size?).ok()?)?;
    Some((head.id, content, rest))
}

/// What an unsigned integer says.
pub(super) fn uint(content: &[u8]) -> Option<u64> {
    (content.len() <= 8).then(|| content.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}
