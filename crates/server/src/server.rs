//! A whole server: bound, then run until it is told to stop.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use visavis_protocol::{Limits, TokenKeys};
use visavis_rooms::Rooms;
use visavis_turn::credentials::Secret;

use crate::classic::Classic;
use crate::files;
use crate::http::App;
use crate::hub::Hub;
use crate::ice::IceIssuer;
use crate::listener::{self, Demux};
use crate::origin::OriginRule;
use crate::recordings::{self, Recordings};
use crate::secrets::{ServerKey, default_data_dir};
use crate::throttle::Throttle;
use crate::{Options, Tls, classic, http, media, reachable, tls, whip};

/// The port, where none is given.
const PORT: u16 = 8080;
/// How often another port is tried if a free TCP port is taken for UDP (with port 0 only).
const PORT_ATTEMPTS: usize = 20;
/// TURN credentials that one address may ask for without being in a room.
const CREDENTIALS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(60).unwrap();
/// What clients are given to read why they were closed.
const FAREWELL: Duration = Duration::from_millis(500);

/// A server that has its port and is ready to serve.
pub struct Server {
    tcp: Vec<TcpListener>,
    addresses: Vec<SocketAddr>,
    hub: Hub,
    classic: Classic,
    recordings: Recordings,
    demux: Demux,
    max_connections: u32,
    tls: Tls,
    /// The addresses that relays are advertised under, where those were named.
    advertised: Vec<IpAddr>,
    relay_ports: RangeInclusive<u16>,
}

impl Server {
    /// Takes the port, TCP and UDP, and starts everything but accepting connections.
    ///
    /// # Errors
    /// What is wrong with the options, or why the port cannot be had.
    pub async fn bind(options: Options) -> anyhow::Result<Self> {
        let data_dir = options.data_dir.clone().or_else(default_data_dir);
        let (key, turn_secret) = secrets(&options, data_dir.as_deref())?;
        let threads = media_threads(&options);
        let (tcp, udp) = bind_all(&options.listen, threads).await?;
        let addresses = tcp.iter().map(TcpListener::local_addr).collect::<Result<Vec<_>, _>>()?;
        let source = options.tls_source().map_err(anyhow::Error::msg)?;
        let tls =
            tls::acceptor(&source, &addresses, &options.public_ip, data_dir.as_deref()).context("TLS")?;
        let recordings = recordings(&options, data_dir.as_deref());
        let media = media::Options::new(turn_options(&options, turn_secret.clone()), sfu_options(&options));
        let (media, forwarder) =
            media::spawn(media, udp, &recordings).context("starting the media threads")?;
        let max_connections = files::allow(options.max_connections);
        let sessions = usize::try_from(max_connections)?;
        let limits = Limits {
            sessions,
            room_participants: usize::try_from(options.room_participants)?,
            mixes: mixes(&options),
            records: recordings.why_off().is_none() && mixes(&options) > 0,
            ..options.limits
        };
        let tokens = TokenKeys::new(options.token_key.clone());
        let app = App {
            message_bytes: limits.message_bytes,
            hub: Hub::start(rooms(limits, &key, tokens.clone())?, sessions, forwarder),
            ice: Arc::new(IceIssuer::new(turn_secret, options.ice_address, options.tls == Tls::Files)),
            media: media.counter(),
            recordings: recordings.clone(),
            throttle: Arc::new(Throttle::new(CREDENTIALS_PER_MINUTE)),
        };
        let hub = app.hub.clone();
        let classic =
            classic::Options { sessions, patience: options.patience, ..classic::Options::default() };
        let whip = whip::Options::new(&options.whip_token, tokens, options.patience);
        let origins = OriginRule::new(&options.allow_origin);
        let (http, classic) =
            http::router(app, origins, &classic, whip, &options.api_key, options.classic_page);
        let places = Arc::new(Semaphore::new(sessions));
        Ok(Self {
            tcp,
            addresses,
            hub,
            classic,
            recordings,
            demux: Demux { http, media: Arc::new(media), tls, places, patience: options.patience },
            max_connections,
            tls: options.tls,
            advertised: options.public_ip,
            relay_ports: options.relay_ports,
        })
    }

