//! One forwarder, its clients, and the ways between them, on virtual time. Everything is driven as the server does it: all
//! datagrams that are there, what is due, one flush, and the batch leaves.
//!
//! The same seed makes the same losses, jitter, frame lengths and times of capture, in the order in which they are drawn. It does
//! not make the same run: str0m draws SSRCs, ICE credentials, keys and the times of some retries for itself, which moves
//! handshakes and feedback, and so what the draws fall on and what is estimated. When a layer changes may differ by a second
//! between two runs of one seed; the bounds in these tests leave room for that.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use visavis_protocol::{
    Forward, ForwardRequest, ParticipantId, RoomName, ServerCosts, ServerMessage, Shown, Shows, Source,
    SourceState, Speakers,
};
use visavis_sfu::{FiveTuple, Options, Output, Sfu, ToMix, Transport};

use crate::client::{Client, Joining};
use crate::link::Conditions;

pub(crate) struct World {
    pub(crate) sfu: Sfu,
    pub(crate) clients: Vec<Client>,
    pub(crate) start: Instant,
    pub(crate) now: Instant,
    pub(crate) room: RoomName,
    pub(crate) speakers: Vec<(Duration, Speakers)>,
    /// Whom the forwarder reaches, and whom no longer, in that order.
    pub(crate) reached: Vec<(ParticipantId, bool)>,
    /// Whose way is narrow, and whose no longer, in that order.
    pub(crate) narrow: Vec<(Duration, ParticipantId, bool)>,
    pub(crate) figures: Vec<(Duration, ServerCosts)>,
    /// What whoever mixes was told.
    pub(crate) to_mix: Vec<ToMix>,
    pub(crate) learned: usize,
    /// Datagrams that were for nobody.
    pub(crate) strays: usize,
    /// Large datagrams that the server has sent because of its own timers, and all of them.
    pub(crate) timed: usize,
    pub(crate) large: usize,
    seed: u64,
    under_way: BTreeMap<(Instant, u64), (End, Vec<u8>)>,
    count: u64,
    /// Every datagram that has come to the server from a client, if they are kept.
    pub(crate) tape: Option<Vec<(FiveTuple, Vec<u8>)>>,
}

/// Where a datagram arrives.
enum End {
    Server(FiveTuple),
    Client(SocketAddr),
}

/// Padding makes no datagram longer than that.
const PADDED: usize = 300;

pub(crate) const SERVER: ([u8; 4], u16) = ([198, 51, 100, 1], 8080);

pub(crate) fn path(remote: SocketAddr) -> FiveTuple {
    FiveTuple { transport: Transport::Udp, remote, local: SERVER.into() }
}

pub(crate) fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

pub(crate) const ALL_LIVE: SourceState =
    SourceState { mic: true, camera: true, screen: true, screen_audio: true, hand: false };

