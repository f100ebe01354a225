use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const BITRATES: [u64; 3] = [150_000, 500_000, 1_700_000];

fn layer(bitrate: u64, height: u32) -> Layer {
    Layer { bitrate, height: Some(height), live: true }
}

/// A camera in three layers of 180, 360 and 720 pixels, shown so high.
fn camera(height: u32) -> Want {
    let layers =
        BITRATES.iter().zip([180, 360, 720]).map(|(bitrate, height)| layer(*bitrate, height)).collect();
    Want { picture: Picture::Camera, speaker: false, height, layers, current: None }
}

fn speaker(height: u32) -> Want {
    Want { speaker: true, ..camera(height) }
}

fn screen(height: u32) -> Want {
    let layers = vec![layer(200_000, 270), layer(800_000, 540), layer(2_500_000, 1080)];
    Want { picture: Picture::Screen, layers, ..camera(height) }
}

fn layers(budget: u64, wants: &[Want]) -> Vec<Option<usize>> {
    allocate(Some(budget), wants).layers
}

#[test]
fn without_a_limit_each_gets_the_smallest_layer_that_is_enough_for_its_tile() {
    let heights = [100, 240, 241, 480, 481, 960, 2000];
    let wants: Vec<Want> = heights.into_iter().map(camera).collect();
    let allocation = allocate(None, &wants);
    assert_eq!(allocation.layers, [0, 0, 1, 1, 2, 2, 2].map(Some));
    let sum = 2 * BITRATES[0] + 2 * BITRATES[1] + 3 * BITRATES[2];
    assert_eq!((allocation.used, allocation.desired, allocation.next_step), (sum, sum, 0));
}

#[test]
fn what_is_hidden_or_not_live_gets_nothing() {
    let mut silent = camera(720);
    silent.layers.iter_mut().for_each(|layer| layer.live = false);
    let mut part = camera(720);
    part.layers[2].live = false;
    let none = Want { layers: Vec::new(), ..camera(720) };
    assert_eq!(allocate(None, &[camera(0), silent, none, part]).layers, [None, None, None, Some(1)]);
    assert_eq!(allocate(None, &[]), Allocation::default());
}

#[test]
fn a_screen_is_sharp_before_anybody_else_is_shown() {
    let wants = [camera(360), screen(700)];
    assert_eq!(allocate(None, &wants).layers, [Some(1), Some(2)]);
    assert_eq!(layers(2_875_000, &wants), [Some(0), Some(2)]);
    assert_eq!(layers(2_874_999, &wants), [Some(1), Some(1)]);
    assert_eq!(layers(1_000_000, &wants), [Some(0), Some(1)]);
    // Not where its tile is small.
    assert_eq!(allocate(None, &[screen(180), screen(200)]).layers, [Some(0), Some(1)]);
}

#[test]
fn the_speaker_comes_first_then_a_lowest_layer_for_everybody_then_more_in_rounds() {
    let wants = [camera(720), camera(720), speaker(720)];
    assert_eq!(layers(100_000, &wants), [None, None, Some(0)]);
    assert_eq!(layers(600_000, &wants), [None, None, Some(1)]);
    assert_eq!(layers(725_000, &wants), [Some(0), None, Some(1)]);
    assert_eq!(layers(2_000_000, &wants), [Some(0), Some(0), Some(2)]);
    // 1.7 + 0.5 + 0.15 Mbit/s and room to spare.
    assert_eq!(layers(2_702_500, &wants), [Some(1), Some(0), Some(2)]);
    assert_eq!(layers(3_105_000, &wants), [Some(1), Some(1), Some(2)]);
    assert_eq!(layers(4_485_000, &wants), [Some(2), Some(1), Some(2)]);
    assert_eq!(layers(5_865_000, &wants), [Some(2), Some(2), Some(2)]);
}

#[test]
fn a_better_layer_takes_room_to_spare_and_a_kept_one_less_than_it_has() {
    let want = |current| [Want { current, ..speaker(720) }];
    assert_eq!(layers(500_000, &want(None)), [Some(0)]);
    assert_eq!(layers(574_999, &want(Some(0))), [Some(0)]);
    assert_eq!(layers(575_000, &want(Some(0))), [Some(1)]);
    assert_eq!(layers(400_000, &want(Some(1))), [Some(1)]);
    assert_eq!(layers(399_999, &want(Some(1))), [Some(0)]);
    assert_eq!(layers(399_999, &want(Some(2))), [Some(0)]);
    assert_eq!(layers(1_360_000, &want(Some(2))), [Some(2)]);
    assert_eq!(layers(1_359_999, &want(Some(2))), [Some(1)]);
    // Also of others; but what is not sent yet needs all the room it takes.
    let others = |current| [speaker(720), Want { current, ..camera(720) }];
    assert_eq!(layers(240_000, &others(Some(0))), [Some(0), Some(0)]);
    assert_eq!(layers(299_999, &others(None)), [Some(0), None]);
}

