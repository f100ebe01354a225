//! A certificate that we make ourselves. Nobody vouches for it: whoever connects compares its fingerprint, or trusts it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use aws_lc_rs::digest::{SHA256, digest};
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};

use super::{Identity, MAX_FILE};
use crate::secrets;

/// In the data directory: the key and the certificate.
const FILE: &str = "self-signed.pem";
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Whoever has trusted it once is not asked again for as long.
const VALIDITY: Duration = DAY.saturating_mul(3650);

/// The one in `data_dir`, or a new one, which is kept there. Without a folder it is for one start only.
pub(super) fn identity(
    listen: &[SocketAddr],
    public: &[IpAddr],
    data_dir: Option<&Path>,
) -> anyhow::Result<Identity> {
    let Some(data_dir) = data_dir else {
        return Identity::of_file(make(listen, public)?.as_bytes(), Path::new(FILE));
    };
    let file = data_dir.join(FILE);
    let pem = match secrets::read(&file, MAX_FILE)? {
        Some(pem) => pem,
        None => {
            let pem = make(listen, public)?.into_bytes();
            secrets::keep(&file, &pem)?;
            pem
        }
    };
    let identity = Identity::of_file(&pem, &file);
    let checked = identity.and_then(|identity| identity.check().map(|()| identity).map_err(Into::into));
    checked.with_context(|| format!("{} is damaged; delete it to make a new one", file.display()))
}

/// SHA-256 of the certificate, as browsers show it.
pub(super) fn fingerprint(certificate: &[u8]) -> String {
    let bytes: Vec<_> =
        digest(&SHA256, certificate).as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    bytes.join(":")
}

/// A new key with its certificate, as PEM.
fn make(listen: &[SocketAddr], public: &[IpAddr]) -> anyhow::Result<String> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(names(listen, public))?;
    params.distinguished_name.push(DnType::CommonName, "visavis");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let now = SystemTime::now();
    // Clocks of clients may be slow.
    params.not_before = (now - DAY).into();
    params.not_after = (now + VALIDITY).into();
    let certificate = params.self_signed(&key)?;
    Ok(key.serialize_pem() + &certificate.pem())
}

/// What this machine may be reached by.
fn names(listen: &[SocketAddr], public: &[IpAddr]) -> Vec<String> {
    let mut names = vec!["localhost".to_owned()];
    let host = rustix::system::uname();
    let host = host.nodename().to_str().unwrap_or_default().to_ascii_lowercase();
    if !host.is_empty() && host.is_ascii() {
        names.push(host);
    }
    let loopback = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
    let own = listen.iter().map(SocketAddr::ip).chain(public.iter().copied());
    names.extend(loopback.into_iter().chain(own.filter(|ip| !ip.is_unspecified())).map(|ip| ip.to_string()));
    // A name may come twice: as the host's or as an address.
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_certificate_is_made_once_and_its_key_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let first = identity(&[], &[], Some(&data)).unwrap();
        let again = identity(&["192.0.2.7:8443".parse().unwrap()], &[], Some(&data)).unwrap();
        assert_eq!(first.chain, again.chain);
        assert_eq!(first.key, again.key);
        assert_eq!(fs::metadata(data.join(FILE)).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_file_is_named_and_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(FILE);
        fs::write(&file, b"short").unwrap();
        let error = identity(&[], &[], Some(dir.path())).err().unwrap();
        assert!(format!("{error:#}").contains(FILE), "{error:#}");
        assert_eq!(fs::read(&file).unwrap(), b"short");
    }

    #[test]
    fn without_a_folder_it_lasts_for_one_start() {
        let (first, second) = (identity(&[], &[], None).unwrap(), identity(&[], &[], None).unwrap());
        assert_ne!(first.chain, second.chain);
    }

    #[test]
    fn it_is_for_every_name_and_address_once() {
        let listen = ["127.0.0.1:1", "[::]:2", "192.0.2.7:3"].map(|address| address.parse().unwrap());
        let names = names(&listen, &["2001:db8::1".parse().unwrap(), "192.0.2.7".parse().unwrap()]);
        for name in ["localhost", "127.0.0.1", "::1", "192.0.2.7", "2001:db8::1"] {
            assert_eq!(names.iter().filter(|it| *it == name).count(), 1, "{name} in {names:?}");
        }
        assert!(!names.iter().any(|name| name == "::"));
    }

    #[test]
    fn a_fingerprint_is_written_as_browsers_write_it() {
        let of_nothing = fingerprint(b"");
        assert!(of_nothing.starts_with("E3:B0:C4:42:98:FC:1C:14"), "{of_nothing}");
        assert_eq!(of_nothing.len(), 32 * 3 - 1);
    }
}
