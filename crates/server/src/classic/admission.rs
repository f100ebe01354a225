//! What happens to a request before Socket.IO sees it: new sessions are counted, POSTs of old clients are made readable.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

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

/// How many sessions there may be, and how long a request may take.
#[derive(Clone)]
pub(crate) struct Admission {
    places: Arc<Semaphore>,
    patience: Duration,
}

/// A session's place. Engine.IO keeps the extensions of the request that began a session for as long as the session, and
/// any task of it, exists; that is exactly how long the place is taken.
#[derive(Clone)]
struct Place {
    _permit: Arc<OwnedSemaphorePermit>,
}

impl Admission {
    /// Room for this many sessions, and `patience` with the body of a POST.
    pub(crate) fn new(sessions: usize, patience: Duration) -> Self {
        Self { places: Arc::new(Semaphore::new(sessions.min(Semaphore::MAX_PERMITS))), patience }
    }
}

/// Lets a request through to Socket.IO.
pub(crate) async fn admit(State(admission): State<Admission>, mut request: Request, next: Next) -> Response {
    if !has(&request, |pair| pair.starts_with("sid=")) {
        let Ok(permit) = admission.places.try_acquire_owned() else {
            return (StatusCode::SERVICE_UNAVAILABLE, CloseCode::TryAgainLater.reason()).into_response();
        };
        request.extensions_mut().insert(Place { _permit: Arc::new(permit) });
    }
    if *request.method() == Method::POST {
        request = match whole(request, admission.patience).await {
            Ok(request) => request,
            Err(status) => return status.into_response(),
        };
    }
    next.run(request).await
}

/// The POST with a body that has come: one that never does would hold its connection for good. Packets of old clients are
/// encoded once then; binary ones are framed otherwise, and never encoded twice.
async fn whole(request: Request, patience: Duration) -> Result<Request, StatusCode> {
    let old_text = has(&request, |pair| pair == "EIO=3")
        && request.headers().get("content-type").is_none_or(|kind| kind != "application/octet-stream");
    let (parts, body) = request.into_parts();
    let body = tokio::time::timeout(patience, to_bytes(body, MAX_POST_BYTES)).await;
    let body = body.map_err(|_| StatusCode::REQUEST_TIMEOUT)?.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    let body = if old_text {
        let packets = Packets::new(body).ok_or(StatusCode::BAD_REQUEST)?;
        Body::from_stream(stream::iter(packets.map(Ok::<_, Infallible>)))
    } else {
        Body::from(body)
    };
    Ok(Request::from_parts(parts, body))
}

fn has(request: &Request, pair: impl Fn(&str) -> bool) -> bool {
    request.uri().query().unwrap_or_default().split('&').any(pair)
}
