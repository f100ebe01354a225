//! The seam behind which packets are made ready and leave. Above it are sequence numbers, time stamps and picture ids; below it
//! keys, header extensions, resending, pacing, and how many bytes go at once.
//!
//! Packets of one batch of datagrams from the network go in together, and leave together: one [`forward`](Egress::forward),
//! one [`drain`](Egress::drain).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use foldhash::fast::RandomState;

use crate::batch::SendBatch;
use crate::endpoint::{Endpoint, Event, Failed, StreamId};
use crate::member::MemberId;
use crate::outgoing::Rewrite;
use crate::packet::Packet;

/// Everyone's connection.
pub(crate) type Endpoints = HashMap<MemberId, Endpoint, RandomState>;

/// One packet on its way to one subscriber.
pub(crate) struct Leg {
    pub(crate) to: MemberId,
    pub(crate) stream: StreamId,
    pub(crate) rewrite: Rewrite,
    pub(crate) packet: Arc<Packet>,
}

/// Sends packets on.
#[derive(Default)]
pub(crate) struct Egress {
    /// Who has something to send.
    touched: Vec<MemberId>,
    pub(crate) batch: SendBatch,
    /// What endpoints have said.
    pub(crate) events: Vec<(MemberId, Result<Event, Failed>)>,
    told: Vec<Event>,
}

impl Egress {
    /// Queues packets.
    pub(crate) fn forward(&mut self, endpoints: &mut Endpoints, legs: &mut Vec<Leg>) {
        // All of one endpoint's together, in their order: what it touches stays in the caches.
        legs.sort_by_key(|leg| leg.to);
        for to_one in legs.chunk_by(|a, b| a.to == b.to) {
            let Some(to) = to_one.first().map(|leg| leg.to) else { continue };
            self.on(endpoints, to, |endpoint| {
                to_one.iter().for_each(|leg| endpoint.write(leg.stream, &leg.packet, &leg.rewrite));
                Ok(())
            });
        }
        legs.clear();
    }

    /// Changes one endpoint. What follows from it leaves with the next [`drain`](Self::drain). A panic in there costs this
    /// endpoint and nothing else.
    pub(crate) fn on(
        &mut self,
        endpoints: &mut Endpoints,
        member: MemberId,
        change: impl FnOnce(&mut Endpoint) -> Result<(), Failed>,
    ) {
        let Some(endpoint) = endpoints.get_mut(&member) else { return };
        if self.touched.last() != Some(&member) {
            self.touched.push(member);
        }
        if let Err(failed) = contained(|| change(endpoint)) {
            self.events.push((member, Err(failed)));
        }
    }

    /// Changes one endpoint, and takes at once what follows from it.
    pub(crate) fn step(
        &mut self,
        endpoints: &mut Endpoints,
        member: MemberId,
        now: Instant,
        change: impl FnOnce(&mut Endpoint) -> Result<(), Failed>,
    ) {
        let Some(endpoint) = endpoints.get_mut(&member) else { return };
        let Self { batch, told, events, .. } = self;
        let done = contained(|| {
            change(endpoint)?;
            endpoint.drain(now, batch, told)
        });
        events.extend(told.drain(..).map(|event| (member, Ok(event))));
        events.extend(done.err().map(|failed| (member, Err(failed))));
    }

    /// Makes everything ready that was queued. `drained` is told of each endpoint afterwards: it may want to be woken earlier.
    pub(crate) fn drain(
        &mut self,
        endpoints: &mut Endpoints,
        now: Instant,
        mut drained: impl FnMut(MemberId, &Endpoint),
    ) {
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        for member in touched.drain(..) {
            self.step(endpoints, member, now, |endpoint| endpoint.handle_timeout(now));
            if let Some(endpoint) = endpoints.get(&member) {
                drained(member, endpoint);
            }
        }
        self.touched = touched;
    }
}

/// The library panics where it has a bug.
pub(crate) fn contained<T>(step: impl FnOnce() -> Result<T, Failed>) -> Result<T, Failed> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(step)).unwrap_or_else(|_| {
        tracing::error!("an endpoint has panicked: its participant connects anew");
        Err(Failed::Panicked)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::{Common, Setup};

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test needs some time to begin with")]
    fn an_endpoint_that_panics_is_told_of_and_others_go_on() {
        let now = Instant::now();
        let common = Common::new().unwrap();
        let (mut egress, mut endpoints) = (Egress::default(), Endpoints::default());
        let members = [1, 2].map(MemberId);
        for member in members {
            let credentials = ("ufrag".to_owned(), "password".to_owned());
            let setup = Setup { credentials, addresses: &[], estimate: None, h264: false };
            endpoints.insert(member, Endpoint::new(&common, setup, now));
        }
        let told = |egress: &mut Egress| {
            let failed = |(member, event): (MemberId, Result<Event, Failed>)| Some((member, event.err()?));
            egress.events.drain(..).filter_map(failed).collect::<Vec<_>>()
        };
        egress.on(&mut endpoints, members[0], |_| panic!("a bug"));
        assert_eq!(told(&mut egress), [(members[0], Failed::Panicked)]);
        egress.step(&mut endpoints, members[0], now, |_| panic!("a bug"));
        assert_eq!(told(&mut egress), [(members[0], Failed::Panicked)]);
        endpoints.remove(&members[0]);
        egress.on(&mut endpoints, members[1], |_| Ok(()));
        let mut is_done = false;
        egress.step(&mut endpoints, members[1], now, |_| {
            is_done = true;
            Ok(())
        });
        egress.drain(&mut endpoints, now, |_, _| {});
        assert!(is_done && told(&mut egress).is_empty());
    }
}
