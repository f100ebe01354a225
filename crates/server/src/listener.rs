//! The one TCP port: every connection is looked at once, and belongs to whom its first bytes are for. One that begins with
//! a TLS handshake is looked at once more, inside.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::net::{RecvFlags, recv};
use rustls::ServerConnection;
use socket2::SockRef;
use tokio::io::{AsyncBufReadExt as _, Interest};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tower::ServiceExt as _;
use visavis_rtp::classify::ice_ufrag;
use visavis_rtp::framing::HEADER;
use visavis_sfu::shard_of;
use visavis_turn::classify;

use crate::lingering::{Inner, Lingering};
use crate::media::{AdoptError, MediaHandle};

/// How long written data may stay unacknowledged until the connection is given up.
const UNREAD: Duration = Duration::from_secs(30);
/// Longest head of a request, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// The most that is encrypted for a client ahead of what it reads, in bytes: one TLS record.
const MAX_ENCRYPTED: usize = 16 * 1024;

/// A connectivity check is no longer than that, with its length before it, in bytes.
const LONGEST_CHECK: usize = 512;

/// What a listener hands its connections to.
#[derive(Clone)]
pub(crate) struct Demux {
    pub(crate) http: Router,
    pub(crate) media: Arc<MediaHandle>,
    /// What connections with TLS are answered with; without it they are closed.
    pub(crate) tls: Option<TlsAcceptor>,
    /// Bounds the connections that are served here.
    pub(crate) places: Arc<Semaphore>,
    /// For the first bytes of a connection, with those inside TLS and the handshake before them, and for the headers of
    /// each request.
    pub(crate) patience: Duration,
}

/// Whom a connection is for.
#[derive(Debug, PartialEq, Eq)]
enum For {
    Http,
    Turn,
    /// For an endpoint of that shard's forwarder.
    Ice(usize),
    /// For whom is said inside.
    Tls,
    Nobody,
}

/// The two ends of a connection.
#[derive(Clone, Copy)]
struct Ends {
    client: SocketAddr,
    local: Option<SocketAddr>,
}

