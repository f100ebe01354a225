//! Which way the media of each room goes: what is known is put together, [decided](crate::topology) upon, and told.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use visavis_protocol::{
    DirectPolicy, ForwardRequest, MixReason, MixState, ParticipantId, ParticipantKind, Plan, Policy,
    RoomName, ServerCosts, ServerMessage, SourceState,
};

use crate::mix::{Mixing, subscribers};
use crate::output::Output;
use crate::recording::Tapes;
use crate::rooms::Rooms;
use crate::session::{Session, SessionId};
use crate::switch::Switches;
use crate::topology::{Decision, Leg, Member, Situation, Standby, decide};

/// How often it is looked at what time alone may change.
const LOOK: Duration = Duration::from_secs(1);
/// How often anew at most: what is decided may end a switch for which nobody is waited, and so lead to more.
const ROUNDS: usize = 4;

/// The paths of a room.
#[derive(Debug)]
pub(crate) struct Paths {
    /// What the host has decided.
    pub(crate) policy: Policy,
    /// As it was told last.
    pub(crate) plan: Plan,
    pub(crate) switches: Switches,
    pub(crate) mixing: Mixing,
    pub(crate) tapes: Tapes,
    /// What the server does for the room.
    pub(crate) figures: ServerCosts,
    /// When somebody came or left last.
    changed: Instant,
    /// Since when participants are to be connected to each other.
    legs_since: Instant,
    /// The legs over which nothing came, by their ends in order, and when that was said.
    stalled: HashMap<[ParticipantId; 2], Instant>,
}

impl Paths {
    /// Of a room that is made. `legs`: whether participants connect to each other from the start.
    pub(crate) fn new(policy: Policy, legs: bool, now: Instant) -> Self {
        let plan = Plan {
            version: 1,
            policy,
            legs,
            standby: policy.direct_in_effect() != DirectPolicy::Only,
            forwarded: Vec::new(),
            switches: Vec::new(),
            unreached: Vec::new(),
            mix: MixState::Off,
            mixed: Vec::new(),
            recording: false,
            tracks: false,
        };
        Self {
            policy,
            plan,
            switches: Switches::default(),
            mixing: Mixing::default(),
            tapes: Tapes::default(),
            figures: ServerCosts::default(),
            changed: now,
            legs_since: now,
            stalled: HashMap::new(),
        }
    }

    /// A host has decided otherwise.
    pub(crate) fn set_policy(&mut self, policy: Policy) {
        self.policy = policy;
    }

    /// Somebody has come.
    pub(crate) fn enter(&mut self, now: Instant) {
        self.changed = now;
        self.switches.lift_bars();
    }

    /// Somebody has left.
    pub(crate) fn leave(&mut self, id: &ParticipantId, now: Instant) {
        self.changed = now;
        self.stalled.retain(|ends, _| !ends.contains(id));
        self.switches.leave(id, now);
        self.switches.pass_over(id, now);
        self.switches.lift_bars();
    }

    /// Nothing comes over the leg between two.
    pub(crate) fn stall(&mut self, one: ParticipantId, other: ParticipantId, now: Instant) {
        self.stalled.insert(in_order(one, other), now);
    }

    /// The legs between the native ones of these.
    fn legs(&self, sessions: &[&Session], now: Instant) -> Vec<Leg> {
        let ago = |at: Instant| now.saturating_duration_since(at);
        let natives = sessions.iter().enumerate().filter(|(_, session)| session.can_resume());
        let natives: Vec<_> = natives
            .filter_map(|(place, session)| {
                Some((place, &session.participant, &session.membership.as_ref()?.media))
            })
            .collect();
        let pairs = natives
            .iter()
            .enumerate()
            .flat_map(|(index, one)| natives.iter().skip(index + 1).map(move |other| (one, other)));
        let legs = pairs.map(|((place, id, media), (other_place, other_id, other_media))| Leg {
            ends: [*place, *other_place],
            age: ago(self.legs_since.max(media.since).max(other_media.since)),
            down: media.down(other_id, now).max(other_media.down(id, now)),
            stalled: self.stalled.get(&in_order((*id).clone(), (*other_id).clone())).copied().map(ago),
        });
        legs.collect()
    }
}

