//! STUN and TURN addresses for clients, with time-limited credentials.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::HOST;
use http::uri::Authority;
use visavis_protocol::IceServer;
use visavis_turn::credentials::{Secret, issue};

use crate::listener::LocalAddr;

/// For how long issued credentials are good.
const TTL: Duration = Duration::from_secs(12 * 3600);

/// Issues what RTCPeerConnection needs to reach this server's STUN and TURN.
pub(crate) struct IceIssuer {
    secret: Secret,
    /// Host and port to name, whatever the client reached us by.
    address: Option<String>,
    /// Whether browsers reach TURN over TLS: only with a certificate that they trust, for which nobody can make an exception.
    tls: bool,
}

/// What is issued.
#[derive(Debug, serde::Serialize)]
pub(crate) struct IceServers {
    /// For `iceServers`.
    pub(crate) ice_servers: Vec<IceServer>,
    /// Seconds until the credentials expire.
    pub(crate) ice_ttl: u64,
}

impl IceIssuer {
    pub(crate) fn new(secret: Secret, address: Option<String>, tls: bool) -> Self {
        Self { secret, address, tls }
    }

    /// `authority`: host and port as the client reached us. `name`: whom the quota of allocations counts for.
    pub(crate) fn issue(&self, authority: &str, name: &str) -> IceServers {
        let authority = self.address.as_deref().unwrap_or(authority);
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let credential = issue(&self.secret, name, now + TTL);
        let mut urls =
            vec![format!("turn:{authority}?transport=udp"), format!("turn:{authority}?transport=tcp")];
        if self.tls {
            urls.push(format!("turns:{authority}?transport=tcp"));
        }
        let ice_servers = vec![
            IceServer { urls: vec![format!("stun:{authority}")], username: None, credential: None },
            IceServer { urls, username: Some(credential.username), credential: Some(credential.password) },
        ];
        IceServers { ice_servers, ice_ttl: TTL.as_secs() }
    }
}

/// Host and port as the client reached us. Without a `Host` that names a port, the port is the one it connected to.
pub(crate) fn authority(headers: &HeaderMap, local: LocalAddr) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()?.parse::<Authority>().ok());
    match host {
        Some(host) if host.port().is_some() => {
            format!("{}:{}", host.host(), host.port_u16().unwrap_or_default())
        }
        Some(host) => format!("{}:{}", host.host(), local.0.port()),
        None => local.0.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached_by(host: Option<&'static str>) -> String {
        let mut headers = HeaderMap::new();
        if let Some(host) = host {
            headers.insert(HOST, http::HeaderValue::from_static(host));
        }
        authority(&headers, LocalAddr("192.0.2.7:8080".parse().unwrap()))
    }

    #[test]
    fn clients_are_sent_to_the_name_they_know_us_by() {
        assert_eq!(reached_by(Some("call.example:9000")), "call.example:9000");
        assert_eq!(reached_by(Some("call.example")), "call.example:8080");
        assert_eq!(reached_by(Some("[2001:db8::1]:9000")), "[2001:db8::1]:9000");
        assert_eq!(reached_by(Some("user@call.example:1")), "call.example:1");
        assert_eq!(reached_by(None), "192.0.2.7:8080");
    }

    #[test]
    fn issued_credentials_are_those_of_the_rest_convention() {
        let issuer = IceIssuer::new(Secret::new("s"), None, false);
        let issued = issuer.issue("call.example:8080", "ada");
        let turn = &issued.ice_servers[1];
        assert_eq!(
            turn.urls,
            ["turn:call.example:8080?transport=udp", "turn:call.example:8080?transport=tcp"]
        );
        assert!(turn.username.as_ref().unwrap().ends_with(":ada"));
        assert_eq!(issued.ice_ttl, 12 * 3600);
    }

    #[test]
    fn the_operator_may_name_another_address_for_stun_and_turn() {
        let issuer = IceIssuer::new(Secret::new("s"), Some("relay.example:3478".to_owned()), true);
        let issued = issuer.issue("call.example:8080", "ada");
        assert_eq!(issued.ice_servers[0].urls, ["stun:relay.example:3478"]);
        assert_eq!(issued.ice_servers[1].urls[2], "turns:relay.example:3478?transport=tcp");
    }
}
