import { Conversation } from './conversation.js';
import { Emitter } from './emitter.js';
import { Monitor } from './monitor.js';
import { cleanName } from './names.js';
import { Presence } from './presence.js';
import { Roster } from './roster.js';

/** @typedef {import('./protocol.js').ChatMessage} ChatMessage */
/** @typedef {import('./protocol.js').SequencedMessage} SequencedMessage */
/** @typedef {import('./participant.js').RemoteParticipant} RemoteParticipant */

/**
 * What happens in a room.
 *
 * - `participants`: somebody came, left, or changed
 * - `leg`: the connection to somebody changed its state or path
 * - `stats`: every participant has a new sample, once a second
 * - `hint`: something is worth saying about the network, see Hint
 * - `chat`: a message, one's own too
 * - `reaction`: somebody reacted, oneself included; `from` is an id
 * - `error`: something was refused, or cannot be used; the call goes on
 *
 * @typedef {object} RoomEvents
 * @property {{type: 'joined' | 'left' | 'changed', participant: RemoteParticipant}} participants
 * @property {{participant: RemoteParticipant}} leg
 * @property {undefined} stats
 * @property {import('./hints.js').Hint} hint
 * @property {ChatMessage} chat
 * @property {{from: string, name: string, emoji: string}} reaction
 * @property {{code: string, message: string}} error
 */

/** Refusals that nothing follows from: the other one has left meanwhile, or enough candidates have arrived. */
const HARMLESS = new Set(['unknown-participant', 'too-many-candidates', 'resume-refused', 'not-joined']);

/**
 * The room as this side knows it: who is there, what was said, and what the others know of this side. How the server is
 * reached, and whether this side is in at all, is the call's matter.
 *
 * - `first-frame`: the first picture of anybody was decoded
 *
 * @extends {Emitter<RoomEvents & {'first-frame': undefined}>}
 */
export class Room extends Emitter {
  /** This participant; `id` is empty before the first `joined`. */ self;
  /** The key that makes one a host, known to whoever made the room. @type {string | null} */ hostKey;

  #roster;
  #monitor;
  #presence;
  #conversation = new Conversation();
  #open = false;
  /** Whether the next full picture follows a resume. */ #resuming = false;

  /**
   * @param {object} options
   * @param {string} options.name of this participant
   * @param {string | undefined} options.hostKey
   * @param {import('./roster.js').RosterOptions} options.legs
   */
  constructor({ name, hostKey, legs }) {
    super();
    this.self = { id: '', name: cleanName(name), host: false };
    this.hostKey = hostKey ?? null;
    this.#presence = new Presence(legs.media, legs.send);
    this.#roster = new Roster(legs);
    this.#monitor = new Monitor(this.#roster);
    this.#roster.on('participants', (detail) => this.emit('participants', detail));
    this.#roster.on('leg', (detail) => this.emit('leg', detail));
    this.#roster.on('error', (detail) => this.emit('error', detail));
    this.#roster.on('first-frame', () => this.emit('first-frame', undefined));
    this.#monitor.on('stats', () => this.emit('stats', undefined));
    this.#monitor.on('hint', (hint) => this.emit('hint', hint));
  }

  /** @type {ReadonlyMap<string, RemoteParticipant>} */
  get participants() {
    return this.#roster.participants;
  }

  /** @type {readonly ChatMessage[]} */
  get chat() {
    return this.#conversation.messages;
  }

  get history() {
    return this.#monitor.history;
  }

  get hand() {
    return this.#presence.hand;
  }

  /** @param {boolean} raised */
  setHand(raised) {
    this.#presence.hand = raised;
    this.#tell();
  }

  /** Begins to look after the legs. */
  open() {
    this.#open = true;
    this.#monitor.start();
  }

  /** Ends every leg. */
  close() {
    this.#open = false;
    this.#monitor.stop();
    this.#roster.clear();
  }

  /** @returns {import('./protocol.js').State} what is live now, for a server that does not know it yet */
  introduce() {
    return this.#presence.all();
  }

  /** Sends what LocalMedia has now, and says so. */
  publish() {
    this.#roster.publish();
    this.#tell();
  }

  /**
   * The server's picture of the room, the first one or another: it may follow a join (`re`), a resume, or neither, when
   * another life of the room was brought back (docs/protocol.md, section 3).
   *
   * @param {import('./protocol.js').Joined} joined
   */
  joined({ participant, host, host_key: hostKey, participants, settling = 0, chat, re }) {
    this.self = { ...this.self, id: participant, host };
    this.hostKey = hostKey ?? this.hostKey;
    if (re !== undefined || this.#resuming) this.#roster.reconcile(participant, participants, settling);
    else this.#roster.update(participants);
    for (const message of chat) this.#hear(message);
    if (this.#resuming) this.#presence.forget();
    this.#resuming = false;
    this.#tell();
  }

  /** @param {SequencedMessage} message */
  receive(message) {
    switch (message.type) {
      case 'chat':
        return this.#hear(message.message);
      case 'reaction':
        return this.#reacted(message);
      case 'error':
        if (HARMLESS.has(message.code)) return;
        return this.emit('error', { code: message.code, message: message.message });
      default:
        this.#roster.receive(message);
    }
  }

  /**
   * The server has lost what was under way.
   *
   * @param {boolean} inside whether it still has a place for this participant
   */
  forget(inside) {
    this.#resuming = inside;
    if (inside) this.#roster.forget();
    else this.#roster.clear();
  }

  /** @param {boolean} signaled whether the server can be reached */
  setSignaled(signaled) {
    this.#roster.setSignaled(signaled);
  }

  /** The network underneath has changed. */
  verify() {
    this.#roster.verify();
  }

  /** Tells the others what has changed since they were last told; before this side is in, joining tells it. */
  #tell() {
    if (this.#open && this.self.id !== '') this.#presence.tell();
  }

  /** @param {ChatMessage} message */
  #hear(message) {
    if (this.#conversation.hear(message)) this.emit('chat', message);
  }

  /** @param {import('./protocol.js').Reaction} reaction */
  #reacted({ from, emoji }) {
    const name = from === this.self.id ? this.self.name : this.participants.get(from)?.name;
    if (name !== undefined) this.emit('reaction', { from, name, emoji });
  }
}
