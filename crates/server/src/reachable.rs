//! Whether relays can be reached at the address that they are advertised under: looked at once, at the start, because
//! otherwise it is noticed in the first call that needs one.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

use rand::Rng as _;
use tokio::net::UdpSocket;
use tokio::time::timeout;

/// How long a datagram may be on its way out and back.
const PATIENCE: Duration = Duration::from_secs(2);
/// Ports tried until one is free.
const ATTEMPTS: usize = 16;

/// What sending a datagram to oneself came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It arrived.
    Reached,
    /// It did not.
    Silent,
    /// It could not even be sent, or no port of the range was free.
    Unsent,
}

/// Tries each address on a port of the range, and says in the log what came of it.
pub(crate) async fn report(addresses: Vec<IpAddr>, ports: RangeInclusive<u16>) {
    for ip in addresses {
        let (first, last) = (ports.start(), ports.end());
        match reach(ip, &ports, PATIENCE).await {
            Reach::Reached => tracing::info!("relays can be reached at {ip}, ports {first}-{last}"),
            Reach::Silent => tracing::warn!(
                "a datagram from here to {ip}, ports {first}-{last}, did not come back: either a firewall keeps these ports \
                 closed, so that relayed calls to people elsewhere fail, or the router does not lead its own address back \
                 inside, which does no harm"
            ),
            Reach::Unsent => tracing::warn!(
                "nothing could be sent to {ip}, ports {first}-{last}: is --public-ip an address of this machine, or of the \
                 router before it?"
            ),
        }
    }
}

/// Whether a datagram sent to `ip`, at a free port of the range, arrives here.
async fn reach(ip: IpAddr, ports: &RangeInclusive<u16>, patience: Duration) -> Reach {
    match sent(ip, ports).await {
        Ok((receiver, mark)) => {
            let arrives = async {
                let mut buffer = [0; 64];
                // Somebody else's datagram is not the one.
                while receiver.recv_from(&mut buffer).await.is_ok() {
                    if buffer.starts_with(&mark) {
                        return Reach::Reached;
                    }
                }
                Reach::Silent
            };
            timeout(patience, arrives).await.unwrap_or(Reach::Silent)
        }
        Err(error) => {
            tracing::debug!(%error, %ip, "self-test");
            Reach::Unsent
        }
    }
}

/// A socket as relays have one, and what was sent to its address.
async fn sent(ip: IpAddr, ports: &RangeInclusive<u16>) -> io::Result<(UdpSocket, [u8; 16])> {
    let any: IpAddr = if ip.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let receiver = bind(any, ports).await?;
    let to = SocketAddr::new(ip, receiver.local_addr()?.port());
    let mark: [u8; 16] = rand::random();
    UdpSocket::bind((any, 0)).await?.send_to(&mark, to).await?;
    Ok((receiver, mark))
}

async fn bind(any: IpAddr, ports: &RangeInclusive<u16>) -> io::Result<UdpSocket> {
    let mut bound = Err(io::ErrorKind::AddrInUse.into());
    for _ in 0..ATTEMPTS {
        let port = rand::rng().random_range(ports.clone());
        bound = UdpSocket::bind((any, port)).await;
        if bound.is_ok() {
            break;
        }
    }
    bound
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORTS: RangeInclusive<u16> = 20_000..=60_000;

    #[tokio::test]
    async fn an_address_of_this_machine_is_reached() {
        for ip in ["127.0.0.1", "::1"] {
            assert_eq!(reach(ip.parse().unwrap(), &PORTS, PATIENCE).await, Reach::Reached, "{ip}");
        }
    }

    #[tokio::test]
    async fn an_address_that_nothing_can_be_sent_to_is_told_from_one_that_is_silent() {
        // A broadcast address takes nothing from a socket that has not asked to broadcast.
        assert_eq!(reach("255.255.255.255".parse().unwrap(), &PORTS, PATIENCE).await, Reach::Unsent);
    }
}
