//! Media that the server forwards: who does that is asked, and what it says is passed on.

use std::sync::Arc;
use std::time::Instant;

use visavis_protocol::{
    ErrorCode, Forward, ForwardRequest, ParticipantId, RoomName, ServerCosts, ServerMessage, Shows,
};

use crate::media::Media;
use crate::output::Output;
use crate::refusal::Refusal;
use crate::relay::not_joined;
use crate::rooms::Rooms;
use crate::session::SessionId;

impl Rooms {
    /// Whoever forwards the room's media has this to say to one participant, or to all who have a connection with it. It
    /// may have left meanwhile.
    pub fn handle_forwarder(&mut self, room: &RoomName, to: Option<&ParticipantId>, message: ServerMessage) {
        match to {
            None => self.send_to_native(room, message),
            Some(participant) => {
                let member = self.rooms.get(room).and_then(|room| room.member(participant));
                match member {
                    Some(member) => self.send(member, &Arc::new(message)),
                    None => self.tell_viewer(participant, message),
                }
            }
        }
    }

    /// The connection of a participant with the forwarder has come up, or is gone.
    pub fn handle_reached(
        &mut self,
        room: &RoomName,
        participant: &ParticipantId,
        reached: bool,
        now: Instant,
    ) {
        if let Some(media) = self.media_of(room, participant) {
            media.reach(reached, now);
            self.evaluate(room, None, now);
        }
    }

    /// The way from the forwarder to a participant is known to be narrow, or no longer.
    pub fn handle_narrow(
        &mut self,
        room: &RoomName,
        participant: &ParticipantId,
        narrow: bool,
        now: Instant,
    ) {
        if let Some(media) = self.media_of(room, participant) {
            media.is_narrow = narrow;
            self.evaluate(room, None, now);
        }
    }

    fn media_of(&mut self, room: &RoomName, participant: &ParticipantId) -> Option<&mut Media> {
        let member = self.rooms.get(room)?.member(participant)?;
        Some(&mut self.sessions.get_mut(&member)?.membership.as_mut()?.media)
    }

    /// What the forwarder does for a room at the moment.
    pub fn handle_figures(&mut self, room: &RoomName, figures: ServerCosts) {
        if let Some(room) = self.rooms.get_mut(room) {
            room.paths.figures = figures;
        }
    }

    /// `forward`
    pub(crate) fn offer(
        &mut self,
        id: SessionId,
        offer: Forward,
        re: u64,
        now: Instant,
    ) -> Result<(), Refusal> {
        let (_, membership) = self.sender(id).ok_or_else(not_joined)?;
        let state = membership.media.told.unwrap_or_default();
        let (offers, every) = (self.limits.offers, self.limits.offer_every);
        if !self.sessions.get_mut(&id).is_some_and(|session| session.offers.take(offers, every, now)) {
            return Err(Refusal::new(ErrorCode::Busy, "so many offers in so short a time are not answered"));
        }
        self.request(id, ForwardRequest::Offer { offer, re, state, only: None })
    }

    /// `shows`
    pub(crate) fn show(&mut self, id: SessionId, shows: Shows) -> Result<(), Refusal> {
        self.request(id, ForwardRequest::Shows(shows))
    }

    /// `stats`
    pub(crate) fn ask_stats(&mut self, id: SessionId, re: u64) -> Result<(), Refusal> {
        self.request(id, ForwardRequest::Stats { re })
    }

    /// Tells the forwarder, where it may know of the room at all.
    pub(crate) fn ask_forwarder(
        &mut self,
        room: &RoomName,
        participant: &ParticipantId,
        request: ForwardRequest,
    ) {
        if self.rooms.get(room).is_some_and(|room| room.paths.plan.standby) {
            let member = self.rooms.get(room).and_then(|room| room.member(participant));
            let via = member.and_then(|member| self.sessions.get(&member)?.connection());
            let (room, participant) = (room.clone(), participant.clone());
            self.outputs.push_back(Output::Forward { room, participant, via, request });
        }
    }

    fn request(&mut self, id: SessionId, request: ForwardRequest) -> Result<(), Refusal> {
        let (participant, membership) = self.sender(id).ok_or_else(not_joined)?;
        let room = membership.room.clone();
        if !self.rooms.get(&room).is_some_and(|room| room.paths.plan.standby) {
            let message =
                "the media of this room is not forwarded, but goes from participant to participant only";
            return Err(Refusal::new(ErrorCode::NotForwarded, message));
        }
        self.ask_forwarder(&room, &participant, request);
        Ok(())
    }
}
