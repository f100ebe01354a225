//! One classic client, translated: its channels are so many connections to rooms, and what happens there comes out as the
//! events of the classic protocol.
//!
//! A pure state machine. It is told what the client said and what its rooms say, and answers with [`Command`]s, to be
//! carried out in order. It never sends anything itself.

use std::collections::HashMap;

use visavis_protocol::{
    ClientFrame, ClientMessage, ErrorCode, ErrorReply, FrameError, Join, Leave, Participant, ParticipantId,
    ParticipantKind, RoomName, ServerMessage, StateUpdate,
};

use super::emit::Emit;
use super::request::{Request, refusal, stranger};

/// The most channels that one client may be in.
pub(crate) const MAX_CHANNELS: usize = 16;

/// The classic protocol has no message for what is live, and the exercise starts with both.
const STATE: StateUpdate =
    StateUpdate { mic: Some(true), camera: Some(true), screen: None, screen_audio: None, hand: None };

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Command {
    /// Open a connection for this channel.
    Open(RoomName),
    /// Say this on the channel's connection.
    Send(RoomName, ClientFrame),
    /// Close the channel's connection; nothing more of it is wanted.
    Close(RoomName),
    /// Tell the client.
    Emit(Emit),
}

/// The state of one Socket.IO socket.
#[derive(Debug, Default)]
pub(crate) struct ClassicSession {
    channels: HashMap<RoomName, Channel>,
    /// Everybody met, with the channels shared, the oldest first. Never an empty list.
    peers: HashMap<ParticipantId, Vec<RoomName>>,
}

#[derive(Debug, Default)]
struct Channel {
    /// Whether the room has let the client in.
    joined: bool,
    /// The number of the last request.
    last_id: u64,
}

impl ClassicSession {
    /// Whether a room has not yet answered a `join`. Until it has, the client's next request has to wait: whoever enters
    /// one channel and leaves another shares something with the same people all the time, and must not lose them between.
    pub(crate) fn is_waiting(&self) -> bool {
        self.channels.values().any(|channel| !channel.joined)
    }

    /// The client said this, or something that is not understood.
    pub(crate) fn handle_request(&mut self, request: Result<Request, FrameError>) -> Vec<Command> {
        let commands = request.and_then(|request| match request {
            Request::Join { channel, name } => self.join(channel, name),
            Request::Part(channel) => self.part(channel),
            Request::Candidate(body) => self.relay(&body.to.clone(), ClientMessage::Candidate(body)),
            Request::Description(body) => self.relay(&body.to.clone(), ClientMessage::Description(body)),
        });
        commands.unwrap_or_else(|error| vec![Command::Emit(error.into())])
    }

    /// The room of this channel said this.
    pub(crate) fn handle_message(&mut self, channel: &RoomName, message: &ServerMessage) -> Vec<Command> {
        match message {
            ServerMessage::Joined(joined) => self.joined(channel, &joined.participants),
            ServerMessage::ParticipantJoined(body) if connects(&body.participant) => {
                self.met(channel, &body.participant.id, false)
            }
            ServerMessage::ParticipantLeft(body) => self.parted(channel, &body.participant),
            ServerMessage::Description(body) => vec![Command::Emit(Emit::SessionDescription {
                peer_id: body.from.clone(),
                session_description: body.description.clone(),
            })],
            // The end of candidates: the exercise's page takes `null` for a candidate and throws.
            ServerMessage::Candidate(body) if body.candidate.get() == "null" => Vec::new(),
            ServerMessage::Candidate(body) => vec![Command::Emit(Emit::IceCandidate {
                peer_id: body.from.clone(),
                ice_candidate: body.candidate.clone(),
            })],
            ServerMessage::Error(error) => self.refused(channel, error),
            // Chat, and what a participant shows, are not of the classic protocol. Somebody whose connection is lost may
            // come back, and the media does not notice.
            _ => Vec::new(),
        }
    }

