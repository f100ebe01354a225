//! A participant with its connection: what a browser does, by way of str0m.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::format::{Codec, FormatParams, PayloadParams};
use str0m::media::{
    Direction, Frequency, KeyframeRequestKind, MediaKind, Mid, Pt, Rid, Simulcast, SimulcastLayer,
};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{ExtensionValues, RtpPacket, RtpWrite};
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};
use visavis_protocol::{ParticipantId, ServerMessage, Slot, Source, Wanted};
use visavis_rtp::{VideoCodec, red};

use crate::forger::Forger;
use crate::link::{Conditions, Link};
use crate::publisher::{Camera, Mic, Outbound, Piece, RIDS};
use crate::viewer::{Inbound, Picture, Sound};

/// What somebody comes with.
pub(crate) struct Joining {
    /// How loud the microphone is, in decibel below the loudest.
    pub(crate) mic: Option<u8>,
    pub(crate) camera: bool,
    /// A screen, in one encoding.
    pub(crate) screen: bool,
    /// What it decodes. Its pictures are in the first; only VP8 is sent in three encodings.
    pub(crate) codecs: &'static [VideoCodec],
    /// Whether it knows sound with repetitions (RFC 2198), and sends it.
    pub(crate) red: bool,
    /// Whether what is lost of VP8 is sent again (RFC 4588).
    pub(crate) resends: bool,
    /// Whether it sends control packets of its own making.
    pub(crate) forges: bool,
    /// Slots for sound and for pictures.
    pub(crate) slots: (usize, usize),
    pub(crate) up: Conditions,
    pub(crate) down: Conditions,
}

impl Default for Joining {
    fn default() -> Self {
        Self {
            mic: None,
            camera: false,
            screen: false,
            codecs: &[VideoCodec::Vp8],
            red: false,
            resends: true,
            forges: false,
            slots: (0, 0),
            up: Conditions { rate: 6_000_000, ..Conditions::default() },
            down: Conditions::default(),
        }
    }
}

impl Joining {
    /// Camera and microphone, and no slots.
    pub(crate) fn publisher() -> Self {
        Self { mic: Some(30), camera: true, ..Self::default() }
    }

    /// Slots only.
    pub(crate) fn subscriber(pictures: usize) -> Self {
        Self { slots: (3, pictures), ..Self::default() }
    }
}

/// When a packet was captured, by its label and by the reports of its sender.
#[derive(Clone, Copy)]
pub(crate) struct Synchronized {
    pub(crate) at: Duration,
    pub(crate) captured: Duration,
    /// In seconds, on the clock of the reports.
    pub(crate) reported: f64,
}

/// A participant.
pub(crate) struct Client {
    pub(crate) id: ParticipantId,
    pub(crate) number: u8,
    pub(crate) connection: u32,
    library: Library,
    /// Of the numbers that all packets to it share, for feedback, that of the last one.
    pub(crate) last_number: u16,
    /// The sound that was sent last.
    last_sound: Option<Arc<[u8]>>,
    pub(crate) rtc: Rtc,
    pub(crate) address: SocketAddr,
    pub(crate) up: Link,
    pub(crate) down: Link,
    pub(crate) is_connected: bool,
    pub(crate) cameras: BTreeMap<Source, (Mid, Camera)>,
    pub(crate) mic: Option<(Mid, Mic)>,
    pub(crate) pictures: BTreeMap<Mid, Picture>,
    pub(crate) sounds: BTreeMap<Mid, Sound>,
    pub(crate) reports: BTreeMap<Mid, Vec<Synchronized>>,
    pub(crate) slots: Vec<Slot>,
    pub(crate) wanted: Vec<(Duration, Wanted)>,
    pub(crate) messages: Vec<(Duration, ServerMessage)>,
    /// Asks for key frames all the time, whatever it sees, and claims bandwidth that is not there.
    pub(crate) storms: bool,
    /// Says no more of a handshake than that it wants one.
    pub(crate) stalls: bool,
    next_storm: Instant,
    next: Instant,
    pending: Option<SdpPendingOffer>,
    start: Instant,
    /// Datagrams to send.
    pub(crate) sent: Vec<(SocketAddr, Vec<u8>)>,
    /// Bytes that have come, padding and all.
    pub(crate) received: usize,
}

