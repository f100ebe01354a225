//! Cutting a TCP stream into STUN messages and ChannelData (RFC 8656 section 12.5, RFC 8489 section 6.2.2).

use stun_types::message::MAGIC_COOKIE;

/// The length of a STUN header, in bytes.
const STUN_HEADER: usize = 20;
/// The length of a ChannelData header, in bytes.
const CHANNEL_HEADER: usize = 4;
/// What a buffer has before anything longer is announced, in bytes.
const INITIAL: usize = 2048;

/// Why a stream can no longer be cut. The connection has to be closed: there is no way back into step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// What comes is neither STUN nor ChannelData.
    #[error("neither STUN nor ChannelData")]
    Garbage,
    /// A message longer than the limit is announced.
    #[error("a message of {length} bytes is announced")]
    TooLong {
        /// Its length, in bytes.
        length: usize,
    },
}

/// Cuts one direction of one TCP connection into messages.
///
/// Read into [`space`](Self::space), say how much it was with [`filled`](Self::filled), then take every
/// message with [`next_message`](Self::next_message) until there is none, and only then read again.
#[derive(Debug)]
pub struct Framer {
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    max_message: usize,
    begun: bool,
}

impl Framer {
    /// A framer that holds at most one message of `max_message` bytes, padding included.
    #[must_use]
    pub fn new(max_message: usize) -> Self {
        Self { buffer: Vec::new(), start: 0, end: 0, max_message: max_message.max(STUN_HEADER), begun: false }
    }

    /// Where to read into; never empty once [`next_message`](Self::next_message) has returned `Ok(None)`.
    pub fn space(&mut self) -> &mut [u8] {
        self.make_room();
        &mut self.buffer[self.end..]
    }

    /// Tells that the first `length` bytes of [`space`](Self::space) have been read.
    pub fn filled(&mut self, length: usize) {
        self.end = (self.end + length).min(self.buffer.len());
    }

    /// The next complete message, without the padding of ChannelData. The first has to be a STUN message:
    /// before it there is no channel, and text would pass for ChannelData.
    ///
    /// # Errors
    /// [`StreamError`] as soon as the bytes cannot be the beginning of a message.
    pub fn next_message(&mut self) -> Result<Option<&[u8]>, StreamError> {
        let bytes = &self.buffer[self.start..self.end];
        if !self.begun && bytes.first().is_some_and(|first| *first > 3) {
            return Err(StreamError::Garbage);
        }
        let Some(frame) = frame(bytes)? else { return Ok(None) };
        if frame.padded > self.max_message {
            return Err(StreamError::TooLong { length: frame.padded });
        }
        if frame.padded > self.end - self.start {
            return Ok(None);
        }
        self.begun = true;
        let start = self.start;
        self.start += frame.padded;
        Ok(Some(&self.buffer[start..start + frame.length]))
    }

    /// Goes on in `buffer` until [`reclaim`](Self::reclaim), if that is larger than what has to be kept: so that many framers
    /// share one large buffer, and more is read at once.
    pub fn lend(&mut self, buffer: &mut Vec<u8>) {
        let rest = self.start..self.end;
        if let Some(front) = buffer.get_mut(..rest.len()) {
            front.copy_from_slice(&self.buffer[rest.clone()]);
            (self.start, self.end) = (0, rest.len());
            std::mem::swap(&mut self.buffer, buffer);
        }
    }

    /// Gives `buffer` back, and keeps what was not taken.
    pub fn reclaim(&mut self, buffer: &mut Vec<u8>) {
        std::mem::swap(&mut self.buffer, buffer);
        self.buffer.clear();
        self.buffer.extend_from_slice(&buffer[self.start..self.end]);
        // Most of the time it is nothing, and idle connections are many.
        self.buffer.shrink_to_fit();
        (self.start, self.end) = (0, self.buffer.len());
    }

    /// What was read and not taken: once the stream carries something else than messages.
    #[must_use]
    pub fn rest(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// The memory this framer holds, in bytes.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.buffer.len()
    }

    fn make_room(&mut self) {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let announced = frame(&self.buffer[..self.end]).ok().flatten().map_or(0, |frame| frame.padded);
        let wanted = announced.max(INITIAL).min(self.max_message);
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
    }
}

struct Frame {
    length: usize,
    padded: usize,
}

/// What the message at the beginning of `bytes` says about its length; `None` if that has not arrived.
fn frame(bytes: &[u8]) -> Result<Option<Frame>, StreamError> {
    match bytes.first() {
        None => Ok(None),
        Some(0x40..=0x7f) => Ok(length_field(bytes).map(|length| {
            let length = CHANNEL_HEADER + length;
            Frame { length, padded: length.next_multiple_of(4) }
        })),
        Some(0..=3) => stun_frame(bytes),
        Some(_) => Err(StreamError::Garbage),
    }
}

