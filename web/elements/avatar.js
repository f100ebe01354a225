// What stands in for a picture that is not there.

import { text } from '../messages/index.js';

/**
 * Up to two letters for a name: of its first and last word, whole graphemes, so that no script is cut in half.
 * @param {string} name
 * @returns {string}
 */
export function initials(name) {
  const words = shownName(name).split(/\s+/u);
  const first = firstLetter(words[0] ?? '');
  const last = words.length > 1 ? firstLetter(words[words.length - 1] ?? '') : '';
  return (first + last).toLocaleUpperCase();
}

/**
 * The name as it is shown: people may come without one.
 * @param {string} name
 * @returns {string}
 */
export function shownName(name) {
  return name.trim() || text.nobody;
}

/** @param {string} word */
function firstLetter(word) {
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(word)) return segment;
  return '';
}
