//! A weak receiver in a room of several: it looks at one of them in a small layer, or at the mix of all.
//!
//! One of them flashes and beeps. The receiver decodes what comes, so it knows how long picture and sound were on their way,
//! whatever was made of them in between.

mod receiver;
mod results;

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, bail};
use tokio::task::JoinSet;

use super::call::{LOOK, Means, PATIENCE, Used, count, rate};
use crate::forwarded::{Guest, LEAD, Venue};
use crate::media::{Media, Stamped, signal};
use crate::peer::{Lines, Moment, Seen};
use crate::pinned;
use crate::program::{Program, Recipe};
use crate::stage::Stage;
use receiver::Receiver;
pub(super) use results::Results;

const ROOM: &str = "weak";
/// Sounds that each takes from the server.
const SOUNDS: usize = 3;
/// How much longer this is measured than other calls: there is a flash about once a second.
pub(super) const LONGER: u32 = 6;

/// What the receiver looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// One of the others, in the smallest encoding. It hears the three loudest.
    Layer,
    /// The mix.
    Mix,
}

/// One measurement.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    /// What the receiver receives, in bit/s.
    down: f64,
    /// CPU time that decoding takes in a second of call, in ms: pictures, and sounds.
    pictures: f64,
    sounds: f64,
    /// Pictures that it decodes in a second.
    frames: f64,
    delays: Delays,
    /// CPU time of the server in a second, in ms.
    cpu: f64,
    /// How much of their core the callers used, in %, what the receiver decodes included.
    callers: f64,
    /// How much of a core other programs of this machine took meanwhile, in %.
    pub(super) others: f64,
}

/// How long each flash and each beep took, in ms.
#[derive(Debug, Clone, Default, PartialEq)]
struct Delays {
    pictures: Vec<f64>,
    sounds: Vec<f64>,
    /// How much later a beep came than the flash of the same moment.
    behind: Vec<f64>,
    /// How much later it was, by what the server says of when both were: that is what players go by.
    told: Vec<f64>,
}

/// A call that goes on.
struct Call {
    program: Program,
    stage: Arc<Stage>,
    /// When all began, by which flashes are known.
    start: Instant,
    members: JoinSet<anyhow::Result<()>>,
    /// The receiver's place among the callers of the stage.
    receiver: usize,
}

impl Way {
    pub(super) const ALL: [Self; 2] = [Self::Layer, Self::Mix];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Layer => "one small layer",
            Self::Mix => "the mix",
        }
    }

    /// Of so many who publish, how many are seen.
    fn sees(self, publishers: usize) -> usize {
        match self {
            Self::Layer => 1,
            Self::Mix => publishers,
        }
    }
}

/// Holds a call in which so many publish, and measures what it is to the receiver.
///
/// # Errors
/// If the server fails, or the call does not come about as it should.
pub(super) async fn measure(way: Way, publishers: usize, means: &Means) -> anyhow::Result<Sample> {
    let mut call = Call::open(way, publishers, means).await?;
    call.until_it_flashes(means.settle).await?;
    let window = means.window * LONGER;
    let (began, before) = (Instant::now(), Used::read(&call.program)?);
    tokio::time::sleep(window).await;
    let used = Used::read(&call.program)?.since(before);
    let tally = call.stage.collect()?;
    let took = began.elapsed();
    call.check()?;
    let seen = tally.seen.first().context("nobody looked")?;
    let traffic = tally.traffic.get(call.receiver).context("nobody received")?;
    let share = |time: Duration| time.as_secs_f64() / took.as_secs_f64();
    Ok(Sample {
        down: rate(traffic.received, took).bits,
        pictures: 1e3 * share(seen.pictures),
        sounds: 1e3 * share(seen.sounds),
        frames: count(seen.frames) / took.as_secs_f64(),
        delays: Delays::of(seen, call.start),
        cpu: 1e3 * share(used.server),
        callers: 100.0 * share(tally.busy),
        others: 100.0 * share(used.others()),
    })
}

impl Call {
    async fn open(way: Way, publishers: usize, means: &Means) -> anyhow::Result<Self> {
        let stage = Arc::new(Stage::awake()?);
        let recipe = Recipe::Visavis { binary: means.visavis.clone(), arguments: Vec::new() };
        let program = pinned::on(means.server_core, || recipe.start())?;
        let start = Instant::now() + LEAD;
        let others = Venue {
            address: program.address().to_string(),
            room: ROOM.to_owned(),
            stage: Arc::clone(&stage),
            media: Arc::new(signal::listener()?),
            layer: means.layer,
            stamped: Stamped::No,
            obliging: true,
            start: Some(start),
        };
        let first = Venue { media: Arc::clone(&means.flashes), ..others.clone() };
        let lines = Lines { publish: true, sounds: SOUNDS, pictures: publishers - 1 };
        let mut members = JoinSet::new();
        let flashes = Guest::join(&first, 0, lines).await?;
        let flashing = flashes.id().clone();
        members.spawn(flashes.attend());
        for index in 1..publishers {
            members.spawn(Guest::join(&others, index, lines).await?.attend());
        }
        // The receiver has a tile of its own in the mix, without a picture.
        let tiles = if way == Way::Mix { publishers + 1 } else { 1 };
        let mut receiver = Receiver::join(&others, way, flashing, tiles).await?;
        tokio::time::timeout(PATIENCE, receiver.until_it_sees())
            .await
            .with_context(|| format!("{}: nothing is seen of it", way.name()))??;
        let index = receiver.index();
        members.spawn(receiver.attend());
        Ok(Self { program, stage, start, members, receiver: index })
    }

