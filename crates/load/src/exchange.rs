//! Pairs that pass descriptions back and forth, and what that costs the server.

use std::net::SocketAddr;

use futures_util::future::try_join_all;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::value::RawValue;

use crate::caller::{Dialect, Pair};
use crate::program::Program;
use crate::usage;

/// How many pairs talk at the same time, if nothing else is said; each has one description on its way.
pub(crate) const PAIRS: usize = 32;
/// The length of a session description, in bytes of text.
const SDP_BYTES: usize = 2_000;
/// Relays before measuring: enough for a just-in-time compiler.
const WARM_UP: usize = 3_200;

/// Pairs that are ready to exchange descriptions.
pub(crate) struct Exchange {
    pairs: Vec<Pair>,
    description: Box<RawValue>,
}

impl Exchange {
    /// Connects the pairs and lets the server run warm.
    pub(crate) async fn prepare(server: SocketAddr, dialect: Dialect, pairs: usize) -> anyhow::Result<Self> {
        // Whoever lost a connection stays for a while: rooms of an earlier run are not empty.
        let run = std::process::id();
        let meet = |pair| async move { Pair::meet(server, dialect, &format!("pair-{run}-{pair}")).await };
        let pairs = stream::iter(0..pairs).map(meet).buffer_unordered(8).try_collect().await?;
        let mut exchange = Self { pairs, description: description()? };
        exchange.run(WARM_UP).await?;
        Ok(exchange)
    }

    /// CPU time of the server for each of about so many relays, in µs.
    pub(crate) async fn cost(&mut self, server: &Program, relays: usize) -> anyhow::Result<f64> {
        let before = usage::cpu_time(server.pid())?;
        let relayed = self.run(relays).await?;
        let spent = usage::cpu_time(server.pid())?.saturating_sub(before);
        Ok(spent.as_secs_f64() * 1e6 / f64::from(u32::try_from(relayed)?))
    }

    /// Makes about so many relays, and tells how many they were.
    pub(crate) async fn run(&mut self, relays: usize) -> anyhow::Result<usize> {
        let each = relays.div_ceil(self.pairs.len());
        try_join_all(self.pairs.iter_mut().map(|pair| pair.exchange(each, &self.description))).await?;
        Ok(each * self.pairs.len())
    }
}

/// An offer as long as that of a browser with a few sources.
fn description() -> serde_json::Result<Box<RawValue>> {
    let mut sdp = "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n".to_owned();
    let line = "a=rtcp-fb:96 transport-cc\r\n";
    while sdp.len() + line.len() <= SDP_BYTES {
        sdp.push_str(line);
    }
    serde_json::value::to_raw_value(&serde_json::json!({ "type": "offer", "sdp": sdp }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_about_2_kb_long() {
        let length = description().unwrap().get().len();
        assert!((2_000..2_300).contains(&length), "{length}");
    }
}
