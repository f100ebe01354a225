//! The mix: what many send becomes one picture and one sound.
//!
//! Packets come in as they were published, time comes in as an argument, and packets go out: there is no socket, no clock and no
//! thread in here. Pictures are I420 all the way.

mod picture;

pub use picture::{Picture, PictureView, Plane, Size};
