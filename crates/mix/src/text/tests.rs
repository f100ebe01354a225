use super::*;

const FONT: Font = Font { height: RasterHeight::Size16, weight: FontWeight::Bold };

fn shown(text: &str) -> String {
    visible(text).into_iter().collect()
}

fn covered(mask: &Mask) -> usize {
    mask.luma_and_chroma()[0].iter().filter(|&&alpha| alpha > 128).count()
}

#[test]
fn every_script_of_the_basic_plane_has_letters() {
    for name in ["Anna Ångström", "Борис", "Δημήτρης", "田中さくら", "김민수", "דנה", "محمد", "ไทย", "Łukasz"]
    {
        let mask = FONT.line(name, 400);
        assert!(covered(&mask) > 20, "{name}");
        assert!(!shown(name).contains(MISSING), "{name}");
    }
}

#[test]
fn letters_of_latin_script_are_smooth_and_others_are_drawn_in_the_same_line() {
    for height in [RasterHeight::Size16, RasterHeight::Size20, RasterHeight::Size24, RasterHeight::Size32] {
        let font = Font { height, ..FONT };
        let grey = |mask: &Mask| mask.luma_and_chroma()[0].iter().any(|alpha| (32..224).contains(alpha));
        assert!(grey(&font.line("S", 100)));
        let last = |text: &str| {
            let mask = font.line(text, 100);
            let rows =
                mask.luma_and_chroma()[0].chunks(mask.size().width).map(|row| row.iter().any(|&a| a > 128));
            rows.enumerate().filter(|(_, any)| *any).map(|(row, _)| row).next_back().unwrap()
        };
        assert!(last("H").abs_diff(last("И")) <= 3, "{height:?}: {} {}", last("H"), last("И"));
        assert_eq!(font.line("Hи漢", 100).size().height, height.val());
    }
}

#[test]
fn what_does_not_fit_ends_with_an_ellipsis() {
    for most in 0..200 {
        let mask = FONT.line("Somebody with a long name", most);
        assert!(mask.size().width <= most);
    }
    let fitted: String = FONT.fitting(visible("Somebody with a long name"), 71).into_iter().collect();
    assert_eq!(fitted, "Somebody…");
    assert_eq!(FONT.fitting(visible("Anna"), 80), ['A', 'n', 'n', 'a']);
}

#[test]
fn a_name_may_be_as_long_as_it_likes() {
    let long = "ж".repeat(100_000);
    assert_eq!(visible(&long).len(), LONGEST);
    assert!(FONT.line(&long, 300).size().width <= 300);
    assert!(initials(&long).chars().count() <= 3);
}

#[test]
fn controls_and_overrides_of_direction_are_left_out() {
    assert_eq!(shown("\u{202e}A\u{200b}n\u{2066}n\u{7}a\u{feff}\u{ad}"), "Anna");
    assert_eq!(shown("  Anna \t\n Berg  "), "Anna Berg");
    assert_eq!(shown("\u{202e}\u{200f}\u{0}"), "");
    assert_eq!(FONT.line("\u{202e}", 100).size().width, 0);
}

#[test]
fn an_emoji_is_one_neutral_sign() {
    assert_eq!(shown("Eva 👩🏽‍💻"), "Eva □");
    assert_eq!(shown("🎉🎉 Eva"), "□ Eva");
}

#[test]
fn what_is_all_right_to_left_is_reversed_and_what_is_mixed_is_not() {
    assert_eq!(shown("דנה לוי"), "יול הנד");
    assert_eq!(shown("דנה Levi"), "דנה Levi");
    // The point stays behind its letter.
    assert_eq!(shown("ש\u{5c1}ל"), "לש\u{5c1}");
    let fitted = FONT.fitting(visible(&"שלום".repeat(20)), 60);
    assert_eq!((fitted.first(), fitted.last()), (Some(&ELLIPSIS), Some(&'ש')));
}

#[test]
fn a_mark_lies_on_its_letter() {
    let (plain, marked) = (FONT.line("e", 100), FONT.line("e\u{301}", 100));
    assert_eq!(plain.size(), marked.size());
    assert!(covered(&marked) > covered(&plain));
}

#[test]
fn initials_are_of_the_first_and_the_last_word() {
    for (name, letters) in [
        ("Anna Maria Bergström", "AB"),
        ("борис", "Б"),
        ("Eva 🎉", "E"),
        ("(Pat) o'Neil", "PO"),
        ("", ""),
        ("🎉", ""),
        ("\u{202e}anna", "A"),
        ("田中 さくら", "田さ"),
    ] {
        assert_eq!(initials(name), letters, "{name}");
    }
}
