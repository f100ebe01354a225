//! WHIP (RFC 9725) and WHEP: media in and out for whoever speaks HTTP and no signaling of ours.
//!
//! `POST /whip/{room}?name=` publishes into a room, `POST /whep/{room}?participant=` watches one who is in it,
//! and without that the mix of all. Each makes a
//! resource below the same address, which `PATCH` restarts ICE of and `DELETE` ends.

mod fragment;
mod offer;
mod refusal;
mod resources;
mod session;
#[cfg(test)]
mod targets;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, OriginalUri, Path, Query, RawPathParams, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{AppendHeaders, IntoResponse as _, Response};
use axum::routing::{MethodRouter, patch, post};
use http::header::{
    AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderMap, IF_MATCH, LINK, LOCATION, WWW_AUTHENTICATE,
};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde::Deserialize;
use visavis_protocol::{IceServer, ParticipantId, Rights, RoomName, TokenKeys};

use self::fragment::Fragment;
use self::offer::Offer;
use self::refusal::Refusal;
use self::resources::{Entry, Key, Patched, Resources};
use self::session::Session;
use crate::bearer::{Tokens, bearer};
use crate::http::App;
use crate::ice::authority;
use crate::listener::LocalAddr;

/// The type of offers and answers (RFC 8866).
const SDP: &str = "application/sdp";
/// The type of what `PATCH` takes (RFC 8840).
const FRAGMENT: &str = "application/trickle-ice-sdpfrag";
/// What an address takes by `POST` (W3C Linked Data Platform 1.0 section 7.1), and by `PATCH` (RFC 5789 section 3.1).
const ACCEPT_POST: HeaderName = HeaderName::from_static("accept-post");
const ACCEPT_PATCH: HeaderName = HeaderName::from_static("accept-patch");
/// The longest body, in bytes.
const MAX_BODY: usize = 64 * 1024;
/// Publishers and viewers at a time.
const MAX_RESOURCES: usize = 1024;

/// What WHIP and WHEP are made with.
pub(crate) struct Options {
    tokens: Tokens,
    room_tokens: TokenKeys,
    /// How long a body may take.
    patience: Duration,
}

impl Options {
    /// With `tokens`, one of which is wanted from everybody, or one for the room that `room_tokens` have signed; nothing is if there
    /// are none of both.
    pub(crate) fn new(tokens: &[String], room_tokens: TokenKeys, patience: Duration) -> Self {
        Self { tokens: Tokens::new(tokens), room_tokens, patience }
    }
}

/// What requests are answered from.
#[derive(Clone)]
struct Edge {
    app: App,
    tokens: Arc<Tokens>,
    room_tokens: Arc<TokenKeys>,
    resources: Resources,
    patience: Duration,
}

