//! The ports that relays are opened on.

use std::ops::RangeInclusive;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// What is asked of a relay's port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parity {
    Any,
    /// EVEN-PORT, for clients that put RTP on it and RTCP on the next.
    Even,
}

/// The free ports of one address family.
pub(crate) struct Ports {
    free: Vec<u16>,
}

impl Ports {
    pub(crate) fn new(range: RangeInclusive<u16>) -> Self {
        Self { free: range.filter(|&port| port != 0).collect() }
    }

    /// Takes a random free port (RFC 8656 section 7.2: not to be guessed), or `None` if none is left.
    pub(crate) fn take(&mut self, parity: Parity, random: &mut ChaCha8Rng) -> Option<u16> {
        if self.free.is_empty() {
            return None;
        }
        let start = random.random_range(..self.free.len());
        let fits = |index: &usize| parity == Parity::Any || self.free[*index].is_multiple_of(2);
        let index = (start..self.free.len()).chain(0..start).find(fits)?;
        Some(self.free.swap_remove(index))
    }

    pub(crate) fn give_back(&mut self, port: u16) {
        self.free.push(port);
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn every_port_is_taken_once_and_given_back() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut ports = Ports::new(0..=100);
        let mut taken: Vec<u16> = std::iter::from_fn(|| ports.take(Parity::Any, &mut random)).collect();
        assert!(!taken.is_sorted());
        taken.sort_unstable();
        assert_eq!(taken, (1..=100).collect::<Vec<_>>());
        ports.give_back(42);
        assert_eq!(
            (ports.take(Parity::Any, &mut random), ports.take(Parity::Any, &mut random)),
            (Some(42), None)
        );
    }

    #[test]
    fn even_ports_are_taken_until_none_is_left() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut ports = Ports::new(1..=7);
        let mut even: Vec<u16> = std::iter::from_fn(|| ports.take(Parity::Even, &mut random)).collect();
        even.sort_unstable();
        assert_eq!(even, [2, 4, 6]);
        assert!(ports.take(Parity::Any, &mut random).is_some());
    }
}
