//! How an endpoint comes about: its configuration, offers and answers, and the streams that follow from them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use str0m::bwe::Bitrate;
use str0m::change::SdpOffer;
use str0m::config::{CryptoProvider, DtlsCert, DtlsVersion};
use str0m::format::{Codec, CodecConfig, CodecSpec, FormatParams, PayloadParams};
use str0m::ice::IceCreds;
use str0m::media::{Frequency, Mid};
use str0m::net::{Protocol, TcpType};
use str0m::{Candidate, RtcConfig};
use visavis_rtp::VideoCodec;

use super::resends::Resends;
use super::{Endpoint, Stream};
use crate::offer::{Encoding, Kind, Offer, OfferError};
use crate::packet::Format;

/// What is kept of a sent picture for those who missed some of it.
const RESEND_PACKETS: usize = 600;
/// And for how long.
const RESEND_AGE: Duration = Duration::from_secs(2);
/// The part of all that is sent which may be sent again.
const RESEND_RATIO: Option<f32> = Some(0.4);
/// How often it is looked at what the way takes at this moment.
const LOOK: Duration = Duration::from_millis(250);

/// What all endpoints of a server have in common.
pub(crate) struct Common {
    crypto: Arc<CryptoProvider>,
    certificate: DtlsCert,
}

/// How one endpoint begins.
pub(crate) struct Setup<'a> {
    /// Its own ICE user fragment and password.
    pub(crate) credentials: (String, String),
    /// The addresses to name in the answer.
    pub(crate) addresses: &'a [SocketAddr],
    /// Where the estimate of the way to the client begins, in bit/s; `None` where nothing is estimated.
    pub(crate) estimate: Option<u64>,
    pub(crate) h264: bool,
}

impl Common {
    /// A certificate for all endpoints; `None` if the crypto library fails.
    pub(crate) fn new() -> Option<Self> {
        let crypto = Arc::new(str0m::crypto::from_feature_flags());
        let certificate = crypto.dtls_provider.generate_certificate()?;
        Some(Self { crypto, certificate })
    }
}

/// An answer, and whether it belongs to an ICE restart.
pub(crate) struct Answered {
    pub(crate) sdp: String,
    pub(crate) restarted: bool,
}

impl Endpoint {
    pub(crate) fn new(common: &Common, setup: Setup<'_>, now: Instant) -> Self {
        let (ufrag, pass) = setup.credentials;
        let mut config = RtcConfig::new()
            .set_crypto_provider(Arc::clone(&common.crypto))
            .set_dtls_cert(common.certificate.clone())
            // With 1.3 the library takes the profile that the client names first, which is not GCM with browsers: that would
            // derive keys anew for every packet.
            .set_dtls_version(DtlsVersion::Dtls12)
            .set_local_ice_credentials(IceCreds { ufrag, pass: pass.clone() })
            .set_ice_lite(true)
            .set_rtp_mode(true)
            .set_rtcp_report_interval_audio(Duration::from_secs(1))
            .set_send_buffer_video(RESEND_PACKETS)
            .enable_bwe(setup.estimate.map(Bitrate::bps))
            .set_stats_interval(setup.estimate.map(|_| LOOK))
            .clear_codecs()
            .enable_opus(true, true)
            .enable_vp8(true)
            .enable_vp9(true)
            .enable_av1(true)
            .enable_h264(setup.h264);
        // With most codecs come variants that are not forwarded: to agree on one would be to drop every packet of it.
        let all = config.codec_config().params().iter();
        let forwarded = all.filter(|params| format(params, false).is_some()).copied().collect();
        *config.codec_config() = CodecConfig::new_from_payload_params(forwarded);
        let mut rtc = config.build(now);
        for address in setup.addresses {
            for candidate in candidates(*address) {
                rtc.add_local_candidate(candidate);
            }
        }
        Self {
            rtc,
            crypto: Arc::clone(&common.crypto),
            password: pass,
            routes: Vec::new(),
            streams: Vec::new(),
            clock: None,
            time: now,
            next: now,
            queued: 0,
            estimates: setup.estimate.is_some(),
            mean: None,
            present: None,
            resends: Resends::new(now),
        }
    }

    /// Answers an offer, the first one or another. After an ICE restart this end goes by `fresh`.
    ///
    /// # Errors
    /// What the client did wrong. The endpoint may go on as it was only if this was not the first offer.
    pub(crate) fn accept(&mut self, offer: &Offer, fresh: (String, String)) -> Result<Answered, OfferError> {
        let refused =
            |error: &dyn std::fmt::Display| OfferError(format!("the offer cannot be answered: {error}"));
        self.check_codecs(offer)?;
        let sdp = SdpOffer::from_sdp_string(&offer.sdp).map_err(|error| refused(&error))?;
        let before = self.rtc.direct_api().local_ice_credentials();
        let answer = self.rtc.sdp_api().accept_offer(sdp).map_err(|error| refused(&error))?;
        let mut answer = answer.to_sdp_string();
        let after = self.rtc.direct_api().local_ice_credentials();
        let restarted = before != after;
        if restarted {
            // The library has chosen for itself; but ours say which thread they are for.
            let (ufrag, pass) = fresh;
            answer = answer.replace(&after.ufrag, &ufrag).replace(&after.pass, &pass);
            self.password.clone_from(&pass);
            self.rtc.direct_api().set_local_ice_credentials(IceCreds { ufrag, pass });
        }
        self.find_streams(offer);
        Ok(Answered { sdp: answer, restarted })
    }

