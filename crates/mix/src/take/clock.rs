//! What time it was when something was sent, of which the sender says how long it was after what was sent before.

use std::time::Duration;

/// For so long the fastest packet is looked for, over and over: clocks do not run equally fast, and ways change.
const WINDOW: i64 = 10_000_000;
/// Time stamps that are farther off than this do not belong to the ones before.
const JUMP: i64 = 2_000_000;

/// Times, in microseconds since the beginning, by time stamps of a stream: none is later than its packet came, and they go on as evenly
/// as the sender has them.
pub(super) struct Clock {
    rate: u32,
    /// The last time stamp, and how long it was after the first.
    last: Option<(u32, i64)>,
    /// By how much the fastest packet was behind its own time; and of this window.
    behind: i64,
    fastest: i64,
    window: i64,
    /// Time does not go back.
    newest: Duration,
}

impl Clock {
    /// Of a stream with so many ticks in a second.
    pub(super) fn new(rate: u32) -> Self {
        Self { rate, last: None, behind: 0, fastest: i64::MAX, window: 0, newest: Duration::ZERO }
    }

    /// What comes now has time stamps of its own.
    pub(super) fn restart(&mut self) {
        self.last = None;
    }

    /// When what has this time stamp was sent, if it came at `arrival`.
    pub(super) fn time(&mut self, timestamp: u32, arrival: Duration) -> Duration {
        let arrival = i64::try_from(arrival.as_micros()).unwrap_or(i64::MAX / 2);
        let own = self.last.map(|(last, own)| {
            let ticks = i64::from(timestamp.wrapping_sub(last).cast_signed());
            own + ticks * 1_000_000 / i64::from(self.rate)
        });
        // Who was away for long may go on as if no time had passed.
        let own = own.filter(|own| (arrival - own - self.behind).abs() < JUMP).unwrap_or_else(|| {
            (self.behind, self.fastest, self.window) = (arrival, arrival, arrival);
            0
        });
        self.last = Some((timestamp, own));
        self.follow(arrival - own, arrival);
        let time = u64::try_from(own + self.behind).unwrap_or_default();
        self.newest = self.newest.max(Duration::from_micros(time));
        self.newest
    }

    fn follow(&mut self, behind: i64, now: i64) {
        self.behind = self.behind.min(behind);
        if now - self.window > WINDOW {
            (self.behind, self.fastest, self.window) = (self.fastest.min(behind), behind, now);
        }
        self.fastest = self.fastest.min(behind);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn what_is_late_is_of_the_time_at_which_it_was_sent() {
        let mut clock = Clock::new(48_000);
        let times = [0, 3, 40, 1, 0, 25].into_iter().zip(0_u32..).map(|(late, packet)| {
            clock.time((u32::MAX - 1000).wrapping_add(packet * 960), ms(1000 + u64::from(packet) * 20 + late))
        });
        assert_eq!(times.collect::<Vec<_>>(), [1000, 1020, 1040, 1060, 1080, 1100].map(ms));
    }

    #[test]
    fn a_beginning_that_was_late_is_made_up_for_and_time_does_not_go_back() {
        let mut clock = Clock::new(90_000);
        assert_eq!(clock.time(0, ms(200)), ms(200));
        assert_eq!(clock.time(4500, ms(170)), ms(200));
        assert_eq!(clock.time(9000, ms(220)), ms(220));
    }

    #[test]
    fn clocks_that_run_apart_are_followed() {
        let mut clock = Clock::new(48_000);
        let mut last = Duration::ZERO;
        // An hour, with a clock that loses 200 µs in a second: 720 ms.
        for packet in 0..180_000_u32 {
            let arrival = Duration::from_micros(u64::from(packet) * 20_004);
            last = clock.time(packet.wrapping_mul(960), arrival);
            assert!(last <= arrival && arrival - last < ms(5), "{last:?} {arrival:?}");
        }
        assert!(last > Duration::from_secs(3600));
    }

    #[test]
    fn who_begins_anew_or_was_away_goes_on_from_now_on() {
        let mut clock = Clock::new(48_000);
        clock.time(500, ms(0));
        assert_eq!(clock.time(500 + 960, ms(60_000)), ms(60_000), "as if no time had passed");
        assert_eq!(clock.time(7_000_000, ms(60_020)), ms(60_020), "time stamps of another stream");
        clock.restart();
        assert_eq!(clock.time(967, ms(61_000)), ms(61_000));
    }
}
