//! Which path each publisher's media takes. `docs/protocol.md`, section 7.
//!
//! [`decide`] is a table of rules, of which the first that fits counts:
//!
//! | | whose media | goes | reason | forced |
//! |---|---|---|---|---|
//! | 1 | that of a classic client; of a publisher by WHIP | directly; by the server | `small`; `whip` | |
//! | 2 | anybody's, where the host has decided it, or has left out something of what guests may send | as decided; by the server | `policy`; `rules` | yes |
//! | 3 | of whoever cannot reach the server | directly | `unreached` | yes |
//! | 4 | of whom somebody watches by WHEP | by the server | `watched` | yes |
//! | 5 | anybody's, while the room is mixed | by the server | `mixed` | yes |
//! | 6 | of both ends of a leg that is dead | by the server | `leg-failed` | yes |
//! | 7 | anybody's, with more participants than `direct_max` | by the server | `room-size` | |
//! | 8 | of whoever shares a screen with more than one | by the server | `screen` | |
//! | 9 | of whoever's uplink does not take a copy for each | by the server | `uplink` | |
//! | 10 | of whoever's processor does not encode a copy for each | by the server | `cpu` | |
//! | 11 | of whoever's legs lose too much or take too long | by the server | `leg-poor` | |
//! | 12 | any other | directly | `small` | |
//!
//! A room is mixed while somebody watches its mix or receives it, if the host allows it and the server has room for one more mix.
//! Of its participants those receive it who can reach the server and
//!
//! | | who | reason |
//! |---|---|---|
//! | 1 | has chosen so | `choice` |
//! | 2 | has decoders that do not keep up with three others or more; for two minutes at least | `decoder` |
//! | 3 | is reached by a narrow way, where three others or more are forwarded; for two minutes at least | `downlink` |
//!
//! What is not forced waits until nobody loses anything by it: on the way up for every connection with the server, on the
//! way back for every leg, for a room that has not changed for a while, and for some time since the way up. A fact that
//! nobody reports speaks neither for nor against anything.

use std::collections::BTreeSet;
use std::time::Duration;

use visavis_protocol::{
    Device, DirectPolicy, Facts, LegFacts, LegState, Limited, MixPolicy, MixReason, MixState, ParticipantId,
    ParticipantKind, Path, Policy, Reason,
};

/// What one copy of a camera takes at least, in bit/s.
const COPY: u64 = 500_000;
/// Out of so many copies that a phone's processor is not asked for them.
const PHONE_COPIES: usize = 3;
/// A leg that loses more than this part, or whose round trip takes more milliseconds, or that brings fewer pictures in a
/// second, is poor.
const LOSS: f64 = 0.10;
const ROUND_TRIP: f64 = 600.0;
const FRAME_RATE: f64 = 5.0;
/// How long a leg may take to come about, or to come back, until it is dead.
const LEG_PATIENCE: Duration = Duration::from_secs(6);
/// How long a leg over which nothing came is dead.
const STALLED: Duration = Duration::from_secs(30);
/// From which part of pictures on that decoders do not get to they do not keep up, and of how many others at least: one picture in place of
/// fewer spares them little, and costs the server as much.
const UNDECODED: f64 = 0.5;
const RELIEVED_OF: usize = 3;
/// How long whoever's decoders did not keep up, or whose way was narrow, receives the mix at least: what they would do without it is not seen.
const RELIEF: Duration = Duration::from_secs(120);
/// How long a room has to be unchanged before anything goes back to direct: a page that is reloaded changes it twice.
const STABLE: Duration = Duration::from_secs(5);
/// How many more participants than `direct_max` are still connected to each other: when that begins, and when it ends.
const LEGS_BEGIN: usize = 2;
const LEGS_END: usize = 4;

/// What is known of a room.
#[derive(Debug, Clone, Default)]
pub struct Situation {
    /// Everybody in it.
    pub members: Vec<Member>,
    /// The connections between its native participants; none while [`Situation::has_legs`] is false.
    pub legs: Vec<Leg>,
    /// Whether native participants are to be connected to each other.
    pub has_legs: bool,
    /// Whether anybody's switch is under way.
    pub is_switching: bool,
    /// For how long nobody has come or left.
    pub stable: Duration,
    /// Whether somebody who is no participant watches the mix, or it is recorded.
    pub watches_mix: bool,
    /// Whether the server has room for this mix.
    pub can_mix: bool,
}

