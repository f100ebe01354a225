//! A participant of a forwarded room with a real WebRTC endpoint, one thread each.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::media::{Direction, MediaKind, Mid, Pt};
use str0m::net::{Protocol, Receive, TcpType};
use str0m::rtp::{ExtensionValues, RtpWrite};
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};

use super::common::{TestClient, TestServer};

/// Far longer than anything takes: a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often sound is sent.
const PACKET: Duration = Duration::from_millis(20);

/// How a caller reaches the server.
pub(crate) enum Wire {
    Udp(UdpSocket),
    Tcp(TcpStream, Vec<u8>),
}

/// A caller that sends sound, and counts what it hears.
pub(crate) struct Caller {
    rtc: Rtc,
    wire: Wire,
    local: SocketAddr,
    server: SocketAddr,
    mic: Mid,
    pt: Option<Pt>,
    sequence: u64,
    next_packet: Instant,
    pub(crate) connected: bool,
    pub(crate) heard: u64,
    /// The last media datagram that was sent.
    pub(crate) last_sent: Vec<u8>,
    pub(crate) id: String,
    pub(crate) signaling: TestClient,
}

impl Caller {
    /// Joins the forwarded room `r`, and offers. Its endpoint talks to the first candidate of the answer that is of its kind,
    /// or to `instead`.
    pub(crate) async fn join(
        server: &TestServer,
        name: &str,
        tcp: bool,
        instead: Option<SocketAddr>,
    ) -> Self {
        Self::join_with("never", server, name, tcp, instead).await
    }

    /// The same, where the room's policy is this one.
    pub(crate) async fn join_with(
        direct: &str,
        server: &TestServer,
        name: &str,
        tcp: bool,
        instead: Option<SocketAddr>,
    ) -> Self {
        let mut signaling = server.client().await;
        let state = json!({"mic": true});
        signaling
            .request(json!({"type": "join", "room": "r", "name": name, "policy": {"direct": direct}, "state": state}))
            .await;
        let joined = until(&mut signaling, "joined").await;
        let now = Instant::now();
        let mut rtc = RtcConfig::new().set_rtp_mode(true).build(now);
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let (offer, pending, mic) = offer(&mut rtc);
        let description = json!({"type": "offer", "sdp": offer});
        let forward = json!({"type": "forward", "connection": 1, "description": description, "sources": {"mic": mic.to_string()}});
        signaling.request(forward).await;
        let answer = until(&mut signaling, "forwarded").await;
        let sdp = answer["description"]["sdp"].as_str().unwrap();
        let server = instead.unwrap_or_else(|| candidate(sdp, tcp));
        let wire = if tcp {
            let stream = TcpStream::connect(server).unwrap();
            stream.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
            Wire::Tcp(stream, Vec::new())
        } else {
            socket.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
            Wire::Udp(socket)
        };
        let local = match &wire {
            Wire::Udp(socket) => socket.local_addr().unwrap(),
            Wire::Tcp(stream, _) => stream.local_addr().unwrap(),
        };
        let own = if tcp {
            Candidate::builder().tcp().host(local).tcptype(TcpType::Active).build().unwrap()
        } else {
            Candidate::host(local, Protocol::Udp).unwrap()
        };
        rtc.add_local_candidate(own);
        // Its own way only: whatever else the answer names is for others.
        let lines = sdp.lines().filter(|line| !line.starts_with("a=candidate"));
        let sdp: String = lines.flat_map(|line| [line, "\r\n"]).collect();
        rtc.sdp_api().accept_answer(pending, SdpAnswer::from_sdp_string(&sdp).unwrap()).unwrap();
        let theirs = if tcp {
            Candidate::builder().tcp().host(server).tcptype(TcpType::Passive).build().unwrap()
        } else {
            Candidate::host(server, Protocol::Udp).unwrap()
        };
        rtc.add_remote_candidate(theirs);
        Self {
            rtc,
            wire,
            local,
            server,
            mic,
            pt: None,
            sequence: 1,
            next_packet: now,
            connected: false,
            heard: 0,
            last_sent: Vec::new(),
            id: joined["participant"].as_str().unwrap().to_owned(),
            signaling,
        }
    }

    /// Goes on, with all of them, until `done`.
    pub(crate) fn run_until(callers: &mut [Self], done: impl Fn(&[Self]) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !done(callers) {
            assert!(
                Instant::now() < deadline,
                "{:?}",
                callers.iter().map(|caller| (caller.connected, caller.heard)).collect::<Vec<_>>()
            );
            callers.iter_mut().for_each(Self::step);
        }
    }

    pub(crate) fn local(&self) -> SocketAddr {
        self.local
    }

