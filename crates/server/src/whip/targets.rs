//! The fuzz target of what comes by WHIP and WHEP.

#[path = "../../../../fuzz/src/whip/target.rs"]
mod target;
#[path = "../../../../fuzz/src/tests_of_text.rs"]
mod text;

const SEEDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/whip");
