//! Which numbers have gone out.

/// How far back that is known.
pub(super) const REACH: u64 = 1024;
const BITS: u64 = 64;

/// The numbers that have gone out lately. None goes out twice: for SRTP that would be two packets under one nonce.
#[derive(Default)]
pub(super) struct Sent {
    /// One bit for each of the last [`REACH`] numbers below `next`, at its remainder.
    bits: [u64; 16],
    next: u64,
}

impl Sent {
    /// Nothing has gone out, and `next` is the first that will.
    pub(super) fn new(next: u64) -> Self {
        Self { bits: [0; 16], next }
    }

    /// Above all that went out.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Takes a number; `false` if it has gone out before, or was left out too long ago to know.
    pub(super) fn take(&mut self, number: u64) -> bool {
        if number >= self.next {
            let skipped = self.next.max(number.saturating_sub(REACH))..number;
            skipped.for_each(|skipped| self.set(skipped, false));
            self.next = number + 1;
        } else if self.next - number > REACH || self.has(number) {
            return false;
        }
        self.set(number, true);
        true
    }

    fn has(&self, number: u64) -> bool {
        self.bits.get(word(number)).is_some_and(|word| word >> (number % BITS) & 1 == 1)
    }

    fn set(&mut self, number: u64, is_taken: bool) {
        if let Some(word) = self.bits.get_mut(word(number)) {
            let bit = 1 << (number % BITS);
            *word = if is_taken { *word | bit } else { *word & !bit };
        }
    }
}

fn word(number: u64) -> usize {
    usize::try_from(number % REACH / BITS).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_that_was_left_out_is_taken_once_and_not_too_late() {
        let mut sent = Sent::new(10);
        assert!([10, 12, 1034].into_iter().all(|number| sent.take(number)));
        assert_eq!(sent.next(), 1035);
        // 10 has gone out, 11 still can.
        assert_eq!(
            [10, 11, 11, 12, 1034].map(|number| sent.take(number)),
            [false, true, false, false, false]
        );
        assert!(sent.take(1035) && !sent.take(11) && sent.take(13));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_number_is_taken_twice(steps in proptest::collection::vec(-1200..1200i64, 0..300)) {
            let (mut sent, mut taken) = (Sent::new(5), BTreeSet::new());
            for step in steps {
                let number = sent.next().saturating_add_signed(step);
                let is_in_reach = number + REACH >= sent.next();
                let is_new = !taken.contains(&number);
                prop_assert_eq!(sent.take(number), is_in_reach && is_new, "{}", number);
                taken.insert(number);
                prop_assert!(taken.last().is_none_or(|last| *last < sent.next()));
            }
        }
    }
}
