//! How callers agree with a server on a connection.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::format::Codec;
use str0m::media::{Direction, MediaKind, Mid, Pt, Simulcast, SimulcastLayer};
use str0m::net::Protocol;
use str0m::{Candidate, Rtc, RtcConfig};

use super::Peer;
use super::publishing::{Outlet, Publishing};
use super::socket::Socket;
use crate::media::{RIDS, Script};

/// How soon a lost STUN packet is sent again at the latest, and how often: a dead server is noticed in seconds.
const STUN_RTO: Duration = Duration::from_millis(500);
const STUN_ATTEMPTS: usize = 8;

/// An offer that is not answered yet.
pub(crate) struct Draft {
    rtc: Rtc,
    socket: Socket,
    pending: SdpPendingOffer,
    /// Of the own sources.
    pub(crate) sound: Option<Mid>,
    pub(crate) picture: Option<Mid>,
    /// The session description.
    pub(crate) sdp: String,
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Lines {
    /// Sends sound and picture.
    pub(crate) publish: bool,
    /// How many sounds and pictures it receives at a time.
    pub(crate) sounds: usize,
    pub(crate) pictures: usize,
}

impl Draft {
    /// Offers a connection from this address.
    pub(crate) fn offer(ip: IpAddr, lines: Lines) -> anyhow::Result<Self> {
        let (mut rtc, socket) = endpoint(ip)?;
        rtc.add_local_candidate(Candidate::host(socket.local(), Protocol::Udp)?);
        let mut api = rtc.sdp_api();
        let mut add = |kind, dir, simulcast| api.add_media(kind, dir, None, None, simulcast);
        let sound = lines.publish.then(|| add(MediaKind::Audio, Direction::SendOnly, None));
        let picture = lines.publish.then(|| add(MediaKind::Video, Direction::SendOnly, Some(simulcast())));
        for _ in 0..lines.sounds {
            add(MediaKind::Audio, Direction::RecvOnly, None);
        }
        for _ in 0..lines.pictures {
            add(MediaKind::Video, Direction::RecvOnly, None);
        }
        let (offer, pending) = api.apply().context("a connection without m-lines")?;
        Ok(Self { rtc, socket, pending, sound, picture, sdp: offer.to_sdp_string() })
    }

    /// Takes the answer. What the script says is sent, if this publishes.
    pub(crate) fn answered(mut self, sdp: &str, script: Option<Script>) -> anyhow::Result<Peer> {
        let answer = SdpAnswer::from_sdp_string(sdp)?;
        self.rtc.sdp_api().accept_answer(self.pending, answer)?;
        let publishing = match (script, self.sound, self.picture) {
            (Some(script), Some(sound), Some(picture)) => {
                let sound = outlet(&mut self.rtc, sound, None, Codec::Opus)?;
                let mut layer = |rid| outlet(&mut self.rtc, picture, Some(rid), Codec::Vp8);
                let [q, h, f] = RIDS.map(&mut layer);
                Some(Publishing::new(script, sound, [Some(q?), Some(h?), Some(f?)]))
            }
            _ => None,
        };
        Ok(Peer::new(self.rtc, self.socket, publishing))
    }
}

/// Accepts an offer, and tells the answer.
pub(crate) fn answer(ip: IpAddr, offer: &str) -> anyhow::Result<(Peer, String)> {
    let (mut rtc, socket) = endpoint(ip)?;
    rtc.add_local_candidate(Candidate::host(socket.local(), Protocol::Udp)?);
    let answer = rtc.sdp_api().accept_offer(SdpOffer::from_sdp_string(offer)?)?;
    Ok((Peer::new(rtc, socket, None), answer.to_sdp_string()))
}

/// An endpoint that has nothing to say yet, and where it is reached.
pub(super) fn endpoint(ip: IpAddr) -> anyhow::Result<(Rtc, Socket)> {
    let socket = Socket::bind(ip)?;
    let mut config =
        RtcConfig::new().clear_codecs().enable_opus(true, false).enable_vp8(true).set_rtp_mode(true);
    config.set_max_stun_rto(STUN_RTO);
    config.set_max_stun_retransmits(STUN_ATTEMPTS);
    Ok((config.build(Instant::now()), socket))
}

fn simulcast() -> Simulcast {
    let mut simulcast = Simulcast::new();
    RIDS.iter().for_each(|rid| simulcast.add_send_layer(SimulcastLayer::new(rid)));
    simulcast
}

/// Where to write what is sent on an m-line.
pub(super) fn outlet(rtc: &mut Rtc, mid: Mid, rid: Option<&str>, codec: Codec) -> anyhow::Result<Outlet> {
    let pt =
        payload_type(rtc, mid, codec).with_context(|| format!("the other side does not take {codec}"))?;
    let mut api = rtc.direct_api();
    let stream = api.stream_tx_by_mid(mid, rid.map(Into::into)).context("no stream for an m-line")?;
    Ok(Outlet::new(stream.ssrc(), pt))
}

fn payload_type(rtc: &Rtc, mid: Mid, codec: Codec) -> Option<Pt> {
    let accepted = rtc.media(mid)?.remote_pts();
    let params =
        rtc.codec_config().find(|params| params.spec().codec == codec && accepted.contains(&params.pt()));
    params.map(|params| params.pt())
}
