//! Recordings over real HTTP, and what is left of them by a process that is killed and on a disk that is full.

#![expect(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a test may panic")]

mod common;
#[path = "common/film.rs"]
mod film;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::TestServer;
use film::{film, play, tracks};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use visavis_mix::Size;
use visavis_mix::webm::{Media, Track};
use visavis_protocol::RoomName;
use visavis_server::recordings::{Limits, Recording, RecordingError, Recordings};

const ID: &str = "abcdefghijklmnopqrstuvwxyz";
const OTHER_ID: &str = "zyxwvutsrqponmlkjihgfedcba";
const KEY: &str = "0123456789abcdef";
/// Where a test finds its folder that runs itself again.
const DIR: &str = "VISAVIS_TEST_DIR";
const LINE: &str = "it is under way";

/// An answer over HTTP.
#[derive(PartialEq)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?} and {} bytes", self.status, self.headers, self.body.len())
    }
}

impl Answer {
    /// Empty if there is none.
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// But for what the clock says.
    fn without_date(mut self) -> Self {
        self.headers.retain(|(name, _)| name != "date");
        self
    }
}

/// Asks; `headers` are whole lines.
async fn ask(server: &TestServer, request: &str, headers: &[&str]) -> Answer {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let more: String = headers.iter().flat_map(|line| [*line, "\r\n"]).collect();
    let host = server.address;
    let head = format!("{request} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = answer.windows(4).position(|end| end == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let (status, headers) = head.split_once("\r\n").unwrap();
    let headers = headers.lines().map(|line| line.split_once(": ").unwrap());
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Answer { status: status[9..12].parse().unwrap(), headers, body: answer[end + 4..].to_vec() }
}

async fn get(server: &TestServer, query: &str, headers: &[&str]) -> Answer {
    ask(server, &format!("GET /recordings/{ID}{query}"), headers).await
}

/// With the key.
async fn fetch(server: &TestServer, headers: &[&str]) -> Answer {
    get(server, &format!("?key={KEY}"), headers).await
}

fn begin(recordings: &Recordings, id: &str) -> Recording {
    recordings.begin(id, KEY, &RoomName::new("Käse/2").unwrap(), &tracks()).unwrap()
}

fn shoot(recording: &mut Recording, seconds: u64) {
    for frame in film(seconds) {
        recording.write(frame.track, frame.at, frame.is_key_frame, frame.data).unwrap();
    }
}

/// A server with a recording of two seconds.
async fn with_recording() -> (TestServer, Vec<u8>) {
    let server = TestServer::start().await;
    let mut recording = begin(&server.recordings, ID);
    shoot(&mut recording, 2);
    recording.finish().unwrap();
    let file = std::fs::read(server.data.path().join(format!("recordings/{ID}.webm"))).unwrap();
    (server, file)
}

#[tokio::test]
async fn a_recording_is_handed_out_to_who_has_its_key() {
    let (server, file) = with_recording().await;
    let answer = fetch(&server, &[]).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "video/webm"));
    assert!(answer.body == file);
    assert_eq!(answer.header("content-length"), file.len().to_string());
    assert_eq!(answer.header("cache-control"), "private, no-store");
    assert_eq!(answer.header("accept-ranges"), "bytes");
    let name = answer.header("content-disposition");
    assert!(name.starts_with("attachment; filename=\"K-se-2-20"), "{name}");
    assert!(name.contains(".webm\"; filename*=UTF-8''K%C3%A4se-2-20"), "{name}");
    for (header, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(header), value);
    }
    assert!(answer.header("content-security-policy").contains("media-src 'self'"));

    let bearer = get(&server, "", &[&format!("Authorization: Bearer {KEY}")]).await;
    assert_eq!(bearer.without_date(), answer.without_date());
    let inline = get(&server, &format!("?key={KEY}&inline"), &[]).await;
    assert!(inline.header("content-disposition").starts_with("inline; filename="), "{inline:?}");
}

#[tokio::test]
async fn a_head_is_all_of_it_but_the_body() {
    let (server, file) = with_recording().await;
    let whole = fetch(&server, &[]).await;
    let head = ask(&server, &format!("HEAD /recordings/{ID}?key={KEY}"), &["Range: bytes=0-9"]).await;
    assert_eq!((head.status, head.header("content-length")), (200, file.len().to_string().as_str()));
    assert!(head.body.is_empty());
    assert_eq!(head.headers.len(), whole.headers.len());
}

