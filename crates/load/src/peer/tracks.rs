//! What came of each RTP stream.

/// More streams than any caller here receives.
const MOST: usize = 256;
/// So many packets back one that comes again is still recognised.
const WINDOW: u64 = 128;

/// The streams of one caller.
#[derive(Debug, Default)]
pub(crate) struct Tracks {
    tracks: Vec<Track>,
}

/// What came since the last time that was asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Received {
    /// Streams of which anything came.
    pub(crate) streams: usize,
    /// Of these, those of pictures: frames ended in them.
    pub(crate) pictures: usize,
    /// Different packets.
    pub(crate) packets: u64,
    /// Of these, those that came after later ones: late, or sent again.
    pub(crate) late: u64,
    /// Packets that came not at all.
    pub(crate) lost: u64,
}

#[derive(Debug)]
struct Track {
    ssrc: u32,
    /// The highest sequence number when counting began, and now.
    base: u64,
    highest: u64,
    /// Which ones up to the highest came; the lowest bit is the highest one.
    seen: u128,
    packets: u64,
    late: u64,
    frames: u64,
    /// Since the beginning, as far as that was counted already.
    before: Progress,
}

/// How much of a stream has come since the beginning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Different packets.
    pub(crate) packets: u64,
    /// Ends of frames.
    pub(crate) frames: u64,
}

impl Tracks {
    /// Counts a packet by its extended sequence number, and whether a frame ends with it; `false` of one that came before.
    pub(crate) fn take(&mut self, ssrc: u32, seq: u64, ends_frame: bool) -> bool {
        let found = self.tracks.iter().position(|track| track.ssrc == ssrc);
        if let Some(index) = found {
            return self.tracks[index].take(seq, ends_frame);
        }
        if self.tracks.len() < MOST {
            self.tracks.push(Track::new(ssrc, seq, ends_frame));
        }
        true
    }

    /// How far each stream is, by its SSRC.
    pub(crate) fn progress(&self) -> impl Iterator<Item = (u32, Progress)> {
        self.tracks.iter().map(|track| (track.ssrc, track.progress()))
    }

    /// What came since the last call.
    pub(crate) fn collect(&mut self) -> Received {
        let mut sum = Received::default();
        for track in &mut self.tracks {
            let received = track.collect();
            sum.streams += received.streams;
            sum.pictures += received.pictures;
            sum.packets += received.packets;
            sum.late += received.late;
            sum.lost += received.lost;
        }
        sum
    }
}

impl Track {
    fn new(ssrc: u32, seq: u64, ends_frame: bool) -> Self {
        let (base, frames) = (seq.wrapping_sub(1), u64::from(ends_frame));
        Self { ssrc, base, highest: seq, seen: 1, packets: 1, late: 0, frames, before: Progress::default() }
    }

    fn progress(&self) -> Progress {
        let Progress { packets, frames } = self.before;
        Progress { packets: packets + self.packets, frames: frames + self.frames }
    }

    fn take(&mut self, seq: u64, ends_frame: bool) -> bool {
        if seq > self.highest {
            let ahead = seq - self.highest;
            self.seen = if ahead < WINDOW { self.seen << ahead | 1 } else { 1 };
            self.highest = seq;
        } else {
            let back = self.highest - seq;
            if back >= WINDOW || self.seen >> back & 1 == 1 {
                return false;
            }
            self.seen |= 1 << back;
            if seq <= self.base {
                return true;
            }
            self.late += 1;
        }
        self.packets += 1;
        self.frames += u64::from(ends_frame);
        true
    }

    fn collect(&mut self) -> Received {
        let Self { packets, late, frames, .. } = *self;
        let expected = self.highest.wrapping_sub(self.base);
        self.before = self.progress();
        (self.base, self.packets, self.late, self.frames) = (self.highest, 0, 0, 0);
        let (streams, pictures) = (usize::from(packets > 0), usize::from(frames > 0));
        Received { streams, pictures, packets, late, lost: expected.saturating_sub(packets) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(tracks: &mut Tracks, ssrc: u32, numbers: &[u64]) -> Vec<bool> {
        numbers.iter().map(|seq| tracks.take(ssrc, *seq, false)).collect()
    }

    fn received(packets: u64, late: u64, lost: u64) -> Received {
        Received { streams: 1, pictures: 0, packets, late, lost }
    }

    #[test]
    fn pictures_are_told_by_the_ends_of_their_frames() {
        let mut tracks = Tracks::default();
        take(&mut tracks, 1, &[1, 2]);
        for (seq, ends) in [(1, false), (2, true), (2, true), (3, true)] {
            tracks.take(2, seq, ends);
        }
        assert_eq!(tracks.collect(), Received { streams: 2, pictures: 1, ..received(5, 0, 0) });
        tracks.take(2, 4, false);
        let progress: Vec<_> = tracks.progress().collect();
        assert_eq!(
            progress,
            [(1, Progress { packets: 2, frames: 0 }), (2, Progress { packets: 4, frames: 2 })]
        );
    }

    #[test]
    fn gaps_are_lost_until_they_are_filled() {
        let mut tracks = Tracks::default();
        take(&mut tracks, 1, &[10, 11, 14, 12]);
        assert_eq!(tracks.collect(), received(4, 1, 1));
        take(&mut tracks, 1, &[15]);
        assert_eq!(tracks.collect(), received(1, 0, 0));
        assert_eq!(tracks.collect(), Received::default());
    }

    #[test]
    fn what_comes_again_counts_once() {
        let mut tracks = Tracks::default();
        assert_eq!(take(&mut tracks, 1, &[5, 7, 5, 7, 6, 6]), [true, true, false, false, true, false]);
        assert_eq!(tracks.collect(), received(3, 1, 0));
    }

    #[test]
    fn what_was_lost_before_is_not_found_later() {
        let mut tracks = Tracks::default();
        take(&mut tracks, 1, &[1, 3]);
        assert_eq!(tracks.collect().lost, 1);
        take(&mut tracks, 1, &[2, 4]);
        assert_eq!(tracks.collect(), received(1, 0, 0));
    }

    #[test]
    fn each_stream_counts_for_itself_and_their_number_is_bounded() {
        let mut tracks = Tracks::default();
        for ssrc in 0..1_000 {
            take(&mut tracks, ssrc, &[u64::from(ssrc), u64::from(ssrc) + 1]);
        }
        assert_eq!(tracks.collect(), Received { streams: MOST, ..received(2 * MOST as u64, 0, 0) });
    }
}
