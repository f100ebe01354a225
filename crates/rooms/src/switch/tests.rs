use std::fmt::Write as _;

use super::*;

const PATIENCE_AND_A_BIT: Duration = Duration::from_millis(8001);

/// A publisher, Ada, on a path, and two who take it.
struct Stage {
    switches: Switches,
    old: Path,
    now: Instant,
}

fn id(name: &str) -> ParticipantId {
    ParticipantId::new(name).unwrap()
}

fn others() -> BTreeSet<ParticipantId> {
    [id("bob"), id("eve")].into()
}

impl Stage {
    #[expect(clippy::disallowed_methods, reason = "a test needs some time to begin with")]
    fn steady(old: Path) -> Self {
        let now = Instant::now();
        let mut switches = Switches::default();
        switches.enter(id("ada"), "Ada".into(), (old, Reason::Small), now);
        Self { switches, old, now }
    }

    fn of(state: &str, old: Path) -> Self {
        let mut stage = Self::steady(old);
        match state {
            "steady" => {}
            "overlap (optional)" => stage.prefer(old.other(), false),
            "overlap (forced)" => stage.prefer(old.other(), true),
            _ => panic!("no state is called {state}"),
        }
        stage
    }

    fn prefer(&mut self, path: Path, forced: bool) {
        let reason = if forced { Reason::Policy } else { Reason::RoomSize };
        self.switches.prefer(&id("ada"), (path, reason), others, self.now);
    }

    fn ready(&mut self, name: &str) -> Result<(), Unknown> {
        let switch = self.switches.last_id;
        self.switches.ready(&id(name), switch, self.now)
    }

    /// Takes whatever somebody says for ready, whether that is a switch of theirs or not.
    fn hear(&mut self, name: &str) {
        let _ = self.ready(name);
    }

    fn happen(&mut self, event: &str) {
        let (old, new) = (self.old, self.old.other());
        match event {
            "the new path is better" => self.prefer(new, false),
            "the old path is better" => self.prefer(old, false),
            "the new path is forced" => self.prefer(new, true),
            "the old path is forced" => self.prefer(old, true),
            "one of the others is ready" => self.hear("bob"),
            "all the others are ready" => ["bob", "eve"].into_iter().for_each(|name| self.hear(name)),
            "those who are not ready leave, or are lost" => {
                self.hear("eve");
                self.switches.pass_over(&id("bob"), self.now);
            }
            "somebody comes" => self.switches.lift_bars(),
            "8 seconds are over" => {
                self.now += PATIENCE_AND_A_BIT;
                self.switches.handle_timeout(|_| others(), self.now);
            }
            "the publisher leaves" => self.switches.leave(&id("ada"), self.now),
            _ => panic!("no event is called {event}"),
        }
    }

    /// In the words of the table.
    fn state(&self) -> String {
        let Some(publisher) = self.switches.publishers.get(&id("ada")) else { return "gone".into() };
        let open = publisher.open.as_ref().map(|open| (open.switch.forced, open.switch.to == self.old));
        let mut state = match open {
            None => "steady",
            Some((false, _)) => "overlap (optional)",
            Some((true, false)) => "overlap (forced)",
            Some((true, true)) => "overlap (forced) back",
        }
        .to_owned();
        let _ = write!(state, ", {} path", if publisher.path == self.old { "old" } else { "new" });
        state + if publisher.barred.is_empty() { "" } else { ", barred" }
    }
}

