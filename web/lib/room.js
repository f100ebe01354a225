import { Conversation } from './conversation.js';
import { Emitter } from './emitter.js';
import { Forwarding } from './forward.js';
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
 * - `path`: how the room's media flows is known, or is another matter from now on
 * - `speakers`: while the server forwards, somebody else speaks or is heard; `sounds`: they are in other slots. See
 *   Forwarding
 * - `reachable`: whether the media port of a server that forwards can be reached, once that is in doubt
 * - `error`: something was refused, or cannot be used; the call goes on
 *
 * @typedef {object} RoomEvents
 * @property {{type: 'joined' | 'left' | 'changed', participant: RemoteParticipant}} participants
 * @property {{participant: RemoteParticipant}} leg
 * @property {undefined} stats
 * @property {import('./hints.js').Hint} hint
 * @property {ChatMessage} chat
 * @property {{from: string, name: string, emoji: string}} reaction
 * @property {import('./protocol.js').Plan} path
 * @property {undefined} speakers
 * @property {undefined} sounds
 * @property {boolean} reachable
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

  #legs;
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
   * @param {import('./roster.js').RosterOptions & Omit<import('./forward.js').ForwardOptions, 'isLive'>} options.legs
   */
  constructor({ name, hostKey, legs }) {
    super();
    this.#legs = legs;
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

  /** The connection with the server while that forwards the room's media; null in a room of direct connections. */
  get forwarding() {
    return this.#roster.forwarding;
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
    this.#stopForwarding();
  }

  /** @returns {import('./protocol.js').State} what is live now, for a server that does not know it yet */
  introduce() {
    return this.#presence.all();
  }

  /** Sends what LocalMedia has now, and says so. */
  publish() {
    this.#roster.publish();
    this.forwarding?.publish();
    this.#tell();
  }

  /**
   * The server's picture of the room, the first one or another: it may follow a join (`re`), a resume, or neither, when
   * another life of the room was brought back (docs/protocol.md, section 3).
   *
   * @param {import('./protocol.js').Joined} joined
   */
  joined({ participant, host, host_key: hostKey, participants, settling = 0, chat, plan, re }) {
    this.self = { ...this.self, id: participant, host };
    this.hostKey = hostKey ?? this.hostKey;
    this.#follow(plan?.path ?? 'direct', participants);
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
      case 'forwarded':
      case 'forward-ended':
      case 'slots':
      case 'wanted':
      case 'speakers':
        return this.forwarding?.receive(message);
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
    if (inside) {
      this.#roster.forget();
      void this.forwarding?.forget();
    } else {
      this.#roster.clear();
      if (!this.forwarding) return;
      this.#stopForwarding();
      this.emit('path', 'direct');
    }
  }

  /** @param {boolean} signaled whether the server can be reached */
  setSignaled(signaled) {
    this.#roster.setSignaled(signaled);
    this.forwarding?.setSignaled(signaled);
  }

  /** The network underneath has changed. */
  verify() {
    this.#roster.verify();
    void this.forwarding?.verify();
  }

  /**
   * The room's media flows as the server says, whatever anybody's link asked for.
   *
   * @param {import('./protocol.js').Plan} path
   * @param {import('./protocol.js').ParticipantInfo[]} participants who are there already
   */
  #follow(path, participants) {
    if ((path === 'forward') === (this.forwarding !== null)) return this.forwarding?.renew();
    this.#roster.clear();
    if (path === 'forward') this.#startForwarding(participants.filter(({ state }) => state.camera).length);
    else this.#stopForwarding();
    this.emit('path', path);
  }

  /** @param {number} pictures that are to be expected */
  #startForwarding(pictures) {
    const isLive = (/** @type {import('./protocol.js').ShownItem} */ { participant, source }) =>
      this.participants.get(participant)?.state[source] ?? false;
    const forwarding = new Forwarding({ ...this.#legs, isLive });
    this.#roster.forwarding = forwarding;
    for (const type of /** @type {const} */ (['speakers', 'sounds', 'reachable', 'error'])) {
      forwarding.on(type, (detail) => this.emit(type, detail));
    }
    void forwarding.connect(pictures);
  }

  #stopForwarding() {
    this.forwarding?.close();
    this.#roster.forwarding = null;
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
