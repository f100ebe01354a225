//! What can be chosen on the command line and in the environment.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{CommandFactory as _, Parser};
use http::uri::Authority;
use tracing::level_filters::LevelFilter;
use visavis_protocol::{Limits, TokenKey};
use visavis_turn::credentials::{MAX_USERNAME, User};

/// Fewer would be guessed.
const MIN_SECRET_BYTES: usize = 16;

/// Longer is for ever.
const LONGEST_KEPT: Duration = Duration::from_secs(100 * 366 * 24 * 60 * 60);
/// Bytes for recordings: with less there would be none to speak of.
const LEAST_RECORDINGS: u64 = 64 << 20;

/// Whether TLS is spoken on the port, beside everything that needs none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Tls {
    /// No: a proxy may do that
    Off,
    /// With the certificate of --tls-cert and the key of --tls-key
    Files,
    /// With a certificate made at the first start, which browsers warn of
    SelfSigned,
}

/// Where the certificate comes from.
pub(crate) enum TlsSource<'a> {
    Off,
    Files { cert: &'a Path, key: &'a Path },
    SelfSigned,
}

/// Self-hosted video chat in one program: run it, send a link, see and hear each other.
#[derive(Debug, Clone, Parser)]
#[command(name = "visavis", version)]
pub struct Options {
    /// Address and port to serve on, TCP and UDP alike [default: every address of this machine, port 8080]
    #[arg(long, env = "VISAVIS_LISTEN", value_name = "ADDR:PORT", value_delimiter = ',', value_parser = parse_address)]
    pub listen: Vec<SocketAddr>,

    /// The address that others reach this machine at, if it is not the one they connect to (1:1 NAT); one for each family
    #[arg(long, env = "VISAVIS_PUBLIC_IP", value_name = "IP", value_delimiter = ',')]
    pub public_ip: Vec<IpAddr>,

    /// Host and port that browsers find STUN and TURN at, if not at those of the page (behind a proxy or on another port)
    #[arg(long, env = "VISAVIS_ICE_ADDRESS", value_name = "HOST:PORT", value_parser = parse_authority)]
    pub ice_address: Option<String>,

    /// TLS on the same port, for pages (https), signaling (wss) and TURN (turns), beside all of them without it
    #[arg(long, env = "VISAVIS_TLS", value_name = "HOW", default_value = "off")]
    pub tls: Tls,

    /// The certificate for --tls files, and behind it those that vouch for it (PEM); a renewed one is read at the next start
    #[arg(long, env = "VISAVIS_TLS_CERT", value_name = "FILE", value_parser = parse_file)]
    pub tls_cert: Option<PathBuf>,

    /// The private key of that certificate (PEM, without a password)
    #[arg(long, env = "VISAVIS_TLS_KEY", value_name = "FILE", value_parser = parse_file)]
    pub tls_key: Option<PathBuf>,

