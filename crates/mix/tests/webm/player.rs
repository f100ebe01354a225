//! ffmpeg and ffprobe: what they say of a file.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A file that ffmpeg can read.
pub(crate) struct Saved(PathBuf);

impl Saved {
    pub(crate) fn new(name: &str, file: &[u8]) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&path, file).unwrap();
        Self(path)
    }

    /// Decodes everything. Returns what ffmpeg complains about.
    pub(crate) fn play(&self) -> String {
        let (_, errors) = run("ffmpeg", |command| {
            command.args(["-v", "error", "-i"]).arg(&self.0).args(["-map", "0", "-f", "null", "-"])
        });
        errors
    }

    /// The time in seconds of the picture that a player begins with when it seeks.
    pub(crate) fn first_after_seek(&self, at: &str) -> f64 {
        let interval = format!("{at}%+#1");
        let (out, errors) = self.probe(&[
            "-select_streams",
            "v",
            "-read_intervals",
            &interval,
            "-show_entries",
            "packet=pts_time",
        ]);
        assert_eq!(errors, "");
        out.lines().next().unwrap_or_else(|| panic!("nothing at {at}")).parse().unwrap()
    }

    /// What is said of the whole file, as `name=value`.
    pub(crate) fn describe(&self, entries: &str) -> Vec<String> {
        let (out, errors) = run("ffprobe", |command| {
            command
                .args(["-v", "error", "-of", "default=noprint_wrappers=1", "-show_entries", entries])
                .arg(&self.0)
        });
        assert_eq!(errors, "");
        out.lines().map(str::to_owned).collect()
    }

    /// Times of the packets of a track in seconds, as players see them, and whatever is complained about.
    pub(crate) fn packets(&self, track: &str) -> (Vec<f64>, String) {
        let (out, errors) = self.probe(&["-select_streams", track, "-show_entries", "packet=pts_time"]);
        // Side data, of which the names are not asked for, leave a comma.
        (out.lines().map(|line| line.trim_end_matches(',').parse().unwrap()).collect(), errors)
    }

    fn probe(&self, what: &[&str]) -> (String, String) {
        run("ffprobe", |command| command.args(["-v", "error", "-of", "csv=p=0"]).args(what).arg(&self.0))
    }
}

impl Drop for Saved {
    fn drop(&mut self) {
        fs::remove_file(&self.0).unwrap();
    }
}

/// What a program prints, and what it complains about.
fn run(name: &str, arguments: impl FnOnce(&mut Command) -> &mut Command) -> (String, String) {
    let mut command = Command::new(name);
    let output = arguments(&mut command).output();
    let output =
        output.unwrap_or_else(|error| panic!("{name}: {error}. Install it: apt-get install -y ffmpeg"));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}
