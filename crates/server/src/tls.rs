//! TLS of our own: the certificate that is shown, and what is spoken with it.

mod self_signed;

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow, ensure};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::{Ticketer, default_provider};
use rustls_pki_types::pem::{Error, PemObject as _};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::options::TlsSource;
use crate::secrets;

/// What may be spoken inside (RFC 7301; RFC 7443 for the last two). Which it is the first bytes tell, as without TLS.
const PROTOCOLS: [&[u8]; 3] = [b"http/1.1", b"stun.turn", b"stun.nat-discovery"];
/// The longest file with certificates or keys, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

/// A certificate, those that vouch for it, and its key.
struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

/// What connections with TLS are answered with. `listen` and `public` are the addresses that a certificate of our own is for,
/// `data_dir` is where it is kept.
pub(crate) fn acceptor(
    source: &TlsSource<'_>,
    listen: &[SocketAddr],
    public: &[IpAddr],
    data_dir: Option<&Path>,
) -> anyhow::Result<Option<TlsAcceptor>> {
    let identity = match source {
        TlsSource::Off => return Ok(None),
        TlsSource::Files { cert, key } => Identity::of_files(cert, key)?,
        TlsSource::SelfSigned => {
            let identity = self_signed::identity(listen, public, data_dir)?;
            let fingerprint = self_signed::fingerprint(&identity.chain[0]);
            for address in listen {
                tracing::info!(
                    "https://{address} shows a certificate that nobody vouches for, with the SHA-256 fingerprint {fingerprint}"
                );
            }
            identity
        }
    };
    Ok(Some(TlsAcceptor::from(Arc::new(identity.config()?))))
}

impl Identity {
    fn of_files(cert: &Path, key: &Path) -> anyhow::Result<Self> {
        let identity = Self { chain: chain(&read(cert)?, cert)?, key: private_key(&read(key)?, key)? };
        identity.check().map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => anyhow!(
                "the key in {} does not belong to the first certificate in {}, which has to be the server's own",
                key.display(),
                cert.display()
            ),
            error => anyhow!("{} with the key in {}: {error}", cert.display(), key.display()),
        })?;
        Ok(identity)
    }

    /// Of one file that has both.
    fn of_file(pem: &[u8], file: &Path) -> anyhow::Result<Self> {
        Ok(Self { chain: chain(pem, file)?, key: private_key(pem, file)? })
    }

    fn check(&self) -> Result<(), rustls::Error> {
        let key = self.key.clone_key();
        rustls::sign::CertifiedKey::from_der(self.chain.clone(), key, &default_provider()).map(drop)
    }

    fn config(self) -> anyhow::Result<ServerConfig> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(self.chain, self.key)?;
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        // The clients keep what is needed to resume a session, and not we, for so many of them.
        config.ticketer = Ticketer::new()?;
        Ok(config)
    }
}

fn chain(pem: &[u8], file: &Path) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let chain = chain.map_err(|error| anyhow!("{} is no PEM file: {error}", file.display()))?;
    ensure!(!chain.is_empty(), "there is no certificate in {} (PEM)", file.display());
    Ok(chain)
}

fn private_key(pem: &[u8], file: &Path) -> anyhow::Result<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| match error {
        Error::NoItemsFound => {
            anyhow!("there is no private key in {} (PEM, without a password)", file.display())
        }
        error => anyhow!("{} is no PEM file: {error}", file.display()),
    })
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    secrets::read(file, MAX_FILE)?.with_context(|| format!("{} is not there", file.display()))
}
