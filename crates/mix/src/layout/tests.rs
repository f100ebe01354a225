use proptest::prelude::*;

use super::*;

const HD: Size = Size::new(1280, 720);
const NHD: Size = Size::new(640, 360);
const SMALL: Size = Size::new(426, 240);

fn cameras(count: usize) -> Vec<Item> {
    vec![Item::default(); count]
}

fn with_screen(count: usize) -> Vec<Item> {
    let mut items = cameras(count);
    items[count / 2] = Item { is_screen: true, size: Some(Size::new(1920, 1080)), speaks: false };
    items
}

fn disjoint(a: Rect, b: Rect, gap: usize) -> bool {
    a.x + a.width + gap <= b.x
        || b.x + b.width + gap <= a.x
        || a.y + a.height + gap <= b.y
        || b.y + b.height + gap <= a.y
}

/// What holds for every arrangement.
fn check(arrangement: &Arrangement, items: usize, whole: Size) {
    let shown: Vec<Rect> = arrangement.places.iter().flatten().copied().collect();
    let all: Vec<Rect> = shown.iter().copied().chain(arrangement.more).collect();
    assert_eq!(arrangement.places.len(), items);
    assert_eq!(shown.len() + arrangement.left_out, items);
    assert!(arrangement.more.is_none() || arrangement.left_out > 0);
    let gap = gap(whole);
    for (index, rect) in all.iter().enumerate() {
        assert!(rect.x >= gap && rect.x + rect.width + gap <= whole.width, "{rect:?} in {whole:?}");
        assert!(rect.y >= gap && rect.y + rect.height + gap <= whole.height, "{rect:?} in {whole:?}");
        assert!([rect.x, rect.y, rect.width, rect.height].iter().all(|value| value % 2 == 0), "{rect:?}");
        assert!(rect.width > 0 && rect.height > 0);
        assert!(all.len() == 1 || rect.width >= NARROWEST, "{rect:?} in {whole:?}");
        assert!(all[..index].iter().all(|other| disjoint(*other, *rect, gap)), "{all:?} in {whole:?}");
    }
}

fn is_about_16_to_9(rect: Rect) -> bool {
    (rect.width * 9).abs_diff(rect.height * 16) <= 2 * 16 + 2 * 9
}

proptest! {
    #[test]
    fn whatever_is_shown_lies_inside_apart_and_even(
        count in 0_usize..=50, width in 16_usize..2000, height in 16_usize..1200, screen in any::<bool>(),
        speaks in 0_usize..50, tall in 1_usize..5000,
    ) {
        let mut items = cameras(count);
        if let Some(item) = items.get_mut(speaks) {
            item.speaks = true;
        }
        if let (true, Some(item)) = (screen, items.last_mut()) {
            *item = Item { is_screen: true, size: Some(Size::new(1000, tall)), speaks: false };
        }
        let whole = Size::new(width, height);
        for layout in [Layout::Grid, Layout::Speaker, Layout::Screen, Layout::choose(&items, whole)] {
            check(&layout.arrange(&items, whole), count, whole);
        }
    }

    #[test]
    fn in_a_grid_all_are_of_the_same_size_and_none_is_distorted(
        count in 1_usize..=50, width in 16_usize..2000, height in 16_usize..1200,
    ) {
        let arrangement = Layout::Grid.arrange(&cameras(count), Size::new(width, height));
        let all: Vec<Rect> = arrangement.places.iter().flatten().copied().chain(arrangement.more).collect();
        prop_assert!(all.windows(2).all(|two| two[0].size() == two[1].size()));
        prop_assert!(all.iter().all(|rect| is_about_16_to_9(*rect)));
    }
}

#[test]
fn usual_sizes_have_room_for_usual_numbers() {
    for whole in [HD, NHD, SMALL] {
        for count in 1..=9 {
            let items = cameras(count);
            assert_eq!(Layout::choose(&items, whole), Layout::Grid, "{count} in {whole:?}");
            assert_eq!(Layout::Grid.arrange(&items, whole).left_out, 0, "{count} in {whole:?}");
        }
        assert_eq!(Layout::choose(&cameras(10), whole), Layout::Speaker);
        assert_eq!(Layout::choose(&with_screen(2), whole), Layout::Screen);
    }
    assert_eq!(Layout::Grid.arrange(&cameras(16), HD).left_out, 0);
    assert_eq!(Layout::choose(&cameras(9), Size::new(320, 180)), Layout::Speaker);
    assert_eq!(Layout::choose(&[], HD), Layout::Grid);
}

