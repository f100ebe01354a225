//! The forwarder on virtual time: real connections over simulated ways, publishers that send what browsers send, and
//! subscribers that see what a decoder would make of it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "what was measured is said")]

mod bandwidth;
mod client;
mod codecs;
mod connections;
mod feedback;
mod forger;
mod handshakes;
mod hostile;
mod key_frames;
mod layers;
mod link;
mod loss;
mod mix;
mod offers;
mod publisher;
mod screen;
mod sound;
mod standby;
mod viewer;
mod world;

/// How often something is done: a little in every run, much in `make test-long`.
fn count(some: usize, many: usize) -> usize {
    if std::env::var_os("VISAVIS_TEST_LONG").is_some() { many } else { some }
}
