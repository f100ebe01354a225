//! The fuzz target of offers to the forwarder.

#[path = "../../../fuzz/src/sdp.rs"]
mod target;
#[path = "../../../fuzz/src/tests_of_text.rs"]
mod text;

const SEEDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/sdp");