    /// Ports for relayed calls: UDP, and TCP for clients that ask for connections (RFC 6062)
    #[arg(long, env = "VISAVIS_RELAY_PORTS", value_name = "FIRST-LAST", default_value = "49152-65535",
          value_parser = parse_ports)]
    pub relay_ports: RangeInclusive<u16>,

    /// Secret for time-limited TURN credentials, shared with other programs that issue them [default: made at the first
    /// start]
    #[arg(long, env = "VISAVIS_TURN_SECRET", value_name = "SECRET", hide_env_values = true,
          value_parser = parse_secret)]
    pub turn_secret: Option<String>,

    /// The realm of TURN credentials
    #[arg(long, env = "VISAVIS_TURN_REALM", value_name = "NAME", default_value = "visavis",
          value_parser = NonEmptyStringValueParser::new())]
    pub turn_realm: String,

    /// A TURN user with a password of its own, for programs that know nothing of time-limited credentials
    #[arg(long, env = "VISAVIS_TURN_USER", value_name = "NAME:PASSWORD", hide_env_values = true, value_parser = parse_user)]
    pub turn_user: Vec<User>,

    /// Asks TURN clients to send a hash of their name in place of it (RFC 8489); only those of --turn-user can do so
    #[arg(long, env = "VISAVIS_TURN_ANONYMOUS", requires = "turn_user")]
    pub turn_anonymous: bool,

    /// TURN allocations that one credential may hold at a time: a browser makes one for each connection, address and URL
    #[arg(long, env = "VISAVIS_TURN_PER_USER", value_name = "COUNT", default_value_t = 64,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub turn_per_user: u32,

    /// TURN allocations that one client address may hold at a time: many people may sit behind one
    #[arg(long, env = "VISAVIS_TURN_PER_ADDRESS", value_name = "COUNT", default_value_t = 512,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub turn_per_address: u32,

    /// What one TURN allocation may relay in each direction, in kbit/s; what is more is lost
    #[arg(long, env = "VISAVIS_TURN_BANDWIDTH", value_name = "KBIT/S", default_value_t = 32_000,
          value_parser = clap::value_parser!(u32).range(64..=34_000_000))]
    pub turn_bandwidth: u32,

    /// How often in a second TURN tells one client address that it needs credentials; a forged address is hit by these
    /// answers, and who loses one asks again. Ten times as often over TCP and TLS, where nobody forges it
    #[arg(long, env = "VISAVIS_TURN_CHALLENGES", value_name = "COUNT", default_value_t = 10,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub turn_challenges: u32,

    /// Threads that relay and forward media [default: one for two cores]
    #[arg(long, env = "VISAVIS_MEDIA_THREADS", value_name = "COUNT",
          value_parser = clap::value_parser!(u8).range(1..))]
    pub media_threads: Option<u8>,

    /// Whether forwarded pictures are fitted to what the way to each participant takes; without it, to their tiles only
    #[arg(long, env = "VISAVIS_ESTIMATE_BANDWIDTH", value_name = "BOOL", default_value_t = true,
          action = clap::ArgAction::Set)]
    pub estimate_bandwidth: bool,

    /// Lets TURN relay to this address range, which it refuses otherwise (private and special-purpose addresses)
    #[arg(long, env = "VISAVIS_TURN_ALLOW_PEER", value_name = "CIDR", value_delimiter = ',', value_parser = parse_range)]
    pub turn_allow_peer: Vec<visavis_turn::Cidr>,

    /// Pages of this origin may use the server too, besides its own, like `https://example.org`
    #[arg(long, env = "VISAVIS_ALLOW_ORIGIN", value_name = "ORIGIN", value_delimiter = ',', value_parser = parse_origin)]
    pub allow_origin: Vec<String>,

    /// A bearer token (RFC 6750) for publishing by WHIP and watching by WHEP; once there is one, nobody does without. Repeatable
    #[arg(long, env = "VISAVIS_WHIP_TOKEN", value_name = "TOKEN", hide_env_values = true, value_delimiter = ',',
          value_parser = parse_token)]
    pub whip_token: Vec<String>,

    /// A key that tokens are signed with, as hs256:SECRET or ed25519:PUBLIC, in base64url (`visavis token-key` makes them); once there
    /// is one, nobody comes into a room without a token, and classic clients do not at all. Repeatable
    #[arg(
        long,
        env = "VISAVIS_TOKEN_KEY",
        value_name = "KEY",
        hide_env_values = true,
        value_delimiter = ','
    )]
    pub token_key: Vec<TokenKey>,

    /// A key for programs of the operator's, as bearer token at /api/rooms (docs/http-api.md); without one there is no such interface.
    /// Repeatable
    #[arg(long, env = "VISAVIS_API_KEY", value_name = "KEY", hide_env_values = true, value_delimiter = ',',
          value_parser = parse_token)]
    pub api_key: Vec<String>,

    /// Serve this file at /classic, as it is, instead of the built-in example of a classic client
    #[arg(long, env = "VISAVIS_CLASSIC_PAGE", value_name = "FILE", value_parser = parse_file)]
    pub classic_page: Option<PathBuf>,

    /// Where the server keeps its key and its recordings [default: visavis in $XDG_DATA_HOME or ~/.local/share]
    #[arg(long, env = "VISAVIS_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,

    /// How long a recording is kept, from its end on: 12h, 7d, 4w; 0: nothing is recorded
    #[arg(long, env = "VISAVIS_RECORDINGS_KEEP", value_name = "TIME", default_value = "7d", value_parser = parse_duration)]
    pub recordings_keep: Duration,

    /// What all recordings may take of the disk: 500M, 20G, 1T; beyond that the oldest ones go, and where there are none but those
    /// under way, these end
    #[arg(long, env = "VISAVIS_RECORDINGS_MAX", value_name = "SIZE", default_value = "10G", value_parser = parse_size)]
    pub recordings_max: u64,

    /// Connections at a time
    #[arg(long, env = "VISAVIS_MAX_CONNECTIONS", value_name = "N", default_value_t = 20_000,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_connections: u32,

    /// Participants in one room
    #[arg(long, env = "VISAVIS_ROOM_PARTICIPANTS", value_name = "N", default_value_t = 50,
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub room_participants: u32,

    /// Rooms that are mixed at a time, each of which takes up to one core; 0: none [default: as many as there are cores]
    #[arg(long, env = "VISAVIS_MIXES", value_name = "N", value_parser = clap::value_parser!(u16).range(0..=1024))]
    pub mixes: Option<u16>,

    /// What to log: error, warn, info, debug, trace, or a filter like visavis_server=debug
    #[arg(long, env = "VISAVIS_LOG", value_name = "FILTER", default_value = "info", value_parser = parse_log)]
    pub log: String,

    /// How long a connection may take to say what it is, and a request to bring its headers.
    #[arg(skip = Duration::from_secs(10))]
    pub patience: Duration,

    /// The bounds of the protocol; tests shorten them.
    #[arg(skip)]
    pub limits: Limits,
}