/// What is known of a participant.
#[derive(Debug, Clone)]
pub struct Member {
    /// Who.
    pub id: ParticipantId,
    /// The protocol of its client.
    pub kind: ParticipantKind,
    /// Whether it can be told anything.
    pub connected: bool,
    /// Whether its camera is live.
    pub camera: bool,
    /// Whether it shares a screen.
    pub screen: bool,
    /// Whether somebody watches it by WHEP.
    pub watched: bool,
    /// Its connection with the server.
    pub standby: Standby,
    /// Whether its connection with the server is known to carry less than two small pictures on the way down.
    pub narrow: bool,
    /// What it has reported, if that is not too old.
    pub facts: Option<Facts>,
    /// Its path until now; `None` for a newcomer.
    pub course: Option<Course>,
    /// Why it receives the mix, and for how long it has.
    pub mixed: Option<(MixReason, Duration)>,
}

/// How a participant's connection with the server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standby {
    /// Coming about, or being repaired.
    Pending,
    /// Up.
    Up,
    /// Not for so long that it is not counted on.
    Failed,
}

/// A publisher's path until now.
#[derive(Debug, Clone)]
pub struct Course {
    /// The path.
    pub path: Path,
    /// Why.
    pub reason: Reason,
    /// For how long.
    pub age: Duration,
    /// The paths that it was to take by choice and did not get to, since anybody came or left.
    pub barred: BTreeSet<Path>,
}

/// A connection between two native participants.
#[derive(Debug, Clone)]
pub struct Leg {
    /// The two, by their places in [`Situation::members`].
    pub ends: [usize; 2],
    /// For how long they could have connected.
    pub age: Duration,
    /// For how long one of them has reported it, and not as up.
    pub down: Option<Duration>,
    /// How long ago one of them last said that nothing came over it.
    pub stalled: Option<Duration>,
}

/// What is to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// The path of each member's media, and why, in the order of [`Situation::members`].
    pub paths: Vec<(Path, Reason)>,
    /// Whose path only stays for now, because another one that is better has to wait: that is no decision for it.
    pub held: Vec<bool>,
    /// Whether the room is to be mixed.
    pub mix: MixState,
    /// Why each member is to receive the mix, in the order of [`Situation::members`].
    pub mixed: Vec<Option<MixReason>>,
    /// Whether native participants are to be connected to each other.
    pub legs: bool,
    /// Whether they are to be connected to the server.
    pub standby: bool,
    /// Whether it may be decided otherwise later though nothing happens.
    pub may_change: bool,
}

/// What a room's paths are to be. The same of the same, always.
#[must_use]
pub fn decide(situation: &Situation, policy: &Policy) -> Decision {
    let wanted: Vec<_> =
        situation.members.iter().map(|member| wants_mix(member, situation, policy)).collect();
    let mix = mix_state(situation, policy, &wanted);
    let view = View { situation, policy, mix };
    let members = situation.members.iter().enumerate();
    let (paths, held): (Vec<_>, _) = members.map(|(place, member)| view.path_of(place, member)).unzip();
    let (legs, standby, may_change) = (view.needs_legs(&paths), view.needs_standby(), view.may_change());
    let mixed = if mix == MixState::On { wanted } else { vec![None; wanted.len()] };
    Decision { paths, held, mix, mixed, legs, standby, may_change }
}

/// Whether a path that is taken for this reason is taken whoever is ready.
#[must_use]
pub fn is_forced(reason: Reason) -> bool {
    use Reason::{LegFailed, Mixed, Policy, Rules, Unreached, Watched, Whip};
    matches!(reason, Policy | Rules | Whip | Unreached | Watched | Mixed | LegFailed)
}

/// How long a publisher stays forwarded at least, by the reason. What is seen only while they are direct cannot be seen to be over:
/// it is tried again now and then.
fn stay(reason: Reason) -> Duration {
    Duration::from_secs(match reason {
        Reason::Uplink | Reason::Cpu | Reason::LegPoor => 120,
        Reason::LegFailed => 10,
        _ => 5,
    })
}

