import { platform } from './platform.js';

/**
 * The ICE servers of the call, kept young: their credentials are good for a time only, and a connection that is made or
 * restarted late in a call needs ones that still work.
 */
export class IceServers {
  #url;
  #platform;
  /** @type {RTCIceServer[]} */ #servers = [];
  #ttlMs = Infinity;
  #since = 0;
  /** @type {Promise<void> | null} */ #refreshing = null;

  /**
   * @param {string} url of the endpoint that hands out new ones
   * @param {Partial<import('./platform.js').Platform>} [replaced]
   */
  constructor(url, replaced) {
    this.#url = url;
    this.#platform = platform(replaced);
  }

  /** What is known now, old or not. */
  get current() {
    return this.#servers;
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

  /**
   * Servers whose credentials are young. When new ones cannot be had the old ones are the best there is.
   *
   * @returns {Promise<RTCIceServer[]>}
   */
  async fresh() {
    if (this.stale) await (this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = null)));
    return this.#servers;
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
