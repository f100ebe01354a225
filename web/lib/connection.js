import { Emitter } from './emitter.js';
import { CLOSE, LIMITS } from './protocol.js';

/** How long a WebSocket may take until its first message is there, in milliseconds. */
const OPENING_MS = 10_000;

/** What a browser reports when a connection ends without a close frame. */
const LOST_WITHOUT_CODE = 1006;

/**
 * One WebSocket, from its opening to its loss: JSON in and out, and the watchdog that notices when it is dead. It never
 * reconnects, and says `lost` once at most.
 *
 * @extends {Emitter<{open: undefined, message: any, lost: {code: number, reason: string}}>}
 */
export class Connection extends Emitter {
  /** @type {WebSocket | null} */ #socket;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #deadline;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #idle;

  /**
   * @param {string} url
   * @param {typeof WebSocket} WebSocketClass
   */
  constructor(url, WebSocketClass) {
    super();
    const socket = new WebSocketClass(url);
    this.#socket = socket;
    this.#deadline = setTimeout(() => this.#lose(LOST_WITHOUT_CODE, 'no answer'), OPENING_MS);
    socket.onopen = () => this.emit('open', undefined);
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = (event) => this.#lose(event.code, event.reason);
  }

  /** @param {object} message */
  send(message) {
    if (this.#socket?.readyState !== 1) return;
    this.#socket.send(JSON.stringify(message));
    this.#idle ??= setTimeout(() => this.ping(), LIMITS.pingAfterMs);
  }

  /** Asks for a sign of life; without any within five seconds the connection is lost. */
  ping() {
    if (this.#socket?.readyState !== 1) return;
    this.#deadline ??= setTimeout(() => this.#lose(LOST_WITHOUT_CODE, 'silent'), LIMITS.deadAfterPingMs);
    this.send({ type: 'ping', time: Math.round(performance.now()) });
  }

  /** Ends the connection from this side. Nothing is emitted any more. */
  close() {
    this.#detach()?.close(CLOSE.normal);
  }

  /** Treats the connection as lost, whatever the browser believes about it. */
  abandon() {
    this.#lose(LOST_WITHOUT_CODE, 'abandoned');
  }

  /** @param {unknown} data */
  #receive(data) {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
    // What is said without being asked is a sign of life as well; what is sent is none.
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.ping(), LIMITS.pingAfterMs);
    const message = typeof data === 'string' ? parse(data) : null;
    if (message) this.emit('message', message);
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #lose(code, reason) {
    const socket = this.#detach();
    if (!socket) return;
    socket.close();
    this.emit('lost', { code, reason });
  }

  #detach() {
    const socket = this.#socket;
    this.#socket = null;
    clearTimeout(this.#deadline);
    clearTimeout(this.#idle);
    if (socket) socket.onopen = socket.onmessage = socket.onclose = null;
    return socket;
  }
}

/**
 * @param {string} text
 * @returns {{type: string} & Record<string, unknown> | null} null for what is not a message at all
 */
function parse(text) {
  try {
    const value = JSON.parse(text);
    return typeof value?.type === 'string' ? value : null;
  } catch {
    return null;
  }
}
