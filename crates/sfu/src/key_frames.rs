//! When publishers are asked for key frames.
//!
//! A key frame is many times the size of another: everybody who waits for one of a layer shares it, it is asked for at most once
//! per [`INTERVAL`], and again when none has come after [`PATIENCE`], for the question may be lost.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use foldhash::fast::RandomState;

/// The least time between two questions.
const INTERVAL: Duration = Duration::from_millis(500);
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(1);
/// How many questions one request comes to, if none is answered. Who still waits then asks again.
const MAX_QUESTIONS: u32 = 5;

/// What is asked for of each layer, which goes by the number of its feed.
#[derive(Default)]
pub(crate) struct KeyFrames {
    feeds: HashMap<u64, Asked, RandomState>,
    due: BTreeSet<(Instant, u64)>,
}

/// What was asked for of one layer, and what is to be.
#[derive(Default)]
struct Asked {
    last: Option<Instant>,
    due: Option<Instant>,
    /// How often since the last request.
    times: u32,
}

impl KeyFrames {
    /// Somebody needs a key frame.
    pub(crate) fn handle_request(&mut self, feed: u64, now: Instant) {
        let asked = self.feeds.entry(feed).or_default();
        asked.times = 0;
        let soonest = asked.last.map_or(now, |last| now.max(last + INTERVAL));
        if asked.due.is_none_or(|due| due > soonest) {
            self.put_off(feed, Some(soonest));
        }
    }

    /// A key frame has come: whoever waited has it.
    pub(crate) fn handle_key_frame(&mut self, feed: u64) {
        self.put_off(feed, None);
    }

    /// A layer to ask for a key frame of, now.
    pub(crate) fn poll(&mut self, now: Instant) -> Option<u64> {
        let (_, feed) = self.due.first().copied().filter(|(due, _)| *due <= now)?;
        let asked = self.feeds.entry(feed).or_default();
        asked.last = Some(now);
        asked.times += 1;
        let again = (asked.times < MAX_QUESTIONS).then(|| now + PATIENCE);
        self.put_off(feed, again);
        Some(feed)
    }

    /// When [`poll`](Self::poll) has something next.
    #[cfg(test)]
    fn poll_timeout(&self) -> Option<Instant> {
        self.due.first().map(|(due, _)| *due)
    }

    /// The layer is no more.
    pub(crate) fn remove(&mut self, feed: u64) {
        self.put_off(feed, None);
        self.feeds.remove(&feed);
    }

    fn put_off(&mut self, feed: u64, due: Option<Instant>) {
        let Some(asked) = self.feeds.get_mut(&feed) else { return };
        if let Some(due) = std::mem::replace(&mut asked.due, due) {
            self.due.remove(&(due, feed));
        }
        self.due.extend(due.map(|due| (due, feed)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEED: u64 = 7;

    #[expect(clippy::disallowed_methods, reason = "a test needs some time to begin with")]
    fn clock() -> impl Fn(u64) -> Instant {
        let start = Instant::now();
        move |milliseconds| start + Duration::from_millis(milliseconds)
    }

    /// When questions are asked, in milliseconds, if time goes on to `end`.
    fn questions(key_frames: &mut KeyFrames, at: &impl Fn(u64) -> Instant, end: u64) -> Vec<u64> {
        let mut times = Vec::new();
        while let Some(due) = key_frames.poll_timeout().filter(|due| *due <= at(end)) {
            assert_eq!(key_frames.poll(due), Some(FEED));
            times.push(u64::try_from((due - at(0)).as_millis()).unwrap());
        }
        times
    }

    #[test]
    fn requests_are_asked_at_once_and_together() {
        let (mut key_frames, at) = (KeyFrames::default(), clock());
        key_frames.handle_request(FEED, at(0));
        key_frames.handle_request(FEED, at(0));
        assert_eq!(key_frames.poll(at(0)), Some(FEED));
        assert_eq!(key_frames.poll(at(0)), None);
        // Other layers have their own question.
        key_frames.handle_request(8, at(1));
        assert_eq!(key_frames.poll(at(1)), Some(8));
    }

    #[test]
    fn a_request_soon_after_a_question_waits_its_time_unless_a_key_frame_comes() {
        let (mut key_frames, at) = (KeyFrames::default(), clock());
        key_frames.handle_request(FEED, at(0));
        assert_eq!(questions(&mut key_frames, &at, 0), [0]);
        key_frames.handle_key_frame(FEED);
        key_frames.handle_request(FEED, at(100));
        assert_eq!(key_frames.poll(at(499)), None);
        assert_eq!(questions(&mut key_frames, &at, 600), [500]);
        key_frames.handle_request(FEED, at(600));
        key_frames.handle_key_frame(FEED);
        assert_eq!((key_frames.poll_timeout(), key_frames.poll(at(9000))), (None, None));
    }

    #[test]
    fn an_unanswered_question_is_repeated_but_not_for_ever() {
        let (mut key_frames, at) = (KeyFrames::default(), clock());
        key_frames.handle_request(FEED, at(0));
        assert_eq!(questions(&mut key_frames, &at, 60_000), [0, 1000, 2000, 3000, 4000]);
        key_frames.handle_request(FEED, at(60_000));
        assert_eq!(questions(&mut key_frames, &at, 61_500), [60_000, 61_000]);
        key_frames.handle_key_frame(FEED);
        assert_eq!(questions(&mut key_frames, &at, 99_000), [0; 0]);
    }

    #[test]
    fn whoever_asks_all_the_time_gets_two_questions_a_second() {
        let (mut key_frames, at) = (KeyFrames::default(), clock());
        let mut times = 0;
        for milliseconds in 0..10_000 {
            key_frames.handle_request(FEED, at(milliseconds));
            times += usize::from(key_frames.poll(at(milliseconds)).is_some());
        }
        assert_eq!(times, 20);
    }

    #[test]
    fn a_layer_that_is_gone_leaves_nothing_behind() {
        let (mut key_frames, at) = (KeyFrames::default(), clock());
        key_frames.handle_request(FEED, at(0));
        key_frames.remove(FEED);
        assert!(key_frames.poll(at(9000)).is_none() && key_frames.feeds.is_empty());
        key_frames.handle_key_frame(FEED);
        assert!(key_frames.feeds.is_empty());
    }
}
