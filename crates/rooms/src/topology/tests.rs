use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn member(number: usize) -> Member {
    Member {
        id: id(number),
        kind: ParticipantKind::Native,
        connected: true,
        camera: true,
        screen: false,
        watched: false,
        standby: Standby::Up,
        narrow: false,
        facts: None,
        course: Some(course(Path::Direct, Reason::Small)),
        mixed: None,
    }
}

fn id(number: usize) -> ParticipantId {
    ParticipantId::new(&format!("p{number}")).unwrap()
}

fn course(path: Path, reason: Reason) -> Course {
    Course { path, reason, age: 600 * SECOND, barred: BTreeSet::new() }
}

fn leg(one: usize, other: usize) -> Leg {
    Leg { ends: [one, other], age: 60 * SECOND, down: None, stalled: None }
}

/// A room of so many, who all see and hear each other directly, and have for a while.
fn room(natives: usize) -> Situation {
    let pairs = (0..natives).flat_map(|one| (one + 1..natives).map(move |other| leg(one, other)));
    let mut situation = Situation {
        members: (0..natives).map(member).collect(),
        legs: pairs.collect(),
        has_legs: true,
        is_switching: false,
        stable: 60 * SECOND,
        watches_mix: false,
        can_mix: true,
    };
    for number in 0..natives {
        let legs = (0..natives).filter(|other| *other != number).map(report).collect();
        situation.members[number].facts = Some(Facts { legs, ..Facts::default() });
    }
    situation
}

fn report(of: usize) -> LegFacts {
    LegFacts { participant: id(of), state: LegState::Direct, rtt: None, loss: None, fps: None }
}

fn facts(situation: &mut Situation, number: usize) -> &mut Facts {
    situation.members[number].facts.as_mut().unwrap()
}

fn legs(situation: &mut Situation, number: usize) -> &mut Vec<LegFacts> {
    &mut facts(situation, number).legs
}

fn of_first(situation: &Situation, policy: &Policy) -> (Path, Reason) {
    decide(situation, policy).paths[0]
}

fn policy(direct: DirectPolicy) -> Policy {
    Policy { direct, ..Policy::default() }
}

