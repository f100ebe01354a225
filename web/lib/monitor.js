import { Emitter } from './emitter.js';
import { Hints } from './hints.js';
import { History } from './history.js';

/** Milliseconds. */
const SAMPLE_MS = 1_000;

/**
 * What this side sent and received in one second, over all legs.
 *
 * @typedef {object} Traffic
 * @property {number} up_bps bit/s
 * @property {number} down_bps bit/s
 */

/**
 * Looks at every leg once a second, for as long as the call lasts.
 *
 * - `stats`: every participant has a new sample
 * - `hint`: something is worth saying about the network
 *
 * @extends {Emitter<{stats: undefined, hint: import('./hints.js').Hint}>}
 */
export class Monitor extends Emitter {
  #roster;
  #hints = new Hints();
  /** @type {History<Traffic>} */ #history = new History();
  /** @type {ReturnType<typeof setInterval> | undefined} */ #timer;

  /** @param {import('./roster.js').Roster} roster */
  constructor(roster) {
    super();
    this.#roster = roster;
  }

  /** The last minute, oldest first. */
  get history() {
    return this.#history.samples;
  }

  start() {
    this.#timer = setInterval(() => void this.#sample(), SAMPLE_MS);
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #sample() {
    await this.#roster.sample();
    if (this.#timer === undefined) return;
    const { participants, publishers, signaled, forwarding } = this.#roster;
    const legs = publishers.map(({ stats }) => stats);
    this.#history.add(traffic(legs, forwarding?.stats?.up_bps ?? 0));
    this.emit('stats', undefined);
    for (const hint of this.#hints.look(participants, signaled)) this.emit('hint', hint);
  }
}

/**
 * @param {(import('./stats.js').LegStats | null)[]} legs
 * @param {number} forwarded bit/s sent to a server that forwards, once for all
 * @returns {Traffic}
 */
function traffic(legs, forwarded) {
  const sum = (/** @type {'up_bps' | 'down_bps'} */ member) => legs.reduce((all, leg) => all + (leg?.[member] ?? 0), 0);
  return { up_bps: sum('up_bps') + forwarded, down_bps: sum('down_bps') };
}