    /// The library would answer an m-line without any codec of ours as one that is not wanted, and the client would wait for
    /// what never comes. This is asked before it changes anything, so that a connection that there is goes on as it was.
    fn check_codecs(&self, offer: &Offer) -> Result<(), OfferError> {
        let config = self.rtc.codec_config();
        for line in offer.lines.iter().filter(|line| line.sends || line.receives) {
            let is_video = line.kind == Kind::Video;
            let is_ours = |encoding: &Encoding| {
                let params = params(encoding).filter(|params| params.spec().codec.is_video() == is_video);
                params.is_some_and(|params| config.match_params(params).is_some())
            };
            if !line.encodings.iter().any(is_ours) {
                let (kind, taken) = match line.kind {
                    Kind::Audio => ("audio", "opus"),
                    Kind::Video
                        if config.params().iter().any(|params| params.spec().codec == Codec::H264) =>
                    {
                        ("video", "VP8, VP9 (profile 0), AV1 and H264 (packetization mode 1)")
                    }
                    Kind::Video => ("video", "VP8, VP9 (profile 0) and AV1"),
                };
                let why = "has none of the codecs that are taken";
                let mid = &line.mid;
                return Err(OfferError(format!("the m-line of {kind} with mid {mid} {why}: {taken}")));
            }
        }
        Ok(())
    }

    fn find_streams(&mut self, offer: &Offer) {
        let again = self.rtc.codec_config().params().iter().filter_map(PayloadParams::resend);
        self.resends.types = again.fold(0, |types, pt| types | 1 << (*pt & 0x7f));
        for line in offer.lines.iter().filter(|line| line.receives) {
            let mid = Mid::from(&*line.mid);
            if self.streams.iter().any(|stream| stream.mid == mid) {
                continue;
            }
            let params = self.rtc.codec_config().params().to_vec();
            let Some(media) = self.rtc.media(mid) else { continue };
            let taken = media.remote_pts();
            let formats = params.iter().filter(|params| taken.contains(&params.pt())).flat_map(|params| {
                let plain = format(params, false).map(|format| (format, params.pt()));
                let red = params.red().and_then(|pt| Some((format(params, true)?, pt)));
                [plain, red].into_iter().flatten()
            });
            let formats = formats.collect();
            let mut direct = self.rtc.direct_api();
            let Some(stream) = direct.stream_tx_by_mid(mid, None) else { continue };
            stream.set_rtx_cache(RESEND_PACKETS, RESEND_AGE, RESEND_RATIO);
            // Its publisher has paced it already. Here it would wait for seconds where the way has become narrow, and with it
            // the key frame of the layer that fits.
            stream.set_unpaced(true);
            self.streams.push(Stream { mid, ssrc: stream.ssrc(), formats });
        }
    }
}

/// UDP, and TCP that the client connects.
fn candidates(address: SocketAddr) -> impl Iterator<Item = Candidate> {
    let tcp = Candidate::builder().tcp().host(address).tcptype(TcpType::Passive).build();
    [Candidate::host(address, Protocol::Udp), tcp].into_iter().flatten()
}

/// What an offer says of a payload type, for the library to compare.
fn params(encoding: &Encoding) -> Option<PayloadParams> {
    let mut map = encoding.map.split('/');
    let codec = Codec::from(map.next()?);
    let clock_rate = Frequency::new(map.next()?.parse().ok()?)?;
    let channels = map.next().and_then(|channels| channels.parse().ok());
    let format = FormatParams::parse_line(&encoding.parameters);
    Some(PayloadParams::new(0.into(), None, CodecSpec { codec, clock_rate, channels, format }))
}

/// How what `params` describe is to be understood; `None` if it is not forwarded.
pub(super) fn format(params: &PayloadParams, red: bool) -> Option<Format> {
    let spec = params.spec();
    Some(match spec.codec {
        Codec::Opus if red => Format::Red,
        Codec::Opus => Format::Opus,
        Codec::Vp8 => Format::Video(VideoCodec::Vp8, 0),
        // Profiles of VP9 but the first are for more than 8 bits, or colour at full size.
        Codec::Vp9 if spec.format.profile_id.unwrap_or_default() == 0 => Format::Video(VideoCodec::Vp9, 0),
        Codec::Av1 => Format::Video(VideoCodec::Av1, 0),
        // The level in the last byte may differ: it says what a decoder is able to, not what it gets.
        Codec::H264 if spec.format.packetization_mode == Some(1) => {
            let profile = spec.format.profile_level_id.unwrap_or(0x42_00_0a) >> 8;
            Format::Video(VideoCodec::H264, u16::try_from(profile & 0xffff).unwrap_or_default())
        }
        _ => return None,
    })
}
