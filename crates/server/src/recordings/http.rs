//! `/recordings/{id}`: a recording for whoever has its key, as `?key=` or as bearer token (RFC 6750). `GET` hands it out, as far
//! as it is, `DELETE` removes it.

mod name;
mod range;

use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, FromRequestParts, Path, Query};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use futures_util::stream;
use http::header::{
    ACCEPT_RANGES, AUTHORIZATION, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_MATCH, IF_NONE_MATCH, RETRY_AFTER,
};
use http::request::Parts;
use http::{Method, StatusCode};
use serde::Deserialize;
use tokio::sync::OwnedSemaphorePermit;

use self::range::Wanted;
use super::Recordings;
use super::id::Id;
use super::index::{Entry, Stage};
use super::sidecar::Format;
use super::store::Store;
use crate::assets::protected;
use crate::bearer::bearer;
use crate::throttle::Throttle;

/// What is read of a file at a time, in bytes.
const CHUNK: usize = 128 * 1024;

/// What requests are answered from.
#[derive(Clone)]
struct Edge {
    recordings: Recordings,
    throttle: Arc<Throttle>,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    key: String,
    /// Present: to be played in the browser, not to be kept.
    inline: Option<String>,
}

/// Why there is no answer.
enum Refusal {
    /// Whether it is the id or the key is not told.
    NotFound,
    UnderWay,
    TooManyRequests,
    TooManyFetched,
    /// The one that the client has is of a file that is another one now; or it is the same.
    Condition(StatusCode),
    Unsatisfiable(u64),
    Failed,
}

/// The routes.
pub(crate) fn router(recordings: Recordings, throttle: Throttle) -> Router {
    let edge = Edge { recordings, throttle: Arc::new(throttle) };
    let router = Router::new().route("/recordings/{id}", get(fetch).delete(remove)).with_state(edge);
    protected(router)
}

/// `GET` and `HEAD`.
async fn fetch(
    found: Found,
    method: Method,
    Query(Asked { inline, .. }): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let Found { store, id, entry } = found;
    let Some(sidecar) = &entry.sidecar else { return Err(Refusal::NotFound) };
    let place = store.fetched().try_acquire_owned().map_err(|_| Refusal::TooManyFetched)?;
    let (file, length) = open(Arc::clone(&store), id).await?;
    let tag = tag(&entry, length);
    check_conditions(&headers, tag.as_deref())?;
    let wanted = match method {
        Method::HEAD => Wanted::Whole,
        _ => range::wanted(&headers, tag.as_deref(), length),
    };
    let (status, range) = match wanted {
        Wanted::Whole => (StatusCode::OK, 0..length),
        Wanted::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Wanted::Nothing => return Err(Refusal::Unsatisfiable(length)),
    };

    let (kind, extension) = match sidecar.format {
        Format::Webm => ("video/webm", "webm"),
        Format::Matroska => ("video/matroska", "mkv"),
    };
    let mut head = HeaderMap::new();
    head.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    head.insert(CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
    head.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    head.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    let disposition = name::disposition(inline.is_some(), &sidecar.title(), sidecar.began, extension);
    head.insert(CONTENT_DISPOSITION, text(disposition));
    if let Some(tag) = tag {
        head.insert(ETAG, text(tag));
    }
    if status == StatusCode::PARTIAL_CONTENT {
        head.insert(CONTENT_RANGE, text(format!("bytes {}-{}/{length}", range.start, range.end - 1)));
    }
    let body = if method == Method::HEAD { Body::empty() } else { body(file, range, place) };
    Ok((status, head, body).into_response())
}

/// `DELETE`
async fn remove(Found { store, id, .. }: Found) -> Result<StatusCode, Refusal> {
    let removed = tokio::task::spawn_blocking(move || store.remove_all(id)).await;
    match removed {
        Ok(true) => Ok(StatusCode::NO_CONTENT),
        Ok(false) => Err(Refusal::UnderWay),
        Err(_) => Err(Refusal::Failed),
    }
}

/// A recording that the request has the key of.
struct Found {
    store: Arc<Store>,
    id: Id,
    entry: Entry,
}

impl FromRequestParts<Edge> for Found {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Response> {
        let ConnectInfo(client) = ConnectInfo::<SocketAddr>::from_request_parts(parts, edge)
            .await
            .map_err(IntoResponse::into_response)?;
        if !edge.throttle.allows(client.ip()) {
            return Err(Refusal::TooManyRequests.into_response());
        }
        let Query(Asked { key, .. }) =
            Query::from_request_parts(parts, edge).await.map_err(IntoResponse::into_response)?;
        let id = Path::<String>::from_request_parts(parts, edge).await;
        let id = id.ok().and_then(|Path(id)| Id::new(&id));
        let token = parts.headers.get(AUTHORIZATION).and_then(|value| bearer(value.as_bytes()));
        let store = edge.recordings.store().ok();
        let found = store.and_then(|store| {
            let (id, entry) = store.find(id, token.unwrap_or(key.as_bytes()))?;
            Some(Self { store: Arc::clone(store), id, entry })
        });
        found.ok_or_else(|| Refusal::NotFound.into_response())
    }
}

/// The file, and how long it is now.
async fn open(store: Arc<Store>, id: Id) -> Result<(File, u64), Refusal> {
    let opened = tokio::task::spawn_blocking(move || {
        let file = File::open(store.file(id))?;
        let length = file.metadata()?.len();
        io::Result::Ok((file, length))
    });
    match opened.await {
        Ok(Ok(opened)) => Ok(opened),
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => Err(Refusal::NotFound),
        Ok(Err(error)) => {
            tracing::warn!(%error, "a recording cannot be read");
            Err(Refusal::Failed)
        }
        Err(_) => Err(Refusal::Failed),
    }
}

/// What tells a file from what it was before. One that grows has none: finishing it changes what was there already.
fn tag(entry: &Entry, length: u64) -> Option<String> {
    match entry.stage {
        Stage::Ended(ended) => Some(format!("\"{ended:x}-{length:x}\"")),
        Stage::UnderWay | Stage::Left => None,
    }
}

/// RFC 9110, section 13.
fn check_conditions(headers: &HeaderMap, tag: Option<&str>) -> Result<(), Refusal> {
    let names = |header| {
        let values = headers.get_all(header).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|name| {
            let name = name.trim();
            name == "*" || tag.is_some_and(|tag| name.strip_prefix("W/").unwrap_or(name) == tag)
        })
    };
    if headers.contains_key(IF_MATCH) && !names(IF_MATCH) {
        Err(Refusal::Condition(StatusCode::PRECONDITION_FAILED))
    } else if names(IF_NONE_MATCH) {
        Err(Refusal::Condition(StatusCode::NOT_MODIFIED))
    } else {
        Ok(())
    }
}

