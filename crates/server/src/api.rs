//! `/api/rooms`: rooms for the operator's own programs, which have a key of `--api-key` as bearer token (RFC 6750). `docs/http-api.md`;
//! `/api/openapi.json` says it to machines.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Query, RawPathParams, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, put};
use axum::{Json, Router};
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, LOCATION, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use visavis_protocol::{
    ErrorCode, InvalidMember, Knock, Participant, ParticipantId, Plan, Policy, Record, Recording, RoomName,
};
use visavis_rooms::{Command, CommandError, Reply, RoomDetail, RoomSummary};

use crate::bearer::Tokens;
use crate::hub::Hub;
use crate::tokens::encoded;

/// What the interface is, for machines (OpenAPI 3.1).
const OPENAPI: &str = include_str!("api/openapi.json");
/// How long a room that is made waits for somebody to come, unless it is said, and the longest that may be, in seconds.
const HOLD: u64 = 60 * 60;
const LONGEST_HOLD: u64 = 30 * 24 * 60 * 60;
/// Rooms of one answer.
const MOST_LISTED: usize = 100;
/// The longest body, in bytes.
const MAX_BODY: usize = 16 * 1024;

/// What requests are answered from.
#[derive(Clone)]
struct Edge {
    hub: Hub,
    keys: Arc<Tokens>,
}

/// The routes. Without `keys` there are none but the one that says what they are.
pub(crate) fn router(hub: Hub, keys: &[String]) -> Router {
    let described = || async { ([(CONTENT_TYPE, "application/json")], OPENAPI) };
    let open = Router::new().route("/api/openapi.json", get(described));
    if keys.is_empty() {
        return open;
    }
    let edge = Edge { hub, keys: Arc::new(Tokens::new(keys)) };
    let rooms = Router::new()
        .route("/api/rooms", get(list).post(make))
        .route("/api/rooms/{room}", get(look).delete(end))
        .route("/api/rooms/{room}/policy", put(set_policy))
        .route("/api/rooms/{room}/recording", put(record))
        .route("/api/rooms/{room}/participants/{participant}", delete(remove))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(edge.clone(), admit))
        .with_state(edge);
    open.merge(rooms)
}

/// Lets through who has a key.
async fn admit(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    if !edge.keys.allow(request.headers().get(AUTHORIZATION)) {
        let challenge = [(WWW_AUTHENTICATE, "Bearer realm=\"visavis\"")];
        let why = "a key of the server is needed, as bearer token (--api-key)";
        return (challenge, Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", why)).into_response();
    }
    let mut response = next.run(request).await;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// `GET /api/rooms`
#[derive(Deserialize)]
struct Listed {
    after: Option<RoomName>,
    limit: Option<usize>,
}

/// A part of the list of rooms.
#[derive(Serialize)]
struct List {
    rooms: Vec<Summary>,
    /// The `after` with which the list goes on, if it does.
    next: Option<RoomName>,
}

#[derive(Serialize)]
struct Summary {
    room: RoomName,
    participants: usize,
    waiting: usize,
    recording: bool,
}

/// `POST /api/rooms`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Drawn at random if there is none.
    room: Option<RoomName>,
    policy: Option<Value>,
    /// In seconds.
    hold: Option<u64>,
}

#[derive(Serialize)]
struct Made {
    room: RoomName,
    host_key: String,
    /// Where the call is, on this server.
    path: String,
}

/// `PUT /api/rooms/{room}/recording`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recorded {
    on: bool,
    #[serde(default)]
    tracks: bool,
}

#[derive(Serialize)]
struct Detail {
    room: RoomName,
    participants: Vec<Participant>,
    waiting: Vec<Knock>,
    plan: Plan,
    recordings: Vec<Recording>,
}

async fn list(State(edge): State<Edge>, Asked(listed): Asked<Listed>) -> Result<Response, Problem> {
    let most = listed.limit.unwrap_or(MOST_LISTED);
    if !(1..=MOST_LISTED).contains(&most) {
        return Err(Problem::invalid(format!("\"limit\" is 1 to {MOST_LISTED}")));
    }
    // One more tells whether there are more.
    let command = Command::List { after: listed.after, most: most + 1 };
    let Reply::Rooms(mut rooms) = edge.ask(command).await? else { return Err(Problem::ended()) };
    let goes_on = rooms.len() > most;
    rooms.truncate(most);
    let next = rooms.last().filter(|_| goes_on).map(|last| last.room.clone());
    let summary = |RoomSummary { room, participants, waiting, recording }| Summary {
        room,
        participants,
        waiting,
        recording,
    };
    Ok(Json(List { rooms: rooms.into_iter().map(summary).collect(), next }).into_response())
}

async fn make(State(edge): State<Edge>, Said(wanted): Said<Wanted>) -> Result<Response, Problem> {
    let Wanted { room, policy, hold } = wanted;
    let policy = policy.as_ref().map(policy_of).transpose()?.unwrap_or_default();
    let hold = hold.unwrap_or(HOLD);
    if !(1..=LONGEST_HOLD).contains(&hold) {
        return Err(Problem::invalid(format!("\"hold\" is 1 to {LONGEST_HOLD} seconds")));
    }
    let random = || RoomName::new(ParticipantId::from_random(rand::random()).as_str());
    let room = room.map_or_else(random, Ok).map_err(|error| Problem::invalid(error.to_string()))?;
    let command = Command::Make { room: room.clone(), policy, hold: Duration::from_secs(hold) };
    let Reply::Made(host_key) = edge.ask(command).await? else { return Err(Problem::ended()) };
    let name = encoded(room.as_str());
    let location = [(LOCATION, format!("/api/rooms/{name}"))];
    Ok((StatusCode::CREATED, location, Json(Made { room, host_key, path: format!("/r/{name}") }))
        .into_response())
}

