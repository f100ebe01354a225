//! The mix: what many send becomes one picture and one sound.
//!
//! [`Mixer`] is the mix of one room. Packets come in as they were published, time comes in as an argument, and packets go out: there is
//! no socket, no clock and no thread in here. Pictures are I420 all the way.
//!
//! ```text
//! packets --> Assembler --> Decoder --> Canvas (Layout) --> Encoder --> packetize --> packets
//! packets --> JitterBuffer --> Opus --> sum, and sum without each who is heard --> Opus --> packets
//! ```

mod annex_b;
mod assembly;
mod canvas;
mod codec;
mod layout;
mod mixer;
mod packetize;
mod picture;
mod sound;
mod take;
mod text;
pub mod webm;

pub use assembly::{Assembler, Frame, Packet};
pub use canvas::{Canvas, Content, Rotation, Scene, Tile, yuv};
pub use codec::{CodecError, Decoder, Encoded, Encoder, EncoderOptions, MAX_PIXELS};
pub use layout::{Arrangement, Item, Layout, Rect};
pub use mixer::{Edition, MediaPacket, MixError, Mixer, Options, Output, Person, Sound};
pub use packetize::{MAX_PAYLOAD, packetize};
pub use picture::{Picture, PictureView, Plane, Size};
pub use sound::{JitterBuffer, MixedSound, Playout, SoundError, SoundKind, SoundMixer, SoundPacket};
pub use take::{Take, TakeOutput};
