//! Janus with its AudioBridge, which mixes sound.

use std::net::IpAddr;
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::api::Api;
use super::{Plugin, ROOM, Started, connect, own_address, start};
use crate::program::Child;

/// Samples in a second of the mix. By itself it has 16,000.
const SAMPLE_RATE: u32 = 48_000;

/// How it encodes the mix of each caller, where that is not left to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Effort {
    /// Of 10.
    pub(crate) complexity: u32,
    /// In bit/s.
    pub(crate) bitrate: u32,
    /// What callers are expected to lose, in percent.
    pub(crate) loss: u32,
}

/// A running Janus with one room, in which everybody hears all but themselves. Dropping it ends it.
pub(crate) struct Bridge {
    child: Child,
    api: Api,
    address: IpAddr,
    _settings: TempDir,
}

impl Bridge {
    /// Starts a Janus for it: with a thread for each connection, as it comes, or with so many event loops for all.
    pub(crate) fn start(program: &Path, loops: Option<u32>) -> anyhow::Result<Started> {
        start(program, Plugin::AudioBridge, loops)
    }

    /// Makes a room in a Janus that was just started.
    pub(crate) async fn open((child, address, settings): Started) -> anyhow::Result<Self> {
        let mut api = connect(address).await?;
        let handle = api.attach(&Plugin::AudioBridge.package()).await?;
        let room = json!({ "request": "create", "room": ROOM, "sampling_rate": SAMPLE_RATE });
        api.message(handle, room, None).await?;
        Ok(Self { child, api, address: own_address()?, _settings: settings })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.pid()
    }

    /// Where callers are.
    pub(crate) fn local_ip(&self) -> IpAddr {
        self.address
    }

    /// Lets a caller in, and tells the answer to its offer.
    pub(crate) async fn join(&mut self, offer: &str, effort: Option<Effort>) -> anyhow::Result<String> {
        let handle = self.api.attach(&Plugin::AudioBridge.package()).await?;
        let mut join = json!({ "request": "join", "room": ROOM });
        if let Some(Effort { complexity, bitrate, loss }) = effort {
            join["quality"] = complexity.into();
            join["bitrate"] = bitrate.into();
            join["expected_loss"] = loss.into();
        }
        self.api.message(handle, join, None).await?;
        let offer = json!({ "type": "offer", "sdp": offer });
        let reply =
            self.api.message(handle, json!({ "request": "configure", "muted": false }), Some(offer)).await?;
        let answer = reply.pointer("/jsep/sdp").and_then(Value::as_str);
        Ok(answer.context("janus gave no answer")?.to_owned())
    }
}
