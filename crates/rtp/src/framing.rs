//! Datagrams over a TCP stream, each behind its length (RFC 4571), as ICE over TCP has them (RFC 6544).

/// The length of the header of a frame, in bytes.
pub const HEADER: usize = 2;
/// What a buffer has before anything longer is announced, in bytes.
const INITIAL: usize = 2048;

/// A frame longer than the limit is announced. The connection has to be closed: who goes on is out of step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a frame of {length} bytes is announced")]
pub struct TooLong {
    /// Its length, in bytes.
    pub length: usize,
}

/// What goes before a datagram of `length` bytes; `None` if that is more than a frame can have.
#[must_use]
pub fn header(length: usize) -> Option<[u8; HEADER]> {
    u16::try_from(length).ok().map(u16::to_be_bytes)
}

/// Cuts one direction of one TCP connection into datagrams.
///
/// Read into [`space`](Self::space), say how much it was with [`filled`](Self::filled), then take every
/// frame with [`next_frame`](Self::next_frame) until there is none, and only then read again.
#[derive(Debug)]
pub struct Framer {
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    max_frame: usize,
}

impl Framer {
    /// A framer that takes frames of at most `max_frame` bytes, without their header. It holds one at most.
    #[must_use]
    pub fn new(max_frame: usize) -> Self {
        Self { buffer: Vec::new(), start: 0, end: 0, max_frame }
    }

    /// Where to read into; never empty once [`next_frame`](Self::next_frame) has returned `Ok(None)`.
    pub fn space(&mut self) -> &mut [u8] {
        self.make_room();
        &mut self.buffer[self.end..]
    }

    /// Tells that the first `length` bytes of [`space`](Self::space) have been read.
    pub fn filled(&mut self, length: usize) {
        self.end = (self.end + length).min(self.buffer.len());
    }

    /// The datagram of the next complete frame. Empty frames, which RFC 4571 allows, are passed over.
    ///
    /// # Errors
    /// [`TooLong`] as soon as a frame is announced that may not come.
    pub fn next_frame(&mut self) -> Result<Option<&[u8]>, TooLong> {
        loop {
            let Some(length) = announced(&self.buffer[self.start..self.end]) else { return Ok(None) };
            if length > self.max_frame {
                return Err(TooLong { length });
            }
            let start = self.start + HEADER;
            if start + length > self.end {
                return Ok(None);
            }
            self.start = start + length;
            if length > 0 {
                return Ok(Some(&self.buffer[start..self.start]));
            }
        }
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

    /// The memory this framer holds, in bytes.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.buffer.len()
    }

    fn make_room(&mut self) {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let announced = announced(&self.buffer[..self.end]).unwrap_or(0);
        let wanted = (HEADER + announced).max(INITIAL).min(HEADER + self.max_frame);
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
    }
}

/// The length that stands at the beginning of `bytes`, if it has arrived.
fn announced(bytes: &[u8]) -> Option<usize> {
    bytes.first_chunk().map(|length| usize::from(u16::from_be_bytes(*length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(framer: &mut Framer, mut bytes: &[u8], step: usize) -> Result<Vec<Vec<u8>>, TooLong> {
        let mut frames = Vec::new();
        while !bytes.is_empty() {
            let space = framer.space();
            let length = step.min(bytes.len()).min(space.len());
            space[..length].copy_from_slice(&bytes[..length]);
            framer.filled(length);
            bytes = &bytes[length..];
            while let Some(frame) = framer.next_frame()? {
                frames.push(frame.to_vec());
            }
        }
        Ok(frames)
    }

    #[test]
    fn frames_come_out_whole_however_the_stream_is_split_and_empty_ones_are_passed_over() {
        let stream = b"\0\x03abc\0\0\0\0\0\x01d\0\x05hello";
        for step in 1..=stream.len() {
            let frames = cut(&mut Framer::new(5), stream, step).unwrap();
            assert_eq!(frames, [&b"abc"[..], b"d", b"hello"], "in steps of {step}");
        }
    }

    #[test]
    fn frames_come_out_whole_with_a_lent_buffer_and_only_what_is_incomplete_is_kept() {
        let stream = b"\0\x03abc\0\0\0\x05hello\0\x01d";
        for step in 1..=stream.len() {
            let (mut framer, mut buffer, mut frames) = (Framer::new(1500), vec![0; 4096], Vec::new());
            for piece in stream.chunks(step) {
                framer.lend(&mut buffer);
                frames.extend(cut(&mut framer, piece, step).unwrap());
                framer.reclaim(&mut buffer);
                assert!(buffer.len() == 4096 && framer.capacity() < 7, "{}", framer.capacity());
            }
            assert_eq!(frames, [&b"abc"[..], b"hello", b"d"], "in steps of {step}");
            assert_eq!(framer.capacity(), 0);
        }
    }

    #[test]
    fn buffer_never_holds_more_than_one_longest_frame() {
        let mut framer = Framer::new(8192);
        assert_eq!(framer.capacity(), 0);
        assert_eq!(cut(&mut framer, b"\0\x01a", 3).unwrap(), [b"a"]);
        assert_eq!(framer.capacity(), 2048);
        let longest = [&[0x20, 0][..], &[7; 8192]].concat();
        let frames = cut(&mut framer, &[&longest[..], &longest].concat(), 1000).unwrap();
        assert_eq!(frames, [&longest[2..], &longest[2..]]);
        assert_eq!(framer.capacity(), 8194);
        assert_eq!(cut(&mut framer, &[0x20, 1], 2), Err(TooLong { length: 8193 }));
    }

    #[test]
    fn a_header_is_written_for_what_a_frame_can_hold() {
        assert_eq!((header(0x1234), header(65_535)), (Some([0x12, 0x34]), Some([255, 255])));
        assert_eq!(header(65_536), None);
    }
}
