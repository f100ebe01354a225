//! Everything that is spoken over HTTP.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Extension, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::header::{CACHE_CONTROL, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use visavis_protocol::ParticipantId;

use crate::classic::Classic;
use crate::hub::Hub;
use crate::ice::{IceIssuer, authority};
use crate::listener::LocalAddr;
use crate::media::MediaCounter;
use crate::origin::{OriginRule, check_origin};
use crate::recordings::Recordings;
use crate::throttle::Throttle;
use crate::{api, assets, classic, metrics, recordings, whip, ws};

/// Requests for recordings of one address in a minute: each place that a player seeks to takes one.
const RECORDING_REQUESTS: NonZeroU32 = NonZeroU32::new(240).unwrap();

/// What requests are answered from.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) hub: Hub,
    pub(crate) ice: Arc<IceIssuer>,
    /// For what costs us something and needs no room.
    pub(crate) throttle: Arc<Throttle>,
    /// For `/metrics`.
    pub(crate) media: MediaCounter,
    pub(crate) recordings: Recordings,
    /// Longest message of a client, in bytes.
    pub(crate) message_bytes: usize,
}

/// Every route there is, and the classic clients that come in by some of them.
pub(crate) fn router(
    app: App,
    origins: OriginRule,
    classic: &classic::Options,
    whip: whip::Options,
    api_keys: &[String],
    classic_page: Option<PathBuf>,
) -> (Router, Classic) {
    let (classic, clients) = classic::router(app.hub.clone(), classic);
    let metrics = Router::new().route("/metrics", get(metrics::metrics)).with_state(app.clone());
    let whip = whip::router(app.clone(), whip);
    let api = api::router(app.hub.clone(), api_keys);
    let recordings = recordings::router(app.recordings.clone(), Throttle::new(RECORDING_REQUESTS));
    let guarded = Router::new()
        .route("/ws", get(ws::upgrade))
        .route("/api/ice", get(ice).options(ice))
        .with_state(app)
        .merge(classic)
        .merge(whip)
        .merge(recordings)
        .layer(axum::middleware::from_fn_with_state(origins, check_origin));
    let router = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .merge(metrics)
        .merge(api)
        .merge(guarded)
        .merge(assets::router(classic_page));
    (router, clients)
}

/// `GET /api/ice`: for pages that have no `welcome`, or an old one.
async fn ice(
    State(app): State<App>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    Extension(local): Extension<LocalAddr>,
    headers: HeaderMap,
) -> Response {
    if !app.throttle.allows(client.ip()) {
        let answer =
            (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "10")], "too many requests from this address\n");
        return answer.into_response();
    }
    let name = ParticipantId::from_random(rand::random());
    let issued = app.ice.issue(&authority(&headers, local), name.as_str());
    ([(CACHE_CONTROL, "no-store")], Json(issued)).into_response()
}
