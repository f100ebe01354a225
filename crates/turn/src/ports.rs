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
    /// The same, and the port above it is kept for that client (EVEN-PORT with its R bit set).
    Pair,
    /// This one, which was kept, and no other (RESERVATION-TOKEN).
    Kept,
}

/// The free ports of one address family.
pub(crate) struct Ports {
    free: Vec<u16>,
    first: u16,
    /// Where in `free` each port of the range stands.
    places: Vec<Option<u16>>,
}

impl Ports {
    pub(crate) fn new(range: RangeInclusive<u16>) -> Self {
        let first = *range.start();
        let mut ports = Self { free: Vec::new(), first, places: vec![None; range.len()] };
        range.filter(|&port| port != 0).for_each(|port| ports.give_back(port));
        ports
    }

    /// Takes a random free port (RFC 8656 section 7.2: not to be guessed), or `None` if none is left. With
    /// [`Parity::Pair`] the port above is taken as well.
    pub(crate) fn take(&mut self, parity: Parity, random: &mut ChaCha8Rng) -> Option<u16> {
        if self.free.is_empty() {
            return None;
        }
        let start = random.random_range(..self.free.len());
        let fits = |port: &u16| match parity {
            Parity::Any => true,
            Parity::Even => port.is_multiple_of(2),
            Parity::Pair => port.is_multiple_of(2) && self.is_free(port + 1),
            Parity::Kept => false,
        };
        let port = (start..self.free.len()).chain(0..start).map(|index| self.free[index]).find(fits)?;
        self.remove(port);
        if parity == Parity::Pair {
            self.remove(port + 1);
        }
        Some(port)
    }

    pub(crate) fn give_back(&mut self, port: u16) {
        let end = u16::try_from(self.free.len()).ok();
        if let Some(place) = self.place(port).filter(|place| place.is_none()) {
            *place = end;
            self.free.push(port);
        }
    }

    fn is_free(&self, port: u16) -> bool {
        port.checked_sub(self.first)
            .is_some_and(|index| matches!(self.places.get(usize::from(index)), Some(Some(_))))
    }

    fn remove(&mut self, port: u16) {
        let Some(place) = self.place(port).and_then(Option::take) else { return };
        self.free.swap_remove(usize::from(place));
        if let Some(&moved) = self.free.get(usize::from(place))
            && let Some(of_moved) = self.place(moved)
        {
            *of_moved = Some(place);
        }
    }

    fn place(&mut self, port: u16) -> Option<&mut Option<u16>> {
        self.places.get_mut(usize::from(port.checked_sub(self.first)?))
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
    fn a_pair_is_an_even_port_and_the_free_one_above() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut ports = Ports::new(1..=8);
        ports.remove(3);
        let mut pairs: Vec<u16> = std::iter::from_fn(|| ports.take(Parity::Pair, &mut random)).collect();
        pairs.sort_unstable();
        assert_eq!(pairs, [4, 6], "not 2, whose next is taken, and not 8, which is the last");
        let mut left: Vec<u16> = std::iter::from_fn(|| ports.take(Parity::Any, &mut random)).collect();
        left.sort_unstable();
        assert_eq!(left, [1, 2, 8]);
        ports.give_back(5);
        ports.give_back(4);
        ports.give_back(4);
        assert_eq!(ports.take(Parity::Pair, &mut random), Some(4));
        assert_eq!(ports.take(Parity::Any, &mut random), None);
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
