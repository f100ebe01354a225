import { SOURCES } from './protocol.js';

/** @typedef {import('./protocol.js').State} State */

/** What the others know of this side: which sources are live, and whether the hand is raised. */
export class Presence {
  hand = false;

  #media;
  /** @type {Partial<State>} */ #told = {};

  /** @param {Pick<import('./media.js').LocalMedia, 'isLive'>} media */
  constructor(media) {
    this.#media = media;
  }

  /** @returns {State} all of it, taken as told */
  all() {
    const live = SOURCES.map((source) => [source, this.#media.isLive(source)]);
    const state = /** @type {State} */ ({ ...Object.fromEntries(live), hand: this.hand });
    this.#told = state;
    return state;
  }

  /** @returns {Partial<State> | null} what is different from what was told last, taken as told; null if nothing is */
  changes() {
    const before = /** @type {Record<string, boolean | undefined>} */ (this.#told);
    const changed = Object.entries(this.all()).filter(([key, value]) => before[key] !== value);
    return changed.length > 0 ? Object.fromEntries(changed) : null;
  }

  /** The others know nothing any more. */
  forget() {
    this.#told = {};
  }
}