struct View<'a> {
    situation: &'a Situation,
    policy: &'a Policy,
    mix: MixState,
}

/// The second table.
fn wants_mix(member: &Member, situation: &Situation, policy: &Policy) -> Option<MixReason> {
    let can = member.kind == ParticipantKind::Native && member.standby == Standby::Up;
    if !member.connected {
        // Who has only lost the signaling goes on with the mix, which does not come by it; nothing else can be said to them either.
        return member.mixed.filter(|_| can && may_mix(policy)).map(|(reason, _)| reason);
    }
    let facts = member.facts.as_ref().filter(|_| can && may_mix(policy))?;
    if facts.mix == Some(true) {
        return Some(MixReason::Choice);
    }
    let is_much = situation.members.len() > RELIEVED_OF;
    let is_behind = is_much && facts.undecoded.is_some_and(|part| part >= UNDECODED);
    let is_relieved =
        |of: MixReason| matches!(member.mixed, Some((reason, age)) if reason == of && age < RELIEF);
    if is_behind || is_relieved(MixReason::Decoder) {
        return Some(MixReason::Decoder);
    }
    let others = situation.members.iter().filter(|other| other.id != member.id && is_forwarded(other));
    let is_short = member.narrow && others.count() >= RELIEVED_OF;
    (is_short || is_relieved(MixReason::Downlink)).then_some(MixReason::Downlink)
}

/// Whether the host allows a mix at all.
pub(crate) fn may_mix(policy: &Policy) -> bool {
    policy.mix == MixPolicy::Allowed && policy.direct_in_effect() != DirectPolicy::Only
}

fn mix_state(situation: &Situation, policy: &Policy, wanted: &[Option<MixReason>]) -> MixState {
    let is_wanted = situation.watches_mix || wanted.iter().any(Option::is_some);
    match is_wanted && may_mix(policy) && !situation.members.is_empty() {
        true if situation.can_mix => MixState::On,
        true => MixState::Busy,
        false => MixState::Off,
    }
}

