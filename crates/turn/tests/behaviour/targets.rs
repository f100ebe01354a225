//! The fuzz targets, called with their seeds and with changed ones: no fuzzer, but found without one are faults that a few
//! changed bytes find.

use std::path::Path;

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[path = "../../../../fuzz/src/codec.rs"]
mod codec;
#[path = "../../../../fuzz/src/server.rs"]
mod server;

/// Inputs beside the seeds.
const CODEC: usize = 20_000;
/// Fewer: each is a whole story.
const SERVER: usize = 10_000;

/// All seeds of a target, in the order of their names.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(target);
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 5, "{paths:?}");
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Numbers that are the same in every run.
struct Dice(ChaCha8Rng);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.0.next_u64() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    fn byte(&mut self) -> u8 {
        self.0.next_u64().to_le_bytes()[0]
    }

    /// One of `seeds`, with up to four changes.
    fn changed(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(4) {
            self.change(&mut bytes, seeds);
        }
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let at = self.below(bytes.len());
        let end = at + self.below(bytes.len() - at + 1).min(32);
        match self.below(6) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << self.below(8),
            1 if !bytes.is_empty() => bytes[at] = self.byte(),
            2 => bytes.insert(at, self.byte()),
            3 => drop(bytes.drain(at..end)),
            4 => bytes.extend_from_within(at..end),
            // The end of another seed in place of its own.
            _ => {
                let other = &seeds[self.below(seeds.len())];
                bytes.truncate(at);
                bytes.extend_from_slice(&other[self.below(other.len())..]);
            }
        }
    }
}

fn try_all(target: fn(&[u8]), name: &str, changed: usize) {
    let seeds = seeds(name);
    for seed in &seeds {
        target(seed);
    }
    let mut dice = Dice(ChaCha8Rng::seed_from_u64(1));
    for _ in 0..changed {
        let bytes = dice.changed(&seeds);
        let survived = std::panic::catch_unwind(|| target(&bytes));
        assert!(survived.is_ok(), "{name} with these bytes: \"{}\"", bytes.escape_ascii());
    }
}

#[test]
fn changed_bytes_from_the_network_are_told_apart_cut_and_answered_soundly() {
    try_all(codec::run, "codec", CODEC);
}

#[test]
fn changed_stories_of_a_server_in_use_agree_with_the_model() {
    try_all(server::run, "server", SERVER);
}
