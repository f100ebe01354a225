import { LIMITS, ProtocolError } from './protocol.js';

/** @typedef {import('./protocol.js').ClientMessage} ClientMessage */
/** @typedef {import('./protocol.js').SequencedMessage} SequencedMessage */
/** @typedef {ClientMessage & {id: number}} NumberedMessage */
/** @typedef {(reply: SequencedMessage | null) => void} Resolve */
/** @typedef {{needsReply: boolean, resolve: Resolve, reject: (error: ProtocolError) => void}} Waiter */

/** The most that waits for a confirmation: beyond it the client says so instead of using up memory. */
export const OUTBOX_LIMITS = Object.freeze({ messages: 1_024, bytes: 1_048_576 });

const encoder = new TextEncoder();

/** The types that the server answers with a message of their own. */
export const ANSWERED = new Set(['join', 'leave', 'peek', 'forward', 'stats', 'costs']);

/**
 * Numbers the client's messages and keeps each one until the server is known to have handled it, so that it can be sent
 * again on another connection. Knows nothing of connections.
 */
export class Outbox {
  #nextId = 1;
  #bytes = 0;
  /** @type {Map<number, {message: NumberedMessage, bytes: number}>} in the order of their ids */
  #unconfirmed = new Map();
  /** @type {Map<number, Waiter>} */
  #waiters = new Map();

  /** How many messages the server is not known to have handled. */
  get size() {
    return this.#unconfirmed.size;
  }

  /** Whether a request waits for its reply. */
  get waiting() {
    return this.#waiters.size > 0;
  }

  /**
   * @param {ClientMessage} message
   * @param {Pick<Waiter, 'resolve' | 'reject'>} [waiter] who wants to know what became of it
   * @returns {NumberedMessage}
   * @throws {ProtocolError} `invalid` when it does not fit a frame, `overloaded` when too much waits already
   */
  add(message, waiter) {
    const id = this.#nextId;
    const numbered = { ...message, id };
    const bytes = encoder.encode(JSON.stringify(numbered)).length;
    if (bytes > LIMITS.frame) throw new ProtocolError('invalid', 'The message is too long.');
    if (this.#unconfirmed.size >= OUTBOX_LIMITS.messages || this.#bytes + bytes > OUTBOX_LIMITS.bytes) {
      throw new ProtocolError('overloaded', 'Too much is waiting for the connection.');
    }
    this.#nextId += 1;
    this.#bytes += bytes;
    this.#unconfirmed.set(id, { message: numbered, bytes });
    if (waiter) this.#waiters.set(id, { ...waiter, needsReply: ANSWERED.has(message.type) });
    return numbered;
  }

  /** @returns {NumberedMessage[]} what has to be sent again to a server that has handled all up to `lastId` */
  after(lastId = 0) {
    return [...this.#unconfirmed].filter(([id]) => id > lastId).map(([, { message }]) => message);
  }

  /**
   * The server has handled everything up to `lastId`, and whatever it had to say about it has arrived.
   *
   * @param {number} lastId
   */
  confirm(lastId) {
    for (const [id, { bytes }] of this.#unconfirmed) {
      if (id > lastId) break;
      this.#unconfirmed.delete(id);
      this.#bytes -= bytes;
    }
    for (const [id, waiter] of this.#waiters) {
      if (id > lastId || waiter.needsReply) continue;
      this.#waiters.delete(id);
      waiter.resolve(null);
    }
  }

  /**
   * @param {SequencedMessage} message
   * @returns {boolean} whether somebody waited for it
   */
  settle(message) {
    // Whoever is told to wait has the reply yet to come.
    if (!('re' in message) || message.re === undefined || message.type === 'waiting') return false;
    const waiter = this.#waiters.get(message.re);
    if (!waiter) return false;
    this.#waiters.delete(message.re);
    if (message.type === 'error') waiter.reject(new ProtocolError(message.code, message.message));
    else waiter.resolve(message);
    return true;
  }

  /**
   * Numbers everything that waits anew, for a session whose server has handled `lastId` already.
   *
   * @param {number} lastId
   */
  continueAfter(lastId) {
    const entries = [...this.#unconfirmed.values()];
    const waiters = this.#waiters;
    this.#nextId = lastId + 1;
    this.#unconfirmed = new Map();
    this.#waiters = new Map();
    for (const { message, bytes } of entries) {
      const id = this.#nextId++;
      const waiter = waiters.get(message.id);
      this.#unconfirmed.set(id, { message: { ...message, id }, bytes });
      if (waiter) this.#waiters.set(id, waiter);
    }
  }

  /**
   * Forgets everything and begins with id 1 again.
   *
   * @param {ProtocolError} error what those who wait are told
   */
  clear(error) {
    const waiters = [...this.#waiters.values()];
    this.#nextId = 1;
    this.#bytes = 0;
    this.#unconfirmed.clear();
    this.#waiters.clear();
    for (const { reject } of waiters) reject(error);
  }
}
