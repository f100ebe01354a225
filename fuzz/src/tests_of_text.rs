//! A fuzz target of text, called with its seeds, with changed ones, with lines of them in any order, and with any text. Taken in by the
//! tests of the crate that has what it tries, beside a `target` and the folder of its `SEEDS`.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::{SEEDS, target};

fn seeds() -> Vec<Vec<u8>> {
    let mut paths: Vec<_> = std::fs::read_dir(SEEDS).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 4, "{paths:?}");
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

fn lines() -> Vec<String> {
    let seeds = seeds().into_iter().flat_map(|seed| {
        let text = String::from_utf8(seed).unwrap();
        text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>()
    });
    seeds.collect()
}

#[test]
fn every_seed_is_read_soundly() {
    for seed in seeds() {
        target::run(&seed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_soundly(text in ".{0,200}") {
        target::run(text.as_bytes());
    }

    #[test]
    fn changed_seeds_are_read_soundly(
        seed in any::<Index>(),
        changes in vec((any::<Index>(), any::<u8>()), 0..4),
        end in any::<Index>(),
    ) {
        let mut bytes = seed.get(&seeds()).clone();
        for (at, byte) in changes {
            *at.get_mut(&mut bytes) = byte;
        }
        bytes.truncate(end.index(2 * bytes.len()));
        target::run(&bytes);
    }

    #[test]
    fn lines_in_any_order_are_read_soundly(
        seed in any::<Index>(),
        moves in vec((any::<Index>(), any::<Index>(), any::<bool>()), 0..8),
    ) {
        let all = lines();
        let seed = String::from_utf8(seed.get(&seeds()).clone()).unwrap();
        let mut text: Vec<&str> = seed.split_inclusive('\n').collect();
        for (at, line, is_added) in moves {
            let (at, line) = (at.index(text.len()), &*all[line.index(all.len())]);
            if is_added {
                text.insert(at, line);
            } else {
                text[at] = line;
            }
        }
        target::run(text.concat().as_bytes());
    }
}
