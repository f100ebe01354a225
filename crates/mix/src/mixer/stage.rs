//! What is on the picture: who, where, and what of them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use visavis_protocol::{ParticipantId, Shown, Source};

use super::video::Video;
use super::{Person, Videos};
use crate::canvas::{Canvas, Content, Scene, Tile};
use crate::layout::{Item, Layout, Rect};
use crate::picture::{PictureView, Size};

/// After so long without a new frame a picture stands still. A screen may do that for ever.
const STILL: Duration = Duration::from_secs(3);
/// The tile that says how many are not shown.
const MORE: u64 = 0;

/// The picture, and what is on it.
pub(super) struct Stage {
    size: Size,
    canvas: Canvas,
    scene: Scene,
    /// By which number each tile goes.
    keys: BTreeMap<(ParticipantId, Source), u64>,
    next_key: u64,
    /// What was last said to be shown.
    shows: Vec<Shown>,
}

/// Something that has a tile.
struct Candidate<'a> {
    person: &'a Person,
    source: Source,
    content: Content,
    item: Item,
}

impl Stage {
    /// An empty one.
    pub(super) fn new(size: Size) -> Self {
        Self {
            size,
            canvas: Canvas::new(size),
            scene: Scene::default(),
            keys: BTreeMap::new(),
            next_key: MORE + 1,
            shows: Vec::new(),
        }
    }

    /// The picture as it is now.
    pub(super) fn picture(&self) -> PictureView<'_> {
        self.canvas.picture()
    }

    /// Whether anything was drawn since the last call.
    pub(super) fn take_drawn(&mut self) -> bool {
        self.canvas.take_drawn()
    }

    /// Whether it has a tile with pictures.
    pub(super) fn shows(&self, participant: &ParticipantId, source: Source) -> bool {
        self.shows.iter().any(|shown| shown.source == source && shown.participant == *participant)
    }

    /// Draws somebody's last frame, if it has a tile.
    pub(super) fn draw(&mut self, participant: &ParticipantId, source: Source, video: &Video) {
        let key = self.keys.get(&(participant.clone(), source));
        if let (Some(key), Some(picture)) = (key, video.picture()) {
            self.canvas.draw(*key, picture, video.rotation);
        }
    }

    /// Darkens the cameras that stand still.
    pub(super) fn dim(&mut self, videos: &Videos, now: Instant) {
        for ((participant, source), video) in videos {
            let stands = video.seen.is_some_and(|seen| now.saturating_duration_since(seen) >= STILL);
            let key = self.keys.get(&(participant.clone(), *source));
            if let Some(key) = key.filter(|_| stands && *source == Source::Camera) {
                self.canvas.dim(*key);
            }
        }
    }

    /// Puts everybody where they belong now. `is_halved`: somebody looks at it in half its size. What is shown, and how large, if that
    /// is something else than before.
    pub(super) fn arrange(
        &mut self,
        people: &[Person],
        speaker: Option<&ParticipantId>,
        videos: &Videos,
        is_halved: bool,
    ) -> Option<Vec<Shown>> {
        let candidates = candidates(people, speaker, videos);
        let items: Vec<Item> = candidates.iter().map(|candidate| candidate.item).collect();
        let arrangement = Layout::choose(&items, self.size).arrange(&items, self.size);
        let (mut tiles, mut shows) = (Vec::new(), Vec::new());
        self.keys
            .retain(|(participant, _), _| people.iter().any(|person| person.participant == *participant));
        for (candidate, place) in candidates.iter().zip(&arrangement.places) {
            let Some(rect) = *place else { continue };
            tiles.push(Tile {
                key: self.key_of(candidate),
                rect,
                label: candidate.person.name.clone(),
                speaks: candidate.item.speaks && candidates.len() > 1,
                is_halved,
                content: candidate.content,
            });
            if matches!(candidate.content, Content::Camera | Content::Screen) {
                shows.push(shown(candidate, rect));
            }
        }
        if let Some(rect) = arrangement.more {
            let content = Content::More(arrangement.left_out);
            tiles.push(Tile { key: MORE, rect, label: String::new(), speaks: false, is_halved, content });
        }
        self.show(Scene { tiles }, videos);
        // Screens before cameras, and the largest before others: what there is too little of goes to them.
        shows.sort_by_key(|shown| (shown.source != Source::Screen, std::cmp::Reverse(shown.height)));
        (self.shows != shows).then(|| {
            self.shows.clone_from(&shows);
            shows
        })
    }

    /// Has this on the picture, with the last frames of those who had a tile elsewhere.
    fn show(&mut self, scene: Scene, videos: &Videos) {
        if self.scene == scene {
            return;
        }
        for key in self.canvas.begin(&scene) {
            let known = self.keys.iter().find(|(_, known)| **known == key);
            let Some((whose, _)) = known else { continue };
            if let Some((video, picture)) =
                videos.get(whose).and_then(|video| Some((video, video.picture()?)))
            {
                self.canvas.draw(key, picture, video.rotation);
            }
        }
        self.scene = scene;
    }

    fn key_of(&mut self, candidate: &Candidate<'_>) -> u64 {
        let whose = (candidate.person.participant.clone(), candidate.source);
        *self.keys.entry(whose).or_insert_with(|| {
            self.next_key += 1;
            self.next_key
        })
    }
}

/// Everything that might have a tile: each screen, and everybody's camera or what stands for it.
fn candidates<'a>(
    people: &'a [Person],
    speaker: Option<&ParticipantId>,
    videos: &Videos,
) -> Vec<Candidate<'a>> {
    let screens = people.iter().filter(|person| person.state.screen);
    let screens = screens.map(|person| (person, Source::Screen, Content::Screen));
    let cameras = people.iter().map(|person| {
        (person, Source::Camera, if person.state.camera { Content::Camera } else { Content::Off })
    });
    let candidate = |(person, source, content): (&'a Person, Source, Content)| {
        let video = videos.get(&(person.participant.clone(), source));
        let item = Item {
            is_screen: source == Source::Screen,
            size: video.and_then(Video::size),
            speaks: source == Source::Camera && speaker == Some(&person.participant),
        };
        Candidate { person, source, content, item }
    };
    screens.chain(cameras).map(candidate).collect()
}

fn shown(candidate: &Candidate<'_>, rect: Rect) -> Shown {
    let pixels = |pixels| u16::try_from(pixels).unwrap_or(u16::MAX);
    Shown {
        participant: candidate.person.participant.clone(),
        source: candidate.source,
        width: pixels(rect.width),
        height: pixels(rect.height),
    }
}
