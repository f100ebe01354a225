import { Changeover } from './changeover.js';
import { Emitter } from './emitter.js';

/** @typedef {import('./plan.js').Paths} Paths */
/** @typedef {import('./protocol.js').Plan} Plan */
/** @typedef {import('./protocol.js').Path} Path */
/** @typedef {import('./protocol.js').Switch} Switch */
/** @typedef {import('./participant.js').RemoteParticipant} RemoteParticipant */
/** @typedef {import('./changeover.js').Surroundings} Surroundings */

/** The most switches that are remembered. */
const KEPT = 200;

/**
 * A switch as it was seen from here.
 *
 * @typedef {object} Record
 * @property {number} id
 * @property {string} publisher
 * @property {Path} from
 * @property {Path} to
 * @property {boolean} forced
 * @property {import('./protocol.js').Reason} reason
 * @property {'open' | 'committed' | 'undone'} outcome
 * @property {number} began by `now`, in milliseconds
 * @property {number | null} taken when the new path was shown and heard here; null if it never was
 * @property {number | null} ended
 * @property {number | null} picture for how long the picture stood still beyond its usual time between two frames, in ms
 * @property {number | null} sound for how long the sound was missing, in ms
 */

/**
 * Takes every participant from the path that the server's plan gives, and tells the server so.
 *
 * - `switched`: a record has changed
 *
 * @extends {Emitter<{switched: Record}>}
 */
export class Switching extends Emitter {
  /** Oldest first. @type {Record[]} */ records = [];

  #paths;
  #send;
  #surroundings;
  /** @type {Map<RemoteParticipant, Changeover>} */ #changeovers = new Map();
  /** Switches that this side has said to be ready for. @type {Set<number>} */ #said = new Set();
  #selfId = '';
  /** Whether what was known of switches is of another server. */ #forgotten = false;

  /**
   * @param {object} options
   * @param {Paths} options.paths
   * @param {(message: import('./protocol.js').ClientMessage) => void} options.send
   * @param {Surroundings} options.surroundings
   */
  constructor({ paths, send, surroundings }) {
    super();
    this.#paths = paths;
    this.#send = send;
    this.#surroundings = surroundings;
  }

  /**
   * The plan has changed.
   *
   * @param {Plan} before
   * @param {string} selfId
   * @param {Iterable<RemoteParticipant>} participants
   */
  update(before, selfId, participants) {
    this.#selfId = selfId;
    const { switches } = this.#paths.plan;
    const known = this.#forgotten ? [] : before.switches;
    this.#forgotten = false;
    const all = [...participants];
    const isThere = (/** @type {string} */ id) => id === selfId || all.some((participant) => participant.id === id);
    for (const one of known) if (!switches.some(({ id }) => id === one.id)) this.#ended(one, isThere(one.publisher));
    for (const one of switches) {
      const knownOne = known.find(({ id }) => id === one.id);
      if (!knownOne) this.#began(one);
      // What began by choice may have become none.
      else if (knownOne.forced !== one.forced) this.#note(one.id, { forced: one.forced, reason: one.reason });
    }
    for (const participant of all) this.aim(participant);
  }

  /**
   * Has a participant taken from where they are to be taken from.
   *
   * @param {RemoteParticipant} participant
   */
  aim(participant) {
    const path = this.#wanted(participant);
    const changeover = this.#changeovers.get(participant);
    if (changeover?.path === path) return;
    changeover?.stop();
    this.#changeovers.delete(participant);
    if (participant.taken === path) return this.#ready(participant);
    const open = this.#paths.switchOf(participant.id);
    const hooks = {
      taken: () => {
        this.#changeovers.delete(participant);
        this.#ready(participant);
      },
      gaps: (/** @type {import('./changeover.js').Gaps} */ gaps) => this.#measured(open, gaps),
    };
    this.#changeovers.set(participant, new Changeover(participant, path, this.#surroundings, hooks));
  }

  /** @param {RemoteParticipant} participant who has left */
  drop(participant) {
    this.#changeovers.get(participant)?.stop();
    this.#changeovers.delete(participant);
  }

  /** The server counts switches anew, or there is none that could be told anything: what was open is not any more. */
  forget() {
    this.#said.clear();
    this.#forgotten = true;
    for (const record of this.records) {
      if (record.outcome === 'open') Object.assign(record, { outcome: 'undone', ended: this.#surroundings.now() });
    }
  }

  close() {
    for (const changeover of this.#changeovers.values()) changeover.stop();
    this.#changeovers.clear();
  }

  /**
   * @param {RemoteParticipant} participant
   * @returns {Path}
   */
  #wanted(participant) {
    const { id, kind } = participant;
    if (kind !== 'native') return kind === 'classic' ? 'direct' : 'forward';
    // Without a way to the server everybody sends to this side directly; once there is one, the server will hear of it.
    const direct = this.#paths.plan.legs && this.#paths.isUnreached(this.#selfId) && participant.legOf('forward') !== 'connected';
    return direct ? 'direct' : this.#paths.wanted(id);
  }

  /** @param {RemoteParticipant} participant who is taken from where they should be */
  #ready({ id, taken }) {
    const open = this.#paths.switchOf(id);
    if (!open || open.to !== taken || this.#said.has(open.id)) return;
    this.#said.add(open.id);
    this.#note(open.id, { taken: this.#surroundings.now() });
    this.#send({ type: 'switch-ready', switch: open.id });
  }

  /**
   * @param {Switch | undefined} open
   * @param {import('./changeover.js').Gaps} gaps
   */
  #measured(open, { picture, sound }) {
    if (!open) return;
    const measured = { ...(picture !== null && { picture }), ...(sound !== null && { sound }) };
    this.#send({ type: 'switch-gap', switch: open.id, ...measured });
    this.#note(open.id, { picture, sound });
  }

  /** @param {Switch} one */
  #began(one) {
    const record = { ...one, outcome: /** @type {const} */ ('open'), began: this.#surroundings.now(), taken: null, ended: null, picture: null, sound: null };
    this.records.push(record);
    this.records.splice(0, this.records.length - KEPT);
    this.emit('switched', record);
  }

  /**
   * @param {Switch} one
   * @param {boolean} isThere whether its publisher has not left
   */
  #ended({ id, publisher, to }, isThere) {
    this.#said.delete(id);
    const committed = isThere && this.#paths.of(publisher) === to;
    this.#note(id, { outcome: committed ? 'committed' : 'undone', ended: this.#surroundings.now() });
  }

  /**
   * @param {number | undefined} id
   * @param {Partial<Record>} news
   */
  #note(id, news) {
    const record = this.records.findLast((one) => one.id === id);
    if (!record) return;
    Object.assign(record, news);
    this.emit('switched', record);
  }
}
