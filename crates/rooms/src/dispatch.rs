//! What a client said goes to whoever handles it; what cannot be handled is answered with an `error`.

use std::time::Instant;

use visavis_protocol::{ClientFrame, ClientMessage, CloseCode, ErrorCode, FrameError};

use crate::refusal::Refusal;
use crate::rooms::Rooms;
use crate::session::SessionId;

impl Rooms {
    /// The first frame of a connection: nothing but `hello` opens it.
    pub(crate) fn handle_first(
        &mut self,
        id: SessionId,
        frame: Result<ClientFrame, FrameError>,
        now: Instant,
    ) {
        let (refusal, re) = match frame {
            Ok(ClientFrame { message: ClientMessage::Hello(hello), .. }) => {
                return self.greet(id, &hello, now);
            }
            Ok(frame) => (Refusal::new(ErrorCode::HelloExpected, "the first message is \"hello\""), frame.id),
            Err(error) => (Refusal::new(error.code, error.message), error.re),
        };
        self.refuse(id, refusal, re);
        self.close(id, CloseCode::NoHello, now);
    }

    /// Any further frame. One with a number that was handled already is dropped: the client was not sure that it had
    /// arrived, and has its answer in what it missed.
    pub(crate) fn handle_next(
        &mut self,
        id: SessionId,
        frame: Result<ClientFrame, FrameError>,
        now: Instant,
    ) {
        let number = match &frame {
            Ok(frame) => frame.id,
            Err(error) => error.re,
        };
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if let Some(number) = number {
            if number <= session.last_id {
                return;
            }
            session.last_id = number;
        }
        let result = match frame {
            Ok(frame) => self.dispatch(id, frame, now),
            Err(error) => Err(Refusal::new(error.code, error.message)),
        };
        self.count_errors(id, result, number, now);
    }

    fn dispatch(&mut self, id: SessionId, frame: ClientFrame, now: Instant) -> Result<(), Refusal> {
        let re = frame.id;
        self.permit(id, &frame.message)?;
        match frame.message {
            ClientMessage::Hello(_) => {
                Err(Refusal::new(ErrorCode::HelloRepeated, "\"hello\" is said once, and first"))
            }
            ClientMessage::Join(join) => self.join(id, join, re, now),
            ClientMessage::Leave(_) => self.leave(id, re.unwrap_or_default(), now),
            ClientMessage::Description(body) => self.relay_description(id, body),
            ClientMessage::Candidate(body) => self.relay_candidate(id, body),
            ClientMessage::State(change) => self.change_state(id, change.state, now),
            ClientMessage::Chat(chat) => self.chat(id, chat.text, now),
            ClientMessage::React(react) => self.react(id, react.emoji),
            ClientMessage::Forward(offer) => self.offer(id, offer, re.unwrap_or_default(), now),
            ClientMessage::Shows(shows) => self.show(id, shows),
            ClientMessage::Stats(_) => self.ask_stats(id, re.unwrap_or_default()),
            ClientMessage::Policy(change) => self.set_policy(id, change.policy, now),
            ClientMessage::Record(record) => self.record(id, record, now),
            ClientMessage::Mute(mute) => self.mute(id, &mute, now),
            ClientMessage::Ask(ask) => self.ask(id, &ask, now),
            ClientMessage::Remove(remove) => self.remove(id, &remove, now),
            ClientMessage::Appoint(appoint) => self.appoint(id, &appoint, now),
            ClientMessage::Admit(admit) => self.admit_one(id, &admit, now),
            ClientMessage::End(_) => self.end(id, now),
            ClientMessage::Facts(facts) => self.learn(id, facts, now),
            ClientMessage::Stalled(stalled) => self.stall(id, &stalled.publisher, now),
            ClientMessage::SwitchReady(ready) => self.is_ready(id, ready.switch, now),
            ClientMessage::SwitchGap(gap) => self.note_gap(id, gap),
            ClientMessage::Costs(costs) => self.tell_costs(id, costs.room, re.unwrap_or_default(), now),
            ClientMessage::Peek(peek) => self.peek(id, peek.room, re.unwrap_or_default()),
            ClientMessage::Ack(ack) => self.acknowledge(id, ack.seq),
            ClientMessage::Ping(ping) => self.pong(id, ping.time),
        }
    }

    /// Answers an error, and closes the connection of a client that says nothing else for too long.
    fn count_errors(&mut self, id: SessionId, result: Result<(), Refusal>, re: Option<u64>, now: Instant) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let Err(refusal) = result else {
            session.errors_in_a_row = 0;
            return;
        };
        session.errors_in_a_row += 1;
        let too_many = session.errors_in_a_row > self.limits.errors_in_a_row;
        self.refuse(id, refusal, re);
        if too_many {
            self.close(id, CloseCode::TooManyErrors, now);
        }
    }
}