#[tokio::test]
async fn who_has_no_key_learns_nothing() {
    let (server, _) = with_recording().await;
    let off = TestServer::start_with(|options| options.recordings_keep = Duration::ZERO).await;
    let nothing = get(&server, "", &[]).await.without_date();
    assert_eq!(nothing.status, 404);
    let query = format!("?key={KEY}");
    for (server, path, headers) in [
        (&server, format!("{ID}?key=0123456789abcdeg"), None),
        (&server, format!("{ID}?key="), None),
        (&server, format!("{ID}{query}"), Some("Authorization: Bearer 0123456789abcdeg")),
        (&server, format!("{ID}?key=0123456789abcdeg"), Some("Range: bytes=0-1")),
        (&server, format!("{OTHER_ID}{query}"), None),
        (&server, format!("{OTHER_ID}{query}"), Some("If-None-Match: *")),
        (&server, format!("a{query}"), None),
        (&server, format!("..%2fserver.key{query}"), None),
        (&server, format!("..%2f..%2f..%2fetc%2fpasswd{query}"), None),
        (&server, format!("{ID}.json{query}"), None),
        (&server, format!("{ID}%00{query}"), None),
        (&server, format!("%ff{query}"), None),
        (&off, format!("{ID}{query}"), None),
    ] {
        let headers = headers.as_slice();
        let answer = ask(server, &format!("GET /recordings/{path}"), headers).await;
        assert_eq!(answer.without_date(), nothing, "{path} {headers:?}");
        let deleted = ask(server, &format!("DELETE /recordings/{path}"), headers).await;
        assert_eq!(deleted.without_date(), nothing, "{path} {headers:?}");
    }
    assert_eq!(fetch(&server, &[]).await.status, 200);
    for outside in ["/recordings/", "/recordings/lock/", "/recordings/../server.key"] {
        let answer = ask(&server, &format!("GET {outside}{query}"), &[]).await;
        assert_eq!(answer.status, 404, "{outside}");
    }
}

#[tokio::test]
async fn a_part_is_sent_to_who_asks_for_a_part() {
    let (server, file) = with_recording().await;
    let length = file.len();
    let tag = fetch(&server, &[]).await.header("etag").to_owned();
    for (range, part) in [
        ("0-0".to_owned(), 0..1),
        ("100-".to_owned(), 100..length),
        ("-100".to_owned(), length - 100..length),
        (format!("0-{length}"), 0..length),
    ] {
        for condition in [String::new(), format!("If-Range: {tag}")] {
            let headers = [format!("Range: bytes={range}"), condition];
            let headers: Vec<_> =
                headers.iter().map(String::as_str).filter(|line| !line.is_empty()).collect();
            let answer = fetch(&server, &headers).await;
            let said = format!("bytes {}-{}/{length}", part.start, part.end - 1);
            assert_eq!((answer.status, answer.header("content-range")), (206, said.as_str()), "{range}");
            assert_eq!(answer.header("content-length"), part.len().to_string());
            assert!(answer.body == file[part.clone()], "{range}");
        }
    }
    let behind = fetch(&server, &[&format!("Range: bytes={length}-")]).await;
    assert_eq!((behind.status, behind.header("content-range")), (416, format!("bytes */{length}").as_str()));
    for whole in [&["Range: bytes=0-1,5-6"][..], &["Range: bytes=0-1", "If-Range: \"other\""]] {
        let answer = fetch(&server, whole).await;
        assert!(answer.status == 200 && answer.body == file, "{whole:?}");
    }
}

#[tokio::test]
async fn who_has_the_file_already_is_told_so() {
    let (server, _) = with_recording().await;
    let tag = fetch(&server, &[]).await.header("etag").to_owned();
    for (condition, status) in [
        (format!("If-None-Match: {tag}"), 304),
        (format!("If-None-Match: \"a\", W/{tag}"), 304),
        ("If-None-Match: *".to_owned(), 304),
        ("If-None-Match: \"a\"".to_owned(), 200),
        (format!("If-Match: {tag}"), 200),
        ("If-Match: *".to_owned(), 200),
        ("If-Match: \"a\"".to_owned(), 412),
    ] {
        assert_eq!(fetch(&server, &[&condition]).await.status, status, "{condition}");
    }
}

