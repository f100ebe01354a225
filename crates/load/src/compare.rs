//! What a call costs as mesh, as hybrid, as star and as mix: callers who really connect that way, on this machine.

mod call;
mod charts;
mod costs;
mod document;
mod member;
mod results;
mod svg;
mod topology;
mod weak;

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use crate::media::{Media, RIDS, SIZES};
use crate::report::Report;
use crate::{limits, machine, pinned, program};
use call::{Means, measure};
use costs::Unit;
use results::Results;
use topology::Topology;
use weak::Way;

/// The largest room: with more the host may not keep all of them direct.
const MOST: u16 = 12;

/// The most who publish in the room of the weak receiver: with it, the mix shows a grid.
const MOST_SHOWN: u16 = 8;

/// So many calls may fail, which a busy machine does to them; with one more something is wrong.
const MOST_FAILURES: usize = 3;

/// From here on other programs take so much of a core that delays and CPU time are theirs as well, in %.
const DISTURBED: f64 = 40.0;

/// So many calls are held again in which they do.
const MOST_REPEATS: usize = 12;

/// What a call costs as mesh, as hybrid, as star and as mix, and what a weak receiver gets
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The server's binary [default: `visavis` beside this program]
    #[arg(long, value_name = "PATH")]
    server: Option<PathBuf>,

    /// How many callers are in the room
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [2, 3, 4, 6, 8, 12],
        value_parser = clap::value_parser!(u16).range(2..=i64::from(MOST)))]
    sizes: Vec<u16>,

    /// How the call is held
    #[arg(long, value_name = "TOPOLOGY,…", value_delimiter = ',', default_values_t = Topology::ALL)]
    topologies: Vec<Topology>,

    /// How often each measurement is made
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: u16,

    /// How long a call goes on before it is measured, in seconds
    #[arg(long, value_name = "S", default_value_t = 3, value_parser = clap::value_parser!(u64).range(0..=30))]
    settle: u64,

    /// How long it is measured, in seconds
    #[arg(long, value_name = "S", default_value_t = 6, value_parser = clap::value_parser!(u64).range(1..=30))]
    seconds: u64,

    /// The encoding of the picture that everybody sends and sees
    #[arg(long, value_name = "RID", default_value = "h", value_parser = RIDS)]
    layer: String,

    /// How many publish in the room of the weak receiver, which is measured six times as long
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u16).range(2..=i64::from(MOST_SHOWN)))]
    publishers: u16,

    /// The core of the server, and that of the callers
    #[arg(long, value_name = "N,N", value_delimiter = ',', num_args = 2, default_values_t = [0, 1])]
    cores: Vec<usize>,

    /// Writes tables and charts into topologies.md in this folder
    #[arg(long, value_name = "FOLDER")]
    write: Option<PathBuf>,

    /// Whether it works at all: two and three callers, once, for a second
    #[arg(long, conflicts_with_all = ["sizes", "rounds", "settle", "seconds", "write"])]
    quick: bool,
}

/// How much is measured.
struct Extent {
    sizes: Vec<usize>,
    rounds: u16,
    settle: Duration,
    window: Duration,
}

impl Options {
    fn extent(&self) -> Extent {
        let seconds = Duration::from_secs;
        if self.quick {
            return Extent { sizes: vec![2, 3], rounds: 1, settle: seconds(0), window: seconds(1) };
        }
        Extent {
            sizes: self.sizes.iter().copied().map(usize::from).collect(),
            rounds: self.rounds,
            settle: seconds(self.settle),
            window: seconds(self.seconds),
        }
    }
}

/// Measures, and tells the results as Markdown.
///
/// # Errors
/// If a server does not do what is expected of it, or the page to write does not take the results.
pub(crate) async fn run(options: &Options) -> anyhow::Result<String> {
    let most = usize::from(MOST);
    limits::make_room_for(most * (most + 1))?;
    let extent = options.extent();
    let media = Arc::new(Media::load()?);
    let layer = RIDS.iter().position(|rid| *rid == options.layer).unwrap_or_default();
    let unit = Unit::of(&media, layer);
    let visavis = options.server.clone().map_or_else(program::neighbour, Ok)?;
    let (width, height) = SIZES[layer];
    let mut report = Report::default();
    report.paragraph(&format!(
        "{}; {}. Median of {} rounds (least–greatest), in turns, of {} s each. A picture is {width}×{height}, with {:.0} packets \
         and {:.0} kbit in a second, a sound {:.0} packets and {:.0} kbit.",
        machine::describe()?,
        machine::version_of(&visavis)?,
        extent.rounds,
        extent.window.as_secs(),
        unit.picture.packets,
        unit.picture.bits / 1e3,
        unit.sound.packets,
        unit.sound.bits / 1e3,
    ));
    let (settle, window) = (extent.settle, extent.window);
    let flashes = weak::flashes()?;
    let means = Means { visavis, server_core: options.cores[0], settle, window, media, flashes, layer };
    pinned::to(options.cores[1])?;
    let mut results = Results::new(unit);
    // Whether it works at all can be seen beside whatever else goes on.
    let mut repeats = Repeats(if options.quick { 0 } else { MOST_REPEATS });
    hold_all(&options.topologies, &extent, &means, &mut repeats, &mut results).await?;
    results.report(&mut report);
    let publishers = options.publishers.into();
    hold_weak(publishers, extent.rounds, &means, &mut repeats).await?.report(&mut report);
    let tables = report.finish();
    if let Some(folder) = &options.write {
        document::write(folder, &tables, &charts::draw(&results))?;
    }
    Ok(tables)
}

