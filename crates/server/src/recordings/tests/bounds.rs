//! For how long recordings are kept, and how many.

use super::*;

#[test]
fn a_recording_is_removed_when_it_is_too_old() {
    let folder = Folder::new();
    folder.record(&id('a'), 0);
    folder.record(&id('b'), DAY);
    let mut under_way = folder.begin(&id('c')).unwrap();
    folder.tidy(7 * DAY);
    assert!(folder.has(&id('a')));
    folder.tidy(7 * DAY + 1);
    assert!(!folder.has(&id('a')) && folder.has(&id('b')));
    folder.tidy(700 * DAY);
    assert!(!folder.has(&id('b')) && folder.has(&id('c')), "one under way is never removed");
    shoot(&mut under_way, 1).unwrap();
    folder.machine.now.store(NOW + 700 * DAY, Ordering::Relaxed);
    let finished = under_way.finish().unwrap();
    folder.tidy(700 * DAY);
    assert!(folder.has(&id('c')), "its age is that of its end");
    assert_eq!(folder.recordings.counts(), Counts { under_way: 0, finished: 3, bytes: finished.bytes });
}

#[test]
fn a_clock_that_was_put_back_removes_nothing() {
    let folder = Folder::new();
    folder.record(&id('a'), 0);
    folder.store().tidy(0);
    assert!(folder.has(&id('a')));
}

#[test]
fn the_oldest_recordings_make_room_for_new_ones() {
    let size = Folder::new().record(&id('a'), 0).bytes;
    let folder = Folder::with(size * 3);
    for (at, letter) in (0..).zip(['d', 'b', 'a']) {
        folder.record(&id(letter), at);
    }
    folder.tidy(3);
    assert!(folder.has(&id('d')), "as much as there may be");
    let mut under_way = folder.begin(&id('c')).unwrap();
    shoot(&mut under_way, 2).unwrap();
    folder.tidy(3);
    assert!(!folder.has(&id('d')) && folder.has(&id('b')));
    under_way.finish().unwrap();
    folder.tidy(3);
    let left = ['a', 'b', 'c'].map(|letter| folder.has(&id(letter)));
    assert_eq!((left, folder.recordings.counts().bytes), ([true; 3], size * 3));
}

#[test]
fn recordings_under_way_end_when_they_take_everything() {
    let size = Folder::new().record(&id('a'), 0).bytes;
    let folder = Folder::with(size);
    folder.record(&id('a'), 0);
    let mut recording = folder.begin(&id('b')).unwrap();
    let error = shoot(&mut recording, 60).unwrap_err();
    assert!(matches!(error, RecordingError::Full), "{error}");
    assert!(matches!(shoot(&mut recording, 60), Err(RecordingError::Ended)));
    let finished = recording.finish().unwrap();
    assert!(is_around(play(&folder.file(&id('b'))), finished.duration.as_secs_f64()));
    assert!(finished.duration < Duration::from_secs(4), "{finished:?}");
}

#[test]
fn nothing_begins_while_recordings_under_way_take_everything() {
    let folder = Folder::with(100);
    let mut first = folder.begin(&id('a')).unwrap();
    assert!(matches!(shoot(&mut first, 5), Err(RecordingError::Full)));
    drop(first);
    let second = folder.begin(&id('b')).unwrap();
    folder.store().grow(Id::new(&id('b')).unwrap(), 100).unwrap_err();
    assert!(matches!(folder.begin(&id('c')), Err(RecordingError::Full)));
    drop(second);
    folder.begin(&id('c')).unwrap();
}

#[test]
fn a_recording_ends_in_good_order_when_the_disk_is_full() {
    let folder = Folder::new();
    let mut recording = folder.begin(&id('a')).unwrap();
    shoot(&mut recording, 2).unwrap();
    folder.machine.room.store(0, Ordering::Relaxed);
    let frames = film(60);
    let later = frames.iter().skip_while(|frame| frame.at < Duration::from_secs(2));
    let error =
        later.map(|it| recording.write(it.track, it.at, it.is_key_frame, it.data)).find_map(Result::err);
    assert!(matches!(error, Some(RecordingError::DiskFull)), "{error:?}");
    let seconds = play(&folder.file(&id('a')));
    assert!((2.0..3.5).contains(&seconds), "{seconds}");
    assert!(is_around(recording.finish().unwrap().duration.as_secs_f64(), seconds));
    assert!(matches!(folder.begin(&id('b')), Err(RecordingError::DiskFull)));
    assert!(!folder.has(&id('b')));
    folder.machine.room.store(1 << 30, Ordering::Relaxed);
    folder.begin(&id('b')).unwrap();
}

#[test]
fn only_so_many_are_under_way_at_a_time() {
    let folder = Folder::new();
    let letters = ('a'..='z').take(UNDER_WAY);
    let mut under_way: Vec<_> = letters.map(|letter| folder.begin(&id(letter)).unwrap()).collect();
    let refused = folder.begin(&id('z'));
    assert!(matches!(refused, Err(RecordingError::TooMany(UNDER_WAY))));
    under_way.pop();
    folder.begin(&id('z')).unwrap();
}

