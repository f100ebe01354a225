// A TCP proxy between a page and the server, to cut and to mend: the network as it is in a tunnel.

import { connect, createServer } from 'node:net';

/** Everything of HTTP and WebSocket goes through it; media does not. */
export class Proxy {
  /** Where pages reach the server through this proxy. */
  url = '';
  /** How many connections were ever taken: a test of a reconnection asserts that there was one. */
  accepted = 0;
  #target;
  #broken = false;
  /** @type {Set<import('node:net').Socket>} */
  #sockets = new Set();
  #listener = createServer((socket) => this.#forward(socket));

  /** @param {string} target the URL of the server */
  constructor(target) {
    this.#target = new URL(target);
  }

  /** @returns {Promise<this>} */
  async open() {
    await new Promise((resolve) => this.#listener.listen(0, '127.0.0.1', () => resolve(null)));
    const address = /** @type {import('node:net').AddressInfo} */ (this.#listener.address());
    this.url = `http://127.0.0.1:${address.port}`;
    return this;
  }

  /** Resets every connection, and each new one, until `mend`.
   * @returns {void} */
  cut() {
    this.#broken = true;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** @returns {void} */
  mend() {
    this.#broken = false;
  }

  /** @returns {void} */
  close() {
    this.cut();
    this.#listener.close();
  }

  /** @param {import('node:net').Socket} near */
  #forward(near) {
    if (this.#broken) {
      near.resetAndDestroy();
      return;
    }
    this.accepted += 1;
    const far = connect(Number(this.#target.port), this.#target.hostname);
    for (const [from, to] of /** @type {const} */ ([[near, far], [far, near]])) {
      this.#sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }
}