/// A part of a file, never more than a chunk of it in memory. The place is taken until all of it is sent, or the client is gone.
fn body(file: File, range: Range<u64>, place: OwnedSemaphorePermit) -> Body {
    let state = (Arc::new(file), range, place);
    Body::from_stream(stream::try_unfold(state, async |(file, range, place)| {
        let wanted = usize::try_from(range.end - range.start).unwrap_or(CHUNK).min(CHUNK);
        if wanted == 0 {
            return Ok::<_, io::Error>(None);
        }
        let (source, start) = (Arc::clone(&file), range.start);
        let read = tokio::task::spawn_blocking(move || {
            let mut chunk = vec![0; wanted];
            source.read_exact_at(&mut chunk, start).map(|()| Bytes::from(chunk))
        });
        let chunk = read.await.map_err(io::Error::other)??;
        Ok(Some((chunk, (file, start + wanted as u64..range.end, place))))
    }))
}

/// All of these are made of ASCII.
fn text(text: String) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, sentence) = match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "there is no such recording, or this is not its key\n"),
            Self::UnderWay => (StatusCode::CONFLICT, "the recording is under way\n"),
            Self::TooManyRequests => (StatusCode::TOO_MANY_REQUESTS, "too many requests from this address\n"),
            Self::TooManyFetched => {
                (StatusCode::SERVICE_UNAVAILABLE, "as many recordings are being fetched as may be\n")
            }
            Self::Condition(StatusCode::NOT_MODIFIED) => (StatusCode::NOT_MODIFIED, ""),
            Self::Condition(status) => (status, "the recording is another one by now\n"),
            Self::Unsatisfiable(_) => (StatusCode::RANGE_NOT_SATISFIABLE, "there are not so many bytes\n"),
            Self::Failed => (StatusCode::INTERNAL_SERVER_ERROR, "the recording cannot be read\n"),
        };
        let mut response =
            (status, [(CACHE_CONTROL, HeaderValue::from_static("private, no-store"))], sentence)
                .into_response();
        let headers = response.headers_mut();
        match self {
            Self::TooManyRequests | Self::TooManyFetched => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("10"));
            }
            Self::Unsatisfiable(length) => {
                headers.insert(CONTENT_RANGE, text(format!("bytes */{length}")));
            }
            _ => {}
        }
        response
    }
}
