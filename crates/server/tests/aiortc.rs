//! aiortc, an implementation of WebRTC that shares nothing with browsers, against the real server: two peers call each other
//! by way of relays only, with what `/api/ice` hands out.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::TestServer;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use serde_json::{Value, json};
use tempfile::TempDir;
use visavis_server::Tls;

/// Where `scripts/need.sh test` installs it.
const PYTHON: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/../aiortc/bin/python");
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../e2e/aiortc/two_peers.py");

/// A certificate for 127.0.0.1, its key, and the authority that has issued it; Python wants more of these than browsers.
struct Files {
    folder: TempDir,
}

impl Files {
    fn new() -> Self {
        let (authority_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "an authority of tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let authority = params.self_signed(&authority_key).unwrap().pem();
        let issuer = Issuer::new(params, authority_key);
        let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "a server of tests");
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &issuer).unwrap().pem();
        let files = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::write(files.authority(), authority).unwrap();
        std::fs::write(files.certificate(), certificate).unwrap();
        std::fs::write(files.key(), key.serialize_pem()).unwrap();
        files
    }

    fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }
}

/// The server as it is by default, but for TLS.
async fn server(files: &Files) -> TestServer {
    TestServer::start_with(|options| {
        options.tls = Tls::Files;
        options.tls_cert = Some(files.certificate());
        options.tls_key = Some(files.key());
    })
    .await
}

/// Runs the script to its end, and tells what it says.
fn call(authority: &Path, url: &str, servers: &Value) -> Value {
    assert!(
        Path::new(PYTHON).exists(),
        "aiortc is missing: `make test` installs it, or `scripts/need.sh test`"
    );
    let mut command = Command::new(PYTHON);
    command.args([SCRIPT, url]).env("SSL_CERT_FILE", authority);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(servers.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{url}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A call by way of this kind of URL, of those that the server hands out.
async fn calls_by(scheme: &'static str, transport: &'static str) {
    let files = Files::new();
    let server = server(&files).await;
    let (_client, welcome) = server.client_with(json!({})).await;
    let url = format!("{scheme}:{}?transport={transport}", server.address);
    let authority = files.authority();
    let result = tokio::task::spawn_blocking(move || call(&authority, &url, &welcome)).await.unwrap();
    let candidates = result["candidates"].as_array().unwrap();
    assert!(candidates.len() >= 2 && candidates.iter().all(is_relayed), "{result:#}");
    assert_eq!(result["frames"], json!(["audio", "video"]));
    assert_eq!(result["echoed"], true);
}

fn is_relayed(candidate: &Value) -> bool {
    let candidate = candidate.as_str().unwrap();
    candidate.contains(" 127.0.0.1 ") && candidate.contains(" typ relay ")
}

#[tokio::test]
async fn two_peers_see_and_hear_each_other_through_relays_over_udp() {
    calls_by("turn", "udp").await;
}

#[tokio::test]
async fn two_peers_see_and_hear_each_other_through_relays_over_tcp() {
    calls_by("turn", "tcp").await;
}

#[tokio::test]
async fn two_peers_see_and_hear_each_other_through_relays_over_tls() {
    calls_by("turns", "tcp").await;
}