#[test]
fn the_number_of_recordings_is_bounded() {
    let mut index = Index::default();
    let limits = Limits::new(KEEP, 1 << 40);
    let ended = |at| Entry { sidecar: None, bytes: 1, stage: Stage::Ended(at) };
    let numbered = |number: usize| {
        let letters = format!("{number:026}").replace(['0', '1', '8', '9'], "a");
        let unique: String = format!("{number:b}").replace('0', "b").replace('1', "c");
        Id::new(&format!("{}{unique}", &letters[..26 - unique.len()])).unwrap()
    };
    for number in 0..MAX_KEPT {
        index.put(numbered(number), ended(number as u64));
    }
    assert!(!index.is_over(&limits) && index.surplus(0, &limits).is_empty());
    index.put(numbered(MAX_KEPT), ended(7));
    assert!(index.is_over(&limits));
    assert_eq!(index.surplus(0, &limits), [numbered(0)]);
}

#[test]
fn parts_take_no_places_but_bytes_and_go_with_what_they_are_of() {
    let folder = Folder::new();
    let whole = folder.begin(&id('a')).unwrap();
    let parts: Vec<_> = ('b'..='z').map(|letter| folder.begin_part(&id('a'), letter)).collect();
    assert_eq!(folder.recordings.counts().under_way, 1);
    let bytes: u64 = parts.into_iter().map(finish_after_a_second).sum();
    let bytes = bytes + finish_after_a_second(whole);
    assert_eq!(folder.recordings.counts(), Counts { under_way: 0, finished: 1, bytes });
    folder.record(&id('2'), 0);
    assert!(folder.store().remove_all(Id::new(&id('c')).unwrap()));
    assert!(folder.has(&id('a')) && folder.has(&id('b')) && !folder.has(&id('c')));
    assert!(folder.store().remove_all(Id::new(&id('a')).unwrap()));
    assert_eq!(folder.names(), ["json", "webm"].map(|kind| format!("{}.{kind}", id('2'))));
}

#[test]
fn a_recording_goes_with_its_parts_when_the_last_of_them_is_too_old_and_not_before() {
    let folder = Folder::new();
    folder.record(&id('x'), 0);
    let sidecar = folder.sidecar(&id('x'));
    let of = |letter: char| Id::new(&id(letter)).unwrap();
    let mut index = Index::default();
    let limits = Limits::new(KEEP, 1 << 40);
    let part = |whole| {
        let part = Part { of: id(whole), name: "Ada".to_owned(), screen: false };
        Some(Sidecar { part: Some(part), ..sidecar.clone() })
    };
    let mut put = |letter, sidecar, stage| index.put(of(letter), Entry { sidecar, bytes: 10, stage });
    put('a', None, Stage::UnderWay);
    put('b', part('a'), Stage::Ended(0));
    put('c', None, Stage::Ended(5));
    put('d', part('c'), Stage::Ended(3));
    put('e', part('z'), Stage::Ended(4));
    let kept = KEEP.as_secs();
    assert_eq!(index.surplus(kept + 4, &limits), []);
    assert_eq!(index.surplus(kept + 5, &limits), [of('e')]);
    assert_eq!(
        index.surplus(kept + 100, &limits),
        [of('e'), of('c'), of('d')],
        "what is under way stays whole"
    );
    // Too many bytes: the oldest whole ones go, as few as are needed.
    assert_eq!(index.surplus(0, &Limits::new(KEEP, 45)), [of('e')]);
    assert_eq!(index.surplus(0, &Limits::new(KEEP, 35)), [of('e'), of('c'), of('d')]);
}

#[test]
fn nobody_removes_a_recording_of_which_a_part_is_not_finished() {
    let folder = Folder::new();
    let whole = folder.begin(&id('a')).unwrap();
    let part = folder.begin_part(&id('a'), 'b');
    finish_after_a_second(whole);
    let of = Id::new(&id('a')).unwrap();
    assert!(!folder.store().remove_all(of));
    assert!(folder.has(&id('a')) && folder.has(&id('b')));
    finish_after_a_second(part);
    assert!(folder.store().remove_all(of));
    assert!(folder.names().is_empty());
}

#[test]
fn a_part_ends_when_those_under_way_take_everything() {
    let size = Folder::new().record(&id('a'), 0).bytes;
    let folder = Folder::with(size);
    let _whole = folder.begin(&id('a')).unwrap();
    let mut part = folder.begin_part(&id('a'), 'b');
    assert!(matches!(shoot(&mut part, 60), Err(RecordingError::Full)));
}

fn finish_after_a_second(mut recording: Recording) -> u64 {
    shoot(&mut recording, 1).unwrap();
    recording.finish().unwrap().bytes
}
