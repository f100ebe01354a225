//! The one TCP port: every connection is looked at once, and belongs to whom its first bytes are for.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::net::{RecvFlags, recv};
use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt as _;
use visavis_turn::classify;

use crate::lingering::Lingering;
use crate::media::MediaHandle;

/// How long written data may stay unacknowledged until the connection is given up.
const UNREAD: Duration = Duration::from_secs(30);
/// Longest head of a request, in bytes.
const MAX_HEAD: usize = 16 * 1024;

/// What a listener hands its connections to.
#[derive(Clone)]
pub(crate) struct Demux {
    pub(crate) http: Router,
    pub(crate) media: Arc<MediaHandle>,
    /// Bounds the connections that are served here.
    pub(crate) places: Arc<Semaphore>,
    /// For the first bytes of a connection, and for the headers of each request.
    pub(crate) patience: Duration,
}

/// Whom a connection is for.
#[derive(Debug, PartialEq, Eq)]
enum For {
    Http,
    Turn,
    Nobody,
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
    match tokio::time::timeout(demux.patience, decide(&stream)).await {
        Ok(For::Http) => serve_http(stream, client, demux, place).await,
        Ok(For::Turn) => {
            if let Ok(stream) = stream.into_std()
                && demux.media.adopt_tcp(stream).is_err()
            {
                tracing::debug!("the media thread takes no more connections");
            }
        }
        Ok(For::Nobody) | Err(_) => {}
    }
}

/// Looks at the first bytes without taking them.
async fn decide(stream: &TcpStream) -> For {
    let peeked = stream.async_io(Interest::READABLE, || {
        let mut bytes = [0; 8];
        let (seen, _) = recv(stream, &mut bytes, RecvFlags::PEEK)?;
        // Too few to tell: wait for the next segment, which wakes us as this one did.
        decide_by(&bytes[..seen]).ok_or_else(|| std::io::ErrorKind::WouldBlock.into())
    });
    peeked.await.unwrap_or(For::Nobody)
}

fn decide_by(first: &[u8]) -> Option<For> {
    match first {
        [] => Some(For::Nobody),
        // A request begins with the name of a method (RFC 9110, section 9.1).
        [byte, ..] if byte.is_ascii_alphabetic() => Some(For::Http),
        _ => match classify::stream(first) {
            classify::Stream::Turn => Some(For::Turn),
            classify::Stream::Unknown => None,
            classify::Stream::Other => Some(For::Nobody),
        },
    }
}

async fn serve_http(stream: TcpStream, client: SocketAddr, demux: Demux, place: OwnedSemaphorePermit) {
    let local = stream.local_addr();
    let patience = demux.patience;
    let place = Arc::new(place);
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(client));
        // An upgraded connection keeps its place after the HTTP connection is done with.
        request.extensions_mut().insert(Place { _permit: Arc::clone(&place) });
        if let Ok(local) = local {
            request.extensions_mut().insert(LocalAddr(local));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_for_whom_its_first_bytes_are() {
        assert_eq!(decide_by(b"GET / HT"), Some(For::Http));
        assert_eq!(decide_by(b"G"), Some(For::Http));
        assert_eq!(decide_by(&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42]), Some(For::Turn));
        assert_eq!(decide_by(&[0, 3, 0]), None, "too few to tell");
        assert_eq!(decide_by(&[0x16, 3, 1, 2, 0, 1, 0, 1]), Some(For::Nobody), "TLS is not spoken here");
        assert_eq!(decide_by(&[0, 3, 0, 0, 1, 2, 3, 4]), Some(For::Nobody));
        assert_eq!(decide_by(&[]), Some(For::Nobody), "closed before a byte came");
    }
}
