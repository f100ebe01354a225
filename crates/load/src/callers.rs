//! Callers with sound and picture, for a server that runs already.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::forwarded::{Guest, Venue};
use crate::limits;
use crate::media::{Media, RIDS, Stamped};
use crate::peer::Lines;
use crate::stage::{Stage, Tally};

/// How often it is looked whether everybody receives something.
const LOOK: Duration = Duration::from_millis(250);
/// How long that may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Sounds that a caller takes.
const SOUNDS: usize = 3;

/// Callers with sound and picture in a forwarded room of a server that runs already
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Where the server is
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    url: String,

    /// The room; it is made if it is not there
    #[arg(long)]
    room: String,

    /// How many callers come
    #[arg(long, value_name = "N", default_value_t = 30)]
    count: usize,

    /// How many of them send sound and picture
    #[arg(long, value_name = "N", default_value_t = 0)]
    publish: usize,

    /// How many pictures each one receives at a time
    #[arg(long, value_name = "N", default_value_t = 4)]
    pictures: usize,

    /// The encoding whose size they show pictures in
    #[arg(long, value_name = "RID", default_value = "q", value_parser = RIDS)]
    layer: String,

    /// How long they stay once all of them receive, in seconds; without it, until the input ends
    #[arg(long, value_name = "S")]
    seconds: Option<u64>,
}

/// Lets them in, says when all of them receive, and then what they received: a line of JSON each.
///
/// # Errors
/// If the server refuses something, or not all of them receive something in time.
pub(crate) async fn run(options: &Options) -> anyhow::Result<String> {
    limits::make_room_for(2 * options.count)?;
    let stage = Arc::new(Stage::open()?);
    let venue = Venue {
        address: address_in(&options.url)?,
        room: options.room.clone(),
        stage: Arc::clone(&stage),
        media: Arc::new(Media::load()?),
        layer: RIDS.iter().position(|rid| *rid == options.layer).unwrap_or_default(),
        stamped: Stamped::No,
        obliging: true,
        start: None,
    };
    let mut guests = JoinSet::new();
    for index in 0..options.count {
        let lines = Lines { publish: index < options.publish, sounds: SOUNDS, pictures: options.pictures };
        guests.spawn(Guest::join(&venue, index, lines).await?.attend());
    }
    until_all_receive(options.count, &stage, &mut guests).await?;
    let line = json!({ "receiving": options.count });
    writeln!(std::io::stdout(), "{line}")?;
    let began = Instant::now();
    tokio::select! {
        ended = guests.join_next() => ended.context("nobody came")???,
        () = stay(options.seconds) => {}
    }
    Ok(format!("{}\n", summary(&stage.collect()?, began.elapsed())))
}

async fn stay(seconds: Option<u64>) {
    match seconds {
        Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
        None => {
            let input = || std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
            let _ = tokio::task::spawn_blocking(input).await;
        }
    }
}

async fn until_all_receive(
    count: usize,
    stage: &Stage,
    guests: &mut JoinSet<anyhow::Result<()>>,
) -> anyhow::Result<()> {
    let end = Instant::now() + PATIENCE;
    let mut receive = vec![false; count];
    loop {
        tokio::time::sleep(LOOK).await;
        if let Some(ended) = guests.try_join_next() {
            ended??;
        }
        let tally = stage.collect()?;
        let all = tally.publishers.iter().chain(&tally.subscribers);
        all.zip(&mut receive).for_each(|(received, receives)| *receives |= received.packets > 0);
        if receive.iter().all(|receives| *receives) {
            return Ok(());
        }
        if Instant::now() > end {
            let (some, connected) = (receive.iter().filter(|receives| **receives).count(), tally.connected);
            bail!("of {count} callers {some} receive something; {connected} are connected");
        }
    }
}

fn summary(tally: &Tally, took: Duration) -> serde_json::Value {
    let all: Vec<_> = tally.publishers.iter().chain(&tally.subscribers).collect();
    let sum =
        |figure: fn(&crate::peer::Received) -> u64| all.iter().map(|received| figure(received)).sum::<u64>();
    json!({
        "seconds": took.as_secs_f64(),
        "connected": tally.connected,
        "failed": tally.happened.failed,
        "sent": tally.happened.sent,
        "received": sum(|received| received.packets),
        "lost": sum(|received| received.lost),
        "least": all.iter().map(|received| received.packets).min(),
        "streams": all.iter().map(|received| received.streams).min(),
    })
}

/// `HOST:PORT` of a URL.
fn address_in(url: &str) -> anyhow::Result<String> {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("ws://"));
    let rest = rest.with_context(|| format!("{url:?} does not begin with http:// or ws://"))?;
    let address = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let has_port = address.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    Ok(if has_port { address.to_owned() } else { format!("{address}:80") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_a_url() {
        let address = |url: &str| address_in(url).ok();
        assert_eq!(address("http://127.0.0.1:8080/").as_deref(), Some("127.0.0.1:8080"));
        assert_eq!(address("ws://[::1]:9/ws").as_deref(), Some("[::1]:9"));
        assert_eq!(address("http://example.com/r/x").as_deref(), Some("example.com:80"));
        assert_eq!(address("https://example.com"), None);
    }
}