/// What its connections are made with.
struct Library {
    codecs: &'static [VideoCodec],
    red: bool,
    resends: bool,
    forger: Option<Forger>,
}

impl Library {
    fn build(&self, address: SocketAddr, now: Instant) -> Rtc {
        let knows = |codec| self.codecs.contains(&codec);
        let crypto = self.forger.as_ref().map_or_else(str0m::crypto::from_feature_flags, Forger::provider);
        let mut config = RtcConfig::new()
            .set_crypto_provider(Arc::new(crypto))
            .set_rtp_mode(true)
            .clear_codecs()
            .enable_opus(true, self.red)
            .enable_vp8(knows(VideoCodec::Vp8) && self.resends)
            .enable_vp9(knows(VideoCodec::Vp9))
            .enable_av1(knows(VideoCodec::Av1))
            .enable_h264(knows(VideoCodec::H264));
        if knows(VideoCodec::Vp8) && !self.resends {
            let rate = Frequency::NINETY_KHZ;
            config.codec_config().add_config(
                96.into(),
                None,
                Codec::Vp8,
                rate,
                None,
                FormatParams::default(),
            );
        }
        let mut rtc = config.build(now);
        rtc.add_local_candidate(Candidate::host(address, Protocol::Udp).unwrap());
        rtc
    }
}

/// A participant's address: another one for each of its connections.
pub(crate) fn address(number: u8, connection: u32) -> SocketAddr {
    ([192, 0, 2, number], 5000 + u16::try_from(connection).unwrap()).into()
}

fn codec_of(codec: VideoCodec) -> Codec {
    match codec {
        VideoCodec::Vp8 => Codec::Vp8,
        VideoCodec::Vp9 => Codec::Vp9,
        VideoCodec::Av1 => Codec::Av1,
        VideoCodec::H264 => Codec::H264,
    }
}

/// Sound with the packet before it repeated (RFC 2198).
fn repeat(before: Option<&[u8]>, sound: &[u8], pt: u8) -> Arc<[u8]> {
    let mut payload = Vec::new();
    if let Some(before) = before {
        let [.., high, low] = before.len().to_be_bytes();
        // 960 ticks before, in 14 bits, and the length in 10.
        payload.extend([0x80 | pt, 0x0f, high, low]);
    }
    payload.push(pt);
    payload.extend(before.into_iter().flatten().chain(sound));
    payload.into()
}

/// Whether it belongs to a DTLS handshake, and is not the message that begins one (RFC 6347 section 4.2.2).
fn goes_on(datagram: &[u8]) -> bool {
    matches!(datagram.first(), Some(20..=63)) && (datagram[0] != 22 || datagram[13] != 1)
}

/// The time that passes between two key frames that are asked for in a storm, and the bandwidth that is claimed in one.
const STORM: Duration = Duration::from_micros(200);
const CLAIM: u64 = 1_000_000_000;

impl Client {
    pub(crate) fn new(number: u8, joining: &Joining, seed: u64, start: Instant, now: Instant) -> Self {
        let address = address(number, 1);
        let seed = seed.wrapping_mul(1000) + u64::from(number) * 10;
        let &Joining { codecs, red, resends, forges, .. } = joining;
        let library = Library { codecs, red, resends, forger: forges.then(Forger::new) };
        let simulcast = codecs[0] == VideoCodec::Vp8;
        let mut cameras = BTreeMap::new();
        if joining.camera {
            let camera = Camera::new(number, codecs[0], simulcast, seed + 1, now);
            cameras.insert(Source::Camera, (Mid::from("-"), camera));
        }
        if joining.screen {
            let screen = Camera::new(number + 100, codecs[0], false, seed + 2, now);
            cameras.insert(Source::Screen, (Mid::from("-"), screen));
        }
        Self {
            id: ParticipantId::new(&format!("p{number}")).unwrap(),
            number,
            connection: 1,
            last_number: 0,
            last_sound: None,
            rtc: library.build(address, now),
            library,
            address,
            up: Link::new(joining.up, seed + 3),
            down: Link::new(joining.down, seed + 4),
            is_connected: false,
            cameras,
            mic: joining.mic.map(|level| (Mid::from("-"), Mic::new(number, level, now))),
            pictures: BTreeMap::new(),
            sounds: BTreeMap::new(),
            reports: BTreeMap::new(),
            slots: Vec::new(),
            wanted: Vec::new(),
            messages: Vec::new(),
            storms: false,
            stalls: false,
            next_storm: now,
            next: now,
            pending: None,
            start,
            sent: Vec::new(),
            received: 0,
        }
    }

