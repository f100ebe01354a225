mod bounds;
mod crashes;

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use tempfile::TempDir;

use super::film::{film, play, tracks};
use super::id::Id;
use super::index::{Entry, Index, MAX_KEPT, Stage};
use super::machine::Machine;
use super::sidecar::{Part, Sidecar};
use super::*;

const KEY: &str = "0123456789abcdef";
const NOW: u64 = 1_700_000_000;
const DAY: u64 = 24 * 60 * 60;
const KEEP: Duration = Duration::from_secs(7 * DAY);

/// A machine whose clock and disk do as they are told.
#[derive(Default)]
struct TestMachine {
    now: AtomicU64,
    room: AtomicU64,
}

impl Machine for Arc<TestMachine> {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.now.load(Ordering::Relaxed))
    }

    fn room(&self) -> io::Result<u64> {
        Ok(self.room.load(Ordering::Relaxed))
    }
}

/// A folder of recordings that nobody looks after.
struct Folder {
    dir: TempDir,
    machine: Arc<TestMachine>,
    recordings: Recordings,
}

impl Folder {
    fn new() -> Self {
        Self::with(10 << 30)
    }

    fn with(bytes: u64) -> Self {
        Self::open(tempfile::tempdir().unwrap(), bytes)
    }

    fn open(dir: TempDir, bytes: u64) -> Self {
        let machine = Arc::<TestMachine>::default();
        machine.now.store(NOW, Ordering::Relaxed);
        machine.room.store(1 << 40, Ordering::Relaxed);
        let limits = Limits::new(KEEP, bytes);
        let store = Store::open(dir.path().join("recordings"), limits, Box::new(Arc::clone(&machine)));
        let (store, _) = store.unwrap();
        Self { dir, machine, recordings: Recordings(Ok(Arc::new(store))) }
    }

    /// What another server finds that starts where this one has been killed, with what it has done at its start.
    fn after_crash(&self) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("recordings")).unwrap();
        for name in self.names() {
            fs::copy(self.path(&name), dir.path().join("recordings").join(&name)).unwrap();
        }
        let folder = Self::open(dir, 10 << 30);
        folder.store().mend_all();
        folder
    }

    fn store(&self) -> &Store {
        self.recordings.store().unwrap()
    }

    fn begin(&self, id: &str) -> Result<Recording, RecordingError> {
        self.recordings.begin(id, KEY, &RoomName::new("room").unwrap(), &tracks())
    }

    /// What one person sends.
    fn begin_part(&self, of: &str, letter: char) -> Recording {
        let (id, key, name) = (id(letter), KEY.to_owned(), "Ada".to_owned());
        let part = RecordingPart { id, key, name, screen: false, bytes: None };
        self.recordings.begin_part(of, &part, &RoomName::new("room").unwrap(), &tracks()).unwrap()
    }

    /// A recording from its beginning to its end, so many seconds after the beginning of time here.
    fn record(&self, id: &str, at: u64) -> Finished {
        self.machine.now.store(NOW + at, Ordering::Relaxed);
        let mut recording = self.begin(id).unwrap();
        shoot(&mut recording, 2).unwrap();
        recording.finish().unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("recordings").join(name)
    }

    fn file(&self, id: &str) -> PathBuf {
        self.path(&format!("{id}.webm"))
    }

    fn sidecar(&self, id: &str) -> Sidecar {
        Sidecar::read(&self.path(&format!("{id}.json"))).unwrap().unwrap()
    }

    /// The files there are.
    fn names(&self) -> Vec<String> {
        let names = fs::read_dir(self.path("")).unwrap().map(|file| file.unwrap().file_name());
        let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
        names.retain(|name| name != "lock");
        names.sort();
        names
    }

    fn tidy(&self, at: u64) {
        self.store().tidy(NOW + at);
    }

    fn has(&self, id: &str) -> bool {
        let there = self.store().find(Id::new(id), KEY.as_bytes()).is_some();
        assert_eq!(self.file(id).exists(), there, "{id}");
        there
    }
}

