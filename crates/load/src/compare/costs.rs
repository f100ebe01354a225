//! What a call costs: what is measured, and what theory says of the same.

use std::sync::Arc;
use std::time::{Duration, Instant};

use visavis_mix::{MAX_PAYLOAD, Options};

use super::topology::Topology;
use crate::media::{Media, RIDS, Script, Stamped, Stream};

/// The server passes on so many sounds at most.
const HEARD: usize = 3;
/// What is around each payload in a datagram, in bytes: the header of RTP, its extensions, and the tag of AES-GCM.
const AROUND: usize = 12 + 16 + 16;
/// In front of each part of a frame of VP8, in bytes.
const DESCRIPTOR: usize = 4;
/// What the sound of a mix takes, in packets and bits of Opus in a second.
const MIXED_SOUND: Rate = Rate { packets: 50.0, bits: 40e3 };

/// What a call costs everybody.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Costs {
    /// Each caller whose media goes directly, if there is one.
    pub(super) direct: Option<Side>,
    /// Each caller whose media is forwarded.
    pub(super) forwarded: Option<Side>,
    pub(super) server: Server,
}

/// What one caller pays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Side {
    /// Sent and received, in bit/s.
    pub(super) up: f64,
    pub(super) down: f64,
    /// Pictures that are encoded and decoded at the same time.
    pub(super) encoders: f64,
    pub(super) decoders: f64,
}

/// What goes through the server.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Server {
    pub(super) received: Rate,
    pub(super) sent: Rate,
}

/// Datagrams and bits in a second.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Rate {
    pub(super) packets: f64,
    pub(super) bits: f64,
}

/// What one caller has to tell: a picture and a sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Unit {
    pub(super) picture: Rate,
    pub(super) sound: Rate,
}

impl Unit {
    /// What a second of the recorded media takes, in this encoding of the picture.
    pub(super) fn of(media: &Arc<Media>, layer: usize) -> Self {
        let start = Instant::now();
        let mut script = Script::new(Arc::clone(media), start, Stamped::Due);
        script.only(&[RIDS[layer].to_owned()]);
        let mut unit = Self { picture: Rate::default(), sound: Rate::default() };
        for ms in 0..1_000 {
            script.due(start + Duration::from_millis(ms), |packet| {
                let rate = if packet.stream == Stream::Sound { &mut unit.sound } else { &mut unit.picture };
                rate.packets += 1.0;
                rate.bits += number(8 * (packet.payload.len() + AROUND));
            });
        }
        unit
    }
}

impl Unit {
    /// What the server makes of a room: the picture takes what it may at most.
    fn mixed() -> Self {
        let Options { frame_rate, bitrate, .. } = Options::default();
        let (frame_rate, bits) = (f64::from(frame_rate), f64::from(bitrate));
        let each = (bits / frame_rate / number(8 * (MAX_PAYLOAD - DESCRIPTOR))).ceil();
        let packets = frame_rate * each;
        let around = |packets: f64, bytes: usize| packets * number(8 * bytes);
        let picture = Rate { packets, bits: bits + around(packets, DESCRIPTOR + AROUND) };
        let Rate { packets, bits } = MIXED_SOUND;
        Self { picture, sound: Rate { packets, bits: bits + around(packets, AROUND) } }
    }
}

impl Costs {
    /// What theory says. Control traffic is not in it.
    pub(super) fn expected(topology: Topology, callers: usize, unit: Unit) -> Self {
        if topology == Topology::Mix {
            return Self::mixed(callers, unit, Unit::mixed());
        }
        let Unit { picture, sound } = unit;
        let direct = topology.direct(callers);
        let forwarded = callers - direct;
        let others = number(callers) - 1.0;
        // Of the sounds that reach it the server passes on the loudest, and nobody's own.
        let heard = number(forwarded.min(HEARD));
        let heard_by_themselves = if forwarded == 0 { 0.0 } else { heard - heard / number(forwarded) };
        let copy = picture.bits + sound.bits;
        let down = |direct: f64, heard: f64| others * picture.bits + (direct + heard) * sound.bits;
        let senders = number(forwarded);
        Self {
            direct: (direct > 0).then(|| Side {
                up: others * copy,
                down: down(number(direct) - 1.0, heard),
                encoders: others,
                decoders: others,
            }),
            forwarded: (forwarded > 0).then(|| Side {
                up: copy,
                down: down(number(direct), heard_by_themselves),
                encoders: 1.0,
                decoders: others,
            }),
            server: Server {
                received: picture.times(senders).and(sound.times(senders)),
                sent: picture.times(senders * others).and(sound.times(heard * others)),
            },
        }
    }

    /// Each sends one copy, and gets what is made of all.
    fn mixed(callers: usize, unit: Unit, mixed: Unit) -> Self {
        let copy = unit.picture.and(unit.sound);
        let made = mixed.picture.and(mixed.sound);
        let callers = number(callers);
        Self {
            direct: None,
            forwarded: Some(Side { up: copy.bits, down: made.bits, encoders: 1.0, decoders: 1.0 }),
            server: Server { received: copy.times(callers), sent: made.times(callers) },
        }
    }
}

