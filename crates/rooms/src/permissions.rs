//! Who may say what: one table, for every message there is. `docs/protocol.md`, section 10, has it for people, and the tests are made
//! from that.

use visavis_protocol::{ClientMessage, ErrorCode, Rules};

use crate::refusal::Refusal;
use crate::relay::not_joined;
use crate::rooms::Rooms;
use crate::session::SessionId;

/// What a message takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// To be in no room, and not about to.
    NoRoom,
    /// To be in a room, or to wait for one.
    Place,
    Room,
    /// To be a host, or that the rules allow it to guests.
    Leave,
    Host,
}

fn needs(message: &ClientMessage) -> Needs {
    use ClientMessage as M;
    match message {
        M::Hello(_) | M::Peek(_) | M::Costs(_) | M::Ack(_) | M::Ping(_) => Needs::Nothing,
        M::Join(_) => Needs::NoRoom,
        M::Leave(_) => Needs::Place,
        M::Description(_)
        | M::Candidate(_)
        | M::React(_)
        | M::Forward(_)
        | M::Shows(_)
        | M::Stats(_)
        | M::Facts(_)
        | M::Stalled(_)
        | M::SwitchReady(_)
        | M::SwitchGap(_) => Needs::Room,
        M::State(_) | M::Chat(_) => Needs::Leave,
        M::Policy(_)
        | M::Record(_)
        | M::Mute(_)
        | M::Ask(_)
        | M::Remove(_)
        | M::Appoint(_)
        | M::Admit(_)
        | M::End(_) => Needs::Host,
    }
}

impl Rooms {
    /// Whether this client may say that now.
    pub(crate) fn permit(&self, id: SessionId, message: &ClientMessage) -> Result<(), Refusal> {
        let session = self.sessions.get(&id);
        let membership = session.and_then(|session| session.membership.as_ref());
        let waits = session.is_some_and(|session| session.wish.is_some());
        let needs = needs(message);
        match (needs, membership) {
            (Needs::Nothing, _) => Ok(()),
            (Needs::NoRoom, None) if !waits => Ok(()),
            (Needs::NoRoom, None) => {
                Err(Refusal::new(ErrorCode::AlreadyJoined, "waiting to be let in already: leave that first"))
            }
            (Needs::NoRoom, Some(_)) => {
                Err(Refusal::new(ErrorCode::AlreadyJoined, "in a room already: leave it first"))
            }
            (Needs::Place, None) if waits => Ok(()),
            (_, None) => Err(not_joined()),
            (Needs::Place | Needs::Room, Some(_)) => Ok(()),
            (_, Some(membership)) if membership.host => Ok(()),
            (Needs::Leave, Some(membership)) => allowed(message, &self.rules_of(&membership.room)),
            (Needs::Host, Some(_)) => Err(Refusal::new(ErrorCode::NotHost, "only a host may do that")),
        }
    }
}

/// Whether the rules allow that to guests.
fn allowed(message: &ClientMessage, rules: &Rules) -> Result<(), Refusal> {
    let forbidden = |what: &str| {
        Err(Refusal::new(
            ErrorCode::NotAllowed,
            format!("the hosts of this room do not allow guests to {what}"),
        ))
    };
    match message {
        ClientMessage::Chat(_) if !rules.chat => forbidden("write"),
        ClientMessage::State(change) => {
            let state = change.state;
            let is_on = |source: Option<bool>| source == Some(true);
            if is_on(state.mic) && !rules.mic {
                forbidden("be heard")
            } else if is_on(state.camera) && !rules.camera {
                forbidden("have their cameras on")
            } else if (is_on(state.screen) || is_on(state.screen_audio)) && !rules.screen {
                forbidden("share their screens")
            } else {
                Ok(())
            }
        }
        _ => Ok(()),
    }
}
