//! What a publisher or a viewer offers, as the forwarder is to see it.

use std::collections::BTreeMap;

use visavis_protocol::{Source, StateUpdate};

use super::fragment::{Credentials, credentials};
use super::refusal::Refusal;

/// An offer whose m-lines go one way only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) sdp: String,
    /// Which m-line, by its mid, sends what.
    pub(super) sources: BTreeMap<Source, String>,
    pub(super) credentials: Option<Credentials>,
}

/// What is forwarded (as `rtpmap` names it, RFC 8866 section 6.6).
const CODECS: [(&str, &[&str]); 2] = [("audio", &["opus"]), ("video", &["VP8", "VP9", "AV1", "H264"])];

/// An m-line that goes the way that it should.
struct Line<'a> {
    kind: &'a str,
    mid: Option<&'a str>,
    /// Whether one of its codecs is forwarded.
    known: bool,
}

impl Offer {
    /// That of a publisher: an m-line that could send and receive only sends (RFC 9725 section 4.2), one that only receives
    /// does nothing. The first sound is a microphone, the first picture a camera; the second ones are those of a screen.
    pub(super) fn publishing(sdp: &str) -> Result<Self, Refusal> {
        let (text, lines) = one_way(sdp, "sendonly");
        check_codecs(&lines)?;
        let mut sources = BTreeMap::new();
        for (kind, order) in
            [("audio", [Source::Mic, Source::ScreenAudio]), ("video", [Source::Camera, Source::Screen])]
        {
            let of_kind: Vec<_> = lines.iter().filter(|line| line.kind == kind).collect();
            if of_kind.len() > order.len() {
                return Err(Refusal::bad("an offer sends two sounds and two pictures at most"));
            }
            let named = order.into_iter().zip(of_kind);
            sources.extend(named.filter_map(|(source, line)| Some((source, line.mid?.to_owned()))));
        }
        if sources.is_empty() {
            return Err(Refusal::bad(
                "the offer sends neither sound nor pictures, or its m-lines have no a=mid",
            ));
        }
        Ok(Self { sdp: text, sources, credentials: credentials(sdp)? })
    }

    /// That of a viewer: its m-lines receive and do nothing else.
    pub(super) fn watching(sdp: &str) -> Result<Self, Refusal> {
        let (text, lines) = one_way(sdp, "recvonly");
        check_codecs(&lines)?;
        if lines.is_empty() {
            return Err(Refusal::bad("the offer receives neither sound nor pictures"));
        }
        Ok(Self { sdp: text, sources: BTreeMap::new(), credentials: credentials(sdp)? })
    }

    /// The same with other credentials: what an ICE restart changes of it.
    pub(super) fn restarted(&self, credentials: &Credentials) -> Self {
        let lines = self.sdp.lines().map(|line| {
            if line.starts_with("a=ice-ufrag:") {
                format!("a=ice-ufrag:{}\r\n", credentials.ufrag)
            } else if line.starts_with("a=ice-pwd:") {
                format!("a=ice-pwd:{}\r\n", credentials.password)
            } else {
                format!("{line}\r\n")
            }
        });
        Self { sdp: lines.collect(), sources: self.sources.clone(), credentials: Some(credentials.clone()) }
    }

    /// What of it is live.
    pub(super) fn state(&self) -> StateUpdate {
        let live = |source| Some(self.sources.contains_key(&source));
        StateUpdate {
            mic: live(Source::Mic),
            camera: live(Source::Camera),
            screen: live(Source::Screen),
            screen_audio: live(Source::ScreenAudio),
            hand: None,
        }
    }
}

/// Makes every m-line that goes the way `wanted` go that way only, and all others none; tells of sounds and pictures
/// which do. An m-line that does not say goes both ways, unless the description as a whole says otherwise (RFC 8866 section 6.7).
fn one_way<'a>(sdp: &'a str, wanted: &str) -> (String, Vec<Line<'a>>) {
    let lines: Vec<&str> = sdp.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let mut sections = lines.chunk_by(|_, next| !next.starts_with("m="));
    let head = sections.next().unwrap_or_default();
    let mut text = String::with_capacity(sdp.len() + 64);
    let write = |text: &mut String, lines: &[&str]| {
        for line in lines.iter().filter(|line| direction(line).is_none()) {
            text.push_str(line);
            text.push_str("\r\n");
        }
    };
    write(&mut text, head);
    let usual = head.iter().find_map(|line| direction(line)).unwrap_or("sendrecv");
    let mut fitting = Vec::new();
    for section in sections {
        let given = section.iter().find_map(|line| direction(line)).unwrap_or(usual);
        let fits = given == "sendrecv" || given == wanted;
        write(&mut text, section);
        text.push_str(&format!("a={}\r\n", if fits { wanted } else { "inactive" }));
        let kind = section.first().and_then(|line| line.strip_prefix("m=")?.split(' ').next());
        if let Some(kind @ ("audio" | "video")) = kind.filter(|_| fits) {
            let mid = section.iter().find_map(|line| line.strip_prefix("a=mid:"));
            fitting.push(Line { kind, mid, known: section.iter().any(|line| is_known(kind, line)) });
        }
    }
    (text, fitting)
}

