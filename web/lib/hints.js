/** @typedef {import('./participant.js').RemoteParticipant} RemoteParticipant */

/**
 * What is worth saying about the network, quietly.
 *
 * - `network-bad`: with a participant, the leg to them is bad; without one most legs are: it is this side's network
 * - `no-path`: the two browsers find no way to each other; they keep trying
 * - `network-ok`: what was said last (of this participant, or of this side) does not hold any more
 *
 * @typedef {object} Hint
 * @property {'network-bad' | 'network-ok' | 'no-path'} kind
 * @property {RemoteParticipant} [participant]
 */

/** Times in seconds, which are samples. */
export const HINTS = Object.freeze({
  /** A leg is bad, or good again, after it has been so for this long without a break. */
  lasting: 10,
  /** Bad: more than this part of the packets is lost. */
  loss: 0.08,
  /** Bad: a camera that is on gives fewer pictures a second than this. */
  fps: 5,
  /** No path: the leg has failed, and every attempt since then for so long. */
  failed: 10,
  /** No path: the leg is not up after so long, whatever its state is called. */
  down: 20,
});

/** @typedef {Pick<RemoteParticipant, 'kind' | 'connected' | 'state' | 'leg' | 'stats' | 'forwarded'>} Observed */

/** Decides what is worth a hint, from one look a second at every leg. Pure. */
export class Hints {
  /** @type {Map<string, LegWatch>} */ #legs = new Map();
  /** What was said and still holds, by participant; of this side, under the empty id. @type {Map<string, string>} */
  #said = new Map();

  /**
   * @param {ReadonlyMap<string, RemoteParticipant>} participants
   * @param {boolean} signaled whether the server can be reached: without it no leg can be made, and that is no news
   * @returns {Hint[]} what is new
   */
  look(participants, signaled) {
    for (const id of this.#legs.keys()) if (!participants.has(id)) this.#forget(id);
    for (const [id, participant] of participants) {
      const leg = this.#legs.get(id) ?? new LegWatch();
      this.#legs.set(id, leg);
      leg.look(participant, signaled);
    }
    return this.#news(participants, this.#holding());
  }

  /** @returns {Map<string, 'network-bad' | 'no-path'>} what holds now */
  #holding() {
    const legs = [...this.#legs];
    const bad = legs.filter(([, { bad }]) => bad);
    const own = bad.length > 1 && bad.length > legs.filter(([, { up }]) => up).length / 2;
    /** @type {Map<string, 'network-bad' | 'no-path'>} */ const holding = new Map();
    if (own) holding.set('', 'network-bad');
    else for (const [id] of bad) holding.set(id, 'network-bad');
    for (const [id, { pathless }] of legs) if (pathless) holding.set(id, 'no-path');
    return holding;
  }

  /**
   * @param {ReadonlyMap<string, RemoteParticipant>} participants
   * @param {Map<string, 'network-bad' | 'no-path'>} holding
   */
  #news(participants, holding) {
    /** @type {Hint[]} */ const news = [];
    const say = (/** @type {Hint['kind']} */ kind, /** @type {string} */ id) => {
      const participant = participants.get(id);
      news.push({ kind, ...(participant && { participant }) });
    };
    for (const id of this.#said.keys()) if (!holding.has(id)) say('network-ok', id);
    for (const [id, kind] of holding) if (this.#said.get(id) !== kind) say(kind, id);
    this.#said = holding;
    return news;
  }

  /** @param {string} id of somebody who has left */
  #forget(id) {
    this.#legs.delete(id);
    this.#said.delete(id);
  }
}

/** What is remembered of one leg. */
class LegWatch {
  up = false;
  bad = false;
  pathless = false;

  /** For how long it has been other than `bad` says. */ #other = 0;
  /** For how long it has been down. */ #down = 0;
  /** For how long it has been down since it failed. */ #failed = 0;

  /**
   * @param {Observed} participant
   * @param {boolean} signaled
   */
  look(participant, signaled) {
    this.up = participant.leg === 'connected';
    if (this.up) this.#judge(poor(participant));
    // There is one way to a server that forwards, and not one to each: whether that is open is not for here.
    else if (participant.connected && signaled && !participant.forwarded) this.#wait(participant.leg === 'failed');
  }

  /** @param {boolean} poor */
  #judge(poor) {
    this.pathless = false;
    this.#down = this.#failed = 0;
    this.#other = poor === this.bad ? 0 : this.#other + 1;
    if (this.#other < HINTS.lasting) return;
    this.bad = poor;
    this.#other = 0;
  }

  /** @param {boolean} failed */
  #wait(failed) {
    this.#down += 1;
    this.#failed = failed || this.#failed > 0 ? this.#failed + 1 : 0;
    if (this.#failed <= HINTS.failed && this.#down <= HINTS.down) return;
    this.pathless = true;
    this.bad = false;
    this.#other = 0;
  }
}

/**
 * A classic participant cannot say whether its camera is on, and a server that forwards sends only what is on screen.
 *
 * @param {Observed} participant
 */
function poor({ kind, state, stats, forwarded }) {
  if (!stats) return false;
  return stats.loss > HINTS.loss || (kind !== 'classic' && !forwarded && state.camera && stats.fps < HINTS.fps);
}
