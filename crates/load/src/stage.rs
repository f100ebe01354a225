//! A thread with the media of many callers.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use mio::{Events, Poll, Token, Waker};

use crate::drops;
use crate::peer::{Batch, Happened, Look, Received, Seen, Socket, Traffic};

/// Callers have the tokens below.
const WAKE: Token = Token(usize::MAX);
/// Events taken at a time.
const EVENTS: usize = 256;

/// A caller's media, as the thread sees it.
pub(crate) trait Actor: Send {
    /// Where it receives.
    fn socket(&mut self) -> &mut Socket;

    /// Whether it sends anything.
    fn publishes(&self) -> bool;

    /// Whether its connection stands.
    fn is_connected(&self) -> bool;

    /// When [`Actor::advance`] is due.
    fn deadline(&self) -> Option<Instant>;

    /// Takes all that came.
    fn receive(&mut self, batch: &mut Batch, happened: &mut Happened);

    /// Sends what is due.
    fn advance(&mut self, now: Instant, happened: &mut Happened);

    /// What came since the last call.
    fn collect(&mut self) -> Received;

    /// Sends these encodings of its picture only.
    fn only(&mut self, rids: &[String]);

    /// Sends neither sound nor picture, or goes on.
    fn pause(&mut self, _paused: bool) {}

    /// What went over its connection since the last call.
    fn traffic(&mut self) -> Traffic {
        Traffic::default()
    }

    /// What it has seen and heard since the last call, if it decodes anything.
    fn seen(&mut self) -> Option<Seen> {
        None
    }

    /// How far its connection is.
    fn look(&mut self) -> Look {
        Look::default()
    }
}

/// The thread. It ends with this.
pub(crate) struct Stage {
    commands: Sender<Command>,
    waker: Arc<Waker>,
    thread: Option<JoinHandle<anyhow::Result<()>>>,
}

/// What callers received and sent since the last time that was asked.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tally {
    pub(crate) happened: Happened,
    /// Of each caller that does not publish.
    pub(crate) subscribers: Vec<Received>,
    /// Of each one that does.
    pub(crate) publishers: Vec<Received>,
    /// Of each caller.
    pub(crate) traffic: Vec<Traffic>,
    /// Of each one that decodes what it receives.
    pub(crate) seen: Vec<Seen>,
    /// Callers whose connection stands.
    pub(crate) connected: usize,
    /// How long the thread had something to do.
    pub(crate) busy: Duration,
    /// Datagrams that the kernel dropped since the beginning, because this program did not read them in time.
    pub(crate) dropped: u64,
}

enum Command {
    Add(Box<dyn Actor>, Sender<usize>),
    Only(usize, Vec<String>),
    Pause(usize, bool),
    Look(usize, Sender<Look>),
    Collect(Sender<Tally>),
    End,
}

struct Actors {
    poll: Poll,
    cast: Vec<Box<dyn Actor>>,
    happened: Happened,
    batch: Batch,
    commands: Receiver<Command>,
    /// How long it sleeps at most.
    rest: Option<Duration>,
    busy: Duration,
    ended: bool,
}

impl Stage {
    /// # Errors
    /// If there are no descriptors or threads left.
    pub(crate) fn open() -> anyhow::Result<Self> {
        Self::with(None)
    }

    /// A thread that never sleeps. What a server sends over loopback wakes whoever sleeps there, and that is counted as the
    /// server's time: in a virtual machine it is more than all the rest of sending, and no network card costs it.
    ///
    /// # Errors
    /// If there are no descriptors or threads left.
    pub(crate) fn awake() -> anyhow::Result<Self> {
        Self::with(Some(Duration::ZERO))
    }

