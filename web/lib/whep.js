import { Emitter } from './emitter.js';
import { platform } from './platform.js';
import { WhepSession } from './whep-session.js';

/** @typedef {'idle' | 'connecting' | 'playing' | 'waiting' | 'refused' | 'ended'} WhepState */
/** @typedef {'nobody' | 'busy' | 'token' | 'refused' | 'unreachable' | 'lost'} Why */

/**
 * @typedef {object} Told
 * @property {WhepState} state
 * @property {Why} [why] of `waiting`: `nobody` is there yet, the server is `busy`; of `refused`: a `token` is needed, or it
 *   is `refused` for another reason; of `ended`: the server is `unreachable`, or the connection was `lost`
 * @property {string} [sentence] of the server, in English
 * @property {MediaStream} [stream] while it plays
 */

/** Pauses between attempts, in milliseconds; the last one repeats. */
const PAUSES_MS = [1_000, 2_000, 4_000, 7_000, 10_000];

/** The longest pause that a server may ask for, in milliseconds. */
const MOST_PAUSE_MS = 60_000;

/** What has played for so long was well: the next pause is the first one again. */
const STEADY_MS = 5_000;

/**
 * Watches what a server offers by WHEP, and goes on trying for as long as that may help.
 *
 * - `state`: it has changed. `waiting` and `ended` last until something else is known: that it is being tried again is
 *   not told each time
 *
 * @extends {Emitter<{state: Told}>}
 */
export class Whep extends Emitter {
  /** @type {Told} */ told = { state: 'idle' };
  #url;
  #token;
  #platform;
  /** The one attempt there is at a time, or what came of it. @type {WhepSession | null} */ #session = null;
  #failures = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #pause;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #steady;

  /**
   * @param {object} options
   * @param {string} options.url of the endpoint, absolute
   * @param {string | null} [options.token] that the server may want
   * @param {Partial<import('./platform.js').Platform>} [options.platform]
   */
  constructor({ url, token = null, platform: replaced }) {
    super();
    this.#url = url;
    this.#token = token;
    this.#platform = platform(replaced);
  }

  /** Begins, or does not wait for the next attempt; nothing while there is one, or something plays. */
  start() {
    if (this.#session) return;
    this.#become({ state: 'connecting' });
    void this.#attempt();
  }

  /**
   * Tries again with a token.
   *
   * @param {string} token
   */
  use(token) {
    this.#token = token;
    this.start();
  }

  /** Ends everything, here and at the server. */
  stop() {
    clearTimeout(this.#pause);
    this.#failures = 0;
    this.#drop();
    this.#become({ state: 'idle' });
  }

  async #attempt() {
    clearTimeout(this.#pause);
    const session = new WhepSession({ url: this.#url, token: this.#token, platform: this.#platform });
    this.#session = session;
    session.on('answered', () => this.#become({ state: 'connecting' }));
    session.on('up', (stream) => this.#play(stream));
    session.on('over', () => this.#over());
    const refusal = await session.open();
    if (!refusal || session !== this.#session) return;
    this.#drop();
    this.#refused(refusal);
  }

  /** @param {MediaStream} stream */
  #play(stream) {
    clearTimeout(this.#steady);
    this.#steady = setTimeout(() => (this.#failures = 0), STEADY_MS);
    this.#become({ state: 'playing', stream });
  }

  #over() {
    const why = this.told.state === 'playing' ? 'lost' : 'unreachable';
    this.#drop();
    this.#tryLater({ state: 'ended', why });
  }

  /** @param {import('./whep-session.js').Refusal} refusal */
  #refused({ status, sentence, after }) {
    if (status === 404) this.#tryLater({ state: 'waiting', why: 'nobody', sentence });
    else if (status === 503 || status === 429) this.#tryLater({ state: 'waiting', why: 'busy', sentence }, after);
    else if (status === 0 || status >= 500) this.#tryLater({ state: 'ended', why: 'unreachable' });
    else this.#become({ state: 'refused', why: status === 401 ? 'token' : 'refused', sentence });
  }

  /**
   * @param {Told} told
   * @param {number | null} [after] seconds, as the server wants it
   */
  #tryLater(told, after = null) {
    const usual = PAUSES_MS[Math.min(this.#failures, PAUSES_MS.length - 1)] ?? 0;
    this.#failures += 1;
    // Those who were sent away at once do not all come back at once.
    const pause = after === null ? usual * (1 - this.#platform.random() / 4) : Math.min(after * 1_000, MOST_PAUSE_MS);
    this.#pause = setTimeout(() => void this.#attempt(), pause);
    this.#become(told);
  }

  #drop() {
    clearTimeout(this.#steady);
    this.#session?.close();
    this.#session = null;
  }

  /** @param {Told} told */
  #become(told) {
    const { state, why, sentence } = this.told;
    this.told = told;
    // However often it is tried again: who is told aloud is told once.
    if (state === told.state && why === told.why && sentence === told.sentence) return;
    this.emit('state', told);
  }
}