/// Ids that end with a letter.
fn id(letter: char) -> String {
    format!("{}{letter}", "a".repeat(25))
}

fn shoot(recording: &mut Recording, seconds: u64) -> Result<(), RecordingError> {
    film(seconds).iter().try_for_each(|it| recording.write(it.track, it.at, it.is_key_frame, it.data))
}

fn is_around(seconds: f64, expected: f64) -> bool {
    (seconds - expected).abs() < 0.1
}

#[test]
fn a_recording_is_a_file_that_is_played_and_nobody_else_reads() {
    let folder = Folder::new();
    let finished = folder.record(&id('a'), 0);
    let file = folder.file(&id('a'));
    assert!(is_around(play(&file), 2.0));
    assert!(is_around(finished.duration.as_secs_f64(), 2.0));
    assert_eq!(fs::metadata(&file).unwrap().len(), finished.bytes);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder.path("")), mode(&file)), (0o700, 0o600));
    let Sidecar { room, began, ended, bytes, seconds, key_sha256, .. } = folder.sidecar(&id('a'));
    assert_eq!((room.as_str(), began, ended, bytes), ("room", NOW, Some(NOW), finished.bytes));
    assert!(is_around(seconds, 2.0) && key_sha256.fits(KEY.as_bytes()));
    assert_eq!(folder.recordings.counts(), Counts { under_way: 0, finished: 1, bytes: finished.bytes });
}

#[test]
fn what_is_allocated_behind_the_end_is_given_back() {
    use std::os::unix::fs::MetadataExt as _;
    let folder = Folder::new();
    let mut recording = folder.begin(&id('a')).unwrap();
    shoot(&mut recording, 2).unwrap();
    let blocks = || fs::metadata(folder.file(&id('a'))).unwrap().blocks() * 512;
    assert!(blocks() > 6 << 20, "{} bytes are allocated", blocks());
    recording.finish().unwrap();
    assert!(blocks() < 1 << 20, "{} bytes are allocated", blocks());
}

#[test]
fn a_recording_that_is_dropped_is_finished_too() {
    let folder = Folder::new();
    let mut recording = folder.begin(&id('a')).unwrap();
    shoot(&mut recording, 2).unwrap();
    drop(recording);
    assert!(is_around(play(&folder.file(&id('a'))), 2.0));
    assert_eq!(folder.sidecar(&id('a')).ended, Some(NOW));
}

#[test]
fn two_recordings_at_once_have_nothing_to_do_with_each_other() {
    let folder = Folder::new();
    let (first, second) = (folder.begin(&id('a')).unwrap(), folder.begin(&id('b')).unwrap());
    assert_eq!(folder.recordings.counts().under_way, 2);
    let record = |mut recording: Recording, seconds| {
        shoot(&mut recording, seconds).unwrap();
        recording.finish().unwrap()
    };
    let (first, second) = std::thread::scope(|threads| {
        let first = threads.spawn(|| record(first, 3));
        let second = threads.spawn(|| record(second, 5));
        (first.join().unwrap(), second.join().unwrap())
    });
    let bytes = first.bytes + second.bytes;
    assert_eq!(folder.recordings.counts(), Counts { under_way: 0, finished: 2, bytes });
    assert!(is_around(play(&folder.file(&id('a'))), 3.0));
    assert!(is_around(play(&folder.file(&id('b'))), 5.0));
}

#[test]
fn a_frame_that_does_not_fit_ends_nothing() {
    let folder = Folder::new();
    let mut recording = folder.begin(&id('a')).unwrap();
    let refused = recording.write(7, Duration::ZERO, true, b"frame");
    assert!(matches!(refused, Err(RecordingError::Frame(WriteError::UnknownTrack(7)))));
    shoot(&mut recording, 2).unwrap();
    assert!(is_around(recording.finish().unwrap().duration.as_secs_f64(), 2.0));
}

