import { Connection } from './connection.js';
import { Emitter } from './emitter.js';
import { ANSWERED, Outbox } from './outbox.js';
import { platform } from './platform.js';
import { CLOSE, LIMITS, PROTOCOL, ProtocolError } from './protocol.js';
import { Secret } from './secret.js';

/** @typedef {import('./protocol.js').ClientMessage} ClientMessage */
/** @typedef {import('./protocol.js').SequencedMessage} SequencedMessage */
/** @typedef {import('./protocol.js').Welcome} Welcome */
/** @typedef {'new' | 'connecting' | 'open' | 'reconnecting' | 'closed'} SignalingState */

/** Waits before coming back, in milliseconds; the last one repeats. */
const BACKOFF_MS = [0, 500, 1_000, 2_000, 4_000, 5_000];

/** A connection that held for this long was a good one: the next loss begins with the first wait again. */
const STEADY_MS = 5_000;

/** So many unconfirmed messages make the client ask what has arrived. */
const CONFIRM_AFTER_MESSAGES = 64;

/** Close codes after which coming back by itself would only repeat them. */
const FINAL = new Set(
  /** @type {number[]} */ ([
    CLOSE.protocolError,
    CLOSE.notText,
    CLOSE.notUtf8,
    CLOSE.tooManyErrors,
    CLOSE.tooLarge,
    CLOSE.unsupportedProtocol,
    CLOSE.helloMissing,
    CLOSE.resumedElsewhere,
    CLOSE.removed,
  ]),
);

/**
 * How long to wait before connection attempt `attempt` (0 is the first one after a loss), in milliseconds.
 *
 * @param {number} attempt
 * @param {number} random in [0, 1): half of the wait is added in this proportion
 */
export function backoff(attempt, random) {
  const wait = BACKOFF_MS[Math.min(attempt, BACKOFF_MS.length - 1)] ?? 0;
  return wait * (1 + random / 2);
}

/**
 * The session with the server: it outlives connections. Messages arrive once each and in order, in both directions,
 * whatever happens to the WebSocket underneath (docs/protocol.md, section 1).
 *
 * The secret for resuming lives in memory, so that a reloaded page is a new participant: its peer connections are gone
 * with the old page, and nobody could continue them. Whoever has no peer connections (a client that only chats) may
 * pass a `storage` such as sessionStorage: a later Signaling with the same one takes the session over.
 *
 * - `state`: the connection came, went, or is closed for good (then `code` says why)
 * - `welcome`: the server's greeting, at each connection
 * - `message`: everything with a `seq`, once each, in order; but for errors that a request is rejected with
 * - `void`: the session continues without what was under way; its requests have been rejected with the code `void`.
 *   `room` is null if the client is in no room any more, otherwise `joined` follows
 *
 * @extends {Emitter<{
 *   state: {state: SignalingState, code?: number, reason?: string},
 *   welcome: Welcome,
 *   message: SequencedMessage,
 *   void: {room: string | null},
 * }>}
 */
export class Signaling extends Emitter {
  /** @type {SignalingState} */ state = 'new';
  /** How often a lost connection was followed by a new one. */ reconnects = 0;
  /** How many of those continued the session without a loss. */ resumes = 0;

  #url;
  #client;
  #platform;
  #path;
  #secret;
  #outbox = new Outbox();
  /** @type {Connection | null} */ #connection = null;
  #attempt = 0;
  #lastSeq = 0;
  #unacked = 0;
  /** Whether a server has ever greeted this session. */ #welcomed = false;
  /** Whether messages may be written to the connection now. */ #writable = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #retryTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #ackTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #steadyTimer;

  /**
   * @param {string} url of the WebSocket
   * @param {object} options
   * @param {string} options.client name and version, for the server's log
   * @param {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>} [options.storage] see above
   * @param {() => import('./protocol.js').Path} [options.path] of one's own media, for a server that was restarted
   * @param {Partial<import('./platform.js').Platform>} [options.platform]
   */
  constructor(url, { client, storage, path, platform: replaced }) {
    super();
    this.#path = path;
    this.#url = url;
    this.#client = client;
    this.#platform = platform(replaced);
    this.#secret = new Secret(url, storage);
  }

  /** Connects, and stays connected until `close` or a final close code. After one of those it may be called again. */
  open() {
    if (this.state !== 'new' && this.state !== 'closed') return;
    this.#attempt = 0;
    this.#connect();
  }

