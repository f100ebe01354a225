//! What synthetic callers send: encoded before, and begun anew each second.

mod ivf;
mod ogg;
mod script;
pub(crate) mod signal;
pub(crate) mod stamp;
mod vp8;

pub(crate) use script::{FRAME, Packet, Script, Stamped, Stream};

/// Simulcast encodings, the smallest first.
pub(crate) const RIDS: [&str; 3] = ["q", "h", "f"];
/// Their pictures' sizes in pixels.
pub(crate) const SIZES: [(u16, u16); 3] = [(320, 180), (640, 360), (1280, 720)];

const PICTURES: [&[u8]; 3] =
    [include_bytes!("../media/q.ivf"), include_bytes!("../media/h.ivf"), include_bytes!("../media/f.ivf")];
const TONE: &[u8] = include_bytes!("../media/tone.ogg");

/// Picture and sound: a second of them, unless it is said otherwise.
#[derive(Debug)]
pub(crate) struct Media {
    /// VP8 frames of each encoding; the first one is a key frame.
    pictures: [Vec<Vec<u8>>; 3],
    /// Opus packets of 20 ms.
    tone: Vec<Vec<u8>>,
    /// How loud the sound says it is, in dB below the loudest.
    level: i8,
    /// Whether each frame has its place in time: then nothing begins anew before all of it does.
    is_timed: bool,
}

/// How loud callers are, if nothing else is said.
const LEVEL: i8 = -20;

impl Media {
    /// What is part of this program.
    ///
    /// # Errors
    /// If that was damaged.
    pub(crate) fn load() -> anyhow::Result<Self> {
        let [q, h, f] = PICTURES.map(ivf::frames);
        let tone = ogg::packets(TONE)?;
        Ok(Self { pictures: [q?, h?, f?], tone, level: LEVEL, is_timed: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_is_a_second_that_begins_with_its_only_key_frame() {
        let media = Media::load().unwrap();
        for (frames, (width, height)) in media.pictures.iter().zip(SIZES) {
            let keys: Vec<bool> = frames.iter().map(|frame| vp8::is_key_frame(frame)).collect();
            assert_eq!(keys.iter().filter(|key| **key).count(), 1);
            assert!(keys[0] && keys.len() == 25);
            let size = [6, 8].map(|at| u16::from_le_bytes([frames[0][at], frames[0][at + 1]]) & 0x3fff);
            assert_eq!(size, [width, height]);
        }
        // A second of sound, and what the encoder is ahead of it.
        assert_eq!(media.tone.len(), 51);
    }
}