impl View<'_> {
    /// The path and why, and whether it is only held.
    fn path_of(&self, place: usize, member: &Member) -> ((Path, Reason), bool) {
        let (path, reason) = self.preferred(place, member);
        let Some(course) = &member.course else { return ((path, reason), false) };
        let may = match path {
            _ if path == course.path || is_forced(reason) => true,
            _ if course.barred.contains(&path) || !member.connected => false,
            Path::Forward => self.may_go_up(member),
            Path::Direct => self.may_come_back(place, course),
        };
        if may { ((path, reason), false) } else { ((course.path, course.reason), true) }
    }

    /// The table.
    fn preferred(&self, place: usize, member: &Member) -> (Path, Reason) {
        use Path::{Direct, Forward};
        let others = self.natives().filter(|(other, _)| *other != place).count();
        let natives = others + usize::from(member.kind == ParticipantKind::Native);
        match (member.kind, self.policy.direct_in_effect()) {
            (ParticipantKind::Classic, _) => return (Direct, Reason::Small),
            (ParticipantKind::Whip, _) => return (Forward, Reason::Whip),
            (_, DirectPolicy::Never) if self.policy.direct == DirectPolicy::Never => {
                return (Forward, Reason::Policy);
            }
            (_, DirectPolicy::Never) => return (Forward, Reason::Rules),
            (_, DirectPolicy::Only) => return (Direct, Reason::Policy),
            (_, DirectPolicy::Auto) => {}
        }
        if member.standby == Standby::Failed {
            (Direct, Reason::Unreached)
        } else if member.watched {
            (Forward, Reason::Watched)
        } else if self.mix == MixState::On {
            (Forward, Reason::Mixed)
        } else if self.has_dead_leg(place) {
            (Forward, Reason::LegFailed)
        } else if natives > self.direct_max() {
            (Forward, Reason::RoomSize)
        } else if member.screen && natives > 2 {
            (Forward, Reason::Screen)
        } else if others >= 2 && is_narrow(member, others) {
            (Forward, Reason::Uplink)
        } else if is_busy(member, others) {
            (Forward, Reason::Cpu)
        } else if self.has_poor_legs(place, member, others) {
            (Forward, Reason::LegPoor)
        } else {
            (Direct, Reason::Small)
        }
    }

    /// By choice a publisher is forwarded only if everybody gets it there who would not get it directly in any case.
    fn may_go_up(&self, member: &Member) -> bool {
        let is_there = |(_, other): (usize, &Member)| !other.connected || other.standby != Standby::Pending;
        member.standby == Standby::Up && self.natives().all(is_there)
    }

    fn may_come_back(&self, place: usize, course: &Course) -> bool {
        let is_up = |(other, member): (usize, &Member)| {
            other == place || !member.connected || self.leg(place, other).is_some_and(|leg| self.is_up(leg))
        };
        self.situation.stable >= STABLE && course.age >= stay(course.reason) && self.natives().all(is_up)
    }

    /// With both of them there, and both reached by the server: else nothing is gained.
    fn has_dead_leg(&self, place: usize) -> bool {
        let counts = |leg: &&Leg| {
            leg.ends.contains(&place)
                && self.ends(leg).all(|end| end.connected && end.standby != Standby::Failed)
        };
        self.situation.legs.iter().filter(counts).any(|leg| self.is_dead(leg))
    }

    fn is_dead(&self, leg: &Leg) -> bool {
        let mut reports = self.reports(leg).peekable();
        let is_unknown = reports.peek().is_none();
        // Who reports anything at all would have reported it.
        let never_came = is_unknown && self.ends(leg).any(|end| end.facts.is_some());
        leg.stalled.is_some_and(|ago| ago < STALLED)
            || leg.down.is_some_and(|down| down >= LEG_PATIENCE)
            || (never_came && leg.age >= LEG_PATIENCE)
            || reports.any(|report| report.state == LegState::Failed)
    }

    /// Known to be, by what at least one of the two has reported.
    fn is_up(&self, leg: &Leg) -> bool {
        let mut reports = self.reports(leg).peekable();
        let is_known = reports.peek().is_some();
        is_known
            && leg.stalled.is_none_or(|ago| ago >= STALLED)
            && reports.all(|report| matches!(report.state, LegState::Direct | LegState::Relayed))
    }

    /// In a room of two the one leg there is, otherwise more than half of those that are known.
    fn has_poor_legs(&self, place: usize, member: &Member, others: usize) -> bool {
        let reports = self.natives().filter(|(other, _)| *other != place);
        let reports = reports.filter_map(|(_, other)| report_of(other, &member.id));
        let reports = reports.filter(|report| report.rtt.or(report.loss).or(report.fps).is_some());
        let (mut known, mut poor) = (0, 0);
        for report in reports {
            known += 1;
            poor += usize::from(is_poor(member, report));
        }
        if others >= 2 { poor * 2 > known } else { poor > 0 }
    }

    fn needs_legs(&self, paths: &[(Path, Reason)]) -> bool {
        let natives = self.natives().count();
        let now = self.situation.has_legs;
        let is_direct =
            |member: &Member| member.course.as_ref().is_some_and(|course| course.path == Path::Direct);
        let anybody_is = self.natives().any(|(_, member)| is_direct(member));
        let anybody_will =
            self.natives().any(|(place, _)| paths.get(place).is_some_and(|(path, _)| *path == Path::Direct));
        let until_then = now && (anybody_is || self.situation.is_switching);
        match self.policy.direct_in_effect() {
            DirectPolicy::Only => true,
            DirectPolicy::Never => until_then,
            DirectPolicy::Auto if now => {
                until_then || anybody_will || natives <= self.direct_max() + LEGS_END
            }
            DirectPolicy::Auto => {
                let is_small = natives <= self.direct_max() + LEGS_BEGIN;
                anybody_will || (is_small && self.situation.stable >= STABLE)
            }
        }
    }

    fn needs_standby(&self) -> bool {
        let is_forwarded =
            |member: &Member| member.course.as_ref().is_some_and(|course| course.path == Path::Forward);
        self.policy.direct_in_effect() != DirectPolicy::Only
            || self.situation.is_switching
            || self.situation.members.iter().any(is_forwarded)
    }

    /// Whether somebody or something is waited for: a connection, the age of a path, or of what a path was taken for.
    fn may_change(&self) -> bool {
        let passes = |reason| {
            !matches!(
                reason,
                Reason::Policy | Reason::Watched | Reason::Mixed | Reason::RoomSize | Reason::Screen
            )
        };
        let is_unsettled = |(place, member): (usize, &Member)| {
            let Some(course) = &member.course else { return true };
            member.standby == Standby::Pending
                || self.preferred(place, member).0 != course.path
                || (course.path == Path::Forward && passes(course.reason))
        };
        let is_known = |leg: &Leg| self.ends(leg).any(|end| end.facts.is_some());
        let small_again =
            !self.situation.has_legs && self.natives().count() <= self.direct_max() + LEGS_BEGIN;
        let paths_may = self.policy.direct_in_effect() == DirectPolicy::Auto
            && (self.natives().any(is_unsettled)
                || (small_again && self.natives().next().is_some())
                || self.situation.legs.iter().any(|leg| is_known(leg) && !self.is_up(leg)));
        // A mix waits for room; or its receivers for the end of their relief.
        let mix_may =
            self.mix == MixState::Busy
                || self.situation.members.iter().any(|member| {
                    matches!(member.mixed, Some((MixReason::Decoder | MixReason::Downlink, _)))
                });
        paths_may || mix_may
    }

    fn direct_max(&self) -> usize {
        usize::try_from(self.policy.direct_max).unwrap_or(usize::MAX)
    }

    fn natives(&self) -> impl Iterator<Item = (usize, &Member)> {
        let members = self.situation.members.iter().enumerate();
        members.filter(|(_, member)| member.kind == ParticipantKind::Native)
    }

    fn leg(&self, one: usize, other: usize) -> Option<&Leg> {
        self.situation.legs.iter().find(|leg| leg.ends.contains(&one) && leg.ends.contains(&other))
    }

    fn ends(&self, leg: &Leg) -> impl Iterator<Item = &Member> {
        leg.ends.into_iter().filter_map(|end| self.situation.members.get(end))
    }

    /// What the two say of a leg.
    fn reports(&self, leg: &Leg) -> impl Iterator<Item = &LegFacts> {
        let [one, other] = leg.ends.map(|end| self.situation.members.get(end));
        let pairs = [(one, other), (other, one)];
        pairs.into_iter().filter_map(|(from, to)| report_of(from?, &to?.id))
    }
}

