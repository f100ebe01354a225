//! What allocations cost: CPU time to make one, and memory while it is held.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use visavis_turn::codec::stun_types::attribute::{AttributeWrite, ErrorCode, Nonce, Realm, Username};
use visavis_turn::codec::stun_types::message::{
    IntegrityAlgorithm, LongTermKeyCredentials, Message, MessageWrite as _, MessageWriteExt as _,
    MessageWriteVec,
};
use visavis_turn::codec::turn_types::attribute::RequestedTransport;
use visavis_turn::codec::turn_types::message::ALLOCATE;

use super::coturn::Tools;
use super::{PASSWORD, REALM, USER};
use crate::program::Recipe;
use crate::report::Report;
use crate::series::Series;
use crate::usage::{cpu_time, memory};

/// How many are held at a time.
pub(super) const HELD: usize = 1000;
/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// IANA's number of UDP.
const UDP: u8 = 17;

/// One server, measured in every round.
#[derive(Default)]
struct Figures {
    /// Microseconds of CPU for each.
    cpu: Vec<f64>,
    /// Allocations made in a second by one client after the other.
    rate: Vec<f64>,
    /// Bytes of memory for each.
    bytes: Vec<f64>,
}

/// Makes a thousand allocations on each server, one after the other, and looks what they cost.
///
/// # Errors
/// If a server refuses one.
pub(super) fn run(rounds: usize, ours: &Recipe, tools: &Tools, report: &mut Report) -> anyhow::Result<()> {
    let mut figures = [Figures::default(), Figures::default()];
    for _ in 0..rounds {
        let program = ours.start()?;
        figures[0].measure(program.pid(), program.address())?;
        drop(program);
        let program = tools.serve(None)?;
        figures[1].measure(program.pid(), program.address)?;
    }
    let [ours, theirs] = figures;
    let row = |name: &str, ours: &[f64], theirs: &[f64]| {
        let summary =
            |series: Option<Series>| series.map_or_else(|| "–".to_owned(), |series| series.to_string());
        [
            name.to_owned(),
            summary(Series::new(ours.iter().copied())),
            summary(Series::new(theirs.iter().copied())),
            summary(Series::ratio(ours, theirs)),
        ]
    };
    report.paragraph(&format!(
        "{HELD} allocations over UDP, made one after the other, each with its challenge, and held together."
    ));
    report.table(
        ["", "visavis", "coturn", "ratio"],
        &[
            row("CPU for each, µs", &ours.cpu, &theirs.cpu),
            row("made in a second", &ours.rate, &theirs.rate),
            row("memory for each, bytes", &ours.bytes, &theirs.bytes),
        ],
    );
    Ok(())
}

impl Figures {
    #[expect(clippy::cast_precision_loss, reason = "a thousand, and bytes of memory")]
    fn measure(&mut self, pid: u32, server: SocketAddr) -> anyhow::Result<()> {
        // What is needed once is there already.
        let _first = allocate(server)?;
        let (cpu, resident, begun) = (cpu_time(pid)?, memory(pid)?.resident, Instant::now());
        let held = (0..HELD).map(|_| allocate(server)).collect::<anyhow::Result<Vec<_>>>()?;
        let took = begun.elapsed();
        let each = |total: f64| total / HELD as f64;
        self.cpu.push(each(cpu_time(pid)?.saturating_sub(cpu).as_secs_f64() * 1e6));
        self.bytes.push(each(memory(pid)?.resident.saturating_sub(resident) as f64));
        self.rate.push(HELD as f64 / took.as_secs_f64());
        drop(held);
        Ok(())
    }
}

/// An allocation of a socket of its own, which it lives as long as.
fn allocate(server: SocketAddr) -> anyhow::Result<UdpSocket> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.connect(server)?;
    let challenge = ask(&socket, None)?;
    let challenge = Message::from_bytes(&challenge)?;
    let nonce = challenge.attribute::<Nonce>().context("no challenge")?.nonce().to_owned();
    let answer = ask(&socket, Some(&nonce))?;
    match Message::from_bytes(&answer)?.attribute::<ErrorCode>() {
        Ok(refusal) => bail!("an allocation is refused with {}", refusal.code()),
        Err(_) => Ok(socket),
    }
}

/// One Allocate, and its answer.
fn ask(socket: &UdpSocket, nonce: Option<&str>) -> anyhow::Result<Vec<u8>> {
    let mut message = Message::builder_request(ALLOCATE, MessageWriteVec::new());
    message.add_attribute(&RequestedTransport::new(UDP))?;
    if let Some(nonce) = nonce {
        let (username, realm, nonce) = (Username::new(USER)?, Realm::new(REALM)?, Nonce::new(nonce)?);
        let attributes: [&dyn AttributeWrite; 3] = [&username, &realm, &nonce];
        for attribute in attributes {
            message.add_attribute(attribute)?;
        }
        let credentials = LongTermKeyCredentials::new(USER.to_owned(), PASSWORD.to_owned(), REALM.to_owned());
        let key = credentials.make_key(IntegrityAlgorithm::Sha1);
        message.add_message_integrity_with_key(&key, IntegrityAlgorithm::Sha1)?;
    }
    socket.send(&message.finish())?;
    let mut answer = vec![0; 2048];
    let length = socket.recv(&mut answer).context("no answer to an Allocate")?;
    answer.truncate(length);
    Ok(answer)
}