    fn join(&mut self, channel: RoomName, name: String) -> Result<Vec<Command>, FrameError> {
        if self.channels.contains_key(&channel) {
            return Err(refusal(ErrorCode::AlreadyJoined, "in this channel already"));
        }
        if self.channels.len() >= MAX_CHANNELS {
            let message = format!("a client may be in up to {MAX_CHANNELS} channels");
            return Err(refusal(ErrorCode::TooManyRooms, message));
        }
        self.channels.insert(channel.clone(), Channel::default());
        let join =
            Join { room: channel.clone(), name, host_key: None, token: None, state: STATE, policy: None };
        let opened = Command::Open(channel.clone());
        Ok([opened].into_iter().chain(self.say(&channel, ClientMessage::Join(join))).collect())
    }

    fn part(&mut self, channel: RoomName) -> Result<Vec<Command>, FrameError> {
        if !self.channels.contains_key(&channel) {
            return Err(refusal(ErrorCode::NotJoined, "not in this channel"));
        }
        let mut commands: Vec<_> = self.say(&channel, ClientMessage::Leave(Leave {})).into_iter().collect();
        self.channels.remove(&channel);
        let peers: Vec<_> = self.peers.keys().cloned().collect();
        commands.extend(peers.iter().flat_map(|peer| self.parted(&channel, peer)));
        commands.push(Command::Close(channel));
        Ok(commands)
    }

    fn relay(&mut self, to: &ParticipantId, message: ClientMessage) -> Result<Vec<Command>, FrameError> {
        // Always the oldest shared channel: what takes one way cannot overtake itself.
        let channel = self.peers.get(to).and_then(|shared| shared.first()).ok_or_else(stranger)?.clone();
        Ok(self.say(&channel, message).into_iter().collect())
    }

    fn joined(&mut self, channel: &RoomName, others: &[Participant]) -> Vec<Command> {
        if let Some(channel) = self.channels.get_mut(channel) {
            channel.joined = true;
        }
        let others = others.iter().filter(|other| connects(other));
        others.flat_map(|other| self.met(channel, &other.id, true)).collect()
    }

    /// This participant and the client share a channel now.
    fn met(&mut self, channel: &RoomName, who: &ParticipantId, should_create_offer: bool) -> Vec<Command> {
        let shared = self.peers.entry(who.clone()).or_default();
        let first = shared.is_empty();
        if !shared.contains(channel) {
            shared.push(channel.clone());
        }
        if !first {
            return Vec::new();
        }
        vec![Command::Emit(Emit::AddPeer { peer_id: who.clone(), should_create_offer })]
    }

    /// This participant and the client do not share this channel any more.
    fn parted(&mut self, channel: &RoomName, who: &ParticipantId) -> Vec<Command> {
        let Some(shared) = self.peers.get_mut(who) else { return Vec::new() };
        shared.retain(|other| other != channel);
        if !shared.is_empty() {
            return Vec::new();
        }
        self.peers.remove(who);
        vec![Command::Emit(Emit::RemovePeer { peer_id: who.clone() })]
    }

    /// The room refused something. Until it has let the client in, that can only have been the `join`.
    fn refused(&mut self, channel: &RoomName, error: &ErrorReply) -> Vec<Command> {
        let ErrorReply { code, message, .. } = error.clone();
        let told = Command::Emit(refusal(code, message).into());
        if self.channels.get(channel).is_some_and(|channel| channel.joined) {
            return vec![told];
        }
        self.channels.remove(channel);
        vec![told, Command::Close(channel.clone())]
    }

    /// Numbers the message as a request on the channel's connection.
    fn say(&mut self, channel: &RoomName, message: ClientMessage) -> Option<Command> {
        let state = self.channels.get_mut(channel)?;
        state.last_id += 1;
        Some(Command::Send(channel.clone(), ClientFrame { id: Some(state.last_id), message }))
    }
}

/// Whether a participant can be connected to at all: whoever publishes by WHIP sends to the server only.
fn connects(participant: &Participant) -> bool {
    participant.kind != ParticipantKind::Whip
}

#[cfg(test)]
mod tests;
