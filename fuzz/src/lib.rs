//! The fuzz targets as plain functions: libFuzzer calls them, and `cargo test -p visavis-turn -p visavis-rtp` with
//! changed seeds. The server and the model that it is held against are those of the tests of its behaviour.

mod codec;
mod rtp;
mod server;

#[allow(dead_code, reason = "made for the tests of behaviour, too")]
#[path = "../../crates/turn/tests/behaviour/client.rs"]
mod client;
#[allow(dead_code, reason = "made for the tests of behaviour, too")]
#[path = "../../crates/turn/tests/behaviour/model.rs"]
mod model;
#[allow(dead_code, reason = "made for the tests of behaviour, too")]
#[path = "../../crates/turn/tests/behaviour/world.rs"]
mod world;

/// Bytes from the network before they are anybody's.
///
/// # Panics
/// If they find a fault.
pub fn codec(data: &[u8]) {
    codec::run(data);
}

/// Media packets and what shares their port.
///
/// # Panics
/// If they find a fault.
pub fn rtp(data: &[u8]) {
    rtp::run(data);
}

/// A server in use.
///
/// # Panics
/// If the story that the bytes tell finds a fault.
pub fn server(data: &[u8]) {
    server::run(data);
}