    /// Offers all it publishes, and slots.
    pub(crate) fn offer(&mut self, slots: (usize, usize)) -> (String, BTreeMap<Source, String>) {
        let mut changes = self.rtc.sdp_api();
        let mut add = |kind, direction, simulcast| changes.add_media(kind, direction, None, None, simulcast);
        if let Some((mid, _)) = &mut self.mic {
            *mid = add(MediaKind::Audio, Direction::SendOnly, None);
        }
        for (mid, camera) in self.cameras.values_mut() {
            let mut simulcast = Simulcast::new();
            RIDS.iter().for_each(|rid| simulcast.add_send_layer(SimulcastLayer::new(rid)));
            let simulcast = (camera.layers.len() > 1).then_some(simulcast);
            *mid = add(MediaKind::Video, Direction::SendOnly, simulcast);
        }
        for _ in 0..slots.0 {
            self.sounds.insert(add(MediaKind::Audio, Direction::RecvOnly, None), Sound::default());
        }
        for _ in 0..slots.1 {
            self.pictures.insert(add(MediaKind::Video, Direction::RecvOnly, None), Picture::default());
        }
        let (offer, pending) = changes.apply().unwrap();
        self.pending = Some(pending);
        (offer.to_sdp_string(), self.sources())
    }

    /// Offers more slots for pictures.
    pub(crate) fn offer_more(&mut self, pictures: usize) -> (String, BTreeMap<Source, String>) {
        let mut changes = self.rtc.sdp_api();
        for _ in 0..pictures {
            let mid = changes.add_media(MediaKind::Video, Direction::RecvOnly, None, None, None);
            self.pictures.insert(mid, Picture::default());
        }
        let (offer, pending) = changes.apply().unwrap();
        self.pending = Some(pending);
        (offer.to_sdp_string(), self.sources())
    }

    /// Offers an ICE restart.
    pub(crate) fn offer_restart(&mut self) -> (String, BTreeMap<Source, String>) {
        let mut changes = self.rtc.sdp_api();
        changes.ice_restart(true);
        let (offer, pending) = changes.apply().unwrap();
        self.pending = Some(pending);
        (offer.to_sdp_string(), self.sources())
    }

    fn sources(&self) -> BTreeMap<Source, String> {
        let mic = self.mic.iter().map(|(mid, _)| (Source::Mic, mid.to_string()));
        let cameras = self.cameras.iter().map(|(source, (mid, _))| (*source, mid.to_string()));
        mic.chain(cameras).collect()
    }

    /// Begins another connection; what was seen on the one before is forgotten.
    pub(crate) fn begin_anew(&mut self, now: Instant) {
        self.connection += 1;
        self.address = address(self.number, self.connection);
        self.rtc = self.library.build(self.address, now);
        (self.is_connected, self.next) = (false, now);
        (self.pictures, self.sounds, self.reports) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    }

    /// Takes what the server says.
    pub(crate) fn hear(&mut self, message: ServerMessage, now: Instant) {
        match &message {
            ServerMessage::Forwarded(forwarded) => {
                if let Some(pending) = self.pending.take() {
                    let answer = SdpAnswer::from_sdp_string(&forwarded.description.sdp).unwrap();
                    self.rtc.sdp_api().accept_answer(pending, answer).unwrap();
                    self.drain(now);
                }
            }
            ServerMessage::Slots(slots) => self.slots.clone_from(&slots.slots),
            ServerMessage::Wanted(wanted) => {
                for wanted in &wanted.sources {
                    if let Some((_, camera)) = self.cameras.get_mut(&wanted.source) {
                        camera.switch(&wanted.rids);
                    }
                }
                self.wanted.push((now - self.start, wanted.clone()));
            }
            _ => {}
        }
        self.messages.push((now - self.start, message));
    }

