//! TLS of our own: pages, signaling and TURN with it and without, on one port.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

#[path = "../src/media/tests/authority.rs"]
mod authority;
mod common;
#[expect(dead_code, reason = "made for the tests of the media threads, too")]
#[path = "../src/media/tests/client.rs"]
mod turn;

use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use authority::{Authority, handshake, loopback, trusting};
use common::TestServer;
use futures_util::{SinkExt as _, StreamExt as _};
use rustls::ClientConfig;
use rustls::version::{TLS12, TLS13};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use turn::{Client, Wire, relays_both_ways};
use visavis_server::{Options, Server, Tls};

const SECRET: &str = "a secret of the operator";
/// Far longer than anything takes: a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server with a certificate in files, and whoever issued that.
struct Site {
    server: TestServer,
    authority: Authority,
    _files: TempDir,
}

impl Site {
    async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    async fn start_with(change: impl FnOnce(&mut Options)) -> Self {
        let authority = Authority::new();
        let issued = authority.issue();
        let (files, cert, key) = written(&issued.cert, &issued.key);
        let server = TestServer::start_with(|options| {
            use_files(options, cert, key);
            change(options);
        })
        .await;
        Self { server, authority, _files: files }
    }

    async fn connect(&self) -> TlsStream<TcpStream> {
        connect(self.server.address, self.authority.client()).await.unwrap()
    }

    async fn web_socket(&self, origin: &str) -> Result<WebSocketStream<TlsStream<TcpStream>>, Error> {
        let mut request = format!("wss://{}/ws", self.server.address).into_client_request().unwrap();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        Ok(tokio_tungstenite::client_async(request, self.connect().await).await?.0)
    }

    /// The page over TLS, as proof that the server is well.
    async fn still_serves(&self) {
        assert!(get(self.connect().await, "/healthz").await.ends_with("ok\n"));
    }
}

/// The two files, and the folder that they live as long as.
fn written(cert: &str, key: &str) -> (TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let paths = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&paths.0, cert).unwrap();
    std::fs::write(&paths.1, key).unwrap();
    (folder, paths.0, paths.1)
}

fn use_files(options: &mut Options, cert: PathBuf, key: PathBuf) {
    options.tls = Tls::Files;
    options.tls_cert = Some(cert);
    options.tls_key = Some(key);
    options.turn_secret = Some(SECRET.to_owned());
    options.turn_allow_peer = vec!["127.0.0.0/8".parse().unwrap()];
}

async fn connect(address: SocketAddr, config: Arc<ClientConfig>) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await.unwrap();
    TlsConnector::from(config).connect(loopback(), stream).await
}

/// The whole answer to a request that ends the connection, which fails if the end is not said.
async fn get(mut stream: impl AsyncRead + AsyncWrite + Unpin, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1:443\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    tokio::time::timeout(PATIENCE, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    answer
}

/// What comes until the server closes the connection, be it politely or not.
async fn until_closed(mut stream: impl AsyncRead + Unpin) -> Vec<u8> {
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest)).await.unwrap();
    rest
}

fn blocking(address: SocketAddr) -> std::net::TcpStream {
    let stream = std::net::TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn peer() -> UdpSocket {
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    peer.set_read_timeout(Some(PATIENCE)).unwrap();
    peer
}

/// The beginning of a ClientHello.
const HALF_A_HANDSHAKE: [u8; 9] = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc];

#[tokio::test]
async fn pages_come_over_tls_whole_and_the_end_is_said() {
    let site = Site::start().await;
    for version in [&TLS12, &TLS13] {
        let config = trusting(site.authority.root.clone(), version);
        let page = get(connect(site.server.address, config).await.unwrap(), "/").await;
        assert!(page.starts_with("HTTP/1.1 200"), "{page}");
        assert!(page.trim_end().ends_with("</html>"), "{page}");
    }
    // Longer than a TLS record, and than what is encrypted ahead.
    let script = get(site.connect().await, "/socket.io/socket.io.js").await;
    let (head, body) = script.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("content-length: {}\r", body.len())) && body.len() > 40_000, "{head}");
}

#[tokio::test]
async fn turn_over_tls_is_handed_out_with_a_certificate_that_somebody_vouches_for() {
    let site = Site::start().await;
    let answer = get(site.connect().await, "/api/ice").await;
    let issued: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    let urls = [
        "turn:127.0.0.1:443?transport=udp",
        "turn:127.0.0.1:443?transport=tcp",
        "turns:127.0.0.1:443?transport=tcp",
    ];
    assert_eq!(issued["ice_servers"][1]["urls"], json!(urls));
}

#[tokio::test]
async fn people_meet_over_tls_and_without_it() {
    let site = Site::start().await;
    let (mut plain, _) = site.server.joined("r", "Ada").await;
    let mut socket = site.web_socket(&format!("https://{}", site.server.address)).await.unwrap();
    for message in [
        json!({"type": "hello", "protocol": 1, "client": "test"}),
        json!({"type": "join", "room": "r", "name": "Bob", "id": 1}),
    ] {
        socket.send(Message::text(message.to_string())).await.unwrap();
    }
    plain.expect("participant-joined").await;
    // Together longer than a TLS record, and than what is encrypted ahead.
    for number in 0..10 {
        plain.request(json!({"type": "chat", "text": format!("{number}{}", "x".repeat(1900))})).await;
    }
    let mut chat = Vec::new();
    while chat.len() < 10 {
        let Message::Text(text) = socket.next().await.unwrap().unwrap() else { panic!("text was expected") };
        let received: Value = serde_json::from_str(&text).unwrap();
        if received["type"] == "chat" {
            chat.push(received["message"]["text"].as_str().unwrap()[..1].to_owned());
        }
    }
    assert_eq!(chat.concat(), "0123456789");
}