type Parsed<T> = Result<T, String>;

fn parse_ports(text: &str) -> Parsed<RangeInclusive<u16>> {
    let parse = |part: &str| part.trim().parse::<u16>().ok().filter(|port| *port > 0);
    let range = text.split_once('-').and_then(|(first, last)| Some(parse(first)?..=parse(last)?));
    range
        .filter(|range| !range.is_empty())
        .ok_or_else(|| "two ports, the lower one first: 49152-65535".to_owned())
}

fn parse_address(text: &str) -> Parsed<SocketAddr> {
    text.parse().map_err(|_| {
        "an address of this machine and a port: 0.0.0.0:8080, 127.0.0.1:8080, [::]:8080".to_owned()
    })
}

fn parse_range(text: &str) -> Parsed<visavis_turn::Cidr> {
    text.parse().map_err(|_| "an address range: 10.0.0.0/8, 192.0.2.7/32, fd00::/8".to_owned())
}

/// An empty secret, which an empty variable would give, would open the relay to everybody.
fn parse_secret(text: &str) -> Parsed<String> {
    let long_enough = text.len() >= MIN_SECRET_BYTES;
    long_enough
        .then(|| text.to_owned())
        .ok_or_else(|| format!("at least {MIN_SECRET_BYTES} bytes, best drawn at random"))
}

/// As it stands in the header: no other characters arrive unchanged (RFC 6750 section 2.1).
fn parse_token(text: &str) -> Parsed<String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    let fits = text.len() >= MIN_SECRET_BYTES && text.bytes().all(allowed);
    fits.then(|| text.to_owned()).ok_or_else(|| {
        format!("at least {MIN_SECRET_BYTES} letters, digits, and - . _ ~ + / =, best drawn at random")
    })
}

/// The password may have colons in it, the name not.
fn parse_user(text: &str) -> Parsed<User> {
    let parts = text.split_once(':').filter(|(name, password)| {
        let plain = !text.chars().any(char::is_control);
        plain && !name.is_empty() && name.len() <= MAX_USERNAME && !password.is_empty()
    });
    let (name, password) = parts
        .ok_or_else(|| format!("a name of 1 to {MAX_USERNAME} bytes, a colon, and a password: ada:secret"))?;
    Ok(User { name: name.to_owned(), password: password.to_owned() })
}

pub(crate) fn parse_origin(text: &str) -> Parsed<String> {
    let origin = text.trim_end_matches('/');
    let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    let whole = host.is_some_and(|host| host.parse::<Authority>().is_ok() && !host.contains('@'));
    whole
        .then(|| origin.to_owned())
        .ok_or_else(|| "scheme, host and port, and nothing else: https://example.org".to_owned())
}

fn parse_authority(text: &str) -> Parsed<String> {
    let authority =
        text.parse::<Authority>().ok().filter(|it| it.port_u16().is_some() && !text.contains('@'));
    authority.map(|it| it.to_string()).ok_or_else(|| "a host and a port: call.example.org:8080".to_owned())
}

/// A level, or `target=level` pieces: a lone word that is no level would silence everything else.
fn parse_log(text: &str) -> Parsed<String> {
    let level = |piece: &str| {
        let word = piece.rsplit('=').next().unwrap_or(piece);
        !word.is_empty() && word.parse::<LevelFilter>().is_ok()
    };
    if text.split(',').all(level) { Ok(text.to_owned()) } else { Err("a level, or target=level".to_owned()) }
}

