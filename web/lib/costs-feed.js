import { CLIENT } from './client.js';
import { Emitter } from './emitter.js';
import { Signaling } from './signaling.js';

/** @typedef {import('./protocol.js').Costs} Costs */
/** @typedef {() => Promise<Costs | null>} Ask null, or no answer at all, where there are none */

/** How often the server is asked, in milliseconds: so often it has new figures. */
const EVERY_MS = 2_000;

/** Without an answer for so long the figures count as old, in milliseconds. */
const PATIENCE_MS = 6_000;

/**
 * What a room costs, again and again, however the server is asked.
 *
 * - `costs`: new figures
 * - `lost`: there have been none for a while, and it is tried again; with the next `costs` that is over
 *
 * @extends {Emitter<{costs: Costs, lost: undefined}>}
 */
export class CostsFeed extends Emitter {
  #ask;
  #asking = false;
  /** @type {ReturnType<typeof setInterval> | undefined} */ #timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #patience;

  /** @param {Ask} ask */
  constructor(ask) {
    super();
    this.#ask = ask;
  }

  get running() {
    return this.#timer !== undefined;
  }

  /** Asks at once, and goes on until `stop`. */
  start() {
    if (this.running) return;
    this.#timer = setInterval(() => void this.#look(), EVERY_MS);
    this.#wait();
    void this.#look();
  }

  stop() {
    clearInterval(this.#timer);
    clearTimeout(this.#patience);
    this.#timer = undefined;
  }

  async #look() {
    if (this.#asking) return; // the last answer is still to come
    this.#asking = true;
    const reply = await this.#ask().catch(() => null);
    this.#asking = false;
    if (!this.running || !reply) return;
    this.#wait();
    this.emit('costs', reply);
  }

  #wait() {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.emit('lost', undefined), PATIENCE_MS);
  }
}

/**
 * Asks for a room's costs over a connection of its own, which joins nothing.
 *
 * @param {object} options
 * @param {string} options.url of the signaling WebSocket
 * @param {string} options.room
 * @param {Partial<import('./platform.js').Platform>} [options.platform]
 * @returns {{ask: Ask, close: () => void}}
 */
export function onlooker({ url, room, platform }) {
  const signaling = new Signaling(url, { client: CLIENT, ...(platform && { platform }) });
  signaling.open();
  const ask = async () => {
    const reply = await signaling.request({ type: 'costs', room });
    return reply?.type === 'costs' ? reply : null;
  };
  return { ask, close: () => signaling.close() };
}
