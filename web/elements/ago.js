// How long ago something was, as people say it.

const DAY = 24 * 60 * 60 * 1000;

/** From this many days on, the larger unit is used. @type {[number, Intl.RelativeTimeFormatUnit][]} */
const UNITS = [
  [365, 'year'],
  [30, 'month'],
  [7, 'week'],
  [0, 'day'],
];

/**
 * By days of the calendar: something at eleven yesterday evening was yesterday, also at one in the morning.
 * @param {number} then in milliseconds since 1970
 * @param {number} now
 * @param {string} tag of the language
 * @returns {string} such as `today`, `yesterday` or `3 weeks ago`
 */
export function ago(then, now, tag) {
  const days = Math.max(0, Math.round((midnight(now) - midnight(then)) / DAY));
  const [size, unit] = UNITS.find(([least]) => days >= least) ?? [0, 'day'];
  return new Intl.RelativeTimeFormat(tag, { numeric: 'auto' }).format(-Math.floor(days / (size || 1)), unit);
}

/** @param {number} time */
function midnight(time) {
  return new Date(time).setHours(0, 0, 0, 0);
}