/// A room of so many, changed somehow, and what becomes of the first of them.
type Case = (&'static str, usize, fn(&mut Situation), (Path, Reason));

const DIRECT: Path = Path::Direct;
const FORWARD: Path = Path::Forward;

const CASES: &[Case] = &[
    ("1 classic", 3, |it| it.members[0].kind = ParticipantKind::Classic, (DIRECT, Reason::Small)),
    ("1 WHIP", 3, |it| it.members[0].kind = ParticipantKind::Whip, (FORWARD, Reason::Whip)),
    ("3", 6, |it| it.members[0].standby = Standby::Failed, (DIRECT, Reason::Unreached)),
    ("4", 2, |it| it.members[0].watched = true, (FORWARD, Reason::Watched)),
    ("5", 2, |it| it.watches_mix = true, (FORWARD, Reason::Mixed)),
    ("5 for another", 2, |it| facts(it, 1).mix = Some(true), (FORWARD, Reason::Mixed)),
    ("5 not possible", 2, |it| (it.watches_mix, it.can_mix) = (true, false), (DIRECT, Reason::Small)),
    ("6 stalled", 2, |it| it.legs[0].stalled = Some(29 * SECOND), (FORWARD, Reason::LegFailed)),
    ("6 no longer", 2, |it| it.legs[0].stalled = Some(30 * SECOND), (DIRECT, Reason::Small)),
    ("6 failed", 2, |it| legs(it, 1)[0].state = LegState::Failed, (FORWARD, Reason::LegFailed)),
    ("6 down", 2, |it| it.legs[0].down = Some(6 * SECOND), (FORWARD, Reason::LegFailed)),
    ("6 not yet", 2, |it| it.legs[0].down = Some(5 * SECOND), (DIRECT, Reason::Small)),
    ("6 never came", 2, |it| (0..2).for_each(|n| legs(it, n).clear()), (FORWARD, Reason::LegFailed)),
    ("6 unknown", 2, |it| (0..2).for_each(|n| it.members[n].facts = None), (DIRECT, Reason::Small)),
    (
        "5 to somebody lost",
        2,
        |it| {
            it.legs[0].stalled = Some(SECOND);
            it.members[1].connected = false;
        },
        (DIRECT, Reason::Small),
    ),
    (
        "5 in vain",
        2,
        |it| {
            it.legs[0].stalled = Some(SECOND);
            it.members[1].standby = Standby::Failed;
        },
        (DIRECT, Reason::Small),
    ),
    ("7", 5, |_| {}, (FORWARD, Reason::RoomSize)),
    ("7 not yet", 4, |_| {}, (DIRECT, Reason::Small)),
    ("8", 3, |it| it.members[0].screen = true, (FORWARD, Reason::Screen)),
    ("8 alone with one", 2, |it| it.members[0].screen = true, (DIRECT, Reason::Small)),
    ("9", 3, |it| facts(it, 0).uplink = Some(999_999), (FORWARD, Reason::Uplink)),
    ("9 wide", 3, |it| facts(it, 0).uplink = Some(1_000_000), (DIRECT, Reason::Small)),
    ("9 one", 2, |it| facts(it, 0).uplink = Some(1), (DIRECT, Reason::Small)),
    ("9 limited", 3, |it| facts(it, 0).limited = Some(Limited::Bandwidth), (FORWARD, Reason::Uplink)),
    ("10", 3, |it| facts(it, 0).limited = Some(Limited::Cpu), (FORWARD, Reason::Cpu)),
    ("10 one", 2, |it| facts(it, 0).limited = Some(Limited::Cpu), (DIRECT, Reason::Small)),
    ("10 phone", 4, |it| facts(it, 0).device = Some(Device::Phone), (FORWARD, Reason::Cpu)),
    ("10 phone, two", 3, |it| facts(it, 0).device = Some(Device::Phone), (DIRECT, Reason::Small)),
    ("11 loss", 2, |it| legs(it, 1)[0].loss = Some(0.11), (FORWARD, Reason::LegPoor)),
    ("11 round trip", 2, |it| legs(it, 1)[0].rtt = Some(601.0), (FORWARD, Reason::LegPoor)),
    ("11 pictures", 2, |it| legs(it, 1)[0].fps = Some(4.0), (FORWARD, Reason::LegPoor)),
    (
        "10 no camera",
        2,
        |it| {
            legs(it, 1)[0].fps = Some(0.0);
            it.members[0].camera = false;
        },
        (DIRECT, Reason::Small),
    ),
    (
        "10 half of them",
        3,
        |it| {
            legs(it, 1)[0].loss = Some(0.5);
            legs(it, 2)[0].loss = Some(0.0);
        },
        (DIRECT, Reason::Small),
    ),
    ("11 all that is known", 3, |it| legs(it, 1)[0].loss = Some(0.5), (FORWARD, Reason::LegPoor)),
    ("11 of its own", 2, |it| legs(it, 0)[0].loss = Some(0.5), (DIRECT, Reason::Small)),
    ("12", 1, |_| {}, (DIRECT, Reason::Small)),
];

#[test]
fn each_rule_has_its_case() {
    for (rule, natives, change, expected) in CASES {
        let mut situation = room(*natives);
        change(&mut situation);
        assert_eq!(of_first(&situation, &Policy::default()), *expected, "{rule}");
    }
    for (direct, expected) in
        [(DirectPolicy::Never, (FORWARD, Reason::Policy)), (DirectPolicy::Only, (DIRECT, Reason::Policy))]
    {
        let mut situation = room(9);
        situation.members[0].watched = true;
        assert_eq!(of_first(&situation, &policy(direct)), expected, "2");
    }
}

/// A room of so many, everybody forwarded, changed somehow, and whether the first of them is to receive its mix, and why.
type MixCase = (&'static str, usize, fn(&mut Situation), Option<MixReason>);

const MIX_CASES: &[MixCase] = &[
    ("1", 2, |it| facts(it, 0).mix = Some(true), Some(MixReason::Choice)),
    ("2", 4, |it| facts(it, 0).undecoded = Some(0.5), Some(MixReason::Decoder)),
    ("2 hardly", 4, |it| facts(it, 0).undecoded = Some(0.49), None),
    ("2 of two", 3, |it| facts(it, 0).undecoded = Some(1.0), None),
    (
        "2 still",
        2,
        |it| it.members[0].mixed = Some((MixReason::Decoder, 119 * SECOND)),
        Some(MixReason::Decoder),
    ),
    ("2 no longer", 4, |it| it.members[0].mixed = Some((MixReason::Decoder, 120 * SECOND)), None),
    ("3", 4, |it| it.members[0].narrow = true, Some(MixReason::Downlink)),
    ("3 of two", 3, |it| it.members[0].narrow = true, None),
    (
        "3 of two who are forwarded",
        4,
        |it| {
            it.members[0].narrow = true;
            it.members[3].course = Some(course(Path::Direct, Reason::Small));
        },
        None,
    ),
    ("3 another's way", 4, |it| it.members[1].narrow = true, None),
    (
        "3 still",
        2,
        |it| it.members[0].mixed = Some((MixReason::Downlink, 119 * SECOND)),
        Some(MixReason::Downlink),
    ),
    ("3 no longer", 4, |it| it.members[0].mixed = Some((MixReason::Downlink, 120 * SECOND)), None),
    (
        "3 for as long as it is narrow",
        4,
        |it| {
            it.members[0].narrow = true;
            it.members[0].mixed = Some((MixReason::Downlink, 600 * SECOND));
        },
        Some(MixReason::Downlink),
    ),
    (
        "1 before 3",
        4,
        |it| {
            facts(it, 0).mix = Some(true);
            it.members[0].narrow = true;
        },
        Some(MixReason::Choice),
    ),
    (
        "3 is not reached",
        4,
        |it| {
            it.members[0].narrow = true;
            it.members[0].standby = Standby::Pending;
        },
        None,
    ),
];

#[test]
fn each_rule_of_who_receives_the_mix_has_its_case() {
    for (rule, natives, change, expected) in MIX_CASES {
        let mut situation = room(*natives);
        for member in &mut situation.members {
            member.course = Some(course(Path::Forward, Reason::RoomSize));
        }
        change(&mut situation);
        let decision = decide(&situation, &Policy::default());
        assert_eq!(decision.mixed[0], *expected, "{rule}");
        let never = Policy { mix: MixPolicy::Never, ..Policy::default() };
        assert_eq!(decide(&situation, &never).mixed[0], None, "{rule}");
    }
}

#[test]
fn a_way_up_by_choice_waits_for_every_connection_with_the_server() {
    let direct = (Path::Direct, Reason::Small);
    let up = (Path::Forward, Reason::RoomSize);
    for (place, standby, expected) in [
        (0, Standby::Pending, direct),
        (3, Standby::Pending, direct),
        // This one is sent to directly in any case.
        (3, Standby::Failed, up),
        (3, Standby::Up, up),
    ] {
        let mut situation = room(5);
        situation.members[place].standby = standby;
        assert_eq!(of_first(&situation, &Policy::default()), expected, "{place} {standby:?}");
    }
    let mut situation = room(5);
    (situation.members[3].standby, situation.members[3].connected) = (Standby::Pending, false);
    assert_eq!(of_first(&situation, &Policy::default()), up, "nobody waits for who is lost");
    situation.members[0].course.as_mut().unwrap().barred.insert(Path::Forward);
    assert_eq!(of_first(&situation, &Policy::default()), direct, "it is barred");
    let mut situation = room(5);
    (situation.members[3].standby, situation.members[0].course) = (Standby::Pending, None);
    assert_eq!(of_first(&situation, &Policy::default()), up, "a newcomer has nothing to lose");
}

#[test]
fn a_way_back_waits_for_every_leg_and_for_a_room_that_stays_as_it_is() {
    let back = (Path::Direct, Reason::Small);
    let forwarded = |reason| {
        let mut situation = room(3);
        situation.members[0].course = Some(course(Path::Forward, reason));
        situation
    };
    type Change = fn(&mut Situation);
    let cases: [(&str, Change, bool); 10] = [
        ("all is well", |_| {}, true),
        ("somebody has come", |it| it.stable = 4 * SECOND, false),
        (
            "it has only just been forwarded",
            |it| it.members[0].course.as_mut().unwrap().age = 4 * SECOND,
            false,
        ),
        ("one of its legs is coming", |it| legs(it, 1)[0].state = LegState::Connecting, false),
        ("nobody knows of one", |it| (0..2).for_each(|n| it.members[n].facts = None), false),
        ("one of them says so", |it| it.members[0].facts = None, true),
        ("another's leg", |it| legs(it, 1)[1].state = LegState::Connecting, true),
        ("it is lost itself", |it| it.members[0].connected = false, false),
        ("it is barred", |it| it.members[0].course.as_mut().unwrap().barred.extend([Path::Direct]), false),
        (
            "a lost one",
            |it| {
                it.members[1].connected = false;
                legs(it, 0)[0].state = LegState::Connecting;
            },
            true,
        ),
    ];
    for (what, change, comes_back) in cases {
        let mut situation = forwarded(Reason::RoomSize);
        change(&mut situation);
        let expected = if comes_back { back } else { (Path::Forward, Reason::RoomSize) };
        assert_eq!(of_first(&situation, &Policy::default()), expected, "{what}");
    }
    for (reason, seconds) in
        [(Reason::Cpu, 120), (Reason::Uplink, 120), (Reason::LegPoor, 120), (Reason::LegFailed, 10)]
    {
        let mut situation = forwarded(reason);
        for (age, expected) in [(seconds - 1, (Path::Forward, reason)), (seconds, back)] {
            situation.members[0].course.as_mut().unwrap().age = age * SECOND;
            assert_eq!(of_first(&situation, &Policy::default()), expected);
        }
    }
    let mut situation = forwarded(Reason::Uplink);
    facts(&mut situation, 0).uplink = Some(1_499_999);
    assert_eq!(of_first(&situation, &Policy::default()).0, Path::Forward, "it needs a margin");
    facts(&mut situation, 0).uplink = Some(1_500_000);
    assert_eq!(of_first(&situation, &Policy::default()), back);
}

#[test]
fn legs_are_kept_while_anybody_uses_them_and_around_the_size_at_which_they_are_not() {
    let forward_all = |situation: &mut Situation| {
        for member in &mut situation.members {
            member.course = Some(course(Path::Forward, Reason::RoomSize));
        }
    };
    for (natives, has_legs, expected) in
        [(6, false, true), (7, false, false), (8, true, true), (9, true, false)]
    {
        let mut situation = room(natives);
        forward_all(&mut situation);
        situation.has_legs = has_legs;
        assert_eq!(decide(&situation, &Policy::default()).legs, expected, "{natives} {has_legs}");
    }
    let mut situation = room(9);
    forward_all(&mut situation);
    situation.is_switching = true;
    assert!(decide(&situation, &Policy::default()).legs, "somebody is changing over");
    situation.is_switching = false;
    situation.members[4].standby = Standby::Failed;
    situation.has_legs = false;
    assert!(decide(&situation, &Policy::default()).legs, "somebody is reached in no other way");
    let mut never = room(3);
    assert!(decide(&never, &policy(DirectPolicy::Never)).legs, "until all have changed over");
    forward_all(&mut never);
    assert!(!decide(&never, &policy(DirectPolicy::Never)).legs);
    assert!(decide(&never, &policy(DirectPolicy::Only)).legs);
    assert!(decide(&never, &policy(DirectPolicy::Only)).standby, "until all have changed over");
    assert!(!decide(&room(3), &policy(DirectPolicy::Only)).standby);
}

fn any_facts(natives: usize) -> impl Strategy<Value = Option<Facts>> {
    let state = prop::sample::select(vec![
        LegState::Connecting,
        LegState::Direct,
        LegState::Direct,
        LegState::Direct,
        LegState::Relayed,
        LegState::Failed,
    ]);
    let some = |most: f64| prop::option::of(0.0..most);
    let leg = (0..natives + 1, state, some(1200.0), some(0.2), some(30.0))
        .prop_map(|(of, state, rtt, loss, fps)| LegFacts { participant: id(of), state, rtt, loss, fps });
    let limited = prop::sample::select(vec![Limited::None, Limited::Cpu, Limited::Bandwidth]);
    let device = prop::sample::select(vec![Device::Desktop, Device::Phone]);
    let facts = (
        prop::option::of(0..6_000_000_u64),
        prop::option::of(limited),
        prop::option::of(device),
        prop::collection::vec(leg, 0..6),
    );
    prop::option::of(facts.prop_map(|(uplink, limited, device, legs)| Facts {
        uplink,
        limited,
        device,
        legs,
        ..Facts::default()
    }))
}

fn any_standby() -> impl Strategy<Value = Standby> {
    prop::sample::select(vec![Standby::Up, Standby::Up, Standby::Up, Standby::Pending, Standby::Failed])
}

fn any_course() -> impl Strategy<Value = Option<Course>> {
    let reason = prop::sample::select(vec![
        Reason::Small,
        Reason::RoomSize,
        Reason::Uplink,
        Reason::LegPoor,
        Reason::LegFailed,
    ]);
    let course = (any::<bool>(), reason, 0..60_u64, any::<[bool; 2]>()).prop_map(
        |(forward, reason, age, [up, back])| Course {
            path: if forward { Path::Forward } else { Path::Direct },
            reason,
            age: Duration::from_secs(age),
            barred: [(up, Path::Forward), (back, Path::Direct)]
                .into_iter()
                .filter_map(|(barred, path)| barred.then_some(path))
                .collect(),
        },
    );
    prop::option::weighted(0.9, course)
}

fn any_mixed() -> impl Strategy<Value = Option<(MixReason, Duration)>> {
    let reason = prop::sample::select(vec![MixReason::Choice, MixReason::Decoder, MixReason::Downlink]);
    prop::option::weighted(0.2, (reason, (0..240_u64).prop_map(Duration::from_secs)))
}

prop_compose! {
    fn any_member(natives: usize)(
        kind in prop::sample::select(vec![
            ParticipantKind::Native, ParticipantKind::Native, ParticipantKind::Native, ParticipantKind::Classic,
            ParticipantKind::Whip,
        ]),
        flags in any::<[bool; 4]>(),
        watched in prop::bool::weighted(0.1),
        narrow in prop::bool::weighted(0.2),
        mixed in any_mixed(),
        standby in any_standby(),
        facts in any_facts(natives),
        course in any_course(),
    ) -> Member {
        let [connected, camera, screen, again] = flags;
        // The others have never been on another path.
        let course = course.filter(|_| kind == ParticipantKind::Native);
        Member {
            id: id(0), kind, connected: connected || again, camera, screen: screen && again, watched, standby,
            narrow, facts, course, mixed,
        }
    }
}

fn any_situation() -> impl Strategy<Value = Situation> {
    (1..8_usize).prop_flat_map(|natives| {
        let members = prop::collection::vec(any_member(natives), natives);
        let pairs = natives * (natives - 1) / 2;
        let age = || prop::option::weighted(0.2, 0..40_u64);
        let ages = prop::collection::vec((0..10_u64, age(), age()), pairs);
        (members, ages, any::<bool>(), any::<bool>(), 0..12_u64).prop_map(
            move |(mut members, ages, has_legs, is_switching, stable)| {
                members.iter_mut().enumerate().for_each(|(number, member)| member.id = id(number));
                let pairs = (0..natives).flat_map(|one| (one + 1..natives).map(move |other| (one, other)));
                let seconds = |age: Option<u64>| age.map(Duration::from_secs);
                let legs = pairs.zip(ages).map(|((one, other), (age, down, stalled))| Leg {
                    ends: [one, other],
                    age: Duration::from_secs(age),
                    down: seconds(down),
                    stalled: seconds(stalled),
                });
                let legs = if has_legs { legs.collect() } else { Vec::new() };
                let stable = Duration::from_secs(stable);
                Situation { members, legs, has_legs, is_switching, stable, watches_mix: false, can_mix: true }
            },
        )
    })
}

fn any_policy() -> impl Strategy<Value = Policy> {
    let direct = vec![DirectPolicy::Auto, DirectPolicy::Auto, DirectPolicy::Only, DirectPolicy::Never];
    (prop::sample::select(direct), 1..6_u32).prop_map(|(direct, direct_max)| Policy {
        direct,
        direct_max,
        ..Policy::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_known_a_decision_keeps_to_the_rules(situation in any_situation(), policy in any_policy()) {
        let decision = decide(&situation, &policy);
        prop_assert_eq!(&decision, &decide(&situation, &policy), "the same of the same");
        prop_assert_eq!(decision.paths.len(), situation.members.len());
        let natives = || situation.members.iter().filter(|member| member.kind == ParticipantKind::Native);
        for (member, (path, reason)) in situation.members.iter().zip(&decision.paths) {
            // What the host has decided holds, of natives.
            match (member.kind, policy.direct) {
                (ParticipantKind::Classic, _) => prop_assert_eq!(*path, Path::Direct),
                (ParticipantKind::Whip, _) => prop_assert_eq!(*path, Path::Forward),
                (_, DirectPolicy::Only) => prop_assert_eq!(*path, Path::Direct),
                (_, DirectPolicy::Never) => prop_assert_eq!(*path, Path::Forward),
                _ => {}
            }
            // Nothing begins by choice that is not proven.
            let begins = member.course.as_ref().is_some_and(|course| course.path != *path);
            if !begins || is_forced(*reason) || member.kind != ParticipantKind::Native {
                continue;
            }
            if *path == Path::Forward {
                prop_assert_eq!(member.standby, Standby::Up);
                prop_assert!(natives().all(|other| !other.connected || other.standby != Standby::Pending));
            } else {
                let others = natives().filter(|other| other.id != member.id && other.connected).count();
                prop_assert!(situation.stable >= STABLE && (situation.has_legs || others == 0));
                prop_assert!(member.course.as_ref().is_none_or(|course| course.age >= stay(course.reason)));
            }
            prop_assert!(!member.course.as_ref().is_some_and(|course| course.barred.contains(path)));
        }
        for (member, mixed) in situation.members.iter().zip(&decision.mixed) {
            let Some(reason) = mixed else { continue };
            prop_assert_eq!((member.kind, member.standby), (ParticipantKind::Native, Standby::Up));
            if !member.connected {
                prop_assert_eq!(member.mixed.map(|(before, _)| before), Some(*reason), "nothing new of whom nothing is heard");
                continue;
            }
            let was = member.mixed.is_some_and(|(before, age)| before == *reason && age < RELIEF);
            let others = situation.members.iter().filter(|other| other.id != member.id);
            match reason {
                MixReason::Choice => prop_assert_eq!(member.facts.as_ref().unwrap().mix, Some(true)),
                MixReason::Decoder => prop_assert!(was || others.count() >= RELIEVED_OF),
                MixReason::Downlink => {
                    let forwarded = others.filter(|other| is_forwarded(other)).count();
                    prop_assert!(was || (member.narrow && forwarded >= RELIEVED_OF));
                }
            }
        }
        // Nobody who is to be direct is without legs.
        let is_direct = situation.members.iter().zip(&decision.paths)
            .any(|(member, (path, _))| member.kind == ParticipantKind::Native && *path == Path::Direct);
        prop_assert!(!is_direct || decision.legs);
        prop_assert!(policy.direct == DirectPolicy::Only || decision.standby);
    }

    /// Facts change at random, and what is decided is done at once.
    #[test]
    fn no_path_goes_to_and_fro_faster_than_it_may(
        situations in prop::collection::vec(prop::collection::vec(any_facts(4), 4), 60),
        screens in prop::collection::vec(any::<[bool; 4]>(), 60),
    ) {
        let mut situation = room(4);
        let mut up_since = [None; 4];
        for (second, (facts, screens)) in (0_u64..).zip(situations.into_iter().zip(screens)) {
            for ((member, facts), screen) in situation.members.iter_mut().zip(facts).zip(screens) {
                (member.facts, member.screen) = (facts, screen);
                if let Some(course) = &mut member.course {
                    course.age += SECOND;
                }
            }
            let decision = decide(&situation, &Policy::default());
            for ((member, (path, reason)), since) in
                situation.members.iter_mut().zip(decision.paths).zip(&mut up_since)
            {
                let Some(course) = &mut member.course else { continue };
                if course.path != path {
                    let up: &mut Option<u64> = since;
                    if path == Path::Direct {
                        prop_assert!(second - up.unwrap() >= 5, "{} after {:?}", second, up);
                    } else {
                        *up = Some(second);
                    }
                    course.age = Duration::ZERO;
                }
                (course.path, course.reason) = (path, reason);
            }
        }
    }
}
