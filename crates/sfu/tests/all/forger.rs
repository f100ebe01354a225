//! Control packets (RTCP) that no library would send, encrypted as those of a client are.

use std::sync::{Arc, Mutex, PoisonError};

use str0m::config::CryptoProvider;
use str0m::crypto::{
    AeadAes256Gcm, AeadAes256GcmCipher, CryptoError, SrtpProvider, SupportedAeadAes128Gcm,
    SupportedAeadAes256Gcm, SupportedAes128CmSha1_80,
};

/// A key, and what goes into the beginning of each packet's counter (RFC 7714 section 9.1).
type Keys = Arc<Mutex<Option<([u8; 32], [u8; 12])>>>;

/// Reads the keys of one connection off what makes its ciphers.
pub(crate) struct Forger {
    keys: Keys,
    /// The number of the next control packet: far from those that the library sends.
    index: u32,
}

/// What marks a control packet's number: that it is encrypted (RFC 3711 section 3.4).
const ENCRYPTED: u32 = 1 << 31;
const TAG: usize = 16;

impl Forger {
    pub(crate) fn new() -> Self {
        Self { keys: Keys::default(), index: 1 << 20 }
    }

    /// The crypto library of a connection whose keys are read.
    pub(crate) fn provider(&self) -> CryptoProvider {
        let crypto = str0m::crypto::from_feature_flags();
        let ciphers =
            Ciphers { inner: crypto.srtp_provider.aead_aes_256_gcm(), keys: Arc::clone(&self.keys) };
        // It wants them for ever; a test is over soon.
        let tap = Tap { inner: crypto.srtp_provider, ciphers: Box::leak(Box::new(ciphers)) };
        CryptoProvider { srtp_provider: Box::leak(Box::new(tap)), ..crypto }
    }

    /// Encrypts a control packet; the connection has sent one of its own before.
    pub(crate) fn protect(&mut self, packet: &[u8]) -> Vec<u8> {
        let (key, salt) = self.keys.lock().unwrap_or_else(PoisonError::into_inner).unwrap();
        self.index += 1;
        let number = (ENCRYPTED | self.index).to_be_bytes();
        let ssrc = u32::from_be_bytes(packet[4..8].try_into().unwrap());
        let iv = AeadAes256Gcm::rtcp_iv(salt, ssrc, self.index);
        let mut encrypted = vec![0; packet.len() - 8 + TAG];
        let srtp = str0m::crypto::from_feature_flags().srtp_provider;
        let mut cipher = srtp.aead_aes_256_gcm().create_cipher(key, true);
        cipher.encrypt(&iv, &[&packet[..8], &number].concat(), &packet[8..], &mut encrypted).unwrap();
        [&packet[..8], &encrypted, &number].concat()
    }
}

#[derive(Debug)]
struct Tap {
    inner: &'static dyn SrtpProvider,
    ciphers: &'static Ciphers,
}

#[derive(Debug)]
struct Ciphers {
    inner: &'static dyn SupportedAeadAes256Gcm,
    keys: Keys,
}

#[derive(Debug)]
struct Cipher {
    inner: Box<dyn AeadAes256GcmCipher>,
    key: [u8; 32],
    keys: Keys,
}

impl SrtpProvider for Tap {
    fn aes_128_cm_sha1_80(&self) -> &'static dyn SupportedAes128CmSha1_80 {
        self.inner.aes_128_cm_sha1_80()
    }

    fn aead_aes_128_gcm(&self) -> &'static dyn SupportedAeadAes128Gcm {
        self.inner.aead_aes_128_gcm()
    }

    fn aead_aes_256_gcm(&self) -> &'static dyn SupportedAeadAes256Gcm {
        self.ciphers
    }

    fn srtp_aes_128_ecb_round(&self, key: &[u8], input: &[u8], output: &mut [u8]) {
        self.inner.srtp_aes_128_ecb_round(key, input, output);
    }

    fn srtp_aes_256_ecb_round(&self, key: &[u8], input: &[u8], output: &mut [u8]) {
        self.inner.srtp_aes_256_ecb_round(key, input, output);
    }
}

impl SupportedAeadAes256Gcm for Ciphers {
    fn create_cipher(&self, key: [u8; 32], encrypt: bool) -> Box<dyn AeadAes256GcmCipher> {
        let inner = self.inner.create_cipher(key, encrypt);
        Box::new(Cipher { inner, key, keys: Arc::clone(&self.keys) })
    }
}

impl AeadAes256GcmCipher for Cipher {
    fn encrypt(
        &mut self,
        iv: &[u8; 12],
        aad: &[u8],
        input: &[u8],
        output: &mut [u8],
    ) -> Result<(), CryptoError> {
        // Of a control packet its first 8 bytes and its number are authenticated only, of media all of the header.
        if let Ok(&[_, 192..=223, _, _, s0, s1, s2, s3, n0 @ 0x80..=0xff, n1, n2, n3]) =
            <&[u8; 12]>::try_from(aad)
        {
            let ssrc = u32::from_be_bytes([s0, s1, s2, s3]);
            let index = u32::from_be_bytes([n0, n1, n2, n3]) & !ENCRYPTED;
            let plain = AeadAes256Gcm::rtcp_iv([0; 12], ssrc, index);
            let salt = std::array::from_fn(|at| iv[at] ^ plain[at]);
            *self.keys.lock().unwrap_or_else(PoisonError::into_inner) = Some((self.key, salt));
        }
        self.inner.encrypt(iv, aad, input, output)
    }

    fn decrypt(
        &mut self,
        iv: &[u8; 12],
        aads: &[&[u8]],
        input: &[u8],
        output: &mut [u8],
    ) -> Result<usize, CryptoError> {
        self.inner.decrypt(iv, aads, input, output)
    }
}