    /// When it wants to be woken.
    pub(crate) fn next(&self) -> Instant {
        let cameras = self.cameras.values().map(|(_, camera)| camera.next());
        let mic = self.mic.iter().map(|(_, mic)| mic.next());
        let storm = self.storms.then_some(self.next_storm);
        cameras.chain(mic).chain(storm).fold(self.next, Instant::min)
    }

    pub(crate) fn receive(&mut self, datagram: &[u8], from: SocketAddr, now: Instant) {
        self.received += datagram.len();
        let Ok(receive) = Receive::new(Protocol::Udp, from, self.address, datagram) else { return };
        self.rtc.handle_input(Input::Receive(now, receive)).unwrap();
        self.drain(now);
    }

    /// Lets time pass.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        let mut packets = Vec::new();
        for (mid, camera) in self.cameras.values_mut().filter(|(_, camera)| camera.next() <= now) {
            let codec = codec_of(camera.codec);
            packets.extend(
                camera.capture(now, self.start).into_iter().map(|packet| (*mid, packet, codec, None)),
            );
        }
        if let Some((mid, mic)) = self.mic.as_mut().filter(|(_, mic)| mic.next() <= now) {
            let packet = mic.capture(now, self.start);
            packets.extend(packet.map(|packet| (*mid, packet, Codec::Opus, Some(mic.level))));
        }
        if self.is_connected {
            packets.into_iter().for_each(|(mid, packet, codec, level)| self.write(mid, packet, codec, level));
        }
        self.rage(now);
        self.rtc.handle_input(Input::Timeout(now)).unwrap();
        self.drain(now);
    }

    fn write(&mut self, mid: Mid, packet: Outbound, codec: Codec, level: Option<u8>) {
        let Outbound { rid, sequence, timestamp, marker, captured, mut payload } = packet;
        let Some((mut pt, red)) = self.payload_types(mid, codec) else { return };
        if let Some(red) = red {
            let before = self.last_sound.replace(Arc::clone(&payload));
            payload = repeat(before.as_deref(), &payload, *pt);
            pt = red;
        }
        let extensions = ExtensionValues {
            audio_level: level.map(|level| -i8::try_from(level).unwrap()),
            voice_activity: level.map(|_| true),
            ..ExtensionValues::default()
        };
        let write = RtpWrite::new(pt, sequence.into(), timestamp, captured, payload)
            .marker(marker)
            .nackable(level.is_none())
            .ext_vals(extensions);
        if let Some(stream) = self.rtc.direct_api().stream_tx_by_mid(mid, rid.map(Rid::from)) {
            stream.write_rtp(write);
        }
    }

    /// The payload type of a codec, and that of the same with repetitions.
    fn payload_types(&self, mid: Mid, codec: Codec) -> Option<(Pt, Option<Pt>)> {
        let taken = self.rtc.media(mid)?.remote_pts();
        let params = self.rtc.codec_config().params();
        // H.264 as browsers prefer it, in fragments where it has to be.
        let whole_only = |params: &PayloadParams| params.spec().format.packetization_mode == Some(0);
        let params = params.iter().find(|params| {
            params.spec().codec == codec && taken.contains(&params.pt()) && !whole_only(params)
        });
        params.map(|params| (params.pt(), params.red()))
    }

    /// Asks for a key frame of every picture, and says that its way takes any amount.
    fn rage(&mut self, now: Instant) {
        if !self.storms || self.next_storm > now {
            return;
        }
        self.next_storm = now + STORM;
        for mid in self.pictures.keys().copied().collect::<Vec<_>>() {
            if let Some(stream) = self.rtc.direct_api().stream_rx_by_mid(mid, None) {
                stream.request_keyframe(KeyframeRequestKind::Pli);
                stream.request_remb(CLAIM.into());
            }
        }
    }

    /// Sends a control packet of its own making.
    pub(crate) fn forge(&mut self, packet: &[u8]) {
        let datagram = self.library.forger.as_mut().unwrap().protect(packet);
        self.sent.push((self.address, datagram));
    }

    /// The source that its one picture comes from, and that it reports as.
    pub(crate) fn ssrc(&mut self) -> u32 {
        let mid = *self.pictures.keys().next().unwrap();
        *self.rtc.direct_api().stream_rx_by_mid(mid, None).unwrap().ssrc()
    }

    /// Takes all that its connection says.
    fn drain(&mut self, now: Instant) {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(next) => {
                    self.next = next.max(now);
                    return;
                }
                Output::Transmit(transmit) if self.stalls && goes_on(&transmit.contents) => {}
                Output::Transmit(transmit) => self.sent.push((transmit.source, transmit.contents.to_vec())),
                Output::Event(Event::Connected) => self.is_connected = true,
                Output::Event(Event::KeyframeRequest(request)) => {
                    let camera = self.cameras.values_mut().find(|(mid, _)| *mid == request.mid);
                    if let Some((_, camera)) = camera {
                        camera.request_key_frame(request.rid.as_deref());
                    }
                }
                Output::Event(Event::RtpPacket(packet)) => self.take(&packet, now),
                Output::Event(_) => {}
            }
        }
    }

    fn take(&mut self, packet: &RtpPacket, now: Instant) {
        self.last_number = packet.header.ext_vals.transport_cc.unwrap_or(self.last_number);
        let ssrc = packet.header.ssrc;
        let Some(mid) = self.rtc.direct_api().stream_rx(&ssrc).map(|stream| stream.mid()) else { return };
        let params = self.rtc.codec_config().params();
        let is_red = params.iter().any(|params| params.red() == Some(packet.header.payload_type));
        let codec = params.iter().find(|params| params.pt() == packet.header.payload_type);
        let codec = self
            .library
            .codecs
            .iter()
            .copied()
            .find(|known| codec.is_some_and(|params| params.spec().codec == codec_of(*known)));
        let payload = if is_red { red::primary(&packet.payload).unwrap().1 } else { &packet.payload };
        let inbound = Inbound {
            sequence: *packet.seq_no,
            timestamp: packet.header.timestamp,
            marker: packet.header.marker,
            codec,
            payload,
        };
        let mut label = None;
        if let Some(picture) = self.pictures.get_mut(&mid) {
            label = codec.and_then(|codec| Piece::read(codec, payload)).map(|piece| piece.label);
            if picture.take(&inbound, now, self.start)
                && let Some(stream) = self.rtc.direct_api().stream_rx(&ssrc)
            {
                stream.request_keyframe(KeyframeRequestKind::Pli);
            }
        } else if let Some(sound) = self.sounds.get_mut(&mid) {
            label = Mic::read(payload);
            sound.repeated += usize::from(payload.len() < packet.payload.len() - 1);
            sound.take(&inbound, now, self.start);
        }
        if let Some((report, label)) = packet.last_sender_info.as_ref().zip(label) {
            let rate = if self.pictures.contains_key(&mid) { 90_000.0 } else { 48_000.0 };
            let reported = u32::try_from(report.rtp_time.numer() & u64::from(u32::MAX)).unwrap();
            let since = f64::from(packet.header.timestamp.wrapping_sub(reported).cast_signed()) / rate;
            let reported =
                report.ntp_time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64() + since;
            let synchronized = Synchronized { at: now - self.start, captured: label.captured, reported };
            self.reports.entry(mid).or_default().push(synchronized);
        }
    }

    /// The picture that carries somebody's camera now.
    pub(crate) fn picture_of(&self, who: &ParticipantId, source: Source) -> Option<&Picture> {
        let slot = self.slots.iter().find(|slot| slot.participant == *who && slot.source == source)?;
        self.pictures.get(&Mid::from(&*slot.mid))
    }

    /// Its one picture.
    pub(crate) fn picture(&self) -> &Picture {
        self.pictures.values().next().unwrap()
    }

    /// All that a decoder has stumbled over.
    pub(crate) fn errors(&self) -> Vec<String> {
        let pictures = self.pictures.values().flat_map(|picture| &picture.errors);
        pictures.chain(self.sounds.values().flat_map(|sound| &sound.errors)).cloned().collect()
    }
}
