// What the browser remembers for the next call, and a tab until it is closed. Private windows may forbid it, and then
// nothing is remembered.

import { readPolicy } from '../lib/policy.js';

/**
 * @typedef {object} Visit
 * @property {string} room
 * @property {number} last when it was entered last, in milliseconds since 1970
 * @property {boolean} [relay] whether one's address was hidden there
 */
/** @typedef {'system' | 'dark' | 'light'} Theme */
/** @typedef {{room: string, mic: boolean | null, camera: boolean | null}} Wishes as of last, in `room`; null: left alone */
/** @typedef {{room: string, hidden: boolean}} Hiding whether the person wants the address to be hidden in a room */

/** @typedef {import('../lib/policy.js').Chosen} Chosen */

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
  /** What stands in the field of the start page. */
  written: text,
  /** The room of which only the sound is wanted. */
  soundOnly: text,
  /** What the server wants from those who only watch. */
  watchToken: text,
  /** Whether one picture of everybody is wanted, made by the server. */
  mix: (/** @type {unknown} */ value) => value === true,
  /** How the media of a room is to travel that was asked for on the start page. */
  policy: (/** @type {any} */ value) =>
    /** @type {Chosen | null} */ (typeof value?.room === 'string' ? { room: value.room, policy: readPolicy(value.policy) } : null),
  /** The key that makes one a host of a room. */
  hostKey: (/** @type {any} */ value) =>
    typeof value?.room === 'string' && typeof value.key === 'string' ? { room: String(value.room), key: String(value.key) } : null,
  /** What lets one into a room, where the server wants that. */
  token: (/** @type {any} */ value) =>
    typeof value?.room === 'string' && typeof value.token === 'string' ? { room: String(value.room), token: String(value.token) } : null,
  /** What was turned on or off by hand; see tab.js. */
  wishes: (/** @type {any} */ value) => ({ room: text(value?.room) ?? '', mic: flag(value?.mic), camera: flag(value?.camera) }),
  /** Newest first. */
  hidings: (/** @type {unknown} */ value) => (Array.isArray(value) ? value.filter(isHiding) : []),
};

/** What concerns one tab only: it outlives a reload, and other tabs know nothing of it. @type {Set<string>} */
const IN_TAB = new Set(['written', 'policy', 'hostKey', 'token', 'wishes', 'hidings', 'soundOnly', 'watchToken']);

/** @typedef {keyof typeof KEPT} Kept */

/**
 * @template {Kept} K
 * @param {K} what
 * @returns {ReturnType<typeof KEPT[K]>}
 */
export function recall(what) {
  return /** @type {ReturnType<typeof KEPT[K]>} */ (KEPT[what](stored(what)));
}

/**
 * @template {Kept} K
 * @param {K} what
 * @param {ReturnType<typeof KEPT[K]>} value
 */
export function keep(what, value) {
  try {
    storage(what).setItem(`visavis.${what}`, JSON.stringify(value));
  } catch {
    // What is not kept has to be chosen again, and that is all.
  }
}

/** @param {Kept} what */
function storage(what) {
  return IN_TAB.has(what) ? sessionStorage : localStorage;
}

/** @param {Kept} what */
function stored(what) {
  try {
    return JSON.parse(storage(what).getItem(`visavis.${what}`) ?? 'null');
  } catch {
    return null;
  }
}

/** @param {unknown} value */
function text(value) {
  return typeof value === 'string' ? value : null;
}

/** @param {unknown} value */
function flag(value) {
  return typeof value === 'boolean' ? value : null;
}

/**
 * @param {any} value
 * @returns {value is Hiding}
 */
function isHiding(value) {
  return typeof value?.room === 'string' && typeof value.hidden === 'boolean';
}

/**
 * @param {any} value
 * @returns {value is Visit}
 */
function isVisit(value) {
  return typeof value?.room === 'string' && Number.isFinite(value.last);
}
