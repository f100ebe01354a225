//! Signatures of messages with long-term credentials (RFC 8489 sections 9.2.2, 14.5 and 14.6).
//!
//! Two things are chosen apart from each other: how a password becomes a key, MD5 or SHA-256, and which HMAC that key
//! makes, SHA-1 in MESSAGE-INTEGRITY or SHA-256 in MESSAGE-INTEGRITY-SHA256. Every pair of them is taken.

use std::sync::Arc;

use hmac::{Hmac, Mac};
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::Sha256;
use stun_types::attribute::{
    AttributeStaticType, Fingerprint, MessageIntegrity, MessageIntegritySha256, PasswordAlgorithmValue,
};
use stun_types::message::MessageHeader;

/// The type and the length of an attribute, in bytes.
const ATTRIBUTE_HEADER: usize = 4;
/// What is left of an HMAC-SHA256 at least (RFC 8489 section 14.6), in bytes.
const SHORTEST_SHA256: usize = 16;
/// What the checksum of FINGERPRINT is combined with by exclusive or (RFC 8489 section 14.7).
const FINGERPRINT: [u8; 4] = *b"STUN";

/// What a password, with its username and realm, is made into.
#[derive(Clone)]
pub(crate) struct Key(Arc<[u8]>);

/// Which HMAC signs a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// HMAC-SHA1 in MESSAGE-INTEGRITY.
    Sha1,
    /// HMAC-SHA256 in MESSAGE-INTEGRITY-SHA256.
    Sha256,
}

/// How the answer to a request is signed: as the request was.
#[derive(Clone)]
pub(crate) struct Signer {
    pub(crate) key: Key,
    pub(crate) algorithm: Algorithm,
}

/// The signature that counts in a message.
struct Signature<'a> {
    algorithm: Algorithm,
    /// Where its attribute begins.
    at: usize,
    tag: &'a [u8],
}

impl Key {
    /// The key of long-term credentials (RFC 8489 section 9.2.2 for MD5, 18.5.1.2 for SHA-256).
    pub(crate) fn long_term(
        algorithm: PasswordAlgorithmValue,
        username: &str,
        realm: &str,
        password: &str,
    ) -> Self {
        let text = format!("{username}:{realm}:{password}");
        Self(match algorithm {
            PasswordAlgorithmValue::MD5 => Md5::digest(text).as_slice().into(),
            PasswordAlgorithmValue::SHA256 => Sha256::digest(text).as_slice().into(),
        })
    }

