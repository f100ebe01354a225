//! What a process leaves that is killed, and what its disk does.

use super::*;

#[test]
fn what_a_crash_has_left_is_finished_at_the_next_start() {
    let folder = Folder::new();
    let mut recording = folder.begin(&id('a')).unwrap();
    shoot(&mut recording, 5).unwrap();
    // As if the process were killed here: nothing is finished.
    std::mem::forget(recording);
    let after = folder.after_crash();
    let seconds = play(&after.file(&id('a')));
    assert!((3.5..=5.1).contains(&seconds), "{seconds}");
    let sidecar = after.sidecar(&id('a'));
    assert!(sidecar.ended.is_some() && is_around(sidecar.seconds, seconds), "{sidecar:?}");
    assert_eq!(sidecar.bytes, fs::metadata(after.file(&id('a'))).unwrap().len());
    assert!(after.has(&id('a')), "the key is still good");
    assert_eq!(after.recordings.counts(), Counts { under_way: 0, finished: 0, bytes: sidecar.bytes });

    let again = after.after_crash();
    assert_eq!(again.sidecar(&id('a')), sidecar, "it is left alone from now on");
}

#[test]
fn wherever_a_file_ends_it_is_finished_or_as_it_was() {
    let folder = Folder::new();
    let whole = folder.record(&id('a'), 0).bytes;
    let mut unfinished = folder.sidecar(&id('a'));
    unfinished.ended = None;
    unfinished.write(&folder.path(&format!("{}.json", id('a')))).unwrap();
    let file = fs::read(folder.file(&id('a'))).unwrap();
    for part in [1, 10, 40, 50, 60, 90, 99, 100] {
        let length = usize::try_from(whole * part / 100).unwrap();
        fs::write(folder.file(&id('a')), &file[..length]).unwrap();
        let after = folder.after_crash();
        if fs::read(after.file(&id('a'))).is_ok_and(|after| after == file[..length]) {
            assert!(part < 10 || part == 100, "{part} %");
        } else if after.has(&id('a')) {
            play(&after.file(&id('a')));
        } else {
            assert!(part < 50, "{part} %");
        }
    }
}

#[test]
fn a_file_that_cannot_be_repaired_is_kept_until_it_is_too_old() {
    let folder = Folder::new();
    let strange = vec![b'?'; 100_000];
    for name in [id('a'), id('b')] {
        fs::write(folder.file(&name), &strange).unwrap();
    }
    fs::write(folder.path(&format!("{}.json", id('b'))), "{").unwrap();
    let ended = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
    let after = folder.after_crash();
    for name in [id('a'), id('b')] {
        assert_eq!(fs::read(after.file(&name)).unwrap(), strange);
        File::options().write(true).open(after.file(&name)).unwrap().set_modified(ended).unwrap();
        assert!(after.store().find(Id::new(&name), KEY.as_bytes()).is_none(), "nobody has its key");
    }
    assert_eq!(after.recordings.counts().bytes, 200_000);
    let after = Folder::open(close(after), 10 << 30);
    after.store().mend_all();
    after.tidy(7 * DAY);
    assert_eq!(after.names().len(), 3);
    after.tidy(7 * DAY + 1);
    assert_eq!(after.names().len(), 0);
}

/// Its folder, once nobody has it any more.
fn close(folder: Folder) -> TempDir {
    let Folder { dir, recordings, .. } = folder;
    drop(recordings);
    dir
}

#[test]
fn a_file_with_much_behind_its_last_frame_is_kept_as_it_is() {
    let folder = Folder::new();
    let mut recording = folder.begin(&id('a')).unwrap();
    shoot(&mut recording, 3).unwrap();
    std::mem::forget(recording);
    let mut damaged = fs::read(folder.file(&id('a'))).unwrap();
    damaged.resize(damaged.len() + (17 << 20), b'?');
    fs::write(folder.file(&id('a')), &damaged).unwrap();
    let after = folder.after_crash();
    assert!(fs::read(after.file(&id('a'))).unwrap() == damaged);
    assert!(after.has(&id('a')));
}

#[test]
fn what_belongs_to_no_recording_goes_and_what_is_not_ours_stays() {
    let folder = Folder::new();
    folder.record(&id('a'), 0);
    for name in ["notes.txt", "short.webm", "UPPER.json"] {
        fs::write(folder.path(name), "mine").unwrap();
    }
    for name in ["json", "0123456789abcdef.new"] {
        fs::write(folder.path(&format!("{}.{name}", id('b'))), "{}").unwrap();
    }
    let mut expected = vec![format!("{}.json", id('a')), format!("{}.webm", id('a'))];
    expected.extend(["notes.txt", "short.webm", "UPPER.json"].map(str::to_owned));
    expected.sort();
    assert_eq!(folder.after_crash().names(), expected);
}

#[test]
fn what_each_person_sent_is_finished_after_a_crash_as_recordings_are() {
    let folder = Folder::new();
    let (whole, mut part) = (folder.begin(&id('a')).unwrap(), folder.begin_part(&id('a'), 'b'));
    shoot(&mut part, 5).unwrap();
    std::mem::forget((whole, part));
    let after = folder.after_crash();
    assert!((3.5..=5.1).contains(&play(&after.file(&id('b')))));
    assert!(after.has(&id('b')), "the key is still good");
    assert_eq!(after.sidecar(&id('b')).part, folder.sidecar(&id('b')).part);
    assert!(!after.has(&id('a')), "there was nothing in it");
}
