//! What can be chosen on the command line and in the environment.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use visavis_protocol::Limits;

/// Self-hosted video chat in one program: run it, send a link, see and hear each other.
#[derive(Debug, Clone, Parser)]
#[command(name = "visavis", version)]
pub struct Options {
    /// Address and port to serve on, TCP and UDP alike [default: every address of this machine, port 8080]
    #[arg(long, env = "VISAVIS_LISTEN", value_name = "ADDR:PORT", value_delimiter = ',')]
    pub listen: Vec<SocketAddr>,

    /// The address that others reach this machine at, if it is not the one they connect to (1:1 NAT); one for each family
    #[arg(long, env = "VISAVIS_PUBLIC_IP", value_name = "IP", value_delimiter = ',')]
    pub public_ip: Vec<IpAddr>,

    /// UDP ports for relayed calls
    #[arg(long, env = "VISAVIS_RELAY_PORTS", value_name = "FIRST-LAST", default_value = "49152-65535",
          value_parser = parse_ports)]
    pub relay_ports: RangeInclusive<u16>,

    /// Secret for time-limited TURN credentials, shared with other programs that issue them [default: made at the first
    /// start]
    #[arg(long, env = "VISAVIS_TURN_SECRET", value_name = "SECRET", hide_env_values = true)]
    pub turn_secret: Option<String>,

    /// The realm of TURN credentials
    #[arg(long, env = "VISAVIS_TURN_REALM", value_name = "NAME", default_value = "visavis")]
    pub turn_realm: String,

    /// Lets TURN relay to this address range, which it refuses otherwise (private and special-purpose addresses)
    #[arg(long, env = "VISAVIS_TURN_ALLOW_PEER", value_name = "CIDR", value_delimiter = ',')]
    pub turn_allow_peer: Vec<visavis_turn::Cidr>,

    /// Pages of this origin may use the server too, besides its own, like `https://example.org`
    #[arg(long, env = "VISAVIS_ALLOW_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    pub allow_origin: Vec<String>,

    /// Serve this file at /classic, as it is, instead of the built-in example of a classic client
    #[arg(long, env = "VISAVIS_CLASSIC_PAGE", value_name = "FILE")]
    pub classic_page: Option<PathBuf>,

    /// Where the server keeps its key [default: visavis in $XDG_DATA_HOME or ~/.local/share]
    #[arg(long, env = "VISAVIS_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,

    /// Connections at a time
    #[arg(long, env = "VISAVIS_MAX_CONNECTIONS", value_name = "N", default_value_t = 20_000,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_connections: u32,

    /// Participants in one room
    #[arg(long, env = "VISAVIS_ROOM_PARTICIPANTS", value_name = "N", default_value_t = 50,
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub room_participants: u32,

    /// What to log: error, warn, info, debug, trace, or a filter like visavis_server=debug
    #[arg(long, env = "VISAVIS_LOG", value_name = "FILTER", default_value = "info")]
    pub log: String,

    /// How long a connection may take to say what it is, and a request to bring its headers.
    #[arg(skip = Duration::from_secs(10))]
    pub patience: Duration,

    /// The bounds of the protocol; tests shorten them.
    #[arg(skip)]
    pub limits: Limits,
}

fn parse_ports(text: &str) -> Result<RangeInclusive<u16>, String> {
    let parse = |part: &str| part.trim().parse::<u16>().ok().filter(|port| *port > 0);
    let range = text.split_once('-').and_then(|(first, last)| Some(parse(first)?..=parse(last)?));
    range
        .filter(|range| !range.is_empty())
        .ok_or_else(|| "two ports, the lower one first: 49152-65535".to_owned())
}

impl Options {
    /// The defaults, as without any argument.
    #[must_use]
    pub fn defaults() -> Self {
        Self::parse_from(["visavis"])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Options::command().debug_assert();
    }

    #[test]
    fn relay_ports_are_two_numbers_in_order() {
        assert_eq!(parse_ports("49152-65535"), Ok(49152..=65535));
        assert_eq!(parse_ports("5000-5000"), Ok(5000..=5000));
        for wrong in ["", "1", "2-1", "0-5", "1-70000", "a-b", "1-2-3"] {
            assert!(parse_ports(wrong).is_err(), "{wrong}");
        }
    }
}
