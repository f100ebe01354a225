//! A way between a client and the server.

use std::time::{Duration, Instant};

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

/// Chances, the same for the same seed.
pub(crate) struct Random(ChaCha12Rng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha12Rng::seed_from_u64(seed))
    }

    /// Between 0 and 1.
    pub(crate) fn part(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / (f64::from(u32::MAX) + 1.0)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.0.next_u32()).unwrap() % end
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}

/// What a way does to datagrams.
#[derive(Clone, Copy)]
pub(crate) struct Conditions {
    /// How long each takes, and how much longer some do. None overtakes another.
    pub(crate) delay: Duration,
    pub(crate) jitter: Duration,
    /// Which part of them is lost.
    pub(crate) loss: f64,
    /// In bit/s.
    pub(crate) rate: u64,
    /// What would have to wait longer than this is lost.
    pub(crate) queue: Duration,
}

impl Default for Conditions {
    /// A good way: 20 ms, and 20 Mbit/s.
    fn default() -> Self {
        Self {
            delay: Duration::from_millis(20),
            jitter: Duration::from_millis(4),
            loss: 0.0,
            rate: 20_000_000,
            queue: Duration::from_millis(300),
        }
    }
}

/// One direction of a way.
pub(crate) struct Link {
    pub(crate) conditions: Conditions,
    random: Random,
    /// When what was sent before is through.
    through: Option<Instant>,
    last: Option<Instant>,
}

/// What IP and UDP add to each datagram, in bytes.
const HEADERS: usize = 28;

impl Link {
    pub(crate) fn new(conditions: Conditions, seed: u64) -> Self {
        Self { conditions, random: Random::new(seed), through: None, last: None }
    }

    /// When a datagram of `length` bytes arrives that is sent now; `None` if it does not.
    pub(crate) fn send(&mut self, length: usize, now: Instant) -> Option<Instant> {
        let Conditions { delay, jitter, loss, rate, queue } = self.conditions;
        let jitter = jitter.mul_f64(self.random.part());
        if self.random.part() < loss {
            return None;
        }
        let begins = self.through.map_or(now, |through| through.max(now));
        if begins - now > queue {
            return None;
        }
        let bits = u64::try_from((length + HEADERS) * 8).unwrap();
        let through = begins + Duration::from_nanos(bits * 1_000_000_000 / rate);
        self.through = Some(through);
        let arrives = (through + delay + jitter).max(self.last.unwrap_or(now));
        self.last = Some(arrives);
        Some(arrives)
    }
}
