//! What happens to a request before Socket.IO sees it: new sessions are counted, POSTs of old clients are made readable.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use visavis_protocol::CloseCode;

use super::MAX_POST_BYTES;
use super::polling::Packets;

/// How many sessions there may be.
#[derive(Clone)]
pub(crate) struct Admission(Arc<Semaphore>);

/// A session's place. Engine.IO keeps the extensions of the request that began a session for as long as the session, and
/// any task of it, exists; that is exactly how long the place is taken.
#[derive(Clone)]
struct Place {
    _permit: Arc<OwnedSemaphorePermit>,
}

impl Admission {
    /// Room for this many sessions.
    pub(crate) fn new(sessions: usize) -> Self {
        Self(Arc::new(Semaphore::new(sessions.min(Semaphore::MAX_PERMITS))))
    }
}

/// Lets a request through to Socket.IO.
pub(crate) async fn admit(
    State(Admission(places)): State<Admission>,
    mut request: Request,
    next: Next,
) -> Response {
    if !has(&request, |pair| pair.starts_with("sid=")) {
        let Ok(permit) = places.try_acquire_owned() else {
            return (StatusCode::SERVICE_UNAVAILABLE, CloseCode::TryAgainLater.reason()).into_response();
        };
        request.extensions_mut().insert(Place { _permit: Arc::new(permit) });
    } else if *request.method() == Method::POST && has(&request, |pair| pair == "EIO=3") {
        request = match readable(request).await {
            Ok(request) => request,
            Err(status) => return status.into_response(),
        };
    }
    next.run(request).await
}

/// The POST with its packets encoded once; binary ones are framed otherwise, and never encoded twice.
async fn readable(request: Request) -> Result<Request, StatusCode> {
    let (parts, body) = request.into_parts();
    if parts.headers.get("content-type").is_some_and(|kind| kind == "application/octet-stream") {
        return Ok(Request::from_parts(parts, body));
    }
    let body = to_bytes(body, MAX_POST_BYTES).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    let packets = Packets::new(body).ok_or(StatusCode::BAD_REQUEST)?;
    let body = Body::from_stream(stream::iter(packets.map(Ok::<_, Infallible>)));
    Ok(Request::from_parts(parts, body))
}

fn has(request: &Request, pair: impl Fn(&str) -> bool) -> bool {
    request.uri().query().unwrap_or_default().split('&').any(pair)
}
