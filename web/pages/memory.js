// What the browser remembers for the next call. Private windows may forbid it, and then nothing is remembered.

/** @typedef {{room: string, last: number}} Visit a room and when it was left last, in milliseconds since 1970 */
/** @typedef {'system' | 'dark' | 'light'} Theme */

/** What is kept, each with what makes sense of it: another version of the page, or somebody's hand, may have written it. */
const KEPT = {
  /** What the person was called last. */
  name: (/** @type {unknown} */ value) => (typeof value === 'string' ? value : ''),
  /** As in messages/languages.js; null before one was chosen. */
  language: text,
  theme: (/** @type {unknown} */ value) => /** @type {Theme} */ (value === 'dark' || value === 'light' ? value : 'system'),
  /** The chosen devices, by their ids. */
  mic: text,
  camera: text,
  output: text,
  hideAddress: (/** @type {unknown} */ value) => value === true,
  /** Whether single letters are keys during a call. */
  letters: (/** @type {unknown} */ value) => value !== false,
  /** Newest first; see recent-rooms.js. */
  rooms: (/** @type {unknown} */ value) => (Array.isArray(value) ? value.filter(isVisit) : []),
};

/** @typedef {keyof typeof KEPT} Kept */

/**
 * @template {Kept} K
 * @param {K} what
 * @returns {ReturnType<typeof KEPT[K]>}
 */
export function recall(what) {
  return /** @type {ReturnType<typeof KEPT[K]>} */ (KEPT[what](stored(`visavis.${what}`)));
}

/**
 * @template {Kept} K
 * @param {K} what
 * @param {ReturnType<typeof KEPT[K]>} value
 */
export function keep(what, value) {
  try {
    localStorage.setItem(`visavis.${what}`, JSON.stringify(value));
  } catch {
    // What is not kept has to be chosen again, and that is all.
  }
}

/** @param {string} key */
function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null');
  } catch {
    return null;
  }
}

/** @param {unknown} value */
function text(value) {
  return typeof value === 'string' ? value : null;
}

/**
 * @param {any} value
 * @returns {value is Visit}
 */
function isVisit(value) {
  return typeof value?.room === 'string' && Number.isFinite(value.last);
}
