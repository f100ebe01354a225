//! Names, drawn: smooth letters of Latin script, those of all others from a bitmap font.
//!
//! Letters are not joined, as they would be in Arabic, and a name is reversed only if all of it is read from right to left.

#[cfg(test)]
mod tests;

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, RasterizedChar, get_raster};

use crate::canvas::Mask;
use crate::picture::Size;

/// Characters of a text that are looked at: longer ones do not fit anywhere.
const LONGEST: usize = 128;

/// Stands for a character that there is no picture of.
const MISSING: char = '□';

/// Stands for what does not fit.
const ELLIPSIS: char = '…';

/// How letters look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Font {
    pub(crate) height: RasterHeight,
    pub(crate) weight: FontWeight,
}

/// The picture of a character.
enum Glyph {
    Smooth(RasterizedChar),
    Bitmap(&'static unifont::Glyph),
}

impl Font {
    /// One line, as high as the font and at most so wide. What does not fit ends with an ellipsis.
    pub(crate) fn line(self, text: &str, most: usize) -> Mask {
        let characters = self.fitting(visible(text), most);
        let width = characters.iter().map(|&character| self.advance(character)).sum::<usize>().min(most);
        let size = Size::new(width, self.height.val());
        let mut pixels = vec![0; size.area()];
        let mut x = 0_usize;
        for character in characters {
            let advance = self.advance(character);
            // A mark lies on the letter before it.
            let at = if advance == 0 { x.saturating_sub(self.half_width()) } else { x };
            self.draw(character, at, size.width, &mut pixels);
            x += advance;
        }
        Mask::new(size, pixels)
    }

    /// As many characters as have room, and an ellipsis for the others.
    fn fitting(self, mut characters: Vec<char>, most: usize) -> Vec<char> {
        let width = |characters: &[char]| characters.iter().map(|&one| self.advance(one)).sum::<usize>();
        if width(&characters) <= most {
            return characters;
        }
        // What is read last is cut off: of what was reversed, the beginning.
        let backwards = characters.iter().any(|&character| is_right_to_left(character))
            && !characters.iter().any(|&character| is_left_to_right(character));
        while width(&characters) + self.advance(ELLIPSIS) > most && !characters.is_empty() {
            if backwards {
                characters.remove(0);
            } else {
                characters.pop();
            }
        }
        if backwards {
            characters.insert(0, ELLIPSIS);
        } else {
            characters.truncate(characters.iter().rposition(|&one| one != ' ').map_or(0, |last| last + 1));
            characters.push(ELLIPSIS);
        }
        characters
    }

    /// How far the next character is.
    fn advance(self, character: char) -> usize {
        if is_mark(character) {
            return 0;
        }
        match self.glyph(character) {
            Glyph::Smooth(glyph) => glyph.width(),
            Glyph::Bitmap(glyph) => glyph.get_width() * self.enlarged(),
        }
    }

    fn half_width(self) -> usize {
        8 * self.enlarged()
    }

    /// A bitmap is 16 pixels high.
    fn enlarged(self) -> usize {
        self.height.val() / 16
    }

    /// Rows above a bitmap, so that it stands on the line that the smooth letters stand on.
    fn above(self) -> usize {
        match self.height {
            RasterHeight::Size20 => 2,
            RasterHeight::Size24 => 5,
            RasterHeight::Size16 | RasterHeight::Size32 => 0,
        }
    }

    fn glyph(self, character: char) -> Glyph {
        const NOTHING: &unifont::Glyph = &unifont::Glyph::Halfwidth([0; 16]);
        let smooth = get_raster(character, self.weight, self.height).map(Glyph::Smooth);
        smooth.unwrap_or_else(|| Glyph::Bitmap(unifont::get_glyph(character).unwrap_or(NOTHING)))
    }

