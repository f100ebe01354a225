//! The web client and the example pages, as they were taken into the binary.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, HeaderValue,
    IF_NONE_MATCH, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, StatusCode, Uri};
use memory_serve::{CacheControl, MemoryServe};
use tower::ServiceExt as _;

/// For our own pages: nothing inline, nothing from elsewhere.
const STRICT: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
     media-src 'self' blob: mediastream:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
     form-action 'self'; object-src 'none'";
/// For the example, which is one file on purpose, to be read: its own script and style are inline.
const ONE_FILE: &str = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; media-src 'self' blob: mediastream:; connect-src 'self'; frame-ancestors 'none'; \
     base-uri 'none'; form-action 'self'; object-src 'none'";
const PERMISSIONS: &str = "camera=(self), microphone=(self), display-capture=(self), geolocation=()";
/// What a page is made of, and no browser opens as a page that could run or load anything. Every other type counts as a
/// document: HTML, SVG, and whatever may be added.
const PARTS: [&str; 4] = ["text/javascript", "text/css", "image/png", "application/manifest+json"];

/// How many characters of a file's hash are its tag. The whole of it would be a third of the head of each answer, and a call has two
/// hundred of them.
const TAG_LENGTH: usize = 16;

/// `/`, `/r/{room}`, `/r/{room}/costs`, `/r/{room}/watch`, `/assets/…`, `/examples/…`, `/socket.io/socket.io.js`
/// and `/classic`.
pub(crate) fn router(classic_page: Option<PathBuf>) -> Router {
    let web = serve(memory_serve::load!("web"));
    let page = |path: &'static str| {
        let web: Router = web.clone();
        get(move |request: Request| fetch(web, path, request))
    };
    let ours = Router::new()
        .route("/", page("/index.html"))
        .route("/r/{room}", page("/room.html"))
        .route("/r/{room}/", page("/room.html"))
        .route("/r/{room}/costs", page("/costs.html"))
        .route("/r/{room}/watch", page("/watch.html"))
        .route("/socket.io/socket.io.js", page("/vendor/socket.io.min.js"))
        .nest("/assets", web.clone())
        .fallback(move || not_found(web));
    protected(ours).merge(examples(classic_page))
}

/// With the headers of our own pages.
pub(crate) fn protected(router: Router) -> Router {
    router.layer(axum::middleware::from_fn_with_state(STRICT, protect))
}

fn examples(classic_page: Option<PathBuf>) -> Router {
    let examples = serve(memory_serve::load!("examples"));
    let router = Router::new().nest("/examples", examples.clone());
    let router = match &classic_page {
        // The operator's own file, as it is: it may load whatever it wants.
        Some(_) => router,
        None => {
            router.route("/classic", get(move |request: Request| fetch(examples, "/client.html", request)))
        }
    };
    let router = router.layer(axum::middleware::from_fn_with_state(ONE_FILE, protect));
    match classic_page {
        Some(file) => router.route("/classic", get(from_disk).with_state(Arc::from(file))),
        None => router,
    }
}

fn serve(assets: MemoryServe) -> Router {
    assets
        .index_file(None)
        .cache_control(CacheControl::NoCache)
        .html_cache_control(CacheControl::NoCache)
        .into_router()
        .layer(axum::middleware::from_fn(tag_shortly))
}

/// Shortens the tag that a file's version is known by, and answers who has that version (RFC 9110, section 13.1.2).
async fn tag_shortly(mut request: Request, next: Next) -> Response {
    let known = request.headers_mut().remove(IF_NONE_MATCH);
    let mut response = next.run(request).await;
    let Some(tag) = response.headers().get(ETAG).and_then(shortened) else { return response };
    let is_known = known.is_some_and(|known| known.to_str().is_ok_and(|known| names(known, &tag)));
    response.headers_mut().insert(ETAG, tag);
    if is_known && response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        for header in [CONTENT_LENGTH, CONTENT_TYPE, CONTENT_ENCODING] {
            response.headers_mut().remove(header);
        }
    }
    response
}

fn shortened(tag: &HeaderValue) -> Option<HeaderValue> {
    let hash = tag.to_str().ok()?.trim_matches('"');
    HeaderValue::from_str(&format!("\"{}\"", hash.get(..TAG_LENGTH)?)).ok()
}

/// Whether a list of tags names this one, or any.
fn names(list: &str, tag: &HeaderValue) -> bool {
    let named =
        |item: &str| item == "*" || item.strip_prefix("W/").unwrap_or(item).as_bytes() == tag.as_bytes();
    list.split(',').map(str::trim).any(named)
}

/// Answers with another path's file.
async fn fetch(assets: Router, path: &'static str, mut request: Request) -> Response {
    *request.uri_mut() = Uri::from_static(path);
    assets.oneshot(request).await.unwrap_or_else(|never| match never {})
}

/// A request of its own, so that a conditional one is not answered with an empty page.
async fn not_found(assets: Router) -> Response {
    (StatusCode::NOT_FOUND, fetch(assets, "/not-found.html", Request::default()).await).into_response()
}

async fn from_disk(State(file): State<Arc<Path>>) -> Response {
    match tokio::fs::read(&*file).await {
        Ok(page) => ([(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response(),
        Err(error) => {
            tracing::warn!(%error, file = %file.display(), "cannot read the classic page");
            (StatusCode::NOT_FOUND, "the page cannot be read\n").into_response()
        }
    }
}

/// Documents get all of it. What they are made of needs only to be taken for what it is: a call page has over a hundred
/// files, and with these headers most of them would weigh half as much again.
async fn protect(State(policy): State<&'static str>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let is_part = is_part(response.headers());
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if is_part {
        return response;
    }
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(HeaderName::from_static("permissions-policy"), HeaderValue::from_static(PERMISSIONS));
    headers.insert(
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
    response
}

/// Whether this is of a type in [`PARTS`].
fn is_part(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| PARTS.contains(&kind.split(';').next().unwrap_or_default()))
}

#[cfg(test)]
#[path = "../build/slim.rs"]
mod slim;

#[cfg(test)]
mod tests {
    use super::slim::without_comments;
    use super::*;

    #[test]
    fn who_names_the_version_of_a_file_has_it_in_whatever_way_it_is_named() {
        let tag = shortened(&HeaderValue::from_static("\"0123456789abcdef0123456789abcdef\"")).unwrap();
        assert_eq!(tag, "\"0123456789abcdef\"");
        for list in ["\"0123456789abcdef\"", "W/\"0123456789abcdef\"", "\"a\", \"0123456789abcdef\"", "*"] {
            assert!(names(list, &tag), "{list}");
        }
        for list in ["", "\"a\"", "0123456789abcdef", "\"0123456789abcdef0123456789abcdef\""] {
            assert!(!names(list, &tag), "{list}");
        }
    }

    #[test]
    fn comments_are_taken_out_and_code_stays_on_its_lines() {
        for (text, slim) in [
            ("// one\nlet a = 1; // two\n  // three\n", "\nlet a = 1; // two\n\n"),
            ("/** Long.\n * And longer.\n */\nf();\n", "\n\n\nf();\n"),
            ("  /** @type {A | null} */ #a = null;\ng();\n", " #a = null;\ng();\n"),
            ("/* a */ /** b */ h();\n", " h();\n"),
            ("/* a\n b */ i('/* no */');\n", "\n i('/* no */');\n"),
            ("const a = 'https://b'; /* c */\n", "const a = 'https://b'; /* c */\n"),
        ] {
            assert_eq!(without_comments(text), slim, "{text}");
        }
    }
}