#[test]
fn something_is_always_shown_and_then_nothing_else() {
    assert_eq!(layers(0, &[camera(720), camera(720)]), [Some(0), None]);
    assert_eq!(layers(149_999, &[camera(720), screen(720)]), [None, Some(0)]);
}

#[test]
fn what_there_is_no_room_for_is_skipped_and_told_as_the_next_step() {
    let large = Want { layers: vec![layer(1_200_000, 720)], ..camera(720) };
    let allocation = allocate(Some(600_000), &[camera(180), large.clone(), camera(180)]);
    assert_eq!(allocation.layers, [Some(0), None, Some(0)]);
    assert_eq!((allocation.used, allocation.next_step, allocation.desired), (300_000, 1_200_000, 1_500_000));
    let allocation = allocate(Some(700_000), &[speaker(720), camera(720)]);
    assert_eq!((allocation.layers, allocation.next_step), (vec![Some(1), Some(0)], 1_200_000));
    // A large picture that is less important takes nothing from the first.
    assert_eq!(layers(1_300_000, &[camera(480), large]), [Some(1), None]);
}

#[test]
fn a_round_ends_where_there_is_no_room_so_that_more_room_takes_nothing_away() {
    let camera = |bitrates: &[u64]| {
        let layers = bitrates.iter().zip([180, 360, 720]).map(|(bitrate, height)| layer(*bitrate, height));
        Want { layers: layers.collect(), ..camera(720) }
    };
    let wants = [camera(&[100, 200, 300]), camera(&[100, 1000])];
    assert_eq!(layers(500, &wants), [Some(1), Some(0)]);
    assert_eq!(layers(1400, &wants), [Some(1), Some(1)]);
    assert_eq!(layers(1495, &wants), [Some(2), Some(1)]);
}

#[test]
fn the_lowest_layer_is_the_lowest_that_is_live() {
    let mut half = camera(720);
    half.layers[0].live = false;
    assert_eq!(layers(650_000, &[camera(180), half]), [Some(0), Some(1)]);
}

#[test]
fn a_lowest_layer_for_everybody_is_the_next_step_before_better_ones() {
    assert_eq!(allocate(Some(200_000), &[camera(720), camera(720)]).next_step, 150_000);
    assert_eq!(allocate(Some(300_000), &[camera(720), camera(720)]).next_step, 350_000);
}

#[test]
fn unknown_heights_are_those_of_layers_that_halve() {
    let unknown = |mut want: Want, known: &[usize]| {
        for (index, layer) in want.layers.iter_mut().enumerate() {
            layer.height = layer.height.filter(|_| known.contains(&index));
        }
        want
    };
    for known in [&[][..], &[0], &[1], &[2], &[0, 2]] {
        let wants = [240, 480, 481].map(|height| unknown(camera(height), known));
        assert_eq!(allocate(None, &wants).layers, [Some(0), Some(1), Some(2)], "{known:?}");
        let wants = [180, 360, 361].map(|height| unknown(screen(height), known));
        assert_eq!(allocate(None, &wants).layers, [Some(0), Some(1), Some(2)], "{known:?}");
    }
}

/// The same as a publisher has it that lists its layers the other way round.
fn listed_backwards(want: &Want) -> Want {
    let last = want.layers.len() - 1;
    let layers = want.layers.iter().rev().copied().collect();
    Want { layers, current: want.current.map(|layer| last - layer), ..*want }
}

#[test]
fn whether_the_smallest_or_the_largest_layer_is_listed_first_changes_nothing() {
    let currents = [None, Some(0), Some(1), Some(2)];
    let wants = currents.map(|current| [Want { current, ..camera(720) }, Want { current, ..screen(500) }]);
    for known in [[true; 3], [true, false, true], [false, true, false], [false; 3]] {
        for wants in &wants {
            let mut wants = wants.to_vec();
            for want in &mut wants {
                want.layers
                    .iter_mut()
                    .zip(known)
                    .filter(|(_, known)| !known)
                    .for_each(|(it, _)| it.height = None);
            }
            let backwards: Vec<Want> = wants.iter().map(listed_backwards).collect();
            for budget in (0..6_000_000).step_by(50_000) {
                let expected = allocate(Some(budget), &wants);
                let turned = expected.layers.iter().map(|layer| layer.map(|layer| 2 - layer));
                let expected = Allocation { layers: turned.collect(), ..expected };
                assert_eq!(allocate(Some(budget), &backwards), expected, "{known:?} {budget}");
            }
        }
    }
}

