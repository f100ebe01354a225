// What stands in for a picture that is not there.

import { text } from '../messages/index.js';

const SVG = 'http://www.w3.org/2000/svg';

const CENTRED = { x: '50', y: '50', dy: '0.35em', 'text-anchor': 'middle' };

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
 * The letters as a drawing, which grows and shrinks with its tile without moving anything in it.
 * @param {string} name
 * @returns {SVGSVGElement}
 */
export function drawnInitials(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 100 100');
  const letters = document.createElementNS(SVG, 'text');
  for (const [attribute, value] of Object.entries(CENTRED)) letters.setAttribute(attribute, value);
  letters.textContent = initials(name);
  svg.append(letters);
  return svg;
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
