use proptest::prelude::*;

use super::super::scale::{Scale, Scratch};
use crate::picture::{Plane, Size};

fn scaled(samples: &[u8], from: Size, to: Size) -> Vec<u8> {
    let mut target = vec![7; to.area()];
    let source = Plane { data: samples, stride: from.width };
    Scale::new(from, to).run(&mut Scratch::default(), (source, 0, 0), (&mut target, to.width));
    target
}

proptest! {
    #[test]
    fn one_colour_stays_itself(
        colour in any::<u8>(), width in 1_usize..300, height in 1_usize..60, to_width in 1_usize..300, to_height in 1_usize..60,
    ) {
        let (from, to) = (Size::new(width, height), Size::new(to_width, to_height));
        prop_assert!(scaled(&vec![colour; from.area()], from, to).iter().all(|&sample| sample == colour));
    }

    #[test]
    fn a_ramp_stays_a_ramp(width in 2_usize..250, to in 2_usize..300) {
        let ramp: Vec<u8> = (0..width).map(|x| (x * 255 / (width - 1)) as u8).collect();
        let row = scaled(&ramp, Size::new(width, 1), Size::new(to, 1));
        prop_assert!(row.is_sorted(), "{row:?}");
        for (x, &sample) in row.iter().enumerate() {
            let middle = ((x as f32 + 0.5) * width as f32 / to as f32 - 0.5).clamp(0.0, width as f32 - 1.0);
            let expected = middle * 255.0 / (width - 1) as f32;
            // What lies above a sample is not symmetric everywhere: half a step.
            let step = 255.0 / (width - 1) as f32;
            prop_assert!((f32::from(sample) - expected).abs() <= 2.0 + step / 2.0, "{x}: {sample}, {expected}");
        }
    }
}

#[test]
fn the_same_size_is_a_copy() {
    let samples: Vec<u8> = (0..=255).collect();
    assert_eq!(scaled(&samples, Size::new(16, 16), Size::new(16, 16)), samples);
}

#[test]
fn half_is_the_mean_of_four() {
    assert_eq!(scaled(&[0, 100, 10, 20, 100, 200, 30, 40], Size::new(4, 2), Size::new(2, 1)), [100, 25]);
}

#[test]
fn twice_lies_between() {
    assert_eq!(scaled(&[0, 100], Size::new(2, 1), Size::new(4, 1)), [0, 25, 75, 100]);
}

#[test]
fn a_part_of_rows_with_gaps_is_scaled_and_a_part_of_others_written() {
    // The last row ends with the picture.
    let source: Vec<u8> = (0..4 * 10 - 4).collect();
    let mut target = vec![0; 3 * 5];
    let plane = Plane { data: &source, stride: 10 };
    Scale::new(Size::new(3, 2), Size::new(3, 2)).run(
        &mut Scratch::default(),
        (plane, 2, 2),
        (&mut target, 5),
    );
    assert_eq!(target, [22, 23, 24, 0, 0, 32, 33, 34, 0, 0, 0, 0, 0, 0, 0]);
}
