//! Who holds what there is only so much of: ports, and places under the quotas.
//!
//! Of the shards that serve one port, one has the registrar; the others ask it. So limits hold however the kernel spreads
//! clients over the shards, and a port that was kept is found by whoever gets the client that comes for it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use foldhash::fast::FixedState;
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use stun_types::attribute::ErrorCode;

use crate::addr::{ClientNetwork, Family};
use crate::options::Options;
use crate::output::{AllocationId, RelayId};
use crate::ports::{Parity, Ports};
use crate::reservations::Reservations;

/// Whom quotas count by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Whose {
    pub(crate) username: Arc<str>,
    pub(crate) network: ClientNetwork,
}

/// A port of a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Port {
    pub(crate) family: Family,
    pub(crate) number: u16,
}

/// Which ports an allocation wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// One of each of these families.
    Fresh { families: [Option<Family>; 2], parity: Parity },
    /// The one that this token stands for.
    Kept { token: u64 },
}

/// What is asked of the registrar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// A place under the quotas, and ports.
    Claim { allocation: AllocationId, whose: Whose, wish: Wish },
    /// Another port in place of one that could not be opened, and of what was kept with it.
    Exchange { relay: RelayId, whose: Whose, failed: Port, parity: Parity, token: Option<u64> },
}

/// What it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// `Err` has the error code.
    Claimed {
        allocation: AllocationId,
        whose: Whose,
        result: Result<Grant, u16>,
    },
    Exchanged {
        relay: RelayId,
        grant: Option<Grant>,
    },
}

/// Ports that were given out, in the order of the families that were wished for; `None` where none was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) ports: [Option<Port>; 2],
    /// Stands for the port above, where that was asked for.
    pub(crate) token: Option<u64>,
}

/// What is given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Release {
    pub(crate) ports: [Option<Port>; 2],
    /// Of the port above, where nobody was told of it.
    pub(crate) token: Option<u64>,
    /// Whose place under the quotas becomes free, if the allocation has ended with its ports.
    pub(crate) whose: Option<Whose>,
}

/// As much state as there are ports.
pub(crate) struct Registrar {
    per_username: usize,
    per_network: usize,
    ports_v4: Ports,
    ports_v6: Ports,
    by_username: HashMap<Arc<str>, usize, FixedState>,
    by_network: HashMap<ClientNetwork, usize, FixedState>,
    reservations: Reservations,
    random: ChaCha8Rng,
}

impl Release {
    /// A port alone; the allocation goes on.
    pub(crate) fn of(port: Option<Port>) -> Self {
        Self { ports: [port, None], token: None, whose: None }
    }
}

impl Registrar {
    pub(crate) fn new(options: &Options, seed: [u8; 32]) -> Self {
        let mut random = ChaCha8Rng::from_seed(seed);
        let hasher = FixedState::with_seed(random.next_u64());
        Self {
            per_username: options.allocations_per_username,
            per_network: options.allocations_per_address,
            ports_v4: Ports::new(options.relay_ports.clone()),
            ports_v6: Ports::new(options.relay_ports.clone()),
            by_username: HashMap::with_hasher(hasher.clone()),
            by_network: HashMap::with_hasher(hasher),
            reservations: Reservations::default(),
            random,
        }
    }

    pub(crate) fn answer(&mut self, question: Question, now: Instant) -> Answer {
        match question {
            Question::Claim { allocation, whose, wish } => {
                let result = self.claim(&whose, wish, now);
                Answer::Claimed { allocation, whose, result }
            }
            Question::Exchange { relay, whose, failed, parity, token } => {
                self.withdraw(token);
                // The failed port goes back only after another was taken, so that it is not tried again at once.
                let port = self.take(failed.family, parity);
                self.give_back(failed);
                let grant = port.map(|port| self.grant([Some(port), None], parity, &whose, now));
                Answer::Exchanged { relay, grant }
            }
        }
    }