#[test]
fn a_grid_has_the_rows_that_one_expects() {
    let rows = |count: usize| {
        let mut rows: Vec<usize> =
            Layout::Grid.arrange(&cameras(count), HD).places.iter().flatten().map(|rect| rect.y).collect();
        rows.dedup();
        rows.len()
    };
    let expected = [(1, 1), (2, 1), (3, 2), (4, 2), (5, 2), (6, 2), (7, 3), (8, 3), (9, 3), (12, 3), (16, 4)];
    for (count, number) in expected {
        assert_eq!(rows(count), number, "{count}");
    }
}

#[test]
fn the_last_row_is_in_the_middle() {
    let places = Layout::Grid.arrange(&cameras(5), HD).places;
    let (left, right) = (places[3].unwrap(), places[4].unwrap());
    assert!(left.x.abs_diff(HD.width - right.x - right.width) <= 2);
    assert!(left.x > places[0].unwrap().x);
}

#[test]
fn a_grid_that_is_full_says_how_many_are_missing() {
    let arrangement = Layout::Grid.arrange(&cameras(50), HD);
    assert_eq!(arrangement.places.iter().flatten().count(), MOST_IN_GRID - 1);
    assert_eq!(arrangement.left_out, 50 - (MOST_IN_GRID - 1));
    assert!(arrangement.more.is_some());
    assert!(arrangement.places[MOST_IN_GRID - 1].is_none());
}

#[test]
fn who_speaks_is_large() {
    let mut items = cameras(20);
    items[7].speaks = true;
    let arrangement = Layout::Speaker.arrange(&items, HD);
    let large = arrangement.places[7].unwrap();
    assert!(arrangement.places.iter().flatten().all(|rect| *rect == large || rect.width * 3 < large.width));
    assert!(is_about_16_to_9(large));
    assert!(large.width * 10 > HD.width * 7);
    let small = arrangement.places.iter().flatten().count() - 1;
    assert!((4..=MOST_IN_STRIP).contains(&small), "{small}");
    assert_eq!(arrangement.left_out, 19 - small);
    assert!(Layout::Speaker.arrange(&cameras(20), HD).places[0].unwrap().width > 900);
}

#[test]
fn a_screen_is_large_and_speakers_are_first_beside_it() {
    let mut items = with_screen(20);
    items[19].speaks = true;
    for whole in [HD, NHD, SMALL] {
        let places = Layout::Screen.arrange(&items, whole).places;
        assert!(places[10].unwrap().width > whole.width * 6 / 10);
        let (speaker, first) = (places[19].unwrap(), places[0].unwrap());
        assert!(speaker.y < first.y || speaker.x < first.x);
    }
}

#[test]
fn a_wide_screen_has_the_others_below_it() {
    let mut items = with_screen(4);
    items[2].size = Some(Size::new(2560, 1080));
    let places = Layout::Screen.arrange(&items, HD).places;
    assert!(places[0].unwrap().y > places[2].unwrap().y + places[2].unwrap().height);
    items[2].size = Some(Size::new(1024, 768));
    let places = Layout::Screen.arrange(&items, HD).places;
    assert!(places[0].unwrap().x > places[2].unwrap().x + places[2].unwrap().width);
}

#[test]
fn alone_one_has_it_all_and_nothing_is_no_trouble() {
    for layout in [Layout::Grid, Layout::Speaker, Layout::Screen] {
        let rect = layout.arrange(&cameras(1), HD).places[0].unwrap();
        assert!(rect.height >= 700, "{layout:?} {rect:?}");
        let nothing = layout.arrange(&[], HD);
        assert_eq!((nothing.places.len(), nothing.left_out, nothing.more), (0, 0, None));
        let nowhere = layout.arrange(&cameras(3), Size::new(4, 4));
        assert_eq!((nowhere.left_out, nowhere.more), (3, None));
    }
}
