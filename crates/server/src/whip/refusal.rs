//! Why a request is not answered as was hoped for: a status, and a sentence.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::RETRY_AFTER;
use visavis_protocol::{CloseCode, ErrorCode, ErrorReply};

use crate::hub::NotFound;

/// What a request is refused with.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    sentence: Cow<'static, str>,
}

impl Refusal {
    fn new(status: StatusCode, sentence: impl Into<Cow<'static, str>>) -> Self {
        Self { status, sentence: sentence.into() }
    }

    pub(super) fn bad(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, sentence)
    }

    pub(super) fn wrong_type(wanted: &'static str) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("the body is to be {wanted}"))
    }

    pub(super) fn too_long() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "a body has at most 65536 bytes")
    }

    pub(super) fn late() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "the body did not come in time")
    }

    pub(super) fn too_many_requests() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too many requests from this address")
    }

    pub(super) fn full() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the server has as many publishers and viewers as it allows",
        )
    }

    pub(super) fn busy() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "the server has too much to do")
    }

    pub(super) fn gone() -> Self {
        Self::new(StatusCode::NOT_FOUND, "there is no such session, or it has ended")
    }

    pub(super) fn unconditional() -> Self {
        Self::new(
            StatusCode::PRECONDITION_REQUIRED,
            "a PATCH needs If-Match: the ETag of the session, or * for an ICE restart",
        )
    }

    pub(super) fn other_session() -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, "If-Match names no ICE session that goes on here")
    }
}

/// What rooms and the forwarder say no with.
impl From<&ErrorReply> for Refusal {
    fn from(error: &ErrorReply) -> Self {
        let status = match error.code {
            ErrorCode::NotForwarded => StatusCode::CONFLICT,
            ErrorCode::RoomClosed => StatusCode::FORBIDDEN,
            ErrorCode::Invalid | ErrorCode::OfferRefused => StatusCode::BAD_REQUEST,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, error.message.clone())
    }
}

impl From<NotFound> for Refusal {
    fn from(error: NotFound) -> Self {
        let status = match error {
            NotFound::Nobody | NotFound::NoMix => StatusCode::NOT_FOUND,
            NotFound::Several => StatusCode::CONFLICT,
            NotFound::Busy => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, error.to_string())
    }
}

impl From<CloseCode> for Refusal {
    fn from(code: CloseCode) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code.reason())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let again = matches!(self.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        let again = again.then_some([(RETRY_AFTER, "10")]);
        (self.status, again, format!("{}\n", self.sentence)).into_response()
    }
}