#[tokio::test]
async fn a_recording_under_way_is_handed_out_as_far_as_it_is_and_not_removed() {
    let server = TestServer::start().await;
    let mut recording = begin(&server.recordings, ID);
    let header = fetch(&server, &[]).await;
    shoot(&mut recording, 4);
    let part = fetch(&server, &["If-None-Match: \"a\""]).await;
    assert_eq!((part.status, part.header("etag")), (200, ""));
    assert!(part.body.starts_with(&header.body) && part.body.len() > header.body.len());
    let range = fetch(&server, &["Range: bytes=4-7"]).await;
    assert!(range.status == 206 && range.body == part.body[4..8]);
    let delete = format!("DELETE /recordings/{ID}?key={KEY}");
    assert_eq!(ask(&server, &delete, &[]).await.status, 409);
    let counted = ask(&server, "GET /metrics", &[]).await;
    assert!(String::from_utf8(counted.body).unwrap().contains("visavis_recordings_under_way 1\n"));

    recording.finish().unwrap();
    let whole = fetch(&server, &[]).await;
    assert!(whole.body.len() > part.body.len() && !whole.header("etag").is_empty());
}

#[tokio::test]
async fn who_has_the_key_may_remove_it() {
    let (server, _) = with_recording().await;
    let delete = format!("DELETE /recordings/{ID}?key={KEY}");
    assert_eq!(ask(&server, &delete, &[]).await.status, 204);
    assert_eq!(ask(&server, &delete, &[]).await.status, 404);
    assert_eq!(fetch(&server, &[]).await.status, 404);
    let left: Vec<_> = std::fs::read_dir(server.data.path().join("recordings")).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing but the lock: {left:?}");
    assert_eq!(ask(&server, &delete.replace("DELETE", "POST"), &[]).await.status, 405);
}

#[tokio::test]
async fn guesses_are_limited() {
    let server = TestServer::start().await;
    let mut statuses = Vec::new();
    for _ in 0..300 {
        statuses.push(get(&server, "?key=0123456789abcdeg", &[]).await.status);
    }
    assert!(statuses[..240].iter().all(|status| *status == 404), "{statuses:?}");
    assert!(statuses.contains(&429), "{statuses:?}");
    assert_eq!(ask(&server, "GET /api/ice", &[]).await.status, 200, "which has nothing to do with it");
}

#[tokio::test]
async fn pages_of_other_origins_may_where_the_operator_allows_it() {
    let server = TestServer::start_with(|options| {
        options.allow_origin = vec!["https://friend.example".to_owned()];
    })
    .await;
    let mut recording = begin(&server.recordings, ID);
    shoot(&mut recording, 1);
    recording.finish().unwrap();
    assert_eq!(fetch(&server, &["Origin: https://evil.example"]).await.status, 403);
    let friend = fetch(&server, &["Origin: https://friend.example", "Range: bytes=0-1"]).await;
    assert_eq!(friend.status, 206);
    assert!(friend.header("access-control-expose-headers").contains("content-range"));
    let preflight = ["Origin: https://friend.example", "Access-Control-Request-Method: DELETE"];
    let answer = ask(&server, &format!("OPTIONS /recordings/{ID}"), &preflight).await;
    assert_eq!(answer.status, 204);
    assert!(answer.header("access-control-allow-headers").contains("range"));
}

#[tokio::test]
async fn only_so_many_fetch_at_a_time() {
    let server = TestServer::start().await;
    let media = Media::Vp8(Size { width: 64, height: 36 });
    let track = Track { name: String::new(), media };
    let mut recording = server.recordings.begin(ID, KEY, &RoomName::new("a").unwrap(), &[track]).unwrap();
    for second in 0..5 {
        recording.write(0, Duration::from_secs(second), true, &vec![1; 4 << 20]).unwrap();
    }
    recording.finish().unwrap();

    // They read the head of the answer, and no more.
    let mut readers = Vec::new();
    for _ in 0..64 {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let mut stream = socket.connect(server.address).await.unwrap();
        let request = format!("GET /recordings/{ID}?key={KEY} HTTP/1.1\r\nHost: a\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = [0; 12];
        stream.read_exact(&mut head).await.unwrap();
        assert_eq!(&head, b"HTTP/1.1 200");
        readers.push(stream);
    }
    let refused = fetch(&server, &[]).await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, "10"));
    drop(readers);
    // A place is free once the server has noticed that somebody is gone.
    let again = async {
        while fetch(&server, &["Range: bytes=0-9"]).await.status != 206 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), again).await.unwrap();
}

