// What is known of a recording, in words and figures.

import { tag, text } from '../messages/index.js';

/** @typedef {import('../lib/recordings.js').Recording} Recording */

/** From this many bytes on a size is told in the larger unit. @type {readonly [number, string][]} */
const SIZES = [
  [1_000_000_000, 'gigabyte'],
  [1_000_000, 'megabyte'],
  [0, 'kilobyte'],
];

/** @type {readonly [number, string][]} */
const TIMES = [
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
];

const moment = new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'short' });
const together = new Intl.ListFormat(tag, { type: 'unit', style: 'short' });

/**
 * When it began, by the clock of whoever reads it.
 * @param {Pick<Recording, 'began'>} recording
 */
export function whenBegan({ began }) {
  return moment.format(began);
}

/**
 * How it is, how long and how large; what is not known is left out.
 * @param {Recording} recording
 * @returns {string}
 */
export function figures({ state, seconds, bytes }) {
  const parts = [text.recording.states[state], seconds === null ? '' : duration(seconds), bytes === null ? '' : size(bytes)];
  return parts.filter((part) => part !== '').join(' · ');
}

/**
 * @param {number} seconds
 * @returns {string} such as `1 hr 2 min`: of long ones the seconds do not matter
 */
export function duration(seconds) {
  const whole = Math.round(seconds);
  const least = whole >= 3_600 ? 60 : 1;
  let rest = whole;
  const parts = TIMES.map(([size, unit]) => {
    const amount = size < least ? 0 : Math.floor(rest / size);
    rest -= amount * size;
    return { amount, unit };
  });
  const told = parts.filter(({ amount }) => amount > 0);
  if (told.length === 0) return inUnit(0, 'second', 0);
  return together.format(told.map(({ amount, unit }) => inUnit(amount, unit, 0)));
}

/** @param {number} bytes */
export function size(bytes) {
  const [amount, unit] = SIZES.find(([least]) => bytes >= least) ?? [0, 'kilobyte'];
  return inUnit(bytes / (amount || 1_000), unit, amount >= 1_000_000 ? 1 : 0);
}

/**
 * @param {number} value
 * @param {string} unit
 * @param {number} maximumFractionDigits
 */
function inUnit(value, unit, maximumFractionDigits) {
  return new Intl.NumberFormat(tag, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits }).format(value);
}
