//! The resources that publishers and viewers have: one task for each, which lives as long as its media does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::Uri;
use tokio::sync::{mpsc, oneshot};
use visavis_protocol::ParticipantId;

use super::fragment::Fragment;
use super::refusal::Refusal;
use super::session::{Failure, Session};

/// Requests that may wait for one of them.
const WAITING: usize = 8;

/// All of a server. Cheap to clone.
#[derive(Clone)]
pub(super) struct Resources {
    tasks: Arc<Mutex<Tasks>>,
    most: usize,
}

type Tasks = HashMap<Key, mpsc::Sender<Request>>;

/// The address of one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// `whip` or `whep`.
    protocol: String,
    room: String,
    id: String,
}

/// What is asked of one.
enum Request {
    Patch { fragment: Fragment, tags: Option<String>, answer: oneshot::Sender<Result<Patched, Refusal>> },
    End(oneshot::Sender<()>),
}

/// What a `PATCH` led to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Patched {
    /// Nothing.
    Unchanged,
    /// Another ICE session.
    Restarted { fragment: String, tag: String },
}

/// The place of one among all; dropping it frees the place.
pub(super) struct Entry {
    key: Key,
    all: Resources,
    requests: mpsc::Receiver<Request>,
}

impl Key {
    /// An address that nobody can guess.
    pub(super) fn random(protocol: &str, room: String) -> Self {
        let id = ParticipantId::from_random(rand::random()).as_str().to_owned();
        Self { protocol: protocol.to_owned(), room, id }
    }

    /// The address that was asked for.
    pub(super) fn of(uri: &Uri, room: String, id: String) -> Self {
        let protocol = uri.path().split('/').nth(1).unwrap_or_default().to_owned();
        Self { protocol, room, id }
    }
}

impl Resources {
    /// Room for so many.
    pub(super) fn new(most: usize) -> Self {
        Self { tasks: Arc::default(), most }
    }

    /// Takes a place.
    pub(super) fn reserve(&self, key: Key) -> Result<Entry, Refusal> {
        let mut tasks = self.lock();
        if tasks.len() >= self.most {
            return Err(Refusal::full());
        }
        let (sender, requests) = mpsc::channel(WAITING);
        tasks.insert(key.clone(), sender);
        Ok(Entry { key, all: self.clone(), requests })
    }

    pub(super) async fn patch(
        &self,
        key: &Key,
        fragment: Fragment,
        tags: Option<String>,
    ) -> Result<Patched, Refusal> {
        let (answer, answered) = oneshot::channel();
        self.ask(key, Request::Patch { fragment, tags, answer }).await?;
        answered.await.map_err(|_| Refusal::gone())?
    }

    /// Ends one; it is gone when this comes back.
    pub(super) async fn end(&self, key: &Key) -> Result<(), Refusal> {
        let (answer, answered) = oneshot::channel();
        self.ask(key, Request::End(answer)).await?;
        answered.await.map_err(|_| Refusal::gone())
    }

    async fn ask(&self, key: &Key, request: Request) -> Result<(), Refusal> {
        let task = self.lock().get(key).cloned().ok_or_else(Refusal::gone)?;
        task.send(request).await.map_err(|_| Refusal::gone())
    }

    /// The table is whole between any two statements, so that a panic of somebody else does not matter here.
    fn lock(&self) -> MutexGuard<'_, Tasks> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    pub(super) fn id(&self) -> &str {
        &self.key.id
    }

    /// Lets the session go on until it ends or is ended.
    pub(super) fn serve(mut self, mut session: Session) {
        tokio::spawn(async move {
            loop {
                let request = tokio::select! {
                    () = session.over() => return,
                    request = self.requests.recv() => request,
                };
                match request {
                    Some(Request::Patch { fragment, tags, answer }) => {
                        let patched = patch(&mut session, &fragment, tags.as_deref()).await;
                        let is_over = matches!(patched, Err(Unpatched::Failed(Failure::Over(_))));
                        // Whoever asked may be gone.
                        let _ = answer.send(patched.map_err(Refusal::from));
                        if is_over {
                            return;
                        }
                    }
                    Some(Request::End(answer)) => {
                        session.close();
                        drop(self);
                        let _ = answer.send(());
                        return;
                    }
                    None => return,
                }
            }
        });
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.all.lock().remove(&self.key);
    }
}

/// Why a `PATCH` led to nothing.
enum Unpatched {
    /// Its precondition is not met.
    Precondition(Refusal),
    Failed(Failure),
}

async fn patch(session: &mut Session, fragment: &Fragment, tags: Option<&str>) -> Result<Patched, Unpatched> {
    // Candidates are of no use here, and yet RFC 9725 section 4.3 wants this for them as well.
    let tags = tags.ok_or_else(|| Unpatched::Precondition(Refusal::unconditional()))?;
    if !is_match(tags, &session.tag()) {
        return Err(Unpatched::Precondition(Refusal::other_session()));
    }
    match &fragment.credentials {
        Some(credentials) if session.is_restarted_by(credentials) => {
            let fragment = session.restart(credentials).await.map_err(Unpatched::Failed)?;
            Ok(Patched::Restarted { fragment, tag: session.tag() })
        }
        _ => Ok(Patched::Unchanged),
    }
}

/// Whether `If-Match` holds (RFC 9110 section 13.1.1). RFC 9725 shows the asterisk in quotes in its examples.
fn is_match(tags: &str, current: &str) -> bool {
    tags.split(',').map(str::trim).any(|tag| tag == "*" || tag == "\"*\"" || tag == current)
}

impl From<Unpatched> for Refusal {
    fn from(unpatched: Unpatched) -> Self {
        match unpatched {
            Unpatched::Precondition(refusal) => refusal,
            Unpatched::Failed(failure) => failure.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_resources_there_may_be_and_one_that_ends_makes_place() {
        let resources = Resources::new(2);
        let reserve = || resources.reserve(Key::random("whip", "r".to_owned()));
        let (first, _second) = (reserve().ok().unwrap(), reserve().ok().unwrap());
        assert_eq!(reserve().err(), Some(Refusal::full()));
        drop(first);
        assert!(reserve().is_ok());
    }

    #[test]
    fn a_precondition_names_the_session_or_any() {
        for holds in ["*", "\"*\"", "\"abc\"", "\"xyz\", \"abc\""] {
            assert!(is_match(holds, "\"abc\""), "{holds}");
        }
        for fails in ["", "abc", "W/\"abc\"", "\"xyz\""] {
            assert!(!is_match(fails, "\"abc\""), "{fails}");
        }
    }
}