    pub(crate) fn release(&mut self, release: &Release) {
        self.withdraw(release.token);
        release.ports.iter().flatten().for_each(|port| self.give_back(*port));
        if let Some(whose) = &release.whose {
            self.count_down(whose);
        }
    }

    /// Ends what has expired at `now`.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        while let Some(kept) = self.reservations.expired(now) {
            self.count_down(&kept.whose);
            self.give_back(kept.port);
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.reservations.next_deadline()
    }

    fn claim(&mut self, whose: &Whose, wish: Wish, now: Instant) -> Result<Grant, u16> {
        let (families, parity) = match wish {
            Wish::Fresh { families, parity } => (families, parity),
            Wish::Kept { token } => return self.redeem(token, whose),
        };
        // Names are free to whoever is given credentials, so that they are no bound for a client; its address is.
        let places = if parity == Parity::Pair { 2 } else { 1 };
        let within = held(&self.by_username, &whose.username) + places <= self.per_username
            && held(&self.by_network, &whose.network) + places <= self.per_network;
        if !within {
            return Err(ErrorCode::ALLOCATION_QUOTA_REACHED);
        }
        let ports = families.map(|family| self.take(family?, parity));
        if ports.iter().all(Option::is_none) {
            return Err(ErrorCode::INSUFFICIENT_CAPACITY);
        }
        self.count_up(whose);
        Ok(self.grant(ports, parity, whose, now))
    }

    /// The port that `token` stands for. Its place under the quotas passes to whoever has it now.
    fn redeem(&mut self, token: u64, whose: &Whose) -> Result<Grant, u16> {
        let kept = self.reservations.take(token, &whose.username);
        let kept = kept.ok_or(ErrorCode::INSUFFICIENT_CAPACITY)?;
        self.count_down(&kept.whose);
        self.count_up(whose);
        Ok(Grant { ports: [Some(kept.port), None], token: None })
    }

    /// With [`Parity::Pair`] the port above was taken as well, and is kept for a while.
    fn grant(&mut self, ports: [Option<Port>; 2], parity: Parity, whose: &Whose, now: Instant) -> Grant {
        let Some(first) = ports[0].filter(|_| parity == Parity::Pair) else {
            return Grant { ports, token: None };
        };
        let token = self.random.next_u64();
        self.count_up(whose);
        self.reservations.keep(token, Port { number: first.number + 1, ..first }, whose.clone(), now);
        Grant { ports, token: Some(token) }
    }

    /// A port is kept no longer.
    fn withdraw(&mut self, token: Option<u64>) {
        if let Some(kept) = token.and_then(|token| self.reservations.withdraw(token)) {
            self.count_down(&kept.whose);
            self.give_back(kept.port);
        }
    }

    fn take(&mut self, family: Family, parity: Parity) -> Option<Port> {
        let ports = match family {
            Family::V4 => &mut self.ports_v4,
            Family::V6 => &mut self.ports_v6,
        };
        ports.take(parity, &mut self.random).map(|number| Port { family, number })
    }

    fn give_back(&mut self, port: Port) {
        match port.family {
            Family::V4 => self.ports_v4.give_back(port.number),
            Family::V6 => self.ports_v6.give_back(port.number),
        }
    }

    fn count_up(&mut self, whose: &Whose) {
        *self.by_username.entry(whose.username.clone()).or_default() += 1;
        *self.by_network.entry(whose.network).or_default() += 1;
    }

    fn count_down(&mut self, whose: &Whose) {
        release_one(&mut self.by_username, &whose.username);
        release_one(&mut self.by_network, &whose.network);
    }
}

fn held<K: std::hash::Hash + Eq>(counts: &HashMap<K, usize, FixedState>, key: &K) -> usize {
    counts.get(key).copied().unwrap_or_default()
}

