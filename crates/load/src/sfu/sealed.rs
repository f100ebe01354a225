//! The packets of the bare fan-out: an RTP header and a payload under AES-128-GCM, as in SRTP (RFC 7714), without extensions.
//!
//! The keys are known to both sides; nothing is kept secret here but what a benchmark makes up.

use anyhow::Context as _;
use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

/// The header. Where RTP has its time stamp stands the upper half of the sequence number.
pub(super) const HEADER: usize = 12;
/// What a sealed payload is longer by.
pub(super) const TAG: usize = 16;
/// Version 2, and a dynamic payload type.
const FIRST: [u8; 2] = [0x80, 96];

/// The key of one participant.
pub(super) struct Key(LessSafeKey);

/// What the header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) ssrc: u32,
    pub(super) seq: u32,
}

impl Header {
    /// Of a packet that is long enough to be one.
    pub(super) fn of(packet: &[u8]) -> Option<Self> {
        let [_, _, low @ .., s0, s1, s2, s3] = *packet.first_chunk::<HEADER>()?;
        let [low0, low1, _, _, high0, high1] = low;
        let header = Self {
            ssrc: u32::from_be_bytes([s0, s1, s2, s3]),
            seq: u32::from_be_bytes([high0, high1, low0, low1]),
        };
        (packet.len() >= HEADER + TAG).then_some(header)
    }

    fn bytes(self) -> [u8; HEADER] {
        let [v, pt] = FIRST;
        let [high0, high1, low0, low1] = self.seq.to_be_bytes();
        let [s0, s1, s2, s3] = self.ssrc.to_be_bytes();
        [v, pt, low0, low1, 0, 0, high0, high1, s0, s1, s2, s3]
    }

    fn nonce(self) -> Nonce {
        let mut nonce = [0; 12];
        nonce[..4].copy_from_slice(&self.ssrc.to_be_bytes());
        nonce[8..].copy_from_slice(&self.seq.to_be_bytes());
        Nonce::assume_unique_for_key(nonce)
    }
}

impl Key {
    /// That of participant `number`.
    pub(super) fn of(number: u32) -> anyhow::Result<Self> {
        let mut bytes = [0x5a; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        Ok(Self(LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &bytes)?)))
    }

    /// Adds a packet to `packets`.
    pub(super) fn seal(&self, header: Header, payload: &[u8], packets: &mut Vec<u8>) -> anyhow::Result<()> {
        packets.extend(header.bytes());
        let start = packets.len();
        packets.extend(payload);
        let aad = Aad::from(header.bytes());
        let tag = self.0.seal_in_place_separate_tag(header.nonce(), aad, &mut packets[start..])?;
        packets.extend(tag.as_ref());
        Ok(())
    }

    /// The payload of a packet, deciphered in place.
    pub(super) fn open<'a>(&self, packet: &'a mut [u8]) -> anyhow::Result<(Header, &'a [u8])> {
        let header = Header::of(packet).context("no packet")?;
        let aad = Aad::from(header.bytes());
        let payload = self.0.open_in_place(header.nonce(), aad, &mut packet[HEADER..])?;
        Ok((header, payload))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_opened_with_the_same_key_only() {
        let header = Header { ssrc: 0x0102_0304, seq: 0x0506_0708 };
        let mut packets = vec![1, 2, 3];
        Key::of(7).unwrap().seal(header, b"picture", &mut packets).unwrap();
        let packet = &packets[3..];
        assert_eq!(packet.len(), HEADER + 7 + TAG);
        assert_eq!(Header::of(packet), Some(header));
        assert_eq!(Key::of(7).unwrap().open(&mut packet.to_vec()).unwrap(), (header, &b"picture"[..]));
        assert!(Key::of(8).unwrap().open(&mut packet.to_vec()).is_err());
        let mut changed = packet.to_vec();
        changed[3] ^= 1;
        assert!(Key::of(7).unwrap().open(&mut changed).is_err());
        assert!(Key::of(7).unwrap().open(&mut packet[..27].to_vec()).is_err());
    }
}
