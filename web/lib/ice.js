import { Emitter } from './emitter.js';
import { platform } from './platform.js';

/**
 * Those that reach a server which is at one end of the connection itself. It needs no STUN server to be told where we are.
 * And Chromium takes whatever comes from the address of a STUN or TURN server that it uses over UDP for an answer of that
 * server: a connection to the same address and port never comes about beside one. (What is left helps where only TCP or TLS
 * gets out. Without any other way, with `relay`, all of it is needed, and does no harm.)
 *
 * @param {RTCIceServer[]} servers
 * @param {RTCIceTransportPolicy} policy
 * @returns {RTCIceServer[]}
 */
export function towardsServer(servers, policy) {
  if (policy === 'relay') return servers;
  const overTcp = (/** @type {string} */ url) => url.startsWith('turns:') || url.endsWith('?transport=tcp');
  const left = servers.map((server) => ({ ...server, urls: [server.urls].flat().filter(overTcp) }));
  return left.filter(({ urls }) => urls.length > 0);
}

/**
 * The ICE servers of the call, kept young: their credentials are good for a time only, and a connection that is made or
 * restarted late in a call needs ones that still work.
 *
 * - `error`: the browser does not take an address; said once
 *
 * @extends {Emitter<{error: {code: 'ice-server', message: string}}>}
 */
export class IceServers extends Emitter {
  #url;
  #platform;
  /** @type {RTCIceServer[]} */ #servers = [];
  #ttlMs = Infinity;
  #since = 0;
  /** @type {Promise<void> | null} */ #refreshing = null;
  #complained = false;

  /**
   * @param {string} url of the endpoint that hands out new ones
   * @param {Partial<import('./platform.js').Platform>} [replaced]
   */
  constructor(url, replaced) {
    super();
    this.#url = url;
    this.#platform = platform(replaced);
  }

  /** Whether more than half of the credentials' life is over. */
  get stale() {
    return performance.now() - this.#since > this.#ttlMs / 2;
  }

  /**
   * @param {RTCIceServer[]} servers
   * @param {number} ttl in seconds
   */
  set(servers, ttl) {
    this.#servers = servers;
    this.#ttlMs = ttl * 1_000;
    this.#since = performance.now();
  }

  /** Asks for servers whose credentials are young. When they cannot be had the old ones are the best there is. */
  async freshen() {
    if (this.stale) await (this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = null)));
  }

  /**
   * Gives the browser the servers that are known now, old or not. It throws for a single address that it does not take,
   * a malformed one or one at a port that it blocks: then it gets all the others.
   *
   * @template T
   * @param {(servers: RTCIceServer[]) => T} give
   * @returns {T}
   */
  use(give) {
    try {
      return give(this.#servers);
    } catch {
      const taken = this.#servers.map((server) => this.#taken(server)).filter(({ urls }) => urls.length > 0);
      const result = give(taken);
      this.#servers = taken;
      this.#complain();
      return result;
    }
  }

  /**
   * @param {RTCIceServer} server
   * @returns {RTCIceServer} with those of its addresses that the browser takes
   */
  #taken(server) {
    const takes = (/** @type {string} */ urls) => {
      try {
        new this.#platform.RTCPeerConnection({ iceServers: [{ ...server, urls }] }).close();
        return true;
      } catch {
        return false;
      }
    };
    return { ...server, urls: [server.urls].flat().filter(takes) };
  }

  #complain() {
    if (this.#complained) return;
    this.#complained = true;
    this.emit('error', { code: 'ice-server', message: 'A relay of this server cannot be used by this browser.' });
  }

  async #refresh() {
    try {
      const response = await this.#platform.fetch(this.#url, { cache: 'no-store', signal: AbortSignal.timeout(3_000) });
      if (!response.ok) return;
      const { ice_servers: servers, ice_ttl: ttl } = await response.json();
      if (Array.isArray(servers) && typeof ttl === 'number') this.set(servers, ttl);
    } catch {
      // The network is often the very thing that is broken when this is asked for.
    }
  }
}
