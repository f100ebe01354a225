//! One end of a connection between two participants: `docs/protocol.md`, section 4.

use std::net::IpAddr;

use anyhow::{Context as _, ensure};
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::format::Codec;
use str0m::media::{Direction, MediaKind, Mid};
use str0m::net::Protocol;
use str0m::{Candidate, Rtc};

use super::Peer;
use super::draft::{endpoint, outlet};
use super::publishing::Publishing;
use super::socket::Socket;
use super::traffic::Role;
use crate::media::{RIDS, Script};

/// An end that does not take part yet: descriptions and candidates are still on their way.
pub(crate) struct Leg {
    rtc: Rtc,
    socket: Socket,
    /// Of an offer that was not answered.
    pending: Option<SdpPendingOffer>,
    /// The own description. It names no candidate.
    pub(crate) sdp: String,
}

impl Leg {
    /// Offers the fixed m-lines: microphone, camera, screen, the screen's sound, and a section for data.
    pub(crate) fn offer(ip: IpAddr) -> anyhow::Result<Self> {
        let (mut rtc, socket) = endpoint(ip)?;
        let mut api = rtc.sdp_api();
        for kind in [MediaKind::Audio, MediaKind::Video, MediaKind::Video, MediaKind::Audio] {
            api.add_media(kind, Direction::SendRecv, None, None, None);
        }
        api.add_channel("data".to_owned());
        let (offer, pending) = api.apply().context("a connection without m-lines")?;
        Ok(Self { rtc, socket, pending: Some(pending), sdp: offer.to_sdp_string() })
    }

    /// Answers such an offer.
    pub(crate) fn answer(ip: IpAddr, offer: &str) -> anyhow::Result<Self> {
        let (mut rtc, socket) = endpoint(ip)?;
        let answer = rtc.sdp_api().accept_offer(SdpOffer::from_sdp_string(offer)?)?;
        Ok(Self { rtc, socket, pending: None, sdp: answer.to_sdp_string() })
    }

    /// The own candidate, of which the other side is to hear once it has the description.
    pub(crate) fn candidate(&mut self) -> anyhow::Result<String> {
        let candidate = Candidate::host(self.socket.local(), Protocol::Udp)?;
        self.rtc.add_local_candidate(candidate.clone());
        Ok(candidate.to_sdp_string())
    }

    /// Takes the answer to the offer.
    pub(crate) fn take_answer(&mut self, sdp: &str) -> anyhow::Result<()> {
        let pending = self.pending.take().context("an answer to no offer")?;
        Ok(self.rtc.sdp_api().accept_answer(pending, SdpAnswer::from_sdp_string(sdp)?)?)
    }

    /// Takes a candidate of the other side.
    pub(crate) fn take_candidate(&mut self, line: &str) -> anyhow::Result<()> {
        self.rtc.add_remote_candidate(Candidate::from_sdp_string(line)?);
        Ok(())
    }

    /// The m-lines of microphone and camera.
    pub(crate) fn mids(&self) -> anyhow::Result<[Mid; 2]> {
        let mut mids = self.sdp.lines().filter_map(|line| line.strip_prefix("a=mid:")).map(Mid::from);
        mids.next().zip(mids.next()).map(<[Mid; 2]>::from).context("no m-lines in a description")
    }

    /// Takes part from now on. Of the script the sound is sent, and one encoding of the picture.
    pub(crate) fn take_part(
        mut self,
        caller: usize,
        mut script: Script,
        layer: usize,
    ) -> anyhow::Result<Peer> {
        ensure!(self.pending.is_none(), "an offer was not answered");
        let [sound, camera] = self.mids()?;
        script.only(&[RIDS[layer].to_owned()]);
        let sound = outlet(&mut self.rtc, sound, None, Codec::Opus)?;
        let mut pictures = [None; 3];
        pictures[layer] = Some(outlet(&mut self.rtc, camera, None, Codec::Vp8)?);
        let publishing = Publishing::new(script, sound, pictures);
        Ok(Peer::new(self.rtc, self.socket, Some(publishing)).of(Role { caller, direct: true }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{Media, Stamped};
    use crate::stage::Stage;
    use std::net::Ipv4Addr;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    /// Two ends that have agreed.
    fn pair() -> [Leg; 2] {
        let mut offering = Leg::offer(LOCAL).unwrap();
        let mut answering = Leg::answer(LOCAL, &offering.sdp).unwrap();
        offering.take_answer(&answering.sdp).unwrap();
        let candidates = [offering.candidate().unwrap(), answering.candidate().unwrap()];
        offering.take_candidate(&candidates[1]).unwrap();
        answering.take_candidate(&candidates[0]).unwrap();
        [offering, answering]
    }

    /// Waits until the callers are as they should be.
    fn until(ready: impl Fn() -> bool) {
        let end = Instant::now() + Duration::from_secs(30);
        while !ready() {
            assert!(Instant::now() < end);
            std::thread::yield_now();
        }
    }

    #[test]
    fn an_offer_has_the_fixed_m_lines_in_their_order_and_names_no_candidate() {
        let leg = Leg::offer(LOCAL).unwrap();
        let kinds: Vec<_> =
            leg.sdp.lines().filter_map(|line| line.strip_prefix("m=")?.split(' ').next()).collect();
        assert_eq!(kinds, ["audio", "video", "video", "audio", "application"]);
        assert!(!leg.sdp.contains("a=candidate"));
        assert!(leg.sdp.contains("a=setup:actpass"));
    }

    #[test]
    fn two_callers_hear_and_see_each_other_until_one_pauses() {
        let media = Arc::new(Media::load().unwrap());
        let stage = Stage::open().unwrap();
        for (caller, leg) in pair().into_iter().enumerate() {
            let script = Script::new(Arc::clone(&media), Instant::now(), Stamped::Due);
            assert_eq!(stage.add(leg.take_part(caller, script, 1).unwrap()).unwrap(), caller);
        }
        let sees = |caller| {
            let look = stage.look(caller).unwrap();
            look.streams.len() == 2 && look.streams.iter().any(|(_, progress)| progress.frames > 0)
        };
        until(|| sees(0) && sees(1));
        let tally = stage.collect().unwrap();
        assert_eq!(tally.connected, 2);
        assert!(tally.publishers.iter().all(|received| received.pictures == 1 && received.lost == 0));
        assert!(
            tally.traffic.iter().enumerate().all(|(caller, it)| it.role.caller == caller && it.frames > 0)
        );
        assert!(tally.happened.direct.percentile(50).is_some());
        assert!(tally.happened.delays.percentile(50).is_none());

        stage.pause(0, true).unwrap();
        // What was on its way is taken with the first of these.
        until(|| stage.collect().unwrap().publishers[0].packets > 0);
        until(|| {
            let tally = stage.collect().unwrap();
            tally.publishers[0].packets > 0 && tally.publishers[1].packets == 0
        });
    }
}
