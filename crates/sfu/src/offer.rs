//! What an offer is looked over for, before the library sees it.

use std::collections::BTreeMap;

use crate::options::Options;

/// The longest mid and the longest rid, in characters. Longer ones the library would cut off.
const LONGEST_MID: usize = 16;
const LONGEST_RID: usize = 8;
/// Simulcast encodings of one picture; a fourth is not looked at.
const MAX_LAYERS: usize = 3;

/// Why an offer is not answered: a sentence for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OfferError(pub(crate) String);

/// Sound or picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Audio,
    Video,
}

/// What a payload type stands for, as the client writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Encoding {
    /// Name, clock rate and channels, with `/` between (`a=rtpmap`, RFC 8866 section 6.6).
    pub(crate) map: String,
    /// What else there is to say of it (`a=fmtp`, RFC 8866 section 6.15).
    pub(crate) parameters: String,
}

/// One m-line of an offer, as the client means it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) mid: String,
    pub(crate) kind: Kind,
    /// Whether the client sends there.
    pub(crate) sends: bool,
    /// Whether it receives there.
    pub(crate) receives: bool,
    /// What the client can send or receive there.
    pub(crate) encodings: Vec<Encoding>,
    /// The simulcast encodings that it sends, in the client's order (RFC 8853).
    pub(crate) rids: Vec<String>,
}

/// An offer that can be handed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) sdp: String,
    pub(crate) lines: Vec<Line>,
}

impl Offer {
    /// Looks over the offer `sdp`. Its candidates are left out: this end never sends checks (ICE-lite, RFC 8445 section 2.5), so
    /// that nobody can have it send any to addresses of their choice.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(sdp: &str, options: &Options) -> Result<Self, OfferError> {
        let refuse = |why: String| Err(OfferError(why));
        let mut offer = Self { sdp: String::with_capacity(sdp.len()), lines: Vec::new() };
        // What the attributes before the first m-line say holds for all.
        let mut current: Option<Section> = None;
        let mut count = 0;
        for line in sdp.lines().map(str::trim_end) {
            if let Some(media) = line.strip_prefix("m=") {
                count += 1;
                if count > options.max_lines {
                    return refuse(format!("an offer has at most {} m-lines", options.max_lines));
                }
                offer.take(current.replace(Section::new(media)))?;
            } else if let (Some(section), Some(attribute)) = (&mut current, line.strip_prefix("a=")) {
                section.note(attribute);
            }
            let is_candidate = line.starts_with("a=candidate:") || line.starts_with("a=end-of-candidates");
            if !is_candidate && !line.is_empty() {
                offer.sdp.push_str(line);
                offer.sdp.push_str("\r\n");
            }
        }
        offer.take(current)?;
        if offer.lines.is_empty() {
            return refuse("the offer has neither sound nor pictures in it".to_owned());
        }
        if !offer.sdp.contains("\r\na=fingerprint:sha-") {
            return refuse("the offer has no a=fingerprint".to_owned());
        }
        Ok(offer)
    }

    fn take(&mut self, section: Option<Section>) -> Result<(), OfferError> {
        if let Some(section) = &section {
            let mid = section.mid.iter().map(|mid| ("mid", mid, LONGEST_MID));
            let rids = section.rids.iter().map(|rid| ("rid", rid, LONGEST_RID));
            if let Some((what, name, longest)) = mid.chain(rids).find(|(_, name, most)| !is_name(name, *most))
            {
                let allowed = format!("letters, digits and _, {longest} at most");
                return Err(OfferError(format!("the {what} {name:?} is none that is taken here: {allowed}")));
            }
        }
        let Some(Section { kind: Some(kind), mid, sends, receives, encodings, rids }) = section else {
            return Ok(());
        };
        let mid = mid.ok_or_else(|| OfferError("an m-line has no a=mid".to_owned()))?;
        if self.lines.iter().any(|line| line.mid == mid) {
            return Err(OfferError(format!("two m-lines have the mid {mid}")));
        }
        let encodings = encodings.into_values().collect();
        self.lines.push(Line { mid, kind, sends, receives, encodings, rids });
        Ok(())
    }
}

/// The m-line that is being read.
struct Section {
    /// `None` for what is neither sound nor picture.
    kind: Option<Kind>,
    mid: Option<String>,
    sends: bool,
    receives: bool,
    /// By payload type.
    encodings: BTreeMap<String, Encoding>,
    rids: Vec<String>,
}

impl Section {
    fn new(media: &str) -> Self {
        let kind = match media.split(' ').next() {
            Some("audio") => Some(Kind::Audio),
            Some("video") => Some(Kind::Video),
            _ => None,
        };
        let (encodings, rids) = (BTreeMap::new(), Vec::new());
        Self { kind, mid: None, sends: true, receives: true, encodings, rids }
    }

