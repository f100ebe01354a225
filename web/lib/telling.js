import { Facts } from './facts.js';
import { undecodedPart } from './undecoded.js';

/** @typedef {import('./roster.js').Roster} Roster */
/** @typedef {import('./protocol.js').ShownItem} ShownItem */

/** The server is told what this side sees once in so many samples (seconds), and so long after a connection has changed, in ms. */
const TELL = Object.freeze({ samples: 2, afterMs: 100 });

/** Tells the server what it decides by, again and again, and at once where that may change the plan. */
export class Telling {
  #roster;
  #traffic;
  #send;
  #facts;
  #samples = 0;
  /** Connections to others that are up, or have failed, as the server was told. */ #told = '';
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #telling;

  /**
   * @param {object} options
   * @param {Roster} options.roster
   * @param {() => import('./monitor.js').Traffic | undefined} options.traffic of the last second
   * @param {(message: import('./protocol.js').FactsMessage) => void} options.send
   * @param {string} options.userAgent
   */
  constructor({ roster, traffic, send, userAgent }) {
    this.#roster = roster;
    this.#traffic = traffic;
    this.#send = send;
    this.#facts = new Facts(userAgent);
  }

  /** Whether the person wants the mix; undefined before that is known. */
  get mix() {
    return this.#facts.mix;
  }

  set mix(wanted) {
    if (wanted === this.#facts.mix) return;
    this.#facts.mix = wanted;
    this.tell();
  }

  /** Everybody has a new sample. */
  sampled() {
    const { forwarding, participants, uplink } = this.#roster;
    const { stats, connection = null, shown = [] } = forwarding ?? {};
    const own = stats && connection?.sending ? stats : null;
    const peers = [...participants.values()].map(({ peer }) => (peer?.sending ? peer.stats : null));
    const encoding = [own, ...peers].filter((one) => one !== null);
    const sample = {
      uplink,
      encoders: encoding.reduce((sum, one) => sum + one.encoding, 0),
      limited: /** @type {const} */ (['cpu', 'bandwidth', 'none']).find((limit) => encoding.some((one) => one.limited === limit)) ?? null,
      rtt: stats?.rtt_ms ?? null,
      undecoded: this.#undecoded(shown),
    };
    this.#facts.add(sample, participants.values());
    this.#samples += 1;
    if (this.#samples % TELL.samples === 0) this.tell();
  }

  /** A connection has come about, or failed, which may change the plan at once. */
  changed() {
    clearTimeout(this.#telling);
    this.#telling = setTimeout(() => this.#tellIfNews(), TELL.afterMs);
  }

  tell() {
    this.#send(this.#facts.message(this.#roster.publishers, this.#traffic()));
  }

  /** The server may know nothing of what it was told. */
  forget() {
    this.#told = '';
  }

  stop() {
    clearTimeout(this.#telling);
  }

  #tellIfNews() {
    const states = [...this.#roster.participants.values()].map(({ id, peer }) => `${id} ${peer?.leg}`);
    const news = states.filter((one) => / (connected|failed)$/.test(one)).join();
    if (news !== this.#told) this.tell();
    this.#told = news;
  }

  /** What nobody looks at, a browser may decode or not. @param {readonly ShownItem[]} shown */
  #undecoded(shown) {
    const { publishers } = this.#roster;
    const streams = shown.map(({ participant, source }) => publishers.find(({ id }) => id === participant)?.stats?.arrived[source]);
    return undecodedPart(streams.filter((stream) => stream !== undefined));
  }
}