impl Rate {
    fn times(self, count: f64) -> Self {
        Self { packets: count * self.packets, bits: count * self.bits }
    }

    fn and(self, other: Self) -> Self {
        Self { packets: self.packets + other.packets, bits: self.bits + other.bits }
    }
}

/// A count as what is calculated with.
#[expect(clippy::cast_precision_loss, reason = "far less than a f64 counts exactly")]
pub(super) fn number(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: Unit =
        Unit { picture: Rate { packets: 50.0, bits: 400.0 }, sound: Rate { packets: 10.0, bits: 40.0 } };

    fn rate(packets: f64, bits: f64) -> Rate {
        Rate { packets, bits }
    }

    #[test]
    fn a_mesh_costs_each_caller_the_others_and_the_server_nothing() {
        let costs = Costs::expected(Topology::Mesh, 4, UNIT);
        let side = Side { up: 1_320.0, down: 1_320.0, encoders: 3.0, decoders: 3.0 };
        assert_eq!(costs, Costs { direct: Some(side), forwarded: None, server: Server::default() });
    }

    #[test]
    fn a_star_costs_each_caller_one_copy_and_the_server_one_for_each_pair() {
        let costs = Costs::expected(Topology::Star, 4, UNIT);
        assert_eq!(costs.direct, None);
        // Three are heard; whoever is one of them hears two, so it is two and a quarter on average.
        let side = Side { up: 440.0, down: 1_290.0, encoders: 1.0, decoders: 3.0 };
        assert_eq!(costs.forwarded, Some(side));
        let server = Server { received: rate(240.0, 1_760.0), sent: rate(690.0, 5_160.0) };
        assert_eq!(costs.server, server);
    }

    #[test]
    fn a_hybrid_is_a_mesh_for_some_and_a_star_for_the_others() {
        let costs = Costs::expected(Topology::Hybrid, 5, UNIT);
        let direct = Side { up: 1_760.0, down: 1_760.0, encoders: 4.0, decoders: 4.0 };
        let forwarded = Side { up: 440.0, down: 1_760.0, encoders: 1.0, decoders: 4.0 };
        assert_eq!((costs.direct, costs.forwarded), (Some(direct), Some(forwarded)));
        let server = Server { received: rate(180.0, 1_320.0), sent: rate(720.0, 5_280.0) };
        assert_eq!(costs.server, server);
    }

    #[test]
    fn a_mix_costs_each_caller_one_picture_whoever_is_there_and_the_server_one_for_each() {
        let mixed = Unit { picture: rate(20.0, 900.0), sound: rate(5.0, 30.0) };
        let costs = Costs::mixed(4, UNIT, mixed);
        assert_eq!(costs.direct, None);
        let side = Side { up: 440.0, down: 930.0, encoders: 1.0, decoders: 1.0 };
        assert_eq!(costs.forwarded, Some(side));
        let server = Server { received: rate(240.0, 1_760.0), sent: rate(100.0, 3_720.0) };
        assert_eq!(costs.server, server);
    }

    #[test]
    fn a_mix_is_what_its_encoders_are_told_to_make() {
        let Unit { picture, sound } = Unit::mixed();
        // 1.5 Mbit/s at 20 pictures are 9,375 bytes for each: nine packets.
        assert!((picture.packets - 180.0).abs() < f64::EPSILON, "{picture:?}");
        assert!((picture.bits - 1_569_120.0).abs() < 1e-6, "{picture:?}");
        assert_eq!(sound, rate(50.0, 57_600.0));
    }

    #[test]
    fn what_goes_up_comes_down() {
        for topology in Topology::ALL {
            for callers in 2..=12 {
                let costs = Costs::expected(topology, callers, UNIT);
                let direct = topology.direct(callers);
                let sum = |figure: fn(&Side) -> f64| {
                    let of = |side: Option<Side>, count: usize| {
                        side.map_or(0.0, |side| figure(&side) * number(count))
                    };
                    of(costs.direct, direct) + of(costs.forwarded, callers - direct)
                };
                let (up, down) = (sum(|side| side.up), sum(|side| side.down));
                let server = costs.server;
                assert!(
                    (up - server.received.bits + server.sent.bits - down).abs() < 1e-6,
                    "{topology} {callers}"
                );
            }
        }
    }

    #[test]
    fn a_unit_is_a_second_of_the_media() {
        let unit = Unit::of(&Arc::new(Media::load().unwrap()), 1);
        assert!((unit.sound.packets - 50.0).abs() < f64::EPSILON);
        assert!(unit.picture.packets >= 25.0);
        assert!((400e3..500e3).contains(&unit.picture.bits), "{unit:?}");
    }
}
