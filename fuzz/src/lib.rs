//! The fuzz targets as plain functions: libFuzzer calls them, and the tests of `visavis-turn`, `visavis-rtp`, `visavis-sfu` and
//! `visavis-server` with changed seeds. The server and the model that it is held against are those of the tests of its behaviour;
//! what reads offers is private to its crates, and stands here as well.

mod codec;
mod rtp;
mod sdp;
mod server;
mod whip;

#[allow(dead_code, reason = "made for the forwarder")]
#[path = "../../crates/sfu/src/offer.rs"]
mod offer;
#[allow(dead_code, reason = "made for the forwarder")]
#[path = "../../crates/sfu/src/options.rs"]
mod options;

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

/// Offers to the forwarder.
///
/// # Panics
/// If they find a fault.
pub fn sdp(data: &[u8]) {
    sdp::run(data);
}

/// What publishers and viewers send by HTTP.
///
/// # Panics
/// If it finds a fault.
pub fn whip(data: &[u8]) {
    whip::target::run(data);
}

/// A server in use.
///
/// # Panics
/// If the story that the bytes tell finds a fault.
pub fn server(data: &[u8]) {
    server::run(data);
}
