// A language that nobody speaks: English with accents, longer, in brackets. What stands on the page without them cannot be
// translated, and what is cut off has no space for a longer language.

import { en } from './en.js';

const PLAIN = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const ACCENTED = 'àƀçđéƒĝĥîĵķļɱñôþǫŕšţûṽŵẋýžÅƁÇĐÉƑĜĤÎĴĶĻṀÑÔÞǪŔŠŢÛṼŴẊÝŽ';

/** How much longer other languages are than English. */
const GROWTH = 0.35;

/** Around what is put into a sentence, which no translator changes. */
const [BEGIN, END] = ['\ue000', '\ue001'];

export const pseudo = likePseudo(en);

/**
 * @template {object} M
 * @param {M} messages of English
 * @returns {M} the same in this language
 */
export function likePseudo(messages) {
  return /** @type {M} */ (translated(messages));
}

/**
 * @param {unknown} message
 * @returns {unknown}
 */
function translated(message) {
  if (typeof message === 'string') return stretched(message);
  if (typeof message === 'function') {
    return (/** @type {unknown[]} */ ...parameters) => stretched(String(message(...parameters.map(kept))));
  }
  return Object.fromEntries(Object.entries(message ?? {}).map(([key, value]) => [key, translated(value)]));
}

/** @param {unknown} parameter */
function kept(parameter) {
  return typeof parameter === 'string' ? BEGIN + parameter + END : parameter;
}

/** @param {string} sentence */
function stretched(sentence) {
  if (sentence === '') return '';
  const accented = sentence
    .split(new RegExp(`(${BEGIN}[^${END}]*${END})`, 'u'))
    .map((piece) => (piece.startsWith(BEGIN) ? piece.slice(1, -1) : accents(piece)))
    .join('');
  return `[${accented}${'·'.repeat(Math.ceil(sentence.length * GROWTH))}]`;
}

/** @param {string} piece */
function accents(piece) {
  return piece.replace(/[a-zA-Z]/gu, (letter) => ACCENTED[PLAIN.indexOf(letter)] ?? letter);
}
