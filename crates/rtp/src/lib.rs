//! Reading what datagrams and media packets say of themselves.
//!
//! Everything here takes bytes of strangers: it never panics, copies nothing, and says `None` to what is cut short or not what
//! it should be. The crate decrypts nothing, decodes nothing, opens no socket and reads no clock.
//!
//! [`classify`] tells what a datagram is; [`framing`] cuts a TCP stream into datagrams; [`VideoCodec`] reads the payloads of
//! pictures, [`vp8`] and [`vp9`] with all that their descriptors say; [`red`] takes sound out of its redundancy.

pub mod av1;
pub mod classify;
mod codec;
pub mod framing;
pub mod h264;
pub mod red;
pub mod vp8;
pub mod vp9;

pub use codec::VideoCodec;
