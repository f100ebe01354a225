/** Milliseconds. */
export const REPAIR = Object.freeze({
  /** A gap in connectivity shorter than this heals by itself. */
  disconnected: 2_000,
  /** An attempt that has led to nothing by then is made again, each time later, up to `retryMax`. */
  retry: 5_000,
  retryMax: 20_000,
  /** A connection, or the answer to an offer, that takes longer than this needs another attempt. */
  patience: 10_000,
  /** How much longer the impolite side waits for a first connection: it was the other one that had to offer. */
  politeFirst: 2_000,
  /**
   * How much longer the polite side waits when a leg breaks. Both notice it at the same time, and its offer would only
   * be rolled back (which costs Firefox a second of media).
   */
  impoliteFirst: 500,
  /** How much longer the side with the higher id waits when both have to begin at the same time. */
  idFirst: 1_000,
});

/**
 * Decides when a leg has to look for new ways through the network (ICE restart), and keeps trying until it is healthy.
 */
export class Repair {
  #hooks;
  #tries = 0;
  #reachable = true;
  /** Whether an attempt is due as soon as the other side can be reached. */ #due = false;
  #closed = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;

  /**
   * @param {object} hooks
   * @param {() => boolean} hooks.healthy
   * @param {() => boolean} hooks.polite whether this side gives way when both offer
   * @param {(attempt: {overdue: boolean, again: boolean}) => void} hooks.offer makes an offer that restarts ICE;
   *   `overdue` if an earlier offer had its time and led to nothing, `again` if that was an attempt to repair as well
   */
  constructor(hooks) {
    this.#hooks = hooks;
  }

  /** The first offer is on its way. */
  expectConnection() {
    this.#schedule(REPAIR.patience + (this.#hooks.polite() ? 0 : REPAIR.politeFirst));
  }

  /** The other side has offered, so it has the matter in hand. */
  offered() {
    this.#due = false;
    this.expectConnection();
  }

  /**
   * @param {RTCPeerConnectionState} connection
   * @param {RTCIceConnectionState} ice
   */
  assess(connection, ice) {
    if (this.#hooks.healthy()) this.#done();
    else if (connection === 'failed' || ice === 'failed') this.#failed();
    else if (ice === 'disconnected') this.#schedule(REPAIR.disconnected + this.#deference(), () => this.#check(false));
  }

  /** The connection claims to be up, and nothing arrives. */
  stalled() {
    this.#failed();
  }

  /** @param {boolean} first whether this side moves first */
  confused(first) {
    this.#schedule(first ? 0 : REPAIR.idFirst, () => this.#attempt(true));
  }

  /** Makes an attempt whatever the state is. */
  now() {
    this.#tries = 0;
    this.#attempt(false);
  }

  /** @param {boolean} reachable */
  setReachable(reachable) {
    this.#reachable = reachable;
    if (reachable && this.#due) this.#attempt(false);
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** A failure right after an attempt waits its turn: a network that is gone fails every attempt at once. */
  #failed() {
    if (this.#tries === 0) this.#schedule(this.#deference(), () => this.#check(false));
  }

  #deference() {
    return this.#hooks.polite() ? REPAIR.impoliteFirst : 0;
  }

  #done() {
    this.#tries = 0;
    this.#due = false;
    clearTimeout(this.#timer);
  }

  /** @param {boolean} overdue */
  #attempt(overdue) {
    this.#due = !this.#reachable;
    if (this.#due || this.#closed) return;
    this.#hooks.offer({ overdue, again: this.#tries > 0 });
    this.#tries += 1;
    this.#schedule(Math.min(REPAIR.retry * this.#tries, REPAIR.retryMax));
  }

  /**
   * @param {number} delay
   * @param {() => void} [action]
   */
  #schedule(delay, action = () => this.#check(true)) {
    clearTimeout(this.#timer);
    if (!this.#closed) this.#timer = setTimeout(action, delay);
  }

  /** @param {boolean} overdue */
  #check(overdue) {
    if (this.#hooks.healthy()) this.#done();
    else this.#attempt(overdue);
  }
}
