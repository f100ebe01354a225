//! Debian's Janus with its VideoRoom: the server to be measured against.

mod api;
mod bridge;

pub(crate) use bridge::{Bridge, Effort};

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::media::{Media, RIDS, Script, Stamped};
use crate::peer::{Draft, Lines, answer};
use crate::program::{Child, free_port};
use crate::stage::Stage;
use api::Api;

/// How long it may take to be ready.
const PATIENCE: Duration = Duration::from_secs(10);
const AGAIN: Duration = Duration::from_millis(50);
const ROOM: u32 = 1;

/// A Janus that was just started, where it is reached, and its settings.
pub(crate) type Started = (Child, SocketAddr, TempDir);

/// What a Janus is for; it has nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plugin {
    VideoRoom,
    AudioBridge,
}

impl Plugin {
    /// All that Debian's package has.
    const NAMES: [&str; 12] = [
        "audiobridge",
        "duktape",
        "echotest",
        "lua",
        "nosip",
        "recordplay",
        "sip",
        "streaming",
        "textroom",
        "videocall",
        "videoroom",
        "voicemail",
    ];

    fn name(self) -> &'static str {
        match self {
            Self::VideoRoom => "videoroom",
            Self::AudioBridge => "audiobridge",
        }
    }

    /// By which callers attach to it.
    fn package(self) -> String {
        format!("janus.plugin.{}", self.name())
    }
}

/// A running Janus, with settings and a port of its own. Dropping it ends it.
pub(super) struct Janus {
    child: Child,
    api: Api,
    /// Where its media is reached, and where callers are.
    address: IpAddr,
    /// What publishers are known as.
    feeds: Vec<Value>,
    _settings: TempDir,
}

impl Janus {
    /// Starts it: with a thread for each connection, as it comes, or with so many event loops for all.
    pub(super) fn start(program: &Path, loops: Option<u32>) -> anyhow::Result<Started> {
        start(program, Plugin::VideoRoom, loops)
    }

    /// Makes a room for so many publishers in a Janus that was just started.
    pub(super) async fn open((child, address, settings): Started, publishers: usize) -> anyhow::Result<Self> {
        let mut api = connect(address).await?;
        let handle = api.attach(&Plugin::VideoRoom.package()).await?;
        let room = json!({ "request": "create", "room": ROOM, "publishers": publishers, "bitrate": 0,
            "audiocodec": "opus", "videocodec": "vp8", "notify_joining": false });
        api.message(handle, room, None).await?;
        let address = own_address()?;
        Ok(Self { child, api, address, feeds: Vec::new(), _settings: settings })
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.pid()
    }

    /// Lets a publisher in.
    pub(super) async fn publish(&mut self, media: &Arc<Media>, stage: &Stage) -> anyhow::Result<()> {
        let draft = Draft::offer(self.address, Lines { publish: true, ..Lines::default() })?;
        let handle = self.api.attach(&Plugin::VideoRoom.package()).await?;
        let join = json!({ "request": "joinandconfigure", "room": ROOM, "ptype": "publisher" });
        let offer = json!({ "type": "offer", "sdp": draft.sdp });
        let reply = self.api.message(handle, join, Some(offer)).await?;
        self.feeds.push(reply.pointer("/plugindata/data/id").context("a publisher without an id")?.clone());
        let answer = reply.pointer("/jsep/sdp").and_then(Value::as_str).context("janus gave no answer")?;
        let script = Script::new(Arc::clone(media), std::time::Instant::now(), Stamped::Sent);
        stage.add(draft.answered(answer, Some(script))?)?;
        Ok(())
    }