    /// Adds a character to pixels in rows of `width`.
    fn draw(self, character: char, x: usize, width: usize, pixels: &mut [u8]) {
        let mut put = |column: usize, row: usize, covered: u8| {
            let place = (x + column < width).then(|| pixels.get_mut(row * width + x + column)).flatten();
            if let Some(pixel) = place {
                *pixel = covered.max(*pixel);
            }
        };
        match self.glyph(character) {
            Glyph::Smooth(glyph) => {
                for (row, samples) in glyph.rows().enumerate() {
                    samples.iter().enumerate().for_each(|(column, &covered)| put(column, row, covered));
                }
            }
            Glyph::Bitmap(glyph) => {
                let mask = bitmap(glyph);
                let mask = if self.enlarged() > 1 { mask.enlarged(16 * self.enlarged()) } else { mask };
                let [covered, _] = mask.luma_and_chroma();
                for (row, samples) in covered.chunks_exact(mask.size().width).enumerate() {
                    let row = self.above() + row;
                    samples.iter().enumerate().for_each(|(column, &covered)| put(column, row, covered));
                }
            }
        }
    }
}

/// The pixels of a character, which are covered or not.
fn bitmap(glyph: &unifont::Glyph) -> Mask {
    let size = Size::new(glyph.get_width(), 16);
    let pixels = (0..size.height).flat_map(|row| (0..size.width).map(move |column| (column, row)));
    Mask::new(size, pixels.map(|(column, row)| if glyph.get_pixel(column, row) { 255 } else { 0 }).collect())
}

/// Up to two letters for a name, of its first and last word.
pub(crate) fn initials(name: &str) -> String {
    let name: String = name.chars().filter(|&one| !is_invisible(one)).take(LONGEST).collect();
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|one| one.is_alphanumeric()));
    let letters = [words.next(), words.next_back()].into_iter().flatten();
    letters.flat_map(char::to_uppercase).take(3).collect()
}

/// What is drawn of a text, from left to right: without what has no picture, or would change the order of others.
fn visible(text: &str) -> Vec<char> {
    let mut characters: Vec<char> = Vec::new();
    for character in text.chars().filter(|&character| !is_invisible(character)).take(LONGEST) {
        let known = unifont::get_glyph(character).is_some();
        let character = match character {
            character if character.is_whitespace() => ' ',
            character if known => character,
            _ => MISSING,
        };
        // What is several characters is often one picture: an emoji with its colour and gender.
        let again = matches!(character, ' ' | MISSING) && characters.last() == Some(&character);
        let leads = character == ' ' && characters.is_empty();
        if !again && !leads {
            characters.push(character);
        }
    }
    if characters.last() == Some(&' ') {
        characters.pop();
    }
    let right_to_left = characters.iter().any(|&character| is_right_to_left(character));
    if right_to_left && !characters.iter().any(|&character| is_left_to_right(character)) {
        reverse(&mut characters);
    }
    characters
}

/// From right to left, with marks still after their letters.
fn reverse(characters: &mut [char]) {
    characters.reverse();
    let mut start = 0;
    for index in 0..characters.len() {
        if characters.get(index).is_some_and(|&character| !is_mark(character)) {
            if let Some(letter) = characters.get_mut(start..=index) {
                letter.reverse();
            }
            start = index + 1;
        }
    }
}

/// Controls, formatting (marks and overrides of direction, joiners), variation selectors, tags, and what is private.
fn is_invisible(character: char) -> bool {
    character.is_control() && !character.is_whitespace()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{e000}'..='\u{f8ff}' | '\u{1f3fb}'..='\u{1f3ff}'
            | '\u{e0000}'..='\u{10ffff}')
}

/// What is drawn over the letter before it.
fn is_mark(character: char) -> bool {
    matches!(character,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{5bf}'
        | '\u{5c1}' | '\u{5c2}' | '\u{5c4}' | '\u{5c5}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}'
        | '\u{670}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}')
}

/// Letters of Hebrew, Arabic, and their neighbours.
fn is_right_to_left(character: char) -> bool {
    character.is_alphabetic()
        && matches!(character, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

/// Letters of everybody else, and digits, which keep their order within any text.
fn is_left_to_right(character: char) -> bool {
    character.is_alphanumeric() && !is_right_to_left(character) && !is_mark(character)
}
