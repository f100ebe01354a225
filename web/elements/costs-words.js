// What a room costs, in words and figures.

import { shownName } from './avatar.js';
import { milliseconds, rate } from './measures.js';
import { apart } from '../messages/counting.js';
import { dir, tag, text } from '../messages/index.js';

/** @typedef {import('../lib/topologies.js').Amount} Amount */
/** @typedef {import('../lib/topologies.js').Factor} Factor */
/** @typedef {import('../lib/topologies.js').Formula} Formula */
/** @typedef {import('../lib/topologies.js').Unit} Unit */
/** @typedef {import('../lib/costs.js').Model} Model */
/** @typedef {import('../lib/costs.js').Person} Person */

/** Stands where nothing is known. */
export const UNKNOWN = '—';

/** Of a long sum so many parts are written out. */
const PARTS = 3;

const whole = new Intl.NumberFormat(tag, { maximumFractionDigits: 0 });
const hundredths = new Intl.NumberFormat(tag, { maximumFractionDigits: 2 });
const tenths = new Intl.NumberFormat(tag, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 0 });
const finePercent = new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 1 });

/** How a value is written, by its unit. @type {Record<Unit, (value: number) => string>} */
const WRITTEN = {
  rate: (value) => (value === 0 ? whole.format(0) : rate(value)),
  count: (value) => whole.format(value),
  factor: (value) => hundredths.format(value),
  bytes: (value) => text.costs.bytes(whole.format(value)),
  bits: (value) => `(8 × ${whole.format(value / 8)})`,
  perPacket: (value) => text.costs.micros(hundredths.format(value * 1_000_000)),
  cpu: (value) => finePercent.format(value),
};

/**
 * @param {Amount} amount
 * @param {Unit} unit
 * @returns {string}
 */
export function figure(amount, unit) {
  if (!amount) return UNKNOWN;
  const written = WRITTEN[unit](amount.value);
  return amount.least ? text.costs.atLeast(written) : written;
}

/**
 * @param {number | null} value
 * @param {Unit | 'ms'} unit
 * @returns {string}
 */
export function measured(value, unit) {
  if (value === null) return UNKNOWN;
  return unit === 'ms' ? milliseconds(value) : WRITTEN[unit](value);
}

/**
 * A formula in its letters, and once more with the numbers in their place; what repeats the step before is left out.
 *
 * @param {Formula} formula
 * @returns {{steps: string[], result: string}} `result` with its sign
 */
export function written({ factors, unit, result }) {
  const value = result && WRITTEN[unit](result.value);
  if (value === null || factors.length === 0) return { steps: value === null && factors.length > 0 ? [letters(factors)] : [], result: value ?? UNKNOWN };
  const [only] = factors;
  const isPlain = factors.length === 1 && only?.amounts.length === 1;
  const steps = [letters(factors), isPlain ? '' : joined(factors, (factor) => numbers(factor, factors.length === 1))];
  const shown = steps.filter((step) => step !== '' && step !== value);
  return { steps: shown, result: shown.length === 0 ? value : `${result?.least ? '≥' : '='} ${kept(value)}` };
}

/**
 * @param {number} value in milliseconds
 * @returns {string}
 */
export function duration(value) {
  return value < 1_000 ? milliseconds(value) : text.costs.seconds(tenths.format(value / 1_000));
}

/**
 * Those of whom little is known, and why.
 *
 * @param {Person[]} people
 * @returns {string[]} a sentence for each reason
 */
export function silences(people) {
  return /** @type {const} */ (['classic', 'whip', 'silent']).flatMap((reason) => {
    const names = people.filter(({ silent }) => silent === reason).map(({ name }) => apart(shownName(name)));
    return names.length > 0 ? [text.costs.silent[reason](list(names))] : [];
  });
}

/** @param {string[]} names @returns {string} */
export function list(names) {
  return new Intl.ListFormat(tag, { type: 'conjunction' }).format(names);
}

/**
 * What the letters stand for.
 *
 * @param {Model['basis']} basis
 * @returns {[symbol: string, meaning: string][]}
 */
export function legend({ simulcast, packet, perPacket, mixing }) {
  const { symbols } = text.costs;
  const size = WRITTEN.bytes(packet.bytes);
  return [
    ['e', symbols.e],
    ['n', symbols.n],
    ['p', symbols.p],
    ['s', symbols.s(percent.format(simulcast))],
    ['m', symbols.m],
    ['r', symbols.r],
    ['b', packet.measured ? symbols.b(size) : symbols.bAssumed(size)],
    ...(perPacket ? [/** @type {[string, string]} */ (['c', symbols.c])] : []),
    ...(mixing ? [/** @type {[string, string]} */ (['x', symbols.x])] : []),
  ];
}

/**
 * @param {Factor[]} factors
 * @param {(factor: Factor) => string} words
 */
function joined(factors, words) {
  return factors.map((factor, index) => (index === 0 ? '' : factor.divides ? ' ÷ ' : ' × ') + words(factor)).join('');
}

/** @param {Factor[]} factors */
function letters(factors) {
  return joined(factors, ({ symbol }) => symbol);
}

/**
 * The parts of a sum share one unit, which stands behind it once.
 * @param {Factor} factor
 * @param {boolean} isAlone without parentheses
 */
function numbers({ amounts, unit }, isAlone) {
  if (amounts.length === 1) return kept(figureOf(/** @type {Amount} */ (amounts[0]), unit));
  const scale = unit === 'rate' ? scaleOf(amounts) : { words: (/** @type {string} */ sum) => sum, of: (/** @type {number} */ value) => whole.format(value) };
  const parts = amounts.map((amount) => (amount ? scale.of(amount.value) : '?'));
  const sum = (parts.length > PARTS + 1 ? [...parts.slice(0, PARTS), '…'] : parts).join(' + ') || '0';
  const written = isAlone && unit !== 'rate' ? sum : `(${sum})`;
  return kept(scale.words(dir === 'rtl' ? `\u2066${written}\u2069` : written));
}

/** @param {Amount[]} amounts of bit/s */
function scaleOf(amounts) {
  const most = Math.max(...amounts.map((amount) => amount?.value ?? 0));
  if (most < 1_000_000) return { words: text.stats.kbit, of: (/** @type {number} */ value) => whole.format(value / 1_000) };
  return { words: text.stats.mbit, of: (/** @type {number} */ value) => hundredths.format(value / 1_000_000) };
}

/** That it may be more is said of the result. @param {Amount} amount @param {Unit} unit */
function figureOf(amount, unit) {
  return amount ? WRITTEN[unit](amount.value) : '?';
}

/** A formula runs from left to right; a unit of a language that does not stays behind its number. @param {string} words */
function kept(words) {
  return dir === 'rtl' ? apart(words) : words;
}