    /// The addresses served, with the real port where 0 was asked for.
    #[must_use]
    pub fn local_addrs(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Whether TLS is spoken, and with which certificate.
    #[must_use]
    pub fn tls(&self) -> Tls {
        self.tls
    }

    /// Where recordings are kept.
    #[must_use]
    pub fn recordings(&self) -> &Recordings {
        &self.recordings
    }

    /// Serves until `stop` comes; then tells every client that the server restarts, and ends.
    ///
    /// # Errors
    /// None yet; reserved for what may go wrong while draining.
    pub async fn run(self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        let mut listeners = JoinSet::new();
        listeners.spawn(reachable::report(self.advertised, self.relay_ports));
        for listener in self.tcp {
            listeners.spawn(listener::listen(listener, self.demux.clone()));
        }
        stop.await;
        listeners.shutdown().await;
        tracing::info!("stopping");
        tokio::join!(self.hub.shutdown(), self.classic.close(FAREWELL));
        // Once every place is free, every client has heard it, or is gone.
        let _ = tokio::time::timeout(FAREWELL, self.demux.places.acquire_many(self.max_connections)).await;
        // Connections that somebody keeps open have the handle too; and recordings under way are finished here.
        self.demux.media.shutdown();
        Ok(())
    }
}

/// The server's key and the TURN secret.
fn secrets(options: &Options, data_dir: Option<&Path>) -> anyhow::Result<(ServerKey, Secret)> {
    let key = match data_dir {
        Some(dir) => ServerKey::load_or_make(dir).with_context(|| {
            format!("the server keeps its key in {}; --data-dir names another place", dir.display())
        })?,
        None => {
            tracing::warn!("no home and no --data-dir: calls will not survive a restart of the server");
            ServerKey::ephemeral()
        }
    };
    let secret = options.turn_secret.clone().unwrap_or_else(|| hex(&key.derive("turn")));
    Ok((key, Secret::new(secret)))
}

/// Where recordings are kept. A server that cannot keep any serves all the same.
fn recordings(options: &Options, data_dir: Option<&Path>) -> Recordings {
    if options.recordings_keep.is_zero() {
        return Recordings::off("--recordings-keep is 0");
    }
    let Some(dir) = data_dir.map(|dir| dir.join("recordings")) else {
        return Recordings::off("there is no home and no --data-dir");
    };
    let limits = recordings::Limits::new(options.recordings_keep, options.recordings_max);
    Recordings::open(dir.clone(), limits).unwrap_or_else(|error| {
        let reason = format!("{} cannot be used: {error}", dir.display());
        tracing::warn!("nothing can be recorded: {reason}");
        Recordings::off(&reason)
    })
}

fn turn_options(options: &Options, secret: Secret) -> visavis_turn::Options {
    visavis_turn::Options {
        public_ips: options.public_ip.clone(),
        relay_ports: options.relay_ports.clone(),
        allow_peers: options.turn_allow_peer.clone(),
        users: options.turn_user.clone(),
        refusals_per_second: options.turn_challenges,
        username_anonymity: options.turn_anonymous,
        bytes_per_second: options.turn_bandwidth.saturating_mul(125),
        allocations_per_username: count(options.turn_per_user),
        allocations_per_address: count(options.turn_per_address),
        ..visavis_turn::Options::new(options.turn_realm.clone(), secret)
    }
}

fn sfu_options(options: &Options) -> visavis_sfu::Options {
    visavis_sfu::Options {
        public_ips: options.public_ip.clone(),
        estimate_bandwidth: options.estimate_bandwidth,
        ..visavis_sfu::Options::default()
    }
}

fn count(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

fn rooms(limits: Limits, key: &ServerKey, tokens: TokenKeys) -> anyhow::Result<Rooms> {
    let options = visavis_rooms::Options {
        limits,
        server: format!("visavis/{}", env!("CARGO_PKG_VERSION")),
        key: key.derive("rooms"),
        tokens,
        seed: rand::random(),
        unix_start: SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?,
    };
    Ok(Rooms::new(options, Instant::now())?)
}

/// As many as were asked for, or one for two cores: one core relays more than most links carry, few threads that are busy cost
/// less than many that wake for every datagram, and the kernel's part of the work needs room, too.
fn media_threads(options: &Options) -> usize {
    let half = || std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2));
    options.media_threads.map_or_else(half, usize::from)
}

/// Rooms that are mixed at a time.
fn mixes(options: &Options) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    options.mixes.map_or_else(cores, usize::from)
}

/// The sockets of the port, those of UDP for each media thread.
type Sockets = (Vec<TcpListener>, Vec<Vec<UdpSocket>>);

async fn bind_all(listen: &[SocketAddr], threads: usize) -> anyhow::Result<Sockets> {
    let mut pairs = Vec::new();
    if listen.is_empty() {
        // IPv6 sockets take IPv4 as well, unless the machine has no IPv6 at all.
        let any = (
            SocketAddr::from((Ipv6Addr::UNSPECIFIED, PORT)),
            SocketAddr::from((Ipv4Addr::UNSPECIFIED, PORT)),
        );
        let pair = match bind(any.0, threads).await {
            Err(error) if error.kind() != io::ErrorKind::AddrInUse => bind(any.1, threads).await,
            bound => bound,
        };
        pairs.push(pair.with_context(|| format!("port {PORT} cannot be had; --listen names another one"))?);
    }
    for address in listen {
        let pair = bind(*address, threads).await;
        pairs.push(pair.with_context(|| format!("{address} cannot be had"))?);
    }
    let (tcp, udp): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    let mut of_each = udp.into_iter().map(Vec::into_iter).collect::<Vec<_>>();
    let of_thread = |_| of_each.iter_mut().filter_map(Iterator::next).collect();
    Ok((tcp, (0..threads).map(of_thread).collect()))
}

/// The same port for TCP and UDP.
async fn bind(address: SocketAddr, threads: usize) -> io::Result<(TcpListener, Vec<UdpSocket>)> {
    let mut attempts = if address.port() == 0 { PORT_ATTEMPTS } else { 1 };
    loop {
        attempts -= 1;
        let named = |error: io::Error| io::Error::new(error.kind(), format!("TCP: {error}"));
        let tcp = TcpListener::bind(address).await.map_err(named)?;
        match media::bind_udp(tcp.local_addr()?, threads) {
            Ok(udp) => return Ok((tcp, udp)),
            Err(error) if attempts == 0 => return Err(io::Error::new(error.kind(), format!("UDP: {error}"))),
            Err(_) => {}
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
