//! Less sound in less time: a part is taken out where what is before it looks most like what is after.

/// How long one part is faded into the other: 5 ms.
const FADE: usize = 240;
/// The least that is taken out.
pub(super) const MIN_CUT: usize = 240;
/// Every fourth sample is enough to tell how alike two parts are.
const STRIDE: usize = 4;

/// Takes up to `most` samples out of the beginning of `pcm`, and at least [`MIN_CUT`]; how many. Whatever is `quiet` is cut
/// as far as may be.
pub(super) fn shorten(pcm: &mut Vec<f32>, most: usize, quiet: bool) -> usize {
    let most = most.min(pcm.len().saturating_sub(FADE));
    if most < MIN_CUT {
        return 0;
    }
    let cut = if quiet { most } else { best_cut(pcm, most) };
    for index in 0..FADE {
        let share = index as f32 / FADE as f32;
        let later = pcm.get(index + cut).copied().unwrap_or_default();
        if let Some(sample) = pcm.get_mut(index) {
            *sample += (later - *sample) * share;
        }
    }
    pcm.drain(FADE..FADE + cut);
    cut
}

/// The cut whose two sides are most alike: for voices a multiple of the pitch.
fn best_cut(pcm: &[f32], most: usize) -> usize {
    let likeness = |cut: usize| {
        let sides = pcm.iter().zip(pcm.iter().skip(cut)).take(FADE).step_by(STRIDE);
        let (product, energy) = sides.fold((0.0_f32, 1e-9_f32), |(product, energy), (before, after)| {
            (product + before * after, energy + before * before + after * after)
        });
        product / energy
    };
    let alike = (MIN_CUT..=most).map(|cut| (cut, likeness(cut)));
    // Of cuts that are equally good the longest, since fewer are better.
    alike.max_by(|(_, a), (_, b)| a.total_cmp(b)).map_or(most, |(cut, _)| cut)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound::FRAME;
    use crate::sound::tests::{amplitude, tone};

    #[test]
    fn a_tone_goes_on_as_if_nothing_had_been_cut() {
        // A period is 218 samples: the cut is a multiple of it.
        let mut pcm: Vec<f32> = (0..2 * FRAME).map(tone(220.0, 0.2)).collect();
        let cut = shorten(&mut pcm, FRAME, false);
        assert!((MIN_CUT..=FRAME).contains(&cut));
        assert_eq!(pcm.len(), 2 * FRAME - cut);
        assert!(amplitude(&pcm[..FRAME], 220.0) > 0.195);
    }

    #[test]
    fn what_is_quiet_is_cut_as_far_as_may_be_and_what_is_short_not_at_all() {
        let mut pcm = vec![0.0; 2 * FRAME];
        assert_eq!(shorten(&mut pcm, FRAME, true), FRAME);
        assert_eq!(shorten(&mut pcm, MIN_CUT - 1, true), 0);
        let mut pcm = vec![0.0; FADE + MIN_CUT - 1];
        assert_eq!(shorten(&mut pcm, FRAME, true), 0);
    }
}