    fn with(rest: Option<Duration>) -> anyhow::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        let (commands, receiver) = mpsc::channel();
        let (happened, batch) = (Happened::default(), Batch::new());
        let cast = Vec::new();
        let busy = Duration::ZERO;
        let actors = Actors { poll, cast, happened, batch, commands: receiver, rest, busy, ended: false };
        let thread = std::thread::Builder::new().name("callers".to_owned()).spawn(|| actors.run())?;
        Ok(Self { commands, waker, thread: Some(thread) })
    }

    /// Lets a caller in, and tells its number: they count from 0.
    pub(crate) fn add(&self, actor: impl Actor + 'static) -> anyhow::Result<usize> {
        self.ask(|reply| Command::Add(Box::new(actor), reply))
    }

    /// Has a caller send these encodings only.
    pub(crate) fn only(&self, caller: usize, rids: Vec<String>) -> anyhow::Result<()> {
        self.command(Command::Only(caller, rids))
    }

    /// Has a caller send nothing, or go on.
    pub(crate) fn pause(&self, caller: usize, paused: bool) -> anyhow::Result<()> {
        self.command(Command::Pause(caller, paused))
    }

    /// How far the connection of a caller is.
    pub(crate) fn look(&self, caller: usize) -> anyhow::Result<Look> {
        self.ask(|reply| Command::Look(caller, reply))
    }

    /// What happened since the last call.
    pub(crate) fn collect(&self) -> anyhow::Result<Tally> {
        self.ask(Command::Collect)
    }

    fn ask<T>(&self, question: impl FnOnce(Sender<T>) -> Command) -> anyhow::Result<T> {
        let (reply, answer) = mpsc::channel();
        self.command(question(reply))?;
        answer.recv().context("the thread of the callers has ended")
    }

    fn command(&self, command: Command) -> anyhow::Result<()> {
        if self.commands.send(command).is_err() {
            bail!("the thread of the callers has ended");
        }
        Ok(self.waker.wake()?)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.command(Command::End);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Actors {
    fn run(mut self) -> anyhow::Result<()> {
        let mut events = Events::with_capacity(EVENTS);
        while !self.ended {
            let now = Instant::now();
            let next = self.cast.iter().filter_map(|actor| actor.deadline()).min();
            let wait = self.rest.or_else(|| next.map(|next| next.saturating_duration_since(now)));
            match self.poll.poll(&mut events, wait) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error.into()),
                _ => {}
            }
            let began = Instant::now();
            let mut idle = events.is_empty();
            for event in &events {
                match event.token() {
                    WAKE => self.obey()?,
                    Token(index) => self.cast[index].receive(&mut self.batch, &mut self.happened),
                }
            }
            let now = Instant::now();
            for actor in &mut self.cast {
                if actor.deadline().is_some_and(|deadline| deadline <= now) {
                    actor.advance(now, &mut self.happened);
                    idle = false;
                }
            }
            if !idle {
                self.busy += began.elapsed();
            }
        }
        Ok(())
    }

    fn obey(&mut self) -> anyhow::Result<()> {
        while let Ok(command) = self.commands.try_recv() {
            match command {
                Command::Add(mut actor, reply) => {
                    let number = self.cast.len();
                    actor.socket().register(self.poll.registry(), Token(number))?;
                    self.cast.push(actor);
                    let _ = reply.send(number);
                }
                Command::Only(caller, rids) => {
                    if let Some(actor) = self.cast.get_mut(caller) {
                        actor.only(&rids);
                    }
                }
                Command::Pause(caller, paused) => {
                    if let Some(actor) = self.cast.get_mut(caller) {
                        actor.pause(paused);
                    }
                }
                Command::Look(caller, reply) => {
                    let look = self.cast.get_mut(caller).map(|actor| actor.look());
                    let _ = reply.send(look.unwrap_or_default());
                }
                Command::Collect(reply) => drop(reply.send(self.collect()?)),
                Command::End => self.ended = true,
            }
        }
        Ok(())
    }

    fn collect(&mut self) -> anyhow::Result<Tally> {
        let mut tally = Tally { happened: std::mem::take(&mut self.happened), ..Tally::default() };
        tally.busy = std::mem::take(&mut self.busy);
        tally.dropped = drops::of(self.cast.iter_mut().map(|actor| actor.socket().local().port()))?;
        for actor in &mut self.cast {
            tally.connected += usize::from(actor.is_connected());
            let side = if actor.publishes() { &mut tally.publishers } else { &mut tally.subscribers };
            side.push(actor.collect());
            tally.traffic.push(actor.traffic());
            tally.seen.extend(actor.seen());
        }
        Ok(tally)
    }
}