  /**
   * Sends a message that the caller wants to hear about.
   *
   * @param {ClientMessage} message
   * @returns {Promise<SequencedMessage | null>} the reply; null once the server has handled a message that has none.
   *   Rejects with a ProtocolError
   */
  request(message) {
    return new Promise((resolve, reject) => {
      this.#write(this.#outbox.add(message, { resolve, reject }));
      if (!ANSWERED.has(message.type) && this.#writable) this.#connection?.ping();
    });
  }

  /**
   * Sends a message. What the server refuses arrives as a `message` of the type `error`.
   *
   * @param {ClientMessage} message
   * @throws {ProtocolError} `overloaded`, `invalid`: see Outbox.add
   */
  send(message) {
    this.#write(this.#outbox.add(message));
  }

  /** Gives the connection up and comes back at once: for when the network underneath has changed. */
  reconnect() {
    if (this.state === 'new' || this.state === 'closed') return;
    this.#attempt = 0;
    if (this.#connection) this.#connection.abandon();
    else this.#connect();
  }

  /** Asks for a sign of life, so that a dead connection is noticed soon. */
  probe() {
    this.#connection?.ping();
  }

  /** Ends the session from this side. */
  close() {
    if (this.state === 'closed') return;
    const connection = this.#drop();
    this.#finish('closed here', CLOSE.normal);
    connection?.close();
  }

  #connect() {
    clearTimeout(this.#retryTimer);
    const connection = new Connection(this.#url, this.#platform.WebSocket);
    this.#connection = connection;
    connection.on('open', () => this.#greet());
    connection.on('message', (message) => this.#receive(message));
    connection.on('lost', ({ code, reason }) => this.#lost(code, reason));
    this.#become(this.#welcomed ? 'reconnecting' : 'connecting');
  }

  /** A session that nobody knows yet says everything at once; any other one waits for the server's picture of it. */
  #greet() {
    const resume = this.#secret.get();
    const hello = { type: 'hello', protocol: PROTOCOL, client: this.#client };
    const path = this.#path && { path: this.#path() };
    this.#connection?.send(resume ? { ...hello, resume, last_seq: this.#lastSeq, ...path } : hello);
    if (resume || this.#welcomed) return;
    this.#writable = true;
    for (const message of this.#outbox.after()) this.#connection?.send(message);
  }

  /** @param {import('./outbox.js').NumberedMessage} message */
  #write(message) {
    if (!this.#writable) return;
    this.#connection?.send(message);
    if (this.#outbox.size % CONFIRM_AFTER_MESSAGES === 0) this.#connection?.ping();
  }

  /** @param {import('./protocol.js').ServerMessage} message */
  #receive(message) {
    if (message.type === 'welcome') this.#welcome(message);
    else if (message.type === 'pong') this.#outbox.confirm(message.last_id);
    else if (Number.isSafeInteger(message.seq)) this.#sequenced(message);
  }

  /** @param {Welcome} welcome */
  #welcome(welcome) {
    const first = !this.#welcomed;
    this.#welcomed = true;
    this.#steadyTimer = setTimeout(() => (this.#attempt = 0), STEADY_MS);
    if (!first) this.reconnects += 1;
    if (welcome.resumed) this.resumes += 1;
    else this.#lastSeq = 0;
    if (welcome.room === null) this.#secret.set(null);
    if (first && welcome.resumed) this.#outbox.continueAfter(welcome.last_id);
    if (!first && !welcome.resumed) this.#void(welcome.room);
    this.emit('welcome', welcome);
    if (!this.#writable) this.#sendAgain(welcome.resumed ? welcome.last_id : 0);
    this.#become('open');
  }

  /** @param {number} lastId */
  #sendAgain(lastId) {
    this.#writable = true;
    for (const message of this.#outbox.after(lastId)) this.#connection?.send(message);
    if (this.#outbox.waiting) this.#connection?.ping();
  }

  /** @param {string | null} room */
  #void(room) {
    this.#outbox.clear(new ProtocolError('void', 'The connection was lost before the server had answered.'));
    this.emit('void', { room });
  }

  /** @param {SequencedMessage} message */
  #sequenced(message) {
    if (message.seq <= this.#lastSeq) return;
    if (message.seq > this.#lastSeq + 1) return this.#connection?.abandon(); // a hole: only a replay can fill it
    this.#lastSeq = message.seq;
    if (message.type === 'joined') this.#secret.set(message.resume);
    if (message.type === 'left') this.#secret.set(null);
    const settled = this.#outbox.settle(message);
    if (!settled || message.type !== 'error') this.emit('message', message);
    this.#scheduleAck();
  }

  #scheduleAck() {
    this.#unacked += 1;
    if (this.#unacked >= LIMITS.ackAfterMessages) this.#ack();
    else this.#ackTimer ??= setTimeout(() => this.#ack(), LIMITS.ackAfterMs);
  }

  #ack() {
    clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
    this.#unacked = 0;
    if (this.#writable) this.#connection?.send({ type: 'ack', seq: this.#lastSeq });
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #lost(code, reason) {
    this.#drop();
    if (FINAL.has(code)) return this.#finish(reason, code);
    if (code === CLOSE.tryLater) this.#attempt = Math.max(this.#attempt, 1);
    const wait = backoff(this.#attempt, this.#platform.random());
    this.#attempt += 1;
    this.#retryTimer = setTimeout(() => this.#connect(), wait);
    this.#become(this.#welcomed ? 'reconnecting' : 'connecting');
  }

  /** Takes the connection out of use, with everything that belongs to it alone. */
  #drop() {
    const connection = this.#connection;
    this.#connection = null;
    this.#writable = false;
    clearTimeout(this.#steadyTimer);
    clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
    return connection;
  }

  /**
   * @param {string} reason
   * @param {number} code
   */
  #finish(reason, code) {
    clearTimeout(this.#retryTimer);
    if (code === CLOSE.normal) this.#secret.set(null);
    this.#welcomed = false;
    this.#outbox.clear(new ProtocolError('closed', 'The connection is closed.'));
    this.#become('closed', { code, reason });
  }

  /**
   * @param {SignalingState} state
   * @param {{code?: number, reason?: string}} [why]
   */
  #become(state, why = {}) {
    if (this.state === state) return;
    this.state = state;
    this.emit('state', { state, ...why });
  }
}
