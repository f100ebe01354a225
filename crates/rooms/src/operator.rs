//! What the operator's own programs see of rooms and do to them, without being in one.

use std::time::{Duration, Instant};

use visavis_protocol::{
    DirectPolicy, ErrorCode, Knock, Participant, ParticipantId, Plan, Policy, Record, Recording, RoomName,
};

use crate::paths::Paths;
use crate::refusal::Refusal;
use crate::rooms::Rooms;

/// What is asked.
#[derive(Debug, Clone)]
pub enum Command {
    /// Which rooms are there?
    List {
        /// Those whose names come after this one.
        after: Option<RoomName>,
        /// So many at most.
        most: usize,
    },
    /// What is a room like?
    Look(RoomName),
    /// A room is to be there, though nobody is in it yet.
    Make {
        /// Its name.
        room: RoomName,
        /// What holds in it.
        policy: Policy,
        /// How long it waits for somebody to come.
        hold: Duration,
    },
    /// Something else holds in a room.
    SetPolicy(RoomName, Policy),
    /// Somebody is to be in it no longer.
    Remove(RoomName, ParticipantId),
    /// It is to be recorded, or no longer.
    Record(RoomName, Record),
    /// It is to be there no longer.
    End(RoomName),
}

/// What comes of it.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Rooms in the order of their names.
    Rooms(Vec<RoomSummary>),
    /// A room as it is now.
    Room(Box<RoomDetail>),
    /// The room is there: the key that makes others host.
    Made(String),
}

/// One of many rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomSummary {
    /// Its name.
    pub room: RoomName,
    /// How many are in it.
    pub participants: usize,
    /// How many wait to be let in.
    pub waiting: usize,
    /// Whether it is being recorded.
    pub recording: bool,
}

/// Everything about a room.
#[derive(Debug, Clone)]
pub struct RoomDetail {
    /// Its name.
    pub room: RoomName,
    /// Who is in it.
    pub participants: Vec<Participant>,
    /// Who waits to be let in.
    pub waiting: Vec<Knock>,
    /// What holds in it, and which way its media goes.
    pub plan: Plan,
    /// What was recorded of it, with the keys.
    pub recordings: Vec<Recording>,
}

/// Why nothing comes of a command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// There is no such room, or nobody of that id in it.
    #[error("there is no such room, or nobody of that id in it")]
    NotFound,
    /// There is such a room already.
    #[error("there is such a room already")]
    Exists,
    /// It is refused, as it would be to a host.
    #[error("{message}")]
    Refused {
        /// Why, for programs.
        code: ErrorCode,
        /// Why, for people.
        message: String,
    },
}

impl From<Refusal> for CommandError {
    fn from(Refusal { code, message }: Refusal) -> Self {
        match code {
            ErrorCode::UnknownParticipant => Self::NotFound,
            code => Self::Refused { code, message },
        }
    }
}

impl Rooms {
    /// A program of the operator's asks for something.
    ///
    /// # Errors
    /// Why nothing comes of it.
    pub fn handle_command(&mut self, command: Command, now: Instant) -> Result<Reply, CommandError> {
        match command {
            Command::List { after, most } => Ok(Reply::Rooms(self.list(after.as_ref(), most))),
            Command::Look(name) => self.look(&name),
            Command::Make { room, policy, hold } => self.make(&room, policy, hold, now),
            Command::SetPolicy(name, policy) => {
                self.there_is(&name)?;
                self.change_policy(&name, policy, now)?;
                self.look(&name)
            }
            Command::Remove(name, participant) => {
                let member = self.rooms.get(&name).and_then(|room| room.member(&participant));
                self.remove_one(&name, member.ok_or(CommandError::NotFound)?, now)?;
                self.look(&name)
            }
            Command::Record(name, record) => {
                self.there_is(&name)?;
                self.record_room(&name, record, now)?;
                self.look(&name)
            }
            Command::End(name) => {
                let ended = self.look(&name)?;
                self.end_call(&name, None, now);
                Ok(ended)
            }
        }
    }

    fn there_is(&self, name: &RoomName) -> Result<(), CommandError> {
        self.rooms.contains_key(name).then_some(()).ok_or(CommandError::NotFound)
    }

    fn list(&self, after: Option<&RoomName>, most: usize) -> Vec<RoomSummary> {
        let mut names: Vec<_> =
            self.rooms.keys().filter(|name| after.is_none_or(|after| *name > after)).collect();
        names.sort_unstable();
        let summary = |name: &&RoomName| {
            let room = self.rooms.get(*name)?;
            Some(RoomSummary {
                room: (*name).clone(),
                participants: room.members().len(),
                waiting: room.knocks.len(),
                recording: room.paths.tapes.is_on(),
            })
        };
        names.iter().take(most).filter_map(summary).collect()
    }

    fn look(&self, name: &RoomName) -> Result<Reply, CommandError> {
        let room = self.rooms.get(name).ok_or(CommandError::NotFound)?;
        let members = room.members().iter().filter_map(|member| self.sessions.get(member)?.as_participant());
        Ok(Reply::Room(Box::new(RoomDetail {
            room: name.clone(),
            participants: members.collect(),
            waiting: self.knocks_at(room),
            plan: room.paths.plan.clone(),
            recordings: room.paths.tapes.items().to_vec(),
        })))
    }

    fn make(
        &mut self,
        name: &RoomName,
        policy: Policy,
        hold: Duration,
        now: Instant,
    ) -> Result<Reply, CommandError> {
        if self.rooms.contains_key(name) {
            return Err(CommandError::Exists);
        }
        if !self.has_place_for_a_room() {
            let message = "the server has as many rooms as it allows";
            return Err(Refusal::new(ErrorCode::TooManyRooms, message).into());
        }
        let life = self.begin_life(now);
        let legs = policy.direct_in_effect() != DirectPolicy::Never;
        self.make_room(name, life, Paths::new(policy, legs, now), now);
        if let Some(room) = self.rooms.get_mut(name) {
            room.hold(now + hold);
        }
        self.arm_room(name);
        Ok(Reply::Made(self.host_key(name).unwrap_or_default()))
    }
}
