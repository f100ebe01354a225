//! Which life of a room is meant.

/// One life of a room, from its making to its end. Later lives are greater, also those of another run of the server: the
/// high bits are the time at which the life began, the low ones are random, so that two runs with clocks that overlap do
/// not give one number to two lives. Sealed secrets name it as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Life(pub(crate) u64);

impl Life {
    /// Bits that are not time. The 44 above them are enough for milliseconds until the year 2527.
    const RANDOM_BITS: u32 = 20;

    /// A life that begins now. `stamp`: milliseconds since the Unix epoch, greater each time.
    pub(crate) fn begin(stamp: u64, random: u64) -> Self {
        Self(stamp << Self::RANDOM_BITS | random >> (u64::BITS - Self::RANDOM_BITS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_life_is_greater_whatever_the_random_bits_are() {
        assert!(Life::begin(1_790_000_000_000, u64::MAX) < Life::begin(1_790_000_000_001, 0));
        assert_ne!(Life::begin(1_790_000_000_000, u64::MAX), Life::begin(1_790_000_000_000, 0));
        assert!(Life::begin((1 << 44) - 2, u64::MAX) < Life::begin((1 << 44) - 1, 0));
    }
}