impl Rooms {
    /// Something has happened in a room: its paths are decided anew, and what changes is told to all but `newcomer`, who
    /// gets the full picture.
    pub(crate) fn evaluate(&mut self, name: &RoomName, newcomer: Option<SessionId>, now: Instant) {
        let mut planned = self.rooms.get(name).map(|room| room.paths.plan.clone());
        let mut may_change = false;
        for _ in 0..ROUNDS {
            let Some(situation) = self.situation(name, now) else { return };
            let decision = self.decide(name, &situation, now);
            may_change = decision.may_change;
            let Some(plan) = self.plan_now(name, &situation, &decision, now) else { return };
            if planned.replace(plan) == planned {
                break;
            }
        }
        if let Some(plan) = planned {
            self.tell_plan(name, plan, newcomer);
        }
        self.tell_forwarder(name);
        self.tell_mix(name);
        self.count_ended(name);
        self.arm_paths(name, may_change, now);
    }

    /// The deadline that was set for the paths of a room has come; it may have moved since.
    pub(crate) fn paths_due(&mut self, name: &RoomName, now: Instant) {
        if let (Some(situation), Some(room)) = (self.situation(name, now), self.rooms.get_mut(name)) {
            room.paths.switches.handle_timeout(|id| those_who_take(&situation, id), now);
        }
        self.evaluate(name, None, now);
    }

    /// Everything that is known of a room.
    fn situation(&self, name: &RoomName, now: Instant) -> Option<Situation> {
        let room = self.rooms.get(name)?;
        let sessions: Vec<&Session> =
            room.members().iter().filter_map(|member| self.sessions.get(member)).collect();
        let members = sessions.iter().filter_map(|session| {
            let membership = session.membership.as_ref()?;
            Some(Member {
                id: session.participant.clone(),
                kind: session.kind,
                connected: session.connection().is_some(),
                camera: membership.state.camera,
                screen: membership.state.screen,
                watched: self.viewers.watch(name, &session.participant),
                standby: membership.media.standby(now),
                narrow: membership.media.is_narrow,
                facts: membership.media.facts(now).cloned(),
                course: room.paths.switches.course(&session.participant, now),
                mixed: room.paths.mixing.receives(&session.participant, now),
            })
        });
        let legs = if room.paths.plan.legs { room.paths.legs(&sessions, now) } else { Vec::new() };
        Some(Situation {
            members: members.collect(),
            legs,
            has_legs: room.paths.plan.legs,
            is_switching: room.paths.switches.next().is_some(),
            stable: now.saturating_duration_since(room.paths.changed),
            watches_mix: self.viewers.watch(name, &ParticipantId::mix()) || room.paths.tapes.is_on(),
            can_mix: self.can_mix(name, now),
        })
    }

    /// Decides, and has the switches begin that follow from it.
    fn decide(&mut self, name: &RoomName, situation: &Situation, now: Instant) -> Decision {
        let Some(room) = self.rooms.get_mut(name) else { return Decision::default() };
        let in_room = room.members().to_vec();
        let Paths { policy, plan, switches, legs_since, mixing, tapes, .. } = &mut room.paths;
        let decision = decide(situation, policy);
        if let Some(problem) = why_not_recorded(situation, decision.mix) {
            tapes.end(Some(problem));
        }
        mixing.set_receivers(&receivers(situation, &decision), now);
        let decided = decision.paths.iter().zip(&decision.held);
        for ((session, member), ((path, reason), held)) in in_room.iter().zip(&situation.members).zip(decided)
        {
            match (member.kind, &member.course) {
                (ParticipantKind::Classic, _) => {}
                (_, Some(_)) if *held => switches.commit_ready(now),
                (_, None) => {
                    let name = self.sessions.get(session).and_then(Session::name).unwrap_or_default();
                    switches.enter(member.id.clone(), name, (*path, *reason), now);
                }
                (_, Some(_)) => {
                    let others = || those_who_take(situation, &member.id);
                    switches.prefer(&member.id, (*path, *reason), others, now);
                }
            }
        }
        if decision.legs && !plan.legs {
            *legs_since = now;
        }
        decision
    }

    /// The plan as it is to be, in place of the one that was told last.
    fn plan_now(
        &self,
        name: &RoomName,
        situation: &Situation,
        decision: &Decision,
        now: Instant,
    ) -> Option<Plan> {
        let room = self.rooms.get(name)?;
        let Paths { policy, plan: Plan { version, .. }, .. } = room.paths;
        let is_unreached = |session: &&Session| {
            let media = session.membership.as_ref().map(|membership| &membership.media);
            policy.direct_in_effect() == DirectPolicy::Auto
                && session.can_resume()
                && media.is_some_and(|media| media.standby(now) == Standby::Failed)
        };
        let sessions = room.members().iter().filter_map(|member| self.sessions.get(member));
        let unreached = sessions.filter(is_unreached);
        Some(Plan {
            version,
            policy,
            legs: decision.legs,
            standby: decision.standby,
            forwarded: room.paths.switches.forwarded(),
            switches: room.paths.switches.under_way(),
            unreached: unreached.map(|session| session.participant.clone()).collect(),
            mix: decision.mix,
            mixed: subscribers(&receivers(situation, decision)),
            recording: room.paths.tapes.is_on(),
            tracks: room.paths.tapes.has_tracks(),
        })
    }