#[derive(Deserialize)]
struct Publish {
    /// What the others see.
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Watch {
    /// An id, or a name that only one has; absent: the mix of all.
    participant: Option<String>,
}

/// The routes.
pub(crate) fn router(app: App, options: Options) -> Router {
    let Options { tokens, room_tokens, patience } = options;
    let resources = Resources::new(MAX_RESOURCES);
    let (tokens, room_tokens) = (Arc::new(tokens), Arc::new(room_tokens));
    let edge = Edge { app, tokens, room_tokens, resources, patience };
    let endpoint =
        |post: MethodRouter<Edge>| post.options(|| async { (StatusCode::NO_CONTENT, [(ACCEPT_POST, SDP)]) });
    let resource = || {
        patch(change).delete(end).options(|| async { (StatusCode::NO_CONTENT, [(ACCEPT_PATCH, FRAGMENT)]) })
    };
    Router::new()
        .route("/whip/{room}", endpoint(post(publish)))
        .route("/whep/{room}", endpoint(post(watch)))
        .route("/whip/{room}/{id}", resource())
        .route("/whep/{room}/{id}", resource())
        .layer(from_fn_with_state(edge.clone(), admit))
        .with_state(edge)
}

/// Lets through who has a token, where one is wanted. Browsers ask for `OPTIONS` without any (Fetch, section 4.8).
async fn admit(State(edge): State<Edge>, params: RawPathParams, request: Request, next: Next) -> Response {
    if request.method() != Method::OPTIONS && !edge.allows(&request, &params) {
        let challenge = [(WWW_AUTHENTICATE, "Bearer realm=\"visavis\"")];
        let why =
            "a bearer token of this server is needed, or one for this room (--whip-token, --token-key)\n";
        return (StatusCode::UNAUTHORIZED, challenge, why).into_response();
    }
    next.run(request).await
}

/// `POST /whip/{room}`
async fn publish(
    State(edge): State<Edge>,
    client: Client,
    Path(room): Path<String>,
    Query(Publish { name }): Query<Publish>,
    body: Body,
) -> Result<Response, Refusal> {
    let (room, entry, sdp) = edge.receive(&client, "whip", room, body).await?;
    let offer = Offer::publishing(&sdp)?;
    let (session, participant) = Session::publish(&edge.app.hub, client.local, room, name, offer).await?;
    Ok(edge.created(&client, session, entry, &participant))
}

/// `POST /whep/{room}`
async fn watch(
    State(edge): State<Edge>,
    client: Client,
    Path(room): Path<String>,
    Query(Watch { participant }): Query<Watch>,
    body: Body,
) -> Result<Response, Refusal> {
    let (room, entry, sdp) = edge.receive(&client, "whep", room, body).await?;
    let offer = Offer::watching(&sdp)?;
    let session = Session::watch(&edge.app.hub, client.local, room, participant, offer).await?;
    let viewer = ParticipantId::from_random(rand::random());
    Ok(edge.created(&client, session, entry, &viewer))
}

/// `PATCH` of a resource: candidates, which a server that never sends checks has no use for, or an ICE restart.
async fn change(
    State(edge): State<Edge>,
    OriginalUri(uri): OriginalUri,
    Path((room, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    of_type(&headers, FRAGMENT)?;
    let fragment = Fragment::read(&edge.text(body).await?)?;
    let tags = headers.get(IF_MATCH).map(|tags| tags.to_str().unwrap_or_default().to_owned());
    match edge.resources.patch(&Key::of(&uri, room, id), fragment, tags).await? {
        Patched::Unchanged => Ok(StatusCode::NO_CONTENT.into_response()),
        Patched::Restarted { fragment, tag } => {
            Ok(([(CONTENT_TYPE, FRAGMENT.to_owned()), (ETAG, tag)], fragment).into_response())
        }
    }
}

/// `DELETE` of a resource.
async fn end(
    State(edge): State<Edge>,
    OriginalUri(uri): OriginalUri,
    Path((room, id)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    edge.resources.end(&Key::of(&uri, room, id)).await?;
    Ok(StatusCode::OK)
}

impl Edge {
    /// Whether a request may go on: with a token of the server's, or with one for the room, which for WHIP allows to come in.
    fn allows(&self, request: &Request, params: &RawPathParams) -> bool {
        let authorization = request.headers().get(AUTHORIZATION);
        if self.room_tokens.is_empty() {
            return self.tokens.allow(authorization);
        }
        let room = params.iter().find(|(name, _)| *name == "room");
        let room = room.and_then(|(_, room)| RoomName::new(room).ok());
        let given = authorization.and_then(|value| bearer(value.as_bytes()));
        let given = given.and_then(|given| std::str::from_utf8(given).ok());
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let token = room.zip(given).and_then(|(room, given)| self.room_tokens.check(given, &room, now).ok());
        let is_whip = request.uri().path().starts_with("/whip/");
        let has_rights = token.is_some_and(|token| !is_whip || token.rights != Rights::Watch);
        has_rights || (!self.tokens.is_empty() && self.tokens.allow(authorization))
    }

    /// What every `POST` goes through: the room, a place for the resource, and the offer.
    async fn receive(
        &self,
        client: &Client,
        protocol: &'static str,
        room: String,
        body: Body,
    ) -> Result<(RoomName, Entry, String), Refusal> {
        if !self.app.throttle.allows(client.address.ip()) {
            return Err(Refusal::too_many_requests());
        }
        of_type(&client.headers, SDP)?;
        let name = RoomName::new(&room).map_err(|error| Refusal::bad(error.to_string()))?;
        let entry = self.resources.reserve(Key::random(protocol, room))?;
        Ok((name, entry, self.text(body).await?))
    }

    async fn text(&self, body: Body) -> Result<String, Refusal> {
        let body = tokio::time::timeout(self.patience, to_bytes(body, MAX_BODY)).await;
        let body = body.map_err(|_| Refusal::late())?.map_err(|_| Refusal::too_long())?;
        String::from_utf8(body.into()).map_err(|_| Refusal::bad("the body is no UTF-8"))
    }

    /// The resource is there: from now on it lives by itself.
    fn created(&self, client: &Client, session: Session, entry: Entry, name: &ParticipantId) -> Response {
        let location = format!("{}/{}", client.path, entry.id());
        let headers = [
            (CONTENT_TYPE, SDP.to_owned()),
            (LOCATION, location),
            (ETAG, session.tag()),
            (ACCEPT_PATCH, FRAGMENT.to_owned()),
        ];
        let issued = self.app.ice.issue(&authority(&client.headers, client.reached), name.as_str());
        let answer = session.answer().to_owned();
        entry.serve(session);
        (StatusCode::CREATED, headers, AppendHeaders(links(&issued.ice_servers)), answer).into_response()
    }
}

/// Who asks, and how it has reached us.
struct Client {
    address: SocketAddr,
    reached: LocalAddr,
    local: std::net::IpAddr,
    headers: HeaderMap,
    /// The address that it asked for, as it wrote it.
    path: String,
}

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for Client {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut http::request::Parts, _: &S) -> Result<Self, StatusCode> {
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let reached = parts.extensions.get::<LocalAddr>();
        let (Some(ConnectInfo(address)), Some(reached)) = (address, reached) else {
            return Err(StatusCode::INTERNAL_SERVER_ERROR);
        };
        Ok(Self {
            address: *address,
            reached: *reached,
            local: reached.0.ip().to_canonical(),
            headers: parts.headers.clone(),
            path: parts.uri.path().to_owned(),
        })
    }
}

/// Whether the body is of this type, whatever its parameters are.
fn of_type(headers: &HeaderMap, wanted: &'static str) -> Result<(), Refusal> {
    let given = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case(wanted).then_some(()).ok_or_else(|| Refusal::wrong_type(wanted))
}

/// STUN and TURN servers, one header for each address (RFC 9725 section 4.6).
fn links(servers: &[IceServer]) -> Vec<(HeaderName, HeaderValue)> {
    let links = servers.iter().flat_map(|IceServer { urls, username, credential }| {
        let secrets = username.iter().zip(credential).map(|(username, credential)| {
            format!("; username=\"{username}\"; credential=\"{credential}\"; credential-type=\"password\"")
        });
        let secrets: String = secrets.collect();
        urls.iter().map(move |url| format!("<{url}>; rel=\"ice-server\"{secrets}"))
    });
    links.filter_map(|link| Some((LINK, HeaderValue::try_from(link).ok()?))).collect()
}
