//! Recordings of real sound and real pictures, as ffmpeg reads them, and as a walk over their bytes does.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod cut;
mod finished;
mod media;
mod player;
mod walk;
