import { SOURCES } from './protocol.js';
import { inbound } from './inbound.js';

/** @typedef {import('./participant.js').RemoteParticipant} RemoteParticipant */

/** Milliseconds. */
export const STALLS = Object.freeze({
  /** How often it is looked whether something comes: a browser stops the page to answer, for up to 2 ms. */
  look: 200,
  /** After so long without anything played, packets are counted. */
  suspicious: 400,
  /** After so long without a packet the leg has stalled. */
  stalled: 700,
  /** It is not said again before this. */
  again: 3_000,
});

/**
 * Notices within a second when nothing comes any more from somebody who is live and sends directly: long before ICE does.
 * Somebody who only shares a screen, which may stand still, is left to ICE.
 */
export class Stalls {
  #participants;
  #stalled;
  #now;
  /** @type {Map<RemoteParticipant, Watch>} */ #watches = new Map();
  /** @type {ReturnType<typeof setInterval> | undefined} */ #timer;

  /**
   * @param {() => Iterable<RemoteParticipant>} participants
   * @param {(participant: RemoteParticipant) => void} stalled
   * @param {() => number} now in milliseconds
   */
  constructor(participants, stalled, now) {
    this.#now = now;
    this.#participants = participants;
    this.#stalled = stalled;
  }

  start() {
    this.#timer = setInterval(() => this.#look(this.#now()), STALLS.look);
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#watches.clear();
  }

  /** @param {number} now */
  #look(now) {
    const all = new Set(this.#participants());
    for (const known of this.#watches.keys()) if (!all.has(known)) this.#watches.delete(known);
    for (const participant of all) {
      const watch = this.#watches.get(participant) ?? new Watch(participant, this.#now);
      this.#watches.set(participant, watch);
      void watch.look(now).then((stalled) => {
        if (stalled && this.#timer !== undefined) this.#stalled(participant);
      });
    }
  }
}

/** What is remembered of one participant. */
class Watch {
  #participant;
  /** What was played last, of the microphone if that is live. */ #played = 0;
  #packets = -1;
  /** When something came last. @type {number | null} */ #heard = null;
  #said = -Infinity;
  #counting = false;
  #now;

  /**
   * @param {RemoteParticipant} participant
   * @param {() => number} now
   */
  constructor(participant, now) {
    this.#participant = participant;
    this.#now = now;
  }

  /**
   * @param {number} now
   * @returns {Promise<boolean>} whether it has stalled, and that is news
   */
  async look(now) {
    const { taken, kind, state, sendsDirectly, connected, peer } = this.#participant;
    if (taken !== 'direct' || kind !== 'native' || !peer || !sendsDirectly || !connected || !(state.mic || state.camera)) {
      this.#heard = null;
      return false;
    }
    const played = this.#receivers[0]?.getSynchronizationSources()[0]?.timestamp ?? 0;
    const moves = played !== this.#played;
    this.#played = played;
    // Before anything has come there is nothing that could stop.
    if (moves && played > 0) this.#heard = now;
    if (this.#heard === null || now - this.#heard < STALLS.suspicious) return false;
    return this.#count();
  }

  /**
   * Pictures that are not shown need not be played, and a page that was held up knows nothing of the time in between: packets tell,
   * however late they are counted.
   */
  async #count() {
    if (this.#counting) return false;
    this.#counting = true;
    const counts = await Promise.all(this.#receivers.map(inbound)).catch(() => []);
    this.#counting = false;
    const packets = counts.reduce((sum, count) => sum + count.packets, 0);
    const now = this.#now();
    if (packets !== this.#packets) this.#heard = now - (this.#packets < 0 ? STALLS.suspicious : 0);
    this.#packets = packets;
    if (this.#heard === null || now - this.#heard < STALLS.stalled || now - this.#said < STALLS.again) return false;
    this.#said = now;
    return true;
  }

  get #receivers() {
    const { state } = this.#participant;
    const live = SOURCES.filter((source) => (source === 'mic' || source === 'camera') && state[source]);
    return live.map((source) => this.#participant.by('direct').receiver(source)).filter((receiver) => receiver !== null);
  }
}
