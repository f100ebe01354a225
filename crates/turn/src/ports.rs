//! The ports that relays are opened on.

use std::ops::RangeInclusive;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// The free ports of one address family.
pub(crate) struct Ports {
    free: Vec<u16>,
}

impl Ports {
    pub(crate) fn new(range: RangeInclusive<u16>) -> Self {
        Self { free: range.filter(|&port| port != 0).collect() }
    }

    /// Takes a random free port (RFC 8656 section 7.2: not to be guessed), or `None` if all are taken.
    pub(crate) fn take(&mut self, random: &mut ChaCha8Rng) -> Option<u16> {
        if self.free.is_empty() {
            return None;
        }
        Some(self.free.swap_remove(random.random_range(..self.free.len())))
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
        let mut taken: Vec<u16> = std::iter::from_fn(|| ports.take(&mut random)).collect();
        assert!(!taken.is_sorted());
        taken.sort_unstable();
        assert_eq!(taken, (1..=100).collect::<Vec<_>>());
        ports.give_back(42);
        assert_eq!((ports.take(&mut random), ports.take(&mut random)), (Some(42), None));
    }
}