    fn note(&mut self, attribute: &str) {
        match attribute {
            "sendonly" => self.receives = false,
            "recvonly" => self.sends = false,
            "inactive" => (self.sends, self.receives) = (false, false),
            _ => {
                if let Some(mid) = attribute.strip_prefix("mid:") {
                    self.mid = Some(mid.to_owned());
                } else if let Some((number, map)) = value(attribute, "rtpmap:") {
                    map.clone_into(&mut self.encoding(number).map);
                } else if let Some((number, parameters)) = value(attribute, "fmtp:") {
                    parameters.clone_into(&mut self.encoding(number).parameters);
                } else if let Some(rids) = attribute.strip_prefix("simulcast:send ") {
                    // Of alternatives the first is meant; what is paused from the start counts as well.
                    let first = rids.split(' ').next().unwrap_or_default();
                    let rids = first.split(';').filter_map(|rid| rid.split(',').next());
                    let rids = rids.map(|rid| rid.trim_start_matches('~').to_owned());
                    self.rids = rids.take(MAX_LAYERS).collect();
                }
            }
        }
    }

    fn encoding(&mut self, number: &str) -> &mut Encoding {
        self.encodings.entry(number.to_owned()).or_default()
    }
}

/// Whether the library leaves a mid or a rid as it is. Others it would change in the answer and in packets, where the client
/// does not find its own again.
fn is_name(name: &str, longest: usize) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=longest).contains(&name.len()) && name.bytes().all(fits)
}

/// The payload type that an attribute of this name is about, and what it says of it.
fn value<'a>(attribute: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    attribute.strip_prefix(name)?.split_once(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=fingerprint:sha-256 AA\r\n";

    fn read(body: &str) -> Result<Offer, OfferError> {
        Offer::read(&format!("{HEAD}{body}"), &Options { max_lines: 3, ..Options::default() })
    }

    #[test]
    fn each_line_is_known_by_its_mid_its_kind_and_its_directions() {
        let offer = read(
            "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=sendonly\r\n\
             m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=recvonly\r\na=mid:b\r\n\
             m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:c\r\n",
        );
        let lines = offer.unwrap().lines;
        let line = |mid: &str, kind, sends| Line {
            mid: mid.to_owned(),
            kind,
            sends,
            receives: !sends,
            encodings: Vec::new(),
            rids: Vec::new(),
        };
        assert_eq!(lines, [line("0", Kind::Audio, true), line("b", Kind::Video, false)]);
    }

    #[test]
    fn what_an_m_line_may_carry_is_read_in_whatever_order_it_is_said() {
        let offer = read(
            "m=audio 9 X 1 2\r\na=mid:0\r\na=fmtp:2 x=1;y=2\r\na=rtpmap:1 opus/48000/2\r\na=rtpmap:2 L16/8000\r\n",
        );
        let encoding =
            |map: &str, parameters: &str| Encoding { map: map.to_owned(), parameters: parameters.to_owned() };
        let expected = [encoding("opus/48000/2", ""), encoding("L16/8000", "x=1;y=2")];
        assert_eq!(offer.unwrap().lines[0].encodings, expected);
    }

    #[test]
    fn mids_and_rids_are_words() {
        let longest = "Sixteen_letters1";
        let offer =
            read(&format!("m=video 9 X 1\r\na=mid:{longest}\r\na=simulcast:send q;~h_2,x-y;abcdefgh\r\n"));
        let line = offer.unwrap().lines.remove(0);
        assert_eq!((&*line.mid, &*line.rids), (longest, &["q", "h_2", "abcdefgh"].map(str::to_owned)[..]));
    }

    #[test]
    fn candidates_go_no_further() {
        let offer = read(
            "m=audio 9 X 1\r\na=mid:0\r\na=candidate:1 1 udp 1 10.0.0.1 9 typ host\r\na=end-of-candidates\r\n",
        );
        let sdp = offer.unwrap().sdp;
        assert!(!sdp.contains("candidate") && sdp.ends_with("a=mid:0\r\n"), "{sdp}");
    }

    #[test]
    fn what_cannot_be_answered_is_refused_with_a_reason() {
        let video = |mid: &str| format!("m=video 9 X 1\r\na=mid:{mid}\r\n");
        for (body, reason) in [
            (String::new(), "neither sound nor pictures"),
            ("m=application 9 X 1\r\na=mid:0\r\n".to_owned(), "neither sound nor pictures"),
            (["0", "1", "2", "3"].map(video).concat(), "at most 3 m-lines"),
            (["0", "0"].map(video).concat(), "two m-lines have the mid 0"),
            ("m=video 9 X 1\r\n".to_owned(), "no a=mid"),
            (video("a-b"), "the mid \"a-b\" is none"),
            (video(""), "the mid \"\" is none"),
            (video("seventeen_letters"), "16 at most"),
            (video("0") + "m=application 9 X 1\r\na=mid:data-1\r\n", "the mid \"data-1\" is none"),
            (video("0") + "a=simulcast:send lo;hi-res\r\n", "the rid \"hi-res\" is none"),
            (video("0") + "a=simulcast:send lo;nineletters\r\n", "8 at most"),
        ] {
            let OfferError(why) = read(&body).unwrap_err();
            assert!(why.contains(reason), "{why}");
        }
        let OfferError(why) = Offer::read("m=video 9 X 1\r\na=mid:0\r\n", &Options::default()).unwrap_err();
        assert!(why.contains("fingerprint"), "{why}");
    }
}