#[test]
fn the_table_in_architecture_md_is_what_happens() {
    let page = include_str!("../../../../ARCHITECTURE.md");
    let table = page.lines().skip_while(|line| !line.starts_with("| event |"));
    let rows = table.take_while(|line| line.starts_with('|'));
    let rows: Vec<Vec<&str>> =
        rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect();
    let states = &rows[0][1..];
    assert_eq!((states.len(), rows.len()), (3, 12), "the table has been found");
    for (row, state) in rows[2..].iter().flat_map(|row| states.iter().map(move |state| (row, *state))) {
        let column = rows[0].iter().position(|name| *name == state).unwrap();
        for old in [Path::Direct, Path::Forward] {
            let mut stage = Stage::of(state, old);
            let before = stage.state();
            stage.happen(row[0]);
            let mut expected: Vec<&str> = row[column].split(", ").collect();
            if expected == ["-"] {
                expected = before.split(", ").collect();
            }
            let outcomes = stage.switches.take_ended();
            let outcomes = outcomes.iter().map(|outcome| match outcome {
                Outcome::Open => "open",
                Outcome::Committed => "committed",
                Outcome::Undone => "undone",
            });
            let after = stage.state();
            let found: Vec<&str> = outcomes.chain(after.split(", ")).collect();
            // What is not named has stayed.
            let stays = before.split(", ").filter(|word| word.ends_with("path"));
            let named_path = expected.iter().any(|word| word.ends_with("path")) || expected.contains(&"gone");
            let expected: Vec<&str> = expected.iter().copied().chain(stays.filter(|_| !named_path)).collect();
            assert_eq!(found, expected, "{state}: {} ({old:?} is the old path)", row[0]);
        }
    }
}

#[test]
fn a_client_speaks_for_itself_only_and_once() {
    let mut stage = Stage::of("overlap (optional)", Path::Direct);
    assert_eq!(stage.ready("ada"), Err(Unknown), "it is its own");
    assert_eq!(stage.ready("mal"), Err(Unknown), "nobody waits for it");
    assert_eq!(stage.switches.ready(&id("bob"), 7, stage.now), Err(Unknown));
    assert_eq!(stage.ready("bob"), Ok(()));
    assert_eq!(stage.ready("bob"), Err(Unknown));
    assert_eq!(stage.state(), "overlap (optional), old path");
    assert_eq!(stage.ready("eve"), Ok(()));
    assert_eq!(stage.state(), "steady, new path");
}

#[test]
fn what_is_forced_later_has_its_whole_time_from_then_on() {
    let mut stage = Stage::of("overlap (optional)", Path::Direct);
    stage.now += PATIENCE / 2;
    stage.prefer(Path::Forward, true);
    assert_eq!(stage.switches.next(), Some(stage.now + PATIENCE));
    let switch = &stage.switches.under_way()[0];
    assert_eq!((switch.id, switch.forced, switch.reason), (1, true, Reason::Policy));
}

#[test]
fn a_room_remembers_who_was_late_and_what_was_seen_and_heard() {
    let mut stage = Stage::of("overlap (forced)", Path::Direct);
    stage.ready("eve").unwrap();
    let began = stage.now;
    stage.happen("8 seconds are over");
    let gap = SwitchGap { switch: 1, picture: Some(33.4), sound: None };
    assert_eq!(stage.switches.add_gap(&id("ada"), gap, 9), Err(Unknown), "its own is none");
    assert_eq!(stage.switches.add_gap(&id("eve"), gap, 9), Ok(()));
    assert_eq!(stage.switches.add_gap(&id("eve"), gap, 9), Err(Unknown), "once");
    assert_eq!(stage.switches.add_gap(&id("bob"), gap, 1), Err(Unknown), "no more than may be");
    assert_eq!(stage.switches.add_gap(&id("bob"), SwitchGap { switch: 2, ..gap }, 9), Err(Unknown));
    let records = stage.switches.records(|at| if at == began { 5 } else { 6 }, stage.now);
    let [record] = &*records else { panic!("{records:?}") };
    assert_eq!((record.began, record.took, record.outcome), (5, 8001, Outcome::Committed));
    assert_eq!((&record.late, &*record.name), (&vec![id("bob")], "Ada"));
    assert_eq!(record.gaps, [Gap { participant: id("eve"), picture: Some(33.0), sound: None }]);
    for _ in 0..5 {
        stage.prefer(Path::Direct, true);
        stage.prefer(Path::Forward, true);
    }
    stage.switches.keep(3);
    let kept = stage.switches.records(|_| 0, stage.now);
    assert_eq!(kept.iter().map(|record| record.switch.id).collect::<Vec<_>>(), [9, 10, 11]);
}
