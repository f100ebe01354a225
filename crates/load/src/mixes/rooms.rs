//! More and more rooms on one server, each of them mixed for everybody in it, until it takes no more.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::sync::watch;
use tokio::task::JoinSet;
use visavis_protocol::{MixState, RoomName};

use super::Options;
use super::member::{Member, Progress, Venue};
use crate::media::Media;
use crate::program::{Program, Recipe};
use crate::report::Report;
use crate::series::short;
use crate::stage::Stage;
use crate::{limits, machine, usage};

/// How long it may take until a room is mixed for everybody in it, or that is refused; and how often that is looked at.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(250);
/// So many rooms are tried at most.
const MOST: usize = 65;

/// Everybody in one room.
struct Room {
    /// In the stage, and how far they have got.
    callers: Vec<(usize, watch::Receiver<Progress>)>,
}

/// What comes to a caller: packets and frames so far, of all streams.
#[derive(Clone, Copy, Default)]
struct Came {
    packets: u64,
    frames: u64,
}

struct Hall<'a> {
    options: &'a Options,
    program: Program,
    stage: Arc<Stage>,
    media: Arc<Media>,
    guests: JoinSet<anyhow::Result<()>>,
    rooms: Vec<Room>,
}

/// Adds rooms until the server says that it is busy, measures with each of them, and adds the table.
pub(super) async fn run(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    limits::make_room_for(MOST * usize::from(options.room) * 2)?;
    let arguments = options.mixes.map(|mixes| format!("--mixes={mixes}"));
    let recipe =
        Recipe::Visavis { binary: options.visavis()?, arguments: arguments.iter().cloned().collect() };
    let program = recipe.start()?;
    let (stage, media) = (Arc::new(Stage::open()?), Arc::new(Media::load()?));
    let mut hall = Hall { options, program, stage, media, guests: JoinSet::new(), rooms: Vec::new() };
    report.paragraph(&format!(
        "Rooms of {} on one {} with {}; callers send camera and microphone, and share the cores with it:",
        options.room,
        machine::version_of(&options.visavis()?)?,
        arguments.unwrap_or_else(|| "its own number of mixes".to_owned())
    ));
    let mut rows = Vec::new();
    let refused = loop {
        if hall.rooms.len() == MOST {
            break None;
        }
        if hall.add().await? == MixState::Busy {
            break Some(hall.rooms.len());
        }
        rows.push(hall.measure().await?);
    };
    let busy = hall.measure().await?;
    let head =
        ["rooms mixed", "server, cores", "all, cores", "frames/s each", "packets/s each (least–greatest)"];
    rows.push([
        format!("{}, and one refused", rows.len()),
        busy[1].clone(),
        busy[2].clone(),
        busy[3].clone(),
        busy[4].clone(),
    ]);
    report.table(head, &rows);
    report.paragraph(&match refused {
        Some(number) => format!(
            "The plan of room {number} said `mix: busy`; that of the others went on to say `mix: on`."
        ),
        None => format!("No room was refused, of {MOST}."),
    });
    Ok(())
}

impl Hall<'_> {
    /// Fills one more room, and waits until everybody in it receives the mix, or is refused it.
    async fn add(&mut self) -> anyhow::Result<MixState> {
        let number = self.rooms.len() + 1;
        let (address, room) = (self.program.address().to_string(), RoomName::new(&format!("room-{number}"))?);
        let venue = Venue { address, room, stage: Arc::clone(&self.stage) };
        let mut callers = Vec::new();
        for _ in 0..self.options.room {
            let (sender, receiver) = watch::channel(Progress::default());
            let (member, caller) = Member::appear(&venue, &self.media, sender).await?;
            self.guests.spawn(member.attend());
            callers.push((caller, receiver));
        }
        self.rooms.push(Room { callers });
        self.until_settled(number).await
    }

    async fn until_settled(&mut self, number: usize) -> anyhow::Result<MixState> {
        let end = Instant::now() + PATIENCE;
        loop {
            tokio::time::sleep(LOOK).await;
            self.check()?;
            let room = self.rooms.last().context("no room")?;
            let all =
                |is: fn(Progress) -> bool| room.callers.iter().all(|(_, progress)| is(*progress.borrow()));
            if all(|progress| progress.hears) {
                return Ok(MixState::On);
            }
            if all(|progress| progress.mix == MixState::Busy) {
                return Ok(MixState::Busy);
            }
            if Instant::now() > end {
                bail!("room {number} is neither mixed nor refused");
            }
        }
    }

    /// What the server takes, and what comes to those whose rooms are mixed.
    async fn measure(&mut self) -> anyhow::Result<[String; 5]> {
        tokio::time::sleep(Duration::from_secs(self.options.warm_up.into())).await;
        let (began, used, all, before) = (Instant::now(), self.cpu()?, machine::cpu_time()?, self.came()?);
        tokio::time::sleep(Duration::from_secs(self.options.seconds.into())).await;
        let seconds = began.elapsed().as_secs_f64();
        let used = self.cpu()?.saturating_sub(used).as_secs_f64() / seconds;
        let all = machine::cpu_time()?.saturating_sub(all).as_secs_f64() / seconds;
        let came: Vec<Came> =
            self.came()?.iter().zip(&before).map(|(now, before)| now.since(*before)).collect();
        self.check()?;
        let rooms = self.mixed().count();
        let spread = |figure: fn(&Came) -> u64| spread(came.iter().map(figure), seconds);
        let row = [
            rooms.to_string(),
            short(used),
            short(all),
            spread(|came| came.frames),
            spread(|came| came.packets),
        ];
        writeln!(std::io::stderr(), "{}", row.join(" | "))?;
        Ok(row)
    }

    /// Those rooms that the server mixes.
    fn mixed(&self) -> impl Iterator<Item = &Room> {
        self.rooms.iter().filter(|room| {
            room.callers.iter().all(|(_, progress)| {
                let Progress { mix, hears } = *progress.borrow();
                mix == MixState::On && hears
            })
        })
    }

    fn came(&self) -> anyhow::Result<Vec<Came>> {
        let callers = self.mixed().flat_map(|room| &room.callers);
        callers
            .map(|(caller, _)| {
                let mut came = Came::default();
                for (_, stream) in self.stage.look(*caller)?.streams {
                    came.packets += stream.packets;
                    came.frames = came.frames.max(stream.frames);
                }
                Ok(came)
            })
            .collect()
    }

    fn cpu(&self) -> anyhow::Result<Duration> {
        usage::cpu_time(self.program.pid())
    }

    /// Whether all is well with the callers' signaling.
    fn check(&mut self) -> anyhow::Result<()> {
        match self.guests.try_join_next() {
            Some(ended) => ended?,
            None => Ok(()),
        }
    }
}

impl Came {
    fn since(self, before: Self) -> Self {
        Self { packets: self.packets - before.packets, frames: self.frames - before.frames }
    }
}

#[expect(clippy::cast_precision_loss, reason = "far fewer packets than a f64 counts exactly")]
fn spread(values: impl Iterator<Item = u64>, seconds: f64) -> String {
    let rates: Vec<f64> = values.map(|value| value as f64 / seconds).collect();
    let least = rates.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = rates.iter().copied().fold(0.0, f64::max);
    if rates.is_empty() { "–".to_owned() } else { format!("{}–{}", short(least), short(greatest)) }
}
