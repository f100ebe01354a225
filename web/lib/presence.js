import { SOURCES } from './protocol.js';

/** @typedef {import('./protocol.js').State} State */

/** What the others know of this side: which sources are live, and whether the hand is raised. */
export class Presence {
  hand = false;

  #media;
  #send;
  /** @type {Partial<State>} */ #told = {};

  /**
   * @param {Pick<import('./media.js').LocalMedia, 'isLive'>} media
   * @param {(message: import('./protocol.js').StateMessage) => void} send
   */
  constructor(media, send) {
    this.#media = media;
    this.#send = send;
  }

  /** @returns {State} all of it, taken as told */
  all() {
    const live = SOURCES.map((source) => [source, this.#media.isLive(source)]);
    const state = /** @type {State} */ ({ ...Object.fromEntries(live), hand: this.hand });
    this.#told = state;
    return state;
  }

  /** Tells the others what is different from what they were told last, if anything is. */
  tell() {
    const before = /** @type {Record<string, boolean | undefined>} */ (this.#told);
    const changed = Object.entries(this.all()).filter(([key, value]) => before[key] !== value);
    if (changed.length > 0) this.#send({ type: 'state', state: Object.fromEntries(changed) });
  }

  /** The others know nothing any more. */
  forget() {
    this.#told = {};
  }
}
