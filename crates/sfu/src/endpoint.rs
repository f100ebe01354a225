//! One client's connection: ICE, DTLS, SRTP, RTCP and bandwidth estimation are those of str0m, which is named here and in the
//! modules below, and nowhere else.
//!
//! The library's rule: after every change to it, all its outputs are taken until it says when it wants to be woken; only then
//! comes the next change. Everything here that changes it ends in [`Endpoint::drain`], but for packets to send, of which many
//! may be queued first.

mod negotiation;
mod packets;
mod resends;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use str0m::bwe::{Bitrate, BweKind};
use str0m::config::CryptoProvider;
use str0m::ice::StunMessage;
use str0m::media::{KeyframeRequestKind, Pt};
use str0m::net::{Protocol, Receive};
use str0m::rtp::Ssrc;
use str0m::{Event as RtcEvent, Input, Output, Rtc, RtcError};

use self::packets::SenderClock;
use self::resends::Resends;
use crate::address::{FiveTuple, Transport};
use crate::batch::SendBatch;
use crate::packet::{Format, Packet};

pub(crate) use self::negotiation::{Answered, Common, Setup};
pub(crate) use str0m::media::{Mid, Rid};
pub(crate) use str0m::rtp::VideoOrientation;

/// Ways that a client is known to be reached by; browsers try a handful. Where there are more, the one that nothing was sent by
/// for the longest time makes room: never the one that media takes.
const MAX_ROUTES: usize = 16;
/// Steps of the pacer at one time.
const STEPS: usize = 256;
/// After each packet the library asks to be woken this much later, so that time goes on between two. It is not worth a wake-up of
/// its own: the endpoint's time goes on by it, at most [`STEPS`] times.
const AT_ONCE: Duration = Duration::from_micros(1);
/// How often in a row the library may ask to be woken at once and then do nothing: to ask for padding takes it two rounds. While
/// it probes and finds nothing to send it would ask for ever.
const FRUITLESS: usize = 3;
/// How long it has to wait then.
const REST: Duration = Duration::from_millis(1);

/// An outgoing stream of one endpoint: that of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StreamId(pub(crate) usize);

/// What an endpoint says.
#[derive(Debug)]
pub(crate) enum Event {
    /// The keys are there.
    Connected,
    /// A packet came in.
    Packet(Box<Packet>),
    /// The client cannot decode what it gets.
    KeyFrameWanted(StreamId),
    /// What the way to the client takes, in bit/s.
    Estimate(u64),
    /// The client has closed it.
    Closed,
}

/// The endpoint is of no more use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failed {
    /// What the client sent cannot be taken, or it has closed the connection.
    Broken,
    /// The client has another certificate than it offered.
    Certificate,
    /// The library has a bug.
    Panicked,
}

/// A client's connection.
pub(crate) struct Endpoint {
    rtc: Rtc,
    crypto: Arc<CryptoProvider>,
    password: String,
    routes: Vec<Route>,
    streams: Vec<Stream>,
    clock: Option<SenderClock>,
    /// What time it is for the library, whose time never goes back: a little later than for everyone else after many packets.
    time: Instant,
    next: Instant,
    /// Packets written since everything was taken.
    queued: usize,
    estimates: bool,
    /// What the way to the client takes: over some time, and at this moment.
    mean: Option<Bitrate>,
    present: Option<Bitrate>,
    resends: Resends,
}

/// A way that the client has proven to be at the other end of.
struct Route {
    path: FiveTuple,
    /// The address that the client sends to, which a NAT may have changed into ours.
    advertised: SocketAddr,
    /// When something was last sent by it.
    used: Instant,
}

/// Whether a datagram shows who is at the other end of a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// It does not.
    None,
    /// The way is the endpoint's, in place of another one where there were too many.
    Given {
        /// That other one.
        instead_of: Option<FiveTuple>,
    },
}

struct Stream {
    mid: Mid,
    ssrc: Ssrc,
    formats: Vec<(Format, Pt)>,
}

