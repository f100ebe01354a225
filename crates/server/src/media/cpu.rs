//! What a media thread takes of the processor, and whose part of that is how large.

use std::time::{Duration, Instant};

use visavis_protocol::ServerCosts;

/// What this thread had done when it was looked at last.
#[derive(Default)]
pub(super) struct Usage {
    before: Option<Before>,
}

struct Before {
    at: Instant,
    cpu: Duration,
    relayed: u64,
}

impl Usage {
    /// Divides what the thread has taken since the last time among rooms, by their packets. What was relayed meanwhile is
    /// nobody's; `relayed` counts it from the start.
    pub(super) fn divide<'a>(
        &mut self,
        rooms: impl Iterator<Item = &'a mut ServerCosts>,
        relayed: u64,
        now: Instant,
    ) {
        let Some(cpu) = thread_time() else { return };
        let Some(before) = self.before.replace(Before { at: now, cpu, relayed }) else { return };
        let seconds = now.saturating_duration_since(before.at).as_secs_f64();
        let taken = cpu.saturating_sub(before.cpu).as_secs_f64() / seconds;
        let relayed = to_f64(relayed.saturating_sub(before.relayed)) / seconds;
        if taken.is_finite() {
            share_out(taken, relayed, rooms);
        }
    }
}

/// `taken`: of a core; `relayed`: packets in a second beside those of the rooms.
fn share_out<'a>(taken: f64, relayed: f64, rooms: impl Iterator<Item = &'a mut ServerCosts>) {
    let mut rooms: Vec<_> = rooms.collect();
    let packets = |room: &ServerCosts| to_f64(room.packets_in.saturating_add(room.packets_out));
    let all = relayed + rooms.iter().map(|room| packets(room)).sum::<f64>();
    for room in &mut rooms {
        room.cpu = taken * packets(room) / all.max(1.0);
    }
}

#[expect(clippy::cast_precision_loss, reason = "no count of packets needs more than 53 bits")]
fn to_f64(count: u64) -> f64 {
    count as f64
}

/// For how long this thread has run; `None` where the system does not say.
pub(super) fn thread_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_has_the_share_of_its_packets() {
        let room =
            |packets_in, packets_out| ServerCosts { packets_in, packets_out, ..ServerCosts::default() };
        let mut rooms = [room(100, 300), room(0, 100), room(0, 0)];
        share_out(0.5, 500.0, rooms.iter_mut());
        assert_eq!(rooms.map(|room| room.cpu), [0.2, 0.05, 0.0]);
        let mut idle = [room(0, 0)];
        share_out(0.5, 0.0, idle.iter_mut());
        assert_eq!(idle[0].cpu.to_bits(), 0.0_f64.to_bits());
    }
}
