use std::fs;

use super::*;
use crate::recordings::film::{film, play, tracks};

/// Some seconds of a recording in a file of this name.
fn growing(path: &Path, seconds: u64) -> Growing {
    let (writer, header) = Writer::new(&tracks()).unwrap();
    let mut growing = Growing::create(path, writer, &header).unwrap();
    for frame in film(seconds) {
        let bytes = growing.writer().write(frame.track, frame.at, frame.is_key_frame, frame.data).unwrap();
        growing.append(&bytes).unwrap();
    }
    growing
}

#[test]
fn a_file_that_ends_with_half_a_cluster_is_finished_with_what_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.webm");
    let mut growing = growing(&path, 4);
    // What a disk does that is full: a part of what was written is there.
    let length = growing.length();
    growing.file.set_len(length - 100).unwrap();
    growing.is_torn = true;
    let finished = growing.finish().unwrap().unwrap();
    assert_eq!(fs::metadata(&path).unwrap().len(), finished.bytes);
    let seconds = play(&path);
    assert!((2.0..4.0).contains(&seconds), "{seconds}");
}

#[test]
fn without_room_that_is_its_own_a_file_is_written_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.webm");
    let mut growing = growing(&path, 1);
    growing.allocated = None;
    growing.append(&[]).unwrap();
    assert_eq!(growing.allocated, None);
    growing.finish().unwrap();
    play(&path);
}

#[test]
fn a_file_that_takes_too_long_to_read_stays_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.webm");
    std::mem::forget(growing(&path, 3));
    let before = fs::read(&path).unwrap();
    let mut file = File::options().read(true).write(true).open(&path).unwrap();
    let mut patient = Patient { file: &mut file, deadline: Instant::now() - Duration::from_secs(1) };
    let error = webm::repair(&mut patient).unwrap_err();
    assert!(matches!(error, RepairError::Io(error) if error.kind() == ErrorKind::TimedOut));
    assert_eq!(fs::read(&path).unwrap(), before);
    assert!(matches!(mend(&mut file, Duration::from_secs(60)), Ok(Mended::Repaired(_))));
    assert!(matches!(mend(&mut file, Duration::from_secs(60)), Ok(Mended::Whole)));
}
