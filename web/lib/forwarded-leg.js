import { Emitter } from './emitter.js';

/** @typedef {import('./protocol.js').Source} Source */
/** @typedef {import('./peer.js').Leg} Leg */
/** @typedef {import('./stats.js').LegStats} LegStats */
/** @typedef {Partial<Record<Source, string>>} Mids */

/**
 * One participant's part of the connection with the server: it stands where the direct connection to them would.
 *
 * - `track`: a source of theirs arrives at this receiver from now on, or, without one, does not arrive any more
 * - `state`: the state of the connection with the server has changed
 * - `changed`: a source of theirs arrives elsewhere, or cannot be shown
 *
 * @extends {Emitter<{
 *   track: {source: Source, receiver: RTCRtpReceiver | null},
 *   state: Leg,
 *   changed: undefined,
 * }>}
 */
export class ForwardedLeg extends Emitter {
  /** @type {Leg} */ leg;
  /** @type {LegStats | null} */ stats = null;
  /** Which slots carry what they send. @type {Mids} */ mids = {};
  /** The codecs that this browser was not offered for and they send in. @type {Partial<Record<Source, string>>} */
  undecodable = {};

  #closed;

  /**
   * @param {Leg} leg
   * @param {() => void} closed they have left
   */
  constructor(leg, closed) {
    super();
    this.leg = leg;
    this.#closed = closed;
  }

  /** @type {'forward' | null} */
  get path() {
    return this.leg === 'connected' ? 'forward' : null;
  }

  /** @param {Leg} leg */
  become(leg) {
    if (leg === this.leg) return;
    this.leg = leg;
    this.emit('state', leg);
  }

  /**
   * Lets go of every slot that carries something else now. All let go before anybody takes: a slot is never in two hands.
   *
   * @param {Mids} mids
   */
  release(mids) {
    for (const source of sourcesOf(this.mids)) {
      if (this.mids[source] === mids[source]) continue;
      delete this.mids[source];
      this.emit('track', { source, receiver: null });
    }
    this.emit('changed', undefined);
  }

  /**
   * @param {Mids} mids
   * @param {(mid: string) => RTCRtpReceiver | undefined} receiverOf
   */
  take(mids, receiverOf) {
    for (const source of sourcesOf(mids)) {
      const mid = mids[source] ?? '';
      const receiver = receiverOf(mid);
      if (this.mids[source] === mid || !receiver) continue;
      this.mids[source] = mid;
      this.emit('track', { source, receiver });
    }
    this.emit('changed', undefined);
  }

  /** Its statistics are taken with those of everybody else, see Forwarding. */
  async sample() {}

  close() {
    this.#closed();
  }
}

/**
 * @param {Mids} mids
 * @returns {Source[]}
 */
function sourcesOf(mids) {
  return /** @type {Source[]} */ (Object.keys(mids));
}