fn stun_frame(bytes: &[u8]) -> Result<Option<Frame>, StreamError> {
    let seen = bytes.get(4..).unwrap_or_default();
    let cookie = MAGIC_COOKIE.to_be_bytes();
    if !cookie.starts_with(&seen[..seen.len().min(cookie.len())]) {
        return Err(StreamError::Garbage);
    }
    match length_field(bytes) {
        Some(length) if length % 4 != 0 => Err(StreamError::Garbage),
        Some(length) => Ok(Some(Frame { length: STUN_HEADER + length, padded: STUN_HEADER + length })),
        None => Ok(None),
    }
}

fn length_field(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [_, _, high, low, ..] => Some(usize::from(u16::from_be_bytes([*high, *low]))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BINDING: [u8; 20] = [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    fn cut(framer: &mut Framer, mut bytes: &[u8], step: usize) -> Result<Vec<Vec<u8>>, StreamError> {
        let mut messages = Vec::new();
        while !bytes.is_empty() {
            let space = framer.space();
            let length = step.min(bytes.len()).min(space.len());
            space[..length].copy_from_slice(&bytes[..length]);
            framer.filled(length);
            bytes = &bytes[length..];
            while let Some(message) = framer.next_message()? {
                messages.push(message.to_vec());
            }
        }
        Ok(messages)
    }

    #[test]
    fn messages_come_out_whole_however_the_stream_is_split() {
        let channel = [0x40, 0, 0, 5, b'h', b'e', b'l', b'l', b'o', 0, 0, 0];
        let stream = [&BINDING[..], &channel, &BINDING].concat();
        for step in 1..=stream.len() {
            let messages = cut(&mut Framer::new(1500), &stream, step).unwrap();
            assert_eq!(messages, [&BINDING[..], &channel[..9], &BINDING], "in steps of {step}");
        }
    }

    #[test]
    fn messages_come_out_whole_with_a_lent_buffer_and_only_what_is_incomplete_is_kept() {
        let channel = [0x40, 0, 0, 5, b'h', b'e', b'l', b'l', b'o', 0, 0, 0];
        let stream = [&BINDING[..], &channel, &BINDING].concat();
        for step in 1..=stream.len() {
            let (mut framer, mut buffer, mut messages) = (Framer::new(1500), vec![0; 4096], Vec::new());
            for piece in stream.chunks(step) {
                framer.lend(&mut buffer);
                messages.extend(cut(&mut framer, piece, step).unwrap());
                framer.reclaim(&mut buffer);
                assert!(buffer.len() == 4096 && framer.capacity() < 20, "{}", framer.capacity());
            }
            assert_eq!(messages, [&BINDING[..], &channel[..9], &BINDING], "in steps of {step}");
            assert_eq!((framer.rest(), framer.capacity()), (&[][..], 0));
        }
    }

    #[test]
    fn garbage_is_an_error_at_its_first_wrong_byte() {
        assert_eq!(cut(&mut Framer::new(1500), b"G", 1), Err(StreamError::Garbage));
        assert_eq!(cut(&mut Framer::new(1500), &[0, 1, 0, 0, 0x22], 5), Err(StreamError::Garbage));
        assert_eq!(cut(&mut Framer::new(1500), &[0, 1, 0, 3], 4), Err(StreamError::Garbage));
        let after_a_message = [&BINDING[..], b"\x16"].concat();
        assert_eq!(cut(&mut Framer::new(1500), &after_a_message, 64), Err(StreamError::Garbage));
    }

    #[test]
    fn buffer_never_holds_more_than_one_longest_message() {
        let mut framer = Framer::new(8192);
        assert_eq!(framer.capacity(), 0);
        assert_eq!(cut(&mut framer, &BINDING, 20).unwrap(), [&BINDING]);
        assert_eq!(framer.capacity(), 2048);
        let longest = [&[0x40, 0, 0x1f, 0xfc][..], &[7; 8188]].concat();
        let messages = cut(&mut framer, &[&longest[..], &longest].concat(), 1000).unwrap();
        assert_eq!(messages, [&longest[..], &longest]);
        assert_eq!(framer.capacity(), 8192);
        let longer = [0x40, 0, 0x1f, 0xfd];
        assert_eq!(cut(&mut framer, &longer, 4), Err(StreamError::TooLong { length: 8196 }));
    }
}
