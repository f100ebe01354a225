//! When a payload was sent, at its end, where forwarders leave it alone.
//!
//! A decoder would take it for part of the picture: only benchmarks, whose receivers decode nothing, send it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What tells it from a payload.
const MARK: [u8; 4] = *b"sent";
/// Its length, in bytes.
const LENGTH: usize = MARK.len() + 8;

/// Nanoseconds since the Unix epoch: the kernel counts like that when it says when a datagram came.
pub(crate) fn now() -> u64 {
    since_epoch(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// A time since the Unix epoch in nanoseconds.
pub(crate) fn since_epoch(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Adds the time to a payload.
pub(crate) fn put(payload: &mut Vec<u8>, nanoseconds: u64) {
    payload.extend(MARK);
    payload.extend(nanoseconds.to_be_bytes());
}

/// The time in a payload, if there is one.
pub(crate) fn read(payload: &[u8]) -> Option<u64> {
    let stamp = payload.last_chunk::<LENGTH>()?;
    let time: [u8; 8] = stamp[MARK.len()..].try_into().ok()?;
    stamp.starts_with(&MARK).then(|| u64::from_be_bytes(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_read_from_the_end() {
        let mut payload = b"picture".to_vec();
        assert_eq!(read(&payload), None);
        put(&mut payload, 0x0102_0304_0506_0708);
        assert_eq!(read(&payload), Some(0x0102_0304_0506_0708));
        payload.push(0);
        assert_eq!(read(&payload), None);
        assert_eq!(read(b"short"), None);
    }
}
