//! What a file is called where it is kept (RFC 6266): after its room, and when it began.

use std::fmt::Write as _;

use time::OffsetDateTime;

/// For a recording of a room that has no name which a file could have.
const NAMELESS: &str = "recording";

/// The value of `Content-Disposition`, in ASCII. Who reads no `filename*` gets a name with less of the room's.
pub(super) fn disposition(inline: bool, room: &str, began: u64, extension: &str) -> String {
    let kind = if inline { "inline" } else { "attachment" };
    let rest = format!("-{}.{extension}", date(began));
    let plain = part(room, |letter| letter.is_ascii_alphanumeric());
    let full = part(room, char::is_alphanumeric);
    let mut value = format!("{kind}; filename=\"{plain}{rest}\"");
    if full != plain {
        value += "; filename*=UTF-8''";
        encode(&mut value, &full);
        value += &rest;
    }
    value
}

/// What a name may have of the room's: letters and digits, dots and lines within; a line in place of everything else, of
/// slashes and of what turns the direction of writing above all.
fn part(room: &str, is_letter: impl Fn(char) -> bool) -> String {
    let mut part = String::new();
    for letter in room.chars() {
        match letter {
            _ if is_letter(letter) => part.push(letter),
            '_' => part.push('_'),
            '.' if !part.ends_with(['.', '-']) => part.push('.'),
            _ if part.ends_with('-') => {}
            _ => part.push('-'),
        }
    }
    let part = part.trim_matches(['.', '-']);
    if part.is_empty() { NAMELESS.to_owned() } else { part.to_owned() }
}

/// In UTC, to the minute. All of the time there is, if it is none.
fn date(began: u64) -> String {
    let began = i64::try_from(began).ok().and_then(|began| OffsetDateTime::from_unix_timestamp(began).ok());
    let began = began.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (hour, minute, _) = began.to_hms();
    format!("{:04}-{:02}-{:02}-{hour:02}{minute:02}", began.year(), u8::from(began.month()), began.day())
}

/// RFC 8187, section 3.2.1.
fn encode(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // A string takes everything.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(room: &str) -> String {
        disposition(false, room, 1_700_000_000, "webm")
    }

    #[test]
    fn a_recording_is_called_after_its_room_and_its_time() {
        assert_eq!(named("lecture"), "attachment; filename=\"lecture-2023-11-14-2213.webm\"");
        assert_eq!(
            disposition(true, "v1.2_final", 0, "mkv"),
            "inline; filename=\"v1.2_final-1970-01-01-0000.mkv\""
        );
        assert!(disposition(true, "a", u64::MAX, "webm").contains("1970"));
    }

    #[test]
    fn other_letters_than_ascii_are_kept_for_who_understands_them() {
        assert_eq!(
            named("Käse 2"),
            "attachment; filename=\"K-se-2-2023-11-14-2213.webm\"; filename*=UTF-8''K%C3%A4se-2-2023-11-14-2213.webm"
        );
        assert_eq!(
            named("غرفة"),
            "attachment; filename=\"recording-2023-11-14-2213.webm\"; \
             filename*=UTF-8''%D8%BA%D8%B1%D9%81%D8%A9-2023-11-14-2213.webm"
        );
    }

    #[test]
    fn nothing_of_a_name_leads_elsewhere_or_ends_the_header() {
        for (room, plain) in [
            ("../../etc/passwd", "etc-passwd"),
            (".bashrc", "bashrc"),
            ("a/b\\c:d*e?f<g>h|i", "a-b-c-d-e-f-g-h-i"),
            ("a\"; filename=\"b.exe", "a-filename-b.exe"),
            ("a\r\nSet-Cookie: b", "a-Set-Cookie-b"),
            ("a\u{202e}b", "a-b"),
            ("a%2fb", "a-2fb"),
            ("a\0", "a"),
            ("...", "recording"),
            ("a....b", "a.-b"),
        ] {
            let expected = format!("attachment; filename=\"{plain}-2023-11-14-2213.webm\"");
            assert_eq!(named(room), expected, "{room:?}");
        }
    }

    #[test]
    fn every_name_makes_a_header() {
        proptest::proptest!(|(room in ".{0,128}")| {
            let value = named(&room);
            proptest::prop_assert!(http::HeaderValue::try_from(&value).is_ok());
            proptest::prop_assert_eq!(value.matches('"').count(), 2);
            proptest::prop_assert!(!value.contains(['/', '\\']));
            proptest::prop_assert!(!value.contains(".."));
        });
    }
}
