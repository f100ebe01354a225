//! The forwarder on virtual time: real connections over simulated ways, publishers that send what browsers send, and
//! subscribers that see what a decoder would make of it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "what was measured is said")]

mod bandwidth;
mod client;
mod codecs;
mod connections;
mod hostile;
mod key_frames;
mod layers;
mod link;
mod loss;
mod offers;
mod publisher;
mod sound;
mod viewer;
mod world;