    /// Sends these bytes from its own address, behind its endpoint's back.
    pub(crate) fn repeat(&mut self, datagram: &[u8]) {
        self.wire.send(datagram, self.server);
    }

    fn step(&mut self) {
        let now = Instant::now();
        self.rtc.handle_input(Input::Timeout(now)).unwrap();
        self.drain();
        if self.connected && now >= self.next_packet {
            self.next_packet = now + PACKET;
            self.write(now);
        }
        for datagram in self.wire.receive() {
            let proto = if matches!(self.wire, Wire::Udp(_)) { Protocol::Udp } else { Protocol::Tcp };
            let received = Receive::new(proto, self.server, self.local, &datagram).unwrap();
            self.rtc.handle_input(Input::Receive(Instant::now(), received)).unwrap();
            self.drain();
        }
    }

    fn write(&mut self, now: Instant) {
        let pt = *self.pt.get_or_insert_with(|| self.rtc.media(self.mic).unwrap().remote_pts()[0]);
        let time = u32::try_from(self.sequence).unwrap() * 960;
        let loud =
            ExtensionValues { audio_level: Some(-20), voice_activity: Some(true), ..Default::default() };
        let write = RtpWrite::new(pt, self.sequence.into(), time, now, vec![0xfc, 0xff, 0xfe]).ext_vals(loud);
        let mut direct = self.rtc.direct_api();
        direct.stream_tx_by_mid(self.mic, None).unwrap().write_rtp(write);
        self.sequence += 1;
        self.rtc.handle_input(Input::Timeout(now)).unwrap();
        self.drain();
    }

    fn drain(&mut self) {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(_) => return,
                Output::Transmit(transmit) => {
                    if transmit.contents.first().is_some_and(|first| (128..192).contains(first)) {
                        self.last_sent = transmit.contents.to_vec();
                    }
                    self.wire.send(&transmit.contents, transmit.destination);
                }
                Output::Event(Event::Connected) => self.connected = true,
                Output::Event(Event::RtpPacket(_)) => self.heard += 1,
                Output::Event(_) => {}
            }
        }
    }
}

impl Wire {
    fn send(&mut self, datagram: &[u8], to: SocketAddr) {
        match self {
            Self::Udp(socket) => drop(socket.send_to(datagram, to).unwrap()),
            Self::Tcp(stream, _) => {
                let length = u16::try_from(datagram.len()).unwrap().to_be_bytes();
                stream.write_all(&[&length[..], datagram].concat()).unwrap();
            }
        }
    }

    fn receive(&mut self) -> Vec<Vec<u8>> {
        let mut space = vec![0; 65_536];
        match self {
            Self::Udp(socket) => match socket.recv(&mut space) {
                Ok(length) => vec![space[..length].to_vec()],
                Err(_) => Vec::new(),
            },
            Self::Tcp(stream, rest) => {
                match stream.read(&mut space) {
                    Ok(0) => panic!("the server has closed the connection"),
                    Ok(length) => rest.extend_from_slice(&space[..length]),
                    Err(error) => {
                        assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut))
                    }
                }
                let mut datagrams = Vec::new();
                while let Some(length) =
                    rest.first_chunk().map(|length| usize::from(u16::from_be_bytes(*length)))
                    && rest.len() >= 2 + length
                {
                    datagrams.push(rest[2..2 + length].to_vec());
                    rest.drain(..2 + length);
                }
                datagrams
            }
        }
    }
}

/// The next message of this type; others are passed over.
pub(crate) async fn until(client: &mut TestClient, kind: &str) -> Value {
    loop {
        let message = client.next().await;
        assert_ne!(message["type"], "error", "{message}");
        if message["type"] == kind {
            return message;
        }
    }
}

/// One microphone, and slots for three sounds.
fn offer(rtc: &mut Rtc) -> (String, SdpPendingOffer, Mid) {
    let mut api = rtc.sdp_api();
    let mic = api.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None);
    for _ in 0..3 {
        api.add_media(MediaKind::Audio, Direction::RecvOnly, None, None, None);
    }
    let (offer, pending) = api.apply().unwrap();
    (offer.to_sdp_string(), pending, mic)
}

/// The first candidate of that kind in an answer.
fn candidate(sdp: &str, tcp: bool) -> SocketAddr {
    let kind = if tcp { " tcp " } else { " udp " };
    let line = sdp.lines().find(|line| line.starts_with("a=candidate:") && line.contains(kind)).unwrap();
    let words: Vec<&str> = line.split(' ').collect();
    SocketAddr::new(words[4].parse().unwrap(), words[5].parse().unwrap())
}