impl Endpoint {
    /// Takes a datagram.
    ///
    /// # Errors
    /// If the connection is of no use any more.
    pub(crate) fn receive(
        &mut self,
        path: FiveTuple,
        advertised: SocketAddr,
        datagram: &[u8],
        now: Instant,
    ) -> Result<(), Failed> {
        let proto = match path.transport {
            Transport::Udp | Transport::Relay => Protocol::Udp,
            Transport::Tcp => Protocol::Tcp,
        };
        // What is no packet of any kind is nobody's fault but the sender's, and leads to nothing.
        let Ok(received) = Receive::new(proto, path.remote, advertised, datagram) else { return Ok(()) };
        self.time = self.time.max(now);
        self.rtc.handle_input(Input::Receive(self.time, received)).map_err(|error| failed(&error))
    }

    /// Whether `datagram` is a connectivity check of whoever knows our password: only such a one proves who is at the other
    /// end of a way. From then on it is one of the endpoint's.
    pub(crate) fn proves(
        &mut self,
        path: FiveTuple,
        advertised: SocketAddr,
        datagram: &[u8],
        now: Instant,
    ) -> Proof {
        let hmac = self.crypto.sha1_hmac_provider;
        let is_proof = StunMessage::parse(datagram).is_ok_and(|check| {
            check.is_binding_request()
                && check.verify(self.password.as_bytes(), |key, data| hmac.sha1_hmac(key, data))
        });
        if !is_proof {
            return Proof::None;
        }
        self.forget(&path);
        let oldest = self.routes.iter().enumerate().min_by_key(|(_, route)| route.used);
        let oldest = oldest.filter(|_| self.routes.len() >= MAX_ROUTES).map(|(index, _)| index);
        let instead_of = oldest.map(|index| self.routes.swap_remove(index).path);
        self.routes.push(Route { path, advertised, used: now });
        Proof::Given { instead_of }
    }

    /// The ways that are the endpoint's.
    pub(crate) fn paths(&self) -> impl Iterator<Item = FiveTuple> {
        self.routes.iter().map(|route| route.path)
    }

    /// A way is gone.
    pub(crate) fn forget(&mut self, path: &FiveTuple) {
        self.routes.retain(|route| route.path != *path);
    }

    /// Whether a stream can carry this.
    pub(crate) fn takes(&self, stream: StreamId, format: Format) -> bool {
        self.streams
            .get(stream.0)
            .is_some_and(|stream| stream.formats.iter().any(|(taken, _)| *taken == format))
    }

    /// Asks the client for a key frame of one of its streams.
    pub(crate) fn request_key_frame(&mut self, ssrc: u32) {
        if let Some(stream) = self.rtc.direct_api().stream_rx(&ssrc.into()) {
            stream.request_keyframe(KeyframeRequestKind::Pli);
        }
    }

    /// Whether the way to the client is estimated.
    pub(crate) fn estimates(&self) -> bool {
        self.estimates
    }

    /// How much is sent to the client at least, so that more of it can be tried, and how much would be sent if it all went, in
    /// bit/s.
    pub(crate) fn set_goal(&mut self, least: u64, desired: u64) {
        if self.estimates {
            self.resends.padding = least;
            self.rtc.bwe().set_bitrate(Bitrate::bps(least), Bitrate::bps(desired));
        }
    }

    /// What was estimated counts no more; the way is taken for this, in bit/s, until more is known.
    pub(crate) fn forget_estimate(&mut self, first: u64) {
        if self.estimates {
            (self.mean, self.present) = (None, None);
            self.rtc.bwe().reset(Bitrate::bps(first));
        }
    }

    /// Says goodbye to the client (RTCP BYE, DTLS close_notify); it leaves with the next [`drain`](Self::drain).
    pub(crate) fn close(&mut self) {
        if let Err(error) = self.rtc.close() {
            tracing::debug!(%error, "an endpoint ends without a goodbye");
        }
    }