async fn look(State(edge): State<Edge>, Name(room): Name) -> Result<Json<Detail>, Problem> {
    edge.detail(Command::Look(room)).await
}

async fn end(State(edge): State<Edge>, Name(room): Name) -> Result<StatusCode, Problem> {
    edge.ask(Command::End(room)).await.map(|_| StatusCode::NO_CONTENT)
}

async fn set_policy(
    State(edge): State<Edge>,
    Name(room): Name,
    Said(policy): Said<Value>,
) -> Result<Json<Detail>, Problem> {
    edge.detail(Command::SetPolicy(room, policy_of(&policy)?)).await
}

async fn record(
    State(edge): State<Edge>,
    Name(room): Name,
    Said(Recorded { on, tracks }): Said<Recorded>,
) -> Result<Json<Detail>, Problem> {
    edge.detail(Command::Record(room, Record { on, tracks })).await
}

async fn remove(
    State(edge): State<Edge>,
    Name(room): Name,
    params: RawPathParams,
) -> Result<StatusCode, Problem> {
    let participant = params.iter().find(|(name, _)| *name == "participant").map(|(_, id)| id.to_owned());
    let participant =
        ParticipantId::new(&participant.unwrap_or_default()).map_err(|_| CommandError::NotFound)?;
    edge.ask(Command::Remove(room, participant)).await.map(|_| StatusCode::NO_CONTENT)
}

/// Read as in signaling.
fn policy_of(said: &Value) -> Result<Policy, Problem> {
    let policy = Policy::parse(&said.to_string()).map_err(|error| Problem::invalid(error.to_string()))?;
    let conflict = |error: InvalidMember| Problem::new(StatusCode::CONFLICT, "invalid", error.to_string());
    policy.check().map(|()| policy).map_err(conflict)
}

impl Edge {
    async fn ask(&self, command: Command) -> Result<Reply, Problem> {
        self.hub.command(command).await.ok_or_else(Problem::ended)?.map_err(Problem::from)
    }

    async fn detail(&self, command: Command) -> Result<Json<Detail>, Problem> {
        let Reply::Room(detail) = self.ask(command).await? else { return Err(Problem::ended()) };
        let RoomDetail { room, participants, waiting, plan, recordings } = *detail;
        Ok(Json(Detail { room, participants, waiting, plan, recordings }))
    }
}

/// The room in the address.
struct Name(RoomName);

impl<S: Send + Sync> FromRequestParts<S> for Name {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|error| Problem::invalid(error.to_string()))?;
        let room = params.iter().find(|(name, _)| *name == "room").map(|(_, room)| room.to_owned());
        // A name that no room can have is that of none.
        RoomName::new(&room.unwrap_or_default()).map(Self).map_err(|_| CommandError::NotFound.into())
    }
}

/// What the query says.
struct Asked<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::from_request_parts(parts, state).await;
        query.map(|Query(asked)| Self(asked)).map_err(|error| Problem::invalid(error.body_text()))
    }
}

/// What the body says, as JSON.
struct Said<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Said<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body = Json::<Value>::from_request(request, state).await;
        let Json(mut said) =
            body.map_err(|error| Problem::new(error.status(), "invalid", error.body_text()))?;
        if !said.is_object() {
            return Err(Problem::invalid("the body is a JSON object"));
        }
        count_in_whole(&mut said);
        serde_json::from_value(said).map(Self).map_err(|error| Problem::invalid(error.to_string()))
    }
}

/// In JSON 4 and 4.0 are one number; here they are written as the same one.
fn count_in_whole(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let whole =
                number.as_f64().filter(|number| number.fract() == 0.0 && (0.0..=1e15).contains(number));
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is whole, and in bounds"
            )]
            if let Some(whole) = whole {
                *number = (whole as u64).into();
            }
        }
        Value::Array(values) => values.iter_mut().for_each(count_in_whole),
        Value::Object(members) => members.values_mut().for_each(count_in_whole),
        _ => {}
    }
}

/// Why nothing comes of a request.
struct Problem {
    status: StatusCode,
    told: Told,
}

/// The same for who has asked.
#[derive(Serialize)]
struct Told {
    code: String,
    message: String,
}

impl Problem {
    fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self { status, told: Told { code: code.to_owned(), message: message.into() } }
    }

    fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid", message)
    }

    fn ended() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "the server is about to end")
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        let message = error.to_string();
        match error {
            CommandError::NotFound => Self::new(StatusCode::NOT_FOUND, "not-found", message),
            CommandError::Exists => Self::new(StatusCode::CONFLICT, "exists", message),
            CommandError::Refused { code, .. } => {
                let status = match code {
                    ErrorCode::Busy | ErrorCode::TooManyRooms => StatusCode::SERVICE_UNAVAILABLE,
                    _ => StatusCode::CONFLICT,
                };
                let code = serde_json::to_value(code).ok();
                let code = code.as_ref().and_then(Value::as_str).unwrap_or_default();
                Self::new(status, code, message)
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, Json(self.told)).into_response()
    }
}
