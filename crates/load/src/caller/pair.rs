//! Two callers alone in a room.

use std::net::SocketAddr;

use anyhow::Context as _;
use serde_json::value::RawValue;

use super::{Caller, Dialect};

/// Two callers who have met.
pub(crate) struct Pair {
    callers: [Caller; 2],
    /// The ids of the two, in the same order.
    ids: [String; 2],
}

impl Pair {
    /// Connects two callers, and waits until both are in the room and know each other.
    pub(crate) async fn meet(address: SocketAddr, dialect: Dialect, room: &str) -> anyhow::Result<Self> {
        let mut first = Caller::connect(address, dialect).await?;
        let mut second = Caller::connect(address, dialect).await?;
        first.join(room).await?;
        second.join(room).await?;
        let second_id = first.meet(1).await?.pop().context("met nobody")?;
        let first_id = second.meet(1).await?.pop().context("met nobody")?;
        Ok(Self { callers: [first, second], ids: [first_id, second_id] })
    }

    /// Passes a session description back and forth: so many relays, one at a time.
    pub(crate) async fn exchange(&mut self, relays: usize, description: &RawValue) -> anyhow::Result<()> {
        for relay in 0..relays {
            let (from, to) = (relay % 2, (relay + 1) % 2);
            self.callers[from].describe(&self.ids[to], description).await?;
            self.callers[to].described().await?;
        }
        Ok(())
    }

    /// Waits until nothing is on its way to or from either.
    pub(crate) async fn settle(&mut self) -> anyhow::Result<()> {
        for caller in &mut self.callers {
            caller.settle().await?;
        }
        Ok(())
    }
}
