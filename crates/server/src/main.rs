//! `visavis`: run it, send a link, see and hear each other.

use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use visavis_server::{Command, Options, Server, Tls};

/// Self-hosted video chat in one program: run it, send a link, see and hear each other.
#[derive(Parser)]
#[command(name = "visavis", version, args_conflicts_with_subcommands = true)]
struct Line {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Option<Command>,
}

fn main() -> ExitCode {
    let line = Line::parse();
    let done = match line.command {
        Some(command) => command.run().map(|made| {
            let _ = writeln!(std::io::stdout(), "{made}");
        }),
        None => start(line.options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "visavis: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(options: Options) -> anyhow::Result<()> {
    log_to_stderr(&options.log)?;
    options.check().map_err(anyhow::Error::msg)?;
    for name in
        Options::unknown_variables(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()))
    {
        tracing::warn!("{name} is no option; visavis --help lists them");
    }
    run(options)
}

fn log_to_stderr(filter: &str) -> anyhow::Result<()> {
    // The library of assets lists every file at every start, and that of STUN warns of whatever strangers send.
    let filter = EnvFilter::try_new(format!("memory_serve=warn,stun_types=off,turn_types=off,{filter}"))
        .with_context(|| {
            format!("--log {filter}: a level like info, or a filter like visavis_server=debug")
        })?;
    let stderr = std::io::stderr();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(stderr.is_terminal())
        .with_writer(std::io::stderr)
        .init();
    Ok(())
}

#[tokio::main]
async fn run(options: Options) -> anyhow::Result<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let server = Server::bind(options).await?;
    greet(&server);
    server
        .run(async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
        .await
}

/// Says where to go. A closed standard output is no reason not to serve.
fn greet(server: &Server) {
    let mut out = std::io::stdout().lock();
    for address in server.local_addrs() {
        let _ = writeln!(out, "listening on http://{address} (TCP and UDP)");
        if server.tls() != Tls::Off {
            let _ = writeln!(out, "listening on https://{address} (TCP)");
        }
    }
    let page = server.local_addrs().first().map(|address| page(*address, server.tls())).unwrap_or_default();
    let _ = writeln!(out, "visavis {}: open {page} and send the link", env!("CARGO_PKG_VERSION"));
    let _ = out.flush();
}

/// Where the page is.
fn page(address: SocketAddr, tls: Tls) -> String {
    let port = address.port();
    let place = match address.ip() {
        ip if ip.is_unspecified() || ip.is_loopback() => format!("localhost:{port}"),
        _ => address.to_string(),
    };
    match tls {
        Tls::Off => format!("http://{place}"),
        Tls::SelfSigned => format!("https://{place}"),
        Tls::Files => format!("https://NAME:{port} (with the name that the certificate is for)"),
    }
}
