import { Emitter } from './emitter.js';
import { ForwardConnection } from './forward-connection.js';
import { ForwardedLeg } from './forwarded-leg.js';
import { Shows } from './shows.js';
import { SlotSampler } from './slot-stats.js';
import { Slots } from './slots.js';

/** @typedef {import('./protocol.js').Source} Source */
/** @typedef {import('./protocol.js').ForwardEvent} ForwardEvent */
/** @typedef {import('./protocol.js').ShownItem} ShownItem */
/** @typedef {import('./slot-stats.js').ForwardStats} ForwardStats */
/** So many slots are negotiated at most before it is known how many pictures there is space for. */
const EXPECTED = 9;

/**
 * @typedef {{track: MediaStreamTrack, participant: string | null, source: Source | null}} Sound a slot for sound, and what it
 *   carries
 */

/**
 * @typedef {object} OwnOptions
 * @property {(message: import('./protocol.js').ClientMessage) => void} send
 * @property {(item: ShownItem) => boolean} isLive whether whoever is shown sends such a picture at all
 *
 * @typedef {import('./forward-connection.js').ConnectionOptions & OwnOptions} ForwardOptions
 */

/**
 * A room whose media the server forwards, from this side: everything is sent once, to the server, and what it sends here
 * arrives in slots, each of which carries now one participant and now another.
 *
 * - `speakers`: somebody else speaks, or is heard
 * - `sounds`: the slots for sound carry something else
 * - `state`, `reachable`, `error`: see ForwardConnection
 *
 * @extends {Emitter<{
 *   speakers: undefined,
 *   sounds: undefined,
 *   state: import('./peer.js').Leg,
 *   reachable: boolean,
 *   error: {code: string, message: string},
 * }>}
 */
export class Forwarding extends Emitter {
  /** Who speaks, by id. @type {string | null} */ speaker = null;
  /** Who is heard. @type {string[]} */ loudest = [];
  /** The latest sample of the connection; null before the first. @type {ForwardStats | null} */ stats = null;

  #options;
  #connection;
  #shows;
  #slots = new Slots();
  /** @type {import('./protocol.js').SlotsMessage['undecodable']} */ #undecodable = [];
  #sampler = new SlotSampler();
  /** By participant. @type {Map<string, ForwardedLeg>} */ #legs = new Map();

