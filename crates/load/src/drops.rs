//! Datagrams that the kernel dropped because a socket's buffer was full, from `/proc/net/udp`.

use std::collections::HashSet;

use anyhow::Context as _;

/// How many it dropped at sockets of IPv4 with these local ports, since they were opened.
///
/// # Errors
/// If the kernel's table has another form.
pub(crate) fn of(ports: impl Iterator<Item = u16>) -> anyhow::Result<u64> {
    let table = std::fs::read_to_string("/proc/net/udp")?;
    sum(&table, &ports.collect()).context("/proc/net/udp has another form")
}

fn sum(table: &str, ports: &HashSet<u16>) -> Option<u64> {
    let mut sum = 0;
    for line in table.lines().skip(1) {
        let mut columns = line.split_whitespace();
        let (_, port) = columns.nth(1)?.split_once(':')?;
        if ports.contains(&u16::from_str_radix(port, 16).ok()?) {
            sum += columns.next_back()?.parse::<u64>().ok()?;
        }
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_of_the_own_ports_are_added_up() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n\
            12: 0100007F:0FA0 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 77 2 0000000000000000 3\n\
            13: 0100007F:0FA1 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 78 2 0000000000000000 40\n\
            14: 0100007F:0FA2 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 79 2 0000000000000000 500\n";
        assert_eq!(sum(table, &HashSet::from([4000, 4002])), Some(503));
        assert_eq!(sum("head\nnonsense\n", &HashSet::new()), None);
    }

    #[test]
    fn a_socket_that_nobody_reads_drops_something() {
        let receiver = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let (to, port) = (receiver.local_addr().unwrap(), receiver.local_addr().unwrap().port());
        assert_eq!(of([port].into_iter()).unwrap(), 0);
        let sender = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        (0..2_000).for_each(|_| assert_eq!(sender.send_to(&[0; 1_200], to).unwrap(), 1_200));
        assert!(of([port].into_iter()).unwrap() > 0);
    }
}