fn parse_file(text: &str) -> Parsed<PathBuf> {
    let file = PathBuf::from(text);
    match std::fs::File::open(&file) {
        Ok(_) if file.is_file() => Ok(file),
        Ok(_) => Err("that is no file".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// A number and its unit; `0` needs none.
pub(crate) fn parse_duration(text: &str) -> Parsed<Duration> {
    let seconds = [('h', 60 * 60), ('d', 24 * 60 * 60), ('w', 7 * 24 * 60 * 60)];
    let parsed = match text {
        "0" => Some(0),
        _ => parse_amount(text, seconds).filter(|seconds| *seconds <= LONGEST_KEPT.as_secs()),
    };
    parsed.map(Duration::from_secs).ok_or_else(|| {
        "hours, days or weeks, up to 100 years: 12h, 7d, 4w; or 0, so that nothing is recorded".to_owned()
    })
}

/// A number and its unit, which is a power of 1024.
fn parse_size(text: &str) -> Parsed<u64> {
    let bytes = [('M', 1 << 20), ('G', 1 << 30), ('T', 1 << 40)];
    let parsed = parse_amount(text, bytes).filter(|bytes| *bytes >= LEAST_RECORDINGS);
    parsed.ok_or_else(|| "a size of 64M at least, in M, G or T: 500M, 20G, 1T".to_owned())
}

/// So many of one of these units, which is the last letter.
fn parse_amount(text: &str, units: [(char, u64); 3]) -> Option<u64> {
    let (count, unit) = units.iter().find_map(|(name, unit)| Some((text.strip_suffix(*name)?, unit)))?;
    let are_digits = count.bytes().all(|byte| byte.is_ascii_digit());
    count.parse::<u64>().ok().filter(|_| are_digits)?.checked_mul(*unit)
}

impl Options {
    /// The defaults, as without any argument.
    #[must_use]
    pub fn defaults() -> Self {
        Self::parse_from(["visavis"])
    }

    /// What no single option can know.
    ///
    /// # Errors
    /// A sentence about the first contradiction.
    pub fn check(&self) -> Result<(), String> {
        for is_same in [IpAddr::is_ipv4, IpAddr::is_ipv6] {
            if self.public_ip.iter().filter(|ip| is_same(ip)).count() > 1 {
                return Err("--public-ip takes one address of each family".to_owned());
            }
        }
        if let Some(wrong) = self.public_ip.iter().find(|ip| ip.is_unspecified() || ip.is_multicast()) {
            return Err(format!("--public-ip {wrong}: nobody can be reached at that"));
        }
        self.tls_source().map(drop)
    }

    /// Where the certificate comes from.
    ///
    /// # Errors
    /// A sentence about what is missing or too much.
    pub(crate) fn tls_source(&self) -> Result<TlsSource<'_>, String> {
        match (self.tls, &self.tls_cert, &self.tls_key) {
            (Tls::Files, Some(cert), Some(key)) => Ok(TlsSource::Files { cert, key }),
            (Tls::Files, None, _) => {
                Err("--tls files needs --tls-cert, the file with the certificate".to_owned())
            }
            (Tls::Files, _, None) => {
                Err("--tls files needs --tls-key, the file with the private key".to_owned())
            }
            (_, Some(_), _) => Err("--tls-cert is of use with --tls files only".to_owned()),
            (_, _, Some(_)) => Err("--tls-key is of use with --tls files only".to_owned()),
            (Tls::Off, None, None) => Ok(TlsSource::Off),
            (Tls::SelfSigned, None, None) => Ok(TlsSource::SelfSigned),
        }
    }

    /// Variables that look like options and are none.
    pub fn unknown_variables(names: impl Iterator<Item = String>) -> Vec<String> {
        let command = Self::command();
        let known: Vec<_> =
            command.get_arguments().filter_map(|argument| argument.get_env()?.to_str()).collect();
        names.filter(|name| name.starts_with("VISAVIS_") && !known.contains(&name.as_str())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn recordings_are_kept_for_a_time_and_up_to_a_size() {
        let options =
            |keep, max| Options::parse_from(["visavis", "--recordings-keep", keep, "--recordings-max", max]);
        let hours = |hours: u64| Duration::from_secs(hours * 60 * 60);
        for (keep, duration) in
            [("12h", hours(12)), ("7d", hours(168)), ("4w", hours(672)), ("0", hours(0)), ("0d", hours(0))]
        {
            assert_eq!(options(keep, "10G").recordings_keep, duration, "{keep}");
        }
        for (max, bytes) in [("64M", 64 << 20), ("10G", 10 << 30), ("2T", 2 << 40)] {
            assert_eq!(options("7d", max).recordings_max, bytes, "{max}");
        }
        let defaults = Options::defaults();
        assert_eq!((defaults.recordings_keep, defaults.recordings_max), (hours(168), 10 << 30));
    }

    fn refusal(arguments: &[&str]) -> String {
        let parsed = Options::try_parse_from([&["visavis"], arguments].concat());
        parsed.err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_bad_value_is_named_with_an_example_of_a_good_one() {
        for (arguments, hint) in [
            (["--listen", "8081"], "0.0.0.0:8080"),
            (["--turn-allow-peer", "10.0.0.0/99"], "10.0.0.0/8"),
            (["--turn-secret", ""], "16 bytes"),
            (["--turn-secret", "short"], "16 bytes"),
            (["--allow-origin", "nonsense"], "https://example.org"),
            (["--allow-origin", "https://example.org/path"], "https://example.org"),
            (["--ice-address", "call.example.org"], "call.example.org:8080"),
            (["--classic-page", "/nope"], "No such file"),
            (["--relay-ports", "5"], "49152-65535"),
            (["--log", "nonsense"], "target=level"),
            (["--log", "visavis_server="], "target=level"),
            (["--turn-realm", ""], "value"),
            (["--turn-user", "ada"], "ada:secret"),
            (["--turn-user", "ada:"], "ada:secret"),
            (["--turn-user", ":secret"], "ada:secret"),
            (["--whip-token", "short"], "16 letters"),
            (["--whip-token", "a token with spaces"], "16 letters"),
            (["--turn-per-address", "0"], "1.."),
            (["--media-threads", "0"], "1.."),
            (["--recordings-keep", "7"], "12h, 7d, 4w"),
            (["--recordings-keep", ""], "12h, 7d, 4w"),
            (["--recordings-keep", "d"], "12h, 7d, 4w"),
            (["--recordings-keep", "+7d"], "12h, 7d, 4w"),
            (["--recordings-keep", "1.5d"], "12h, 7d, 4w"),
            (["--recordings-keep", "7 d"], "12h, 7d, 4w"),
            (["--recordings-keep", "7é"], "12h, 7d, 4w"),
            (["--recordings-keep", "99999999999999999999w"], "100 years"),
            (["--recordings-keep", "99999999999999999w"], "100 years"),
            (["--recordings-max", "0"], "500M, 20G"),
            (["--recordings-max", "63M"], "64M at least"),
            (["--recordings-max", "10"], "500M, 20G"),
            (["--recordings-max", "10GB"], "500M, 20G"),
            (["--recordings-max", "99999999T"], "500M, 20G"),
            (["--tls", "on"], "self-signed"),
            (["--tls-cert", "/nope"], "No such file"),
            (["--tls-key", ""], "No such file"),
        ] {
            let sentence = refusal(&arguments);
            assert!(sentence.contains(hint) && sentence.contains(arguments[0]), "{arguments:?}: {sentence}");
        }
    }

    #[test]
    fn one_public_address_of_each_family_is_enough() {
        let parse = |list: &str| Options::parse_from(["visavis", "--public-ip", list]).check();
        assert_eq!(parse("192.0.2.1,2001:db8::1"), Ok(()));
        assert!(parse("192.0.2.1,192.0.2.2").is_err());
        assert!(parse("0.0.0.0").is_err());
    }

    #[test]
    fn tls_takes_two_files_or_none() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let file = file.path().to_str().unwrap();
        let objection = |arguments: &[&str]| {
            let options = Options::parse_from([&["visavis"], arguments].concat());
            options.check().err().unwrap_or_default()
        };
        let (cert, key) = (["--tls-cert", file], ["--tls-key", file]);
        for fitting in [&[][..], &["--tls", "off"], &["--tls", "self-signed"]] {
            assert_eq!(objection(fitting), "");
        }
        assert_eq!(objection(&[&["--tls", "files"], &cert[..], &key].concat()), "");
        assert!(objection(&["--tls", "files"]).contains("needs --tls-cert"));
        assert!(objection(&[&["--tls", "files"], &key[..]].concat()).contains("needs --tls-cert"));
        assert!(objection(&[&["--tls", "files"], &cert[..]].concat()).contains("needs --tls-key"));
        assert!(objection(&cert).contains("--tls-cert is of use with --tls files only"));
        assert!(objection(&[&["--tls", "self-signed"], &key[..]].concat()).contains("--tls-key is of use"));
    }

    #[test]
    fn a_misspelt_variable_is_noticed() {
        let names = ["VISAVIS_LISTEN", "VISAVIS_LISTNE", "PATH"].map(str::to_owned);
        assert_eq!(Options::unknown_variables(names.into_iter()), ["VISAVIS_LISTNE"]);
    }
}