#[expect(clippy::disallowed_methods, reason = "virtual time has to begin somewhere")]
fn clock() -> Instant {
    Instant::now()
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self::with(seed, Options::default())
    }

    pub(crate) fn with(seed: u64, options: Options) -> Self {
        let start = clock();
        Self {
            sfu: Sfu::new(options, [u8::try_from(seed % 256).unwrap(); 32], 0).unwrap(),
            clients: Vec::new(),
            start,
            now: start,
            room: RoomName::new("room").unwrap(),
            speakers: Vec::new(),
            reached: Vec::new(),
            narrow: Vec::new(),
            figures: Vec::new(),
            to_mix: Vec::new(),
            learned: 0,
            strays: 0,
            timed: 0,
            large: 0,
            seed,
            under_way: BTreeMap::new(),
            count: 0,
            tape: None,
        }
    }

    /// Time since the start.
    pub(crate) fn time(&self) -> Duration {
        self.now - self.start
    }

    /// Somebody joins.
    pub(crate) fn join(&mut self, joining: &Joining) -> usize {
        self.join_with(joining, ALL_LIVE)
    }

    /// Somebody joins of whom this is live.
    pub(crate) fn join_with(&mut self, joining: &Joining, state: SourceState) -> usize {
        let index = self.clients.len();
        let number = u8::try_from(index + 1).unwrap();
        let mut client = Client::new(number, joining, self.seed, self.start, self.now);
        let offer = client.offer(joining.slots);
        self.clients.push(client);
        self.send_offer_with(index, offer, state);
        index
    }

    /// Somebody who has offered nothing yet, and does not take an answer.
    pub(crate) fn guest(&mut self) -> usize {
        let number = u8::try_from(self.clients.len() + 1).unwrap();
        let guest = Client::new(number, &Joining::default(), self.seed, self.start, self.now);
        self.clients.push(guest);
        self.clients.len() - 1
    }

    /// Sends an offer of a client.
    pub(crate) fn send_offer(&mut self, client: usize, offer: (String, BTreeMap<Source, String>)) {
        self.send_offer_with(client, offer, ALL_LIVE);
    }

    fn send_offer_with(
        &mut self,
        client: usize,
        (sdp, sources): (String, BTreeMap<Source, String>),
        state: SourceState,
    ) {
        let offer = Forward::new(self.clients[client].connection, sdp, sources).unwrap();
        self.ask(client, ForwardRequest::Offer { offer, re: 1, state, only: None });
    }

    /// Somebody comes who watches and hears one only, and is no participant.
    pub(crate) fn join_to_watch(&mut self, who: ParticipantId) -> usize {
        let viewer = self.guest();
        let (sdp, sources) = self.clients[viewer].offer((1, 1));
        let offer = Forward::new(self.clients[viewer].connection, sdp, sources).unwrap();
        let state = SourceState::default();
        self.ask(viewer, ForwardRequest::Offer { offer, re: 1, state, only: Some(who) });
        viewer
    }

    /// Has the room ask for something in a client's name.
    pub(crate) fn ask(&mut self, client: usize, request: ForwardRequest) {
        let id = self.clients[client].id.clone();
        self.ask_as(&id, request);
    }

    pub(crate) fn ask_as(&mut self, id: &ParticipantId, request: ForwardRequest) {
        let room = self.room.clone();
        self.sfu.handle_request(&room, id, request, &[SERVER.into()], self.now);
        self.carry_out();
    }

    pub(crate) fn id(&self, client: usize) -> ParticipantId {
        self.clients[client].id.clone()
    }

    /// What is on a client's screen: whose picture, which one, and how high.
    pub(crate) fn show(&mut self, client: usize, items: &[(usize, Source, u16)]) {
        let items = items.iter().map(|(who, source, height)| Shown {
            participant: self.id(*who),
            source: *source,
            width: height / 9 * 16,
            height: *height,
        });
        let items = items.collect();
        self.ask(client, ForwardRequest::Shows(Shows { items, mix: false }));
    }

    /// Shows somebody's camera, large.
    pub(crate) fn watch(&mut self, client: usize, who: usize) {
        self.show(client, &[(who, Source::Camera, 720)]);
    }

    pub(crate) fn set_state(&mut self, client: usize, state: SourceState) {
        self.ask(client, ForwardRequest::State(state));
    }

    pub(crate) fn set_down(&mut self, client: usize, conditions: Conditions) {
        self.clients[client].down.conditions = conditions;
    }

    /// Lets so many seconds pass.
    pub(crate) fn run(&mut self, length: f64) {
        let end = self.now + seconds(length);
        while let Some(next) = self.next().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.step();
        }
        self.now = end;
    }

    fn next(&self) -> Option<Instant> {
        let datagrams = self.under_way.keys().next().map(|(at, _)| *at);
        let clients = self.clients.iter().map(Client::next);
        clients.chain(datagrams).chain(self.sfu.poll_timeout()).min()
    }

    fn step(&mut self) {
        let now = self.now;
        let large = self.large;
        let mut prompted = false;
        while let Some(entry) = self.under_way.first_entry().filter(|entry| entry.key().0 <= now) {
            let (to, datagram) = entry.remove();
            match to {
                End::Server(path) => {
                    if let Some(tape) = &mut self.tape {
                        tape.push((path, datagram.clone()));
                    }
                    self.sfu.handle_datagram(path, &datagram, now);
                    prompted = true;
                }
                End::Client(address) => {
                    if let Some(client) = self.clients.iter_mut().find(|client| client.address == address) {
                        client.receive(&datagram, SERVER.into(), now);
                    }
                }
            }
        }
        if self.sfu.poll_timeout().is_some_and(|next| next <= now) {
            self.sfu.handle_timeout(now);
        }
        for client in self.clients.iter_mut().filter(|client| client.next() <= now) {
            client.handle_timeout(now);
        }
        self.carry_out();
        if !prompted {
            self.timed += self.large - large;
        }
    }

    /// Sends what there is to send, and tells what there is to tell.
    pub(crate) fn carry_out(&mut self) {
        let now = self.now;
        self.sfu.flush(now);
        let mut datagrams = Vec::new();
        for run in self.sfu.batch().runs() {
            datagrams.extend(run.bytes.chunks(run.each).map(|datagram| (run.path.remote, datagram.to_vec())));
        }
        self.sfu.batch().clear();
        while let Some(output) = self.sfu.poll_output() {
            match output {
                Output::Say { to: Some(to), message, .. } => {
                    if let Some(client) = self.clients.iter_mut().find(|client| client.id == to) {
                        client.hear(message, now);
                    }
                }
                Output::Say { to: None, message: ServerMessage::Speakers(speakers), .. } => {
                    self.speakers.push((now - self.start, speakers));
                }
                Output::Say { .. } => {}
                Output::Reached { participant, reached, .. } => self.reached.push((participant, reached)),
                Output::Narrow { participant, narrow, .. } => {
                    self.narrow.push((now - self.start, participant, narrow));
                }
                Output::Figures { figures, .. } => self.figures.push((now - self.start, figures)),
                Output::Mix { to, .. } => self.to_mix.push(to),
                Output::Learned(_) => self.learned += 1,
                Output::Forgotten(_) => self.learned -= 1,
            }
        }
        for (to, datagram) in datagrams {
            self.large += usize::from(datagram.len() > PADDED);
            let Some(client) = self.clients.iter_mut().find(|client| client.address == to) else {
                self.strays += 1;
                continue;
            };
            let arrives = client.down.send(datagram.len(), now);
            self.put(arrives, End::Client(to), datagram);
        }
        for index in 0..self.clients.len() {
            for (from, datagram) in std::mem::take(&mut self.clients[index].sent) {
                let arrives = self.clients[index].up.send(datagram.len(), now);
                self.put(arrives, End::Server(path(from)), datagram);
            }
        }
    }

    fn put(&mut self, arrives: Option<Instant>, to: End, datagram: Vec<u8>) {
        let Some(arrives) = arrives else { return };
        self.count += 1;
        self.under_way.insert((arrives, self.count), (to, datagram));
    }

    /// Fails if a decoder has stumbled over anything.
    pub(crate) fn check_decoders(&self) {
        let all: Vec<usize> = (0..self.clients.len()).collect();
        self.check_decoders_of(&all);
    }

    pub(crate) fn check_decoders_of(&self, clients: &[usize]) {
        for client in clients.iter().map(|client| &self.clients[*client]) {
            let errors = client.errors();
            assert!(
                errors.is_empty(),
                "{} of {}, the first: {}",
                errors.len(),
                client.id.as_str(),
                errors[0]
            );
        }
    }
}