    /// What the HMAC is over: the message up to its attribute, as if that were the last.
    fn feed<M: Mac>(mut mac: M, message: &[u8], at: usize, tag_length: usize) -> M {
        let length = at + ATTRIBUTE_HEADER + tag_length - MessageHeader::LENGTH;
        mac.update(&message[..2]);
        mac.update(&u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
        mac.update(&message[4..at]);
        mac
    }

    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    fn mac<M: Mac + hmac::digest::KeyInit>(&self) -> M {
        <M as Mac>::new_from_slice(&self.0).expect("any key length")
    }
}

/// Which HMAC signs `message`; `None` if nothing does. MESSAGE-INTEGRITY-SHA256 counts where both are there.
pub(crate) fn algorithm(message: &[u8]) -> Option<Algorithm> {
    signature(message).map(|signature| signature.algorithm)
}

/// Whether `key` signed `message`.
pub(crate) fn is_signed_with(message: &[u8], key: &Key) -> bool {
    let Some(Signature { algorithm, at, tag }) = signature(message) else { return false };
    match algorithm {
        Algorithm::Sha1 => {
            Key::feed(key.mac::<Hmac<Sha1>>(), message, at, tag.len()).verify_slice(tag).is_ok()
        }
        Algorithm::Sha256 => {
            Key::feed(key.mac::<Hmac<Sha256>>(), message, at, tag.len()).verify_truncated_left(tag).is_ok()
        }
    }
}

impl Signer {
    /// Appends the signature to `message`.
    pub(crate) fn sign(&self, message: &mut Vec<u8>) {
        let at = message.len();
        match self.algorithm {
            Algorithm::Sha1 => {
                let tag = Key::feed(self.key.mac::<Hmac<Sha1>>(), message, at, 20).finalize().into_bytes();
                append(message, MessageIntegrity::TYPE.value(), &tag);
            }
            Algorithm::Sha256 => {
                let tag = Key::feed(self.key.mac::<Hmac<Sha256>>(), message, at, 32).finalize().into_bytes();
                append(message, MessageIntegritySha256::TYPE.value(), &tag);
            }
        }
    }
}

/// Appends FINGERPRINT (RFC 8489 section 14.7) to `message`.
pub(crate) fn fingerprint(message: &mut Vec<u8>) {
    let total = message.len() + ATTRIBUTE_HEADER + FINGERPRINT.len();
    set_length(message, total);
    let mut checksum = Fingerprint::compute(&[message]);
    checksum.iter_mut().zip(FINGERPRINT).for_each(|(byte, with)| *byte ^= with);
    append(message, Fingerprint::TYPE.value(), &checksum);
}

/// Appends an attribute whose length is a multiple of four.
fn append(message: &mut Vec<u8>, kind: u16, value: &[u8]) {
    message.extend_from_slice(&kind.to_be_bytes());
    message.extend_from_slice(&u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
    message.extend_from_slice(value);
    let total = message.len();
    set_length(message, total);
}

/// Writes into the header how long the message is when it has `total` bytes.
fn set_length(message: &mut [u8], total: usize) {
    let length = u16::try_from(total - MessageHeader::LENGTH).unwrap_or(u16::MAX);
    message[2..4].copy_from_slice(&length.to_be_bytes());
}

/// The first signature of each kind counts, and what stands behind is no part of the message (RFC 8489 section 14.5).
fn signature(message: &[u8]) -> Option<Signature<'_>> {
    let mut at = MessageHeader::LENGTH;
    let mut sha1 = None;
    while let Some([a, b, c, d, rest @ ..]) = message.get(at..) {
        let length = usize::from(u16::from_be_bytes([*c, *d]));
        let tag = rest.get(..length)?;
        let kind = u16::from_be_bytes([*a, *b]);
        if kind == MessageIntegritySha256::TYPE.value() {
            let complete = (SHORTEST_SHA256..=32).contains(&length) && length % 4 == 0;
            return complete.then_some(Signature { algorithm: Algorithm::Sha256, at, tag });
        }
        if kind == MessageIntegrity::TYPE.value() && sha1.is_none() {
            sha1 = (length == 20).then_some(Signature { algorithm: Algorithm::Sha1, at, tag });
            sha1.as_ref()?;
        } else if sha1.is_some() {
            // Only MESSAGE-INTEGRITY-SHA256 and FINGERPRINT may follow: everything else there is ignored.
            break;
        }
        at += ATTRIBUTE_HEADER + length.next_multiple_of(4);
    }
    sha1
}

#[cfg(test)]
mod tests {
    use stun_types::attribute::{Userhash, Username};
    use stun_types::message::{BINDING, Message, MessageWrite as _, MessageWriteVec};

    use super::*;

    /// Bytes written in hexadecimal, with spaces anywhere.
    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    fn short_term(password: &str) -> Key {
        Key(password.as_bytes().into())
    }

    /// RFC 5769 section 2.1.
    const REQUEST: &str =
        "00010058 2112a442 b7e7a701bc34d686fa87dfae 80220010 5354554e207465737420636c69656e74
        00240004 6e0001ff 80290008 932ff9b151263b36 00060009 6576746a3a68367659202020
        00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 80280004 e57a3bcf";
    /// RFC 5769 section 2.2.
    const RESPONSE: &str = "0101003c 2112a442 b7e7a701bc34d686fa87dfae 8022000b 7465737420766563746f7220
        00200008 0001a147e112a643 00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7 80280004 c07d4c96";
    /// RFC 5769 section 2.3.
    const RESPONSE_V6: &str = "01010048 2112a442 b7e7a701bc34d686fa87dfae 8022000b 7465737420766563746f7220
        00200014 0002a1470113a9faa5d3f179bc25f4b5bed2b9d9
        00080014 a382954e4be67bf11784c97c8292c275bfe3ed41 80280004 c8fb0b4c";
    /// RFC 5769 section 2.4.
    const LONG_TERM: &str = "00010060 2112a442 78ad3433c6ad72c029da412e
        00060012 e3839ee38388e383aae38383e382af e382b9 0000
        0015001c 662f2f3439396b3935346436 4f4c33346f4c39465354767936347341
        0014000b 6578616d706c652e6f726700 00080014 f67024656dd64a3e02b8e0712e85c9a28ca89666";
    const PASSWORD: &str = "VOkJxbRl1RmTxUk/WvJxBt";

