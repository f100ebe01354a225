//! So many requests a minute from one address.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;

use governor::clock::DefaultClock;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

/// Addresses remembered at a time; while there are more, new ones are refused.
const MAX_ADDRESSES: usize = 1 << 16;

/// Counts requests by client address; IPv6 by its /64, which is what one customer gets (RFC 6177).
pub(crate) struct Throttle {
    limiter: RateLimiter<IpAddr, HashMapStateStore<IpAddr>, DefaultClock>,
    max_addresses: usize,
}

impl Throttle {
    pub(crate) fn new(per_minute: NonZeroU32) -> Self {
        Self::bounded(per_minute, MAX_ADDRESSES)
    }

    fn bounded(per_minute: NonZeroU32, max_addresses: usize) -> Self {
        Self { limiter: RateLimiter::hashmap(Quota::per_minute(per_minute)), max_addresses }
    }

    /// Counts a request, and says whether it may be answered.
    pub(crate) fn allows(&self, client: IpAddr) -> bool {
        if self.limiter.len() >= self.max_addresses {
            self.limiter.retain_recent();
            if self.limiter.len() >= self.max_addresses {
                return false;
            }
        }
        self.limiter.check_key(&network(client)).is_ok()
    }
}

fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_that_asks_too_often_is_refused_and_others_are_not() {
        let throttle = Throttle::new(NonZeroU32::new(3).unwrap());
        let allowed = (0..10).filter(|_| throttle.allows(address("192.0.2.1"))).count();
        assert_eq!(allowed, 3);
        assert!(throttle.allows(address("192.0.2.2")));
    }

    #[test]
    fn neighbours_in_a_64_count_as_one() {
        let throttle = Throttle::new(NonZeroU32::new(1).unwrap());
        assert!(throttle.allows(address("2001:db8::1")));
        assert!(!throttle.allows(address("2001:db8::2")));
        assert!(throttle.allows(address("2001:db8:0:1::1")));
        assert!(throttle.allows(address("::ffff:192.0.2.1")));
        assert!(!throttle.allows(address("192.0.2.1")));
    }

    #[test]
    fn the_number_of_addresses_remembered_is_bounded() {
        let throttle = Throttle::bounded(NonZeroU32::new(1).unwrap(), 10);
        for last in 0..=255 {
            throttle.allows(IpAddr::from([192, 0, 2, last]));
        }
        assert!(throttle.limiter.len() <= 10);
    }
}
