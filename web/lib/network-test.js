import { Emitter } from './emitter.js';
import { IceServers } from './ice.js';
import { iceUrl } from './links.js';
import { PLAIN, attempt, tryForward, tryRelay, trySignaling, tryStun } from './network-tries.js';
import { platform } from './platform.js';

/** @typedef {import('./network-tries.js').Result} Result */
/** @typedef {import('./network-tries.js').Tools} Tools */
/** @typedef {(typeof LINES)[number]} Line */
/** @typedef {Readonly<Record<Line, Result>>} Results */

/** What is tried: the WebSocket, STUN, the relay in each way that browsers may ask for it, the port that forwards. */
export const LINES = /** @type {const} */ (['signaling', 'stun', 'udp', 'tcp', 'tls', 'forward']);

/** How long each may take, in milliseconds: who needs longer has no good call that way either. */
export const PATIENCE_MS = { signaling: 8_000, stun: 8_000, udp: 8_000, tcp: 8_000, tls: 8_000, forward: 12_000 };

/** Which address of an ICE server is for which of them. @type {Record<'stun' | 'udp' | 'tcp' | 'tls', RegExp>} */
const ADDRESSES = {
  stun: /^stun:/,
  udp: /^turn:(?!.*\?transport=tcp$)/,
  tcp: /^turn:.*\?transport=tcp$/,
  tls: /^turns:/,
};

/** Where STUN and TURN are when their address does not say it. */
const DEFAULT_PORT = 3_478;

/** @type {Results} */
const UNTOUCHED = Object.freeze({
  signaling: PLAIN.trying, stun: PLAIN.trying, udp: PLAIN.trying, tcp: PLAIN.trying, tls: PLAIN.trying, forward: PLAIN.trying,
});

/**
 * Tries every way that a call can take from here to the server, all of them side by side, and none for longer than it has
 * patience. What it opens for that has nothing to do with a call, and is closed in the end.
 *
 * - `results`: something came of a try, or all of them begin
 * - `done`: of all of them
 *
 * @extends {Emitter<{results: Results, done: Results}>}
 */
export class NetworkTest extends Emitter {
  results = UNTOUCHED;
  /** Of the server, for STUN and TURN over UDP. */ port = DEFAULT_PORT;
  #url;
  #platform;
  #ice;
  /** The same one for every run: it is there once at most. */ #room = `network test ${unguessable()}`;
  /** @type {AbortController | null} */ #run = null;

  /**
   * @param {object} options
   * @param {string} options.url of the signaling WebSocket
   * @param {Partial<import('./platform.js').Platform>} [options.platform]
   */
  constructor({ url, platform: replaced }) {
    super();
    this.#url = url;
    this.#platform = platform(replaced);
    this.#ice = new IceServers(iceUrl(url), replaced);
  }

  get running() {
    return this.#run !== null;
  }

  /** Tries everything, from the beginning. */
  async run() {
    this.stop();
    const run = (this.#run = new AbortController());
    this.#show(UNTOUCHED);
    await Promise.all([this.#direct(run.signal), this.#served(run.signal)]);
    if (run.signal.aborted) return;
    this.#run = null;
    this.emit('done', this.results);
  }

  /** Gives up whatever is still under way. */
  stop() {
    this.#run?.abort();
    this.#run = null;
  }

  /** What needs nothing but the address of the page. @param {AbortSignal} signal */
  #direct(signal) {
    return this.#try('signaling', signal, (tools) => trySignaling(this.#url, this.#room, tools));
  }

  /** What the server has to name its addresses for. @param {AbortSignal} signal */
  async #served(signal) {
    this.#ice.set([], -1); // credentials of an earlier run may be too old
    await this.#ice.freshen();
    if (signal.aborted) return;
    const servers = this.#ice.use((known) => known);
    this.port = portOf(only(servers, ADDRESSES.stun)?.urls);
    const way = (/** @type {keyof typeof ADDRESSES} */ line) => this.#reach(line, servers, signal);
    const forward = (/** @type {Tools} */ tools) => tryForward({ url: this.#url, room: this.#room, ice: this.#ice }, tools);
    await Promise.all([way('stun'), way('udp'), way('tcp'), way('tls'), this.#try('forward', signal, forward)]);
  }

  /**
   * @param {keyof typeof ADDRESSES} line
   * @param {RTCIceServer[]} servers none: it is not known which there are
   * @param {AbortSignal} signal
   */
  #reach(line, servers, signal) {
    const server = only(servers, ADDRESSES[line]);
    const attempted = line === 'stun' ? tryStun : tryRelay;
    if (server) return this.#try(line, signal, (tools) => attempted(server, tools));
    return this.#found(line, servers.length > 0 ? PLAIN.absent : PLAIN.untried);
  }

  /**
   * @param {Line} line
   * @param {AbortSignal} signal
   * @param {(tools: Tools) => Promise<Result>} run
   */
  async #try(line, signal, run) {
    const result = await attempt({ patience: PATIENCE_MS[line], signal, platform: this.#platform }, run);
    if (!signal.aborted) this.#found(line, result);
  }

  /** @param {Line} line @param {Result} result */
  #found(line, result) {
    this.#show({ ...this.results, [line]: result });
  }

  /** @param {Results} results */
  #show(results) {
    this.results = results;
    this.emit('results', results);
  }
}

/**
 * @param {RTCIceServer[]} servers
 * @param {RegExp} address
 * @returns {RTCIceServer & {urls: string} | null} with the first such address, and with no other
 */
function only(servers, address) {
  for (const server of servers) {
    const urls = [server.urls].flat().find((url) => address.test(url));
    if (urls) return { ...server, urls };
  }
  return null;
}

/** @param {string} [address] */
function portOf(address = '') {
  return Number(/:(\d+)(?:\?|$)/.exec(address)?.[1] ?? DEFAULT_PORT);
}

function unguessable() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
