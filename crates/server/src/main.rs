//! `visavis`: run it, send a link, see and hear each other.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use visavis_server::{Options, Server};

fn main() -> ExitCode {
    let options = Options::parse();
    // The library of assets lists every file at every start, and that of STUN warns of whatever strangers send.
    let filter =
        EnvFilter::try_new(format!("memory_serve=warn,stun_types=off,turn_types=off,{}", options.log));
    let filter = filter.unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "visavis: {error:#}");
            ExitCode::FAILURE
        }
    }
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
    }
    let port = server.local_addrs().first().map_or(0, std::net::SocketAddr::port);
    let _ = writeln!(
        out,
        "visavis {}: open http://localhost:{port} and send the link",
        env!("CARGO_PKG_VERSION")
    );
    let _ = out.flush();
}
