//! Whatever clients do, in whatever order: what each of them hears makes sense, and nothing is kept for ever.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use visavis_protocol::Limits;
use visavis_rooms::{ConnectionId, Counts};

use crate::audience::Audience;
use crate::world::{World, but};

const ROOMS: [&str; 3] = ["r", "s", "t"];

/// One step of a run. An [`Index`] chooses among what there is at that moment.
#[derive(Debug, Clone)]
enum Step {
    Connect,
    ConnectClassic(u8),
    /// A new client says `hello` and joins.
    Come(Index),
    Hello(Index),
    /// With whatever secret was ever given to anybody.
    Resume {
        at: Index,
        secret: Index,
        last_seq: u64,
    },
    /// As a client does: with its newest secret, and not having handled its last few messages.
    Return {
        who: Index,
        missed: u64,
    },
    Say(Index, Words),
    /// The forwarder reaches somebody, or no longer.
    Reached(Index, bool),
    /// The way to somebody is narrow, or no longer.
    Narrow(Index, bool),
    Disconnect(Index),
    Restart,
    Pass(u64),
}

#[derive(Debug, Clone)]
enum Words {
    Join {
        room: Index,
        host_key: bool,
    },
    Leave,
    /// Mostly to somebody in the room.
    Description {
        to: Index,
        stray: bool,
    },
    Candidate {
        to: Index,
        stray: bool,
    },
    State(bool),
    Chat,
    Repeat,
    Ack(u64),
    Ping,
    Text(&'static str),
    Policy(&'static str),
    Rules {
        entry: &'static str,
        mic: bool,
    },
    /// What a host does to somebody, if it is one.
    Host {
        kind: &'static str,
        whom: Index,
    },
    Facts {
        of: Index,
        state: &'static str,
        uplink: Option<u64>,
    },
    Stalled {
        of: Index,
        stray: bool,
    },
    Ready(u64),
    Gap(u64),
    Costs(Index),
}

fn words() -> impl Strategy<Value = Words> {
    let rarely = || prop::bool::weighted(0.1);
    prop_oneof![
        3 => (any::<Index>(), rarely()).prop_map(|(room, host_key)| Words::Join { room, host_key }),
        1 => Just(Words::Leave),
        3 => (any::<Index>(), rarely()).prop_map(|(to, stray)| Words::Description { to, stray }),
        6 => (any::<Index>(), rarely()).prop_map(|(to, stray)| Words::Candidate { to, stray }),
        4 => any::<bool>().prop_map(Words::State),
        5 => Just(Words::Chat),
        1 => Just(Words::Repeat),
        1 => (0..12_u64).prop_map(Words::Ack),
        2 => Just(Words::Ping),
        1 => prop::sample::select(vec!["auto", "only", "never"]).prop_map(Words::Policy),
        2 => (prop::sample::select(vec!["open", "knock", "closed"]), any::<bool>())
            .prop_map(|(entry, mic)| Words::Rules { entry, mic }),
        6 => (prop::sample::select(vec!["mute", "ask", "remove", "appoint", "admit", "end"]), any::<Index>())
            .prop_map(|(kind, whom)| Words::Host { kind, whom }),
        6 => facts(),
        2 => (any::<Index>(), rarely()).prop_map(|(of, stray)| Words::Stalled { of, stray }),
        6 => (0..12_u64).prop_map(Words::Ready),
        2 => (0..12_u64).prop_map(Words::Gap),
        1 => any::<Index>().prop_map(Words::Costs),
        1 => prop_oneof![Just("{"), Just("null"), Just(r#"{"type":"dance","id":1}"#), Just(r#"{"type":"chat"}"#)]
            .prop_map(Words::Text),
    ]
}

fn facts() -> impl Strategy<Value = Words> {
    let state = prop::sample::select(vec!["connecting", "direct", "relayed", "failed"]);
    let uplink = prop::option::of(0..2_000_000_u64);
    (any::<Index>(), state, uplink).prop_map(|(of, state, uplink)| Words::Facts { of, state, uplink })
}

fn step() -> impl Strategy<Value = Step> {
    let comeback = (any::<Index>(), 0..5_u64).prop_map(|(who, missed)| Step::Return { who, missed });
    let stolen = (any::<Index>(), any::<Index>(), 0..12_u64);
    prop_oneof![
        1 => Just(Step::Connect),
        2 => (0..3_u8).prop_map(Step::ConnectClassic),
        6 => any::<Index>().prop_map(Step::Come),
        1 => any::<Index>().prop_map(Step::Hello),
        1 => stolen.prop_map(|(at, secret, last_seq)| Step::Resume { at, secret, last_seq }),
        6 => comeback,
        40 => (any::<Index>(), words()).prop_map(|(at, words)| Step::Say(at, words)),
        6 => (any::<Index>(), prop::bool::weighted(0.8)).prop_map(|(of, up)| Step::Reached(of, up)),
        2 => (any::<Index>(), any::<bool>()).prop_map(|(of, narrow)| Step::Narrow(of, narrow)),
        4 => any::<Index>().prop_map(Step::Disconnect),
        1 => Just(Step::Restart),
        4 => prop_oneof![4 => Just(1), 4 => Just(400), 2 => Just(9_000), 1 => Just(31_000), 1 => 0..60_000_u64]
            .prop_map(Step::Pass),
    ]
}

/// Small bounds, so that a run meets all of them.
fn limits() -> Limits {
    Limits {
        sessions: 6,
        rooms: 2,
        room_participants: 3,
        candidates: 2,
        chat_kept: 2,
        replay_messages: 4,
        switches_kept: 3,
        errors_in_a_row: 8,
        ..Limits::default()
    }
}

struct Run {
    world: World,
    audience: Audience,
    connections: Vec<ConnectionId>,
}

impl Run {
    fn new() -> Self {
        Self { world: World::with(limits()), audience: Audience::default(), connections: Vec::new() }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Connect => drop(self.connect()),
            Step::ConnectClassic(number) => {
                let id = format!("classic-{number}");
                let at = self.world.connect_classic(&id);
                self.audience.expect_classic(at, &id);
                self.connections.push(at);
            }
            Step::Come(room) => {
                let at = self.connect();
                self.world.say(at, hello(None, 0));
                let join = json!({"type": "join", "id": 1, "room": room.get(&ROOMS), "name": "x"});
                self.world.say(at, join);
            }
            Step::Hello(at) => self.say(at, &hello(None, 0)),
            Step::Resume { at, secret, last_seq } => {
                let (secret, heard) = choose(secret, &self.audience.stolen()).unwrap_or_default();
                self.say(at, &hello(Some(&secret), heard.min(*last_seq)));
            }
            Step::Return { who, missed } => {
                if let Some((secret, last_seq)) = choose(who, &self.audience.may_return()) {
                    let at = self.connect();
                    self.world.say(at, hello(Some(&secret), last_seq.saturating_sub(*missed)));
                }
            }
            Step::Say(at, words) => self.utter(at, words),
            Step::Reached(of, reached) => {
                let participant = choose(of, &self.audience.ids).unwrap_or_else(|| "nobody".into());
                ROOMS.iter().for_each(|room| self.world.reach(room, &participant, *reached));
            }
            Step::Narrow(of, narrow) => {
                let participant = choose(of, &self.audience.ids).unwrap_or_else(|| "nobody".into());
                ROOMS.iter().for_each(|room| self.world.narrow(room, &participant, *narrow));
            }
            Step::Disconnect(at) => {
                if let Some(at) = choose(at, &self.connections) {
                    self.world.disconnect(at);
                    self.connections.retain(|connection| *connection != at);
                }
            }
            Step::Restart => {
                self.world.restart();
                self.audience.forget_connections();
                self.connections.clear();
            }
            Step::Pass(ms) => self.world.pass(std::time::Duration::from_millis(*ms)),
        }
        self.listen();
    }

    fn connect(&mut self) -> ConnectionId {
        let at = self.world.connect();
        self.connections.push(at);
        at
    }

    fn utter(&mut self, at: &Index, words: &Words) {
        let Some(at) = choose(at, &self.connections) else { return };
        let someone = |to: &Index, stray: bool| {
            let from = if stray { self.audience.ids.clone() } else { self.audience.others(at) };
            choose(to, &from).unwrap_or_else(|| "nobody".into())
        };
        let message = match words {
            Words::Policy(direct) => json!({"type": "policy", "policy": {"direct": direct, "direct_max": 1}}),
            Words::Rules { entry, mic } => {
                json!({"type": "policy", "policy": {"rules": {"entry": entry, "mic": mic}}})
            }
            Words::Host { kind: "admit", whom } => {
                let whom = choose(whom, &self.audience.ids).unwrap_or_else(|| "nobody".into());
                json!({"type": "admit", "participant": whom, "on": whom.len() % 3 > 0})
            }
            Words::Host { kind, whom } => {
                json!({"type": kind, "participant": someone(whom, false), "mic": true})
            }
            Words::Facts { of, state, uplink } => {
                let leg = json!({"participant": someone(of, false), "state": state, "loss": 0.2});
                json!({"type": "facts", "uplink": uplink, "legs": [leg]})
            }
            Words::Stalled { of, stray } => json!({"type": "stalled", "publisher": someone(of, *stray)}),
            Words::Ready(switch) => json!({"type": "switch-ready", "switch": switch}),
            Words::Gap(switch) => json!({"type": "switch-gap", "switch": switch, "picture": 12.5}),
            Words::Costs(room) => json!({"type": "costs", "room": room.get(&ROOMS)}),
            Words::Join { room, host_key } => {
                let key = choose(room, &self.audience.host_keys).filter(|_| *host_key);
                json!({"type": "join", "room": room.get(&ROOMS), "name": "x", "host_key": key})
            }
            Words::Leave => json!({"type": "leave"}),
            Words::Description { to, stray } => {
                let to = someone(to, *stray);
                json!({"type": "description", "to": to, "description": {"type": "rollback"}})
            }
            Words::Candidate { to, stray } => {
                json!({"type": "candidate", "to": someone(to, *stray), "candidate": null})
            }
            Words::State(mic) => json!({"type": "state", "state": {"mic": mic}}),
            Words::Chat => json!({"type": "chat", "text": "x"}),
            Words::Repeat => return self.world.say(at, json!({"type": "leave", "id": 1})),
            Words::Ack(seq) => return self.world.say(at, json!({"type": "ack", "seq": seq})),
            Words::Ping => return self.world.say(at, json!({"type": "ping", "time": 1})),
            Words::Text(text) => return self.world.say_text(at, text),
        };
        let id = self.audience.next_request(at);
        self.world.say(at, but(message, json!({"id": id})));
    }

    fn say(&mut self, at: &Index, message: &Value) {
        if let Some(at) = choose(at, &self.connections) {
            self.world.say(at, message.clone());
        }
    }

    /// Everybody reads what came, in the order of all that was sent, and everything is within its bounds.
    fn listen(&mut self) {
        for (at, message) in self.world.heard_by_all() {
            self.audience.hear(at, &message);
        }
        self.connections.retain(|at| self.world.is_open(*at));
        self.audience.check_pictures(&self.connections);
        let (counts, limits) = (self.world.rooms.counts(), limits());
        assert_eq!(counts.connections, self.connections.len());
        assert!(counts.connections <= limits.sessions && counts.rooms <= limits.rooms, "{counts:?}");
        assert!(counts.sessions <= counts.connections + limits.sessions, "{counts:?}");
    }

    /// Everybody goes, and two minutes pass.
    fn end(mut self) {
        for at in std::mem::take(&mut self.connections) {
            self.world.disconnect(at);
        }
        self.listen();
        self.world.pass_secs(120);
        let counts = self.world.rooms.counts();
        assert_eq!(counts, Counts { switched: counts.switched, ..Counts::default() });
        assert_eq!(self.world.rooms.poll_timeout(), None);
    }
}

fn choose<T: Clone>(index: &Index, from: &[T]) -> Option<T> {
    (!from.is_empty()).then(|| index.get(from).clone())
}

fn hello(resume: Option<&str>, last_seq: u64) -> Value {
    json!({"type": "hello", "protocol": 1, "client": "x", "resume": resume, "last_seq": last_seq})
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        max_shrink_iters: 2000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_clients_do_everyone_hears_of_their_own_room_only_and_all_of_it_ends(
        steps in prop::collection::vec(step(), 1..150)
    ) {
        let mut run = Run::new();
        steps.iter().for_each(|step| run.take(step));
        run.end();
    }
}