fn is_known(kind: &str, line: &str) -> bool {
    let encoding = line.strip_prefix("a=rtpmap:").and_then(|value| value.split([' ', '/']).nth(1));
    let known = CODECS.iter().find(|(of, _)| *of == kind).map_or(&[][..], |(_, names)| names);
    encoding.is_some_and(|encoding| known.iter().any(|name| name.eq_ignore_ascii_case(encoding)))
}

fn check_codecs(lines: &[Line<'_>]) -> Result<(), Refusal> {
    match lines.iter().find(|line| !line.known) {
        None => Ok(()),
        Some(Line { kind, .. }) => {
            let known: Vec<&str> = CODECS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
            let known = known.join(", ");
            Err(Refusal::bad(format!("no codec of an m-line of {kind} is forwarded here, which are {known}")))
        }
    }
}

fn direction(line: &str) -> Option<&str> {
    let value = line.strip_prefix("a=")?;
    matches!(value, "sendrecv" | "sendonly" | "recvonly" | "inactive").then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ICE: &str = "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n";

    fn sdp(lines: &[(&str, &str, &str)]) -> String {
        let lines = lines.iter().map(|(kind, mid, direction)| {
            let codec = if *kind == "audio" { "opus/48000/2" } else { "vp8/90000" };
            format!("m={kind} 9 X 1\r\n{ICE}a=mid:{mid}\r\na=rtpmap:1 {codec}\r\n{direction}")
        });
        format!("v=0\r\n{}", lines.collect::<String>())
    }

    #[test]
    fn the_first_sound_and_picture_are_mic_and_camera_and_the_second_ones_a_screens() {
        let offer = Offer::publishing(&sdp(&[
            ("audio", "a", "a=sendonly\r\n"),
            ("video", "r", "a=recvonly\r\n"),
            ("video", "b", ""),
            ("video", "c", "a=sendrecv\r\n"),
            ("application", "d", ""),
        ]));
        let offer = offer.unwrap();
        let expected = [(Source::Mic, "a"), (Source::Camera, "b"), (Source::Screen, "c")];
        assert_eq!(offer.sources, expected.map(|(source, mid)| (source, mid.to_owned())).into());
        let directions: Vec<_> = offer.sdp.lines().filter_map(direction).collect();
        assert_eq!(directions, ["sendonly", "inactive", "sendonly", "sendonly", "sendonly"]);
        assert_eq!((offer.state().mic, offer.state().screen_audio), (Some(true), Some(false)));
    }

    #[test]
    fn a_viewer_only_receives() {
        let both =
            format!("v=0\r\na=recvonly\r\n{}", sdp(&[("audio", "a", ""), ("video", "b", "a=sendonly\r\n")]));
        let offer = Offer::watching(&both).unwrap();
        assert_eq!(offer.sdp.lines().filter_map(direction).collect::<Vec<_>>(), ["recvonly", "inactive"]);
        assert!(offer.sources.is_empty());
    }

    #[test]
    fn an_offer_without_anything_is_refused() {
        let sends = sdp(&[("audio", "a", "a=sendonly\r\n")]);
        let receives = sdp(&[("audio", "a", "a=recvonly\r\n")]);
        assert!(Offer::publishing(&sends).is_ok() && Offer::watching(&receives).is_ok());
        assert!(Offer::publishing(&receives).is_err() && Offer::watching(&sends).is_err());
        for nothing in ["", "hello", "v=0\r\n", "m="] {
            assert!(Offer::publishing(nothing).is_err() && Offer::watching(nothing).is_err(), "{nothing}");
        }
        let many = sdp(&[("video", "a", ""), ("video", "b", ""), ("video", "c", "")]);
        assert!(Offer::publishing(&many).is_err());
    }

    #[test]
    fn an_offer_without_a_codec_that_is_forwarded_is_refused() {
        let offer = sdp(&[("audio", "a", ""), ("video", "b", "")]);
        for other in [
            offer.replace("vp8", "H265"),
            offer.replace("opus", "PCMU"),
            offer.replace("a=rtpmap:1 vp8", "a=x:1 vp8"),
        ] {
            assert!(Offer::publishing(&other).is_err() && Offer::watching(&other).is_err(), "{other}");
        }
        assert!(Offer::publishing(&format!("{offer}a=rtpmap:2 H265/90000\r\n")).is_ok(), "one is enough");
    }

    #[test]
    fn a_restart_changes_credentials_and_nothing_else() {
        let offer = Offer::publishing(&sdp(&[("audio", "a", ""), ("video", "b", "")])).unwrap();
        let fresh = Credentials { ufrag: "wxyz".to_owned(), password: "p".repeat(22) };
        let restarted = offer.restarted(&fresh);
        let expected = offer.sdp.replace("EsAw", "wxyz").replace("P2uYro0UCOQ4zxjKXaWCBui1", &"p".repeat(22));
        assert_eq!((restarted.sdp, restarted.credentials), (expected, Some(fresh)));
    }
}
