//! Clients that say much or nothing, for a server that runs already, to look at it with a profiler.

use std::io::Write as _;
use std::net::SocketAddr;

use clap::Args;

use crate::caller::Dialect;
use crate::crowd::{Crowd, Place};
use crate::exchange::Exchange;
use crate::limits;

/// Clients that say much or nothing, for a server that runs already, to look at it with a profiler
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Where the server listens
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    address: SocketAddr,

    /// The protocol
    #[arg(long, default_value = "native")]
    dialect: Dialect,

    /// Clients that come first, and are idle
    #[arg(long, value_name = "N", default_value_t = 0)]
    idle: usize,

    /// Whether they join rooms of two
    #[arg(long, default_value = "rooms")]
    place: Place,

    /// Session descriptions that pairs of others exchange then
    #[arg(long, value_name = "N", default_value_t = 0)]
    relays: usize,

    /// How many pairs there are; each has one description on its way
    #[arg(long, value_name = "N", default_value = "32", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pairs: u16,

    /// Stay, once all is done, until the input ends
    #[arg(long)]
    stay: bool,
}

/// Does what was asked for.
///
/// # Errors
/// If the server does not do what callers expect of it.
pub(crate) async fn run(options: &Options) -> anyhow::Result<String> {
    limits::make_room_for(options.idle + 2 * usize::from(options.pairs))?;
    let mut crowd = Crowd::default();
    crowd.grow(options.idle, options.address, options.dialect, options.place).await?;
    if options.relays > 0 {
        Exchange::prepare(options.address, options.dialect, options.pairs.into())
            .await?
            .run(options.relays)
            .await?;
    }
    if options.stay {
        writeln!(std::io::stderr(), "done; staying until the input ends")?;
        std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink())?;
    }
    Ok(String::new())
}