/// How many calls may yet be held again.
struct Repeats(usize);

impl Repeats {
    /// Whether a call is to be held again in which other programs took so much of a core, in %.
    fn take(&mut self, others: f64) -> bool {
        let is_taken = others >= DISTURBED && self.0 > 0;
        self.0 -= usize::from(is_taken);
        is_taken
    }
}

/// Holds every call, in turns.
async fn hold_all(
    topologies: &[Topology],
    extent: &Extent,
    means: &Means,
    repeats: &mut Repeats,
    results: &mut Results,
) -> anyhow::Result<()> {
    let mut failures = 0;
    for round in 1..=extent.rounds {
        for callers in extent.sizes.iter().copied() {
            for topology in topologies.iter().copied().filter(|topology| topology.is_possible(callers)) {
                let mut outcome = measure(topology, callers, means).await;
                while outcome.as_ref().is_ok_and(|sample| repeats.take(sample.others)) {
                    outcome = measure(topology, callers, means).await;
                }
                let said = match &outcome {
                    Ok(sample) => format!("server {:.1} ms/s, callers {:.0} %", sample.cpu, sample.callers),
                    Err(error) => format!("{error:#}"),
                };
                let _ = writeln!(std::io::stderr(), "round {round}: {topology} of {callers}: {said}");
                match outcome {
                    Ok(sample) => results.add(callers, topology, sample),
                    Err(error) if failures == MOST_FAILURES => return Err(error),
                    Err(_) => {
                        failures += 1;
                        results.add_failed(callers, topology);
                    }
                }
            }
        }
    }
    Ok(())
}

/// Holds the calls of the weak receiver, in turns.
async fn hold_weak(
    publishers: usize,
    rounds: u16,
    means: &Means,
    repeats: &mut Repeats,
) -> anyhow::Result<weak::Results> {
    let mut failures = 0;
    let mut results = weak::Results::new(publishers);
    for round in 1..=rounds {
        for way in Way::ALL {
            let mut outcome = weak::measure(way, publishers, means).await;
            while outcome.as_ref().is_ok_and(|sample| repeats.take(sample.others)) {
                outcome = weak::measure(way, publishers, means).await;
            }
            let said = outcome.as_ref().map_or_else(|error| format!("{error:#}"), ToString::to_string);
            let _ = writeln!(std::io::stderr(), "round {round}: a weak receiver of {}: {said}", way.name());
            match outcome {
                Ok(sample) => results.add(way, sample),
                Err(error) if failures == MOST_FAILURES => return Err(error),
                Err(_) => {
                    failures += 1;
                    results.add_failed(way);
                }
            }
        }
    }
    Ok(results)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn extent(arguments: &[&str]) -> Option<Extent> {
        let line = Line::try_parse_from([&["compare"], arguments].concat()).ok()?;
        Some(line.options.extent())
    }

    #[test]
    fn a_quick_run_is_short_and_writes_nothing() {
        let quick = extent(&["--quick"]).unwrap();
        assert_eq!((quick.sizes, quick.rounds, quick.window), (vec![2, 3], 1, Duration::from_secs(1)));
        assert!(extent(&["--quick", "--write", "docs"]).is_none());
    }

    #[test]
    fn a_call_that_was_disturbed_is_held_again_but_not_for_ever() {
        let mut repeats = Repeats(2);
        assert_eq!(
            [10.0, 90.0, 10.0, 90.0, 90.0].map(|others| repeats.take(others)),
            [false, true, false, true, false]
        );
    }

    #[test]
    fn rooms_are_as_large_as_may_be_direct() {
        let sizes = |text| extent(&["--sizes", text]).map(|extent| extent.sizes);
        assert_eq!(sizes("2,12"), Some(vec![2, 12]));
        assert_eq!(sizes("1"), None);
        assert_eq!(sizes("13"), None);
    }
}
