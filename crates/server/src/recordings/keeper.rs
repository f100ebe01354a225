//! The thread that looks after recordings.

use std::io;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use super::store::{Nudges, Store};

/// How often it is looked whether a recording is too old.
const INTERVAL: Duration = Duration::from_secs(60);

/// Starts it. It ends with the store.
pub(super) fn spawn((store, nudges): (Store, Nudges)) -> io::Result<Arc<Store>> {
    let store = Arc::new(store);
    let kept = Arc::downgrade(&store);
    thread::Builder::new().name("recordings".to_owned()).spawn(move || keep(&kept, &nudges))?;
    Ok(store)
}

fn keep(store: &Weak<Store>, nudges: &Nudges) {
    if let Some(store) = store.upgrade() {
        store.mend_all();
    }
    while let Some(store) = store.upgrade() {
        store.tidy(store.now());
        drop(store);
        if let Err(RecvTimeoutError::Disconnected) = nudges.recv_timeout(INTERVAL) {
            break;
        }
    }
}
