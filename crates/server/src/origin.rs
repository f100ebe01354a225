//! Which web pages may use this server: its own, those that the operator named, and, for somebody at this very machine,
//! a page opened from disk.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, FORWARDED, HOST, HeaderMap, HeaderValue,
    ORIGIN, VARY,
};
use http::uri::Authority;
use http::{Method, StatusCode};

use crate::listener::OverTls;

/// The rule.
#[derive(Debug, Clone)]
pub(crate) struct OriginRule {
    allowed: Arc<[String]>,
}

/// What the rule says of a request.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// Our own page, or no page at all (a program sends no `Origin`).
    Own,
    /// Another page, which may.
    Other(HeaderValue),
    /// Another page, which may not.
    Foreign,
}

impl OriginRule {
    pub(crate) fn new(allowed: &[String]) -> Self {
        Self { allowed: allowed.iter().map(|origin| origin.trim_end_matches('/').to_owned()).collect() }
    }

    /// `tls`: whether the request came over a TLS connection of ours.
    fn judge(&self, headers: &HeaderMap, client: IpAddr, tls: bool) -> Verdict {
        let Some(origin) = headers.get(ORIGIN) else { return Verdict::Own };
        let text = origin.to_str().unwrap_or_default();
        let own = headers.get(HOST).and_then(|host| host.to_str().ok());
        // Without TLS of ours the page may be of either scheme, for a proxy may do that; with it, a page over http is what
        // anybody on the way could have written.
        let own_page = text.split_once("://").is_some_and(|(scheme, host)| {
            own.is_some_and(|own| own.eq_ignore_ascii_case(host))
                && (!tls || scheme.eq_ignore_ascii_case("https"))
        });
        if own_page {
            return Verdict::Own;
        }
        let from_disk = text == "null" && is_at_this_machine(headers, own, client);
        if from_disk || self.allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(text)) {
            return Verdict::Other(origin.clone());
        }
        Verdict::Foreign
    }
}

/// Whether the request was made on this machine, to this machine: behind a proxy every request comes from a loopback
/// address, but names another host, or whom it was forwarded for.
fn is_at_this_machine(headers: &HeaderMap, host: Option<&str>, client: IpAddr) -> bool {
    let host = host.and_then(|host| host.parse::<Authority>().ok());
    let local_host = host.is_some_and(|host| {
        let name = host.host().trim_matches(['[', ']']);
        name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    });
    let forwarded = headers.contains_key(FORWARDED) || headers.contains_key("x-forwarded-for");
    client.to_canonical().is_loopback() && local_host && !forwarded
}

/// Refuses requests from foreign pages with 403, and tells browsers that the allowed ones are (Fetch, section 3.2).
pub(crate) async fn check_origin(
    State(rule): State<OriginRule>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let tls = request.extensions().get::<OverTls>().is_some();
    match rule.judge(request.headers(), client.ip(), tls) {
        Verdict::Own => next.run(request).await,
        Verdict::Foreign => {
            tracing::debug!("refused a request of a foreign origin");
            (StatusCode::FORBIDDEN, "pages of this origin may not use this server\n").into_response()
        }
        Verdict::Other(origin) => {
            let preflight = request.method() == Method::OPTIONS;
            let mut response =
                if preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
            allow(response.headers_mut(), origin);
            response
        }
    }
}

fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PATCH, DELETE"));
    let allowed = HeaderValue::from_static("authorization, content-type, if-match, range");
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, allowed);
    let exposed = HeaderValue::from_static("content-disposition, content-range, etag, link, location");
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    headers.append(VARY, HeaderValue::from_static("origin"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(origin: Option<&str>, client: &str) -> Verdict {
        verdict_over(false, origin, client)
    }

    fn verdict_over(tls: bool, origin: Option<&str>, client: &str) -> Verdict {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("call.example:8080"));
        if let Some(origin) = origin {
            headers.insert(ORIGIN, HeaderValue::from_str(origin).unwrap());
        }
        let rule = OriginRule::new(&["https://friend.example/".to_owned()]);
        rule.judge(&headers, client.parse().unwrap(), tls)
    }

    #[test]
    fn our_own_page_and_programs_may() {
        assert_eq!(verdict(None, "192.0.2.1"), Verdict::Own);
        assert_eq!(verdict(Some("http://call.example:8080"), "192.0.2.1"), Verdict::Own);
        assert_eq!(verdict(Some("https://CALL.example:8080"), "192.0.2.1"), Verdict::Own);
    }

    #[test]
    fn a_page_over_http_is_foreign_to_a_server_over_https() {
        assert_eq!(verdict_over(true, None, "192.0.2.1"), Verdict::Own);
        assert_eq!(verdict_over(true, Some("https://call.example:8080"), "192.0.2.1"), Verdict::Own);
        assert_eq!(verdict_over(true, Some("http://call.example:8080"), "192.0.2.1"), Verdict::Foreign);
    }

    #[test]
    fn foreign_pages_may_not() {
        for origin in [
            "https://evil.example",
            "http://call.example",
            "http://call.example:8080.evil",
            "call.example:8080",
            "",
        ] {
            assert_eq!(verdict(Some(origin), "127.0.0.1"), Verdict::Foreign, "{origin}");
        }
    }

    #[test]
    fn named_pages_may() {
        assert!(matches!(verdict(Some("https://friend.example"), "192.0.2.1"), Verdict::Other(_)));
    }

    fn verdict_from_disk(host: &'static str, client: &str, forwarded: bool) -> Verdict {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static(host));
        headers.insert(ORIGIN, HeaderValue::from_static("null"));
        if forwarded {
            headers.insert("x-forwarded-for", HeaderValue::from_static("192.0.2.1"));
        }
        OriginRule::new(&[]).judge(&headers, client.parse().unwrap(), false)
    }

    #[test]
    fn a_page_opened_from_disk_may_only_on_this_machine() {
        for (host, client) in
            [("localhost:8080", "127.0.0.1"), ("127.0.0.1:8080", "::ffff:127.0.0.1"), ("[::1]:8080", "::1")]
        {
            assert!(matches!(verdict_from_disk(host, client, false), Verdict::Other(_)), "{host}");
        }
        assert_eq!(verdict_from_disk("192.0.2.7:8080", "192.0.2.1", false), Verdict::Foreign);
    }

    #[test]
    fn a_proxy_on_this_machine_does_not_make_its_visitors_local() {
        assert_eq!(verdict_from_disk("call.example", "127.0.0.1", false), Verdict::Foreign);
        assert_eq!(verdict_from_disk("localhost:8080", "127.0.0.1", true), Verdict::Foreign);
    }
}