/// Accepts connections for as long as it is polled.
pub(crate) async fn listen(listener: TcpListener, demux: Demux) {
    let mut in_trouble = false;
    loop {
        match listener.accept().await {
            Ok((stream, client)) => {
                in_trouble = false;
                // Over the limit a connection is closed at once, before it costs anything.
                let Ok(place) = Arc::clone(&demux.places).try_acquire_owned() else { continue };
                tokio::spawn(serve(stream, client, demux.clone(), place));
            }
            Err(error) => {
                if !std::mem::replace(&mut in_trouble, true) {
                    tracing::warn!(%error, "cannot accept connections for now");
                }
                // Out of files, most likely: give those that are open time to end.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, client: SocketAddr, demux: Demux, place: OwnedSemaphorePermit) {
    let _ = stream.set_nodelay(true);
    // A client that neither reads nor goes away must not hold what is being written to it for long (RFC 5482).
    let _ = SockRef::from(&stream).set_tcp_user_timeout(Some(UNREAD));
    let ends = Ends { client, local: stream.local_addr().ok() };
    let deadline = Instant::now() + demux.patience;
    match timeout_at(deadline, decide(&stream, demux.tls.is_some())).await {
        Ok(For::Http) => serve_http(stream, ends, None, demux, place).await,
        Ok(For::Turn) => {
            if let Ok(stream) = stream.into_std() {
                handed_over(demux.media.adopt_tcp(stream));
            }
        }
        Ok(For::Ice(shard)) => {
            if let Ok(stream) = stream.into_std() {
                handed_over(demux.media.adopt_ice(stream, shard));
            }
        }
        // In a box, or else every connection without TLS would hold as much memory.
        Ok(For::Tls) => Box::pin(serve_tls(stream, ends, deadline, demux, place)).await,
        Ok(For::Nobody) | Err(_) => {}
    }
}

async fn serve_tls(
    stream: TcpStream,
    ends: Ends,
    deadline: Instant,
    demux: Demux,
    place: OwnedSemaphorePermit,
) {
    let Some(acceptor) = &demux.tls else { return };
    match timeout_at(deadline, decide_inside(acceptor, stream)).await {
        Ok(Ok((For::Http, stream))) => serve_http(stream, ends, Some(OverTls), demux, place).await,
        Ok(Ok((For::Turn, stream))) => {
            let (stream, session) = stream.into_inner();
            if let Ok(stream) = stream.into_std() {
                handed_over(demux.media.adopt_tls(stream, session));
            }
        }
        Ok(Err(error)) => tracing::debug!(%error, "a TLS connection ended before it said what it is for"),
        // ICE over TCP has no TLS (RFC 6544).
        Ok(Ok((For::Ice(_) | For::Tls | For::Nobody, _))) | Err(_) => {}
    }
}

fn handed_over(adopted: Result<(), AdoptError>) {
    if let Err(error) = adopted {
        tracing::debug!(%error, "a connection is closed");
    }
}

/// Looks at the first bytes without taking them.
async fn decide(stream: &TcpStream, tls: bool) -> For {
    let peeked = stream.async_io(Interest::READABLE, || {
        let mut bytes = [0; LONGEST_CHECK];
        let (seen, _) = recv(stream, &mut bytes, RecvFlags::PEEK)?;
        // Too few to tell: wait for the next segment, which wakes us as this one did.
        decide_by(&bytes[..seen], tls).ok_or_else(|| std::io::ErrorKind::WouldBlock.into())
    });
    peeked.await.unwrap_or(For::Nobody)
}

/// Does the handshake and looks at the first bytes that were encrypted, without taking them.
async fn decide_inside(acceptor: &TlsAcceptor, stream: TcpStream) -> io::Result<(For, TlsStream<TcpStream>)> {
    let bounded = |session: &mut ServerConnection| session.set_buffer_limit(Some(MAX_ENCRYPTED));
    let mut stream = acceptor.accept_with(stream, bounded).await?;
    // More would come behind these only once they are taken. A letter is enough to know a request; what may become a STUN
    // message is for the media thread, which closes what does not.
    let whom = decide_by(stream.fill_buf().await?, false).unwrap_or(For::Turn);
    Ok((whom, stream))
}

/// Whom a connection is for that begins with these bytes; `None` if they are too few. `tls`: whether that is spoken here.
fn decide_by(first: &[u8], tls: bool) -> Option<For> {
    match first {
        [] => Some(For::Nobody),
        // A handshake record with the ClientHello (RFC 8446, section 5.1).
        [0x16, ..] if tls => Some(For::Tls),
        // A request begins with the name of a method (RFC 9110, section 9.1).
        [byte, ..] if byte.is_ascii_alphabetic() => Some(For::Http),
        _ => match classify::stream(first) {
            classify::Stream::Turn => Some(For::Turn),
            classify::Stream::Unknown => None,
            classify::Stream::Other => decide_by_check(first),
        },
    }
}

/// Whom a connection is for that begins with the length of a datagram and that datagram, if it is a connectivity check.
fn decide_by_check(first: &[u8]) -> Option<For> {
    let [high, low, datagram @ ..] = first else { return None };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    if length > LONGEST_CHECK - HEADER || !could_be_check(datagram) {
        return Some(For::Nobody);
    }
    let shard = ice_ufrag(datagram.get(..length)?).and_then(shard_of);
    Some(shard.map_or(For::Nobody, For::Ice))
}

/// Whether this may become a Binding request (RFC 8489 section 5).
fn could_be_check(datagram: &[u8]) -> bool {
    let kind = datagram.iter().take(2).eq([0, 1].iter().take(datagram.len()));
    let cookie = datagram.get(4..).unwrap_or_default();
    kind && cookie.iter().take(4).eq([0x21, 0x12, 0xa4, 0x42].iter().take(cookie.len()))
}

async fn serve_http(
    stream: impl Inner,
    ends: Ends,
    tls: Option<OverTls>,
    demux: Demux,
    place: OwnedSemaphorePermit,
) {
    let patience = demux.patience;
    let place = Arc::new(place);
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        let extensions = request.extensions_mut();
        extensions.insert(ConnectInfo(ends.client));
        // An upgraded connection keeps its place after the HTTP connection is done with.
        extensions.insert(Place { _permit: Arc::clone(&place) });
        if let Some(local) = ends.local {
            extensions.insert(LocalAddr(local));
        }
        if let Some(tls) = tls {
            extensions.insert(tls);
        }
        let answer = demux.http.clone().oneshot(request);
        async move { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(Lingering::new(stream)), service)
        .with_upgrades();
    if let Err(error) = connection.await {
        tracing::debug!(%error, "an HTTP connection ended badly");
    }
}

/// A connection's place among those that are allowed; whoever outlives the HTTP connection holds it.
#[derive(Clone)]
pub(crate) struct Place {
    _permit: Arc<OwnedSemaphorePermit>,
}

/// The address of ours that the client connected to.
#[derive(Clone, Copy)]
pub(crate) struct LocalAddr(pub(crate) SocketAddr);

/// The request came over a TLS connection of ours.
#[derive(Clone, Copy)]
pub(crate) struct OverTls;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_for_whom_its_first_bytes_are() {
        assert_eq!(decide_by(b"GET / HT", false), Some(For::Http));
        assert_eq!(decide_by(b"G", false), Some(For::Http));
        assert_eq!(decide_by(&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42], false), Some(For::Turn));
        assert_eq!(decide_by(&[0, 3, 0], false), None, "too few to tell");
        assert_eq!(
            decide_by(&[0x16, 3, 1, 2, 0, 1, 0, 1], false),
            Some(For::Nobody),
            "TLS is not spoken here"
        );
        assert_eq!(decide_by(&[0, 3, 0, 0, 1, 2, 3, 4], false), Some(For::Nobody));
        assert_eq!(decide_by(&[], false), Some(For::Nobody), "closed before a byte came");
    }

    #[test]
    fn tls_is_known_by_its_first_byte_where_it_is_spoken() {
        assert_eq!(decide_by(&[0x16], true), Some(For::Tls));
        for first in [&b"GET / HT"[..], &[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42], &[0, 3, 0], &[0x15, 3, 1], &[]]
        {
            assert_eq!(decide_by(first, true), decide_by(first, false), "{first:?}");
        }
    }
}
