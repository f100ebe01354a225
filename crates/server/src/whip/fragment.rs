//! Pieces of session descriptions that speak of ICE only (RFC 8840 section 9).

use super::refusal::Refusal;

/// A user fragment and its password (RFC 8839 section 5.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Credentials {
    pub(super) ufrag: String,
    pub(super) password: String,
}

/// What a client sends after its offer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fragment {
    /// What its checks go by; other ones than before ask for an ICE restart.
    pub(super) credentials: Option<Credentials>,
}

impl Fragment {
    /// Reads a fragment. Candidates are of no use here: whoever is lite waits for checks and sends none.
    pub(super) fn read(text: &str) -> Result<Self, Refusal> {
        let is_line = |line: &str| line.is_empty() || line.starts_with("a=") || line.starts_with("m=");
        if text.trim().is_empty() || !text.lines().all(|line| is_line(line.trim_end())) {
            return Err(Refusal::bad(
                "the body is no fragment of a session description: its lines begin with a= and m=",
            ));
        }
        Ok(Self { credentials: credentials(text)? })
    }
}

/// The first credentials in a description or a fragment; all m-lines of a bundle have the same.
pub(super) fn credentials(text: &str) -> Result<Option<Credentials>, Refusal> {
    let fits = |text: &str, shortest| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
        (shortest..=256).contains(&text.len()) && text.bytes().all(allowed)
    };
    match (attribute(text, "ice-ufrag"), attribute(text, "ice-pwd")) {
        (None, None) => Ok(None),
        (Some(ufrag), Some(password)) if fits(ufrag, 4) && fits(password, 22) => {
            Ok(Some(Credentials { ufrag: ufrag.to_owned(), password: password.to_owned() }))
        }
        _ => Err(Refusal::bad("a=ice-ufrag and a=ice-pwd are none, or not both there")),
    }
}

/// What an answer says of ICE, for a client that knows the rest already.
pub(super) fn of_answer(answer: &str) -> String {
    const KEPT: [&str; 8] = [
        "a=ice-lite",
        "a=group:",
        "m=",
        "a=mid:",
        "a=ice-ufrag:",
        "a=ice-pwd:",
        "a=candidate:",
        "a=end-of-candidates",
    ];
    let mut media = 0;
    // All of a bundle stands in its first m-line.
    let first = answer.lines().take_while(|line| {
        media += usize::from(line.starts_with("m="));
        media <= 1
    });
    let kept = first.filter(|line| KEPT.iter().any(|start| line.starts_with(start)));
    kept.flat_map(|line| [line.trim_end(), "\r\n"]).collect()
}

/// The value of the first attribute of that name.
pub(super) fn attribute<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut values =
        text.lines().filter_map(|line| line.strip_prefix("a=")?.strip_prefix(name)?.strip_prefix(':'));
    values.next().map(str::trim_end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragment_may_bring_credentials_and_candidates() {
        let text = "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n\
                    a=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\na=end-of-candidates\r\n";
        let password = "P2uYro0UCOQ4zxjKXaWCBui1".to_owned();
        let credentials = Some(Credentials { ufrag: "EsAw".to_owned(), password });
        assert_eq!(Fragment::read(text), Ok(Fragment { credentials }));
        assert_eq!(Fragment::read("a=end-of-candidates\r\n"), Ok(Fragment { credentials: None }));
    }

    #[test]
    fn what_is_no_fragment_is_refused() {
        for text in [
            "",
            " \r\n",
            "hello",
            "v=0\r\na=mid:0\r\n",
            "a=ice-ufrag:EsAw\r\n",
            "a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n",
            "a=ice-ufrag:EsA\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n",
            "a=ice-ufrag:EsAw\r\na=ice-pwd:short\r\n",
            "a=ice-ufrag:E A w\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n",
        ] {
            assert!(Fragment::read(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn of_an_answer_only_what_is_of_ice_goes_into_a_fragment() {
        let answer = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\na=group:BUNDLE 0 1\r\na=ice-lite\r\nm=audio 9 X 111\r\nc=IN IP4 0.0.0.0\r\n\
                      a=mid:0\r\na=ice-ufrag:abcd\r\na=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\nm=video 9 X 96\r\na=mid:1\r\n";
        let expected = "a=group:BUNDLE 0 1\r\na=ice-lite\r\nm=audio 9 X 111\r\na=mid:0\r\na=ice-ufrag:abcd\r\n\
                        a=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\n";
        assert_eq!(of_answer(answer), expected);
    }
}
