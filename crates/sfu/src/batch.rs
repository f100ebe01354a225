//! Datagrams that leave together.

use std::ops::Range;

use crate::address::FiveTuple;

/// The longest datagram that leaves together with others, in bytes: what fits every link of IPv6 (an MTU of 1280, less its and
/// UDP's header). The kernel cuts no datagram of a run into fragments, but refuses the whole run.
const LONGEST_IN_RUN: usize = 1232;
/// The most bytes that leave in one run: the longest payload of a UDP datagram.
const LONGEST_RUN: usize = 65_507;
/// The most datagrams in one run (UDP_MAX_SEGMENTS of older kernels).
const MOST_IN_RUN: usize = 64;

/// Datagrams to send, in one buffer that is used again.
#[derive(Debug, Default)]
pub struct SendBatch {
    bytes: Vec<u8>,
    runs: Vec<Queued>,
}

#[derive(Debug)]
struct Queued {
    path: FiveTuple,
    bytes: Range<usize>,
    each: usize,
    count: usize,
}

/// Datagrams for one destination, one behind the other: all but the last have the same length, which is what the kernel wants
/// of datagrams that it is given at once (UDP_SEGMENT, *GSO*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run<'a> {
    /// Which way they go.
    pub path: FiveTuple,
    /// All bytes.
    pub bytes: &'a [u8],
    /// The length of each but the last, in bytes.
    pub each: usize,
}

impl SendBatch {
    /// Adds one datagram.
    pub(crate) fn push(&mut self, path: FiveTuple, datagram: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(datagram);
        let end = self.bytes.len();
        if let Some(run) = self.runs.last_mut()
            && run.path == path
            && run.takes(datagram.len())
        {
            run.bytes.end = end;
            run.count += 1;
            return;
        }
        self.runs.push(Queued { path, bytes: start..end, each: datagram.len(), count: 1 });
    }

    /// What there is to send, in order.
    pub fn runs(&self) -> impl Iterator<Item = Run<'_>> {
        self.runs.iter().map(|run| Run {
            path: run.path,
            bytes: self.bytes.get(run.bytes.clone()).unwrap_or_default(),
            each: run.each,
        })
    }

    /// Whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Bytes to send.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Everything was sent.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.runs.clear();
    }
}

impl Queued {
    /// Whether one more fits behind what there is: nothing follows a shorter one.
    fn takes(&self, length: usize) -> bool {
        let total = self.bytes.len();
        self.each <= LONGEST_IN_RUN
            && length <= self.each
            && total == self.each * self.count
            && self.count < MOST_IN_RUN
            && total + length <= LONGEST_RUN
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Transport;

    fn path(port: u16) -> FiveTuple {
        FiveTuple {
            transport: Transport::Udp,
            remote: ([192, 0, 2, 1], port).into(),
            local: ([192, 0, 2, 2], 8080).into(),
        }
    }

    #[test]
    fn equal_lengths_for_one_destination_leave_together_and_a_shorter_one_ends_the_run() {
        let mut batch = SendBatch::default();
        for (port, length) in [(1, 100), (1, 100), (1, 40), (1, 100), (2, 100), (2, 120)] {
            batch.push(path(port), &vec![0; length]);
        }
        let runs: Vec<_> =
            batch.runs().map(|run| (run.path.remote.port(), run.bytes.len(), run.each)).collect();
        assert_eq!(runs, [(1, 240, 100), (1, 100, 100), (2, 100, 100), (2, 120, 120)]);
        batch.clear();
        assert!(batch.is_empty());
    }

    #[test]
    fn datagrams_that_some_links_would_have_to_cut_leave_alone() {
        let mut batch = SendBatch::default();
        (0..2).for_each(|_| batch.push(path(1), &[0; LONGEST_IN_RUN + 1]));
        assert_eq!(batch.runs().count(), 2);
    }

    #[test]
    fn a_run_is_bounded() {
        let mut batch = SendBatch::default();
        (0..=MOST_IN_RUN).for_each(|_| batch.push(path(1), &[0; 10]));
        assert_eq!(batch.runs().count(), 2);
        batch.clear();
        (0..60).for_each(|_| batch.push(path(1), &[0; 1200]));
        assert!(batch.runs().all(|run| run.bytes.len() <= LONGEST_RUN));
    }
}
