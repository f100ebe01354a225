//! Clients that are there and do nothing.

use std::net::SocketAddr;

use clap::ValueEnum;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::caller::{Caller, Dialect, Pair};

/// How many come at the same time.
const AT_ONCE: usize = 16;

/// Whether idle clients are in rooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Place {
    /// Greeted, and no more.
    Lobby,
    /// In rooms of two.
    Rooms,
}

/// Idle clients.
#[derive(Default)]
pub(crate) struct Crowd {
    alone: Vec<Caller>,
    pairs: Vec<Pair>,
}

impl Crowd {
    /// Lets so many more clients come, until the crowd has `size`, and waits until nothing is on its way to or from them.
    pub(crate) async fn grow(
        &mut self,
        size: usize,
        server: SocketAddr,
        dialect: Dialect,
        place: Place,
    ) -> anyhow::Result<()> {
        match place {
            Place::Lobby => {
                let come = |_| async {
                    let mut caller = Caller::connect(server, dialect).await?;
                    caller.settle().await?;
                    anyhow::Ok(caller)
                };
                let newcomers = stream::iter(self.alone.len()..size).map(come).buffer_unordered(AT_ONCE);
                let newcomers: Vec<Caller> = newcomers.try_collect().await?;
                self.alone.extend(newcomers);
            }
            Place::Rooms => {
                let come = |room| async move {
                    let mut pair = Pair::meet(server, dialect, &format!("idle-{room}")).await?;
                    pair.settle().await?;
                    anyhow::Ok(pair)
                };
                let newcomers =
                    stream::iter(self.pairs.len()..size.div_ceil(2)).map(come).buffer_unordered(AT_ONCE);
                let newcomers: Vec<Pair> = newcomers.try_collect().await?;
                self.pairs.extend(newcomers);
            }
        }
        Ok(())
    }

    /// Has all of them show that they are alive, so that the server does not take them for dead.
    pub(crate) async fn stir(&mut self) -> anyhow::Result<()> {
        for caller in &mut self.alone {
            caller.settle().await?;
        }
        for pair in &mut self.pairs {
            pair.settle().await?;
        }
        Ok(())
    }
}