#[test]
fn a_recording_of_nothing_leaves_nothing() {
    let folder = Folder::new();
    let recording = folder.begin(&id('a')).unwrap();
    assert_eq!(folder.names().len(), 2);
    assert_eq!(folder.after_crash().names().len(), 0);
    assert_eq!(recording.finish().unwrap(), Finished::default());
    assert_eq!(folder.names().len(), 0);
    assert_eq!(folder.recordings.counts(), Counts::default());
    folder.record(&id('a'), 0);
}

#[test]
fn names_are_no_paths_and_keys_are_no_guesses() {
    let folder = Folder::new();
    for wrong in ["", "a", "../../../../../etc/passwdd", "/aaaaaaaaaaaaaaaaaaaaaaaaa", &id('A'), &id('/')] {
        assert!(matches!(folder.begin(wrong), Err(RecordingError::Id)), "{wrong}");
    }
    let room = RoomName::new("../../room").unwrap();
    let with_key = |key| folder.recordings.begin(&id('a'), key, &room, &tracks());
    assert!(matches!(with_key("123456789abcdef"), Err(RecordingError::Key)));
    let kept = with_key(KEY).unwrap();
    assert!(matches!(with_key(KEY), Err(RecordingError::Exists)));
    assert_eq!(folder.names(), ["json", "webm"].map(|kind| format!("{}.{kind}", id('a'))));
    drop(kept);
    let no_tracks = folder.recordings.begin(&id('b'), KEY, &room, &[]);
    assert!(matches!(no_tracks, Err(RecordingError::Tracks(_))));
}

#[test]
fn a_file_that_came_from_elsewhere_is_not_written_over() {
    let folder = Folder::new();
    fs::write(folder.file(&id('a')), "mine").unwrap();
    assert!(matches!(folder.begin(&id('a')), Err(RecordingError::Io(_))));
    assert_eq!(fs::read(folder.file(&id('a'))).unwrap(), b"mine");
    assert_eq!(folder.recordings.counts(), Counts::default());
}

#[test]
fn a_recording_with_h264_in_it_says_so() {
    use super::sidecar::Format;
    use visavis_mix::Size;
    use visavis_mix::webm::Media;
    let folder = Folder::new();
    let parameter_sets = [
        &[0, 0, 1, 0x67, 0x42, 0xc0, 0x1e, 0xd9, 0x00, 0xa0, 0x47, 0xfe, 0xc8][..],
        &[0, 0, 1, 0x68, 0xce, 0x3c, 0x80],
    ];
    let size = Size { width: 64, height: 36 };
    let media = Media::H264 { size, parameter_sets: parameter_sets.concat() };
    let track = Track { name: String::new(), media };
    let recording = folder.recordings.begin(&id('a'), KEY, &RoomName::new("a").unwrap(), &[track]).unwrap();
    assert_eq!(folder.sidecar(&id('a')).format, Format::Matroska);
    drop(recording);
}

#[test]
fn a_folder_belongs_to_one_server() {
    let folder = Folder::new();
    let open = || Recordings::open(folder.path(""), Limits::new(KEEP, 1 << 30));
    let error = open().err().unwrap();
    assert!(error.to_string().contains("another server"), "{error}");
    let Folder { dir, recordings, .. } = folder;
    drop(recordings);
    let there = Recordings::open(dir.path().join("recordings"), Limits::new(KEEP, 1 << 30)).unwrap();
    assert_eq!(there.why_off(), None);
}

#[test]
fn a_server_without_a_folder_says_why() {
    let off = Recordings::off("--recordings-keep is 0");
    assert_eq!(off.why_off(), Some("--recordings-keep is 0"));
    let error = off.begin(&id('a'), KEY, &RoomName::new("a").unwrap(), &tracks()).err().unwrap();
    assert_eq!(error.to_string(), "nothing is recorded here: --recordings-keep is 0");
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("recordings"), "a file").unwrap();
    assert!(Recordings::open(dir.path().join("recordings"), Limits::new(KEEP, 1 << 30)).is_err());
}
