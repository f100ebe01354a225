/** Of fewer frames than this no stream tells how well they are decoded. */
const TELLING = 5;

/**
 * @typedef {object} Arrived
 * @property {number} frames that have come in some time
 * @property {number} undecoded how many of them were not decoded
 */

/** @type {Readonly<Arrived>} */
export const NOTHING_ARRIVED = Object.freeze({ frames: 0, undecoded: 0 });

/**
 * @param {any} before an `inbound-rtp` of getStats
 * @param {any} now the same a while later
 * @returns {Arrived}
 */
export function arrived(before, now) {
  const grown = (/** @type {string} */ member) => Math.max(0, (now[member] ?? 0) - (before[member] ?? 0));
  const frames = grown('framesReceived');
  // Frames that were waiting may have been decoded since. Those that browsers count as dropped were decoded too late, or not at all:
  // the screen may be as much to blame for that as the decoder.
  return { frames, undecoded: Math.max(0, frames - grown('framesDecoded')) };
}

/**
 * @param {Arrived[]} streams
 * @returns {number | null} which part of all was not decoded, 0 to 1; null where that says nothing
 */
export function undecodedPart(streams) {
  if (!streams.some(({ frames }) => frames >= TELLING)) return null;
  const sum = (/** @type {keyof Arrived} */ member) => streams.reduce((all, stream) => all + stream[member], 0);
  return Math.min(1, sum('undecoded') / sum('frames'));
}