    /// Lets somebody in who subscribes to all publishers, in this encoding.
    pub(super) async fn subscribe(&mut self, layer: usize, stage: &Stage) -> anyhow::Result<()> {
        let handle = self.api.attach(&Plugin::VideoRoom.package()).await?;
        let streams: Vec<Value> = self.feeds.iter().map(|feed| json!({ "feed": feed })).collect();
        let join = json!({ "request": "join", "room": ROOM, "ptype": "subscriber", "streams": streams });
        let reply = self.api.message(handle, join, None).await?;
        let offer = reply.pointer("/jsep/sdp").and_then(Value::as_str).context("janus offered nothing")?;
        let (peer, answer) = answer(self.address, offer)?;
        let answer = json!({ "type": "answer", "sdp": answer });
        self.api.message(handle, json!({ "request": "start", "room": ROOM }), Some(answer)).await?;
        let streams = reply.pointer("/plugindata/data/streams").and_then(Value::as_array);
        let videos = streams.into_iter().flatten().filter(|stream| stream["type"] == "video");
        // Janus numbers encodings from the last one that the publisher lists.
        let streams: Vec<Value> = videos
            .map(|stream| json!({ "mid": stream["mid"], "substream": RIDS.len() - 1 - layer }))
            .collect();
        self.api.message(handle, json!({ "request": "configure", "streams": streams }), None).await?;
        stage.add(peer)?;
        Ok(())
    }
}

/// Starts a Janus that has this plug-in only.
fn start(program: &Path, plugin: Plugin, loops: Option<u32>) -> anyhow::Result<Started> {
    let address = free_port()?;
    let settings = tempfile::tempdir()?;
    write_settings(settings.path(), plugin, address, own_address()?, loops)?;
    let mut command = Command::new(program);
    command.arg("-F").arg(settings.path()).args(["-o", "-d", "2"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Ok((Child::spawn(&mut command)?, address, settings))
}

/// Connects as soon as it listens.
async fn connect(address: SocketAddr) -> anyhow::Result<Api> {
    let end = tokio::time::Instant::now() + PATIENCE;
    while TcpStream::connect(address).await.is_err() {
        if tokio::time::Instant::now() > end {
            bail!("janus does not listen");
        }
        tokio::time::sleep(AGAIN).await;
    }
    Api::connect(address).await
}

/// The program, if it is installed.
pub(crate) fn find() -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join("janus")).find(|file| file.is_file());
    found.context("janus is missing: `apt-get install janus` installs it")
}

/// Its version, of which it tells at its start only.
pub(crate) async fn version(program: &Path) -> anyhow::Result<String> {
    let mut janus = Janus::open(Janus::start(program, None)?, 1).await?;
    janus.api.version().await
}

/// An address of this machine that is not loopback, which Janus offers to nobody. What is sent there stays on the machine all the
/// same, and takes the same way through the kernel.
fn own_address() -> anyhow::Result<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    // Nothing is sent: the kernel looks for the route to an address of documentation (RFC 5737).
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).context("this machine has no address but loopback")?;
    Ok(socket.local_addr()?.ip())
}

/// Nothing but one plug-in and a WebSocket; all else is as it comes.
fn write_settings(
    folder: &Path,
    plugin: Plugin,
    address: SocketAddr,
    media: IpAddr,
    loops: Option<u32>,
) -> anyhow::Result<()> {
    let (ip, port) = (address.ip(), address.port());
    let mut general = "session_timeout = 0\n".to_owned();
    if let Some(loops) = loops {
        writeln!(general, "event_loops = {loops}")?;
    }
    let others = Plugin::NAMES.iter().filter(|name| **name != plugin.name());
    let others = others.map(|name| format!("libjanus_{name}.so")).collect::<Vec<_>>().join(",");
    let transports = ["http", "mqtt", "nanomsg", "pfunix", "rabbitmq"];
    let transports = transports.map(|name| format!("libjanus_{name}.so")).join(",");
    let core = format!(
        "general: {{\n{general}}}\nnat: {{\nice_enforce_list = \"{media}\"\n}}\nplugins: {{\ndisable = \"{others}\"\n}}\n\
         transports: {{\ndisable = \"{transports}\"\n}}\n"
    );
    std::fs::write(folder.join("janus.jcfg"), core)?;
    let transport =
        format!("general: {{\nws = true\nws_ip = \"{ip}\"\nws_port = {port}\njson = \"compact\"\n}}\n");
    std::fs::write(folder.join("janus.transport.websockets.jcfg"), transport)?;
    std::fs::write(folder.join(format!("{}.jcfg", plugin.package())), "general: {\n}\n")?;
    Ok(())
}