/// Takes one from a count, and the count away with the last one.
pub(crate) fn release_one<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, usize, FixedState>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::addr::ClientAddr;
    use crate::credentials::Secret;

    const V4: [Option<Family>; 2] = [Some(Family::V4), None];

    fn registrar() -> Registrar {
        let options = Options { relay_ports: 50_000..=50_003, ..Options::new("here", Secret::new("secret")) };
        Registrar::new(&options, [1; 32])
    }

    fn whose(name: &str) -> Whose {
        let network = ClientAddr("198.51.100.7:1".parse().unwrap()).network();
        Whose { username: name.into(), network }
    }

    #[expect(clippy::disallowed_methods, reason = "a first instant, from which the tests count on their own")]
    fn start() -> Instant {
        Instant::now()
    }

    #[test]
    fn nothing_is_left_of_what_was_given_back_or_has_expired() {
        let (mut registrar, now) = (registrar(), start());
        let pair = Wish::Fresh { families: V4, parity: Parity::Pair };
        let both = Wish::Fresh { families: [Some(Family::V4), Some(Family::V6)], parity: Parity::Any };
        for (name, wish) in [("ada", pair), ("bob", both)] {
            let Grant { ports, .. } = registrar.claim(&whose(name), wish, now).unwrap();
            registrar.release(&Release { ports, token: None, whose: Some(whose(name)) });
        }
        assert_eq!(registrar.by_username.len(), 1, "the port above is kept for Ada");
        registrar.handle_timeout(now + Duration::from_secs(30));
        assert_eq!((registrar.by_username.len(), registrar.by_network.len()), (0, 0));
        assert_eq!(registrar.poll_timeout(), None);
        for _ in 0..4 {
            assert!(registrar.take(Family::V4, Parity::Any).is_some());
        }
    }

    #[test]
    fn place_of_a_kept_port_passes_to_whoever_comes_for_it() {
        let (mut registrar, now) = (registrar(), start());
        registrar.per_username = 2;
        let pair = Wish::Fresh { families: V4, parity: Parity::Pair };
        let token = registrar.claim(&whose("ada"), pair, now).unwrap().token.unwrap();
        let any = Wish::Fresh { families: V4, parity: Parity::Any };
        assert_eq!(registrar.claim(&whose("ada"), any, now), Err(ErrorCode::ALLOCATION_QUOTA_REACHED));
        assert!(registrar.claim(&whose("ada"), Wish::Kept { token }, now).is_ok());
        assert_eq!(held(&registrar.by_username, &"ada".into()), 2);
    }

    #[test]
    fn pair_takes_two_places() {
        let (mut registrar, now) = (registrar(), start());
        registrar.per_username = 1;
        let wish = |parity| Wish::Fresh { families: V4, parity };
        let refused = registrar.claim(&whose("ada"), wish(Parity::Pair), now);
        assert_eq!(refused, Err(ErrorCode::ALLOCATION_QUOTA_REACHED));
        assert!(registrar.claim(&whose("ada"), wish(Parity::Any), now).is_ok());
    }

    #[test]
    fn what_was_kept_beside_a_port_that_could_not_be_opened_is_kept_no_longer() {
        let (mut registrar, now) = (registrar(), start());
        let pair = Wish::Fresh { families: V4, parity: Parity::Pair };
        let Grant { ports: [Some(failed), _], token } = registrar.claim(&whose("ada"), pair, now).unwrap()
        else {
            panic!("no port")
        };
        let relay = RelayId { allocation: AllocationId { slot: 0, generation: 0 }, additional: false };
        let question = Question::Exchange { relay, whose: whose("ada"), failed, parity: Parity::Pair, token };
        let Answer::Exchanged { grant: Some(Grant { ports: [Some(other), _], token: new }), .. } =
            registrar.answer(question, now)
        else {
            panic!("no other port")
        };
        assert_ne!(other, failed);
        let redeem = |registrar: &mut Registrar, token: Option<u64>| {
            registrar.claim(&whose("ada"), Wish::Kept { token: token.unwrap() }, now)
        };
        assert_eq!(redeem(&mut registrar, token), Err(ErrorCode::INSUFFICIENT_CAPACITY));
        assert_eq!(redeem(&mut registrar, new).unwrap().ports[0].unwrap().number, other.number + 1);
    }
}