fn report_of<'a>(member: &'a Member, other: &ParticipantId) -> Option<&'a LegFacts> {
    member.facts.as_ref()?.legs.iter().find(|leg| leg.participant == *other)
}

/// Once forwarded, it needs some more to come back.
fn is_narrow(member: &Member, copies: usize) -> bool {
    let needed = COPY * u64::try_from(copies).unwrap_or(u64::MAX);
    let needed = if is_forwarded(member) { needed / 2 * 3 } else { needed };
    let facts = member.facts.as_ref();
    facts.is_some_and(|facts| {
        facts.uplink.is_some_and(|uplink| uplink < needed) || facts.limited == Some(Limited::Bandwidth)
    })
}

fn is_busy(member: &Member, copies: usize) -> bool {
    let facts = member.facts.as_ref();
    facts.is_some_and(|facts| {
        (copies >= 2 && facts.limited == Some(Limited::Cpu))
            || (copies >= PHONE_COPIES && facts.device == Some(Device::Phone))
    })
}

/// While nothing is sent over it, only the round trip says anything of a leg.
fn is_poor(publisher: &Member, report: &LegFacts) -> bool {
    let is_used = !is_forwarded(publisher);
    report.rtt.is_some_and(|rtt| rtt > ROUND_TRIP)
        || (is_used && report.loss.is_some_and(|loss| loss > LOSS))
        || (is_used && publisher.camera && report.fps.is_some_and(|fps| fps < FRAME_RATE))
}

fn is_forwarded(member: &Member) -> bool {
    member.course.as_ref().is_some_and(|course| course.path == Path::Forward)
}

#[cfg(test)]
mod tests;