#[tokio::test]
async fn a_server_that_cannot_keep_recordings_serves_all_the_same() {
    let server = TestServer::start_with(|options| {
        let dir = options.data_dir.as_ref().unwrap();
        std::fs::write(dir.join("recordings"), "a file").unwrap();
    })
    .await;
    assert!(server.recordings.why_off().unwrap().contains("recordings cannot be used"));
    assert_eq!(ask(&server, "GET /healthz", &[]).await.status, 200);
}

/// This test once more, as a process of its own in which [`DIR`] is set, and which has said that it is under way.
fn run_again(mut command: Command, test: &str, dir: &Path) -> Child {
    let mut child = command
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(DIR, dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    let is_under_way = |line: std::io::Result<String>| line.unwrap().contains(LINE);
    assert!(lines.any(is_under_way), "the process ended before");
    child
}

/// For [`run_again`].
fn say_so() {
    std::io::stdout().write_all(format!("{LINE}\n").as_bytes()).unwrap();
}

/// A file as large as the disk lets it become.
fn fill(dir: &Path) {
    let mut file = std::fs::File::create(dir.join("fill")).unwrap();
    for size in [1 << 20, 1 << 10, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}

#[tokio::test]
async fn what_a_killed_process_has_recorded_is_there_when_the_next_one_starts() {
    if let Some(dir) = std::env::var_os(DIR) {
        let recordings = Recordings::open(dir.into(), Limits::new(Duration::from_secs(3600), 1 << 30));
        let mut recording = begin(&recordings.unwrap(), ID);
        shoot(&mut recording, 5);
        say_so();
        let _ = std::io::stdin().read_line(&mut String::new());
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let dir = data.path().join("recordings");
    let name = "what_a_killed_process_has_recorded_is_there_when_the_next_one_starts";
    let mut process = run_again(Command::new("env"), name, &dir);
    process.kill().unwrap();
    process.wait().unwrap();

    let server = TestServer::start_with(|options| *options = common::options(data.path())).await;
    let mended = async {
        while fetch(&server, &[]).await.header("etag").is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), mended).await.unwrap();
    let seconds = play(&dir.join(format!("{ID}.webm")));
    assert!((3.5..=5.1).contains(&seconds), "{seconds}");
}

#[test]
fn a_recording_is_finished_on_a_disk_that_has_no_byte_left() {
    if let Some(dir) = std::env::var_os(DIR) {
        return on_a_full_disk(Path::new(&dir));
    }
    let dir = tempfile::tempdir().unwrap();
    let mount = "mount -t tmpfs -o size=64m tmpfs \"$VISAVIS_TEST_DIR\" && exec \"$@\"";
    let mut unshare = Command::new("unshare");
    unshare.args(["--mount", "--map-root-user", "sh", "-c", mount, "sh"]);
    let name = "a_recording_is_finished_on_a_disk_that_has_no_byte_left";
    let process = run_again(unshare, name, dir.path());
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

fn on_a_full_disk(dir: &Path) {
    let limits = Limits::new(Duration::from_secs(3600), 1 << 30);
    let recordings = Recordings::open(dir.join("recordings"), limits).unwrap();
    let mut recording = begin(&recordings, ID);
    let frames = film(60);
    let (before, after): (Vec<_>, Vec<_>) =
        frames.into_iter().partition(|frame| frame.at < Duration::from_secs(2));
    let mut write =
        |frame: &film::Frame| recording.write(frame.track, frame.at, frame.is_key_frame, frame.data);
    before.iter().try_for_each(&mut write).unwrap();
    say_so();
    fill(dir);
    let error = after.iter().try_for_each(&mut write).unwrap_err();
    assert!(matches!(error, RecordingError::DiskFull), "{error}");
    let finished = recording.finish().unwrap();
    let seconds = play(&dir.join(format!("recordings/{ID}.webm")));
    assert!((seconds - finished.duration.as_secs_f64()).abs() < 0.1 && seconds > 2.0, "{seconds}");
    let refused = recordings.begin(OTHER_ID, KEY, &RoomName::new("a").unwrap(), &tracks());
    assert!(matches!(refused, Err(RecordingError::DiskFull)));
}