#[test]
fn the_order_is_the_usual_one_until_it_is_seen_to_be_another() {
    let without_heights = |bitrates: [u64; 3]| {
        let layers = bitrates.map(|bitrate| Layer { height: None, ..layer(bitrate, 0) });
        Want { layers: layers.to_vec(), ..camera(180) }
    };
    // As long as nothing moves, all take about the same.
    assert_eq!(allocate(None, &[without_heights([190_000, 120_000, 100_000])]).layers, [Some(0)]);
    assert_eq!(allocate(None, &[without_heights([200_000, 120_000, 100_000])]).layers, [Some(2)]);
    // Heights say more than what is taken.
    let still = Want { layers: vec![layer(900, 180), layer(500, 360), layer(100, 720)], ..camera(180) };
    assert_eq!(allocate(None, &[still]).layers, [Some(0)]);
    // What is not sent has not been measured.
    let mut part = without_heights([2_000_000, 500_000, 1_700_000]);
    part.layers[2].live = false;
    assert_eq!(allocate(None, &[part]).layers, [Some(1)]);
}

fn any_want() -> impl Strategy<Value = Want> {
    let layer = (1..2_000_000u64, proptest::option::of(1..1200u32), any::<bool>());
    let layer = layer.prop_map(|(bitrate, height, live)| Layer { bitrate, height, live });
    let flags = (any::<bool>(), proptest::bool::weighted(0.2), proptest::bool::weighted(0.2));
    (vec(layer, 0..4), flags, 0..1500u32, proptest::option::of(0..3usize)).prop_map(
        |(mut layers, (is_sorted, is_screen, speaker), height, current)| {
            if is_sorted {
                layers.sort_by_key(|layer| layer.bitrate);
            }
            let picture = if is_screen { Picture::Screen } else { Picture::Camera };
            Want { picture, speaker, height, layers, current }
        },
    )
}

fn is_shown(want: &Want) -> bool {
    want.height > 0 && want.layers.iter().any(|layer| layer.live)
}

/// The one that comes first.
fn first(wants: &[Want]) -> Option<usize> {
    let goes_first = |want: &Want| want.speaker || want.picture == Picture::Screen;
    (0..wants.len()).filter(|index| is_shown(&wants[*index])).min_by_key(|index| !goes_first(&wants[*index]))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_division_stays_within_its_budget_and_shows_only_what_can_be(
        budget in 0..8_000_000u64,
        wants in vec(any_want(), 0..8),
    ) {
        let allocation = allocate(Some(budget), &wants);
        prop_assert_eq!(allocation.layers.len(), wants.len());
        let mut used = 0;
        for (want, layer) in wants.iter().zip(&allocation.layers) {
            if let Some(layer) = layer {
                prop_assert!(is_shown(want) && want.layers[*layer].live);
                used += want.layers[*layer].bitrate;
            }
        }
        prop_assert_eq!(allocation.used, used);
        let first = first(&wants);
        prop_assert!(first.is_none_or(|first| allocation.layers[first].is_some()));
        let lowest = first.and_then(|first| {
            let want = wants[first].lowest_first();
            want.layers.iter().find(|layer| layer.live).map(|layer| layer.bitrate)
        });
        let at_least = lowest.unwrap_or_default();
        let is_sent = wants.iter().any(|want| want.current.is_some());
        let limit = if is_sent { budget * 5 / 4 + 1 } else { budget };
        prop_assert!(used <= limit.max(at_least), "{} of {}", used, budget);
        prop_assert_eq!(allocate(None, &wants).used, allocate(None, &wants).desired);
    }

    // To begin with. A layer that is sent already goes on with less room than it takes, where nobody else finds room; with a little
    // more, somebody else is shown in its place.
    #[test]
    fn more_room_never_makes_the_first_smaller(
        budgets in (0..8_000_000u64, 0..8_000_000u64),
        mut wants in vec(any_want(), 1..8),
    ) {
        wants.iter_mut().for_each(|want| want.current = None);
        if let Some(first) = first(&wants) {
            let place = |budget| layers(budget, &wants)[first].map(|layer| wants[first].turned(layer));
            let less = place(budgets.0.min(budgets.1));
            let more = place(budgets.0.max(budgets.1));
            prop_assert!(less <= more, "{:?} {:?}", less, more);
        }
    }

    #[test]
    fn what_was_divided_stays_as_long_as_nothing_changes(
        budget in 0..8_000_000u64,
        mut wants in vec(any_want(), 0..8),
    ) {
        let mut before = layers(budget, &wants);
        for _ in 0..4 {
            for (want, layer) in wants.iter_mut().zip(&before) {
                want.current = *layer;
            }
            let after = layers(budget, &wants);
            prop_assert_eq!(&before, &after);
            before = after;
        }
    }
}

#[test]
fn a_way_is_short_where_more_is_wanted_than_it_carries_or_the_least_that_goes_is_too_much_for_it() {
    let is_short = |budget, wants: &[Want]| allocate(Some(budget), wants).is_short(budget);
    assert!(is_short(1_000_000, &[camera(720)]) && !is_short(2_000_000, &[camera(720)]));
    assert!(
        is_short(299_999, &[camera(100), camera(100)]) && !is_short(300_000, &[camera(100), camera(100)])
    );
    // The smallest of the first always goes.
    assert!(is_short(119_999, &[camera(100)]) && !is_short(120_000, &[camera(100)]));
    assert!(!is_short(0, &[]) && !is_short(0, &[camera(0)]));
}
