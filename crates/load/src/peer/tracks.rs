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
}

impl Tracks {
    /// Counts a packet by its extended sequence number; `false` of one that came before.
    pub(crate) fn take(&mut self, ssrc: u32, seq: u64) -> bool {
        let found = self.tracks.iter().position(|track| track.ssrc == ssrc);
        if let Some(index) = found {
            return self.tracks[index].take(seq);
        }
        if self.tracks.len() < MOST {
            let base = seq.wrapping_sub(1);
            self.tracks.push(Track { ssrc, base, highest: seq, seen: 1, packets: 1, late: 0 });
        }
        true
    }

    /// What came since the last call.
    pub(crate) fn collect(&mut self) -> Received {
        let mut sum = Received::default();
        for track in &mut self.tracks {
            let received = track.collect();
            sum.streams += usize::from(received.packets > 0);
            sum.packets += received.packets;
            sum.late += received.late;
            sum.lost += received.lost;
        }
        sum
    }
}

impl Track {
    fn take(&mut self, seq: u64) -> bool {
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
        true
    }

    fn collect(&mut self) -> Received {
        let Self { packets, late, .. } = *self;
        let expected = self.highest.wrapping_sub(self.base);
        (self.base, self.packets, self.late) = (self.highest, 0, 0);
        Received { streams: 1, packets, late, lost: expected.saturating_sub(packets) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(tracks: &mut Tracks, ssrc: u32, numbers: &[u64]) -> Vec<bool> {
        numbers.iter().map(|seq| tracks.take(ssrc, *seq)).collect()
    }

    #[test]
    fn gaps_are_lost_until_they_are_filled() {
        let mut tracks = Tracks::default();
        take(&mut tracks, 1, &[10, 11, 14, 12]);
        assert_eq!(tracks.collect(), Received { streams: 1, packets: 4, late: 1, lost: 1 });
        take(&mut tracks, 1, &[15]);
        assert_eq!(tracks.collect(), Received { streams: 1, packets: 1, late: 0, lost: 0 });
        assert_eq!(tracks.collect(), Received::default());
    }

    #[test]
    fn what_comes_again_counts_once() {
        let mut tracks = Tracks::default();
        assert_eq!(take(&mut tracks, 1, &[5, 7, 5, 7, 6, 6]), [true, true, false, false, true, false]);
        assert_eq!(tracks.collect(), Received { streams: 1, packets: 3, late: 1, lost: 0 });
    }

    #[test]
    fn what_was_lost_before_is_not_found_later() {
        let mut tracks = Tracks::default();
        take(&mut tracks, 1, &[1, 3]);
        assert_eq!(tracks.collect().lost, 1);
        take(&mut tracks, 1, &[2, 4]);
        assert_eq!(tracks.collect(), Received { streams: 1, packets: 1, late: 0, lost: 0 });
    }

    #[test]
    fn each_stream_counts_for_itself_and_their_number_is_bounded() {
        let mut tracks = Tracks::default();
        for ssrc in 0..1_000 {
            take(&mut tracks, ssrc, &[u64::from(ssrc), u64::from(ssrc) + 1]);
        }
        assert_eq!(tracks.collect(), Received { streams: MOST, packets: 2 * MOST as u64, late: 0, lost: 0 });
    }
}