    #[test]
    fn the_vectors_of_rfc_5769_are_signed_as_they_say() {
        for vector in [REQUEST, RESPONSE, RESPONSE_V6] {
            let message = bytes(vector);
            assert_eq!(algorithm(&message), Some(Algorithm::Sha1));
            assert!(is_signed_with(&message, &short_term(PASSWORD)));
            assert!(!is_signed_with(&message, &short_term("another")));
            assert!(Message::from_bytes(&message).is_ok(), "its fingerprint is right");
        }
        let message = bytes(LONG_TERM);
        let username = Message::from_bytes(&message).unwrap().attribute::<Username>().unwrap();
        let key =
            Key::long_term(PasswordAlgorithmValue::MD5, username.username(), "example.org", "TheMatrIX");
        assert!(is_signed_with(&message, &key));
    }

    #[test]
    fn a_vector_is_made_again_byte_for_byte() {
        let vector = bytes(REQUEST);
        let unsigned = vector.len() - (ATTRIBUTE_HEADER + 20) - (ATTRIBUTE_HEADER + FINGERPRINT.len());
        let mut message = vector[..unsigned].to_vec();
        set_length(&mut message, unsigned);
        Signer { key: short_term(PASSWORD), algorithm: Algorithm::Sha1 }.sign(&mut message);
        fingerprint(&mut message);
        assert_eq!(message, vector);
    }

    /// RFC 8489 appendix B.1: username, realm and their hash.
    #[test]
    fn the_username_of_rfc_8489_has_the_hash_that_it_says() {
        let hash = bytes("4a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f1704");
        assert_eq!(
            Userhash::compute("\u{30de}\u{30c8}\u{30ea}\u{30c3}\u{30af}\u{30b9}", "example.org").as_slice(),
            hash
        );
    }

    #[test]
    fn every_key_signs_with_every_hmac_and_the_stronger_one_counts() {
        let plain = Message::builder_request(BINDING, MessageWriteVec::new()).finish();
        assert_eq!(algorithm(&plain), None);
        for key in [PasswordAlgorithmValue::MD5, PasswordAlgorithmValue::SHA256]
            .map(|algorithm| Key::long_term(algorithm, "ada", "r", "p"))
        {
            for algorithm in [Algorithm::Sha1, Algorithm::Sha256] {
                let mut message = plain.clone();
                Signer { key: key.clone(), algorithm }.sign(&mut message);
                assert_eq!(super::algorithm(&message), Some(algorithm));
                assert!(is_signed_with(&message, &key));
                assert!(!is_signed_with(&message, &short_term("p")));
            }
        }
        let mut both = plain;
        Signer { key: short_term("wrong"), algorithm: Algorithm::Sha1 }.sign(&mut both);
        Signer { key: short_term("right"), algorithm: Algorithm::Sha256 }.sign(&mut both);
        assert!(is_signed_with(&both, &short_term("right")) && !is_signed_with(&both, &short_term("wrong")));
    }

    #[test]
    fn a_signature_may_be_cut_to_16_bytes_and_no_shorter() {
        let key = short_term("p");
        let plain = Message::builder_request(BINDING, MessageWriteVec::new()).finish();
        for (length, good) in
            [(32, true), (20, true), (16, true), (12, false), (18, false), (0, false), (36, false)]
        {
            let tag: [u8; 32] = Key::feed(key.mac::<Hmac<Sha256>>(), &plain, plain.len(), length)
                .finalize()
                .into_bytes()
                .into();
            let mut message = plain.clone();
            let padded: Vec<u8> = tag.into_iter().chain([0; 8]).take(length.next_multiple_of(4)).collect();
            append(&mut message, MessageIntegritySha256::TYPE.value(), &padded);
            message[22..24].copy_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
            assert_eq!(is_signed_with(&message, &key), good, "{length} bytes");
        }
    }
}