  /** @param {ForwardOptions} options */
  constructor(options) {
    super();
    this.#options = options;
    const connection = (this.#connection = new ForwardConnection(options));
    this.#shows = new Shows((items, mix) => options.send({ type: 'shows', items: [...items], ...(mix && { mix }) }));
    connection.on('state', (state) => this.#changed(state));
    connection.on('replaced', () => this.#replaced());
    connection.on('answered', () => this.#answered());
    connection.on('reachable', (reachable) => this.emit('reachable', reachable));
    connection.on('error', (error) => this.emit('error', error));
  }

  /** For whoever runs the call, and its snapshot: the page has no use for it. */
  get connection() {
    return this.#connection;
  }

  /**
   * @param {number} pictures that are to be expected: what turns out to be shown is negotiated later
   * @param {number} [after] so many milliseconds, unless it is to `hurry` by then
   */
  connect(pictures, after = 0) {
    this.#connection.fit(Math.min(pictures, EXPECTED));
    this.#connection.connect(after);
  }

  /** Connects now. */
  hurry() {
    this.#connection.hurry();
  }

  /**
   * @param {string} id of a participant whose media the server forwards
   * @returns {ForwardedLeg}
   */
  legOf(id) {
    const leg = new ForwardedLeg(this.#connection.state, () => this.#forget(id));
    this.#legs.set(id, leg);
    // Whoever takes the tracks does not listen yet.
    queueMicrotask(() => this.#give(new Set([id])));
    return leg;
  }

  /**
   * What the server says about forwarding.
   *
   * @param {ForwardEvent} message
   */
  receive(message) {
    if (message.type === 'speakers') return this.#spoke(message);
    if (message.connection !== this.#connection.number) return; // of an earlier one
    switch (message.type) {
      case 'forwarded':
        return void this.#connection.answer(message.description);
      case 'forward-ended':
        return this.#connection.ended();
      case 'slots':
        return this.#carry(message);
      case 'wanted':
        return this.#connection.want(message.sources);
    }
  }

  /** What is on screen, most important first: the server sends no other pictures. @type {readonly ShownItem[]} */
  get shown() {
    return this.#shows.items;
  }

  set shown(items) {
    this.#shows.set(items);
    this.#fit();
  }

  /** How far this side has got with the mix. @param {import('./mixing.js').MixState} state */
  set mixing(state) {
    this.#shows.mixing = state;
    this.#fit();
  }

  /** Whether no pictures are wanted. One's own camera is another matter. */
  get soundOnly() {
    return this.#shows.soundOnly;
  }

  set soundOnly(only) {
    this.#shows.soundOnly = only;
  }

  /** What the slots for sound carry; their tracks stay the same ones as long as the connection does. @returns {Sound[]} */
  get sounds() {
    return this.#connection.audioSlots.map(({ mid, receiver }) => {
      const { participant = null, source = null } = this.#slots.get(mid ?? '') ?? {};
      return { track: receiver.track, participant, source };
    });
  }

  /** @returns {Promise<import('./protocol.js').ServerStats | null>} the server's own figures; null without an answer */
  async serverStats() {
    const reply = await this.#options.request({ type: 'stats' }).catch(() => null);
    return reply?.type === 'stats' ? reply : null;
  }

  /**
   * @param {string} mid
   * @returns {{participant: string, source: Source} | undefined} what a slot carries
   */
  carriedBy(mid) {
    return this.#slots.get(mid);
  }

  publish() {
    this.#connection.publish();
  }

  /** Takes a sample of everybody at once. */
  async sample() {
    this.#fit();
    const report = await this.#connection.getStats();
    const { own, of } = this.#sampler.sample(report, (mid) => this.#slots.get(mid), performance.now());
    this.stats = own;
    for (const [id, leg] of this.#legs) leg.stats = of(id);
  }

  verify() {
    return this.#connection.verify();
  }

  /** The server knows nothing of this side's connection any more. */
  forget() {
    this.#shows.close();
    return this.#connection.forget();
  }

  renew() {
    this.#connection.renew();
  }

  /** @param {boolean} signaled */
  setSignaled(signaled) {
    this.#connection.setSignaled(signaled);
  }

  close() {
    this.#shows.close();
    this.#connection.close();
  }

  /** @param {import('./peer.js').Leg} state */
  #changed(state) {
    for (const leg of this.#legs.values()) leg.become(state);
    this.emit('state', state);
  }

  #replaced() {
    this.#shows.close();
    this.#undecodable = [];
    this.#give(this.#slots.update([]));
  }

  #answered() {
    this.#shows.open();
    this.emit('sounds', undefined);
  }

  /** @param {import('./protocol.js').SlotsMessage} message */
  #carry({ slots, undecodable = [] }) {
    const concerned = [...this.#undecodable, ...undecodable].map(({ participant }) => participant);
    this.#undecodable = undecodable;
    this.#give(new Set([...this.#slots.update(slots), ...concerned]));
  }

  /**
   * Gives participants what the slots carry of them. All let go before anybody takes, so that a slot is never in two hands.
   *
   * @param {Set<string>} ids of those for whom something has changed
   */
  #give(ids) {
    const legs = [...this.#legs].filter(([id]) => ids.has(id));
    for (const [id, leg] of legs) {
      const theirs = this.#undecodable.filter(({ participant }) => participant === id);
      leg.undecodable = Object.fromEntries(theirs.map(({ source, codec }) => [source, codec]));
      leg.release(this.#slots.of(id));
    }
    for (const [id, leg] of legs) leg.take(this.#slots.of(id), (mid) => this.#connection.receiver(mid));
    this.emit('sounds', undefined);
  }

  /** More may be shown than there are slots. There is always one to spare, so that whoever comes takes nobody's. */
  #fit() {
    this.#connection.fit(this.shown.filter((item) => this.#options.isLive(item)).length + 1);
  }

  /** @param {import('./protocol.js').Speakers} speakers */
  #spoke({ speaker, loudest }) {
    this.speaker = speaker;
    this.loudest = loudest;
    this.emit('speakers', undefined);
  }

  /** @param {string} id of somebody who has left */
  #forget(id) {
    this.#legs.delete(id);
    this.#sampler.forget(id);
  }
}
