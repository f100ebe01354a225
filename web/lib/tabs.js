import { Emitter } from './emitter.js';
import { platform } from './platform.js';

/** A page that is being reloaded lets go of the room within this time, in milliseconds. */
const PATIENCE_MS = 500;

/**
 * Keeps one room to one tab of this browser: two would hear each other and howl. The tab that has the room holds a
 * lock, which the browser takes back from a tab that is closed or has crashed. Where there are no locks (an insecure
 * page) every tab believes to be the only one.
 *
 * - `elsewhere`: another tab has the room
 * - `free`: it has not any more; now this one has it
 * - `taken`: another tab has taken it over from this one
 *
 * @extends {Emitter<{elsewhere: undefined, free: undefined, taken: undefined}>}
 */
export class Tabs extends Emitter {
  /**
   * Whether any tab of this browser has the room now. Claims nothing.
   *
   * @param {string} room
   * @param {{platform?: Partial<import('./platform.js').Platform>}} [options]
   * @returns {Promise<boolean>} false where the browser does not tell
   */
  static async isTaken(room, { platform: replaced } = {}) {
    const locks = await platform(replaced).locks?.query().catch(() => null);
    return locks?.held?.some(({ name }) => name === lockName(room)) ?? false;
  }

  /** Resolves, mostly at once, with whether this tab has the room; never rejects. @type {Promise<boolean>} */ claimed;

  #name;
  #locks;
  /** Lets go of the room; null while this tab does not have it. @type {(() => void) | null} */ #letGo = null;
  #released = false;
  /** Ends the wait for a room that is elsewhere. */ #waiting = new AbortController();

  /**
   * @param {string} room to be claimed
   * @param {{platform?: Partial<import('./platform.js').Platform>}} [options]
   */
  constructor(room, { platform: replaced } = {}) {
    super();
    this.#name = lockName(room);
    this.#locks = platform(replaced).locks;
    this.claimed = this.#claim();
  }

  /** @returns {Promise<void>} resolved when the room is this tab's, and no other one's */
  async takeOver() {
    this.#waiting.abort();
    if (!this.#letGo) await this.#request({ steal: true });
  }

  /** Lets another tab have the room, for good. */
  release() {
    this.#released = true;
    this.#waiting.abort();
    this.#letGo?.();
    this.#letGo = null;
  }

  async #claim() {
    const patience = new AbortController();
    const timer = setTimeout(() => void this.#giveUp(patience), PATIENCE_MS);
    const claimed = await this.#request({ signal: patience.signal });
    clearTimeout(timer);
    if (!claimed && !this.#released) void this.#wait();
    return claimed;
  }

  /** Until the other tab is closed, or this one takes the room over, or does not want it any more. */
  async #wait() {
    this.emit('elsewhere', undefined);
    if (await this.#request({ signal: this.#waiting.signal })) this.emit('free', undefined);
  }

  /**
   * A busy browser may not have looked at the claim yet, which says nothing about other tabs. It answers in order: once
   * it has said that the room is not available now, it has given the room to the claim, or to another tab.
   *
   * @param {AbortController} patience of the claim; one that has been granted is not ended by it
   */
  async #giveUp(patience) {
    await this.#locks?.request(this.#name, { ifAvailable: true }, () => null).catch(() => null);
    patience.abort();
  }

  /**
   * @param {LockOptions} options
   * @returns {Promise<boolean>} whether this tab has the room now
   */
  #request(options) {
    const locks = this.#locks;
    if (!locks) return Promise.resolve(true);
    return new Promise((resolve) => {
      const hold = () => new Promise((letGo) => {
        this.#letGo = () => letGo(undefined);
        if (this.#released) this.release();
        resolve(!this.#released);
      });
      locks.request(this.#name, options, hold).catch((error) => {
        // Without a lock: the patience is over, or this page may have none at all. With one: it was taken.
        if (this.#letGo) this.#lose();
        else resolve(error.name !== 'AbortError');
      });
    });
  }

  #lose() {
    this.#letGo = null;
    this.emit('taken', undefined);
  }
}

/** @param {string} room */
function lockName(room) {
  return `visavis.room:${room}`;
}
