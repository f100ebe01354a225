mod bounds;
mod garbage;
mod properties;

use std::time::Duration;

use super::{Finish, Media, Track, Writer};
use crate::Size;

const PICTURES: usize = 0;
const SOUND: usize = 1;

fn track(media: Media) -> Track {
    Track { name: String::new(), media }
}

/// Pictures in VP8 and sound.
fn tracks() -> [Track; 2] {
    [track(Media::Vp8(Size::new(64, 36))), track(Media::Opus { channels: 1, pre_skip: 312 })]
}

fn millis(at: u64) -> Duration {
    Duration::from_millis(at)
}

/// Does what it takes to finish a file.
fn carry_out(file: &mut Vec<u8>, finish: &Finish) {
    file.truncate(usize::try_from(finish.length).unwrap());
    file.extend(&finish.tail);
    for patch in &finish.patches {
        let offset = usize::try_from(patch.offset).unwrap();
        file[offset..offset + patch.bytes.len()].copy_from_slice(&patch.bytes);
    }
}

/// Some seconds of both tracks, in a file that is not finished.
fn recording(seconds: u64) -> (Vec<u8>, Writer) {
    let (mut writer, mut file) = Writer::new(&tracks()).unwrap();
    for tick in 0..seconds * 50 {
        let at = millis(tick * 20);
        file.extend(writer.write(SOUND, at, true, &[0x5a; 40]).unwrap());
        if tick % 2 == 0 {
            file.extend(writer.write(PICTURES, at, tick % 100 == 0, &[0xa5; 300]).unwrap());
        }
    }
    (file, writer)
}