    /// Waits until the call has gone on for a while, and the receiver sees a flash and hears a beep; counting begins then.
    async fn until_it_flashes(&mut self, settle: Duration) -> anyhow::Result<()> {
        tokio::time::sleep(settle).await;
        self.stage.collect()?;
        let end = Instant::now() + PATIENCE;
        let (mut flashes, mut beeps) = (0, 0);
        while flashes == 0 || beeps == 0 {
            tokio::time::sleep(LOOK).await;
            self.check()?;
            for seen in self.stage.collect()?.seen {
                flashes += seen.flashes.len();
                beeps += seen.beeps.len();
            }
            if Instant::now() > end {
                bail!("{flashes} flashes were seen, and {beeps} beeps heard");
            }
        }
        Ok(())
    }

    /// An error if somebody has left.
    fn check(&mut self) -> anyhow::Result<()> {
        self.members.try_join_next().map_or(Ok(()), |ended| ended?)
    }
}

impl std::fmt::Display for Sample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { down, delays, cpu, callers, .. } = self;
        let flashes = delays.pictures.len();
        write!(f, "{:.2} Mbit/s, {flashes} flashes, server {cpu:.1} ms/s, callers {callers:.0} %", down / 1e6)
    }
}

impl Delays {
    fn of(seen: &Seen, start: Instant) -> Self {
        let due = |moment: &Moment| Some((signal::since_flash(start, moment.came)?, moment.taken));
        let ms = |delay: Duration| 1e3 * delay.as_secs_f64();
        let flashes: Vec<_> = seen.flashes.iter().filter_map(due).collect();
        let beeps: Vec<_> = seen.beeps.iter().filter_map(due).collect();
        let mut delays = Self {
            pictures: flashes.iter().map(|((_, delay), _)| ms(*delay)).collect(),
            sounds: beeps.iter().map(|((_, delay), _)| ms(*delay)).collect(),
            ..Self::default()
        };
        for ((number, sound), heard) in &beeps {
            let Some(((_, picture), seen)) = flashes.iter().find(|((of, _), _)| of == number) else {
                continue;
            };
            delays.behind.push(ms(*sound) - ms(*picture));
            delays.told.extend(seen.zip(*heard).map(|(seen, heard)| later(seen, heard)));
        }
        delays
    }
}

/// How much later than the first the second was, in ms.
fn later(first: SystemTime, second: SystemTime) -> f64 {
    match second.duration_since(first) {
        Ok(later) => 1e3 * later.as_secs_f64(),
        Err(sooner) => -1e3 * sooner.duration().as_secs_f64(),
    }
}

/// What whoever flashes sends.
///
/// # Errors
/// If a codec fails.
pub(super) fn flashes() -> anyhow::Result<Arc<Media>> {
    Ok(Arc::new(signal::flashes()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beep_is_compared_with_the_flash_of_the_same_moment() {
        let (start, epoch) = (Instant::now(), SystemTime::UNIX_EPOCH);
        let moment = |came, taken: Option<u64>| Moment {
            came: start + Duration::from_millis(came),
            taken: taken.map(|taken| epoch + Duration::from_millis(taken)),
        };
        // The flashes are due at 520, 1560 and 2600 ms; the second one was not seen, of the third one no beep was heard.
        let seen = Seen {
            flashes: vec![moment(600, Some(5_000)), moment(2_700, Some(7_080))],
            beeps: vec![moment(570, Some(4_990)), moment(1_600, Some(6_030))],
            ..Seen::default()
        };
        let Delays { pictures, sounds, behind, told } = Delays::of(&seen, start);
        let is = |values: &[f64], expected: &[f64]| {
            values.len() == expected.len() && values.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-3)
        };
        assert!(is(&pictures, &[80.0, 100.0]), "{pictures:?}");
        assert!(is(&sounds, &[50.0, 40.0]), "{sounds:?}");
        assert!(is(&behind, &[-30.0]), "{behind:?}");
        assert!(is(&told, &[-10.0]), "{told:?}");
    }
}