#[tokio::test]
async fn a_page_over_http_may_not_use_the_web_socket_over_tls() {
    let site = Site::start().await;
    let refused = site.web_socket(&format!("http://{}", site.server.address)).await;
    assert!(matches!(refused, Err(Error::Http(answer)) if answer.status() == 403));
    assert!(site.server.connect_from(Some(&format!("http://{}", site.server.address))).await.is_ok());
}

#[tokio::test]
async fn turn_relays_both_ways_with_tls_and_without_on_one_port() {
    let site = Site::start().await;
    let (address, config) = (site.server.address, site.authority.client());
    let relaying = tokio::task::spawn_blocking(move || {
        let stream = handshake(config, blocking(address)).unwrap();
        relays_both_ways(Client::new(Wire::Tls(stream), SECRET), &peer());
        relays_both_ways(Client::new(Wire::Tcp(blocking(address)), SECRET), &peer());
    });
    relaying.await.unwrap();
    assert!(get(TcpStream::connect(address).await.unwrap(), "/healthz").await.ends_with("ok\n"));
    site.still_serves().await;
}

#[tokio::test]
async fn garbage_after_the_handshake_closes_the_connection() {
    let site = Site::start().await;
    // Neither of both, TLS in TLS, and what begins like STUN and does not go on like it.
    for garbage in
        [&[0x80; 40][..], &HALF_A_HANDSHAKE, &[0, 1, 0, 0, 1, 2, 3, 4], &[0, 1, 0, 0, 0x21, 0x12, 7]]
    {
        let mut stream = site.connect().await;
        stream.write_all(garbage).await.unwrap();
        assert_eq!(until_closed(stream).await, b"", "{garbage:?}");
    }
    site.still_serves().await;
}

#[tokio::test]
async fn a_handshake_that_is_none_is_closed_with_an_alert() {
    let site = Site::start().await;
    let mut stream = TcpStream::connect(site.server.address).await.unwrap();
    stream.write_all(&[0x16, 3, 1, 0, 4, 0x63, 0, 0, 0]).await.unwrap();
    assert_eq!(until_closed(stream).await.first(), Some(&0x15), "an alert");
    site.still_serves().await;
}

#[tokio::test]
async fn a_client_that_stops_in_the_handshake_or_right_after_it_is_closed() {
    let site = Site::start_with(|options| options.patience = Duration::from_millis(200)).await;
    let mut stream = TcpStream::connect(site.server.address).await.unwrap();
    stream.write_all(&HALF_A_HANDSHAKE).await.unwrap();
    assert_eq!(until_closed(stream).await, b"");
    // On a busy machine the handshake itself may take too long, which is closed as well.
    if let Ok(silent) = connect(site.server.address, site.authority.client()).await {
        assert_eq!(until_closed(silent).await, b"");
    }
}

#[tokio::test]
async fn clients_in_the_handshake_count_among_the_connections_that_are_allowed() {
    let site = Site::start_with(|options| {
        options.max_connections = 1;
        // Nobody is closed because it takes too long.
        options.patience = Duration::from_secs(3600);
    })
    .await;
    let mut first = TcpStream::connect(site.server.address).await.unwrap();
    first.write_all(&HALF_A_HANDSHAKE).await.unwrap();
    assert_eq!(until_closed(TcpStream::connect(site.server.address).await.unwrap()).await, b"");
}

#[tokio::test]
async fn where_tls_is_off_a_handshake_is_closed() {
    let server = TestServer::start().await;
    assert!(connect(server.address, Authority::new().client()).await.is_err());
}

#[tokio::test]
async fn a_certificate_of_our_own_lasts_and_turn_over_tls_is_not_handed_out() {
    let server = TestServer::start_with(|options| options.tls = Tls::SelfSigned).await;
    let certificate = CertificateDer::from_pem_file(server.data.path().join("self-signed.pem")).unwrap();
    let config = trusting(certificate, &TLS13);
    let page = get(connect(server.address, Arc::clone(&config)).await.unwrap(), "/").await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    let answer = get(connect(server.address, config).await.unwrap(), "/api/ice").await;
    assert!(answer.contains("turn:127.0.0.1") && !answer.contains("turns:"), "{answer}");
}

/// Why a server with these files does not start.
async fn refusal(cert: &str, key: &str) -> String {
    let data = tempfile::tempdir().unwrap();
    let mut options = common::options(data.path());
    let (_files, cert, key) = written(cert, key);
    use_files(&mut options, cert, key);
    format!("{:#}", Server::bind(options).await.err().unwrap())
}

#[tokio::test]
async fn wrong_files_are_named_at_the_start() {
    let authority = Authority::new();
    let (one, other) = (authority.issue(), authority.issue());
    let sentence = refusal(&one.cert, &other.key).await;
    assert!(sentence.contains("key.pem does not belong to the first certificate in"), "{sentence}");
    let sentence = refusal(&one.key, &one.cert).await;
    assert!(sentence.contains("there is no certificate in") && sentence.contains("cert.pem"), "{sentence}");
    let sentence = refusal(&one.cert, &one.cert).await;
    assert!(sentence.contains("there is no private key in") && sentence.contains("key.pem"), "{sentence}");
    let sentence = refusal(&one.cert.replace("-----END", "-----"), &one.key).await;
    assert!(sentence.contains("cert.pem is no PEM file"), "{sentence}");
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let sentence = refusal(broken, &one.key).await;
    assert!(sentence.contains("cert.pem with the key in"), "{sentence}");
}
