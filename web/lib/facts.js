/** @typedef {import('./participant.js').RemoteParticipant} RemoteParticipant */
/** @typedef {import('./protocol.js').FactsMessage} FactsMessage */
/** @typedef {import('./protocol.js').LegFacts} LegFacts */
/** @typedef {import('./monitor.js').Traffic} Traffic */
/** @typedef {'none' | 'cpu' | 'bandwidth'} Limited */

/** What holds for a moment only is nothing to change paths for: it has to hold in so many samples in a row. */
const LASTING = 5;

/**
 * What is told of this side itself, as a sample a second.
 *
 * @typedef {object} Own
 * @property {number | null} uplink what the way out takes, in bit/s; null where that is not known or means nothing yet
 * @property {number} encoders of pictures, that run
 * @property {Limited | null} limited
 * @property {number | null} rtt to the server, in milliseconds
 * @property {number | null} undecoded which part of the pictures that are looked at was not decoded, 0 to 1; null where that says
 *   nothing
 */

/** Turns samples into what the server decides by: docs/protocol.md, `facts`. Pure. */
export class Facts {
  /** Whether the person wants the mix; nothing is said of that before it is known. @type {boolean | undefined} */ mix;
  /** @type {Own[]} */ #samples = [];
  /** What was measured of each connection, by participant. @type {Map<string, Measured[]>} */ #legs = new Map();
  #device;

  /** @param {string} userAgent */
  constructor(userAgent) {
    this.#device = /** @type {'phone' | 'desktop'} */ (/\bMobi/.test(userAgent) ? 'phone' : 'desktop');
  }

  /**
   * @param {Own} sample
   * @param {Iterable<RemoteParticipant>} participants
   */
  add(sample, participants) {
    this.#samples.push(sample);
    this.#samples.splice(0, this.#samples.length - LASTING);
    const before = this.#legs;
    this.#legs = new Map();
    for (const participant of participants) {
      const samples = [...(before.get(participant.id) ?? []), measured(participant)];
      this.#legs.set(participant.id, samples.slice(-LASTING));
    }
  }

  /**
   * @param {Iterable<RemoteParticipant>} publishers the mix as well
   * @param {Traffic | undefined} traffic of the last second
   * @returns {FactsMessage}
   */
  message(publishers, traffic) {
    const others = [...publishers];
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
      ...known('mix', this.mix),
      ...known('undecoded', this.#undecoded),
      legs: others.filter(({ kind, peer }) => kind === 'native' && peer).map((participant) => this.#leg(participant)),
    };
  }

  /**
   * @param {RemoteParticipant} participant
   * @returns {LegFacts}
   */
  #leg({ id, peer }) {
    const { leg = 'new', path = null } = peer ?? {};
    const up = leg === 'connected';
    const state = up ? (path === 'relayed' ? path : 'direct') : leg === 'failed' ? 'failed' : 'connecting';
    return { participant: id, state, ...(up && this.#best(id)) };
  }

  /** The best of each that was measured lately. @param {string} id */
  #best(id) {
    const samples = this.#legs.get(id) ?? [];
    const all = (/** @type {keyof Measured} */ member) => samples.map((sample) => sample[member]).filter((value) => value !== null);
    const best = (/** @type {keyof Measured} */ member, /** @type {(...values: number[]) => number} */ of) =>
      all(member).length < LASTING ? null : of(...all(member));
    return { ...known('rtt', best('rtt', Math.min)), ...known('loss', best('loss', Math.min)), ...known('fps', best('fps', Math.max)) };
  }

  /** The best that was seen lately: an estimate falls for many reasons, and rises for one. */
  get #uplink() {
    const seen = this.#samples.map(({ uplink }) => uplink);
    if (seen.length < LASTING || seen.includes(null)) return null;
    return Math.round(Math.max(.../** @type {number[]} */ (seen)));
  }

  /** The best that was seen lately: a hiccup is no overload. */
  get #undecoded() {
    const seen = this.#samples.map(({ undecoded }) => undecoded);
    if (seen.length < LASTING || seen.includes(null)) return null;
    return Math.min(.../** @type {number[]} */ (seen));
  }

  get #limited() {
    const [first] = this.#samples;
    if (!first || this.#samples.length < LASTING) return null;
    return this.#samples.every(({ limited }) => limited === first.limited) ? first.limited : 'none';
  }
}

/** What is known of a connection in one sample; null where that is nothing. @typedef {{rtt: number | null, loss: number | null, fps: number | null}} Measured */

/**
 * @param {RemoteParticipant} participant
 * @returns {Measured}
 */
function measured({ peer, state, taken }) {
  const stats = peer?.leg === 'connected' ? peer.stats : null;
  // What is not sent, or not taken, tells nothing of how it would be.
  const used = stats !== null && taken === 'direct';
  return {
    rtt: stats?.rtt_ms ?? null,
    loss: used ? Math.min(1, stats.loss) : null,
    fps: used && state.camera && stats.frames_decoded.camera > 0 ? stats.fps : null,
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
