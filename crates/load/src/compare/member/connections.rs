//! How a caller comes by its connections, with the others and with the server.

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};
use str0m::media::Mid;
use visavis_protocol::{Candidate, Description, ParticipantId, Path};

use super::Member;
use crate::forwarded;
use crate::peer::{Draft, Leg, Lines, Role};

/// Sounds that it takes from the server.
const SOUNDS: usize = 3;

/// A connection with another caller.
pub(super) enum Connection {
    Agreeing(Box<Leg>),
    /// In the stage under this number, with these m-lines for microphone and camera.
    Made {
        number: usize,
        mids: [Mid; 2],
        stands: bool,
    },
}

/// The connection with the server.
pub(super) enum Standby {
    Offered(Box<Draft>),
    /// In the stage under this number.
    Made(usize),
}

#[derive(Deserialize)]
struct SessionDescription {
    #[serde(rename = "type")]
    kind: String,
    sdp: String,
}

#[derive(Deserialize)]
struct IceCandidate {
    candidate: String,
}

impl Member {
    /// Sends the description of an end of a leg, then its only candidate, and that there is no other.
    pub(super) async fn describe(
        &mut self,
        to: ParticipantId,
        kind: &str,
        mut leg: Leg,
    ) -> anyhow::Result<()> {
        let description = to_raw_value(&json!({ "type": kind, "sdp": leg.sdp }))?;
        self.link.request("description", Description::new(to.clone(), description)?).await?;
        let [mid, _] = leg.mids()?;
        let own = json!({ "candidate": leg.candidate()?, "sdpMid": &*mid, "sdpMLineIndex": 0 });
        for candidate in [own, json!(null)] {
            let candidate = Candidate::new(to.clone(), to_raw_value(&candidate)?)?;
            self.link.request("candidate", candidate).await?;
        }
        self.legs.insert(to, Connection::Agreeing(Box::new(leg)));
        Ok(())
    }

    pub(super) async fn take_description(
        &mut self,
        from: ParticipantId,
        description: &RawValue,
    ) -> anyhow::Result<()> {
        let SessionDescription { kind, sdp } = serde_json::from_str(description.get())?;
        match (kind.as_str(), self.legs.get_mut(&from)) {
            ("offer", None) => {
                let leg = Leg::answer(self.link.local_ip(), &sdp)?;
                self.describe(from, "answer", leg).await
            }
            ("answer", Some(Connection::Agreeing(leg))) => leg.take_answer(&sdp),
            _ => bail!("nobody here waits for an {kind}"),
        }
    }

    /// With the end of the candidates the leg is complete.
    pub(super) fn take_candidate(
        &mut self,
        from: &ParticipantId,
        candidate: &RawValue,
    ) -> anyhow::Result<()> {
        let candidate: Option<IceCandidate> = serde_json::from_str(candidate.get())?;
        let Some(Connection::Agreeing(mut leg)) = self.legs.remove(from) else {
            bail!("a candidate for no connection");
        };
        let connection = if let Some(IceCandidate { candidate }) = candidate {
            leg.take_candidate(&candidate)?;
            Connection::Agreeing(leg)
        } else {
            let mids = leg.mids()?;
            let mut script = self.script();
            script.pause(!self.sends_to(from));
            let peer = leg.take_part(self.number, script, self.venue.layer)?;
            Connection::Made { number: self.venue.stage.add(peer)?, mids, stands: false }
        };
        self.legs.insert(from.clone(), connection);
        Ok(())
    }

    /// Offers the server a connection.
    pub(super) async fn stand_by(&mut self) -> anyhow::Result<()> {
        let lines = Lines {
            publish: true,
            sounds: SOUNDS,
            pictures: self.venue.callers - 1 + usize::from(self.venue.mix),
        };
        let draft = Draft::offer(self.link.local_ip(), lines)?;
        self.link.request("forward", forwarded::request(&draft)?).await?;
        self.server = Some(Standby::Offered(Box::new(draft)));
        Ok(())
    }

    /// Takes the server's answer.
    pub(super) fn connect(&mut self, answer: &str) -> anyhow::Result<()> {
        let Some(Standby::Offered(draft)) = self.server.take() else { bail!("an answer to no offer") };
        let mut script = self.script();
        script.pause(!self.sends_on(Path::Forward));
        let peer = draft.answered(answer, Some(script)).context("the server's answer cannot be taken")?;
        let peer = peer.of(Role { caller: self.number, direct: false });
        self.server = Some(Standby::Made(self.venue.stage.add(peer)?));
        Ok(())
    }
}
