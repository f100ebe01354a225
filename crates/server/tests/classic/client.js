// Clients for the tests of the classic edge: the real socket.io-client packages, old and new, and a native one.

import { createRequire } from 'node:module';
import { io as ioNew } from 'socket.io-client';

// The old package has no types.
const ioOld = createRequire(import.meta.url)('socket.io-client-classic');

/** How long anything may take, ms. Generous: on a busy machine a late success is one. */
const DEADLINE = 20_000;

/** @typedef {'1' | '4'} Version of socket.io-client */
/** @typedef {'polling' | 'websocket' | 'upgrade'} Transport `upgrade` is what a page gets: polling, then WebSocket */
/** @typedef {{event: string, argument: any}} Heard */

/** What has been heard, in order, and a way to wait for it. */
class Log {
  /** @type {Heard[]} */
  heard = [];
  /** @type {(() => void)[]} */
  #waiting = [];

  /** @param {string} event
   * @param {any} argument */
  add(event, argument) {
    this.heard.push({ event, argument });
    for (const look of this.#waiting.splice(0)) look();
  }

  /** Waits until this event has been heard so often, and returns the last argument.
   * @param {string} event
   * @param {number} [count]
   * @returns {Promise<any>} */
  async until(event, count = 1) {
    const late = Date.now() + DEADLINE;
    for (;;) {
      const found = this.arguments(event);
      if (found.length >= count) return found[count - 1];
      if (Date.now() >= late) {
        throw new Error(`waited in vain for "${event}" number ${count}; heard ${JSON.stringify(this.heard)}`);
      }
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, late - Date.now(), undefined);
        this.#waiting.push(() => resolve(clearTimeout(timer)));
      });
    }
  }

  /** @param {string} event
   * @returns {any[]} */
  arguments(event) {
    return this.heard.filter((one) => one.event === event).map((one) => one.argument);
  }
}

const EVENTS = ['addPeer', 'removePeer', 'iceCandidate', 'sessionDescription', 'error', 'connect', 'disconnect'];

/** A classic client. */
export class Classic extends Log {
  /** @param {string} url
   * @param {Version} version
   * @param {Transport} transport */
  constructor(url, version, transport) {
    super();
    const transports = transport === 'upgrade' ? ['polling', 'websocket'] : [transport];
    const options = { transports, forceNew: true, reconnection: false };
    this.socket = version === '1' ? ioOld(url, options) : ioNew(url, options);
    for (const event of EVENTS) {
      this.socket.on(event, (/** @type {any} */ argument) => this.add(event, argument ?? null));
    }
    this.transport = transport;
  }

  /** Connects; with the transport `upgrade`, waits until it has upgraded.
   * @param {string} url
   * @param {Version} version
   * @param {Transport} transport
   * @returns {Promise<Classic>} */
  static async connect(url, version, transport) {
    const client = new Classic(url, version, transport);
    const { engine } = client.socket.io;
    engine.on('upgrade', () => client.add('upgrade', null));
    await client.until('connect');
    if (transport === 'upgrade') await client.until('upgrade');
    return client;
  }

  get id() {
    return this.socket.id;
  }

  /** @param {string} event
   * @param {any[]} args */
  emit(event, ...args) {
    this.socket.emit(event, ...args);
  }

  /** @param {string} channel
   * @param {string} [name] */
  join(channel, name) {
    this.emit('join', { channel, userdata: name === undefined ? { 'whatever-you-want-here': 'stuff' } : { name } });
  }

  /** @param {string} peer_id
   * @param {object} session_description */
  describe(peer_id, session_description) {
    this.emit('relaySessionDescription', { peer_id, session_description });
  }

  /** @param {string} peer_id
   * @param {object | null} ice_candidate */
  candidate(peer_id, ice_candidate) {
    this.emit('relayICECandidate', { peer_id, ice_candidate });
  }

  /** Waits until the server has handled all that was said, and this client has heard of all that others did before. */
  async settled() {
    const before = this.arguments('error').length;
    this.emit('part', 'nowhere');
    await this.until('error', before + 1);
  }

  close() {
    this.socket.disconnect();
  }
}

/** A client of the native protocol, as bare as it can be. */
export class Native extends Log {
  #id = 0;

  /** @param {string} url */
  constructor(url) {
    super();
    this.socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws`);
    this.socket.onopen = () => this.socket.send('{"type":"hello","protocol":1,"client":"test"}');
    this.socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      this.add(message.type, message);
    };
  }

  /** @param {string} type
   * @param {object} body */
  say(type, body) {
    this.#id += 1;
    this.socket.send(JSON.stringify({ type, id: this.#id, ...body }));
  }

  close() {
    this.socket.close();
  }
}