    /// Tells those whom it concerns what the plan is, if it has changed.
    fn tell_plan(&mut self, name: &RoomName, plan: Plan, newcomer: Option<SessionId>) {
        let Some(room) = self.rooms.get_mut(name) else { return };
        if room.paths.plan == plan {
            return;
        }
        let had_standby = room.paths.plan.standby;
        if !plan.standby {
            room.paths.figures = ServerCosts::default();
        }
        room.paths.plan = Plan { version: plan.version + 1, ..plan };
        let plan = room.paths.plan.clone();
        let (members, standby) = (room.members().to_vec(), plan.standby);
        let message = Arc::new(ServerMessage::Plan(plan));
        for id in members {
            let Some(session) = self.sessions.get_mut(&id).filter(|session| session.can_resume()) else {
                continue;
            };
            if had_standby && !standby {
                let (room, participant) = (name.clone(), session.participant.clone());
                let request = ForwardRequest::Leave;
                self.outputs.push_back(Output::Forward { room, participant, via: None, request });
            }
            if Some(id) != newcomer {
                self.send(id, &message);
            }
        }
    }

    /// Tells the forwarder what is sent to it: nothing, of whoever sends to the others only.
    fn tell_forwarder(&mut self, name: &RoomName) {
        let Some(room) = self.rooms.get(name) else { return };
        for id in room.members().to_vec() {
            let Some(room) = self.rooms.get(name) else { return };
            let Some(Session { participant, membership: Some(membership), .. }) = self.sessions.get_mut(&id)
            else {
                continue;
            };
            let is_sent = room.paths.switches.uses_server(participant);
            let state = if is_sent { membership.state } else { SourceState::default() };
            let told = membership.media.told.replace(state);
            if told.is_some_and(|told| told != state) {
                let participant = participant.clone();
                self.ask_forwarder(name, &participant, ForwardRequest::State(state));
            }
        }
    }

    /// Makes sure that somebody looks at the paths when it is time.
    fn arm_paths(&mut self, name: &RoomName, may_change: bool, now: Instant) {
        let switch = self.rooms.get(name).and_then(|room| room.paths.switches.next());
        match switch.into_iter().chain(may_change.then_some(now + LOOK)).min() {
            Some(deadline) => self.path_timers.wake_by(name, deadline),
            None => self.path_timers.cancel(name),
        }
    }

    /// Counts how switches have ended, and forgets the oldest.
    fn count_ended(&mut self, name: &RoomName) {
        let Some(room) = self.rooms.get_mut(name) else { return };
        room.paths.switches.keep(self.limits.switches_kept);
        for outcome in room.paths.switches.take_ended() {
            self.switched.count(outcome);
        }
    }
}

/// Those who have to change over before a publisher leaves its path: who can be told, and is reached by both ways.
fn those_who_take(situation: &Situation, publisher: &ParticipantId) -> BTreeSet<ParticipantId> {
    let members = situation.members.iter().filter(|member| {
        member.kind == ParticipantKind::Native
            && member.connected
            && member.standby != Standby::Failed
            && member.id != *publisher
    });
    members.map(|member| member.id.clone()).collect()
}

/// Why nothing is recorded any more, if nothing is.
fn why_not_recorded(situation: &Situation, mix: MixState) -> Option<&'static str> {
    let is_native = |member: &Member| member.kind == ParticipantKind::Native;
    match mix {
        _ if !situation.members.iter().any(is_native) => Some("nobody is there any more"),
        MixState::On => None,
        MixState::Busy => Some("the server has no time for the mix"),
        MixState::Off => Some("the policy of the room allows no mix any more"),
    }
}

/// Who receives the mix.
fn receivers(situation: &Situation, decision: &Decision) -> Vec<(ParticipantId, MixReason)> {
    let members = situation.members.iter().zip(&decision.mixed);
    members.filter_map(|(member, mixed)| Some((member.id.clone(), (*mixed)?))).collect()
}

fn in_order(one: ParticipantId, other: ParticipantId) -> [ParticipantId; 2] {
    if one <= other { [one, other] } else { [other, one] }
}
