//! Which part of a file is asked for (RFC 9110, section 14).

use std::ops::Range;

use http::HeaderMap;
use http::header::{IF_RANGE, RANGE};

/// What is to be sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All, where nothing else is asked for, or nothing that is understood: several parts among that.
    Whole,
    Part(Range<u64>),
    /// There are not so many bytes.
    Nothing,
}

/// What is asked for of a file of this length, and with this entity tag.
pub(super) fn wanted(headers: &HeaderMap, tag: Option<&str>, length: u64) -> Wanted {
    let Some(range) = headers.get(RANGE) else { return Wanted::Whole };
    // Who has a part of an older file needs all of this one.
    if headers.get(IF_RANGE).is_some_and(|known| tag.is_none_or(|tag| known != tag)) {
        return Wanted::Whole;
    }
    match range.to_str().ok().and_then(parse) {
        Some(Asked::From(first, last)) if first < length => {
            Wanted::Part(first..last.map_or(length, |last| last.saturating_add(1).min(length)))
        }
        Some(Asked::Last(count)) if count > 0 && length > 0 => {
            Wanted::Part(length.saturating_sub(count)..length)
        }
        Some(_) => Wanted::Nothing,
        None => Wanted::Whole,
    }
}

enum Asked {
    /// From one byte to another, that one included, or to the end.
    From(u64, Option<u64>),
    /// So many.
    Last(u64),
}

/// `None`: it is none, or more than one.
fn parse(header: &str) -> Option<Asked> {
    let (unit, range) = header.split_once('=')?;
    let (first, last) = range.trim().split_once('-').filter(|_| unit.eq_ignore_ascii_case("bytes"))?;
    match (first, last) {
        ("", count) => Some(Asked::Last(number(count)?)),
        (first, "") => Some(Asked::From(number(first)?, None)),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(Asked::From(first, Some(last)))
        }
    }
}

/// Digits only. What is too large is as large as can be.
fn number(digits: &str) -> Option<u64> {
    let are_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    are_digits.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn asked(range: &'static str, known: Option<&'static str>, tag: Option<&str>) -> Wanted {
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, HeaderValue::from_static(range));
        if let Some(known) = known {
            headers.insert(IF_RANGE, HeaderValue::from_static(known));
        }
        wanted(&headers, tag, 1000)
    }

    #[test]
    fn a_part_is_what_is_there_of_what_is_asked_for() {
        for (range, part) in [
            ("bytes=0-0", 0..1),
            ("bytes=0-", 0..1000),
            ("bytes=10-19", 10..20),
            ("BYTES=10-19", 10..20),
            ("bytes= 10-19 ", 10..20),
            ("bytes=990-2000", 990..1000),
            ("bytes=0-99999999999999999999999", 0..1000),
            ("bytes=0-18446744073709551615", 0..1000),
            ("bytes=-10", 990..1000),
            ("bytes=-2000", 0..1000),
        ] {
            assert_eq!(asked(range, None, None), Wanted::Part(part), "{range}");
        }
    }

    #[test]
    fn what_is_behind_the_end_is_not_there() {
        for range in ["bytes=1000-", "bytes=1000-1001", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(asked(range, None, None), Wanted::Nothing, "{range}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, HeaderValue::from_static("bytes=-1"));
        assert_eq!(wanted(&headers, None, 0), Wanted::Nothing, "an empty file");
    }

    #[test]
    fn what_is_no_single_range_is_no_range() {
        for range in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=5-4",
            "bytes=a-b",
            "bytes=+1-2",
            "bytes=0-1,3-4",
            "lines=1-2",
        ] {
            assert_eq!(asked(range, None, None), Wanted::Whole, "{range}");
        }
        assert_eq!(wanted(&HeaderMap::new(), None, 1000), Wanted::Whole);
    }

    #[test]
    fn a_part_of_another_file_is_of_no_use() {
        let range = "bytes=1-2";
        assert_eq!(asked(range, Some("\"a\""), Some("\"a\"")), Wanted::Part(1..3));
        for (known, tag) in [("\"b\"", Some("\"a\"")), ("W/\"a\"", Some("\"a\"")), ("\"a\"", None)] {
            assert_eq!(asked(range, Some(known), tag), Wanted::Whole, "{known}");
        }
    }
}
