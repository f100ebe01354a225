/** @typedef {import('./participant.js').RemoteParticipant} RemoteParticipant */
/** @typedef {import('./protocol.js').FactsMessage} FactsMessage */
/** @typedef {import('./protocol.js').LegFacts} LegFacts */
/** @typedef {import('./monitor.js').Traffic} Traffic */
/** @typedef {'none' | 'cpu' | 'bandwidth'} Limited */

/** What holds for a moment only is nothing to change paths for: it has to hold in so many samples in a row. */
const LASTING = 5;

/**
 * What is told about one's own sending, as a sample a second.
 *
 * @typedef {object} Sending
 * @property {number | null} uplink what the way out takes, in bit/s; null where that is not known or means nothing yet
 * @property {number} encoders of pictures, that run
 * @property {Limited | null} limited
 * @property {number | null} rtt to the server, in milliseconds
 */

/** Turns samples into what the server decides by: docs/protocol.md, `facts`. Pure. */
export class Facts {
  /** @type {Sending[]} */ #samples = [];
  #device;

  /** @param {string} userAgent */
  constructor(userAgent) {
    this.#device = /** @type {'phone' | 'desktop'} */ (/\bMobi/.test(userAgent) ? 'phone' : 'desktop');
  }

  /** @param {Sending} sample */
  add(sample) {
    this.#samples.push(sample);
    this.#samples.splice(0, this.#samples.length - LASTING);
  }

  /**
   * @param {Iterable<RemoteParticipant>} participants
   * @param {Traffic | undefined} traffic of the last second
   * @returns {FactsMessage}
   */
  message(participants, traffic) {
    const others = [...participants];
    const { encoders, rtt } = this.#samples.at(-1) ?? {};
    return {
      type: 'facts',
      ...known('uplink', this.#uplink),
      ...known('up', traffic?.up_bps),
      ...known('down', traffic?.down_bps),
      ...known('encoders', encoders),
      decoders: others.reduce((sum, { stats }) => sum + Number((stats?.fps ?? 0) > 0) + Number((stats?.screen.fps ?? 0) > 0), 0),
      ...known('rtt', rtt),
      ...known('limited', this.#limited),
      device: this.#device,
      legs: others.filter(({ kind, peer }) => kind === 'native' && peer).map(legFacts),
    };
  }

  /** The best that was seen lately: an estimate falls for many reasons, and rises for one. */
  get #uplink() {
    const seen = this.#samples.map(({ uplink }) => uplink);
    if (seen.length < LASTING || seen.includes(null)) return null;
    return Math.round(Math.max(.../** @type {number[]} */ (seen)));
  }

  get #limited() {
    const [first] = this.#samples;
    if (!first || this.#samples.length < LASTING) return null;
    return this.#samples.every(({ limited }) => limited === first.limited) ? first.limited : 'none';
  }
}

/**
 * @param {RemoteParticipant} participant
 * @returns {LegFacts}
 */
function legFacts({ id, peer, state, taken }) {
  const { leg = 'new', path = null, stats = null } = peer ?? {};
  const up = leg === 'connected';
  return {
    participant: id,
    state: up ? (path === 'relayed' ? path : 'direct') : leg === 'failed' ? 'failed' : 'connecting',
    ...(up && known('rtt', stats?.rtt_ms)),
    ...(up && stats && { loss: Math.min(1, stats.loss) }),
    ...(up && stats && taken === 'direct' && state.camera && stats.frames_decoded.camera > 0 && { fps: stats.fps }),
  };
}

/**
 * @template {string} Name
 * @template Value
 * @param {Name} name
 * @param {Value | null | undefined} value
 * @returns {{[name in Name]?: Value}}
 */
function known(name, value) {
  return /** @type {any} */ (value === null || value === undefined ? {} : { [name]: value });
}