    /// Lets time pass.
    ///
    /// # Errors
    /// If the connection is of no use any more.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Result<(), Failed> {
        self.time = self.time.max(now);
        self.rtc.handle_input(Input::Timeout(self.time)).map_err(|error| failed(&error))
    }

    /// When it wants to be woken.
    pub(crate) fn next(&self) -> Instant {
        self.next
    }

    /// The stream of the m-line `mid`, if the client receives there.
    pub(crate) fn stream(&self, mid: &str) -> Option<StreamId> {
        self.streams.iter().position(|stream| &*stream.mid == mid).map(StreamId)
    }

    /// Takes all outputs.
    ///
    /// # Errors
    /// If the connection is of no use any more.
    pub(crate) fn drain(
        &mut self,
        now: Instant,
        batch: &mut SendBatch,
        events: &mut Vec<Event>,
    ) -> Result<(), Failed> {
        let mut fruitless = 0;
        self.resends.handle_timeout(now);
        for _ in 0..STEPS {
            match self.rtc.poll_output().map_err(|error| failed(&error))? {
                Output::Transmit(transmit) => {
                    fruitless = 0;
                    self.send(&transmit, batch);
                    // Media is the last of all outputs, and after each packet of it the pacer gives no other before time goes on.
                    // To be told so takes as long as to make a packet.
                    if self.estimates && self.queued > 0 {
                        self.queued -= 1;
                        self.handle_timeout(self.time + AT_ONCE)?;
                    }
                }
                Output::Event(event) => {
                    fruitless = 0;
                    self.tell(event, events);
                }
                Output::Timeout(next) => {
                    self.queued = 0;
                    self.next = next;
                    fruitless += 1;
                    if next > self.time.max(now) + AT_ONCE {
                        return self.is_alive();
                    }
                    if fruitless > FRUITLESS {
                        self.next = now + REST;
                        return self.is_alive();
                    }
                    self.handle_timeout(next.max(now))?;
                }
            }
        }
        // There is more to send: others have their turn first.
        self.next = now;
        self.is_alive()
    }

    fn is_alive(&self) -> Result<(), Failed> {
        if self.rtc.is_alive() { Ok(()) } else { Err(Failed::Broken) }
    }

    fn send(&mut self, transmit: &str0m::net::Transmit, batch: &mut SendBatch) {
        let goes = |route: &&mut Route| {
            route.path.remote == transmit.destination
                && (route.path.transport == Transport::Tcp) == (transmit.proto != Protocol::Udp)
                && route.advertised == transmit.source
        };
        if let Some(route) = self.routes.iter_mut().find(goes)
            && self.resends.allow(&transmit.contents)
        {
            route.used = self.time;
            batch.push(route.path, &transmit.contents);
        }
    }

    fn tell(&mut self, event: RtcEvent, events: &mut Vec<Event>) {
        match event {
            RtcEvent::Connected => events.push(Event::Connected),
            RtcEvent::RtpPacket(packet) => events.extend(self.read(packet).map(Box::new).map(Event::Packet)),
            RtcEvent::KeyframeRequest(request) => {
                let stream = self.streams.iter().position(|stream| stream.mid == request.mid);
                events.extend(stream.map(StreamId).map(Event::KeyFrameWanted));
            }
            RtcEvent::EgressBitrateEstimate(BweKind::Twcc { estimate, .. }) => {
                self.mean = Some(estimate);
                events.extend(self.estimate());
            }
            RtcEvent::PeerStats(stats) => {
                self.present = stats.bwe_tx;
                events.extend(self.estimate());
            }
            RtcEvent::Closed => events.push(Event::Closed),
            _ => {}
        }
    }

    /// What the way takes. The library tells the mean of three seconds, which is good for going up: nothing wavers. Where the
    /// way has become narrow, what it estimates at this moment counts.
    fn estimate(&self) -> Option<Event> {
        let (mean, present) = (self.mean?, self.present);
        Some(Event::Estimate(present.map_or(mean, |present| present.min(mean)).as_u64()))
    }
}

/// Why an endpoint cannot go on. Once an offer is accepted, nothing of it is found wrong but the certificate that it names.
fn failed(error: &RtcError) -> Failed {
    tracing::debug!(%error, "an endpoint cannot go on");
    if matches!(error, RtcError::RemoteSdp(_)) { Failed::Certificate } else { Failed::Broken }
}
